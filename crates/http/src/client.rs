//! The client: one operation from the rate limit to the last attempt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::Clock;
use http::StatusCode;
use http::header::{HeaderMap, HeaderValue};
use tokio::time::Instant;
use tracing::{debug, warn};
use url::Url;

use crate::error::redact;
use crate::gate::Gate;
use crate::json::Shape;
use crate::oauth1::Stamp;
use crate::response::media_type;
use crate::retry::{Retries, Ticket};
use crate::server_wait::server_wait;
use crate::transport::{Answer, Broken, Outgoing, Transport};
use crate::{
    Admission, AnswerHead, Auth, Deadlines, HttpClientBuilder, HttpError, HttpErrorKind, Limits, PathParameter, Refusal, Request,
    Response,
};

/// The longest sleep before an admission is asked for again: others may give up what they took, and simulated clocks move.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Sends requests below one base address with one set of credentials.
///
/// Cheap to clone; clones share the connections, the rate limit and the retry quota. `Debug` shows no credential.
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) base: Url,
    pub(crate) path_parameter: Option<PathParameter>,
    pub(crate) auth: Auth,
    pub(crate) auth_header: Option<HeaderValue>,
    pub(crate) headers: HeaderMap,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) deadlines: Deadlines,
    pub(crate) limits: Limits,
    pub(crate) retries: Retries,
    pub(crate) gate: Gate,
    pub(crate) admission: Option<Arc<dyn Admission>>,
    pub(crate) transport: Box<dyn Transport>,
}

impl HttpClient {
    /// Sets up a client for the addresses below `base`.
    pub fn builder(base: Url) -> HttpClientBuilder {
        HttpClientBuilder::new(base)
    }

    /// The base address.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.0.base
    }

    /// Sends a request and brings the complete answer, whatever its status: the caller knows what an error's body
    /// means. [`Response::error_for_status`] takes nothing but success.
    ///
    /// A read that fails for a passing reason (no connection, a broken one, a deadline, 408, 429, 500, 502, 503,
    /// 504) is repeated as the [`RetryPolicy`](crate::RetryPolicy) says; a write is sent exactly once.
    ///
    /// Two answers are errors: 429 is [`RateLimited`](HttpErrorKind::RateLimited), with the wait, once it is not
    /// repeated or the wait does not fit the deadline; a redirect is [`Redirected`](HttpErrorKind::Redirected)
    /// unless the request takes it as an answer.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; after a write, [`HttpError::may_have_been_sent`] tells whether it may have taken effect.
    pub async fn send(&self, request: &Request) -> crate::Result<Response> {
        let inner = &*self.0;
        let started = Instant::now();
        if request.is_exact() && !matches!(inner.auth, Auth::None) {
            let detail = "an exact address is only asked for without credentials";
            return Err(HttpError::invalid(request.method().as_str(), &inner.base, detail));
        }
        let operation = Operation {
            inner,
            url: match &inner.path_parameter {
                None => request.url(&inner.base)?,
                Some(parameter) => request.url_with(&inner.base, parameter)?,
            },
            shown: String::new(),
            request,
            started,
            deadline: started + request.operation_deadline_or(inner.deadlines.operation),
        };
        // A path that travels in the query is shown as a path, so that errors say what was asked for.
        let shown = redact(&request.url(&inner.base)?, inner.auth.sensitive_segment());
        Operation { shown, ..operation }.run().await
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base", &redact(&self.0.base, self.0.auth.sensitive_segment()))
            .field("auth", &self.0.auth)
            .field("deadlines", &self.0.deadlines)
            .field("limits", &self.0.limits)
            .field("retries", &self.0.retries)
            .finish_non_exhaustive()
    }
}

/// One `send`.
struct Operation<'a> {
    inner: &'a Inner,
    request: &'a Request,
    /// The address without credentials.
    url: Url,
    /// The address as it can be shown.
    shown: String,
    started: Instant,
    deadline: Instant,
}

/// What one attempt came to.
enum Outcome {
    Answered(Answer, Shape),
    Failed(Broken),
}

impl Operation<'_> {
    async fn run(&self) -> crate::Result<Response> {
        let outgoing = self.outgoing()?;
        let mut ticket: Option<Ticket> = None;
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(&outgoing, attempt).await?;
            let Some(throttled) = self.passing_failure(&outcome) else {
                if matches!(outcome, Outcome::Answered(..)) {
                    self.inner.retries.succeeded(ticket);
                }
                return self.settle(outcome, attempt, false);
            };
            if self.request.is_write() || attempt >= self.inner.retries.attempts() {
                return self.settle(outcome, attempt, false);
            }
            let pause = self.wait_asked_by(&outcome).unwrap_or_else(|| self.inner.retries.pause(attempt, throttled));
            if Instant::now() + pause > self.deadline {
                return self.settle(outcome, attempt, false);
            }
            let Some(paid) = self.inner.retries.pay(throttled) else {
                return self.settle(outcome, attempt, true);
            };
            ticket = Some(paid);
            debug!(url = %self.shown, attempt, pause_ms = pause.as_millis(), "retrying a read");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    fn outgoing(&self) -> crate::Result<Outgoing> {
        let mut headers = self
            .request
            .headers_over(&self.inner.headers)
            .ok_or_else(|| self.error(HttpErrorKind::InvalidRequest, "a header holds characters that cannot be sent", 0))?;
        let mut url = self.url.clone();
        self.inner.auth.apply(&mut url, &mut headers, self.inner.auth_header.as_ref());
        Ok(Outgoing {
            method: self.request.method().clone(),
            url,
            headers,
            body: self.inner.auth.complete(self.request.body()),
            body_limit: self.inner.limits.body_bytes,
        })
    }

    /// Waits for the rate limit and sends once.
    async fn attempt(&self, outgoing: &Outgoing, attempt: u32) -> crate::Result<Outcome> {
        self.inner.gate.pass(self.deadline).await.map_err(|wait| {
            let detail = format!("our own rate limit leaves no room for another {:.0} s", wait.as_secs_f64().ceil());
            self.error(HttpErrorKind::RateLimited, detail, attempt - 1).with_retry_after(Some(wait))
        })?;
        self.admitted(attempt).await?;
        let until = self.deadline.min(Instant::now() + self.request.call_deadline_or(self.inner.deadlines.call));
        let sent = Instant::now();
        let mut outgoing = outgoing.clone();
        self.inner
            .auth
            .sign(&mut outgoing, self.request.body(), || Stamp::new(self.inner.clock.now(), self.inner.retries.random()));
        let outcome = match tokio::time::timeout_at(until, self.inner.transport.call(outgoing)).await {
            Ok(Ok(answer)) => self.looked_at(answer),
            Ok(Err(broken)) => Outcome::Failed(broken),
            Err(_) => Outcome::Failed(Broken {
                kind: HttpErrorKind::Timeout,
                detail: "no complete answer before the deadline".into(),
                may_have_been_sent: true,
                source: None,
            }),
        };
        self.trace(&outcome, attempt, sent.elapsed());
        if let (Some(admission), Outcome::Answered(answer, _)) = (&self.inner.admission, &outcome) {
            admission.answered(self.request, AnswerHead { status: answer.status, headers: &answer.headers });
        }
        Ok(outcome)
    }

    /// Waits until the attempt is admitted, but not beyond the deadline.
    async fn admitted(&self, attempt: u32) -> crate::Result<()> {
        let Some(admission) = &self.inner.admission else { return Ok(()) };
        loop {
            match admission.admit(self.request).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Later { wait, .. }) if Instant::now() + wait <= self.deadline => {
                    tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
                }
                Err(Refusal::Later { wait, reason }) => {
                    return Err(self.error(HttpErrorKind::RateLimited, reason, attempt - 1).with_retry_after(Some(wait)));
                }
                Err(Refusal::Failed(error)) => {
                    let detail = "whether there is room in the shared quota cannot be told";
                    let error = self.error(HttpErrorKind::NotAdmitted, detail, attempt - 1).with_source(Some(error.into()));
                    return Err(error);
                }
            }
        }
    }

    /// A success that says it is JSON and lost its end is a failure, although the transfer went well: a proxy's or PHP's
    /// doing.
    fn looked_at(&self, answer: Answer) -> Outcome {
        if !answer.status.is_success() || !media_type(&answer.headers).ends_with("json") {
            return Outcome::Answered(answer, Shape::Unknown);
        }
        match Shape::of(&answer.body, &self.inner.limits.json) {
            Shape::Cut => Outcome::Failed(Broken {
                kind: HttpErrorKind::Interrupted,
                detail: "the answer's JSON ends early".into(),
                may_have_been_sent: true,
                source: None,
            }),
            shape => Outcome::Answered(answer, shape),
        }
    }

    /// Whether an attempt failed for a passing reason, and if so, whether the server asked for less.
    fn passing_failure(&self, outcome: &Outcome) -> Option<bool> {
        match outcome {
            Outcome::Answered(answer, _) => match answer.status.as_u16() {
                429 | 503 => Some(true),
                408 | 500 | 502 | 504 => Some(false),
                _ => None,
            },
            Outcome::Failed(broken) => broken.kind.is_retryable().then_some(false),
        }
    }

    fn wait_asked_by(&self, outcome: &Outcome) -> Option<Duration> {
        match outcome {
            Outcome::Answered(answer, _) => server_wait(answer.status.as_u16(), &answer.headers, self.inner.clock.now()),
            Outcome::Failed(_) => None,
        }
    }

    /// The end of the operation with its last outcome.
    fn settle(&self, outcome: Outcome, attempts: u32, out_of_quota: bool) -> crate::Result<Response> {
        let wait = self.wait_asked_by(&outcome);
        let broken = match outcome {
            Outcome::Answered(answer, shape) => return self.accept(answer, shape, attempts, wait, out_of_quota),
            Outcome::Failed(broken) => broken,
        };
        let (kind, detail) = if out_of_quota {
            (HttpErrorKind::QuotaExhausted, format!("{}, and the retry quota is used up,", broken.detail).into())
        } else {
            (broken.kind, broken.detail)
        };
        Err(self.error(kind, detail, attempts).maybe_sent(broken.may_have_been_sent).with_source(broken.source))
    }

    /// Turns an answer into the result: two statuses are errors.
    fn accept(
        &self,
        answer: Answer,
        shape: Shape,
        attempts: u32,
        wait: Option<Duration>,
        out_of_quota: bool,
    ) -> crate::Result<Response> {
        let Answer { status, headers, body } = answer;
        let response = Response {
            status,
            headers,
            body,
            method: self.request.method().as_str().to_owned(),
            shown: self.shown.clone(),
            url: self.url.clone(),
            attempts,
            elapsed: self.started.elapsed(),
            retry_after: wait,
            json_limits: self.inner.limits.json,
            shape,
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(response.error(HttpErrorKind::RateLimited, "the server refuses more requests for now (HTTP 429)"));
        }
        if out_of_quota {
            let detail = format!("HTTP {}, and the retry quota is used up,", status.as_u16());
            return Err(response.error(HttpErrorKind::QuotaExhausted, detail));
        }
        if is_redirect(status) && !self.request.takes_redirect() {
            let target = response.location().map(|target| redact(&target, self.inner.auth.sensitive_segment()));
            let detail = match &target {
                Some(target) => format!("redirected to {target}, which is not followed,"),
                None => format!("redirected (HTTP {}), which is not followed,", status.as_u16()),
            };
            return Err(response.error(HttpErrorKind::Redirected, detail).with_redirect_target(target));
        }
        Ok(response)
    }

    fn error(&self, kind: HttpErrorKind, detail: impl Into<std::borrow::Cow<'static, str>>, attempts: u32) -> HttpError {
        HttpError::new(kind, self.request.method().as_str(), self.shown.as_str(), detail)
            .with_effort(attempts, self.started.elapsed())
    }

    fn trace(&self, outcome: &Outcome, attempt: u32, took: Duration) {
        let method = self.request.method().as_str();
        let millis = took.as_millis();
        match outcome {
            Outcome::Answered(answer, _) => {
                let (status, bytes) = (answer.status.as_u16(), answer.body.len());
                debug!(method, url = %self.shown, attempt, status, bytes, millis, headers = ?Shown(&answer.headers), "answered");
            }
            Outcome::Failed(broken) => {
                warn!(method, url = %self.shown, attempt, kind = ?broken.kind, millis, "{}", broken.detail);
            }
        }
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The headers of an answer that are fit for a log.
struct Shown<'a>(&'a HeaderMap);

const SHOWN_HEADERS: [&str; 9] = [
    "content-type",
    "retry-after",
    "x-wp-total",
    "x-wp-totalpages",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-remaining",
    "ratelimit-reset",
];

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = SHOWN_HEADERS.iter().filter_map(|name| Some((name, self.0.get(*name)?)));
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests;
