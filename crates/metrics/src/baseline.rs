//! What would have happened without the campaign, as far as the time before it tells.

use std::collections::BTreeSet;

use campaign_pilot_core::{Absence, Measured, Money, Period, ProductHour};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::history::{HOUR, Sums, from_full_hour, hour_of};
use crate::{Activity, History};

/// How many weeks before the campaign [`BaselineMethod::SameWeekdays`] looks at.
pub const SAME_WEEKDAYS_WEEKS: i64 = 8;

/// The fewest hours in stock before the campaign from which [`BaselineMethod::SameWeekdays`] draws an expectation.
pub const MINIMUM_BASELINE_HOURS: u32 = 24;

const HOURS_OF_A_WEEK: usize = 168;

/// How an expectation is drawn from the time before a campaign.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineMethod {
    /// The period of the same length right before the campaign: the formula taken literally.
    PreviousPeriod,
    /// The mean of the same hours of the same weekdays over up to eight weeks before the campaign.
    #[default]
    SameWeekdays,
    /// The expectation was given by the caller.
    Given,
}

impl BaselineMethod {
    /// What a campaign is compared with, for a sentence: `"the same weekdays"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreviousPeriod => "the previous period",
            Self::SameWeekdays => "the same weekdays",
            Self::Given => "the given baseline",
        }
    }
}

/// What is expected of a product without the campaign over the same time, and where that comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Baseline {
    /// How it was drawn.
    pub method: BaselineMethod,
    /// The expectation, for the hours of the campaign in which the product could be bought.
    pub activity: Activity,
    /// Hours before the campaign that it was drawn from.
    pub hours_used: u32,
    /// Hours before the campaign that were left out since the product could not be bought.
    pub hours_out_of_stock: u32,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

impl Baseline {
    /// An expectation from another source.
    #[must_use]
    pub const fn given(activity: Activity) -> Self {
        Self { method: BaselineMethod::Given, activity, hours_used: 0, hours_out_of_stock: 0, notes: Vec::new() }
    }

    /// No expectation, for one reason.
    #[must_use]
    pub const fn absent(method: BaselineMethod, why: Absence) -> Self {
        Self { method, activity: Activity::absent(why), hours_used: 0, hours_out_of_stock: 0, notes: Vec::new() }
    }
}

/// The expectation for `target`, the time of the campaign so far, from the time before it.
///
/// Only hours that ended before `target` began count. Hours in which the product could not be bought are left out on
/// both sides and noted. The target begins with its first full hour, as in [`crate::observed`]. The effort grows with
/// the number of hours and not faster.
///
/// What cannot be known is absent: [`Absence::NoBaseline`] without history, [`Absence::TooFewObservations`] below
/// [`MINIMUM_BASELINE_HOURS`] or, for the previous period, below half of its length, [`Absence::OutOfStock`] when no
/// hour of the target remains.
#[must_use]
pub fn baseline(history: &History<'_>, target: Period, method: BaselineMethod) -> Baseline {
    draw(history, target, method).unwrap_or_else(|absence| Baseline::absent(method, absence))
}

fn draw(history: &History<'_>, target: Period, method: BaselineMethod) -> Result<Baseline, Absence> {
    let end = Timestamp::from_second(hour_of(target.start())).map_err(|_| Absence::OutOfRange)?;
    let target = from_full_hour(target)?;
    let (length, slots) = match method {
        BaselineMethod::PreviousPeriod => (target.length(), 1),
        BaselineMethod::SameWeekdays => (SignedDuration::from_hours(SAME_WEEKDAYS_WEEKS * 7 * 24), HOURS_OF_A_WEEK),
        BaselineMethod::Given => return Err(Absence::NoBaseline),
    };
    let wanted = Period::ending_at(end, length).map_err(|_| Absence::NoBaseline)?;
    let window = history.covered().and_then(|covered| wanted.intersection(covered)).ok_or(Absence::NoBaseline)?;
    let out = history.out_of_stock();
    let past = Past::gather(history.hours, window, &out, slots);
    let enough = match method {
        BaselineMethod::PreviousPeriod => past.total.seconds * 2 >= length.as_secs(),
        BaselineMethod::SameWeekdays | BaselineMethod::Given => past.hours_used >= MINIMUM_BASELINE_HOURS,
    };
    if !enough {
        return Err(Absence::TooFewObservations);
    }
    past.expect(target, &out, method)
}

/// One slot of the past: an hour of the week, or all hours.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// Seconds in which the product could be bought.
    seconds: i64,
    /// Those of them whose views are known.
    viewed_seconds: i64,
    sums: Sums,
}

struct Past {
    slots: Vec<Slot>,
    total: Slot,
    hours_used: u32,
    hours_out_of_stock: u32,
}

impl Past {
    fn gather(rows: &[ProductHour], window: Period, out: &BTreeSet<i64>, slots: usize) -> Self {
        let mut past = Self { slots: vec![Slot::default(); slots], total: Slot::default(), hours_used: 0, hours_out_of_stock: 0 };
        let unviewed: BTreeSet<i64> =
            rows.iter().filter(|row| row.views.known().is_none()).map(|row| row.hour.as_second()).collect();
        for part in window.hours() {
            let hour = hour_of(part.start());
            if out.contains(&hour) {
                past.hours_out_of_stock += 1;
                continue;
            }
            past.hours_used += 1;
            let seconds = part.length().as_secs();
            let viewed = if unviewed.contains(&hour) { 0 } else { seconds };
            for slot in past.slots_of(hour) {
                slot.seconds += seconds;
                slot.viewed_seconds += viewed;
            }
        }
        for row in rows.iter().filter(|row| !out.contains(&row.hour.as_second())) {
            let share = share_inside(row.hour, window);
            if share > Decimal::ZERO {
                past.slots_of(row.hour.as_second()).into_iter().for_each(|slot| slot.sums.add(row, share));
            }
        }
        past
    }

    /// The slot of an hour, and the total.
    fn slots_of(&mut self, second: i64) -> impl IntoIterator<Item = &mut Slot> {
        let index = slot_index(second, self.slots.len());
        self.slots.get_mut(index).into_iter().chain([&mut self.total])
    }

    fn expect(&self, target: Period, out: &BTreeSet<i64>, method: BaselineMethod) -> Result<Baseline, Absence> {
        let mut weights = vec![0_i64; self.slots.len()];
        let mut skipped = 0_u32;
        for part in target.hours() {
            let hour = hour_of(part.start());
            if out.contains(&hour) {
                skipped += 1;
            } else if let Some(weight) = weights.get_mut(slot_index(hour, self.slots.len())) {
                *weight += part.length().as_secs();
            }
        }
        if weights.iter().all(|weight| *weight == 0) {
            return Err(if skipped > 0 { Absence::OutOfStock } else { Absence::TooFewObservations });
        }
        let (mut units, mut revenue, mut views, mut filled) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, 0_i64);
        for (slot, seconds) in self.slots.iter().zip(weights).filter(|(_, seconds)| *seconds > 0) {
            let known = if slot.seconds > 0 { slot } else { &self.total };
            filled += if slot.seconds > 0 { 0 } else { seconds };
            units = units.saturating_add(over(known.sums.units(), known.seconds, seconds)?);
            revenue = revenue.saturating_add(over(known.sums.revenue(), known.seconds, seconds)?);
            let viewed = if slot.viewed_seconds > 0 { slot } else { &self.total };
            if viewed.viewed_seconds > 0 {
                views = views.saturating_add(over(viewed.sums.views(), viewed.viewed_seconds, seconds)?);
            }
        }
        let views = match self.total.sums.views_absence() {
            Some(absence) => Measured::Absent(absence),
            None => Measured::Known(views),
        };
        let revenue = self.total.sums.currency().map(|currency| Money::new(revenue, currency)).into();
        Ok(Baseline {
            method,
            activity: Activity { units: Measured::Known(units), revenue, views },
            hours_used: self.hours_used,
            hours_out_of_stock: self.hours_out_of_stock,
            notes: self.notes(skipped, filled),
        })
    }

    fn notes(&self, skipped: u32, filled: i64) -> Vec<String> {
        let mut notes = Vec::new();
        if self.hours_out_of_stock > 0 {
            notes.push(format!("{} hours before the campaign were left out: out of stock", self.hours_out_of_stock));
        }
        if skipped > 0 {
            notes.push(format!("{skipped} hours of the campaign were left out: out of stock"));
        }
        if filled > 0 {
            let hours = (filled + HOUR - 1) / HOUR;
            notes.push(format!("{hours} hours of the campaign have no counterpart before it: the overall mean stands in"));
        }
        notes
    }
}

fn slot_index(second: i64, slots: usize) -> usize {
    let slots = i64::try_from(slots).unwrap_or(1).max(1);
    usize::try_from(second.div_euclid(HOUR).rem_euclid(slots)).unwrap_or(0)
}

/// A sum over `from` seconds, stretched to `to` seconds.
fn over(sum: Decimal, from: i64, to: i64) -> Result<Decimal, Absence> {
    sum.checked_mul(Decimal::from(to)).and_then(|scaled| scaled.checked_div(Decimal::from(from))).ok_or(Absence::OutOfRange)
}

/// Which share of the hour that starts at `hour` lies in `window`.
fn share_inside(hour: Timestamp, window: Period) -> Decimal {
    let inside = hour
        .checked_add(SignedDuration::from_secs(HOUR))
        .ok()
        .and_then(|end| Period::new(hour, end).ok())
        .and_then(|whole| whole.intersection(window));
    match inside {
        Some(part) if part.length().as_secs() == HOUR => Decimal::ONE,
        Some(part) => Decimal::from(part.length().as_secs()) / Decimal::from(HOUR),
        None => Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests;
