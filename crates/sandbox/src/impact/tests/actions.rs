//! Actions: the rules of their dates, their states over time, their numbers.

use rust_decimal::dec;
use serde_json::json;

use super::*;
use crate::impact::{ActionItem, NewAction};

impl Account {
    fn sale(&self, order_id: u64, event_at: Timestamp) {
        let action = NewAction {
            ad: 892_081,
            partner: 10_001,
            order_id,
            amount: dec!(21.99),
            payout: dec!(1.76),
            client_cost: dec!(1.9),
            referred_at: event_at - SignedDuration::from_mins(57),
            event_at,
            created_at: event_at + SignedDuration::from_mins(9),
            locks_at: event_at + SignedDuration::from_hours(24 * 14),
            new_customer: order_id.is_multiple_of(2),
            items: vec![ActionItem {
                sku: "KETTLE-1".to_owned(),
                name: "Kettle".to_owned(),
                category: "Home".to_owned(),
                quantity: 1,
                sale_amount: dec!(21.99),
            }],
        };
        self.world.with(|state| state.platform.record_action(action));
    }

    async fn orders(&self, query: &str) -> Vec<String> {
        let page = self.read(&format!("/Actions?CampaignId=1000&{query}")).await;
        page["Actions"].as_array().unwrap().iter().map(|action| action["Oid"].as_str().unwrap().to_owned()).collect()
    }
}

const DAY: &str = "ActionDateStart=2026-11-23T00:00:00Z&ActionDateEnd=2026-11-24T00:00:00Z";

#[tokio::test]
async fn the_rules_of_the_dates_hold() {
    let account = Account::open().await;
    for (query, status) in [
        ("", 400),
        ("CampaignId=7", 400),
        ("CampaignId=1000", 200),
        ("CampaignId=1000&StartDate=2026-11-01T00:00:00Z", 400),
        ("CampaignId=1000&ActionDateEnd=2026-11-01T00:00:00Z", 400),
        ("CampaignId=1000&ActionDateStart=2026-11-01T00:00:00Z&ActionDateEnd=soon", 400),
        ("CampaignId=1000&ActionDateStart=2026-10-01T00:00:00Z&ActionDateEnd=2026-11-15T00:00:00Z", 200),
        ("CampaignId=1000&ActionDateStart=2026-10-01T00:00:00Z&ActionDateEnd=2026-11-15T00:00:01Z", 400),
        ("CampaignId=1000&ActionDateStart=2026-11-02T00:00:00Z&ActionDateEnd=2026-11-01T00:00:00Z", 400),
        ("CampaignId=1000&LockingDateStart=2023-01-01T00:00:00Z&LockingDateEnd=2023-01-02T00:00:00Z", 400),
        ("CampaignId=1000&PageSize=1999", 400),
        ("CampaignId=1000&PageSize=2000", 200),
    ] {
        assert_eq!(account.get(&format!("/Actions?{query}")).await.status.as_u16(), status, "{query}");
    }
    assert_eq!(account.read("/Actions?CampaignId=1000").await["@pagesize"], "20000");
}

#[tokio::test]
async fn an_action_shows_after_its_creation_and_locks_by_itself() {
    let account = Account::open().await;
    let event: Timestamp = "2026-11-23T00:55:30Z".parse().unwrap();
    account.sale(14, event);
    account.wait(1);
    assert_eq!(account.orders(DAY).await, Vec::<String>::new(), "it is created at 01:04:30");
    account.wait(1);
    let page = account.read(&format!("/Actions?CampaignId=1000&{DAY}")).await;
    let action = &page["Actions"][0];
    for (name, value) in [
        ("CampaignId", json!(1000)),
        ("State", json!("PENDING")),
        ("AdId", json!(892_081)),
        ("ClientCost", json!(1.9)),
        ("Payout", json!(1.76)),
        ("Amount", json!(21.99)),
        ("Currency", json!("EUR")),
        ("EventDate", json!("2026-11-22T16:55:30-08:00")),
        ("CreationDate", json!("2026-11-22T17:04:30-08:00")),
        ("LockingDate", json!("2026-12-06T16:55:30-08:00")),
        ("ClearedDate", json!("")),
        ("Oid", json!("14")),
        ("CustomerStatus", json!("NEW")),
    ] {
        assert_eq!(action[name], value, "{name}");
    }
    let id = action["Id"].as_str().unwrap();
    assert_eq!(account.read(&format!("/Actions/{id}")).await, *action);
    let items = account.read(&format!("/Actions/{id}/Items")).await;
    assert_eq!((&items["ActionItems"][0]["Quantity"], &items["ActionItems"][0]["SaleAmount"]), (&json!("1"), &json!("21.99")));
    assert_eq!(account.read(&format!("/Actions/{id}/Items/KETTLE-1")).await["Payout"], json!(1.76));
    assert_eq!(account.get(&format!("/Actions/{id}/Items/OTHER")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.get("/Actions/1000.2240.1").await.status, StatusCode::NOT_FOUND);

    account.wait(24 * 14);
    assert_eq!(account.read(&format!("/Actions/{id}")).await["State"], "APPROVED");
}

#[tokio::test]
async fn a_reversed_action_costs_nothing_and_shows_as_updated() {
    let account = Account::open().await;
    for order in [1, 2, 3] {
        account.sale(order, account.now() + SignedDuration::from_mins(order.cast_signed()));
    }
    account.wait(48);
    account.world.with(|state| state.platform.reverse_action(2, state.now));
    account.wait(1);
    assert_eq!(account.orders(DAY).await, ["3", "2", "1"], "the newest first");
    assert_eq!(account.orders(&format!("{DAY}&State=REVERSED")).await, ["2"]);
    assert_eq!(account.orders(&format!("{DAY}&State=PENDING")).await, ["3", "1"]);
    let updated = "StartDate=2026-11-25T00:00:00Z&EndDate=2026-11-26T00:00:00Z";
    assert_eq!(account.orders(updated).await, ["2"]);
    assert_eq!(account.orders("LockingDateStart=2026-12-07T00:02:00Z&LockingDateEnd=2026-12-07T00:03:00Z").await, ["3", "2"]);
    let reversed = &account.read(&format!("/Actions?CampaignId=1000&{updated}")).await["Actions"][0];
    assert_eq!(
        (&reversed["ClientCost"], &reversed["Amount"], &reversed["IntendedAmount"]),
        (&json!(0.0), &json!(0.0), &json!(21.99))
    );
    assert_eq!(reversed["CustomerStatus"], "NEW");
    account.wait(24 * 7);
    assert_eq!(account.orders("").await, Vec::<String>::new(), "without dates only the last seven days");
}

#[tokio::test]
async fn both_ends_of_the_dates_are_included_and_pages_tile() {
    let account = Account::open().await;
    let start = account.now();
    for order in 0..4_100u64 {
        account.sale(order, start + SignedDuration::from_secs(i64::try_from(order / 100).unwrap()));
    }
    account.wait(2);
    let within = "ActionDateStart=2026-11-23T00:00:01Z&ActionDateEnd=2026-11-23T00:00:02Z";
    assert_eq!(account.orders(within).await.len(), 200);
    let mut orders = Vec::new();
    for page in 1..=3 {
        orders.extend(account.orders(&format!("{DAY}&PageSize=2000&Page={page}")).await);
    }
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), 4_100);
}

#[tokio::test]
async fn more_than_ten_pages_are_refused() {
    let account = Account::open().await;
    for order in 0..20_001 {
        account.sale(order, account.now());
    }
    account.wait(1);
    assert_eq!(account.get(&format!("/Actions?CampaignId=1000&PageSize=2000&{DAY}")).await.status, StatusCode::BAD_REQUEST);
    let page = account.read(&format!("/Actions?CampaignId=1000&{DAY}")).await;
    assert_eq!((&page["@total"], &page["@numpages"]), (&json!("20001"), &json!("2")));
}
