//! Tolerant access to the fields of an item: stores and their plugins send numbers as text, text as numbers, and
//! nothing in several ways.

use campaign_pilot_core::RejectedItem;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde_json::{Map, Value};

/// What is wrong with an item, as a clause that names the field and does not quote it.
pub(crate) type Unreadable = String;

/// The fields of one JSON object.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Value) -> Result<Self, Unreadable> {
        value.as_object().map(Self).ok_or_else(|| "is not an object".to_owned())
    }

    /// The field; `None` when it is missing or null.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A positive whole number, as a number or as text.
    pub(crate) fn number(self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The item's id.
    pub(crate) fn id(self) -> Result<u64, Unreadable> {
        self.number("id").ok_or_else(|| "has no `id`".to_owned())
    }

    /// Text; empty when there is none.
    pub(crate) fn text(self, name: &str) -> String {
        match self.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A decimal, as a number or as text; `None` when there is none.
    pub(crate) fn decimal(self, name: &str) -> Result<Option<Decimal>, Unreadable> {
        let text = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(format!("`{name}` is not a number")),
        };
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
        parsed.map(Some).map_err(|_| format!("`{name}` is not a number"))
    }

    /// A decimal that must be there.
    pub(crate) fn amount(self, name: &str) -> Result<Decimal, Unreadable> {
        self.decimal(name)?.ok_or_else(|| format!("has no `{name}`"))
    }

    /// Units: a whole number; fractions of goods by weight are rounded half away from zero.
    pub(crate) fn units(self, name: &str) -> Result<i64, Unreadable> {
        let exact = self.amount(name)?;
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        rounded.to_i64().ok_or_else(|| format!("`{name}` is out of range"))
    }

    /// An instant in UTC: the `_gmt` fields carry no zone, others may carry an offset.
    pub(crate) fn utc(self, name: &str) -> Result<Option<Timestamp>, Unreadable> {
        let text = self.text(name);
        if text.trim().is_empty() {
            return Ok(None);
        }
        parse_utc(&text).map(Some).ok_or_else(|| format!("`{name}` is not a date and time"))
    }

    /// The items of a list; none when it is no list.
    pub(crate) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

fn parse_utc(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    text.parse::<DateTime>().ok().and_then(|civil| Offset::UTC.to_timestamp(civil).ok())
}

/// An item that could not be read, with its id as far as it has one.
pub(crate) fn rejected(item: &Value, reason: impl Into<String>) -> RejectedItem {
    let id = Fields::of(item).ok().and_then(|fields| fields.number("id"));
    RejectedItem { id: id.map(|id| id.to_string()), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read<T>(value: &Value, read: impl FnOnce(Fields<'_>) -> T) -> T {
        read(Fields::of(value).unwrap())
    }

    #[test]
    fn nothing_comes_in_several_forms() {
        for nothing in [json!({}), json!({"price": null}), json!({"price": ""}), json!({"price": " "})] {
            assert_eq!(read(&nothing, |fields| fields.decimal("price")), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn numbers_come_as_text_and_as_numbers() {
        let cases = [(json!("59.99"), "59.99"), (json!(249), "249"), (json!(9.9), "9.9"), (json!("10.123456"), "10.123456")];
        for (value, wanted) in cases {
            let item = json!({ "price": value });
            assert_eq!(read(&item, |fields| fields.amount("price")).unwrap().to_string(), wanted);
        }
        let text = json!({"price": "abc", "list": {}});
        assert_eq!(read(&text, |fields| fields.decimal("price")), Err("`price` is not a number".to_owned()));
        assert_eq!(read(&text, |fields| fields.list("list").len()), 0);
    }

    #[test]
    fn units_round_goods_by_weight() {
        let item = json!({"a": 7.5, "b": "-2", "c": 0.2});
        assert_eq!(read(&item, |fields| [fields.units("a"), fields.units("b"), fields.units("c")]), [Ok(8), Ok(-2), Ok(0)]);
    }

    #[test]
    fn gmt_fields_without_a_zone_are_utc() {
        let item =
            json!({"a": "2026-11-07T23:44:41", "b": "2026-11-07T23:44:41Z", "c": "2026-11-08T00:44:41+01:00", "d": "yesterday"});
        let at = Ok(Some("2026-11-07T23:44:41Z".parse().unwrap()));
        assert_eq!(read(&item, |fields| [fields.utc("a"), fields.utc("b"), fields.utc("c")]), [at.clone(), at.clone(), at]);
        assert!(read(&item, |fields| fields.utc("d")).is_err());
    }

    proptest! {
        #[test]
        fn decimals_survive_as_text(units in any::<i64>(), scale in 0u32..12) {
            let exact = Decimal::new(units, scale);
            let item = json!({ "total": exact.to_string() });
            prop_assert_eq!(read(&item, |fields| fields.amount("total")).unwrap(), exact);
        }
    }
}
