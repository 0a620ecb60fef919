//! Paths: which channels touched a customer, in which order, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use campaign_pilot_core::{Currency, Money};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AttributionError, Credit};

/// The name of a channel, campaign or partner that touches customers.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Channel(String);

impl Channel {
    /// A channel by its name, which is taken as it is.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// All journeys that took one path.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ConversionPath {
    /// The channels that touched the customer, oldest first. Empty for conversions that nobody touched.
    pub touches: Vec<Channel>,
    /// How many of the journeys ended in a conversion.
    pub conversions: u64,
    /// The value of those conversions together.
    pub value: Money,
    /// How many of the journeys ended in nothing.
    pub not_converted: u64,
}

/// What came of all journeys on one path.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PathTotals {
    /// Journeys that ended in a conversion.
    pub conversions: u64,
    /// The value of those conversions together.
    pub value: Money,
    /// Journeys that ended in nothing.
    pub not_converted: u64,
}

/// The journey of one customer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Journey {
    /// The touches, in any order.
    pub touches: Vec<Touch>,
    /// What it led to, if anything.
    pub conversion: Option<Conversion>,
}

/// A channel touched a customer.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Touch {
    /// When.
    pub at: Timestamp,
    /// Which channel.
    pub channel: Channel,
}

/// A customer converted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Conversion {
    /// When.
    pub at: Timestamp,
    /// What it is worth.
    pub value: Money,
}

/// Paths with what came of them. Equal paths are one, and their order does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversionPaths {
    currency: Currency,
    paths: BTreeMap<Vec<Channel>, PathTotals>,
    untouched: PathTotals,
}

impl ConversionPaths {
    /// No path yet; values are in `currency`.
    #[must_use]
    pub const fn new(currency: Currency) -> Self {
        let untouched = PathTotals { conversions: 0, value: Money::zero(currency), not_converted: 0 };
        Self { currency, paths: BTreeMap::new(), untouched }
    }

    /// Adds journeys that took one path.
    ///
    /// # Errors
    ///
    /// [`AttributionError::MixedCurrencies`], [`AttributionError::NegativeValue`],
    /// [`AttributionError::ValueWithoutConversion`] or [`AttributionError::OutOfRange`]; then nothing was added.
    pub fn add(&mut self, path: ConversionPath) -> Result<(), AttributionError> {
        let ConversionPath { touches, conversions, value, not_converted } = path;
        if value.currency != self.currency {
            return Err(AttributionError::MixedCurrencies { expected: self.currency, found: value.currency });
        }
        if value.amount.is_sign_negative() && !value.amount.is_zero() {
            return Err(AttributionError::NegativeValue);
        }
        if conversions == 0 && !value.amount.is_zero() {
            return Err(AttributionError::ValueWithoutConversion);
        }
        let nothing = PathTotals { conversions: 0, value: Money::zero(self.currency), not_converted: 0 };
        let before = if touches.is_empty() { self.untouched } else { self.paths.get(&touches).copied().unwrap_or(nothing) };
        let after = PathTotals {
            conversions: before.conversions.checked_add(conversions).ok_or(AttributionError::OutOfRange)?,
            value: before.value.checked_add(value).map_err(|_| AttributionError::OutOfRange)?,
            not_converted: before.not_converted.checked_add(not_converted).ok_or(AttributionError::OutOfRange)?,
        };
        if touches.is_empty() {
            self.untouched = after;
        } else {
            self.paths.insert(touches, after);
        }
        Ok(())
    }

    /// The paths of single journeys.
    ///
    /// A touch counts when it is not later than the conversion and not more than `lookback` before it; without a
    /// conversion, when it is not more than `lookback` before the last touch. Touches at the same instant stand in the
    /// order of their names.
    ///
    /// # Errors
    ///
    /// As [`ConversionPaths::add`].
    pub fn from_journeys<'a>(
        journeys: impl IntoIterator<Item = &'a Journey>,
        lookback: SignedDuration,
        currency: Currency,
    ) -> Result<Self, AttributionError> {
        let mut paths = Self::new(currency);
        for journey in journeys {
            let mut touches: Vec<&Touch> = journey.touches.iter().collect();
            touches.sort();
            let end = journey.conversion.map(|conversion| conversion.at).or(touches.last().map(|last| last.at));
            let counts = |touch: &&Touch| end.is_some_and(|end| touch.at <= end && end.duration_since(touch.at) <= lookback);
            paths.add(ConversionPath {
                touches: touches.into_iter().filter(counts).map(|touch| touch.channel.clone()).collect(),
                conversions: u64::from(journey.conversion.is_some()),
                value: journey.conversion.map_or(Money::zero(currency), |conversion| conversion.value),
                not_converted: u64::from(journey.conversion.is_none()),
            })?;
        }
        Ok(paths)
    }

    /// The currency of all values.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The paths with at least one touch, in the order of their channels' names.
    pub fn iter(&self) -> impl Iterator<Item = (&[Channel], &PathTotals)> {
        self.paths.iter().map(|(touches, totals)| (touches.as_slice(), totals))
    }

    /// Every channel that touched anybody, in the order of the names.
    #[must_use]
    pub fn channels(&self) -> BTreeSet<Channel> {
        self.paths.keys().flatten().cloned().collect()
    }

    /// Journeys that nobody touched.
    #[must_use]
    pub const fn untouched(&self) -> PathTotals {
        self.untouched
    }

    /// All conversions with at least one touch.
    ///
    /// # Errors
    ///
    /// [`AttributionError::OutOfRange`] when they cannot be added up.
    pub fn total(&self) -> Result<Credit, AttributionError> {
        let mut total = Credit::none(self.currency);
        for totals in self.paths.values() {
            let sum = total.conversions.checked_add(totals.conversions.into());
            total.conversions = sum.ok_or(AttributionError::OutOfRange)?;
            total.value = total.value.checked_add(totals.value).map_err(|_| AttributionError::OutOfRange)?;
        }
        Ok(total)
    }

    pub(super) fn untouched_credit(&self) -> Credit {
        Credit { conversions: self.untouched.conversions.into(), value: self.untouched.value }
    }
}
