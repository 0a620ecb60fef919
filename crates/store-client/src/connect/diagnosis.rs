//! What a diagnosis tells.

use std::fmt;

use campaign_pilot_core::Currency;
use serde::{Deserialize, Serialize};

/// What stands between this client and a store's data.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The store does not know the consumer key.
    UnknownKey,
    /// The consumer secret does not belong to the key.
    WrongSecret,
    /// The key has no Read permission.
    KeyWithoutPermission,
    /// The key's user may not see the shop's data.
    UserWithoutRights,
    /// The host drops the `Authorization` header.
    HeaderStripped,
    /// WordPress takes the request for plain http, where keys are ignored unless requests are signed.
    HttpsNeeded,
    /// This machine's clock and the store's are too far apart for signed requests.
    ClockOff,
    /// Permalinks are plain: the REST API answers in the query only.
    PlainPermalinks,
    /// The address has no such route: WooCommerce's API v3 is off, or the address is wrong.
    NoRestRoute,
    /// A firewall, CDN or security plugin answers instead.
    Firewall,
    /// The web server asks for a login of its own.
    WebServerLogin,
    /// The store is in maintenance mode.
    Maintenance,
    /// PHP stops with a fatal error.
    PhpFatal,
    /// The web server is up, PHP behind it is not.
    PhpDown,
    /// WordPress does not reach its database.
    DatabaseDown,
    /// There is no WooCommerce at this address.
    NotWooCommerce,
    /// The address refers to another one.
    Redirected,
    /// Nothing answers at this address.
    Unreachable,
    /// The secure connection cannot be trusted.
    Untrusted,
    /// The store does not answer completely or in time.
    Slow,
    /// Too many requests for the host.
    RateLimited,
    /// Something that has no name here.
    Unexpected,
}

/// One thing that was found, and what to do about it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What stands in the way.
    pub cause: Cause,
    /// Whether the answers leave no other explanation; the others are listed behind it, less likely ones later.
    pub certain: bool,
    /// What was asked for when it showed.
    pub at: String,
    /// The next step for a person.
    pub advice: String,
}

/// What a store says about itself.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShopFacts {
    /// The shop's name, as plain text.
    pub name: Option<String>,
    /// WooCommerce's version.
    pub woocommerce: Option<String>,
    /// WordPress's version.
    pub wordpress: Option<String>,
    /// The currency in which it sells.
    pub currency: Option<Currency>,
    /// How many decimals its prices show.
    pub decimals: Option<u32>,
    /// Its time zone: a name (`Europe/Berlin`), or an offset (`+05:30`) where no place is set.
    pub time_zone: Option<String>,
    /// Whether orders are stored in tables of their own (High-Performance Order Storage).
    pub hpos: Option<bool>,
}

/// What stands between this client and a store, and what the store says about itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The address that was asked.
    pub address: String,
    /// What stands in the way, most likely first; nothing when products, orders and settings can be read.
    pub findings: Vec<Finding>,
    /// What the store says about itself, as far as it could be read.
    pub shop: ShopFacts,
}

impl Diagnosis {
    /// Whether products, orders and settings can be read.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        self.findings.is_empty()
    }

    /// What most likely stands in the way.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.findings.first().map(|finding| finding.cause)
    }
}

impl Finding {
    pub(super) fn new(cause: Cause, at: &str, certain: bool) -> Self {
        Self { cause, certain, at: at.to_owned(), advice: cause.advice().to_owned() }
    }
}

impl Cause {
    /// What the cause means, as a clause about the store.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnknownKey => "the store does not know the consumer key",
            Self::WrongSecret => "the consumer secret does not belong to the key",
            Self::KeyWithoutPermission => "the key has no Read permission",
            Self::UserWithoutRights => "the key's user may not see the shop's data",
            Self::HeaderStripped => "the host drops the Authorization header",
            Self::HttpsNeeded => "WordPress takes the request for plain http and ignores the key",
            Self::ClockOff => "this machine's clock and the store's are more than 15 minutes apart",
            Self::PlainPermalinks => "permalinks are plain, so that /wp-json/ does not exist",
            Self::NoRestRoute => "there is no such REST route at this address",
            Self::Firewall => "a firewall, CDN or security plugin answers instead of WordPress",
            Self::WebServerLogin => "the web server asks for a login of its own",
            Self::Maintenance => "the store is in maintenance mode or overloaded",
            Self::PhpFatal => "PHP stops with a fatal error",
            Self::PhpDown => "the web server gets no answer from PHP",
            Self::DatabaseDown => "WordPress does not reach its database",
            Self::NotWooCommerce => "there is no WooCommerce at this address",
            Self::Redirected => "the address refers to another one",
            Self::Unreachable => "nothing answers at this address",
            Self::Untrusted => "the secure connection cannot be trusted",
            Self::Slow => "the store does not answer completely or in time",
            Self::RateLimited => "the host takes no more requests for now",
            Self::Unexpected => "the store answers in an unknown way",
        }
    }

    /// The next step for a person.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnknownKey => {
                "compare the consumer key with the list under WooCommerce > Settings > Advanced > REST API, or create a new one"
            }
            Self::WrongSecret => "a secret is shown once only: create a new key and take both of its halves",
            Self::KeyWithoutPermission => "set the key's permission to Read under WooCommerce > Settings > Advanced > REST API",
            Self::UserWithoutRights => "create the key for a user with the role Shop manager",
            Self::HeaderStripped => {
                "let the web server pass the header on (Apache: CGIPassAuth On), or send the credentials in the query, where \
                 they may stand in the host's log"
            }
            Self::HttpsNeeded => {
                "use the shop's https address; behind a proxy, let it tell WordPress (X-Forwarded-Proto and HTTPS=on); without \
                 https, sign requests (OAuth 1.0a)"
            }
            Self::ClockOff => "set this machine's clock by NTP, or ask the host to set the server's",
            Self::PlainPermalinks => {
                "choose any permalinks but Plain under WordPress > Settings > Permalinks, or configure plain permalinks here"
            }
            Self::NoRestRoute => "check the address, and that WooCommerce is active and up to date there",
            Self::Firewall => "allow this machine's address and the path /wp-json/wc/v3/ in the firewall, CDN or security plugin",
            Self::WebServerLogin => "lift the web server's password protection for /wp-json/",
            Self::Maintenance => "wait; if it lasts, delete a left-over .maintenance file in WordPress's folder",
            Self::PhpFatal => "look under WooCommerce > Status > Logs for fatal errors; a plugin is the usual cause",
            Self::PhpDown => "ask the host to start PHP, or wait",
            Self::DatabaseDown => "check the database server and the credentials in wp-config.php",
            Self::NotWooCommerce => "check the configured address: it is the shop's home, without the path of a page",
            Self::Redirected => "configure the address it refers to; credentials are never sent there by themselves",
            Self::Unreachable => "check the address, and that the host is up and can be reached from here",
            Self::Untrusted => "check the address and the certificate's names and dates",
            Self::Slow => "try again later; raise the deadlines for a slow host",
            Self::RateLimited => "let it rest, and set a rate in the configuration",
            Self::Unexpected => "look at the address in a browser, and for a plugin that changes the REST API",
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_healthy() {
            writeln!(f, "{}: products, orders and settings can be read", self.address)?;
        } else {
            writeln!(f, "{}: something is in the way", self.address)?;
        }
        for finding in &self.findings {
            let doubt = if finding.certain { "" } else { " (likely)" };
            writeln!(f, "  x {}{doubt}, seen at {}", finding.cause.meaning(), finding.at)?;
            writeln!(f, "    {}", finding.advice)?;
        }
        let shop = &self.shop;
        let yes_no = |yes| if yes { "yes" } else { "no" }.to_owned();
        let facts = [
            ("shop", shop.name.clone()),
            ("WooCommerce", shop.woocommerce.clone()),
            ("WordPress", shop.wordpress.clone()),
            ("currency", shop.currency.map(|currency| currency.to_string())),
            ("decimals", shop.decimals.map(|decimals| decimals.to_string())),
            ("time zone", shop.time_zone.clone()),
            ("order tables (HPOS)", shop.hpos.map(yes_no)),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                writeln!(f, "  {name:<20} {value}")?;
            }
        }
        Ok(())
    }
}
