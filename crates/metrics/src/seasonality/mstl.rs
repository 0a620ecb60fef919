//! MSTL: several seasons in one series, such as hours of the day and of the week.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use super::loess::Degree;
use super::stl::{StlSettings, stl};

/// A series taken apart into a trend and several seasons.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mstl {
    /// The slow movement.
    pub trend: Vec<f64>,
    /// Each period with its season, the shortest first.
    pub seasons: Vec<(usize, Vec<f64>)>,
    /// What is left.
    pub remainder: Vec<f64>,
}

/// The usual seasonal window of the season at `place`, the shortest being at 0: `11 + 4 place`.
#[must_use]
pub const fn mstl_window(place: usize) -> usize {
    11 + 4 * place
}

/// Takes a series apart into a trend and a season for each period (Bandara, Hyndman and Bergmeir, 2021), the seasons found in turn, twice:
/// with the seasonal windows of [`mstl_window`] and constants for the season's degree, as R's and statsmodels' `mstl` do.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] below two periods of the longest season, [`Absence::OutOfRange`] without periods, for equal
/// ones, for a period below 2 or for values that are not finite.
pub fn mstl(series: &[f64], periods: &[usize]) -> Result<Mstl, Absence> {
    let mut sorted = periods.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() || sorted.len() != periods.len() {
        return Err(Absence::OutOfRange);
    }
    let mut rest = series.to_vec();
    let mut seasons: Vec<(usize, Vec<f64>)> = sorted.iter().map(|period| (*period, vec![0.0; series.len()])).collect();
    let mut trend = vec![0.0; series.len()];
    for _ in 0..if seasons.len() > 1 { 2 } else { 1 } {
        for (place, (period, season)) in seasons.iter_mut().enumerate() {
            rest.iter_mut().zip(season.iter()).for_each(|(value, season)| *value += season);
            let settings = StlSettings { seasonal_degree: Degree::Constant, ..StlSettings::new(*period, mstl_window(place)) };
            let parts = stl(&rest, &settings)?;
            rest.iter_mut().zip(&parts.season).for_each(|(value, season)| *value -= season);
            *season = parts.season;
            trend = parts.trend;
        }
    }
    let remainder: Vec<f64> = rest.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
    if remainder.iter().any(|value| !value.is_finite()) {
        return Err(Absence::OutOfRange);
    }
    Ok(Mstl { trend, seasons, remainder })
}
