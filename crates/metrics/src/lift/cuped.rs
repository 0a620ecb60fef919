//! Experiments made sharper by what was known of each subject before: CUPED, ANCOVA, and Lin's interacted regression.

use serde::{Deserialize, Serialize};

use super::{Estimate, LiftError, Welch, all_finite, at_least, finite};
use crate::linear::{Ols, mean, scale_of, squares};

/// A subject of an experiment.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Subject {
    /// Whether it was treated, by a coin flip: none of these methods removes the bias of a choice.
    pub treated: bool,
    /// What came of it.
    pub outcome: f64,
    /// What was known of it before the experiment, usually the same quantity.
    pub before: f64,
}

/// An experiment before and after its adjustment.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cuped {
    /// The slope of the outcome on the covariate, over all subjects.
    pub theta: f64,
    /// Their correlation.
    pub correlation: f64,
    /// Which share of the variance the adjustment takes away: the correlation squared.
    pub variance_reduction: f64,
    /// The outcomes as they are.
    pub unadjusted: Welch,
    /// The adjusted outcomes.
    pub adjusted: Welch,
}

/// CUPED: outcomes less what the time before foretold (Deng, Xu, Kohavi and Walker, WSDM 2013).
///
/// # Formula
///
/// `Y' = Y - theta (X - mean X)` with `theta = cov(Y, X) / var(X)` over all subjects, compared by Welch's test.
///
/// # Errors
///
/// [`LiftError::TooFew`] below two subjects on a side, [`LiftError::Singular`] when the covariate does not vary,
/// [`LiftError::NoVariation`] when the outcome does not, [`LiftError::NotFinite`] for a value that is not finite.
///
/// ```
/// use campaign_pilot_metrics::lift::{Subject, cuped};
///
/// let subject = |treated, before, outcome| Subject { treated, outcome, before };
/// let subjects = [
///     subject(true, 10.0, 12.5), subject(true, 20.0, 22.0), subject(true, 30.0, 32.5),
///     subject(false, 12.0, 12.0), subject(false, 22.0, 22.5), subject(false, 35.0, 34.5),
/// ];
/// let found = cuped(&subjects, 0.95)?;
/// assert!(found.unadjusted.difference.p_value > 0.9, "the groups differed from the start");
/// assert!(found.adjusted.difference.p_value < 0.01);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn cuped(subjects: &[Subject], confidence: f64) -> Result<Cuped, LiftError> {
    let scaled = Scaled::new(subjects)?;
    let (centre, spread) = (mean(&scaled.before), squares(&scaled.before));
    if spread <= f64::EPSILON * f64::EPSILON * scaled.before.iter().map(|value| value * value).sum::<f64>() {
        return Err(LiftError::Singular);
    }
    let outcome_centre = mean(&scaled.outcomes);
    let shared: f64 = scaled.outcomes.iter().zip(&scaled.before).map(|(y, x)| (y - outcome_centre) * (x - centre)).sum();
    let slope = shared / spread;
    let outcome_spread = squares(&scaled.outcomes);
    if outcome_spread <= 0.0 {
        return Err(LiftError::NoVariation);
    }
    let correlation = finite(shared / (spread.sqrt() * outcome_spread.sqrt()))?.clamp(-1.0, 1.0);
    let groups = |adjusted: bool| {
        let (mut treated, mut control) = (Vec::new(), Vec::new());
        for ((subject, y), x) in subjects.iter().zip(&scaled.outcomes).zip(&scaled.before) {
            let value = if adjusted { y - slope * (x - centre) } else { *y };
            if subject.treated { &mut treated } else { &mut control }.push(value * scaled.outcome_scale);
        }
        Welch::of(&treated, &control, confidence)
    };
    Ok(Cuped {
        theta: finite(slope * (scaled.outcome_scale / scaled.before_scale))?,
        correlation,
        variance_reduction: correlation * correlation,
        unadjusted: groups(false)?,
        adjusted: groups(true)?,
    })
}

/// Analysis of covariance: the effect in `y ~ 1 + treated + before`, with HC1 standard errors and the normal distribution.
///
/// # Errors
///
/// As [`cuped`].
pub fn ancova(subjects: &[Subject], confidence: f64) -> Result<Estimate, LiftError> {
    regression(subjects, false, confidence)
}

/// Lin's estimator: as [`ancova`] with a slope of its own for each group, never less precise in large samples (Lin, 2013).
///
/// # Errors
///
/// As [`cuped`].
pub fn lin(subjects: &[Subject], confidence: f64) -> Result<Estimate, LiftError> {
    regression(subjects, true, confidence)
}

fn regression(subjects: &[Subject], interacted: bool, confidence: f64) -> Result<Estimate, LiftError> {
    let scaled = Scaled::new(subjects)?;
    at_least(if interacted { 5 } else { 4 }, subjects.len())?;
    let centre = mean(&scaled.before);
    let treated: Vec<f64> = subjects.iter().map(|subject| if subject.treated { 1.0 } else { 0.0 }).collect();
    let centred: Vec<f64> = scaled.before.iter().map(|value| value - centre).collect();
    let product = interacted.then(|| treated.iter().zip(&centred).map(|(treated, value)| treated * value).collect());
    let mut columns = vec![vec![1.0; subjects.len()], treated, centred];
    columns.extend(product);
    let fit = Ols::fit(columns, &scaled.outcomes).ok_or(LiftError::Singular)?;
    let variance = fit.hc1().get(1).and_then(|row| row.get(1)).copied().unwrap_or_default();
    let effect = fit.coefficients.get(1).copied().unwrap_or_default();
    Estimate::normal(effect * scaled.outcome_scale, variance.sqrt() * scaled.outcome_scale, confidence)
}

/// Outcomes and covariates, each divided by a power of two.
struct Scaled {
    outcomes: Vec<f64>,
    outcome_scale: f64,
    before: Vec<f64>,
    before_scale: f64,
}

impl Scaled {
    fn new(subjects: &[Subject]) -> Result<Self, LiftError> {
        let mut outcomes: Vec<f64> = subjects.iter().map(|subject| subject.outcome).collect();
        let mut before: Vec<f64> = subjects.iter().map(|subject| subject.before).collect();
        all_finite(outcomes.iter().chain(&before))?;
        let treated = subjects.iter().filter(|subject| subject.treated).count();
        at_least(2, treated)?;
        at_least(2, subjects.len() - treated)?;
        let (outcome_scale, before_scale) = (scale_of(&outcomes), scale_of(&before));
        outcomes.iter_mut().for_each(|value| *value /= outcome_scale);
        before.iter_mut().for_each(|value| *value /= before_scale);
        Ok(Self { outcomes, outcome_scale, before, before_scale })
    }
}
