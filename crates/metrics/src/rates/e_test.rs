//! The E-test: joint probabilities of all outcomes that are at least as far out.

use super::poisson::{TwoRates, score_of_difference};
use super::{Alternative, RateError, TestResult, finite, probability};

/// The most events that an E-test expects on either side; its sums go through a few of their square roots.
pub const LARGEST_EXPECTATION: f64 = 1e9;

/// Statistics within this part of the observed one are equal: the same fraction computed from other counts.
const TIE: f64 = 1e-12;

/// A statistic that grows with the first count and falls with the second.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statistic {
    RatioScore { r: f64 },
    RatioWald { r: f64 },
    DifferenceScore { n1: f64, n2: f64, difference: f64 },
    DifferenceWald { n1: f64, n2: f64, difference: f64 },
}

impl Statistic {
    fn of(self, x1: f64, x2: f64) -> f64 {
        let value = match self {
            Self::RatioScore { r } => (x1 - x2 * r) / ((x1 + x2) * r).sqrt(),
            Self::RatioWald { r } => (x1 - x2 * r) / (x1 + x2 * r * r).sqrt(),
            Self::DifferenceScore { n1, n2, difference } => score_of_difference(x1, n1, x2, n2, difference),
            Self::DifferenceWald { n1, n2, difference } => {
                (x1 / n1 - x2 / n2 - difference) / (x1 / n1 / n1 + x2 / n2 / n2).sqrt()
            }
        };
        // Two counts of zero say nothing.
        if value.is_nan() { 0.0 } else { value }
    }
}

/// Tests by `statistic` with so many events expected under the hypothesis.
pub(super) fn e_test(
    rates: &TwoRates,
    statistic: Statistic,
    expected1: f64,
    expected2: f64,
    alternative: Alternative,
) -> Result<TestResult, RateError> {
    let observed = statistic.of(rates.count1 as f64, rates.count2 as f64);
    if !observed.is_finite() || !expected1.is_finite() || !expected2.is_finite() {
        return Err(RateError::Undefined);
    }
    if expected1 > LARGEST_EXPECTATION || expected2 > LARGEST_EXPECTATION {
        return Err(RateError::TooLarge);
    }
    let (first, second) = (Mass::of(expected1), Mass::of(expected2));
    let (below, above) = (second.up_to(), second.from());
    let slack = TIE * observed.abs().max(1.0);
    // Where the statistic is at least `limit`, the second count is at most so large; and the other way round.
    let larger = |limit: f64| sum(&first, &second, &below, |x1, x2| statistic.of(x1, x2) >= limit - slack, true);
    let smaller = |limit: f64| sum(&first, &second, &above, |x1, x2| statistic.of(x1, x2) > limit + slack, false);
    let p = match alternative {
        Alternative::Larger => larger(observed),
        Alternative::Smaller => smaller(observed),
        Alternative::TwoSided if observed.abs() <= slack => 1.0,
        Alternative::TwoSided => larger(observed.abs()) + smaller(-observed.abs()),
    };
    Ok(TestResult { statistic: Some(finite(observed)?), p: probability(p)? })
}

/// Adds up the first count's probabilities times those of the second counts before the first one for which `inside` no longer
/// holds (`up`), or from there on.
fn sum(first: &Mass, second: &Mass, cumulated: &[f64], inside: impl Fn(f64, f64) -> bool, up: bool) -> f64 {
    let mut edge = 0_usize;
    let mut total = 0.0;
    for (place, mass) in first.mass.iter().enumerate() {
        let x1 = first.start + place as f64;
        // The edge only moves up, since the statistic grows with the first count.
        while edge < second.mass.len() && inside(x1, second.start + edge as f64) {
            edge += 1;
        }
        let part = if up { edge.checked_sub(1).and_then(|last| cumulated.get(last)) } else { cumulated.get(edge) };
        total += mass * part.copied().unwrap_or_default();
    }
    total
}

/// The probabilities of a Poisson count around its expectation, as far as they can be told from zero.
struct Mass {
    start: f64,
    mass: Vec<f64>,
}

impl Mass {
    fn of(expected: f64) -> Self {
        let reach = 39.0 * expected.sqrt() + 200.0;
        let mode = expected.floor();
        let start = (mode - reach.ceil()).max(0.0);
        let mut mass = Vec::new();
        // In multiples of the probability of the mode, until the sum is known.
        let (mut k, mut value) = (mode, 1.0);
        while k > start {
            value *= k / expected;
            k -= 1.0;
            mass.push(value);
        }
        mass.reverse();
        mass.push(1.0);
        (k, value) = (mode, 1.0);
        while k < mode + reach && value > 0.0 {
            k += 1.0;
            value *= expected / k;
            mass.push(value);
        }
        // The small ones first, so that they are not lost.
        let (left, right) = mass.split_at(mass.iter().position(|value| *value >= 1.0).unwrap_or_default());
        let whole = left.iter().sum::<f64>() + right.iter().rev().sum::<f64>();
        mass.iter_mut().for_each(|value| *value /= whole);
        Self { start, mass }
    }

    fn up_to(&self) -> Vec<f64> {
        self.mass
            .iter()
            .scan(0.0, |sum, mass| {
                *sum += mass;
                Some(*sum)
            })
            .collect()
    }

    fn from(&self) -> Vec<f64> {
        let mut sums: Vec<f64> = self
            .mass
            .iter()
            .rev()
            .scan(0.0, |sum, mass| {
                *sum += mass;
                Some(*sum)
            })
            .collect();
        sums.reverse();
        sums
    }
}
