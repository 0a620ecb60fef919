//! The error of both sources.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use campaign_pilot_core::{ErrorKind, PortError};
use campaign_pilot_http::{HttpError, HttpErrorKind};

/// A store or page-view source that could not be set up or read: what is wrong, where, and what to do about it.
///
/// Nothing that the other side sent is quoted: its pages may hold paths, addresses or worse.
#[derive(Debug)]
pub struct StoreError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    advice: Option<String>,
    retry_after: Option<Duration>,
    source: Option<HttpError>,
}

impl StoreError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), advice: None, retry_after: None, source: None }))
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    pub(crate) fn because(mut self, source: HttpError) -> Self {
        self.0.retry_after = source.retry_after();
        self.0.source = Some(source);
        self
    }

    /// A call that brought no usable answer; `where_` names the other side, as in `the store at https://shop.example`.
    pub(crate) fn from_http(error: HttpError, where_: &str) -> Self {
        let (problem, advice) = match error.kind() {
            HttpErrorKind::Connect => (
                "cannot be reached".to_owned(),
                "check the configured address, and that the host is up and can be reached from here".to_owned(),
            ),
            HttpErrorKind::Tls => (
                "offers no secure connection that can be trusted".to_owned(),
                "check that the address is right and that its certificate is valid".to_owned(),
            ),
            HttpErrorKind::Redirected => (
                "refers to another address".to_owned(),
                format!("set the configured address to the one it refers to: {}", error.redirect_target().unwrap_or("unknown")),
            ),
            HttpErrorKind::RateLimited => {
                ("takes no more requests for now".to_owned(), "let it rest; ask for less at a time or less often".to_owned())
            }
            HttpErrorKind::Timeout | HttpErrorKind::Interrupted | HttpErrorKind::QuotaExhausted => (
                "does not answer completely or in time".to_owned(),
                "try again later; if it stays so, ask for smaller pages or raise the deadline".to_owned(),
            ),
            HttpErrorKind::TooLarge | HttpErrorKind::TooDeep => {
                ("sends more than is taken".to_owned(), "ask for smaller pages".to_owned())
            }
            _ => ("cannot be asked like this".to_owned(), "check the configuration".to_owned()),
        };
        Self::new(error.kind().port_kind(), format!("{where_} {problem}")).advise(advice).because(error)
    }

    /// How the call failed, where one did.
    pub(crate) fn http_kind(&self) -> Option<HttpErrorKind> {
        self.0.source.as_ref().map(HttpError::kind)
    }

    /// What a caller can act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same read may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// The next step for a person.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// How long the other side asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        let Inner { kind, message, advice, retry_after, source } = *error.0;
        let mut port = Self::new(kind, message);
        if let Some(advice) = advice {
            port = port.with_advice(advice);
        }
        if let Some(wait) = retry_after {
            port = port.with_retry_after(wait);
        }
        match source {
            Some(source) => port.with_source(source),
            None => port,
        }
    }
}
