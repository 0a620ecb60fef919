//! The four baselines of one product against exact fractions.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period, ProductHour, ProductId};
use campaign_pilot_metrics::lift::{
    Quantity, StructuralSettings, SyntheticSettings, daily_panel, ols_counterfactual, structural_mle, synthetic_control,
};
use campaign_pilot_metrics::{
    Activity, BaselineMethod, BaselineSettings, History, RefundTreatment, baseline_with, observed_with,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::support::{close, fixture, json, near, numbers};

const HOURS: i64 = 2_016;

fn start() -> Timestamp {
    "2026-01-19T00:00:00Z".parse().unwrap()
}

fn shop() -> BTreeMap<u64, Vec<ProductHour>> {
    let mut products = BTreeMap::<u64, Vec<ProductHour>>::new();
    for line in fixture("baseline/hours.csv").lines().skip(1) {
        let row: Vec<i64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let product = row[0].unsigned_abs();
        products.entry(product).or_default().push(ProductHour {
            product: ProductId::from_number(product + 1),
            hour: start() + SignedDuration::from_hours(row[1]),
            units: row[2],
            refunded_units: row[3],
            orders: row[2].unsigned_abs(),
            revenue: Money::new(Decimal::new(row[4], 2), Currency::EUR),
            refunds: Money::new(Decimal::new(row[5], 2), Currency::EUR),
            new_customers: Measured::Known(0),
            views: Measured::Known(row[6].unsigned_abs()),
            in_stock: row[7] == 1,
        });
    }
    products
}

fn equal(activity: &Activity, expected: &Value) {
    let expected = numbers(expected);
    let known = |number: Decimal| number.to_f64().unwrap();
    close(known(*activity.units.known().unwrap()), expected[0], 1e-13);
    close(known(activity.revenue.known().unwrap().amount), expected[1], 1e-13);
    close(known(*activity.views.known().unwrap()), expected[2], 1e-13);
}

#[test]
fn every_method_equals_the_exact_fractions() {
    let expected = json("baseline/expected.json");
    let shop = shop();
    let covered = Period::new(start(), start() + SignedDuration::from_hours(HOURS)).unwrap();
    let flight = Period::new("2026-04-01T08:00:00Z".parse().unwrap(), "2026-04-12T17:20:00Z".parse().unwrap()).unwrap();
    let history = |product: u64| History::new(&shop[&product]).covering(covered);
    let controls = [history(1), history(2), history(3)];
    let holidays = [date(2026, 4, 3), date(2026, 4, 6)];
    let settings = BaselineSettings {
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        holidays: &holidays,
        controls: &controls,
        ..BaselineSettings::default()
    };
    let drawn = |method| baseline_with(&history(0), flight, method, &settings);
    equal(&drawn(BaselineMethod::PreviousPeriod).activity, &expected["previous_period"]);
    equal(&drawn(BaselineMethod::SameWeekdays).activity, &expected["same_weekdays"]);
    equal(&drawn(BaselineMethod::Seasonal).activity, &expected["seasonal"]);
    let control = drawn(BaselineMethod::ConcurrentControl);
    equal(&control.activity, &expected["concurrent_control"]);
    assert_eq!(control.control.unwrap().products, 3);
    assert_eq!(Value::from(control.hours_used), expected["hours_used"]);
    let counted = |name: &str| expected[name].to_string();
    let notes = [
        "90 hours before the campaign were left out: out of stock".to_owned(),
        "11 hours of the campaign were left out: out of stock".to_owned(),
        "48 hours of the campaign were left out: holidays".to_owned(),
        format!(
            "{} of {} units sold before the campaign were taken back: as large a share is expected to come back again",
            counted("units_taken_back_before"),
            counted("units_sold_before")
        ),
        format!(
            "the rest of the store sold {} units where {} were expected, over 3 products",
            counted("control_units"),
            counted("control_units_expected")
        ),
    ];
    assert_eq!(control.notes, notes);
    let seen = observed_with(&history(0), flight, BaselineMethod::Seasonal, &settings).unwrap();
    equal(&seen.activity, &expected["observed"]);
    assert_eq!((seen.hours_out_of_stock, seen.hours_on_holidays), (11, 48));
}

/// The shop's whole days: holidays and days with an hour out of stock are gaps, the day of the start is left out.
#[test]
fn days_equal_the_exact_fractions_and_feed_every_method() {
    let expected = &json("baseline/expected.json")["daily_units"];
    let shop = shop();
    let covered = Period::new(start(), start() + SignedDuration::from_hours(HOURS)).unwrap();
    let history = |product: u64| History::new(&shop[&product]).covering(covered);
    let controls = [history(1), history(2), history(3)];
    let holidays = [date(2026, 4, 3), date(2026, 4, 6)];
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let midnight = |month, day| date(2026, month, day).to_zoned(zone.clone()).unwrap().timestamp();
    let period = Period::new(midnight(2, 2), midnight(4, 12)).unwrap();
    let settings =
        BaselineSettings { zone: zone.clone(), holidays: &holidays, controls: &controls, ..BaselineSettings::default() };
    let begun: Timestamp = "2026-04-01T08:00:00Z".parse().unwrap();
    let panel = daily_panel(&history(0), period, begun, Quantity::Units, &settings).unwrap();
    assert_eq!((panel.days.len(), panel.before, panel.donors.len()), (68, 58, 3));
    assert!(!panel.days.contains(&date(2026, 4, 1)));
    for (product, series) in std::iter::once(&panel.treated).chain(&panel.donors).enumerate() {
        let peer = expected[product.to_string()].as_array().unwrap();
        for (found, expected) in series.iter().zip(peer) {
            assert_eq!(found.is_none(), expected.is_null());
            if let Some(found) = found {
                near(*found, expected.as_f64().unwrap(), 1e-12);
            }
        }
    }
    assert_eq!(panel.notes, ["7 of 68 days are left out: out of stock, on a holiday or not covered"]);
    let complete = panel.complete_days();
    assert_eq!(complete.treated.len(), complete.donors[2].len());
    // The truth is +40 %; ten days of about fifteen units tell that it is not nothing, and no more.
    let synthetic =
        synthetic_control(&complete.treated, &complete.donors, complete.before, SyntheticSettings::default()).unwrap();
    let regression = ols_counterfactual(&complete.treated, &complete.donors, complete.before, 0.9).unwrap();
    let structural =
        structural_mle(&panel.series(), &StructuralSettings { season: Some(7), ..StructuralSettings::default() }).unwrap();
    for relative in [synthetic.lift, regression.relative, structural.relative] {
        assert!((0.0..1.0).contains(relative.known().unwrap()), "{relative:?}");
    }
    let literal = BaselineSettings { refunds: RefundTreatment::OwnDate, ..settings };
    let literal = daily_panel(&history(0), period, begun, Quantity::Units, &literal).unwrap();
    assert!(literal.treated.iter().flatten().any(|units| *units < 0.0) || literal.treated != panel.treated);
    let views = daily_panel(
        &history(0),
        period,
        begun,
        Quantity::Views,
        &BaselineSettings { zone: zone.clone(), ..BaselineSettings::default() },
    );
    assert!(views.unwrap().treated.iter().flatten().all(|views| views.fract().abs() < 1e-12));
    let early = Period::new(midnight(4, 2), midnight(4, 12)).unwrap();
    assert_eq!(daily_panel(&history(0), early, begun, Quantity::Units, &BaselineSettings::default()), Err(Absence::NoBaseline));
}
