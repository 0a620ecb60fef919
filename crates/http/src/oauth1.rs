//! OAuth 1.0a without a user (RFC 5849 with an empty token): requests are signed, the secret never travels.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use url::Url;

/// How a request is signed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OAuth1Method {
    /// HMAC-SHA256.
    #[default]
    HmacSha256,
    /// HMAC-SHA1, for servers that know no other.
    HmacSha1,
}

/// Where the signature travels.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OAuth1Place {
    /// In the query: arrives on hosts that strip the `Authorization` header, too. A signature in an access log is
    /// of no use to anyone, since it is valid once.
    #[default]
    Query,
    /// In the `Authorization` header.
    Header,
}

/// The key and secret that requests are signed with.
pub(crate) struct Signer<'a> {
    pub(crate) key: &'a str,
    pub(crate) secret: &'a SecretString,
    pub(crate) method: OAuth1Method,
}

/// What makes a signature valid once only.
pub(crate) struct Stamp {
    pub(crate) nonce: String,
    /// Seconds since 1970.
    pub(crate) seconds: i64,
}

/// All characters but the unreserved ones of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Stamp {
    /// The instant is a part of the nonce, so that a client with a fixed seed that is started again does not repeat
    /// the nonces of its predecessor.
    pub(crate) fn new(now: Timestamp, random: u64) -> Self {
        let instant = now.as_nanosecond() & i128::from(u64::MAX);
        Self { nonce: format!("{instant:016x}{random:016x}"), seconds: now.as_second() }
    }
}

impl Signer<'_> {
    /// The `oauth_*` parameters, the signature last, for a request to an address that carries a form's pairs.
    pub(crate) fn sign(
        &self,
        method: &Method,
        url: &Url,
        form: &[(String, String)],
        stamp: &Stamp,
    ) -> Vec<(&'static str, String)> {
        let mut own = vec![
            ("oauth_consumer_key", self.key.to_owned()),
            ("oauth_nonce", stamp.nonce.clone()),
            ("oauth_signature_method", self.method.name().to_owned()),
            ("oauth_timestamp", stamp.seconds.to_string()),
            ("oauth_version", "1.0".to_owned()),
        ];
        let query = url.query_pairs().map(|(name, value)| (encoded(&name), encoded(&value)));
        let form = form.iter().map(|(name, value)| (encoded(name), encoded(value)));
        let protocol = own.iter().map(|(name, value)| (encoded(name), encoded(value)));
        let base = base_string(method, url, query.chain(form).chain(protocol).collect());
        own.push(("oauth_signature", self.signature(&base)));
        own
    }

    fn signature(&self, base: &str) -> String {
        // The part behind `&` is the secret of a token, and there is none.
        let key = format!("{}&", encoded(self.secret.expose_secret()));
        match self.method {
            OAuth1Method::HmacSha256 => mac::<Hmac<Sha256>>(key.as_bytes(), base),
            OAuth1Method::HmacSha1 => mac::<Hmac<Sha1>>(key.as_bytes(), base),
        }
    }
}

impl OAuth1Method {
    const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha1 => "HMAC-SHA1",
        }
    }
}

/// The value of an `Authorization` header (RFC 5849, 3.5.1).
pub(crate) fn header(parameters: &[(&'static str, String)]) -> String {
    let quoted: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", encoded(value))).collect();
    format!("OAuth {}", quoted.join(", "))
}

/// The text that is signed (RFC 5849, 3.4.1); the parameters are encoded already.
fn base_string(method: &Method, url: &Url, mut parameters: Vec<(String, String)>) -> String {
    parameters.sort();
    let joined: Vec<String> = parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    format!("{}&{}&{}", method.as_str(), encoded(&address), encoded(&joined.join("&")))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn mac<M: Mac + KeyInit>(key: &[u8], text: &str) -> String {
    // HMAC takes keys of any length, so there is always a result.
    <M as KeyInit>::new_from_slice(key)
        .map_or_else(|_| String::new(), |mac| STANDARD.encode(mac.chain_update(text.as_bytes()).finalize().into_bytes()))
}

#[cfg(test)]
mod tests;
