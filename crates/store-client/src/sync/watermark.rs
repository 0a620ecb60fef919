//! How far a list was read.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::IdSet;
use crate::paging::Place;

/// After so long, a second of the store's clock is over.
const SETTLED: Duration = Duration::from_secs(2);
/// No reading takes so long.
const FUTURE: Duration = Duration::from_hours(24);

/// How far the changes of one list were read: what to keep between two readings.
///
/// It serialises; keep it with what was read, after each page, in one transaction where there is one. A new one knows
/// nothing, so that everything counts as changed. It holds ids and times, about two bytes for each item of the list.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Watermark {
    /// Changes up to here were handed over, by the store's own clock.
    pub(super) until: Option<Timestamp>,
    /// Whether that was long over when the store was looked at, so that nothing earlier can appear any more.
    pub(super) settled: bool,
    /// Every id that was handed over and not removed.
    pub(super) known: IdSet,
    /// How many items the store counts that have no readable id.
    pub(super) unread: u64,
    /// The last changes that were handed over, by id: what the overlap brings again.
    pub(super) recent: BTreeMap<u64, Timestamp>,
    /// A reading that is not complete.
    pub(super) reading: Option<Reading>,
}

/// A reading under way.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Reading {
    /// From when on changes are read; all items when nothing is known yet.
    pub(super) since: Option<Timestamp>,
    /// The newest change when the reading began.
    pub(super) newest: Timestamp,
    /// The store's clock at that time.
    pub(super) began: Timestamp,
    /// Up to where the list was handed over.
    pub(super) place: Option<Place>,
}

impl Watermark {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Until when changes were handed over, by the store's own clock; `None` before the first reading is complete.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// How many items were handed over and not removed since.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.known.len()
    }

    /// Whether this version of an item was handed over.
    pub(super) fn has(&self, id: u64, modified: Option<Timestamp>) -> bool {
        modified.is_some() && self.recent.get(&id).copied() == modified
    }

    /// Notes an item that is handed over now.
    pub(super) fn note(&mut self, id: u64, modified: Option<Timestamp>, overlap: Duration) {
        self.known.insert(id);
        let Some(reading) = &self.reading else { return };
        // An item may change again in the same second, so only one whose second was over can be told apart from that;
        // or one with a date that no change gives, far in the future.
        let over = |at: Timestamp| before(reading.began, SETTLED) >= at || before(at, FUTURE) > reading.began;
        match modified {
            Some(at) if over(at) && at > before(reading.newest, overlap) => self.recent.insert(id, at),
            _ => self.recent.remove(&id),
        };
    }

    /// Changes up to `newest` were handed over, as the store stood at `now`.
    pub(super) fn reached(&mut self, newest: Timestamp, now: Timestamp, overlap: Duration) {
        self.settled = newest <= before(now, overlap);
        self.until = self.until.max(Some(newest));
        self.reading = None;
        let from = before(newest, overlap);
        self.recent.retain(|_, at| *at > from);
    }
}

/// An instant earlier by a duration, as far back as instants go.
pub(super) fn before(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH).max(Timestamp::UNIX_EPOCH)
}
