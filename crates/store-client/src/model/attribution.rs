//! Where the visit came from that led to an order.

use std::fmt;

use campaign_pilot_http::Url;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::scalar;

/// Where the visit that led to an order came from, as WooCommerce 8.5 and newer notes it.
///
/// Caches and consent banners often hide it: then a field is empty or says `Unknown`. Addresses come without query and
/// fragment, which may hold somebody's e-mail address or a token; the `utm_..` fields hold what campaigns put there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OrderAttribution {
    /// `organic`, `referral`, `utm`, `typein`, `admin`, ..
    pub source_type: String,
    /// The page that linked here, without query and fragment; empty where it is not known or names a person.
    pub referrer: String,
    /// The campaign's source.
    pub utm_source: String,
    /// The campaign's medium.
    pub utm_medium: String,
    /// The campaign's name.
    pub utm_campaign: String,
    /// The campaign's content.
    pub utm_content: String,
    /// The first page of the visit, without query and fragment; empty where it is not known or names a person.
    pub session_entry: String,
    /// Pages that were seen before the order.
    pub session_pages: Option<u64>,
    /// Which visit of the customer it was, the first being 1.
    pub session_count: Option<u64>,
    /// `Mobile`, `Desktop`, `Tablet`.
    pub device_type: String,
}

const PREFIX: &str = "_wc_order_attribution_";

/// The attribution among an order's meta data; everything else in it is passed over.
pub(super) fn attribution<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OrderAttribution>, D::Error> {
    deserializer.deserialize_any(MetaData)
}

struct MetaData;

impl<'de> Visitor<'de> for MetaData {
    type Value = Option<OrderAttribution>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("meta data")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    /// PHP sends a list with gaps as an object.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some((_, entry)) = fields.next_entry::<IgnoredAny, MetaEntry>()? {
            entry.tell(&mut found);
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(entry) = entries.next_element::<MetaEntry>()? {
            entry.tell(&mut found);
        }
        Ok(found)
    }
}

/// One entry of meta data; a value that is not a single one is empty, and so is what is no entry at all.
#[derive(Default)]
struct MetaEntry {
    key: String,
    value: String,
}

impl MetaEntry {
    fn tell(self, found: &mut Option<OrderAttribution>) {
        let (Some(key), value) = (self.key.strip_prefix(PREFIX), self.value) else { return };
        let attribution = found.get_or_insert_default();
        match key {
            // Keys repeat: the visit's own entry comes after what the staff's edit added.
            "source_type" => attribution.source_type = value,
            "referrer" => attribution.referrer = page(&value),
            "utm_source" => attribution.utm_source = value,
            "utm_medium" => attribution.utm_medium = value,
            "utm_campaign" => attribution.utm_campaign = value,
            "utm_content" => attribution.utm_content = value,
            "session_entry" => attribution.session_entry = page(&value),
            "session_pages" => attribution.session_pages = value.trim().parse().ok(),
            "session_count" => attribution.session_count = value.trim().parse().ok(),
            "device_type" => attribution.device_type = value,
            _ => {}
        }
    }
}

impl<'de> Visitor<'de> for MetaEntry {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of meta data")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(default, deserialize_with = "scalar::text")]
            key: String,
            #[serde(default, deserialize_with = "scalar::text")]
            value: String,
        }
        let Fields { key, value } = Fields::deserialize(MapAccessDeserializer::new(fields))?;
        Ok(Self { key, value })
    }
}

impl<'de> Deserialize<'de> for MetaEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self::default())
    }
}

/// Which page an address is, without what may tell who saw it: query, fragment, user and password go, and of an address
/// that holds an `@` in its path, or a query in disguise, only the host is left. What is no address is kept up to
/// where a query would begin, or not at all where it may name a person.
fn page(address: &str) -> String {
    let bare = address.trim().split(['?', '#']).next().unwrap_or_default();
    let Ok(mut url) = Url::parse(bare) else {
        return if names_someone(bare) { String::new() } else { bare.to_owned() };
    };
    if !url.has_host() || url.set_username("").and_then(|()| url.set_password(None)).is_err() {
        return String::new();
    }
    if names_someone(url.path()) {
        url.set_path("");
    }
    url.into()
}

/// Whether a path may hold an e-mail address, or a query that was encoded.
fn names_someone(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["@", "%40", "%3f", "%23", "%25"].iter().any(|mark| path.contains(mark))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(entries: &[(&str, Value)]) -> OrderAttribution {
        let entry = |(key, value): &(&str, Value)| json!({"id": 1, "key": format!("{PREFIX}{key}"), "value": value});
        let list: Vec<Value> = entries.iter().map(entry).collect();
        attribution(Value::from(list)).unwrap().unwrap()
    }

    #[test]
    fn the_visit_is_read_with_its_pages() {
        let read = read(&[
            ("source_type", json!("referral")),
            ("referrer", json!("https://blog.example/tea/")),
            ("session_entry", json!("https://shop.example/product/green-tea/?utm_source=blog&email=ann@mail.example#top")),
            ("session_count", json!("3")),
            ("session_pages", json!(7)),
            ("session_start_time", json!("2026-11-01 10:00:00")),
        ]);
        assert_eq!(
            (read.referrer.as_str(), read.session_entry.as_str()),
            ("https://blog.example/tea/", "https://shop.example/product/green-tea/")
        );
        assert_eq!((read.session_count, read.session_pages), (Some(3), Some(7)));
    }

    #[test]
    fn what_is_odd_is_absent_and_costs_nothing() {
        for odd in [json!(null), json!([]), json!({"a": 1}), json!("many"), json!("-1"), json!(true), json!("")] {
            let read = read(&[("session_count", odd.clone()), ("session_entry", odd.clone()), ("device_type", json!("Mobile"))]);
            assert_eq!((read.session_count, read.device_type.as_str()), (None, "Mobile"), "{odd}");
        }
    }

    #[test]
    fn no_page_tells_who_saw_it() {
        for (address, kept) in [
            ("https://mail.example/read?to=ann@mail.example&token=hunter2", "https://mail.example/read"),
            ("https://shop.example/#token=hunter2", "https://shop.example/"),
            ("https://ann:hunter2@mail.example/inbox", "https://mail.example/inbox"),
            ("https://mail.example/ann@mail.example/inbox", "https://mail.example/"),
            ("https://mail.example/u/ann%40mail.example", "https://mail.example/"),
            ("https://mail.example/read%3Ftoken=hunter2", "https://mail.example/"),
            ("https://mail.example/read%253Ftoken=hunter2", "https://mail.example/"),
            ("android-app://com.google.android.gm/", "android-app://com.google.android.gm/"),
            ("mailto:ann@mail.example", ""),
            ("data:text/plain,hunter2", ""),
            ("//ann:hunter2@mail.example/", ""),
            ("/product/green-tea/?email=ann@mail.example", "/product/green-tea/"),
            ("Unknown", "Unknown"),
            ("  ", ""),
        ] {
            let read = read(&[("referrer", json!(address)), ("session_entry", json!(address))]);
            assert_eq!((read.referrer.as_str(), read.session_entry.as_str()), (kept, kept), "{address}");
            let shown = format!("{read:?} {}", serde_json::to_string(&read).unwrap());
            assert!(!shown.contains("hunter2") && !shown.contains("ann"), "{shown}");
        }
    }
}
