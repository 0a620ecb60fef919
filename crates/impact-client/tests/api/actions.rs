//! Actions and their items.

use campaign_pilot_impact_client::ActionId;
use rust_decimal::dec;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::support::{Bench, ok, period, whole};

#[tokio::test]
async fn items_of_an_action_are_kept_apart_also_with_the_same_sku() {
    let bench = Bench::new().await;
    let item = |amount: &str| json!({"Sku": "A/1", "Quantity": "2", "SaleAmount": amount});
    bench.answer("GET", "Actions/1000.1.2/Items", whole("ActionItems", json!([item("19.27"), item("5.00")]))).await;
    bench.answer("GET", "Actions/1000.1.2/Items/A%2F1", ok(item("19.27"))).await;
    let id = ActionId::new("1000.1.2").unwrap();
    let items = bench.api.action_items(&id).await.unwrap();
    assert_eq!((items.items.len(), items.complete), (2, true));
    assert_eq!(items.items[0].sale_amount, Some(dec!(19.27)));
    assert_eq!(bench.api.action_item(&id, "A/1").await.unwrap().unwrap().quantity, Some(dec!(2)));
}

#[tokio::test]
async fn one_action_is_read_by_its_id() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions/1000.1.2", ok(json!({"Id": "1000.1.2", "State": "REVERSED", "LockingDate": ""}))).await;
    bench.answer("GET", "Actions/1000.1.3", ResponseTemplate::new(404)).await;
    let read = |id: &str| {
        let id = ActionId::new(id).unwrap();
        let api = bench.api.clone();
        async move { api.action(&id).await.unwrap() }
    };
    assert_eq!(read("1000.1.2").await.unwrap().locks_at, None);
    assert_eq!(read("1000.1.3").await, None);
}

#[tokio::test]
async fn an_event_on_a_seam_of_two_windows_counts_once_and_none_is_lost() {
    let bench = Bench::new().await;
    // 60 days: the seam lies 45 days after the start, and both windows bring what happened on it.
    let seam = json!({"Id": "1000.1.2", "EventDate": "2026-05-17T00:00:00Z"});
    let before = json!({"Id": "1000.1.1", "EventDate": "2026-05-16T23:59:59Z"});
    let last = json!({"Id": "1000.1.3", "EventDate": "2026-05-31T23:59:59.5Z"});
    let outside = json!({"Id": "1000.1.4", "EventDate": "2026-06-01T00:00:00Z"});
    bench.answer_once("GET", "Actions", whole("Actions", json!([before, seam]))).await;
    bench.answer_once("GET", "Actions", whole("Actions", json!([seam, last, outside]))).await;
    let listing = bench.api.actions(period("2026-04-02T00:00:00Z", "2026-06-01T00:00:00Z")).await.unwrap();
    let ids: Vec<_> = listing.items.iter().map(|action| action.id.as_str()).collect();
    assert_eq!(ids, ["1000.1.1", "1000.1.2", "1000.1.3"]);
    assert_eq!(
        bench.sent().await,
        [
            "GET Actions?CampaignId=1000&ActionDateStart=2026-04-01T17:00:00-07:00&ActionDateEnd=2026-05-16T17:00:00-07:00&PageSize=20000&Page=1",
            "GET Actions?CampaignId=1000&ActionDateStart=2026-05-16T17:00:00-07:00&ActionDateEnd=2026-05-31T17:00:00-07:00&PageSize=20000&Page=1",
        ]
    );
}
