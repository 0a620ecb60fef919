//! Lists of stores that cannot pass over items: page numbers, doubles dropped by id.

use std::collections::BTreeSet;

/// The walk by page numbers. When the list shrinks on the way, what follows moves to earlier pages, so the page before
/// is read again; a deletion that a new item hides from the count can still cost an item.
#[derive(Debug)]
pub(super) struct Numbered {
    /// Items a page: numbers mean something for one size only.
    limit: u64,
    next: Option<u64>,
    /// The page to carry on with after one was read again.
    resume: Option<Option<u64>>,
    requests: u32,
    total: Option<u64>,
    seen: BTreeSet<u64>,
}

/// More pages than this are not a list but a loop.
const MOST_PAGES: u32 = 100_000;

impl Numbered {
    /// A walk from the first page of `limit` items, without what was `seen` already.
    pub(super) fn new(limit: u64, seen: BTreeSet<u64>) -> Self {
        Self { limit, next: Some(1), resume: None, requests: 0, total: None, seen }
    }

    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Begins again with pages of another size; what was handed over is passed over.
    pub(super) fn restart(&mut self, limit: u64) {
        self.limit = limit;
        self.next = Some(1);
        self.resume = None;
    }

    /// The page to ask for; `None` after the last.
    pub(super) const fn plan(&self) -> Option<u64> {
        self.next
    }

    pub(super) const fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether the walk gets nowhere.
    pub(super) const fn is_stuck(&self) -> bool {
        self.requests > MOST_PAGES
    }

    /// Takes a page of `sent` items and decides which one is next.
    pub(super) fn take(&mut self, number: u64, sent: usize, total: Option<u64>, pages: Option<u64>) {
        self.requests += 1;
        let last = sent == 0
            || match pages {
                Some(pages) => number >= pages,
                None => (sent as u64) < self.limit,
            };
        let shrunk = matches!((self.total, total), (Some(before), Some(now)) if now < before);
        self.total = total.or(self.total);
        self.next = match self.resume.take() {
            Some(page) => page,
            None if shrunk && number > 1 => {
                self.resume = Some((!last).then_some(number + 1));
                Some(number - 1)
            }
            None => (!last).then_some(number + 1),
        };
    }

    /// Whether an item is new.
    pub(super) fn is_new(&mut self, id: u64) -> bool {
        self.seen.insert(id)
    }
}
