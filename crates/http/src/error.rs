//! The error of every call.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use campaign_pilot_core::{ErrorKind, PortError};
use url::Url;

/// What went wrong, as far as a caller can act on it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The request or the client's configuration is wrong; nothing was sent.
    InvalidRequest,
    /// No connection: refused, no such name, no route. Nothing was sent.
    Connect,
    /// The connection could not be secured: a certificate that does not fit, or no TLS on that port. Nothing was sent.
    Tls,
    /// A deadline passed while the answer was awaited or read.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// The answer holds more bytes or array items than allowed.
    TooLarge,
    /// The answer's JSON is nested deeper than allowed.
    TooDeep,
    /// The answer is not what it should be: no JSON, or JSON of another shape.
    Malformed,
    /// A quota is used up: the server said so (429), or our own limit leaves no room before the deadline.
    RateLimited,
    /// Whether there is room in a shared quota cannot be told. Nothing was sent.
    NotAdmitted,
    /// The call failed for a passing reason, and too many retries were spent already.
    QuotaExhausted,
    /// The server wants the request elsewhere; it is not followed, since the credentials would go along.
    Redirected,
    /// The server answered with this status, and the caller takes none but success.
    Status(u16),
}

impl HttpErrorKind {
    /// Whether the same read may succeed later without anyone changing anything.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Connect | Self::Timeout | Self::Interrupted | Self::RateLimited | Self::NotAdmitted | Self::QuotaExhausted => {
                true
            }
            Self::Status(status) => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::InvalidRequest | Self::Tls | Self::TooLarge | Self::TooDeep | Self::Malformed | Self::Redirected => false,
        }
    }

    /// The kind that a port reports.
    #[must_use]
    pub const fn port_kind(self) -> ErrorKind {
        match self {
            Self::InvalidRequest => ErrorKind::Invalid,
            Self::Connect | Self::Timeout | Self::Interrupted | Self::NotAdmitted | Self::QuotaExhausted => {
                ErrorKind::Unavailable
            }
            Self::Tls | Self::Redirected => ErrorKind::WrongServer,
            Self::TooLarge | Self::TooDeep | Self::Malformed => ErrorKind::Malformed,
            Self::RateLimited => ErrorKind::RateLimited,
            Self::Status(status) => match status {
                401 => ErrorKind::Unauthorized,
                403 => ErrorKind::Forbidden,
                404 | 410 => ErrorKind::NotFound,
                409 | 412 => ErrorKind::Conflict,
                429 => ErrorKind::RateLimited,
                405 | 501 => ErrorKind::Unsupported,
                408 | 500..=599 => ErrorKind::Unavailable,
                _ => ErrorKind::Invalid,
            },
        }
    }
}

/// A call that failed: what, where, after how many attempts and how long.
///
/// Reads like `GET https://shop.example/wp-json/wc/v3/products: connection refused after 3 attempts in 0.4 s`. The
/// address is shown without query, user and password; bodies are never shown.
pub struct HttpError(Box<Inner>);

struct Inner {
    kind: HttpErrorKind,
    method: String,
    url: String,
    detail: Cow<'static, str>,
    attempts: u32,
    elapsed: Duration,
    retry_after: Option<Duration>,
    redirect_target: Option<String>,
    may_have_been_sent: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl HttpError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> HttpErrorKind {
        self.0.kind
    }

    /// Whether the same read may succeed later without anyone changing anything. Says nothing about writes: see
    /// [`HttpError::may_have_been_sent`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// The method; empty when a client could not be built.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The address without query, user and password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How often the request was sent or tried to be sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the whole operation took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// How long to wait before trying again, where the server or our own rate limit says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Where the server wants the request instead, without query: for [`HttpErrorKind::Redirected`].
    #[must_use]
    pub fn redirect_target(&self) -> Option<&str> {
        self.0.redirect_target.as_deref()
    }

    /// Whether the server may have received the request and acted on it.
    ///
    /// `false` only when that is certain: nothing was sent, or the server refused (429, or any 4xx). After a write
    /// with `true`, look up what happened before doing anything else.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// The error of a port, with `message` saying what could not be done, and this error as its cause.
    pub fn into_port_error(self, message: impl Into<String>) -> PortError {
        let mut error = PortError::new(self.kind().port_kind(), message);
        if let Some(wait) = self.retry_after() {
            error = error.with_retry_after(wait);
        }
        match (self.kind(), self.redirect_target()) {
            (HttpErrorKind::Redirected, Some(target)) => {
                error = error.with_advice(format!("check the configured address; the server refers to {target}"));
            }
            (HttpErrorKind::Tls, _) => {
                error = error.with_advice("check the configured address and the server's certificate");
            }
            (HttpErrorKind::Connect, _) => {
                error = error.with_advice("check the configured address, and that the host is up and can be reached from here");
            }
            _ => {}
        }
        error.with_source(self)
    }

    pub(crate) fn new(
        kind: HttpErrorKind,
        method: impl Into<String>,
        url: impl Into<String>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            method: method.into(),
            url: url.into(),
            detail: detail.into(),
            attempts: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
            redirect_target: None,
            may_have_been_sent: false,
            source: None,
        }))
    }

    pub(crate) fn invalid(method: &str, base: &Url, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HttpErrorKind::InvalidRequest, method, redact(base, None), detail)
    }

    pub(crate) fn with_effort(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_redirect_target(mut self, target: Option<String>) -> Self {
        self.0.redirect_target = target;
        self
    }

    pub(crate) fn maybe_sent(mut self, maybe: bool) -> Self {
        self.0.may_have_been_sent = maybe;
        self
    }

    pub(crate) fn with_source(mut self, source: Option<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = source;
        self
    }
}

/// An address that can be shown: no user, password, query or fragment, and no sensitive segment.
pub(crate) fn redact(url: &Url, sensitive: Option<&str>) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    let cleared = shown.set_username("").is_ok() && shown.set_password(None).is_ok();
    if !cleared && !shown.username().is_empty() {
        return format!("{}://..", url.scheme());
    }
    match sensitive {
        Some(sensitive) if !sensitive.is_empty() => {
            let hidden = |segment: &str| if segment == sensitive { "..".to_owned() } else { segment.to_owned() };
            let path: Vec<String> = shown.path().split('/').map(hidden).collect();
            format!("{}{}", shown.origin().ascii_serialization(), path.join("/"))
        }
        _ => shown.into(),
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if !inner.method.is_empty() {
            write!(f, "{} ", inner.method)?;
        }
        write!(f, "{}: {}", inner.url, inner.detail)?;
        if inner.attempts > 0 {
            let plural = if inner.attempts == 1 { "" } else { "s" };
            write!(f, " after {} attempt{plural} in {:.1} s", inner.attempts, inner.elapsed.as_secs_f64())?;
        }
        Ok(())
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpError")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("retry_after", &self.0.retry_after)
            .field("may_have_been_sent", &self.0.may_have_been_sent)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_sentence_for_an_operator() {
        let error =
            HttpError::new(HttpErrorKind::Connect, "GET", "https://shop.example/wp-json/wc/v3/products", "connection refused")
                .with_effort(3, Duration::from_millis(420));
        assert_eq!(
            error.to_string(),
            "GET https://shop.example/wp-json/wc/v3/products: connection refused after 3 attempts in 0.4 s"
        );
    }

    #[test]
    fn redaction_leaves_origin_and_path() {
        let url = Url::parse("https://user:pass@api.example:8443/Advertisers/IRabc/Ads?token=1#x").unwrap();
        assert_eq!(redact(&url, Some("IRabc")), "https://api.example:8443/Advertisers/../Ads");
        assert_eq!(redact(&url, None), "https://api.example:8443/Advertisers/IRabc/Ads");
    }

    #[test]
    fn becomes_a_port_error_with_the_wait_and_the_cause() {
        let error = HttpError::new(HttpErrorKind::RateLimited, "GET", "https://a.example/", "too many requests")
            .with_retry_after(Some(Duration::from_secs(30)))
            .into_port_error("the ads could not be listed");
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
        assert!(error.source().is_some());
    }
}
