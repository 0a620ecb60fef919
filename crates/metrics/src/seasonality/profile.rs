//! What happens at which hour of which weekday, on the shop's own clock.

use campaign_pilot_core::{Absence, Period};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::history::{Calendar, HOUR};

/// What happened in one part of the week.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Cell {
    /// How many events.
    pub count: u64,
    /// What they add up to.
    pub value: Decimal,
    /// How long the period lay in it, in seconds: across a change of the clock an hour of the week has less or more than its share.
    pub seconds: i64,
}

impl Cell {
    /// Events an hour; none where the period never lay in it.
    #[must_use]
    pub fn per_hour(&self) -> Option<f64> {
        (self.seconds > 0).then(|| self.count as f64 * HOUR as f64 / self.seconds as f64)
    }

    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.value = self.value.saturating_add(other.value);
        self.seconds = self.seconds.saturating_add(other.seconds);
    }
}

/// A period by hours of the week in the shop's zone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WeekProfile {
    /// Each hour of the week, from Monday at midnight: 168 of them.
    pub hours: Vec<Cell>,
    /// How many days of each weekday begin in the period, Monday first.
    pub days: [u32; 7],
}

impl WeekProfile {
    /// Each hour of the day, over all weekdays.
    #[must_use]
    pub fn by_hour(&self) -> [Cell; 24] {
        let mut cells = [Cell::default(); 24];
        for day in self.hours.chunks(24) {
            cells.iter_mut().zip(day).for_each(|(sum, cell)| sum.add(cell));
        }
        cells
    }

    /// Each weekday, Monday first.
    #[must_use]
    pub fn by_weekday(&self) -> [Cell; 7] {
        let mut cells = [Cell::default(); 7];
        for (sum, day) in cells.iter_mut().zip(self.hours.chunks(24)) {
            day.iter().for_each(|cell| sum.add(cell));
        }
        cells
    }

    /// Events a day of each weekday against those of a day on average; none where a weekday does not occur or nothing happened.
    #[must_use]
    pub fn weekday_indices(&self) -> [Option<f64>; 7] {
        let weekdays = self.by_weekday();
        let total: u64 = weekdays.iter().map(|cell| cell.count).sum();
        let days: u32 = self.days.iter().sum();
        let mut indices = [None; 7];
        for ((index, cell), own) in indices.iter_mut().zip(&weekdays).zip(&self.days) {
            if total > 0 && *own > 0 {
                *index = Some(cell.count as f64 / f64::from(*own) / (total as f64 / f64::from(days)));
            }
        }
        indices
    }
}

/// Counts events (orders, baskets, views) and adds up their values by hours of the week in the shop's zone. Events outside the period
/// do not count.
///
/// Taking the hours of UTC for the shop's moves every peak, and twice a year moves it again.
///
/// # Errors
///
/// [`Absence::OutOfRange`] for a period of more than a hundred years.
///
/// ```
/// use campaign_pilot_core::Period;
/// use campaign_pilot_metrics::seasonality::week_profile;
/// use jiff::tz::TimeZone;
/// use rust_decimal::Decimal;
///
/// let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3")?;
/// let week = Period::new("2026-11-01T23:00:00Z".parse()?, "2026-11-08T23:00:00Z".parse()?)?;
/// // An order at 20:15 on a Tuesday in central Europe.
/// let profile = week_profile([("2026-11-03T19:15:00Z".parse()?, Decimal::TEN)], week, &zone)?;
/// assert_eq!(profile.by_hour()[20].count, 1);
/// assert_eq!(profile.by_weekday()[1].value, Decimal::TEN);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn week_profile(
    events: impl IntoIterator<Item = (Timestamp, Decimal)>,
    period: Period,
    zone: &TimeZone,
) -> Result<WeekProfile, Absence> {
    if period.length() > SignedDuration::from_hours(24 * 366 * 100) {
        return Err(Absence::OutOfRange);
    }
    let calendar = Calendar::new(zone.clone(), &[]);
    let mut hours = vec![Cell::default(); 168];
    let mut days = [0_u32; 7];
    // Quarters of an hour: no zone's clock lies off the others' by less.
    for part in quarters(period) {
        if let Some(cell) = hours.get_mut(calendar.hour_of_week(part.start().as_second())) {
            cell.seconds += part.length().as_secs();
        }
    }
    let mut day = zone.to_datetime(period.start()).date();
    while let Ok(midnight) = day.to_zoned(zone.clone()) {
        if midnight.timestamp() >= period.end() {
            break;
        }
        if let Some(own) = days.get_mut(usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(7)) {
            *own += u32::from(midnight.timestamp() >= period.start());
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    for (at, value) in events.into_iter().filter(|(at, _)| period.contains(*at)) {
        if let Some(cell) = hours.get_mut(calendar.hour_of_week(at.as_second())) {
            cell.add(&Cell { count: 1, value, seconds: 0 });
        }
    }
    Ok(WeekProfile { hours, days })
}

/// The parts of a period between full quarters of an hour.
fn quarters(period: Period) -> impl Iterator<Item = Period> {
    const QUARTER: i64 = HOUR / 4;
    let mut from = period.start();
    std::iter::from_fn(move || {
        let boundary = (from.as_second().div_euclid(QUARTER) + 1) * QUARTER;
        let to = Timestamp::from_second(boundary).unwrap_or(period.end()).min(period.end());
        let part = Period::new(from, to).ok()?;
        from = to;
        Some(part)
    })
}
