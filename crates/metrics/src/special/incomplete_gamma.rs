//! The regularised incomplete gamma functions.

use super::density::{gap, ln_gamma_density_raw};
use super::ln_gamma::{ln_gamma_1p, ln_gamma_raw};
use super::quadrature::{QUADRATURE_FROM, ln_integral};
use super::{Tail, finite, shape};

/// The regularised lower incomplete gamma function `P(a, x)`: the probability that a gamma variable of shape `a` (and
/// scale 1) is at most `x`.
///
/// Shapes from 1e-100 to 1e15, `x` not negative.
///
/// ```
/// let p = campaign_pilot_metrics::special::gamma_p(1.0, 2.0).unwrap();
/// assert!((p - (1.0 - (-2f64).exp())).abs() < 1e-15);
/// ```
#[must_use]
pub fn gamma_p(a: f64, x: f64) -> Option<f64> {
    Some(checked(a, x)?.probability(true))
}

/// The regularised upper incomplete gamma function `Q(a, x) = 1 - P(a, x)`.
///
/// For a whole `a` it is also the probability that a Poisson count of mean `x` is below `a`.
///
/// ```
/// // No more than one of three expected: 4 e^-3.
/// let q = campaign_pilot_metrics::special::gamma_q(2.0, 3.0).unwrap();
/// assert!((q - 4.0 * (-3f64).exp()).abs() < 1e-15);
/// ```
#[must_use]
pub fn gamma_q(a: f64, x: f64) -> Option<f64> {
    Some(checked(a, x)?.probability(false))
}

/// `ln P(a, x)`, far below the smallest double too; `None` at `x = 0`.
#[must_use]
pub fn ln_gamma_p(a: f64, x: f64) -> Option<f64> {
    finite(checked(a, x)?.ln(true))
}

/// `ln Q(a, x)`, far below the smallest double too.
///
/// ```
/// let ln_q = campaign_pilot_metrics::special::ln_gamma_q(1.0, 5_000.0).unwrap();
/// assert!((ln_q + 5_000.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn ln_gamma_q(a: f64, x: f64) -> Option<f64> {
    finite(checked(a, x)?.ln(false))
}

fn checked(a: f64, x: f64) -> Option<Tail> {
    (x >= 0.0 && x.is_finite()).then(|| shape(a).map(|a| gamma_tail(a, x))).flatten()
}

/// `ln P` and `ln Q`, for a shape inside the domain and a finite `x >= 0`.
pub(crate) fn gamma_ln_tails(a: f64, x: f64) -> (f64, f64) {
    let tail = gamma_tail(a, x);
    (tail.ln(true), tail.ln(false))
}

/// The tail that is computed directly.
pub(super) fn gamma_tail(a: f64, x: f64) -> Tail {
    if x <= 0.0 {
        Tail::lower(f64::NEG_INFINITY)
    } else if a >= QUADRATURE_FROM {
        if x < a { Tail::lower(lower_by_quadrature(a, x)) } else { Tail::upper(upper_by_quadrature(a, x)) }
    } else if a <= 0.5 && x <= 1.5 {
        near_zero(a, x)
    } else if x < a + 1.0 {
        Tail::lower(ln_gamma_density_raw(a, x) - a.ln() + lower_series(a, x).ln())
    } else {
        Tail::upper(ln_gamma_density_raw(a, x) - upper_fraction(a, x).ln())
    }
}

/// With `t = x (1 - v)`, `P = D ∫ e^-g` over `v` in [0, 1].
fn lower_by_quadrature(a: f64, x: f64) -> f64 {
    let (k, slope) = (a - 1.0, (a - x) - 1.0);
    let g = |v: f64| k * gap(-v) + slope * v;
    ln_gamma_density_raw(a, x) + ln_integral(slope, k, 1.0, g, |v| k * v / (1.0 - v) + slope)
}

/// With `t = x (1 + v)`, `Q = D ∫ e^-g` over `v` from zero on.
fn upper_by_quadrature(a: f64, x: f64) -> f64 {
    let (k, slope) = (a - 1.0, (x - a) + 1.0);
    let g = |v: f64| k * gap(v) + slope * v;
    ln_gamma_density_raw(a, x) + ln_integral(slope, k, f64::INFINITY, g, |v| k * v / (1.0 + v) + slope)
}

/// `1 + x/(a+1) + x²/((a+1)(a+2)) + ..` (DLMF 8.7.1), for `x < a + 1`.
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, a);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum
}

/// The continued fraction `x + 1 - a - 1 (1 - a) / (x + 3 - a - ..)` (DLMF 8.9.2), for `x >= a + 1`.
fn upper_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let (mut f, mut c, mut d) = (b, b, 0.0);
    for n in 1..2_000 {
        let n = f64::from(n);
        let term = n * (a - n);
        b += 2.0;
        d = 1.0 / (b + term * d);
        c = b + term / c;
        f *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    f
}

/// For a small shape both tails come from `P = x^a / Γ(a + 1) (1 + a S)`, `S = Σ (-x)^n / ((a + n) n!)`, so that an upper
/// tail of the size of `a` keeps its digits.
fn near_zero(a: f64, x: f64) -> Tail {
    let (mut power, mut sum, mut n) = (1.0, 0.0, 0.0);
    loop {
        n += 1.0;
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        if f64::abs(term) <= f64::abs(sum) * 1e-17 {
            break;
        }
    }
    let ln_front = a * x.ln() - ln_gamma_1p(a);
    let above_one = ln_front.exp_m1();
    let upper = -(above_one + (1.0 + above_one) * a * sum);
    if upper < 0.5 { Tail::upper(upper.ln()) } else { Tail::lower(ln_front + (a * sum).ln_1p()) }
}

/// `ln Γ(a + 1)`, for the inverse.
pub(super) fn ln_gamma_of_next(a: f64) -> f64 {
    if a <= 0.5 { ln_gamma_1p(a) } else { ln_gamma_raw(a + 1.0) }
}
