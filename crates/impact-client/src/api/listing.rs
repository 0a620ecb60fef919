//! Lists over all their pages.

use std::collections::BTreeSet;

use campaign_pilot_core::{ErrorKind, OperationTag};
use campaign_pilot_http::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ImpactApi;
use crate::ImpactError;
use crate::wire::paging::{Next, PageMarks};
use crate::wire::scalar::value_text;

/// No list of one program is that long: a server that always names a next page is stopped here.
const MOST_PAGES: u64 = 1_000;

/// Everything that a list holds, over all its pages, each item once.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing<T> {
    /// The items that could be read.
    pub items: Vec<T>,
    /// The items that could not.
    pub unreadable: Vec<Unreadable>,
    /// Whether every page arrived, by all that impact.com says about their number.
    pub complete: bool,
}

/// An item of a list that could not be read; the rest of the list arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// A tag of ours that stands anywhere in it.
    pub tag: Option<OperationTag>,
    /// What is wrong with it.
    pub reason: String,
}

impl Unreadable {
    pub(super) fn new(item: &Value, reason: impl Into<String>) -> Self {
        let words = item.to_string().replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', " ");
        Self { id: item.get("Id").and_then(value_text), tag: OperationTag::find_in(&words), reason: reason.into() }
    }
}

impl ImpactApi {
    /// Reads all pages of the list that `request` asks for, its items under `key`.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: &Request,
        key: &str,
    ) -> Result<Listing<T>, ImpactError> {
        let mut listing = Listing { items: Vec::new(), unreadable: Vec::new(), complete: true };
        let mut seen = BTreeSet::new();
        let mut collected = 0;
        let mut page = 1;
        loop {
            let mut value = self.value(call, &request.clone().query("Page", page)).await?;
            let marks = PageMarks::of(&value);
            let Some(Value::Array(items)) = value.get_mut(key).map(Value::take) else {
                let message = format!("the answer holds no list `{key}`");
                return Err(ImpactError::new(ErrorKind::Malformed, call, message));
            };
            let count = items.len();
            let before = collected;
            for item in items {
                // New items push others to the next page, where they come again.
                if item.get("Id").and_then(value_text).is_none_or(|id| seen.insert(id)) {
                    collected += 1;
                    listing.take(&item);
                }
            }
            match marks.after(page, count, collected - before, collected) {
                Next::Page(next) if next <= MOST_PAGES => page = next,
                Next::Finished => return Ok(listing),
                Next::Page(_) | Next::Broken => {
                    tracing::warn!(key, page, collected, "impact.com's list broke off");
                    return Ok(Listing { complete: false, ..listing });
                }
            }
        }
    }
}

impl<T: DeserializeOwned> Listing<T> {
    fn take(&mut self, item: &Value) {
        match T::deserialize(item) {
            Ok(read) => self.items.push(read),
            Err(error) => self.unreadable.push(Unreadable::new(item, error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unreadable_item_still_shows_its_tag() {
        let item = json!({"Id": 7, "Labels": {"all": ["x", "cp-00112233445566778899"]}});
        let unreadable = Unreadable::new(&item, "why");
        assert_eq!(unreadable.tag.unwrap().as_str(), "cp-00112233445566778899");
        assert_eq!(unreadable.id.as_deref(), Some("7"));
    }
}
