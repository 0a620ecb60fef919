//! The part of Plausible's query language that asks for views of pages over time.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ViewCounts;
use crate::market::{HOUR, Views, instant};

/// A question, checked.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) site_id: String,
    range: DateRange,
    metrics: Vec<Metric>,
    dimensions: Vec<Dimension>,
    filters: Vec<PageFilter>,
    limit: usize,
    offset: usize,
    counts_rows: bool,
}

#[derive(Debug, Deserialize)]
struct Wire {
    site_id: String,
    metrics: Vec<Metric>,
    date_range: DateRange,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    #[serde(default)]
    filters: Vec<PageFilter>,
    #[serde(default)]
    include: Include,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Metric {
    Pageviews,
    Visitors,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
enum Dimension {
    #[serde(rename = "event:page")]
    Page,
    #[serde(rename = "time:hour")]
    Hour,
    #[serde(rename = "time:day")]
    Day,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DateRange {
    Named(String),
    Between(String, String),
}

/// `[operator, "event:page", [page, ..]]`.
#[derive(Debug, Deserialize)]
struct PageFilter(Operator, PageDimension, Vec<String>);

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
}

#[derive(Debug, Deserialize)]
enum PageDimension {
    #[serde(rename = "event:page")]
    Page,
}

#[derive(Debug, Default, Deserialize)]
struct Include {
    #[serde(default)]
    total_rows: bool,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Pagination {
    limit: usize,
    offset: usize,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { limit: 10_000, offset: 0 }
    }
}

impl PageFilter {
    fn lets_pass(&self, path: &str) -> bool {
        let Self(operator, PageDimension::Page, pages) = self;
        let is_one = || pages.iter().any(|page| page == path);
        let holds_one = || pages.iter().any(|page| path.contains(page.as_str()));
        match operator {
            Operator::Is => is_one(),
            Operator::IsNot => !is_one(),
            Operator::Contains => holds_one(),
            Operator::ContainsNot => !holds_one(),
        }
    }
}

impl Query {
    /// Reads a question.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        let wire = Wire::deserialize(body).map_err(|error| format!("Invalid query: {error}"))?;
        if wire.metrics.is_empty() {
            return Err("#/metrics: Expected a minimum of 1 items but got 0.".to_owned());
        }
        if !(1..=10_000).contains(&wire.pagination.limit) {
            return Err("#/pagination/limit: Expected a value between 1 and 10000.".to_owned());
        }
        let query = Self {
            site_id: wire.site_id,
            range: wire.date_range,
            metrics: wire.metrics,
            dimensions: wire.dimensions,
            filters: wire.filters,
            limit: wire.pagination.limit,
            offset: wire.pagination.offset,
            counts_rows: wire.include.total_rows,
        };
        query.range.hours(Timestamp::UNIX_EPOCH)?;
        Ok(query)
    }

    /// The answer, with the question repeated in it. Buckets without a view are left out.
    pub(super) fn answer(&self, counts: &ViewCounts, now: Timestamp, asked: &Value) -> Value {
        let (from, to) = self.range.hours(now).unwrap_or_default();
        let mut rows: BTreeMap<Vec<String>, Views> = BTreeMap::new();
        for (hour, path, views) in counts.between(from, to) {
            if self.filters.iter().all(|filter| filter.lets_pass(path)) {
                let key = self.dimensions.iter().map(|dimension| dimension.value(hour, path)).collect();
                let row = rows.entry(key).or_default();
                row.pageviews += views.pageviews;
                row.visitors += views.visitors;
            }
        }
        if self.dimensions.is_empty() {
            rows.entry(Vec::new()).or_default();
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        let time = self.dimensions.iter().position(|dimension| *dimension != Dimension::Page);
        let first = self.metrics.first().copied().unwrap_or(Metric::Pageviews);
        rows.sort_by_cached_key(|(key, views)| {
            (time.and_then(|place| key.get(place).cloned()), Reverse(first.of(*views)), key.clone())
        });

        let total = rows.len();
        let shown = rows.into_iter().skip(self.offset).take(self.limit);
        let results: Vec<Value> = shown
            .map(|(dimensions, views)| {
                let metrics: Vec<u64> = self.metrics.iter().map(|metric| metric.of(views)).collect();
                json!({"dimensions": dimensions, "metrics": metrics})
            })
            .collect();
        let meta = if self.counts_rows { json!({"total_rows": total}) } else { json!({}) };
        let mut query = asked.clone();
        if let Some(query) = query.as_object_mut() {
            let last = instant(to * HOUR - 1);
            query.insert("date_range".to_owned(), json!([instant(from * HOUR).to_string(), last.to_string()]));
        }
        json!({"results": results, "meta": meta, "query": query})
    }
}

impl Metric {
    const fn of(self, views: Views) -> u64 {
        match self {
            Self::Pageviews => views.pageviews,
            Self::Visitors => views.visitors,
        }
    }
}

impl Dimension {
    fn value(self, hour: i64, path: &str) -> String {
        let start = instant(hour * HOUR);
        match self {
            Self::Page => path.to_owned(),
            Self::Hour => start.to_string(),
            Self::Day => Offset::UTC.to_datetime(start).date().to_string(),
        }
    }
}

impl DateRange {
    /// The hours that start within the range, as `[from, to)` since 1970. Both ends of the wire's range are in it.
    fn hours(&self, now: Timestamp) -> Result<(i64, i64), String> {
        let today = Offset::UTC.to_datetime(now).date();
        let (from, to) = match self {
            Self::Between(from, to) => (start_of(from)?, end_of(to)?),
            Self::Named(name) if name == "all" => (Timestamp::UNIX_EPOCH, now),
            Self::Named(name) if name == "day" => (midnight(today)?, now),
            Self::Named(name) => {
                let days =
                    name.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()).filter(|days| (1..=91).contains(days));
                let days = days.ok_or_else(|| format!("#/date_range: Invalid date range \"{name}\""))?;
                // The last days, without today.
                let end = midnight(today)?;
                (end - SignedDuration::from_hours(24 * days), end - SignedDuration::from_secs(1))
            }
        };
        let first = (from.as_second() + HOUR - 1).div_euclid(HOUR);
        Ok((first, to.as_second().div_euclid(HOUR) + 1))
    }
}

fn start_of(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) => midnight(day(text)?),
    }
}

/// The last second of a day, or the instant itself.
fn end_of(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) => Ok(midnight(day(text)?)? + SignedDuration::from_secs(24 * HOUR - 1)),
    }
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("#/date_range: Invalid date range \"{text}\""))
}

fn midnight(day: Date) -> Result<Timestamp, String> {
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| format!("#/date_range: Invalid date range \"{day}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(range: &Value) -> Result<(String, String), String> {
        let range = DateRange::deserialize(range).map_err(|error| error.to_string())?;
        let (from, to) = range.hours("2026-11-25T10:30:00Z".parse().unwrap())?;
        Ok((instant(from * HOUR).to_string(), instant(to * HOUR).to_string()))
    }

    #[test]
    fn ranges_hold_both_their_ends() {
        let is = |range: Value, from: &str, to: &str| {
            assert_eq!(hours(&range).unwrap(), (from.to_owned(), to.to_owned()), "{range}");
        };
        is(json!(["2026-11-23", "2026-11-24"]), "2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z");
        is(json!(["2026-11-23T05:00:00Z", "2026-11-23T08:59:59Z"]), "2026-11-23T05:00:00Z", "2026-11-23T09:00:00Z");
        is(json!(["2026-11-23T05:00:00+02:00", "2026-11-23T08:59:59+02:00"]), "2026-11-23T03:00:00Z", "2026-11-23T07:00:00Z");
        is(json!("7d"), "2026-11-18T00:00:00Z", "2026-11-25T00:00:00Z");
        is(json!("day"), "2026-11-25T00:00:00Z", "2026-11-25T11:00:00Z");
        for refused in [json!("yesterday"), json!(["2026-11-23", "soon"]), json!("0d"), json!(5)] {
            assert!(hours(&refused).is_err(), "{refused}");
        }
    }
}
