//! What a campaign caused, judged against what was observed beside it: difference in differences, covariates from before,
//! synthetic control, regression and structural time series.
//!
//! Values are plain numbers (`f64`): units, or amounts of one currency. Every function refuses what it cannot answer with a
//! [`LiftError`]; none gives NaN or infinity. Intervals are two-sided.

mod counterfactual;
mod cuped;
mod did;
mod estimate;
mod panel;
mod placebo;
mod random;
mod structural;
mod synthetic;

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

pub use counterfactual::{OlsCounterfactual, ols_counterfactual};
pub use cuped::{Cuped, Subject, ancova, cuped, lin};
pub use did::{
    BeforeAfter, CellMeans, DidRegression, Household, LogRatio, ScaledDifference, StandardErrors, change_scores, did_regression,
    log_ratio, scaled_difference,
};
pub(crate) use estimate::normal_reach;
pub use estimate::{Estimate, Interval, Welch};
pub use panel::{CompletePanel, DailyPanel, Quantity, daily_panel};
pub use placebo::{Placebo, placebo};
pub use random::{RandomBits, Xoshiro256};
pub use structural::{
    BayesianEffect, BayesianSettings, InitialState, Posterior, Series, StructuralEffect, StructuralSettings, Variances,
    bayesian_structural, structural_mle,
};
pub use synthetic::{Conformal, SyntheticControl, SyntheticSettings, conformal, conformal_p_value, synthetic_control};

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum LiftError {
    /// There are fewer observations than the method needs.
    #[error("too few observations: {found} where {needed} are needed")]
    TooFew {
        /// How many there must be at least.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// Two series that belong together have different lengths.
    #[error("series of different lengths: {expected} and {found}")]
    Lengths {
        /// The length of the first.
        expected: usize,
        /// The length of the other.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("a value is not a finite number")]
    NotFinite,
    /// What is divided by, or the whole counterfactual, is zero or below.
    #[error("the baseline is zero or below")]
    ZeroBaseline,
    /// Predictors are combinations of each other, or one does not vary at all.
    #[error("the predictors do not tell the effect apart")]
    Singular,
    /// Nothing varies, so that no uncertainty can be learned.
    #[error("the observations do not vary")]
    NoVariation,
    /// The search did not reach its tolerance.
    #[error("the search did not converge")]
    NotConverged,
    /// A setting lies outside what it may be.
    #[error("a setting is out of its range")]
    Setting,
    /// The result cannot be represented.
    #[error("the result is not representable")]
    OutOfRange,
}

impl From<LiftError> for Absence {
    fn from(error: LiftError) -> Self {
        match error {
            LiftError::TooFew { .. } | LiftError::Singular | LiftError::NoVariation => Self::TooFewObservations,
            LiftError::ZeroBaseline => Self::ZeroBaseline,
            LiftError::Lengths { .. }
            | LiftError::NotFinite
            | LiftError::NotConverged
            | LiftError::Setting
            | LiftError::OutOfRange => Self::OutOfRange,
        }
    }
}

/// The value, unless it is NaN or infinite.
fn finite(value: f64) -> Result<f64, LiftError> {
    if value.is_finite() { Ok(value) } else { Err(LiftError::OutOfRange) }
}

/// An effect as a share of what was expected.
fn share_of(effect: f64, expected: f64) -> Measured<f64> {
    if expected <= 0.0 {
        return Measured::Absent(Absence::ZeroBaseline);
    }
    finite(effect / expected).map_err(Absence::from).into()
}

fn all_finite<'a>(values: impl IntoIterator<Item = &'a f64>) -> Result<(), LiftError> {
    if values.into_iter().all(|value| value.is_finite()) { Ok(()) } else { Err(LiftError::NotFinite) }
}

fn same_length(expected: usize, found: usize) -> Result<(), LiftError> {
    if expected == found { Ok(()) } else { Err(LiftError::Lengths { expected, found }) }
}

const fn at_least(needed: usize, found: usize) -> Result<(), LiftError> {
    if found < needed { Err(LiftError::TooFew { needed, found }) } else { Ok(()) }
}
