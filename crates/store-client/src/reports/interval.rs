//! Figures by interval: hours, days, weeks ..

use campaign_pilot_core::Period;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::wire::scalar;

/// How long an interval is, in the shop's zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Grain {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from the shop's first day of the week on.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
}

impl Grain {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// A report's figures: of the whole period, and of each interval in it, also those without sales.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats<T> {
    /// The figures of the whole period.
    pub totals: T,
    /// The figures of each interval, in order.
    pub intervals: Vec<Interval<T>>,
}

/// One interval's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interval<T> {
    /// The store's name of it: `2026-10-31`, `2026-44`, ..
    pub name: String,
    /// When it was. The first and last are cut where the asked period begins and ends.
    pub period: Period,
    /// Its figures.
    pub figures: T,
}

/// One page of a report as it comes.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct StatsPage<T> {
    pub(super) totals: T,
    #[serde(default, deserialize_with = "scalar::list")]
    pub(super) intervals: Vec<IntervalRow<T>>,
}

#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct IntervalRow<T> {
    #[serde(deserialize_with = "scalar::text")]
    interval: String,
    #[serde(deserialize_with = "scalar::needed_instant")]
    date_start_gmt: Timestamp,
    #[serde(deserialize_with = "scalar::needed_instant")]
    date_end_gmt: Timestamp,
    subtotals: T,
}

impl<T> IntervalRow<T> {
    /// The interval; the store names its last second.
    pub(super) fn interval(self) -> Option<Interval<T>> {
        let end = self.date_end_gmt.checked_add(SignedDuration::from_secs(1)).ok()?;
        let period = Period::new(self.date_start_gmt, end).ok()?;
        Some(Interval { name: self.interval, period, figures: self.subtotals })
    }
}
