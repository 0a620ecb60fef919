//! Scalars: the same field comes as text, as a number, as `null`, as `""` or not at all.
//!
//! Each function here is for `#[serde(default, deserialize_with = ..)]` and gives `None` for every way of saying nothing.

use std::fmt;
use std::str::FromStr;

use campaign_pilot_core::Currency;
use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Any scalar as trimmed text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(ScalarVisitor)
}

/// A plain decimal such as `"19.27"` or `0.88`.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    read(deserializer, "a decimal number", parse_decimal)
}

/// A count: a whole number that is not negative.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    read(deserializer, "a count", parse_count)
}

/// `"true"`, `true`, `"1"` and the like.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    read(deserializer, "true or false", |text| match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    })
}

/// An instant with its offset, such as `2020-09-10T09:45:07-07:00`.
pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    read(deserializer, "a date with a time and an offset", |text| text.parse().ok())
}

/// An identifier that may be missing.
pub(crate) fn id<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    match text(deserializer)? {
        Some(text) => T::deserialize(serde::de::value::StringDeserializer::new(text)).map(Some),
        None => Ok(None),
    }
}

/// A JSON value as trimmed text, if it is a scalar that says something.
pub(crate) fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => meaning(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A JSON value as a count, if it is one in any form.
pub(crate) fn value_count(value: &Value) -> Option<u64> {
    parse_count(&value_text(value)?)
}

/// A whole number that is not negative.
pub(crate) fn parse_count(text: &str) -> Option<u64> {
    parse_decimal(text).filter(Decimal::is_integer)?.to_u64()
}

/// Any scalar as text, empty where there is none.
pub(crate) fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(deserializer)?.unwrap_or_default())
}

/// A currency by its code; one that is not known is none, so that no amount is taken for another currency's.
pub(crate) fn currency_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Currency>, D::Error> {
    Ok(text(deserializer)?.and_then(|code| code.parse().ok()))
}

/// A list of things. One alone may come without its brackets; nothing is an empty list.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Array(items) => items.into_iter().map(|item| T::deserialize(item).map_err(Error::custom)).collect(),
        value if is_nothing(&value) => Ok(Vec::new()),
        value => T::deserialize(value).map(|item| vec![item]).map_err(Error::custom),
    }
}

/// A list of texts or identifiers, which may also be one text with commas.
pub(crate) fn texts<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let parts: Vec<String> = match &value {
        Value::Array(items) => items.iter().filter_map(value_text).collect(),
        value => value_text(value).into_iter().flat_map(|text| text.split(',').filter_map(meaning).collect::<Vec<_>>()).collect(),
    };
    parts.into_iter().map(|part| T::deserialize(Value::String(part)).map_err(Error::custom)).collect()
}

/// An object that may be missing: absent, `null` or one of the words for nothing.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        value if is_nothing(&value) => Ok(None),
        value => T::deserialize(value).map(Some).map_err(Error::custom),
    }
}

/// Whether a value is one of the ways of saying nothing.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => meaning(text).is_none(),
        _ => false,
    }
}

/// Reads a plain or scientific decimal.
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).or_else(|_| Decimal::from_str(text)).ok()
}

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let Some(text) = text(deserializer)? else {
        return Ok(None);
    };
    let shown: String = text.chars().take(40).collect();
    parse(&text).map(Some).ok_or_else(|| Error::custom(format_args!("`{shown}` is not {expected}")))
}

/// What a text says, or `None` for the ways of saying nothing.
fn meaning(text: &str) -> Option<String> {
    let text = text.trim();
    let is_nothing = text.is_empty() || ["NA", "N/A", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    (!is_nothing).then(|| text.to_owned())
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true, false or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(meaning(text))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(flag.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    // The shortest text that reads back as the same float is what the sender wrote.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "decimal")]
        decimal: Option<Decimal>,
        #[serde(default, deserialize_with = "count")]
        count: Option<u64>,
        #[serde(default, deserialize_with = "flag")]
        flag: Option<bool>,
        #[serde(default, deserialize_with = "instant")]
        instant: Option<Timestamp>,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn text_number_and_flag_are_read_in_every_form() {
        let texts = row(r#"{"text":7,"decimal":"19.27","count":"2","flag":"true","instant":"2020-09-10T09:45:07-07:00"}"#);
        assert_eq!(texts.text.as_deref(), Some("7"));
        assert_eq!(texts.decimal, Some(Decimal::new(1927, 2)));
        assert_eq!(texts.count, Some(2));
        assert_eq!(texts.flag, Some(true));
        assert_eq!(texts.instant.unwrap().to_string(), "2020-09-10T16:45:07Z");
        let bare = row(r#"{"text":true,"decimal":0.88,"count":2,"flag":false}"#);
        assert_eq!(bare.text.as_deref(), Some("true"));
        assert_eq!(bare.decimal, Some(Decimal::new(88, 2)));
        assert_eq!((bare.count, bare.flag), (Some(2), Some(false)));
    }

    #[test]
    fn every_way_of_saying_nothing_is_an_absence() {
        for nothing in [r#""""#, r#""  ""#, r#""NA""#, r#""n/a""#, r#""null""#, "null"] {
            let read = row(&format!(
                r#"{{"text":{nothing},"decimal":{nothing},"count":{nothing},"flag":{nothing},"instant":{nothing}}}"#
            ));
            assert!(read.text.is_none() && read.decimal.is_none() && read.count.is_none(), "{nothing}");
            assert!(read.flag.is_none() && read.instant.is_none(), "{nothing}");
        }
        assert!(row("{}").decimal.is_none());
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_zero() {
        for (field, value) in [
            ("decimal", r#""12,50""#),
            ("decimal", "[1]"),
            ("count", r#""-1""#),
            ("count", "1.5"),
            ("flag", r#""maybe""#),
            ("instant", r#""2020-09-10""#),
            ("text", "{}"),
        ] {
            let read = serde_json::from_str::<Row>(&format!(r#"{{"{field}":{value}}}"#));
            assert!(read.is_err(), "{field} = {value}: {read:?}");
        }
    }

    #[derive(Debug, Deserialize)]
    struct Lists {
        #[serde(default, deserialize_with = "texts")]
        texts: Vec<String>,
        #[serde(default, deserialize_with = "list")]
        list: Vec<Row>,
        #[serde(default, deserialize_with = "object")]
        object: Option<Row>,
        #[serde(default, deserialize_with = "currency_or_none")]
        currency: Option<Currency>,
    }

    fn lists(json: &str) -> Lists {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn lists_come_as_arrays_as_text_or_as_one_thing() {
        assert_eq!(lists(r#"{"texts":["a","",null,7]}"#).texts, ["a", "7"]);
        assert_eq!(lists(r#"{"texts":"a, b,,c"}"#).texts, ["a", "b", "c"]);
        assert_eq!(lists(r#"{"texts":7}"#).texts, ["7"]);
        assert_eq!(lists(r#"{"list":[{"count":1},{"count":2}]}"#).list.len(), 2);
        assert_eq!(lists(r#"{"list":{"count":1},"object":{"count":"3"}}"#).list[0].count, Some(1));
        assert_eq!(lists(r#"{"object":{"count":"3"}}"#).object.unwrap().count, Some(3));
        for nothing in ["\"\"", "null", "\"NA\""] {
            let read = lists(&format!(r#"{{"texts":{nothing},"list":{nothing},"object":{nothing} }}"#));
            assert!(read.texts.is_empty() && read.list.is_empty() && read.object.is_none(), "{nothing}");
        }
        assert!(serde_json::from_str::<Lists>(r#"{"list":[7]}"#).is_err());
    }

    #[test]
    fn a_currency_that_is_not_known_is_none() {
        assert_eq!(lists(r#"{"currency":"EUR"}"#).currency, Some(Currency::EUR));
        assert_eq!(lists(r#"{"currency":"XXQ"}"#).currency, None);
    }

    proptest! {
        #[test]
        fn money_is_exact_as_text_and_as_number(cents in -99_999_999i64..99_999_999) {
            let amount = Decimal::new(cents, 2);
            prop_assert_eq!(row(&format!(r#"{{"decimal":"{amount}"}}"#)).decimal, Some(amount));
            prop_assert_eq!(row(&format!(r#"{{"decimal":{amount}}}"#)).decimal, Some(amount));
        }
    }
}
