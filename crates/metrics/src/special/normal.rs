//! The normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

use super::ln_gamma::LN_SQRT_2PI;

/// From here on the tail comes from its continued fraction.
const FAR: f64 = 5.0;

/// The probability that a standard normal variable is at most `z`.
///
/// ```
/// assert_eq!(campaign_pilot_metrics::special::normal_cdf(0.0), Some(0.5));
/// assert_eq!(campaign_pilot_metrics::special::normal_cdf(f64::NAN), None);
/// ```
#[must_use]
pub fn normal_cdf(z: f64) -> Option<f64> {
    normal_sf(-z)
}

/// The probability that a standard normal variable is above `z`.
#[must_use]
pub fn normal_sf(z: f64) -> Option<f64> {
    z.is_finite().then(|| if z < FAR { 0.5 * libm::erfc(z * FRAC_1_SQRT_2) } else { ln_sf(z).exp() })
}

/// The logarithm of [`normal_cdf`], for `z` of any size up to 1e150.
#[must_use]
pub fn ln_normal_cdf(z: f64) -> Option<f64> {
    ln_normal_sf(-z)
}

/// The logarithm of [`normal_sf`], for `z` of any size up to 1e150.
#[must_use]
pub fn ln_normal_sf(z: f64) -> Option<f64> {
    (z.abs() <= 1e150).then(|| ln_sf(z))
}

/// The value that a standard normal variable does not exceed with probability `p`, which lies strictly between 0 and 1.
///
/// An upper quantile is the negative of the lower one: `-normal_quantile(q)` keeps the digits of a small `q`.
///
/// ```
/// let z = campaign_pilot_metrics::special::normal_quantile(0.975).unwrap();
/// assert!((z - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
#[must_use]
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    let from_middle = p - 0.5;
    if from_middle.abs() < 0.2 {
        return Some(central(from_middle));
    }
    // 1 - p is exact here.
    Some(if from_middle < 0.0 { -upper(p) } else { upper(1.0 - p) })
}

/// [`ln_normal_sf`] without a check.
pub(crate) fn ln_sf(z: f64) -> f64 {
    if z < -1.0 {
        (-0.5 * libm::erfc(-z * FRAC_1_SQRT_2)).ln_1p()
    } else if z < FAR {
        libm::erfc(z * FRAC_1_SQRT_2).ln() - LN_2
    } else {
        -0.5 * z * z - LN_SQRT_2PI - laplace(z).ln()
    }
}

/// Laplace's continued fraction `z + 1/(z + 2/(z + 3/..))` (DLMF 7.9.3): the density over the tail, for a large `z`.
fn laplace(z: f64) -> f64 {
    // 60 levels leave less than 1e-17 at z = 5, and fewer are needed beyond.
    let levels = if z > 20.0 { 12 } else { 60 };
    (1..=levels).rev().fold(z, |inner, level| z + f64::from(level) / inner)
}

/// Near the middle: `Φ(z) - 1/2 = erf(z / √2) / 2`.
fn central(from_middle: f64) -> f64 {
    let root = (2.0 * PI).sqrt();
    let mut z = from_middle * root;
    for _ in 0..8 {
        let off = 0.5 * libm::erf(z * FRAC_1_SQRT_2) - from_middle;
        let step = off * root * (0.5 * z * z).exp();
        // Halley's method; the second derivative over the first is -z.
        let step = step / (1.0 + 0.5 * z * step);
        z -= step;
        if step.abs() <= z.abs() * 1e-16 {
            break;
        }
    }
    z
}

/// The `z` with upper tail `q < 1/2`: Newton's method on the logarithm, which is concave and nearly a parabola.
fn upper(q: f64) -> f64 {
    let target = q.ln();
    let mut z = (-2.0 * target - (1.0 - 2.0 * target).ln()).max(0.25).sqrt();
    for _ in 0..30 {
        let tail = ln_sf(z);
        let hazard = (-0.5 * z * z - LN_SQRT_2PI - tail).exp();
        let step = (tail - target) / hazard;
        z += step;
        if step.abs() <= z * 4e-16 {
            break;
        }
    }
    z
}
