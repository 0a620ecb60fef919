//! Single fields: stores and their plugins send numbers as text, text as numbers, and nothing in several ways.
//!
//! The functions are meant for `#[serde(deserialize_with = "..")]`. Those for needed fields fail on what they cannot
//! read, so that the item is listed as rejected; those for descriptive fields take it as absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Any JSON value where a single one is expected; text is borrowed where it can be.
#[derive(Debug)]
pub(crate) enum Scalar<'de> {
    Null,
    Flag(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'de, str>),
    /// A list or an object.
    Nested,
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

impl Scalar<'_> {
    /// A whole number of zero or more.
    fn number(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            Self::Float(value) => Decimal::from_f64(*value).filter(Decimal::is_integer)?.to_u64(),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Flag(_) | Self::Nested => None,
        }
    }

    /// A decimal as it is written; `Ok(None)` when there is none.
    fn decimal(&self) -> Result<Option<Decimal>, Unreadable> {
        match self {
            Self::Null => Ok(None),
            Self::Unsigned(value) => Ok(Some(Decimal::from(*value))),
            Self::Signed(value) => Ok(Some(Decimal::from(*value))),
            // The shortest text that gives the same number: 9.9 stays 9.9.
            Self::Float(value) => decimal_of(&value.to_string()).map(Some),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => decimal_of(text.trim()).map(Some),
            Self::Flag(_) | Self::Nested => Err(Unreadable("is not a number")),
        }
    }

    /// An instant in UTC: the `_gmt` fields carry no zone, others may carry an offset.
    fn instant(&self) -> Result<Option<Timestamp>, Unreadable> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => utc_of(text.trim()).map(Some).ok_or(Unreadable("is not a date and time")),
            _ => Err(Unreadable("is not a date and time")),
        }
    }

    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            Self::Unsigned(value) => Some(value.to_string()),
            Self::Signed(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Null | Self::Flag(_) | Self::Nested => None,
        }
    }
}

/// What is wrong with a field, as a clause that quotes nothing.
#[derive(Debug)]
struct Unreadable(&'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Larger amounts are no amounts; below it, as many as a shop has can be added up.
const MOST: Decimal = Decimal::from_parts(0x89E8_0000, 0x8AC7_2304, 0, false, 0);

fn decimal_of(text: &str) -> Result<Decimal, Unreadable> {
    let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    number.ok().filter(|number| number.abs() <= MOST).ok_or(Unreadable("is not a number"))
}

fn utc_of(text: &str) -> Option<Timestamp> {
    if let Ok(civil) = text.parse::<DateTime>()
        && !text.ends_with(['Z', 'z'])
        && !has_offset(text)
    {
        return Offset::UTC.to_timestamp(civil).ok();
    }
    text.parse().ok()
}

/// Whether a date and time ends with an offset such as `+01:00`; the date's own dashes do not count.
fn has_offset(text: &str) -> bool {
    text.get(10..).is_some_and(|time| time.contains(['+', '-', '[']))
}

/// An id: a whole number, as a number or as text.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Scalar::deserialize(deserializer)?.number().ok_or_else(|| D::Error::custom("is not an id"))
}

/// A reference to another item; zero, nothing and what is no number are none.
pub(crate) fn reference<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.number().filter(|id| *id > 0))
}

/// A count; what is no whole number is zero.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.number().unwrap_or(0))
}

/// An amount that may be missing, but is readable when it is there.
pub(crate) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    Scalar::deserialize(deserializer)?.decimal().map_err(D::Error::custom)
}

/// An amount that must be there.
pub(crate) fn needed_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    amount(deserializer)?.ok_or_else(|| D::Error::custom("is empty"))
}

/// An amount of which nothing and the unreadable are zero: totals that add up without it.
pub(crate) fn amount_or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.decimal().ok().flatten().unwrap_or_default())
}

/// An amount that was added up in floating point: to four decimals, which no currency exceeds; nothing is zero.
pub(crate) fn noisy_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let amount = amount(deserializer)?.unwrap_or_default();
    Ok(amount.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize())
}

/// An instant in UTC that may be missing, but is readable when it is there.
pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Scalar::deserialize(deserializer)?.instant().map_err(D::Error::custom)
}

/// An instant in UTC that must be there.
pub(crate) fn needed_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    instant(deserializer)?.ok_or_else(|| D::Error::custom("is empty"))
}

/// Text as it is; empty when there is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.into_text().unwrap_or_default())
}

/// Text for people: tags dropped, entities decoded, one line.
pub(crate) fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) => crate::plain::plain_text(&text),
        other => other.into_text().unwrap_or_default(),
    })
}

/// A word out of a set; yes, no and numbers are taken as words, and no word is the empty one.
pub(crate) fn word<'de, D: Deserializer<'de>, T>(deserializer: D, known: impl FnOnce(&str) -> T) -> Result<T, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(word) => known(&word),
        Scalar::Flag(flag) => known(if flag { "true" } else { "false" }),
        other => known(&other.into_text().unwrap_or_default()),
    })
}

/// A yes or no; `parent`, `yes`, `true` and 1 are yes, the rest is no.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Flag(value) => value,
        Scalar::Text(text) => matches!(&*text, "parent" | "yes" | "true" | "1"),
        Scalar::Unsigned(value) => value == 1,
        _ => false,
    })
}

/// One text out of an object, or nothing: the rest is passed over and never stored.
pub(crate) fn field<'de, D: Deserializer<'de>>(deserializer: D, name: &'static str) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(OneField(name))
}

struct OneField(&'static str);

impl<'de> Visitor<'de> for OneField {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            if name == self.0 {
                found = fields.next_value::<Scalar<'de>>()?.into_text().filter(|text| !text.is_empty());
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A list; PHP sends one with gaps as an object, whose values are taken, and an empty one in any form.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(AnyList(PhantomData))
}

/// A list of ids; what is none is left out.
pub(crate) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let ids: Vec<Scalar<'de>> = list(deserializer)?;
    Ok(ids.iter().filter_map(Scalar::number).collect())
}

struct AnyList<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyList<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() { Ok(Vec::new()) } else { Err(E::custom("is not a list")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(100));
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some((_, item)) = fields.next_entry::<IgnoredAny, T>()? {
            list.push(item);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests;
