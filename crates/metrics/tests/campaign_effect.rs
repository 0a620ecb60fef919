//! Impacts, efficiency, ROAS and CPA of real campaigns equal those of two other programs:
//! `tests/fixtures/campaign_effect/README.md`.
//!
//! Beside them the growth of the targeted households beyond that of the others, and a test of the rates of baskets.
//! Needs nothing; all campaigns are checked when `CAMPAIGN_PILOT_REFERENCE` names the folder of the reference values.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says what it did not check"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use campaign_pilot_core::{Absence, CampaignId, Currency, Measured, Money, Period};
use campaign_pilot_metrics::rates::{Alternative, RateTest, TwoRates};
use campaign_pilot_metrics::{
    Figures, Grain, KpiRecord, KpiSums, Kpis, NewCustomerSource, NewCustomers, RollUpBy, efficiency, relative_change, roll_up,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde_json::Value;

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/campaign_effect");
    let larger = std::env::var_os("CAMPAIGN_PILOT_REFERENCE").map(|folder| Path::new(&folder).join("12_campaign_effect"));
    if larger.is_none() {
        println!("all campaigns are checked when CAMPAIGN_PILOT_REFERENCE names the folder of the reference values");
    }
    [own].into_iter().chain(larger).collect()
}

fn expected(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap()
}

fn midnight(date: &str) -> Timestamp {
    date.parse::<Date>().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// From the first to the last day, both inside.
fn days(dates: &Value) -> Period {
    let day = |index: usize| midnight(dates[index].as_str().unwrap());
    Period::new(day(0), day(1) + SignedDuration::from_hours(24)).unwrap()
}

fn dollars(amount: Decimal) -> Measured<Money> {
    Measured::Known(Money::new(amount, Currency::USD))
}

fn cents(value: &Value) -> Money {
    Money::new(Decimal::new(value.as_i64().unwrap(), 2), Currency::USD)
}

/// A record for each campaign, day and group. Baskets stand for views.
fn records(folder: &Path) -> BTreeMap<(String, bool), Vec<KpiRecord>> {
    let text = std::fs::read_to_string(folder.join("daily_by_group.csv")).unwrap();
    let mut records: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<_> = line.split(',').collect();
        let start = midnight(cells[1]);
        let record = KpiRecord {
            period: Period::new(start, start + SignedDuration::from_hours(24)).unwrap(),
            campaign: Some(CampaignId::new(format!("campaign-{}", cells[0])).unwrap()),
            product: None,
            categories: Vec::new(),
            figures: Figures {
                revenue: dollars(Decimal::from_str_exact(cells[3]).unwrap()),
                orders: Measured::Known(cells[4].parse().unwrap()),
                views: Measured::Known(cells[4].parse().unwrap()),
                ..Figures::absent(Absence::NotYetReported)
            },
        };
        records.entry((format!("campaign_{}", cells[0]), cells[2] == "1")).or_default().push(record);
    }
    records
}

fn within(records: &[KpiRecord], period: Period) -> KpiSums {
    let mut sums = KpiSums::default();
    let rows = roll_up(records, RollUpBy::Campaign, Grain::Day, &TimeZone::UTC, Some(period)).rows;
    rows.iter().for_each(|row| sums.merge(&row.sums));
    sums
}

fn assert_close(name: &str, computed: Result<Decimal, Absence>, expected: &Value) {
    match expected.as_f64() {
        None => assert!(computed.is_err(), "{name}: {computed:?} where nothing exists"),
        Some(expected) => {
            let computed = computed.unwrap_or_else(|absence| panic!("{name}: {absence}")).to_f64().unwrap();
            assert!((computed - expected).abs() <= 1e-9 * expected.abs(), "{name}: {computed} is not {expected}");
        }
    }
}

/// Sums of two windows against the expected ones, then the impacts between them. How many numbers were compared.
fn check_groups(name: &str, campaign: &Value, records: &BTreeMap<(String, bool), Vec<KpiRecord>>) -> usize {
    let (window, baseline) = (days(&campaign["window"]), days(&campaign["baseline"]));
    let mut all = [KpiSums::default(), KpiSums::default()];
    let (mut checked, mut growth) = (0, Vec::new());
    let days = campaign["days"].as_f64().unwrap();
    for (group, targeted) in
        [("targeted_households", Some(true)), ("untargeted_households", Some(false)), ("all_households", None)]
    {
        let [before, now] = match targeted {
            Some(targeted) => [baseline, window].map(|period| within(&records[&(name.to_owned(), targeted)], period)),
            None => all.clone(),
        };
        all.iter_mut().zip([&before, &now]).for_each(|(all, part)| all.merge(part));
        let values = &campaign[group];
        let [before, now] = [(before.kpis(), &values["baseline"]), (now.kpis(), &values["window"])].map(|(kpis, values)| {
            assert_eq!(kpis.revenue.value, Measured::Known(cents(&values["sales_cents"])), "{name} {group}");
            assert_eq!(kpis.views.value, Measured::Known(Decimal::from(values["baskets"].as_u64().unwrap())), "{name} {group}");
            kpis
        });
        let amount = |kpis: &Kpis| kpis.revenue.value.ok().map(|money| money.amount).unwrap();
        let sales = relative_change(amount(&now), amount(&before));
        let views = relative_change(now.views.value.ok().unwrap(), before.views.value.ok().unwrap());
        assert_close(&format!("{name} {group} sales"), sales, &values["sales_impact_pct"]);
        assert_close(&format!("{name} {group} views"), views, &values["view_impact_pct_baskets"]);
        let both = sales.and_then(|sales| efficiency(sales, views?));
        assert_close(&format!("{name} {group} efficiency"), both, &values["efficiency"]);
        let baskets = |kpis: &Kpis| kpis.views.value.ok().unwrap().to_u64().unwrap();
        let rates = TwoRates::new(baskets(&now), days, baskets(&before), days).unwrap();
        let p = rates.test_ratio(RateTest::ExactConditional, 1.0, Alternative::TwoSided).unwrap().p;
        let peer = values["basket_rate_test_exact_cond_p"].as_f64().unwrap();
        assert!((p - peer).abs() <= 1e-9 * peer, "{name} {group} baskets: {p} is not {peer}");
        growth.push(sales);
        checked += 8;
    }
    let beyond = growth[0].and_then(|targeted| Ok(targeted - growth[1]?));
    assert_close(&format!("{name} beyond the others"), beyond, &campaign["relative_did_pct"]);
    checked + 1
}

fn check_economics(name: &str, economics: &Value) -> usize {
    let incremental = cents(&economics["incremental_sales_cents"]);
    let customers = NewCustomers { count: economics["new_customers"].as_u64().unwrap(), known_by: NewCustomerSource::Store };
    let mut sums = KpiSums::default();
    sums.add(&Figures {
        credited_revenue: Measured::Known(cents(&economics["promoted_revenue_cents"])),
        cost: Measured::Known(cents(&economics["cost_cents"])),
        new_customers: Measured::Known(customers),
        revenue: Measured::Known(incremental),
        expected_revenue: dollars(Decimal::ZERO),
        clicks: Measured::Known(economics["targeted_count"].as_u64().unwrap()),
        conversions: Measured::Known(economics["buyers"].as_u64().unwrap()),
        ..Figures::absent(Absence::NotYetReported)
    });
    let kpis = sums.kpis();
    assert_close(&format!("{name} net ROAS"), kpis.net_roas.value.ok(), &economics["roas"]);
    assert_close(&format!("{name} incremental"), kpis.incremental_return.value.ok(), &economics["roas_incremental"]);
    let cpa = kpis.cpa.value.ok().map(|cpa| cpa.amount * Decimal::ONE_HUNDRED);
    assert_close(&format!("{name} CPA"), cpa, &economics["cpa_cents"]);
    let rate = kpis.conversion_rate.value.ok().map(|rate| rate / Decimal::ONE_HUNDRED);
    assert_close(&format!("{name} conversion rate"), rate, &economics["conversion_rate"]);
    4
}

#[test]
fn equal_those_of_two_other_programs() {
    for folder in folders() {
        let (expected, records) = (expected(&folder), records(&folder));
        let mut checked = 0;
        for (name, campaign) in expected["campaigns"].as_object().unwrap() {
            if campaign["baseline_available"] == true {
                checked += check_groups(name, campaign, &records) + check_economics(name, &campaign["economics"]);
            }
        }
        assert!(checked >= 3 * 25, "only {checked} numbers were compared");
    }
}

#[test]
fn the_edges_are_as_agreed() {
    for folder in folders() {
        let rules = &expected(&folder)["edge_rules"];
        let number = |value: &Value| Decimal::from_f64(value.as_f64().unwrap()).unwrap();
        for rule in ["zero_baseline_sales", "zero_both", "drop_to_zero", "refunds_negative_current"] {
            let values = &rules[rule];
            assert_close(rule, relative_change(number(&values["cur"]), number(&values["base"])), &values["sales_impact_pct"]);
        }
        let both = &rules["efficiency"];
        let computed = efficiency(number(&both["sales_impact"]), number(&both["view_impact"]));
        assert_close("efficiency", computed, &both["efficiency"]);
        let free = campaign_pilot_metrics::Roas::new(cents(&rules["no_cost"]["revenue"]), cents(&rules["no_cost"]["cost"]));
        assert_eq!(free, Err(Absence::NoSpend));
        let cpa = campaign_pilot_metrics::cost_per_acquisition(cents(&rules["no_new_customers"]["cost"]), 0);
        assert_eq!(cpa, Err(Absence::NoNewCustomers));
    }
}
