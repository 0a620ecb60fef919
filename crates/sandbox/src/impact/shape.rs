//! How bare values, absence and additions are written: handlers build what the documentation declares, and this turns
//! it into what is seen on the wire.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::quirks::{AbsentAs, Quirks, Scalars};

/// The mark of a decimal number that keeps its two places also as text.
const DECIMAL: &str = "$decimal";

/// The mark before the name of a field that no documentation mentions.
const ADDED: char = '+';

/// An amount with two places, as text.
pub(crate) fn amount(amount: Decimal) -> String {
    let mut amount = amount.round_dp(2);
    amount.rescale(2);
    amount.to_string()
}

/// An amount as a number with two places.
pub(crate) fn number(value: Decimal) -> Value {
    json!({ DECIMAL: amount(value) })
}

/// What was sent for a number, as a number; null for what is none.
pub(crate) fn read_number(text: &str) -> Value {
    match text.parse::<Decimal>() {
        Ok(value) if value.is_integer() && !text.contains('.') => text.parse::<i64>().map_or(Value::Null, Value::from),
        Ok(_) => json!({ DECIMAL: text }),
        Err(_) => Value::Null,
    }
}

/// What was sent for a truth value.
pub(crate) fn read_bool(text: &str) -> Value {
    Value::Bool(text == "true")
}

/// A text that counts as absent when it is empty.
pub(crate) fn or_absent(text: impl Into<String>) -> Value {
    let text: String = text.into();
    if text.is_empty() { Value::Null } else { Value::String(text) }
}

/// A body as it goes out.
pub(super) fn shaped(value: Value, quirks: &Quirks, has_bare_numbers: bool) -> Value {
    let texts = match quirks.scalars {
        Scalars::AsSeen => !has_bare_numbers,
        Scalars::Text => true,
        Scalars::Typed => false,
    };
    walk(value, quirks, texts).unwrap_or(Value::Null)
}

fn walk(value: Value, quirks: &Quirks, texts: bool) -> Option<Value> {
    Some(match value {
        Value::Object(fields) => match fields.get(DECIMAL) {
            Some(Value::String(digits)) if texts => Value::String(digits.clone()),
            Some(Value::String(digits)) => digits.parse().map_or(Value::Null, Value::Number),
            _ => Value::Object(walk_fields(fields, quirks, texts)),
        },
        Value::Array(items) => Value::Array(items.into_iter().filter_map(|item| walk(item, quirks, texts)).collect()),
        Value::Null => match quirks.absent {
            AbsentAs::EmptyText => Value::String(String::new()),
            AbsentAs::Null => Value::Null,
            AbsentAs::LeftOut => return None,
        },
        Value::Number(number) if texts => Value::String(number.to_string()),
        Value::Bool(value) if texts => Value::String(value.to_string()),
        other => other,
    })
}

fn walk_fields(fields: Map<String, Value>, quirks: &Quirks, texts: bool) -> Map<String, Value> {
    let mut shaped = Map::new();
    for (name, value) in fields {
        let name = match name.strip_prefix(ADDED) {
            Some(_) if !quirks.extra_fields => continue,
            Some(bare) => bare.to_owned(),
            None => name,
        };
        if let Some(value) = walk(value, quirks, texts) {
            shaped.insert(name, value);
        }
    }
    shaped
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn each_form_of_scalars_and_absence_is_written() {
        let body = || json!({ "Id": 7, "Cost": number(dec!(1.5)), "Live": true, "End": null, "+New": "x", "List": [1, "a"] });
        let shape = |scalars, absent, extra_fields, bare| {
            shaped(body(), &Quirks { scalars, absent, extra_fields, ..Quirks::default() }, bare)
        };
        let text = json!({ "Id": "7", "Cost": "1.50", "Live": "true", "End": "", "New": "x", "List": ["1", "a"] });
        assert_eq!(shape(Scalars::AsSeen, AbsentAs::EmptyText, true, false), text);
        assert_eq!(shape(Scalars::Text, AbsentAs::EmptyText, true, true), text);
        let typed = json!({ "Id": 7, "Cost": 1.5, "Live": true, "List": [1, "a"] });
        assert_eq!(shape(Scalars::Typed, AbsentAs::LeftOut, false, false), typed);
        assert_eq!(shape(Scalars::AsSeen, AbsentAs::Null, false, true)["End"], Value::Null);
    }
}
