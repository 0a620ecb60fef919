//! Pausing, resuming, budgets: never more claimed than was seen.

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{Applied, Currency, DesiredStatus, Effect, EffectiveStatus, ErrorKind, Money, Period};
use campaign_pilot_impact_client::{CampaignStatus, Drift, Expiry, ImpactConfig, PlatformBehaviour, Revival, Stop, Update, Wish};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{
    Bench, NEW_AD, NOW, a_second_before, ad, at, campaign, created, days, done, json_ok, list, refusal, rejected, spec, tag,
    unknown,
};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";
/// When an ad that rests was ended.
const RESTED: &str = "2026-06-01T12:00:00-07:00";
/// The bench's present, as the account writes it.
const PRESENT: &str = "2026-06-02T05:00:00-07:00";
const LATER: &str = "2026-06-10T00:00:00-07:00";

#[tokio::test]
async fn a_pause_ends_the_ad_and_only_claims_that_it_is_unlisted() {
    let bench = Bench::new().await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, PRESENT))).await;

    assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::Unlisted);

    assert_eq!(bench.asked().await, ["GET Ads/892081", "PUT Ads/892081", "GET Ads/892081"]);
    let form = bench.forms("PUT").await.remove(0);
    let expected = [
        ("AdType", "TEXT_LINK".to_owned()),
        ("AllowDeepLinking", "true".to_owned()),
        ("CampaignId", "1000".to_owned()),
        ("Description", "Holds a litre.".to_owned()),
        ("Labels", format!("campaign-pilot,{}", tag())),
        ("LandingPage", "https://shop.example/product/smart-water-bottle".to_owned()),
        ("Language", "ENGLISH".to_owned()),
        ("LimitedTimeEndDate", PRESENT.to_owned()),
        ("LimitedTimeStartDate", START.to_owned()),
        ("LinkText", "Stay cool with the Smart Water Bottle".to_owned()),
        ("Name", "Smart Water Bottle - Summer".to_owned()),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[tokio::test]
async fn a_pause_may_use_what_the_hour_keeps_in_reserve() {
    let bench = Bench::with(|config| ImpactConfig { calls_per_hour: 10, reserved_for_pauses: 8, ..config }).await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, PRESENT))).await;
    bench.program_is("ACTIVE").await;
    while bench.platform.api().program().await.is_ok() {}
    let used = bench.requests().await.len();
    assert!(used <= 2, "{used} of two calls that are not reserved");

    assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::Unlisted);
    assert!(bench.platform.api().program().await.is_err(), "an ordinary call still finds no room");
}

#[tokio::test]
async fn a_hard_stop_is_claimed_only_while_a_rule_for_it_runs() {
    let rule = |state: &str| {
        let condition = json!({"Variable": "AD_STATUS", "Operator": "EQUALS", "Values": ["EXPIRED"]});
        json_ok(&json!({"@page": "1", "@numpages": "1", "@nextpageuri": "", "BlockRedirectRules": [
            {"Id": "55", "State": state, "Action": "BLOCK", "Condition": [{"SubConditions": [condition]}]}]}))
    };
    for (rules, effect, effective) in [
        (rule("RUNNING"), Effect::SpendStopped, EffectiveStatus::Stopped),
        (rule("PAUSED"), Effect::Unlisted, EffectiveStatus::Unlisted),
        (refusal(403, "Access Denied"), Effect::Unlisted, EffectiveStatus::Unlisted),
    ] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("GET", "Programs/1000/BlockRedirectRules", rules).await;
        bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
        bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
        bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, PRESENT))).await;
        assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), effect);
        assert_eq!(bench.platform.details(&campaign(NEW_AD)).await.unwrap().unwrap().effective, effective);
        let wish = Wish { desired: DesiredStatus::Paused, until: None };
        let stop = if effect == Effect::SpendStopped { Stop::Hard } else { Stop::Unlisted };
        assert_eq!(bench.platform.status(&campaign(NEW_AD), wish).await.unwrap(), CampaignStatus::Paused { stop });
        let asked = bench.requests().await;
        let rules = asked.iter().filter(|request| request.url.path().ends_with("BlockRedirectRules")).collect::<Vec<_>>();
        let looks = if effect == Effect::SpendStopped { 3 } else { 1 };
        assert_eq!(rules.len(), looks, "that there is none is known for a while; that there is one is seen each time");
        assert!(rules[0].url.query().unwrap().starts_with("Condition=AD_STATUS&Action=BLOCK&State=RUNNING"));
    }
}

/// Somebody pauses the rule a minute after it was seen: posted links earn again, and no hard stop is claimed any more.
#[tokio::test]
async fn a_rule_that_was_seen_before_is_no_hard_stop_now() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    let condition = json!({"Variable": "AD_STATUS", "Operator": "EQUALS", "Values": ["EXPIRED"]});
    let rules = |state: &str| {
        json_ok(&json!({"BlockRedirectRules": [
            {"Id": "55", "State": state, "Action": "BLOCK", "Condition": [{"SubConditions": [condition]}]}]}))
    };
    bench.answer_once("GET", "Programs/1000/BlockRedirectRules", rules("RUNNING")).await;
    bench.answer("GET", "Programs/1000/BlockRedirectRules", rules("PAUSED")).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, RESTED))).await;
    bench.answer("GET", "Ads", json_ok(&list(&[ad(NEW_AD, START, RESTED)]))).await;
    let effective = async || bench.platform.details(&campaign(NEW_AD)).await.unwrap().unwrap().effective;
    assert_eq!(effective().await, EffectiveStatus::Stopped);
    assert_eq!(effective().await, EffectiveStatus::Unlisted);
    assert_eq!(bench.platform.all().await.unwrap()[0].effective, EffectiveStatus::Unlisted);
    let wish = Wish { desired: DesiredStatus::Paused, until: None };
    let status = bench.platform.status(&campaign(NEW_AD), wish).await.unwrap();
    assert_eq!(status, CampaignStatus::Paused { stop: Stop::Unlisted });
}

#[tokio::test]
async fn a_drift_is_reported_and_nothing_is_changed_for_it() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    bench.answer("GET", "Ads/7", refusal(404, "Not found")).await;
    let status =
        async |id: &str, desired| bench.platform.status(&campaign(id), Wish { desired, until: Some(at(END)) }).await.unwrap();
    assert_eq!(status(NEW_AD, DesiredStatus::Active).await, CampaignStatus::Active);
    assert_eq!(status(NEW_AD, DesiredStatus::Paused).await, CampaignStatus::Drift { drift: Drift::OnOffer });
    assert_eq!(status("7", DesiredStatus::Active).await, CampaignStatus::Missing);
    assert!(bench.requests().await.iter().all(|request| request.method.as_str() == "GET"));
}

#[tokio::test]
async fn an_ad_that_has_ended_is_left_alone() {
    let bench = Bench::new().await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, PRESENT))).await;
    assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::AlreadySo);
    assert_eq!(bench.asked().await, ["GET Ads/892081"]);
}

#[tokio::test]
async fn an_ad_that_has_not_started_is_ended_after_its_start() {
    let bench = Bench::new().await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, END, LATER))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, "2026-06-02T04:59:59-07:00", PRESENT))).await;

    assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::Unlisted);
    let form = bench.forms("PUT").await.remove(0);
    assert_eq!(form["LimitedTimeStartDate"], "2026-06-02T04:59:59-07:00");
    assert_eq!(form["LimitedTimeEndDate"], PRESENT);
}

#[tokio::test]
async fn a_pause_whose_answer_is_lost_is_done_if_the_ad_shows_it() {
    for (shown_end, is_done) in [(PRESENT, true), (END, false)] {
        let bench = Bench::new().await;
        bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
        bench.answer("PUT", "Ads/892081", ResponseTemplate::new(500)).await;
        bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, shown_end))).await;
        let applied = bench.platform.pause(&campaign(NEW_AD)).await;
        if is_done {
            assert_eq!(done(applied), Effect::Unlisted);
        } else {
            unknown(applied, ErrorKind::Unavailable);
        }
        assert_eq!(bench.asked().await, ["GET Ads/892081", "PUT Ads/892081", "GET Ads/892081"]);
    }
}

#[tokio::test]
async fn an_accepted_pause_that_does_not_show_is_unknown() {
    for second_look in [json_ok(&ad(NEW_AD, START, END)), refusal(404, "Not found")] {
        let bench = Bench::new().await;
        bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
        bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
        bench.answer("GET", "Ads/892081", second_look).await;
        unknown(bench.platform.pause(&campaign(NEW_AD)).await, ErrorKind::Malformed);
    }
}

#[tokio::test]
async fn a_refused_pause_is_a_rejection() {
    let bench = Bench::new().await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    bench.answer("PUT", "Ads/892081", refusal(403, "Access Denied")).await;
    let error = rejected(bench.platform.pause(&campaign(NEW_AD)).await, ErrorKind::Forbidden);
    assert!(error.advice().unwrap().contains("scope"));

    bench.answer("GET", "Ads/7", refusal(404, "Not found")).await;
    rejected(bench.platform.pause(&campaign("7")).await, ErrorKind::NotFound);
    rejected(bench.platform.pause(&campaign("../Deals/7")).await, ErrorKind::Invalid);
}

#[tokio::test]
async fn an_ad_of_another_program_is_never_touched() {
    let bench = Bench::new().await;
    let mut foreign = ad(NEW_AD, START, END);
    foreign["CampaignId"] = json!(2000);
    bench.answer("GET", "Ads/892081", json_ok(&foreign)).await;
    rejected(bench.platform.pause(&campaign(NEW_AD)).await, ErrorKind::Precondition);
    rejected(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await, ErrorKind::Precondition);
    assert_eq!(bench.asked().await, ["GET Ads/892081", "GET Ads/892081"]);
}

#[tokio::test]
async fn where_expired_ads_never_come_back_a_new_one_is_made_at_once() {
    let behaviour = PlatformBehaviour { ad_revival: Revival::Never, ..PlatformBehaviour::default() };
    let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Ads/7", json_ok(&ad("7", START, RESTED))).await;
    bench.launches(NEW_AD, PRESENT, LATER).await;
    let effect = done(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await);
    assert_eq!(effect, Effect::Recreated { campaign: campaign(NEW_AD) });
    assert_eq!(bench.asked().await[..3], ["GET Ads/7", "GET Campaigns/1000", "POST Ads"]);
}

#[tokio::test]
async fn where_an_end_acts_at_midnight_a_pause_ends_the_day_before() {
    const YESTERDAY: &str = "2026-06-01T23:59:59-07:00";
    let behaviour = PlatformBehaviour { expiry: Expiry::EndOfDay, update: Update::Merges, ..PlatformBehaviour::default() };
    let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, PRESENT))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, YESTERDAY))).await;
    assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::Unlisted, "an end today is not over yet");
    let form = bench.forms("PUT").await.remove(0);
    let sent: Vec<&str> = form.keys().map(String::as_str).collect();
    let expected = ["AdType", "CampaignId", "Language", "LimitedTimeEndDate", "LimitedTimeStartDate", "LinkText", "Name"];
    assert_eq!(sent, expected, "what is not sent stays as it is");
    assert_eq!(form["LimitedTimeEndDate"], YESTERDAY);
}

#[tokio::test]
async fn a_resume_moves_the_end_and_is_seen() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, RESTED))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, LATER))).await;

    let effect = done(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await);

    assert_eq!(effect, Effect::Resumed);
    let form = bench.forms("PUT").await.remove(0);
    assert_eq!((form["LimitedTimeStartDate"].as_str(), form["LimitedTimeEndDate"].as_str()), (START, LATER));
    assert!(form["Labels"].contains(tag().as_str()));
}

#[tokio::test]
async fn an_ad_that_runs_until_then_is_left_alone() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, LATER))).await;
    let effect = done(bench.platform.resume(&campaign(NEW_AD), &spec(), &tag(), at(LATER)).await);
    assert_eq!(effect, Effect::AlreadySo);
    assert_eq!(bench.asked().await, ["GET Ads/892081", "GET Campaigns/1000"]);
}

#[tokio::test]
async fn a_start_that_a_pause_had_moved_is_restored() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer_once("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, RESTED))).await;
    bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, END, LATER))).await;
    let mut later = spec();
    later.flight = Period::new(at(END), at(LATER)).unwrap();
    let scheduled = Effect::Scheduled { campaign: campaign(NEW_AD), starts_at: at(END) };
    assert_eq!(done(bench.platform.resume(&campaign(NEW_AD), &later, &tag(), at(LATER)).await), scheduled);
    assert_eq!(bench.forms("PUT").await[0]["LimitedTimeStartDate"], END);
}

#[tokio::test]
async fn an_ad_that_stays_ended_is_replaced_by_a_new_one_with_the_tag() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Ads/7", json_ok(&ad("7", START, RESTED))).await;
    bench.answer("PUT", "Ads/7", json_ok(&created("7"))).await;
    bench.launches(NEW_AD, PRESENT, LATER).await;

    let effect = done(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await);

    assert_eq!(effect, Effect::Recreated { campaign: campaign(NEW_AD) });
    // Before a new one is made, the old one is ended again: its revival could still come late.
    let tried = ["GET Ads/7", "GET Campaigns/1000", "PUT Ads/7", "GET Ads/7", "GET Ads/7", "PUT Ads/7", "GET Ads/7"];
    let made = ["GET Campaigns/1000", "POST Ads", "GET Ads/892081"];
    assert_eq!(bench.asked().await[..10], [&tried[..], &made].concat());
    assert_eq!(bench.forms("PUT").await[1]["LimitedTimeEndDate"], RESTED);
    let form = bench.forms("POST").await.remove(0);
    let held_back = a_second_before(LATER);
    assert_eq!((&form["LimitedTimeStartDate"], form["LimitedTimeEndDate"].as_str()), (&held_back, LATER));
    assert_eq!(form["Labels"], format!("campaign-pilot,{}", tag()));
    let form = bench.forms("PUT").await.remove(2);
    assert_eq!((form["LimitedTimeStartDate"].as_str(), form["LimitedTimeEndDate"].as_str()), (PRESENT, LATER));
}

/// A revival that is accepted and comes late: the old ad would run beside a new one, so no new one is made.
#[tokio::test]
async fn a_revival_that_comes_late_makes_no_second_ad() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    for _ in 0..3 {
        bench.answer_once("GET", "Ads/7", json_ok(&ad("7", START, RESTED))).await;
    }
    bench.answer("PUT", "Ads/7", json_ok(&created("7"))).await;
    bench.answer("GET", "Ads/7", json_ok(&ad("7", START, LATER))).await;
    unknown(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await, ErrorKind::Malformed);
    assert!(bench.forms("POST").await.is_empty());
}

/// A refusal is no reason for a second ad while the first one runs.
#[tokio::test]
async fn a_refused_change_of_an_ad_that_runs_makes_no_second_one() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Ads/7", json_ok(&ad("7", START, END))).await;
    bench.answer("PUT", "Ads/7", refusal(400, "The dates cannot be changed")).await;
    rejected(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await, ErrorKind::Invalid);
    assert!(bench.forms("POST").await.is_empty());
}

/// An ad that people limited to a group, which is told by its name, is paused like any other.
#[tokio::test]
async fn an_ad_that_is_limited_to_a_group_can_be_paused() {
    let bench = Bench::new().await;
    let mut limited = ad("7", START, END);
    limited["RestrictedMediaPartnerGroups"] = serde_json::json!(["Top Partners"]);
    limited["RestrictedMediaPartners"] = serde_json::json!("10001, A partner with blanks");
    bench.answer_once("GET", "Ads/7", json_ok(&limited)).await;
    bench.answer("PUT", "Ads/7", json_ok(&created("7"))).await;
    limited["LimitedTimeEndDate"] = serde_json::json!(PRESENT);
    bench.answer("GET", "Ads/7", json_ok(&limited)).await;
    assert_eq!(done(bench.platform.pause(&campaign("7")).await), Effect::Unlisted);
    let form = bench.forms("PUT").await.remove(0);
    assert!(form.keys().all(|name| !name.starts_with("TargetMedia")), "{form:?}");
}

#[tokio::test]
async fn an_old_state_that_is_shown_once_does_not_make_a_second_ad() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    for _ in 0..2 {
        bench.answer_once("GET", "Ads/7", json_ok(&ad("7", START, RESTED))).await;
    }
    bench.answer("PUT", "Ads/7", json_ok(&created("7"))).await;
    bench.answer("GET", "Ads/7", json_ok(&ad("7", START, LATER))).await;
    assert_eq!(done(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await), Effect::Resumed);
    assert!(bench.forms("POST").await.is_empty());
}

#[tokio::test]
async fn a_refused_revival_and_a_missing_ad_lead_to_a_new_one() {
    for is_missing in [false, true] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        let shown = if is_missing { refusal(404, "Not found") } else { json_ok(&ad("7", START, RESTED)) };
        bench.answer("GET", "Ads/7", shown).await;
        bench.answer("PUT", "Ads/7", refusal(400, "An expired ad cannot be changed")).await;
        bench.launches(NEW_AD, PRESENT, LATER).await;
        let effect = done(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await);
        assert_eq!(effect, Effect::Recreated { campaign: campaign(NEW_AD) });
    }
}

#[tokio::test]
async fn a_resume_that_is_unclear_or_forbidden_makes_no_second_ad() {
    for (answer, is_unknown) in [(ResponseTemplate::new(500), true), (refusal(403, "Access Denied"), false)] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("GET", "Ads/7", json_ok(&ad("7", START, RESTED))).await;
        bench.answer("PUT", "Ads/7", answer).await;
        let applied = bench.platform.resume(&campaign("7"), &spec(), &tag(), at(LATER)).await;
        if is_unknown {
            unknown(applied, ErrorKind::Unavailable);
        } else {
            rejected(applied, ErrorKind::Forbidden);
        }
        assert!(bench.forms("POST").await.is_empty());
        assert_eq!(bench.forms("PUT").await.len(), 1);
    }
}

#[tokio::test]
async fn nothing_is_resumed_into_the_past() {
    let bench = Bench::new().await;
    rejected(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(NOW)).await, ErrorKind::Invalid);
    rejected(bench.platform.resume(&campaign("7"), &spec(), &tag(), at(NOW) - days(1)).await, ErrorKind::Invalid);
    assert!(bench.asked().await.is_empty());
}

#[tokio::test]
async fn a_budget_stands_in_our_ledger_and_nothing_is_sent() {
    let bench = Bench::new().await;
    let budget = |text, currency| Money::parse(text, currency).unwrap();
    let applied = bench.platform.set_budget(&campaign("7"), budget("20", Currency::USD)).await;
    assert!(matches!(applied, Applied::Done(Effect::BudgetInLedger)));
    rejected(bench.platform.set_budget(&campaign("7"), budget("20", Currency::EUR)).await, ErrorKind::Invalid);
    rejected(bench.platform.set_budget(&campaign("7"), budget("-1", Currency::USD)).await, ErrorKind::Invalid);
    assert!(bench.asked().await.is_empty());
}
