//! What an ad loses to the ads of similar products.

use garde::Validate;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Prospect;
use crate::ranges;

/// What is taken for true about similar products that are advertised at the same time: they win some of the same buyers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SimilarPolicy {
    /// How much of what an ad causes is taken from a similar product that is advertised, in percent. Default 10; with 0 it does not
    /// matter what else is advertised.
    #[garde(custom(ranges::percent))]
    pub taken_percent: Decimal,
    /// By how much the prices of similar products of one category differ at most, in percent. Default 20.
    #[garde(custom(ranges::percent))]
    pub price_percent: Decimal,
}

impl Default for SimilarPolicy {
    fn default() -> Self {
        Self { taken_percent: dec!(10), price_percent: dec!(20) }
    }
}

impl SimilarPolicy {
    /// The lowest and the highest price of what is similar to a product of this price.
    #[must_use]
    pub fn prices(&self, price: Decimal) -> [Decimal; 2] {
        let away = (price * self.price_percent / Decimal::ONE_HUNDRED).abs();
        [price - away, price + away]
    }
}

impl Prospect {
    /// The same beside the ad of a similar product: what this one causes less counts neither in its contribution nor in the ends of
    /// its interval. How likely it is to earn stays.
    ///
    /// ```text
    /// taken a day = revenue a day x margin x caused x taken_percent
    /// ```
    #[must_use]
    pub fn beside_similar(&self, policy: &SimilarPolicy) -> Self {
        let kept = |percent: Decimal| (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED;
        let caused = (self.caused * kept(policy.taken_percent)).round_dp(4);
        let lost = (self.caused - caused) * self.margin.percent / Decimal::ONE_HUNDRED;
        let mut beside = Self { caused, ..self.clone() };
        let Some(taken) = self.revenue_per_day.amount.checked_mul(lost) else { return beside };
        for amount in [&mut beside.gain_per_day, &mut beside.low_per_day, &mut beside.high_per_day] {
            amount.amount = amount.amount.saturating_sub(taken).round_dp(4);
        }
        beside
    }
}
