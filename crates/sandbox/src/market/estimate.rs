//! The base demand as the recorded orders show it, shrunk towards the ordinary.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::Value;

use super::Streams;
use super::chance::shock;
use super::goods::Good;
use crate::opening::{Body, Opening};
use crate::world::Store;

const DAY: i64 = 86_400;
/// The recorded shop's winter time.
pub(crate) const WINTER_OFFSET: i64 = 3600;
/// The spread of how well the products of a made-up shop sell.
const SHARE_SPREAD: f64 = 1.0;
/// The recorded days that tell today's level of the store.
const LEVEL_DAYS: i64 = 14;
/// After so many days an order counts half for a product's share.
const HALF_LIFE_DAYS: f64 = 45.0;
/// How many average lines every product is given in advance.
const PRIOR_LINES: f64 = 1.0;
/// How many orders an hour or weekday is given in advance, at the ordinary rate.
const PRIOR_ORDERS: f64 = 40.0;

/// Relative orders by hour of the local day in an ordinary shop; mean 1.
const ORDINARY_HOURS: [f64; 24] = [
    0.55, 0.30, 0.18, 0.14, 0.14, 0.20, 0.40, 0.70, 0.95, 1.15, 1.25, 1.25, 1.20, 1.15, 1.15, 1.20, 1.25, 1.30, 1.45, 1.75, 1.95,
    1.85, 1.50, 1.01,
];

/// What the recorded orders say about demand.
#[derive(Clone, Debug)]
pub(crate) struct Estimate {
    /// The second since 1970 at which the market takes over.
    pub(crate) opens_at: i64,
    /// Orders per day when the market takes over.
    pub(crate) orders_per_day: f64,
    /// Orders per day around each recorded day, by day since 1970; none for a shop that was made up.
    past_level: BTreeMap<i64, f64>,
    /// Each good's part of all order lines; sums to 1.
    pub(crate) shares: Vec<f64>,
    /// Relative orders by weekday, Monday first; mean 1.
    pub(crate) weekdays: [f64; 7],
    /// Relative orders by hour of the local day; mean 1.
    pub(crate) hours: [f64; 24],
    /// How many orders have 1, 2, 3, .. lines.
    pub(crate) line_counts: Vec<f64>,
    /// How many lines are about 1, 2, 3, .. units.
    pub(crate) quantities: Vec<f64>,
}

impl Estimate {
    pub(crate) fn of(opening: &Opening, goods: &[Good]) -> Self {
        let orders: Vec<(i64, &Body)> = opening.orders.iter().filter_map(|order| Some((placed_at(order)?, order))).collect();
        let end = opening.ends_at.as_second();
        let recent = orders.iter().filter(|(at, _)| (end - LEVEL_DAYS * DAY..end).contains(at)).count();
        let placed: Vec<i64> = orders.iter().map(|(at, _)| *at).collect();
        Self {
            opens_at: end,
            orders_per_day: recent as f64 / LEVEL_DAYS as f64,
            past_level: past_level(&placed, end),
            shares: shares(&orders, goods, end),
            weekdays: factors(placed.iter().map(|at| weekday(*at)), [1.0; 7]),
            hours: hours(&placed),
            line_counts: counts(orders.iter().map(|(_, order)| lines(order).len())),
            quantities: counts(orders.iter().flat_map(|(_, order)| lines(order)).map(quantity)),
        }
    }

    /// Lines of an average order.
    pub(crate) fn lines_per_order(&self) -> f64 {
        let orders: f64 = self.line_counts.iter().sum();
        let lines: f64 = self.line_counts.iter().zip(1_u32..).map(|(count, lines)| count * f64::from(lines)).sum();
        lines / orders.max(1e-9)
    }

    /// A shop that was made up, which opens at a second since 1970.
    pub(crate) fn invented(world: &Store, goods: &[Good], streams: Streams, opens_at: i64) -> Self {
        let weights: Vec<f64> = goods.iter().map(|good| shock(&mut streams.invented_share(good.product), SHARE_SPREAD)).collect();
        let total: f64 = weights.iter().sum();
        Self {
            opens_at,
            orders_per_day: world.orders_per_day.unwrap_or(8.0),
            past_level: BTreeMap::new(),
            shares: weights.iter().map(|weight| weight / total).collect(),
            weekdays: [1.0; 7],
            hours: smooth(&ORDINARY_HOURS),
            line_counts: vec![0.56, 0.27, 0.12, 0.05],
            quantities: vec![0.90, 0.08, 0.02],
        }
    }

    /// Orders per day around a day of the record; `None` where there is none of it.
    pub(crate) fn past_level(&self, day: i64) -> Option<f64> {
        (!self.past_level.is_empty()).then(|| self.past_level.get(&day).copied().unwrap_or(0.0))
    }

    /// The mean number of units of a line.
    pub(crate) fn units_per_line(&self) -> f64 {
        let lines: f64 = self.quantities.iter().sum();
        let units: f64 = self.quantities.iter().zip(1_u32..).map(|(count, units)| count * f64::from(units)).sum();
        units / lines.max(1e-9)
    }
}

/// The local hour of the day of the recorded shop; its winter time all year round.
fn local_hour(second: i64) -> usize {
    hour_of_day(second + WINTER_OFFSET)
}

/// The hour of the day of a second since 1970 by a local clock.
pub(crate) fn hour_of_day(local: i64) -> usize {
    usize::try_from(local.rem_euclid(DAY) / 3600).unwrap_or(0)
}

/// The local weekday of the recorded shop, Monday 0.
fn weekday(second: i64) -> usize {
    day_of_week(second + WINTER_OFFSET)
}

/// The weekday of a second since 1970 by a local clock, Monday 0.
pub(crate) fn day_of_week(local: i64) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from((local.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or(0)
}

/// The element at a place of a shape; 1 beyond its end.
pub(crate) fn at<const N: usize>(shape: &[f64; N], place: usize) -> f64 {
    shape.get(place).copied().unwrap_or(1.0)
}

fn placed_at(order: &Body) -> Option<i64> {
    let is_placed = order.get("status").and_then(Value::as_str) != Some("checkout-draft");
    let text = order.get("date_created_gmt")?.as_str()?;
    let at: Timestamp = Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?;
    (is_placed && !lines(order).is_empty()).then_some(at.as_second())
}

fn lines(order: &Body) -> &[Value] {
    order.get("line_items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn quantity(line: &Value) -> usize {
    line.get("quantity").and_then(Value::as_u64).and_then(|quantity| usize::try_from(quantity).ok()).unwrap_or(0)
}

fn past_level(placed: &[i64], end: i64) -> BTreeMap<i64, f64> {
    let last = end.div_euclid(DAY);
    let mut levels = BTreeMap::new();
    for day in last - 130..=last {
        let (from, to) = ((day - 6) * DAY, ((day + 7) * DAY).min(end));
        let orders = placed.iter().filter(|at| (from..to).contains(at)).count();
        levels.insert(day, orders as f64 * DAY as f64 / (to - from) as f64);
    }
    levels
}

fn shares(orders: &[(i64, &Body)], goods: &[Good], end: i64) -> Vec<f64> {
    let mut weights: BTreeMap<u64, f64> = goods.iter().map(|good| (good.product, 0.0)).collect();
    for (at, order) in orders {
        let age_days = (end - at) as f64 / DAY as f64;
        for line in lines(order) {
            let product = line.get("product_id").and_then(Value::as_u64).unwrap_or(0);
            if let Some(weight) = weights.get_mut(&product) {
                *weight += 0.5_f64.powf(age_days / HALF_LIFE_DAYS);
            }
        }
    }
    let sum: f64 = weights.values().sum();
    let prior = PRIOR_LINES * sum / orders.len().max(1) as f64;
    let total = sum + prior * weights.len() as f64;
    weights.values().map(|weight| (weight + prior) / total).collect()
}

fn hours(placed: &[i64]) -> [f64; 24] {
    smooth(&factors(placed.iter().map(|at| local_hour(*at)), ORDINARY_HOURS))
}

fn smooth(recorded: &[f64; 24]) -> [f64; 24] {
    // Neighbouring hours are alike: half their own, a quarter of each neighbour.
    let mut smooth = [1.0; 24];
    for (hour, factor) in smooth.iter_mut().enumerate() {
        *factor = at(recorded, hour) / 2.0 + (at(recorded, (hour + 23) % 24) + at(recorded, (hour + 1) % 24)) / 4.0;
    }
    smooth
}

/// Relative frequencies of places, each with a prior of some orders at its ordinary rate; mean 1.
fn factors<const N: usize>(places: impl Iterator<Item = usize>, ordinary: [f64; N]) -> [f64; N] {
    let mut counts = ordinary.map(|factor| PRIOR_ORDERS * factor);
    for place in places {
        if let Some(count) = counts.get_mut(place) {
            *count += 1.0;
        }
    }
    let mean = counts.iter().sum::<f64>() / N as f64;
    counts.map(|count| count / mean)
}

/// How often 1, 2, 3, .. occur.
fn counts(numbers: impl Iterator<Item = usize>) -> Vec<f64> {
    let mut counts = Vec::new();
    for number in numbers.filter(|number| *number > 0) {
        if counts.len() < number {
            counts.resize(number, 0.0);
        }
        if let Some(count) = counts.get_mut(number - 1) {
            *count += 1.0;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::goods;
    use crate::opening;

    fn estimate() -> (Estimate, Vec<Good>) {
        let opening = opening::recorded().unwrap();
        let goods = goods::stock_up(opening, Streams::new(1), &crate::World::default());
        (Estimate::of(opening, &goods), goods)
    }

    #[test]
    fn the_level_is_that_of_the_last_recorded_days() {
        let (estimate, _) = estimate();
        assert!((7.0..9.0).contains(&estimate.orders_per_day), "{}", estimate.orders_per_day);
        let today = estimate.opens_at / DAY;
        assert!((estimate.past_level(today).unwrap() - estimate.orders_per_day).abs() < 1.0);
        assert!(estimate.past_level(today - 110).unwrap() < 2.0);
    }

    #[test]
    fn shapes_have_mean_one_and_shares_sum_to_one() {
        let (estimate, goods) = estimate();
        assert!((estimate.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(estimate.shares.len(), goods.len());
        assert!((estimate.hours.iter().sum::<f64>() - 24.0).abs() < 1e-9);
        assert!((estimate.weekdays.iter().sum::<f64>() - 7.0).abs() < 1e-9);
        assert!(estimate.hours.iter().all(|factor| (0.1..3.0).contains(factor)), "{:?}", estimate.hours);
        assert!((1.5..2.2).contains(&estimate.lines_per_order()), "{}", estimate.lines_per_order());
    }

    #[test]
    fn the_week_starts_on_monday() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        assert_eq!(weekday(at("2026-11-23T00:30:00Z")), 0);
        assert_eq!(weekday(at("2026-11-22T22:30:00Z")), 6);
        assert_eq!(local_hour(at("2026-11-22T23:30:00Z")), 0);
    }
}
