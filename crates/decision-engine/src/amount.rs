//! Amounts of a policy, per currency.

use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// An amount that a policy sets, per currency: `{ "USD" = "20", "JPY" = "3000" }`. Nothing is ever converted.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::PolicyAmount;
/// use rust_decimal::Decimal;
///
/// let least = PolicyAmount::nominal(Decimal::from(20));
/// assert_eq!(least.of(Currency::EUR), Some(Money::new(Decimal::from(20), Currency::EUR)));
/// assert_eq!(least.of("JPY".parse()?), None);
/// # Ok::<(), campaign_pilot_core::MoneyError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PolicyAmount(#[schemars(with = "BTreeMap<String, Decimal>")] BTreeMap<Currency, Decimal>);

impl PolicyAmount {
    /// The same number of dollars, euros and pounds: how amounts that were ordered in dollars become defaults.
    #[must_use]
    pub fn nominal(amount: Decimal) -> Self {
        Self([Currency::USD, Currency::EUR, Currency::GBP].map(|currency| (currency, amount)).into())
    }

    /// An amount in one currency only.
    #[must_use]
    pub fn only(amount: Money) -> Self {
        Self([(amount.currency, amount.amount)].into())
    }

    /// The same with another amount for one currency.
    #[must_use]
    pub fn with(mut self, amount: Money) -> Self {
        self.0.insert(amount.currency, amount.amount);
        self
    }

    /// The amount in a currency, if the policy sets one.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Option<Money> {
        self.0.get(&currency).map(|amount| Money::new(*amount, currency))
    }

    /// Every currency with its amount.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0.iter().map(|(currency, amount)| Money::new(*amount, *currency))
    }

    pub(crate) fn needed(&self, policy: &'static str, currency: Currency) -> Result<Money, EngineError> {
        self.of(currency).ok_or(EngineError::NoPolicyAmount { policy, currency })
    }
}

/// An amount as a number to estimate with; 0 where it has none.
pub(crate) fn number(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(0.0)
}
