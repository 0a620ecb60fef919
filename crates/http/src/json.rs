//! JSON from other systems, with limits on its shape.

use serde::Deserialize;
use serde::de::DeserializeOwned;

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
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    scan(bytes, limits)?;
    serde_json::from_slice(bytes).map_err(|error| {
        let what = if error.is_data() { "is JSON of another shape than expected" } else { "is not JSON" };
        let detail = format!("the answer {what} (line {}, column {})", error.line(), error.column());
        JsonError { kind: HttpErrorKind::Malformed, detail }
    })
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

/// Whether a body that begins as JSON stops before its last bracket is closed: the rest was lost on the way.
pub(crate) fn ends_early(bytes: &[u8]) -> bool {
    let unlimited = JsonLimits { array_items: usize::MAX, depth: usize::MAX };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    matches!(bytes.first(), Some(b'[' | b'{')) && scan(bytes, &unlimited) == Ok(End::Inside)
}

/// Where a scan ended.
#[derive(Debug, Eq, PartialEq)]
enum End {
    /// Within a string, an array or an object.
    Inside,
    /// With everything closed.
    Closed,
}

/// Counts nesting and array items without building anything; whether it is JSON at all is not its concern.
fn scan(bytes: &[u8], limits: &JsonLimits) -> Result<End, JsonError> {
    // One entry per open array or object: the commas seen in an array, nothing for an object.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                if open.len() >= limits.depth {
                    let detail = format!("the answer is nested deeper than {} levels", limits.depth);
                    return Err(JsonError { kind: HttpErrorKind::TooDeep, detail });
                }
                open.push((*byte == b'[').then_some(0));
            }
            b']' | b'}' => {
                open.pop();
            }
            b',' => {
                if let Some(Some(commas)) = open.last_mut() {
                    *commas += 1;
                    if *commas >= limits.array_items {
                        let detail = format!("the answer holds an array of more than {} items", limits.array_items);
                        return Err(JsonError { kind: HttpErrorKind::TooLarge, detail });
                    }
                }
            }
            _ => {}
        }
    }
    Ok(if in_string || !open.is_empty() { End::Inside } else { End::Closed })
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
            prop_assert!(!ends_early(text.as_bytes()));
            prop_assert!(cut >= text.len() || ends_early(&text.as_bytes()[..cut]));
        }
    }

    #[test]
    fn what_does_not_begin_as_json_does_not_end_early() {
        for text in ["", "<html>[", "\"cut", "1"] {
            assert!(!ends_early(text.as_bytes()), "{text}");
        }
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
