//! Two counts over their exposures: intervals.

use serde::{Deserialize, Serialize};

use super::binomial::{Binomial, clopper_pearson};
use super::poisson::TwoRates;
use super::solve::{root, root_beyond};
use super::{Alternative, Bounds, RateError, bounds, critical, tail};

/// How an interval of the ratio of two rates is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum RateInterval {
    /// The binomial interval of Clopper and Pearson for the first count given the sum: holds at least as often as it says.
    ExactConditional,
    /// The ratios that the one-sided mid-p tests do not reject.
    MidP,
    /// The ratios that the score test does not reject.
    Score,
    /// The ratios that the score test on logarithms does not reject; undefined for a count of zero.
    ScoreLog,
    /// Normal on the logarithm; undefined for a count of zero.
    WaldLog,
    /// The same with half an event added to each count.
    WaldLogCorrected,
    /// On square roots with half an event added to each count (Price and Bonett, 2000). An approximation for more than a few
    /// events: with fewer the formula's ends need not even enclose the estimate.
    SqrtCorrected,
    /// From the score intervals of both rates (Donner and Zou, "Closed-form confidence intervals for functions of the normal
    /// mean and standard deviation", Statistical Methods in Medical Research 21, 2012).
    Mover,
}

/// How an interval of the difference of two rates is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum DifferenceInterval {
    /// The differences that the score test does not reject.
    Score,
    /// Normal with the variance as observed.
    Wald,
    /// Normal with half an event added to each count in the variance.
    WaldCorrected,
    /// From the score intervals of both rates.
    Mover,
}

impl TwoRates {
    /// Where the ratio of the first rate to the second may lie.
    ///
    /// # Errors
    ///
    /// [`RateError::Confidence`] unless the level lies between 0 and 1, [`RateError::Undefined`] where the method is.
    pub fn ratio_interval(&self, method: RateInterval, level: f64) -> Result<Bounds, RateError> {
        let z = critical(level)?;
        let d = self.exposure2 / self.exposure1;
        let (y1, y2) = (self.count1 as f64, self.count2 as f64);
        let on_logs = |y1: f64, y2: f64| {
            let half = z * (1.0 / y1 + 1.0 / y2).sqrt();
            bounds(y1 / y2 * d * (-half).exp(), y1 / y2 * d * half.exp())
        };
        let none = self.count1 == 0 && self.count2 == 0;
        match method {
            RateInterval::ExactConditional | RateInterval::MidP => self.conditional_interval(method, tail(level)?),
            RateInterval::Score if none => Err(RateError::Undefined),
            RateInterval::Score => {
                // (y1 - y2 r)^2 = z^2 (y1 + y2) r.
                let (sum, product) = (2.0 * y1 * y2 + z * z * (y1 + y2), y1 * y2);
                let spread = (sum * sum - 4.0 * product * product).max(0.0).sqrt();
                // The product of both roots is (y1 / y2)^2: dividing by the large one keeps digits of the small one.
                let low = 2.0 * y1 * y1 / (sum + spread);
                bounds(low * d, (sum + spread) / (2.0 * y2 * y2) * d)
            }
            RateInterval::WaldLog | RateInterval::ScoreLog if self.count1 == 0 || self.count2 == 0 => Err(RateError::Undefined),
            RateInterval::WaldLog => on_logs(y1, y2),
            RateInterval::WaldLogCorrected => on_logs(y1 + 0.5, y2 + 0.5),
            RateInterval::ScoreLog => {
                let center = (y1 / y2).ln();
                let off = |at: f64| (center - at).abs() / ((2.0 + (-at).exp() + at.exp()) / (y1 + y2)).sqrt() - z;
                // The statistic falls again far out, where the hypothesis makes the variance large: only the first crossing counts.
                let reach = 2.0 * (center.abs() + 10.0);
                let first = |side: f64| first_crossing(|step| off(center + side * step), reach);
                let (low, high) = (first(-1.0), first(1.0));
                let end = |step: Option<f64>, side: f64| step.map(|step| (center + side * step).exp() * d);
                bounds(end(low, -1.0).unwrap_or(0.0), end(high, 1.0).unwrap_or(f64::INFINITY))
            }
            RateInterval::SqrtCorrected => {
                let center = ((y1 + 0.5) * (y2 + 0.5)).sqrt();
                let half = 0.5 * (y1 + 0.5 + y2 + 0.5 - 0.25 * z).sqrt() * z;
                let below = y2 + 0.5 - 0.25 * z * z;
                if below.abs() <= 0.0 || half.is_nan() {
                    return Err(RateError::Undefined);
                }
                let ends = [(center - half) / below, (center + half) / below].map(|root| root * root * d);
                bounds(ends[0].min(ends[1]), ends[0].max(ends[1]))
            }
            RateInterval::Mover if none => Err(RateError::Undefined),
            RateInterval::Mover => {
                let [(rate1, low1, high1), (rate2, low2, high2)] = self.single(z);
                let product = rate1 * rate2;
                let under = rate2 * rate2 - (high2 - rate2).powi(2);
                let over = rate2 * rate2 - (rate2 - low2).powi(2);
                let low_root = (product * product - under * (rate1 * rate1 - (rate1 - low1).powi(2))).max(0.0).sqrt();
                let high_root = (product * product - over * (rate1 * rate1 - (high1 - rate1).powi(2))).max(0.0).sqrt();
                let low = if rate1 > 0.0 { (product - low_root) / under } else { 0.0 };
                let high = if over > 0.0 { (product + high_root) / over } else { f64::INFINITY };
                bounds(low.max(0.0), high)
            }
        }
    }

    /// Where the first rate less the second may lie.
    ///
    /// # Errors
    ///
    /// [`RateError::Confidence`] unless the level lies between 0 and 1.
    pub fn difference_interval(&self, method: DifferenceInterval, level: f64) -> Result<Bounds, RateError> {
        let z = critical(level)?;
        let (n1, n2) = (self.exposure1, self.exposure2);
        let (y1, y2) = (self.count1 as f64, self.count2 as f64);
        let gap = y1 / n1 - y2 / n2;
        let around = |variance: f64| bounds(gap - z * variance.sqrt(), gap + z * variance.sqrt());
        match method {
            DifferenceInterval::Wald => around(y1 / n1 / n1 + y2 / n2 / n2),
            DifferenceInterval::WaldCorrected => around((y1 + 0.5) / n1 / n1 + (y2 + 0.5) / n2 / n2),
            DifferenceInterval::Score => {
                let step = (z + 1.0) * ((y1 + 1.0) / n1 / n1 + (y2 + 1.0) / n2 / n2).sqrt();
                let low = root_beyond(|difference| z - self.score_of_difference(difference), gap, -step);
                let high = root_beyond(|difference| self.score_of_difference(difference) + z, gap, step);
                low.zip(high).ok_or(RateError::NotFinite).and_then(|(low, high)| bounds(low, high))
            }
            DifferenceInterval::Mover => {
                let [(rate1, low1, high1), (rate2, low2, high2)] = self.single(z);
                bounds(gap - (rate1 - low1).hypot(high2 - rate2), gap + (high1 - rate1).hypot(rate2 - low2))
            }
        }
    }

    /// Both rates with the ends of their score intervals.
    fn single(&self, z: f64) -> [(f64, f64, f64); 2] {
        [(self.count1, self.exposure1), (self.count2, self.exposure2)].map(|(count, exposure)| {
            let count = count as f64;
            let center = count + z * z / 2.0;
            let half = z * (count + z * z / 4.0).sqrt();
            // Their product is count^2, which keeps the digits of the low one.
            let low = count * count / (center + half);
            (count / exposure, low / exposure, (center + half) / exposure)
        })
    }

    fn conditional_interval(&self, method: RateInterval, tail: f64) -> Result<Bounds, RateError> {
        let n = self.count1.checked_add(self.count2).ok_or(RateError::TooLarge)?;
        let (low, high) = if n == 0 {
            (0.0, 1.0)
        } else if method == RateInterval::ExactConditional {
            clopper_pearson(self.count1, n, tail).ok_or(RateError::NotFinite)?
        } else {
            let mid = |p: f64, alternative| {
                let given = Binomial { n, p };
                given.test(self.count1, alternative).map_or(f64::NAN, |exact| exact - given.pmf(self.count1) / 2.0 - tail)
            };
            let low = if self.count1 == 0 { 0.0 } else { root(|p| mid(p, Alternative::Larger), 0.0, 1.0) };
            let high = if self.count2 == 0 { 1.0 } else { root(|p| mid(p, Alternative::Smaller), 0.0, 1.0) };
            (low, high)
        };
        let d = self.exposure2 / self.exposure1;
        bounds(low / (1.0 - low) * d, high / (1.0 - high) * d)
    }
}

/// The first distance, up to `reach`, at which a function that starts below zero rises above it.
fn first_crossing(function: impl Fn(f64) -> f64, reach: f64) -> Option<f64> {
    const STEPS: u32 = 4_000;
    let step = reach / f64::from(STEPS);
    let crossed = (1..=STEPS).map(|place| f64::from(place) * step).find(|at| function(*at) >= 0.0)?;
    Some(root(function, crossed - step, crossed))
}
