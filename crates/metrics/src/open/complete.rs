//! Recent days with what has not been seen of them yet.

use campaign_pilot_core::{Absence, Period};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{LagCurve, reach};
use crate::lift::Interval;

/// Below this share of a day nothing can be said from what was seen of it alone.
const LEAST_SHARE: f64 = 1e-3;
/// In how many parts a period's origins are taken to lie.
const PARTS: i32 = 24;

/// The origins of a period and what was seen of them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cohort {
    /// When the origins lie: a day of clicks, a day of sales.
    pub period: Period,
    /// How many origins there are, where they are known: clicks, or units sold.
    pub origins: Option<u64>,
    /// How many conversions (or returns) of these origins were seen so far.
    pub seen: u64,
}

/// What the unseen was inferred from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionMethod {
    /// What was seen of the same cohort, by the share that is usually seen by then (chain ladder).
    Seen,
    /// The origins of the cohort, by the rate of all cohorts and the share that is usually still to come (Cape Cod): steady for
    /// the youngest days, where hardly anything has been seen.
    Origins,
}

/// A cohort with what is still to come.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Completed {
    /// The cohort's period.
    pub period: Period,
    /// What was seen.
    pub seen: u64,
    /// The share of all that will be seen which is usually seen by now.
    pub share: f64,
    /// How many are still to come.
    pub unseen: f64,
    /// The interval of those still to come, from zero up.
    pub interval: Interval,
}

/// All cohorts with what is still to come.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Completion {
    /// What it was inferred from.
    pub method: CompletionMethod,
    /// Each cohort, as given.
    pub cohorts: Vec<Completed>,
    /// How many were seen.
    pub seen: u64,
    /// How many are still to come.
    pub unseen: f64,
    /// The interval of those still to come: errors of the curve and of the rate are shared by all cohorts.
    pub interval: Interval,
}

/// Completes cohorts by what is still to come of them.
///
/// # Formula
///
/// With `F` the share of a cohort seen by `now`, averaged over its period, and `N` what was seen:
///
/// - without origins, `N (1 - F) / F` (chain ladder), with the variance `(N + 1/2) (1 - F) / F² + (N / F)² v`: the negative
///   binomial one of a Poisson rate known from `N` alone, and the curve's, `v` being the variance of `log F`;
/// - with the origins `E` of every cohort, `(1 - F) E r` with `r = sum N / sum F E` (Cape Cod), with the variance
///   `(1 - F) E r + ((1 - F) E r)² / (sum N + 1/2) + (F E r)² v`.
///
/// The interval is that of a gamma distribution with this mean and variance, or, where nothing was seen, of one with the
/// variance alone. Conversions must come one by one: where they come in bunches it is too narrow.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] without cohorts, without anything seen in any, or when a cohort without origins is so young
/// that hardly any of it can have been seen; [`Absence::OutOfRange`] for a confidence that is none.
///
/// ```
/// use campaign_pilot_core::Period;
/// use campaign_pilot_metrics::open::{Cohort, Delay, LagCurve, complete};
/// use jiff::{SignedDuration, Timestamp};
///
/// let start: Timestamp = "2026-11-01T00:00:00Z".parse()?;
/// let hours = |hours| start + SignedDuration::from_hours(hours);
/// let (now, day) = (hours(10 * 24), SignedDuration::from_hours(24));
/// // Every day's clicks lead to three conversions at once and one a day and a half later.
/// let delays: Vec<Delay> = (0..10)
///     .flat_map(|day| [1, 2, 3, 36].map(|late| Delay { origin: hours(day * 24), seen: hours(day * 24 + late) }))
///     .filter(|delay| delay.seen <= now)
///     .collect();
/// let curve = LagCurve::learn(&delays, now, day, 3 * day)?;
/// let yesterday = Cohort { period: Period::new(hours(9 * 24), hours(10 * 24))?, origins: None, seen: 3 };
/// let found = complete(&[yesterday], &curve, now, 0.9)?;
/// assert!(found.unseen > 1.0 && found.interval.contains(found.unseen));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn complete(cohorts: &[Cohort], curve: &LagCurve, now: Timestamp, confidence: f64) -> Result<Completion, Absence> {
    let half = reach(confidence)?;
    let seen: u64 = cohorts.iter().fold(0, |sum, cohort| sum.saturating_add(cohort.seen));
    if seen == 0 {
        return Err(Absence::TooFewObservations);
    }
    let aged: Vec<Aged> = cohorts.iter().map(|cohort| Aged::new(cohort, curve, now)).collect();
    let origins: Option<Vec<f64>> = cohorts.iter().map(|cohort| cohort.origins.map(|origins| origins as f64)).collect();
    let (method, parts) = match origins {
        Some(origins) => (CompletionMethod::Origins, by_origins(&aged, &origins, seen as f64)?),
        None => (CompletionMethod::Seen, aged.iter().map(by_seen).collect::<Result<Vec<_>, _>>()?),
    };
    let completed = cohorts.iter().zip(&aged).zip(&parts).map(|((cohort, aged), part)| Completed {
        period: cohort.period,
        seen: cohort.seen,
        share: aged.share,
        unseen: part.mean,
        interval: part.interval(half, confidence),
    });
    let total = Part {
        mean: parts.iter().map(|part| part.mean).sum(),
        own: parts.iter().map(|part| part.own).sum(),
        // Shared errors add up before they are squared.
        shared: parts.iter().map(|part| part.shared.sqrt()).sum::<f64>().powi(2),
    };
    if !(total.mean.is_finite() && total.own.is_finite() && total.shared.is_finite()) {
        return Err(Absence::OutOfRange);
    }
    Ok(Completion { method, cohorts: completed.collect(), seen, unseen: total.mean, interval: total.interval(half, confidence) })
}

/// A cohort with its share.
struct Aged {
    seen: f64,
    share: f64,
    log_variance: f64,
}

impl Aged {
    fn new(cohort: &Cohort, curve: &LagCurve, now: Timestamp) -> Self {
        let length = cohort.period.length();
        let mut share = 0.0;
        for part in 0..PARTS {
            // The middle of each part; origins that lie in the future have been seen to no share.
            let place = length.mul_f64((f64::from(part) + 0.5) / f64::from(PARTS));
            let age = now.duration_since(cohort.period.start()).checked_sub(place).unwrap_or(SignedDuration::ZERO);
            share += curve.share_after(age) / f64::from(PARTS);
        }
        let age = now.duration_since(cohort.period.start()).checked_sub(length / 2).unwrap_or(SignedDuration::ZERO);
        Self { seen: cohort.seen as f64, share, log_variance: curve.log_variance_after(age) }
    }
}

/// What is still to come: its mean, its own variance, and the variance that it shares with the other cohorts.
struct Part {
    mean: f64,
    own: f64,
    shared: f64,
}

impl Part {
    /// The interval of a gamma distribution by the cube-root approximation of Wilson and Hilferty.
    fn interval(&self, half: f64, confidence: f64) -> Interval {
        let variance = self.own + self.shared;
        if variance <= 0.0 {
            return Interval { lower: self.mean, upper: self.mean, confidence };
        }
        if self.mean <= 0.0 {
            return Interval { lower: 0.0, upper: half * variance.sqrt(), confidence };
        }
        let ninth = variance / (9.0 * self.mean * self.mean);
        let end = |sign: f64| (1.0 - ninth + sign * half * ninth.sqrt()).max(0.0).powi(3) * self.mean;
        Interval { lower: end(-1.0), upper: end(1.0).max(self.mean), confidence }
    }
}

fn by_seen(cohort: &Aged) -> Result<Part, Absence> {
    let (share, seen) = (cohort.share, cohort.seen);
    if share < LEAST_SHARE {
        return Err(Absence::TooFewObservations);
    }
    Ok(Part {
        mean: seen * (1.0 - share) / share,
        own: (seen + 0.5) * (1.0 - share) / (share * share),
        shared: (seen / share).powi(2) * cohort.log_variance,
    })
}

fn by_origins(cohorts: &[Aged], origins: &[f64], seen: f64) -> Result<Vec<Part>, Absence> {
    let exposed: f64 = cohorts.iter().zip(origins).map(|(cohort, origins)| cohort.share * origins).sum();
    if exposed <= 0.0 {
        return Err(Absence::TooFewObservations);
    }
    let rate = seen / exposed;
    let part = |(cohort, origins): (&Aged, &f64)| {
        let mean = (1.0 - cohort.share) * origins * rate;
        let curve = (cohort.share * origins * rate).powi(2) * cohort.log_variance;
        Part { mean, own: mean, shared: mean * mean / (seen + 0.5) + curve }
    };
    Ok(cohorts.iter().zip(origins).map(part).collect())
}
