//! Another end and other words: the same ad, one change, looked at afterwards.

use std::collections::BTreeMap;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{AdCopy, Effect, ErrorKind, PlatformCampaign};
use campaign_pilot_impact_client::{DealSync, ImpactConfig, PlatformBehaviour, Update};
use serde_json::{Value, json};

use crate::support::{
    Bench, NEW_AD, NOW, a_second_before, account, ad, at, campaign, created, days, done, json_ok, refusal, rejected, spec, tag,
    unknown,
};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";
const LATER: &str = "2026-06-10T00:00:00-07:00";
const EARLIER: &str = "2026-06-05T00:00:00-07:00";

/// The same ad with these words.
fn reworded(text: &str, description: &str) -> Value {
    let mut ad = ad(NEW_AD, START, END);
    (ad["LinkText"], ad["Description"]) = (json!(text), json!(description));
    ad
}

fn words(headline: &str, body: &str) -> AdCopy {
    AdCopy { headline: headline.to_owned(), body: body.to_owned(), written_by: "test".to_owned() }
}

/// An ad that is shown as `before` until it is changed, and as `after` from then on.
async fn changes(bench: &Bench, before: &Value, after: &Value) {
    bench.program_is("ACTIVE").await;
    bench.answer_once("GET", "Ads/892081", json_ok(before)).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(after)).await;
}

/// The whole form of an update in which nothing but the given fields differs from the ad as it was.
fn form(changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let labels = format!("campaign-pilot,{}", tag());
    let whole = [
        ("AdType", "TEXT_LINK"),
        ("AllowDeepLinking", "true"),
        ("CampaignId", "1000"),
        ("Description", "Holds a litre."),
        ("Labels", &labels),
        ("LandingPage", "https://shop.example/product/smart-water-bottle"),
        ("Language", "ENGLISH"),
        ("LimitedTimeEndDate", END),
        ("LimitedTimeStartDate", START),
        ("LinkText", "Stay cool with the Smart Water Bottle"),
        ("Name", "Smart Water Bottle - Summer"),
    ];
    whole.iter().chain(changed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn an_end_is_moved_in_the_ads_dates_and_nothing_else() {
    for end in [LATER, EARLIER] {
        let bench = Bench::new().await;
        changes(&bench, &ad(NEW_AD, START, END), &ad(NEW_AD, START, end)).await;
        assert_eq!(done(bench.platform.set_end(&campaign(NEW_AD), at(end)).await), Effect::EndSet);
        assert_eq!(bench.asked().await, ["GET Ads/892081", "PUT Ads/892081", "GET Ads/892081"]);
        assert_eq!(bench.forms("PUT").await, [form(&[("LimitedTimeEndDate", end)])]);
        let again = bench.platform.set_end(&campaign(NEW_AD), at(end)).await;
        assert_eq!((done(again), bench.forms("PUT").await.len()), (Effect::AlreadySo, 1));
    }
}

#[tokio::test]
async fn words_are_changed_in_the_ads_text_and_description() {
    let bench = Bench::new().await;
    changes(&bench, &ad(NEW_AD, START, END), &reworded("Drink more", "It is steel.")).await;
    let copy = words("Drink more", "It is steel.");
    assert_eq!(done(bench.platform.set_copy(&campaign(NEW_AD), &copy).await), Effect::CopySet);
    assert_eq!(bench.forms("PUT").await, [form(&[("LinkText", "Drink more"), ("Description", "It is steel.")])]);
    let again = bench.platform.set_copy(&campaign(NEW_AD), &copy).await;
    assert_eq!((done(again), bench.forms("PUT").await.len()), (Effect::AlreadySo, 1));
    let shown: PlatformCampaign = bench.platform.details(&campaign(NEW_AD)).await.unwrap().unwrap();
    assert!(shown.shows(&copy), "{shown:?}");
}

#[tokio::test]
async fn where_updates_merge_only_what_changes_is_sent() {
    let behaviour = PlatformBehaviour { update: Update::Merges, ..PlatformBehaviour::default() };
    let merging = || Bench::with(|config| ImpactConfig { behaviour: behaviour.clone(), ..config });
    let bench = merging().await;
    changes(&bench, &ad(NEW_AD, START, END), &ad(NEW_AD, START, LATER)).await;
    done(bench.platform.set_end(&campaign(NEW_AD), at(LATER)).await);
    let sent = bench.forms("PUT").await.remove(0);
    assert_eq!((sent.get("LimitedTimeEndDate").map(String::as_str), sent.get("Description")), (Some(LATER), None));

    let bench = merging().await;
    changes(&bench, &ad(NEW_AD, START, END), &reworded("Drink more", "It is steel.")).await;
    done(bench.platform.set_copy(&campaign(NEW_AD), &words("Drink more", "It is steel.")).await);
    let sent = bench.forms("PUT").await.remove(0);
    assert_eq!((sent["LinkText"].as_str(), sent["Description"].as_str()), ("Drink more", "It is steel."));
    let emptied = bench.platform.set_copy(&campaign(NEW_AD), &words("Drink more", "")).await;
    rejected(emptied, ErrorKind::Invalid);
    assert_eq!(bench.forms("PUT").await.len(), 1, "what is left out would stay");
}

#[tokio::test]
async fn what_cannot_be_is_not_sent() {
    let held = ad(NEW_AD, &a_second_before(END), END);
    let ended = ad(NEW_AD, START, "2026-06-02T00:00:00-07:00");
    let scheduled = ad(NEW_AD, "2026-06-06T00:00:00-07:00", END);
    let mut foreign = ad(NEW_AD, START, END);
    foreign["CampaignId"] = json!("2000");
    for (shown, end, kind) in [
        (&held, LATER, ErrorKind::Precondition),
        (&ended, LATER, ErrorKind::Precondition),
        (&scheduled, EARLIER, ErrorKind::Invalid),
        (&foreign, LATER, ErrorKind::Precondition),
    ] {
        let bench = Bench::new().await;
        bench.answer("GET", "Ads/892081", json_ok(shown)).await;
        rejected(bench.platform.set_end(&campaign(NEW_AD), at(end)).await, kind);
        assert!(bench.forms("PUT").await.is_empty(), "{shown}");
    }
    let bench = Bench::new().await;
    bench.answer("GET", "Ads/892081", json_ok(&foreign)).await;
    rejected(bench.platform.set_copy(&campaign(NEW_AD), &words("Drink more", "")).await, ErrorKind::Precondition);

    let bench = Bench::new().await;
    bench.answer("GET", "Ads/7", refusal(404, "Not found")).await;
    rejected(bench.platform.set_end(&campaign("7"), at(NOW)).await, ErrorKind::Invalid);
    rejected(bench.platform.set_end(&campaign("7"), at(NOW) - days(1)).await, ErrorKind::Invalid);
    rejected(bench.platform.set_copy(&campaign("7"), &words(" ", "")).await, ErrorKind::Invalid);
    assert!(bench.asked().await.is_empty());
    rejected(bench.platform.set_end(&campaign("7"), at(LATER)).await, ErrorKind::NotFound);
    rejected(bench.platform.set_copy(&campaign("7"), &spec().copy).await, ErrorKind::NotFound);
}

#[tokio::test]
async fn words_that_would_harm_partners_pages_are_refused_before_they_are_sent() {
    for headline in ["<b>Drink</b>", "Drink\u{202e}more", &"long".repeat(64)] {
        let bench = Bench::new().await;
        bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
        rejected(bench.platform.set_copy(&campaign(NEW_AD), &words(headline, "")).await, ErrorKind::Invalid);
        assert!(bench.forms("PUT").await.is_empty(), "{headline}");
    }
}

#[tokio::test]
async fn no_more_is_claimed_than_is_shown() {
    // Accepted, and not shown.
    let bench = Bench::new().await;
    changes(&bench, &ad(NEW_AD, START, END), &ad(NEW_AD, START, END)).await;
    unknown(bench.platform.set_end(&campaign(NEW_AD), at(LATER)).await, ErrorKind::Malformed);
    unknown(bench.platform.set_copy(&campaign(NEW_AD), &words("Drink more", "x")).await, ErrorKind::Malformed);
    assert_eq!(bench.forms("PUT").await.len(), 2, "nothing is sent twice");

    // The answer is lost: what is shown decides.
    for (after, is_known) in [(LATER, true), (END, false)] {
        let bench = Bench::new().await;
        bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
        bench.answer("PUT", "Ads/892081", refusal(503, "Service Unavailable")).await;
        bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, after))).await;
        let applied = bench.platform.set_end(&campaign(NEW_AD), at(LATER)).await;
        if is_known {
            assert_eq!(done(applied), Effect::EndSet);
        } else {
            unknown(applied, ErrorKind::Unavailable);
        }
        assert_eq!(bench.forms("PUT").await.len(), 1);
    }

    // Refused for good.
    let bench = Bench::new().await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    bench.answer("PUT", "Ads/892081", refusal(400, "Validation Failed")).await;
    rejected(bench.platform.set_end(&campaign(NEW_AD), at(LATER)).await, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_deal_of_ours_lasts_as_long_as_its_ad_and_no_other_is_touched() {
    let in_deal = |end: &str| {
        let mut ad = ad(NEW_AD, START, end);
        ad["DealId"] = json!("3");
        ad
    };
    let deal = |description: &str, synchronises: bool| {
        json_ok(&json!({"Id": "3", "Name": "Summer sale", "Description": description, "CampaignId": "1000", "State": "ACTIVE",
            "Type": "GENERAL_SALE", "Scope": "ENTIRE_STORE", "StartDate": START, "EndDate": END,
            "SynchAdsPromoCodes": synchronises.to_string()}))
    };
    let ours = format!("x {}", tag());
    for (description, synchronises, end, moved) in [
        (ours.as_str(), false, LATER, Some(2)),
        (ours.as_str(), false, EARLIER, Some(1)),
        ("a person's", false, EARLIER, Some(1)),
        ("a person's", false, LATER, None),
        (ours.as_str(), true, LATER, None),
    ] {
        let behaviour = PlatformBehaviour { deal_sync: DealSync::Together, ..PlatformBehaviour::default() };
        let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
        changes(&bench, &in_deal(END), &in_deal(end)).await;
        bench.answer("GET", "Deals/3", deal(description, synchronises)).await;
        bench.answer("PUT", "Deals/3", json_ok(&json!({"Status": "OK", "Uri": account("Deals/3")}))).await;
        let applied = bench.platform.set_end(&campaign(NEW_AD), at(end)).await;
        match moved {
            Some(_) => assert_eq!(done(applied), Effect::EndSet),
            None => drop(rejected(applied, ErrorKind::Precondition)),
        }
        let forms = bench.forms("PUT").await;
        assert_eq!(forms.len(), moved.unwrap_or(0), "{description} {synchronises} {end}");
        // The deal first: an ad does not run in one that has expired.
        if forms.len() == 2 {
            assert_eq!((forms[0]["EndDate"].as_str(), forms[1]["DealId"].as_str()), (LATER, "3"));
        }
    }
}
