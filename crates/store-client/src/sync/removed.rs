//! Which of the known items are gone, and which unknown ones are there.
//!
//! Only the number of items tells that one was removed. A few are found by bisection: in an ordered list, everything
//! behind a removed item has moved up. Many, or a list that does not add up, take a walk through all ids. Whoever was
//! not seen is asked for by id before it counts as removed.

use std::collections::VecDeque;

use super::ids::IdSet;
use super::watermark::Watermark;
use super::{Heading, Tracked};
use crate::paging::Pages;
use crate::wire::Resource;
use crate::{StoreError, WooApi};

/// Ids that one request confirms, and items that one step of the bisection compares.
const AT_ONCE: u64 = 100;

/// The search for what is gone.
#[derive(Debug)]
pub(super) struct Search {
    step: Step,
    /// How many items the store counts, if it was just asked.
    total: Option<u64>,
    /// Whether items beyond those known are looked for: they are not when they may just have been created.
    unknown_too: bool,
    /// Ids that were not seen where they should be.
    unseen: VecDeque<u64>,
    /// What was found and not yet handed over.
    found: Option<Found>,
}

#[derive(Debug)]
enum Step {
    Count,
    /// The first difference lies in this span.
    Bisect(Span),
    /// All ids; those up to `seen` were compared, and so many had no id.
    Walk {
        pages: Box<Pages<Heading>>,
        seen: Option<u64>,
        nameless: u64,
    },
    Over,
}

/// Places between which the first difference lies, and how many steps it took to know.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u64,
    to: u64,
    steps: u64,
}

/// What a search brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) removed: Vec<u64>,
    pub(super) unknown: Vec<u64>,
}

impl Search {
    /// After changes were read.
    pub(super) const fn for_removed() -> Self {
        Self { step: Step::Count, total: None, unknown_too: false, unseen: VecDeque::new(), found: None }
    }

    /// When nothing changed, and the store counts so many items.
    pub(super) fn for_any(total: Option<u64>) -> Self {
        Self { total, unknown_too: true, ..Self::for_removed() }
    }

    /// What else is different, until [`taken`](Self::taken) the same again; `None` when the lists agree.
    pub(super) async fn next<T: Tracked>(
        &mut self,
        api: &WooApi,
        watermark: &mut Watermark,
    ) -> Result<Option<Found>, StoreError> {
        loop {
            if let Some(found) = &self.found {
                return Ok(Some(found.clone()));
            }
            if !self.unseen.is_empty() {
                self.confirm::<T>(api).await?;
                continue;
            }
            match &self.step {
                Step::Count => self.count::<T>(api, watermark).await?,
                Step::Bisect(span) => self.bisect::<T>(api, &watermark.known, *span).await?,
                Step::Walk { .. } => self.walk(watermark).await?,
                Step::Over => return Ok(None),
            }
        }
    }

    /// What was found is handed over.
    pub(super) fn taken(&mut self) {
        self.found = None;
    }

    /// Asks for unseen items by their ids: those that do not come are gone.
    async fn confirm<T: Tracked>(&mut self, api: &WooApi) -> Result<(), StoreError> {
        let asked: Vec<u64> = self.unseen.iter().copied().zip(0..AT_ONCE).map(|(id, _)| id).collect();
        let words: Vec<String> = asked.iter().map(u64::to_string).collect();
        let request = T::list().query("include", words.join(",")).query("per_page", AT_ONCE).query("_fields", "id");
        let (page, _) = api.read_page::<Heading>(&request, T::WHAT).await?;
        let there: Vec<u64> = page.ids().into_iter().flatten().collect();
        self.unseen.drain(..asked.len());
        let removed: Vec<u64> = asked.into_iter().filter(|id| !there.contains(id)).collect();
        if !removed.is_empty() {
            self.found = Some(Found { removed, unknown: Vec::new() });
        }
        Ok(())
    }

    async fn count<T: Tracked>(&mut self, api: &WooApi, watermark: &Watermark) -> Result<(), StoreError> {
        let total = match self.total.take() {
            Some(total) => Some(total),
            None => window::<T>(api, watermark.known.len().saturating_sub(1), AT_ONCE).await?.1,
        };
        self.step = self.after_count::<T>(api, watermark, total);
        Ok(())
    }

    /// What follows when the store counts so many items.
    fn after_count<T: Tracked>(&self, api: &WooApi, watermark: &Watermark, total: Option<u64>) -> Step {
        let expected = watermark.known.len() + watermark.unread;
        match total {
            Some(total) if total == expected || (total > expected && !self.unknown_too) => Step::Over,
            Some(total) if total < expected && watermark.unread == 0 && is_few(expected - total, expected) => {
                Step::Bisect(Span { from: 0, to: expected, steps: 0 })
            }
            _ => Step::walk::<T>(api),
        }
    }

    /// Compares a window in the middle of what may differ with what is known.
    async fn bisect<T: Tracked>(&mut self, api: &WooApi, known: &IdSet, span: Span) -> Result<(), StoreError> {
        let (from, to, steps) = (span.from, span.to.min(known.len()), span.steps + 1);
        let middle = from.midpoint(to).saturating_sub(AT_ONCE / 2).max(from);
        let (ids, total) = window::<T>(api, middle, AT_ONCE).await?;
        if total.is_some_and(|total| total >= known.len()) {
            self.step = Step::Over;
            return Ok(());
        }
        let newest = known.at(known.len().saturating_sub(1)).unwrap_or(0);
        let in_order = ids.is_sorted() && ids.iter().all(|id| known.contains(*id) || *id > newest);
        let (sent, same) =
            (ids.len() as u64, ids.iter().zip(middle..).take_while(|(id, at)| known.at(*at) == Some(**id)).count() as u64);
        self.step = if !in_order || steps > known.len() / AT_ONCE + 64 {
            Step::walk::<T>(api)
        } else if same == 0 && middle > from {
            Step::Bisect(Span { from, to: middle, steps })
        } else if same == AT_ONCE {
            Step::Bisect(Span { from: middle + same, to, steps })
        } else {
            let last = ids.last().copied().filter(|_| sent == AT_ONCE).unwrap_or(u64::MAX);
            let first = known.at(middle + same).unwrap_or(u64::MAX);
            self.unseen.extend(known.within(first..=last).filter(|id| ids.binary_search(id).is_err()));
            // Those that are gone leave the known ones; then the rest is compared from here on.
            Step::Bisect(Span { from: middle + same, to: u64::MAX, steps })
        };
        Ok(())
    }

    /// Compares one page of all ids with what is known.
    async fn walk(&mut self, watermark: &mut Watermark) -> Result<(), StoreError> {
        let Step::Walk { pages, seen, nameless } = &mut self.step else { return Ok(()) };
        let from = seen.map_or(0, |seen| seen.saturating_add(1));
        let Some(page) = pages.next().await? else {
            self.unseen.extend(watermark.known.within(from..=u64::MAX));
            watermark.unread = *nameless;
            self.step = Step::Over;
            return Ok(());
        };
        let rejected = page.rejected.iter().map(|item| item.id.as_ref().and_then(|id| id.parse().ok()));
        let mut ids: Vec<u64> = page.items.iter().map(Heading::id).chain(rejected.clone().flatten()).collect();
        *nameless += rejected.filter(Option::is_none).count() as u64 + page.missing;
        ids.sort_unstable();
        if let Some(last) = ids.last() {
            self.unseen.extend(watermark.known.within(from..=*last).filter(|id| ids.binary_search(id).is_err()));
            *seen = Some(*last);
        }
        ids.retain(|id| !watermark.known.contains(*id));
        if !ids.is_empty() {
            self.found = Some(Found { removed: Vec::new(), unknown: ids });
        }
        Ok(())
    }
}

impl Step {
    fn walk<T: Tracked>(api: &WooApi) -> Self {
        let pages = api.list(T::list().query("_fields", "id"));
        Self::Walk { pages: Box::new(pages), seen: None, nameless: 0 }
    }
}

/// Whether bisection takes fewer requests than a walk.
const fn is_few(removed: u64, known: u64) -> bool {
    let windows = known / AT_ONCE + 1;
    removed.saturating_mul(windows.ilog2() as u64 + 2) < windows
}

/// A window of the list's ids, and how many items the store counts.
async fn window<T: Tracked>(api: &WooApi, offset: u64, limit: u64) -> Result<(Vec<u64>, Option<u64>), StoreError> {
    let request = T::list().query("orderby", "id").query("order", "asc").query("per_page", limit);
    let (page, response) = api.read_page::<Heading>(&request.query("offset", offset).query("_fields", "id"), T::WHAT).await?;
    let sent = page.sent() as u64;
    // Where a host strips the header, a window beyond the end tells as well.
    let end = ((sent > 0 || offset == 0) && sent < limit).then_some(offset + sent);
    let total = response.header("x-wp-total").and_then(|total| total.trim().parse().ok()).or(end);
    Ok((page.ids().into_iter().flatten().collect(), total))
}
