//! Budgeted Thompson sampling over the products.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use campaign_pilot_core::{Money, ProductId};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::launching::{FLIGHT_DAYS, accepted, available, equal_budget, launch_each};
use crate::contestant::{Contestant, Failure};
use crate::turn::Turn;

/// What is drawn, together with the beginning of the flight.
const SEED: u64 = 0x7405_2015;
/// Clicks without an action that each product is thought to have had, beside one action.
const PRIOR_CLICKS: f64 = 33.0;
/// What an action is thought to cost, as a part of the price.
const PRIOR_COST: f64 = 0.1;
/// What the shop keeps of the price where it does not say what a unit costs.
const MARGIN: f64 = 0.45;
/// Products that are listed at least.
const FEWEST: usize = 5;
/// Campaigns that what is left is divided by at least.
const FEWEST_SHARES: usize = 10;

/// Draws each day, for each product, what a click may bring and cost by what was seen of it, and lists the products with the best ratio
/// of the two (Xia et al. 2015, "Thompson Sampling for Budgeted Multi-Armed Bandits").
///
/// # Formula
///
/// After `n` clicks with `a` actions and a cost of `c`, at a price of `p` and with the prior's 33 clicks:
///
/// - conversion ~ Beta(1 + a, 33 + n - a),
/// - cost per click ~ Gamma(1 + c / 0.1 p) x 0.1 p / (33 + n), which is 0.1 p / 33 on average before anything was seen,
/// - ratio = conversion x margin / cost per click.
///
/// The cost of an action thus counts as one piece of evidence, which is what it is where actions are paid.
#[derive(Clone, Debug, Default)]
pub struct Thompson {
    generator: Option<ChaCha8Rng>,
}

/// What a product's campaigns did together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    clicks: f64,
    actions: f64,
    cost: f64,
}

impl Thompson {
    /// The products that can be advertised with a ratio drawn for each, the best first.
    fn ranked(&mut self, turn: &Turn<'_>) -> Vec<(f64, ProductId)> {
        let seed = SEED ^ turn.now().as_second().unsigned_abs();
        let generator = self.generator.get_or_insert_with(|| ChaCha8Rng::seed_from_u64(seed));
        let (seen, costs) = (seen(turn), turn.unit_costs());
        let drawn = available(turn).map(|(product, price)| {
            let price = number(price.amount);
            let unit_cost = costs.as_ref().and_then(|costs| costs.get(&product.id)).map(|cost| number(cost.amount));
            let margin = unit_cost.map_or(MARGIN * price, |cost| price - cost);
            let seen = seen.get(&product.id).copied().unwrap_or_default();
            (draw(generator, seen, price, margin), product.id.clone())
        });
        let mut ranked: Vec<_> = drawn.collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        ranked
    }
}

#[async_trait]
impl Contestant for Thompson {
    fn name(&self) -> &'static str {
        "thompson"
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        let mut best = self.ranked(turn);
        let share = equal_budget(turn, Decimal::from((best.len() / 3).max(FEWEST_SHARES)));
        let budget = accepted(turn, share, FLIGHT_DAYS);
        let others = best.split_off(places(turn, budget).min(best.len()));
        let losing: BTreeSet<ProductId> =
            others.into_iter().filter(|(ratio, _)| *ratio < 1.0).map(|(_, product)| product).collect();
        for product in losing {
            let Some(campaign) = turn.running(&product).map(|campaign| campaign.id.clone()) else { continue };
            let _ = turn.pause(&campaign).await?;
        }
        let wanted = best.into_iter().filter(|(_, product)| turn.running(product).is_none());
        let wanted = wanted.map(|(_, product)| (product, budget)).collect();
        launch_each(turn, wanted, FLIGHT_DAYS).await
    }
}

/// How many products are listed so that what is left lasts to the end.
fn places(turn: &Turn<'_>, budget: Money) -> usize {
    let per_day = turn.room().amount / Decimal::from(turn.days_left());
    let places = (per_day * Decimal::from(FLIGHT_DAYS)).checked_div(budget.amount);
    places.and_then(|places| places.to_usize()).unwrap_or(0).max(FEWEST)
}

fn seen(turn: &Turn<'_>) -> BTreeMap<ProductId, Seen> {
    let mut products: BTreeMap<ProductId, Seen> = BTreeMap::new();
    for campaign in turn.campaigns() {
        let performance = &campaign.performance;
        let seen = products.entry(campaign.product.clone()).or_default();
        seen.clicks += performance.clicks.known().map_or(0.0, |clicks| *clicks as f64);
        seen.actions += performance.actions as f64;
        seen.cost += number(performance.cost.amount);
    }
    products
}

/// A ratio of what a click brings to what it costs; 0 where none can be drawn.
fn draw(generator: &mut ChaCha8Rng, seen: Seen, price: f64, margin: f64) -> f64 {
    let action_cost = PRIOR_COST * price;
    let misses = PRIOR_CLICKS + (seen.clicks - seen.actions).max(0.0);
    let conversion = Beta::new(1.0 + seen.actions, misses);
    let cost = Gamma::new(1.0 + seen.cost / action_cost, action_cost / (PRIOR_CLICKS + seen.clicks));
    let (Ok(conversion), Ok(cost)) = (conversion, cost) else { return 0.0 };
    conversion.sample(generator) * margin / cost.sample(generator).max(f64::MIN_POSITIVE)
}

fn number(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::watch;

    /// How many of 1,000 draws are below 1.
    fn losing(seen: Seen, margin: f64) -> usize {
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        (0..1000).filter(|_| draw(&mut generator, seen, 100.0, margin) < 1.0).count()
    }

    #[test]
    fn draws_close_in_on_what_was_seen() {
        let nothing = losing(Seen::default(), 45.0);
        assert!((100..300).contains(&nothing), "at equal rates P(10 x cost > 45 x conversion) is about 1 / 5.5: {nothing}");
        let paid = |actions| Seen { clicks: 2000.0, actions, cost: 1000.0 };
        assert!(losing(paid(60.0), 45.0) < 10, "60 x 45 for 1000");
        assert!(losing(paid(10.0), 45.0) > 990, "10 x 45 for 1000");
        assert_eq!(losing(paid(60.0), -1.0), 1000, "a product that is sold at a loss");
    }

    #[test]
    fn lists_at_first_as_many_as_the_money_lasts_for() {
        let watched = watch("today", 1, 28, Thompson::default());
        let first = watched.campaigns.iter().map(|campaign| campaign.flight.start()).min().unwrap();
        let at_once = watched.campaigns.iter().filter(|campaign| campaign.flight.start() == first).count();
        assert!((FEWEST..20).contains(&at_once), "{at_once}");
        assert!(watched.campaigns.len() > at_once, "others are tried later");
    }

    #[test]
    fn ends_what_loses_before_its_time() {
        let watched = watch("paid", 1, 25, Thompson::default());
        let ended = watched.campaigns.iter().filter(|campaign| campaign.stopped_at.is_some()).count();
        assert!(ended > 0, "the platform keeps to the budgets, so that only the contestant ends campaigns");
    }

    #[test]
    fn the_same_seed_has_the_same_result() {
        let [once, twice] = [(); 2].map(|()| watch("tiny", 2, 20, Thompson::default()).result);
        assert!(once.launches > 0);
        assert_eq!(once, twice);
    }
}
