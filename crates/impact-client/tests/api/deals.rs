//! Deals, promo codes and blocking rules.

use campaign_pilot_core::{Currency, ErrorKind, Money};
use campaign_pilot_impact_client::{
    CreditPolicy, DealChange, DealDraft, DealFilter, DealId, DealKind, DealScope, DealState, Discount, PartnerId, PromoCodeDraft,
    PromoCodeFilter, PromoCodeId, PromoCodeMatch, PromoCodeState, RuleAction, RuleFilter, RuleId, RuleState, RuleVariable,
};
use rust_decimal::dec;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::support::{Bench, assert_form, at, done, ok, whole};

fn deal_id(text: &str) -> DealId {
    DealId::new(text).unwrap()
}

#[tokio::test]
async fn a_deal_is_created_with_all_that_was_said_and_nothing_else() {
    let bench = Bench::new().await;
    bench.answer("POST", "Deals", done("Deals/00003")).await;
    let draft = DealDraft {
        description: "cp-00112233445566778899".to_owned(),
        scope: DealScope::Product,
        product_name: Some("Bottle".to_owned()),
        discount: Some(Discount::Fixed(Money::new(dec!(5.00), Currency::USD))),
        starts_at: Some(at("2026-06-03T00:00:00Z")),
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        synchronises: true,
        partners: vec![PartnerId::new("10000").unwrap(), PartnerId::new("10001").unwrap()],
        ..DealDraft::new("Summer", DealKind::GeneralSale)
    };
    let id = bench.api.create_deal(&draft).await.unwrap();
    assert_eq!(id.as_str(), "3", "the id without its leading zeros");
    assert_form(
        &bench.last().await,
        &[
            ("CampaignId", "1000"),
            ("Name", "Summer"),
            ("Scope", "PRODUCT"),
            ("Type", "GENERAL_SALE"),
            ("Description", "cp-00112233445566778899"),
            ("StartDate", "2026-06-02T17:00:00-07:00"),
            ("EndDate", "2026-06-09T17:00:00-07:00"),
            ("SynchAdsPromoCodes", "true"),
            ("ProductName", "Bottle"),
            ("RestrictedMediaPartners", "10000,10001"),
            ("DiscountType", "FIXED"),
            ("DiscountAmount", "5"),
            ("DiscountCurrency", "USD"),
        ],
    );
}

#[tokio::test]
async fn what_impact_com_would_refuse_is_not_sent() {
    let bench = Bench::new().await;
    let sale = || DealDraft::new("Summer", DealKind::GeneralSale);
    let wrong = [
        sale(),
        DealDraft { discount: Some(Discount::Percent(dec!(101))), ..sale() },
        DealDraft { discount: Some(Discount::Fixed(Money::new(dec!(0.001), Currency::USD))), ..sale() },
        DealDraft { scope: DealScope::Category, ..DealDraft::new("x", DealKind::FreeShipping) },
        DealDraft::new("x", DealKind::Rebate),
        DealDraft::new("x".repeat(256), DealKind::FreeShipping),
        DealDraft::new(" ", DealKind::FreeShipping),
        DealDraft::new("two\nlines", DealKind::FreeShipping),
        DealDraft { description: "<b>free</b>".to_owned(), ..DealDraft::new("x", DealKind::FreeShipping) },
        DealDraft { description: "x".repeat(256), ..DealDraft::new("x", DealKind::FreeShipping) },
        DealDraft { gift: Some("a\u{202e}b".to_owned()), ..DealDraft::new("x", DealKind::GiftWithPurchase) },
        DealDraft {
            starts_at: Some(at("2026-06-03T00:00:00Z")),
            ends_at: Some(at("2026-06-03T00:00:00Z")),
            ..DealDraft::new("x", DealKind::FreeShipping)
        },
    ];
    for draft in wrong {
        let error = bench.api.create_deal(&draft).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_taken_effect()), (ErrorKind::Invalid, false), "{error}");
    }
    let renamed = DealChange { name: Some("a\u{200b}b".to_owned()), ..DealChange::default() };
    assert_eq!(bench.api.update_deal(&deal_id("3"), &renamed).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(bench.api.update_deal(&deal_id("3"), &DealChange::default()).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert!(bench.sent().await.is_empty());
}

#[tokio::test]
async fn a_change_of_a_deal_carries_only_what_changes() {
    let bench = Bench::new().await;
    bench.answer("PUT", "Deals/3", done("Deals/3")).await;
    let change = DealChange {
        ends_at: Some(at("2026-06-02T12:00:00Z")),
        discount: Some(Discount::PercentRange { from: dec!(10), to: dec!(30) }),
        ..DealChange::default()
    };
    bench.api.update_deal(&deal_id("3"), &change).await.unwrap();
    let wanted = [
        ("EndDate", "2026-06-02T05:00:00-07:00"),
        ("DiscountType", "PERCENT_RANGE"),
        ("DiscountPercentRangeStart", "10"),
        ("DiscountPercentRangeEnd", "30"),
    ];
    assert_form(&bench.last().await, &wanted);
}

#[tokio::test]
async fn deals_are_listed_read_and_deleted() {
    let bench = Bench::new().await;
    bench.answer("GET", "Deals", whole("Deals", json!([{"Id": "3", "State": "ACTIVE"}, {"Id": 4, "State": "EXPIRED"}]))).await;
    bench.answer("GET", "Deals/3", ok(json!({"Id": "00003", "Name": "Summer"}))).await;
    bench.answer("GET", "Deals/9", ResponseTemplate::new(404)).await;
    bench.answer("DELETE", "Deals/3", ok(json!({"Status": "DELETED"}))).await;
    let filter = DealFilter { state: Some(DealState::Active), kind: Some(DealKind::Bogo), ..DealFilter::default() };
    let listing = bench.api.deals(&filter).await.unwrap();
    assert_eq!((listing.items.len(), listing.complete), (2, true));
    assert_eq!(bench.api.deal(&deal_id("3")).await.unwrap().unwrap().name, "Summer");
    assert_eq!(bench.api.deal(&deal_id("9")).await.unwrap(), None);
    bench.api.delete_deal(&deal_id("3")).await.unwrap();
    assert_eq!(
        bench.sent().await,
        ["GET Deals?CampaignId=1000&State=ACTIVE&Type=BOGO&PageSize=1000&Page=1", "GET Deals/3", "GET Deals/9", "DELETE Deals/3"]
    );
    assert_eq!(bench.api.delete_deal(&deal_id("5")).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn another_deal_than_the_one_asked_for_is_an_error() {
    let bench = Bench::new().await;
    bench.answer("GET", "Deals/3", ok(json!({"Id": "30"}))).await;
    assert_eq!(bench.api.deal(&deal_id("3")).await.unwrap_err().kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn a_promo_code_lives_from_creation_to_its_end() {
    let bench = Bench::new().await;
    bench.answer("POST", "PromoCodes", done("PromoCodes/77")).await;
    bench.answer("GET", "PromoCodes", whole("PromoCodes", json!([{"Id": 77, "Code": "SUMMER10", "State": "ACTIVE"}]))).await;
    bench.answer("GET", "PromoCodes/77", ok(json!({"Id": 77, "Code": "SUMMER10", "State": "INACTIVE"}))).await;
    bench.answer("DELETE", "PromoCodes/77", done("PromoCodes/77")).await;
    let draft = PromoCodeDraft {
        code: "SUMMER10".to_owned(),
        partner: PartnerId::new("10000").unwrap(),
        matching: PromoCodeMatch::Exact,
        credit_policy: CreditPolicy::Involved,
        starts_at: None,
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        deal: Some(deal_id("3")),
    };
    let id = bench.api.create_promo_code(&draft).await.unwrap();
    let wanted = [
        ("AssignedPartnerId", "10000"),
        ("CampaignId", "1000"),
        ("CreditPolicy", "INVOLVED"),
        ("Code", "SUMMER10"),
        ("Type", "LI"),
        ("EndDate", "2026-06-09T17:00:00-07:00"),
        ("DealId", "3"),
    ];
    assert_form(&bench.last().await, &wanted);
    assert_eq!(id, PromoCodeId::new("77").unwrap());
    let filter = PromoCodeFilter { code: Some("SUMMER10".to_owned()), state: Some(PromoCodeState::Active), ..Default::default() };
    assert_eq!(bench.api.promo_codes(&filter).await.unwrap().items[0].code, "SUMMER10");
    bench.api.expire_promo_code(&id).await.unwrap();
    assert_eq!(bench.api.promo_code(&id).await.unwrap().unwrap().state, PromoCodeState::Inactive);
    assert_eq!(
        bench.sent().await,
        [
            "POST PromoCodes",
            "GET PromoCodes?CampaignId=1000&Code=SUMMER10&State=ACTIVE&PageSize=1000&Page=1",
            "DELETE PromoCodes/77",
            "GET PromoCodes/77"
        ]
    );
}

#[tokio::test]
async fn blocking_rules_are_read_with_their_conditions() {
    let bench = Bench::new().await;
    let rule = json!({"Id": "55", "Action": "BLOCK", "State": "RUNNING",
        "Condition": [{"SubConditions": [{"Variable": "AD_STATUS", "Operator": "EQUALS", "Values": ["EXPIRED"]}]}]});
    bench.answer("GET", "Programs/1000/BlockRedirectRules", whole("BlockRedirectRules", json!([rule]))).await;
    bench.answer("GET", "Programs/1000/BlockRedirectRules/55", ok(rule)).await;
    let filter = RuleFilter {
        condition: Some(RuleVariable::AdStatus),
        action: Some(RuleAction::Block),
        state: Some(RuleState::Running),
        ..RuleFilter::default()
    };
    let rules = bench.api.block_redirect_rules(&filter).await.unwrap();
    assert_eq!(
        bench.sent().await,
        ["GET Programs/1000/BlockRedirectRules?Condition=AD_STATUS&Action=BLOCK&State=RUNNING&PageSize=1000&Page=1"]
    );
    let one = bench.api.block_redirect_rule(&RuleId::new("55").unwrap()).await.unwrap().unwrap();
    assert_eq!(rules.items, std::slice::from_ref(&one));
    assert!(one.is_running(at("2026-06-02T12:00:00Z")));
}
