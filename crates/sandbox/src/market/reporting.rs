//! What the platform shows of clicks, and when: late, in part, or never, as the world's data are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::RngExt;
use rust_decimal::Decimal;

use super::{HOUR, Streams};
use crate::world::Data;

/// What a platform is told about an hour's clicks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) ad: u64,
    pub(crate) partner: u64,
    /// The hour that it is about.
    pub(crate) hour: i64,
    pub(crate) clicks: u64,
    pub(crate) cost: Decimal,
}

/// What is still to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Reporting {
    streams: Streams,
    data: Data,
    /// By the hour in which it is shown.
    pending: BTreeMap<i64, Vec<Told>>,
}

impl Reporting {
    pub(crate) const fn new(streams: Streams, data: Data) -> Self {
        Self { streams, data, pending: BTreeMap::new() }
    }

    /// Whether an hour's clicks and views are never shown.
    pub(crate) fn is_missing(&self, hour: i64) -> bool {
        self.data.missing_hours > 0.0 && self.streams.reporting(hour).random::<f64>() < self.data.missing_hours
    }

    /// Takes an hour's clicks, to be shown when their time has come.
    pub(crate) fn take(&mut self, told: Told) {
        let data = &self.data;
        let clicks = if self.is_missing(told.hour) { 0 } else { told.clicks };
        let shown_at = told.hour + i64::from(data.click_lag_hours);
        let cost_at = told.hour + i64::from(data.cost_lag_hours);
        if !self.is_restated(told.hour) {
            self.show(shown_at, Told { clicks, cost: Decimal::ZERO, ..told });
            self.show(cost_at, Told { clicks: 0, ..told });
            return;
        }
        let later = i64::from(data.restated_after_hours);
        let part = Decimal::try_from(data.first_shown).unwrap_or(Decimal::ONE);
        let first = clicks.min(whole(clicks, data.first_shown));
        let cost = (told.cost * part).round_dp(2);
        self.show(shown_at, Told { clicks: first, cost: Decimal::ZERO, ..told });
        self.show(cost_at, Told { clicks: 0, cost, ..told });
        self.show(shown_at.max(cost_at) + later, Told { clicks: clicks - first, cost: told.cost - cost, ..told });
    }

    /// What is shown by the end of an hour.
    pub(crate) fn due(&mut self, hour: i64) -> Vec<Told> {
        let later = self.pending.split_off(&(hour + 1));
        std::mem::replace(&mut self.pending, later).into_values().flatten().collect()
    }

    /// When an action that took place at an instant is shown; `None` for the platform's own delay.
    pub(crate) fn action_shown_at(&self, at: Timestamp) -> Option<Timestamp> {
        let lag = i64::from(self.data.action_lag_hours);
        if lag == 0 { None } else { Timestamp::from_second(at.as_second() + lag * HOUR).ok() }
    }

    fn show(&mut self, hour: i64, told: Told) {
        if told.clicks > 0 || !told.cost.is_zero() {
            self.pending.entry(hour).or_default().push(told);
        }
    }

    fn is_restated(&self, hour: i64) -> bool {
        let mut rng = self.streams.reporting(hour);
        let _for_missing: f64 = rng.random();
        self.data.restated_hours > 0.0 && rng.random::<f64>() < self.data.restated_hours
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count of clicks")]
fn whole(clicks: u64, part: f64) -> u64 {
    (clicks as f64 * part).round() as u64
}
