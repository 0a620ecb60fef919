//! The binomial distribution: exact tails of any size.

use super::{Alternative, RateError, probability};
use crate::special::{beta_reg, beta_reg_complement, inverse_beta_reg, inverse_beta_reg_complement, ln_beta};

/// So much above the observed probability an outcome still counts as one that is not more likely.
const TIE: f64 = 1.0 + 1e-7;

/// `n` trials with success probability `p` in (0, 1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Binomial {
    pub(super) n: u64,
    pub(super) p: f64,
}

impl Binomial {
    pub(super) fn ln_pmf(self, k: u64) -> f64 {
        if k > self.n {
            return f64::NEG_INFINITY;
        }
        let (k, rest) = (k as f64, (self.n - k) as f64);
        let choose = -ln_beta(k + 1.0, rest + 1.0).unwrap_or(f64::NAN) - (self.n as f64 + 1.0).ln();
        choose + k * self.p.ln() + rest * (-self.p).ln_1p()
    }

    pub(super) fn pmf(self, k: u64) -> f64 {
        self.ln_pmf(k).exp()
    }

    /// `P(X <= k)`.
    pub(super) fn cdf(self, k: u64) -> Option<f64> {
        if k >= self.n {
            return Some(1.0);
        }
        beta_reg_complement(k as f64 + 1.0, (self.n - k) as f64, self.p)
    }

    /// `P(X >= k)`.
    pub(super) fn at_least(self, k: u64) -> Option<f64> {
        match k {
            0 => Some(1.0),
            k if k > self.n => Some(0.0),
            k => beta_reg(k as f64, (self.n - k) as f64 + 1.0, self.p),
        }
    }

    /// How likely outcomes are that are not more likely than `k`.
    fn two_sided(self, k: u64) -> Option<f64> {
        let mode = ((self.n as f64 + 1.0) * self.p).floor();
        let limit = self.ln_pmf(k) + TIE.ln();
        let unlikely = |outcome: u64| self.ln_pmf(outcome) <= limit;
        let at = k as f64;
        if (at - self.n as f64 * self.p).abs() <= f64::EPSILON * at {
            return Some(1.0);
        }
        let mode = if mode.is_finite() && mode >= 0.0 { to_count(mode, self.n) } else { 0 };
        if unlikely(mode) {
            return Some(1.0);
        }
        if k < mode {
            // The first outcome above the mode that is unlikely again.
            let first = first_where(mode, self.n, unlikely);
            Some(self.cdf(k)? + first.map_or(Some(0.0), |first| self.at_least(first))?)
        } else {
            let last = last_where(mode, unlikely);
            Some(self.at_least(k)? + last.map_or(Some(0.0), |last| self.cdf(last))?)
        }
    }

    pub(super) fn test(self, k: u64, alternative: Alternative) -> Result<f64, RateError> {
        let p = match alternative {
            Alternative::TwoSided => self.two_sided(k),
            Alternative::Larger => self.at_least(k),
            Alternative::Smaller => self.cdf(k),
        };
        probability(p.ok_or(RateError::NotFinite)?)
    }
}

/// The success probabilities below and above which `k` of `n` or more, or fewer, would be less likely than `tail` (Clopper and
/// Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934).
pub(super) fn clopper_pearson(k: u64, n: u64, tail: f64) -> Option<(f64, f64)> {
    let (successes, failures) = (k as f64, (n - k) as f64);
    let low = if k == 0 { 0.0 } else { inverse_beta_reg(successes, failures + 1.0, tail)? };
    let high = if k == n { 1.0 } else { inverse_beta_reg_complement(successes + 1.0, failures, tail)? };
    Some((low, high))
}

/// The first number from `from` to `to` for which a condition holds that holds from there on.
pub(super) fn first_where(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(to) {
        return None;
    }
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// The last number from 0 to `to` for which a condition holds that holds up to there.
pub(super) fn last_where(to: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(0) {
        return None;
    }
    let (mut low, mut high) = (0, to);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

/// A whole number at or above zero as a count, at most `most`.
pub(super) fn to_count(value: f64, most: u64) -> u64 {
    use rust_decimal::prelude::ToPrimitive;
    value.to_u64().unwrap_or(if value > 0.0 { most } else { 0 }).min(most)
}
