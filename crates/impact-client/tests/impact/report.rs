//! What each campaign did, with the reason for every number that is not there.

use campaign_pilot_core::{Absence, Currency, Measured, Product, ProductId, ProductKind, ProductStatus, Sku, Stock};
use campaign_pilot_impact_client::{CampaignReport, CampaignReportQuery, ReportMetric};
use rust_decimal::dec;
use serde_json::{Value, json};

use crate::performance::{action, actions, day, dollars, report, row};
use crate::support::{Bench, at, campaign, json_ok, refusal};

fn product(id: u64, sku: &str) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: Some(Sku::new(sku).unwrap()),
        name: format!("product {id}"),
        summary: String::new(),
        permalink: format!("https://shop.example/{id}"),
        price: None,
        unit_cost: None,
        categories: vec![],
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

fn items(all: &[(&str, &str, &str)]) -> Value {
    let items: Vec<Value> = all
        .iter()
        .map(|(sku, quantity, amount)| json!({"Sku": sku, "ItemName": "x", "Quantity": quantity, "SaleAmount": amount, "SaleAmountCurrency": "USD"}))
        .collect();
    json!({"@page": "1", "@numpages": "1", "@nextpageuri": "", "ActionItems": items})
}

async fn told(bench: &Bench, item_reads: usize) -> CampaignReport {
    let products = [product(11, "BOTTLE"), product(12, "MAT")];
    let query = CampaignReportQuery { products: &products, item_reads };
    let mut reports = bench.platform.report(&[campaign("7")], day(), &query).await.unwrap();
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

async fn usual(rows: &[Value]) -> Bench {
    let bench = Bench::new().await;
    let all = [
        action("1000.1.1", 7, "PENDING", "0.88", "NEW"),
        action("1000.1.2", 7, "APPROVED", "1.12", "EXISTING"),
        action("1000.1.3", 7, "REVERSED", "9.99", "NEW"),
        action("1000.1.5", 555, "PENDING", "100.00", "NEW"),
    ];
    bench.answer("GET", "Actions", json_ok(&actions(&all))).await;
    bench.answer("GET", "Actions/1000.1.1/Items", json_ok(&items(&[("BOTTLE", "2", "19.98"), ("CUP", "1", "2.01")]))).await;
    bench.answer("GET", "Actions/1000.1.2/Items", json_ok(&items(&[("BOTTLE", "1", "21.99")]))).await;
    report(&bench, rows).await;
    bench
}

#[tokio::test]
async fn everything_is_told_and_sales_are_joined_to_products() {
    let mut agreeing = row("7", "143", "2", "2.50");
    (agreeing["Revenue"], agreeing["Action_Cost"]) = (json!("43.98"), json!("2.00"));
    let bench = usual(&[agreeing]).await;
    let told = told(&bench, 100).await;
    assert_eq!(
        (told.clicks, told.actions, told.reversed_actions),
        (Measured::Known(143), Measured::Known(2), Measured::Known(1))
    );
    assert_eq!((told.revenue, told.cost), (Measured::Known(dollars("43.98")), Measured::Known(dollars("4.50"))));
    let spend = told.spend.known().unwrap();
    assert_eq!((spend.accrued, spend.approved, spend.reversed), (dollars("2.00"), dollars("1.12"), dollars("9.99")));
    assert_eq!(spend.click_cost, Measured::Known(dollars("2.50")));
    assert_eq!(told.new_customers, Measured::Known(1));
    assert_eq!(told.impressions, Measured::Absent(Absence::ImpressionsNotCounted));
    assert_eq!((told.differences.len(), told.notes.len()), (0, 0), "{told:?}");
    let sold: Vec<_> = told
        .items
        .known()
        .unwrap()
        .iter()
        .map(|item| (item.sku.as_str(), item.product.clone(), item.quantity, item.revenue))
        .collect();
    assert_eq!(
        sold,
        [
            ("BOTTLE", Some(ProductId::from_number(11)), Measured::Known(dec!(3)), Measured::Known(dollars("41.97"))),
            ("CUP", None, Measured::Known(dec!(1)), Measured::Known(dollars("2.01"))),
        ]
    );
}

#[tokio::test]
async fn where_the_two_sources_disagree_the_difference_is_told() {
    // The report may count what was reversed: three actions are explained, four are not.
    for (actions, revenue, cost, expected) in [
        ("3", "65.97", "11.99", vec![]),
        ("4", "43.98", "2.00", vec![(ReportMetric::Actions, dec!(2), dec!(4))]),
        (
            "2",
            "40.00",
            "1.99",
            vec![(ReportMetric::Revenue, dec!(43.98), dec!(40)), (ReportMetric::ActionCost, dec!(2), dec!(1.99))],
        ),
    ] {
        let mut row = row("7", "143", actions, "2.50");
        (row["Revenue"], row["Action_Cost"]) = (json!(revenue), json!(cost));
        let told = told(&usual(&[row]).await, 0).await;
        let found: Vec<_> = told.differences.iter().map(|found| (found.metric, found.listed, found.reported)).collect();
        assert_eq!(found, expected);
        assert_eq!(told.revenue, Measured::Known(dollars("43.98")), "the list is used");
    }
}

#[tokio::test]
async fn each_number_that_is_not_there_has_its_reason() {
    let bench = usual(&[]).await;
    let told = told(&bench, 1).await;
    assert_eq!(told.clicks, Measured::Known(0), "the report leaves out ads without clicks");
    assert_eq!(told.cost, Measured::Known(dollars("2.00")));
    assert_eq!(told.items, Measured::Absent(Absence::NotYetReported));
    assert_eq!(told.notes, ["the items of 1 of 2 actions were read"]);

    let bench = Bench::new().await;
    let mut unlabelled = action("1000.1.1", 7, "PENDING", "0.88", "");
    unlabelled["Amount"] = json!(null);
    let mut euros = action("1000.1.2", 7, "PENDING", "1.00", "NEW");
    euros["Currency"] = json!("EUR");
    bench.answer("GET", "Actions", json_ok(&actions(&[unlabelled, euros]))).await;
    bench.answer("GET", "ReportExport/adv_performance_by_ad_pm_only", refusal(403, "Access Denied")).await;
    let told = self::told(&bench, 0).await;
    assert_eq!(told.new_customers, Measured::Absent(Absence::NewCustomersUnknown));
    assert_eq!(
        (told.clicks, told.revenue),
        (Measured::Absent(Absence::ClicksNotReported), Measured::Absent(Absence::NotYetReported))
    );
    assert_eq!(told.cost, Measured::Absent(Absence::ClicksNotReported), "what clicks cost is a part of it");
    assert_eq!(told.spend.known().unwrap().accrued, dollars("0.88"), "currencies are never mixed");
    assert_eq!(told.other_spend[&Currency::EUR].accrued.amount, dec!(1));

    let bench = Bench::new().await;
    let mut broken = action("1000.1.1", 7, "PENDING", "0.88", "NEW");
    broken["Id"] = json!("");
    bench.answer("GET", "Actions", json_ok(&actions(&[broken]))).await;
    report(&bench, &[row("7", "143", "1", "2.50")]).await;
    let told = self::told(&bench, 0).await;
    let unknown = (Measured::Absent(Absence::NotYetReported), Measured::Absent(Absence::NotYetReported));
    assert_eq!((told.actions, told.new_customers), unknown);
    assert_eq!((told.cost, told.clicks), (Measured::Absent(Absence::NotYetReported), Measured::Known(143)));
    assert!(told.differences.is_empty(), "a list with gaps explains nothing");
}

#[tokio::test]
async fn rows_of_one_ad_that_differ_are_told_and_none_is_taken() {
    let row = |clicks, cost| {
        let mut row = row("7", clicks, "2", cost);
        (row["Revenue"], row["Action_Cost"]) = (json!("43.98"), json!("2.00"));
        row
    };
    let same = told(&usual(&[row("143", "2.50"), row("143", "2.50")]).await, 0).await;
    assert_eq!((same.clicks, same.cost), (Measured::Known(143), Measured::Known(dollars("4.50"))));

    let other = told(&usual(&[row("143", "2.50"), row("200", "9.00")]).await, 0).await;
    assert_eq!(
        (other.clicks, other.cost),
        (Measured::Absent(Absence::ClicksNotReported), Measured::Absent(Absence::ClicksNotReported))
    );
    assert_eq!(other.spend.known().unwrap().accrued, dollars("2.00"));
    assert!(other.notes.iter().any(|note| note.contains("several rows for the ad that differ")), "{other:?}");
}

#[tokio::test]
async fn a_part_of_a_day_is_not_compared_with_a_report_by_days() {
    let bench = usual(&[row("7", "143", "9", "2.50")]).await;
    let period = campaign_pilot_core::Period::new(day().start(), at("2026-06-02T06:00:00Z")).unwrap();
    let query = CampaignReportQuery { products: &[], item_reads: 0 };
    let told = bench.platform.report(&[campaign("7")], period, &query).await.unwrap().remove(0);
    assert!(told.differences.is_empty() && told.notes[0].contains("whole days"), "{told:?}");
    assert!(bench.platform.report(&[], day(), &query).await.unwrap().is_empty());
}
