//! How much a campaign may cost.

use campaign_pilot_core::{Measured, Money};
use garde::Validate;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ranges;
use crate::{EngineError, PolicyAmount};

/// The constants of the budget formula.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BudgetPolicy {
    /// The largest share of the product's price that a campaign may cost; 0.6 unless set.
    #[garde(custom(ranges::not_negative))]
    pub price_share: Decimal,
    /// The share of the expected return that is spent on it; 0.3 unless set.
    #[garde(custom(ranges::not_negative))]
    pub return_share: Decimal,
    /// What is spent at least, as long as the price allows it; 15 dollars, euros or pounds unless set.
    #[garde(custom(ranges::amount))]
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

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{Absence, Currency, MoneyError};
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;
    use crate::testing::euros;

    fn amount(price: Decimal, roi: Decimal) -> Decimal {
        budget(euros(price), Measured::Known(euros(roi)), &BudgetPolicy::default()).unwrap().budget.amount
    }

    #[test]
    fn each_part_of_the_formula_can_decide() {
        assert_eq!(amount(dec!(100), dec!(150)), dec!(45), "the return");
        assert_eq!(amount(dec!(100), dec!(1000)), dec!(60), "the price");
        assert_eq!(amount(dec!(100), dec!(50)), dec!(15), "the floor, exactly");
        assert_eq!(amount(dec!(100), dec!(-500)), dec!(15), "a loss expected");
        assert_eq!(amount(dec!(25), dec!(0)), dec!(15), "price and floor meet");
        assert_eq!(amount(dec!(10), dec!(1000)), dec!(6), "the price goes before the floor");
    }

    #[test]
    fn is_rounded_down_to_what_can_be_paid() {
        assert_eq!(amount(dec!(9.99), dec!(0)), dec!(5.99));
    }

    #[test]
    fn without_an_expected_return_the_floor_decides_and_says_so() {
        let working = budget(euros(dec!(100)), Measured::Absent(Absence::NoBaseline), &BudgetPolicy::default()).unwrap();
        assert_eq!(
            working.sentence,
            "15.00 EUR = min(100.00 EUR x 0.6, max(15.00 EUR, no expected ROI: no history before the campaign))"
        );
    }

    #[test]
    fn nothing_is_converted() {
        let yen = "JPY".parse().unwrap();
        let refused = budget(Money::new(dec!(9000), yen), Measured::Absent(Absence::NoBaseline), &BudgetPolicy::default());
        assert_eq!(refused, Err(EngineError::NoPolicyAmount { policy: "floor", currency: yen }));
        let dollars = Measured::Known(Money::new(dec!(1), Currency::USD));
        let mixed = budget(euros(dec!(100)), dollars, &BudgetPolicy::default());
        assert!(matches!(mixed, Err(EngineError::Money(MoneyError::CurrencyMismatch { .. }))));
    }

    #[test]
    fn the_expected_return_is_what_comes_in_less_what_goes_out() {
        let expected = ExpectedReturn { incremental_revenue: euros(dec!(80)), cost: euros(dec!(30)) };
        assert_eq!(expected.amount(), Ok(euros(dec!(50))));
    }

    proptest! {
        #[test]
        fn never_exceeds_six_tenths_of_the_price(price in 1i64..10_000_000, roi in -10_000_000i64..10_000_000) {
            let (price, roi) = (Decimal::new(price, 2), Decimal::new(roi, 2));
            let amount = amount(price, roi);
            prop_assert!(amount <= price * dec!(0.6));
            prop_assert!(amount >= Decimal::ZERO);
        }

        #[test]
        fn a_larger_expected_return_never_shrinks_it(price in 1i64..100_000, less in -100_000i64..100_000, more in 0i64..100_000) {
            let (price, less, more) = (Decimal::new(price, 2), Decimal::new(less, 2), Decimal::new(less + more, 2));
            prop_assert!(amount(price, less) <= amount(price, more));
        }
    }
}
