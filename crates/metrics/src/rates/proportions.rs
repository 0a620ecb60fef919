//! Two shares of trials: tests.

use serde::{Deserialize, Serialize};

use super::{Alternative, RateError, TestResult, normal};

/// Two counts of successes, each of a number of independent trials (orders of visitors, clicks of impressions).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TwoProportions {
    pub(super) count1: u64,
    pub(super) trials1: u64,
    pub(super) count2: u64,
    pub(super) trials2: u64,
}

/// How two shares are tested for being the same. [`super::fisher_exact`] and [`super::boschloo_exact`] are exact tests of the
/// same.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ProportionTest {
    /// Score test, the variance taken under the hypothesis and corrected by `n / (n - 1)` (Miettinen and Nurminen,
    /// "Comparative analysis of two rates", Statistics in Medicine 4, 1985).
    Score,
    /// The same without the correction: the z-test with a pooled share, whose square is Pearson's chi-square.
    PooledZ,
    /// Wald test of the difference, the variance taken as observed.
    Wald,
    /// The same with one success and one failure added to each (Agresti and Caffo, 2000).
    AgrestiCaffo,
    /// Wald test on the logarithm of the ratio; undefined for no success.
    Log,
    /// The same with half a success added to each.
    LogAdjusted,
    /// Wald test on the logarithm of the odds ratio; undefined for no success or no failure.
    Logit,
    /// The same with half a success and half a failure added to each.
    LogitAdjusted,
}

impl TwoProportions {
    /// `count1` successes of `trials1`, and `count2` of `trials2`.
    ///
    /// # Errors
    ///
    /// [`RateError::Trials`] unless both have trials and no more successes than those, [`RateError::TooLarge`] when all trials
    /// together cannot be counted.
    pub fn new(count1: u64, trials1: u64, count2: u64, trials2: u64) -> Result<Self, RateError> {
        if trials1 == 0 || trials2 == 0 || count1 > trials1 || count2 > trials2 {
            return Err(RateError::Trials);
        }
        // The exact sums need room for one more.
        trials1.checked_add(trials2).and_then(|all| all.checked_add(1)).ok_or(RateError::TooLarge)?;
        Ok(Self { count1, trials1, count2, trials2 })
    }

    /// Tests whether both success probabilities are the same; the alternative is about the first.
    ///
    /// # Errors
    ///
    /// [`RateError::Undefined`] where the method divides nothing by nothing, such as for no success at all.
    pub fn test(&self, method: ProportionTest, alternative: Alternative) -> Result<TestResult, RateError> {
        let (add, on_trials) = match method {
            ProportionTest::AgrestiCaffo => (1.0, 2.0),
            ProportionTest::LogAdjusted => (0.5, 0.5),
            ProportionTest::LogitAdjusted => (0.5, 1.0),
            _ => (0.0, 0.0),
        };
        let (y1, n1) = (self.count1 as f64 + add, self.trials1 as f64 + on_trials);
        let (y2, n2) = (self.count2 as f64 + add, self.trials2 as f64 + on_trials);
        let (p1, p2) = (y1 / n1, y2 / n2);
        let statistic = match method {
            ProportionTest::Score => self.score(Contrast::Difference, 0.0),
            ProportionTest::PooledZ => {
                let pooled = (y1 + y2) / (n1 + n2);
                (p1 - p2) / (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt()
            }
            ProportionTest::Wald | ProportionTest::AgrestiCaffo => {
                (p1 - p2) / (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt()
            }
            ProportionTest::Log | ProportionTest::LogAdjusted => {
                (p1 / p2).ln() / (1.0 / y1 - 1.0 / n1 + 1.0 / y2 - 1.0 / n2).sqrt()
            }
            ProportionTest::Logit | ProportionTest::LogitAdjusted => {
                let odds = y1 / (n1 - y1) / (y2 / (n2 - y2));
                odds.ln() / (1.0 / y1 + 1.0 / (n1 - y1) + 1.0 / y2 + 1.0 / (n2 - y2)).sqrt()
            }
        };
        if !statistic.is_finite() {
            return Err(RateError::Undefined);
        }
        normal(statistic, alternative)
    }

    /// The score statistic of a value of a contrast, with Miettinen and Nurminen's correction. NaN where it is undefined.
    pub(super) fn score(&self, contrast: Contrast, value: f64) -> f64 {
        let (y1, n1) = (self.count1 as f64, self.trials1 as f64);
        let (y2, n2) = (self.count2 as f64, self.trials2 as f64);
        let n = n1 + n2;
        let correction = n / (n - 1.0);
        let variance = |(q1, q2): (f64, f64), weight: f64| q1 * (1.0 - q1) / n1 + weight * q2 * (1.0 - q2) / n2;
        let statistic = match contrast {
            Contrast::Difference => {
                let variance = variance(likeliest_by_difference(value, y1, n1, y2, n2), 1.0);
                (y1 / n1 - y2 / n2 - value) / variance.sqrt()
            }
            Contrast::Ratio => {
                let variance = variance(likeliest_by_ratio(value, y1, n1, y2, n2), value * value);
                (y1 / n1 - value * (y2 / n2)) / variance.sqrt()
            }
            Contrast::OddsRatio => score_of_odds(value.ln(), y1, n1, y1 + y2, n2),
        };
        statistic / correction.sqrt()
    }
}

/// What two shares are compared by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Contrast {
    Difference,
    Ratio,
    OddsRatio,
}

/// The most likely shares among those with a given difference.
pub(super) fn likeliest_by_difference(value: f64, y1: f64, n1: f64, y2: f64, n2: f64) -> (f64, f64) {
    if value.abs() <= 0.0 {
        let pooled = (y1 + y2) / (n1 + n2);
        return (pooled, pooled);
    }
    // The score falls from above to below zero between the ends, since the likelihood is concave there.
    let slope = |q2: f64| {
        let part = |y: f64, n: f64, q: f64| (if y > 0.0 { y / q } else { 0.0 }) - (if y < n { (n - y) / (1.0 - q) } else { 0.0 });
        part(y1, n1, q2 + value) + part(y2, n2, q2)
    };
    let (mut low, mut high) = ((-value).max(0.0), (1.0 - value).min(1.0));
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    let q2 = f64::midpoint(low, high);
    ((q2 + value).clamp(0.0, 1.0), q2)
}

/// The most likely shares among those with a given ratio.
fn likeliest_by_ratio(value: f64, y1: f64, n1: f64, y2: f64, n2: f64) -> (f64, f64) {
    let y = y1 + y2;
    let (a, b) = ((n1 + n2) * value, n1 * value + y1 + n2 + y2 * value);
    // The smaller root of a q^2 - b q + y = 0, in the form that keeps its digits.
    let q2 = 2.0 * y / (b + (b * b - 4.0 * a * y).max(0.0).sqrt());
    ((q2 * value).clamp(0.0, 1.0), q2.clamp(0.0, 1.0))
}

/// The score statistic of an odds ratio, given by its logarithm, for `y` successes in all.
///
/// Shares near 0 and 1 lose their digits, so both are held as logits: the second one's is where the expected successes of both
/// add up to those that were seen.
fn score_of_odds(ln_ratio: f64, y1: f64, n1: f64, y: f64, n2: f64) -> f64 {
    let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let failures = n1 + n2 - y;
    let over = |logit: f64| {
        // On the side with less, which is told more exactly.
        if y <= failures {
            n1 * share(logit + ln_ratio) + n2 * share(logit) - y
        } else {
            failures - n1 * share(-logit - ln_ratio) - n2 * share(-logit)
        }
    };
    let reach = 800.0 + ln_ratio.abs();
    let logit = super::solve::root(over, -reach, reach);
    let information = |n: f64, logit: f64| n * share(logit) * share(-logit);
    let (first, second) = (information(n1, logit + ln_ratio), information(n2, logit));
    let off = if logit + ln_ratio <= 0.0 { y1 - n1 * share(logit + ln_ratio) } else { n1 * share(-logit - ln_ratio) - (n1 - y1) };
    off / (first / (first + second) * second).sqrt()
}
