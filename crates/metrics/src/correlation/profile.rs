//! Patterns of the day and of the week.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, Measured, Period};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::pair::sum;
use super::{Interval, KruskalWallis, kruskal_wallis};
use crate::History;
use crate::history::HOUR;
use crate::special::{inverse_gamma_p, inverse_gamma_q};
use crate::tails::student_quantile;

/// From how many days on an hour of the day or a weekday has a number.
pub const MINIMUM_PROFILE_DAYS: usize = 5;

/// From how many known hours on a day counts for its weekday.
const MINIMUM_HOURS_OF_A_DAY: usize = 20;

/// How sure all intervals of a profile are together.
const CONFIDENCE: f64 = 0.95;

/// What happened in one hour.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct HourlyValue {
    /// The first instant of the hour.
    pub hour: Timestamp,
    /// Sales, views, revenue, or whatever is looked at.
    pub value: f64,
}

/// What a profile runs over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileOf {
    /// The hours of the day: slots 0 to 23.
    Day,
    /// The days of the week: slots 1, Monday, to 7, Sunday.
    Week,
}

/// How the numbers scatter.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scatter {
    /// Counts, such as sales or views: like a Poisson count, as much wider as they are seen to be.
    Counts,
    /// Any numbers, such as revenue: by what is seen in each slot.
    Amounts,
}

/// One hour of the day or one day of the week.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProfileSlot {
    /// The hour of the day from 0, or the weekday from 1, Monday.
    pub slot: u8,
    /// How many hours (of a day's profile) or days (of a week's) it is made of.
    pub observations: u32,
    /// The mean of an hour, or of 24 hours of that weekday.
    pub mean: f64,
    /// Where the mean lies; all intervals of the profile hold at once with 95 % confidence. Absent when the amounts in the
    /// slot do not vary.
    pub interval: Measured<Interval>,
}

/// A pattern over the hours of the day or the days of the week, in a shop's time zone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Profile {
    /// What it runs over.
    pub of: ProfileOf,
    /// The slots with enough days.
    pub slots: Vec<ProfileSlot>,
    /// The slots with too few days, which are left out.
    pub thin: Vec<u8>,
    /// Whether the slots differ at all.
    pub test: KruskalWallis,
    /// By how much counts scatter wider than Poisson counts, at least 1; `None` for amounts.
    pub dispersion: Option<f64>,
}

/// The pattern of hourly values over the day or the week, by the clock of a zone.
///
/// # Formula
///
/// Means per slot; for the week, of days with at least 20 known hours, put to 24. Whether slots differ is told by
/// [`kruskal_wallis`]. The intervals of k slots each take 1 - 0.05 / k (Bonferroni), so that all hold at once. For
/// [`Scatter::Counts`] with the total T over E hours or days they are the exact Poisson limits (Garwood 1936) of `T / f`
/// times `f / E`, where f, at least 1, is Pearson's chi-square over its degrees of freedom in all slots together; a slot
/// without any sale still has an upper end. For [`Scatter::Amounts`] they are Student's.
///
/// Give hours in which the product could be bought, those without a sale included: [`hourly_units`] does.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] unless two slots have [`MINIMUM_PROFILE_DAYS`], [`Absence::NotFinite`] for NaN or infinite
/// values, [`Absence::OutOfRange`] for a count below zero, [`Absence::Constant`] when nothing varies.
///
/// ```
/// use campaign_pilot_metrics::{HourlyValue, ProfileOf, Scatter, profile};
/// use jiff::Timestamp;
/// use jiff::tz::{TimeZone, offset};
///
/// // Four weeks that sell from eight to eight, UTC.
/// let value = |hour: i64| f64::from(u8::from((8..20).contains(&(hour % 24)))) * 3.0;
/// let hours = (0..28 * 24).map(|hour| Ok(HourlyValue { hour: Timestamp::from_second(hour * 3_600)?, value: value(hour) }));
/// let hours = hours.collect::<Result<Vec<_>, jiff::Error>>()?;
/// let berlin = profile(&hours, ProfileOf::Day, Scatter::Counts, &TimeZone::fixed(offset(1)))?;
/// assert!(berlin.test.p_value < 1e-6);
/// let selling: Vec<_> = berlin.slots.iter().filter(|slot| slot.mean > 1.0).map(|slot| slot.slot).collect();
/// assert_eq!(selling, (9..21).collect::<Vec<_>>());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn profile(values: &[HourlyValue], of: ProfileOf, scatter: Scatter, zone: &TimeZone) -> Result<Profile, Absence> {
    if values.iter().any(|value| !value.value.is_finite()) {
        return Err(Absence::NotFinite);
    }
    if scatter == Scatter::Counts && values.iter().any(|value| value.value < 0.0) {
        return Err(Absence::OutOfRange);
    }
    let slots = match of {
        ProfileOf::Day => by_hour(values, zone),
        ProfileOf::Week => by_weekday(values, zone),
    };
    let (full, thin): (BTreeMap<u8, Slot>, BTreeMap<u8, Slot>) =
        slots.into_iter().partition(|(_, slot)| slot.values.len() >= MINIMUM_PROFILE_DAYS);
    if full.len() < 2 {
        return Err(Absence::TooFewObservations);
    }
    let groups: Vec<&[f64]> = full.values().map(|slot| slot.values.as_slice()).collect();
    let test = kruskal_wallis(&groups)?;
    let dispersion = (scatter == Scatter::Counts).then(|| dispersion(&full)).transpose()?;
    let error = (1.0 - CONFIDENCE) / full.len() as f64;
    let row = |(slot, cell): (&u8, &Slot)| {
        let interval = match dispersion {
            Some(dispersion) => cell.count_interval(dispersion, error),
            None => cell.amount_interval(error),
        };
        let mean = cell.mean();
        if !mean.is_finite() {
            return Err(Absence::OutOfRange);
        }
        let observations = u32::try_from(cell.values.len()).unwrap_or(u32::MAX);
        Ok(ProfileSlot { slot: *slot, observations, mean, interval: interval.into() })
    };
    let rows = full.iter().map(row).collect::<Result<_, _>>()?;
    Ok(Profile { of, slots: rows, thin: thin.into_keys().collect(), test, dispersion })
}

/// The units that a product sold in each full hour of `period` that its history covers and in which it could be bought,
/// hours without a sale included. Refunds do not count: they say nothing about the time of the sale.
#[must_use]
pub fn hourly_units(history: &History<'_>, period: Period) -> Vec<HourlyValue> {
    let Some(covered) = history.covered().and_then(|covered| covered.intersection(period)) else { return Vec::new() };
    let out = history.out_of_stock();
    let mut units: BTreeMap<i64, i64> = BTreeMap::new();
    for row in history.hours {
        let sum = units.entry(row.hour.as_second()).or_default();
        *sum = sum.saturating_add(row.units.max(0));
    }
    let full = covered.hours().filter(|part| part.length().as_secs() == HOUR && !out.contains(&part.start().as_second()));
    full.map(|part| HourlyValue {
        hour: part.start(),
        value: units.get(&part.start().as_second()).map_or(0.0, |units| *units as f64),
    })
    .collect()
}

/// What belongs to one slot.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// One value for each hour or day.
    values: Vec<f64>,
    /// What was seen in all, before days are put to 24 hours.
    total: f64,
    /// Over how many hours or days of 24 hours.
    length: f64,
}

impl Slot {
    fn mean(&self) -> f64 {
        self.total / self.length
    }

    fn count_interval(&self, dispersion: f64, error: f64) -> Result<Interval, Absence> {
        let count = self.total / dispersion;
        let scale = dispersion / self.length;
        let low = if count > 0.0 { inverse_gamma_p(count, error / 2.0).ok_or(Absence::OutOfRange)? } else { 0.0 };
        let high = inverse_gamma_q(count + 1.0, error / 2.0).ok_or(Absence::OutOfRange)?;
        finite(Interval { low: low * scale, high: high * scale })
    }

    fn amount_interval(&self, error: f64) -> Result<Interval, Absence> {
        let n = self.values.len() as f64;
        let mean = sum(self.values.iter().copied()) / n;
        let variance = sum(self.values.iter().map(|value| (value - mean).powi(2))) / (n - 1.0);
        if variance <= 0.0 {
            return Err(Absence::Constant);
        }
        let radius = student_quantile(error, n - 1.0).ok_or(Absence::OutOfRange)? * (variance / n).sqrt();
        let middle = self.mean();
        finite(Interval { low: middle - radius, high: middle + radius })
    }
}

fn finite(interval: Interval) -> Result<Interval, Absence> {
    if interval.low.is_finite() && interval.high.is_finite() { Ok(interval) } else { Err(Absence::OutOfRange) }
}

/// Pearson's chi-square over its degrees of freedom, at least 1.
fn dispersion(slots: &BTreeMap<u8, Slot>) -> Result<f64, Absence> {
    let (mut square, mut freedom) = (0.0, 0.0);
    for slot in slots.values() {
        let mean = sum(slot.values.iter().copied()) / slot.values.len() as f64;
        if mean > 0.0 {
            square += sum(slot.values.iter().map(|value| (value - mean).powi(2) / mean));
            freedom += slot.values.len() as f64 - 1.0;
        }
    }
    let dispersion = if freedom > 0.0 { (square / freedom).max(1.0) } else { 1.0 };
    if dispersion.is_finite() { Ok(dispersion) } else { Err(Absence::OutOfRange) }
}

fn by_hour(values: &[HourlyValue], zone: &TimeZone) -> BTreeMap<u8, Slot> {
    let mut slots: BTreeMap<u8, Slot> = BTreeMap::new();
    for HourlyValue { hour, value } in values {
        let local = hour.to_zoned(zone.clone());
        let slot = slots.entry(u8::try_from(local.hour()).unwrap_or(0)).or_default();
        slot.values.push(*value);
        slot.total += value;
        slot.length += 1.0;
    }
    slots
}

fn by_weekday(values: &[HourlyValue], zone: &TimeZone) -> BTreeMap<u8, Slot> {
    let mut days: BTreeMap<Date, (f64, usize)> = BTreeMap::new();
    for HourlyValue { hour, value } in values {
        let day = days.entry(hour.to_zoned(zone.clone()).date()).or_default();
        day.0 += value;
        day.1 += 1;
    }
    let mut slots: BTreeMap<u8, Slot> = BTreeMap::new();
    for (date, (total, hours)) in days.into_iter().filter(|(_, (_, hours))| *hours >= MINIMUM_HOURS_OF_A_DAY) {
        let slot = slots.entry(u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or(0)).or_default();
        let length = hours as f64 / 24.0;
        slot.values.push(total / length);
        slot.total += total;
        slot.length += length;
    }
    slots
}

#[cfg(test)]
mod tests;
