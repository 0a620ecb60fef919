//! The error of this crate.

use std::error::Error;
use std::fmt;

use campaign_pilot_core::{ErrorKind, PortError};

/// The result of the agents' methods.
pub type Result<T, E = AgentError> = std::result::Result<T, E>;

/// Why a cycle, a tool or the executor could not go on.
///
/// A failing store or platform is *not* such an error: a cycle goes on with what it has and says so. What stops it
/// is a memory that cannot be read or written, since nothing may be done that cannot be remembered.
#[derive(Debug)]
pub struct AgentError {
    kind: ErrorKind,
    message: String,
    advice: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl AgentError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), advice: None, source: None }
    }

    /// The memory failed while `doing` something.
    pub(crate) fn memory(doing: &'static str) -> impl FnOnce(PortError) -> Self {
        Self::during(format!("the memory failed {doing}"))
    }

    /// The store, a source or the platform failed while `doing` something.
    pub(crate) fn port(doing: &'static str) -> impl FnOnce(PortError) -> Self {
        Self::during(format!("{doing} failed"))
    }

    fn during(message: String) -> impl FnOnce(PortError) -> Self {
        move |source| Self {
            kind: source.kind(),
            message,
            advice: source.advice().map(str::to_owned),
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What a caller can act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// The next step for a person, where one is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for AgentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
