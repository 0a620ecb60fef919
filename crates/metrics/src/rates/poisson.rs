//! Two counts over their exposures: tests.

use serde::{Deserialize, Serialize};

use super::binomial::Binomial;
use super::e_test::{Statistic, e_test};
use super::{Alternative, RateError, TestResult, finite, normal, probability};

/// Two counts of independent events (sales, clicks), each over an exposure (hours, visitors) in the same unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoRates {
    pub(super) count1: u64,
    pub(super) exposure1: f64,
    pub(super) count2: u64,
    pub(super) exposure2: f64,
}

/// How the ratio of two rates is tested.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum RateTest {
    /// Given their sum, the first count is binomial; two-sided it sums up all outcomes that are not more likely. Never rejects a
    /// true hypothesis more often than it says.
    ExactConditional,
    /// The same less half the probability of the outcome itself: closer to what it says, a little above it at times.
    MidP,
    /// Score test, the variance taken under the hypothesis.
    Score,
    /// Score test on the logarithm of the ratio; undefined for a count of zero.
    ScoreLog,
    /// Wald test, the variance taken as observed.
    Wald,
    /// Wald test on the logarithm of the ratio; undefined for a count of zero.
    WaldLog,
    /// On square roots, which makes the variance constant.
    Sqrt,
    /// Sums the joint probability of all outcomes whose score statistic is at least as far out.
    ETestScore,
    /// The same by the Wald statistic.
    ETestWald,
}

/// How the difference of two rates is tested.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum DifferenceTest {
    /// Score test, the variance taken under the hypothesis.
    Score,
    /// Wald test, the variance taken as observed.
    Wald,
    /// Wald test with half an event added to each count in the variance.
    WaldCorrected,
    /// Sums the joint probability of all outcomes whose score statistic is at least as far out.
    ETestScore,
    /// The same by the Wald statistic.
    ETestWald,
}

impl TwoRates {
    /// `count1` events over `exposure1`, and `count2` over `exposure2`.
    ///
    /// # Errors
    ///
    /// [`RateError::Exposure`] unless both exposures are finite and above zero.
    pub fn new(count1: u64, exposure1: f64, count2: u64, exposure2: f64) -> Result<Self, RateError> {
        let usable = |exposure: f64| exposure.is_normal() && exposure > 0.0;
        let quotient = exposure1 / exposure2;
        if !usable(exposure1) || !usable(exposure2) || !usable(quotient) || !usable(exposure2 / exposure1) {
            return Err(RateError::Exposure);
        }
        Ok(Self { count1, exposure1, count2, exposure2 })
    }

    /// Tests whether the first rate is `ratio` times the second.
    ///
    /// # Formula
    ///
    /// With counts `y1`, `y2`, exposures `n1`, `n2` and `r = ratio n1 / n2`: score `(y1 - y2 r) / sqrt((y1 + y2) r)`, Wald
    /// `(y1 - y2 r) / sqrt(y1 + y2 r^2)`, score-log `(ln(y1 / y2) - ln r) / sqrt((2 + 1/r + r) / (y1 + y2))`, Wald-log
    /// `(ln(y1 / y2) - ln r) / sqrt(1/y1 + 1/y2)`, square root `2 (sqrt(y1 + 3/8) - sqrt((y2 + 3/8) r)) / sqrt(1 + r)` (Gu et
    /// al., "Testing the ratio of two Poisson rates", Biometrical Journal 50, 2008); the conditional tests with
    /// `y1 | y1 + y2` binomial with probability `r / (1 + r)`; the E-test as in Krishnamoorthy and Thomson, "A more powerful
    /// test for comparing two Poisson means", Journal of Statistical Planning and Inference 119, 2004.
    ///
    /// # Errors
    ///
    /// [`RateError::Null`] unless the ratio is finite and above zero, [`RateError::Undefined`] where the method is,
    /// [`RateError::TooLarge`] for an E-test on more than [`super::LARGEST_EXPECTATION`] events.
    pub fn test_ratio(&self, method: RateTest, ratio: f64, alternative: Alternative) -> Result<TestResult, RateError> {
        let r = ratio * (self.exposure1 / self.exposure2);
        if !ratio.is_normal() || ratio < 0.0 || !r.is_normal() {
            return Err(RateError::Null);
        }
        let (y1, y2) = (self.count1 as f64, self.count2 as f64);
        let logs = || if self.count1 == 0 || self.count2 == 0 { Err(RateError::Undefined) } else { Ok((y1 / y2 / r).ln()) };
        match method {
            RateTest::ExactConditional | RateTest::MidP => self.conditional(r, method, alternative),
            RateTest::Score => normal((y1 - y2 * r) / ((y1 + y2) * r).sqrt(), alternative),
            RateTest::Wald => normal((y1 - y2 * r) / (y1 + y2 * r * r).sqrt(), alternative),
            RateTest::ScoreLog => normal(logs()? / ((2.0 + 1.0 / r + r) / (y1 + y2)).sqrt(), alternative),
            RateTest::WaldLog => normal(logs()? / (1.0 / y1 + 1.0 / y2).sqrt(), alternative),
            RateTest::Sqrt => {
                let gap = (y1 + 0.375).sqrt() - ((y2 + 0.375) * r).sqrt();
                normal(2.0 * gap / (1.0 + r).sqrt(), alternative)
            }
            RateTest::ETestScore | RateTest::ETestWald => {
                let statistic =
                    if method == RateTest::ETestScore { Statistic::RatioScore { r } } else { Statistic::RatioWald { r } };
                let pooled = y1 + y2;
                e_test(self, statistic, pooled * r / (1.0 + r), pooled / (1.0 + r), alternative)
            }
        }
    }

    /// Tests whether the first rate is `difference` more than the second.
    ///
    /// # Formula
    ///
    /// With rates `p1 = y1 / n1`, `p2 = y2 / n2`: Wald `(p1 - p2 - difference) / sqrt(p1 / n1 + p2 / n2)`; corrected with
    /// `(y1 + 1/2) / n1^2 + (y2 + 1/2) / n2^2` as the variance; score with the rates that are most likely under the hypothesis
    /// (Ng and Tang, "Testing the equality of two Poisson means using the rate ratio", Statistics in Medicine 24, 2005).
    ///
    /// # Errors
    ///
    /// As [`TwoRates::test_ratio`]; [`RateError::Null`] unless the difference is finite.
    pub fn test_difference(
        &self,
        method: DifferenceTest,
        difference: f64,
        alternative: Alternative,
    ) -> Result<TestResult, RateError> {
        let difference = finite(difference).map_err(|_| RateError::Null)?;
        let (n1, n2) = (self.exposure1, self.exposure2);
        let (y1, y2) = (self.count1 as f64, self.count2 as f64);
        let gap = y1 / n1 - y2 / n2 - difference;
        match method {
            DifferenceTest::Score => normal(self.score_of_difference(difference), alternative),
            DifferenceTest::Wald => normal(gap / (y1 / n1 / n1 + y2 / n2 / n2).sqrt(), alternative),
            DifferenceTest::WaldCorrected => normal(gap / ((y1 + 0.5) / n1 / n1 + (y2 + 0.5) / n2 / n2).sqrt(), alternative),
            DifferenceTest::ETestScore | DifferenceTest::ETestWald => {
                let (rate1, rate2) = constrained(y1, n1, y2, n2, difference);
                let statistic = if method == DifferenceTest::ETestScore {
                    Statistic::DifferenceScore { n1, n2, difference }
                } else {
                    Statistic::DifferenceWald { n1, n2, difference }
                };
                e_test(self, statistic, rate1 * n1, rate2 * n2, alternative)
            }
        }
    }

    /// The score statistic of a difference; NaN where nothing is divided by nothing.
    pub(super) fn score_of_difference(&self, difference: f64) -> f64 {
        score_of_difference(self.count1 as f64, self.exposure1, self.count2 as f64, self.exposure2, difference)
    }

    fn conditional(&self, r: f64, method: RateTest, alternative: Alternative) -> Result<TestResult, RateError> {
        let n = self.count1.checked_add(self.count2).ok_or(RateError::TooLarge)?;
        if n == 0 && alternative == Alternative::TwoSided {
            return Err(RateError::Undefined);
        }
        let given = Binomial { n, p: r / (1.0 + r) };
        let exact = given.test(self.count1, alternative)?;
        let half = if method == RateTest::MidP { given.pmf(self.count1) / 2.0 } else { 0.0 };
        Ok(TestResult { statistic: None, p: probability(exact - half)? })
    }
}

/// The score statistic of a difference of rates.
pub(super) fn score_of_difference(y1: f64, n1: f64, y2: f64, n2: f64, difference: f64) -> f64 {
    let (rate1, rate2) = constrained(y1, n1, y2, n2, difference);
    (y1 / n1 - y2 / n2 - difference) / (rate1 / n1 + rate2 / n2).sqrt()
}

/// The most likely rates among those with a given difference.
fn constrained(y1: f64, n1: f64, y2: f64, n2: f64, difference: f64) -> (f64, f64) {
    let n = n1 + n2;
    let t = (y1 + y2) / n - difference;
    // The larger root of rate2^2 - t rate2 - difference y2 / n = 0 with its coefficients scaled to the first count's side;
    // a rate cannot be below zero.
    let rate2 = 0.5 * (t + (t * t + 4.0 * difference * y2 / n).max(0.0).sqrt());
    let rate2 = rate2.max(0.0).max(-difference);
    (rate2 + difference, rate2)
}
