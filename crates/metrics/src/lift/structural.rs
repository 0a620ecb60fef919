//! Structural time series: a level that wanders, a season, and untouched series as predictors.

mod filter;
mod gibbs;
mod mle;
mod search;
mod spike_slab;

use serde::{Deserialize, Serialize};

use super::{LiftError, all_finite, at_least, same_length};

pub use gibbs::{BayesianEffect, BayesianSettings, Posterior, bayesian_structural};
pub use mle::{InitialState, StructuralEffect, StructuralSettings, Variances, structural_mle};

/// A series with the predictors of each of its times.
///
/// Times at which the product could not be bought, or that lie on a holiday, are `None`: the model runs on through them, and no
/// effect is counted there. Predictors are known at all times and must not have been touched by the campaign.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Series {
    /// What was observed, before the campaign and since.
    pub observed: Vec<Option<f64>>,
    /// Untouched series of the same length.
    pub predictors: Vec<Vec<f64>>,
    /// How many times lie before the campaign.
    pub before: usize,
}

impl Series {
    /// A series without gaps.
    #[must_use]
    pub fn new(observed: &[f64], predictors: &[Vec<f64>], before: usize) -> Self {
        Self { observed: observed.iter().copied().map(Some).collect(), predictors: predictors.to_vec(), before }
    }

    /// Checks the series; at least `spare` observations must lie before the campaign, and one since.
    fn check(&self, spare: usize) -> Result<(), LiftError> {
        all_finite(self.observed.iter().flatten())?;
        for predictor in &self.predictors {
            same_length(self.observed.len(), predictor.len())?;
            all_finite(predictor)?;
        }
        at_least(self.before.saturating_add(1), self.observed.len())?;
        let (past, since) = self.split();
        at_least(spare, past.iter().flatten().count())?;
        at_least(1, since.iter().flatten().count())
    }

    /// The observations before the campaign, and since.
    fn split(&self) -> (&[Option<f64>], &[Option<f64>]) {
        self.observed.split_at_checked(self.before).unwrap_or((&self.observed, &[]))
    }

    /// The predictors' values before the campaign, each divided by its scale.
    fn past_predictors(&self, scales: &[f64]) -> Vec<Vec<f64>> {
        let scaled = |(values, scale): (&Vec<f64>, &f64)| values.iter().take(self.before).map(|value| value / scale).collect();
        self.predictors.iter().zip(scales).map(scaled).collect()
    }

    /// What the predictors add at each time since the campaign began.
    fn regression_since(&self, coefficients: &[f64]) -> Vec<f64> {
        let at = |row: usize| -> f64 {
            self.predictors.iter().zip(coefficients).map(|(values, own)| values.get(row).copied().unwrap_or_default() * own).sum()
        };
        (self.before..self.observed.len()).map(at).collect()
    }
}
