use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::testing::{at, hours, out_of_stock, refunded, row};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn hourly(count: i64, value: impl Fn(i64) -> f64) -> Vec<HourlyValue> {
    (0..count).map(|hour| HourlyValue { hour: at(hour), value: value(hour) }).collect()
}

#[test]
fn hours_and_weekdays_are_the_shops_own() {
    // The test's hours begin on Monday 2026-11-02 at midnight UTC: one o'clock in Berlin.
    let evening = hourly(6 * 7 * 24, |hour| if hour % 24 == 17 { 4.0 } else { 1.0 });
    let day = profile(&evening, ProfileOf::Day, Scatter::Counts, &berlin()).unwrap();
    let highest = day.slots.iter().max_by(|a, b| a.mean.total_cmp(&b.mean)).unwrap();
    assert_eq!((highest.slot, highest.observations, day.slots.len()), (18, 42, 24));
    let sunday = hourly(6 * 7 * 24, |hour| if (hour + 1).rem_euclid(168) / 24 == 6 { 2.0 } else { 1.0 });
    let week = profile(&sunday, ProfileOf::Week, Scatter::Counts, &berlin()).unwrap();
    assert_eq!(week.slots.iter().map(|slot| slot.mean.round()).collect::<Vec<_>>(), [24.0, 24.0, 24.0, 24.0, 24.0, 24.0, 48.0]);
    assert!(week.test.p_value < 1e-3);
}

#[test]
fn nothing_in_a_slot_is_not_certainly_nothing() {
    let day =
        profile(&hourly(28 * 24, |hour| f64::from(u8::from(hour % 24 == 12))), ProfileOf::Day, Scatter::Counts, &TimeZone::UTC);
    let night = day.unwrap().slots[3];
    let interval = night.interval.ok().unwrap();
    assert!(night.mean.abs() < 1e-12 && interval.low.abs() < 1e-12 && interval.high > 0.1, "{night:?}");
}

#[test]
fn bunched_counts_widen_the_intervals() {
    let even = profile(
        &hourly(28 * 24, |hour| 5.0 + f64::from(u8::from(hour % 24 > 12))),
        ProfileOf::Day,
        Scatter::Counts,
        &TimeZone::UTC,
    )
    .unwrap();
    let bunched = profile(
        &hourly(28 * 24, |hour| if hour / 24 % 4 == 0 { 20.0 } else { 1.0 + f64::from(u8::from(hour % 24 > 12)) }),
        ProfileOf::Day,
        Scatter::Counts,
        &TimeZone::UTC,
    )
    .unwrap();
    assert!(even.dispersion.unwrap() <= 1.0 && bunched.dispersion.unwrap() > 5.0);
    let width = |profile: &Profile| profile.slots[0].interval.ok().map(|interval| interval.high - interval.low).unwrap();
    assert!(width(&bunched) > 1.8 * width(&even));
}

#[test]
fn what_says_nothing_is_refused() {
    let day = |values: &[HourlyValue], scatter| profile(values, ProfileOf::Day, scatter, &TimeZone::UTC);
    assert_eq!(day(&hourly(4 * 24, |hour| hour as f64), Scatter::Counts), Err(Absence::TooFewObservations));
    assert_eq!(day(&hourly(9 * 24, |_| 1.0), Scatter::Counts), Err(Absence::Constant));
    assert_eq!(day(&hourly(9 * 24, |_| f64::NAN), Scatter::Amounts), Err(Absence::NotFinite));
    assert_eq!(day(&hourly(9 * 24, |_| -1.0), Scatter::Counts), Err(Absence::OutOfRange));
    let partial = day(&hourly(4 * 24 + 6, |hour| hour as f64), Scatter::Amounts).unwrap();
    assert_eq!((partial.slots.len(), partial.thin.len()), (6, 18));
}

#[test]
fn hours_of_a_history_leave_out_what_could_not_be_sold() {
    let rows = [row(0, 2), out_of_stock(1), row(3, 1), refunded(4, 1)];
    let units: Vec<_> = hourly_units(&History::new(&rows), hours(0, 9)).into_iter().map(|hour| (hour.hour, hour.value)).collect();
    assert_eq!(units, [(at(0), 2.0), (at(2), 0.0), (at(3), 1.0), (at(4), 0.0)]);
}

/// 400 shops whose sales have no pattern: all 24 intervals hold the truth in at least 95 % of them (seed 7).
#[test]
fn all_intervals_hold_at_once_as_often_as_said() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut held = 0;
    for _ in 0..400 {
        // Poisson counts with mean 0.5, by multiplying uniforms.
        let counts: Vec<f64> = (0..28 * 24)
            .map(|_| {
                let (mut product, mut count) = (1.0, -1.0);
                while product > (-0.5_f64).exp() {
                    product *= f64::from(rng.next_u32()) / f64::from(u32::MAX);
                    count += 1.0;
                }
                count
            })
            .collect();
        let values = hourly(28 * 24, |hour| counts[usize::try_from(hour).unwrap()]);
        let profile = profile(&values, ProfileOf::Day, Scatter::Counts, &TimeZone::UTC).unwrap();
        let holds = |slot: &ProfileSlot| slot.interval.ok().is_ok_and(|interval| interval.low <= 0.5 && 0.5 <= interval.high);
        held += u32::from(profile.slots.iter().all(holds));
    }
    assert!(held >= 380, "{held} of 400");
}

proptest! {
    #[test]
    fn neither_order_nor_unit_matters(values in proptest::collection::vec(0u16..50, 24 * 6..24 * 9), turn in 0usize..200, factor in 1u16..50) {
        let plain: Vec<_> = values.iter().zip(0..).map(|(value, hour)| HourlyValue { hour: at(hour), value: f64::from(*value) }).collect();
        let mut other: Vec<_> = plain.iter().map(|hour| HourlyValue { value: hour.value * f64::from(factor), ..*hour }).collect();
        other.rotate_left(turn % plain.len());
        for of in [ProfileOf::Day, ProfileOf::Week] {
            let run = |values: &[HourlyValue]| profile(values, of, Scatter::Amounts, &berlin());
            if let Ok(profile) = run(&plain) {
                for (a, b) in profile.slots.iter().zip(run(&other).unwrap().slots) {
                    prop_assert!((a.mean * f64::from(factor) - b.mean).abs() < 1e-9 * b.mean.max(1.0));
                }
            }
        }
    }

    #[test]
    fn no_input_makes_a_number_that_is_none(values in proptest::collection::vec(any::<f64>(), 0..200), counts: bool) {
        let values: Vec<_> = values.into_iter().zip(0..).map(|(value, hour)| HourlyValue { hour: at(hour * 4), value }).collect();
        let scatter = if counts { Scatter::Counts } else { Scatter::Amounts };
        let values: Vec<_> = values.into_iter().map(|hour| HourlyValue { value: if counts { hour.value.abs() } else { hour.value }, ..hour }).collect();
        if let Ok(profile) = profile(&values, ProfileOf::Day, scatter, &TimeZone::UTC) {
            for slot in profile.slots {
                prop_assert!(slot.mean.is_finite());
                prop_assert!(slot.interval.known().is_none_or(|interval| interval.low.is_finite() && interval.high.is_finite()));
            }
        }
    }
}
