//! Hours and days in a zone.

use campaign_pilot_core::Period;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// What sales are added up by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Grain {
    /// Full hours of the clock.
    Hour,
    /// Calendar days.
    Day,
}

/// The hours or days of a zone.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    zone: TimeZone,
    grain: Grain,
}

impl Calendar {
    pub(super) const fn new(zone: TimeZone, grain: Grain) -> Self {
        Self { zone, grain }
    }

    /// The hour or day that an instant lies in.
    pub(super) fn of(&self, at: Timestamp) -> Option<Period> {
        match self.grain {
            Grain::Hour => self.hour(at),
            Grain::Day => {
                let start = at.to_zoned(self.zone.clone()).start_of_day().ok()?;
                let end = start.date().checked_add(1.day()).ok()?.to_zoned(self.zone.clone()).ok()?.start_of_day().ok()?;
                Period::new(start.timestamp(), end.timestamp()).ok()
            }
        }
    }

    /// An hour of the clock, cut where the clocks change within it.
    fn hour(&self, at: Timestamp) -> Option<Period> {
        let offset = i64::from(self.zone.to_offset(at).seconds());
        let local = at.as_second().checked_add(offset)?;
        let start = Timestamp::from_second(local.div_euclid(3600).checked_mul(3600)?.checked_sub(offset)?).ok()?;
        let end = start.checked_add(SignedDuration::from_hours(1)).ok()?;
        let next = at.checked_add(SignedDuration::from_nanos(1)).ok()?;
        let changed = self.zone.preceding(next).next().map(|change| change.timestamp());
        let changes = self.zone.following(at).next().map(|change| change.timestamp());
        Period::new(changed.map_or(start, |changed| changed.max(start)), changes.map_or(end, |changes| changes.min(end))).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calendar(zone: &str, grain: Grain) -> Calendar {
        Calendar::new(TimeZone::get(zone).unwrap(), grain)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn of(zone: &str, grain: Grain, instant: &str) -> (String, i64) {
        let period = calendar(zone, grain).of(at(instant)).unwrap();
        (period.start().to_string(), period.length().as_mins())
    }

    #[test]
    fn days_across_a_change_of_the_clocks_have_23_and_25_hours() {
        assert_eq!(of("Europe/Berlin", Grain::Day, "2026-10-25T12:00:00Z"), ("2026-10-24T22:00:00Z".to_owned(), 25 * 60));
        assert_eq!(of("Europe/Berlin", Grain::Day, "2026-03-29T12:00:00Z"), ("2026-03-28T23:00:00Z".to_owned(), 23 * 60));
        assert_eq!(of("Europe/Berlin", Grain::Day, "2026-11-22T23:00:00Z"), ("2026-11-22T23:00:00Z".to_owned(), 24 * 60));
    }

    #[test]
    fn an_hour_that_is_struck_twice_is_two() {
        // 02:30 summer time and 02:30 winter time.
        assert_eq!(of("Europe/Berlin", Grain::Hour, "2026-10-25T00:30:00Z").0, "2026-10-25T00:00:00Z");
        assert_eq!(of("Europe/Berlin", Grain::Hour, "2026-10-25T01:30:00Z").0, "2026-10-25T01:00:00Z");
    }

    #[test]
    fn zones_with_half_hours_have_their_own_hours() {
        assert_eq!(of("Asia/Kolkata", Grain::Hour, "2026-11-01T10:10:00Z"), ("2026-11-01T09:30:00Z".to_owned(), 60));
        assert_eq!(of("Asia/Kolkata", Grain::Day, "2026-11-01T18:30:00Z").0, "2026-11-01T18:30:00Z");
        // Lord Howe Island moves its clocks by half an hour: from 01:59 to 01:30, 15:00 UTC.
        assert_eq!(of("Australia/Lord_Howe", Grain::Hour, "2026-04-04T15:10:00Z"), ("2026-04-04T15:00:00Z".to_owned(), 30));
    }

    #[test]
    fn a_day_may_begin_after_midnight() {
        // In Beirut, midnight of 2026-03-29 does not exist.
        assert_eq!(of("Asia/Beirut", Grain::Day, "2026-03-29T10:00:00Z"), ("2026-03-28T22:00:00Z".to_owned(), 23 * 60));
    }

    proptest! {
        #[test]
        fn hours_and_days_hold_their_instants_and_do_not_overlap(
            second in 1_600_000_000i64..1_900_000_000,
            zone in prop_oneof![
                Just("Europe/Berlin"), Just("America/New_York"), Just("Asia/Kolkata"), Just("Australia/Lord_Howe"),
                Just("Pacific/Chatham"), Just("Asia/Beirut"), Just("UTC"),
            ],
            days: bool,
        ) {
            let calendar = calendar(zone, if days { Grain::Day } else { Grain::Hour });
            let instant = Timestamp::from_second(second).unwrap();
            let period = calendar.of(instant).unwrap();
            prop_assert!(period.contains(instant));
            prop_assert_eq!(calendar.of(period.start()).unwrap(), period);
            prop_assert_eq!(calendar.of(period.end()).unwrap().start(), period.end());
        }
    }
}
