//! The error of every port.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The result of a port's method.
pub type PortResult<T, E = PortError> = Result<T, E>;

/// What kind of thing went wrong, as far as a caller can act on it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The other side cannot be reached, is overloaded or broken: later it may work.
    Unavailable,
    /// A quota is used up.
    RateLimited,
    /// The credentials are wrong.
    Unauthorized,
    /// The credentials are right, but not allowed to do this.
    Forbidden,
    /// The thing does not exist.
    NotFound,
    /// The request or its input is wrong; sending it again cannot help.
    Invalid,
    /// The other side does not offer this.
    Unsupported,
    /// The other side is not in a state for this (a program that is not active, a decision already taken).
    Precondition,
    /// The answer could not be understood.
    Malformed,
    /// The other side is something else: a firewall's page, another application.
    WrongServer,
    /// What is stored was changed by someone else meanwhile, or exists already.
    Conflict,
    /// What is stored cannot be read: damaged, or written by a newer version.
    Storage,
    /// There is no room left to store anything.
    StorageFull,
    /// The caller's deadline passed or it asked to stop.
    Cancelled,
}

impl ErrorKind {
    /// Whether the same read may succeed later without anyone changing anything.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}

/// What a port reports when it fails: a kind to act on, a sentence to read, a next step.
///
/// The message is about this layer only; the cause is behind [`Error::source`].
///
/// ```
/// use campaign_pilot_core::{ErrorKind, PortError};
///
/// let error = PortError::new(ErrorKind::Unauthorized, "the store refused the key")
///     .with_advice("create a read key under WooCommerce > Settings > Advanced > REST API");
/// assert_eq!(error.kind(), ErrorKind::Unauthorized);
/// assert!(!error.is_retryable());
/// ```
#[derive(Debug)]
pub struct PortError {
    kind: ErrorKind,
    message: String,
    advice: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// An error of a kind with a sentence in lower case, without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), advice: None, retry_after: None, source: None }
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds how long to wait before trying again.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What a caller can act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same read may succeed later without anyone changing anything.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// The next step for a person, where one is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// How long the other side asked to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
