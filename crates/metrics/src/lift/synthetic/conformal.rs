//! Conformal inference by moving blocks (Chernozhukov, Wüthrich and Zhu, 2021).

use serde::{Deserialize, Serialize};

use super::{Fit, SyntheticSettings, synthetic_control};
use crate::lift::{Interval, LiftError, all_finite, same_length};
use crate::linear::count;

/// How often the search halves its bracket.
const HALVINGS: usize = 40;
/// How often the search doubles its distance.
const DOUBLINGS: usize = 40;

/// A test and an interval that need no model of the errors, only that they would come as well in another order of time.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Conformal {
    /// The p-value of no effect. The smallest possible is 1 / number of observations.
    pub p_value: f64,
    /// The constant effects around the estimate that are not rejected.
    pub interval: Interval,
}

/// The p-value of a constant `effect` per observation since the campaign began.
///
/// # Formula
///
/// The hypothetical effect is taken away, the synthetic control fitted on all observations, before and since; the statistic is
/// the mean magnitude of the residuals since. The p-value is the share of the cyclic shifts of the residuals (moving blocks)
/// with a statistic at least as large, the shift by zero included.
///
/// # Errors
///
/// As [`synthetic_control`]; [`LiftError::NotFinite`] for an effect that is not finite.
pub fn conformal_p_value(
    treated: &[f64],
    donors: &[Vec<f64>],
    before: usize,
    effect: f64,
    settings: SyntheticSettings,
) -> Result<f64, LiftError> {
    all_finite(treated.iter().chain([&effect]))?;
    for donor in donors {
        same_length(treated.len(), donor.len())?;
        all_finite(donor)?;
    }
    super::at_least(1, donors.len())?;
    super::at_least(before.max(1) + 1, treated.len())?;
    let adjusted: Vec<f64> =
        treated.iter().enumerate().map(|(row, value)| if row < before { *value } else { value - effect }).collect();
    all_finite(&adjusted).map_err(|_| LiftError::OutOfRange)?;
    let fit = Fit::new(&adjusted, donors, treated.len(), settings)?;
    all_finite(&fit.residuals).map_err(|_| LiftError::OutOfRange)?;
    Ok(share_of_shifts(&fit.residuals, treated.len() - before))
}

/// The share of cyclic shifts whose last `length` residuals are on average at least as large as the last `length` ones.
fn share_of_shifts(residuals: &[f64], length: usize) -> f64 {
    let sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    let statistic = |shift: usize| -> f64 { sizes.iter().cycle().skip(shift).take(length).sum() };
    let observed = statistic(sizes.len() - length);
    // Shifts that are equal but for rounding count as equal.
    let threshold = observed - 1e-12 * observed.abs();
    count((0..sizes.len()).filter(|shift| statistic(*shift) >= threshold).count()) / count(sizes.len())
}

/// The conformal test of no effect, and the interval of the effects that are not rejected.
///
/// The interval is what is connected to the estimate: the search walks away from it on both sides in doubling steps, then
/// halves the last one. Each step fits anew.
///
/// # Errors
///
/// As [`synthetic_control`]; [`LiftError::TooFew`] when there are so few observations that nothing could be rejected with this
/// confidence, [`LiftError::OutOfRange`] when the interval has no end.
pub fn conformal(
    treated: &[f64],
    donors: &[Vec<f64>],
    before: usize,
    confidence: f64,
    settings: SyntheticSettings,
) -> Result<Conformal, LiftError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(LiftError::Setting);
    }
    let p_value = |effect: f64| conformal_p_value(treated, donors, before, effect, settings);
    let estimate = synthetic_control(treated, donors, before, settings)?;
    // A share of the observations that is meant to be equal to alpha counts as equal.
    let alpha = 1.0 - confidence + 1e-12;
    if count(treated.len()) * alpha < 1.0 {
        return Err(LiftError::TooFew { needed: needed(alpha), found: treated.len() });
    }
    // Residuals of the usual size are a sensible first step; a perfect imitation leaves only rounding.
    let step = (estimate.imbalance / count(before).sqrt()).max(estimate.average.abs() * 1e-6).max(f64::MIN_POSITIVE);
    let end = |direction: f64| -> Result<f64, LiftError> {
        let (mut inside, mut distance) = (0.0, step);
        for _ in 0..DOUBLINGS {
            if p_value(estimate.average + direction * distance)? <= alpha {
                return halve(inside, distance, |distance| Ok(p_value(estimate.average + direction * distance)? > alpha))
                    .map(|distance| estimate.average + direction * distance);
            }
            inside = distance;
            distance *= 2.0;
        }
        Err(LiftError::OutOfRange)
    };
    let interval = Interval { lower: end(-1.0)?, upper: end(1.0)?, confidence };
    Ok(Conformal { p_value: p_value(0.0)?, interval })
}

/// The border between `inside` and `outside`, seen from the outside.
fn halve(mut inside: f64, mut outside: f64, holds: impl Fn(f64) -> Result<bool, LiftError>) -> Result<f64, LiftError> {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(inside, outside);
        if holds(middle)? { inside = middle } else { outside = middle }
    }
    Ok(outside)
}

/// The fewest observations with which a p-value can be at most alpha.
fn needed(alpha: f64) -> usize {
    (1..).take(1_000_000).find(|size| count(*size) * alpha >= 1.0).unwrap_or(1_000_000)
}
