//! How much the flights of one product differ.

use std::collections::BTreeMap;

use campaign_pilot_core::ProductId;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::AdRecord;
use crate::amount::number;

/// The squared coefficient of variation before any product had two flights: each ad finds other partners and shoppers.
const ASSUMED: f64 = 0.25;
/// As how many flights that counts.
const ASSUMED_FLIGHTS: f64 = 8.0;
/// More is not believed.
const MOST: f64 = 2.0;

/// How much the clicks a day of one product's flights differ beyond chance: the squared coefficient of variation.
///
/// # Formula
///
/// By moments over the products with at least two flights, of `k` flights with `x` clicks in `E` days and the product's mean `m`:
///
/// ```text
/// s' = sum((x - E m)^2 k / (k - 1) - E m) / sum((E m)^2)        s = (8 x 0.25 + n s') / (8 + n), n flights in all, from 0 to 2
/// ```
#[must_use]
pub fn flight_spread(flights: &[AdRecord]) -> Decimal {
    let mut by_product: BTreeMap<&ProductId, Vec<(f64, f64)>> = BTreeMap::new();
    for flight in flights {
        let days = number(flight.hours_on_offer) / 24.0;
        if let Some(clicks) = flight.clicks.known().filter(|_| days > 0.0) {
            by_product.entry(&flight.product).or_default().push((number(Decimal::from(*clicks)), days));
        }
    }
    let (mut beyond, mut squares, mut count) = (0.0, 0.0, 0.0);
    for flights in by_product.into_values().filter(|flights| flights.len() > 1) {
        let (clicks, days, k) = flights.iter().fold((0.0, 0.0, 0.0), |(a, b, k), (x, e)| (a + x, b + e, k + 1.0));
        for (seen, exposure) in flights {
            let expected = exposure * clicks / days;
            beyond += (seen - expected).powi(2) * k / (k - 1.0) - expected;
            squares += expected * expected;
        }
        count += k;
    }
    let seen = if squares > 0.0 { (beyond / squares).clamp(0.0, MOST) } else { 0.0 };
    let both = ASSUMED.mul_add(ASSUMED_FLIGHTS, seen * count) / (ASSUMED_FLIGHTS + count);
    Decimal::from_f64(both).unwrap_or_default().round_dp(4)
}
