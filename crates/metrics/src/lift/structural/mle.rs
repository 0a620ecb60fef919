//! A local level with a season and a regression, by maximum likelihood.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::filter::{Gains, Noise, Shape, advance, advance_covariance, observe, variance_of_sum};
use super::search::minimise;
use super::{LiftError, Series};
use crate::lift::{Estimate, finite, share_of};
use crate::linear::{Qr, add_scaled, count, dot, norm, scale_of};

/// What is known of the first state.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialState {
    /// Nothing: a variance a million times as large as the observations' mean square, and as many observations as the state is
    /// long do not count in the likelihood. Does not depend on the unit.
    #[default]
    Diffuse,
    /// A normal distribution around zero, the first `skipped` observations not counting in the likelihood. A variance of
    /// 1,000,000 with as many skipped as the state is long (1, or the season's length) is what statsmodels' `UnobservedComponents` takes;
    /// on data in the thousands that is not diffuse.
    Normal {
        /// The variance of each entry.
        variance: f64,
        /// How many observations do not count.
        skipped: usize,
    },
}

/// How [`structural_mle`] works.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StructuralSettings {
    /// After how many times the season comes again: 7 for days of the week. None unless set.
    pub season: Option<usize>,
    /// What is known of the first state.
    pub initial: InitialState,
    /// The confidence of the intervals: 0.95 unless set.
    pub confidence: f64,
}

impl Default for StructuralSettings {
    fn default() -> Self {
        Self { season: None, initial: InitialState::Diffuse, confidence: 0.95 }
    }
}

/// The variances of the noises.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Variances {
    /// Of each observation alone.
    pub irregular: f64,
    /// Of the level's steps.
    pub level: f64,
    /// Of the season's steps; zero without a season.
    pub season: f64,
}

/// What a structural model expected, and what was observed beyond it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StructuralEffect {
    /// The variances of the greatest likelihood.
    pub variances: Variances,
    /// The coefficient of each predictor.
    pub coefficients: Vec<f64>,
    /// The logarithm of the likelihood of the time before.
    pub log_likelihood: f64,
    /// The expectation for each time since the campaign began.
    pub expected: Vec<f64>,
    /// The standard error of each single observation.
    pub expected_errors: Vec<f64>,
    /// The mean of what was observed beyond the expectation.
    pub average: Estimate,
    /// Its sum.
    pub cumulative: Estimate,
    /// The sum as a share of the expected sum. Absent when nothing was expected.
    pub relative: Measured<f64>,
}

/// The effect of a campaign against a structural model of the time before, fitted by maximum likelihood.
///
/// # Formula
///
/// `y_t = m_t + s_t + b'x_t + e_t`, `m_t+1 = m_t + u_t`, `s_t+1 = -(s_t + ... ) + w_t` with normal noises, by the Kalman filter. The
/// coefficients maximise the likelihood in closed form (least squares of the innovations), the variances by a simplex search
/// from several starts. The average's standard error comes from the joint covariance of the forecasts: errors of the level are
/// shared by all of them and do not average out. It takes the variances and coefficients as known; [`super::bayesian_structural`]
/// does not.
///
/// # Errors
///
/// [`LiftError::TooFew`] unless there is an observation since and four more before than predictors and entries of the state,
/// [`LiftError::Singular`] when predictors depend on each other, [`LiftError::NoVariation`] when the model fits exactly,
/// [`LiftError::Setting`] for a confidence or a variance that is none.
///
/// ```
/// use campaign_pilot_metrics::lift::{Series, StructuralSettings, structural_mle};
///
/// // Six weeks of days with a season of the week, and six more sales a day in the last.
/// let week = [20.0, 21.5, 19.0, 22.0, 25.5, 31.0, 28.0];
/// let sales: Vec<f64> = (0..42_u32)
///     .map(|day| week[day as usize % 7] + f64::from(day * 37 % 11) / 5.0 + if day >= 35 { 6.0 } else { 0.0 })
///     .collect();
/// let series = Series::new(&sales, &[], 35);
/// let found = structural_mle(&series, &StructuralSettings { season: Some(7), ..StructuralSettings::default() })?;
/// assert!((found.average.value - 6.0).abs() < 1.0);
/// assert!(found.average.p_value < 0.01);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn structural_mle(series: &Series, settings: &StructuralSettings) -> Result<StructuralEffect, LiftError> {
    let shape = Shape::new(settings.season);
    series.check(shape.width + series.predictors.len() + 4)?;
    let model = Model::new(series, shape, settings.initial)?;
    let best = model.search()?;
    let fitted = model.fit(best).ok_or(LiftError::NotConverged)?;
    let since = series.split().1;
    let coefficients: Vec<f64> =
        fitted.coefficients.iter().zip(&model.scales).map(|(own, scale)| own * (model.scale / scale)).collect();
    let (mut state, mut covariance) = (fitted.state, fitted.ahead.clone());
    let (mut expected, mut expected_errors) = (Vec::new(), Vec::new());
    for regression in series.regression_since(&coefficients) {
        expected.push(finite(observe(&state) * model.scale + regression)?);
        let load: Vec<f64> = covariance.iter().map(|row| observe(row)).collect();
        expected_errors.push(finite((observe(&load) + best.irregular).sqrt() * model.scale)?);
        advance(&mut state);
        advance_covariance(&mut covariance);
        best.add_to(&mut covariance);
    }
    let counted: Vec<bool> = since.iter().map(Option::is_some).collect();
    let size = count(since.iter().flatten().count());
    let paired = since.iter().zip(&expected).filter_map(|(observed, expected)| Some((observed.as_ref()?, expected)));
    let (mut total, mut effect) = (0.0, 0.0);
    for (observed, expected) in paired {
        total += expected / model.scale;
        effect += (observed - expected) / model.scale;
    }
    let error = variance_of_sum(best, fitted.ahead, &counted).sqrt();
    let square = model.scale * model.scale;
    Ok(StructuralEffect {
        variances: Variances {
            irregular: finite(best.irregular * square)?,
            level: finite(best.level * square)?,
            season: finite(best.season * square)?,
        },
        log_likelihood: finite(fitted.log_likelihood - fitted.counted * model.scale.ln())?,
        expected,
        expected_errors,
        average: Estimate::normal(effect / size * model.scale, error / size * model.scale, settings.confidence)?,
        cumulative: Estimate::normal(effect * model.scale, error * model.scale, settings.confidence)?,
        relative: share_of(effect, total),
        coefficients: coefficients.into_iter().map(finite).collect::<Result<_, _>>()?,
    })
}

/// The time before the campaign in units of `scale`.
struct Model {
    shape: Shape,
    known: Vec<bool>,
    past: Vec<f64>,
    predictors: Vec<Vec<f64>>,
    scale: f64,
    scales: Vec<f64>,
    initial: f64,
    skipped: usize,
}

struct Fitted {
    coefficients: Vec<f64>,
    state: Vec<f64>,
    ahead: Vec<Vec<f64>>,
    log_likelihood: f64,
    /// How many observations count in the likelihood.
    counted: f64,
}

impl Model {
    fn new(series: &Series, shape: Shape, initial: InitialState) -> Result<Self, LiftError> {
        let observed = series.split().0;
        let scale = scale_of(&observed.iter().flatten().copied().collect::<Vec<_>>());
        let past: Vec<f64> = observed.iter().map(|value| value.unwrap_or_default() / scale).collect();
        let scales: Vec<f64> = series.predictors.iter().map(|values| scale_of(values)).collect();
        let known: Vec<bool> = observed.iter().map(Option::is_some).collect();
        let size = count(observed.iter().flatten().count());
        let (initial, skipped) = match initial {
            InitialState::Diffuse => (1e6 * dot(&past, &past) / size, shape.width),
            InitialState::Normal { variance, skipped } => (variance / scale / scale, skipped),
        };
        if initial.is_nan() || initial <= 0.0 {
            return Err(if initial.is_nan() { LiftError::Setting } else { LiftError::NoVariation });
        }
        let spare = shape.width + series.predictors.len() + 4;
        super::at_least(skipped.saturating_add(spare.saturating_sub(shape.width)), observed.iter().flatten().count())?;
        let predictors = series.past_predictors(&scales);
        Ok(Self { shape, known, past, predictors, scale, scales, initial: finite(initial)?, skipped })
    }

    /// The variances of the greatest likelihood.
    fn search(&self) -> Result<Noise, LiftError> {
        let spread = self.spread()?;
        let seasonal = self.shape.width > 1;
        // Below a millionth of a millionth of the spread a variance is zero for all purposes.
        let (lowest, highest) = ((spread * 1e-12).ln(), (spread * 1e6).ln());
        let noise = |point: &[f64]| {
            let variance = |index: usize| point.get(index).map_or(0.0, |log| log.clamp(lowest, highest).exp());
            Noise { irregular: variance(0), level: variance(1), season: variance(2) }
        };
        // Beyond the bounds the function would be flat: a slope leads back.
        let outside = |point: &[f64]| -> f64 { point.iter().map(|log| (log - log.clamp(lowest, highest)).powi(2)).sum() };
        let loss = |point: &[f64]| self.fit(noise(point)).map_or(f64::NAN, |fit| outside(point) - fit.log_likelihood);
        let starts = [[0.5, 0.1, 0.01], [0.9, 1e-3, 1e-4], [0.05, 0.5, 1e-3], [1.0, 1e-6, 1e-8]];
        let ends = starts.iter().map(|shares| {
            let start: Vec<f64> = shares.iter().take(if seasonal { 3 } else { 2 }).map(|share| (share * spread).ln()).collect();
            minimise(&start, loss)
        });
        let best = ends.min_by(|left, right| left.1.total_cmp(&right.1)).ok_or(LiftError::NotConverged)?;
        // A fit that fails from every start is one of dependent predictors.
        if best.1 >= f64::MAX { Err(LiftError::Singular) } else { Ok(noise(&best.0)) }
    }

    /// The variance that the predictors and a constant leave.
    fn spread(&self) -> Result<f64, LiftError> {
        let chosen = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&self.known).filter(|(_, known)| **known).map(|(value, _)| *value).collect()
        };
        let past = chosen(&self.past);
        let columns: Vec<Vec<f64>> =
            std::iter::once(vec![1.0; past.len()]).chain(self.predictors.iter().map(|values| chosen(values))).collect();
        let coefficients = Qr::new(&columns).ok_or(LiftError::Singular)?.solve(&past);
        let mut rest = past.clone();
        columns.iter().zip(&coefficients).for_each(|(column, own)| add_scaled(&mut rest, -own, column));
        let spread = dot(&rest, &rest) / count(past.len());
        if spread <= 1e-24 * dot(&past, &past) / count(past.len()) { Err(LiftError::NoVariation) } else { Ok(spread) }
    }

    /// The likelihood of some variances, with the best coefficients for them.
    fn fit(&self, noise: Noise) -> Option<Fitted> {
        let gains = Gains::new(noise, self.shape.diagonal(self.initial), &self.known)?;
        let (innovations, mut state) = gains.filter(&self.past, self.shape);
        let counted: Vec<(usize, f64)> = gains
            .variances
            .iter()
            .enumerate()
            .filter_map(|(row, variance)| Some((row, (*variance)?)))
            .skip(self.skipped)
            .collect();
        let standardised = |values: &[f64]| -> Vec<f64> {
            counted.iter().map(|(row, variance)| values.get(*row).copied().unwrap_or_default() / variance.sqrt()).collect()
        };
        let filtered: Vec<(Vec<f64>, Vec<f64>)> = self.predictors.iter().map(|values| gains.filter(values, self.shape)).collect();
        let columns: Vec<Vec<f64>> = filtered.iter().map(|(innovations, _)| standardised(innovations)).collect();
        let mut rest = standardised(&innovations);
        let coefficients = Qr::new(&columns)?.solve(&rest);
        columns.iter().zip(&coefficients).for_each(|(column, own)| add_scaled(&mut rest, -own, column));
        filtered.iter().zip(&coefficients).for_each(|((_, ahead), own)| add_scaled(&mut state, -own, ahead));
        let size = count(counted.len());
        let determinant: f64 = counted.iter().map(|(_, variance)| variance.ln()).sum();
        let log_likelihood = -0.5 * (size * std::f64::consts::TAU.ln() + determinant + norm(&rest).powi(2));
        Some(Fitted { coefficients, state, ahead: gains.ahead, log_likelihood, counted: size })
    }
}
