//! Mixtures and boundaries of Howard, Ramdas, `McAuliffe` and Sekhon (2021), in the form of the program confseq.
//!
//! A mixture gives the logarithm of an e-value for a sum `s` of deviations from the null and its intrinsic time `v` (an
//! accumulated variance); a bound gives the `s` at which it reaches `ln(1/alpha)`, so `|s| < bound(v)` at all times with
//! probability `1 - alpha`. `rho` says where the mixture is tightest: [`best_rho`].

use super::result::checked_alpha;
use super::running::{bisect, parameter};
use super::{EvidenceError, Interval, Quantity};
use crate::special::{beta_ln_tails, gamma_ln_tails, ln_beta_density_raw, ln_gamma_density_raw, ln_sf};

/// Sums and intrinsic times that are answered for.
const MOST: f64 = 1e12;

/// The `rho` of a mixture that is tightest at intrinsic time `v` for an error rate of `alpha`.
///
/// # Formula
///
/// `v / (2 ln(1/a) + ln(1 + 2 ln(1/a)))` with `a = alpha`, for one side `a = 2 alpha`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] unless `v` lies above zero and `alpha` between 0 and 1 (one-sided: a half).
pub fn best_rho(v: f64, alpha: f64, is_one_sided: bool) -> Result<f64, EvidenceError> {
    let v = parameter("v", v, 1e-12..=MOST)?;
    let alpha = checked_alpha(alpha)?;
    let fall = -2.0 * checked_alpha(if is_one_sided { 2.0 * alpha } else { alpha })?.ln();
    Ok(v / (fall + fall.ln_1p()))
}

/// The normal mixture, for deviations that are normal or lighter in the tails.
///
/// # Formula
///
/// Two-sided `1/2 ln(rho / (v + rho)) + s² / (2 (v + rho))`; one-sided `ln 2 + ln Φ(s / sqrt(v + rho))` more.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn normal_mixture(s: f64, v: f64, rho: f64, is_one_sided: bool) -> Result<f64, EvidenceError> {
    let (s, v, rho) = checked(s, v, rho)?;
    Ok(normal_raw(s, v, rho, is_one_sided))
}

pub(super) fn normal_raw(s: f64, v: f64, rho: f64, is_one_sided: bool) -> f64 {
    let spread = v + rho;
    let both = 0.5 * (rho / spread).ln() + s * s / (2.0 * spread);
    if is_one_sided { both + std::f64::consts::LN_2 + ln_sf(-s / spread.sqrt()) } else { both }
}

/// The bound of [`normal_mixture`].
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn normal_bound(v: f64, alpha: f64, rho: f64, is_one_sided: bool) -> Result<f64, EvidenceError> {
    let (_, v, rho) = checked(0.0, v, rho)?;
    let threshold = -checked_alpha(alpha)?.ln();
    if !is_one_sided {
        return Ok(((v + rho) * ((v / rho).ln_1p() + 2.0 * threshold)).sqrt());
    }
    Ok(bound(threshold, f64::INFINITY, |s| normal_raw(s, v, rho, true)))
}

/// The gamma-Poisson mixture, for counts minus their expectation: `scale` is the jump.
///
/// # Formula
///
/// With `r = rho / c²`, `a = s / c + (v + rho) / c²`, `x = (v + rho) / c²`: `d(r, r) - d(a, x)` where
/// `d(a, x) = ln(x^a e^-x / Γ(a)) - ln Q(a, x)`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn gamma_poisson_mixture(s: f64, v: f64, rho: f64, scale: f64) -> Result<f64, EvidenceError> {
    let (s, v, rho) = checked(s, v, rho)?;
    let scale = parameter("scale", scale, 1e-3..=1e3)?;
    // The sum cannot lie further below than if nothing had happened.
    if s / scale + v / (scale * scale) < 0.0 {
        return Err(EvidenceError::Parameter("s"));
    }
    Ok(gamma_poisson_raw(s, v, rho, scale))
}

fn gamma_poisson_raw(s: f64, v: f64, rho: f64, scale: f64) -> f64 {
    let square = scale * scale;
    let part = |a: f64, x: f64| ln_gamma_density_raw(a, x) - gamma_ln_tails(a, x).1;
    let x = (v + rho) / square;
    part(rho / square, rho / square) - part(s / scale + x, x)
}

/// The bound of [`gamma_poisson_mixture`].
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn gamma_poisson_bound(v: f64, alpha: f64, rho: f64, scale: f64) -> Result<f64, EvidenceError> {
    let (_, v, rho) = checked(0.0, v, rho)?;
    let scale = parameter("scale", scale, 1e-3..=1e3)?;
    Ok(bound(-checked_alpha(alpha)?.ln(), f64::INFINITY, |s| gamma_poisson_raw(s, v, rho, scale)))
}

/// The gamma-exponential mixture, for bounded deviations with an estimated variance (empirical Bernstein).
///
/// # Formula
///
/// With `r = rho / c²`, `a = (v + rho) / c²`, `x = (c s + v + rho) / c²`: `d(r, r) - d(a, x)` where
/// `d(a, x) = ln(x^a e^-x / Γ(a)) - ln P(a, x)`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn gamma_exponential_mixture(s: f64, v: f64, rho: f64, scale: f64) -> Result<f64, EvidenceError> {
    let (s, v, rho) = checked(s, v, rho)?;
    let scale = parameter("scale", scale, 1e-3..=1e3)?;
    if scale * s + v + rho <= 0.0 {
        return Err(EvidenceError::Parameter("s"));
    }
    Ok(gamma_exponential_raw(s, v, rho, scale))
}

pub(super) fn gamma_exponential_raw(s: f64, v: f64, rho: f64, scale: f64) -> f64 {
    let square = scale * scale;
    let part = |a: f64, x: f64| ln_gamma_density_raw(a, x) - gamma_ln_tails(a, x).0;
    part(rho / square, rho / square) - part((v + rho) / square, (scale * s + v + rho) / square)
}

/// The bound of [`gamma_exponential_mixture`].
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn gamma_exponential_bound(v: f64, alpha: f64, rho: f64, scale: f64) -> Result<f64, EvidenceError> {
    let (_, v, rho) = checked(0.0, v, rho)?;
    let scale = parameter("scale", scale, 1e-3..=1e3)?;
    Ok(bound(-checked_alpha(alpha)?.ln(), f64::INFINITY, |s| gamma_exponential_raw(s, v, rho, scale)))
}

/// The bound of the beta-binomial mixture, for deviations that are either `-g` or `h`, with `v = g h` per observation,
/// tightest at intrinsic time `best_at` for `alpha_at`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn beta_binomial_bound(
    v: f64,
    alpha: f64,
    best_at: f64,
    alpha_at: f64,
    steps: (f64, f64),
    is_one_sided: bool,
) -> Result<f64, EvidenceError> {
    let (g, h) = (parameter("g", steps.0, 1e-6..=1e6)?, parameter("h", steps.1, 1e-6..=1e6)?);
    let (_, v, _) = checked(0.0, v, 1.0)?;
    let r = beta_binomial_rho(best_at, alpha_at, g, h, is_one_sided)?;
    // No step up is larger than h, so the sum is at most v / g.
    Ok(bound(-checked_alpha(alpha)?.ln(), v / g, |s| beta_binomial_raw(s, v, r, (g, h), is_one_sided)))
}

fn beta_binomial_rho(best_at: f64, alpha_at: f64, g: f64, h: f64, is_one_sided: bool) -> Result<f64, EvidenceError> {
    Ok((best_rho(best_at, alpha_at, is_one_sided)? - g * h).max(1e-3 * g * h))
}

fn beta_binomial_raw(s: f64, v: f64, r: f64, (g, h): (f64, f64), is_one_sided: bool) -> f64 {
    let span = g + h;
    let part = |a: f64, b: f64| {
        let side = if is_one_sided { beta_ln_tails(a, b, h / span).0 } else { 0.0 };
        ln_beta_density_raw(a, b, h / span, g / span) - side
    };
    part(r / (g * span), r / (h * span)) - part((r + (v - g * s).max(0.0)) / (g * span), (r + v + h * s) / (h * span))
}

/// The probabilities that a number of successes does not refute at any time: the two-sided beta-binomial mixture, tightest
/// after `best_at` trials for `alpha_at`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain, [`EvidenceError::Observation`] for more successes than trials.
pub fn bernoulli_interval(
    successes: u64,
    trials: u64,
    alpha: f64,
    best_at: f64,
    alpha_at: f64,
) -> Result<Interval, EvidenceError> {
    let threshold = -checked_alpha(alpha)?.ln();
    let best_at = parameter("best_at", best_at, 1.0..=MOST)?;
    checked_alpha(alpha_at)?;
    let (k, n) = (successes as f64, trials as f64);
    if successes > trials || n > MOST {
        return Err(EvidenceError::Observation);
    }
    let off = |p: f64| {
        let variance = p * (1.0 - p);
        beta_binomial_rho(best_at * variance, alpha_at, p, 1.0 - p, false)
            .map_or(f64::INFINITY, |r| beta_binomial_raw(k - n * p, n * variance, r, (p, 1.0 - p), false) - threshold)
    };
    let seen = if trials > 0 { k / n } else { 0.5 };
    // Inside the open interval: at its ends the steps vanish.
    let (least, most) = (1e-11, 1.0 - 1e-11);
    let inner = seen.clamp(1e-9, 1.0 - 1e-9);
    let lower = if successes == 0 || off(least) < 0.0 { 0.0 } else { bisect(least, inner, off) };
    let upper = if successes == trials || off(most) < 0.0 { 1.0 } else { bisect(most, inner, off) };
    Ok(Interval::new(Quantity::Probability, Some(lower), Some(upper), alpha))
}

/// The polynomial stitched bound (Howard et al. 2021, equation 10): the rate of the law of the iterated logarithm.
///
/// # Formula
///
/// `sqrt(k1² v l + k2² c² l²) + k2 c l` with `l = s ln ln(eta v / m) + ln(zeta(s) / (alpha ln^s eta))`,
/// `k1 = (eta^(1/4) + eta^(-1/4)) / √2`, `k2 = (√eta + 1) / 2`, `v` at least `m` = `v_min`; `c` is the scale (0 for normal
/// tails), `s` above 1 and `eta` above 1 shape it (1.4 and 2 are usual).
///
/// # Errors
///
/// [`EvidenceError::Parameter`] outside the domain.
pub fn stitched_bound(v: f64, alpha: f64, v_min: f64, scale: f64, s: f64, eta: f64) -> Result<f64, EvidenceError> {
    let alpha = checked_alpha(alpha)?;
    let v_min = parameter("v_min", v_min, 1e-6..=MOST)?;
    let v = parameter("v", v, 0.0..=MOST)?.max(v_min);
    let scale = parameter("scale", scale, 0.0..=1e6)?;
    let s = parameter("s", s, 1.01..=20.0)?;
    let eta = parameter("eta", eta, 1.01..=100.0)?;
    let l = s * (eta * v / v_min).ln().ln() + (zeta(s) / (alpha * eta.ln().powf(s))).ln();
    if l.is_nan() || l <= 0.0 {
        return Err(EvidenceError::Parameter("alpha"));
    }
    let k1 = (eta.powf(0.25) + eta.powf(-0.25)) * std::f64::consts::FRAC_1_SQRT_2;
    let k2 = (eta.sqrt() + 1.0) / 2.0;
    let jump = k2 * scale * l;
    Ok((k1 * k1 * v * l + jump * jump).sqrt() + jump)
}

/// Riemann's zeta function above 1: twenty terms and the Euler-Maclaurin remainder.
fn zeta(s: f64) -> f64 {
    let n = 20.0f64;
    let head: f64 = (1..20).map(|k| f64::from(k).powf(-s)).sum();
    let tail = n.powf(1.0 - s) / (s - 1.0) + 0.5 * n.powf(-s);
    let first = s * n.powf(-s - 1.0) / 12.0;
    let second = s * (s + 1.0) * (s + 2.0) * n.powf(-s - 3.0) / 720.0;
    let third = s * (s + 1.0) * (s + 2.0) * (s + 3.0) * (s + 4.0) * n.powf(-s - 5.0) / 30_240.0;
    head + tail + first - second + third
}

fn checked(s: f64, v: f64, rho: f64) -> Result<(f64, f64, f64), EvidenceError> {
    Ok((parameter("s", s, -MOST..=MOST)?, parameter("v", v, 0.0..=MOST)?, parameter("rho", rho, 1e-9..=MOST)?))
}

/// Where a rising function of the sum reaches the threshold, at most `most`.
fn bound(threshold: f64, most: f64, ln_e: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1.0;
    while high < most && ln_e(high) < threshold && high < 1e15 {
        high *= 2.0;
    }
    let high = high.min(most);
    if ln_e(high) < threshold { high } else { bisect(high, 0.0, |s| ln_e(s) - threshold) }
}
