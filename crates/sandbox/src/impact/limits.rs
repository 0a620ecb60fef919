//! The quotas that impact.com documents, counted in simulated time, and the judge over them.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::settings::PlatformSettings;
use super::time::seconds_left_of_day;

/// What a quota is for. Every request counts in one of the first two; exports count in their own as well.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum QuotaGroup {
    /// Everything but catalogs: 1,000 requests an hour.
    General,
    /// Catalogs and their items: 3,600 requests an hour.
    Catalogs,
    /// Report exports: 100 a day.
    ReportExport,
    /// Click exports: 10 a day.
    ClickExport,
}

/// How a quota was used so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuotaUse {
    /// What it is for.
    pub group: QuotaGroup,
    /// Requests that it allows in an hour or in a day.
    pub limit: u32,
    /// All requests that counted in it, refused ones too.
    pub requests: u64,
    /// Requests beyond the limit of their hour or day, which begins at full hours or at the account's midnight. They were
    /// answered with 429.
    pub over: u64,
    /// The most requests in any hour or 24 hours, wherever it begins.
    pub most_at_once: u32,
    /// Requests that were beyond the limit in an hour or 24 hours that ends with them, wherever it begins. impact.com
    /// does not say how it counts; a client that stays below this stays below any way of counting.
    pub over_in_any_window: u64,
}

/// What a quota says about one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Quota {
    /// Requests allowed.
    pub(crate) limit: u32,
    /// Requests left, this one taken off.
    pub(crate) remaining: u32,
    /// Seconds until the next hour or day begins.
    pub(crate) reset_seconds: i64,
    /// Whether this request is one too many.
    pub(crate) exceeded: bool,
}

/// All requests so far, by quota.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    groups: BTreeMap<QuotaGroup, Counter>,
}

#[derive(Clone, Debug, Default)]
struct Counter {
    window_ends: i64,
    in_window: u32,
    recent: VecDeque<Timestamp>,
    requests: u64,
    over: u64,
    most_at_once: u32,
    over_in_any_window: u64,
}

impl QuotaGroup {
    const ALL: [Self; 4] = [Self::General, Self::Catalogs, Self::ReportExport, Self::ClickExport];

    /// How many requests it allows.
    pub(super) const fn limit(self, settings: &PlatformSettings) -> u32 {
        match self {
            Self::General => settings.requests_per_hour,
            Self::Catalogs => settings.catalog_requests_per_hour,
            Self::ReportExport => settings.exports_per_day,
            Self::ClickExport => settings.click_exports_per_day,
        }
    }

    const fn is_hourly(self) -> bool {
        matches!(self, Self::General | Self::Catalogs)
    }
}

impl Traffic {
    /// Counts a request.
    pub(crate) fn admit(&mut self, group: QuotaGroup, now: Timestamp, settings: &PlatformSettings) -> Quota {
        let limit = group.limit(settings);
        let length = SignedDuration::from_hours(if group.is_hourly() { 1 } else { 24 });
        let counter = self.groups.entry(group).or_default();
        if counter.window_ends <= now.as_second() {
            counter.window_ends = now.as_second()
                + if group.is_hourly() {
                    3600 - now.as_second().rem_euclid(3600)
                } else {
                    seconds_left_of_day(now, settings.offset())
                };
            counter.in_window = 0;
        }
        let exceeded = counter.in_window >= limit;
        counter.in_window = counter.in_window.saturating_add(u32::from(!exceeded));
        counter.requests += 1;
        counter.over += u64::from(exceeded);

        while counter.recent.front().is_some_and(|first| now.duration_since(*first) >= length) {
            counter.recent.pop_front();
        }
        counter.recent.push_back(now);
        let at_once = u32::try_from(counter.recent.len()).unwrap_or(u32::MAX);
        counter.most_at_once = counter.most_at_once.max(at_once);
        counter.over_in_any_window += u64::from(at_once > limit);
        Quota {
            limit,
            remaining: limit.saturating_sub(counter.in_window),
            reset_seconds: counter.window_ends - now.as_second(),
            exceeded,
        }
    }

    /// How each quota was used.
    pub(crate) fn uses(&self, settings: &PlatformSettings) -> Vec<QuotaUse> {
        let used = |group: QuotaGroup| {
            let counter = self.groups.get(&group);
            let of = |number: fn(&Counter) -> u64| counter.map_or(0, number);
            QuotaUse {
                group,
                limit: group.limit(settings),
                requests: of(|counter| counter.requests),
                over: of(|counter| counter.over),
                most_at_once: counter.map_or(0, |counter| counter.most_at_once),
                over_in_any_window: of(|counter| counter.over_in_any_window),
            }
        };
        QuotaGroup::ALL.map(used).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_begin_at_full_hours_and_the_judge_looks_at_any() {
        let settings = PlatformSettings { requests_per_hour: 2, ..PlatformSettings::default() };
        let mut traffic = Traffic::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut admit = |text: &str| traffic.admit(QuotaGroup::General, at(text), &settings);
        assert_eq!(admit("2026-11-23T10:50:00Z"), Quota { limit: 2, remaining: 1, reset_seconds: 600, exceeded: false });
        assert!(!admit("2026-11-23T10:59:00Z").exceeded);
        assert!(admit("2026-11-23T10:59:59Z").exceeded);
        assert!(!admit("2026-11-23T11:00:00Z").exceeded, "a new hour");
        assert!(!admit("2026-11-23T12:30:00Z").exceeded);
        let used = traffic.uses(&settings)[0];
        assert_eq!((used.requests, used.over, used.most_at_once, used.over_in_any_window), (5, 1, 4, 2));
        assert_eq!(traffic.uses(&settings)[1].requests, 0);
    }

    #[test]
    fn days_begin_at_the_accounts_midnight() {
        let settings = PlatformSettings { click_exports_per_day: 1, ..PlatformSettings::default() };
        let mut traffic = Traffic::default();
        let mut admit = |text: &str| traffic.admit(QuotaGroup::ClickExport, text.parse().unwrap(), &settings).exceeded;
        assert!(!admit("2026-11-23T07:00:00Z"));
        assert!(admit("2026-11-23T07:59:59Z"));
        assert!(!admit("2026-11-23T08:00:00Z"), "the account is at UTC-8");
    }
}
