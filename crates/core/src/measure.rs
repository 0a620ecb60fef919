//! Numbers that may not exist, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a number does not exist. Never written as 0, NaN or infinity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Nothing was spent, so nothing can be divided by the spend.
    NoSpend,
    /// The baseline is zero, so a relative change is undefined.
    ZeroBaseline,
    /// There is no baseline: no history before the campaign.
    NoBaseline,
    /// No new customer was won in the period.
    NoNewCustomers,
    /// Nobody knows who is a new customer: neither the store nor the platform says so.
    NewCustomersUnknown,
    /// No page-view source is configured, or it has nothing on this product.
    NoViewSource,
    /// The platform does not count impressions for this program.
    ImpressionsNotCounted,
    /// The platform has not reported clicks for the period.
    ClicksNotReported,
    /// There were no impressions.
    NoImpressions,
    /// There were no clicks.
    NoClicks,
    /// There were no orders.
    NoOrders,
    /// There were no sales.
    NoSales,
    /// The product has no price.
    NoPrice,
    /// The product's costs are not known.
    CostUnknown,
    /// The product's costs leave nothing of its price.
    NoMargin,
    /// There is no budget above zero.
    NoBudget,
    /// The stock is not managed by the store.
    StockNotManaged,
    /// The product was out of stock, so missing sales are not missing demand.
    OutOfStock,
    /// The source answered, but not for this period yet.
    NotYetReported,
    /// The source's answer is too old to be used.
    Stale,
    /// There are too few observations to say anything.
    TooFewObservations,
    /// The numbers do not vary, so nothing can go along with them.
    Constant,
    /// A number in the input is not finite.
    NotFinite,
    /// The columns or groups that belong together differ in length.
    UnequalLengths,
    /// Amounts of several currencies cannot be combined.
    MixedCurrencies,
    /// No market signal is available; the neutral value stands in where one is documented.
    NoMarketSignal,
    /// The exact result cannot be represented.
    OutOfRange,
}

impl Absence {
    /// The reason as a clause: `"no page-view source"`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoSpend => "nothing was spent",
            Self::ZeroBaseline => "the baseline is zero",
            Self::NoBaseline => "no history before the campaign",
            Self::NoNewCustomers => "no new customer",
            Self::NewCustomersUnknown => "new customers are not known",
            Self::NoViewSource => "no page-view source",
            Self::ImpressionsNotCounted => "impressions are not counted",
            Self::ClicksNotReported => "clicks are not reported",
            Self::NoImpressions => "no impressions",
            Self::NoClicks => "no clicks",
            Self::NoOrders => "no orders",
            Self::NoSales => "no sales",
            Self::NoPrice => "no price",
            Self::CostUnknown => "costs are not known",
            Self::NoMargin => "costs leave nothing of the price",
            Self::NoBudget => "no budget",
            Self::StockNotManaged => "stock is not managed",
            Self::OutOfStock => "out of stock",
            Self::NotYetReported => "not yet reported",
            Self::Stale => "the data are too old",
            Self::TooFewObservations => "too few observations",
            Self::Constant => "the numbers do not vary",
            Self::NotFinite => "a number is not finite",
            Self::UnequalLengths => "columns of different lengths",
            Self::MixedCurrencies => "several currencies",
            Self::NoMarketSignal => "no market signal",
            Self::OutOfRange => "not representable",
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.reason())
    }
}

impl std::error::Error for Absence {}

/// A number, or the reason why there is none.
///
/// Serialises as the bare number, or as `{"absent": "no_spend"}`.
///
/// ```
/// use campaign_pilot_core::{Absence, Measured};
///
/// let clicks: Measured<u64> = Measured::Known(12);
/// assert_eq!(clicks.known(), Some(&12));
/// let roas: Measured<u64> = Measured::Absent(Absence::NoSpend);
/// assert_eq!(roas.to_string(), "- (nothing was spent)");
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Measured<T> {
    /// There is no number; the field says why.
    Absent(#[serde(with = "absent")] Absence),
    /// The number.
    Known(T),
}

impl<T> Measured<T> {
    /// The number, if there is one.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent(_) => None,
        }
    }

    /// The reason, if there is no number.
    pub const fn absence(&self) -> Option<Absence> {
        match self {
            Self::Known(_) => None,
            Self::Absent(absence) => Some(*absence),
        }
    }

    /// Applies a function to the number, if there is one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Measured<U> {
        match self {
            Self::Known(value) => Measured::Known(f(value)),
            Self::Absent(absence) => Measured::Absent(absence),
        }
    }

    /// The same as a `Result`, for the `?` operator.
    ///
    /// # Errors
    ///
    /// The [`Absence`] when there is no number.
    pub fn ok(self) -> Result<T, Absence> {
        self.into()
    }
}

impl<T> From<Result<T, Absence>> for Measured<T> {
    fn from(result: Result<T, Absence>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(absence) => Self::Absent(absence),
        }
    }
}

impl<T> From<Measured<T>> for Result<T, Absence> {
    fn from(measured: Measured<T>) -> Self {
        match measured {
            Measured::Known(value) => Ok(value),
            Measured::Absent(absence) => Err(absence),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Measured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Absent(absence) => f.pad(&format!("- ({absence})")),
        }
    }
}

mod absent {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Absence;

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped {
        absent: Absence,
    }

    pub(super) fn serialize<S: Serializer>(absence: &Absence, serializer: S) -> Result<S::Ok, S::Error> {
        Wrapped { absent: *absence }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Absence, D::Error> {
        Ok(Wrapped::deserialize(deserializer)?.absent)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn survives_json_in_both_forms() {
        let known = Measured::Known(Decimal::new(125, 2));
        assert_eq!(serde_json::to_string(&known).unwrap(), r#""1.25""#);
        assert_eq!(serde_json::from_str::<Measured<Decimal>>(r#""1.25""#).unwrap(), known);
        let absent = Measured::<Decimal>::Absent(Absence::NoSpend);
        assert_eq!(serde_json::to_string(&absent).unwrap(), r#"{"absent":"no_spend"}"#);
        assert_eq!(serde_json::from_str::<Measured<Decimal>>(r#"{"absent":"no_spend"}"#).unwrap(), absent);
    }
}
