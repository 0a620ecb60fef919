//! Lists, page by page, without doubles and without gaps.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use campaign_pilot_core::{ErrorKind, RejectedItem};
use campaign_pilot_http::{Request, Response};

use crate::wire::{ParsedPage, Resource};
use crate::{StoreError, WooApi};

/// More pages than this are not a list but a loop.
const MOST_PAGES: u32 = 20_000;

/// A list of the store, a page at a time, ordered by id, so that equal dates cannot reorder it between two pages.
///
/// When the list shrinks on the way, what follows moves to earlier pages: the page before is read again. `Link`
/// headers are not followed, since behind a proxy they may name another origin.
pub struct Pages<T> {
    api: WooApi,
    request: Request,
    next: Option<u32>,
    /// The page to carry on with after one was read again.
    resume: Option<Option<u32>>,
    requests: u32,
    total: Option<u64>,
    seen: BTreeSet<u64>,
    rejected: u64,
    finish: Option<Finish<T>>,
    kind: PhantomData<fn() -> T>,
}

/// What is done to each item before it leaves the client.
type Finish<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// The items of one page that were not seen before.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, by id.
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
    /// The items, by id.
    pub items: Vec<T>,
    /// Items that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// How many items the store counts but did not send.
    pub missing: u64,
}

impl<T: Resource> Pages<T> {
    pub(crate) fn new(api: WooApi, request: Request) -> Self {
        let request = request.query("orderby", "id").query("order", "asc").query("per_page", api.config().page_size);
        Self {
            api,
            request,
            next: Some(1),
            resume: None,
            requests: 0,
            total: None,
            seen: BTreeSet::new(),
            rejected: 0,
            finish: None,
            kind: PhantomData,
        }
    }

    /// The same list, with something done to each item before it leaves the client.
    pub(crate) fn with(mut self, finish: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        self.finish = Some(Box::new(finish));
        self
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, after the repetitions that the configuration allows.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, StoreError> {
        let Some(number) = self.next else {
            return Ok(None);
        };
        self.requests += 1;
        if self.requests > MOST_PAGES {
            return Err(StoreError::new(ErrorKind::Malformed, format!("the list of {} does not end", T::WHAT)));
        }
        let request = self.request.clone().query("page", number);
        let (page, response) = self.api.read_page::<T>(&request, T::WHAT).await?;
        self.advance(number, &page, &response);
        self.rejected += page.rejected.len() as u64;
        let mut items: Vec<T> = page.items.into_iter().filter(|item| self.seen.insert(item.id())).collect();
        if let Some(finish) = &self.finish {
            items.iter_mut().for_each(finish);
        }
        Ok(Some(Page { items, rejected: page.rejected, total: self.total, missing: self.missing() }))
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

    /// Decides which page is the next one.
    fn advance(&mut self, number: u32, page: &ParsedPage<T>, response: &Response) {
        let header = |name: &str| response.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let (total, pages) = (header("x-wp-total"), header("x-wp-totalpages"));
        let received = page.items.len() + page.rejected.len();
        let last = received == 0
            || match pages {
                Some(pages) => u64::from(number) >= pages,
                None => received < self.api.config().page_size as usize,
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

    fn missing(&self) -> u64 {
        if self.next.is_some() {
            return 0;
        }
        self.total.unwrap_or(0).saturating_sub(self.seen.len() as u64 + self.rejected)
    }
}

impl<T: Resource> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("what", &T::WHAT).field("next", &self.next).finish_non_exhaustive()
    }
}
