//! Where a product stands in its life, by its own sales curve.

use campaign_pilot_core::{Absence, Period};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::history::{HOUR, History};
use crate::robust::{RobustTrend, median, theil_sen};

/// How many weeks before the look the sales curve is judged by.
pub const LIFECYCLE_WEEKS: u32 = 12;

/// For how many weeks after its first sale a product that does not move yet counts as introduced and not as mature.
pub const INTRODUCTION_WEEKS: u32 = 8;

/// By how much, in percent over the weeks looked at, a curve has to move to count as growth or decline.
pub const LIFECYCLE_CHANGE: f64 = 10.0;

const WEEK: i64 = 7 * 24 * HOUR;

/// Where a product stands in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleStage {
    /// Its first sale is less than [`INTRODUCTION_WEEKS`] ago and its sales do not clearly move yet.
    Introduction,
    /// Its sales rise.
    Growth,
    /// Its sales stay where they are, as far as can be told.
    Maturity,
    /// Its sales fall.
    Decline,
}

impl LifecycleStage {
    /// The stage's risk: growth 0, maturity 0.25, introduction 0.5 (nothing is proven yet), decline 1.
    #[must_use]
    pub fn risk(self) -> Decimal {
        match self {
            Self::Growth => Decimal::ZERO,
            Self::Maturity => Decimal::new(25, 2),
            Self::Introduction => Decimal::new(5, 1),
            Self::Decline => Decimal::ONE,
        }
    }
}

/// A product's stage, and the curve that it was judged by.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Lifecycle {
    /// The stage.
    pub stage: LifecycleStage,
    /// The change over the weeks looked at, in percent of their middle; `None` in the first weeks of a product.
    pub change: Option<LifecycleChange>,
    /// How many weeks were looked at.
    pub weeks: u32,
    /// Weeks since the first sale, when that lies within the history.
    pub age: Option<u32>,
}

/// How far a sales curve moved, in percent of its middle.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct LifecycleChange {
    /// By the robust line.
    pub percent: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end of its 95 % interval.
    pub high: f64,
}

/// The stage of a product with these weekly sales, oldest first and up to the look. `None` is a week without a number, such
/// as one out of stock. `launched` says that the first week is the one of the product's first sale.
///
/// # Formula
///
/// A [`theil_sen`] line through the last [`LIFECYCLE_WEEKS`] weeks; its slope over these weeks is put into percent of their
/// median. Growth when the change is above [`LIFECYCLE_CHANGE`] and its 95 % interval above 0, decline when it is below
/// and the interval below 0; otherwise introduction in the first [`INTRODUCTION_WEEKS`] weeks after the launch, maturity
/// later. A product that was launched less than five weeks ago has no line yet: introduction.
///
/// A season looks like growth and decline, since the curve is all that is looked at. Give the product's share of the
/// store's sales instead of its sales to take the common season out.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] below five weeks without a launch, [`Absence::NoSales`] when the median week has none,
/// otherwise as [`theil_sen`].
///
/// ```
/// use campaign_pilot_metrics::{LifecycleStage, lifecycle};
///
/// let weeks = |units: &[f64]| units.iter().map(|units| Some(*units)).collect::<Vec<_>>();
/// let stage = |units: &[f64], launched| lifecycle(&weeks(units), launched).map(|lifecycle| lifecycle.stage);
/// assert_eq!(stage(&[2.0, 5.0, 3.0], true)?, LifecycleStage::Introduction);
/// assert_eq!(stage(&[2.0, 3.0, 5.0, 9.0, 14.0, 19.0, 27.0], true)?, LifecycleStage::Growth);
/// assert_eq!(stage(&[40.0, 38.0, 43.0, 39.0, 41.0, 37.0, 42.0, 40.0], false)?, LifecycleStage::Maturity);
/// assert_eq!(stage(&[40.0, 36.0, 33.0, 27.0, 25.0, 20.0, 14.0, 11.0], false)?, LifecycleStage::Decline);
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn lifecycle(weekly_units: &[Option<f64>], launched: bool) -> Result<Lifecycle, Absence> {
    let total = u32::try_from(weekly_units.len()).map_err(|_| Absence::OutOfRange)?;
    let age = launched.then_some(total);
    let recent = weekly_units.len().saturating_sub(LIFECYCLE_WEEKS as usize);
    let numbered = weekly_units.iter().skip(recent).zip(0u32..);
    let points: Vec<_> = numbered.filter_map(|(units, week)| units.map(|units| (f64::from(week), units))).collect();
    let weeks = u32::try_from(points.len()).unwrap_or(LIFECYCLE_WEEKS);
    if points.iter().any(|(_, units)| !units.is_finite()) {
        return Err(Absence::NotFinite);
    }
    let young = age.is_some_and(|age| age < INTRODUCTION_WEEKS);
    let change = match theil_sen(&points, 0.95) {
        Ok(trend) => change(&points, &trend)?,
        Err(Absence::TooFewObservations) if young => {
            return Ok(Lifecycle { stage: LifecycleStage::Introduction, change: None, weeks, age });
        }
        Err(absence) => return Err(absence),
    };
    let stage = if change.percent > LIFECYCLE_CHANGE && change.low > 0.0 {
        LifecycleStage::Growth
    } else if change.percent < -LIFECYCLE_CHANGE && change.high < 0.0 {
        LifecycleStage::Decline
    } else if young {
        LifecycleStage::Introduction
    } else {
        LifecycleStage::Maturity
    };
    Ok(Lifecycle { stage, change: Some(change), weeks, age })
}

fn change(points: &[(f64, f64)], trend: &RobustTrend) -> Result<LifecycleChange, Absence> {
    let mut units: Vec<f64> = points.iter().map(|point| point.1).collect();
    units.sort_by(f64::total_cmp);
    let level = median(&units).filter(|level| *level > 0.0).ok_or(Absence::NoSales)?;
    let span = points.last().map_or(0.0, |last| last.0) - points.first().map_or(0.0, |first| first.0);
    let percent = |slope: f64| {
        let percent = slope * span / level * 100.0;
        if percent.is_finite() { Ok(percent) } else { Err(Absence::OutOfRange) }
    };
    Ok(LifecycleChange { percent: percent(trend.slope)?, low: percent(trend.low)?, high: percent(trend.high)? })
}

/// The stage of a product before `until`, from its remembered hours: [`lifecycle`] over the full weeks that end there.
///
/// The first sale within the history counts as the launch when the history covers at least four weeks before it: a product
/// that sells rarely would seem new otherwise. Weeks are put to their length in stock; those in stock for less than half
/// of it are left out.
///
/// # Errors
///
/// [`Absence::NoBaseline`] without history, [`Absence::NoSales`] without any sale, otherwise as [`lifecycle`].
pub fn lifecycle_of(history: &History<'_>, until: Timestamp) -> Result<Lifecycle, Absence> {
    let covered = history.covered().ok_or(Absence::NoBaseline)?;
    let available = until.min(covered.end()).duration_since(covered.start()).as_secs().div_euclid(WEEK);
    let count = usize::try_from(available).map_err(|_| Absence::TooFewObservations)?;
    let end = until.min(covered.end()).as_second();
    let mut weeks = vec![(0_i64, WEEK); count];
    let week_of = |at: Timestamp| -> Option<usize> {
        let back = usize::try_from((end - 1 - at.as_second()).div_euclid(WEEK)).ok()?;
        count.checked_sub(back + 1)
    };
    let first_sale = history.hours.iter().filter(|row| row.units > 0 && row.hour < until).map(|row| row.hour).min();
    for row in history.hours.iter().filter(|row| row.hour < until) {
        if let Some((units, _)) = week_of(row.hour).and_then(|week| weeks.get_mut(week)) {
            *units = units.saturating_add(row.units.saturating_sub(row.refunded_units));
        }
    }
    for hour in history.out_of_stock() {
        let at = Timestamp::from_second(hour).map_err(|_| Absence::OutOfRange)?;
        if let Some((_, seconds)) = week_of(at).filter(|_| at < until).and_then(|week| weeks.get_mut(week)) {
            *seconds = seconds.saturating_sub(HOUR);
        }
    }
    let first_sale = first_sale.ok_or(Absence::NoSales)?;
    let quiet = Period::new(covered.start(), first_sale).map_or(SignedDuration::ZERO, Period::length);
    let launched = quiet >= SignedDuration::from_hours(4 * 7 * 24);
    let skipped = if launched { week_of(first_sale).unwrap_or(count) } else { 0 };
    let weekly: Vec<Option<f64>> = weeks
        .into_iter()
        .skip(skipped)
        .map(|(units, seconds)| (seconds * 2 >= WEEK).then(|| units as f64 * WEEK as f64 / seconds as f64))
        .collect();
    lifecycle(&weekly, launched)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{at, hours, out_of_stock, row};

    const WEEK_HOURS: i64 = 7 * 24;

    #[test]
    fn a_steep_launch_is_growth_and_a_quiet_one_introduction() {
        let known = |units: &[f64]| units.iter().copied().map(Some).collect::<Vec<_>>();
        let quiet = lifecycle(&known(&[4.0, 6.0, 3.0, 5.0, 4.0, 6.0]), true).unwrap();
        assert_eq!((quiet.stage, quiet.age), (LifecycleStage::Introduction, Some(6)));
        let old = lifecycle(&known(&[4.0, 6.0, 3.0, 5.0, 4.0, 6.0, 5.0, 4.0]), true).unwrap();
        assert_eq!(old.stage, LifecycleStage::Maturity);
    }

    #[test]
    fn only_the_last_weeks_count() {
        let rise_then_rest: Vec<_> = (0..20).map(|week| Some(f64::from(week))).chain([Some(20.0); 12]).collect();
        let lifecycle = lifecycle(&rise_then_rest, true).unwrap();
        assert_eq!((lifecycle.stage, lifecycle.weeks), (LifecycleStage::Maturity, 12));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert_eq!(lifecycle(&[Some(3.0); 4], false), Err(Absence::TooFewObservations));
        assert_eq!(lifecycle(&[Some(0.0); 9], false), Err(Absence::NoSales));
        assert_eq!(lifecycle(&[Some(f64::INFINITY); 9], false), Err(Absence::NotFinite));
        assert_eq!(lifecycle_of(&History::new(&[]), at(0)), Err(Absence::NoBaseline));
    }

    #[test]
    fn a_launch_within_the_history_is_seen() {
        let rows: Vec<_> = (8 * WEEK_HOURS..11 * WEEK_HOURS).map(|hour| row(hour, 1)).collect();
        let history = History::new(&rows).covering(hours(0, 11 * WEEK_HOURS));
        let young = lifecycle_of(&history, at(11 * WEEK_HOURS)).unwrap();
        assert_eq!((young.stage, young.age), (LifecycleStage::Introduction, Some(3)));
        assert_eq!(lifecycle_of(&history, at(5 * WEEK_HOURS)), Err(Absence::NoSales));
    }

    #[test]
    fn weeks_out_of_stock_are_no_decline() {
        let units = |hour: i64| if hour < 6 * WEEK_HOURS { row(hour, 1) } else { out_of_stock(hour) };
        let rows: Vec<_> = (0..9 * WEEK_HOURS).map(units).collect();
        let lifecycle = lifecycle_of(&History::new(&rows), at(9 * WEEK_HOURS)).unwrap();
        assert_eq!((lifecycle.stage, lifecycle.weeks), (LifecycleStage::Maturity, 6));
    }

    #[test]
    fn half_a_week_out_of_stock_is_made_up_for() {
        let rows: Vec<_> = (0..8 * WEEK_HOURS)
            .map(|hour| if hour % WEEK_HOURS < 60 && hour > 6 * WEEK_HOURS { out_of_stock(hour) } else { row(hour, 1) })
            .collect();
        let lifecycle = lifecycle_of(&History::new(&rows), at(8 * WEEK_HOURS)).unwrap();
        assert!(lifecycle.change.unwrap().percent.abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn neither_scale_nor_currency_of_the_curve_matters(units in proptest::collection::vec(1u32..200, 5..20), factor in 1u32..100, launched: bool) {
            let stage = |factor: u32| {
                let curve: Vec<_> = units.iter().map(|units| Some(f64::from(units * factor))).collect();
                lifecycle(&curve, launched).unwrap().stage
            };
            prop_assert_eq!(stage(1), stage(factor));
        }

        #[test]
        fn never_gives_a_number_that_is_none(units in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..15), launched: bool) {
            if let Ok(Lifecycle { change: Some(change), .. }) = lifecycle(&units, launched) {
                prop_assert!([change.percent, change.low, change.high].iter().all(|value| value.is_finite()));
            }
        }
    }
}
