//! How a store is reached.

use std::fmt;
use std::time::Duration;

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::{Auth, Deadlines, OAuth1Method, OAuth1Place, PathParameter, RateLimit, RetryPolicy, SecretString, Url};
use secrecy::ExposeSecret;

use crate::{CustomerSalt, StoreError};

/// How a request proves whose it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Authentication {
    /// Key and secret in the `Authorization` header, as HTTP Basic; over https, and on this machine.
    #[default]
    Basic,
    /// Key and secret in the query, for hosts that strip the header; over https. They may show up in the host's access
    /// log, so this is never chosen by itself.
    Query,
    /// A signature of each request, OAuth 1.0a: for shops without https, where WooCommerce takes nothing else. Whoever
    /// listens reads along, but learns no secret. The address must be the shop's own to the letter, and this machine's
    /// clock right within 15 minutes.
    OAuth1 {
        /// How requests are signed.
        method: OAuth1Method,
        /// Where the signature travels.
        place: OAuth1Place,
    },
}

/// How the shop's REST API is addressed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Permalinks {
    /// Below `/wp-json/`.
    #[default]
    Pretty,
    /// By `/?rest_route=`, for shops whose permalinks are plain.
    Plain,
}

/// How a WooCommerce store is reached. Its `Debug` form shows neither key nor secret.
///
/// ```
/// use campaign_pilot_http::Url;
/// use campaign_pilot_store_client::StoreConfig;
///
/// let config = StoreConfig::new(Url::parse("https://shop.example")?, "ck_..", "cs_..");
/// assert_eq!(config.page_size, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StoreConfig {
    /// The shop's home address, with or without `/wp-json` at its end; https, or http on
    /// this machine or with signed requests.
    pub base_url: Url,
    /// The consumer key (`ck_..`). Read permission is enough, of a user who may see orders: a shop manager.
    pub consumer_key: String,
    /// The consumer secret (`cs_..`).
    pub consumer_secret: SecretString,
    /// How requests prove whose they are (Basic).
    pub authentication: Authentication,
    /// How the shop's REST API is addressed (below `/wp-json/`).
    pub permalinks: Permalinks,
    /// How this client names itself (`campaign-pilot/..`); never empty, since firewalls refuse what has no name.
    pub user_agent: String,
    /// Items a page at most, 10 to 100 (100). Where the store fails under them, they get smaller by themselves.
    pub page_size: u32,
    /// Requests for one list that may be under way together, 1 to 4 (4). How many are is measured: small hosts gain
    /// nothing from more than one.
    pub requests_at_once: usize,
    /// The order statuses that count as sales (`processing`, `completed`, `on-hold`, `refunded`). Shops with a
    /// plugin's own statuses add them here.
    pub sale_statuses: Vec<String>,
    /// Whether sales say how many customers were new, as the store's reports know it (no): a request for each 100
    /// orders more, and unknown where the reports lag.
    pub new_customers: bool,
    /// What customers' keys are made with; `None` leaves the store's customers unread.
    pub customer_salt: Option<CustomerSalt>,
    /// How far [`changes_since`](campaign_pilot_core::ports::Catalog::changes_since) reaches back before the instant
    /// that it is asked for (5 min), so that nothing is missed that changed while it was read.
    pub overlap: Duration,
    /// How long things may take (10 s a call, 60 s an operation; slow hosts need 30 s a call).
    pub deadlines: Deadlines,
    /// How failed reads are repeated.
    pub retry: RetryPolicy,
    /// How many requests may be sent; `None` for any number. WooCommerce has no limit, hosts add their own.
    pub rate: Option<RateLimit>,
}

impl StoreConfig {
    /// The defaults for a store with its credentials.
    pub fn new(base_url: Url, consumer_key: impl Into<String>, consumer_secret: impl Into<SecretString>) -> Self {
        Self {
            base_url,
            consumer_key: consumer_key.into(),
            consumer_secret: consumer_secret.into(),
            authentication: Authentication::default(),
            permalinks: Permalinks::default(),
            user_agent: concat!("campaign-pilot/", env!("CARGO_PKG_VERSION")).to_owned(),
            page_size: 100,
            requests_at_once: 4,
            sale_statuses: ["processing", "completed", "on-hold", "refunded"].map(str::to_owned).to_vec(),
            new_customers: false,
            customer_salt: None,
            overlap: Duration::from_mins(5),
            deadlines: Deadlines::default(),
            retry: RetryPolicy::default(),
            rate: None,
        }
    }

    pub(crate) fn auth(&self) -> Auth {
        match self.authentication {
            Authentication::Basic => Auth::basic(self.consumer_key.clone(), self.consumer_secret.clone()),
            Authentication::Query => Auth::Query(vec![
                ("consumer_key".to_owned(), SecretString::from(self.consumer_key.clone())),
                ("consumer_secret".to_owned(), self.consumer_secret.clone()),
            ]),
            Authentication::OAuth1 { method, place } => {
                Auth::OAuth1 { key: self.consumer_key.clone(), secret: self.consumer_secret.clone(), method, place }
            }
        }
    }

    /// How a path travels in the query. WooCommerce looks at keys only if the address as a whole names its API, so it
    /// is named in a parameter that means nothing.
    pub(crate) fn path_parameter(&self) -> Option<PathParameter> {
        match self.permalinks {
            Permalinks::Pretty => None,
            Permalinks::Plain => Some(PathParameter::new("rest_route").followed_by("_via=/wp-json/wc/")),
        }
    }

    /// The base of the REST API, whether the configured address already names it or not.
    pub(crate) fn api_base(&self) -> Url {
        let mut base = self.base_url.clone();
        let home = match self.base_url.path().find("/wp-json") {
            Some(at) => self.base_url.path().split_at(at).0,
            None => self.base_url.path(),
        };
        let api = if self.permalinks == Permalinks::Plain { "" } else { "wp-json/" };
        base.set_path(&format!("{}/{api}", home.trim_end_matches('/')));
        base
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let refuse = |message: &str, advice: &str| Err(StoreError::new(ErrorKind::Invalid, message).advise(advice));
        let secret = self.consumer_secret.expose_secret();
        if self.consumer_key.trim().is_empty() || secret.trim().is_empty() {
            return refuse("the store's consumer key or secret is missing", CREATE_KEY);
        }
        if self.consumer_key.starts_with("cs_") || secret.starts_with("ck_") {
            return refuse(
                "the store's consumer key and secret are swapped",
                "the key starts with ck_, the secret with cs_; exchange them in the configuration",
            );
        }
        if self.user_agent.trim().is_empty() {
            return refuse("the user agent is empty", "name this client: firewalls refuse what has no name");
        }
        if !(10..=100).contains(&self.page_size) {
            return refuse("the store's page size is not between 10 and 100", "WooCommerce sends no more than 100, the default");
        }
        if !(1..=4).contains(&self.requests_at_once) {
            return refuse("the store's requests at once are not between 1 and 4", "4 is the default; 1 spares a weak host");
        }
        if self.customer_salt.as_ref().is_some_and(|salt| !salt.is_strong()) {
            return refuse("the salt of the customers' keys is too short", "take at least 16 random characters, and keep them");
        }
        if self.sale_statuses.is_empty() {
            return refuse("no order status counts as a sale", "name at least `processing` and `completed`");
        }
        Ok(())
    }
}

/// What to do without a usable key.
pub(crate) const CREATE_KEY: &str =
    "create a key with Read permission for a shop manager under WooCommerce > Settings > Advanced > REST API";

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("authentication", &self.authentication)
            .field("permalinks", &self.permalinks)
            .field("user_agent", &self.user_agent)
            .field("page_size", &self.page_size)
            .field("requests_at_once", &self.requests_at_once)
            .field("sale_statuses", &self.sale_statuses)
            .field("overlap", &self.overlap)
            .field("deadlines", &self.deadlines)
            .field("retry", &self.retry)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str) -> StoreConfig {
        StoreConfig::new(Url::parse(base).unwrap(), "ck_key", "cs_secret")
    }

    #[test]
    fn the_address_may_name_the_api_or_not() {
        for base in ["https://shop.example", "https://shop.example/", "https://shop.example/wp-json/wc/v3"] {
            assert_eq!(config(base).api_base().as_str(), "https://shop.example/wp-json/");
        }
        assert_eq!(config("https://a.example/blog/").api_base().as_str(), "https://a.example/blog/wp-json/");
    }

    #[test]
    fn mistakes_are_named() {
        let mut swapped = config("https://shop.example");
        swapped.consumer_key = "cs_secret".to_owned();
        assert!(swapped.check().unwrap_err().to_string().contains("swapped"));
        let mut large = config("https://shop.example");
        large.page_size = 101;
        assert_eq!(large.check().unwrap_err().kind(), ErrorKind::Invalid);
        let missing = StoreConfig::new(Url::parse("https://shop.example").unwrap(), " ", "cs");
        assert!(missing.check().unwrap_err().advice().unwrap().contains("REST API"));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?} {:?}", config("https://shop.example"), config("https://shop.example").auth());
        assert!(!shown.contains("ck_key") && !shown.contains("cs_secret"), "{shown}");
    }
}
