//! The one error of this crate.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use campaign_pilot_core::{ErrorKind, PortError};
use campaign_pilot_http::{HttpError, HttpErrorKind};

/// One field that impact.com found wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldProblem {
    /// The field; empty where impact.com names none.
    pub field: String,
    /// What is wrong with it, in impact.com's words.
    pub message: String,
    /// Whether it stands in the way, or is only worth knowing.
    pub is_warning: bool,
}

/// Why impact.com does not let a call through, where the status alone does not say.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Denial {
    /// The SID or the token is wrong (401).
    Credentials,
    /// The token is disabled, or its scope does not hold this category and method (403). Some paths answer so as well when
    /// they do not exist for the account.
    Scope,
    /// The job is in no state to be run again (403, too).
    NotReplayable,
}

/// A call to impact.com that failed: which one, why, and what a person can do about it.
///
/// Neither the account's SID nor its token ever stands in it.
///
/// ```
/// use campaign_pilot_impact_client::{AdId, ImpactError};
///
/// fn describe(error: &ImpactError) -> String {
///     match error.advice() {
///         Some(advice) => format!("{error}; {advice}"),
///         None => error.to_string(),
///     }
/// }
/// ```
pub struct ImpactError(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    call: &'static str,
    message: String,
    problems: Vec<FieldProblem>,
    denial: Option<Denial>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    advice: Option<String>,
    may_have_taken_effect: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ImpactError {
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

    /// What was tried, such as `create the ad`.
    #[must_use]
    pub fn call(&self) -> &'static str {
        self.0.call
    }

    /// The status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The fields that impact.com found wrong.
    #[must_use]
    pub fn problems(&self) -> &[FieldProblem] {
        &self.0.problems
    }

    /// Why impact.com did not let the call through, where it was that.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        self.0.denial
    }

    /// The next step for a person, where one is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// How long impact.com asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// For a write: whether it may have taken effect all the same. `false` only when it was certainly refused or never sent.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.may_have_taken_effect
    }

    /// An error that was found before anything was sent.
    pub(crate) fn new(kind: ErrorKind, call: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            call,
            message: message.into(),
            problems: Vec::new(),
            denial: None,
            status: None,
            retry_after: None,
            advice: None,
            may_have_taken_effect: false,
            source: None,
        }))
    }

    /// A call that got no usable answer.
    pub(crate) fn transport(call: &'static str, error: HttpError) -> Self {
        let retry_after = error.retry_after();
        let maybe = error.may_have_been_sent();
        let message = match error.kind() {
            HttpErrorKind::RateLimited => "the calls or exports that are allowed for now are used up",
            HttpErrorKind::NotAdmitted => "the count of calls that processes share cannot be read",
            _ => "no usable answer came from impact.com",
        };
        let mut own = Self::new(error.kind().port_kind(), call, message).maybe_effective(maybe);
        own.0.retry_after = retry_after;
        own.0.advice = Some(next_step(error.kind()).to_owned());
        own.0.source = Some(Box::new(error));
        own
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_problems(mut self, problems: Vec<FieldProblem>) -> Self {
        self.0.problems = problems;
        self
    }

    pub(crate) fn with_denial(mut self, denial: impl Into<Option<Denial>>) -> Self {
        self.0.denial = denial.into();
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Puts what it is about before the message.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    pub(crate) fn maybe_effective(mut self, maybe: bool) -> Self {
        self.0.may_have_taken_effect = maybe;
        self
    }

    pub(crate) fn without_source(mut self) -> Self {
        self.0.source = None;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

/// What to do about an exchange that failed below the API.
const fn next_step(kind: HttpErrorKind) -> &'static str {
    match kind {
        HttpErrorKind::Connect => "check the configured address, and that impact.com can be reached from here",
        HttpErrorKind::Tls => "check that the configured address is right and that nothing in between replaces its certificate",
        HttpErrorKind::Redirected => "check the configured address: impact.com's own is https://api.impact.com",
        HttpErrorKind::NotAdmitted => "check the file that keeps the shared count, and that there is room for it",
        HttpErrorKind::RateLimited => "let it rest: all programs of an account share one limit",
        _ => "try again later; if it stays so, check the configured address and impact.com's status page",
    }
}

impl fmt::Display for ImpactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "cannot {}: {}", inner.call, inner.message)?;
        if let Some(status) = inner.status {
            write!(f, " (status {status})")?;
        }
        for problem in &inner.problems {
            if problem.field.is_empty() {
                write!(f, "; {}", problem.message)?;
            } else {
                write!(f, "; {}: {}", problem.field, problem.message)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ImpactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImpactError")
            .field("kind", &self.0.kind)
            .field("denial", &self.0.denial)
            .field("message", &self.to_string())
            .field("advice", &self.0.advice)
            .field("retry_after", &self.0.retry_after)
            .field("may_have_taken_effect", &self.0.may_have_taken_effect)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for ImpactError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Carries kind, advice and waiting time over; the error itself becomes the cause's place.
impl From<ImpactError> for PortError {
    fn from(error: ImpactError) -> Self {
        let mut port = Self::new(error.kind(), error.to_string());
        let inner = *error.0;
        if let Some(advice) = inner.advice {
            port = port.with_advice(advice);
        }
        if let Some(wait) = inner.retry_after {
            port = port.with_retry_after(wait);
        }
        match inner.source {
            Some(source) => port.with_source(source),
            None => port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> ImpactError {
        let problem = FieldProblem { field: "LandingPage".to_owned(), message: "Not a URL".to_owned(), is_warning: false };
        ImpactError::new(ErrorKind::Invalid, "create the ad", "Validation Failed")
            .with_status(400)
            .with_problems(vec![problem])
            .with_advice("look at the product's permalink")
    }

    #[test]
    fn reads_as_one_sentence() {
        assert_eq!(refused().to_string(), "cannot create the ad: Validation Failed (status 400); LandingPage: Not a URL");
    }

    #[test]
    fn becomes_the_error_of_a_port() {
        let port = PortError::from(refused().with_retry_after(Some(Duration::from_secs(3))));
        assert_eq!(port.kind(), ErrorKind::Invalid);
        assert_eq!(port.advice(), Some("look at the product's permalink"));
        assert_eq!(port.retry_after(), Some(Duration::from_secs(3)));
        assert_eq!(port.to_string(), refused().to_string());
    }
}
