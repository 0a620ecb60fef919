//! Days of sales, and how much they vary.

use serde::{Deserialize, Serialize};

use super::super::EvidenceError;
use super::super::running::{Sum, countable};

/// The days of history that the dispersion needs at least.
pub(super) const LEAST_DAYS: usize = 7;
/// What the dispersion is taken to have been before anything was seen of it, and for how many days that counts.
const USUAL_DISPERSION: (f64, f64) = (1.25, 7.0);

/// What one product sold in an hour, as a store-share test should count it: every order once, or up to `most_per_order`
/// units of each on average. A [`ProductHour`](campaign_pilot_core::ProductHour) and a
/// [`SalesObservation`](campaign_pilot_core::SalesObservation) have both numbers.
///
/// Units are no independent events. One order in a hundred of 20 units makes the test err up to twice as often as it
/// promises, because a short history may not hold a single one; counted by orders, or with up to three units of each, it
/// keeps its promise. Add up what this gives for the promoted products, and for the others.
///
/// ```
/// use campaign_pilot_metrics::evidence::counted_sales;
///
/// // Three orders of 22 units: one of them was a bulk order.
/// assert_eq!(counted_sales(22, 3, 1), 3.0);
/// assert_eq!(counted_sales(22, 3, 3), 9.0);
/// ```
#[must_use]
pub fn counted_sales(units: i64, orders: u64, most_per_order: u32) -> f64 {
    (units.max(0) as f64).min(orders as f64 * f64::from(most_per_order.max(1)))
}

/// Sales of one day: orders, not units ([`counted_sales`]).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct DayOfSales {
    /// Of the promoted products.
    pub promoted: f64,
    /// Of the rest of the store: products that are not promoted anywhere.
    pub rest: f64,
}

/// How much more a product's daily share of the sales varies than independent sales would make it, at least 1.
///
/// # Formula
///
/// Pearson's `X² / (days - 1)` with `X² = Σ (s_i - n_i p)² / (n_i p (1 - p))` over the days with sales, `p` the share over all
/// days. A short history that happens to be quiet proves little: never less than `(X² + 7 · 1.25) / (days - 1 + 7)`, as if
/// seven days with a dispersion of 1.25 had been seen besides.
///
/// # Errors
///
/// [`EvidenceError::TooFewObservations`] for fewer than 7 days with sales, [`EvidenceError::Observation`] for a count
/// outside the domain.
pub fn share_dispersion(history: &[DayOfSales]) -> Result<f64, EvidenceError> {
    let (promoted, rest) = totals(history)?;
    let share = promoted / (promoted + rest).max(f64::MIN_POSITIVE);
    let days: Vec<&DayOfSales> = history.iter().filter(|day| day.promoted + day.rest > 0.0).collect();
    if days.len() < LEAST_DAYS {
        return Err(EvidenceError::TooFewObservations);
    }
    if share <= 0.0 || share >= 1.0 {
        return Ok(1.0);
    }
    let chi: f64 = days
        .iter()
        .map(|day| {
            let n = day.promoted + day.rest;
            (day.promoted - n * share).powi(2) / (n * share * (1.0 - share))
        })
        .sum();
    let freedom = (days.len() - 1) as f64;
    let (usual, weight) = USUAL_DISPERSION;
    let floor = weight.mul_add(usual, chi) / (freedom + weight);
    Ok((chi / freedom).max(floor).clamp(1.0, 1e6))
}

pub(in super::super) fn totals<'a>(days: impl IntoIterator<Item = &'a DayOfSales>) -> Result<(f64, f64), EvidenceError> {
    let (mut promoted, mut rest) = (Sum::default(), Sum::default());
    for day in days {
        promoted.add(countable(promoted.get(), day.promoted)?);
        rest.add(countable(rest.get(), day.rest)?);
    }
    Ok((promoted.get(), rest.get()))
}
