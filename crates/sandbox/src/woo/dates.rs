//! Dates as WooCommerce writes and reads them: shop time without a zone, UTC without a Z.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::opening::Body;

/// The name of the recorded shop's zone.
pub(crate) const RECORDED_ZONE: &str = "Europe/Berlin";

/// The zone of a shop; that of the recorded one where none is named, by its rule, which needs no time zone database.
pub(crate) fn zone_of(name: Option<&str>) -> TimeZone {
    let recorded = || TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC);
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(recorded)
}

/// An instant in UTC, without a Z.
pub(super) fn write_gmt(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// An instant in shop time.
pub(super) fn write_local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// An instant in shop time and in UTC.
pub(crate) fn dates_of(at: Timestamp, zone: &TimeZone) -> (String, String) {
    (write_local(at, zone), write_gmt(at))
}

/// Writes an instant into a body, as `key` in shop time and `key_gmt` in UTC.
pub(super) fn put(body: &mut Body, key: &str, at: Timestamp, zone: &TimeZone) {
    body.insert(key.to_owned(), Value::String(write_local(at, zone)));
    body.insert(format!("{key}_gmt"), Value::String(write_gmt(at)));
}

/// Reads `key_gmt` of a body.
pub(super) fn read_gmt(body: &Body, key: &str) -> Option<Timestamp> {
    let text = body.get(&format!("{key}_gmt"))?.as_str()?;
    Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()
}

/// Moves every date in a body, however deep, by the same time, and writes it in a zone; `None` when one leaves the calendar.
pub(crate) fn move_dates(body: &mut Body, by: SignedDuration, zone: &TimeZone) -> Option<()> {
    let dates: Vec<String> = body.keys().filter_map(|key| Some(key.strip_suffix("_gmt")?.to_owned())).collect();
    for key in dates {
        if let Some(at) = read_gmt(body, &key) {
            put(body, &key, at.checked_add(by).ok()?, zone);
        }
    }
    body.values_mut().try_for_each(|value| match value {
        Value::Object(body) => move_dates(body, by, zone),
        Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).try_for_each(|body| move_dates(body, by, zone)),
        _ => Some(()),
    })
}

/// Reads a date of a filter: with a zone as it stands, without one as shop time, or as UTC if so asked.
///
/// Asking for UTC and naming a zone shifts the date twice, as the real shop does. A day without a time is refused.
pub(super) fn read_filter(text: &str, are_gmt: bool, zone: &TimeZone) -> Option<Timestamp> {
    if !text.contains(['T', ' ']) {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return if are_gmt { Offset::UTC.to_timestamp(zone.to_datetime(at)).ok() } else { Some(at) };
    }
    let local = text.parse::<DateTime>().ok()?;
    if are_gmt { Offset::UTC.to_timestamp(local).ok() } else { zone.to_timestamp(local).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_the_shop_reads_them() {
        let read = |text, are_gmt| read_filter(text, are_gmt, &zone_of(None)).map(|at| at.to_string());
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(read("2026-11-08T00:00:00", false), at("2026-11-07T23:00:00Z"));
        assert_eq!(read("2026-11-08T00:00:00Z", false), at("2026-11-08T00:00:00Z"));
        assert_eq!(read("2026-11-08T00:00:00+02:00", false), at("2026-11-07T22:00:00Z"));
        assert_eq!(read("2026-11-08T00:00:00", true), at("2026-11-08T00:00:00Z"));
        assert_eq!(read("2026-11-08T00:00:00Z", true), at("2026-11-08T01:00:00Z"));
        assert_eq!(read("2026-07-08T00:00:00", false), at("2026-07-07T22:00:00Z"));
        for refused in ["2026-11-01", "2026-13-45", "yesterday", "2026-13-45T00:00:00"] {
            assert_eq!(read(refused, false), None, "{refused}");
        }
    }
}
