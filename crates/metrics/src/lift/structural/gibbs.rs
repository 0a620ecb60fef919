//! The Bayesian structural model, by Gibbs sampling.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::filter::{Gains, Noise, Shape, advance, observe};
use super::spike_slab::{Prior, Regression};
use super::{LiftError, Series};
use crate::lift::random::{RandomBits, gamma, normal};
use crate::lift::{Interval, finite, share_of};
use crate::linear::{count, mean, scale_of, squares};

/// How many observations the guess of a state's noise is worth.
const STATE_WEIGHT: f64 = 32.0;
/// How often a variance above its limit is drawn again before the limit stands in.
const TRIES: usize = 100;

/// How [`bayesian_structural`] works. The defaults are those of the R package `CausalImpact`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BayesianSettings {
    /// After how many times the season comes again: 7 for days of the week. None unless set.
    pub season: Option<usize>,
    /// How many predictors are expected to matter: 3 unless set.
    pub model_size: f64,
    /// Which share of the variance they are expected to explain: 0.8 unless set.
    pub r_squared: f64,
    /// How many observations that expectation is worth: 50 unless set.
    pub prior_weight: f64,
    /// How far the level (and the season) is expected to step each time, in standard deviations of the observations: 0.01 unless
    /// set.
    pub step: f64,
    /// How many draws are kept: 2,000 unless set.
    pub draws: usize,
    /// How many draws are thrown away first: 200 unless set.
    pub burn_in: usize,
    /// The confidence of the intervals: 0.95 unless set.
    pub confidence: f64,
}

impl Default for BayesianSettings {
    fn default() -> Self {
        Self {
            season: None,
            model_size: 3.0,
            r_squared: 0.8,
            prior_weight: 50.0,
            step: 0.01,
            draws: 2_000,
            burn_in: 200,
            confidence: 0.95,
        }
    }
}

/// What is believed of a number after the data: its mean, spread and the central interval of the draws.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Posterior {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub standard_deviation: f64,
    /// The interval between the quantiles.
    pub interval: Interval,
}

/// What a Bayesian structural model expected, and what was observed beyond it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct BayesianEffect {
    /// The mean of what was observed beyond the expectation.
    pub average: Posterior,
    /// Its sum.
    pub cumulative: Posterior,
    /// The sum as a share of the expected sum. Absent when a draw expected nothing.
    pub relative: Measured<Posterior>,
    /// How probable it is that the effect has the other sign, at least 1 / (draws + 1).
    pub tail_probability: f64,
    /// What was expected at each time since the campaign began: single observations.
    pub expected: Vec<Posterior>,
    /// How probable it is that each predictor belongs into the model.
    pub inclusion: Vec<f64>,
    /// The mean coefficient of each predictor, those left out counting as zero.
    pub coefficients: Vec<f64>,
}

/// The effect of a campaign against a Bayesian structural model of the time before: a local level, a season, and a regression on
/// untouched series with spike-and-slab priors (Brodersen et al., 2015; Scott and Varian, 2014).
///
/// The intervals hold all that is uncertain: the variances, which predictors belong into the model, their coefficients, the path of the
/// level and the noise. Over placebo periods such models still find effects that are not there more often than their nominal rate
/// says: try it on placebo periods of the shop's own history before believing it.
///
/// # Formula
///
/// As [`super::structural_mle`], in units of the standard deviation before the campaign, with the priors of `CausalImpact`: inverse gamma
/// variances (steps: guess `step`, weight 32, at most 1; noise: guess `1 - r_squared`, weight `prior_weight`), each predictor in
/// with probability `model_size / predictors`, coefficients normal around zero with the precision
/// `0.01 / n (X'X + diag X'X) / 2` by the noise's variance. States are drawn by simulation smoothing (Durbin and Koopman, 2002), predictors
/// one by one with coefficients and variance integrated out.
///
/// # Errors
///
/// [`LiftError::TooFew`] unless there is an observation since and four more before than the state has entries, or for fewer
/// than 100 draws, [`LiftError::NoVariation`] when the observations before do not vary, [`LiftError::Setting`] for a setting outside
/// its range.
///
/// ```
/// use campaign_pilot_metrics::lift::{BayesianSettings, Series, Xoshiro256, bayesian_structural};
///
/// let rest: Vec<f64> = (0..40_u32).map(|day| 100.0 + f64::from(day * 53 % 17)).collect();
/// let sales: Vec<f64> = (0..40_u32)
///     .zip(&rest)
///     .map(|(day, rest)| 0.5 * rest + f64::from(day * 37 % 11) / 5.0 + if day >= 30 { 8.0 } else { 0.0 })
///     .collect();
/// let settings = BayesianSettings { draws: 300, ..BayesianSettings::default() };
/// let found = bayesian_structural(&Series::new(&sales, &[rest], 30), &settings, &mut Xoshiro256::seeded(7))?;
/// assert!(found.average.interval.contains(8.0) && !found.average.interval.contains(0.0));
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn bayesian_structural(
    series: &Series,
    settings: &BayesianSettings,
    bits: &mut impl RandomBits,
) -> Result<BayesianEffect, LiftError> {
    let shape = Shape::new(settings.season);
    series.check(shape.width + 4)?;
    super::at_least(100, settings.draws)?;
    let inside = |value: f64, highest: f64| value > 0.0 && value < highest;
    if !inside(settings.confidence, 1.0) || !inside(settings.step, 1.0) {
        return Err(LiftError::Setting);
    }
    let model = Model::new(series, shape, settings)?;
    let draws = model.sample(settings, bits)?;
    summary(series, settings, &model, &draws)
}

/// The series in units of its standard deviation.
struct Model<'a> {
    series: &'a Series,
    shape: Shape,
    centre: f64,
    scale: f64,
    /// The centre and the scale of each predictor.
    units: Vec<(f64, f64)>,
    /// The outcome before the campaign, zero in a gap.
    past: Vec<f64>,
    known: Vec<bool>,
    /// The predictors at all times.
    predictors: Vec<Vec<f64>>,
    regression: Regression,
    guess: f64,
}

/// What one draw expects at each time since, and its coefficients.
struct Draw {
    expected: Vec<f64>,
    coefficients: Vec<f64>,
}

impl<'a> Model<'a> {
    fn new(series: &'a Series, shape: Shape, settings: &BayesianSettings) -> Result<Self, LiftError> {
        let observed = series.split().0;
        let values: Vec<f64> = observed.iter().flatten().copied().collect();
        let (centre, scale) = unit_of(&values)?;
        let past: Vec<f64> = observed.iter().map(|value| value.map_or(0.0, |value| (value - centre) / scale)).collect();
        let known: Vec<bool> = observed.iter().map(Option::is_some).collect();
        let mut units = Vec::new();
        for values in &series.predictors {
            units.push(unit_of(&values.iter().take(series.before).copied().collect::<Vec<_>>()).map_err(
                |error| match error {
                    LiftError::NoVariation => LiftError::Singular,
                    other => other,
                },
            )?);
        }
        let predictors: Vec<Vec<f64>> = series
            .predictors
            .iter()
            .zip(&units)
            .map(|(values, (centre, scale))| values.iter().map(|value| (value - centre) / scale).collect())
            .collect();
        super::all_finite(predictors.iter().flatten().chain(&past)).map_err(|_| LiftError::OutOfRange)?;
        let seen = |values: &Vec<f64>| values.iter().zip(&known).filter(|(_, known)| **known).map(|(value, _)| *value).collect();
        let prior = Prior { model_size: settings.model_size, r_squared: settings.r_squared, weight: settings.prior_weight };
        let regression = Regression::new(predictors.iter().map(seen).collect(), count(values.len()), prior)?;
        Ok(Self { series, shape, centre, scale, units, past, known, predictors, regression, guess: settings.step.powi(2) })
    }

    fn sample(&self, settings: &BayesianSettings, bits: &mut impl RandomBits) -> Result<Vec<Draw>, LiftError> {
        let mut included = self.regression.start();
        let mut coefficients = vec![0.0; self.predictors.len()];
        let season = if self.shape.width > 1 { self.guess } else { 0.0 };
        let mut noise = Noise { irregular: 1.0 - settings.r_squared, level: self.guess, season };
        let mut draws = Vec::with_capacity(settings.draws);
        for round in 0..settings.burn_in.saturating_add(settings.draws) {
            let added = self.added(&coefficients);
            let rest: Vec<f64> = self.past.iter().zip(&added).map(|(value, added)| value - added).collect();
            let states = self.states(&rest, noise, bits)?;
            (noise.level, noise.season) = self.step_variances(&states, bits);
            let outcome: Vec<f64> = self
                .past
                .iter()
                .zip(&states)
                .zip(&self.known)
                .filter(|(_, known)| **known)
                .map(|((value, state), _)| value - observe(state))
                .collect();
            let drawn = self.regression.draw(&outcome, &mut included, bits)?;
            coefficients = drawn.coefficients;
            noise.irregular = drawn.variance;
            if round >= settings.burn_in {
                let state = states.into_iter().nth(self.past.len().saturating_sub(1)).unwrap_or_default();
                draws.push(Draw {
                    expected: self.forecast(state, noise, &coefficients, bits),
                    coefficients: coefficients.clone(),
                });
            }
        }
        Ok(draws)
    }

    /// What the predictors add at each time.
    fn added(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut added = vec![0.0; self.series.observed.len()];
        for (values, own) in self.predictors.iter().zip(coefficients).filter(|(_, own)| **own != 0.0) {
            crate::linear::add_scaled(&mut added, *own, values);
        }
        added
    }

    /// Draws the states before the campaign: a path made up from the noises, corrected by what the data say of the difference.
    fn states(&self, rest: &[f64], noise: Noise, bits: &mut impl RandomBits) -> Result<Vec<Vec<f64>>, LiftError> {
        // The first level lies around the first observation, the season around zero, both within a standard deviation.
        let initial = self.shape.diagonal(1.0);
        let first = self.past.iter().zip(&self.known).find(|(_, known)| **known).map_or(0.0, |(value, _)| *value);
        let mut state: Vec<f64> = (0..self.shape.width).map(|_| normal(bits)).collect();
        let mut made_up = Vec::with_capacity(rest.len());
        let mut difference = Vec::with_capacity(rest.len());
        for value in rest {
            let observation = observe(&state) + noise.irregular.sqrt() * normal(bits);
            difference.push(value - first - observation);
            made_up.push(state.clone());
            self.step(&mut state, noise, bits);
        }
        let gains = Gains::new(noise, initial.clone(), &self.known).ok_or(LiftError::OutOfRange)?;
        let corrections = gains.smooth(&difference, self.shape, noise, &initial);
        for (state, correction) in made_up.iter_mut().zip(&corrections) {
            crate::linear::add_scaled(state, 1.0, correction);
            state.iter_mut().take(1).for_each(|level| *level += first);
        }
        Ok(made_up)
    }

    /// One time ahead, with noise.
    fn step(&self, state: &mut [f64], noise: Noise, bits: &mut impl RandomBits) {
        advance(state);
        for (entry, variance) in state.iter_mut().zip([noise.level, noise.season]) {
            *entry += variance.sqrt() * normal(bits);
        }
    }

    fn step_variances(&self, states: &[Vec<f64>], bits: &mut impl RandomBits) -> (f64, f64) {
        let mut sums = [0.0; 2];
        for (state, next) in states.iter().zip(states.iter().skip(1)) {
            let mut expected = state.clone();
            advance(&mut expected);
            for (sum, (next, expected)) in sums.iter_mut().zip(next.iter().zip(&expected)) {
                *sum += (next - expected).powi(2);
            }
        }
        let shape = 0.5 * (STATE_WEIGHT + count(states.len().saturating_sub(1)));
        let mut draw = |sum: f64| {
            let scale = 0.5 * (STATE_WEIGHT * self.guess + sum);
            (0..TRIES).map(|_| scale / gamma(bits, shape)).find(|variance| *variance <= 1.0).unwrap_or(1.0)
        };
        let level = draw(sums[0]);
        (level, if self.shape.width > 1 { draw(sums[1]) } else { 0.0 })
    }

    /// What is expected at each time since, with the noise of single observations.
    fn forecast(&self, mut state: Vec<f64>, noise: Noise, coefficients: &[f64], bits: &mut impl RandomBits) -> Vec<f64> {
        let mut expected = Vec::new();
        for added in self.added(coefficients).into_iter().skip(self.series.before) {
            self.step(&mut state, noise, bits);
            expected.push(observe(&state) + added + noise.irregular.sqrt() * normal(bits));
        }
        expected
    }
}

fn unit_of(values: &[f64]) -> Result<(f64, f64), LiftError> {
    let power = scale_of(values);
    let scaled: Vec<f64> = values.iter().map(|value| value / power).collect();
    let deviation = (squares(&scaled) / (count(values.len()) - 1.0)).sqrt();
    if deviation.is_nan() || deviation <= 1e-12 {
        return Err(LiftError::NoVariation);
    }
    Ok((finite(mean(&scaled) * power)?, finite(deviation * power)?))
}

fn summary(series: &Series, settings: &BayesianSettings, model: &Model<'_>, draws: &[Draw]) -> Result<BayesianEffect, LiftError> {
    let since = series.split().1;
    let size = count(since.iter().flatten().count());
    let observed: f64 = since.iter().flatten().map(|value| (value - model.centre) / model.scale).sum();
    // Sums of what was expected where something was observed, in units of the model.
    let sums: Vec<f64> = draws
        .iter()
        .map(|draw| draw.expected.iter().zip(since).filter(|(_, known)| known.is_some()).map(|(value, _)| *value).sum())
        .collect();
    let posterior = |values: Vec<f64>| Posterior::of(values, settings.confidence);
    let scaled = |factor: f64| sums.iter().map(|sum| (observed - sum) * factor * model.scale).collect();
    let ratios: Result<Vec<f64>, _> =
        sums.iter().map(|sum| share_of(observed - sum, sum + size * (model.centre / model.scale)).ok()).collect();
    let relative = ratios.and_then(|ratios| posterior(ratios).map_err(Into::into));
    let above = draws_above(&sums, observed);
    let expected = (0..since.len())
        .map(|row| {
            let values = draws.iter().filter_map(|draw| draw.expected.get(row));
            posterior(values.map(|value| value * model.scale + model.centre).collect())
        })
        .collect::<Result<Vec<_>, _>>()?;
    let coefficient = |index: usize| draws.iter().filter_map(move |draw| draw.coefficients.get(index).copied());
    let number = count(draws.len());
    Ok(BayesianEffect {
        average: posterior(scaled(1.0 / size))?,
        cumulative: posterior(scaled(1.0))?,
        relative: relative.into(),
        tail_probability: (above + 1.0) / (number + 1.0),
        expected,
        inclusion: (0..model.predictors.len())
            .map(|index| count(coefficient(index).filter(|value| *value != 0.0).count()) / number)
            .collect(),
        coefficients: model
            .units
            .iter()
            .enumerate()
            .map(|(index, (_, scale))| finite(coefficient(index).sum::<f64>() / number * (model.scale / scale)))
            .collect::<Result<_, _>>()?,
    })
}

/// How many sums lie on the other side of what was observed than most.
fn draws_above(sums: &[f64], observed: f64) -> f64 {
    let above = count(sums.iter().filter(|sum| **sum >= observed).count());
    above.min(count(sums.len()) - above)
}

impl Posterior {
    fn of(mut values: Vec<f64>, confidence: f64) -> Result<Self, LiftError> {
        super::all_finite(&values).map_err(|_| LiftError::OutOfRange)?;
        values.sort_by(f64::total_cmp);
        let power = scale_of(&values);
        let scaled: Vec<f64> = values.iter().map(|value| value / power).collect();
        let deviation = (squares(&scaled) / (count(values.len()) - 1.0)).sqrt() * power;
        let tail = 0.5 * (1.0 - confidence);
        let interval = Interval { lower: quantile(&values, tail), upper: quantile(&values, 1.0 - tail), confidence };
        Ok(Self { mean: finite(mean(&scaled) * power)?, standard_deviation: finite(deviation)?, interval })
    }
}

/// The quantile of sorted values, between its neighbours in proportion (Hyndman and Fan's seventh).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (count(sorted.len()) - 1.0);
    let below = place.floor();
    // A place is at most the number of draws, far below what an integer holds.
    let index = sorted.iter().enumerate().map(|(index, _)| index).find(|index| count(*index) >= below).unwrap_or_default();
    let (low, high) = (sorted.get(index), sorted.get(index + 1).or_else(|| sorted.get(index)));
    low.zip(high).map_or(0.0, |(low, high)| low + (place - below) * (high - low))
}
