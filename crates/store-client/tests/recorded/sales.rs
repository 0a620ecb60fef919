//! Orders and refunds as the recorded shop sends them.

use std::collections::BTreeMap;

use campaign_pilot_core::ports::SalesHistory;
use campaign_pilot_core::{Absence, ErrorKind, Measured, Period, SalesReading, conformance};
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

use crate::support::{Shop, asked, asked_for, clock, config, currency, recorded, store};

const ORDERS: &str = "/wp-json/wc/v3/orders";
const REFUNDS: &str = "/wp-json/wc/v3/refunds";

fn period(start: &str, end: &str) -> Period {
    Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

/// Units, units back, orders, revenue, money back by product, hour and currency.
fn cells(reading: &SalesReading) -> BTreeMap<String, (i64, i64, u64, String, String)> {
    let key = |seen: &campaign_pilot_core::SalesObservation| {
        format!("{} {} {}", seen.product, seen.period.start().strftime("%d-%H"), seen.revenue.currency)
    };
    let value = |seen: &campaign_pilot_core::SalesObservation| {
        (seen.units, seen.refunded_units, seen.orders, seen.revenue.amount.to_string(), seen.refunds.amount.to_string())
    };
    reading.observations.iter().map(|seen| (key(seen), value(seen))).collect()
}

fn cell(units: i64, back: i64, orders: u64, revenue: &str, refunds: &str) -> (i64, i64, u64, String, String) {
    (units, back, orders, revenue.to_owned(), refunds.to_owned())
}

#[tokio::test]
async fn orders_are_added_up_per_product_hour_and_currency() {
    let shop = Shop::recorded();
    shop.refunds.lock().unwrap().retain(|refund| refund["id"] == 696);
    let server = shop.serve().await;
    let reading = store(&server).sales(period("2026-11-13T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap();
    let expected = BTreeMap::from([
        // Variations count for their parent; two lines of one order are one order.
        ("59 20-17 EUR".to_owned(), cell(4, 0, 1, "79.60", "0")),
        ("51 20-17 EUR".to_owned(), cell(1, 0, 1, "15.12", "0")),
        ("39 20-17 EUR".to_owned(), cell(1, 0, 1, "39.95", "0")),
        // The refund of part of the money counts on its own date, without a unit.
        ("39 20-07 EUR".to_owned(), cell(1, 0, 1, "39.95", "0")),
        ("39 22-20 EUR".to_owned(), cell(0, 0, 0, "0", "19.98")),
        // After the coupon.
        ("29 21-18 EUR".to_owned(), cell(1, 0, 1, "62.49", "0")),
        ("51 21-18 EUR".to_owned(), cell(1, 0, 1, "12.62", "0")),
        ("11 22-17 EUR".to_owned(), cell(3, 0, 1, "179.97", "0")),
        ("11 13-20 USD".to_owned(), cell(2, 0, 1, "119.98", "0")),
        ("125 21-11 EUR".to_owned(), cell(1, 0, 1, "99.00", "0")),
        ("81 21-11 EUR".to_owned(), cell(2, 0, 1, "118.00", "0")),
        ("18 21-11 EUR".to_owned(), cell(1, 0, 1, "179.50", "0")),
        ("40 21-11 EUR".to_owned(), cell(1, 0, 1, "44.00", "0")),
    ]);
    assert_eq!(cells(&reading), expected);
    // The line of a deleted product is told of, and nothing else is amiss.
    assert_eq!(reading.rejected.len(), 1);
    assert_eq!(reading.rejected[0].id.as_deref(), Some("order 705"));
    assert!(reading.quality.complete);
    assert_eq!(reading.quality.complete_until, Some("2026-11-23T00:00:00Z".parse().unwrap()));
    assert!(reading.observations.iter().all(|seen| seen.new_customers == Measured::Absent(Absence::NewCustomersUnknown)));
}

#[tokio::test]
async fn the_requests_name_the_period_in_utc_and_no_persons() {
    let server = Shop::recorded().serve().await;
    store(&server).sales(period("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap();
    let bounds = [("after", "2026-11-21T23:59:59Z"), ("before", "2026-11-23T00:00:00Z")];
    let paging = [("orderby", "id"), ("order", "asc"), ("per_page", "100")];
    let pairs = |own: &[(&str, &str)]| -> Vec<(String, String)> {
        own.iter().chain(&paging).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let orders = asked(&server, ORDERS).await;
    let sold = ["processing,completed,on-hold,refunded", "id,status,currency,date_created_gmt,line_items"];
    assert_eq!(orders[0], pairs(&[("status", sold[0]), bounds[0], bounds[1], ("_fields", sold[1])]));
    let refunds = asked(&server, REFUNDS).await;
    assert_eq!(refunds, [pairs(&[bounds[0], bounds[1], ("_fields", "id,parent_id,date_created_gmt,amount,line_items")])]);
    // Refunds of orders from before the period ask for those orders' currency.
    let include = [("include", "662,678,689,692,695"), ("_fields", "id,status,currency,date_created_gmt")];
    assert_eq!(orders[1..], [pairs(&include)]);
}

#[tokio::test]
async fn a_whole_return_takes_back_units_and_money_on_its_own_date() {
    let server = Shop::recorded().serve().await;
    let reading = store(&server).sales(period("2026-11-22T20:00:00Z", "2026-11-22T21:00:00Z")).await.unwrap();
    let cells = cells(&reading);
    assert_eq!(cells["59 22-20 EUR"], cell(0, 4, 0, "0", "79.60"));
    assert_eq!(cells["51 22-20 EUR"], cell(0, 1, 0, "0", "15.12"));
    // Of two orders: 39.95 and 19.98.
    assert_eq!(cells["39 22-20 EUR"], cell(0, 1, 0, "0", "59.93"));
    // The orders of two more refunds are not listed by this shop, so their currency is not known.
    let unknown: Vec<_> = reading.rejected.iter().filter_map(|item| item.id.as_deref()).collect();
    assert_eq!(unknown, ["679", "690"]);
}

#[tokio::test]
async fn refunds_are_found_through_their_orders_in_older_stores() {
    let shop = Shop::recorded();
    shop.refunds.lock().unwrap().clear();
    let server = shop.serve().await;
    // The recorded refunds of order 692, before WooCommerce 9.0 had a list of all refunds.
    let older = MockServer::start().await;
    currency(&older).await;
    for (at, number) in [("/692/refunds", "151"), ("/695/refunds", "128")] {
        Mock::given(path(format!("{ORDERS}{at}"))).respond_with(recorded(number)).mount(&older).await;
    }
    Mock::given(path(REFUNDS)).respond_with(recorded("084")).mount(&older).await;
    Mock::given(path(ORDERS)).respond_with(shop).mount(&older).await;
    drop(server);
    let reading = store(&older).sales(period("2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap();
    assert_eq!(cells(&reading)["51 22-20 EUR"], cell(0, 1, 0, "0", "15.12"));
    assert_eq!(asked_for(&older, ORDERS, "modified_after").await, ["2026-11-19T23:59:59Z"]);
}

#[tokio::test]
async fn an_order_that_two_readings_cannot_read_is_told_once() {
    let shop = Shop::whole();
    shop.refunds.lock().unwrap().clear();
    for order in shop.orders.lock().unwrap().iter_mut().filter(|order| matches!(order["id"].as_u64(), Some(695 | 707))) {
        order["currency"] = json!("XYZ");
    }
    let older = shop.serve().await;
    let reading = store(&older).sales(period("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap();
    let unread = reading.rejected.iter().filter(|item| item.reason == "the order has a `currency` that cannot be read");
    let mut ids: Vec<_> = unread.filter_map(|item| item.id.as_deref()).collect();
    ids.sort_unstable();
    // 707 was created in the period, 695 before it: that one was read for its refunds alone.
    assert_eq!(ids, ["695", "707"]);
    assert!(!reading.quality.complete);
    let notes: Vec<&str> = reading.quality.notes.iter().map(String::as_str).collect();
    assert!(
        notes.iter().any(|note| note.starts_with("2 of ") && note.ends_with(" changed orders could not be read")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.starts_with("1 of ") && note.ends_with(" orders could not be read")), "{notes:?}");
}

#[tokio::test]
async fn a_refund_whose_order_cannot_be_read_leaves_a_gap() {
    let shop = Shop::recorded();
    shop.refunds.lock().unwrap().retain(|refund| refund["id"] == 696);
    for order in shop.orders.lock().unwrap().iter_mut().filter(|order| order["id"] == 695) {
        order["currency"] = json!("XYZ");
    }
    let server = shop.serve().await;
    let reading = store(&server).sales(period("2026-11-22T20:00:00Z", "2026-11-22T21:00:00Z")).await.unwrap();
    let unread: Vec<_> = reading.rejected.iter().filter_map(|item| item.id.as_deref()).collect();
    assert_eq!((unread, reading.quality.complete), (vec!["695", "696"], false));
    assert_eq!(reading.quality.notes, ["1 of 1 refunded orders could not be read"]);
}

#[tokio::test]
async fn an_unreadable_order_is_listed_and_the_rest_arrives() {
    let shop = Shop::recorded();
    for order in shop.orders.lock().unwrap().iter_mut() {
        match order["id"].as_u64() {
            Some(707) => order["line_items"][0]["total"] = json!("many"),
            Some(716) => order["currency"] = json!("XYZ"),
            _ => {}
        }
    }
    shop.refunds.lock().unwrap().retain(|refund| refund["id"] == 696);
    let server = shop.serve().await;
    let reading = store(&server).sales(period("2026-11-13T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap();
    let reasons: Vec<_> = reading.rejected.iter().map(|item| (item.id.as_deref().unwrap(), item.reason.as_str())).collect();
    assert!(reasons.contains(&("707", "the order has a `line_items[0].total` that cannot be read")), "{reasons:?}");
    assert!(reasons.contains(&("716", "the order has a `currency` that cannot be read")), "{reasons:?}");
    assert_eq!((reading.observations.len(), reading.quality.complete), (11, false));
    assert!(reading.quality.notes[0].contains("2 of 6 orders"), "{:?}", reading.quality.notes);
}

#[tokio::test]
async fn statuses_of_plugins_can_count_as_sales() {
    let shop = Shop::recorded();
    shop.orders
        .lock()
        .unwrap()
        .iter_mut()
        .filter(|order| order["id"] == 707)
        .for_each(|order| order["status"] = json!("shipped"));
    let server = shop.serve().await;
    let mut settings = config(&server.uri());
    let day = period("2026-11-22T12:00:00Z", "2026-11-22T18:00:00Z");
    let sold = |settings| async move {
        let store = campaign_pilot_store_client::WooStore::new(settings, clock()).unwrap();
        store.sales(day).await.unwrap().observations.len()
    };
    assert_eq!(sold(settings.clone()).await, 0);
    settings.sale_statuses.push("shipped".to_owned());
    assert_eq!(sold(settings).await, 1);
}

#[tokio::test]
async fn a_refused_key_fails_the_reading() {
    let server = MockServer::start().await;
    Mock::given(path(ORDERS)).respond_with(recorded("274")).mount(&server).await;
    let error = store(&server).sales(period("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn the_sales_keep_the_promises_of_their_port() {
    let server = Shop::recorded().serve().await;
    conformance::sales_history(&store(&server), period("2026-11-13T00:30:00Z", "2026-11-22T20:30:00Z")).await.unwrap();
}

mod table {
    //! Sales by the shop's own hours and days.

    use campaign_pilot_core::ports::Catalog;
    use campaign_pilot_store_client::WooApi;
    use campaign_pilot_store_client::sales::{Grain, Sales, SalesQuery};
    use futures_util::TryStreamExt;
    use rust_decimal::{Decimal, dec};
    use serde_json::Value;
    use wiremock::ResponseTemplate;

    use super::*;
    use crate::support::{KEY, full, replay};

    fn october() -> Period {
        period("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")
    }

    async fn sales(shop: &Shop, query: &SalesQuery) -> Sales {
        let server = shop.serve().await;
        replay(&server, "/wp-json", "314").await;
        WooApi::new(config(&server.uri()), clock()).unwrap().sales(query).await.unwrap()
    }

    fn amount(value: &Value) -> Decimal {
        value.as_str().unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn october_adds_up_to_the_orders_by_hour_day_variation_and_rolled_up() {
        let shop = Shop::whole();
        let counts = |order: &&Value| {
            let created = order["date_created_gmt"].as_str().unwrap();
            ("2026-09-30T22:00:00".."2026-10-31T23:00:00").contains(&created)
                && matches!(order["status"].as_str(), Some("processing" | "completed" | "on-hold" | "refunded"))
        };
        let orders: Vec<Value> = shop.orders.lock().unwrap().iter().filter(counts).cloned().collect();
        let lines = || orders.iter().flat_map(|order| order["line_items"].as_array().unwrap());
        let (gross, revenue): (Decimal, Decimal) =
            (lines().map(|line| amount(&line["subtotal"])).sum(), lines().map(|line| amount(&line["total"])).sum());
        for query in [
            SalesQuery::new(october()),
            SalesQuery::new(october()).by(Grain::Day),
            SalesQuery::new(october()).by(Grain::Day).with_variations(),
            SalesQuery::new(october()).in_utc(),
        ] {
            let sales = sales(&shop, &query).await;
            let all = || sales.cells.iter().map(|cell| cell.figures).chain(sales.deleted.iter().map(|product| product.figures));
            assert_eq!(all().map(|figures| figures.gross).sum::<Decimal>(), gross);
            assert_eq!(all().map(|figures| figures.revenue).sum::<Decimal>(), revenue);
            assert_eq!(all().map(|figures| figures.discount).sum::<Decimal>(), gross - revenue);
            // As the reconciliation has it: goods refunded in October, without tax.
            assert_eq!(all().map(|figures| figures.refunds).sum::<Decimal>(), dec!(736.70));
            assert!(sales.quality.complete, "{:?}", sales.quality);
            let used: u64 = sales.coupons.iter().map(|coupon| coupon.orders).sum();
            assert_eq!((sales.coupons.len(), used), (2, 22));
        }
    }

    #[tokio::test]
    async fn days_are_the_shops_and_variations_can_be_kept() {
        let shop = Shop::whole();
        let days = sales(&shop, &SalesQuery::new(october()).by(Grain::Day)).await;
        assert_eq!(days.time_zone, "Europe/Berlin");
        let long: Vec<i64> = days.cells.iter().map(|cell| cell.period.length().as_hours()).filter(|hours| *hours == 25).collect();
        assert!(!long.is_empty() && days.cells.iter().all(|cell| matches!(cell.period.length().as_hours(), 24 | 25)));
        let kept = sales(&shop, &SalesQuery::new(october()).by(Grain::Day).with_variations()).await;
        assert!(kept.cells.iter().any(|cell| cell.variation.is_some()) && kept.cells.len() > days.cells.len());
        assert!(days.cells.iter().all(|cell| cell.variation.is_none()));
    }

    #[tokio::test]
    async fn new_and_returning_customers_come_from_the_reports() {
        let shop = Shop::whole();
        let server = shop.serve().await;
        replay(&server, "/wp-json", "314").await;
        let ids: Vec<u64> = (1..=6)
            .flat_map(|page| full(&format!("orders-{page}")).as_array().unwrap().clone())
            .map(|order| order["id"].as_u64().unwrap())
            .collect();
        let row = |id: &u64| {
            let word = if id.is_multiple_of(3) { "new" } else { "returning" };
            json!({"order_id": id, "parent_id": 0, "date_created_gmt": "2026-10-10T00:00:00", "customer_type": word})
        };
        let rows: Vec<Value> = ids.iter().map(row).collect();
        let answer = ResponseTemplate::new(200).insert_header("X-WP-TotalPages", "1").set_body_json(rows);
        Mock::given(path("/wp-json/wc-analytics/reports/orders")).respond_with(answer).mount(&server).await;
        let api = WooApi::new(config(&server.uri()), clock()).unwrap();
        let sales = api.sales(&SalesQuery::new(october()).with_new_customers()).await.unwrap();
        let known = sales.cells.iter().filter(|cell| cell.figures.orders > 0);
        assert!(known.clone().all(|cell| matches!(cell.new_customers, Measured::Known(_))));
        let total: u64 = known.filter_map(|cell| cell.new_customers.known()).sum();
        assert!(total > 0);
        assert_eq!(asked_for(&server, "/wp-json/wc-analytics/reports/orders", "date_type").await, ["date_created"]);
        // A store without the reports sells all the same.
        let without = shop.serve().await;
        Mock::given(path("/wp-json/wc-analytics/reports/orders")).respond_with(recorded("084")).mount(&without).await;
        let mut settings = config(&without.uri());
        settings.new_customers = true;
        let store = campaign_pilot_store_client::WooStore::new(settings, clock()).unwrap();
        let reading = store.sales(october()).await.unwrap();
        assert!(reading.quality.complete && reading.quality.notes.iter().any(|note| note.contains("new customers")));
        assert!(!format!("{reading:?}").contains(KEY));
    }

    #[tokio::test]
    async fn products_without_stock_are_marked() {
        let shop = Shop::recorded();
        let server = shop.serve().await;
        let store = store(&server);
        let before = store.sales(october()).await.unwrap();
        assert_eq!(before.stock_outs, []);
        let pages: Vec<_> = store.products().try_collect().await.unwrap();
        assert!(!pages.is_empty());
        let day = period("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        let outs = store.sales(day).await.unwrap().stock_outs;
        // Product 174 has been out of stock since it last changed.
        assert!(outs.iter().any(|out| out.product.as_str() == "174"), "{outs:?}");
        assert!(outs.iter().all(|out| day.intersection(out.period) == Some(out.period)));
        let again = campaign_pilot_store_client::WooStore::new(config(&server.uri()), clock()).unwrap();
        assert_eq!(again.with_stock_log(store.stock_log()).sales(day).await.unwrap().stock_outs, outs);
    }
}
