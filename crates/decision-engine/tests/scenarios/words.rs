//! Values as people write them: `"50 EUR"`, `97.5`, `"unknown"`.

use campaign_pilot_core::{Absence, Currency, Measured, Money, Verdict};
use campaign_pilot_decision_engine::{Basis, Rule};
use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Value;

/// An amount of money: `"50 EUR"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Amount(pub(crate) Money);

/// A number, with or without a fraction.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Number(pub(crate) Decimal);

/// A count.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Count(pub(crate) u64);

/// A value, or the word `"unknown"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value", bound = "T: TryFrom<Value, Error = String>")]
pub(crate) struct Fact<T>(pub(crate) Option<T>);

/// A verdict by its name, in capitals or not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct VerdictWord(pub(crate) Verdict);

/// What a verdict rests on; `"nothing"` for MONITOR.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct BasisWord(pub(crate) Option<Basis>);

impl<T> Fact<T> {
    pub(crate) fn or(self, absence: Absence) -> Measured<T> {
        self.0.map_or(Measured::Absent(absence), Measured::Known)
    }

    pub(crate) fn map<U>(self, value: impl FnOnce(T) -> U) -> Fact<U> {
        Fact(self.0.map(value))
    }
}

impl TryFrom<Value> for Amount {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || format!("`{value}` is not an amount such as \"50 EUR\"");
        let (amount, currency) = value.as_str().and_then(|text| text.split_once(' ')).ok_or_else(wrong)?;
        let currency: Currency = currency.parse().map_err(|_| wrong())?;
        Money::parse(amount, currency).map(Self).map_err(|_| wrong())
    }
}

impl TryFrom<Value> for Number {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let number = match &value {
            Value::Integer(whole) => Some(Decimal::from(*whole)),
            Value::Float(fraction) => Decimal::from_str_exact(&fraction.to_string()).ok(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| format!("`{value}` is not a number such as 97.5"))
    }
}

impl TryFrom<Value> for Count {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let count = value.as_integer().and_then(|count| u64::try_from(count).ok());
        count.map(Self).ok_or_else(|| format!("`{value}` is not a count such as 200"))
    }
}

impl<T: TryFrom<Value, Error = String>> TryFrom<Value> for Fact<T> {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.as_str() == Some("unknown") {
            return Ok(Self(None));
        }
        T::try_from(value).map(Some).map(Self).map_err(|wrong| format!("{wrong}, and not the word \"unknown\""))
    }
}

impl TryFrom<String> for VerdictWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let mut all = Verdict::ALL.into_iter();
        let named = all.find(|verdict| verdict.name().eq_ignore_ascii_case(&word));
        named.map(Self).ok_or_else(|| format!("`{word}` is none of {}", Verdict::ALL.map(Verdict::name).join(", ")))
    }
}

impl TryFrom<String> for BasisWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let bases = [Basis::Loses, Basis::StockShort, Basis::Improvement, Basis::Earns].into_iter();
        let all = bases.chain(Rule::ALL.map(Basis::Rule)).map(Some).chain([None]);
        let named = all.clone().find(|basis| basis_word(*basis) == word);
        let known = || all.map(basis_word).collect::<Vec<_>>().join(", ");
        named.map(Self).ok_or_else(|| format!("`{word}` is none of {}", known()))
    }
}

/// The word for what a verdict rests on.
pub(crate) fn basis_word(basis: Option<Basis>) -> String {
    let word = match basis {
        None => return "nothing".to_owned(),
        Some(Basis::Rule(rule)) => serde_json::to_value(rule),
        Some(basis) => serde_json::to_value(basis),
    };
    word.unwrap().as_str().unwrap().to_owned()
}
