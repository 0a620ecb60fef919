//! The sales impact of each day of a campaign, and where it is going.

use campaign_pilot_core::{Absence, Period};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::baseline::SAME_WEEKDAYS_WEEKS;
use crate::history::{HOUR, History, from_full_hour, hour_of};
use crate::robust::{RobustTrend, theil_sen};

const DAY: i64 = 24 * HOUR;
const HOURS_OF_A_WEEK: usize = 168;

/// One day of a campaign against what the same hours of the same weekdays brought before it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct DailyImpact {
    /// Which day of 24 hours since the campaign's first full hour, from 0.
    pub day: u32,
    /// Units sold less units taken back, in the hours in stock.
    pub observed: i64,
    /// Units expected in the same hours.
    pub expected: f64,
    /// `(observed - expected) / expected x 100`.
    pub percent: f64,
}

/// The sales impact of each full day of `target`, the time of the campaign so far.
///
/// The expectation of a day is the sum over its hours in stock of the mean units in that hour of the week, over up to
/// [`SAME_WEEKDAYS_WEEKS`] weeks before the campaign. Days with less than twelve hours in stock, or without an
/// expectation above zero, are left out. The effort grows with the number of hours and not faster.
///
/// # Errors
///
/// [`Absence::NoBaseline`] without a week of history before the campaign, [`Absence::TooFewObservations`] before its first full
/// hour is over.
pub fn daily_impacts(history: &History<'_>, target: Period) -> Result<Vec<DailyImpact>, Absence> {
    let end = Timestamp::from_second(hour_of(target.start())).map_err(|_| Absence::OutOfRange)?;
    let target = from_full_hour(target)?;
    let covered = history.covered().ok_or(Absence::NoBaseline)?;
    let reach = SignedDuration::from_hours(SAME_WEEKDAYS_WEEKS * 7 * 24);
    let wanted = Period::ending_at(end, reach).map_err(|_| Absence::NoBaseline)?;
    let before = wanted.intersection(covered).ok_or(Absence::NoBaseline)?;
    if before.length() < SignedDuration::from_hours(7 * 24) {
        return Err(Absence::NoBaseline);
    }
    let out = history.out_of_stock();
    let full = |part: &Period| part.length().as_secs() == HOUR && !out.contains(&part.start().as_second());

    let mut slots = vec![(0_i64, 0_u32); HOURS_OF_A_WEEK];
    for part in before.hours().filter(full) {
        if let Some((_, hours)) = slots.get_mut(slot(part.start())) {
            *hours += 1;
        }
    }
    let days = usize::try_from(target.length().as_secs().div_euclid(DAY)).unwrap_or(0);
    let mut observed = vec![0_i64; days];
    for row in history.hours.iter().filter(|row| !out.contains(&row.hour.as_second())) {
        let units = row.units.saturating_sub(row.refunded_units);
        let sum = if before.contains(row.hour) {
            slots.get_mut(slot(row.hour)).map(|slot| &mut slot.0)
        } else if target.contains(row.hour) {
            observed.get_mut(day_of(row.hour, target))
        } else {
            None
        };
        if let Some(sum) = sum {
            *sum = sum.saturating_add(units);
        }
    }
    let mut expected = vec![(0.0_f64, 0_u32); days];
    for part in target.hours().filter(full) {
        let known = slots.get(slot(part.start())).filter(|(_, hours)| *hours > 0);
        if let (Some(day), Some((units, hours))) = (expected.get_mut(day_of(part.start(), target)), known) {
            day.0 += *units as f64 / f64::from(*hours);
            day.1 += 1;
        }
    }
    let all = observed.into_iter().zip(expected).zip(0u32..);
    Ok(all
        .filter(|((_, (expected, hours)), _)| *expected > 0.0 && *hours >= 12)
        .map(|((observed, (expected, _)), day)| {
            let percent = (observed as f64 - expected) / expected * 100.0;
            DailyImpact { day, observed, expected, percent }
        })
        .collect())
}

/// Where the sales impact is going, in percentage points a day: the [`theil_sen`] line through the [`daily_impacts`], with
/// the 95 % interval of its slope. One extraordinary day does not bend it.
///
/// # Errors
///
/// As [`daily_impacts`] and [`theil_sen`].
pub fn impact_trend(history: &History<'_>, target: Period) -> Result<RobustTrend, Absence> {
    let points: Vec<_> = daily_impacts(history, target)?.iter().map(|impact| (f64::from(impact.day), impact.percent)).collect();
    theil_sen(&points, 0.95)
}

fn slot(at: Timestamp) -> usize {
    usize::try_from(at.as_second().div_euclid(HOUR).rem_euclid(168)).unwrap_or(0)
}

fn day_of(at: Timestamp, target: Period) -> usize {
    usize::try_from(at.duration_since(target.start()).as_secs().div_euclid(DAY)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{hours, out_of_stock, row};

    const START: i64 = 14 * 24;

    /// Two weeks with one unit an hour, then what `units` says for each hour of the campaign.
    fn world(days: i64, units: impl Fn(i64) -> i64) -> Vec<campaign_pilot_core::ProductHour> {
        let campaign = (0..days * 24).map(|hour| row(START + hour, units(hour)));
        (0..START).map(|hour| row(hour, 1)).chain(campaign).collect()
    }

    #[test]
    fn days_are_compared_with_the_hours_before() {
        let rows = world(3, |hour| if hour < 24 { 2 } else { 1 });
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 60)).unwrap();
        assert_eq!(impacts.len(), 2, "the third day is not over");
        assert_eq!((impacts[0].observed, impacts[1].observed), (48, 24));
        assert!((impacts[0].percent - 100.0).abs() < 1e-9 && impacts[1].percent.abs() < 1e-9);
    }

    #[test]
    fn a_falling_impact_has_a_falling_trend_and_one_day_does_not_change_it() {
        let falling = |hour: i64| if hour % 24 < 24 - 2 * (hour / 24) { 2 } else { 1 };
        let rows = world(10, falling);
        let trend = impact_trend(&History::new(&rows), hours(START, START + 240)).unwrap();
        assert!((trend.slope + 100.0 / 12.0).abs() < 1e-9, "{trend:?}");
        let rows = world(10, |hour| if hour / 24 == 8 { 50 } else { falling(hour) });
        let shaken = impact_trend(&History::new(&rows), hours(START, START + 240)).unwrap();
        assert!(shaken.slope < -6.0 && shaken.high > shaken.slope, "{shaken:?}");
    }

    #[test]
    fn days_out_of_stock_are_left_out() {
        let mut rows = world(8, |_| 1);
        rows.iter_mut().skip(usize::try_from(START).unwrap() + 24).take(24).for_each(|hour| hour.in_stock = false);
        rows.push(out_of_stock(START + 100));
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 8 * 24)).unwrap();
        assert_eq!(impacts.iter().map(|impact| impact.day).collect::<Vec<_>>(), [0, 2, 3, 4, 5, 6, 7]);
        assert!(impacts.iter().all(|impact| impact.percent.abs() < 1e-9));
    }

    #[test]
    fn without_history_there_is_no_impact() {
        let rows: Vec<_> = (0..48).map(|hour| row(hour, 1)).collect();
        assert_eq!(daily_impacts(&History::new(&rows), hours(24, 48)), Err(Absence::NoBaseline));
    }
}
