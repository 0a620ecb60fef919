//! Straight lines through points that outliers cannot bend.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use crate::tails::normal_quantile;

/// The most points that a robust line is drawn through: the effort grows with their square.
pub const MAXIMUM_TREND_POINTS: usize = 5_000;

/// A straight line by Theil and Sen, with the interval of its slope.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct RobustTrend {
    /// The median of the slopes between all pairs of points: change of y per unit of x.
    pub slope: f64,
    /// The lower end of the slope's confidence interval.
    pub low: f64,
    /// The upper end of the slope's confidence interval.
    pub high: f64,
    /// The median of y less the slope times the median of x.
    pub intercept: f64,
    /// How sure the interval is: 0.95 for 95 %.
    pub confidence: f64,
    /// How many points there are.
    pub points: u32,
}

impl RobustTrend {
    /// The line's height at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.slope.mul_add(x, self.intercept)
    }

    /// The standard error of the slope that the interval stands for.
    pub(crate) fn standard_error(&self) -> f64 {
        (self.high - self.low) / (2.0 * normal_quantile(0.5 + self.confidence / 2.0))
    }
}

/// The robust line through `(x, y)` points: up to 29 % of them may lie anywhere without moving it far.
///
/// # Formula
///
/// The slope is the median of `(y_j - y_i) / (x_j - x_i)` over all pairs with different x (Theil 1950). The interval takes
/// the slopes at the ranks `(N -+ z s) / 2`, where `N` counts the pairs, `z` is the normal quantile of the confidence and
/// `s^2 = (n (n - 1) (2 n + 5) - sum over ties of t (t - 1) (2 t + 5)) / 18` is the variance of Kendall's score (Sen 1968).
/// The order of the points does not matter.
///
/// # Errors
///
/// [`Absence::NotFinite`] for NaN or infinite numbers, [`Absence::TooFewObservations`] below the number of points from
/// which a slope can be outside of what chance makes (`2 / n!` above `1 - confidence`: five for 95 %), [`Absence::Constant`]
/// when all x are the same, [`Absence::OutOfRange`] for a confidence outside of (0, 1), for more than
/// [`MAXIMUM_TREND_POINTS`], or when a slope cannot be represented.
///
/// ```
/// use campaign_pilot_metrics::theil_sen;
///
/// // A fall of 2 a day, and one day on which the shop was in the news.
/// let days = [(0.0, 20.0), (1.0, 18.0), (2.0, 16.0), (3.0, 94.0), (4.0, 12.0), (5.0, 10.0), (6.0, 8.0)];
/// let trend = theil_sen(&days, 0.95)?;
/// assert!((trend.slope + 2.0).abs() < 1e-12 && trend.high < 35.0);
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn theil_sen(points: &[(f64, f64)], confidence: f64) -> Result<RobustTrend, Absence> {
    if !(confidence > 0.0 && confidence < 1.0) || points.len() > MAXIMUM_TREND_POINTS {
        return Err(Absence::OutOfRange);
    }
    if points.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return Err(Absence::NotFinite);
    }
    if smallest_chance(points.len()) > 1.0 - confidence {
        return Err(Absence::TooFewObservations);
    }
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut slopes = slopes(&points)?;
    slopes.sort_by(f64::total_cmp);
    let slope = median(&slopes).ok_or(Absence::Constant)?;
    let xs: Vec<f64> = points.iter().map(|point| point.0).collect();
    let mut ys: Vec<f64> = points.iter().map(|point| point.1).collect();
    ys.sort_by(f64::total_cmp);
    let (middle_x, middle_y) = (median(&xs).ok_or(Absence::Constant)?, median(&ys).ok_or(Absence::Constant)?);
    let n = points.len() as f64;
    let variance = (n * (n - 1.0) * 2.0f64.mul_add(n, 5.0) - tied(&xs) - tied(&ys)) / 18.0;
    let spread = normal_quantile(0.5 + confidence / 2.0) * variance.max(0.0).sqrt();
    let pairs = slopes.len() as f64;
    let low = at_rank(&slopes, ((pairs - spread) / 2.0).round_ties_even() - 1.0);
    let high = at_rank(&slopes, ((pairs + spread) / 2.0).round_ties_even());
    let intercept = middle_y - slope * middle_x;
    let (low, high) = (low.ok_or(Absence::Constant)?, high.ok_or(Absence::Constant)?);
    if !intercept.is_finite() {
        return Err(Absence::OutOfRange);
    }
    let points = u32::try_from(points.len()).unwrap_or(u32::MAX);
    Ok(RobustTrend { slope, low, high, intercept, confidence, points })
}

/// The smallest two-sided probability that `n` points in a perfect order can have by chance: `2 / n!`.
pub(crate) fn smallest_chance(n: usize) -> f64 {
    let factorial = (2..=n.min(170)).fold(1.0, |product, factor| product * factor as f64);
    (2.0_f64 / factorial).min(1.0)
}

fn slopes(points: &[(f64, f64)]) -> Result<Vec<f64>, Absence> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (index, (x, y)) in points.iter().enumerate() {
        for (later_x, later_y) in points.iter().skip(index + 1).filter(|later| later.0 > *x) {
            let slope = (later_y - y) / (later_x - x);
            if !slope.is_finite() {
                return Err(Absence::OutOfRange);
            }
            slopes.push(slope);
        }
    }
    Ok(slopes)
}

/// The middle of sorted numbers, or the mean of the two in the middle; `None` for none.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(half.checked_sub(1)?)?;
    Some(lower / 2.0 + upper / 2.0)
}

/// The sum of `t (t - 1) (2 t + 5)` over runs of `t` equal numbers.
fn tied(sorted: &[f64]) -> f64 {
    let run = |run: &[f64]| {
        let t = run.len() as f64;
        t * (t - 1.0) * 2.0f64.mul_add(t, 5.0)
    };
    // Sorted and finite: equal when not smaller.
    sorted.chunk_by(|a, b| a >= b).map(run).sum()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the length of a slice first")]
fn at_rank(sorted: &[f64], rank: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(rank.clamp(0.0, last as f64) as usize).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scipy.stats.theilslopes(y, x, 0.95)` of scipy 1.18.1.
    #[test]
    fn equals_scipy() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let y = [12.0, 9.5, 11.0, 9.5, 8.0, 30.0, 6.0, 7.0, 5.0, 4.5];
        let trend = theil_sen(&x.into_iter().zip(y).collect::<Vec<_>>(), 0.95).unwrap();
        let expected = THEIL_SLOPES;
        for (value, expected) in [trend.slope, trend.intercept, trend.low, trend.high].into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
        }
    }

    const THEIL_SLOPES: [f64; 4] = [-0.8, 13.15, -1.166_666_666_666_666_7, -0.5];

    #[test]
    fn what_says_nothing_is_refused() {
        let line = |n: u32| (0..n).map(|x| (f64::from(x), f64::from(x))).collect::<Vec<_>>();
        assert_eq!(theil_sen(&line(4), 0.95), Err(Absence::TooFewObservations));
        assert!(theil_sen(&line(5), 0.95).is_ok());
        assert_eq!(theil_sen(&line(5), 0.99), Err(Absence::TooFewObservations));
        assert_eq!(theil_sen(&[(1.0, 2.0); 9], 0.95), Err(Absence::Constant));
        assert_eq!(theil_sen(&[(1.0, f64::NAN); 9], 0.95), Err(Absence::NotFinite));
        assert_eq!(theil_sen(&line(9), 1.0), Err(Absence::OutOfRange));
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_scale_carries_through(
            ys in proptest::collection::vec(-1_000i32..1_000, 5..40), rotation in 0usize..40, factor in 1i32..64,
        ) {
            let points: Vec<_> = ys.iter().zip(0u32..).map(|(y, x)| (f64::from(x), f64::from(*y))).collect();
            let trend = theil_sen(&points, 0.95).unwrap();
            let mut rotated = points.clone();
            rotated.rotate_left(rotation % points.len());
            prop_assert_eq!(theil_sen(&rotated, 0.95).unwrap(), trend);
            let factor = f64::from(factor);
            let scaled: Vec<_> = points.iter().map(|(x, y)| (*x, y * factor)).collect();
            let scaled = theil_sen(&scaled, 0.95).unwrap();
            prop_assert!((scaled.slope - trend.slope * factor).abs() <= 1e-9 * scaled.slope.abs().max(1.0));
            prop_assert!(trend.low <= trend.slope && trend.slope <= trend.high);
        }

        #[test]
        fn never_gives_a_number_that_is_none(points in proptest::collection::vec((any::<f64>(), any::<f64>()), 0..12)) {
            if let Ok(trend) = theil_sen(&points, 0.9) {
                prop_assert!([trend.slope, trend.low, trend.high, trend.intercept].iter().all(|value| value.is_finite()));
            }
        }
    }
}
