//! Revenue by the orders equals the reports' to the cent, and differences have their reasons.

use campaign_pilot_core::Period;
use campaign_pilot_store_client::WooApi;
use campaign_pilot_store_client::reports::{DateType, Figure, Reason, Reconciliation};
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{Shop, body, clock, config, replay};

fn october() -> Period {
    Period::new("2026-09-30T22:00:00Z".parse().unwrap(), "2026-10-31T23:00:00Z".parse().unwrap()).unwrap()
}

fn in_october(at: &Value) -> bool {
    at.as_str().is_some_and(|at| ("2026-09-30T22:00:00".."2026-10-31T23:00:00").contains(&at))
}

fn amount(value: &Value) -> Decimal {
    value.as_str().map_or_else(Decimal::default, |text| text.parse().unwrap())
}

/// The rows that the recorded reports were made of: one for each order that counts, one for each refund.
fn rows(shop: &Shop) -> Vec<Value> {
    let (orders, refunds) = (shop.orders.lock().unwrap(), shop.refunds.lock().unwrap());
    let counts = |order: &&Value| {
        in_october(&order["date_paid_gmt"]) && !matches!(order["status"].as_str(), Some("pending" | "cancelled" | "failed"))
    };
    let mut rows: Vec<Value> = orders
        .iter()
        .filter(counts)
        .map(|order| {
            let items: f64 = order["line_items"].as_array().unwrap().iter().map(|line| line["quantity"].as_f64().unwrap()).sum();
            let net = amount(&order["total"]) - amount(&order["total_tax"]) - amount(&order["shipping_total"]);
            json!({
                "order_id": order["id"], "parent_id": 0, "date_created_gmt": order["date_created_gmt"],
                "net_total": net.to_string(), "total_sales": order["total"], "num_items_sold": items,
            })
        })
        .collect();
    for refund in refunds.iter().filter(|refund| in_october(&refund["date_created_gmt"])) {
        let sum =
            |field: &str| -> Decimal { refund["line_items"].as_array().unwrap().iter().map(|line| amount(&line[field])).sum() };
        let items: f64 = refund["line_items"].as_array().unwrap().iter().map(|line| line["quantity"].as_f64().unwrap()).sum();
        let net = -amount(&refund["amount"]) - sum("total_tax");
        rows.push(json!({
            "order_id": refund["id"], "parent_id": refund["parent_id"], "date_created_gmt": refund["date_created_gmt"],
            "net_total": net.to_string(), "total_sales": format!("-{}", refund["amount"].as_str().unwrap()), "num_items_sold": items,
        }));
    }
    rows
}

async fn serve(shop: &Shop, rows: Vec<Value>) -> (MockServer, WooApi) {
    let server = shop.serve().await;
    // The recorded month as one year's interval.
    replay(&server, "/wp-json/wc-analytics/reports/revenue/stats", "227").await;
    replay(&server, "/wp-json/wc-analytics/settings/wc_admin", "300").await;
    let list = move |request: &Request| {
        let page = request.url.query_pairs().find(|(name, _)| name == "page").unwrap().1.parse::<usize>().unwrap();
        ResponseTemplate::new(200)
            .insert_header("X-WP-Total", rows.len().to_string())
            .insert_header("X-WP-TotalPages", rows.len().div_ceil(100).to_string())
            .set_body_json(rows.iter().skip((page - 1) * 100).take(100).collect::<Vec<_>>())
    };
    Mock::given(method("GET")).and(path("/wp-json/wc-analytics/reports/orders")).respond_with(list).mount(&server).await;
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    (server, api)
}

async fn reconcile(shop: &Shop, rows: Vec<Value>) -> Reconciliation {
    let (_server, api) = serve(shop, rows).await;
    let result = api.reports().reconcile(october()).await.unwrap();
    assert_eq!(result.rejected, []);
    result
}

fn difference(result: &Reconciliation, figure: Figure) -> (Decimal, Vec<(Reason, Decimal, usize)>, Decimal) {
    let row = result.get(figure).unwrap();
    let parts = row.explained.iter().map(|part| (part.reason, part.amount, part.rows)).collect();
    (row.by_reports - row.by_orders, parts, row.unexplained)
}

#[tokio::test]
async fn october_is_equal_to_the_cent() {
    let shop = Shop::whole();
    let result = reconcile(&shop, rows(&shop)).await;
    assert!(result.is_equal() && result.is_explained(), "{result}");
    let figures: Vec<Decimal> = result.comparisons.iter().map(|row| row.by_orders).collect();
    let wanted = [
        dec!(168),
        dec!(405),
        dec!(25322.78),
        dec!(173.66),
        dec!(768.88),
        dec!(3004.60),
        dec!(823.20),
        dec!(24380.24),
        dec!(28208.04),
    ];
    assert_eq!(figures, wanted);
    assert_eq!(result.date_type, DateType::Paid);
    let shown = result.to_string();
    assert!(shown.contains("total sales") && shown.contains("28208.04"), "{shown}");
}

#[tokio::test]
async fn orders_that_the_queue_has_not_counted_explain_a_lag() {
    let shop = Shop::whole();
    // A new order is in the list and not in the reports.
    let mut late = shop.orders.lock().unwrap().iter().find(|order| in_october(&order["date_paid_gmt"])).unwrap().clone();
    late["id"] = json!(900_000);
    shop.orders.lock().unwrap().push(late.clone());
    let rows = rows(&shop).into_iter().filter(|row| row["order_id"] != 900_000).collect();
    let result = reconcile(&shop, rows).await;
    assert!(!result.is_equal() && result.is_explained(), "{result}");
    let total = amount(&late["total"]);
    assert_eq!(difference(&result, Figure::TotalSales), (-total, vec![(Reason::NotYetCounted, -total, 1)], dec!(0)));
    assert_eq!(difference(&result, Figure::OrdersCount).1, [(Reason::NotYetCounted, dec!(-1), 1)]);
}

#[tokio::test]
async fn orders_in_other_currencies_explain_a_sum_of_unlike_things() {
    let shop = Shop::whole();
    let id = {
        let mut orders = shop.orders.lock().unwrap();
        let order =
            orders.iter_mut().find(|order| in_october(&order["date_paid_gmt"]) && order["status"] == "completed").unwrap();
        order["currency"] = json!("USD");
        order["id"].clone()
    };
    let result = reconcile(&shop, rows(&shop)).await;
    assert!(!result.is_equal(), "{result}");
    let (difference, parts, unexplained) = difference(&result, Figure::TotalSales);
    assert_eq!((parts.len(), parts[0].0, unexplained), (1, Reason::OtherCurrencies, dec!(0)), "{id}: {result}");
    assert_eq!(difference, parts[0].1);
}

#[tokio::test]
async fn cancelled_and_changed_orders_explain_rows_that_are_too_old() {
    let shop = Shop::whole();
    let before = rows(&shop);
    let (cancelled, raised) = {
        let mut orders = shop.orders.lock().unwrap();
        let mut paid = orders.iter_mut().filter(|order| in_october(&order["date_paid_gmt"]) && order["status"] == "completed");
        let (cancelled, raised) = (paid.next().unwrap(), paid.next().unwrap());
        cancelled["status"] = json!("cancelled");
        raised["total"] = json!((amount(&raised["total"]) + dec!(10)).to_string());
        (amount(&cancelled["total"]), dec!(10))
    };
    let result = reconcile(&shop, before).await;
    let (_, parts, unexplained) = difference(&result, Figure::TotalSales);
    assert_eq!(parts, [(Reason::OnlyInReports, cancelled, 1), (Reason::CountedBefore, -raised, 1)], "{result}");
    assert_eq!(unexplained, dec!(0));
}

#[tokio::test]
async fn what_has_no_explanation_is_shown() {
    let shop = Shop::whole();
    // Shipping that no order has: the reports say 823.20.
    shop.orders.lock().unwrap().iter_mut().for_each(|order| order["shipping_total"] = json!("0"));
    let result = reconcile(&shop, rows(&shop)).await;
    assert!(!result.is_explained());
    assert_eq!(result.get(Figure::Shipping).unwrap().unexplained, dec!(823.20));
    assert!(result.to_string().contains("not explained"));
    assert_eq!(body("227")["totals"]["orders_count"], 168);
}
