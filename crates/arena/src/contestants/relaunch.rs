//! Everything is advertised again and again.

use async_trait::async_trait;
use campaign_pilot_core::BudgetControl;
use rust_decimal::Decimal;

use super::launching::{FLIGHT_DAYS, best_sellers, equal_budget, launch_each, running};
use crate::contestant::{Contestant, Failure};
use crate::turn::{Campaign, Turn};

/// The part of a budget from which on a campaign counts as over where the platform itself keeps to the budget: what is left may be
/// less than a click costs.
const SPENT: Decimal = Decimal::from_parts(95, 0, 0, false, 2);

/// Launches each product for 14 days whenever it is not advertised, best sellers first. What is left is shared equally among all the
/// flights that are still to come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relaunch;

#[async_trait]
impl Contestant for Relaunch {
    fn name(&self) -> &'static str {
        "relaunch"
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        if turn.capabilities().budget == BudgetControl::Native {
            for campaign in running(turn).iter().filter(|campaign| has_spent(campaign)) {
                let _ = turn.pause(&campaign.id).await?;
            }
        }
        let products = best_sellers(turn);
        let (listed, waiting): (Vec<_>, Vec<_>) = products.into_iter().partition(|product| turn.running(product).is_some());
        let budget = equal_budget(turn, flights_to_come(waiting.len(), listed.len(), turn.days_left()));
        launch_each(turn, waiting.into_iter().map(|product| (product, budget)).collect(), FLIGHT_DAYS).await
    }
}

fn has_spent(campaign: &Campaign) -> bool {
    campaign.performance.cost.amount >= campaign.budget.amount * SPENT
}

/// How many flights the products still have: those that wait one more than those that are listed.
fn flights_to_come(waiting: usize, listed: usize, days_left: u32) -> Decimal {
    let flights = (Decimal::from(days_left) / Decimal::from(FLIGHT_DAYS)).max(Decimal::ONE);
    Decimal::from(waiting) * flights + Decimal::from(listed) * (flights - Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rust_decimal::dec;

    use super::*;
    use crate::testing::watch;

    #[test]
    fn flights_are_counted_to_the_end() {
        assert_eq!(flights_to_come(60, 0, 28), dec!(120));
        assert_eq!(flights_to_come(40, 20, 28), dec!(100));
        assert_eq!(flights_to_come(5, 55, 7), dec!(5), "the last flight of each product");
    }

    #[test]
    fn launches_a_product_again_when_its_flight_is_over() {
        for world in ["today", "paid", "tiny"] {
            let watched = watch(world, 1, 20, Relaunch);
            let mut flights: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for campaign in &watched.campaigns {
                flights.entry(&campaign.product).or_default().push(campaign);
            }
            assert!(flights.values().any(|flights| flights.len() > 1), "{world}: again");
            for flights in flights.values_mut() {
                flights.sort_by_key(|campaign| campaign.flight.start());
                let over = |pair: &[&Campaign]| pair[0].ends_at() <= pair[1].flight.start();
                assert!(flights.windows(2).all(over), "{world}: one after the other");
            }
        }
    }

    #[test]
    fn the_same_seed_has_the_same_result() {
        assert_eq!(watch("tiny", 3, 20, Relaunch).result, watch("tiny", 3, 20, Relaunch).result);
    }
}
