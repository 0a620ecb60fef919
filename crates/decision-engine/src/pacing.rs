//! Pacing: what a unit of budget has to bring, so that the total lasts.

#[cfg(test)]
mod tests;

use campaign_pilot_core::Money;
use garde::Validate;
use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Over which time the total budget is spread.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PacingPolicy {
    /// Until when the total budget has to last, such as `"2027-01-31T00:00:00Z"`. Launches and raises then have to bring for their cost
    /// what the last product brings that what is left can still pay for, evenly until then. Unless set, once it has passed, and while
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

/// What a unit of budget has to contribute so that no more is spent a day than there is: 0 where there is enough for every offer
/// that gains.
///
/// # Formula
///
/// The offers that gain, in the order of gain over cost, are taken until the next one does not fit; its gain over cost is the price,
/// less a fiftieth, since offers so alike are told apart by chance only, and rounded down to four digits.
/// That is the common marginal return, the multiplier of the budget, of the linear problem
/// `max sum(x_i gain_i)  with  sum(x_i cost_i) <= per_day,  0 <= x_i <= 1`.
///
/// Offers in another currency than `per_day` are left out.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::{DailyOffer, price_of_budget};
/// use rust_decimal::{Decimal, dec};
///
/// let euros = |amount| Money::new(amount, Currency::EUR);
/// let offer = |gain, cost| DailyOffer { gain: euros(gain), cost: euros(cost) };
/// let offers = [offer(dec!(6), dec!(2)), offer(dec!(1), dec!(2)), offer(dec!(4), dec!(2))];
/// assert_eq!(price_of_budget(offers, euros(dec!(5))), dec!(0.49), "the fifth euro goes to the one that brings 0.50 for it");
/// assert_eq!(price_of_budget(offers, euros(dec!(6))), Decimal::ZERO);
/// ```
#[must_use]
pub fn price_of_budget(offers: impl IntoIterator<Item = DailyOffer>, per_day: Money) -> Decimal {
    let ratio = |offer: DailyOffer| {
        let same = offer.gain.currency == per_day.currency && offer.cost.currency == per_day.currency;
        let counts = same && offer.gain.is_positive() && offer.cost.is_positive();
        Some((offer.gain.amount.checked_div(offer.cost.amount)?, offer.cost.amount)).filter(|_| counts)
    };
    let mut offers: Vec<(Decimal, Decimal)> = offers.into_iter().filter_map(ratio).collect();
    offers.sort_by(|a, b| b.cmp(a));
    let mut left = per_day.amount;
    for (ratio, cost) in offers {
        left -= cost;
        if left.is_sign_negative() && !left.is_zero() {
            return (ratio * ALIKE).round_dp_with_strategy(4, RoundingStrategy::ToZero);
        }
    }
    Decimal::ZERO
}
