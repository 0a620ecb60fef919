//! Reading what a store sends: tolerant fields, and pages in which one bad item does not cost the others.

pub(crate) mod scalar;

use std::ops::Range;

use campaign_pilot_core::RejectedItem;
use campaign_pilot_http::{HttpErrorKind, JsonBody, JsonError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};

/// A kind of item that a store lists.
pub trait Resource: DeserializeOwned + Send + 'static {
    /// What to ask for, as WooCommerce's `_fields`: only what is read.
    const FIELDS: &'static str;
    /// The items as messages name them: `the orders`.
    const WHAT: &'static str;

    /// The store's id of the item; lists are ordered by it.
    fn id(&self) -> u64;
}

/// The items of one page, and those that could not be read.
#[derive(Debug)]
pub(crate) struct ParsedPage<T> {
    /// Readable items, in the store's order.
    pub(crate) items: Vec<T>,
    /// The others with their places in the page.
    pub(crate) rejected: Vec<(usize, RejectedItem)>,
}

impl<T: Resource> ParsedPage<T> {
    /// How many items were sent.
    pub(crate) const fn sent(&self) -> usize {
        self.items.len() + self.rejected.len()
    }

    /// The items' ids in the order sent; `None` for those without a readable one.
    pub(crate) fn ids(&self) -> Vec<Option<u64>> {
        let mut ids: Vec<Option<u64>> = self.items.iter().map(|item| Some(item.id())).collect();
        for (at, item) in &self.rejected {
            let id = item.id.as_ref().and_then(|id| id.parse().ok());
            ids.insert((*at).min(ids.len()), id);
        }
        ids
    }

    /// What stands at some places of the page.
    pub(crate) fn into_part(self, places: Range<usize>) -> (Vec<T>, Vec<RejectedItem>) {
        let mut rejected = self.rejected.into_iter().peekable();
        let mut items = self.items.into_iter();
        let (mut kept, mut listed) = (Vec::with_capacity(places.len()), Vec::new());
        for at in 0..places.end {
            let here = places.contains(&at);
            match rejected.next_if(|(place, _)| *place == at) {
                Some((_, item)) if here => listed.push(item),
                Some(_) => {}
                None => kept.extend(items.next().filter(|_| here)),
            }
        }
        (kept, listed)
    }
}

/// Reads a page in one pass; only when that fails, item by item, so that the readable ones arrive.
///
/// # Errors
///
/// When the body as a whole is not a list within the limits.
pub(crate) fn parse_page<T: DeserializeOwned>(body: JsonBody<'_>) -> Result<ParsedPage<T>, JsonError> {
    match body.parse::<Vec<T>>() {
        Ok(items) => Ok(ParsedPage { items, rejected: Vec::new() }),
        Err(error) if error.kind() == HttpErrorKind::Malformed => item_by_item(body),
        Err(error) => Err(error),
    }
}

fn item_by_item<T: DeserializeOwned>(body: JsonBody<'_>) -> Result<ParsedPage<T>, JsonError> {
    // Text that is not UTF-8 stands in single items; what it was meant to be is lost, the rest is not.
    let mended = String::from_utf8_lossy(body.bytes());
    let raw: Vec<Box<RawValue>> = body.instead(mended.as_bytes()).parse()?;
    let mut page = ParsedPage { items: Vec::with_capacity(raw.len()), rejected: Vec::new() };
    for (at, item) in raw.iter().enumerate() {
        match parse_item(item.get()) {
            Ok(item) => page.items.push(item),
            Err(reason) => page.rejected.push((at, RejectedItem { id: id_of(item.get()), reason })),
        }
    }
    Ok(page)
}

/// Reads one item.
///
/// # Errors
///
/// What is wrong with it, as a clause that names the field and quotes nothing.
pub(crate) fn parse_item<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = shown(error.path());
        let detail = error.inner().to_string();
        // Only this message of the parser names nothing but a field of ours; the others may quote the store.
        match detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(name) if field.is_empty() => format!("has no `{name}`"),
            Some(name) => format!("has no `{field}.{name}`"),
            None if field.is_empty() => "is not of the expected shape".to_owned(),
            None => format!("has a `{field}` that cannot be read"),
        }
    })
}

/// A path without what may be the store's own words: a key within an object that should be a list.
fn shown(path: &Path) -> String {
    let mut shown = String::new();
    let mut own = true;
    for segment in path {
        match segment {
            Segment::Seq { index } => shown.push_str(&format!("[{index}]")),
            Segment::Map { key } if own && shown.is_empty() => shown.push_str(key),
            Segment::Map { key } if own => shown.push_str(&format!(".{key}")),
            Segment::Map { .. } | Segment::Enum { .. } | Segment::Unknown => break,
        }
        own = matches!(segment, Segment::Seq { .. });
    }
    shown
}

/// The id of an item that could not be read, as far as it has one.
fn id_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(deserialize_with = "scalar::id")]
        id: u64,
    }
    serde_json::from_str::<Named>(text).ok().map(|named| named.id.to_string())
}

#[cfg(test)]
mod tests {
    use campaign_pilot_http::JsonLimits;

    use super::*;

    impl Resource for Item {
        const FIELDS: &'static str = "id,price";
        const WHAT: &'static str = "the items";

        fn id(&self) -> u64 {
            self.id
        }
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[serde(deserialize_with = "scalar::id")]
        id: u64,
        #[serde(default, deserialize_with = "scalar::amount")]
        price: Option<rust_decimal::Decimal>,
        #[serde(default, deserialize_with = "scalar::list")]
        parts: Vec<Self>,
    }

    fn page(text: &str) -> ParsedPage<Item> {
        parse_page(JsonBody::new(text.as_bytes(), &JsonLimits::default())).unwrap()
    }

    #[test]
    fn one_bad_item_does_not_cost_the_others() {
        let page =
            page(r#"[{"id":1,"price":"9.9"},{"id":2,"price":"secret"},[],{"price":1},{"id":"5","price":"","parts":[{"id":6}]}]"#);
        let read: Vec<_> =
            page.items.iter().map(|item| (item.id, item.price.map(|price| price.to_string()), item.parts.len())).collect();
        assert_eq!(read, [(1, Some("9.9".to_owned()), 0), (5, None, 1)]);
        let listed: Vec<_> = page.rejected.iter().map(|(_, item)| (item.id.as_deref(), item.reason.as_str())).collect();
        assert_eq!(
            listed,
            [(Some("2"), "has a `price` that cannot be read"), (None, "is not of the expected shape"), (None, "has no `id`")]
        );
    }

    #[test]
    fn text_that_is_not_utf_8_costs_nothing_else() {
        let body = b"[{\"id\":1,\"note\":\"\xff\"},{\"id\":2,\"price\":\"x\"},{\"id\":3,\"price\":\"\xe4\"}]";
        let page: ParsedPage<Item> = parse_page(JsonBody::new(body, &JsonLimits::default())).unwrap();
        assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [1]);
        assert_eq!(
            page.rejected.iter().map(|(at, item)| (*at, item.id.as_deref())).collect::<Vec<_>>(),
            [(1, Some("2")), (2, Some("3"))]
        );
    }

    #[test]
    fn what_is_wrong_is_told_in_our_words_alone() {
        let text = r#"[{"id":1,"parts":[{"id":2,"price":{}}]},{"id":1,"parts":{"secret":{"id":2,"price":{}}}}]"#;
        let reasons: Vec<_> = page(text).rejected.into_iter().map(|(_, item)| item.reason).collect();
        assert_eq!(reasons, ["has a `parts[0].price` that cannot be read", "has a `parts` that cannot be read"]);
    }

    #[test]
    fn a_part_of_a_page_keeps_the_places() {
        let text = r#"[{"id":1},{"id":2,"price":"x"},{"id":3},[],{"id":5}]"#;
        assert_eq!(page(text).ids(), [Some(1), Some(2), Some(3), None, Some(5)]);
        let (items, rejected) = page(text).into_part(1..4);
        assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [3]);
        assert_eq!(rejected.iter().map(|item| item.id.as_deref()).collect::<Vec<_>>(), [Some("2"), None]);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for body in ["{}", "[{", "<html>", "", "[1"] {
            assert!(parse_page::<Item>(JsonBody::new(body.as_bytes(), &JsonLimits::default())).is_err(), "{body}");
        }
    }
}
