//! Lists, page by page, without doubles and without gaps.

mod numbered;
mod pace;
mod walk;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use campaign_pilot_core::{ErrorKind, RejectedItem};
use campaign_pilot_http::{HttpErrorKind, Request};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt, TryStream, try_unfold};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{debug, warn};

use self::numbered::Numbered;
use self::pace::Pace;
use self::walk::{Taken, Walk, Window};
use crate::wire::{ParsedPage, Resource};
use crate::{StoreError, WooApi};

/// A list of the store, a page at a time, each item once: ordered by id, unless the store cannot list so.
///
/// Items that are there during the whole reading are never missed, whatever is created, deleted or changed meanwhile.
/// Reports, and stores that ignore `offset`, can only be read by page numbers: there a deletion in the same moment as a
/// creation may cost an item, which [`Page::missing`] then counts where the store's total shows it. They come in the order
/// in which the store sends them.
///
/// Pages get smaller when the store fails under them, and up to
/// [`requests_at_once`](crate::StoreConfig::requests_at_once) are asked for at once where that is faster. After an
/// error, the next call goes on where it stopped. `Link` headers are not followed, since behind a proxy they may name
/// another origin.
pub struct Pages<T> {
    api: WooApi,
    request: Request,
    finish: Option<Finish<T>>,
    pace: Pace,
    began: Timestamp,
    way: Way<T>,
    /// Items and unreadable items that were handed over.
    told: u64,
    over: bool,
}

/// How the list is read.
enum Way<T> {
    /// In overlapping windows.
    Windows { walk: Walk, under_way: FuturesOrdered<BoxFuture<'static, (Window, Answered<T>)>> },
    /// By page numbers, where the store cannot pass over items.
    Numbers(Numbered),
}

type Answered<T> = Result<(ParsedPage<T>, Counts), StoreError>;

/// What the store says about the list as a whole.
#[derive(Clone, Copy, Debug)]
struct Counts {
    items: Option<u64>,
    pages: Option<u64>,
}

/// A place in a list: where to go on later.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Place {
    /// The last item that was handed over.
    last: u64,
    /// How many stood before it.
    at: u64,
}

/// What is done to each item before it leaves the client.
type Finish<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// The items of one page that were not seen before.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Items that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// How many items the list has, as the store says.
    pub total: Option<u64>,
    /// With the last page: how many items the store counts but did not send.
    pub missing: u64,
}

/// A whole list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Whole<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Items that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// How many items the store counts but did not send.
    pub missing: u64,
}

impl<T: Resource> Pages<T> {
    pub(crate) fn new(api: WooApi, request: Request) -> Self {
        let pace = Pace::new(api.config().page_size, api.config().requests_at_once);
        Self {
            request: request.query("orderby", "id").query("order", "asc"),
            began: api.clock().now(),
            way: Way::Windows { walk: Walk::new(pace.size()), under_way: FuturesOrdered::new() },
            api,
            finish: None,
            pace,
            told: 0,
            over: false,
        }
    }

    /// A list that knows neither order by id nor `offset`: by page numbers.
    pub(crate) fn by_numbers(api: WooApi, request: Request) -> Self {
        let pages = Self::new(api, Request::get(""));
        Self { request, way: Way::Numbers(Numbered::new(pages.pace.size(), BTreeSet::new())), ..pages }
    }

    /// The same list, with something done to each item before it leaves the client.
    pub(crate) fn with(mut self, finish: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        self.finish = Some(Box::new(finish));
        self
    }

    /// The same list, from behind a place on.
    pub(crate) fn behind(mut self, place: Place) -> Self {
        let walk = Walk::behind(self.pace.size(), place.last, place.at);
        self.way = Way::Windows { walk, under_way: FuturesOrdered::new() };
        self.told = place.at + 1;
        self
    }

    /// Up to where the list was handed over, where that can be told.
    pub(crate) fn place(&self) -> Option<Place> {
        match &self.way {
            Way::Windows { walk, .. } => walk.place().map(|(last, at)| Place { last, at }),
            Way::Numbers(_) => None,
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, after the repetitions that the configuration allows and with smaller pages.
    /// Nothing is lost by it: the next call asks for the same page again.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, StoreError> {
        while !self.over {
            let page = match self.way {
                Way::Windows { .. } => self.next_window().await?,
                Way::Numbers(_) => self.next_numbered().await?,
            };
            if let Some(page) = page {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// The pages as a stream; an error ends it.
    pub fn into_stream(self) -> impl TryStream<Ok = Page<T>, Error = StoreError> + Send {
        try_unfold(self, |mut pages| async move { Ok(pages.next().await?.map(|page| (page, pages))) })
    }

    /// Everything at once: for lists that are known to be short.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`].
    pub async fn all(mut self) -> Result<Whole<T>, StoreError> {
        let mut whole = Whole { items: Vec::new(), rejected: Vec::new(), missing: 0 };
        while let Some(page) = self.next().await? {
            whole.items.extend(page.items);
            whole.rejected.extend(page.rejected);
            whole.missing = page.missing;
        }
        Ok(whole)
    }

    /// Asks for as many windows as the pace allows and takes the first of them; `None` when it brought nothing new.
    async fn next_window(&mut self) -> Result<Option<Page<T>>, StoreError> {
        let Way::Windows { walk, under_way } = &mut self.way else { return Ok(None) };
        while under_way.len() < self.pace.at_once()
            && let Some(window) = walk.plan()
        {
            let request = self.request.clone().query("per_page", window.limit);
            let request = if window.offset == 0 { request } else { request.query("offset", window.offset) };
            let api = self.api.clone();
            under_way.push_back(Box::pin(async move { (window, ask(&api, &request).await) }));
        }
        let Some((window, answered)) = under_way.next().await else {
            return Err(self.endless());
        };
        match answered {
            Ok((page, counts)) => self.take_window(window, page, counts),
            Err(error) => {
                under_way.clear();
                let again = retry_differently(&mut self.pace, &error);
                walk.restart(window, self.pace.size());
                if again { Ok(None) } else { Err(error) }
            }
        }
    }

    fn take_window(&mut self, window: Window, page: ParsedPage<T>, counts: Counts) -> Result<Option<Page<T>>, StoreError> {
        self.answered();
        let Way::Windows { walk, under_way } = &mut self.way else { return Ok(None) };
        let ids = page.ids();
        let (from, to) = match walk.take(window, &ids, counts.items) {
            Taken::Fresh { from, to, .. } => (from, to),
            Taken::FreshThenRestart { from, to } => {
                under_way.clear();
                (from, to)
            }
            Taken::Gap => {
                debug!(what = T::WHAT, offset = window.offset, "the list changed while it was read: looking further up");
                under_way.clear();
                (0, 0)
            }
            Taken::Unfit => return self.fall_back(window).map(|()| None),
        };
        if walk.is_stuck() {
            return Err(self.endless());
        }
        walk.set_limit(self.pace.size());
        let (total, over) = (walk.total(), walk.ended());
        let (mut items, mut rejected) = page.into_part(from..to);
        // A plugin's join sends an item several times in a row, and the store counts each. Windows share one item, so that
        // every pair of neighbours lies in one of them.
        items.dedup_by_key(|item| item.id());
        rejected.dedup_by(|next, one| one.id.is_some() && next.id == one.id);
        self.told += ids.iter().zip(ids.iter().skip(1)).filter(|(one, next)| one.is_some() && one == next).count() as u64;
        Ok(self.hand_over(items, rejected, total, over))
    }

    /// Goes over to page numbers, if nothing was handed over that would come again unnoticed.
    fn fall_back(&mut self, window: Window) -> Result<(), StoreError> {
        let Way::Windows { walk, .. } = &self.way else { return Ok(()) };
        if window.offset >= window.limit {
            return Err(StoreError::new(ErrorKind::Malformed, format!("{} does not list {} by id", self.api.name(), T::WHAT))
                .advise("look for a plugin that changes the order of the REST API's lists"));
        }
        warn!(what = T::WHAT, "the store does not list by id or cannot pass over items: reading by page numbers");
        let seen = if window.offset == 0 { BTreeSet::new() } else { walk.first_ids().collect() };
        self.way = Way::Numbers(Numbered::new(self.pace.size(), seen));
        Ok(())
    }

    async fn next_numbered(&mut self) -> Result<Option<Page<T>>, StoreError> {
        let Way::Numbers(numbered) = &mut self.way else { return Ok(None) };
        let (Some(number), false) = (numbered.plan(), numbered.is_stuck()) else {
            return Err(self.endless());
        };
        let request = self.request.clone().query("per_page", numbered.limit()).query("page", number);
        let (page, counts) = match ask::<T>(&self.api, &request).await {
            Ok(answer) => answer,
            Err(error) => {
                if !retry_differently(&mut self.pace, &error) {
                    return Err(error);
                }
                if self.pace.size() != numbered.limit() {
                    numbered.restart(self.pace.size());
                }
                return Ok(None);
            }
        };
        numbered.take(number, page.sent(), counts.items, counts.pages);
        let (total, over) = (numbered.total(), numbered.plan().is_none());
        let items = page.items.into_iter().filter(|item| numbered.is_new(item.id())).collect();
        // A page may be read again: what cannot be read is told once, too, where it has an id.
        let id = |item: &RejectedItem| item.id.as_deref().and_then(|id| id.parse().ok());
        let rejected = page.rejected.into_iter().map(|(_, item)| item);
        let rejected = rejected.filter(|item| id(item).is_none_or(|id| numbered.is_new(id))).collect();
        Ok(self.hand_over(items, rejected, total, over))
    }

    /// A page for the caller, if there is anything to tell.
    fn hand_over(&mut self, mut items: Vec<T>, rejected: Vec<RejectedItem>, total: Option<u64>, over: bool) -> Option<Page<T>> {
        if let Some(finish) = &self.finish {
            items.iter_mut().for_each(finish);
        }
        self.told += (items.len() + rejected.len()) as u64;
        self.over = over;
        let missing = if over { total.unwrap_or(0).saturating_sub(self.told) } else { 0 };
        let page = Page { items, rejected, total, missing };
        (over || !page.items.is_empty() || !page.rejected.is_empty()).then_some(page)
    }

    fn answered(&mut self) {
        let since = self.api.clock().now().duration_since(self.began);
        self.pace.answered(Duration::try_from(since).unwrap_or_default());
    }

    fn endless(&self) -> StoreError {
        StoreError::new(ErrorKind::Malformed, format!("the list of {} of {} does not end", T::WHAT, self.api.name()))
            .advise("look for a plugin that changes the REST API's lists")
    }
}

/// Tells that a list holds fewer items than its store counts.
pub(crate) fn missing_note(missing: u64) -> Option<RejectedItem> {
    let reason = format!("the store counts {missing} more than it sent; the list may have changed while it was read");
    (missing > 0).then_some(RejectedItem { id: None, reason })
}

async fn ask<T: Resource>(api: &WooApi, request: &Request) -> Answered<T> {
    let (page, response) = api.read_page::<T>(request, T::WHAT).await?;
    let number = |name: &str| response.header(name).and_then(|text| text.trim().parse().ok());
    Ok((page, Counts { items: number("x-wp-total"), pages: number("x-wp-totalpages") }))
}

/// Whether to ask again at once, for less.
fn retry_differently(pace: &mut Pace, error: &StoreError) -> bool {
    match error.http_kind() {
        Some(HttpErrorKind::RateLimited) => pace.throttled(),
        Some(HttpErrorKind::Timeout | HttpErrorKind::Interrupted | HttpErrorKind::TooLarge) => pace.overloaded(),
        // 503 is maintenance: smaller pages do not end it.
        Some(HttpErrorKind::Status(500 | 502 | 504)) => pace.overloaded(),
        // Repetitions have run out, which only failures take: not the moment to ask for as much.
        Some(HttpErrorKind::QuotaExhausted) => pace.overloaded(),
        _ => false,
    }
}

impl<T: Resource> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("what", &T::WHAT).field("pace", &self.pace).finish_non_exhaustive()
    }
}
