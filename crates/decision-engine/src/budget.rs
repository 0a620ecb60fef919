//! How much a campaign may cost.

use campaign_pilot_core::{Measured, Money};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{EngineError, PolicyAmount};

/// The constants of the budget formula.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetPolicy {
    /// The largest share of the product's price that a campaign may cost; 0.6 unless set.
    pub price_share: Decimal,
    /// The share of the expected return that is spent on it; 0.3 unless set.
    pub return_share: Decimal,
    /// What is spent at least, as long as the price allows it; 15 dollars, euros or pounds unless set.
    pub floor: PolicyAmount,
}

impl Default for BudgetPolicy {
    fn default() -> Self {
        Self {
            price_share: Decimal::new(6, 1),
            return_share: Decimal::new(3, 1),
            floor: PolicyAmount::nominal(Decimal::from(15)),
        }
    }
}

/// The expected ROI of a campaign as an amount of money: what it is expected to bring, less what it is expected to cost.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ExpectedReturn {
    /// Revenue over the whole flight that would not come without the campaign.
    pub incremental_revenue: Money,
    /// What the campaign is expected to cost over the whole flight; zero when nothing is known before the first one.
    pub cost: Money,
}

impl ExpectedReturn {
    /// `incremental revenue - cost`; negative when a loss is expected.
    ///
    /// # Errors
    ///
    /// [`EngineError::Money`] for two currencies.
    pub fn amount(self) -> Result<Money, EngineError> {
        Ok(self.incremental_revenue.checked_sub(self.cost)?)
    }
}

/// A budget, with every step of its computation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetWorking {
    /// The product's price.
    pub price: Money,
    /// `price x 0.6`: what the budget never exceeds.
    pub ceiling: Money,
    /// What is spent at least, as long as the ceiling allows it.
    pub floor: Money,
    /// `expected ROI x 0.3`, where an ROI is expected.
    pub return_part: Measured<Money>,
    /// The budget: rounded down to what the currency settles in, so that it never exceeds the ceiling.
    pub budget: Money,
    /// The computation in one sentence.
    pub sentence: String,
}

/// The budget of a campaign, with its working.
///
/// # Formula
///
/// `min(price x 0.6, max(15, expected ROI x 0.3))`; without an expected ROI the floor stands in for its part.
///
/// # Errors
///
/// [`EngineError::NoPolicyAmount`] when the policy has no floor in the price's currency, [`EngineError::Money`] when the
/// expected ROI is in another currency than the price.
///
/// ```
/// use campaign_pilot_core::{Absence, Currency, Measured, Money};
/// use campaign_pilot_decision_engine::{BudgetPolicy, budget};
///
/// let price = Money::parse("59.99", Currency::EUR)?;
/// let working = budget(price, Measured::Known(Money::parse("80", Currency::EUR)?), &BudgetPolicy::default())?;
/// assert_eq!(working.sentence, "24.00 EUR = min(59.99 EUR x 0.6, max(15.00 EUR, 80.00 EUR x 0.3))");
/// let unknown = budget(price, Measured::Absent(Absence::NoBaseline), &BudgetPolicy::default())?;
/// assert_eq!(unknown.budget, Money::parse("15", Currency::EUR)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn budget(price: Money, expected_roi: Measured<Money>, policy: &BudgetPolicy) -> Result<BudgetWorking, EngineError> {
    let ceiling = price.checked_mul(policy.price_share)?;
    let floor = policy.floor.needed("floor", price.currency)?;
    let (return_part, wanted, shown) = match expected_roi {
        Measured::Known(roi) => {
            let part = roi.checked_mul(policy.return_share)?;
            (Measured::Known(part), floor.greater(part)?, format!("{roi} x {}", policy.return_share))
        }
        Measured::Absent(absence) => (Measured::Absent(absence), floor, format!("no expected ROI: {absence}")),
    };
    let exact = ceiling.lesser(wanted)?;
    let amount = exact.amount.round_dp_with_strategy(price.currency.minor_digits(), RoundingStrategy::ToNegativeInfinity);
    let budget = Money::new(amount.max(Decimal::ZERO), price.currency);
    let sentence = format!("{budget} = min({price} x {}, max({floor}, {shown}))", policy.price_share);
    Ok(BudgetWorking { price, ceiling, floor, return_part, budget, sentence })
}
