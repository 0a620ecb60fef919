//! Synthetic control: a weighted mean of untouched series that moved like the treated one.

mod conformal;
mod simplex;

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::{LiftError, all_finite, at_least, finite, same_length, share_of};
use crate::linear::{add_scaled, count, mean, norm, scale_of};

pub use conformal::{Conformal, conformal, conformal_p_value};

/// How a synthetic control is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSettings {
    /// Whether each series' own level is taken away first, so that only the movements have to match (fixed effects). Set
    /// unless said otherwise.
    pub own_levels: bool,
}

impl Default for SyntheticSettings {
    fn default() -> Self {
        Self { own_levels: true }
    }
}

/// A synthetic control and the effect against it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SyntheticControl {
    /// One weight per donor, none below zero, together 1.
    pub weights: Vec<f64>,
    /// What is added to the weighted mean: the difference of the levels, or zero without `own_levels`.
    pub level: f64,
    /// What was expected at each time, before the campaign and since.
    pub expected: Vec<f64>,
    /// The mean of what was observed beyond the expectation since the campaign began: the effect on the treated (ATT).
    pub average: f64,
    /// Its sum.
    pub cumulative: f64,
    /// The sum as a share of the expected sum: 0.05 is 5 %. Absent when nothing was expected.
    pub lift: Measured<f64>,
    /// The root of the sum of squared distances before the campaign: how well the donors can imitate at all.
    pub imbalance: f64,
    /// The same for equal weights, to compare with.
    pub imbalance_of_equal_weights: f64,
    /// How far the squared imbalance lies above the smallest possible at most, as a share of the squared imbalance of the
    /// best single donor (the gap of the Karush-Kuhn-Tucker conditions).
    pub optimality_gap: f64,
}

/// The synthetic control of `treated` from `donors`; the campaign begins after the first `before` observations.
///
/// The treated series is the mean or the sum of the treated units; the donors must not have been touched by the campaign.
/// Without `own_levels` they must enclose it: means scale with means, not with sums.
///
/// # Formula
///
/// Minimises `||y - Xw||²` over the time before with `w >= 0`, `sum w = 1` (Abadie, Diamond and Hainmueller, 2010), after
/// taking each series' mean before away when `own_levels` is set (Doudchenko and Imbens, 2016; Ferman and Pinto, 2021). The
/// minimum is found exactly, by Wolfe's algorithm (1976) for the point of a polytope next to the origin, whatever the scales of
/// the series.
///
/// # Errors
///
/// [`LiftError::TooFew`] without a donor, with fewer than two observations before or none since, [`LiftError::Lengths`] for
/// donors of another length, [`LiftError::NotFinite`] for values that are not finite, [`LiftError::NotConverged`] when the
/// search ends above its tolerance.
///
/// ```
/// use campaign_pilot_metrics::lift::{SyntheticSettings, synthetic_control};
///
/// let donors = [vec![10.0, 14.0, 11.0, 15.0, 12.0, 13.0], vec![30.0, 28.0, 33.0, 30.0, 34.0, 31.0]];
/// // Three quarters of the first and a quarter of the second, and since the fifth day four more.
/// let treated = [15.0, 17.5, 16.5, 18.75, 21.5, 21.5];
/// let found = synthetic_control(&treated, &donors, 4, SyntheticSettings { own_levels: false })?;
/// assert!((found.weights[0] - 0.75).abs() < 1e-9);
/// assert!((found.average - 4.0).abs() < 1e-9);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn synthetic_control(
    treated: &[f64],
    donors: &[Vec<f64>],
    before: usize,
    settings: SyntheticSettings,
) -> Result<SyntheticControl, LiftError> {
    at_least(1, donors.len())?;
    at_least(2, before)?;
    at_least(before + 1, treated.len())?;
    all_finite(treated)?;
    for donor in donors {
        same_length(treated.len(), donor.len())?;
        all_finite(donor)?;
    }
    let fit = Fit::new(treated, donors, before, settings)?;
    let observed: f64 = fit.residuals.iter().skip(before).sum();
    let size = count(treated.len() - before);
    let expected = treated.iter().zip(&fit.residuals).map(|(value, residual)| finite(value - residual * fit.scale));
    let expected = expected.collect::<Result<Vec<_>, _>>()?;
    let total: f64 = expected.iter().skip(before).map(|value| value / fit.scale).sum();
    Ok(SyntheticControl {
        level: finite(fit.level * fit.scale)?,
        expected,
        average: finite(observed / size * fit.scale)?,
        cumulative: finite(observed * fit.scale)?,
        lift: share_of(observed, total),
        imbalance: finite(norm(&fit.residuals.iter().take(before).copied().collect::<Vec<_>>()) * fit.scale)?,
        imbalance_of_equal_weights: finite(fit.equal_weights * fit.scale)?,
        optimality_gap: finite(fit.gap)?,
        weights: fit.weights,
    })
}

/// A fit in units of `scale`.
struct Fit {
    weights: Vec<f64>,
    level: f64,
    /// Observed less expected, at each time.
    residuals: Vec<f64>,
    equal_weights: f64,
    gap: f64,
    scale: f64,
}

impl Fit {
    /// Fits on the first `fitted` observations.
    fn new(treated: &[f64], donors: &[Vec<f64>], fitted: usize, settings: SyntheticSettings) -> Result<Self, LiftError> {
        // One scale for all: the weights do not change, and squares neither overflow nor vanish.
        let scale = donors.iter().map(|donor| scale_of(donor)).fold(scale_of(treated), f64::max);
        let level_of = |series: &[f64]| {
            let past: Vec<f64> = series.iter().take(fitted).map(|value| value / scale).collect();
            if settings.own_levels { mean(&past) } else { 0.0 }
        };
        let centred = |series: &[f64], level: f64| -> Vec<f64> { series.iter().map(|value| value / scale - level).collect() };
        let own_level = level_of(treated);
        let target = centred(treated, own_level);
        let levels: Vec<f64> = donors.iter().map(|donor| level_of(donor)).collect();
        let donors: Vec<Vec<f64>> = donors.iter().zip(&levels).map(|(donor, level)| centred(donor, *level)).collect();
        let points: Vec<Vec<f64>> = donors
            .iter()
            .map(|donor| donor.iter().zip(&target).take(fitted).map(|(donor, target)| donor - target).collect())
            .collect();
        let nearest = simplex::nearest_point(&points)?;
        let mut residuals = target;
        donors.iter().zip(&nearest.weights).for_each(|(donor, weight)| add_scaled(&mut residuals, -weight, donor));
        let mut equal = vec![0.0; fitted];
        points.iter().for_each(|point| add_scaled(&mut equal, 1.0 / count(points.len()), point));
        let level = own_level - levels.iter().zip(&nearest.weights).map(|(level, weight)| level * weight).sum::<f64>();
        Ok(Self { weights: nearest.weights, level, residuals, equal_weights: norm(&equal), gap: nearest.gap, scale })
    }
}
