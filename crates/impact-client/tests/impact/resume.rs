//! Ads that were never let go: what is offered of them, and what a release and a resume do first.

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{Effect, ErrorKind, Period};
use campaign_pilot_impact_client::{Expiry, ImpactConfig, Listed, PlatformBehaviour, Revival};
use serde_json::{Value, json};

use crate::support::{
    Bench, NEW_AD, a_second_before, ad, at, campaign, created, done, json_ok, list, refusal, rejected, spec, tag, unknown,
};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";
const LATER: &str = "2026-06-10T00:00:00-07:00";
const NOON: &str = "2026-06-08T12:00:00-07:00";
const RESTED: &str = "2026-06-01T12:00:00-07:00";

/// An ad that is held back.
fn held(id: &str) -> Value {
    ad(id, &a_second_before(END), END)
}

/// An ad that was ended before it was let go.
fn ended(id: &str) -> Value {
    ad(id, &a_second_before(RESTED), RESTED)
}

async fn bench(shown: &Value, listed: &[Value]) -> Bench {
    let bench = Bench::new().await;
    serve(&bench, shown, listed).await;
    bench
}

async fn serve(bench: &Bench, shown: &Value, listed: &[Value]) {
    bench.program_is("ACTIVE").await;
    bench.answer_once("GET", "Ads/892081", json_ok(shown)).await;
    bench.answer("GET", "Ads", json_ok(&list(listed))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, LATER))).await;
}

#[tokio::test]
async fn an_ad_that_is_held_back_is_let_go_once_it_is_the_only_one() {
    let bench = bench(&held(NEW_AD), &[held(NEW_AD), ended("7")]).await;
    assert_eq!(done(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await), Effect::Resumed);
    let asked = bench.asked().await;
    assert!(asked[1].starts_with("GET Ads?CampaignId=1000"), "{asked:?}");
    assert_eq!(bench.forms("PUT").await[0]["LimitedTimeStartDate"], START);
}

/// The create was unclear and left two ads that are held back: a resume of one of them lets neither go.
#[tokio::test]
async fn an_ad_that_is_held_back_beside_a_copy_is_not_let_go() {
    for (listed, kind) in [
        (vec![held(NEW_AD), held("7")], ErrorKind::Conflict),
        (vec![held(NEW_AD), ad("7", START, END)], ErrorKind::Conflict),
        (vec![], ErrorKind::NotFound),
    ] {
        let bench = bench(&held(NEW_AD), &listed).await;
        rejected(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, kind);
        assert!(bench.requests().await.iter().all(|request| request.method.as_str() == "GET"));
    }
    let bench = Bench::new().await;
    bench.answer("GET", "Ads", refusal(403, "Access Denied")).await;
    serve(&bench, &held(NEW_AD), &[]).await;
    rejected(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, ErrorKind::Forbidden);
}

/// The same after a pause of the ad that was held back: a pause asks nobody, so that a copy can run meanwhile.
#[tokio::test]
async fn an_ad_that_was_ended_before_it_ran_does_not_run_beside_a_copy() {
    let copied = bench(&ended(NEW_AD), &[ad("7", START, END)]).await;
    rejected(copied.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, ErrorKind::Conflict);
    assert!(copied.requests().await.iter().all(|request| request.method.as_str() == "GET"));

    // It need not be listed itself, since lists may leave out what has ended.
    let alone = bench(&ended(NEW_AD), &[ended("7")]).await;
    assert_eq!(done(alone.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await), Effect::Resumed);
}

#[tokio::test]
async fn without_its_label_an_ad_that_never_ran_stays_so() {
    let mut nameless = held(NEW_AD);
    nameless["Labels"] = json!("");
    let bench = bench(&nameless, &[]).await;
    rejected(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, ErrorKind::Precondition);
}

#[tokio::test]
async fn where_scheduled_ads_are_not_listed_only_a_copy_that_is_seen_counts() {
    let behaviour = PlatformBehaviour { scheduled_ads: Listed::No, ..PlatformBehaviour::default() };
    let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
    serve(&bench, &held(NEW_AD), &[]).await;
    assert_eq!(done(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await), Effect::Resumed);
}

/// Somebody paused it meanwhile: that it is let go already would be a lie.
#[tokio::test]
async fn an_ad_that_has_ended_is_not_said_to_be_let_go() {
    let bench = bench(&ended(NEW_AD), &[]).await;
    rejected(bench.platform.release(&campaign(NEW_AD), &spec()).await, ErrorKind::Precondition);
    assert_eq!(bench.asked().await, ["GET Ads/892081"]);
}

/// Where ends act at midnight, one at noon would leave an ad that nobody finds on offer for half a day.
#[tokio::test]
async fn where_an_end_acts_at_midnight_an_ad_is_held_back_until_just_before() {
    for (flight_ends, held_until) in [(END, "2026-06-07T23:59:59-07:00"), (NOON, "2026-06-08T23:59:59-07:00")] {
        let behaviour = PlatformBehaviour { expiry: Expiry::EndOfDay, ..PlatformBehaviour::default() };
        let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
        bench.program_is("ACTIVE").await;
        bench.launches(NEW_AD, START, flight_ends).await;
        let mut wanted = spec();
        wanted.flight = Period::new(at(START), at(flight_ends)).unwrap();
        done(bench.platform.create(&wanted, &tag()).await);
        let form = bench.forms("POST").await.remove(0);
        assert_eq!(form["LimitedTimeEndDate"], held_until);
        assert_eq!(form["LimitedTimeStartDate"], a_second_before(held_until));
        assert_eq!(bench.forms("PUT").await[0]["LimitedTimeEndDate"], flight_ends);
    }
}

/// The new end is shown and the old start, a second before the end of the flight: it is not said to be scheduled for then.
#[tokio::test]
async fn an_ad_that_keeps_the_start_of_one_that_is_held_back_is_not_resumed() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer_once("GET", "Ads/892081", json_ok(&held(NEW_AD))).await;
    bench.answer("GET", "Ads", json_ok(&list(&[held(NEW_AD)]))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, &a_second_before(END), LATER))).await;
    unknown(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, ErrorKind::Malformed);
}

/// An ad whose deal is over and whose own dates are not: it is ended before another one takes its place.
#[tokio::test]
async fn an_ad_in_a_deal_that_is_over_does_not_stay_beside_its_successor() {
    for stays in [false, true] {
        let behaviour = PlatformBehaviour { deal_revival: Revival::Never, ..PlatformBehaviour::default() };
        let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
        bench.program_is("ACTIVE").await;
        let mut dealt = ad("7", START, END);
        (dealt["DealId"], dealt["DealState"]) = (json!("3"), json!("EXPIRED"));
        bench.answer_once("GET", "Ads/7", json_ok(&dealt)).await;
        bench.answer("PUT", "Ads/7", json_ok(&created("7"))).await;
        dealt["LimitedTimeEndDate"] = json!(if stays { END } else { RESTED });
        bench.answer("GET", "Ads/7", json_ok(&dealt)).await;
        bench.launches(NEW_AD, "2026-06-02T05:00:00-07:00", LATER).await;
        let resumed = bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await;
        if stays {
            unknown(resumed, ErrorKind::Malformed);
            assert!(bench.forms("POST").await.is_empty(), "no second ad beside one that may run");
        } else {
            assert_eq!(done(resumed), Effect::Recreated { campaign: campaign(NEW_AD) });
            assert_eq!(bench.forms("PUT").await[0]["LimitedTimeEndDate"], "2026-06-02T05:00:00-07:00");
        }
    }
}
