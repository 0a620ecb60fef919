//! A counterfactual by ordinary least squares on series that the campaign did not touch.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::{Estimate, Interval, LiftError, all_finite, at_least, finite, same_length, share_of};
use crate::linear::{Ols, add_scaled, count, dot, mean, quadratic, scale_of};

/// What a regression on untouched series expected, and what was observed beyond it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OlsCounterfactual {
    /// The intercept, then a coefficient for each predictor.
    pub coefficients: Vec<f64>,
    /// The variance of the errors before the campaign.
    pub variance: f64,
    /// The expectation for each time since the campaign began.
    pub expected: Vec<f64>,
    /// The interval in which each single observation was to be expected.
    pub expected_intervals: Vec<Interval>,
    /// The mean of what was observed beyond the expectation.
    pub average: Estimate,
    /// Its sum.
    pub cumulative: Estimate,
    /// The sum as a share of the expected sum: 0.05 is 5 %. Absent when nothing was expected.
    pub relative: Measured<f64>,
}

/// The effect since `before`, the number of observations before the campaign, against a regression on `predictors`.
///
/// It is the simplest of the counterfactuals and assumes independent errors: a level that wanders makes its interval too
/// narrow, which the structural models allow for.
///
/// # Formula
///
/// `y = a + b'x + e` on the time before. The average's variance is `s2 (1/m + x̄'(X'X)^-1 x̄)` with `x̄` the mean row of
/// the `m` observations since: the errors of the coefficients are shared by all of them.
///
/// # Errors
///
/// [`LiftError::TooFew`] unless there is an observation since and two more before than coefficients,
/// [`LiftError::Singular`] when predictors depend on each other, [`LiftError::NoVariation`] when the regression fits exactly.
///
/// ```
/// use campaign_pilot_metrics::lift::ols_counterfactual;
///
/// let rest = vec![10.0, 12.0, 11.0, 14.0, 13.0, 12.0, 15.0, 14.0];
/// // Twice the rest, give or take a little, and since the seventh day ten more.
/// let product = [20.1, 23.9, 22.2, 27.8, 26.0, 24.1, 40.0, 38.0];
/// let found = ols_counterfactual(&product, &[rest], 6, 0.95)?;
/// assert!((found.average.value - 10.0).abs() < 0.2);
/// assert!(found.average.interval.lower > 9.0);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn ols_counterfactual(
    y: &[f64],
    predictors: &[Vec<f64>],
    before: usize,
    confidence: f64,
) -> Result<OlsCounterfactual, LiftError> {
    for predictor in predictors {
        same_length(y.len(), predictor.len())?;
        all_finite(predictor)?;
    }
    all_finite(y)?;
    at_least(predictors.len() + 3, before)?;
    at_least(before + 1, y.len())?;
    let scale = scale_of(y);
    let scaled: Vec<f64> = y.iter().map(|value| value / scale).collect();
    let scales: Vec<f64> = std::iter::once(1.0).chain(predictors.iter().map(|values| scale_of(values))).collect();
    let columns: Vec<Vec<f64>> = std::iter::once(vec![1.0; y.len()])
        .chain(
            predictors
                .iter()
                .zip(scales.iter().skip(1))
                .map(|(values, scale)| values.iter().map(|value| value / scale).collect()),
        )
        .collect();
    let (past, since) = scaled.split_at_checked(before).ok_or(LiftError::Lengths { expected: before, found: y.len() })?;
    let fit = Ols::fit(columns.iter().map(|column| column.iter().take(before).copied().collect()).collect(), past)
        .ok_or(LiftError::Singular)?;
    let rows: Vec<Vec<f64>> =
        (before..y.len()).map(|row| columns.iter().filter_map(|column| column.get(row).copied()).collect()).collect();
    let (variance, freedom, size) = (fit.variance(), fit.degrees_of_freedom(), count(since.len()));
    let (mut expected, mut expected_intervals) = (Vec::new(), Vec::new());
    let mut centre = vec![0.0; columns.len()];
    for row in &rows {
        let value = dot(row, &fit.coefficients);
        let error = (variance * (1.0 + quadratic(&fit.gram_inverse, row))).sqrt();
        expected_intervals.push(Estimate::student(value * scale, error * scale, freedom, confidence)?.interval);
        expected.push(value);
        add_scaled(&mut centre, 1.0 / size, row);
    }
    let effect = mean(since) - mean(&expected);
    let error = (variance * (1.0 / size + quadratic(&fit.gram_inverse, &centre))).sqrt();
    let total: f64 = expected.iter().sum();
    Ok(OlsCounterfactual {
        coefficients: fit
            .coefficients
            .iter()
            .zip(&scales)
            .map(|(value, own)| finite(value * (scale / own)))
            .collect::<Result<_, _>>()?,
        variance: finite(variance * scale * scale)?,
        expected: expected.iter().map(|value| finite(value * scale)).collect::<Result<_, _>>()?,
        expected_intervals,
        average: Estimate::student(effect * scale, error * scale, freedom, confidence)?,
        cumulative: Estimate::student(effect * size * scale, error * size * scale, freedom, confidence)?,
        relative: share_of(effect * size, total),
    })
}
