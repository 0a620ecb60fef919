//! The walk through a list that changes while it is read: which windows to ask for, and what is new in them.
//!
//! Page numbers lose items: when one on an earlier page is deleted, all that follow move up, and the first of the next
//! page is never sent. So windows overlap by one item and ids are compared. A window that holds an id at or below the
//! last one taken continues the list without a gap, whatever was deleted before it; any other one is asked for again
//! further up. Since ids ascend, the last id alone tells what was taken before. There is no I/O in here.

use std::ops::Range;

/// A part of the list to ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    /// How many items of the list to pass over.
    pub(super) offset: u64,
    /// How many to send at most.
    pub(super) limit: u64,
}

/// What an answered window is good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    /// The items at these positions are new; with `end`, the list ends here.
    Fresh { from: usize, to: usize, end: bool },
    /// The same, and every other window asked for is void: the next one follows this one.
    FreshThenRestart { from: usize, to: usize },
    /// It does not continue the list; every window asked for is void, the next one lies further up.
    Gap,
    /// The store passes over nothing or keeps no order: the list has to be read by page numbers.
    Unfit,
}

/// Windows in a row without anything new after which the walk gets nowhere.
const MOST_GAPS: u32 = 200;

/// So many equal items at two places are no accident: as many new ones would have to stand in front of them, and as
/// many others be gone.
pub(super) const NO_ACCIDENT: usize = 10;

/// Where the walk stands.
#[derive(Debug)]
pub(super) struct Walk {
    limit: u64,
    /// The last id taken.
    last: Option<u64>,
    /// Where in the list it stood.
    last_at: u64,
    /// Where the next window begins that was not asked for.
    next: u64,
    /// Windows asked for and not taken.
    outstanding: u32,
    total: Option<u64>,
    /// The ids of the first window, to see whether the store passes over anything.
    first: Vec<Option<u64>>,
    /// How many items the list had then.
    first_total: Option<u64>,
    /// How far up to look after a gap.
    back: u64,
    /// Windows in a row without anything new.
    gaps: u32,
    /// Whether the next window may begin anywhere: items before it are there but not shown.
    leap: bool,
    ended: bool,
}

impl Walk {
    /// A walk in windows of `limit` items, at least 2.
    pub(super) fn new(limit: u64) -> Self {
        Self {
            limit: limit.max(2),
            last: None,
            last_at: 0,
            next: 0,
            outstanding: 0,
            total: None,
            first: Vec::new(),
            first_total: None,
            back: 1,
            gaps: 0,
            leap: false,
            ended: false,
        }
    }

    /// A walk that goes on behind the item `last`, which stood at `at`.
    pub(super) fn behind(limit: u64, last: u64, at: u64) -> Self {
        Self { last: Some(last), last_at: at, next: at, ..Self::new(limit) }
    }

    /// The last item taken, and where in the list it stood.
    pub(super) fn place(&self) -> Option<(u64, u64)> {
        self.last.map(|last| (last, self.last_at))
    }

    /// How many items the list had with the last answer.
    pub(super) const fn total(&self) -> Option<u64> {
        self.total
    }

    /// The ids of the first window.
    pub(super) fn first_ids(&self) -> impl Iterator<Item = u64> {
        self.first.iter().flatten().copied()
    }

    /// Whether the list was taken to its end.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the walk gets nowhere.
    pub(super) const fn is_stuck(&self) -> bool {
        self.gaps > MOST_GAPS
    }

    /// The next window to ask for; `None` while it depends on answers that are still to come.
    pub(super) fn plan(&mut self) -> Option<Window> {
        let follows = self.total.is_some_and(|total| self.next + 1 < total);
        if self.ended || (self.outstanding > 0 && (!follows || self.leap || self.gaps > 0)) {
            return None;
        }
        let window = Window { offset: self.next, limit: self.limit };
        self.next += self.limit - 1;
        self.outstanding += 1;
        Some(window)
    }

    /// From now on, windows have so many items.
    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit.max(2);
    }

    /// Forgets the windows that were asked for, and goes on from `window` in parts of `limit`.
    pub(super) fn restart(&mut self, window: Window, limit: u64) {
        self.limit = limit.max(2);
        self.go_to(window.offset);
    }

    /// Takes an answer; answers are taken in the order of their windows. `ids` are the items' in the order sent, `None`
    /// for those without a readable one.
    pub(super) fn take(&mut self, window: Window, ids: &[Option<u64>], total: Option<u64>) -> Taken {
        self.outstanding = self.outstanding.saturating_sub(1);
        let before = self.total;
        self.total = total.or(self.total);
        if self.is_unfit(window, ids) {
            return Taken::Unfit;
        }
        if window.offset == 0 {
            self.first = ids.to_vec();
            self.first_total = self.total;
        }
        if !self.continues(window, ids) {
            return self.look_further_up(window, before);
        }
        let (from, known) = self.fresh(ids);
        let progress = known.is_some_and(|(_, id)| self.last.is_none_or(|last| id > last));
        if let Some((at, id)) = known
            && self.last.is_none_or(|last| id >= last)
        {
            self.last = Some(id);
            self.last_at = window.offset + at as u64;
        }
        self.leap = false;
        if progress {
            self.gaps = 0;
            self.back = 1;
        } else {
            self.gaps += 1;
        }
        let sent = ids.len() as u64;
        if self.is_end(window, sent) {
            self.ended = true;
            return Taken::Fresh { from, to: ids.len(), end: true };
        }
        let last_known = known.map(|(at, _)| at);
        if sent == window.limit && last_known.is_some_and(|at| at + 1 == ids.len()) {
            return Taken::Fresh { from, to: ids.len(), end: false };
        }
        self.go_on_behind(window, from..ids.len(), last_known, progress)
    }

    /// Whether the list ended with a window that continues it.
    const fn is_end(&self, window: Window, sent: u64) -> bool {
        match self.total {
            Some(total) if sent == 0 => window.offset + window.limit >= total,
            // A full window beyond the count shows that the count is not to be trusted.
            Some(total) => window.offset + sent >= total && !(sent == window.limit && window.offset + sent > total),
            None => sent < window.limit,
        }
    }

    /// A window that is shorter than asked for, or ends with an item without an id: the windows planned behind it may
    /// not join, so the next one begins with the last item that is known.
    fn go_on_behind(&mut self, window: Window, new: Range<usize>, last_known: Option<usize>, progress: bool) -> Taken {
        match last_known {
            Some(at) if progress || at > 0 => {
                self.go_to(window.offset + at as u64);
                Taken::FreshThenRestart { from: new.start.min(at + 1), to: at + 1 }
            }
            // Nothing but what was known: what follows is counted but not shown, so look behind it.
            _ => {
                self.go_to(window.offset + window.limit - 1);
                self.leap = true;
                Taken::FreshThenRestart { from: new.start, to: new.end }
            }
        }
    }

    fn look_further_up(&mut self, window: Window, before: Option<u64>) -> Taken {
        self.gaps += 1;
        // As many as were deleted, where the store's count tells; else further up each time.
        let deleted = before.zip(self.total).map_or(0, |(before, now)| before.saturating_sub(now));
        let back = self.back.max(deleted).max(1);
        self.go_to(window.offset.saturating_sub(back));
        self.back = back.saturating_mul(2);
        Taken::Gap
    }

    fn go_to(&mut self, offset: u64) {
        self.next = offset;
        self.outstanding = 0;
    }

    /// Whether a window continues the list without a gap.
    fn continues(&self, window: Window, ids: &[Option<u64>]) -> bool {
        if window.offset == 0 || self.leap {
            return true;
        }
        match (self.last, ids.iter().flatten().next()) {
            (Some(last), Some(first)) => *first <= last,
            // Items without ids prove nothing, and cannot be lost either.
            (_, None) => !ids.is_empty(),
            (None, Some(_)) => true,
        }
    }

    /// Where what is new begins, and the last item with an id.
    fn fresh(&self, ids: &[Option<u64>]) -> (usize, Option<(usize, u64)>) {
        let known = |id: &Option<u64>| id.zip(self.last).is_some_and(|(id, last)| id <= last);
        let from = ids.iter().rposition(known).map_or(0, |at| at + 1);
        let last = ids.iter().enumerate().rev().find_map(|(at, id)| id.map(|id| (at, id)));
        (from, last)
    }

    fn is_unfit(&self, window: Window, ids: &[Option<u64>]) -> bool {
        let descends = ids.iter().flatten().zip(ids.iter().flatten().skip(1)).any(|(one, next)| one > next);
        let elsewhere = ids.len() >= NO_ACCIDENT && window.offset + 1 >= ids.len() as u64 && ids == self.first;
        descends || (elsewhere && self.total == self.first_total)
    }
}

#[cfg(test)]
mod tests;
