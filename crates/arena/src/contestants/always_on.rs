//! Everything is advertised all the time.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campaign_pilot_core::{Money, ProductId};
use rust_decimal::Decimal;

use super::launching::{best_sellers, launch_each, limited};
use crate::contestant::{Contestant, Failure};
use crate::turn::Turn;

/// Gives each product one campaign until the end of the flight, best sellers first, with an equal part of what may be spent.
///
/// Such a campaign is over before the end only when it has spent its budget, and then it is not launched again.
#[derive(Clone, Debug, Default)]
pub struct AlwaysOn {
    budget: Option<Money>,
}

#[async_trait]
impl Contestant for AlwaysOn {
    fn name(&self) -> &'static str {
        "always-on"
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        let products = best_sellers(turn);
        let budget = *self.budget.get_or_insert_with(|| {
            let total = turn.caps().total;
            limited(turn, Money::new(total.amount / Decimal::from(products.len().max(1)), total.currency))
        });
        let advertised: BTreeSet<ProductId> = turn.campaigns().map(|campaign| campaign.product.clone()).collect();
        let wanted = products.into_iter().filter(|product| !advertised.contains(product)).map(|product| (product, budget));
        launch_each(turn, wanted.collect(), turn.days_left()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::watch;

    #[test]
    fn advertises_every_product_once_and_until_the_end() {
        for (world, seed) in [("today", 1), ("paid", 1), ("tiny", 2)] {
            let watched = watch(world, seed, 20, AlwaysOn::default());
            let products: BTreeSet<_> = watched.campaigns.iter().map(|campaign| &campaign.product).collect();
            assert_eq!(products.len(), watched.campaigns.len(), "{world}: each product once");
            assert!(watched.campaigns.len() * 10 >= watched.available * 7, "{world}: {} campaigns", watched.campaigns.len());
            assert!(watched.campaigns.iter().all(|campaign| campaign.flight.end() == watched.ends), "{world}: until the end");
        }
    }

    #[test]
    fn the_same_seed_has_the_same_result() {
        assert_eq!(watch("tiny", 3, 10, AlwaysOn::default()).result, watch("tiny", 3, 10, AlwaysOn::default()).result);
    }
}
