//! Deals, the ads that follow them, and the rules that block clicks.

use serde_json::json;

use super::*;
use crate::impact::{DealSynch, EndActs, PutRule, Quirks, RequestEffect, Revival};
use crate::{BlockRule, RuleState};

const SALE: [(&str, &str); 7] = [
    ("CampaignId", "1000"),
    ("Name", "Winter sale"),
    ("Scope", "ENTIRE_STORE"),
    ("Type", "GENERAL_SALE"),
    ("DiscountType", "PERCENT"),
    ("DiscountPercent", "10"),
    ("EndDate", "2026-12-07T00:00:00Z"),
];

fn sale<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    SALE.iter().copied().chain(more.iter().copied()).collect()
}

async fn with(quirks: Quirks) -> Account {
    Account::with(PlatformSettings { quirks, ..PlatformSettings::default() }).await
}

#[tokio::test]
async fn a_deal_is_created_read_listed_changed_and_deleted() {
    let account = Account::open().await;
    let tag = "cp-0123456789abcdef0123";
    let reply = account.form(Method::POST, "/Deals", &sale(&[("Description", tag)])).await;
    let sid = PlatformSettings::default().account_sid;
    assert_eq!(reply.json(), json!({ "Status": "OK", "Uri": format!("/Advertisers/{sid}/Deals/30001") }));
    let deal = account.read("/Deals/30001").await;
    for (name, value) in [
        ("Id", "30001"),
        ("State", "ACTIVE"),
        ("Type", "GENERAL_SALE"),
        ("DiscountPercent", "10"),
        ("StartDate", ""),
        ("EndDate", "2026-12-06T16:00:00-08:00"),
        ("SynchAdsPromoCodes", "false"),
        ("Description", tag),
    ] {
        assert_eq!(deal[name], value, "{name}");
    }
    assert_eq!(account.read("/Deals?CampaignId=1000&State=ACTIVE").await["@total"], "1");
    assert_eq!(account.read("/Deals?State=EXPIRED").await["Deals"], json!([]));

    let changed =
        account.form(Method::PUT, "/Deals/30001", &[("DealScope", "CATEGORY"), ("Type", "BOGO"), ("Categories", "Tea")]).await;
    assert_eq!(changed.json()["Status"], "OK");
    let deal = account.read("/Deals/30001").await;
    assert_eq!(
        (&deal["Scope"], &deal["Type"], &deal["Name"]),
        (&json!("CATEGORY"), &json!("GENERAL_SALE"), &json!("Winter sale"))
    );

    assert_eq!(account.form(Method::DELETE, "/Deals/30001", &[]).await.json(), json!({ "Status": "DELETED" }));
    assert_eq!(account.get("/Deals/30001").await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.form(Method::DELETE, "/Deals/30001", &[]).await.status, StatusCode::NOT_FOUND);

    let history = account.world.with(|state| state.platform.history().to_vec());
    let tagged: Vec<_> = history.iter().map(|request| request.tag.as_ref().map(|tag| tag.as_str())).collect();
    assert_eq!(tagged, [Some(tag), Some(tag), Some(tag), None]);
    let effects: Vec<_> = history.into_iter().map(|request| request.effect).collect();
    let updated = RequestEffect::UpdatedDeal { deal: 30_001, ads: Vec::new() };
    let wanted = [RequestEffect::CreatedDeal(30_001), updated, RequestEffect::DeletedDeal(30_001), RequestEffect::Refused(404)];
    assert_eq!(effects, wanted);

    // Its id stays its own.
    let reply = account.form(Method::POST, "/Deals", &sale(&[])).await;
    assert_eq!(reply.json()["Uri"], format!("/Advertisers/{sid}/Deals/30002"));
}

#[tokio::test]
async fn a_bad_deal_is_refused() {
    let account = Account::open().await;
    for (field, value) in [
        ("CampaignId", "7"),
        ("Name", ""),
        ("Scope", "SHELF"),
        ("Type", "LOTTERY"),
        ("DiscountPercent", ""),
        ("StartDate", "2026-12-08T00:00:00Z"),
        ("EndDate", "soon"),
    ] {
        let fields: Vec<_> = sale(&[]).into_iter().filter(|(name, _)| *name != field).chain([(field, value)]).collect();
        let reply = account.form(Method::POST, "/Deals", &fields).await;
        assert_eq!((reply.status, &reply.json()["Message"]), (StatusCode::BAD_REQUEST, &json!("Validation Failed")), "{field}");
    }
    assert_eq!(account.post_ad(&kettle(&[("DealId", "30001")])).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(account.world.with(|state| state.platform.deals().count()), 0);
}

#[tokio::test]
async fn a_synchronised_deal_moves_its_ads_and_another_one_does_not() {
    for (synched, deal_synch, moves) in
        [("true", DealSynch::Aligns, true), ("true", DealSynch::Ignored, false), ("false", DealSynch::Aligns, false)]
    {
        let account = with(Quirks { deal_synch, ..Quirks::default() }).await;
        account.form(Method::POST, "/Deals", &sale(&[("SynchAdsPromoCodes", synched)])).await;
        let ends = ("LimitedTimeEndDate", "2027-01-31T00:00:00Z");
        for deal in ["30001", ""] {
            assert_eq!(account.post_ad(&kettle(&[("DealId", deal), ends])).await.status, StatusCode::OK);
        }
        let end = async |id: u64| account.read(&format!("/Ads/{id}")).await["LimitedTimeEndDate"].as_str().unwrap().to_owned();
        let own = "2027-01-30T16:00:00-08:00";
        assert_eq!(end(892_081).await, if moves { "2026-12-06T16:00:00-08:00" } else { own }, "attached to the deal");
        let reply = account.form(Method::PUT, "/Deals/30001", &[("EndDate", "2026-11-23T00:00:00Z")]).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(end(892_081).await, if moves { "2026-11-22T16:00:00-08:00" } else { own }, "moved with the deal");
        assert_eq!(end(892_082).await, own, "in no deal");
        assert_eq!(account.read("/Deals/30001").await["State"], "EXPIRED");
        let ads = if moves { vec![892_081] } else { Vec::new() };
        let last = account.world.with(|state| state.platform.history().last().cloned()).unwrap();
        assert_eq!(last.effect, RequestEffect::UpdatedDeal { deal: 30_001, ads });
    }
}

#[tokio::test]
async fn an_expired_deal_comes_back_or_not_as_the_quirk_has_it() {
    for (deal_revival, status, state) in
        [(Revival::Works, 200, "ACTIVE"), (Revival::Ignored, 200, "EXPIRED"), (Revival::Refused, 400, "EXPIRED")]
    {
        let account = with(Quirks { deal_revival, ..Quirks::default() }).await;
        account.form(Method::POST, "/Deals", &sale(&[])).await;
        account.wait(24 * 20);
        let reply = account.form(Method::PUT, "/Deals/30001", &[("EndDate", "2027-01-07T00:00:00Z")]).await;
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(account.read("/Deals/30001").await["State"], state);
    }
}

#[tokio::test]
async fn an_end_acts_at_once_or_at_the_accounts_midnight() {
    for (end_acts, hours) in [(EndActs::AtOnce, 0), (EndActs::AtMidnight, 8)] {
        let account = with(Quirks { end_acts, ..Quirks::default() }).await;
        account.post_ad(&KETTLE).await;
        account.put_ad(892_081, &kettle(&[("LimitedTimeEndDate", "2026-11-23T00:00:00Z")])).await;
        let record = || account.world.with(|state| state.platform.ad_records(state.now)).remove(0);
        assert_eq!(record().ends_at, Some(account.now()));
        account.wait(24);
        let opened = "2026-11-23T00:00:00Z".parse::<Timestamp>().unwrap();
        let offered: Vec<_> =
            record().offered.iter().map(|(from, to)| (*from == opened, to.duration_since(*from).as_hours())).collect();
        assert_eq!(offered, if hours == 0 { vec![] } else { vec![(true, hours)] });
    }
}

#[tokio::test]
async fn an_update_that_nulls_empties_what_it_omits() {
    for (put, label, ends) in [(PutRule::Keeps, "tea", "2026-12-06T16:00:00-08:00"), (PutRule::Nulls, "", "")] {
        let account = with(Quirks { put, ..Quirks::default() }).await;
        account.post_ad(&kettle(&[("Labels", "tea"), ("LimitedTimeEndDate", "2026-12-07T00:00:00Z")])).await;
        account.put_ad(892_081, &KETTLE).await;
        let ad = account.read("/Ads/892081").await;
        assert_eq!((&ad["Labels"], &ad["LimitedTimeEndDate"]), (&json!(label), &json!(ends)));
    }
}

#[tokio::test]
async fn rules_are_made_by_people_and_read_by_the_api() {
    let account = Account::open().await;
    let rule = BlockRule { state: RuleState::Paused, ..BlockRule::expired_ads(50_007) };
    account.world.set_rules(vec![rule.clone()]).unwrap();
    let list = "/Programs/1000/BlockRedirectRules?Condition=AD_STATUS";
    assert_eq!(account.read(list).await["BlockRedirectRules"][0]["State"], "PAUSED");
    assert_eq!(account.read(&format!("{list}&State=RUNNING")).await["@total"], "0");
    assert_eq!(
        account.read("/Programs/1000/BlockRedirectRules/50007").await["Condition"][0]["SubConditions"][0]["Values"][0],
        "EXPIRED"
    );
    assert_eq!(account.get("/Programs/1000/BlockRedirectRules/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        account.form(Method::PUT, "/Programs/1000/BlockRedirectRules/50007", &[]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );

    account.post_ad(&kettle(&[("LimitedTimeEndDate", "2026-11-23T01:00:00Z")])).await;
    account.wait(2);
    let blocked = || account.world.with(|state| state.platform.is_traffic_blocked(892_081, state.now));
    assert!(!blocked(), "the rule is paused");
    account.world.set_rules(vec![BlockRule { state: RuleState::Running, ..rule }]).unwrap();
    assert!(blocked());
}
