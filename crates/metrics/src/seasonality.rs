//! The shape of a shop's time: profiles of the week in the shop's zone, and series taken apart into trend, seasons and the rest.
//!
//! ```
//! use campaign_pilot_metrics::seasonality::{StlSettings, seasonal_strength, stl};
//!
//! // Eight weeks: a growing level, and twice as much on the seventh day.
//! let sales: Vec<f64> = (0..56).map(|day| 20.0 + 0.1 * f64::from(day) + if day % 7 == 6 { 20.0 } else { 0.0 }).collect();
//! let parts = stl(&sales, &StlSettings::new(7, 7))?;
//! assert!(seasonal_strength(&parts.season, &parts.remainder) > 0.99);
//! assert!((parts.trend[30] - parts.trend[23] - 0.7).abs() < 1e-6);
//! # Ok::<(), campaign_pilot_core::Absence>(())
//! ```

mod classical;
mod loess;
mod mstl;
mod profile;
mod stl;

use crate::linear::{count, squares};

pub use classical::{Classical, Composition, classical};
pub use loess::Degree;
pub use mstl::{Mstl, mstl, mstl_window};
pub use profile::{Cell, WeekProfile, week_profile};
pub use stl::{Stl, StlSettings, stl};

/// How strong a trend is beside what it leaves, between 0 and 1 (Wang, Smith and Hyndman, 2006).
///
/// # Formula
///
/// `max(0, 1 - Var(R) / Var(T + R))`; zero where nothing varies.
#[must_use]
pub fn trend_strength(trend: &[f64], remainder: &[f64]) -> f64 {
    strength(trend, remainder)
}

/// How strong a season is beside what it leaves, between 0 and 1.
///
/// # Formula
///
/// `max(0, 1 - Var(R) / Var(S + R))`; zero where nothing varies.
#[must_use]
pub fn seasonal_strength(season: &[f64], remainder: &[f64]) -> f64 {
    strength(season, remainder)
}

fn strength(part: &[f64], remainder: &[f64]) -> f64 {
    let both: Vec<f64> = part.iter().zip(remainder).map(|(part, rest)| part + rest).collect();
    let variance = |values: &[f64]| squares(values) / count(values.len());
    let share = 1.0 - variance(remainder) / variance(&both);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}
