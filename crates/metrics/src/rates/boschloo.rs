//! Boschloo's exact test.

use super::binomial::{Binomial, first_where, last_where};
use super::fisher::Hypergeometric;
use super::proportions::TwoProportions;
use super::{Alternative, RateError, TestResult, probability};

/// The most trials on either side: the work grows with their product.
const MOST_TRIALS: u64 = 5_000;

/// Into how many parts the range of the common share is cut for a first look at where the maximum lies.
const GRID: u32 = 400;

/// Tests whether two shares are the same by Fisher's p-value as the statistic, with its distribution under the common share that
/// makes it largest (Boschloo, "Raised conditional level of significance for the 2 x 2 table when testing the equality of two
/// probabilities", Statistica Neerlandica 24, 1970). More powerful than Fisher's test and as exact.
///
/// The statistic is Fisher's one-sided p-value. Two-sided, the smaller of both one-sided p-values is doubled.
///
/// # Errors
///
/// [`RateError::TooLarge`] above 5,000 trials on either side: there [`super::ProportionTest::Score`] does as well.
pub fn boschloo_exact(table: &TwoProportions, alternative: Alternative) -> Result<TestResult, RateError> {
    if table.trials1 > MOST_TRIALS || table.trials2 > MOST_TRIALS {
        return Err(RateError::TooLarge);
    }
    let one_sided = |smaller: bool| {
        let region = Region::of(table, smaller);
        (region.fisher, region.largest())
    };
    let (statistic, p) = match alternative {
        Alternative::Smaller => one_sided(true),
        Alternative::Larger => one_sided(false),
        Alternative::TwoSided => {
            let (smaller, larger) = (one_sided(true), one_sided(false));
            let least = if smaller.1 <= larger.1 { smaller } else { larger };
            (least.0, (2.0 * least.1).min(1.0))
        }
    };
    Ok(TestResult { statistic: Some(probability(statistic)?), p: probability(p)? })
}

/// All tables whose one-sided Fisher p-value is not larger than the observed one.
struct Region {
    trials1: u64,
    trials2: u64,
    smaller: bool,
    fisher: f64,
    /// For each first count, the second count from which on (for `smaller`) or up to which tables belong to it.
    edges: Vec<Option<u64>>,
}

impl Region {
    fn of(table: &TwoProportions, smaller: bool) -> Self {
        let (trials1, trials2) = (table.trials1, table.trials2);
        let p = |first: u64, second: u64| {
            let margins = Hypergeometric::new(trials1, trials2, first + second);
            if smaller { margins.at_most(first) } else { margins.at_least(first) }
        };
        let fisher = p(table.count1, table.count2);
        // Equal fractions may differ in the last digits.
        let inside = |first: u64, second: u64| p(first, second) <= fisher * (1.0 + 1e-9);
        let edge = |first: u64| {
            if smaller {
                first_where(0, trials2, |second| inside(first, second))
            } else {
                last_where(trials2, |second| inside(first, second))
            }
        };
        Self { trials1, trials2, smaller, fisher, edges: (0..=trials1).map(edge).collect() }
    }

    /// The largest probability of the region over all common shares.
    fn largest(&self) -> f64 {
        let step = 1.0 / f64::from(GRID);
        let at = |place: u32| self.probability(f64::from(place) * step);
        let grid: Vec<f64> = (0..=GRID).map(at).collect();
        let peak = (0..=GRID).zip(&grid).max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(place, _)| place);
        let (mut low, mut high) = (f64::from(peak.saturating_sub(1)) * step, f64::from((peak + 1).min(GRID)) * step);
        // Golden sections around the highest point of the grid.
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        for _ in 0..60 {
            let (left, right) = (high - golden * (high - low), low + golden * (high - low));
            if self.probability(left) < self.probability(right) { low = left } else { high = right }
        }
        grid.into_iter().fold(self.probability(f64::midpoint(low, high)), f64::max)
    }

    fn probability(&self, share: f64) -> f64 {
        if share <= 0.0 || share >= 1.0 {
            // Only one table is possible: no success, or no failure.
            let certain = if share <= 0.0 { (0, 0) } else { (self.trials1, self.trials2) };
            let edge = usize::try_from(certain.0).ok().and_then(|first| self.edges.get(first).copied()).flatten();
            let inside = edge.is_some_and(|edge| if self.smaller { certain.1 >= edge } else { certain.1 <= edge });
            return f64::from(u8::from(inside));
        }
        let (first, second) = (Binomial { n: self.trials1, p: share }, Binomial { n: self.trials2, p: share });
        let tails: Vec<f64> = cumulated(second, self.smaller);
        let mut sum = 0.0;
        for (count, edge) in (0..=self.trials1).zip(&self.edges) {
            let Some(tail) = edge.and_then(|edge| usize::try_from(edge).ok()).and_then(|edge| tails.get(edge)) else { continue };
            sum += first.pmf(count) * tail;
        }
        sum
    }
}

/// `P(X >= k)` for each `k`, or `P(X <= k)`.
fn cumulated(distribution: Binomial, from_above: bool) -> Vec<f64> {
    let masses = (0..=distribution.n).map(|count| distribution.pmf(count));
    let add = |sum: &mut f64, mass: f64| {
        *sum += mass;
        Some(*sum)
    };
    if from_above {
        let mut tails: Vec<f64> = masses.rev().scan(0.0, add).collect();
        tails.reverse();
        tails
    } else {
        masses.scan(0.0, add).collect()
    }
}
