//! Tails and quantiles of the normal distribution.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::erf::erfc;

/// The probability that a standard normal number lies below `z`.
pub(crate) fn normal_below(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// The standard normal number below which `probability` lies; finite for probabilities inside (0, 1).
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability.clamp(1e-300, 1.0 - f64::EPSILON / 2.0))
}

/// The height of the standard normal density at `z`.
pub(crate) fn normal_density(z: f64) -> f64 {
    const ROOT_OF_TWO_PI: f64 = 2.506_628_274_631_000_5;
    (-z * z / 2.0).exp() / ROOT_OF_TWO_PI
}

/// The probability that a beta variable lies below `x` in [0, 1].
pub(crate) fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    statrs::function::beta::checked_beta_reg(a, b, x).unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The probability that a chi-square variable lies above `x`.
pub(crate) fn chi_square_above(x: f64, degrees_of_freedom: f64) -> f64 {
    statrs::function::gamma::checked_gamma_ur(degrees_of_freedom / 2.0, x / 2.0).unwrap_or(1.0).clamp(0.0, 1.0)
}
