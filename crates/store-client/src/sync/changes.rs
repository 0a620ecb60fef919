//! The reading of changes, page by page.

use campaign_pilot_core::RejectedItem;
use campaign_pilot_http::Response;
use jiff::Timestamp;
use tracing::debug;

use super::removed::{Found, Search};
use super::watermark::{Reading, Watermark, before};
use super::{Heading, Tracked};
use crate::paging::{Page, Pages, Place};
use crate::wire::Resource;
use crate::{StoreError, WooApi};

/// How many of the newest changes the first look shows.
const LOOK: u64 = 100;

/// The changes of a list since a [`Watermark`], a page at a time.
///
/// First one small request shows the newest changes and how many items there are. Only if that shows something new,
/// the items changed since are read, with an overlap (see [`StoreConfig::overlap`](crate::StoreConfig::overlap)) for
/// changes that were not yet to be seen the last time; and only if items are missing, those are looked for by their
/// ids, and asked for once more before they are told as removed.
///
/// What is told was so when it was read. A change in between shows with the next reading, so that readings one after
/// another end with the store as it is. Not shown are changes that leave no trace: an item imported with an old date
/// of change in the place of a removed one.
#[derive(Debug)]
pub struct Changes<T: Tracked> {
    api: WooApi,
    watermark: Watermark,
    phase: Phase<T>,
}

#[derive(Debug)]
enum Phase<T: Tracked> {
    Look,
    Read { pages: Box<Pages<T>>, all: bool },
    Search(Box<Search>),
    Over,
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Changed<T> {
    /// Items that are new or changed, as they are now.
    pub items: Vec<T>,
    /// The ids of items that are gone: deleted, or in the trash.
    pub removed: Vec<u64>,
    /// Items that could not be read.
    pub rejected: Vec<RejectedItem>,
}

impl<T> Changed<T> {
    const fn is_empty(&self) -> bool {
        self.items.is_empty() && self.removed.is_empty() && self.rejected.is_empty()
    }
}

impl<T: Tracked> Changes<T> {
    pub(super) fn new(api: WooApi, watermark: Watermark) -> Self {
        Self { api, watermark, phase: Phase::Look }
    }

    /// Up to where the changes were handed over: keep it after each page, and after the last.
    #[must_use]
    pub const fn watermark(&self) -> &Watermark {
        &self.watermark
    }

    /// The next page; `None` when there is nothing more.
    ///
    /// # Errors
    ///
    /// When the store cannot be read. Nothing is lost by it: the next call goes on where it stopped.
    pub async fn next(&mut self) -> Result<Option<Changed<T>>, StoreError> {
        loop {
            let changed = match &mut self.phase {
                Phase::Look => {
                    self.phase = self.look().await?;
                    continue;
                }
                Phase::Read { pages, all } => {
                    let (all, page) = (*all, pages.next().await?);
                    let place = pages.place();
                    match page {
                        Some(page) => self.take(page, place, all),
                        None => {
                            self.phase = self.complete();
                            continue;
                        }
                    }
                }
                Phase::Search(search) => match search.next::<T>(&self.api, &mut self.watermark).await? {
                    Some(found) => self.found(found).await?,
                    None => {
                        self.phase = Phase::Over;
                        continue;
                    }
                },
                Phase::Over => return Ok(None),
            };
            if !changed.is_empty() {
                return Ok(Some(changed));
            }
        }
    }

    /// Everything that changed at once: for stores that are known to be small.
    ///
    /// # Errors
    ///
    /// As [`Changes::next`].
    pub async fn all(&mut self) -> Result<Changed<T>, StoreError> {
        let mut all = Changed { items: Vec::new(), removed: Vec::new(), rejected: Vec::new() };
        while let Some(changed) = self.next().await? {
            all.items.extend(changed.items);
            all.removed.extend(changed.removed);
            all.rejected.extend(changed.rejected);
        }
        Ok(all)
    }

    /// Looks at the newest changes and decides what there is to read.
    async fn look(&mut self) -> Result<Phase<T>, StoreError> {
        let overlap = self.api.config().overlap;
        if let Some(reading) = &self.watermark.reading {
            debug!(what = T::WHAT, "going on with a reading that was interrupted");
            return Ok(self.read(reading));
        }
        let request = T::list().query("orderby", "modified").query("order", "desc").query("per_page", LOOK);
        let (page, response) = self.api.read_page::<Heading>(&request.query("_fields", Heading::FIELDS), T::WHAT).await?;
        let now = date(&response).unwrap_or_else(|| self.api.clock().now());
        // A date of change in the future must not hide the changes until then.
        let newest = page.items.iter().filter_map(|item| item.modified_at).max().map_or(now, |newest| newest.min(now));
        let total = response.header("x-wp-total").and_then(|total| total.trim().parse().ok());
        let since = self.watermark.until.map(|until| before(until, overlap));
        if let Some(since) = since
            && self.is_all_known(&page.items, page.sent() as u64, total, since)
        {
            self.watermark.reached(newest, now, overlap);
            return Ok(Phase::Search(Box::new(Search::for_any(total))));
        }
        let reading = Reading { since, newest, began: now, place: None };
        let phase = self.read(&reading);
        self.watermark.reading = Some(reading);
        Ok(phase)
    }

    /// Whether the newest changes reach back to what was read before, and show nothing that was not handed over.
    fn is_all_known(&self, newest: &[Heading], sent: u64, total: Option<u64>, since: Timestamp) -> bool {
        let nothing_later = newest.iter().all(|item| item.modified_at.is_none_or(|at| Some(at) <= self.watermark.until));
        if self.watermark.settled && nothing_later {
            return true;
        }
        let whole = sent < LOOK && total.is_none_or(|total| total <= sent);
        let reaches_back = whole || newest.last().is_some_and(|item| item.modified_at.is_none_or(|at| at <= since));
        let later = newest.iter().filter(|item| item.modified_at.is_some_and(|at| at > since));
        reaches_back && later.into_iter().all(|item| self.watermark.has(item.id, item.modified_at))
    }

    fn read(&self, reading: &Reading) -> Phase<T> {
        let pages = T::changed(&self.api, reading.since);
        let pages = match reading.place {
            Some(place) => pages.behind(place),
            None => pages,
        };
        Phase::Read { pages: Box::new(pages), all: reading.since.is_none() }
    }

    /// Takes a page of changed items; what was handed over before is left out.
    fn take(&mut self, page: Page<T>, place: Option<Place>, all: bool) -> Changed<T> {
        let overlap = self.api.config().overlap;
        let mut changed = Changed { items: Vec::with_capacity(page.items.len()), removed: Vec::new(), rejected: page.rejected };
        self.know(&changed.rejected);
        for item in page.items {
            if !self.watermark.has(item.id(), item.modified_at()) {
                self.watermark.note(item.id(), item.modified_at(), overlap);
                changed.items.push(item);
            }
        }
        if all {
            let nameless = changed.rejected.iter().filter(|item| item.id.is_none()).count() as u64;
            self.watermark.unread += nameless + page.missing;
        }
        if let Some(reading) = &mut self.watermark.reading {
            reading.place = place;
        }
        changed
    }

    /// Items that cannot be read are there all the same.
    fn know(&mut self, rejected: &[RejectedItem]) {
        for id in rejected.iter().filter_map(|item| item.id.as_ref()?.parse().ok()) {
            self.watermark.known.insert(id);
        }
    }

    /// The changed items are read; are any missing?
    fn complete(&mut self) -> Phase<T> {
        let overlap = self.api.config().overlap;
        if let Some(reading) = &self.watermark.reading {
            let (newest, began) = (reading.newest, reading.began);
            self.watermark.reached(newest, began, overlap);
        }
        Phase::Search(Box::new(Search::for_removed()))
    }

    /// Hands over what a search found; items that appeared without a change are read.
    async fn found(&mut self, found: Found) -> Result<Changed<T>, StoreError> {
        let mut changed = Changed { items: Vec::new(), removed: found.removed, rejected: Vec::new() };
        if !found.unknown.is_empty() {
            let whole = T::with_ids(&self.api, &found.unknown).all().await?;
            changed.items = whole.items;
            changed.rejected = whole.rejected;
            // Otherwise every reading would find them anew, by a walk through all ids.
            self.know(&changed.rejected);
        }
        if let Phase::Search(search) = &mut self.phase {
            search.taken();
        }
        let overlap = self.api.config().overlap;
        for id in &changed.removed {
            self.watermark.known.remove(*id);
            self.watermark.recent.remove(id);
        }
        for item in &changed.items {
            self.watermark.note(item.id(), item.modified_at(), overlap);
        }
        Ok(changed)
    }
}

/// The store's clock.
fn date(response: &Response) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(response.header("date")?.trim()).ok().map(|date| date.timestamp())
}
