//! STL, MSTL, classical decomposition and profiles against statsmodels, R and pandas.

use std::path::{Path, PathBuf};

use campaign_pilot_core::{Absence, Period};
use campaign_pilot_metrics::seasonality::{
    Composition, Degree, StlSettings, classical, mstl, seasonal_strength, stl, trend_strength, week_profile,
};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{close, json, near, number, numbers};

/// The whole reference data, which is too large for the crate.
fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("CAMPAIGN_PILOT_REFERENCE").map(|root| Path::new(&root).join("11_seasonality"));
    if folder.is_none() {
        println!("skipped: CAMPAIGN_PILOT_REFERENCE names no folder with the reference data");
    }
    folder
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn deviation(values: &[f64]) -> f64 {
    let size = values.len() as f64;
    let mean = values.iter().sum::<f64>() / size;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / size).sqrt()
}

fn usize_of(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Compares every `step`-th value of a component, in standard deviations of the series.
#[track_caller]
fn equal(found: &[f64], expected: &Value, step: usize, unit: f64, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.iter().step_by(step).count(), expected.len());
    for (found, expected) in found.iter().step_by(step).zip(expected) {
        near(*found, expected, tolerance * unit);
    }
}

/// Two correct programs part ways where robust weights of zero leave a local fit with almost nothing (R and statsmodels do).
fn tolerance(expected: &Value, case: &str, robust: bool) -> f64 {
    let shared = number(&expected["agreement_R_stl_max_abs_over_sd"][case]);
    if shared > 1e-6 {
        1e-2
    } else if robust {
        1e-6
    } else {
        1e-8
    }
}

fn check_stl(input: &Value, expected: &Value, step: usize) {
    for (case, peer) in expected["stl"].as_object().unwrap() {
        let series = numbers(&input[case.split('|').next().unwrap()]["values"]);
        let robust = peer["robust"].as_bool().unwrap();
        let plain = StlSettings::new(usize_of(&peer["period"]), usize_of(&peer["seasonal"]));
        let explicit = StlSettings {
            trend_window: Some(usize_of(&peer["trend_window"])),
            low_pass_window: Some(usize_of(&peer["low_pass"])),
            inner: Some(usize_of(&peer["inner_iter"])),
            outer: Some(usize_of(&peer["outer_iter"])),
            seasonal_degree: Degree::Line,
            ..plain
        };
        let settings = if robust { plain.robust() } else { plain };
        let found = stl(&series, &settings).unwrap();
        assert_eq!(found, stl(&series, &explicit).unwrap(), "the usual windows and rounds");
        let (unit, tolerance) = (deviation(&series), tolerance(expected, case, robust));
        equal(&found.trend, &peer["components"]["trend"], step, unit, tolerance);
        equal(&found.season, &peer["components"]["seasonal"], step, unit, tolerance);
        equal(&found.remainder, &peer["components"]["resid"], step, unit, tolerance);
        near(trend_strength(&found.trend, &found.remainder), number(&peer["trend_strength"]), tolerance);
        near(seasonal_strength(&found.season, &found.remainder), number(&peer["seasonal_strength"]), tolerance);
    }
}

fn check_mstl(input: &Value, expected: &Value, step: usize) {
    for (case, peer) in expected["mstl"].as_object().unwrap() {
        let series = numbers(&input[case]["values"]);
        let periods: Vec<usize> = peer["periods"].as_array().unwrap().iter().map(usize_of).collect();
        let found = mstl(&series, &periods).unwrap();
        let unit = deviation(&series);
        equal(&found.trend, &peer["components"]["trend"], step, unit, 1e-8);
        equal(&found.remainder, &peer["components"]["resid"], step, unit, 1e-8);
        for (period, season) in &found.seasons {
            equal(season, &peer["components"][format!("seasonal_{period}")], step, unit, 1e-8);
            let strength = &peer["strength"][format!("s{period}")];
            if !strength.is_null() {
                near(seasonal_strength(season, &found.remainder), number(strength), 1e-8);
            }
        }
    }
}

fn check_classical(input: &Value, expected: &Value) {
    for (case, peer) in expected["classical"].as_object().unwrap() {
        let (series, period) = (numbers(&input[case]["values"]), usize_of(&peer["period"]));
        let additive = classical(&series, period, Composition::Additive).unwrap();
        for (found, expected) in additive.indices.iter().zip(numbers(&peer["seasonal_indices_additive"])) {
            near(*found, expected, 1e-9 * deviation(&series));
        }
        let factors = classical(&series, period, Composition::Multiplicative);
        if peer["multiplicative"].is_null() {
            assert_eq!(factors, Err(Absence::ZeroBaseline));
        } else {
            for (found, expected) in factors.unwrap().indices.iter().zip(numbers(&peer["multiplicative"])) {
                close(*found, expected, 1e-9);
            }
        }
    }
}

#[test]
fn decompositions_equal_statsmodels() {
    let expected = json("seasonality/expected.json");
    check_stl(&expected["input"], &expected, 13);
    check_mstl(&expected["input"], &expected, 13);
    check_classical(&expected["input"], &expected);
}

#[test]
fn every_value_of_the_reference_is_met() {
    let Some(folder) = reference() else { return };
    let (input, expected) = (read(&folder.join("input_series.json")), read(&folder.join("expected.json")));
    check_stl(&input, &expected, 1);
    check_mstl(&input, &expected, 1);
    check_classical(&input, &expected);
}

#[test]
fn profiles_of_half_a_year_of_baskets_equal_pandas() {
    let Some(folder) = reference() else { return };
    let expected = read(&folder.join("expected.json"))["profiles"].clone();
    let zone = TimeZone::get("America/New_York").unwrap();
    let midnight = |month| date(2017, month, 1).to_zoned(zone.clone()).unwrap().timestamp();
    let period = Period::new(midnight(1), midnight(7)).unwrap();
    let text = std::fs::read_to_string(folder.join("baskets.csv")).unwrap();
    let baskets: Vec<(Timestamp, Decimal)> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|row| (row[1].parse().unwrap(), row[2].parse().unwrap()))
        .collect();
    let profile = week_profile(baskets.iter().copied(), period, &zone).unwrap();
    for (hour, cell) in profile.by_hour().iter().enumerate() {
        let peer = &expected["hour_of_day"][hour.to_string()];
        assert_eq!(Value::from(cell.count), peer["baskets"]);
        // Amounts are rounded basket by basket.
        near(f64::try_from(cell.value).unwrap(), number(&peer["sales"]), 0.5);
    }
    for (day, cell) in profile.by_weekday().iter().enumerate() {
        let peer = &expected["day_of_week_0_is_monday"][day.to_string()];
        assert_eq!((Value::from(cell.count), Value::from(profile.days[day])), (peer["baskets"].clone(), peer["n_days"].clone()));
        close(profile.weekday_indices()[day].unwrap(), number(&peer["index_vs_average_day"]), 1e-12);
        for hour in 0..24 {
            assert_eq!(Value::from(profile.hours[day * 24 + hour].count), expected["hour_by_weekday_counts"][day][hour]);
        }
    }
    let mistaken = week_profile(baskets, period, &TimeZone::UTC).unwrap();
    let wrong = &expected["hour_of_day_if_utc_taken_by_mistake"];
    // Baskets of the period's last hours lie outside it on another clock, so the whole history is what the peer counted.
    assert!(mistaken.by_hour()[22].count > mistaken.by_hour()[17].count, "{wrong}");
}

/// New York, 2017-03-12: two o'clock does not come; 2017-11-05: one o'clock comes twice.
#[test]
fn hours_have_their_real_length_across_changes_of_the_clock() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let week = |month, day| {
        let monday = date(2017, month, day);
        let end = monday.checked_add(jiff::Span::new().days(7)).unwrap();
        let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).unwrap().timestamp();
        Period::new(midnight(monday), midnight(end)).unwrap()
    };
    let sunday = 6 * 24;
    let spring = week_profile([], week(3, 6), &zone).unwrap();
    assert_eq!((spring.hours[sunday + 2].seconds, spring.hours[sunday + 3].seconds), (0, 3_600));
    assert_eq!((spring.days, spring.hours[sunday + 2].per_hour()), ([1; 7], None));
    let one_o_clock: [Timestamp; 2] = ["2017-11-05T05:30:00Z".parse().unwrap(), "2017-11-05T06:30:00Z".parse().unwrap()];
    let autumn = week_profile(one_o_clock.map(|at| (at, Decimal::TEN)), week(10, 30), &zone).unwrap();
    let cell = autumn.hours[sunday + 1];
    assert_eq!((cell.seconds, cell.count, cell.value, cell.per_hour()), (7_200, 2, Decimal::from(20), Some(1.0)));
    assert_eq!(autumn.weekday_indices()[6], Some(7.0));
}

#[test]
fn what_has_no_season_is_refused() {
    let series = [1.0; 13];
    assert_eq!(stl(&series, &StlSettings::new(7, 7)), Err(Absence::TooFewObservations));
    assert_eq!(stl(&series, &StlSettings::new(1, 7)), Err(Absence::OutOfRange));
    assert_eq!(stl(&series, &StlSettings::new(4, 6)), Err(Absence::OutOfRange));
    assert_eq!(stl(&[f64::NAN; 14], &StlSettings::new(7, 7)), Err(Absence::OutOfRange));
    assert_eq!(mstl(&series, &[]), Err(Absence::OutOfRange));
    assert_eq!(mstl(&series, &[3, 3]), Err(Absence::OutOfRange));
    assert_eq!(classical(&series, 7, Composition::Additive), Err(Absence::TooFewObservations));
    assert_eq!(classical(&[0.0; 14], 7, Composition::Multiplicative), Err(Absence::ZeroBaseline));
    assert!(trend_strength(&[1.0; 5], &[0.0; 5]).abs() < 1e-15, "nothing varies");
}

proptest! {
    #[test]
    fn parts_add_up_and_scale_along(
        values in prop::collection::vec(-50.0f64..50.0, 21..60),
        robust in any::<bool>(),
        exponent in -60i32..60,
    ) {
        let settings = if robust { StlSettings::new(7, 7).robust() } else { StlSettings::new(7, 7) };
        let found = stl(&values, &settings).unwrap();
        for (row, value) in values.iter().enumerate() {
            prop_assert!((found.trend[row] + found.season[row] + found.remainder[row] - value).abs() < 1e-9);
        }
        let factor = f64::from(exponent).exp2();
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let scaled = stl(&scaled, &settings).unwrap();
        prop_assert!(found.trend.iter().zip(&scaled.trend).all(|(plain, scaled)| (plain * factor - scaled).abs() <= 1e-9 * factor));
    }

    #[test]
    fn nothing_is_ever_nan_or_infinite(
        values in prop::collection::vec(prop_oneof![
            4 => -50.0f64..50.0,
            1 => prop::sample::select(vec![0.0, f64::MAX, f64::MIN, 1e-300, f64::NAN, f64::INFINITY]),
        ], 0..40),
        period in 0usize..9,
        window in 0usize..12,
    ) {
        for settings in [StlSettings::new(period, window), StlSettings::new(period, window).robust()] {
            if let Ok(found) = stl(&values, &settings) {
                prop_assert!(found.trend.iter().chain(&found.season).chain(&found.remainder).all(|value| value.is_finite()));
                prop_assert!(seasonal_strength(&found.season, &found.remainder).is_finite());
            }
        }
        for composition in [Composition::Additive, Composition::Multiplicative] {
            if let Ok(found) = classical(&values, period, composition) {
                prop_assert!(found.indices.iter().chain(found.remainder.iter().flatten()).all(|value| value.is_finite()));
            }
        }
        if let Ok(found) = mstl(&values, &[period, 2 * period + 1]) {
            prop_assert!(found.remainder.iter().all(|value| value.is_finite()));
        }
    }
}
