use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::observed;
use crate::testing::{at, hours, out_of_stock, row, unviewed};

const WEEK: i64 = 168;

/// Eight weeks in which Mondays sell three an hour and the other days one.
fn eight_weeks() -> Vec<ProductHour> {
    (-8 * WEEK..0).map(|hour| row(hour, if hour.rem_euclid(WEEK) < 24 { 3 } else { 1 })).collect()
}

fn same_weekdays(rows: &[ProductHour], target: Period) -> Baseline {
    baseline(&History::new(rows), target, BaselineMethod::SameWeekdays)
}

fn previous(rows: &[ProductHour], target: Period) -> Baseline {
    baseline(&History::new(rows), target, BaselineMethod::PreviousPeriod)
}

#[test]
fn same_weekdays_know_the_shape_of_the_week() {
    let monday = same_weekdays(&eight_weeks(), hours(0, 24));
    assert_eq!(monday.activity.units, Measured::Known(dec!(72)));
    assert_eq!(monday.activity.revenue, Measured::Known(Money::new(dec!(720), Currency::EUR)));
    assert_eq!(monday.activity.views, Measured::Known(dec!(720)));
    assert_eq!((monday.hours_used, monday.notes.len()), (1_344, 0));
    let week = same_weekdays(&eight_weeks(), hours(0, WEEK));
    assert_eq!(week.activity.units, Measured::Known(dec!(216)));
}

#[test]
fn the_previous_period_is_literal() {
    let day = previous(&eight_weeks(), hours(0, 24));
    assert_eq!(day.activity.units, Measured::Known(dec!(24)), "the Sunday before, not the Mondays");
    assert_eq!(day.hours_used, 24);
}

#[test]
fn half_of_the_previous_period_is_enough_and_less_is_not() {
    let rows: Vec<_> = (-12..0).map(|hour| row(hour, 2)).collect();
    assert_eq!(previous(&rows, hours(0, 24)).activity.units, Measured::Known(dec!(48)));
    assert_eq!(previous(&rows[1..], hours(0, 24)).activity.units, Measured::Absent(Absence::TooFewObservations));
}

#[test]
fn only_the_time_before_the_campaign_counts() {
    let mut rows = eight_weeks();
    rows.extend((0..48).map(|hour| row(hour, 1_000)));
    assert_eq!(same_weekdays(&rows, hours(0, 24)).activity.units, Measured::Known(dec!(72)));
    let from_half_past = Period::new(at(0) + SignedDuration::from_mins(30), at(24)).unwrap();
    assert_eq!(same_weekdays(&rows, from_half_past).activity.units, Measured::Known(dec!(69)), "23 full hours");
}

#[test]
fn hours_out_of_stock_before_the_campaign_are_not_missing_demand() {
    let mut rows = eight_weeks();
    for row in rows.iter_mut().filter(|row| row.hour >= at(-2 * WEEK) && row.hour < at(-WEEK)) {
        *row = ProductHour { units: 0, in_stock: false, ..row.clone() };
    }
    let week = same_weekdays(&rows, hours(0, WEEK));
    assert_eq!(week.activity.units, Measured::Known(dec!(216)));
    assert_eq!(week.hours_out_of_stock, 168);
    assert_eq!(week.notes, ["168 hours before the campaign were left out: out of stock"]);
}

#[test]
fn hours_out_of_stock_during_the_campaign_are_left_out_on_both_sides() {
    let mut rows = eight_weeks();
    rows.extend((0..12).map(|hour| row(hour, 3)));
    rows.extend((12..24).map(out_of_stock));
    let history = History::new(&rows);
    let expected = baseline(&history, hours(0, 24), BaselineMethod::SameWeekdays);
    assert_eq!(expected.activity.units, observed(&history, hours(0, 24)).unwrap().activity.units);
    assert_eq!(expected.notes, ["12 hours of the campaign were left out: out of stock"]);
    assert_eq!(same_weekdays(&rows, hours(12, 24)).activity.units, Measured::Absent(Absence::OutOfStock));
}

#[test]
fn quiet_hours_count_only_where_the_history_covers_them() {
    let rows = [row(-2, 6)];
    let known = History::new(&rows).covering(hours(-48, 0));
    let day = baseline(&known, hours(0, 24), BaselineMethod::PreviousPeriod);
    assert_eq!(day.activity.units, Measured::Known(dec!(6)));
    assert_eq!(previous(&rows, hours(0, 24)).activity.units, Measured::Absent(Absence::TooFewObservations));
    assert_eq!(same_weekdays(&rows, hours(0, 24)).activity.units, Measured::Absent(Absence::TooFewObservations));
    assert_eq!(same_weekdays(&[], hours(0, 24)).activity.units, Measured::Absent(Absence::NoBaseline));
}

#[test]
fn a_short_history_stands_in_for_the_days_it_lacks_and_says_so() {
    let rows: Vec<_> = (-48..0).map(|hour| row(hour, 2)).collect();
    let monday = same_weekdays(&rows, hours(0, 24));
    assert_eq!(monday.activity.units, Measured::Known(dec!(48)));
    assert_eq!(monday.notes, ["24 hours of the campaign have no counterpart before it: the overall mean stands in"]);
}

#[test]
fn unknown_views_are_not_zero_views() {
    let none: Vec<_> = (-WEEK..0).map(|hour| unviewed(hour, 1)).collect();
    assert_eq!(same_weekdays(&none, hours(0, 24)).activity.views, Measured::Absent(Absence::NoViewSource));
    let late: Vec<_> = (-2 * WEEK..0).map(|hour| if hour < -WEEK { unviewed(hour, 1) } else { row(hour, 1) }).collect();
    assert_eq!(same_weekdays(&late, hours(0, 24)).activity.views, Measured::Known(dec!(240)));
}

#[test]
fn an_unfinished_hour_is_expected_in_part() {
    let now = Period::new(at(0), at(1) + SignedDuration::from_mins(15)).unwrap();
    assert_eq!(same_weekdays(&eight_weeks(), now).activity.units, Measured::Known(dec!(3.75)));
    let rows = eight_weeks();
    assert_eq!(previous(&rows, now).activity.units, Measured::Known(dec!(1.25)));
}

proptest! {
    #[test]
    fn the_order_of_the_hours_does_not_matter(seed in 0usize..10_000, length in 1i64..200) {
        let rows = eight_weeks();
        let mut turned = rows.clone();
        let middle = seed % rows.len();
        turned.rotate_left(middle);
        for method in [BaselineMethod::PreviousPeriod, BaselineMethod::SameWeekdays] {
            let before = baseline(&History::new(&rows), hours(0, length), method);
            prop_assert_eq!(before, baseline(&History::new(&turned), hours(0, length), method));
        }
    }

    #[test]
    fn a_longer_time_expects_as_much_more_as_it_adds(sales in prop::collection::vec(0i64..6, 336), cut in 1i64..168) {
        let rows: Vec<_> = (-336..0).zip(sales).map(|(hour, units)| row(hour, units)).collect();
        let units = |target| *same_weekdays(&rows, target).activity.units.known().unwrap();
        // Every hour of the week was seen twice, so the hours that are added are worth the mean of their two.
        let added: i64 = rows.iter().map(|row| ((row.hour.as_second() - at(-336).as_second()) / 3_600, row.units))
            .filter(|(index, _)| (cut..168).contains(&(index % 168))).map(|(_, units)| units).sum();
        prop_assert_eq!(units(hours(0, 168)) - units(hours(0, cut)), Decimal::from(added) / Decimal::TWO);
    }
}
