//! What is believed about the share before and after.

use serde::{Deserialize, Serialize};

use super::CAUSED_SHARE_CONFIDENCE;
use crate::linear::count;

/// The largest share that is thought possible before clamping: ads may bring a little more than is credited.
const LARGEST: f64 = 1.2;

/// Points of the density.
const POINTS: usize = 801;

/// What is believed about the caused share before a shop's own sales are seen: a normal law, cut off outside of 0 to 1.2.
///
/// ```
/// use campaign_pilot_metrics::SharePrior;
///
/// assert_eq!(SharePrior::new(0.75, 0.15)?, SharePrior::default());
/// assert!(SharePrior::new(0.75, 0.0).is_err());
/// # Ok::<(), campaign_pilot_metrics::SharePriorError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Given", into = "Given")]
pub struct SharePrior {
    mean: f64,
    sd: f64,
}

/// A prior as it is written down.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Given {
    mean: f64,
    sd: f64,
}

/// Why a [`SharePrior`] is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SharePriorError {
    /// The mean has to lie between 0 and 1.2.
    #[error("the mean does not lie between 0 and 1.2")]
    Mean,
    /// The standard deviation has to lie between a millionth and a million.
    #[error("the standard deviation does not lie between a millionth and a million")]
    Sd,
}

impl SharePrior {
    /// A normal law with this mean and standard deviation before it is cut off.
    ///
    /// # Errors
    ///
    /// [`SharePriorError`] for a mean outside of 0 to 1.2 or a standard deviation outside of 1e-6 to 1e6.
    pub fn new(mean: f64, sd: f64) -> Result<Self, SharePriorError> {
        if !(0.0..=LARGEST).contains(&mean) {
            return Err(SharePriorError::Mean);
        }
        if (1e-6..=1e6).contains(&sd) { Ok(Self { mean, sd }) } else { Err(SharePriorError::Sd) }
    }

    /// The mean.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation.
    #[must_use]
    pub const fn sd(&self) -> f64 {
        self.sd
    }

    /// What is believed after an estimate with its standard error, if there is one.
    pub(super) fn after(&self, estimate: Option<(f64, f64)>) -> Posterior {
        let Some((estimate, error)) = estimate else {
            return Posterior::cut(self.mean, self.sd);
        };
        let (before, seen) = (self.sd.powi(-2), error.max(1e-6).powi(-2));
        let mean = (before * self.mean + seen * estimate.clamp(-1e6, 1e6)) / (before + seen);
        Posterior::cut(mean, (before + seen).sqrt().recip())
    }
}

impl Default for SharePrior {
    fn default() -> Self {
        Self { mean: 0.75, sd: 0.15 }
    }
}

impl TryFrom<Given> for SharePrior {
    type Error = SharePriorError;

    fn try_from(given: Given) -> Result<Self, Self::Error> {
        Self::new(given.mean, given.sd)
    }
}

impl From<SharePrior> for Given {
    fn from(prior: SharePrior) -> Self {
        Self { mean: prior.mean, sd: prior.sd }
    }
}

/// A normal law cut off outside of 0 to 1.2, its numbers clamped to 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posterior {
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) interval: (f64, f64),
}

impl Posterior {
    fn cut(mean: f64, sd: f64) -> Self {
        // Where the law has its mass: around its mode, on the scale on which it falls there.
        let mode = mean.clamp(0.0, LARGEST);
        let scale = (sd * sd / (mean - mode).abs().max(sd)).min(sd);
        let (low, high) = ((mode - 9.0 * scale).max(0.0), (mode + 9.0 * scale).min(LARGEST));
        let step = (high - low) / count(POINTS - 1);
        let points = (0..POINTS).map(|index| low + step * count(index));
        let at_mode = (mode - mean) / sd;
        // Relative to the mode, so that nothing vanishes far from the mean; half of each end by the trapezoidal rule.
        let weights: Vec<(f64, f64)> = points
            .enumerate()
            .map(|(index, point)| {
                let z = (point - mean) / sd;
                let end = if index == 0 || index == POINTS - 1 { 0.5 } else { 1.0 };
                (point, end * (-0.5 * (z - at_mode) * (z + at_mode)).exp())
            })
            .collect();
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let centre = weights.iter().map(|(point, weight)| point * weight).sum::<f64>() / total;
        let spread = weights.iter().map(|(point, weight)| (point - centre).powi(2) * weight).sum::<f64>() / total;
        let quantile = |probability: f64| {
            let mut below = 0.0;
            for (point, weight) in &weights {
                let next = below + weight;
                if next >= probability * total {
                    let within = if *weight > 0.0 { (probability * total - below) / weight } else { 0.5 };
                    return (point + step * (within - 0.5)).clamp(0.0, 1.0);
                }
                below = next;
            }
            high.min(1.0)
        };
        let tail = 0.5 * (1.0 - CAUSED_SHARE_CONFIDENCE);
        Self { mean: centre.clamp(0.0, 1.0), sd: spread.sqrt(), interval: (quantile(tail), quantile(1.0 - tail)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_its_ends_the_law_is_normal() {
        let posterior = SharePrior::new(0.6, 0.1).unwrap().after(Some((0.4, 0.1)));
        assert!((posterior.mean - 0.5).abs() < 1e-9);
        assert!((posterior.sd - 0.1 / 2.0_f64.sqrt()).abs() < 1e-6);
        let half = 1.644_853_6 * posterior.sd;
        assert!((posterior.interval.0 - 0.5 + half).abs() < 1e-4 && (posterior.interval.1 - 0.5 - half).abs() < 1e-4);
    }

    #[test]
    fn at_its_ends_it_is_cut() {
        // Half a normal law: mean sd sqrt(2 / pi).
        let half = SharePrior::new(0.0, 0.1).unwrap().after(None);
        assert!((half.mean - 0.079_788).abs() < 1e-5, "{half:?}");
        // Ten standard deviations out it falls like an exponential law.
        let far = SharePrior::new(0.0, 1.0).unwrap().after(Some((-1.0, 0.1)));
        assert!(far.mean > 0.009 && far.mean < 0.0101 && far.interval.0 >= 0.0, "{far:?}");
        let above = SharePrior::new(1.0, 0.1).unwrap().after(Some((40.0, 0.1)));
        assert!((above.mean, above.interval) == (1.0, (1.0, 1.0)) && above.sd < 0.1, "{above:?}");
    }
}
