//! What the sources share: how they are connected, asked and misunderstood.

use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::{Clock, ErrorKind};
use campaign_pilot_http::{Auth, Deadlines, HttpClient, HttpErrorKind, RateLimit, Request, Response, RetryPolicy, Url};
use serde::de::DeserializeOwned;

use crate::StoreError;

/// More pages than this are not an answer but a loop.
pub(super) const MOST_PAGES: u32 = 1_000;

/// How a source is connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub(super) deadlines: Deadlines,
    pub(super) retry: RetryPolicy,
    pub(super) rate: Option<RateLimit>,
}

/// What a status means for a source: a kind, the problem after the source's name, what to do.
pub(super) type Meaning = (ErrorKind, &'static str, &'static str);

/// A source that can be asked.
#[derive(Clone, Debug)]
pub(super) struct Source {
    http: HttpClient,
    name: String,
}

impl Source {
    /// A source at an address. `what` names it (`Plausible`), `example` is an address as it should be.
    pub(super) fn new(
        what: &str,
        example: &str,
        base: Url,
        auth: Auth,
        clock: &Arc<dyn Clock>,
        connection: Connection,
    ) -> Result<Self, StoreError> {
        let name = format!("{what} at {}", base.origin().ascii_serialization());
        let mut http =
            HttpClient::builder(base).auth(auth).clock(Arc::clone(clock)).deadlines(connection.deadlines).retry(connection.retry);
        if let Some(rate) = connection.rate {
            http = http.rate(rate);
        }
        let http = http.build().map_err(|error| {
            refuse(format!("{what}'s address or key cannot be used"), format!("give the address as {example}")).because(error)
        })?;
        Ok(Self { http, name })
    }

    /// Sends a question and brings a success; `meaning` says what the other statuses mean.
    pub(super) async fn ask(
        &self,
        request: &Request,
        meaning: impl FnOnce(&Response) -> Meaning,
    ) -> Result<Response, StoreError> {
        let response = self.http.send(request).await.map_err(|error| StoreError::from_http(error, &self.name))?;
        if response.is_success() {
            return Ok(response);
        }
        let status = response.status();
        let (kind, problem, advice) = meaning(&response);
        Err(StoreError::new(kind, format!("{} {problem}", self.name))
            .advise(advice)
            .because(response.error(HttpErrorKind::Status(status), format!("HTTP {status}"))))
    }

    /// A success as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self, response: &Response) -> Result<T, StoreError> {
        response.json().map_err(|error| {
            StoreError::new(error.kind().port_kind(), format!("the answer of {} cannot be read", self.name))
                .advise("check the configured address: it must be the source of page views itself, not the shop")
                .because(error)
        })
    }

    /// An error that the source reports by a success.
    pub(super) fn refused(&self, (kind, problem, advice): Meaning) -> StoreError {
        StoreError::new(kind, format!("{} {problem}", self.name)).advise(advice)
    }
}

/// Refuses settings that cannot work.
pub(super) fn refuse(message: impl Into<String>, advice: impl Into<String>) -> StoreError {
    StoreError::new(ErrorKind::Invalid, message).advise(advice)
}

/// Refuses a name that is missing and a page size of zero.
pub(super) fn check(what: &str, name: &str, page_size: u32) -> Result<(), StoreError> {
    if name.trim().is_empty() {
        return Err(refuse(format!("{what} has no name"), "set it as the source shows it in its own settings"));
    }
    if page_size == 0 {
        return Err(refuse(format!("{what} is read in pages of no rows"), "leave the page size at its default"));
    }
    Ok(())
}

/// The statuses that mean the same for every source.
pub(super) const fn common_meaning(status: u16) -> Meaning {
    match status {
        401 => (ErrorKind::Unauthorized, "refuses the key", "create a new key, and check that it is configured whole"),
        403 => (ErrorKind::Forbidden, "does not allow the request", "check what the key's owner may see"),
        404 => (ErrorKind::WrongServer, "does not know the address", "check the configured address"),
        400 => (ErrorKind::Invalid, "does not take the question", "check the configured site"),
        500.. => (ErrorKind::Unavailable, "cannot answer now", "try again later"),
        _ => (ErrorKind::WrongServer, "does not answer like a source of page views", "check the configured address"),
    }
}

/// Time enough for reports that are computed when they are asked for: 30 s a call.
pub(super) fn patient() -> Deadlines {
    Deadlines { call: Duration::from_secs(30), ..Deadlines::default() }
}
