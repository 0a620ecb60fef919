//! One exchange over the wire.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::HeaderMap;
use http::{Method, StatusCode};
use url::Url;

use crate::HttpErrorKind;

/// A request with everything it needs, credentials included: never shown.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The largest body of an answer, in bytes after decompression.
    pub(crate) body_limit: usize,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An exchange that did not bring a complete answer.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) kind: HttpErrorKind,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) may_have_been_sent: bool,
    pub(crate) source: Option<Box<dyn Error + Send + Sync>>,
}

/// Sends a request once. The seam between the rules of this crate and the network.
#[async_trait]
pub(crate) trait Transport: fmt::Debug + Send + Sync {
    async fn call(&self, outgoing: Outgoing) -> Result<Answer, Broken>;
}

#[async_trait]
impl Transport for reqwest::Client {
    async fn call(&self, outgoing: Outgoing) -> Result<Answer, Broken> {
        let Outgoing { method, url, headers, body, body_limit } = outgoing;
        let mut request = self.request(method, url).headers(headers);
        if !body.is_empty() {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(broken)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let announced = response.content_length().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        let mut body = BytesMut::with_capacity(announced.min(body_limit));
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len().saturating_add(chunk.len()) > body_limit {
                return Err(Broken {
                    kind: HttpErrorKind::TooLarge,
                    detail: format!("the answer is larger than {body_limit} bytes").into(),
                    may_have_been_sent: true,
                    source: None,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }
}

/// What an error of reqwest means, with the address, which may hold credentials, taken out of it.
fn broken(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let io_kind = io_kind(&error);
    let (kind, detail): (_, &'static str) = if error.is_builder() {
        (HttpErrorKind::InvalidRequest, "the request could not be built")
    } else if error.is_connect() {
        match io_kind {
            Some(io::ErrorKind::InvalidData) => (HttpErrorKind::Tls, "the connection could not be secured"),
            Some(io::ErrorKind::ConnectionRefused) => (HttpErrorKind::Connect, "connection refused"),
            _ if error.is_timeout() => (HttpErrorKind::Connect, "no connection before the deadline"),
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                (HttpErrorKind::Connect, "the host cannot be reached")
            }
            _ if is_lookup(&error) => (HttpErrorKind::Connect, "the host name could not be resolved"),
            _ => (HttpErrorKind::Connect, "no connection"),
        }
    } else if error.is_timeout() {
        (HttpErrorKind::Timeout, "no complete answer before the deadline")
    } else if error.is_decode() && io_kind != Some(io::ErrorKind::UnexpectedEof) {
        (HttpErrorKind::Malformed, "the answer could not be decompressed")
    } else {
        (HttpErrorKind::Interrupted, "the connection broke before the answer was complete")
    };
    let may_have_been_sent = !matches!(kind, HttpErrorKind::InvalidRequest | HttpErrorKind::Tls | HttpErrorKind::Connect);
    Broken { kind, detail: detail.into(), may_have_been_sent, source: Some(error.into()) }
}

/// The kind of the innermost I/O error among the causes.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        let io = cause.downcast_ref::<io::Error>();
        found = io.map(io::Error::kind).or(found);
        // An I/O error skips what it wraps when it is asked for its source.
        let wrapped = io.and_then(io::Error::get_ref).map(|wrapped| wrapped as &(dyn Error + 'static));
        next = wrapped.or_else(|| cause.source());
    }
    found
}

/// Whether a cause is the failed look-up of a name; the connector says so in words only.
fn is_lookup(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source()).any(|cause| cause.to_string().starts_with("dns error"))
}
