//! The config file of a real store, platform and page-view source.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use campaign_pilot::agents::Policy;
use campaign_pilot::core::Currency;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// What `--config` points at. Unknown keys are errors, so that a typo cannot silently change what is spent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) store: Store,
    pub(crate) platform: Platform,
    pub(crate) views: Option<Views>,
    #[serde(default)]
    pub(crate) policy: Policy,
}

/// A WooCommerce store. A key with read permission is enough.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) url: String,
    pub(crate) consumer_key: Secret,
    pub(crate) consumer_secret: Secret,
    #[serde(default)]
    pub(crate) authentication: Authentication,
    #[serde(default)]
    pub(crate) plain_permalinks: bool,
}

/// How requests to the store prove whose they are.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Authentication {
    #[default]
    Basic,
    /// For hosts that strip the `Authorization` header.
    Query,
    /// Signed requests, for shops without https.
    Oauth1,
}

/// An impact.com brand account and the program that campaigns belong to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Platform {
    #[serde(default = "impact_url")]
    pub(crate) url: String,
    pub(crate) account_sid: Secret,
    pub(crate) auth_token: Secret,
    pub(crate) program_id: String,
    pub(crate) currency: Currency,
    /// The account's time zone; UTC without.
    #[serde(default = "utc", deserialize_with = "time_zone")]
    pub(crate) time_zone: TimeZone,
    /// The handle of the account's report by ad.
    pub(crate) by_ad_report: Option<String>,
    /// The file in which all processes of the account count their calls; without, those with the same output folder share one.
    pub(crate) quota_file: Option<PathBuf>,
}

/// A Plausible site.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Views {
    #[serde(default = "plausible_url")]
    pub(crate) url: String,
    pub(crate) site_id: String,
    pub(crate) token: Secret,
    /// The zone that the site reports in, as set in Plausible.
    #[serde(default = "utc", deserialize_with = "time_zone")]
    pub(crate) time_zone: TimeZone,
}

/// Where a secret stands: `{ env = "NAME" }` or `{ file = "path" }`; never in the config file itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(crate) enum Secret {
    Env(String),
    File(PathBuf),
}

impl Config {
    /// Reads a config file; secrets are looked up when they are used.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| {
            ConfigError(format!(
                "the config file `{}` cannot be read: {error}\n  next: name an existing file; docs/configuration.md shows one",
                path.display()
            ))
        })?;
        let config: Self = toml::from_str(&text).map_err(|error| {
            // The line itself is not shown: someone may have put a key there.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let (line, message) = (before.matches('\n').count() + 1, error.message().replace('\n', ", "));
            ConfigError(format!(
                "the config file `{}` is wrong, line {line}: {message}\n  next: correct it; docs/configuration.md names every key",
                path.display()
            ))
        })?;
        config.policy.check().map_err(|error| {
            ConfigError(format!(
                "the config file `{}` is wrong, below [policy]: {error}\n  next: give each key a value within its range",
                path.display()
            ))
        })?;
        Ok(config)
    }
}

impl Secret {
    /// The secret itself.
    pub(crate) fn reveal(&self) -> Result<SecretString, ConfigError> {
        let text = match self {
            Self::Env(name) => env::var(name)
                .map_err(|_| ConfigError(format!("{self} is not set\n  next: export it with the secret before the start")))?,
            Self::File(path) => fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("{self} cannot be read: {error}\n  next: put the secret there")))?,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(ConfigError(format!("{self} is empty\n  next: put the secret there")));
        }
        Ok(text.into())
    }
}

impl TryFrom<toml::Value> for Secret {
    type Error = &'static str;

    fn try_from(value: toml::Value) -> Result<Self, Self::Error> {
        let table = value.as_table().filter(|table| table.len() == 1);
        let text = |key: &str| Some(table?.get(key)?.as_str()?.to_owned());
        let secret = text("env").map(Self::Env).or_else(|| Some(Self::File(text("file")?.into())));
        secret.ok_or("a secret never stands here itself: write { env = \"NAME\" } or { file = \"path\" }")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable `{name}` that the config file names"),
            Self::File(path) => write!(f, "the secret file `{}` that the config file names", path.display()),
        }
    }
}

/// A config that cannot be used: what, where, what to do.
#[derive(Debug)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn impact_url() -> String {
    "https://api.impact.com".to_owned()
}

fn plausible_url() -> String {
    "https://plausible.io".to_owned()
}

const fn utc() -> TimeZone {
    TimeZone::UTC
}

/// A zone by its name in the IANA database.
fn time_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name).map_err(|_| {
        D::Error::custom(format!(
            "`time_zone` is `{name}`, which this machine's time zone data (tzdata) does not know; names are such as `Europe/Berlin`"
        ))
    })
}
