//! Page views from Google Analytics 4.

mod account;
mod answer;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Clock, ErrorKind, Period, PortResult, Product, ViewsReading};
use campaign_pilot_http::{Auth, Class, Deadlines, RateLimit, Request, Response, RetryPolicy, Url};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub use self::account::ServiceAccount;
use self::answer::{Report, Zoned};
use super::join::Languages;
use super::source::{Connection, MOST_PAGES, Meaning, Source, check, common_meaning, patient};
use super::tally::Tally;
use crate::StoreError;

/// How a Google Analytics 4 property is read. Its `Debug` form does not show the account's key.
#[derive(Clone)]
pub struct Ga4Config {
    /// The address of the Data API (`https://analyticsdata.googleapis.com`).
    pub base_url: Url,
    /// The property's number.
    pub property_id: u64,
    /// The service account that reads. It needs the role Viewer in the property.
    pub account: ServiceAccount,
    /// Where tokens are fetched: what the account's key file says (`https://oauth2.googleapis.com/token`).
    pub token_url: Url,
    /// The host whose pages count, as in `shop.example`; `None` for every host that the property sees.
    pub host_name: Option<String>,
    /// After which time Google has processed views (48 h). Most are there after 2 to 6 hours, but reports may change for
    /// 24 to 48; a smaller value trusts numbers that may still grow.
    pub delay: Duration,
    /// Which first segments of a page's path only choose a language.
    pub languages: Languages,
    /// Rows a page, at most 250,000 (10,000).
    pub page_size: u32,
    /// How long things may take (30 s a call, 60 s an operation).
    pub deadlines: Deadlines,
    /// How failed reads are repeated.
    pub retry: RetryPolicy,
    /// How many requests may be sent with one token; `None` for any number: Google counts tokens of its quota, not requests.
    pub rate: Option<RateLimit>,
}

impl Ga4Config {
    /// The defaults for a property with a service account.
    pub fn new(base_url: Url, property_id: u64, account: ServiceAccount) -> Self {
        Self {
            base_url,
            property_id,
            token_url: account.token_url().clone(),
            account,
            host_name: None,
            delay: Duration::from_hours(48),
            languages: Languages::default(),
            page_size: 10_000,
            deadlines: patient(),
            retry: RetryPolicy::default(),
            rate: None,
        }
    }

    pub(super) const fn connection(&self) -> Connection {
        Connection { deadlines: self.deadlines, retry: self.retry, rate: self.rate }
    }
}

impl fmt::Debug for Ga4Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ga4Config")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("property_id", &self.property_id)
            .field("host_name", &self.host_name)
            .field("delay", &self.delay)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

/// Page views from the Google Analytics Data API (`runReport`), by the hour. Cheap to clone; clones share the token.
///
/// Hours come in the property's time zone, which the answer names. What Google samples, withholds or puts together as
/// `(other)` makes a reading incomplete, and what it may not have processed yet is beyond the reading's end.
#[derive(Clone, Debug)]
pub struct Ga4Views {
    clock: Arc<dyn Clock>,
    config: Arc<Ga4Config>,
    state: Arc<Mutex<State>>,
}

/// What was learned from Google.
#[derive(Debug, Default)]
struct State {
    access: Option<Access>,
    zone: Option<TimeZone>,
}

/// The Data API as long as a token lasts.
#[derive(Clone, Debug)]
struct Access {
    source: Source,
    until: Timestamp,
}

impl Ga4Views {
    /// A property as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address or settings that cannot work.
    pub fn new(config: Ga4Config, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        check("the Google Analytics property", &config.property_id.to_string(), config.page_size)?;
        // Addresses that cannot carry a token are refused here, not at the first reading.
        data_api(&config, Auth::bearer("none yet"), &clock)?;
        account::token_server(&config, Auth::bearer("none yet"), &clock)?;
        Ok(Self { clock, config: Arc::new(config), state: Arc::default() })
    }

    /// Reads every page of the report and counts its rows.
    async fn read(&self, period: Period, tally: &mut Tally) -> Result<(), StoreError> {
        let query = tally.paths().need_query();
        let mut read = 0;
        let mut total = None;
        // The dates stay the same from page to page, so what is learned on the way is for the next reading.
        let mut assumed = self.with_state(|state| state.zone.clone());
        for _ in 0..MOST_PAGES {
            let report = self.report(&question(&self.config, period, assumed.as_ref(), query, read)).await?;
            let zone = match report.zone(assumed.as_ref()) {
                Zoned::AsAssumed(zone) => zone,
                Zoned::Learned(zone) => self.with_state(|state| state.zone.insert(zone).clone()),
                Zoned::Changed(zone) => {
                    assumed = Some(self.with_state(|state| state.zone.insert(zone).clone()));
                    if read > 0 {
                        tally.gap("the time zone of the Google Analytics property changed while it was read");
                        return Ok(());
                    }
                    continue;
                }
                Zoned::Unknown if report.is_empty() => TimeZone::UTC,
                Zoned::Unknown => return Err(unknown_zone()),
            };
            if *total.get_or_insert(report.row_count()) != report.row_count() {
                tally.gap("the report of Google Analytics changed while it was read");
            }
            read += report.count(&zone, self.clock.now(), tally);
            if read >= report.row_count() {
                return Ok(());
            }
            if report.is_empty() {
                break;
            }
        }
        tally.gap("Google Analytics counts more rows than it sent");
        Ok(())
    }

    /// Asks for a page of the report, with a new token where the old one is refused.
    async fn report(&self, request: &Request) -> Result<Report, StoreError> {
        let access = self.access().await?;
        let response = match access.source.ask(request, meaning).await {
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                self.with_state(|state| state.access = None);
                self.access().await?.source.ask(request, meaning).await?
            }
            answer => answer?,
        };
        access.source.read(&response)
    }

    /// The Data API with a token that lasts.
    async fn access(&self) -> Result<Access, StoreError> {
        let now = self.clock.now();
        if let Some(access) = self.with_state(|state| state.access.clone()).filter(|access| now < access.until) {
            return Ok(access);
        }
        let token = self.config.account.token(&self.config, &self.clock).await?;
        let source = data_api(&self.config, Auth::Bearer(token.access_token), &self.clock)?;
        let access = Access { source, until: token.until };
        self.with_state(|state| state.access = Some(access.clone()));
        Ok(access)
    }

    fn with_state<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl PageViews for Ga4Views {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        let until = self.clock.now().checked_sub(self.config.delay).unwrap_or(Timestamp::MIN);
        let mut tally = Tally::new("Google Analytics", products, period, &self.config.languages, true);
        if !tally.paths().is_empty() {
            self.read(period, &mut tally).await?;
        }
        Ok(tally.finish(until))
    }
}

fn data_api(config: &Ga4Config, auth: Auth, clock: &Arc<dyn Clock>) -> Result<Source, StoreError> {
    let example = "https://analyticsdata.googleapis.com";
    Source::new("Google Analytics", example, config.base_url.clone(), auth, clock, config.connection())
}

/// The question for one page of the report.
fn question(config: &Ga4Config, period: Period, zone: Option<&TimeZone>, query: bool, offset: u64) -> Request {
    let page = if query { "pagePathPlusQueryString" } else { "pagePath" };
    let (first, last) = dates(period, zone);
    let mut body = json!({
        "dateRanges": [{"startDate": first.to_string(), "endDate": last.to_string()}],
        "dimensions": [{"name": page}, {"name": "dateHour"}],
        "metrics": [{"name": "screenPageViews"}],
        // Whole numbers of 64 bits are text in Google's JSON. The order keeps rows in place between two pages.
        "limit": config.page_size.to_string(),
        "offset": offset.to_string(),
        "orderBys": [{"dimension": {"dimensionName": page}}, {"dimension": {"dimensionName": "dateHour"}}],
        "returnPropertyQuota": true,
    });
    if let (Some(host), Value::Object(body)) = (&config.host_name, &mut body) {
        let filter = json!({"fieldName": "hostName", "stringFilter": {"matchType": "EXACT", "value": host}});
        body.insert("dimensionFilter".to_owned(), json!({"filter": filter}));
    }
    let report = format!("{}:runReport", config.property_id);
    Request::post("v1beta/properties").segment(report).class(Class::Read).json(body)
}

/// The first and last date of a period in a zone; in any zone of the world as long as it is not known.
fn dates(period: Period, zone: Option<&TimeZone>) -> (Date, Date) {
    let last = period.end().checked_sub(SignedDuration::from_nanos(1)).unwrap_or(period.end());
    let date = |at: Timestamp, hours: i64| {
        let zone = zone.cloned().unwrap_or(TimeZone::UTC);
        at.checked_add(SignedDuration::from_hours(hours)).unwrap_or(at).to_zoned(zone).date()
    };
    let (west, east) = if zone.is_some() { (0, 0) } else { (-12, 14) };
    (date(period.start(), west), date(last, east))
}

fn unknown_zone() -> StoreError {
    StoreError::new(ErrorKind::Malformed, "the answer of Google Analytics names no time zone that is known")
        .advise("set the property's time zone under Admin > Property details, and update the time zone database")
}

fn meaning(response: &Response) -> Meaning {
    match response.status() {
        401 => (ErrorKind::Unauthorized, "refuses the token", "create a new key for the service account"),
        403 => (
            ErrorKind::Forbidden,
            "does not show the property to the service account",
            "add the account's address as Viewer in the property, and enable the Google Analytics Data API in its project",
        ),
        404 => (ErrorKind::Invalid, "does not know the property", "set the property's number, not its measurement id (G-..)"),
        400 => (ErrorKind::Invalid, "does not take the question", "check the property's number"),
        status => common_meaning(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_the_zones_or_all_that_may_be_meant() {
        let period = Period::new("2026-11-21T23:00:00Z".parse().unwrap(), "2026-11-22T23:00:00Z".parse().unwrap()).unwrap();
        let in_zone = |zone: Option<&str>| {
            let zone = zone.map(|name| TimeZone::get(name).unwrap());
            let (first, last) = dates(period, zone.as_ref());
            format!("{first} {last}")
        };
        assert_eq!(in_zone(Some("Europe/Berlin")), "2026-11-22 2026-11-22");
        assert_eq!(in_zone(Some("UTC")), "2026-11-21 2026-11-22");
        assert_eq!(in_zone(None), "2026-11-21 2026-11-23");
    }
}
