//! Money: a decimal amount together with its currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency, written as its three-letter code.
///
/// ```
/// use campaign_pilot_core::Currency;
///
/// let euro: Currency = "eur".parse()?;
/// assert_eq!(euro.code(), "EUR");
/// assert_eq!(euro.minor_digits(), 2);
/// # Ok::<(), campaign_pilot_core::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The pound sterling.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// The United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The ISO 4217 code, such as `"EUR"`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal places the currency settles in (2 for the euro, 0 for the yen).
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(2))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(&code.trim().to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency { code: code.to_owned() })
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An exact amount of one currency. Adding two currencies is an error, never a sum.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
///
/// let price = Money::parse("19.99", Currency::EUR)?;
/// let two = price.checked_add(price)?;
/// assert_eq!(two.to_string(), "39.98 EUR");
/// assert!(price.checked_add(Money::zero(Currency::USD)).is_err());
/// # Ok::<(), campaign_pilot_core::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Money {
    /// The amount in the currency's major unit, at any precision.
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency.
    #[must_use]
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::ZERO, currency }
    }

    /// Reads a plain decimal such as `"19.99"`; no thousands separators, no currency sign.
    ///
    /// # Errors
    ///
    /// [`MoneyError::NotADecimal`] when the text is not a plain decimal.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(text.trim()).map_err(|_| MoneyError::NotADecimal { text: text.to_owned() })?;
        Ok(Self { amount, currency })
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] for two currencies, [`MoneyError::Overflow`] beyond 96 bits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// The difference of two amounts; it may be negative.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] for two currencies, [`MoneyError::Overflow`] beyond 96 bits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// The amount times a pure number.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`] beyond 96 bits.
    pub fn checked_mul(self, factor: Decimal) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(factor).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// How often `other` fits into this amount, as a pure number; `None` when `other` is zero.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] for two currencies, [`MoneyError::Overflow`] beyond 96 bits.
    pub fn ratio(self, other: Self) -> Result<Option<Decimal>, MoneyError> {
        self.same_currency(other)?;
        if other.amount.is_zero() {
            return Ok(None);
        }
        self.amount.checked_div(other.amount).map(Some).ok_or(MoneyError::Overflow)
    }

    /// The smaller of two amounts.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] for two currencies.
    pub fn lesser(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(if other.amount < self.amount { other } else { self })
    }

    /// The larger of two amounts.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] for two currencies.
    pub fn greater(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(if other.amount > self.amount { other } else { self })
    }

    /// The sum of many amounts of `currency`; zero for none.
    ///
    /// # Errors
    ///
    /// As [`Money::checked_add`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// The amount rounded half-even to what the currency settles in.
    #[must_use]
    pub fn rounded(self) -> Self {
        let amount = self.amount.round_dp_with_strategy(self.currency.minor_digits(), RoundingStrategy::MidpointNearestEven);
        Self { amount, ..self }
    }

    /// Whether the amount is above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.amount > Decimal::ZERO
    }

    /// Whether the amount is exactly zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }
}

/// Rounded to the currency's minor unit, always with all its digits: `"5.00 EUR"`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits() as usize;
        f.pad(&format!("{:.digits$} {}", self.rounded().amount, self.currency))
    }
}

/// What can be wrong with an amount of money.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Two currencies met in one calculation.
    #[error("amounts of {left} and {right} cannot be combined; convert one of them first")]
    CurrencyMismatch {
        /// The currency on the left side.
        left: Currency,
        /// The currency on the right side.
        right: Currency,
    },
    /// The text is not a plain decimal.
    #[error("`{text}` is not a plain decimal amount such as 19.99")]
    NotADecimal {
        /// What was read.
        text: String,
    },
    /// The code is not an ISO 4217 currency.
    #[error("`{code}` is not an ISO 4217 currency code such as EUR")]
    UnknownCurrency {
        /// What was read.
        code: String,
    },
    /// The result does not fit into a decimal of 96 bits.
    #[error("the amount is too large to be represented exactly")]
    Overflow,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_currencies_are_never_added() {
        let error = Money::zero(Currency::EUR).checked_add(Money::zero(Currency::USD)).unwrap_err();
        assert_eq!(error, MoneyError::CurrencyMismatch { left: Currency::EUR, right: Currency::USD });
    }

    #[test]
    fn serialises_as_decimal_text_with_code() {
        let money = Money::parse("10.123456", Currency::EUR).unwrap();
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":"10.123456","currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn displays_every_minor_digit() {
        assert_eq!(Money::parse("5", Currency::EUR).unwrap().to_string(), "5.00 EUR");
        assert_eq!(Money::parse("5.4", "JPY".parse().unwrap()).unwrap().to_string(), "5 JPY");
    }

    #[test]
    fn garbage_is_named() {
        let error = Money::parse("12,50", Currency::EUR).unwrap_err();
        assert_eq!(error.to_string(), "`12,50` is not a plain decimal amount such as 19.99");
        assert!("€".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_returns_to_the_start(a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000) {
            let a = Money::new(Decimal::new(a, 4), Currency::EUR);
            let b = Money::new(Decimal::new(b, 2), Currency::EUR);
            prop_assert_eq!(a.checked_add(b).unwrap().checked_sub(b).unwrap(), a);
        }
    }
}
