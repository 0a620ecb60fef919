//! Complete answers.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use url::Url;

use crate::json::Shape;
use crate::{HttpError, HttpErrorKind, JsonBody, JsonLimits};

/// A complete answer of any status but 429 and, unless the request asks for it, a redirect.
///
/// Its `Debug` form leaves the body and the headers' values out.
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) method: String,
    /// The address as it can be shown.
    pub(crate) shown: String,
    /// The address without credentials, for resolving a redirect.
    pub(crate) url: Url,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) json_limits: JsonLimits,
    pub(crate) shape: Shape,
}

impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Whether the status is 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// A header's first value, by its name in any case; `None` when it is missing or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type without parameters, in lower case; empty when there is none.
    #[must_use]
    pub fn media_type(&self) -> String {
        media_type(&self.headers)
    }

    /// The body, decompressed.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text, bytes that are not UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON, within the client's limits.
    ///
    /// # Errors
    ///
    /// As [`parse_json`](crate::parse_json), with the request that was answered.
    pub fn json<T: DeserializeOwned>(&self) -> crate::Result<T> {
        self.json_body().parse().map_err(|error| self.error(error.kind(), error.to_string()))
    }

    /// The body as JSON that is still to be parsed, within the client's limits.
    #[must_use]
    pub fn json_body(&self) -> JsonBody<'_> {
        JsonBody::of_shape(&self.body, &self.json_limits, self.shape)
    }

    /// The client's limits of JSON, for callers that repair a body before they parse it.
    #[must_use]
    pub const fn json_limits(&self) -> &JsonLimits {
        &self.json_limits
    }

    /// The address that was asked, without query, user and password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shown
    }

    /// Where the server refers to, made absolute; `None` when it does not.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        self.url.join(self.headers.get(LOCATION)?.to_str().ok()?).ok()
    }

    /// How often the request was sent.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long the whole operation took.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long the server asks to wait before the next request.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The answer, if its status is a success.
    ///
    /// # Errors
    ///
    /// [`HttpErrorKind::Status`] for any other one; its body is dropped.
    pub fn error_for_status(self) -> crate::Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        Err(self.error(HttpErrorKind::Status(self.status()), format!("HTTP {}", self.status())))
    }

    /// An error about this answer, for callers that find something wrong with it. `detail` is a clause in lower case.
    #[must_use]
    pub fn error(&self, kind: HttpErrorKind, detail: impl Into<Cow<'static, str>>) -> HttpError {
        HttpError::new(kind, self.method.as_str(), self.shown.as_str(), detail)
            .with_effort(self.attempts, self.elapsed)
            .with_retry_after(self.retry_after)
            .maybe_sent(may_have_been_done(self.status))
    }
}

pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a request that was answered with this status may have been acted on.
fn may_have_been_done(status: StatusCode) -> bool {
    !status.is_client_error() || status == StatusCode::REQUEST_TIMEOUT
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("method", &self.method)
            .field("url", &self.shown)
            .field("status", &self.status())
            .field("body_bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
