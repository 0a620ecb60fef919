//! Shoppers who click on an ad: whether they buy, what, and what they would have bought anyway.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};

use super::HOUR;
use super::ads::Scene;
use super::chance::{happens, seconds, wait, weighted};
use super::demand::{Checkout, instant};
use super::goods::Good;
use crate::world::{Response, World};

/// The part of converting clicks that buy at once; the others think about it.
const BUYS_AT_ONCE: f64 = 0.45;
/// The longest time between click and order, in hours.
const LONGEST_THOUGHT: f64 = 7.0 * 24.0;
/// The part of an ad's orders that are about two units.
const PAIRS: f64 = 0.12;

/// An order that comes through an ad.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AdSale {
    pub(crate) at: Timestamp,
    pub(crate) clicked_at: Timestamp,
    pub(crate) ad: u64,
    pub(crate) partner: u64,
    pub(crate) good: usize,
    pub(crate) variant: f64,
    pub(crate) quantity: u32,
    /// The good that its buyer would have bought anyway, soon.
    pub(crate) replaces: Option<usize>,
    pub(crate) new_customer: bool,
    pub(crate) comes_back: Option<SignedDuration>,
    pub(crate) checkout: Checkout,
}

/// The probability that a click on a good becomes an order, in the mean over all who send clicks.
pub(super) fn conversion(world: &World, good: &Good, scene: &Scene<'_>) -> f64 {
    let day = scene.demand.calendar().conversion(&good.category, scene.hour * HOUR);
    world.response.click_conversion * good.traits.ad_fit * day * scene.demand.price_effect(good)
}

/// Who clicked, and on what.
pub(super) struct Shopper<'a> {
    pub(super) world: &'a World,
    pub(super) source: Source,
    pub(super) good: &'a Good,
    pub(super) scene: &'a Scene<'a>,
    /// That the click becomes an order.
    pub(super) probability: f64,
}

impl Shopper<'_> {
    /// The order that follows from a click, if one does.
    pub(super) fn convert(&self, rng: &mut impl Rng) -> Option<AdSale> {
        let clicked = self.scene.hour * HOUR + rng.random_range(0..HOUR);
        if !happens(rng, self.probability) {
            return None;
        }
        Some(order(rng, clicked, self.source, self.good, self.scene, self.world))
    }

    /// The order of nobody, to be taken back later.
    pub(super) fn cheat(&self, rng: &mut impl Rng) -> Option<AdSale> {
        let clicked = self.scene.hour * HOUR + rng.random_range(0..HOUR);
        if !happens(rng, self.world.partners.bogus_orders) {
            return None;
        }
        let [days, most_days] = self.world.partners.bogus_reversed_after_days.map(i64::from);
        let sale = order(rng, clicked, self.source, self.good, self.scene, self.world);
        let back = SignedDuration::from_hours(rng.random_range(24 * days..=24 * most_days));
        Some(AdSale { replaces: None, comes_back: Some(back), ..sale })
    }
}

/// Where an order comes from, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) ad: u64,
    pub(super) partner: u64,
    pub(super) good: usize,
}

/// The order of a shopper who clicked at a second and buys.
pub(super) fn order(rng: &mut impl Rng, clicked: i64, source: Source, good: &Good, scene: &Scene<'_>, world: &World) -> AdSale {
    let response = &world.response;
    let mean_hours = if rng.random_bool(BUYS_AT_ONCE) { 0.4 } else { 20.0 };
    let thought = wait(rng, mean_hours).min(LONGEST_THOUGHT);
    let checkout = Checkout::draw(rng, response.new_customers);
    let variant = rng.random();
    let quantity = if rng.random_bool(PAIRS) { 2 } else { 1 };
    let cannibalises = happens(rng, cannibalisation(good.traits.cannibalisation, checkout.is_guest, response));
    let comes_back = good.draw_return(rng);
    AdSale {
        at: instant(clicked + 60 + seconds(thought)),
        clicked_at: instant(clicked),
        ad: source.ad,
        partner: source.partner,
        good: source.good,
        variant,
        quantity,
        replaces: cannibalises.then(|| replaced(rng, source.good, good, scene, response)),
        new_customer: checkout.is_guest,
        comes_back,
        checkout,
    }
}

/// Units of an ad's order in the mean.
pub(super) fn units_per_order() -> f64 {
    1.0 + PAIRS
}

/// The probability that a buyer would have bought anyway; its mean over new and known customers is the good's own.
fn cannibalisation(mean: f64, is_new: bool, response: &Response) -> f64 {
    let of_new = response.cannibalisation_of_new;
    let known = mean / of_new.mul_add(response.new_customers, 1.0 - response.new_customers).max(1e-9);
    (if is_new { known * of_new } else { known }).clamp(0.0, 1.0)
}

/// The good that a buyer would have bought anyway: the same, or another one that sells as often as it does by itself.
fn replaced(rng: &mut impl Rng, same: usize, good: &Good, scene: &Scene<'_>, response: &Response) -> usize {
    if response.other_product <= 0.0 || !happens(rng, response.other_product) {
        return same;
    }
    let weight = |(index, other): (usize, &Good)| {
        if index == same || other.category != good.category { 0.0 } else { scene.demand.lines_per_day(index) }
    };
    let weights: Vec<f64> = scene.goods.iter().enumerate().map(weight).collect();
    if weights.iter().sum::<f64>() > 0.0 { weighted(rng, &weights) } else { same }
}
