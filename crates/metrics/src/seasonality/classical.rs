//! The classical decomposition by a centred moving average.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use crate::linear::{count, mean};

/// How trend, season and remainder make up the series.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Composition {
    /// They add up.
    #[default]
    Additive,
    /// They are factors.
    Multiplicative,
}

/// A series taken apart; half a period at each end has no trend and no remainder.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Classical {
    /// The centred moving average.
    pub trend: Vec<Option<f64>>,
    /// One index for each place in the period, beginning with the first value's; together zero, or one on average.
    pub indices: Vec<f64>,
    /// What is left.
    pub remainder: Vec<Option<f64>>,
}

/// Takes a series apart by a centred moving average over one period, and the mean distance of each place in the period from it.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] below two periods, [`Absence::OutOfRange`] for a period below 2 or values that are not finite,
/// [`Absence::ZeroBaseline`] for values of zero or below in a multiplicative composition.
pub fn classical(series: &[f64], period: usize, composition: Composition) -> Result<Classical, Absence> {
    if period < 2 || series.iter().any(|value| !value.is_finite()) {
        return Err(Absence::OutOfRange);
    }
    if series.len() < period.saturating_mul(2) {
        return Err(Absence::TooFewObservations);
    }
    let factors = composition == Composition::Multiplicative;
    if factors && series.iter().any(|value| *value <= 0.0) {
        return Err(Absence::ZeroBaseline);
    }
    let trend = centred_mean(series, period);
    let off = |value: f64, from: f64| if factors { value / from } else { value - from };
    let distances: Vec<Option<f64>> =
        series.iter().zip(&trend).map(|(value, trend)| trend.map(|trend| off(*value, trend))).collect();
    let raw: Vec<f64> = (0..period)
        .map(|place| mean(&distances.iter().skip(place).step_by(period).flatten().copied().collect::<Vec<_>>()))
        .collect();
    let centre = mean(&raw);
    let indices: Vec<f64> = raw.iter().map(|index| off(*index, centre)).collect();
    let remainder: Vec<Option<f64>> = distances
        .iter()
        .zip(indices.iter().cycle())
        .map(|(distance, index)| distance.map(|distance| off(distance, *index)))
        .collect();
    let finite = indices.iter().chain(remainder.iter().flatten()).chain(trend.iter().flatten()).all(|value| value.is_finite());
    if finite { Ok(Classical { trend, indices, remainder }) } else { Err(Absence::OutOfRange) }
}

/// The mean over one period around each value; an even period counts its two ends by half.
fn centred_mean(series: &[f64], period: usize) -> Vec<Option<f64>> {
    let (half, even) = (period / 2, period.is_multiple_of(2));
    let centre = |place: usize| {
        let first = place.checked_sub(half)?;
        let window: Vec<f64> = series.iter().skip(first).take(2 * half + 1).copied().collect();
        if window.len() < 2 * half + 1 {
            return None;
        }
        let ends = if even { 0.5 * (window.first()? + window.last()?) } else { 0.0 };
        Some((window.iter().sum::<f64>() - ends) / count(period))
    };
    (0..series.len()).map(centre).collect()
}
