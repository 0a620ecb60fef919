//! Page views from Plausible Analytics.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Clock, ErrorKind, Period, PortResult, Product, ViewsReading};
use campaign_pilot_http::{Auth, Class, Deadlines, RateLimit, Request, Response, RetryPolicy, SecretString, Url};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::days;
use super::join::Languages;
use super::source::{Connection, MOST_PAGES, Meaning, Source, check, common_meaning, patient};
use super::tally::Tally;
use crate::StoreError;

/// How a Plausible site is read. Its `Debug` form does not show the key.
#[derive(Clone)]
pub struct PlausibleConfig {
    /// The address of Plausible: `https://plausible.io`, or a server of your own.
    pub base_url: Url,
    /// The site as Plausible knows it: the domain it was added with.
    pub site_id: String,
    /// An API key of the kind `Stats API`.
    pub api_key: SecretString,
    /// The time zone that the site reports in, as set in Plausible (UTC). Hours come without an offset, so a wrong
    /// zone shifts the views.
    pub time_zone: TimeZone,
    /// Which first segments of a page's path only choose a language.
    pub languages: Languages,
    /// Rows a page (10,000, the most that Plausible gives).
    pub page_size: u32,
    /// How long things may take (30 s a call, 60 s an operation).
    pub deadlines: Deadlines,
    /// How failed reads are repeated.
    pub retry: RetryPolicy,
    /// How many requests may be sent: 80 % of Plausible's own 600 an hour, at most 120 at once; `None` for any number.
    pub rate: Option<RateLimit>,
}

impl PlausibleConfig {
    /// The defaults for a site with its key.
    pub fn new(base_url: Url, site_id: impl Into<String>, api_key: impl Into<SecretString>) -> Self {
        Self {
            base_url,
            site_id: site_id.into(),
            api_key: api_key.into(),
            time_zone: TimeZone::UTC,
            languages: Languages::default(),
            page_size: 10_000,
            deadlines: patient(),
            retry: RetryPolicy::default(),
            rate: Some(RateLimit { limit: 480, per: std::time::Duration::from_hours(1), burst: 120 }),
        }
    }
}

impl fmt::Debug for PlausibleConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlausibleConfig")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("site_id", &self.site_id)
            .field("time_zone", &self.time_zone.iana_name())
            .field("page_size", &self.page_size)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

/// Page views from Plausible's Stats API, version 2, by the hour. Cheap to clone; clones share connections and limits.
///
/// Plausible counts at once, so a reading is complete until now, and an empty one means zero. Views of a product's
/// variations are views of its page.
#[derive(Clone, Debug)]
pub struct PlausibleViews {
    source: Source,
    clock: Arc<dyn Clock>,
    config: Arc<PlausibleConfig>,
}

impl PlausibleViews {
    /// A site as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address, key or settings that cannot work.
    pub fn new(config: PlausibleConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        check("the Plausible site", &config.site_id, config.page_size)?;
        let connection = Connection { deadlines: config.deadlines, retry: config.retry, rate: config.rate };
        let auth = Auth::bearer(config.api_key.clone());
        let source = Source::new("Plausible", "https://plausible.io", config.base_url.clone(), auth, &clock, connection)?;
        Ok(Self { source, clock, config: Arc::new(config) })
    }

    /// Reads every page and adds its rows up.
    async fn read(&self, period: Period, now: Timestamp, tally: &mut Tally) -> Result<(), StoreError> {
        let mut read = 0;
        for _ in 0..MOST_PAGES {
            let response = self.source.ask(&query(&self.config, period, read), meaning).await?;
            let answer: Answer = self.source.read(&response)?;
            let count = answer.results.len() as u64;
            read += count;
            for row in &answer.results {
                match row.read(&self.config.time_zone) {
                    // What the period cuts off an hour was not counted into it either, nor what is still to come.
                    Some((page, hour, views)) => match hour.intersection(period) {
                        Some(span) => tally.add_page(page, days::passed(span, now).unwrap_or(span), views),
                        None => tally.add_unread(),
                    },
                    None => tally.add_unread(),
                }
            }
            let full = count == u64::from(self.config.page_size);
            if answer.meta.total_rows.map_or(!full, |total| read >= total) {
                return Ok(());
            }
            if count == 0 {
                break;
            }
        }
        tally.gap("Plausible counts more rows than it sent");
        Ok(())
    }
}

#[async_trait]
impl PageViews for PlausibleViews {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        let now = self.clock.now();
        let mut tally = Tally::new("Plausible", products, period, &self.config.languages, false);
        if !tally.paths().is_empty() {
            self.read(period, now, &mut tally).await?;
        }
        Ok(tally.finish(now))
    }
}

/// The question for one page of rows. Plausible's bounds are both inclusive, to the second.
fn query(config: &PlausibleConfig, period: Period, offset: u64) -> Request {
    let second = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let last = period.end().checked_sub(SignedDuration::from_nanos(1)).unwrap_or(period.end());
    Request::post("api/v2/query").class(Class::Read).json(json!({
        "site_id": config.site_id,
        "metrics": ["pageviews"],
        "date_range": [second(period.start()), second(last)],
        "dimensions": ["event:page", "time:hour"],
        // So that no row changes its place between two pages.
        "order_by": [["event:page", "asc"], ["time:hour", "asc"]],
        "include": {"total_rows": true},
        "pagination": {"limit": config.page_size, "offset": offset},
    }))
}

fn meaning(response: &Response) -> Meaning {
    match response.status() {
        401 => (
            ErrorKind::Unauthorized,
            "refuses the API key, or the key's owner does not have the site",
            "create a key of the kind Stats API in Plausible's account settings, and check the site id",
        ),
        402 => (ErrorKind::Forbidden, "asks for a paid plan", "the Stats API is part of Plausible's Business plan"),
        403 => (ErrorKind::Forbidden, "does not allow the request", "check the key's kind and the plan"),
        404 => (
            ErrorKind::WrongServer,
            "does not offer the Stats API v2",
            "check the address; own servers need version 2.1 or newer",
        ),
        400 => (ErrorKind::Invalid, "does not take the question", "check the site id; own servers need version 2.1 or newer"),
        status => common_meaning(status),
    }
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Row>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    total_rows: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    dimensions: Vec<Value>,
    metrics: Vec<Value>,
}

impl Row {
    /// Page, hour, views.
    fn read(&self, zone: &TimeZone) -> Option<(&str, Period, u64)> {
        let page = self.dimensions.first()?.as_str()?;
        let hour = hour(self.dimensions.get(1)?.as_str()?, zone)?;
        Some((page, hour, self.metrics.first()?.as_u64()?))
    }
}

/// A label such as `2024-08-20 01:00:00` in the site's zone; one with an offset stands for itself.
fn hour(label: &str, zone: &TimeZone) -> Option<Period> {
    if let Ok(instant) = label.parse::<Timestamp>() {
        return Period::new(instant, instant.checked_add(SignedDuration::from_hours(1)).ok()?).ok();
    }
    days::hour(label.parse::<DateTime>().ok()?, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_in_the_sites_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |label: &str, zone: &TimeZone| hour(label, zone).map(|hour| hour.start().to_string());
        assert_eq!(at("2024-08-20 01:00:00", &TimeZone::UTC).unwrap(), "2024-08-20T01:00:00Z");
        assert_eq!(at("2024-08-20 01:00:00", &berlin).unwrap(), "2024-08-19T23:00:00Z");
        assert_eq!(at("2024-08-20T01:00:00Z", &berlin).unwrap(), "2024-08-20T01:00:00Z");
        assert_eq!(at("(not set)", &berlin), None);
    }

    #[test]
    fn the_key_is_not_shown() {
        let config = PlausibleConfig::new(Url::parse("https://plausible.io").unwrap(), "shop.example", "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
