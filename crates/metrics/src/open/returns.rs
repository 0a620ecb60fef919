//! Goods that are still to come back.

use campaign_pilot_core::{Absence, Money, Period};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Cohort, Completion, Delay, Expected, LagCurve, complete};

/// What was sold in a period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sold {
    /// When.
    pub period: Period,
    /// How many units.
    pub units: u64,
    /// For how much.
    pub revenue: Money,
}

/// Returns that are expected of what was sold.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ExpectedReturns {
    /// Which share of the units comes back in the end.
    pub rate: f64,
    /// Units by day of sale: what has come back, and what is still to come.
    pub units: Completion,
    /// The revenue that is still to go, at the mean price of a unit.
    pub revenue: Expected,
}

/// How many of the units sold are still to come back, learned from how many did and when.
///
/// A day's sales are young or old: of the old ones all that comes back has come, of yesterday's hardly anything has. Returns seen so far,
/// taken as they are, make recent sales look better than they will have been.
///
/// `returns` has one entry for each unit that came back, with the time of its sale; `window` is the time in which goods may come
/// back.
///
/// # Errors
///
/// As [`LagCurve::learn`] and [`complete`]; [`Absence::MixedCurrencies`] for sales of several currencies, [`Absence::NoSales`] without
/// units.
///
/// ```
/// use campaign_pilot_core::{Currency, Money, Period};
/// use campaign_pilot_metrics::open::{Delay, Sold, expected_returns};
/// use jiff::{SignedDuration, Timestamp};
/// use rust_decimal::dec;
///
/// let start: Timestamp = "2026-10-01T00:00:00Z".parse()?;
/// let day = |day: i64| start + SignedDuration::from_hours(24 * day);
/// let sold: Vec<Sold> = (0..40)
///     .map(|at| Sold { period: Period::new(day(at), day(at + 1)).unwrap(), units: 10, revenue: Money::new(dec!(300), Currency::EUR) })
///     .collect();
/// // One unit of each day comes back after ten days: nothing yet of the last ten days.
/// let returns: Vec<Delay> = (0..30).map(|at| Delay { origin: day(at), seen: day(at + 10) }).collect();
/// let found = expected_returns(&sold, &returns, day(40), SignedDuration::from_hours(24), SignedDuration::from_hours(24 * 14), 0.9)?;
/// assert!((found.rate - 0.1).abs() < 0.01);
/// assert!((found.units.unseen - 10.0).abs() < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn expected_returns(
    sold: &[Sold],
    returns: &[Delay],
    now: Timestamp,
    step: SignedDuration,
    window: SignedDuration,
    confidence: f64,
) -> Result<ExpectedReturns, Absence> {
    let currency = sold.first().map(|day| day.revenue.currency).ok_or(Absence::NoSales)?;
    let units: u64 = sold.iter().fold(0, |sum, day| sum.saturating_add(day.units));
    let revenue = Money::sum(currency, sold.iter().map(|day| day.revenue)).map_err(|error| match error {
        campaign_pilot_core::MoneyError::CurrencyMismatch { .. } => Absence::MixedCurrencies,
        _ => Absence::OutOfRange,
    })?;
    if units == 0 {
        return Err(Absence::NoSales);
    }
    let price = revenue.amount.checked_div(units.into()).map(|price| Money::new(price, currency)).ok_or(Absence::OutOfRange)?;
    let curve = LagCurve::learn(returns, now, step, window)?;
    let seen = SeenOrigins::new(returns, now);
    let cohorts: Vec<Cohort> =
        sold.iter().map(|day| Cohort { period: day.period, origins: Some(day.units), seen: seen.within(day.period) }).collect();
    let completion = complete(&cohorts, &curve, now, confidence)?;
    let rate = (completion.seen as f64 + completion.unseen) / units as f64;
    Ok(ExpectedReturns { rate: rate.min(1.0), revenue: Expected::of_unseen(&completion, price)?, units: completion })
}

/// The origins of what has been seen by now, in order: each period's are then found by bisection.
pub(super) struct SeenOrigins(Vec<Timestamp>);

impl SeenOrigins {
    pub(super) fn new(delays: &[Delay], now: Timestamp) -> Self {
        let mut origins: Vec<_> = delays.iter().filter(|delay| delay.seen <= now).map(|delay| delay.origin).collect();
        origins.sort_unstable();
        Self(origins)
    }

    /// How many of a period's origins have been seen.
    pub(super) fn within(&self, period: Period) -> u64 {
        let before = |end: Timestamp| self.0.partition_point(|origin| *origin < end);
        before(period.end()).saturating_sub(before(period.start())) as u64
    }
}
