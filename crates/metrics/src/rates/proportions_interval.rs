//! Two shares of trials: intervals.

use serde::{Deserialize, Serialize};

use super::proportion::wilson;
use super::proportions::{Contrast, TwoProportions};
use super::solve::root;
use super::{Bounds, RateError, bounds, critical};

/// What of two shares an interval is about, and how it is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ProportionInterval {
    /// The differences that the score test of Miettinen and Nurminen does not reject.
    DifferenceScore,
    /// The difference from the Wilson intervals of both shares (Newcombe, 1998).
    DifferenceNewcombe,
    /// The difference, normal with the variance as observed.
    DifferenceWald,
    /// The same with one success and one failure added to each.
    DifferenceAgrestiCaffo,
    /// The ratios that the score test of Miettinen and Nurminen does not reject.
    RatioScore,
    /// The ratio, normal on its logarithm; undefined for no success.
    RatioLog,
    /// The same with half a success added to each.
    RatioLogAdjusted,
    /// The odds ratios that the score test of Miettinen and Nurminen does not reject.
    OddsScore,
    /// The odds ratio, normal on its logarithm; undefined for no success or no failure.
    OddsLogit,
    /// The same with half a success and half a failure added to each.
    OddsLogitAdjusted,
}

/// How far from the estimate a score interval is searched, on the logarithm: the square of what lies there is still a number.
const REACH: f64 = 300.0;

impl TwoProportions {
    /// Where the difference, the ratio or the odds ratio of the first share to the second may lie.
    ///
    /// # Errors
    ///
    /// [`RateError::Confidence`] unless the level lies between 0 and 1, [`RateError::Undefined`] where the method is, such as
    /// for the ratio of no success to no success.
    pub fn interval(&self, method: ProportionInterval, level: f64) -> Result<Bounds, RateError> {
        let z = critical(level)?;
        let add = |on_counts: f64, on_trials: f64| {
            let (y1, n1) = (self.count1 as f64 + on_counts, self.trials1 as f64 + on_trials);
            let (y2, n2) = (self.count2 as f64 + on_counts, self.trials2 as f64 + on_trials);
            (y1, n1, y2, n2)
        };
        match method {
            ProportionInterval::DifferenceWald => Ok(wald(add(0.0, 0.0), z)),
            ProportionInterval::DifferenceAgrestiCaffo => Ok(wald(add(1.0, 2.0), z)),
            ProportionInterval::DifferenceNewcombe => {
                let (y1, n1, y2, n2) = add(0.0, 0.0);
                let (p1, p2) = (y1 / n1, y2 / n2);
                let (low1, high1) = wilson(self.count1, self.trials1, z);
                let (low2, high2) = wilson(self.count2, self.trials2, z);
                bounds(p1 - p2 - (p1 - low1).hypot(high2 - p2), p1 - p2 + (p2 - low2).hypot(high1 - p1))
            }
            ProportionInterval::DifferenceScore => self.difference_score(z),
            ProportionInterval::RatioLog if self.count1 == 0 || self.count2 == 0 => Err(RateError::Undefined),
            ProportionInterval::RatioLog => log_ratio(add(0.0, 0.0), z),
            ProportionInterval::RatioLogAdjusted => log_ratio(add(0.5, 0.5), z),
            ProportionInterval::OddsLogit if self.is_at_an_end() => Err(RateError::Undefined),
            ProportionInterval::OddsLogit => log_odds(add(0.0, 0.0), z),
            ProportionInterval::OddsLogitAdjusted => log_odds(add(0.5, 1.0), z),
            ProportionInterval::RatioScore if self.count1 == 0 && self.count2 == 0 => Err(RateError::Undefined),
            ProportionInterval::RatioScore => self.positive_score(Contrast::Ratio, self.count1 == 0, self.count2 == 0, z),
            ProportionInterval::OddsScore => {
                let (failures1, failures2) = (self.trials1 - self.count1, self.trials2 - self.count2);
                if self.count1 == 0 && self.count2 == 0 || failures1 == 0 && failures2 == 0 {
                    return Err(RateError::Undefined);
                }
                let none = self.count1 == 0 || failures2 == 0;
                self.positive_score(Contrast::OddsRatio, none, self.count2 == 0 || failures1 == 0, z)
            }
        }
    }

    fn is_at_an_end(&self) -> bool {
        self.count1 == 0 || self.count2 == 0 || self.count1 == self.trials1 || self.count2 == self.trials2
    }

    fn difference_score(&self, z: f64) -> Result<Bounds, RateError> {
        let gap = self.count1 as f64 / self.trials1 as f64 - self.count2 as f64 / self.trials2 as f64;
        let statistic = |value| {
            let statistic = self.score(Contrast::Difference, value);
            // Both shares at their ends leave no variance: the gap itself fits, anything else does not.
            if statistic.is_nan() { 0.0 } else { statistic }
        };
        let low = if gap <= -1.0 { -1.0 } else { root(|value| z - statistic(value), -1.0, gap) };
        let high = if gap >= 1.0 { 1.0 } else { root(|value| -z - statistic(value), gap, 1.0) };
        bounds(low, high)
    }

    /// A score interval of something above zero, searched on its logarithm.
    fn positive_score(&self, contrast: Contrast, from_zero: bool, to_infinity: bool, z: f64) -> Result<Bounds, RateError> {
        let statistic = |log: f64| self.score(contrast, log.exp());
        // With half an event more there is an estimate to start from for counts of zero, too.
        let (y1, y2) = (self.count1 as f64 + 0.5, self.count2 as f64 + 0.5);
        let (n1, n2) = (self.trials1 as f64 + 1.0, self.trials2 as f64 + 1.0);
        let start = match contrast {
            Contrast::OddsRatio => (y1 / (n1 - y1) / (y2 / (n2 - y2))).ln(),
            Contrast::Difference | Contrast::Ratio => (y1 / n1 / (y2 / n2)).ln(),
        };
        let low = if from_zero { 0.0 } else { root(|log| z - statistic(log), start - REACH, start + REACH).exp() };
        let high = if to_infinity { f64::INFINITY } else { root(|log| -z - statistic(log), start - REACH, start + REACH).exp() };
        bounds(low, high)
    }
}

fn wald((y1, n1, y2, n2): (f64, f64, f64, f64), z: f64) -> Bounds {
    let (p1, p2) = (y1 / n1, y2 / n2);
    let half = z * (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
    Bounds { low: p1 - p2 - half, high: Some(p1 - p2 + half) }
}

fn log_ratio((y1, n1, y2, n2): (f64, f64, f64, f64), z: f64) -> Result<Bounds, RateError> {
    let half = z * (1.0 / y1 - 1.0 / n1 + 1.0 / y2 - 1.0 / n2).sqrt();
    let ratio = y1 / n1 / (y2 / n2);
    bounds(ratio * (-half).exp(), ratio * half.exp())
}

fn log_odds((y1, n1, y2, n2): (f64, f64, f64, f64), z: f64) -> Result<Bounds, RateError> {
    let half = z * (1.0 / y1 + 1.0 / (n1 - y1) + 1.0 / y2 + 1.0 / (n2 - y2)).sqrt();
    let odds = y1 / (n1 - y1) / (y2 / (n2 - y2));
    bounds(odds * (-half).exp(), odds * half.exp())
}
