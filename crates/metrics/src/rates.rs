//! Comparing two rates in one look: counts over exposures, shares of trials, and samples of amounts.
//!
//! | two of | tests | intervals |
//! |---|---|---|
//! | counts over exposures ([`TwoRates`]) | exact conditional, mid-p, score, Wald, their logarithms, square root, E-test | of the ratio and the difference |
//! | shares of trials ([`TwoProportions`]) | Wald, Agresti-Caffo, score (Miettinen-Nurminen), pooled z, log, logit, [`fisher_exact`], [`boschloo_exact`] | of the difference, the ratio and the odds ratio |
//! | samples of amounts | [`welch_t`], [`student_t`], [`mann_whitney`] | of the difference of means |
//! | one share of trials | | [`proportion_interval`] |
//!
//! These tests hold for **one look at a time fixed beforehand**. Whoever looks again and again has to take a test that stays
//! valid then. What is undefined, such as a ratio of nothing to nothing, is a [`RateError`], never a number.
//!
//! ```
//! use campaign_pilot_metrics::rates::{Alternative, RateInterval, RateTest, TwoRates};
//!
//! // 17 sales in 24 hours with the campaign, 30 in the 168 hours before.
//! let rates = TwoRates::new(17, 24.0, 30, 168.0)?;
//! let test = rates.test_ratio(RateTest::ExactConditional, 1.0, Alternative::Larger)?;
//! assert!(test.p < 1e-4);
//! let between = rates.ratio_interval(RateInterval::ExactConditional, 0.95)?;
//! assert!(between.low > 2.0 && between.high.is_some_and(|high| high < 7.5));
//! # Ok::<(), campaign_pilot_metrics::rates::RateError>(())
//! ```

mod binomial;
mod boschloo;
mod e_test;
mod fisher;
mod poisson;
mod poisson_interval;
mod proportion;
mod proportions;
mod proportions_interval;
mod samples;
mod solve;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use boschloo::boschloo_exact;
pub use e_test::LARGEST_EXPECTATION;
pub use fisher::{FisherExact, conditional_odds_ratio, fisher_exact};
pub use poisson::{DifferenceTest, RateTest, TwoRates};
pub use poisson_interval::{DifferenceInterval, RateInterval};
pub use proportion::{ProportionMethod, proportion_interval};
pub use proportions::{ProportionTest, TwoProportions};
pub use proportions_interval::ProportionInterval;
pub use samples::{MannWhitney, TTest, mann_whitney, student_t, welch_t};

use crate::special::{normal_quantile, normal_sf};

/// What is held against the null hypothesis.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// The first differs from the second in either direction.
    TwoSided,
    /// The first is larger.
    Larger,
    /// The first is smaller.
    Smaller,
}

/// The result of a test.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct TestResult {
    /// The test statistic, above 0 when the first is larger; exact tests on counts have none.
    pub statistic: Option<f64>,
    /// How likely a result at least as far from the null hypothesis is, if that is true. From 0 to 1.
    pub p: f64,
}

/// From where to where a quantity may lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Bounds {
    /// The low end.
    pub low: f64,
    /// The high end; `None` when there is none.
    pub high: Option<f64>,
}

/// Why two rates cannot be compared so.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// An exposure is not finite and above zero, or so large or small beside the other that their quotient is not.
    #[error("an exposure is not finite and above zero")]
    Exposure,
    /// There are no trials, or more successes than trials.
    #[error("there are no trials, or more successes than trials")]
    Trials,
    /// The value of the null hypothesis is outside its range.
    #[error("the value to test against is outside its range")]
    Null,
    /// A confidence level has to lie between 0 and 1.
    #[error("the confidence level does not lie between 0 and 1")]
    Confidence,
    /// The method divides nothing by nothing on these counts.
    #[error("the method is not defined for these counts")]
    Undefined,
    /// A sample is too small, or all its values are the same.
    #[error("a sample is too small or does not vary")]
    TooFew,
    /// A value is not finite, or a result would not be.
    #[error("a value or a result is not a finite number")]
    NotFinite,
    /// The counts are larger than an exact sum can go through in reasonable time; take an approximate method.
    #[error("the counts are too large for an exact sum")]
    TooLarge,
}

/// A standard normal statistic with its p-value.
fn normal(statistic: f64, alternative: Alternative) -> Result<TestResult, RateError> {
    if statistic.is_nan() {
        return Err(RateError::Undefined);
    }
    let p = match alternative {
        Alternative::TwoSided => normal_sf(statistic.abs()).map(|tail| 2.0 * tail),
        Alternative::Larger => normal_sf(statistic),
        Alternative::Smaller => normal_sf(-statistic),
    };
    let statistic = finite(statistic)?;
    Ok(TestResult { statistic: Some(statistic), p: probability(p.ok_or(RateError::NotFinite)?)? })
}

/// How many standard deviations a two-sided interval of this level reaches to either side.
fn critical(level: f64) -> Result<f64, RateError> {
    let tail = tail(level)?;
    normal_quantile(tail).map(|z| -z).ok_or(RateError::Confidence)
}

/// What a two-sided interval of this level leaves out at either end.
fn tail(level: f64) -> Result<f64, RateError> {
    let tail = (1.0 - level) / 2.0;
    if level > 0.0 && tail > 0.0 { Ok(tail) } else { Err(RateError::Confidence) }
}

fn finite(value: f64) -> Result<f64, RateError> {
    if value.is_finite() { Ok(value) } else { Err(RateError::NotFinite) }
}

/// A probability that rounding may have pushed a little over an end.
fn probability(p: f64) -> Result<f64, RateError> {
    finite(p).map(|p| p.clamp(0.0, 1.0))
}

/// An interval whose ends were computed; an infinite high end is none.
fn bounds(low: f64, high: f64) -> Result<Bounds, RateError> {
    if low.is_nan() || high.is_nan() || low.is_infinite() {
        return Err(RateError::NotFinite);
    }
    Ok(Bounds { low, high: high.is_finite().then_some(high) })
}
