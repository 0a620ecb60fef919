//! Lists, page by page, without doubles and without gaps.

use std::collections::BTreeSet;
use std::sync::Arc;

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::Request;
use serde_json::Value;

use super::Inner;
use crate::StoreError;
use crate::fields::Fields;

/// More pages than this are not a list but a loop.
const MOST_PAGES: u32 = 20_000;

/// Walks a list ordered by id, so that equal dates cannot reorder it between two pages.
///
/// When the list shrinks on the way, what follows moves to earlier pages: the page before is read again. `Link`
/// headers are not followed, since behind a proxy they may name another origin.
#[derive(Debug)]
pub(super) struct Pages {
    store: Arc<Inner>,
    request: Request,
    what: &'static str,
    next: Option<u32>,
    /// The page to carry on with after one was read again.
    resume: Option<Option<u32>>,
    requests: u32,
    total: Option<u64>,
    seen: BTreeSet<u64>,
    nameless: u64,
}

/// The items of one page that were not seen before.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    /// How many items the list has, as the store says.
    pub(super) total: Option<u64>,
    /// With the last page: how many items the store counts but did not send.
    pub(super) missing: u64,
}

impl Pages {
    pub(super) fn new(store: Arc<Inner>, request: Request, what: &'static str) -> Self {
        let request = request.query("orderby", "id").query("order", "asc").query("per_page", store.config.page_size);
        Self { store, request, what, next: Some(1), resume: None, requests: 0, total: None, seen: BTreeSet::new(), nameless: 0 }
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        let Some(number) = self.next else {
            return Ok(None);
        };
        self.requests += 1;
        if self.requests > MOST_PAGES {
            return Err(StoreError::new(ErrorKind::Malformed, format!("the list of {} does not end", self.what)));
        }
        let request = self.request.clone().query("page", number);
        let (items, response) = self.store.read_list(&request, self.what).await?;
        let header = |name: &str| response.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let (total, pages) = (header("x-wp-total"), header("x-wp-totalpages"));
        let last = items.is_empty()
            || match pages {
                Some(pages) => u64::from(number) >= pages,
                None => items.len() < self.store.config.page_size as usize,
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
        let items = items.into_iter().filter(|item| self.is_new(item)).collect();
        Ok(Some(Page { items, total: self.total, missing: self.missing() }))
    }

    /// Everything at once.
    pub(super) async fn all(mut self) -> Result<(Vec<Value>, u64), StoreError> {
        let mut items = Vec::new();
        let mut missing = 0;
        while let Some(page) = self.next().await? {
            items.extend(page.items);
            missing = page.missing;
        }
        Ok((items, missing))
    }

    fn is_new(&mut self, item: &Value) -> bool {
        match Fields::of(item).and_then(Fields::id) {
            Ok(id) => self.seen.insert(id),
            Err(_) => {
                self.nameless += 1;
                true
            }
        }
    }

    fn missing(&self) -> u64 {
        if self.next.is_some() {
            return 0;
        }
        self.total.unwrap_or(0).saturating_sub(self.seen.len() as u64 + self.nameless)
    }
}
