//! Quantiles of the gamma and beta distributions.

use super::density::{ln_beta_density_raw, ln_gamma_density_raw};
use super::incomplete_beta::beta_tail;
use super::incomplete_gamma::{gamma_tail, ln_gamma_of_next};
use super::{Tail, shape};

/// The `x` with `P(a, x) = p`, for `p` from 0 to below 1.
///
/// A quantile below the smallest double (of a small shape) is rounded to 0.
///
/// ```
/// let x = campaign_pilot_metrics::special::inverse_gamma_p(1.0, 0.5).unwrap();
/// assert!((x - std::f64::consts::LN_2).abs() < 1e-15);
/// ```
#[must_use]
pub fn inverse_gamma_p(a: f64, p: f64) -> Option<f64> {
    let a = shape(a)?;
    match p {
        0.0 => Some(0.0),
        p if p > 0.0 && p < 1.0 => Some(gamma_quantile(a, p.ln(), (-p).ln_1p())),
        _ => None,
    }
}

/// The `x` with `Q(a, x) = q`, for `q` above 0 up to 1; it keeps the digits of a small `q`.
#[must_use]
pub fn inverse_gamma_q(a: f64, q: f64) -> Option<f64> {
    let a = shape(a)?;
    match q {
        1.0 => Some(0.0),
        q if q > 0.0 && q < 1.0 => Some(gamma_quantile(a, (-q).ln_1p(), q.ln())),
        _ => None,
    }
}

/// The `x` with `I_x(a, b) = p`, for `p` from 0 to 1.
///
/// ```
/// // The upper 98 % limit of Clopper and Pearson for 0 of 10.
/// let x = campaign_pilot_metrics::special::inverse_beta_reg(1.0, 10.0, 0.98).unwrap();
/// assert!((x - (1.0 - 0.02f64.powf(0.1))).abs() < 1e-15);
/// ```
#[must_use]
pub fn inverse_beta_reg(a: f64, b: f64, p: f64) -> Option<f64> {
    let (a, b) = (shape(a)?, shape(b)?);
    match p {
        0.0 => Some(0.0),
        1.0 => Some(1.0),
        p if p > 0.0 && p < 1.0 => Some(beta_quantile(a, b, p.ln(), (-p).ln_1p())),
        _ => None,
    }
}

/// The `x` with `1 - I_x(a, b) = q`, for `q` from 0 to 1; it keeps the digits of a small `q`.
#[must_use]
pub fn inverse_beta_reg_complement(a: f64, b: f64, q: f64) -> Option<f64> {
    let (a, b) = (shape(a)?, shape(b)?);
    match q {
        0.0 => Some(1.0),
        1.0 => Some(0.0),
        q if q > 0.0 && q < 1.0 => Some(beta_quantile(a, b, (-q).ln_1p(), q.ln())),
        _ => None,
    }
}

/// In `s = ln x` the derivative of `P` is the density times `x`.
fn gamma_quantile(a: f64, ln_p: f64, ln_q: f64) -> f64 {
    // Far below the mean the lower tail is a power of x; the solution of that power lies below the quantile.
    let power = (ln_p + ln_gamma_of_next(a)) / a;
    let start = if ln_q < ln_p {
        // Above the quantile (the tail bound of a sub-gamma variable), from where the steps do not overshoot.
        ((2.0 * a * -ln_q).sqrt() + a - ln_q).ln()
    } else if power < a.ln() - 5.0 {
        power
    } else {
        a.ln()
    };
    let ln_tail = |s: f64| {
        let x = s.exp();
        if x > 0.0 { (gamma_tail(a, x), ln_gamma_density_raw(a, x)) } else { small_gamma(a, s) }
    };
    solve(start, ln_p, ln_q, ln_tail).exp()
}

/// Below the smallest double only the power of x is left.
fn small_gamma(a: f64, s: f64) -> (Tail, f64) {
    let ln = a * s - ln_gamma_of_next(a);
    (Tail::lower(ln), ln + a.ln())
}

/// In `s = ln(x / (1 - x))` the derivative of `I` is the density times `x (1 - x)`.
fn beta_quantile(a: f64, b: f64, ln_p: f64, ln_q: f64) -> f64 {
    let ln_tail = |s: f64| {
        let (x, y) = (1.0 / (1.0 + (-s).exp()), 1.0 / (1.0 + s.exp()));
        (beta_tail(a, b, x, y), ln_beta_density_raw(a, b, x, y))
    };
    let s = solve((a / b).ln(), ln_p, ln_q, ln_tail);
    1.0 / (1.0 + (-s).exp())
}

/// Newton's method on the logarithm of the smaller tail, kept between the points known to lie on either side.
fn solve(start: f64, ln_p: f64, ln_q: f64, ln_tail: impl Fn(f64) -> (Tail, f64)) -> f64 {
    let by_lower = ln_p <= ln_q;
    let target = if by_lower { ln_p } else { ln_q };
    let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut s = start;
    for _ in 0..300 {
        let (tail, ln_density) = ln_tail(s);
        let reached = tail.ln(by_lower);
        let off = if by_lower { reached - target } else { target - reached };
        if off == 0.0 {
            break;
        }
        if off > 0.0 {
            above = s
        } else {
            below = s
        }
        let step = off * (reached - ln_density).exp();
        let mut next = s - step;
        if !(next >= below && next <= above) {
            next = match (below.is_finite(), above.is_finite()) {
                (true, true) => 0.5 * (below + above),
                (true, false) => s + 1.0 + s.abs(),
                _ => s - 1.0 - s.abs(),
            };
        }
        if (next - s).abs() <= 2e-16 * s.abs().max(1.0) {
            return next;
        }
        s = next;
    }
    s
}
