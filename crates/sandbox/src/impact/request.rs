//! A request, taken apart.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

use super::multipart;
use super::scopes::{ApiCategory, ScopedToken};
use super::settings::PlatformSettings;
use crate::faults::{Arrival, Fate};

/// The longest body that is read.
const LONGEST_BODY: usize = 1 << 20;

/// The longest body that brings a file; impact.com takes 1 GB.
const LONGEST_UPLOAD: usize = 32 << 20;

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct ApiRequest {
    /// The method, an override by `_method` applied.
    pub(super) method: Method,
    /// The path's segments, decoded, without a `.json` at the end.
    pub(super) segments: Vec<String>,
    /// The query's fields, decoded, in the order sent.
    pub(super) query: Vec<(String, String)>,
    /// The form's fields, decoded, in the order sent.
    pub(super) form: Vec<(String, String)>,
    /// Whether JSON was asked for; otherwise the answer is XML.
    pub(super) wants_json: bool,
    /// User and password of Basic authentication.
    pub(super) credentials: Option<(String, String)>,
    /// The host and port that the client named.
    pub(super) host: String,
    /// A JSON body, or the files of a body in parts by their names; null for none.
    pub(super) json: Value,
    /// What the faults have decided about it.
    pub(super) fate: Fate,
    /// Which of the process's requests it is, if they are remembered.
    pub(super) arrival: Option<u64>,
}

/// What a password may do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access<'a> {
    /// Nothing: the credentials are wrong.
    None,
    /// Read only.
    Read,
    /// What the scopes say.
    Scoped(&'a ScopedToken),
    /// Everything.
    ReadWrite,
}

impl ApiRequest {
    /// Takes a request apart; a body that cannot be read counts as empty.
    pub(super) async fn read(request: Request) -> Self {
        let fate = request.extensions().get::<Fate>().copied().unwrap_or_default();
        let arrival = request.extensions().get::<Arrival>().map(|Arrival(number)| *number);
        let (parts, body) = request.into_parts();
        let (segments, _) = segments(parts.uri.path());
        let wants_json = wants_json(&parts.uri, &parts.headers);
        let media_type = text(&parts.headers, header::CONTENT_TYPE);
        let is_form = media_type.starts_with("application/x-www-form-urlencoded");
        let is_json = media_type.starts_with("application/json");
        let is_upload = media_type.starts_with("multipart/form-data");
        let body = to_bytes(body, if is_upload { LONGEST_UPLOAD } else { LONGEST_BODY }).await.unwrap_or_default();
        let json = match (is_json, is_upload) {
            (true, _) => serde_json::from_slice(&body).unwrap_or(Value::Null),
            (false, true) => multipart::files(media_type, &body),
            (false, false) => Value::Null,
        };
        let mut form = if is_form { fields(&body) } else { Vec::new() };
        let mut method = parts.method;
        if method == Method::POST
            && let Some(index) = form.iter().position(|(name, _)| name == "_method")
        {
            let (_, name) = form.remove(index);
            method = Method::from_bytes(name.as_bytes()).unwrap_or(method);
        }
        Self {
            method,
            segments,
            query: fields(parts.uri.query().unwrap_or_default().as_bytes()),
            form,
            wants_json,
            credentials: credentials(&parts.headers),
            host: text(&parts.headers, header::HOST).to_owned(),
            json,
            fate,
            arrival,
        }
    }

    /// The first value of a field in the query; an empty one counts as absent.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(field, _)| field == name)?;
        (!value.is_empty()).then_some(value)
    }

    /// What the credentials allow.
    pub(super) fn access<'a>(&self, settings: &'a PlatformSettings) -> Access<'a> {
        let password = match &self.credentials {
            Some((user, password)) if *user == settings.account_sid => password,
            _ => return Access::None,
        };
        if *password == settings.auth_token {
            return Access::ReadWrite;
        }
        if *password == settings.read_only_token {
            return Access::Read;
        }
        settings.tokens.iter().find(|token| token.token == *password).map_or(Access::None, Access::Scoped)
    }
}

impl Access<'_> {
    /// Whether a method may be used on a category.
    pub(super) fn allows(self, category: ApiCategory, method: &Method) -> bool {
        match self {
            Self::None => false,
            Self::Read => *method == Method::GET,
            Self::Scoped(token) => token.allows(category, method.as_str()),
            Self::ReadWrite => true,
        }
    }
}

/// Whether JSON is asked for, by the header or by a suffix.
pub(super) fn wants_json(uri: &Uri, headers: &HeaderMap) -> bool {
    segments(uri.path()).1 || text(headers, header::ACCEPT).contains("json")
}

/// A path's segments, decoded, and whether it ends in `.json`.
pub(super) fn segments(path: &str) -> (Vec<String>, bool) {
    let bare = path.strip_suffix(".json");
    let decode = |segment: &str| match form_urlencoded::parse(segment.replace('+', "%2B").as_bytes()).next() {
        Some((name, value)) if value.is_empty() => name.into_owned(),
        _ => segment.to_owned(),
    };
    let segments = bare.unwrap_or(path).split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    (segments, bare.is_some())
}

fn fields(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = text(headers, header::AUTHORIZATION).strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
