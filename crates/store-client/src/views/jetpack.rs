//! Page views from Jetpack Stats, which WordPress.com keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Clock, ErrorKind, Period, PortResult, Product, ProductId, ViewsReading};
use campaign_pilot_http::{Auth, Deadlines, RateLimit, Request, Response, RetryPolicy, SecretString, Url};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::days::{days, note, passed};
use super::join::{Joined, Languages};
use super::source::{Connection, Meaning, Source, check, common_meaning, patient};
use super::tally::Tally;
use crate::StoreError;

/// How a site's Jetpack statistics are read. Its `Debug` form does not show the token.
#[derive(Clone)]
pub struct JetpackConfig {
    /// The address of WordPress.com's API (`https://public-api.wordpress.com`).
    pub base_url: Url,
    /// The shop as WordPress.com knows it: its domain or the number of the site.
    pub site: String,
    /// An OAuth 2 token of a user who may see the site's statistics.
    pub token: SecretString,
    /// The time zone set in the shop's WordPress (UTC). Days come without one, so a wrong zone shifts the views.
    pub time_zone: TimeZone,
    /// After which time views are counted (30 min).
    pub delay: Duration,
    /// Which first segments of a page's path only choose a language.
    pub languages: Languages,
    /// How long things may take (30 s a call, 60 s an operation).
    pub deadlines: Deadlines,
    /// How failed reads are repeated.
    pub retry: RetryPolicy,
    /// How many requests may be sent; `None` for any number.
    pub rate: Option<RateLimit>,
}

impl JetpackConfig {
    /// The defaults for a site with a token.
    pub fn new(base_url: Url, site: impl Into<String>, token: impl Into<SecretString>) -> Self {
        Self {
            base_url,
            site: site.into(),
            token: token.into(),
            time_zone: TimeZone::UTC,
            delay: Duration::from_mins(30),
            languages: Languages::default(),
            deadlines: patient(),
            retry: RetryPolicy::default(),
            rate: None,
        }
    }
}

impl fmt::Debug for JetpackConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetpackConfig")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("site", &self.site)
            .field("time_zone", &self.time_zone.iana_name())
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

/// Page views from Jetpack Stats through WordPress.com's REST API 1.1. Cheap to clone; clones share connections.
///
/// Jetpack reports posts by the day. Its views are spread evenly over the day's hours, which the reading's notes say:
/// days add up to what Jetpack counted, single hours are estimates. Products are joined by the address of their page
/// or, where that tells nothing, by their id, which is the post's id in the same WordPress.
#[derive(Clone, Debug)]
pub struct JetpackViews {
    source: Source,
    clock: Arc<dyn Clock>,
    config: Arc<JetpackConfig>,
}

/// The days to read, with the part of each that has passed.
type Days = BTreeMap<Date, Period>;

impl JetpackViews {
    /// A site as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address, token or settings that cannot work.
    pub fn new(config: JetpackConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        check("the site on WordPress.com", &config.site, 1)?;
        let connection = Connection { deadlines: config.deadlines, retry: config.retry, rate: config.rate };
        let auth = Auth::bearer(config.token.clone());
        let example = "https://public-api.wordpress.com";
        let source = Source::new("WordPress.com", example, config.base_url.clone(), auth, &clock, connection)?;
        Ok(Self { source, clock, config: Arc::new(config) })
    }

    /// Reads all posts of the days, one by one: the answers of a large shop are large.
    async fn read_days(&self, products: &[Product], days: &Days, tally: &mut Tally) -> Result<(), StoreError> {
        let ids: BTreeMap<&str, &ProductId> = products.iter().map(|product| (product.id.as_str(), &product.id)).collect();
        for (date, span) in days {
            let response = self.source.ask(&top_posts(&self.config, *date), meaning).await?;
            let TopPosts { mut days } = self.source.read(&response)?;
            match days.remove(&date.to_string()) {
                Some(day) => day.count(*date, *span, &ids, tally),
                None => tally.gap(format!("WordPress.com left out {date}")),
            }
        }
        Ok(())
    }

    /// Reads the days of one post, all of them in one answer.
    async fn read_post(&self, product: &Product, days: &Days, tally: &mut Tally) -> Result<(), StoreError> {
        let response = match self.source.ask(&post(&self.config, &product.id), meaning).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tally.gap("WordPress.com does not know every product; check that Jetpack is connected to this shop");
                return Ok(());
            }
            answer => answer?,
        };
        let Post { data } = self.source.read(&response)?;
        for (date, views) in data {
            if let Some(span) = date.parse().ok().and_then(|date: Date| days.get(&date)) {
                tally.add_product(&product.id, *span, views);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl PageViews for JetpackViews {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        let until = self.clock.now().checked_sub(self.config.delay).unwrap_or(Timestamp::MIN);
        let mut tally = Tally::new("Jetpack", products, period, &self.config.languages, true);
        if !products.is_empty() {
            tally.note(note("Jetpack", &self.config.time_zone));
            let passed = |(date, day)| Some((date, passed(day, until)?));
            let days: Days = days(period, &self.config.time_zone).filter_map(passed).collect();
            if products.len() < days.len() {
                for product in products {
                    self.read_post(product, &days, &mut tally).await?;
                }
            } else {
                self.read_days(products, &days, &mut tally).await?;
            }
        }
        Ok(tally.finish(until))
    }
}

/// All posts that were viewed on a day.
fn top_posts(config: &JetpackConfig, date: Date) -> Request {
    Request::get("rest/v1.1/sites")
        .segment(&config.site)
        .segment("stats")
        .segment("top-posts")
        .query("period", "day")
        .query("date", date)
        .query("num", 1)
        .query("max", 0)
}

/// The views of one post on every day.
fn post(config: &JetpackConfig, product: &ProductId) -> Request {
    Request::get("rest/v1.1/sites").segment(&config.site).segment("stats").segment("post").segment(product)
}

fn meaning(response: &Response) -> Meaning {
    let code = response.json::<Problem>().map(|problem| problem.error).unwrap_or_default();
    match (response.status(), code.as_str()) {
        (401, _) | (_, "invalid_token" | "authorization_required") => (
            ErrorKind::Unauthorized,
            "refuses the token",
            "create a new OAuth 2 token of a user who may see the site's statistics",
        ),
        (_, "unknown_post") => (ErrorKind::NotFound, "does not know a product", "check that Jetpack is connected to this shop"),
        (_, "unauthorized") | (403, _) => (
            ErrorKind::Forbidden,
            "does not show the statistics to the token's user",
            "let an administrator of the site create the token, or allow the user's role to see the statistics",
        ),
        (_, "invalid_blog" | "unknown_blog") => (
            ErrorKind::Invalid,
            "does not know the site, or Jetpack is not connected there",
            "set the site to the shop's domain, and connect Jetpack with its Stats module",
        ),
        (status, _) => common_meaning(status),
    }
}

#[derive(Deserialize)]
struct Problem {
    error: String,
}

#[derive(Deserialize)]
struct TopPosts {
    days: BTreeMap<String, Day>,
}

#[derive(Deserialize)]
struct Day {
    #[serde(default)]
    postviews: Vec<PostViews>,
    /// Views of posts that were left out.
    #[serde(default)]
    other_views: u64,
}

#[derive(Deserialize)]
struct PostViews {
    #[serde(default)]
    id: u64,
    #[serde(default)]
    href: Option<String>,
    views: Option<u64>,
}

impl Day {
    fn count(self, date: Date, span: Period, ids: &BTreeMap<&str, &ProductId>, tally: &mut Tally) {
        if self.other_views > 0 {
            tally.gap(format!("WordPress.com left out {} views of {date}", self.other_views));
        }
        for post in self.postviews {
            let Some(views) = post.views else {
                tally.add_unread();
                continue;
            };
            let page = post.href.unwrap_or_default();
            match ids.get(post.id.to_string().as_str()) {
                Some(product) if tally.paths().join(&page) == Joined::Other => tally.add_product(product, span, views),
                _ => tally.add_page(&page, span, views),
            }
        }
    }
}

#[derive(Deserialize)]
struct Post {
    /// Date and views of every day.
    data: Vec<(String, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_shown() {
        let config = JetpackConfig::new(Url::parse("https://public-api.wordpress.com").unwrap(), "shop.example", "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
