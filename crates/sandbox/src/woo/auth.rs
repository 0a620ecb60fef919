//! Who is asking, as WooCommerce tells it.

use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::answer::ApiError;
use super::params::Params;
use super::{CONSUMER_KEY, CONSUMER_SECRET};

/// Who is asking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Caller {
    /// The key, with its secret.
    Key,
    /// Nobody that the store knows: no key, or one it has never heard of.
    Nobody,
}

/// Tells who is asking, by Basic authentication or by the query.
///
/// # Errors
///
/// 401 for a wrong secret, and for a write, which the key may not do.
pub(super) fn identify(method: &Method, headers: &HeaderMap, params: &Params) -> Result<Caller, ApiError> {
    let pair = basic(headers).or_else(|| {
        let value = |key| params.get(key).map(str::to_owned);
        Some((value("consumer_key")?, value("consumer_secret").unwrap_or_default()))
    });
    let Some((key, secret)) = pair else { return Ok(Caller::Nobody) };
    if key != CONSUMER_KEY {
        return Ok(Caller::Nobody);
    }
    if secret != CONSUMER_SECRET {
        return Err(denied("Consumer secret is invalid."));
    }
    if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Err(denied("The API key provided does not have write permissions."));
    }
    Ok(Caller::Key)
}

impl Caller {
    /// Lets the key pass.
    ///
    /// # Errors
    ///
    /// 401 for anybody else, in the words for a list or for a single item.
    pub(super) fn must_see(self, is_list: bool) -> Result<(), ApiError> {
        match self {
            Self::Key => Ok(()),
            Self::Nobody => {
                let message = if is_list { "Sorry, you cannot list resources." } else { "Sorry, you cannot view this resource." };
                Err(ApiError::new(StatusCode::UNAUTHORIZED, "woocommerce_rest_cannot_view", message))
            }
        }
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}

fn denied(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "woocommerce_rest_authentication_error", message)
}
