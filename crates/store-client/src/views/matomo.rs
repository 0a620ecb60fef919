//! Page views from Matomo.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Clock, ErrorKind, Period, PortResult, Product, ViewsReading};
use campaign_pilot_http::{Auth, Class, Deadlines, RateLimit, Request, RetryPolicy, SecretString, Url};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::days::{days, note, passed};
use super::join::Languages;
use super::source::{Connection, MOST_PAGES, Meaning, Source, check, common_meaning, patient};
use super::tally::Tally;
use crate::StoreError;

/// How a Matomo site is read. Its `Debug` form does not show the token.
#[derive(Clone)]
pub struct MatomoConfig {
    /// The address of Matomo: `https://example.matomo.cloud`, or a server and folder of your own, without `index.php`.
    pub base_url: Url,
    /// The site's number in Matomo.
    pub site_id: u64,
    /// A token of a user with view access to the site. It travels in the body of the request.
    pub token: SecretString,
    /// The time zone that the site reports in; `None` asks Matomo for it once.
    pub time_zone: Option<TimeZone>,
    /// After which time views are in the reports (1 h): Matomo archives them from time to time, its own servers' cron
    /// job usually every hour.
    pub delay: Duration,
    /// Which first segments of a page's path only choose a language.
    pub languages: Languages,
    /// Rows a page (1,000).
    pub page_size: u32,
    /// How long things may take (30 s a call, 60 s an operation).
    pub deadlines: Deadlines,
    /// How failed reads are repeated.
    pub retry: RetryPolicy,
    /// How many requests may be sent; `None` for any number. Matomo has no limit, hosts add their own.
    pub rate: Option<RateLimit>,
}

impl MatomoConfig {
    /// The defaults for a site with a token.
    pub fn new(base_url: Url, site_id: u64, token: impl Into<SecretString>) -> Self {
        Self {
            base_url,
            site_id,
            token: token.into(),
            time_zone: None,
            delay: Duration::from_hours(1),
            languages: Languages::default(),
            page_size: 1_000,
            deadlines: patient(),
            retry: RetryPolicy::default(),
            rate: None,
        }
    }
}

impl fmt::Debug for MatomoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatomoConfig")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("site_id", &self.site_id)
            .field("time_zone", &self.time_zone.as_ref().map(TimeZone::iana_name))
            .field("delay", &self.delay)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

/// Page views from Matomo's Reporting API (`Actions.getPageUrls`). Cheap to clone; clones share connections.
///
/// Matomo reports pages by the day. Its views are spread evenly over the day's hours, which the reading's notes say:
/// days add up to what Matomo counted, single hours are estimates. Rarely viewed pages that Matomo has put together
/// under `Others` make a reading incomplete.
#[derive(Clone, Debug)]
pub struct MatomoViews {
    source: Source,
    clock: Arc<dyn Clock>,
    config: Arc<MatomoConfig>,
    learned_zone: Arc<OnceLock<TimeZone>>,
}

impl MatomoViews {
    /// A site as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address, token or settings that cannot work.
    pub fn new(config: MatomoConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        check("the Matomo site", &config.site_id.to_string(), config.page_size)?;
        let connection = Connection { deadlines: config.deadlines, retry: config.retry, rate: config.rate };
        let auth = Auth::Form(vec![("token_auth".to_owned(), config.token.clone())]);
        let example = "https://example.matomo.cloud";
        let source = Source::new("Matomo", example, config.base_url.clone(), auth, &clock, connection)?;
        Ok(Self { source, clock, config: Arc::new(config), learned_zone: Arc::default() })
    }

    /// The zone of the site's days.
    async fn zone(&self) -> Result<TimeZone, StoreError> {
        if let Some(zone) = self.config.time_zone.as_ref().or_else(|| self.learned_zone.get()) {
            return Ok(zone.clone());
        }
        let site: Site = self.ask(&question(&self.config, "SitesManager.getSiteFromId", &[])).await?;
        let zone = site.zone().ok_or_else(|| {
            self.source.refused((
                ErrorKind::Malformed,
                "names no time zone that is known",
                "set the time zone in the configuration as it is set for the site in Matomo",
            ))
        })?;
        Ok(self.learned_zone.get_or_init(|| zone).clone())
    }

    /// Reads the pages of a day.
    async fn read_day(&self, date: Date, span: Period, tally: &mut Tally) -> Result<(), StoreError> {
        let size = self.config.page_size;
        for page in 0..MOST_PAGES {
            let offset = u64::from(page) * u64::from(size);
            let rows: Vec<Row> = self.ask(&pages_of(&self.config, date, offset)).await?;
            let count = rows.len();
            rows.into_iter().for_each(|row| row.count(span, tally));
            if count < size as usize {
                return Ok(());
            }
        }
        tally.gap(format!("Matomo has more pages on {date} than were read"));
        Ok(())
    }

    async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, StoreError> {
        let response = self.source.ask(request, |response| common_meaning(response.status())).await?;
        match self.source.read(&response)? {
            Answer::Refused { result: Refused::Error, message } => Err(self.source.refused(meaning(&message))),
            Answer::Given(answer) => Ok(answer),
        }
    }
}

#[async_trait]
impl PageViews for MatomoViews {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        let until = self.clock.now().checked_sub(self.config.delay).unwrap_or(Timestamp::MIN);
        let mut tally = Tally::new("Matomo", products, period, &self.config.languages, true);
        if !tally.paths().is_empty() {
            let zone = self.zone().await?;
            tally.note(note("Matomo", &zone));
            for (date, day) in days(period, &zone) {
                if let Some(span) = passed(day, until) {
                    self.read_day(date, span, &mut tally).await?;
                }
            }
        }
        Ok(tally.finish(until))
    }
}

/// A call of a method about the site, as a form.
fn question(config: &MatomoConfig, method: &str, more: &[(&str, String)]) -> Request {
    let common = [("module", "API"), ("method", method), ("format", "JSON"), ("language", "en")];
    let pairs = common.into_iter().map(|(name, value)| (name, value.to_owned()));
    let site = [("idSite", config.site_id.to_string())];
    Request::post("index.php").class(Class::Read).form(pairs.chain(site).chain(more.iter().cloned()))
}

/// One page of a day's pages, by label so that no row changes its place between two pages.
fn pages_of(config: &MatomoConfig, date: Date, offset: u64) -> Request {
    let more = [
        ("period", "day".to_owned()),
        ("date", date.to_string()),
        ("flat", "1".to_owned()),
        ("filter_sort_column", "label".to_owned()),
        ("filter_sort_order", "asc".to_owned()),
        ("filter_limit", config.page_size.to_string()),
        ("filter_offset", offset.to_string()),
        ("keep_summary_row", "1".to_owned()),
    ];
    question(config, "Actions.getPageUrls", &more)
}

/// What Matomo means by a message that it sends in place of an answer, with HTTP 200.
fn meaning(message: &str) -> Meaning {
    let message = message.to_lowercase();
    let says = |word: &str| message.contains(word);
    if says("authenticate") || says("token") {
        return (
            ErrorKind::Unauthorized,
            "refuses the token",
            "create a token under Administration > Personal > Security; it must be allowed in POST requests",
        );
    }
    if says("access") {
        return (ErrorKind::Forbidden, "does not show the site to the token's user", "give the user view access to the site");
    }
    if says("website") || says("idsite") {
        return (ErrorKind::Invalid, "does not know the site", "set the site id to the number that Matomo shows for the site");
    }
    (ErrorKind::Invalid, "does not take the question", "check the site id; Matomo 4 or newer is needed")
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Refused {
        result: Refused,
        #[serde(default)]
        message: String,
    },
    Given(T),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Refused {
    Error,
}

/// A page of the report, or pages put together.
#[derive(Deserialize)]
struct Row {
    /// Absent where Matomo has put pages together.
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    nb_hits: Value,
}

impl Row {
    fn count(self, span: Period, tally: &mut Tally) {
        let views = self.nb_hits.as_u64().or_else(|| self.nb_hits.as_str()?.parse().ok());
        match (self.url.filter(|url| !url.is_empty()), views) {
            (Some(url), Some(views)) => tally.add_page(&url, span, views),
            (None, Some(0)) => {}
            (None, Some(_)) => tally.gap(
                "Matomo has put rarely viewed pages together as Others; raise \
                 datatable_archiving_maximum_rows_actions and datatable_archiving_maximum_rows_subtable_actions",
            ),
            (_, None) => tally.add_unread(),
        }
    }
}

/// Matomo's word on a site: an object, in older versions in a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Site {
    One { timezone: String },
    List(Vec<OneSite>),
}

#[derive(Deserialize)]
struct OneSite {
    timezone: String,
}

impl Site {
    /// A name such as `Europe/Berlin`, or a distance such as `UTC+5.5`.
    fn zone(&self) -> Option<TimeZone> {
        let name = match self {
            Self::One { timezone } => timezone,
            Self::List(sites) => &sites.first()?.timezone,
        };
        let Some(hours) = name.strip_prefix("UTC").filter(|hours| !hours.is_empty()) else {
            return TimeZone::get(name).ok();
        };
        let minutes = hours.parse::<rust_decimal::Decimal>().ok()?.checked_mul(60.into())?;
        let seconds = i32::try_from(minutes).ok()?.checked_mul(60)?;
        Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_names_its_zone_in_several_ways() {
        let offset = |json: &str| {
            let zone = serde_json::from_str::<Site>(json).unwrap().zone()?;
            Some(zone.to_offset(Timestamp::UNIX_EPOCH).seconds())
        };
        assert_eq!(offset(r#"{"idsite":1,"timezone":"Europe/Berlin"}"#), Some(3_600));
        assert_eq!(offset(r#"[{"idsite":"1","timezone":"UTC"}]"#), Some(0));
        assert_eq!(offset(r#"{"timezone":"UTC+5.5"}"#), Some(19_800));
        assert_eq!(offset(r#"{"timezone":"UTC-3"}"#), Some(-10_800));
        assert_eq!(offset(r#"{"timezone":"Mars/Crater"}"#), None);
        assert_eq!(offset("[]"), None);
    }

    #[test]
    fn the_token_is_not_shown() {
        let config = MatomoConfig::new(Url::parse("https://matomo.example").unwrap(), 1, "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
