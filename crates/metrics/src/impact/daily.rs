//! The sales impact of each day of a campaign, and where it is going.

use campaign_pilot_core::{Absence, Period, ProductHour};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::history::{HOUR, History, LeftOut, from_full_hour, hour_of, weeks};
use crate::robust::{RobustTrend, theil_sen};
use crate::{BaselineMethod, BaselineSettings, RefundTreatment};

const DAY: i64 = 24 * HOUR;
const HOURS_OF_A_WEEK: usize = 168;

/// One day of a campaign against what the same hours of the same weekdays brought before it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct DailyImpact {
    /// Which day of 24 hours since the campaign's first full hour, from 0.
    pub day: u32,
    /// Units sold in the hours that were compared; less units taken back in them by [`RefundTreatment::OwnDate`].
    pub observed: i64,
    /// Units expected in the same hours, counted alike.
    pub expected: f64,
    /// `(observed - expected) / expected x 100`.
    pub percent: f64,
}

/// The sales impact of each full day of `target`, the time of the campaign so far.
///
/// The expectation of a day is the sum over its hours of the mean units in that hour of the week, in the shop's zone, over up to
/// `settings.weeks` weeks before the campaign. Hours out of stock and on holidays are left out on both sides. By
/// [`RefundTreatment::Rate`] both sides are what was sold: the share that comes back is the same on both and falls out of the
/// percentage. Days with less than twelve hours left, or without an expectation above zero, are left out. The effort grows with
/// the number of hours and not faster.
///
/// # Errors
///
/// [`Absence::NoBaseline`] without a week of history before the campaign, [`Absence::TooFewObservations`] before its first full
/// hour is over.
pub fn daily_impacts(
    history: &History<'_>,
    target: Period,
    settings: &BaselineSettings<'_>,
) -> Result<Vec<DailyImpact>, Absence> {
    let end = Timestamp::from_second(hour_of(target.start())).map_err(|_| Absence::OutOfRange)?;
    let target = from_full_hour(target)?;
    let before = history.before(end, weeks(settings.weeks)).ok_or(Absence::NoBaseline)?;
    if before.length() < SignedDuration::from_hours(7 * 24) {
        return Err(Absence::NoBaseline);
    }
    let week = Week::gather(history, before, settings);
    let days = usize::try_from(target.length().as_secs().div_euclid(DAY)).unwrap_or(0);
    let mut expected = vec![(0.0_f64, 0_u32); days];
    for part in target.hours() {
        if let (Some(day), Some(mean)) =
            (expected.get_mut(day_of(part.start(), target)), week.compares(&part).and_then(|slot| week.mean(slot)))
        {
            day.0 += mean;
            day.1 += 1;
        }
    }
    let mut observed = vec![0_i64; days];
    for row in history.hours.iter().filter(|row| target.contains(row.hour)) {
        let known = week.slot(row.hour).and_then(|slot| week.mean(slot)).is_some();
        if let Some(day) = observed.get_mut(day_of(row.hour, target)).filter(|_| known) {
            *day = day.saturating_add(week.units(row));
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
pub fn impact_trend(history: &History<'_>, target: Period, settings: &BaselineSettings<'_>) -> Result<RobustTrend, Absence> {
    let impacts = daily_impacts(history, target, settings)?;
    let points: Vec<_> = impacts.iter().map(|impact| (f64::from(impact.day), impact.percent)).collect();
    theil_sen(&points, 0.95)
}

/// What each hour of the week brought before a campaign.
struct Week {
    left_out: LeftOut,
    net: bool,
    /// Units, and the hours that they came in.
    slots: Vec<(i64, u32)>,
}

impl Week {
    fn gather(history: &History<'_>, before: Period, settings: &BaselineSettings<'_>) -> Self {
        let left_out = history.left_out(BaselineMethod::SameWeekdays, settings).before(before.end());
        let mut week = Self { left_out, net: settings.refunds == RefundTreatment::OwnDate, slots: vec![(0, 0); HOURS_OF_A_WEEK] };
        for part in before.hours() {
            if let Some(slot) = week.compares(&part).and_then(|slot| week.slots.get_mut(slot)) {
                slot.1 += 1;
            }
        }
        for row in history.hours.iter().filter(|row| before.contains(row.hour)) {
            let units = week.units(row);
            if let Some(slot) = week.slot(row.hour).and_then(|slot| week.slots.get_mut(slot)) {
                slot.0 = slot.0.saturating_add(units);
            }
        }
        week
    }

    const fn units(&self, row: &ProductHour) -> i64 {
        if self.net { row.units.saturating_sub(row.refunded_units) } else { row.units }
    }

    /// The hour of the week, unless the hour is left out.
    fn slot(&self, at: Timestamp) -> Option<usize> {
        let second = at.as_second();
        self.left_out.why(second).is_none().then(|| self.left_out.calendar.hour_of_week(second))
    }

    fn compares(&self, part: &Period) -> Option<usize> {
        self.slot(part.start()).filter(|_| part.length().as_secs() == HOUR)
    }

    /// The mean of a slot that had hours before the campaign.
    fn mean(&self, slot: usize) -> Option<f64> {
        self.slots.get(slot).filter(|(_, hours)| *hours > 0).map(|(units, hours)| *units as f64 / f64::from(*hours))
    }
}

fn day_of(at: Timestamp, target: Period) -> usize {
    usize::try_from(at.duration_since(target.start()).as_secs().div_euclid(DAY)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{hours, out_of_stock, row};

    const START: i64 = 14 * 24;

    fn plain() -> BaselineSettings<'static> {
        BaselineSettings::default()
    }

    /// Two weeks with one unit an hour, then what `units` says for each hour of the campaign.
    fn world(days: i64, units: impl Fn(i64) -> i64) -> Vec<campaign_pilot_core::ProductHour> {
        let campaign = (0..days * 24).map(|hour| row(START + hour, units(hour)));
        (0..START).map(|hour| row(hour, 1)).chain(campaign).collect()
    }

    #[test]
    fn days_are_compared_with_the_hours_before() {
        let rows = world(3, |hour| if hour < 24 { 2 } else { 1 });
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 60), &plain()).unwrap();
        assert_eq!(impacts.len(), 2, "the third day is not over");
        assert_eq!((impacts[0].observed, impacts[1].observed), (48, 24));
        assert!((impacts[0].percent - 100.0).abs() < 1e-9 && impacts[1].percent.abs() < 1e-9);
    }

    #[test]
    fn a_falling_impact_has_a_falling_trend_and_one_day_does_not_change_it() {
        let falling = |hour: i64| if hour % 24 < 24 - 2 * (hour / 24) { 2 } else { 1 };
        let rows = world(10, falling);
        let trend = impact_trend(&History::new(&rows), hours(START, START + 240), &plain()).unwrap();
        assert!((trend.slope + 100.0 / 12.0).abs() < 1e-9, "{trend:?}");
        let rows = world(10, |hour| if hour / 24 == 8 { 50 } else { falling(hour) });
        let shaken = impact_trend(&History::new(&rows), hours(START, START + 240), &plain()).unwrap();
        assert!(shaken.slope < -6.0 && shaken.high > shaken.slope, "{shaken:?}");
    }

    #[test]
    fn days_out_of_stock_are_left_out() {
        let mut rows = world(8, |_| 1);
        rows.iter_mut().skip(usize::try_from(START).unwrap() + 24).take(24).for_each(|hour| hour.in_stock = false);
        rows.push(out_of_stock(START + 100));
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 8 * 24), &plain()).unwrap();
        assert_eq!(impacts.iter().map(|impact| impact.day).collect::<Vec<_>>(), [0, 2, 3, 4, 5, 6, 7]);
        assert!(impacts.iter().all(|impact| impact.percent.abs() < 1e-9));
    }

    #[test]
    fn without_history_there_is_no_impact() {
        let rows: Vec<_> = (0..48).map(|hour| row(hour, 1)).collect();
        assert_eq!(daily_impacts(&History::new(&rows), hours(24, 48), &plain()), Err(Absence::NoBaseline));
    }

    #[test]
    fn what_comes_back_does_not_blur_the_impact() {
        // A fifth comes back a week later, so that nothing of the campaign is back yet.
        let mut rows = world(3, |_| 2);
        rows.iter_mut().skip(7 * 24).step_by(5).take(30).for_each(|hour| hour.refunded_units = 1);
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 72), &plain()).unwrap();
        assert!(impacts.iter().all(|impact| impact.observed == 48 && (impact.percent - 100.0).abs() < 1e-9), "{impacts:?}");
        let own = BaselineSettings { refunds: RefundTreatment::OwnDate, ..plain() };
        let blurred = daily_impacts(&History::new(&rows), hours(START, START + 72), &own).unwrap();
        assert!(blurred.iter().all(|impact| impact.percent > 101.0), "{blurred:?}");
    }

    #[test]
    fn holidays_are_left_out_and_hours_are_the_shops() {
        let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        // Sold at nine in the morning in Berlin, whose summer ends at hour -191; the third day of the campaign is a feast.
        let morning = |hour: i64| i64::from((hour + if hour < -191 { 2 } else { 1 }).rem_euclid(24) == 9);
        let rows: Vec<_> =
            (-START..96).map(|hour| row(hour, if (47..71).contains(&hour) { 40 } else { morning(hour) * 10 })).collect();
        let feast = [jiff::civil::date(2026, 11, 4)];
        let settings = BaselineSettings { zone: berlin.clone(), holidays: &feast, ..plain() };
        let impacts = daily_impacts(&History::new(&rows), hours(0, 96), &settings).unwrap();
        assert!(impacts.iter().all(|impact| impact.percent.abs() < 1e-9), "{impacts:?}");
        for unaware in [BaselineSettings { holidays: &feast, ..plain() }, BaselineSettings { zone: berlin, ..plain() }] {
            let impacts = daily_impacts(&History::new(&rows), hours(0, 96), &unaware).unwrap();
            assert!(impacts.iter().any(|impact| impact.percent.abs() > 1.0), "{impacts:?}");
        }
    }

    #[test]
    fn an_hour_without_a_past_is_on_neither_side() {
        let mut rows = world(2, |hour| if hour == 5 { 1_000 } else { 1 });
        for at in [5, 7 * 24 + 5] {
            rows[at].in_stock = false;
        }
        let impacts = daily_impacts(&History::new(&rows), hours(START, START + 48), &plain()).unwrap();
        assert!(impacts.iter().all(|impact| impact.percent.abs() < 1e-9), "{impacts:?}");
    }
}
