//! Recorded items as templates for any number of others, rendered as WordPress writes JSON.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::trial::Failure;

/// A recorded item, cut where the numbers of a row go.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    Id,
    Created,
    Modified,
}

/// What tells one row from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Row {
    /// The store's id.
    pub(super) id: u32,
    /// Seconds since 1970.
    pub(super) created: u32,
    /// Seconds since 1970.
    pub(super) modified: u32,
}

/// The fields that differ, with their marks; no recorded text holds a control character.
const MARKS: [(&str, &str, Piece); 3] = [
    ("id", "\"\\u0001id\"", Piece::Id),
    ("date_created_gmt", "\\u0001date_created_gmt", Piece::Created),
    ("date_modified_gmt", "\\u0001date_modified_gmt", Piece::Modified),
];

impl Template {
    /// A recorded item with the fields that `_fields` asks for; all of them when nothing is asked for.
    ///
    /// # Errors
    ///
    /// When the item is no object.
    pub(super) fn new(item: &Value, fields: Option<&str>) -> Result<Self, Failure> {
        let Value::Object(item) = item else { return Err("a recorded item is no object".into()) };
        let mut item = match fields {
            Some(fields) => some_of(item, fields),
            None => item.clone(),
        };
        for (field, ..) in &MARKS {
            if let Some(value) = item.get_mut(*field) {
                *value = Value::String(format!("\u{1}{field}"));
            }
        }
        let mut pieces = Vec::new();
        cut(&wordpress_json(&Value::Object(item)), &mut pieces);
        Ok(Self(pieces))
    }

    /// Appends the JSON of a row.
    pub(super) fn render(&self, row: Row, to: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => to.push_str(text),
                Piece::Id => push(to, format_args!("{}", row.id)),
                Piece::Created => push_second(to, row.created),
                Piece::Modified => push_second(to, row.modified),
            }
        }
    }
}

/// The fields of a list in WooCommerce's form: `id,billing.email`.
fn some_of(item: &Map<String, Value>, fields: &str) -> Map<String, Value> {
    let mut some = Map::new();
    for field in fields.split(',').map(str::trim) {
        let (name, inner) = field.split_once('.').map_or((field, None), |(name, inner)| (name, Some(inner)));
        match (item.get(name), inner) {
            (Some(value), None) => drop(some.insert(name.to_owned(), value.clone())),
            (Some(value), Some(inner)) => {
                let found = value.get(inner).cloned().unwrap_or(Value::Null);
                some.insert(name.to_owned(), Value::Object(Map::from_iter([(inner.to_owned(), found)])));
            }
            (None, _) => {}
        }
    }
    some
}

/// Divides a text at the first of the marks, again and again.
fn cut(text: &str, pieces: &mut Vec<Piece>) {
    let found = MARKS.iter().filter_map(|(_, mark, piece)| Some((text.split_once(mark)?, piece)));
    let Some(((before, behind), piece)) = found.min_by_key(|((before, _), _)| before.len()) else {
        return pieces.push(Piece::Text(text.to_owned()));
    };
    pieces.push(Piece::Text(before.to_owned()));
    pieces.push(match piece {
        Piece::Created => Piece::Created,
        Piece::Modified => Piece::Modified,
        Piece::Id | Piece::Text(_) => Piece::Id,
    });
    cut(behind, pieces);
}

/// JSON as WordPress writes it: slashes escaped, and everything beyond ASCII.
fn wordpress_json(value: &Value) -> String {
    let mut escaped = String::new();
    let mut units = [0; 2];
    for c in value.to_string().chars() {
        match c {
            '/' => escaped.push_str("\\/"),
            c if c.is_ascii() => escaped.push(c),
            c => c.encode_utf16(&mut units).iter().for_each(|unit| push(&mut escaped, format_args!("\\u{unit:04x}"))),
        }
    }
    escaped
}

/// A date and time without a zone, as the `_gmt` fields hold it.
fn push_second(to: &mut String, second: u32) {
    let at: Cow<'static, str> =
        Timestamp::from_second(second.into()).map_or("".into(), |at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string().into());
    to.push_str(&at);
}

fn push(to: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = to.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROW: Row = Row { id: 7, created: 1_795_000_000, modified: 1_795_000_001 };

    fn rendered(item: &Value, fields: Option<&str>) -> String {
        let mut text = String::new();
        Template::new(item, fields).unwrap().render(ROW, &mut text);
        text
    }

    #[test]
    fn a_row_takes_the_place_of_the_recorded_numbers() {
        let item = json!({"id": 1, "name": "Süd/Ost", "date_created_gmt": "x", "date_modified_gmt": null, "lines": [{"id": 2}]});
        let text = rendered(&item, None);
        assert!(text.is_ascii() && text.contains(r#""S\u00fcd\/Ost""#), "{text}");
        let wanted = json!({
            "id": 7, "name": "Süd/Ost", "date_created_gmt": "2026-11-18T11:06:40", "date_modified_gmt": "2026-11-18T11:06:41",
            "lines": [{"id": 2}],
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), wanted);
    }

    #[test]
    fn fields_are_chosen_as_in_woocommerce() {
        let item = json!({"id": 1, "total": "9.90", "billing": {"email": "a@example.com", "city": "Ulm"}});
        assert_eq!(rendered(&item, Some("id,billing.email,colour")), r#"{"billing":{"email":"a@example.com"},"id":7}"#);
    }
}
