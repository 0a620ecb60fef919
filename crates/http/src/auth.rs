//! Credentials, which are never shown.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::Body;
use crate::oauth1::{self, OAuth1Method, OAuth1Place, Signer, Stamp};
use crate::transport::Outgoing;

/// How a client proves who it is. Its `Debug` form names the kind alone.
#[derive(Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// HTTP Basic. The user counts as sensitive, too: a path segment equal to it is shown as `..`.
    Basic {
        /// The user name, consumer key or account id.
        user: String,
        /// The password, consumer secret or token.
        password: SecretString,
    },
    /// A bearer token.
    Bearer(SecretString),
    /// Parameters added to the query, for hosts that strip the `Authorization` header.
    Query(Vec<(String, SecretString)>),
    /// Parameters added to the form that a request carries, for servers that take a token as one of its fields. A
    /// request without a form goes without them.
    Form(Vec<(String, SecretString)>),
    /// OAuth 1.0a without a token: each attempt is signed anew, and the secret never travels. That is why it is the
    /// only one that is sent over plain http to another machine: whoever listens reads along, but learns no secret.
    ///
    /// Names with empty brackets (`include[]`) are signed as they are sent, which PHP does not verify; send lists
    /// joined by commas.
    OAuth1 {
        /// The consumer key. Like the user of `Basic`, it counts as sensitive.
        key: String,
        /// The consumer secret.
        secret: SecretString,
        /// How requests are signed.
        method: OAuth1Method,
        /// Where the signature travels.
        place: OAuth1Place,
    },
}

impl Auth {
    /// HTTP Basic with a user and a password.
    pub fn basic(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Basic { user: user.into(), password: password.into() }
    }

    /// A bearer token.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self::Bearer(token.into())
    }

    /// Whether someone who listens learns the secret.
    pub(crate) const fn needs_encryption(&self) -> bool {
        !matches!(self, Self::None | Self::OAuth1 { .. })
    }

    /// The text that must not be shown as a part of a path.
    pub(crate) fn sensitive_segment(&self) -> Option<&str> {
        match self {
            Self::Basic { user, .. } | Self::OAuth1 { key: user, .. } => Some(user),
            Self::None | Self::Bearer(_) | Self::Query(_) | Self::Form(_) => None,
        }
    }

    /// Whether the credentials can be sent in a header at all.
    pub(crate) fn header(&self) -> Result<Option<HeaderValue>, http::header::InvalidHeaderValue> {
        let text = match self {
            Self::None | Self::Query(_) | Self::Form(_) | Self::OAuth1 { .. } => return Ok(None),
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Self::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair))
            }
        };
        let mut value = HeaderValue::try_from(text)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// Puts the credentials onto a request.
    pub(crate) fn apply(&self, url: &mut Url, headers: &mut HeaderMap, prepared: Option<&HeaderValue>) {
        if let Some(value) = prepared {
            headers.insert(AUTHORIZATION, value.clone());
        }
        if let Self::Query(pairs) = self {
            url.query_pairs_mut().extend_pairs(pairs.iter().map(|(name, value)| (name, value.expose_secret())));
        }
    }

    /// Signs one attempt, where requests are signed.
    pub(crate) fn sign(&self, outgoing: &mut Outgoing, body: &Body, stamp: impl FnOnce() -> Stamp) {
        let Self::OAuth1 { key, secret, method, place } = self else { return };
        let form = if let Body::Form(pairs) = body { pairs.as_slice() } else { &[] };
        let parameters = Signer { key, secret, method: *method }.sign(&outgoing.method, &outgoing.url, form, &stamp());
        match place {
            OAuth1Place::Query => {
                outgoing.url.query_pairs_mut().extend_pairs(parameters);
            }
            OAuth1Place::Header => {
                if let Ok(mut value) = HeaderValue::try_from(oauth1::header(&parameters)) {
                    value.set_sensitive(true);
                    outgoing.headers.insert(AUTHORIZATION, value);
                }
            }
        }
    }

    /// The body with the credentials that belong into it.
    pub(crate) fn complete(&self, body: &Body) -> Bytes {
        let (Self::Form(pairs), Body::Form(_)) = (self, body) else { return body.bytes() };
        let mut form = String::from_utf8_lossy(&body.bytes()).into_owned();
        if !form.is_empty() {
            form.push('&');
        }
        let start = form.len();
        let pairs = pairs.iter().map(|(name, value)| (name, value.expose_secret()));
        url::form_urlencoded::Serializer::for_suffix(form, start).extend_pairs(pairs).finish().into()
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(..)",
            Self::Bearer(_) => "Bearer(..)",
            Self::Query(_) => "Query(..)",
            Self::Form(_) => "Form(..)",
            Self::OAuth1 { .. } => "OAuth1(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_the_example_of_rfc_7617() {
        let header = Auth::basic("Aladdin", "open sesame").header().unwrap().unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(header.is_sensitive());
    }

    #[test]
    fn debug_names_the_kind_alone() {
        let shown = format!("{:?}", Auth::basic("ck_user", "cs_secret"));
        assert_eq!(shown, "Basic(..)");
        assert_eq!(format!("{:?}", Auth::Query(vec![("key".to_owned(), "v".into())])), "Query(..)");
    }

    #[test]
    fn a_token_joins_the_form_and_no_other_body() {
        let auth = Auth::Form(vec![("token_auth".to_owned(), "a&b".into())]);
        let form = Body::Form(vec![("idSite".to_owned(), "1".to_owned())]);
        assert_eq!(&auth.complete(&form)[..], b"idSite=1&token_auth=a%26b");
        assert_eq!(&auth.complete(&Body::Form(Vec::new()))[..], b"token_auth=a%26b");
        assert_eq!(&auth.complete(&Body::Json(serde_json::json!({"a": 1})))[..], br#"{"a":1}"#);
        assert_eq!(&Auth::None.complete(&form)[..], b"idSite=1");
        assert_eq!(format!("{auth:?}"), "Form(..)");
    }

    #[test]
    fn a_token_with_a_line_break_is_refused() {
        assert!(Auth::bearer("a\r\nX-Evil: 1").header().is_err());
    }
}
