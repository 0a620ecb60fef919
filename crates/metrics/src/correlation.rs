//! What goes along with what: correlations, effects of categories, patterns of the day and the week.

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

mod adjust;
mod groups;
mod kendall;
mod matrix;
mod pair;
mod patterns;
mod profile;
mod ranks;

pub use adjust::benjamini_hochberg;
pub use groups::{KruskalWallis, kruskal_wallis};
pub use kendall::{EXACT_KENDALL_LIMIT, Kendall, kendall};
pub use matrix::{CorrelatedPair, CorrelationMatrix, correlation_matrix};
pub use pair::{pearson, spearman};
pub use patterns::{
    Association, CampaignOutcome, CategoryEffect, CategoryLevel, MINIMUM_CATEGORY_CAMPAIGNS, Patterns, Significance, TimePattern,
    budget_against_lift, category_effect, duration_against_performance, patterns,
};
pub use profile::{HourlyValue, MINIMUM_PROFILE_DAYS, Profile, ProfileOf, ProfileSlot, Scatter, hourly_units, profile};

/// How strongly two columns go along with each other on a line ([`pearson`]) or in their order ([`spearman`]).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Correlation {
    /// The coefficient, in [-1, 1].
    pub coefficient: f64,
    /// How often chance alone makes a coefficient at least as far from zero, on either side.
    pub p_value: Measured<f64>,
    /// How often chance alone makes one at least as high.
    pub p_greater: Measured<f64>,
    /// How often chance alone makes one at least as low.
    pub p_less: Measured<f64>,
    /// The 95 % interval of the coefficient by Fisher's z; needs four pairs.
    pub interval: Measured<Interval>,
    /// How many pairs there are.
    pub pairs: u64,
}

/// From where to where a number may lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The fewest pairs that can say anything at a level: even a perfect order of `n` pairs comes about by chance with
/// probability `2 / n!`, so fewer can never be significant. Five at the level 0.05.
///
/// # Errors
///
/// [`Absence::OutOfRange`] for a level outside of (0, 1).
///
/// ```
/// use campaign_pilot_metrics::minimum_pairs;
///
/// assert_eq!((minimum_pairs(0.05), minimum_pairs(0.01), minimum_pairs(0.001)), (Ok(5), Ok(6), Ok(7)));
/// ```
pub fn minimum_pairs(level: f64) -> Result<usize, Absence> {
    if !(level > 0.0 && level < 1.0) {
        return Err(Absence::OutOfRange);
    }
    (2..=170).find(|pairs| crate::robust::smallest_chance(*pairs) <= level).ok_or(Absence::OutOfRange)
}

/// Two columns of the same length with something to compare.
fn checked(x: &[f64], y: &[f64]) -> Result<u64, Absence> {
    if x.len() != y.len() {
        return Err(Absence::UnequalLengths);
    }
    if x.len() < 2 {
        return Err(Absence::TooFewObservations);
    }
    u64::try_from(x.len()).map_err(|_| Absence::OutOfRange)
}
