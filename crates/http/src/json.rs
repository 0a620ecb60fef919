//! JSON from other systems, with limits on its shape.

mod scan;

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::scan::{End, scan};
use crate::HttpErrorKind;

/// How large and how deep JSON may be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub struct JsonLimits {
    /// Items of any single array (100,000).
    pub array_items: usize,
    /// Arrays and objects within each other (64; above 127 the parser's own limit holds).
    pub depth: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { array_items: 100_000, depth: 64 }
    }
}

/// Parses JSON, ignoring a byte order mark in front of it.
///
/// # Errors
///
/// [`Malformed`](HttpErrorKind::Malformed) when it is not JSON of the wanted shape,
/// [`TooLarge`](HttpErrorKind::TooLarge) and [`TooDeep`](HttpErrorKind::TooDeep) beyond the limits.
///
/// ```
/// use campaign_pilot_http::{HttpErrorKind, JsonLimits, parse_json};
///
/// let ids: Vec<u64> = parse_json("\u{feff}[1, 2]".as_bytes(), &JsonLimits::default())?;
/// assert_eq!(ids, [1, 2]);
/// let limits = JsonLimits { depth: 1, ..JsonLimits::default() };
/// let error = parse_json::<serde_json::Value>(b"[[]]", &limits).unwrap_err();
/// assert_eq!(error.kind(), HttpErrorKind::TooDeep);
/// # Ok::<(), campaign_pilot_http::JsonError>(())
/// ```
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8], limits: &JsonLimits) -> Result<T, JsonError> {
    JsonBody::new(bytes, limits).parse()
}

/// Bytes that should be JSON, with the limits that they are read under.
///
/// That of an [answer](crate::Response::json_body) was looked at when it arrived, which spares a second look.
#[derive(Clone, Copy)]
pub struct JsonBody<'a> {
    bytes: &'a [u8],
    limits: &'a JsonLimits,
    within_limits: bool,
}

impl<'a> JsonBody<'a> {
    /// Bytes that were not looked at.
    #[must_use]
    pub const fn new(bytes: &'a [u8], limits: &'a JsonLimits) -> Self {
        Self { bytes, limits, within_limits: false }
    }

    /// Bytes whose [`Shape`] is known.
    pub(crate) fn of_shape(bytes: &'a [u8], limits: &'a JsonLimits, shape: Shape) -> Self {
        Self { bytes, limits, within_limits: shape == Shape::Whole }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What follows the first `count` bytes, for callers that look for JSON behind something else; nothing beyond the end.
    #[must_use]
    pub fn skip(self, count: usize) -> Self {
        Self::new(self.bytes.get(count..).unwrap_or_default(), self.limits)
    }

    /// Other bytes under the same limits: for callers that mend what was sent.
    #[must_use]
    pub const fn instead<'b>(self, bytes: &'b [u8]) -> JsonBody<'b>
    where
        'a: 'b,
    {
        JsonBody::new(bytes, self.limits)
    }

    /// The value, ignoring a byte order mark in front of it.
    ///
    /// # Errors
    ///
    /// As [`parse_json`].
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, JsonError> {
        let bytes = without_mark(self.bytes);
        if !self.within_limits {
            scan(bytes, self.limits)?;
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let what = if error.is_data() { "is JSON of another shape than expected" } else { "is not JSON" };
            let detail = format!("the answer {what} (line {}, column {})", error.line(), error.column());
            JsonError { kind: HttpErrorKind::Malformed, detail }
        })
    }
}

impl fmt::Debug for JsonBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonBody").field("bytes", &self.bytes.len()).field("limits", self.limits).finish_non_exhaustive()
    }
}

/// JSON that could not be taken: says where, and never quotes the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct JsonError {
    kind: HttpErrorKind,
    detail: String,
}

impl JsonError {
    /// `Malformed`, `TooLarge` or `TooDeep`.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }
}

/// What a body looks like from outside.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Shape {
    /// No list and no object, beyond the limits, or not looked at.
    #[default]
    Unknown,
    /// Begins as a list or an object and stops before its last bracket is closed: the rest was lost on the way.
    Cut,
    /// A list or an object within the limits, up to its last bracket, if it is JSON at all.
    Whole,
}

impl Shape {
    pub(crate) fn of(bytes: &[u8], limits: &JsonLimits) -> Self {
        let bytes = without_mark(bytes);
        if !matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'{')) {
            return Self::Unknown;
        }
        match scan(bytes, limits) {
            Ok(End::Inside) => Self::Cut,
            Ok(End::Closed) => Self::Whole,
            Err(_) => Self::Unknown,
        }
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The deepest nesting and the longest array of a value: the naive model of [`scan`].
#[cfg(test)]
fn shape(value: &serde_json::Value) -> (usize, usize) {
    use serde_json::Value;

    let (children, own): (Vec<&Value>, usize) = match value {
        Value::Array(items) => (items.iter().collect(), items.len()),
        Value::Object(fields) => (fields.values().collect(), 0),
        _ => return (0, 0),
    };
    children.into_iter().map(shape).fold((1, own), |(depth, longest), child| (depth.max(child.0 + 1), longest.max(child.1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[a-z\\[\\]{},\"\\\\é]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z,\\[\"]{0,4}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_scan_agrees_with_the_value(value in any_json(), depth in 1usize..8, array_items in 1usize..7) {
            let limits = JsonLimits { array_items, depth };
            let (deepest, longest) = shape(&value);
            let parsed = parse_json::<Value>(value.to_string().as_bytes(), &limits);
            prop_assert_eq!(parsed.is_ok(), deepest <= depth && longest <= array_items);
        }
    }

    proptest! {
        #[test]
        fn every_cut_of_a_list_or_object_is_seen(value in any_json(), cut in 1usize..200) {
            prop_assume!(value.is_array() || value.is_object());
            let text = value.to_string();
            let shape = |bytes: &[u8]| Shape::of(bytes, &JsonLimits::default());
            prop_assert_eq!(shape(text.as_bytes()), Shape::Whole);
            prop_assert!(cut >= text.len() || shape(&text.as_bytes()[..cut]) == Shape::Cut);
        }
    }

    #[test]
    fn what_is_no_list_and_no_object_or_beyond_the_limits_is_neither_cut_nor_whole() {
        for text in ["", "<html>[", "\"cut", "1", "[[1]", "[1,2,3,4"] {
            assert_eq!(Shape::of(text.as_bytes(), &JsonLimits { array_items: 3, depth: 1 }), Shape::Unknown, "{text}");
        }
    }

    #[test]
    fn what_was_found_whole_is_parsed_without_a_second_look_and_its_parts_are_not() {
        let limits = JsonLimits::default();
        let body = JsonBody::of_shape(b"[[1]]", &limits, Shape::Whole);
        assert_eq!(body.parse::<Value>().unwrap(), serde_json::json!([[1]]));
        assert!(body.within_limits && !body.skip(1).within_limits && body.skip(9).bytes().is_empty());
        assert!(!JsonBody::of_shape(b"[[1]]", &limits, Shape::Unknown).within_limits);
        assert!(!format!("{body:?}").contains("1]"));
    }

    #[test]
    fn never_quotes_the_text() {
        let error = parse_json::<Vec<u64>>(br#"["secret@example.com"]"#, &JsonLimits::default()).unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Malformed);
        assert_eq!(error.to_string(), "the answer is JSON of another shape than expected (line 1, column 21)");
        let error = parse_json::<Value>(b"<html>secret</html>", &JsonLimits::default()).unwrap_err();
        assert_eq!(error.to_string(), "the answer is not JSON (line 1, column 1)");
    }

    #[test]
    fn an_array_of_exactly_the_limit_passes() {
        let limits = JsonLimits { array_items: 3, depth: 1 };
        assert!(parse_json::<Value>(b"[1,2,3]", &limits).is_ok());
        assert_eq!(parse_json::<Value>(b"[1,2,3,4]", &limits).unwrap_err().kind(), HttpErrorKind::TooLarge);
    }
}
