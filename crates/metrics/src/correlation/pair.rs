//! Pearson's and Spearman's coefficients.

use campaign_pilot_core::{Absence, Measured};

use super::ranks::ranks;
use super::{Correlation, Interval, checked};
use crate::tails::{beta_below, normal_quantile};

/// Pearson's correlation of two columns: how well a straight line describes how they go along.
///
/// # Formula
///
/// `r = sum (x - mean x) (y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2)`. Its p-values are those of
/// `t = r sqrt((n - 2) / (1 - r^2))` in Student's distribution with n - 2 degrees of freedom, exact for normal columns; the
/// interval is `tanh(atanh r -+ 1.96 / sqrt(n - 3))`.
///
/// The columns are scaled to their largest number, centred twice and brought to length one, so that neither a large offset
/// nor tiny or huge numbers cost digits: the coefficient is good to 1e-14. `1 - r^2` is the squared length of what the line
/// leaves over, and loses none near r = 1. Two pairs give +-1 and a p-value of 1: any two points lie on a line.
///
/// # Errors
///
/// [`Absence::UnequalLengths`], [`Absence::TooFewObservations`] below two pairs, [`Absence::NotFinite`] for NaN or infinite
/// numbers, [`Absence::Constant`] when a column does not vary.
///
/// ```
/// use campaign_pilot_metrics::pearson;
///
/// let budgets = [10.0, 20.0, 30.0, 40.0, 50.0];
/// let lifts = [4.0, 9.0, 11.0, 12.0, 19.0];
/// let correlation = pearson(&budgets, &lifts)?;
/// assert!((correlation.coefficient - 0.960_667_141_070_31).abs() < 1e-14);
/// assert!(correlation.p_value.ok()? < 0.01);
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Correlation, Absence> {
    let pairs = checked(x, y)?;
    if !x.iter().chain(y).all(|value| value.is_finite()) {
        return Err(Absence::NotFinite);
    }
    let mut correlation = correlate(&directed(x)?, &directed(y)?, pairs);
    if pairs == 2 {
        let certain = Measured::Known(1.0);
        correlation = Correlation { p_value: certain, p_greater: certain, p_less: certain, ..correlation };
    }
    Ok(correlation)
}

/// Spearman's correlation of two columns: how well they go along in their order, whatever the curve.
///
/// # Formula
///
/// [`pearson`] of the ranks, equal numbers sharing the mean of theirs; the p-values by the same t distribution, which is
/// an approximation here (good from about ten pairs), and absent for two pairs. Infinite numbers have a rank.
///
/// # Errors
///
/// As [`pearson`], but [`Absence::NotFinite`] only for NaN.
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Correlation, Absence> {
    let pairs = checked(x, y)?;
    Ok(correlate(&directed(&ranks(x)?)?, &directed(&ranks(y)?)?, pairs))
}

/// The correlation of two columns that are centred and of length one.
fn correlate(u: &[f64], v: &[f64], pairs: u64) -> Correlation {
    let both = || u.iter().zip(v);
    let coefficient = sum(both().map(|(u, v)| u * v)).clamp(-1.0, 1.0);
    // 1 - r^2 without cancellation.
    let left = sum(both().map(|(u, v)| (v - coefficient * u).powi(2))).clamp(0.0, 1.0);
    let n = pairs as f64;
    if pairs == 2 {
        let none = Measured::Absent(Absence::TooFewObservations);
        return Correlation {
            coefficient: coefficient.signum(),
            p_value: none,
            p_greater: none,
            p_less: none,
            interval: Measured::Absent(Absence::TooFewObservations),
            pairs,
        };
    }
    let p_value = beta_below((n - 2.0) / 2.0, 0.5, left);
    let (towards, away) = (p_value / 2.0, 1.0 - p_value / 2.0);
    let (p_greater, p_less) = if coefficient >= 0.0 { (towards, away) } else { (away, towards) };
    Correlation {
        coefficient,
        p_value: Measured::Known(p_value),
        p_greater: Measured::Known(p_greater),
        p_less: Measured::Known(p_less),
        interval: if pairs > 3 {
            Measured::Known(fisher(coefficient, left, n))
        } else {
            Measured::Absent(Absence::TooFewObservations)
        },
        pairs,
    }
}

fn fisher(coefficient: f64, left: f64, n: f64) -> Interval {
    if left <= 0.0 {
        return Interval { low: coefficient, high: coefficient };
    }
    let z = ((1.0 + coefficient.abs()).powi(2) / left).ln() / 2.0;
    let z = if coefficient < 0.0 { -z } else { z };
    let radius = normal_quantile(0.975) / (n - 3.0).sqrt();
    Interval { low: (z - radius).tanh(), high: (z + radius).tanh() }
}

/// A column as a direction: centred and of length one.
pub(super) fn directed(column: &[f64]) -> Result<Vec<f64>, Absence> {
    let first = column.first().copied().unwrap_or(0.0);
    // Not by their distance: numbers that differ in the last digit do differ. Zero has one sign here.
    if column.iter().all(|value| (value + 0.0).total_cmp(&(first + 0.0)).is_eq()) {
        return Err(Absence::Constant);
    }
    let mut column = scaled(column.iter().copied());
    for _ in 0..2 {
        let mean = sum(column.iter().copied()) / column.len() as f64;
        column.iter_mut().for_each(|value| *value -= mean);
    }
    let mut column = scaled(column.iter().copied());
    let length = sum(column.iter().map(|value| value * value)).sqrt();
    if length <= 0.0 {
        return Err(Absence::Constant);
    }
    column.iter_mut().for_each(|value| *value /= length);
    Ok(column)
}

/// The numbers times the power of two that brings the largest of them to between 1 and 2: no digit is lost.
fn scaled(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let largest = values.clone().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest <= 0.0 {
        return values.collect();
    }
    let exponent = exponent(largest);
    // In two steps, since the power itself may lie outside of what can be represented.
    let (half, rest) = (2.0_f64.powi(-exponent / 2), 2.0_f64.powi(-exponent - -exponent / 2));
    values.map(|value| value * half * rest).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "an exponent of an f64 lies between -1074 and 1023")]
pub(super) fn exponent(value: f64) -> i32 {
    value.log2().floor() as i32
}

/// A sum that keeps what its additions would lose (Neumaier 1974).
pub(crate) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(pearson(&[1.0], &[1.0]), Err(Absence::TooFewObservations));
        assert_eq!(pearson(&[1.0, 2.0], &[1.0]), Err(Absence::UnequalLengths));
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 2.0]), Err(Absence::NotFinite));
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[0.3, 0.3, 0.3]), Err(Absence::Constant));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 2.0]), Err(Absence::NotFinite));
        assert!(spearman(&[1.0, 2.0, f64::INFINITY], &[1.0, 2.0, 3.0]).unwrap().coefficient > 1.0 - 1e-15);
    }

    #[test]
    fn zero_has_one_sign() {
        assert_eq!(pearson(&[0.0, -0.0, 0.0], &[1.0, 2.0, 3.0]), Err(Absence::Constant));
        assert_eq!(spearman(&[0.0, -0.0, 0.0], &[1.0, 2.0, 3.0]), Err(Absence::Constant));
    }

    #[test]
    fn the_largest_and_smallest_numbers_are_no_trouble() {
        let shape = [1.0, 3.0, 2.0, 5.0, 4.0, 7.0];
        let line = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let expected = pearson(&shape, &line).unwrap();
        for factor in [1e307, 1e-307, 5e-324 * 8.0, -1e300] {
            let scaled = pearson(&shape.map(|value| value * factor), &line).unwrap();
            assert!((scaled.coefficient - expected.coefficient * f64::signum(factor)).abs() < 1e-15, "{factor}");
        }
    }

    fn columns() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        proptest::collection::vec((-1e6..1e6, -1e6..1e6), 3..40).prop_map(|pairs| pairs.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn scale_offset_and_order_do_not_matter((x, y) in columns(), factor in 1e-6..1e6, offset in -1e3..1e3, turn in 0usize..40) {
            let plain = pearson(&x, &y).unwrap();
            let moved: Vec<_> = x.iter().map(|value| value * factor + offset * factor).collect();
            prop_assert!((pearson(&moved, &y).unwrap().coefficient - plain.coefficient).abs() < 1e-9);
            let (mut a, mut b) = (x.clone(), y.clone());
            a.rotate_left(turn % x.len());
            b.rotate_left(turn % x.len());
            prop_assert!((pearson(&a, &b).unwrap().coefficient - plain.coefficient).abs() < 1e-12);
            prop_assert!((spearman(&a, &b).unwrap().coefficient - spearman(&x, &y).unwrap().coefficient).abs() < 1e-12);
            prop_assert!((pearson(&y, &x).unwrap().coefficient - plain.coefficient).abs() < 1e-12);
        }

        #[test]
        fn no_input_makes_a_number_that_is_none(pairs in proptest::collection::vec((any::<f64>(), any::<f64>()), 0..9)) {
            let (x, y): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            for correlation in [pearson(&x, &y), spearman(&x, &y)].into_iter().flatten() {
                prop_assert!(correlation.coefficient.abs() <= 1.0);
                for p in [correlation.p_value, correlation.p_greater, correlation.p_less] {
                    prop_assert!(p.known().is_none_or(|p| (0.0..=1.0).contains(p)));
                }
                let inside = |interval: &Interval| -1.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0;
                prop_assert!(correlation.interval.known().is_none_or(inside));
            }
        }
    }
}
