//! A site's days and hours as instants.

use campaign_pilot_core::Period;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The days of a zone that share some time with a period, each with its own length: 23 to 25 hours.
pub(super) fn days(period: Period, zone: &TimeZone) -> impl Iterator<Item = (Date, Period)> {
    let first = period.start().to_zoned(zone.clone()).date();
    let zone = zone.clone();
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .map_while(move |date| Some((date, day(date, &zone)?)))
        .take_while(move |(_, day)| day.start() < period.end())
}

/// A day of a zone.
pub(super) fn day(date: Date, zone: &TimeZone) -> Option<Period> {
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp());
    Period::new(start(date)?, start(date.tomorrow().ok()?)?).ok()
}

/// An hour of a zone by its clock: two hours where the clocks strike it twice.
pub(super) fn hour(civil: DateTime, zone: &TimeZone) -> Option<Period> {
    let ambiguous = || zone.to_ambiguous_timestamp(civil);
    let start = ambiguous().earlier().ok()?;
    // A label that no clock showed is taken as the hour after it.
    let last = if ambiguous().is_ambiguous() { ambiguous().later().ok()? } else { start };
    Period::new(start.min(last), start.max(last).checked_add(SignedDuration::from_hours(1)).ok()?).ok()
}

/// What is to be known of a source that counts by the day.
pub(super) fn note(source: &str, zone: &TimeZone) -> String {
    let offset = || zone.to_fixed_offset().map_or_else(|_| "its own time zone".to_owned(), |offset| format!("UTC{offset}"));
    let zone = zone.iana_name().map_or_else(offset, str::to_owned);
    format!("{source} counts by the day of {zone}; its views are spread evenly over the hours of the day")
}

/// The part of a span that had passed at an instant.
pub(super) fn passed(span: Period, until: Timestamp) -> Option<Period> {
    Period::new(span.start(), span.end().min(until)).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        let autumn = period("2026-10-24T21:00:00Z", "2026-10-26T00:00:00Z");
        let seen: Vec<_> = days(autumn, &berlin()).map(|(date, day)| (date.to_string(), day.length().as_hours())).collect();
        assert_eq!(seen, [("2026-10-24".to_owned(), 24), ("2026-10-25".to_owned(), 25), ("2026-10-26".to_owned(), 24)]);
        assert_eq!(day(date(2026, 3, 29), &berlin()).unwrap().length().as_hours(), 23);
    }

    #[test]
    fn an_hour_that_strikes_twice_is_two_hours() {
        let hour_at = |text: &str| hour(text.parse().unwrap(), &berlin()).unwrap();
        assert_eq!(hour_at("2026-10-25T02:00:00"), period("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"));
        assert_eq!(hour_at("2026-10-25T03:00:00"), period("2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"));
        assert_eq!(hour_at("2026-11-22T01:00:00"), period("2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z"));
    }

    #[test]
    fn the_zone_of_days_is_named() {
        assert!(note("The source", &berlin()).starts_with("The source counts by the day of Europe/Berlin;"));
        assert!(note("It", &TimeZone::UTC).contains("the day of UTC;"));
        let half = TimeZone::fixed(jiff::tz::Offset::from_seconds(19_800).unwrap());
        assert!(note("It", &half).contains("the day of UTC+05:30;"), "{}", note("It", &half));
    }

    #[test]
    fn only_what_has_passed_counts() {
        let day = period("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        assert_eq!(passed(day, "2026-11-22T06:00:00Z".parse().unwrap()).unwrap().length().as_hours(), 6);
        assert_eq!(passed(day, day.start()), None);
        assert_eq!(passed(day, "2026-12-01T00:00:00Z".parse().unwrap()), Some(day));
    }
}
