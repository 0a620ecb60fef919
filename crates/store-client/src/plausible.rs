//! Page views from Plausible Analytics.

mod join;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{
    Clock, ErrorKind, Period, PortResult, Product, ProductId, SourceQuality, ViewsObservation, ViewsReading,
};
use campaign_pilot_http::{
    Auth, Class, Deadlines, HttpClient, HttpErrorKind, RateLimit, Request, RetryPolicy, SecretString, Url,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use self::join::Paths;
use crate::StoreError;

/// More pages than this are not an answer but a loop.
const MOST_PAGES: u32 = 1_000;

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
            page_size: 10_000,
            deadlines: Deadlines { call: std::time::Duration::from_secs(30), ..Deadlines::default() },
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

/// Page views from Plausible's Stats API, version 2. Cheap to clone; clones share connections and limits.
///
/// Views are joined to products by the path of their permalink: the query is dropped, a slash at the end does not
/// count, and percent-encoding does not either. Views of a product's variations are views of its page.
#[derive(Clone, Debug)]
pub struct PlausibleViews {
    http: HttpClient,
    clock: Arc<dyn Clock>,
    config: Arc<PlausibleConfig>,
    name: String,
}

impl PlausibleViews {
    /// A site as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address, key or settings that cannot work.
    pub fn new(config: PlausibleConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let refuse = |message: &str, advice: &str| StoreError::new(ErrorKind::Invalid, message).advise(advice);
        if config.site_id.trim().is_empty() {
            return Err(refuse("the Plausible site has no name", "set the site id to the domain as Plausible knows it"));
        }
        if config.page_size == 0 {
            return Err(refuse("Plausible's page size is zero", "set it to 10000"));
        }
        let name = format!("Plausible at {}", config.base_url.origin().ascii_serialization());
        let mut http = HttpClient::builder(config.base_url.clone())
            .auth(Auth::bearer(config.api_key.clone()))
            .clock(Arc::clone(&clock))
            .deadlines(config.deadlines)
            .retry(config.retry);
        if let Some(rate) = config.rate {
            http = http.rate(rate);
        }
        let http = http.build().map_err(|error| {
            refuse("Plausible's address or key cannot be used", "give the address as https://plausible.io").because(error)
        })?;
        Ok(Self { http, clock, config: Arc::new(config), name })
    }

    async fn page(&self, period: Period, offset: u64) -> Result<Answer, StoreError> {
        let request = query(&self.config, period, offset);
        let response = self.http.send(&request).await.map_err(|error| StoreError::from_http(error, &self.name))?;
        if response.is_success() {
            return response.json().map_err(|error| {
                StoreError::new(error.kind().port_kind(), format!("the answer of {} cannot be read", self.name))
                    .advise("check the configured address: it must be Plausible itself, not the site")
                    .because(error)
            });
        }
        let status = response.status();
        let (kind, problem, advice) = meaning(status);
        Err(StoreError::new(kind, format!("{} {problem}", self.name))
            .advise(advice)
            .because(response.error(HttpErrorKind::Status(status), format!("HTTP {status}"))))
    }
}

#[async_trait]
impl PageViews for PlausibleViews {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        let mut quality = SourceQuality::complete_until(self.clock.now().min(period.end()));
        let paths = Paths::of(products);
        quality.notes.extend(paths.shared_note());
        if let Some(note) = paths.missing_note() {
            quality = quality.incomplete(note);
        }
        let mut rows = Rows::default();
        if !paths.is_empty() {
            self.read(period, &paths, &mut rows).await?;
        }
        if !rows.ended {
            quality = quality.incomplete("Plausible counts more rows than it sent");
        }
        if rows.unread > 0 {
            quality = quality.incomplete(format!("{} rows of Plausible could not be read", rows.unread));
        }
        let observations = rows.views.into_iter().filter_map(|(key, views)| observation(key, views, period)).collect();
        Ok(ViewsReading { period, observations, quality })
    }
}

/// What the pages read so far came to.
struct Rows {
    views: BTreeMap<(ProductId, Timestamp), u64>,
    read: u64,
    unread: u64,
    /// Whether nothing is left to read.
    ended: bool,
}

impl Default for Rows {
    fn default() -> Self {
        Self { views: BTreeMap::new(), read: 0, unread: 0, ended: true }
    }
}

impl PlausibleViews {
    /// Reads every page and adds its rows up.
    async fn read(&self, period: Period, paths: &Paths, rows: &mut Rows) -> Result<(), StoreError> {
        for _ in 0..MOST_PAGES {
            let answer = self.page(period, rows.read).await?;
            let count = answer.results.len() as u64;
            rows.read += count;
            for row in &answer.results {
                let Some((path, hour, views)) = row.read(&self.config.time_zone) else {
                    rows.unread += 1;
                    continue;
                };
                for product in paths.products_at(path) {
                    *rows.views.entry((product.clone(), hour)).or_default() += views;
                }
            }
            let full = count == u64::from(self.config.page_size);
            rows.ended = answer.meta.total_rows.map_or(!full, |total| rows.read >= total);
            if rows.ended || count == 0 {
                break;
            }
        }
        Ok(())
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
        "include": {"total_rows": true},
        "pagination": {"limit": config.page_size, "offset": offset},
    }))
}

fn observation((product, hour): (ProductId, Timestamp), views: u64, period: Period) -> Option<ViewsObservation> {
    let end = hour.checked_add(SignedDuration::from_hours(1)).ok()?;
    let period = Period::new(hour, end).ok()?.intersection(period)?;
    Some(ViewsObservation { product, period, views })
}

fn meaning(status: u16) -> (ErrorKind, &'static str, &'static str) {
    match status {
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
        500.. => (ErrorKind::Unavailable, "cannot answer now", "try again later"),
        _ => (ErrorKind::WrongServer, "does not answer like Plausible", "check the configured address"),
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
    /// Page, start of the hour, views.
    fn read(&self, zone: &TimeZone) -> Option<(&str, Timestamp, u64)> {
        let page = self.dimensions.first()?.as_str()?;
        let hour = hour(self.dimensions.get(1)?.as_str()?, zone)?;
        Some((page, hour, self.metrics.first()?.as_u64()?))
    }
}

/// A label such as `2024-08-20 01:00:00` in the site's zone; one with an offset stands for itself. Of an hour that
/// the clocks strike twice, the first is taken.
fn hour(label: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(instant) = label.parse() {
        return Some(instant);
    }
    let civil: DateTime = label.parse().ok()?;
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_in_the_sites_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |label: &str, zone: &TimeZone| hour(label, zone).map(|at| at.to_string());
        assert_eq!(at("2024-08-20 01:00:00", &TimeZone::UTC).unwrap(), "2024-08-20T01:00:00Z");
        assert_eq!(at("2024-08-20 01:00:00", &berlin).unwrap(), "2024-08-19T23:00:00Z");
        assert_eq!(at("2024-08-20T01:00:00Z", &berlin).unwrap(), "2024-08-20T01:00:00Z");
        assert_eq!(at("2026-10-25 02:00:00", &berlin).unwrap(), "2026-10-25T00:00:00Z");
        assert_eq!(at("(not set)", &berlin), None);
    }

    #[test]
    fn the_key_is_not_shown() {
        let config = PlausibleConfig::new(Url::parse("https://plausible.io").unwrap(), "shop.example", "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
