//! Dates as impact.com writes and reads them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// An instant with the account's offset, such as `2026-05-29T22:03:35-08:00`.
pub(crate) fn write_date(instant: Timestamp, offset: Offset) -> String {
    instant.to_zoned(offset.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The same, and the empty text for none.
pub(crate) fn write_optional(instant: Option<Timestamp>, offset: Offset) -> String {
    instant.map(|instant| write_date(instant, offset)).unwrap_or_default()
}

/// An instant with the account's offset, or null.
pub(crate) fn optional_date(instant: Option<Timestamp>, offset: Offset) -> Value {
    instant.map_or(Value::Null, |instant| Value::from(write_date(instant, offset)))
}

/// When the program was opened: 2024-01-01T00:00:00Z.
pub(crate) fn opened() -> Timestamp {
    Timestamp::constant(1_704_067_200, 0)
}

/// The day that an instant falls on at the account.
pub(crate) fn day_of(instant: Timestamp, offset: Offset) -> Date {
    offset.to_datetime(instant).date()
}

/// The seconds until the account's next day begins.
pub(crate) fn seconds_left_of_day(instant: Timestamp, offset: Offset) -> i64 {
    const DAY: i64 = 24 * 3600;
    DAY - (instant.as_second() + i64::from(offset.seconds())).rem_euclid(DAY)
}

/// When the account's day of an instant is over.
pub(crate) fn day_end(instant: Timestamp, offset: Offset) -> Timestamp {
    let left = SignedDuration::from_secs(seconds_left_of_day(instant, offset));
    instant.checked_add(left).unwrap_or(Timestamp::MAX)
}

/// Reads an ISO 8601 instant; without an offset it is the account's time.
pub(crate) fn read_instant(text: &str, offset: Offset) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    offset.to_timestamp(text.parse::<DateTime>().ok()?).ok()
}

/// Reads a plain date such as `2026-01-31` as the instant at which that day begins at the account.
fn read_day(text: &str, offset: Offset) -> Option<Timestamp> {
    let day: Date = text.parse().ok().filter(|_| text.len() == "2026-01-31".len())?;
    offset.to_timestamp(day.to_datetime(Time::midnight())).ok()
}

/// Reads the start of a report: an instant as it stands, a plain date as the beginning of that day.
pub(crate) fn read_report_start(text: &str, offset: Offset) -> Option<Timestamp> {
    read_day(text, offset).or_else(|| read_instant(text, offset))
}

/// Reads the end of a report: an instant as it stands, a plain date as the end of that day.
pub(crate) fn read_report_end(text: &str, offset: Offset) -> Option<Timestamp> {
    match read_day(text, offset) {
        Some(day) => day.checked_add(SignedDuration::from_hours(24)).ok(),
        None => read_instant(text, offset),
    }
}
