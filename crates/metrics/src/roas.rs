//! The return on advertising spend, in both of its meanings.

use campaign_pilot_core::{Absence, Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The return on advertising spend. There are two numbers by this name in the world, so neither is called just that.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_metrics::Roas;
/// use rust_decimal::Decimal;
///
/// let roas = Roas::new(Money::parse("30", Currency::EUR)?, Money::parse("20", Currency::EUR)?).unwrap();
/// assert_eq!(roas.gross(), Decimal::new(15, 1)); // 1.5: each euro spent came with 1.50 of revenue
/// assert_eq!(roas.net(), Decimal::new(5, 1)); // 0.5: each euro spent came back with half of it on top
/// # Ok::<(), campaign_pilot_core::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Roas {
    gross: Decimal,
    net: Decimal,
}

impl Roas {
    /// The return of `revenue` on `cost`.
    ///
    /// # Errors
    ///
    /// [`Absence::NoSpend`] unless the cost is above zero, [`Absence::MixedCurrencies`] for two currencies,
    /// [`Absence::OutOfRange`] when a result has more than 28 digits.
    pub fn new(revenue: Money, cost: Money) -> Result<Self, Absence> {
        if !cost.is_positive() {
            return Err(Absence::NoSpend);
        }
        let gain = revenue.checked_sub(cost).map_err(|error| absence_of(&error))?;
        Ok(Self { gross: quotient(revenue, cost)?, net: quotient(gain, cost)? })
    }

    /// `revenue / cost`: what the advertising field calls ROAS. Break-even before other costs is 1.
    #[must_use]
    pub const fn gross(self) -> Decimal {
        self.gross
    }

    /// `(revenue - cost) / cost`: what the decision matrix calls ROAS and the field calls ROI. Break-even is 0.
    #[must_use]
    pub const fn net(self) -> Decimal {
        self.net
    }
}

fn quotient(part: Money, whole: Money) -> Result<Decimal, Absence> {
    part.ratio(whole).map_err(|error| absence_of(&error))?.ok_or(Absence::NoSpend)
}

/// Why an amount is missing after a calculation with money failed.
pub(crate) const fn absence_of(error: &MoneyError) -> Absence {
    match error {
        MoneyError::CurrencyMismatch { .. } => Absence::MixedCurrencies,
        _ => Absence::OutOfRange,
    }
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
    fn nothing_back_is_minus_one_net_and_zero_gross() {
        let roas = Roas::new(euros(dec!(0)), euros(dec!(12.34))).unwrap();
        assert_eq!((roas.gross(), roas.net()), (dec!(0), dec!(-1)));
    }

    #[test]
    fn break_even_is_exactly_zero() {
        let roas = Roas::new(euros(dec!(33.33)), euros(dec!(33.33))).unwrap();
        assert_eq!((roas.gross(), roas.net()), (dec!(1), dec!(0)));
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(Roas::new(euros(dec!(5)), euros(dec!(0))), Err(Absence::NoSpend));
        assert_eq!(Roas::new(euros(dec!(5)), euros(dec!(-1))), Err(Absence::NoSpend));
        assert_eq!(Roas::new(euros(dec!(5)), Money::new(dec!(1), Currency::USD)), Err(Absence::MixedCurrencies));
        assert_eq!(Roas::new(euros(Decimal::MAX), euros(dec!(0.001))), Err(Absence::OutOfRange));
    }

    proptest! {
        #[test]
        fn net_is_gross_less_one_and_keeps_the_sign(revenue in 0i64..10_000_000, cost in 1i64..10_000_000) {
            let roas = Roas::new(euros(Decimal::new(revenue, 2)), euros(Decimal::new(cost, 2))).unwrap();
            prop_assert!((roas.gross() - Decimal::ONE - roas.net()).abs() < dec!(0.000000000000000001));
            prop_assert_eq!(roas.net() < Decimal::ZERO, revenue < cost);
        }

        #[test]
        fn more_cost_never_improves_it(revenue in 0i64..10_000_000, cost in 1i64..10_000_000, more in 0i64..10_000_000) {
            let net = |cost| Roas::new(euros(Decimal::new(revenue, 2)), euros(Decimal::new(cost, 2))).unwrap().net();
            prop_assert!(net(cost + more) <= net(cost));
        }
    }
}
