//! The base demand: orders and page views that would come without any advertising.
//!
//! Everything is a function of the seed, the product and the time, so both markets meet the same shoppers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};

use super::calendar::Calendar;
use super::chance::{happens, poisson, shock, weighted};
use super::estimate::{self, Estimate};
use super::goods::Good;
use super::{HOUR, Streams};
use crate::world::World;

/// Hours of a day, the unit in which demand is drawn.
const DAY_HOURS: i64 = 24;
/// The part of the shop's own buyers who are new to it.
const GUESTS: f64 = 0.3;
/// The probability that bots visit a page on a day, and for how many hours they do.
const BOT_DAY: f64 = 0.2;
const BOT_HOURS: i64 = 6;
/// How many of the page views are by a visitor who was not counted in the same bucket yet.
const VISITORS_PER_VIEW: f64 = 0.8;

/// The base demand of a store.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    streams: Streams,
    estimate: Estimate,
    calendar: Calendar,
    world: Arc<World>,
    orders: Option<Plan<BaseOrder>>,
    views: Option<Plan<Views>>,
}

/// What was drawn for the hours of a day in UTC.
#[derive(Clone, Debug)]
struct Plan<T> {
    day: i64,
    hours: Vec<Vec<T>>,
}

/// An order that shoppers want to place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BaseOrder {
    pub(crate) at: Timestamp,
    pub(crate) lines: Vec<BaseLine>,
    pub(crate) outcome: Outcome,
    pub(crate) checkout: Checkout,
}

/// One line of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BaseLine {
    /// The good's place.
    pub(crate) good: usize,
    /// Which variant, as a draw from `[0, 1)`.
    pub(crate) variant: f64,
    pub(crate) quantity: u32,
    /// How long after the order it comes back, if it does.
    pub(crate) comes_back: Option<SignedDuration>,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Paid,
    Failed,
    Cancelled,
}

/// How an order is placed, which the store writes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Checkout {
    /// Selects the shopper.
    pub(crate) shopper: u64,
    pub(crate) is_guest: bool,
    pub(crate) by_card: bool,
    /// Selects the source of the visit.
    pub(crate) source: u64,
    pub(crate) pages: u64,
    pub(crate) on_phone: bool,
    /// How long after the order it is completed.
    pub(crate) completed_after: SignedDuration,
}

impl Checkout {
    /// A checkout of which a part is by guests, whom the shop has not seen before.
    pub(crate) fn draw(rng: &mut impl Rng, guests: f64) -> Self {
        Self {
            shopper: rng.random(),
            is_guest: happens(rng, guests),
            by_card: rng.random_bool(0.67),
            source: rng.random(),
            pages: rng.random_range(1..12),
            on_phone: rng.random_bool(0.5),
            completed_after: SignedDuration::from_secs(rng.random_range(20..72) * HOUR / 2),
        }
    }
}

/// Views and visitors of one page within an hour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Views {
    pub(crate) pageviews: u64,
    pub(crate) visitors: u64,
}

impl Demand {
    pub(crate) const fn new(streams: Streams, estimate: Estimate, calendar: Calendar, world: Arc<World>) -> Self {
        Self { streams, estimate, calendar, world, orders: None, views: None }
    }

    /// The world's calendar.
    pub(crate) const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The orders wanted within an hour, oldest first.
    pub(crate) fn orders(&mut self, goods: &[Good], hour: i64) -> Vec<BaseOrder> {
        let day = hour.div_euclid(DAY_HOURS);
        let plan = match self.orders.take().filter(|plan| plan.day == day) {
            Some(plan) => plan,
            None => self.plan_orders(goods, day),
        };
        self.orders.insert(plan).hour(hour)
    }

    /// The views of each good's page within an hour, without any advertising.
    pub(crate) fn views(&mut self, goods: &[Good], hour: i64) -> Vec<Views> {
        let day = hour.div_euclid(DAY_HOURS);
        let plan = match self.views.take().filter(|plan| plan.day == day) {
            Some(plan) => plan,
            None => self.plan_views(goods, day),
        };
        self.views.insert(plan).hour(hour)
    }

    /// The views of a page that is no product's, at a rate relative to the store's orders.
    pub(crate) fn other_views(&self, page: u64, views_per_order: f64, hour: i64) -> Views {
        draw_views(&mut self.streams.page_views(page, hour), self.calm_rate(hour) * views_per_order)
    }

    /// Lines per day that a good sells by itself when the market takes over.
    pub(crate) fn lines_per_day(&self, good: usize) -> f64 {
        let share = self.estimate.shares.get(good).copied().unwrap_or(0.0);
        self.estimate.orders_per_day * self.estimate.lines_per_order() * share
    }

    /// Relative demand within the local day; mean 1.
    pub(crate) fn hour_factor(&self, hour: i64) -> f64 {
        estimate::at(&self.estimate.hours, estimate::hour_of_day(self.calendar.local(hour * HOUR)))
    }

    /// Units per day that a good is expected to sell by itself around an hour, without shocks and returns.
    pub(crate) fn units_per_day(&self, goods: &[Good], good: usize, hour: i64) -> f64 {
        let second = hour * HOUR;
        let Some(of) = goods.get(good) else { return 0.0 };
        let demand = self.calendar.demand(second) * self.calendar.demand_for(&of.category, second) * self.price_effect(of);
        let level = self.level(second) / self.estimate.orders_per_day.max(1e-9);
        self.lines_per_day(good) * self.estimate.units_per_line() * level * demand
    }

    /// How demand and conversion answer to a good's price.
    pub(crate) fn price_effect(&self, good: &Good) -> f64 {
        let factor = good.price_factor();
        // The usual case costs no power.
        if (factor - 1.0).abs() < f64::EPSILON { 1.0 } else { factor.powf(-self.world.store.price_elasticity) }
    }

    fn plan_orders(&self, goods: &[Good], day: i64) -> Plan<BaseOrder> {
        let rates = self.rates(day);
        let mut weights = self.weights(goods, day);
        for (weight, good) in weights.iter_mut().zip(goods) {
            *weight *= self.price_effect(good);
        }
        let mut hours = vec![Vec::new(); rates.len()];
        for (index, (good, weight)) in goods.iter().zip(&weights).enumerate() {
            let mut rng = self.streams.base_demand(good.product, day);
            for ((hour, rate), orders) in (day * DAY_HOURS..).zip(&rates).zip(&mut hours) {
                for _ in 0..poisson(&mut rng, rate * weight) {
                    orders.push(self.order(goods, &weights, index, hour, &mut rng));
                }
            }
        }
        for orders in &mut hours {
            orders.sort_by_key(|order| order.at);
        }
        Plan { day, hours }
    }

    fn plan_views(&self, goods: &[Good], day: i64) -> Plan<Views> {
        let rates = self.rates(day);
        let lines = self.estimate.lines_per_order();
        let mut hours = vec![Vec::with_capacity(goods.len()); rates.len()];
        for (good, weight) in goods.iter().zip(self.weights(goods, day)) {
            let mut rng = self.streams.page_views(good.product, day);
            for (rate, views) in rates.iter().zip(&mut hours) {
                views.push(draw_views(&mut rng, rate * lines * weight / good.traits.conversion));
            }
            self.add_bots(good, day, &rates, lines * weight / good.traits.conversion, &mut hours);
        }
        Plan { day, hours }
    }

    /// Bots visit in bursts: on some days, for some hours, many times as often as shoppers.
    fn add_bots(&self, good: &Good, day: i64, rates: &[f64], views_per_rate: f64, hours: &mut [Vec<Views>]) {
        let bots = self.world.data.bots;
        if bots <= 0.0 {
            return;
        }
        let mut rng = self.streams.bots(good.product, day);
        if !rng.random_bool(BOT_DAY) {
            return;
        }
        let mean = rates.iter().sum::<f64>() / DAY_HOURS as f64 * views_per_rate;
        let intensity = bots / BOT_DAY * DAY_HOURS as f64 / BOT_HOURS as f64;
        let first = usize::try_from(rng.random_range(0..=DAY_HOURS - BOT_HOURS)).unwrap_or(0);
        for views in hours.iter_mut().skip(first).take(usize::try_from(BOT_HOURS).unwrap_or(0)).filter_map(|hour| hour.last_mut())
        {
            let more = poisson(&mut rng, mean * intensity);
            views.pageviews += more;
            views.visitors += more.div_ceil(3);
        }
    }

    fn order(&self, goods: &[Good], weights: &[f64], first: usize, hour: i64, rng: &mut impl Rng) -> BaseOrder {
        let at = instant(hour * HOUR + rng.random_range(0..HOUR));
        let mut lines = vec![self.line(goods, first, rng)];
        for _ in 0..weighted(rng, &self.estimate.line_counts) {
            // A basket rarely holds the same product twice; some draws later it is left at that.
            let others = (0..4).map(|_| weighted(rng, weights));
            if let Some(other) = others.into_iter().find(|other| lines.iter().all(|line: &BaseLine| line.good != *other)) {
                lines.push(self.line(goods, other, rng));
            }
        }
        let outcome = match rng.random_range(0..1000) {
            0..35 => Outcome::Failed,
            35..87 => Outcome::Cancelled,
            _ => Outcome::Paid,
        };
        BaseOrder { at, lines, outcome, checkout: Checkout::draw(rng, GUESTS) }
    }

    fn line(&self, goods: &[Good], index: usize, rng: &mut impl Rng) -> BaseLine {
        let mut quantity = u32::try_from(weighted(rng, &self.estimate.quantities)).unwrap_or(0) + 1;
        let store = &self.world.store;
        if store.bulk_share > 0.0 && happens(rng, store.bulk_share) {
            let [few, many] = store.bulk_units;
            quantity = rng.random_range(few..=many);
        }
        let variant = rng.random();
        let comes_back = goods.get(index).and_then(|good| good.draw_return(rng));
        BaseLine { good: index, variant, quantity, comes_back }
    }

    /// Orders wanted in each hour of a day.
    fn rates(&self, day: i64) -> Vec<f64> {
        let shock = shock(&mut self.streams.store_day(day), self.world.store.store_shock);
        (day * DAY_HOURS..(day + 1) * DAY_HOURS).map(|hour| self.calm_rate(hour) * shock).collect()
    }

    /// Orders wanted in an hour of an ordinary day.
    fn calm_rate(&self, hour: i64) -> f64 {
        let second = hour * HOUR;
        let weekday = estimate::at(&self.estimate.weekdays, estimate::day_of_week(self.calendar.local(second)));
        self.level(second) / 24.0 * self.hour_factor(hour) * weekday * self.calendar.demand(second)
    }

    /// Orders per day: as recorded in the past, from the opening on growing ever more slowly.
    fn level(&self, second: i64) -> f64 {
        let days = (second - self.estimate.opens_at) as f64 / 86_400.0;
        let (growth, constant) = (self.world.store.growth, self.world.store.growth_days);
        if days >= 0.0 {
            return self.estimate.orders_per_day * growth.mul_add(1.0 - (-days / constant).exp(), 1.0);
        }
        let recorded = self.estimate.past_level(second.div_euclid(86_400));
        // A made-up shop has come along the line that its growth begins with.
        recorded.unwrap_or_else(|| self.estimate.orders_per_day * (1.0 + growth * days / constant).max(0.3))
    }

    /// Each good's part of the day's orders; they sum to about 1.
    fn weights(&self, goods: &[Good], day: i64) -> Vec<f64> {
        let (noon, spread) = ((day * DAY_HOURS + DAY_HOURS / 2) * HOUR, self.world.store.product_shock);
        let weights = goods.iter().zip(&self.estimate.shares).map(|(good, share)| {
            let shock = shock(&mut self.streams.product_day(good.product, day), spread);
            share * shock * self.calendar.demand_for(&good.category, noon)
        });
        weights.collect()
    }
}

impl<T: Clone> Plan<T> {
    fn hour(&self, hour: i64) -> Vec<T> {
        let place = usize::try_from(hour - self.day * DAY_HOURS).unwrap_or(0);
        self.hours.get(place).cloned().unwrap_or_default()
    }
}

fn draw_views(rng: &mut impl Rng, rate: f64) -> Views {
    let visitors = poisson(rng, rate * VISITORS_PER_VIEW);
    let again = poisson(rng, rate * (1.0 - VISITORS_PER_VIEW));
    Views { pageviews: visitors + again, visitors: visitors.max(u64::from(again > 0)) }
}

/// The instant of a second since 1970.
pub(crate) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
