//! The regularised incomplete beta function.

use super::density::{from_mean, gap, ln_beta_density_raw};
use super::ln_gamma::{ln_beta_raw, ln_gamma_1p, ln_gamma_ratio};
use super::quadrature::{QUADRATURE_FROM, ln_integral};
use super::{Tail, finite, shape};

/// The regularised incomplete beta function `I_x(a, b)`: the probability that a beta variable is at most `x`.
///
/// Shapes from 1e-100 to 1e15, `x` from zero to one.
///
/// ```
/// let i = campaign_pilot_metrics::special::beta_reg(2.0, 1.0, 0.3).unwrap();
/// assert!((i - 0.09).abs() < 1e-16);
/// ```
#[must_use]
pub fn beta_reg(a: f64, b: f64, x: f64) -> Option<f64> {
    Some(checked(a, b, x)?.probability(true))
}

/// `1 - I_x(a, b)`, with all digits where it is small.
#[must_use]
pub fn beta_reg_complement(a: f64, b: f64, x: f64) -> Option<f64> {
    Some(checked(a, b, x)?.probability(false))
}

/// `ln I_x(a, b)`, far below the smallest double too; `None` at `x = 0`.
#[must_use]
pub fn ln_beta_reg(a: f64, b: f64, x: f64) -> Option<f64> {
    finite(checked(a, b, x)?.ln(true))
}

/// `ln(1 - I_x(a, b))`, far below the smallest double too; `None` at `x = 1`.
#[must_use]
pub fn ln_beta_reg_complement(a: f64, b: f64, x: f64) -> Option<f64> {
    finite(checked(a, b, x)?.ln(false))
}

fn checked(a: f64, b: f64, x: f64) -> Option<Tail> {
    let (a, b) = (shape(a)?, shape(b)?);
    (0.0..=1.0).contains(&x).then(|| beta_tail(a, b, x, 1.0 - x))
}

/// `ln I` and `ln(1 - I)`, for shapes inside the domain.
pub(crate) fn beta_ln_tails(a: f64, b: f64, x: f64) -> (f64, f64) {
    let tail = beta_tail(a, b, x, 1.0 - x);
    (tail.ln(true), tail.ln(false))
}

/// The tail that is computed directly, with `y = 1 - x` as exact as the caller has it.
pub(super) fn beta_tail(a: f64, b: f64, x: f64, y: f64) -> Tail {
    if x <= 0.0 {
        return Tail::lower(f64::NEG_INFINITY);
    }
    if y <= 0.0 {
        return Tail::upper(f64::NEG_INFINITY);
    }
    let lambda = from_mean(a, b, x, y);
    if a.min(b) >= QUADRATURE_FROM {
        if lambda >= 0.0 {
            Tail::lower(by_quadrature(a, b, x, y, lambda))
        } else {
            Tail::lower(by_quadrature(b, a, y, x, -lambda)).flipped()
        }
    } else if is_near_zero(b, x) {
        Tail::lower(by_series(a, b, x))
    } else if is_near_zero(a, y) {
        Tail::lower(by_series(b, a, y)).flipped()
    } else if lambda >= 0.0 {
        Tail::lower(ln_beta_density_raw(a, b, x, y) - fraction(a, b, x, y, lambda).ln())
    } else {
        Tail::lower(ln_beta_density_raw(b, a, y, x) - fraction(b, a, y, x, -lambda).ln()).flipped()
    }
}

/// With `t = x (1 - v)`, `I = D / y ∫ e^-g` over `v` in [0, 1].
fn by_quadrature(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    let (left, right, odds) = (a - 1.0, b - 1.0, x / y);
    let slope = (lambda - y + x) / y;
    let g = |v: f64| left * gap(-v) + right * gap(v * odds) + slope * v;
    let derivative = |v: f64| left * v / (1.0 - v) + right * odds * odds * v / (1.0 + odds * v) + slope;
    let curvature = left + right * odds * odds;
    ln_beta_density_raw(a, b, x, y) - y.ln() + ln_integral(slope, curvature, 1.0, g, derivative)
}

/// Whether the terms of the series fall from the first one on.
fn is_near_zero(b: f64, x: f64) -> bool {
    x <= 0.7 && (b <= 1.0 || b * x <= 0.7)
}

/// `x^a / (a B(a, b)) (1 + a Σ (1-b)(2-b)..(n-b) x^n / (n! (a + n)))` (DLMF 8.17.7).
fn by_series(a: f64, b: f64, x: f64) -> f64 {
    let (mut power, mut sum, mut n) = (1.0, 0.0, 0.0);
    loop {
        n += 1.0;
        power *= (n - b) / n * x;
        let term = power / (a + n);
        sum += term;
        if f64::abs(term) <= f64::abs(sum) * 1e-17 {
            break;
        }
    }
    // For a small shape the front is near 1, and the complement lives on how far.
    let front = if a <= 0.5 { -ln_gamma_1p(a) - ln_gamma_ratio(b, a) } else { -a.ln() - ln_beta_raw(a, b) };
    a.mul_add(x.ln(), front) + (a * sum).ln_1p()
}

/// The continued fraction of Didonato and Morris (1992, section 6), whose terms do not cancel: `I = D / fraction` for `x`
/// below the mean.
fn fraction(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    let mut f = a * (lambda + 1.0) / (a + 1.0);
    let (mut c, mut d) = (f, 0.0);
    for m in 1..20_000 {
        let m = f64::from(m);
        let odd = a + 2.0 * m - 1.0;
        let numerator = (a + m - 1.0) / odd * ((a + b + m - 1.0) * x / odd) * (m * (b - m) * x);
        let denominator = m + m * (b - m) * x / odd + (a + m) * (lambda + 1.0 + m * (1.0 + y)) / (odd + 2.0);
        d = 1.0 / (denominator + numerator * d);
        c = denominator + numerator / c;
        f *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    f
}
