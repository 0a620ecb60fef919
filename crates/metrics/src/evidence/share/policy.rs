//! How a store-share test is run.

use serde::{Deserialize, Serialize};

use super::super::EvidenceError;
use super::super::result::checked_alpha;
use super::super::running::parameter;
use super::super::warnings::ShareWarningPolicy;
use super::days::LEAST_DAYS;

/// Whether counts are divided by how much more they vary than independent sales would.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispersion {
    /// By what the history shows, with a floor where it is short ([`share_dispersion`](crate::evidence::share_dispersion)).
    #[default]
    Measured,
    /// By a number of at least 1.
    Given(f64),
    /// They are not: shocks of the promoted product alone then pass for effects.
    Off,
}

/// How a store-share test is run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSharePolicy {
    /// The error rate of the whole test, 0.05 unless set.
    pub alpha: f64,
    /// The part of it that is spent on not knowing the share before the campaign, 0.02 unless set.
    pub history_alpha: f64,
    /// The lifts of the odds that it looks for, each with the same weight; 1.15, 1.3, 1.6, 2 and 3 unless set.
    pub lifts: Vec<f64>,
    /// The dispersion divisor, measured unless set.
    pub dispersion: Dispersion,
    /// How many days of history there must be, 14 unless set; at least 7.
    pub least_days: u32,
    /// How many sales of the promoted products there must be in the history, 20 unless set; at least 1. With fewer nobody can
    /// see how bunched they are.
    pub least_sales: u32,
    /// When [`share_warnings`](crate::evidence::share_warnings) would have a win held.
    pub warnings: ShareWarningPolicy,
}

impl Default for StoreSharePolicy {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            history_alpha: 0.02,
            lifts: vec![1.15, 1.3, 1.6, 2.0, 3.0],
            dispersion: Dispersion::Measured,
            least_days: 14,
            least_sales: 20,
            warnings: ShareWarningPolicy::default(),
        }
    }
}

impl StoreSharePolicy {
    /// Whether every setting is inside its domain.
    pub(in super::super) fn check(&self) -> Result<(), EvidenceError> {
        let alpha = checked_alpha(self.alpha)?;
        parameter("history_alpha", self.history_alpha, 1e-12..=alpha * (1.0 - 1e-9))?;
        if let Dispersion::Given(phi) = self.dispersion {
            parameter("dispersion", phi, 1.0..=1e6)?;
        }
        if self.lifts.is_empty() {
            return Err(EvidenceError::Parameter("lifts"));
        }
        for ratio in &self.lifts {
            parameter("lifts", *ratio, 1.0 + 1e-6..=1e6)?;
        }
        parameter("least_days", f64::from(self.least_days), LEAST_DAYS as f64..=1e6)?;
        parameter("least_sales", f64::from(self.least_sales), 1.0..=1e9)?;
        self.warnings.check()
    }
}
