//! An e-process for statements that come with their probabilities.

use serde::{Deserialize, Serialize};

/// By how much the odds that were stated may be too high: the alternatives that are mixed, equally weighted.
const ODDS: [f64; 4] = [0.75, 0.5, 0.25, 0.1];
/// Above it a stated share counts as this: one surprise is not to prove everything.
const SUREST: f64 = 0.99;
/// Below it nothing is stated that could be too high.
const LEAST: f64 = 0.01;

/// A test that statements hold at least as often as they say, valid however often it is looked at.
///
/// # Formula
///
/// A statement that holds with a probability of at least `p` is weighed against one of odds `c p / (1 - p)`, probability `q`:
/// the likelihood ratio `q / p` where it held and `(1 - q) / (1 - p)` where not has an expectation of at most 1. Products of these over
/// the statements, averaged over some `c`, are an e-process (Ville 1939; Shafer 2021).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct StatedShare {
    ln_wealth: [f64; 4],
}

impl StatedShare {
    /// Takes a statement that was said to hold with a probability, and whether it did.
    pub(super) fn observe(&mut self, stated: f64, held: bool) {
        if stated.is_nan() || stated < LEAST {
            return;
        }
        let p = stated.min(SUREST);
        for (ln_wealth, c) in self.ln_wealth.iter_mut().zip(ODDS) {
            let q = c * p / (c * p + 1.0 - p);
            *ln_wealth += if held { (q / p).ln() } else { ((1.0 - q) / (1.0 - p)).ln() };
        }
    }

    pub(super) fn ln_e(&self) -> f64 {
        ln_mean(self.ln_wealth)
    }
}

/// The logarithm of the mean of numbers whose logarithms are given: means of e-processes are e-processes.
pub(super) fn ln_mean<const N: usize>(logarithms: [f64; N]) -> f64 {
    let largest = logarithms.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let parts = logarithms.map(|logarithm| (logarithm - largest).exp());
    let (sum, count) = parts.into_iter().fold((0.0, 0.0), |(sum, count), part| (sum + part, count + 1.0));
    largest + (sum / count).ln()
}
