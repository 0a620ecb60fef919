//! Tests of the rendering, over a month that has everything in it.

use campaign_pilot_core::{
    Absence, CampaignId, Currency, DecisionId, DesiredStatus, EffectiveStatus, Measured, Money, Period, PlatformCampaignId,
    PlatformStatus, ProductId, Verdict,
};
use jiff::SignedDuration;
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;

/// What a hostile shop might call a product.
const HOSTILE: &str =
    r#"=HYPERLINK("http://evil.example")<script>alert('1')</script>"&'><img src=x onerror=alert(1)>{{ 7919 * 7919 }}{% if %}"#;

fn at(hour: i64) -> Timestamp {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn euro(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

fn known(amount: Decimal) -> Measured<Money> {
    Measured::Known(euro(amount))
}

fn campaign(number: u64, name: &str, net: Measured<Decimal>, verdict: Option<Verdict>) -> CampaignRow {
    CampaignRow {
        campaign: CampaignId::new(format!("c-{number}")).unwrap(),
        platform_id: Some(PlatformCampaignId::new(format!("47{number}")).unwrap()),
        product: ProductId::from_number(number),
        product_name: name.to_owned(),
        flight: Period::new(at(6), at(6 + 14 * 24)).unwrap(),
        desired: if verdict.is_some_and(Verdict::stops) { DesiredStatus::Paused } else { DesiredStatus::Active },
        platform: if verdict.is_some_and(Verdict::stops) { PlatformStatus::Ended } else { PlatformStatus::Active },
        effective: if verdict.is_some_and(Verdict::stops) { EffectiveStatus::Unlisted } else { EffectiveStatus::Running },
        budget: euro(dec!(1250)),
        spend: known(dec!(12.345)),
        revenue: known(dec!(1234.5)),
        gross_roas: net.map(|net| net + Decimal::ONE),
        net_roas: net,
        cpa: Measured::Absent(Absence::NewCustomersUnknown),
        sales_impact: Measured::Known(dec!(-5.25)),
        view_impact: Measured::Absent(Absence::NoViewSource),
        efficiency: Measured::Absent(Absence::NoViewSource),
        risk: Measured::Known(dec!(0.4125)),
        verdict,
        truth: Some(CampaignTruth { incremental_units: dec!(3.5), incremental_revenue: euro(dec!(70)) }),
        notes: vec!["Sold out on two days.".to_owned()],
    }
}

/// A number that wanders about, the same each time.
fn wave(day: i64, size: i64) -> Decimal {
    Decimal::new(size * (100 + (day * 37 % 53) - (day * 11 % 17)), 2)
}

fn month() -> RunReport {
    let mut report = RunReport::new(RunFacts {
        mode: "sandbox".into(),
        seed: Some(7),
        period: Period::new(at(0), at(30 * 24)).unwrap(),
        currency: Currency::EUR,
        store: "Outdoor & Garden".into(),
        platform: "impact.com".into(),
        cycles: 720,
        carried_on: true,
    });
    report.totals = Totals {
        spend: euro(dec!(389.1)),
        attributed_revenue: euro(dec!(2470.55)),
        store_revenue: Some(euro(dec!(48211.02))),
        caused_share: Some(dec!(0.66)),
        incremental_revenue: Some(euro(dec!(1622))),
        store_revenue_without_ads: Some(euro(dec!(46402.5))),
        true_incremental_revenue: Some(euro(dec!(1808.52))),
        true_profit: Some(euro(dec!(-42.4))),
    };
    report.products = (1..=12)
        .map(|number| ProductRow {
            product: ProductId::from_number(number),
            name: if number == 2 { HOSTILE.to_owned() } else { format!("Trail tent {number}") },
            price: if number == 12 { Measured::Absent(Absence::NoPrice) } else { known(dec!(89.9)) },
            score: Decimal::from(95 - 4 * number),
            chosen: number <= 4,
            budget: (number <= 4).then(|| euro(dec!(53.94))),
            reasons: vec!["64 units in stock, above 50 (+30)".into(), "3.1 views per sale, above 2 (+20)".into()],
        })
        .collect();
    report.campaigns = vec![
        campaign(1, "Trail tent 1", Measured::Known(dec!(3.4177)), Some(Verdict::Continue)),
        campaign(2, HOSTILE, Measured::Known(dec!(-0.62)), Some(Verdict::EmergencyPause)),
        campaign(3, "Trail tent 3", Measured::Known(dec!(0.8)), Some(Verdict::Optimize)),
        campaign(4, "Trail tent 4", Measured::Absent(Absence::NoSpend), None),
    ];
    report.decisions = (0..40)
        .map(|number| DecisionRow {
            decision: DecisionId::new(format!("d-{number}")).unwrap(),
            at: at(number * 18),
            product: ProductId::from_number(1),
            product_name: if number == 3 { HOSTILE.into() } else { "Trail tent 1".into() },
            campaign: None,
            verdict: (number > 4).then_some(if number % 9 == 0 { Verdict::Pause } else { Verdict::Monitor }),
            action: (number <= 4 || number % 9 == 0).then(|| if number <= 4 { "create".into() } else { "pause".into() }),
            sentence: "Sales rose by 6.2 % and views by 2.0 %; kept watching, since 31 clicks are too few to judge.".into(),
            explanation: None,
        })
        .collect();
    report.days = (0..30)
        .map(|number| DayRow {
            day: jiff::civil::date(2026, 10, 1).checked_add(SignedDuration::from_hours(24 * number)).unwrap(),
            spend: known(wave(number, 12)),
            attributed_revenue: if number == 20 {
                Measured::Absent(Absence::NotYetReported)
            } else {
                known(wave(number + 3, 80))
            },
            store_revenue: known(wave(number + 1, 1600)),
            store_revenue_without_ads: Some(euro(wave(number + 1, 1500))),
        })
        .collect();
    report.missing = vec![Missing { what: "Page views".into(), why: "no page-view source is configured".into() }];
    report.files = [("report.json".to_owned(), "this report as data".to_owned())].into();
    report
}

#[test]
fn json_reads_back_as_the_same_report() {
    let report = month();
    let json = render_json(&report).unwrap();
    assert!(json.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<RunReport>(&json).unwrap(), report);
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let rendered = |report: &RunReport| (render_html(report).unwrap(), render_json(report).unwrap(), render_csv(report).unwrap());
    assert_eq!(rendered(&month()), rendered(&month()));
}

#[test]
fn csv_holds_plain_numbers_reasons_and_no_formula() {
    let csv = render_csv(&month()).unwrap();
    insta::assert_snapshot!(csv.lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    campaign,platform_id,product,product_name,starts_at,ends_at,desired,platform,effective,currency,budget,spend,revenue,gross_roas,net_roas,cpa,sales_impact_percent,view_impact_percent,efficiency_percent,risk,verdict,true_incremental_units,true_incremental_revenue,missing
    c-1,471,1,Trail tent 1,2026-10-01T06:00:00Z,2026-10-15T06:00:00Z,active,active,running,EUR,1250.00,12.34,1234.50,4.4177,3.4177,,-5.25,,,0.4125,continue,3.50,70.00,cpa: new customers are not known; view_impact_percent: no page-view source; efficiency_percent: no page-view source
    "#);
    assert!(csv.ends_with("\r\n"));
    let hostile = csv.lines().nth(2).unwrap();
    assert!(hostile.contains(",\"'=HYPERLINK(\"\"http://evil.example\"\")"), "{hostile}");
    assert!(hostile.contains(",-0.6200,"), "{hostile}");
}

#[test]
fn csv_reads_back_cell_by_cell() {
    let report = month();
    let csv = render_csv(&report).unwrap();
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), report.campaigns.len());
    assert_eq!(rows[1].get(3).unwrap(), format!("'{HOSTILE}"));
    assert_eq!(rows[3].get(14).unwrap(), "");
    assert!(rows[3].get(23).unwrap().contains("net_roas: nothing was spent"));
}

#[test]
fn an_amount_in_another_currency_is_missing_rather_than_mixed_in() {
    let mut report = month();
    report.campaigns[0].spend = Measured::Known(Money::new(dec!(9), Currency::USD));
    let csv = render_csv(&report).unwrap();
    assert!(csv.lines().nth(1).unwrap().contains(",1250.00,,1234.50,"));
    assert!(csv.contains("spend: it is 9.00 USD"));
    assert!(render_html(&report).unwrap().contains("9.00 USD"));
}

#[test]
fn hostile_names_stay_text() {
    let html = render_html(&month()).unwrap();
    assert!(!html.contains("<script"));
    assert!(!html.contains("<img"));
    assert!(!html.contains("62710561"), "a template in the data was run");
    assert!(html.contains("&lt;script&gt;alert(&#x27;1&#x27;)&lt;&#x2f;script&gt;"));
    assert!(html.contains("{{ 7919 * 7919 }}"));
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let html = render_html(&month()).unwrap();
    assert!(html.contains(r#"content="default-src 'none'; style-src 'unsafe-inline'""#));
    for foreign in ["http-equiv=\"refresh\"", "<link", "<script", "<iframe", "url(", "@import", " src=\"", "onload="] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    // The hostile name is the only place where an address stands.
    assert_eq!(html.replace("http:&#x2f;&#x2f;evil.example", "").matches("http:").count(), 0);
}

#[test]
fn the_page_shows_what_happened() {
    let html = render_html(&month()).unwrap();
    for wanted in [
        "Outdoor &amp; Garden",
        "<dt>Seed</dt><dd>7</dd>",
        "carried on from an earlier run",
        "Spend and attributed revenue",
        "Without advertising",
        "48,211.02",
        "+3.42",
        "emergency pause",
        "new customers are not known",
        "Page views",
        "no page-view source is configured",
        "All 40",
        "8 more were considered",
        "Sold out on two days.",
        "data-label=\"Truly added\"><span>+70.00</span>",
        "report.json",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    assert_eq!(html.matches("<svg class=\"lines\"").count(), 2);
    assert_eq!(html.matches("<div class=\"bar\">").count(), 4);
    assert_eq!(html.matches("<table").count(), html.matches("</table>").count());
}

#[test]
fn a_run_without_anything_is_still_a_page() {
    let empty = RunReport::new(month().run);
    let html = render_html(&empty).unwrap();
    assert!(html.contains("No campaign was started."));
    assert!(html.contains("No decision was taken."));
    assert!(html.contains("nothing was spent"));
    assert!(!html.contains("<svg"));
    assert_eq!(render_csv(&empty).unwrap().lines().count(), 1);
}

#[test]
fn a_long_history_does_not_swell_the_page() {
    let mut report = month();
    report.decisions = report.decisions.iter().cycle().take(20_000).cloned().collect();
    report.products =
        report.products.iter().cycle().take(6_000).cloned().map(|row| ProductRow { chosen: false, ..row }).collect();
    report.decisions.iter_mut().for_each(|row| row.action = None);
    let html = render_html(&report).unwrap();
    assert!(html.contains("The last 500 of 20000"));
    assert!(html.contains("6000 more were considered, here the first 200"));
    assert!(html.len() < 500_000, "{}", html.len());
    assert_eq!(serde_json::from_str::<RunReport>(&render_json(&report).unwrap()).unwrap().decisions.len(), 20_000);
}

#[test]
fn errors_name_the_format_and_keep_their_cause() {
    let error = ReportError::new("HTML", "no such template");
    assert_eq!(error.to_string(), "the report cannot be rendered as HTML");
    assert_eq!(error.source().unwrap().to_string(), "no such template");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn any_name_and_number_can_be_rendered(name in "\\PC{0,40}", net in any::<i64>(), scale in 0u32..20, spend in any::<i64>()) {
        let mut report = month();
        report.run.store.clone_from(&name);
        report.campaigns = vec![campaign(1, &name, Measured::Known(Decimal::new(net, scale)), None)];
        report.decisions[0].sentence.clone_from(&name);
        report.days[3].spend = known(Decimal::new(spend, 2));
        let html = render_html(&report).unwrap();
        prop_assert!(!html.contains("NaN") || name.contains("NaN"));
        prop_assert!(!html.contains("inf\"") && !html.contains("inf "));
        let csv = render_csv(&report).unwrap();
        prop_assert_eq!(::csv::Reader::from_reader(csv.as_bytes()).records().filter(Result::is_ok).count(), 1);
        prop_assert_eq!(serde_json::from_str::<RunReport>(&render_json(&report).unwrap()).unwrap(), report);
    }
}
