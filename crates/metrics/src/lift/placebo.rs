//! How often a method finds an effect where there was none: the same method at starts in the past.

use serde::{Deserialize, Serialize};

use super::{Interval, LiftError, Series, at_least};
use crate::linear::count;

/// What a method found at starts at which no campaign began.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Placebo {
    /// How many starts had an answer.
    pub starts: usize,
    /// How many had none: too little before them.
    pub refused: usize,
    /// At how many of those with an answer the interval left out zero.
    pub false_effects: usize,
    /// Their share: what the method really does on these data.
    pub false_rate: f64,
    /// What its intervals promise.
    pub nominal_rate: f64,
    /// The estimates at the starts with an answer, in order: between which values a true effect would not stand out.
    pub estimates: Vec<f64>,
}

impl Placebo {
    /// The share of placebo estimates at least as far from zero as a value, the value itself counted in: a p-value that needs no
    /// model, as fine as there are starts.
    #[must_use]
    pub fn p_value(&self, estimate: f64) -> f64 {
        let beyond = self.estimates.iter().filter(|placebo| placebo.abs() >= estimate.abs()).count();
        count(beyond + 1) / count(self.estimates.len() + 1)
    }
}

/// Replays a method over the time before the campaign: at every `step`-th start it sees `length` observations after it, as if a
/// campaign had begun there. The method gives an estimate with its interval.
///
/// Print what this finds beside every lift. Structural models on shop data have found effects in a sixth to a half of such periods where
/// they promised a twentieth. Starts closer to each other than `length` share observations, so that their number says less than it
/// seems.
///
/// # Errors
///
/// [`LiftError::TooFew`] when no start has an answer, [`LiftError::Setting`] for a length or a step of zero.
///
/// ```
/// use campaign_pilot_metrics::lift::{Series, StructuralSettings, placebo, structural_mle};
///
/// let sales: Vec<f64> = (0..60_u32).map(|day| 30.0 + f64::from(day * 37 % 11)).collect();
/// let history = Series::new(&sales, &[], 50);
/// let found = placebo(&history, 7, 5, |series| {
///     let effect = structural_mle(series, &StructuralSettings::default())?;
///     Ok((effect.average.value, effect.average.interval))
/// })?;
/// assert_eq!(found.starts + found.refused, 8);
/// assert!((found.nominal_rate - 0.05).abs() < 1e-12);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn placebo(
    series: &Series,
    length: usize,
    step: usize,
    method: impl Fn(&Series) -> Result<(f64, Interval), LiftError>,
) -> Result<Placebo, LiftError> {
    if length < 1 || step < 1 {
        return Err(LiftError::Setting);
    }
    let (mut refused, mut false_effects, mut confidence) = (0, 0, 1.0);
    let mut estimates = Vec::new();
    let last = series.before.min(series.observed.len()).saturating_sub(length);
    for start in (step..=last).step_by(step) {
        let until = |values: &Vec<f64>| values.iter().take(start + length).copied().collect();
        let pretended = Series {
            observed: series.observed.iter().take(start + length).copied().collect(),
            predictors: series.predictors.iter().map(until).collect(),
            before: start,
        };
        match method(&pretended) {
            Ok((estimate, interval)) => {
                estimates.push(estimate);
                confidence = interval.confidence;
                false_effects += usize::from(!interval.contains(0.0));
            }
            Err(_) => refused += 1,
        }
    }
    at_least(1, estimates.len())?;
    Ok(Placebo {
        starts: estimates.len(),
        refused,
        false_effects,
        false_rate: count(false_effects) / count(estimates.len()),
        nominal_rate: 1.0 - confidence,
        estimates,
    })
}
