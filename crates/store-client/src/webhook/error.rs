//! Requests that no store signed.

use std::error::Error;
use std::fmt;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WebhookErrorKind {
    /// No secret is configured.
    NoSecret,
    /// There is no signature, and it is not a ping either.
    Unsigned,
    /// The signature is not the body's: another secret, a body that was changed, or a forgery.
    WrongSignature,
}

/// A request to a webhook's address that was refused. It holds nothing of the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WebhookError(WebhookErrorKind);

impl WebhookError {
    /// Why it was refused.
    #[must_use]
    pub const fn kind(&self) -> WebhookErrorKind {
        self.0
    }

    /// Whether the same request may be taken later: never, since a signature does not become right by waiting.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        false
    }

    /// The next step for a person, if it was the store after all.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self.0 {
            WebhookErrorKind::NoSecret => "set a secret for the webhook in WooCommerce, and the same one here",
            WebhookErrorKind::Unsigned => {
                "check that no proxy strips the header X-WC-Webhook-Signature, and that the address is only given to WooCommerce"
            }
            WebhookErrorKind::WrongSignature => {
                "check that the secret is the webhook's own, and hand over the raw body: one that was parsed and written \
                 again, or decoded to text, has another signature"
            }
        }
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            WebhookErrorKind::NoSecret => "the webhook has no secret",
            WebhookErrorKind::Unsigned => "the webhook's delivery is not signed",
            WebhookErrorKind::WrongSignature => "the webhook's delivery is not signed with the configured secret",
        })
    }
}

impl Error for WebhookError {}

impl From<WebhookErrorKind> for WebhookError {
    fn from(kind: WebhookErrorKind) -> Self {
        Self(kind)
    }
}
