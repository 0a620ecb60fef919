//! WooCommerce's webhooks: verified, recognised when they are repeated, and used as hints alone.
//!
//! A webhook tells that something changed. It is not the truth about it: deliveries get lost (WooCommerce does not
//! repeat them, and gives a webhook up after five failures in a row), come late, twice or out of order, and their
//! headers are not signed. So a delivery comes to a [`ChangeHint`], and a hint to a read with
//! [`ChangeHint::follow`]. The body, which holds names and addresses, is not handed out.
//!
//! Answer with a status of 200 to 299 whatever [`WebhookVerifier::receive`] makes of a *verified* delivery, also when
//! it is repeated or stale, and read afterwards: otherwise the store disables the webhook.

mod error;
mod event;
mod hint;
mod replay;

use std::fmt;
use std::str;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

pub use self::error::{WebhookError, WebhookErrorKind};
pub use self::event::{Change, Event, Subject};
pub use self::hint::{ChangeHint, Fresh};
use self::replay::{Replays, Seen};

type HmacSha256 = Hmac<Sha256>;

/// The bytes of a signature.
type Signature = [u8; 32];

const SIGNATURE: &str = "x-wc-webhook-signature";

/// A request to the webhook's address that was understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// The store checks that the address answers, as it does when a webhook is saved. It is not signed, so it means
    /// nothing more.
    Ping {
        /// The webhook's number, as anyone may have sent it.
        webhook_id: u64,
    },
    /// Signed and new: follow its hint.
    Event(Event),
    /// Signed, but it came before: a copy, to be answered and left alone.
    Repeated(Event),
    /// Signed, but about a state older than the window: very late, or recorded by someone and sent again. To be
    /// answered and left alone; the next regular reading brings what it tells.
    Stale(Event),
}

/// Checks what arrives at a webhook's address. Share one per webhook: it remembers what it has seen.
///
/// ```
/// use campaign_pilot_store_client::webhook::{Delivery, WebhookVerifier};
///
/// let verifier = WebhookVerifier::new("the secret of the webhook")?;
/// // From any web framework: the headers, the raw body before anyone parsed it, and the present instant.
/// let headers = [("Content-Type", &b"application/x-www-form-urlencoded"[..])];
/// let delivery = verifier.receive(headers, b"webhook_id=1", "2026-11-22T20:21:35Z".parse()?)?;
/// assert_eq!(delivery, Delivery::Ping { webhook_id: 1 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WebhookVerifier {
    key: HmacSha256,
    window: Duration,
    replays: Mutex<Replays>,
}

impl WebhookVerifier {
    /// How long deliveries are remembered unless told otherwise.
    pub const WINDOW: Duration = Duration::from_hours(24);

    /// How many deliveries are remembered unless told otherwise: some 3 MB at most.
    pub const CAPACITY: usize = 10_000;

    /// A verifier for the webhooks of one secret, with a window of a day.
    ///
    /// # Errors
    ///
    /// [`WebhookErrorKind::NoSecret`] for an empty secret, which everyone knows.
    pub fn new(secret: impl Into<SecretString>) -> Result<Self, WebhookError> {
        let secret = decoded(secret.into().expose_secret());
        if secret.is_empty() {
            return Err(WebhookErrorKind::NoSecret.into());
        }
        let key = HmacSha256::new_from_slice(secret.as_bytes()).map_err(|_| WebhookErrorKind::NoSecret)?;
        Ok(Self { key, window: Self::WINDOW, replays: Mutex::new(Replays::holding(Self::CAPACITY)) })
    }

    /// How long a delivery is remembered, and how old the state that it tells of may be. A store whose cron job stands
    /// still delivers late.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How many deliveries are remembered at most; beyond it the oldest are forgotten, and a copy of one of them would
    /// cause one more read.
    #[must_use]
    pub fn capacity(mut self, deliveries: usize) -> Self {
        self.replays = Mutex::new(Replays::holding(deliveries));
        self
    }

    /// Takes a request: its headers in any case and order, its body byte by byte as it came, and the present instant.
    /// Headers of the `http` crate are `map.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))`.
    ///
    /// The signature is checked, in constant time, before anything of the body is looked at.
    ///
    /// # Errors
    ///
    /// [`WebhookError`] for what the store did not sign. Answer it with 401, and log it without the body.
    pub fn receive<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Delivery, WebhookError> {
        let headers = Headers::of(headers);
        let Some(signature) = headers.signature else {
            let webhook_id = ping(body).ok_or(WebhookErrorKind::Unsigned)?;
            return Ok(Delivery::Ping { webhook_id });
        };
        let signature = self.verified(signature, body)?;
        let event = Event::read(&headers, body);
        let seen = self.replays.lock().unwrap_or_else(PoisonError::into_inner).see(signature, &event, now, self.window);
        Ok(match seen {
            Seen::New => Delivery::Event(event),
            Seen::Before => Delivery::Repeated(event),
            Seen::TooLate => Delivery::Stale(event),
        })
    }

    /// The signature, if it is the body's.
    fn verified(&self, signature: &[u8], body: &[u8]) -> Result<Signature, WebhookError> {
        let signature = STANDARD.decode(signature.trim_ascii()).map_err(|_| WebhookErrorKind::WrongSignature)?;
        let mut mac = self.key.clone();
        mac.update(body);
        mac.verify_slice(&signature).map_err(|_| WebhookErrorKind::WrongSignature)?;
        Signature::try_from(signature).map_err(|_| WebhookErrorKind::WrongSignature.into())
    }
}

impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookVerifier").field("window", &self.window).finish_non_exhaustive()
    }
}

/// The headers of a delivery. None of them is signed.
#[derive(Default)]
struct Headers<'h> {
    signature: Option<&'h [u8]>,
    topic: Option<&'h str>,
    delivery: Option<&'h str>,
    webhook: Option<&'h str>,
}

impl<'h> Headers<'h> {
    /// The first of each.
    fn of(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let text = || str::from_utf8(value).ok().map(str::trim);
            match name.to_ascii_lowercase().as_str() {
                SIGNATURE => found.signature = found.signature.or(Some(value)),
                "x-wc-webhook-topic" => found.topic = found.topic.or_else(text),
                "x-wc-webhook-delivery-id" => found.delivery = found.delivery.or_else(text),
                "x-wc-webhook-id" => found.webhook = found.webhook.or_else(text),
                _ => {}
            }
        }
        found
    }
}

/// The webhook's number, if the body is a ping and nothing else.
fn ping(body: &[u8]) -> Option<u64> {
    let number = str::from_utf8(body).ok()?.strip_prefix("webhook_id=")?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// A secret as WooCommerce signs with it: it undoes HTML's escapes, wherever they came from.
fn decoded(secret: &str) -> String {
    const ESCAPES: [(&str, char); 9] = [
        ("&amp;", '&'),
        ("&#038;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#034;", '"'),
        ("&#039;", '\''),
        ("&#39;", '\''),
        ("&#x27;", '\''),
    ];
    let mut decoded = String::with_capacity(secret.len());
    let mut rest = secret;
    while let Some(first) = rest.chars().next() {
        let escape = ESCAPES.iter().find_map(|(escape, means)| Some((rest.strip_prefix(escape)?, *means)));
        let (after, means) = escape.unwrap_or_else(|| (rest.strip_prefix(first).unwrap_or_default(), first));
        decoded.push(means);
        rest = after;
    }
    decoded
}

#[cfg(test)]
mod tests;
