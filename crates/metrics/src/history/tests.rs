use campaign_pilot_core::Currency;
use rust_decimal::dec;

use super::*;
use crate::testing::{at, hours, out_of_stock, refunded, row, unviewed};

#[test]
fn adds_up_net_of_refunds_and_begins_with_the_first_full_hour() {
    let rows = [row(0, 5), row(1, 2), refunded(2, 1), row(3, 4)];
    let half_past = Period::new(at(0) + SignedDuration::from_mins(30), at(3)).unwrap();
    let seen = observed(&History::new(&rows), half_past).unwrap();
    assert_eq!(seen.period, hours(1, 3));
    assert_eq!(seen.activity.units, Measured::Known(dec!(1)));
    assert_eq!(seen.activity.revenue, Measured::Known(Money::new(dec!(10), Currency::EUR)));
    assert_eq!(seen.activity.views, Measured::Known(dec!(20)));
    assert_eq!(seen.orders, 2);
}

#[test]
fn what_was_sold_is_compared_with_what_was_sold() {
    // A fifth came back before the campaign; it sold twice as much, of which nothing is back yet.
    let before = (-336..0).map(|hour| row(hour, 5)).chain((-336..0).map(|hour| refunded(hour, 1)));
    let rows: Vec<_> = before.chain((0..24).map(|hour| row(hour, 10))).chain([refunded(3, 2)]).collect();
    let impact = |refunds| {
        let settings = BaselineSettings { refunds, ..BaselineSettings::default() };
        let seen = observed_with(&History::new(&rows), hours(0, 24), BaselineMethod::SameWeekdays, &settings).unwrap();
        let expected = crate::baseline_with(&History::new(&rows), hours(0, 24), BaselineMethod::SameWeekdays, &settings);
        assert_eq!((seen.units_sold, seen.units_returned), (dec!(240), dec!(2)));
        let revenue = |activity: Activity| activity.revenue.known().unwrap().amount;
        assert_eq!(revenue(seen.activity), *seen.activity.units.known().unwrap() * dec!(10));
        assert_eq!(revenue(expected.activity), dec!(960));
        relative_change(*seen.activity.units.known().unwrap(), *expected.activity.units.known().unwrap()).unwrap()
    };
    assert_eq!(impact(RefundTreatment::Rate), dec!(100));
    assert!(impact(RefundTreatment::OwnDate) > dec!(140), "too much: the campaign's own returns are still to come");
}

#[test]
fn without_sales_before_what_came_back_is_what_came_back() {
    let rows = [row(-300, 0), row(0, 10), refunded(3, 2)];
    assert_eq!(observed(&History::new(&rows), hours(0, 24)).unwrap().activity.units, Measured::Known(dec!(8)));
}

#[test]
fn a_period_within_one_hour_says_nothing() {
    let period = Period::new(at(0) + SignedDuration::from_mins(5), at(0) + SignedDuration::from_mins(50)).unwrap();
    assert_eq!(observed(&History::new(&[row(0, 1)]), period), Err(Absence::TooFewObservations));
}

#[test]
fn hours_out_of_stock_are_left_out() {
    let rows = [row(0, 1), out_of_stock(1), out_of_stock(2)];
    assert_eq!(observed(&History::new(&rows), hours(0, 3)).unwrap().hours_out_of_stock, 2);
    assert_eq!(observed(&History::new(&rows), hours(1, 3)), Err(Absence::OutOfStock));
}

#[test]
fn views_are_known_whole_or_not_at_all() {
    let rows = [row(0, 1), unviewed(1, 1)];
    let seen = observed(&History::new(&rows), hours(0, 2)).unwrap();
    assert_eq!(seen.activity.views, Measured::Absent(Absence::NoViewSource));
}

#[test]
fn two_currencies_have_no_sum() {
    let mut dollars = row(1, 1);
    dollars.revenue.currency = Currency::USD;
    dollars.refunds.currency = Currency::USD;
    let seen = observed(&History::new(&[row(0, 1), dollars]), hours(0, 2)).unwrap();
    assert_eq!(seen.activity.revenue, Measured::Absent(Absence::MixedCurrencies));
    assert_eq!(seen.activity.units, Measured::Known(dec!(2)));
}

#[test]
fn the_trend_compares_two_times_four_weeks() {
    let four_weeks = 4 * 7 * 24;
    let rows: Vec<_> =
        (0..four_weeks).map(|hour| row(hour, 2)).chain((four_weeks..2 * four_weeks).map(|hour| row(hour, 3))).collect();
    assert_eq!(trend(&History::new(&rows), at(2 * four_weeks)), Ok(dec!(50)));
    assert_eq!(trend(&History::new(&rows[24..]), at(2 * four_weeks)), Err(Absence::TooFewObservations));
    assert_eq!(trend(&History::new(&rows), at(2 * four_weeks + 1)), Err(Absence::TooFewObservations));
    assert_eq!(trend(&History::new(&[]), at(0)), Err(Absence::NoBaseline));
}
