//! Service accounts: who they are, and how they get a token.

use std::fmt;
use std::sync::Arc;

use campaign_pilot_core::{Clock, ErrorKind};
use campaign_pilot_http::{Auth, Class, Request, Response, SecretString, Url};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::super::source::{Meaning, Source, common_meaning, refuse};
use super::Ga4Config;
use crate::StoreError;

/// Reading reports, and nothing else.
const SCOPE: &str = "https://www.googleapis.com/auth/analytics.readonly";

/// How long an assertion is valid: the most that Google takes.
const ASSERTION: SignedDuration = SignedDuration::from_hours(1);

/// A token is renewed so long before it ends.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

const NEW_KEY: &str = "create a key of the type JSON for the service account in Google Cloud, and configure the whole file";

/// A Google service account with its key. Its `Debug` form shows neither.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    key: Arc<EncodingKey>,
    token_url: Url,
}

impl ServiceAccount {
    /// The account of a key file in JSON, as Google Cloud makes it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for anything but a service account's key file with an RSA key.
    pub fn from_json(key_file: &SecretString) -> Result<Self, StoreError> {
        // The parser's own words may quote the key.
        let file: KeyFile = serde_json::from_str(key_file.expose_secret())
            .map_err(|_| refuse("the key of the Google service account is not a key file in JSON", NEW_KEY))?;
        let key = EncodingKey::from_rsa_pem(file.private_key.expose_secret().as_bytes())
            .map_err(|_| refuse("the key file of the Google service account holds no RSA key in PEM", NEW_KEY))?;
        let token_url = Url::parse(&file.token_uri)
            .map_err(|_| refuse("the key file of the Google service account holds no address for tokens", NEW_KEY))?;
        Ok(Self { email: file.client_email, key_id: file.private_key_id, key: Arc::new(key), token_url })
    }

    /// Where the account gets its tokens.
    pub(super) const fn token_url(&self) -> &Url {
        &self.token_url
    }

    /// A new token.
    pub(super) async fn token(&self, config: &Ga4Config, clock: &Arc<dyn Clock>) -> Result<Token, StoreError> {
        let now = clock.now();
        let auth = Auth::Form(vec![("assertion".to_owned(), self.assertion(now)?)]);
        let source = token_server(config, auth, clock)?;
        let grant = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")];
        let response = source.ask(&Request::post("").class(Class::Read).form(grant), meaning).await?;
        let granted: Granted = source.read(&response)?;
        let lasts = SignedDuration::from_secs(granted.expires_in).clamp(SignedDuration::ZERO, ASSERTION) - MARGIN;
        Ok(Token { access_token: granted.access_token, until: now.checked_add(lasts).unwrap_or(now) })
    }

    /// The signed statement that is exchanged for a token.
    fn assertion(&self, now: Timestamp) -> Result<SecretString, StoreError> {
        let claims = Claims {
            iss: &self.email,
            scope: SCOPE,
            aud: self.token_url.as_str(),
            iat: now.as_second(),
            exp: now.as_second().saturating_add(ASSERTION.as_secs()),
        };
        let header = Header { kid: self.key_id.clone(), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .map(SecretString::from)
            .map_err(|_| refuse("the key of the Google service account cannot sign", NEW_KEY))
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").finish_non_exhaustive()
    }
}

/// A token and until when it may be used.
pub(super) struct Token {
    pub(super) access_token: SecretString,
    pub(super) until: Timestamp,
}

/// Where tokens are fetched.
pub(super) fn token_server(config: &Ga4Config, auth: Auth, clock: &Arc<dyn Clock>) -> Result<Source, StoreError> {
    let example = "https://oauth2.googleapis.com/token";
    Source::new("Google's token server", example, config.token_url.clone(), auth, clock, config.connection())
}

fn meaning(response: &Response) -> Meaning {
    match response.status() {
        400 | 401 => (
            ErrorKind::Unauthorized,
            "refuses the service account",
            "check that this machine's clock is right and that the account and its key still exist; otherwise create a new key",
        ),
        status => common_meaning(status),
    }
}

#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: SecretString,
    #[serde(default)]
    private_key_id: Option<String>,
    token_uri: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    /// Seconds.
    expires_in: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_file_is_refused_and_not_quoted() {
        let file = r#"{"client_email":"a@b.example","private_key":"-----BEGIN hunter2","token_uri":"https://t.example"}"#;
        for text in ["hunter2", "{}", r#"{"client_email":1,"private_key":"hunter2"}"#, file] {
            let error = ServiceAccount::from_json(&SecretString::from(text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.advice().is_some() && !format!("{error:?}").contains("hunter2"));
        }
    }
}
