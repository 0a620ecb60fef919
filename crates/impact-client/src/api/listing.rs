//! Lists over all their pages.

use std::collections::BTreeSet;

use campaign_pilot_core::{ErrorKind, OperationTag};
use campaign_pilot_http::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ImpactApi;
use crate::ImpactError;
use crate::wire::paging::{Next, PageMarks};
use crate::wire::scalar::{is_nothing, value_text};

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

/// Where a list keeps its items and how it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The key of the items, in each of its spellings.
    keys: &'static [&'static str],
    /// The field that tells items apart.
    id: &'static str,
    first_page: u64,
    /// How many items impact.com shows at most, however many there are.
    most: usize,
}

impl Shape {
    pub(super) const fn under(keys: &'static [&'static str]) -> Self {
        Self { keys, id: "Id", first_page: 1, most: usize::MAX }
    }

    pub(super) const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    pub(super) const fn told_apart_by(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    pub(super) const fn counted_from(self, first_page: u64) -> Self {
        Self { first_page, ..self }
    }

    /// Takes the items out of an answer; `None` when it holds no such list.
    ///
    /// One item alone may come without brackets, and no items as an empty text.
    fn items(&self, answer: &mut Value, marks: &PageMarks) -> Option<Vec<Value>> {
        let key = self.keys.iter().find(|key| answer.get(**key).is_some());
        match key.and_then(|key| answer.get_mut(*key)).map(Value::take) {
            Some(Value::Array(items)) => Some(items),
            Some(item @ Value::Object(_)) => Some(vec![item]),
            Some(nothing) if is_nothing(&nothing) => Some(Vec::new()),
            None if marks.says_empty() => Some(Vec::new()),
            _ => None,
        }
    }
}

impl ImpactApi {
    /// Reads all pages of the list that `request` asks for.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: &Request,
        shape: Shape,
    ) -> Result<Listing<T>, ImpactError> {
        let mut listing = Listing::empty();
        let mut seen = BTreeSet::new();
        let mut collected = 0;
        let mut page = 1;
        loop {
            let number = page - 1 + shape.first_page;
            let mut value = self.value(call, &request.clone().query("Page", number)).await?;
            let marks = PageMarks::of(&value, shape.first_page);
            let Some(items) = shape.items(&mut value, &marks) else {
                let message = format!("the answer holds no list `{}`", shape.keys.first().unwrap_or(&""));
                return Err(ImpactError::new(ErrorKind::Malformed, call, message));
            };
            let count = items.len();
            let before = collected;
            for item in items {
                // New items push others to the next page, where they come again.
                if item.get(shape.id).and_then(value_text).is_none_or(|id| seen.insert(id)) {
                    collected += 1;
                    listing.take(&item);
                }
            }
            match marks.after(page, count, collected - before, collected) {
                // Beyond its limit impact.com answers with an error.
                Next::Page(next) if next <= MOST_PAGES && collected < shape.most => page = next,
                Next::Finished => return Ok(listing),
                Next::Page(_) | Next::Broken => {
                    tracing::warn!(list = shape.keys.first(), page, collected, "impact.com's list broke off");
                    return Ok(Listing { complete: false, ..listing });
                }
            }
        }
    }
}

impl<T> Listing<T> {
    /// A complete list of nothing.
    pub(super) const fn empty() -> Self {
        Self { items: Vec::new(), unreadable: Vec::new(), complete: true }
    }

    /// Appends another part of the same list, as far as its items are wanted.
    pub(super) fn join(&mut self, part: Self, wanted: impl FnMut(&T) -> bool) {
        self.items.extend(part.items.into_iter().filter(wanted));
        self.unreadable.extend(part.unreadable);
        self.complete &= part.complete;
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
    fn items_are_found_in_each_spelling_and_form() {
        let shape = Shape::under(&["Partners", "MediaPartners"]);
        let items = |mut answer: Value| {
            let marks = PageMarks::of(&answer, 1);
            shape.items(&mut answer, &marks).map(|items| items.len())
        };
        assert_eq!(items(json!({"Partners": [1, 2]})), Some(2));
        assert_eq!(items(json!({"MediaPartners": [1]})), Some(1));
        assert_eq!(items(json!({"Partners": {"Id": "1"}})), Some(1));
        assert_eq!(items(json!({"Partners": ""})), Some(0));
        assert_eq!(items(json!({"@total": "0"})), Some(0));
        assert_eq!(items(json!({"@total": "3"})), None);
        assert_eq!(items(json!({"Partners": 7})), None);
    }

    #[test]
    fn an_unreadable_item_still_shows_its_tag() {
        let item = json!({"Id": 7, "Labels": {"all": ["x", "cp-00112233445566778899"]}});
        let unreadable = Unreadable::new(&item, "why");
        assert_eq!(unreadable.tag.unwrap().as_str(), "cp-00112233445566778899");
        assert_eq!(unreadable.id.as_deref(), Some("7"));
    }
}
