//! Values of the policy that have a range.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By which factor a platform may spend more than it was told, from 1 to 2; 1 unless set.
///
/// ```
/// use campaign_pilot_decision_engine::DeliveryFactor;
///
/// assert!(serde_json::from_str::<DeliveryFactor>("\"1.25\"").is_ok());
/// assert!(serde_json::from_str::<DeliveryFactor>("\"0.9\"").is_err());
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct DeliveryFactor(Decimal);

impl DeliveryFactor {
    /// A platform that never spends more than it was told.
    pub const EXACT: Self = Self(Decimal::ONE);

    /// Takes a number as a factor.
    ///
    /// # Errors
    ///
    /// [`GuardrailError::DeliveryFactor`] unless it lies between 1 and 2.
    pub fn new(factor: Decimal) -> Result<Self, GuardrailError> {
        if factor < Decimal::ONE || factor > Decimal::TWO {
            return Err(GuardrailError::DeliveryFactor { factor });
        }
        Ok(Self(factor))
    }

    /// The factor as a number.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl Default for DeliveryFactor {
    fn default() -> Self {
        Self::EXACT
    }
}

impl TryFrom<Decimal> for DeliveryFactor {
    type Error = GuardrailError;

    fn try_from(factor: Decimal) -> Result<Self, GuardrailError> {
        Self::new(factor)
    }
}

impl From<DeliveryFactor> for Decimal {
    fn from(factor: DeliveryFactor) -> Self {
        factor.0
    }
}

/// An hour of the day, from 0 to 23: 13 is the time from 13:00 to before 14:00.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct HourOfDay(u8);

impl HourOfDay {
    /// Takes a number as an hour.
    ///
    /// # Errors
    ///
    /// [`GuardrailError::Hour`] above 23.
    pub const fn new(hour: u8) -> Result<Self, GuardrailError> {
        if hour > 23 {
            return Err(GuardrailError::Hour { hour });
        }
        Ok(Self(hour))
    }
}

impl TryFrom<u8> for HourOfDay {
    type Error = GuardrailError;

    fn try_from(hour: u8) -> Result<Self, GuardrailError> {
        Self::new(hour)
    }
}

impl From<HourOfDay> for u8 {
    fn from(hour: HourOfDay) -> Self {
        hour.0
    }
}

/// A value that no guardrail can have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardrailError {
    /// A platform spends at least what it was told, and at most twice that.
    #[error("a worst-case delivery of {factor} does not lie between 1 and 2")]
    DeliveryFactor {
        /// The factor.
        factor: Decimal,
    },
    /// A day has hours from 0 to 23.
    #[error("{hour} is no hour of a day, which are 0 to 23")]
    Hour {
        /// The hour.
        hour: u8,
    },
}
