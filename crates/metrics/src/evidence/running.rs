//! Totals that do not depend on the order of what is added.

use serde::{Deserialize, Serialize};

use super::EvidenceError;

/// More than this is not counted, neither at once nor in total.
pub(super) const MOST: f64 = 1e12;

/// A sum with its rounding errors kept (Neumaier).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) {
        let total = self.total + x;
        self.lost += if self.total.abs() >= x.abs() { (self.total - total) + x } else { (x - total) + self.total };
        self.total = total;
    }

    pub(super) fn get(self) -> f64 {
        self.total + self.lost
    }

    /// Whether adding could have come to this: squares reach furthest, and what is lost is a sliver of the total.
    pub(super) fn is_sound(self) -> bool {
        self.total.abs() <= MOST * MOST && self.lost.abs() <= self.total.abs().max(1.0)
    }
}

/// The bounds that every look so far left: they only narrow, and have crossed once no value is left.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Bounds {
    lower: f64,
    upper: f64,
}

impl Bounds {
    pub(super) fn new(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }

    /// Takes in the bounds of one look.
    pub(super) fn narrow(&mut self, lower: f64, upper: f64) {
        self.lower = self.lower.max(lower);
        self.upper = self.upper.min(upper);
    }

    /// Takes in that a look refuted the null and all that lies on one side of it.
    pub(super) fn pass(&mut self, null: f64, is_above: bool) {
        if is_above { self.narrow(null.next_up(), f64::INFINITY) } else { self.narrow(f64::NEG_INFINITY, null.next_down()) }
    }

    pub(super) fn excludes(self, value: f64) -> bool {
        self.lower > self.upper || value < self.lower || value > self.upper
    }

    pub(super) fn get(self) -> (f64, f64) {
        (self.lower, self.upper)
    }
}

/// A count or expectation that may be added to what there is.
pub(super) fn countable(so_far: f64, x: f64) -> Result<f64, EvidenceError> {
    if (0.0..=MOST).contains(&x) && so_far + x <= MOST { Ok(x) } else { Err(EvidenceError::Observation) }
}

/// A value of either sign that may be added to what there is.
pub(super) fn finite(so_far: f64, x: f64) -> Result<f64, EvidenceError> {
    if x.abs() <= MOST && (so_far + x).abs() <= MOST { Ok(x) } else { Err(EvidenceError::Observation) }
}

/// A parameter inside `range`.
pub(super) fn parameter(name: &'static str, x: f64, range: std::ops::RangeInclusive<f64>) -> Result<f64, EvidenceError> {
    if range.contains(&x) { Ok(x) } else { Err(EvidenceError::Parameter(name)) }
}

/// `ln Σ e^x`.
pub(super) fn ln_sum_exp(xs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = xs.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY { most } else { most + xs.map(|x| (x - most).exp()).sum::<f64>().ln() }
}

/// Where the sign of `f` changes between `low` (where it is not negative) and `high` (where it is).
pub(super) fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if f(middle) >= 0.0 {
            low = middle
        } else {
            high = middle
        }
        if (high - low).abs() <= 1e-15 * high.abs() {
            break;
        }
    }
    0.5 * (low + high)
}

/// [`bisect`] for bounds of very different size, both above zero.
pub(super) fn bisect_ratio(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    bisect(low.ln(), high.ln(), |s| f(s.exp())).exp()
}
