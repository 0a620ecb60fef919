//! The memory of deliveries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{Event, Signature};

/// What a delivery is remembered by: its signature stands for its body.
///
/// A body that tells when its thing changed comes once. One that does not (`{"id":7}` of what was deleted) may rightly
/// come again after a restoration, so its delivery id counts, too: it is not signed, but more than a read cannot be
/// made of it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    signature: Signature,
    delivery: Option<String>,
}

/// Deliveries until they are too old to be taken again.
#[derive(Debug)]
pub(super) struct Replays {
    capacity: usize,
    until: BTreeMap<Key, Timestamp>,
    ends: BTreeSet<(Timestamp, Key)>,
}

/// How a delivery stands to earlier ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Seen {
    New,
    Before,
    TooLate,
}

impl Replays {
    /// A memory of at least one delivery.
    pub(super) const fn holding(capacity: usize) -> Self {
        let capacity = if capacity == 0 { 1 } else { capacity };
        Self { capacity, until: BTreeMap::new(), ends: BTreeSet::new() }
    }

    /// Judges a verified delivery and remembers it.
    pub(super) fn see(&mut self, signature: Signature, event: &Event, now: Timestamp, window: Duration) -> Seen {
        let end = |from: Timestamp| from.checked_add(window).unwrap_or(Timestamp::MAX);
        if event.at.is_some_and(|at| end(at) < now) {
            return Seen::TooLate;
        }
        self.forget(now);
        let key = Key { signature, delivery: event.delivery_id.clone().filter(|_| event.at.is_none()) };
        if self.until.contains_key(&key) {
            return Seen::Before;
        }
        // INVARIANT: a body outlasts its time in here only by being too late, even if the store's clock is ahead.
        let end = end(event.at.map_or(now, |at| at.max(now)));
        self.until.insert(key.clone(), end);
        self.ends.insert((end, key));
        while self.until.len() > self.capacity {
            self.forget_first();
        }
        Seen::New
    }

    fn forget(&mut self, now: Timestamp) {
        while self.ends.first().is_some_and(|(end, _)| *end < now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.ends.pop_first() {
            self.until.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Change, Subject};

    const WINDOW: Duration = Duration::from_hours(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn event(delivery: &str, changed: Option<i64>) -> Event {
        Event {
            topic: "order.updated".to_owned(),
            resource: Subject::Order,
            event: Change::Updated,
            id: Some(7),
            parent_id: None,
            webhook_id: Some(1),
            delivery_id: Some(delivery.to_owned()),
            at: changed.map(at),
        }
    }

    #[test]
    fn a_dated_body_comes_once_whatever_its_delivery_is_called() {
        let mut replays = Replays::holding(10);
        assert_eq!(replays.see([1; 32], &event("a", Some(0)), at(10), WINDOW), Seen::New);
        assert_eq!(replays.see([1; 32], &event("b", Some(0)), at(20), WINDOW), Seen::Before);
        assert_eq!(replays.see([2; 32], &event("a", Some(5)), at(20), WINDOW), Seen::New);
        assert_eq!(replays.see([1; 32], &event("c", Some(0)), at(3_600), WINDOW), Seen::Before);
        assert_eq!(replays.see([1; 32], &event("c", Some(0)), at(3_601), WINDOW), Seen::TooLate);
    }

    #[test]
    fn an_undated_body_comes_once_a_delivery() {
        let mut replays = Replays::holding(10);
        assert_eq!(replays.see([1; 32], &event("a", None), at(0), WINDOW), Seen::New);
        assert_eq!(replays.see([1; 32], &event("a", None), at(9), WINDOW), Seen::Before);
        assert_eq!(replays.see([1; 32], &event("b", None), at(9), WINDOW), Seen::New);
    }

    #[test]
    fn a_stores_clock_that_is_ahead_opens_no_gap() {
        let mut replays = Replays::holding(10);
        assert_eq!(replays.see([1; 32], &event("a", Some(1_000)), at(0), WINDOW), Seen::New);
        assert_eq!(replays.see([1; 32], &event("a", Some(1_000)), at(4_600), WINDOW), Seen::Before);
        assert_eq!(replays.see([1; 32], &event("a", Some(1_000)), at(4_601), WINDOW), Seen::TooLate);
    }

    #[test]
    fn memory_is_bounded_by_number_and_age() {
        let mut replays = Replays::holding(3);
        for number in 0..10 {
            assert_eq!(replays.see([number; 32], &event("a", Some(0)), at(i64::from(number)), WINDOW), Seen::New);
        }
        assert_eq!((replays.until.len(), replays.ends.len()), (3, 3));
        assert_eq!(replays.see([9; 32], &event("a", Some(0)), at(10), WINDOW), Seen::Before);
        assert_eq!(replays.see([77; 32], &event("a", Some(9_000)), at(9_000), WINDOW), Seen::New);
        assert_eq!((replays.until.len(), replays.ends.len()), (1, 1));
    }
}
