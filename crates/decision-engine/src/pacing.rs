//! Pacing: what a unit of budget has to bring, so that the total lasts.

#[cfg(test)]
mod tests;

use campaign_pilot_core::Money;
use garde::Validate;
use jiff::Timestamp;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Over which time the total budget is spread.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PacingPolicy {
    /// Until when the total budget has to last, such as `"2027-01-31T00:00:00Z"`. Launches and raises then have to bring for their cost
    /// what the last product brings that what is left can still pay for, evenly until then, among as many as launches can keep
    /// advertised. Unless set, once it has passed, and while
    /// it is more than `guardrails.budget_days` away, the total is spread over those days; without these, too, nothing is paced.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

/// What advertising a product is expected to contribute and to cost, each day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DailyOffer {
    /// Contribution, after the cost.
    pub gain: Money,
    /// The cost.
    pub cost: Money,
}

/// What is within a fiftieth of the marginal offer counts as it does.
const ALIKE: Decimal = Decimal::from_parts(98, 0, 0, false, 2);
/// The highest price that is looked for, in steps: a million for each unit of budget.
const DEAREST: u64 = 10_000_000_000;
/// To how much the price is found.
const STEP: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// What a unit of budget has to contribute so that no more is spent a day than there is: 0 where there is enough for every offer
/// that gains and finds a place.
///
/// # Formula
///
/// The multiplier of the budget in the linear problem
///
/// ```text
/// max sum(x_i gain_i)  with  sum(x_i cost_i) <= per_day,  sum(x_i) <= places,  0 <= x_i <= 1
/// ```
///
/// is a price `p`. At `p`, an offer is worth `gain - p cost`; of those that are worth more than nothing, the best get the places. The
/// multiplier is the lowest `p` at which these cost no more than `per_day`. Their cost falls with `p`, so that it is found by bisection,
/// rounded up to four digits. A fiftieth is taken off, since offers so alike are told apart by chance only, and what is left is rounded
/// down.
///
/// Offers that do not gain or cost nothing need no budget, those in another currency than `per_day` are left out.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::{DailyOffer, price_of_budget};
/// use rust_decimal::{Decimal, dec};
///
/// let euros = |amount| Money::new(amount, Currency::EUR);
/// let offer = |gain, cost| DailyOffer { gain: euros(gain), cost: euros(cost) };
/// let offers = [offer(dec!(6), dec!(2)), offer(dec!(1), dec!(2)), offer(dec!(4), dec!(2))];
/// assert_eq!(price_of_budget(offers, euros(dec!(5)), 3), dec!(0.49), "the fifth euro goes to the one that brings 0.50 for it");
/// assert_eq!(price_of_budget(offers, euros(dec!(6)), 3), Decimal::ZERO);
/// assert_eq!(price_of_budget(offers, euros(dec!(5)), 2), Decimal::ZERO, "the two best cost 4.00");
/// ```
#[must_use]
pub fn price_of_budget(offers: impl IntoIterator<Item = DailyOffer>, per_day: Money, places: usize) -> Decimal {
    let counts = |offer: &DailyOffer| {
        let same = offer.gain.currency == per_day.currency && offer.cost.currency == per_day.currency;
        same && offer.gain.is_positive() && offer.cost.is_positive()
    };
    let offers: Vec<DailyOffer> = offers.into_iter().filter(counts).collect();
    let fits = |steps: u64| cost_at(&offers, Decimal::from(steps) * STEP, places) <= per_day.amount;
    if fits(0) {
        return Decimal::ZERO;
    }
    let steps = |offer: &DailyOffer| offer.gain.amount.checked_div(offer.cost.amount)?.checked_div(STEP)?.ceil().to_u64();
    // At the highest of all ratios nothing is worth its budget; a million is dear enough.
    let highest = offers.iter().map(|offer| steps(offer).unwrap_or(DEAREST)).max().unwrap_or(0);
    let (mut low, mut high) = (0, highest.min(DEAREST));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { high = middle } else { low = middle }
    }
    (Decimal::from(high) * STEP * ALIKE).round_dp_with_strategy(4, RoundingStrategy::ToZero)
}

/// What the offers cost a day that are worth a place at this price of budget.
fn cost_at(offers: &[DailyOffer], price: Decimal, places: usize) -> Decimal {
    let worth = |offer: &DailyOffer| {
        let worth = offer.gain.amount.checked_sub(price.checked_mul(offer.cost.amount)?)?;
        (worth > Decimal::ZERO).then_some((worth, offer.cost.amount))
    };
    let mut worth: Vec<(Decimal, Decimal)> = offers.iter().filter_map(worth).collect();
    if worth.len() > places {
        // Of what is worth the same, the cheaper.
        worth.select_nth_unstable_by(places, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        worth.truncate(places);
    }
    worth.iter().fold(Decimal::ZERO, |sum, (_, cost)| sum.saturating_add(*cost))
}
