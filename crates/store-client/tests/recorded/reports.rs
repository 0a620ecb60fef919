//! Analytics reports, as recorded.

use campaign_pilot_core::Period;
use campaign_pilot_store_client::model::{OrderStatus, StockStatus};
use campaign_pilot_store_client::reports::{CustomerType, DateType, Grain, StockFilter};
use campaign_pilot_store_client::{Customer, CustomerSalt, WooApi};
use rust_decimal::{Decimal, dec};
use serde_json::json;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{asked, asked_for, body, clock, config, full, replay};

const REPORTS: &str = "/wp-json/wc-analytics/reports";

fn october() -> Period {
    Period::new("2026-09-30T22:00:00Z".parse().unwrap(), "2026-10-31T23:00:00Z".parse().unwrap()).unwrap()
}

async fn replayed(report: &str, number: &str) -> (MockServer, WooApi) {
    let server = MockServer::start().await;
    replay(&server, &format!("{REPORTS}/{report}"), number).await;
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    (server, api)
}

#[tokio::test]
async fn revenue_comes_by_day_without_binary_noise() {
    let (server, api) = replayed("revenue/stats", "218").await;
    let stats = api.reports().revenue(october(), Grain::Day).await.unwrap();
    let totals = &stats.totals;
    assert_eq!((totals.orders_count, totals.num_items_sold), (168, dec!(405)));
    assert_eq!((totals.gross_sales, totals.total_sales), (dec!(25322.78), dec!(28208.04)));
    assert_eq!((totals.refunds, totals.taxes, totals.shipping), (dec!(768.88), dec!(3004.6), dec!(823.2)));
    assert_eq!(totals.net_revenue, totals.gross_sales - totals.coupons - totals.refunds);
    // The clocks were put back on the 25th: that day had 25 hours.
    let hours: Vec<i64> =
        stats.intervals.iter().map(|day| day.period.end().duration_since(day.period.start()).as_hours()).collect();
    assert_eq!((hours.len(), hours[24], hours.iter().sum::<i64>()), (31, 25, 31 * 24 + 1));
    assert!(stats.intervals.is_sorted_by_key(|day| day.period.start()));
    assert_eq!(stats.intervals[0].period.start(), october().start());
    let total: Decimal = stats.intervals.iter().map(|day| day.figures.total_sales).sum();
    assert_eq!(total, totals.total_sales);
    let query = &asked(&server, &format!("{REPORTS}/revenue/stats")).await[0];
    let value = |name: &str| query.iter().find(|(key, _)| key == name).unwrap().1.as_str();
    assert_eq!((value("after"), value("before")), ("2026-09-30T22:00:00Z", "2026-10-31T22:59:59Z"));
    assert_eq!((value("interval"), value("order"), value("per_page")), ("day", "asc", "100"));
}

/// Lists that only page numbers page are read in smaller pages, from the first one on, and told once.
#[tokio::test]
async fn a_report_too_large_for_the_store_is_read_in_smaller_pages() {
    let server = MockServer::start().await;
    let at = format!("{REPORTS}/orders");
    let row = body("226").as_array().unwrap()[0].clone();
    let total = 60;
    let whole: Vec<_> = (1..=total)
        .map(|id| {
            let mut row = row.clone();
            row["order_id"] = json!(id);
            row
        })
        .collect();
    Mock::given(path(at.as_str()))
        .respond_with(move |request: &wiremock::Request| {
            let number = |name: &str| {
                let pairs: std::collections::BTreeMap<_, _> = request.url.query_pairs().collect();
                pairs[name].parse::<usize>().unwrap()
            };
            let (page, size) = (number("page"), number("per_page"));
            if size > 25 {
                return ResponseTemplate::new(504);
            }
            let mut part: Vec<_> = whole.iter().skip((page - 1) * size).take(size).cloned().collect();
            if let (2, Some(row)) = (page, part.first_mut()) {
                row["order_id"] = json!({"odd": true});
            }
            ResponseTemplate::new(200)
                .insert_header("X-WP-Total", whole.len().to_string())
                .insert_header("X-WP-TotalPages", whole.len().div_ceil(size).to_string())
                .set_body_json(part)
        })
        .mount(&server)
        .await;
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    let read = api.reports().orders(october()).all().await.unwrap();
    assert_eq!((read.items.len(), read.rejected.len(), read.missing), (total - 1, 1, 0));
    let sizes: std::collections::BTreeSet<_> = asked_for(&server, &at, "per_page").await.into_iter().collect();
    assert_eq!(sizes, ["100", "25"].map(str::to_owned).into());
}

#[tokio::test]
async fn every_page_of_intervals_is_read() {
    let server = MockServer::start().await;
    let at = format!("{REPORTS}/revenue/stats");
    for page in [1, 2] {
        let answer = ResponseTemplate::new(200)
            .insert_header("X-WP-TotalPages", "2")
            .set_body_json(full(&format!("an-revenue-day-{page}")));
        Mock::given(path(at.as_str())).and(query_param("page", page.to_string())).respond_with(answer).mount(&server).await;
    }
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    let stats = api.reports().revenue(october(), Grain::Day).await.unwrap();
    assert_eq!(stats.totals.total_sales, dec!(68525.81));
    let days = full("an-revenue-day-1")["intervals"].as_array().unwrap().len()
        + full("an-revenue-day-2")["intervals"].as_array().unwrap().len();
    assert_eq!(stats.intervals.len(), days);
    assert!(stats.intervals.windows(2).all(|pair| pair[0].period.end() == pair[1].period.start()), "one day after another");
    let sum: Decimal = stats.intervals.iter().map(|day| day.figures.total_sales).sum();
    assert_eq!(sum, stats.totals.total_sales);
}

#[tokio::test]
async fn the_day_that_counts_can_be_chosen() {
    let (server, api) = replayed("revenue/stats", "312").await;
    let by_completion = api.reports().by(DateType::Completed).revenue(october(), Grain::Month).await.unwrap();
    assert_ne!(by_completion.totals.total_sales, dec!(28208.04));
    assert_eq!(asked_for(&server, &format!("{REPORTS}/revenue/stats"), "date_type").await, ["date_completed"]);
}

#[tokio::test]
async fn products_variations_categories_and_coupons_have_their_figures() {
    let (_server, api) = replayed("products", "209").await;
    let products = api.reports().products(october()).next().await.unwrap().unwrap().items;
    assert_eq!((products[0].product_id, products[0].net_revenue), (51, dec!(545.38)));
    assert_eq!((products[0].items_sold, products[0].orders_count), (dec!(37), 30));
    let (_server, api) = replayed("variations", "217").await;
    let variations = api.reports().variations(october()).next().await.unwrap().unwrap().items;
    assert_eq!((variations[0].product_id, variations[0].variation_id), (72, Some(77)));
    let (_server, api) = replayed("categories", "229").await;
    let categories = api.reports().categories(october()).all().await.unwrap().items;
    assert_eq!((categories.len(), categories[0].category_id, categories[0].net_revenue), (9, 23, dec!(316.28)));
    let (_server, api) = replayed("coupons", "232").await;
    let coupons = api.reports().coupons(october()).all().await.unwrap().items;
    assert_eq!((coupons.len(), coupons[0].coupon_id, coupons[0].amount), (2, 182, dec!(50)));
    let (_server, api) = replayed("coupons/stats", "233").await;
    let stats = api.reports().coupon_stats(october(), Grain::Month).await.unwrap();
    assert_eq!((stats.totals.amount, stats.totals.orders_count), (dec!(173.66), 22));
    let (_server, api) = replayed("products/stats", "214").await;
    let stats = api.reports().product_stats(october(), Grain::Week).await.unwrap();
    assert_eq!((stats.intervals.len(), stats.totals.items_sold), (5, dec!(405)));
}

#[tokio::test]
async fn orders_say_whether_they_were_the_first() {
    let (server, api) = replayed("orders", "226").await;
    let orders = api.reports().orders(october()).next().await.unwrap().unwrap().items;
    let first = &orders[0];
    assert_eq!((first.order_id, first.refunded_order, &first.status), (539, None, &OrderStatus::Completed));
    assert_eq!((first.customer_type, first.net_total), (CustomerType::Returning, dec!(74.7)));
    // Names and addresses come with the extended form only, which is not asked for.
    let query = &asked(&server, &format!("{REPORTS}/orders")).await[0];
    assert!(query.iter().all(|(name, _)| name != "extended_info"));
}

#[tokio::test]
async fn customers_are_counted_with_guests_and_without_names() {
    let server = MockServer::start().await;
    replay(&server, &format!("{REPORTS}/customers"), "230").await;
    let mut settings = config(&server.uri());
    let unread = WooApi::new(settings.clone(), clock()).unwrap().reports().customers().next().await.unwrap().unwrap().items;
    assert!(unread.iter().all(|row| row.customer == Customer::Unread));
    settings.customer_salt = Some(CustomerSalt::new("a salt of sixteen characters"));
    let rows = WooApi::new(settings, clock()).unwrap().reports().customers().next().await.unwrap().unwrap().items;
    assert!(rows.iter().all(|row| matches!(row.customer, Customer::Key(_))));
    let shown = format!("{rows:?} {}", serde_json::to_string(&rows).unwrap());
    assert!(!shown.contains("example.com") && !shown.contains("Garcia"), "{shown}");
    let fields = asked_for(&server, &format!("{REPORTS}/customers"), "_fields").await;
    assert_eq!(fields.iter().filter(|fields| fields.contains("email")).count(), 1, "{fields:?}");
}

#[tokio::test]
async fn stock_is_listed_and_counted() {
    let (server, api) = replayed("stock", "235").await;
    let low = api.reports().stock(StockFilter::Low).next().await.unwrap().unwrap().items;
    assert_eq!((low[0].id, low[0].product_id, low[0].stock_quantity), (139, Some(138), Some(dec!(1))));
    assert_eq!(low[0].stock_status, StockStatus::InStock);
    assert_eq!(asked_for(&server, &format!("{REPORTS}/stock"), "type").await[0], "lowstock");
    let (_server, api) = replayed("stock/stats", "237").await;
    let counts = api.reports().stock_counts().await.unwrap();
    assert_eq!((counts.products, counts.low, counts.out_of_stock, counts.on_backorder), (163, 6, 5, 1));
}

#[tokio::test]
async fn the_settings_of_the_reports_are_known() {
    let server = MockServer::start().await;
    replay(&server, "/wp-json/wc-analytics/settings/wc_admin", "300").await;
    let settings = WooApi::new(config(&server.uri()), clock()).unwrap().reports().settings().await.unwrap();
    assert_eq!(settings.date_type, DateType::Paid);
    assert_eq!(settings.excluded_statuses, [OrderStatus::Pending, OrderStatus::Cancelled, OrderStatus::Failed]);
}

#[tokio::test]
async fn rows_that_move_between_pages_come_once() {
    let server = MockServer::start().await;
    let at = format!("{REPORTS}/products");
    let rows = |ids: &[u64]| json!(ids.iter().map(|id| json!({"product_id": id, "items_sold": 1})).collect::<Vec<_>>());
    for (page, ids) in [(1, [1u64, 2]), (2, [2, 3])] {
        let answer = ResponseTemplate::new(200)
            .insert_header("X-WP-TotalPages", "2")
            .insert_header("X-WP-Total", "4")
            .set_body_json(rows(&ids));
        Mock::given(path(at.as_str())).and(query_param("page", page.to_string())).respond_with(answer).mount(&server).await;
    }
    let whole = WooApi::new(config(&server.uri()), clock()).unwrap().reports().products(october()).all().await.unwrap();
    assert_eq!(whole.items.iter().map(|row| row.product_id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(whole.missing, 1);
}
