//! Estimates with their uncertainty.

use serde::{Deserialize, Serialize};

use super::{LiftError, at_least, finite};
use crate::linear::{count, mean, squares};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement, normal_quantile, normal_sf, student_t_sf};

/// A two-sided interval.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// How often such an interval holds the true value, between 0 and 1.
    pub confidence: f64,
}

impl Interval {
    /// Whether a value lies inside; the ends do.
    #[must_use]
    pub const fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

/// A number with its standard error, test and interval.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The degrees of freedom of Student's t; none when the normal distribution is used.
    pub degrees_of_freedom: Option<f64>,
    /// The two-sided probability of a distance from zero like this one when there is none. For one look.
    pub p_value: f64,
    /// Where the true value lies.
    pub interval: Interval,
}

impl Estimate {
    /// The estimate in standard errors: the t or z statistic.
    #[must_use]
    pub const fn statistic(&self) -> f64 {
        self.value / self.standard_error
    }

    pub(super) fn normal(value: f64, standard_error: f64, confidence: f64) -> Result<Self, LiftError> {
        Self::new(value, standard_error, None, confidence)
    }

    pub(super) fn student(value: f64, standard_error: f64, freedom: f64, confidence: f64) -> Result<Self, LiftError> {
        Self::new(value, standard_error, Some(freedom), confidence)
    }

    fn new(value: f64, standard_error: f64, freedom: Option<f64>, confidence: f64) -> Result<Self, LiftError> {
        finite(value)?;
        finite(standard_error)?;
        if standard_error <= 0.0 {
            return Err(LiftError::NoVariation);
        }
        let statistic = finite(value / standard_error)?;
        let tail = match freedom {
            None => normal_sf(statistic.abs()),
            Some(freedom) => student_t_sf(statistic.abs(), freedom),
        };
        let p_value = 2.0 * tail.ok_or(LiftError::OutOfRange)?;
        let critical = match freedom {
            None => normal_reach(confidence)?,
            Some(freedom) => student_reach(freedom, confidence)?,
        };
        let reach = finite(critical * standard_error)?;
        let interval = Interval { lower: finite(value - reach)?, upper: finite(value + reach)?, confidence };
        Ok(Self { value, standard_error, degrees_of_freedom: freedom, p_value: finite(p_value)?.clamp(0.0, 1.0), interval })
    }
}

/// How far an interval of a standard normal reaches on each side.
pub(crate) fn normal_reach(confidence: f64) -> Result<f64, LiftError> {
    normal_quantile(tail_of(confidence)? / 2.0).map(|quantile| -quantile).ok_or(LiftError::OutOfRange)
}

/// How far an interval of Student's t reaches: `t² / freedom` is the ratio of a beta variable and its complement.
fn student_reach(freedom: f64, confidence: f64) -> Result<f64, LiftError> {
    let (tail, half) = (tail_of(confidence)?, freedom / 2.0);
    let above = inverse_beta_reg_complement(0.5, half, tail).ok_or(LiftError::OutOfRange)?;
    let below = inverse_beta_reg(half, 0.5, tail).ok_or(LiftError::OutOfRange)?;
    finite((freedom * above / below).sqrt())
}

/// What lies outside an interval on both sides together.
fn tail_of(confidence: f64) -> Result<f64, LiftError> {
    if confidence > 0.0 && confidence < 1.0 { Ok(1.0 - confidence) } else { Err(LiftError::Setting) }
}

/// Two groups compared by Welch's t test, which does not ask for equal variances.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Welch {
    /// How many were treated.
    pub treated: usize,
    /// How many were not.
    pub control: usize,
    /// The mean of the treated.
    pub mean_treated: f64,
    /// The mean of the others.
    pub mean_control: f64,
    /// The difference of the means.
    pub difference: Estimate,
}

impl Welch {
    pub(super) fn of(treated: &[f64], control: &[f64], confidence: f64) -> Result<Self, LiftError> {
        at_least(2, treated.len())?;
        at_least(2, control.len())?;
        let share = |values: &[f64]| squares(values) / (count(values.len()) - 1.0) / count(values.len());
        let (of_treated, of_control) = (share(treated), share(control));
        let variance = of_treated + of_control;
        if variance <= 0.0 {
            return Err(LiftError::NoVariation);
        }
        // Shares of the variance instead of its squares: those overflow or vanish first.
        let part = |share: f64, length: usize| (share / variance).powi(2) / (count(length) - 1.0);
        let freedom = 1.0 / (part(of_treated, treated.len()) + part(of_control, control.len()));
        let (mean_treated, mean_control) = (finite(mean(treated))?, finite(mean(control))?);
        let difference = Estimate::student(mean_treated - mean_control, variance.sqrt(), freedom, confidence)?;
        Ok(Self { treated: treated.len(), control: control.len(), mean_treated, mean_control, difference })
    }
}
