//! A mean and how far it may be off.

use campaign_pilot_metrics::special::{inverse_beta_reg, inverse_beta_reg_complement};

/// What lies outside the interval, on both sides together.
const OUTSIDE: f64 = 0.05;

/// A mean of independent values with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// How far the interval reaches to either side of the mean; `None` for a single value, which does not tell.
    pub margin: Option<f64>,
}

impl Estimate {
    /// The mean of some values and its interval by Student's t; `None` without a value or where one is not finite.
    ///
    /// # Formula
    ///
    /// `margin = t(0.975, n - 1) s / sqrt(n)` with the sample's standard deviation `s`.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let sample = Sample::of(values)?;
        let margin = sample.variance_of_mean.and_then(|variance| margin(variance, sample.freedom));
        Some(Self { mean: sample.mean, margin })
    }

    /// The low end of the interval; `None` for a single value.
    #[must_use]
    pub fn low(self) -> Option<f64> {
        Some(self.mean - self.margin?)
    }

    /// The high end of the interval; `None` for a single value.
    #[must_use]
    pub fn high(self) -> Option<f64> {
        Some(self.mean + self.margin?)
    }

    /// The mean of several groups, each with its weight; `None` without a group. The weights are positive.
    ///
    /// # Formula
    ///
    /// `sum w m / W` with the groups' means `m` and the sum of the weights `W`; its variance is `sum (w / W)^2 v` with `v = s^2 / n` of each
    /// group, and has Satterthwaite's degrees of freedom `(sum u)^2 / sum (u^2 / (n - 1))`, `u = (w / W)^2 v`. One group alone gives
    /// [`Estimate::of`].
    pub(super) fn of_groups(groups: &[(f64, Vec<f64>)]) -> Option<Self> {
        let weights: f64 = groups.iter().map(|(weight, _)| weight).sum();
        let (mut mean, mut variances) = (0.0, Some(Vec::with_capacity(groups.len())));
        for (weight, values) in groups {
            let sample = Sample::of(values)?;
            let part = weight / weights;
            mean += part * sample.mean;
            variances = variances.zip(sample.variance_of_mean).map(|(mut variances, variance)| {
                variances.push((part * part * variance, sample.freedom));
                variances
            });
        }
        let margin = variances.and_then(|variances| {
            let sum: f64 = variances.iter().map(|(variance, _)| variance).sum();
            let squares: f64 = variances.iter().map(|(variance, freedom)| variance * variance / freedom).sum();
            if squares > 0.0 { margin(sum, sum * sum / squares) } else { Some(0.0) }
        });
        (!groups.is_empty()).then_some(Self { mean, margin })
    }
}

struct Sample {
    mean: f64,
    /// `None` for a single value.
    variance_of_mean: Option<f64>,
    freedom: f64,
}

impl Sample {
    fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let freedom = count - 1.0;
        let variance_of_mean = (values.len() > 1).then(|| squares / freedom / count);
        Some(Self { mean, variance_of_mean, freedom })
    }
}

fn margin(variance_of_mean: f64, freedom: f64) -> Option<f64> {
    Some(student_quantile(OUTSIDE, freedom)? * variance_of_mean.sqrt())
}

/// How far from zero Student's t lies with the probability `outside`, on both sides together.
fn student_quantile(outside: f64, freedom: f64) -> Option<f64> {
    // P(|T| > t) = I_x(freedom / 2, 1 / 2) with x = freedom / (freedom + t^2), and its complement with y = 1 - x: the smaller of both keeps
    // its digits.
    let x = inverse_beta_reg(freedom / 2.0, 0.5, outside)?;
    let y = inverse_beta_reg_complement(0.5, freedom / 2.0, outside)?;
    Some(if x < y { (freedom * (1.0 - x) / x).sqrt() } else { (freedom * y / (1.0 - y)).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * (1.0 + b.abs())
    }

    /// `tan(0.475 pi)`, `0.95 sqrt(2 / (1 - 0.95^2))`, the usual tables, and `z + (z^3 + z) / (4 freedom)` with the normal one `z`.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        let quantiles =
            [(1.0, 12.706_204_736), (2.0, 4.302_652_730), (4.0, 2.776_445_105), (29.0, 2.045_229_642), (1e6, 1.959_966_357)];
        for (freedom, expected) in quantiles {
            let found = student_quantile(0.05, freedom).unwrap();
            assert!((found - expected).abs() < 2e-9 * expected, "{freedom}: {found}");
        }
    }

    #[test]
    fn a_mean_has_students_interval() {
        // Deviations of 2, 0 and 2 from 5: s = 2, so that the margin is 4.3026527 * 2 / sqrt(3).
        let estimate = Estimate::of(&[3.0, 5.0, 7.0]).unwrap();
        assert!(near(estimate.mean, 5.0) && (estimate.margin.unwrap() - 4.968_275).abs() < 1e-6);
        assert!((estimate.low().unwrap() - 0.031_725).abs() < 1e-6 && (estimate.high().unwrap() - 9.968_275).abs() < 1e-6);
        assert_eq!(Estimate::of(&[2.0, 2.0]), Some(Estimate { mean: 2.0, margin: Some(0.0) }));
        assert_eq!(Estimate::of(&[2.0]), Some(Estimate { mean: 2.0, margin: None }));
        assert_eq!((Estimate::of(&[]), Estimate::of(&[f64::NAN, 1.0])), (None, None));
    }

    #[test]
    fn groups_count_by_their_weights() {
        let alone = Estimate::of_groups(&[(4.0, vec![3.0, 5.0, 7.0])]).unwrap();
        let plain = Estimate::of(&[3.0, 5.0, 7.0]).unwrap();
        assert!(near(alone.mean, plain.mean) && near(alone.margin.unwrap(), plain.margin.unwrap()));

        // Variances of the means: 4 / 3 and 2 / 2 = 1. u = 9/16 * 4/3 = 3/4 and 1/16; freedom = (13/16)^2 / (9/32 + 1/256) = 169 / 73.
        let both = Estimate::of_groups(&[(3.0, vec![3.0, 5.0, 7.0]), (1.0, vec![0.0, 2.0])]).unwrap();
        let expected = student_quantile(0.05, 169.0 / 73.0).unwrap() * (13.0_f64 / 16.0).sqrt();
        assert!(near(both.mean, 4.0) && near(both.margin.unwrap(), expected));

        assert_eq!(Estimate::of_groups(&[(1.0, vec![1.0, 1.0]), (1.0, vec![3.0])]), Some(Estimate { mean: 2.0, margin: None }));
        assert_eq!(Estimate::of_groups(&[(1.0, vec![1.0, 1.0])]), Some(Estimate { mean: 1.0, margin: Some(0.0) }));
        assert_eq!(Estimate::of_groups(&[]), None);
    }
}
