//! Campaigns in a deal of their own: a launch in two steps, each of which can be taken back.

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{Effect, ErrorKind};
use campaign_pilot_impact_client::{DealDraft, DealKind, DealSync, Discount, ImpactConfig, PlatformBehaviour};
use rust_decimal::dec;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{Bench, NEW_AD, account, ad, campaign, created, done, json_ok, refusal, rejected, spec, tag, unknown};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";
const PRESENT: &str = "2026-06-02T05:00:00-07:00";

fn template() -> DealDraft {
    DealDraft {
        description: "For our readers".to_owned(),
        discount: Some(Discount::Percent(dec!(10))),
        synchronises: true,
        ..DealDraft::new("Summer sale", DealKind::GeneralSale)
    }
}

fn deal(id: &str, description: &str, state: &str, synchronises: bool) -> Value {
    json!({"Id": id, "Name": "Summer sale", "Description": description, "CampaignId": "1000", "State": state,
        "Type": "GENERAL_SALE", "Scope": "ENTIRE_STORE", "SynchAdsPromoCodes": synchronises.to_string()})
}

fn deals(all: &[Value]) -> ResponseTemplate {
    json_ok(&json!({"@page": "1", "@numpages": "1", "@nextpageuri": "", "Deals": all}))
}

/// A platform whose campaigns get a deal; the account has these.
async fn bench(all: &[Value]) -> Bench {
    let mut bench = Bench::new().await;
    bench.platform = bench.platform.with_deal(template());
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Deals", deals(all)).await;
    bench.answer("POST", "Deals", json_ok(&json!({"Status": "OK", "Uri": account("Deals/3")}))).await;
    bench.answer("DELETE", "Deals/3", json_ok(&json!({"Status": "DELETED"}))).await;
    bench
}

async fn sent(bench: &Bench, verb: &str, below: &str) -> usize {
    bench.asked().await.iter().filter(|line| **line == format!("{verb} {below}")).count()
}

#[tokio::test]
async fn a_deal_is_made_first_and_the_ad_stands_in_it() {
    let bench = bench(&[deal("1", "someone else's", "ACTIVE", false)]).await;
    bench.launches(NEW_AD, START, END).await;
    assert_eq!(done(bench.platform.create(&spec(), &tag()).await), Effect::Live { campaign: campaign(NEW_AD) });
    let forms = bench.forms("POST").await;
    assert_eq!(forms[0]["Description"], format!("For our readers {}", tag()));
    assert_eq!((forms[0]["StartDate"].as_str(), forms[0]["EndDate"].as_str()), (START, END));
    assert_eq!(forms[0]["SynchAdsPromoCodes"], "false", "a deal that moves its ads could not hold them back");
    assert_eq!(forms[1]["DealId"], "3");
    assert_eq!(sent(&bench, "DELETE", "Deals/3").await, 0);
}

#[tokio::test]
async fn a_deal_that_carries_the_tag_is_used_again() {
    for (state, posts) in [("ACTIVE", 1), ("PENDING", 1), ("EXPIRED", 2)] {
        let bench = bench(&[deal("9", &format!("x {}", tag()), state, false)]).await;
        bench.launches(NEW_AD, START, END).await;
        done(bench.platform.create(&spec(), &tag()).await);
        assert_eq!(bench.forms("POST").await.len(), posts, "{state}");
    }
}

#[tokio::test]
async fn a_launch_without_effect_takes_its_deal_back() {
    let bench = bench(&[]).await;
    bench.answer("POST", "Ads", refusal(400, "Validation Failed")).await;
    rejected(bench.platform.create(&spec(), &tag()).await, ErrorKind::Invalid);
    assert_eq!(sent(&bench, "DELETE", "Deals/3").await, 1);
}

#[tokio::test]
async fn while_anything_is_unclear_the_deal_stays() {
    let unclear_ad = bench(&[]).await;
    unclear_ad.answer("POST", "Ads", ResponseTemplate::new(502)).await;
    unknown(unclear_ad.platform.create(&spec(), &tag()).await, ErrorKind::Unavailable);
    assert_eq!(sent(&unclear_ad, "DELETE", "Deals/3").await, 0);

    let unclear_deal = Bench::new().await;
    unclear_deal.program_is("ACTIVE").await;
    unclear_deal.answer("GET", "Deals", deals(&[])).await;
    unclear_deal.answer("POST", "Deals", ResponseTemplate::new(502)).await;
    let platform = unclear_deal.platform.clone().with_deal(template());
    unknown(platform.create(&spec(), &tag()).await, ErrorKind::Unavailable);
    assert_eq!(sent(&unclear_deal, "POST", "Ads").await, 0);
}

#[tokio::test]
async fn a_refused_deal_makes_no_ad() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer("GET", "Deals", deals(&[])).await;
    bench.answer("POST", "Deals", refusal(400, "Validation Failed")).await;
    rejected(bench.platform.clone().with_deal(template()).create(&spec(), &tag()).await, ErrorKind::Invalid);
    assert_eq!(sent(&bench, "POST", "Ads").await, 0);
}

#[tokio::test]
async fn a_stop_deletes_a_deal_of_ours_and_no_other() {
    for (description, deletes) in [(format!("x {}", tag()), 1), ("a person's".to_owned(), 0)] {
        let bench = bench(&[]).await;
        let in_deal = |end: &str| {
            let mut ad = ad(NEW_AD, START, end);
            ad["DealId"] = json!("3");
            json_ok(&ad)
        };
        bench.answer_once("GET", "Ads/892081", in_deal(END)).await;
        bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
        bench.answer("GET", "Ads/892081", in_deal(PRESENT)).await;
        bench.answer("GET", "Deals/3", json_ok(&deal("3", &description, "ACTIVE", false))).await;
        assert_eq!(done(bench.platform.stop(&campaign(NEW_AD)).await), Effect::Unlisted);
        assert_eq!(sent(&bench, "DELETE", "Deals/3").await, deletes);
    }
}

#[tokio::test]
async fn where_deals_move_their_ads_one_change_ends_both() {
    for synchronises in [true, false] {
        let behaviour = PlatformBehaviour { deal_sync: DealSync::Together, ..PlatformBehaviour::default() };
        let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
        let in_deal = |end: &str| {
            let mut ad = ad(NEW_AD, START, end);
            ad["DealId"] = json!("3");
            json_ok(&ad)
        };
        bench.answer_once("GET", "Ads/892081", in_deal(END)).await;
        bench.answer("GET", "Deals/3", json_ok(&deal("3", "", "ACTIVE", synchronises))).await;
        bench.answer("PUT", "Deals/3", json_ok(&json!({"Status": "OK", "Uri": account("Deals/3")}))).await;
        bench.answer("PUT", "Ads/892081", json_ok(&created(NEW_AD))).await;
        bench.answer("GET", "Ads/892081", in_deal(PRESENT)).await;
        assert_eq!(done(bench.platform.pause(&campaign(NEW_AD)).await), Effect::Unlisted);
        let changes = (sent(&bench, "PUT", "Deals/3").await, sent(&bench, "PUT", "Ads/892081").await);
        assert_eq!(changes, if synchronises { (1, 0) } else { (0, 1) });
    }
}
