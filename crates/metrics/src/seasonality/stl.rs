//! STL: a series taken apart into trend, season and remainder by locally weighted regression.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use super::loess::{Degree, Loess};
use crate::linear::{count, scale_of};

/// How a series is taken apart.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StlSettings {
    /// After how many values the season comes again; at least 2.
    pub period: usize,
    /// Over how many seasons the season is smoothed: odd, at least 3. The smaller, the faster it may change.
    pub seasonal_window: usize,
    /// Over how many values the trend is smoothed: odd. The smallest odd number of at least `1.5 period / (1 - 1.5 / seasonal)`
    /// unless set.
    pub trend_window: Option<usize>,
    /// Over how many values the season is kept free of trend: odd. The smallest odd number above the period unless set.
    pub low_pass_window: Option<usize>,
    /// What the season is smoothed by: lines unless set.
    pub seasonal_degree: Degree,
    /// Whether values far off count less.
    pub robust: bool,
    /// How often season and trend are found in turn: 5, or 2 when robust, unless set.
    pub inner: Option<usize>,
    /// How often the weights of values far off are found anew: none, or 15 when robust, unless set.
    pub outer: Option<usize>,
}

impl StlSettings {
    /// The usual settings for a period and a seasonal window.
    #[must_use]
    pub const fn new(period: usize, seasonal_window: usize) -> Self {
        Self {
            period,
            seasonal_window,
            trend_window: None,
            low_pass_window: None,
            seasonal_degree: Degree::Line,
            robust: false,
            inner: None,
            outer: None,
        }
    }

    /// The same, robust.
    #[must_use]
    pub const fn robust(mut self) -> Self {
        self.robust = true;
        self
    }
}

/// A series taken apart: `trend + season + remainder` is the series.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Stl {
    /// The slow movement.
    pub trend: Vec<f64>,
    /// What comes again.
    pub season: Vec<f64>,
    /// What is left.
    pub remainder: Vec<f64>,
    /// How much each value counted, from 0 to 1; all 1 unless robust.
    pub weights: Vec<f64>,
}

/// Takes a series apart (Cleveland, Cleveland, `McRae` and Terpenning, 1990), every point fitted: what R's `stl` gives with jumps of one.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] below two periods, [`Absence::OutOfRange`] for values that are not finite or a setting outside its
/// range.
pub fn stl(series: &[f64], settings: &StlSettings) -> Result<Stl, Absence> {
    let plan = Plan::new(settings)?;
    if series.len() < settings.period.saturating_mul(2) {
        return Err(Absence::TooFewObservations);
    }
    if series.iter().any(|value| !value.is_finite()) {
        return Err(Absence::OutOfRange);
    }
    let scale = scale_of(series);
    let scaled: Vec<f64> = series.iter().map(|value| value / scale).collect();
    let mut parts = Parts { trend: vec![0.0; series.len()], season: vec![0.0; series.len()] };
    let mut weights: Option<Vec<f64>> = None;
    for round in 0..=plan.outer {
        parts.improve(&scaled, &plan, weights.as_deref());
        if round < plan.outer {
            weights = Some(parts.weights(&scaled));
        }
    }
    let remainder = scaled.iter().zip(&parts.trend).zip(&parts.season).map(|((value, trend), season)| value - trend - season);
    let finish = |values: Vec<f64>| -> Result<Vec<f64>, Absence> {
        let finite = |value: f64| if value.is_finite() { Ok(value) } else { Err(Absence::OutOfRange) };
        values.into_iter().map(|value| finite(value * scale)).collect()
    };
    Ok(Stl {
        remainder: finish(remainder.collect())?,
        trend: finish(parts.trend)?,
        season: finish(parts.season)?,
        weights: weights.unwrap_or_else(|| vec![1.0; series.len()]),
    })
}

/// The longest period and window: their products still fit.
const LONGEST: usize = 1_000_000;

/// Settings that have been checked.
struct Plan {
    period: usize,
    seasonal: Loess,
    trend: Loess,
    low_pass: Loess,
    inner: usize,
    outer: usize,
}

impl Plan {
    fn new(settings: &StlSettings) -> Result<Self, Absence> {
        let (period, seasonal) = (settings.period, settings.seasonal_window);
        if !(2..=LONGEST).contains(&period) || !(3..=LONGEST).contains(&seasonal) || seasonal.is_multiple_of(2) {
            return Err(Absence::OutOfRange);
        }
        // The smallest odd number of at least 1.5 p / (1 - 1.5 / s) = 3 p s / (2 s - 3).
        let trend = settings.trend_window.unwrap_or_else(|| (3 * period * seasonal).div_ceil(2 * seasonal - 3) | 1);
        let low_pass = settings.low_pass_window.unwrap_or_else(|| (period + 1) | 1);
        let odd = |window: usize| window >= 3 && !window.is_multiple_of(2);
        let inner = settings.inner.unwrap_or(if settings.robust { 2 } else { 5 });
        if !odd(trend) || !odd(low_pass) || inner < 1 {
            return Err(Absence::OutOfRange);
        }
        Ok(Self {
            period,
            seasonal: Loess { window: seasonal, degree: settings.seasonal_degree },
            trend: Loess { window: trend, degree: Degree::Line },
            low_pass: Loess { window: low_pass, degree: Degree::Line },
            inner,
            outer: settings.outer.unwrap_or(if settings.robust { 15 } else { 0 }),
        })
    }
}

struct Parts {
    trend: Vec<f64>,
    season: Vec<f64>,
}

impl Parts {
    /// Finds season and trend in turn.
    fn improve(&mut self, series: &[f64], plan: &Plan, weights: Option<&[f64]>) {
        for _ in 0..plan.inner {
            let without_trend: Vec<f64> = series.iter().zip(&self.trend).map(|(value, trend)| value - trend).collect();
            let cycles = smooth_cycles(&without_trend, plan, weights);
            let thrice = moving_mean(&moving_mean(&moving_mean(&cycles, plan.period), plan.period), 3);
            let low = plan.low_pass.smooth(&thrice, None);
            self.season = cycles.iter().skip(plan.period).zip(&low).map(|(cycle, low)| cycle - low).collect();
            let without_season: Vec<f64> = series.iter().zip(&self.season).map(|(value, season)| value - season).collect();
            self.trend = plan.trend.smooth(&without_season, weights);
        }
    }

    /// Tukey's bisquare of each value's distance, by six times the median distance.
    fn weights(&self, series: &[f64]) -> Vec<f64> {
        let distances: Vec<f64> = series
            .iter()
            .zip(&self.trend)
            .zip(&self.season)
            .map(|((value, trend), season)| (value - (trend + season)).abs())
            .collect();
        let mut sorted = distances.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let (upper, lower) = (sorted.get(middle), sorted.get(sorted.len().saturating_sub(middle + 1)));
        let limit = 3.0 * (upper.copied().unwrap_or_default() + lower.copied().unwrap_or_default());
        let weight = |distance: &f64| {
            if *distance <= 0.001 * limit {
                1.0
            } else if *distance <= 0.999 * limit {
                (1.0 - (distance / limit).powi(2)).powi(2)
            } else {
                0.0
            }
        };
        distances.iter().map(weight).collect()
    }
}

/// Smooths the values of each place in the period by themselves, going one period beyond the series on both sides.
fn smooth_cycles(series: &[f64], plan: &Plan, weights: Option<&[f64]>) -> Vec<f64> {
    let period = plan.period;
    let mut cycles = vec![0.0; series.len() + 2 * period];
    for place in 0..period {
        let own: Vec<f64> = series.iter().skip(place).step_by(period).copied().collect();
        let believed: Option<Vec<f64>> = weights.map(|weights| weights.iter().skip(place).step_by(period).copied().collect());
        let smoothed = plan.seasonal.smooth(&own, believed.as_deref());
        let (before, after) = plan.seasonal.beyond(&own, believed.as_deref());
        let before = before.or_else(|| smoothed.first().copied());
        let after = after.or_else(|| smoothed.last().copied());
        let values = before.into_iter().chain(smoothed.iter().copied()).chain(after);
        cycles.iter_mut().skip(place).step_by(period).zip(values).for_each(|(entry, value)| *entry = value);
    }
    cycles
}

fn moving_mean(values: &[f64], length: usize) -> Vec<f64> {
    let mut sum: f64 = values.iter().take(length).sum();
    let mut means = vec![sum / count(length)];
    for (gone, new) in values.iter().zip(values.iter().skip(length)) {
        sum += new - gone;
        means.push(sum / count(length));
    }
    means
}
