//! One share of trials.

use serde::{Deserialize, Serialize};

use super::binomial::clopper_pearson;
use super::{Bounds, RateError, bounds, critical, tail};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement};

/// How an interval of a share of trials is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ProportionMethod {
    /// The shares that a score test does not reject (Wilson, 1927): good for any size.
    Wilson,
    /// The shares that neither exact one-sided test rejects: holds at least as often as it says.
    ClopperPearson,
    /// Wald with about two successes and two failures added (Agresti and Coull, 1998).
    AgrestiCoull,
    /// The middle of the posterior under Jeffreys' prior.
    Jeffreys,
    /// Normal around the observed share: wrong near 0 and 1 and for few trials; here to compare with.
    Wald,
}

/// Where the success probability behind `successes` of `trials` may lie.
///
/// # Errors
///
/// [`RateError::Trials`] without trials or for more successes than trials, [`RateError::Confidence`] unless the level lies
/// between 0 and 1.
///
/// ```
/// use campaign_pilot_metrics::rates::{ProportionMethod, proportion_interval};
///
/// let between = proportion_interval(0, 40, ProportionMethod::ClopperPearson, 0.95)?;
/// assert_eq!(between.low, 0.0);
/// assert!((between.high.unwrap() - 0.0881).abs() < 1e-4);
/// # Ok::<(), campaign_pilot_metrics::rates::RateError>(())
/// ```
pub fn proportion_interval(successes: u64, trials: u64, method: ProportionMethod, level: f64) -> Result<Bounds, RateError> {
    if trials == 0 || successes > trials {
        return Err(RateError::Trials);
    }
    let (z, tail) = (critical(level)?, tail(level)?);
    let (k, n) = (successes as f64, trials as f64);
    let share = k / n;
    let inside = |low: f64, high: f64| bounds(low.max(0.0), high.min(1.0));
    match method {
        ProportionMethod::Wilson => {
            let (low, high) = wilson(successes, trials, z);
            inside(low, high)
        }
        ProportionMethod::ClopperPearson => {
            let (low, high) = clopper_pearson(successes, trials, tail).ok_or(RateError::NotFinite)?;
            inside(low, high)
        }
        ProportionMethod::AgrestiCoull => {
            let n = n + z * z;
            let share = (k + z * z / 2.0) / n;
            let half = z * (share * (1.0 - share) / n).sqrt();
            inside(share - half, share + half)
        }
        ProportionMethod::Jeffreys => {
            let (a, b) = (k + 0.5, n - k + 0.5);
            let ends = inverse_beta_reg(a, b, tail).zip(inverse_beta_reg_complement(a, b, tail));
            ends.ok_or(RateError::NotFinite).and_then(|(low, high)| inside(low, high))
        }
        ProportionMethod::Wald => {
            let half = z * (share * (1.0 - share) / n).sqrt();
            inside(share - half, share + half)
        }
    }
}

/// The ends of Wilson's interval.
pub(super) fn wilson(successes: u64, trials: u64, z: f64) -> (f64, f64) {
    let (k, n) = (successes as f64, trials as f64);
    let center = (k + z * z / 2.0) / (n + z * z);
    let half = z / (n + z * z) * (k * (n - k) / n + z * z / 4.0).sqrt();
    // Exactly 0 and 1 at the ends, where rounding would leave a little.
    let low = if successes == 0 { 0.0 } else { center - half };
    let high = if successes == trials { 1.0 } else { center + half };
    (low, high)
}
