//! What a campaign did from day to day, and what was changed about it: its own past, against which changes are measured.

use campaign_pilot_core::{Currency, Money};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

use super::{Change, ChangeKind, effect::days};

/// How far samples lie apart that are kept.
const APART: SignedDuration = SignedDuration::from_hours(23);

/// A campaign's sums at an instant, since its beginning.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct ResultSample {
    /// When it was read.
    pub at: Timestamp,
    /// For how many hours it had been on offer.
    pub hours_on_offer: Decimal,
    /// How often it had been clicked; `None` where that is not known.
    pub clicks: Option<u64>,
    /// Orders that were credited and not taken back.
    pub orders: u64,
    /// Their revenue, in the trail's currency.
    pub revenue: Decimal,
    /// What it had cost, in the trail's currency.
    pub cost: Decimal,
}

/// As a list of its values: of many campaigns one is kept for each day, and their names would be most of what is written. Reading takes
/// them with their names, too.
impl Serialize for ResultSample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.at, self.hours_on_offer, self.clicks, self.orders, self.revenue, self.cost).serialize(serializer)
    }
}

/// What can be changed about a campaign, as it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CampaignShape {
    /// The budget in force.
    pub budget: Money,
    /// The end in force.
    pub end: Timestamp,
    /// The variant of the copy in force: who wrote it.
    pub copy: String,
}

/// A change that was seen in force.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SeenChange {
    /// When it was first seen: after it was carried out, and at the latest one reading later.
    pub at: Timestamp,
    /// The change; raises of a budget within the time of measuring are one, from before the first to after the last.
    #[serde(flatten)]
    pub change: Change,
}

/// What a campaign did from day to day, and what was changed about it, whoever changed it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ResultTrail {
    currency: Currency,
    shape: CampaignShape,
    samples: Vec<ResultSample>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<SeenChange>,
}

impl ResultTrail {
    /// A campaign that is followed from now on.
    #[must_use]
    pub const fn new(currency: Currency, shape: CampaignShape) -> Self {
        Self { currency, shape, samples: Vec::new(), changes: Vec::new() }
    }

    /// Takes what was read, one sample for each day, and notes what has changed since. Returns whether anything was noted.
    ///
    /// `measured_days` says for how long a change is measured: two such times are kept, with a month between them for what settles.
    pub fn follow(&mut self, sample: ResultSample, shape: CampaignShape, measured_days: u32) -> bool {
        if self.samples.last().is_some_and(|last| sample.at < last.at) {
            return false;
        }
        let is_next = self.samples.last().is_none_or(|last| sample.at.duration_since(last.at) >= APART);
        let is_changed = self.note(shape, sample.at, measured_days);
        if !is_next && !is_changed {
            return false;
        }
        if is_next {
            self.samples.push(sample);
        }
        let oldest = sample.at.checked_sub(days(measured_days.saturating_mul(2).saturating_add(30))).unwrap_or(Timestamp::MIN);
        self.samples.retain(|sample| sample.at >= oldest);
        self.changes.retain(|seen| seen.at >= oldest);
        true
    }

    /// The currency of its amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The samples, oldest first.
    #[must_use]
    pub fn samples(&self) -> &[ResultSample] {
        &self.samples
    }

    /// The changes, oldest first.
    #[must_use]
    pub fn changes(&self) -> &[SeenChange] {
        &self.changes
    }

    /// The variants of the copy before the one in force, oldest first, each with the sums when another one was first seen.
    #[must_use]
    pub fn former_copies(&self) -> Vec<(&str, &ResultSample)> {
        let ended = |seen: &SeenChange| self.samples.iter().find(|sample| sample.at >= seen.at);
        let former = self.changes.iter().filter_map(|seen| match &seen.change {
            Change::OtherCopy { from, .. } => Some((from.as_str(), ended(seen)?)),
            _ => None,
        });
        former.collect()
    }

    fn note(&mut self, shape: CampaignShape, at: Timestamp, measured_days: u32) -> bool {
        if shape == self.shape {
            return false;
        }
        let before = std::mem::replace(&mut self.shape, shape);
        let now = self.shape.clone();
        if now.budget != before.budget && now.budget.currency == before.budget.currency {
            self.note_budget(before.budget, now.budget, at, measured_days);
        }
        if now.end != before.end {
            self.changes.push(SeenChange { at, change: Change::MoveEnd { from: before.end, to: now.end } });
        }
        if now.copy != before.copy {
            self.changes.push(SeenChange { at, change: Change::OtherCopy { from: before.copy, variant: now.copy } });
        }
        true
    }

    fn note_budget(&mut self, from: Money, to: Money, at: Timestamp, measured_days: u32) {
        if to.amount < from.amount {
            self.changes.push(SeenChange { at, change: Change::LowerBudget { from, to } });
            return;
        }
        let last = self.changes.iter_mut().rev().find(|seen| seen.change.kind() == ChangeKind::Budget);
        if let Some(SeenChange { at: began, change: Change::RaiseBudget { to: reached, .. } }) = last
            && at.duration_since(*began) < days(measured_days)
        {
            *reached = to;
            return;
        }
        self.changes.push(SeenChange { at, change: Change::RaiseBudget { from, to } });
    }
}
