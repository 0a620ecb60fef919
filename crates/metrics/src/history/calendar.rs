//! Hours of the week and holidays in the shop's zone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::HOUR;

const DAY: i64 = 24 * HOUR;

/// Monday, as days from the Thursday on which the epoch began.
const EPOCH_WEEKDAY: i64 = 3;

/// Which hour of the week and which day an instant is in the shop's zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    holidays: BTreeSet<i64>,
}

impl Calendar {
    pub(crate) fn new(zone: TimeZone, holidays: &[Date]) -> Self {
        let midnight = |date: &Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second());
        let holidays = holidays.iter().filter_map(midnight).map(|second| second.div_euclid(DAY)).collect();
        Self { zone, holidays }
    }

    /// The second as the clock on the shop's wall counts it. Across a change of the clock an hour of the week has no second, or
    /// two.
    fn local(&self, second: i64) -> i64 {
        let offset = Timestamp::from_second(second).map_or(0, |instant| self.zone.to_offset(instant).seconds());
        second.saturating_add(i64::from(offset))
    }

    /// The hour of the week, 0 on Monday at midnight to 167.
    pub(crate) fn hour_of_week(&self, second: i64) -> usize {
        let hours = self.local(second).div_euclid(HOUR) + EPOCH_WEEKDAY * 24;
        usize::try_from(hours.rem_euclid(7 * 24)).unwrap_or(0)
    }

    pub(crate) fn is_holiday(&self, second: i64) -> bool {
        !self.holidays.is_empty() && self.holidays.contains(&self.local(second).div_euclid(DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn weeks_begin_on_monday_in_the_shops_zone() {
        let utc = Calendar::new(TimeZone::UTC, &[]);
        assert_eq!(utc.hour_of_week(second("2026-11-02T00:00:00Z")), 0);
        assert_eq!(utc.hour_of_week(second("2026-11-01T23:00:00Z")), 167);
        assert_eq!(utc.hour_of_week(second("1969-12-29T05:00:00Z")), 5);
        let berlin = Calendar::new(TimeZone::get("Europe/Berlin").unwrap(), &[]);
        assert_eq!(berlin.hour_of_week(second("2026-11-01T23:00:00Z")), 0);
        // The last Sunday of October 2026: two o'clock comes twice.
        assert_eq!(berlin.hour_of_week(second("2026-10-25T00:00:00Z")), 6 * 24 + 2);
        assert_eq!(berlin.hour_of_week(second("2026-10-25T01:00:00Z")), 6 * 24 + 2);
    }

    #[test]
    fn holidays_are_days_of_the_shop() {
        let calendar = Calendar::new(TimeZone::get("America/New_York").unwrap(), &[Date::constant(2026, 12, 25)]);
        assert!(!calendar.is_holiday(second("2026-12-25T04:00:00Z")));
        assert!(calendar.is_holiday(second("2026-12-25T05:00:00Z")));
        assert!(calendar.is_holiday(second("2026-12-26T04:00:00Z")));
        assert!(!calendar.is_holiday(second("2026-12-26T05:00:00Z")));
    }
}
