//! The config file of a real store, platform and page-view source.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use campaign_pilot::agents::Policy;
use campaign_pilot::core::Currency;
use secrecy::SecretString;
use serde::Deserialize;

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
}

/// A Plausible site.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Views {
    #[serde(default = "plausible_url")]
    pub(crate) url: String,
    pub(crate) site_id: String,
    pub(crate) token: Secret,
}

/// Where a secret stands: `{ env = "NAME" }` or `{ file = "path" }`; never in the config file itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(crate) enum Secret {
    Env(String),
    File(PathBuf),
}

impl Config {
    /// Reads a config file; secrets are looked up when they are used.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| {
            ConfigError(format!("the config file `{}` cannot be read: {error}; name an existing file", path.display()))
        })?;
        toml::from_str(&text).map_err(|error| {
            ConfigError(format!(
                "the config file `{}` is wrong: {}; see docs/configuration.md",
                path.display(),
                error.to_string().trim()
            ))
        })
    }
}

impl Secret {
    /// The secret itself.
    pub(crate) fn reveal(&self) -> Result<SecretString, ConfigError> {
        let text = match self {
            Self::Env(name) => env::var(name)
                .map_err(|_| ConfigError(format!("the environment variable `{name}` is not set; export it before the start")))?,
            Self::File(path) => fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("the secret file `{}` cannot be read: {error}", path.display())))?,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(ConfigError(format!("the secret in {self} is empty; put the key there")));
        }
        Ok(text.into())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable `{name}`"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
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
