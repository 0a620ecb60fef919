//! The one error of the crate.

use std::fmt;

/// What went wrong while starting or running a sandbox.
///
/// ```
/// use campaign_pilot_sandbox::{Faults, SandboxErrorKind};
///
/// let error = "lost-answers=2".parse::<Faults>().unwrap_err();
/// assert_eq!(error.kind(), SandboxErrorKind::Input);
/// ```
pub struct SandboxError {
    kind: SandboxErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`SandboxError`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SandboxErrorKind {
    /// A loopback port could not be bound or served.
    Network,
    /// The embedded opening state could not be read: the crate itself is broken.
    OpeningState,
    /// An option or a text such as a fault list makes no sense.
    Input,
    /// The world log belongs to another seed, start or version, or its middle is damaged.
    WorldLog,
    /// The world log could not be read or written.
    Storage,
}

impl SandboxError {
    pub(crate) fn new(kind: SandboxErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn caused_by(
        kind: SandboxErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> SandboxErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without a change of its input.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.kind, SandboxErrorKind::Network)
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
