//! The world's calendar: by which clock shoppers live, and which days are not like others.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::estimate::WINTER_OFFSET;
use crate::world::{Event, Store};

const DAY: i64 = 86_400;
/// Days of a year, for seasons.
const YEAR: f64 = 365.2425;

/// The world's calendar.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// The shop's zone; `None` for the recorded shop's winter time all year.
    zone: Option<TimeZone>,
    /// The second since 1970 at which the sandbox opens.
    opens: i64,
    season: f64,
    peak_day: f64,
    events: Vec<Event>,
}

impl Calendar {
    pub(crate) fn new(store: &Store, opens: i64) -> Self {
        Self {
            zone: store.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok()),
            opens,
            season: store.season,
            peak_day: f64::from(store.season_peak_day),
            events: store.events.clone(),
        }
    }

    /// A second since 1970 by the shop's clock.
    pub(crate) fn local(&self, second: i64) -> i64 {
        let offset = self
            .zone
            .as_ref()
            .map_or(WINTER_OFFSET, |zone| Timestamp::from_second(second).map_or(0, |at| i64::from(zone.to_offset(at).seconds())));
        second + offset
    }

    /// Demand for everything relative to an ordinary day.
    pub(crate) fn demand(&self, second: i64) -> f64 {
        let days = second as f64 / DAY as f64;
        let season = self.season.mul_add(((days - self.peak_day + 1.0) / YEAR * std::f64::consts::TAU).cos(), 1.0);
        self.events(second).filter(|event| event.category.is_none()).fold(season, |demand, event| demand * event.demand)
    }

    /// Demand for a category relative to what `demand` says of everything.
    pub(crate) fn demand_for(&self, category: &str, second: i64) -> f64 {
        let events = self.events(second).filter(|event| event.category.as_deref() == Some(category));
        events.fold(1.0, |demand, event| demand * event.demand)
    }

    /// What clicks on a category convert to, relative to an ordinary day.
    pub(crate) fn conversion(&self, category: &str, second: i64) -> f64 {
        let events = self.events(second).filter(|event| event.category.as_deref().is_none_or(|about| about == category));
        events.fold(1.0, |conversion, event| conversion * event.conversion)
    }

    /// The hour since 1970 at which a day after the opening begins.
    pub(crate) fn hour_of_day(&self, day: u32) -> i64 {
        (self.opens + DAY * i64::from(day)).div_euclid(3_600)
    }

    fn events(&self, second: i64) -> impl Iterator<Item = &Event> {
        let day = (second - self.opens).div_euclid(DAY);
        self.events.iter().filter(move |event| (0..i64::from(event.days)).contains(&(day - i64::from(event.day))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_hold_for_their_days_and_category() {
        let event = |category: Option<&str>, demand| Event {
            day: 2,
            days: 3,
            demand,
            conversion: 1.5,
            category: category.map(str::to_owned),
        };
        let store = Store { events: vec![event(None, 2.0), event(Some("Toys"), 3.0)], ..Store::default() };
        let calendar = Calendar::new(&store, 1_000 * DAY);
        let demands: Vec<f64> = (1_001..1_006).map(|day| calendar.demand(day * DAY)).collect();
        assert_eq!(demands, [1.0, 2.0, 2.0, 2.0, 1.0]);
        assert!((calendar.demand_for("Toys", 1_003 * DAY) - 3.0).abs() < 1e-12);
        assert!((calendar.demand_for("Books", 1_003 * DAY) - 1.0).abs() < 1e-12);
        assert!((calendar.conversion("Toys", 1_003 * DAY) - 2.25).abs() < 1e-12);
        assert!((calendar.conversion("Books", 1_003 * DAY) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_season_peaks_on_its_day_and_keeps_the_mean() {
        let calendar = Calendar::new(&Store { season: 0.4, season_peak_day: 350, ..Store::default() }, 0);
        let year: Vec<f64> = (0..365).map(|day| calendar.demand(day * DAY)).collect();
        let best = year.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert!((345..355).contains(&best), "{best}");
        assert!((year.iter().sum::<f64>() / 365.0 - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_named_zone_has_summer_time() {
        let calendar = Calendar::new(&Store { time_zone: Some("America/New_York".to_owned()), ..Store::default() }, 0);
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let hours = |text| (calendar.local(at(text)) - at(text)) / 3600;
        assert_eq!((hours("2026-07-01T12:00:00Z"), hours("2026-12-01T12:00:00Z")), (-4, -5));
    }
}
