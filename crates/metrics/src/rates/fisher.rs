//! Fisher's exact test.

use serde::{Deserialize, Serialize};

use super::binomial::{first_where, last_where};
use super::proportions::TwoProportions;
use super::solve::root;
use super::{Alternative, Bounds, RateError, bounds, probability, tail};
use crate::special::ln_beta;

/// The most outcomes that a sum goes through one by one.
const MOST_TERMS: u64 = 50_000_000;

/// So much above the observed probability an outcome still counts as one that is not more likely.
const TIE: f64 = 1.0 + 1e-7;

/// The result of Fisher's exact test.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct FisherExact {
    /// The odds of success in the first over those in the second, as counted; `None` where one of them does not exist.
    pub odds_ratio: Option<f64>,
    /// How likely a table at least as far from independence is, given its margins.
    pub p: f64,
}

/// Tests by the hypergeometric distribution of the first count given both margins. Two-sided it sums up all tables that are not
/// more likely (Fisher, "The logic of inductive inference", 1935).
///
/// # Errors
///
/// [`RateError::TooLarge`] when the tables run into tens of millions.
///
/// ```
/// use campaign_pilot_metrics::rates::{Alternative, TwoProportions, fisher_exact};
///
/// // The lady tasting tea.
/// let cups = TwoProportions::new(3, 4, 1, 4)?;
/// assert!((fisher_exact(&cups, Alternative::Larger)?.p - 17.0 / 70.0).abs() < 1e-12);
/// # Ok::<(), campaign_pilot_metrics::rates::RateError>(())
/// ```
pub fn fisher_exact(table: &TwoProportions, alternative: Alternative) -> Result<FisherExact, RateError> {
    let margins = Hypergeometric::of(table)?;
    let k = table.count1;
    let p = match alternative {
        Alternative::Smaller => margins.at_most(k),
        Alternative::Larger => margins.at_least(k),
        Alternative::TwoSided => margins.two_sided(k),
    };
    let (y1, y2) = (table.count1 as f64, table.count2 as f64);
    let odds_ratio = y1 * (table.trials2 as f64 - y2) / (y2 * (table.trials1 as f64 - y1));
    Ok(FisherExact { odds_ratio: odds_ratio.is_finite().then_some(odds_ratio), p: probability(p)? })
}

/// The odds ratio given both margins: the most likely one, and where it may lie.
///
/// The estimate differs from the counted odds ratio, since it looks at tables with the same margins only; `None` where it is
/// infinite or there is but one such table. The interval is that of Fisher's exact test: its ends are the odds ratios under
/// which a table at least as far out has half of `1 - level`.
///
/// # Errors
///
/// [`RateError::Confidence`] unless the level lies between 0 and 1, [`RateError::TooLarge`] for more than a million tables.
pub fn conditional_odds_ratio(table: &TwoProportions, level: f64) -> Result<(Option<f64>, Bounds), RateError> {
    let tail = tail(level)?;
    let margins = Hypergeometric::of(table)?;
    if margins.high - margins.low > MOST_WEIGHED {
        return Err(RateError::TooLarge);
    }
    let weighed = Weighed { low: margins.low, ln_masses: (margins.low..=margins.high).map(|k| margins.ln_pmf(k)).collect() };
    let k = table.count1;
    let (at_low, at_high) = (k == margins.low, k == margins.high);
    let solve = |function: &dyn Fn(f64) -> f64| root(function, -REACH, REACH).exp();
    let low = if at_low { 0.0 } else { solve(&|ln_odds| weighed.sums(k, ln_odds).1 - tail) };
    let high = if at_high { f64::INFINITY } else { solve(&|ln_odds| tail - weighed.sums(k, ln_odds).0) };
    let estimate = match (at_low, at_high) {
        (_, true) => None,
        (true, false) => Some(0.0),
        (false, false) => Some(solve(&|ln_odds| weighed.sums(k, ln_odds).2 - k as f64)),
    };
    Ok((estimate, bounds(low, high)?))
}

/// How far from 1 an odds ratio is searched, on its logarithm.
const REACH: f64 = 600.0;

/// The most tables that are weighed for an odds ratio.
const MOST_WEIGHED: u64 = 1_000_000;

/// The tables with given margins, to be weighed by an odds ratio.
struct Weighed {
    low: u64,
    ln_masses: Vec<f64>,
}

impl Weighed {
    /// `P(X <= k)`, `P(X >= k)` and the mean under an odds ratio, given by its logarithm.
    fn sums(&self, k: u64, ln_odds: f64) -> (f64, f64, f64) {
        let weight = |place: usize, ln_mass: f64| ln_mass + place as f64 * ln_odds;
        let weights = || self.ln_masses.iter().enumerate().map(|(place, ln_mass)| (place, weight(place, *ln_mass)));
        let largest = weights().map(|(_, weight)| weight).fold(f64::NEG_INFINITY, f64::max);
        let (mut whole, mut up_to, mut from, mut moment) = (0.0, 0.0, 0.0, 0.0);
        let at = usize::try_from(k - self.low).unwrap_or(usize::MAX);
        for (place, weight) in weights() {
            let mass = (weight - largest).exp();
            whole += mass;
            moment += mass * place as f64;
            up_to += if place <= at { mass } else { 0.0 };
            from += if place >= at { mass } else { 0.0 };
        }
        (up_to / whole, from / whole, self.low as f64 + moment / whole)
    }
}

/// How many of the successes fall to the first, given how many there are in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hypergeometric {
    trials1: u64,
    trials2: u64,
    successes: u64,
    pub(super) low: u64,
    pub(super) high: u64,
}

impl Hypergeometric {
    fn of(table: &TwoProportions) -> Result<Self, RateError> {
        let margins = Self::new(table.trials1, table.trials2, table.count1 + table.count2);
        if margins.high - margins.low > MOST_TERMS { Err(RateError::TooLarge) } else { Ok(margins) }
    }

    pub(super) fn new(trials1: u64, trials2: u64, successes: u64) -> Self {
        Self { trials1, trials2, successes, low: successes.saturating_sub(trials2), high: successes.min(trials1) }
    }

    fn ln_pmf(self, k: u64) -> f64 {
        let choose = |n: u64, k: u64| {
            let (n, k) = (n as f64, k as f64);
            -ln_beta(k + 1.0, n - k + 1.0).unwrap_or(f64::NAN) - (n + 1.0).ln()
        };
        choose(self.trials1, k) + choose(self.trials2, self.successes - k) - choose(self.trials1 + self.trials2, self.successes)
    }

    /// The probability of `k + 1` over that of `k`.
    fn step_up(self, k: f64) -> f64 {
        let left = self.successes as f64 - k;
        let second = self.trials2 as f64 - left + 1.0;
        (self.trials1 as f64 - k) * left / ((k + 1.0) * second)
    }

    pub(super) fn at_most(self, k: u64) -> f64 {
        if k >= self.high {
            return 1.0;
        }
        if k < self.low {
            return 0.0;
        }
        if k >= self.mode() {
            return 1.0 - self.at_least_summed(k + 1);
        }
        self.at_most_summed(k)
    }

    pub(super) fn at_least(self, k: u64) -> f64 {
        if k <= self.low {
            return 1.0;
        }
        if k > self.high {
            return 0.0;
        }
        if k <= self.mode() {
            return 1.0 - self.at_most_summed(k - 1);
        }
        self.at_least_summed(k)
    }

    /// From `k` down, until nothing more is added.
    fn at_most_summed(self, k: u64) -> f64 {
        let (mut sum, mut term, mut at) = (1.0, 1.0, k);
        while at > self.low && term > sum * 1e-18 {
            at -= 1;
            term /= self.step_up(at as f64);
            sum += term;
        }
        self.ln_pmf(k).exp() * sum
    }

    /// From `k` up, until nothing more is added.
    fn at_least_summed(self, k: u64) -> f64 {
        let (mut sum, mut term, mut at) = (1.0, 1.0, k);
        while at < self.high && term > sum * 1e-18 {
            term *= self.step_up(at as f64);
            at += 1;
            sum += term;
        }
        self.ln_pmf(k).exp() * sum
    }

    fn mode(self) -> u64 {
        let mode =
            (self.trials1 as f64 + 1.0) * (self.successes as f64 + 1.0) / (self.trials1 as f64 + self.trials2 as f64 + 2.0);
        super::binomial::to_count(mode.floor(), self.high).max(self.low)
    }

    fn two_sided(self, k: u64) -> f64 {
        let limit = self.ln_pmf(k) + TIE.ln();
        let unlikely = |outcome: u64| self.ln_pmf(outcome) <= limit;
        let mode = self.mode();
        if unlikely(mode) {
            return 1.0;
        }
        if k < mode {
            self.at_most(k) + first_where(mode, self.high, unlikely).map_or(0.0, |first| self.at_least(first))
        } else {
            let shifted = |place: u64| unlikely(self.low + place);
            let last = last_where(mode - self.low, shifted).map(|place| self.low + place);
            self.at_least(k) + last.map_or(0.0, |last| self.at_most(last))
        }
    }
}
