//! Densities relative to their peak: what incomplete functions and e-values are made of.

use super::ln_gamma::{LN_SQRT_2PI, stirling};
use super::{finite, shape};

/// `ln(x^a e^-x / Γ(a))`: the gamma density times `x`, for shapes from 1e-100 to 1e15 and `x` above zero.
///
/// # Formula
///
/// `-a φ(x/a - 1) + ln sqrt(a / 2 pi) - δ(a)` with `φ(t) = t - ln(1 + t)` and `δ` the remainder of Stirling's series:
/// the large terms `a ln x`, `x` and `ln Γ(a)` never appear.
///
/// ```
/// let density = campaign_pilot_metrics::special::ln_gamma_density(1.0, 2.0).unwrap();
/// assert!((density - (2f64.ln() - 2.0)).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_gamma_density(a: f64, x: f64) -> Option<f64> {
    (x > 0.0 && x.is_finite()).then_some(())?;
    finite(ln_gamma_density_raw(shape(a)?, x))
}

/// `ln(x^a (1 - x)^b / B(a, b))`: the beta density times `x (1 - x)`, for shapes from 1e-100 to 1e15 and `x` between zero
/// and one.
///
/// ```
/// let density = campaign_pilot_metrics::special::ln_beta_density(1.0, 1.0, 0.5).unwrap();
/// assert!((density - 0.25f64.ln()).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_beta_density(a: f64, b: f64, x: f64) -> Option<f64> {
    (x > 0.0 && x < 1.0).then_some(())?;
    finite(ln_beta_density_raw(shape(a)?, shape(b)?, x, 1.0 - x))
}

/// [`ln_gamma_density`] without a check.
pub(crate) fn ln_gamma_density_raw(a: f64, x: f64) -> f64 {
    -a * gap_at((x - a) / a, x / a) + 0.5 * a.ln() - LN_SQRT_2PI - stirling(a)
}

/// [`ln_beta_density`] without a check, with `y = 1 - x` as exact as the caller has it.
pub(crate) fn ln_beta_density_raw(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let lambda = from_mean(a, b, x, y);
    let peak = 0.5 * (a.ln() + (b / n).ln()) - LN_SQRT_2PI - (stirling(a) + stirling(b) - stirling(n));
    peak - a * gap_at(-lambda / a, x * (n / a)) - b * gap_at(lambda / b, y * (n / b))
}

/// `a - (a + b) x = (a + b) y - b`, how far `x` lies below the mean, without rounding what is subtracted.
pub(super) fn from_mean(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let (large, small) = if a >= b { (a, b) } else { (b, a) };
    let lost = small - (n - large);
    if x <= y { (-n).mul_add(x, a) - lost * x } else { n.mul_add(y, -b) + lost * y }
}

/// `φ(t) = t - ln(1 + t)`, with `ratio = 1 + t` as exact as the caller has it.
fn gap_at(t: f64, ratio: f64) -> f64 {
    if t < -0.5 { t - ratio.ln() } else { gap(t) }
}

/// `φ(t) = t - ln(1 + t)` for `t > -1`, with all digits near zero.
///
/// With `r = t / (2 + t)`, `ln(1 + t) = 2 artanh(r)` and `t - 2 r = r t`.
pub(super) fn gap(t: f64) -> f64 {
    if t.abs() > 0.5 {
        return t - t.ln_1p();
    }
    let r = t / (2.0 + t);
    let square = r * r;
    // 1/3 + r²/5 + r⁴/7 + ..: r² is at most 1/9.
    const ODD: [f64; 16] = [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0, 23.0, 25.0, 27.0, 29.0, 31.0, 33.0];
    let terms = if square < 0.01 { 9 } else { 16 };
    let series = ODD.iter().take(terms).rev().fold(0.0, |sum, odd| sum * square + odd.recip());
    r * (t - 2.0 * square * series)
}
