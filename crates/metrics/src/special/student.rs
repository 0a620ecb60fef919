//! Tails of the distributions that tests of means and counts refer to.

use super::incomplete_beta::beta_tail;
use super::{gamma_q, shape};

/// The probability that a Student t variable with `df` degrees of freedom (they may be fractions) is above `t`.
///
/// ```
/// // One degree of freedom is the Cauchy distribution.
/// let tail = campaign_pilot_metrics::special::student_t_sf(1.0, 1.0).unwrap();
/// assert!((tail - 0.25).abs() < 1e-15);
/// ```
#[must_use]
pub fn student_t_sf(t: f64, df: f64) -> Option<f64> {
    let half = shape(df / 2.0)?;
    let ratio = t.is_finite().then(|| t / df.sqrt())?;
    let square = ratio * ratio;
    // Where the square overflows, 1 / (1 + square) is zero to every digit that counts.
    let (inside, outside) =
        if square.is_finite() { (square / (1.0 + square), 1.0 / (1.0 + square)) } else { (1.0, square.recip()) };
    let both = beta_tail(half, 0.5, outside, inside);
    let tail = 0.5 * both.probability(true);
    Some(if t >= 0.0 { tail } else { 0.5 + 0.5 * both.probability(false) })
}

/// The probability that a chi-square variable with `df` degrees of freedom is above `x`, which is not negative.
///
/// ```
/// let tail = campaign_pilot_metrics::special::chi_square_sf(5.991_464_547_107_98, 2.0).unwrap();
/// assert!((tail - 0.05).abs() < 1e-14);
/// ```
#[must_use]
pub fn chi_square_sf(x: f64, df: f64) -> Option<f64> {
    gamma_q(df / 2.0, x / 2.0)
}

/// The probability that an F variable with `df1` and `df2` degrees of freedom is above `x`, which is not negative.
///
/// ```
/// let tail = campaign_pilot_metrics::special::f_sf(1.0, 2.0, 2.0).unwrap();
/// assert!((tail - 0.5).abs() < 1e-15);
/// ```
#[must_use]
pub fn f_sf(x: f64, df1: f64, df2: f64) -> Option<f64> {
    let (a, b) = (shape(df1 / 2.0)?, shape(df2 / 2.0)?);
    let ratio = (x >= 0.0).then_some(x * (df1 / df2)).filter(|ratio| ratio.is_finite())?;
    Some(beta_tail(a, b, ratio / (1.0 + ratio), 1.0 / (1.0 + ratio)).probability(false))
}
