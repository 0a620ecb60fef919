//! What was sold in each hour of the week.

use std::collections::BTreeSet;

use campaign_pilot_core::{Absence, Period, ProductHour};
use rust_decimal::Decimal;

use crate::history::{LeftOut, Reason, Sums, hour_of, share_inside};

pub(super) const HOURS_OF_A_WEEK: usize = 168;

/// What is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quantity {
    Units,
    Revenue,
    Views,
}

/// An hour of the week, or all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// Seconds in which the product could be bought.
    pub(super) seconds: i64,
    /// Those of them whose views are known.
    pub(super) viewed_seconds: i64,
    pub(super) sums: Sums,
}

impl Slot {
    /// What was sold or seen, before refunds or, when `net`, after.
    pub(super) fn sum(&self, quantity: Quantity, net: bool) -> Decimal {
        match (quantity, net) {
            (Quantity::Units, false) => self.sums.units(),
            (Quantity::Units, true) => self.sums.net_units(),
            (Quantity::Revenue, false) => self.sums.revenue(),
            (Quantity::Revenue, true) => self.sums.net_revenue(),
            (Quantity::Views, _) => self.sums.views(),
        }
    }

    pub(super) const fn seconds(&self, quantity: Quantity) -> i64 {
        match quantity {
            Quantity::Views => self.viewed_seconds,
            Quantity::Units | Quantity::Revenue => self.seconds,
        }
    }
}

/// The time before a campaign, by hours of the week.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) slots: Vec<Slot>,
    pub(super) total: Slot,
    pub(super) hours_used: u32,
    pub(super) hours_out_of_stock: u32,
    pub(super) hours_on_holidays: u32,
    pub(super) hours_advertised: u32,
}

impl Past {
    pub(super) fn gather(rows: &[ProductHour], window: Period, left_out: &LeftOut) -> Self {
        let mut past = Self {
            slots: vec![Slot::default(); HOURS_OF_A_WEEK],
            total: Slot::default(),
            hours_used: 0,
            hours_out_of_stock: 0,
            hours_on_holidays: 0,
            hours_advertised: 0,
        };
        let unviewed: BTreeSet<i64> =
            rows.iter().filter(|row| row.views.known().is_none()).map(|row| row.hour.as_second()).collect();
        for part in window.hours() {
            let hour = hour_of(part.start());
            match left_out.why(hour) {
                Some(Reason::OutOfStock) => past.hours_out_of_stock += 1,
                Some(Reason::Holiday) => past.hours_on_holidays += 1,
                Some(Reason::Advertised) => past.hours_advertised += 1,
                // Only times of the campaign itself are rests.
                Some(Reason::Resting) => {}
                None => {
                    past.hours_used += 1;
                    let seconds = part.length().as_secs();
                    let viewed = if unviewed.contains(&hour) { 0 } else { seconds };
                    for slot in past.slots_of(left_out.calendar.hour_of_week(hour)) {
                        slot.seconds += seconds;
                        slot.viewed_seconds += viewed;
                    }
                }
            }
        }
        for row in rows {
            let share = share_inside(row.hour, window);
            let second = row.hour.as_second();
            if share > Decimal::ZERO && left_out.why(second).is_none() {
                past.slots_of(left_out.calendar.hour_of_week(second)).into_iter().for_each(|slot| slot.sums.add(row, share));
            }
        }
        past
    }

    /// The slot of an hour, and the total.
    fn slots_of(&mut self, hour_of_week: usize) -> impl IntoIterator<Item = &mut Slot> {
        self.slots.get_mut(hour_of_week).into_iter().chain([&mut self.total])
    }
}

/// The time of a campaign, by hours of the week.
#[derive(Debug)]
pub(super) struct Target {
    /// Seconds in which the product could be bought.
    pub(super) seconds: Vec<i64>,
    pub(super) hours_out_of_stock: u32,
    pub(super) hours_on_holidays: u32,
    pub(super) hours_resting: u32,
}

impl Target {
    pub(super) fn gather(period: Period, left_out: &LeftOut) -> Result<Self, Absence> {
        let mut target =
            Self { seconds: vec![0; HOURS_OF_A_WEEK], hours_out_of_stock: 0, hours_on_holidays: 0, hours_resting: 0 };
        for part in period.hours() {
            let hour = hour_of(part.start());
            match left_out.why(hour) {
                Some(Reason::OutOfStock) => target.hours_out_of_stock += 1,
                Some(Reason::Holiday) => target.hours_on_holidays += 1,
                Some(Reason::Resting) => target.hours_resting += 1,
                // Only times before a campaign are left out for an earlier one.
                Some(Reason::Advertised) => {}
                None => {
                    if let Some(seconds) = target.seconds.get_mut(left_out.calendar.hour_of_week(hour)) {
                        *seconds += part.length().as_secs();
                    }
                }
            }
        }
        match target.total() {
            0 if target.hours_out_of_stock > 0 => Err(Absence::OutOfStock),
            0 => Err(Absence::TooFewObservations),
            _ => Ok(target),
        }
    }

    pub(super) fn total(&self) -> i64 {
        self.seconds.iter().sum()
    }
}
