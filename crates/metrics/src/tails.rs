//! Tails and quantiles for tests and intervals, defined everywhere: [`crate::special`] with its limits filled in.

use crate::special;

/// The probability that a standard normal number lies below `z`.
pub(crate) fn normal_below(z: f64) -> f64 {
    special::normal_cdf(z).unwrap_or(if z > 0.0 { 1.0 } else { 0.0 })
}

/// The standard normal number below which `probability` lies; finite for probabilities inside (0, 1).
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    special::normal_quantile(probability.clamp(1e-300, 1.0 - f64::EPSILON / 2.0)).unwrap_or(0.0)
}

/// The height of the standard normal density at `z`.
pub(crate) fn normal_density(z: f64) -> f64 {
    const ROOT_OF_TWO_PI: f64 = 2.506_628_274_631_000_5;
    (-z * z / 2.0).exp() / ROOT_OF_TWO_PI
}

/// The probability that a beta variable lies below `x` in [0, 1].
pub(crate) fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    special::beta_reg(a, b, x).unwrap_or(if x >= 0.5 { 1.0 } else { 0.0 }).clamp(0.0, 1.0)
}

/// The probability that a chi-square variable lies above `x`.
pub(crate) fn chi_square_above(x: f64, degrees_of_freedom: f64) -> f64 {
    special::chi_square_sf(x, degrees_of_freedom).unwrap_or(if x > degrees_of_freedom { 0.0 } else { 1.0 })
}

/// What a Student variable exceeds, on either side, with this probability.
pub(crate) fn student_quantile(both_sides: f64, degrees_of_freedom: f64) -> Option<f64> {
    let x = special::inverse_beta_reg(degrees_of_freedom / 2.0, 0.5, both_sides)?;
    Some((degrees_of_freedom * (1.0 - x) / x).sqrt()).filter(|t| t.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.t.isf` of scipy 1.18.1.
    #[test]
    fn student_quantiles_equal_scipys() {
        for (both_sides, degrees, expected) in
            [(0.05, 4.0, 2.776_445_105_197_793), (0.05 / 24.0, 27.0, 3.405_049_387_824_128_4), (0.5, 1.0, 1.0)]
        {
            let quantile = student_quantile(both_sides, degrees).unwrap();
            assert!((quantile - expected).abs() < 1e-9, "{both_sides} {degrees}: {quantile}");
        }
    }
}
