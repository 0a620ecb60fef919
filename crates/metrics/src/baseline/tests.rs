use campaign_pilot_core::{Currency, Money, ProductHour};
use jiff::SignedDuration;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{at, hours, out_of_stock, refunded, row, unviewed};
use crate::{observed, observed_with};

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
fn an_earlier_campaign_is_no_measure_of_what_sells_without_one() {
    // 24 units a day; a first campaign doubles them for two weeks, the second one does nothing.
    let first = hours(-4 * WEEK, -2 * WEEK);
    let rows: Vec<_> = (-8 * WEEK..2 * WEEK).map(|hour| row(hour, if first.contains(at(hour)) { 2 } else { 1 })).collect();
    let (history, second) = (History::new(&rows), hours(0, 2 * WEEK));
    let with = |earlier: &[Period], target| {
        let settings = BaselineSettings { earlier_campaigns: earlier, ..BaselineSettings::default() };
        let seen = observed_with(&history, target, BaselineMethod::SameWeekdays, &settings).unwrap();
        let trend = crate::impact_trend(&history, target, &settings).map(|trend| trend.slope);
        (baseline_with(&history, target, BaselineMethod::SameWeekdays, &settings), seen.activity.units, trend)
    };
    let (naive, units, _) = with(&[], second);
    assert_eq!((naive.activity.units, units), (Measured::Known(dec!(420)), Measured::Known(dec!(336))), "a fall of 20 %");
    let (fair, units, _) = with(&[first], second);
    assert_eq!((fair.activity.units, units), (Measured::Known(dec!(336)), Measured::Known(dec!(336))));
    assert_eq!(fair.hours_advertised, 336);
    assert_eq!(fair.notes, ["336 hours before the campaign were left out: an earlier campaign sold in them"]);
    // A tail that reaches into the second campaign takes nothing of it away.
    let (fair, units, trend) = with(&[hours(-4 * WEEK, WEEK)], second);
    assert_eq!((fair.activity.units, units, trend), (Measured::Known(dec!(336)), Measured::Known(dec!(336)), Ok(0.0)));
    // Where nothing else is left, nothing is said.
    assert_eq!(with(&[hours(-9 * WEEK, 0)], second).0.activity.units, Measured::Absent(Absence::TooFewObservations));
    let literal = BaselineSettings { earlier_campaigns: &[first], ..BaselineSettings::default() };
    let previous = baseline_with(&history, second, BaselineMethod::PreviousPeriod, &literal);
    assert_eq!(previous.hours_advertised, 0);
}

#[test]
fn a_rest_of_the_campaign_counts_on_neither_side() {
    // Two hours on offer that do nothing, then eight days of rest in which the store grows, then one hour more.
    let (rest, target) = (hours(2, 194), hours(0, 195));
    let grown: Vec<_> = (-8 * WEEK..195).map(|hour| row(hour, if rest.contains(at(hour)) { 3 } else { 1 })).collect();
    let history = History::new(&grown);
    let settings = BaselineSettings { rests: &[rest], ..BaselineSettings::default() };
    let seen = observed_with(&history, target, BaselineMethod::SameWeekdays, &settings).unwrap();
    let expected = baseline_with(&history, target, BaselineMethod::SameWeekdays, &settings);
    assert_eq!((seen.activity.units, expected.activity.units), (Measured::Known(dec!(3)), Measured::Known(dec!(3))));
    assert_eq!(expected.notes, ["192 hours of the campaign were left out: it was not on offer"]);
    let whole = BaselineSettings { rests: &[target], ..BaselineSettings::default() };
    assert_eq!(observed_with(&history, target, BaselineMethod::SameWeekdays, &whole), Err(Absence::TooFewObservations));
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

/// Eight weeks in which every hour sells one more in the last four.
fn growing() -> Vec<ProductHour> {
    (-8 * WEEK..0).map(|hour| row(hour, if hour < -4 * WEEK { 1 } else { 2 })).collect()
}

fn with(rows: &[ProductHour], target: Period, method: BaselineMethod, settings: &BaselineSettings<'_>) -> Baseline {
    baseline_with(&History::new(rows), target, method, settings)
}

#[test]
fn the_seasonal_baseline_follows_the_level() {
    let settings = BaselineSettings::default();
    let week = with(&growing(), hours(0, WEEK), BaselineMethod::Seasonal, &settings);
    assert_eq!(week.activity.units.known().unwrap().round_dp(20), dec!(336));
    assert_eq!(same_weekdays(&growing(), hours(0, WEEK)).activity.units, Measured::Known(dec!(252)));
    let monday = with(&eight_weeks(), hours(0, 24), BaselineMethod::Seasonal, &settings);
    let units = *monday.activity.units.known().unwrap();
    assert!((units - dec!(72)).abs() < dec!(0.000001), "{units}");
    let quiet: Vec<_> = (-8 * WEEK..0).map(|hour| row(hour, 0)).collect();
    let nothing = with(&quiet, hours(0, 24), BaselineMethod::Seasonal, &settings);
    assert_eq!(nothing.activity.units, Measured::Absent(Absence::ZeroBaseline));
}

#[test]
fn a_bulk_refund_does_not_dent_the_hour_it_fell_in() {
    let mut rows = eight_weeks();
    // Half of what was sold in the eight weeks comes back at once, on a Tuesday at noon.
    let sold: i64 = rows.iter().map(|row| row.units).sum();
    let noon = rows.iter_mut().find(|row| row.hour == at(-WEEK + 36)).unwrap();
    *noon = ProductHour { units: 1, ..refunded(-WEEK + 36, sold / 2) };
    noon.revenue = Money::new(dec!(10), Currency::EUR);
    let two_days = same_weekdays(&rows, hours(0, 48));
    assert_eq!(two_days.activity.units, Measured::Known(dec!(48)), "half of 72 and 24");
    assert_eq!(
        two_days.notes,
        ["864 of 1728 units sold before the campaign were taken back: as large a share is expected to come back again"]
    );
    let literal = BaselineSettings { refunds: RefundTreatment::OwnDate, ..BaselineSettings::default() };
    let dented = with(&rows, hours(0, 48), BaselineMethod::SameWeekdays, &literal);
    assert_eq!(dented.activity.units, Measured::Known(dec!(-12)), "108 less a week than 96");
}

#[test]
fn holidays_are_left_out_on_both_sides_but_not_literally() {
    let mut rows = eight_weeks();
    rows.iter_mut().filter(|row| row.hour >= at(-24)).for_each(|noted| *noted = row(-1, 50));
    (0..24).zip(rows.iter_mut().rev()).for_each(|(back, row)| row.hour = at(-1 - back));
    let holidays = [jiff::civil::date(2026, 11, 1), jiff::civil::date(2026, 11, 3)];
    let settings = BaselineSettings { holidays: &holidays, ..BaselineSettings::default() };
    let expected = with(&rows, hours(0, 48), BaselineMethod::SameWeekdays, &settings);
    assert_eq!(expected.activity.units, Measured::Known(dec!(72)), "Monday without the Tuesday");
    assert_eq!(expected.hours_on_holidays, 24);
    assert_eq!(
        expected.notes,
        ["24 hours before the campaign were left out: holidays", "24 hours of the campaign were left out: holidays"]
    );
    let literal = with(&rows, hours(0, 24), BaselineMethod::PreviousPeriod, &settings);
    assert_eq!(literal.activity.units, Measured::Known(dec!(1200)));
    let on_holiday = with(&rows, hours(24, 48), BaselineMethod::Seasonal, &settings);
    assert_eq!(on_holiday.activity.units, Measured::Absent(Absence::TooFewObservations));
}

#[test]
fn the_rest_of_the_store_tells_the_season_from_the_campaign() {
    let own = eight_weeks();
    let rest: Vec<_> = (-8 * WEEK..WEEK).map(|hour| row(hour, if hour < 0 { 2 } else { 3 })).collect();
    let silent: Vec<_> = (0..WEEK).map(|hour| row(hour, 1)).collect();
    let controls = [History::new(&rest), History::new(&silent)];
    let settings = BaselineSettings { controls: &controls, ..BaselineSettings::default() };
    let week = with(&own, hours(0, WEEK), BaselineMethod::ConcurrentControl, &settings);
    assert_eq!(week.activity.units, Measured::Known(dec!(324)), "216 and half as much again");
    assert_eq!(week.activity.revenue, Measured::Known(Money::new(dec!(3240), Currency::EUR)));
    let group = ControlGroup { products: 1, units: dec!(504), expected_units: dec!(336) };
    assert_eq!(week.control, Some(group));
    assert_eq!(week.notes.last().unwrap(), "1 other products say nothing: no history, or out of stock the whole time");
    let few = with(&own, hours(0, 14), BaselineMethod::ConcurrentControl, &settings);
    assert_eq!(few.activity.units, Measured::Absent(Absence::TooFewObservations), "28 units are too few to tell");
    let alone = with(&own, hours(0, WEEK), BaselineMethod::ConcurrentControl, &BaselineSettings::default());
    assert_eq!(alone.activity.units, Measured::Absent(Absence::NoBaseline));
}

#[test]
fn a_change_of_the_clock_moves_the_shape_along() {
    // A shop in Berlin that sells at eight o'clock only; the clocks went back on 2026-10-25.
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let rows: Vec<_> = (-8 * WEEK..0).map(|hour| row(hour, i64::from(at(hour).to_zoned(zone.clone()).hour() == 8))).collect();
    let settings = BaselineSettings { zone, ..BaselineSettings::default() };
    let hour = |from, settings: &BaselineSettings<'_>| with(&rows, hours(from, from + 1), BaselineMethod::SameWeekdays, settings);
    assert_eq!(hour(7, &settings).activity.units, Measured::Known(dec!(1)), "eight o'clock in winter");
    assert_eq!(hour(6, &settings).activity.units, Measured::Known(dec!(0)));
    assert_eq!(hour(6, &BaselineSettings::default()).activity.units, Measured::Known(dec!(0.875)), "seven weeks of summer");
}

proptest! {
    #[test]
    fn the_largest_numbers_are_refused_and_not_wrapped(
        units in prop::sample::select(vec![i64::MAX, i64::MIN, 0, 1]),
        refunded in prop::sample::select(vec![i64::MAX, i64::MIN, 0, 1]),
        amount in prop::sample::select(vec![Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(1, 28)]),
        length in 1i64..60,
    ) {
        let rows: Vec<_> = (-60..length).map(|hour| {
            let mut row = ProductHour { units, refunded_units: refunded, views: Measured::Known(u64::MAX), ..row(hour, 1) };
            (row.revenue.amount, row.refunds.amount) = (amount, -amount);
            row
        }).collect();
        let other: Vec<_> = (-60..length).map(|hour| row(hour, 3)).collect();
        for controls in [[History::new(&rows)], [History::new(&other)]] {
            let settings = BaselineSettings { controls: &controls, ..BaselineSettings::default() };
            for method in [
                BaselineMethod::PreviousPeriod,
                BaselineMethod::SameWeekdays,
                BaselineMethod::Seasonal,
                BaselineMethod::ConcurrentControl,
                BaselineMethod::Given,
            ] {
                // Absent or known: the point is that nothing panics.
                let drawn = baseline_with(&History::new(&rows), hours(0, length), method, &settings);
                prop_assert_eq!(drawn.method, method);
                let seen = crate::observed_with(&History::new(&rows), hours(0, length), method, &settings).unwrap();
                prop_assert_eq!(seen.hours_out_of_stock, 0);
            }
            let panel = crate::lift::daily_panel(&History::new(&rows), hours(-48, 48), at(0), crate::lift::Quantity::Revenue, &settings);
            let finite = |days: Vec<Option<f64>>| days.into_iter().flatten().all(f64::is_finite);
            prop_assert!(panel.is_err() || panel.is_ok_and(|panel| finite(panel.treated)));
        }
    }

    #[test]
    fn another_currency_scale_gives_the_same_shape(sales in prop::collection::vec(0i64..4, 400), factor in 1i64..1000) {
        let rows: Vec<_> = (-400..0).zip(sales).map(|(hour, units)| row(hour, units)).collect();
        let mut dearer = rows.clone();
        dearer.iter_mut().for_each(|row| row.revenue.amount *= Decimal::from(factor));
        for method in [BaselineMethod::PreviousPeriod, BaselineMethod::SameWeekdays, BaselineMethod::Seasonal] {
            let amount = |rows: &[ProductHour]| {
                baseline(&History::new(rows), hours(0, 50), method).activity.revenue.known().map(|money| money.amount)
            };
            let (plain, scaled) = (amount(&rows), amount(&dearer));
            prop_assert_eq!(plain.is_some(), scaled.is_some());
            if let (Some(plain), Some(scaled)) = (plain, scaled) {
                prop_assert!((plain * Decimal::from(factor) - scaled).abs() < dec!(0.000000000001));
            }
        }
    }

    #[test]
    fn the_order_of_the_hours_does_not_matter(seed in 0usize..10_000, length in 1i64..200) {
        let rows = eight_weeks();
        let mut turned = rows.clone();
        let middle = seed % rows.len();
        turned.rotate_left(middle);
        for method in [BaselineMethod::PreviousPeriod, BaselineMethod::SameWeekdays, BaselineMethod::Seasonal] {
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
