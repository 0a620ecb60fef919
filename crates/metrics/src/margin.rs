//! What is left of revenue after the product's own costs, and the return on advertising counted on it.

use campaign_pilot_core::{Absence, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Roas;
use crate::roas::absence_of;

/// The contribution margin of a product: which part of its revenue is left after what the product itself costs (goods,
/// packing, shipping, payment fees), before advertising.
///
/// Kept as two exact numbers, so that no digit is lost to a division that comes too early. The part may be negative, for
/// an article that is sold below cost, and never exceeds the whole.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_metrics::{Margin, margin_return};
/// use rust_decimal::dec;
///
/// let euros = |amount| Money::new(amount, Currency::EUR);
/// // Bought for 18, sold for 30: 40 % are left, so each euro of advertising has to bring 2.50 of revenue.
/// let margin = Margin::of_unit(euros(dec!(30)), euros(dec!(18)))?;
/// assert_eq!((margin.share(), margin.break_even_roas()), (Ok(dec!(0.4)), Ok(dec!(2.5))));
/// // 200 of revenue for 100 of advertising look like a gross ROAS of 2. They lost 20.
/// let on_margin = margin_return(euros(dec!(200)), margin, euros(dec!(100)))?;
/// assert_eq!((on_margin.gross(), on_margin.net()), (dec!(0.8), dec!(-0.2)));
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Margin {
    left: Decimal,
    of: Decimal,
}

impl Margin {
    /// The margin of a unit with a price and costs, both without tax.
    ///
    /// # Errors
    ///
    /// [`Absence::NoPrice`] unless the price is above zero, [`Absence::OutOfRange`] for costs below zero,
    /// [`Absence::MixedCurrencies`] for two currencies.
    pub fn of_unit(price: Money, unit_cost: Money) -> Result<Self, Absence> {
        if !price.is_positive() {
            return Err(Absence::NoPrice);
        }
        if unit_cost.amount < Decimal::ZERO {
            return Err(Absence::OutOfRange);
        }
        let left = price.checked_sub(unit_cost).map_err(|error| absence_of(&error))?;
        Ok(Self { left: left.amount, of: price.amount })
    }

    /// A margin as a share of revenue: 0.4 for 40 %.
    ///
    /// # Errors
    ///
    /// [`Absence::OutOfRange`] above 1.
    pub fn of_share(share: Decimal) -> Result<Self, Absence> {
        if share > Decimal::ONE {
            return Err(Absence::OutOfRange);
        }
        Ok(Self { left: share, of: Decimal::ONE })
    }

    /// The share of revenue that is left: 0.4 for 40 %, negative below cost.
    ///
    /// # Errors
    ///
    /// [`Absence::OutOfRange`] when the result has more than 28 digits.
    pub fn share(self) -> Result<Decimal, Absence> {
        self.left.checked_div(self.of).ok_or(Absence::OutOfRange)
    }

    /// What is left of a revenue.
    ///
    /// # Errors
    ///
    /// [`Absence::OutOfRange`] when the result has more than 28 digits.
    pub fn contribution(self, revenue: Money) -> Result<Money, Absence> {
        let scaled = revenue.checked_mul(self.left).map_err(|error| absence_of(&error))?;
        let left = scaled.amount.checked_div(self.of).ok_or(Absence::OutOfRange)?;
        Ok(Money::new(left, revenue.currency))
    }

    /// The gross ROAS at which advertising neither earns nor loses: `1 / share`.
    ///
    /// # Errors
    ///
    /// [`Absence::NoMargin`] when nothing is left: no ROAS is high enough.
    pub fn break_even_roas(self) -> Result<Decimal, Absence> {
        if self.left <= Decimal::ZERO {
            return Err(Absence::NoMargin);
        }
        self.of.checked_div(self.left).ok_or(Absence::OutOfRange)
    }
}

/// The return on advertising counted on what is left of the revenue: its gross form is the field's POAS (profit on ad
/// spend), and its net form is below zero exactly when the advertising cost more than it earned.
///
/// # Formula
///
/// `Roas::new(revenue x margin, cost)`
///
/// # Errors
///
/// As [`Roas::new`].
pub fn margin_return(revenue: Money, margin: Margin, cost: Money) -> Result<Roas, Absence> {
    Roas::new(margin.contribution(revenue)?, cost)
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Currency;
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn euros(amount: Decimal) -> Money {
        Money::new(amount, Currency::EUR)
    }

    #[test]
    fn impossible_margins_are_named() {
        assert_eq!(Margin::of_unit(euros(dec!(0)), euros(dec!(1))), Err(Absence::NoPrice));
        assert_eq!(Margin::of_unit(euros(dec!(9)), euros(dec!(-1))), Err(Absence::OutOfRange));
        assert_eq!(Margin::of_unit(euros(dec!(9)), Money::new(dec!(1), Currency::USD)), Err(Absence::MixedCurrencies));
        assert_eq!(Margin::of_share(dec!(1.01)), Err(Absence::OutOfRange));
        assert_eq!(Margin::of_share(dec!(0)).unwrap().break_even_roas(), Err(Absence::NoMargin));
    }

    #[test]
    fn below_cost_every_sale_loses() {
        let margin = Margin::of_unit(euros(dec!(10)), euros(dec!(12))).unwrap();
        assert_eq!(margin.contribution(euros(dec!(50))), Ok(euros(dec!(-10))));
        assert_eq!(margin_return(euros(dec!(50)), margin, euros(dec!(10))).unwrap().net(), dec!(-2));
        assert_eq!(margin.break_even_roas(), Err(Absence::NoMargin));
    }

    proptest! {
        #[test]
        fn breaks_even_exactly_at_the_break_even_roas(price in 1i64..100_000, cost in 0i64..100_000, spent in 1i64..1_000_000) {
            let (price, cost) = (price.max(cost + 1), cost.min(price));
            let margin = Margin::of_unit(euros(Decimal::new(price, 2)), euros(Decimal::new(cost, 2))).unwrap();
            let spent = euros(Decimal::new(spent, 2));
            let revenue = spent.checked_mul(margin.break_even_roas().unwrap()).unwrap();
            let net = margin_return(revenue, margin, spent).unwrap().net();
            prop_assert!(net.abs() < dec!(0.000000000000000001), "{}", net);
        }

        #[test]
        fn the_currency_and_its_unit_do_not_matter(price in 1i64..100_000, cost in 0i64..100_000, revenue in 0i64..1_000_000, spent in 1i64..1_000_000) {
            let returned = |currency, places| {
                let money = |minor| Money::new(Decimal::new(minor, places), currency);
                margin_return(money(revenue), Margin::of_unit(money(price), money(cost)).unwrap(), money(spent)).unwrap()
            };
            let (cents, yen) = (returned(Currency::EUR, 2), returned("JPY".parse().unwrap(), 0));
            prop_assert!((cents.net() - yen.net()).abs() < dec!(0.000000000000001));
        }
    }
}
