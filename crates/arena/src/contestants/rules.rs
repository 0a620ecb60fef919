//! The automation rules that merchants use most.

use std::collections::BTreeMap;

use async_trait::async_trait;
use campaign_pilot_core::{Money, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::launching::{FLIGHT_DAYS, best_sellers, days, equal_budget, launch_each, raise, running};
use crate::contestant::{Contestant, Failure};
use crate::turn::{Campaign, Turn};

/// What an action may cost, as a part of the product's price.
const TARGET: Decimal = Decimal::from_parts(30, 0, 0, false, 2);
/// The part of a budget from which on it is nearly spent.
const NEARLY: Decimal = Decimal::from_parts(80, 0, 0, false, 2);
/// Days that a product rests after a rule has paused its campaign.
const REST_DAYS: u32 = 7;

/// Follows, every hour, the five rules that are used most, and launches every product that is not advertised.
///
/// A cost per action is defined only where there was an action; the rules about it do not apply without one.
///
/// | rule | time | when | then |
/// |---|---|---|---|
/// | [`Rule::DearToday`] | today | spent > 20 and cost per action > 1.4 targets | pause |
/// | [`Rule::NothingToday`] | today | spent >= 50 and no action | pause |
/// | [`Rule::DearLately`] | 3 days | spent >= 3 targets and cost per action > 1.3 targets | pause |
/// | [`Rule::DearForSure`] | 3 days | at least 30 actions and cost per action >= 1.5 targets | pause |
/// | [`Rule::NearlySpent`] | flight | spent > 80 % of the budget and cost per action < target | 20 % more budget |
#[derive(Clone, Debug, Default)]
pub struct Rules {
    budget: Option<Money>,
    rests: BTreeMap<ProductId, Timestamp>,
}

/// One of the rules of [`Rules`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Rule {
    /// Today's actions are too dear.
    DearToday,
    /// Today's spending brought no action.
    NothingToday,
    /// The last days' actions are too dear.
    DearLately,
    /// The last days' actions are too dear, and there are many.
    DearForSure,
    /// The budget is nearly spent, and the actions are cheap.
    NearlySpent,
}

impl Rule {
    /// All rules, in the order in which they are asked.
    pub const ALL: [Self; 5] = [Self::DearToday, Self::NothingToday, Self::DearLately, Self::DearForSure, Self::NearlySpent];

    /// The first rule that applies to a campaign at a target for the cost of an action.
    ///
    /// [`Rule::DearForSure`] is never the first: it asks for more than [`Rule::DearLately`].
    #[must_use]
    pub fn first(campaign: &Campaign, target: Decimal) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.applies(campaign, target))
    }

    /// Whether the rule applies to a campaign at a target for the cost of an action.
    #[must_use]
    pub fn applies(self, campaign: &Campaign, target: Decimal) -> bool {
        let targets = |hundredths: i64| target * Decimal::new(hundredths, 2);
        let (today, _, actions_today) = campaign.since(1);
        let (lately, _, actions_lately) = campaign.since(3);
        let (cost, actions) = (campaign.performance.cost.amount, campaign.performance.actions);
        let each_today = per_action(today, actions_today);
        let each_lately = per_action(lately, actions_lately);
        match self {
            Self::DearToday => today > Decimal::from(20) && each_today.is_some_and(|each| each > targets(140)),
            Self::NothingToday => today >= Decimal::from(50) && actions_today == 0,
            Self::DearLately => lately >= targets(300) && each_lately.is_some_and(|each| each > targets(130)),
            Self::DearForSure => actions_lately >= 30 && each_lately.is_some_and(|each| each >= targets(150)),
            Self::NearlySpent => {
                let is_cheap = per_action(cost, actions).is_some_and(|each| each < target);
                cost > campaign.budget.amount * NEARLY && is_cheap
            }
        }
    }
}

fn per_action(cost: Decimal, actions: u64) -> Option<Decimal> {
    cost.checked_div(Decimal::from(actions))
}

impl Rules {
    async fn follow(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        for campaign in running(turn) {
            let price = turn.product(&campaign.product).and_then(|product| product.price);
            let Some(rule) = price.and_then(|price| Rule::first(&campaign, price.amount * TARGET)) else { continue };
            if rule == Rule::NearlySpent {
                raise(turn, &campaign).await?;
            } else if turn.pause(&campaign.id).await?.is_ok() {
                self.rests.insert(campaign.product, turn.now().checked_add(days(REST_DAYS))?);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Contestant for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        self.follow(turn).await?;
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        let products = best_sellers(turn);
        let number = Decimal::from(products.len().max(1));
        let budget = *self.budget.get_or_insert_with(|| equal_budget(turn, number));
        let now = turn.now();
        self.rests.retain(|_, until| now < *until);
        let is_free = |product: &ProductId| turn.running(product).is_none() && !self.rests.contains_key(product);
        let wanted = products.into_iter().filter(is_free).map(|product| (product, budget)).collect();
        launch_each(turn, wanted, FLIGHT_DAYS).await
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{CampaignPerformance, Currency};
    use rust_decimal::dec;

    use super::*;
    use crate::testing::{campaign, watch};

    /// A campaign that runs on its fourth day: what it had reported at the ends of the three before, and has now.
    fn after(days: [(Decimal, u64); 3], now: (Decimal, u64)) -> Campaign {
        let mut campaign = campaign(dec!(1000));
        let at = |(cost, actions): (Decimal, u64)| CampaignPerformance {
            cost: Money::new(cost, Currency::EUR),
            actions,
            ..CampaignPerformance::nothing(campaign.flight, Currency::EUR)
        };
        (campaign.days, campaign.performance) = (days.map(at).to_vec(), at(now));
        campaign
    }

    const NOTHING: [(Decimal, u64); 3] = [(dec!(0), 0); 3];

    #[test]
    fn each_rule_applies_from_its_thresholds_on() {
        let target = dec!(10);
        let applying = |days, now| Rule::first(&after(days, now), target);
        let quiet = [(dec!(0), 0), (dec!(0), 0), (dec!(100), 20)];
        assert_eq!(applying(quiet, (dec!(128.02), 22)), Some(Rule::DearToday), "14.01 each today, 5.82 each lately");
        assert_eq!(applying(quiet, (dec!(128), 22)), None, "14 each");
        assert_eq!(applying(quiet, (dec!(120), 21)), None, "20 is not more than 20");
        assert_eq!(applying(quiet, (dec!(150), 20)), Some(Rule::NothingToday));
        assert_eq!(applying(quiet, (dec!(149.99), 20)), None);
        let yesterday = [(dec!(0), 0), (dec!(0), 0), (dec!(39.01), 3)];
        assert_eq!(applying(yesterday, yesterday[2]), Some(Rule::DearLately), "13.003 each");
        assert_eq!(applying(yesterday, (dec!(39), 3)), None, "13 each");
        assert_eq!(applying([(dec!(0), 0), (dec!(0), 0), (dec!(29), 2)], (dec!(29), 2)), None, "less than 3 targets");
        assert_eq!(
            applying([(dec!(100), 5), (dec!(100), 5), (dec!(100), 5)], (dec!(100), 5)),
            None,
            "four days ago does not count"
        );
    }

    #[test]
    fn thirty_dear_actions_are_enough_by_themselves() {
        let lately = |cost, actions| after([(dec!(0), 0), (dec!(0), 0), (cost, actions)], (cost, actions));
        assert!(Rule::DearForSure.applies(&lately(dec!(450), 30), dec!(10)));
        assert!(!Rule::DearForSure.applies(&lately(dec!(449.99), 30), dec!(10)), "less than 15 each");
        assert!(!Rule::DearForSure.applies(&lately(dec!(580), 29), dec!(10)), "too few");
        assert_eq!(Rule::first(&lately(dec!(450), 30), dec!(10)), Some(Rule::DearLately), "which asks for less");
    }

    #[test]
    fn a_nearly_spent_budget_is_raised_while_actions_are_cheap() {
        let spent = |cost, actions| {
            Rule::first(&Campaign { budget: Money::new(dec!(20), Currency::EUR), ..after(NOTHING, (cost, actions)) }, dec!(10))
        };
        assert_eq!(spent(dec!(16.01), 2), Some(Rule::NearlySpent));
        assert_eq!(spent(dec!(16), 2), None, "80 % is not more than 80 %");
        assert_eq!(spent(dec!(19), 1), None, "too dear");
        assert_eq!(spent(dec!(19), 0), None, "no action");
    }

    #[test]
    fn raises_what_is_cheap_in_a_friendly_market() {
        let watched = watch("today", 1, 20, Rules::default());
        let launched_with = watched.launched_with[0];
        assert!(watched.launched_with.iter().all(|budget| *budget == launched_with));
        assert!(watched.campaigns.iter().any(|campaign| campaign.budget.amount > launched_with.amount), "a budget was raised");
        assert!(watched.campaigns.len() > 40, "{}", watched.campaigns.len());
    }

    #[test]
    fn pauses_what_is_dear_and_lets_it_rest() {
        let watched = watch("paid", 1, 30, Rules::default());
        let stopped: Vec<_> = watched.campaigns.iter().filter(|campaign| campaign.stopped_at.is_some()).collect();
        assert!(!stopped.is_empty(), "the platform keeps to the budgets, so that only rules stop campaigns");
        for paused in stopped {
            let again = |next: &&Campaign| next.product == paused.product && next.flight.start() > paused.flight.start();
            let rested_until = paused.ends_at().checked_add(days(REST_DAYS)).unwrap();
            assert!(watched.campaigns.iter().filter(again).all(|next| next.flight.start() >= rested_until));
        }
    }

    #[test]
    fn the_same_seed_has_the_same_result() {
        let [once, twice] = [(); 2].map(|()| watch("tiny", 1, 20, Rules::default()).result);
        assert!(once.launches > 0);
        assert_eq!(once, twice);
    }
}
