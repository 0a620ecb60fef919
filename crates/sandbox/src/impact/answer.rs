//! Answers: JSON where it was asked for, XML otherwise.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::limits::Quota;
use super::quirks::{GatewayBody, Quirks};
use super::route::Resource;
use super::settings::RateHeaders;
use super::shape::shaped;
use super::state::WriteAnswer;

/// An answer before it is written out.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Content,
    headers: Vec<(&'static str, HeaderValue)>,
}

#[derive(Debug)]
enum Content {
    /// A resource, written as JSON or XML.
    Resource(Value),
    /// A file with its media type.
    File(&'static str, String),
}

impl Answer {
    /// A resource.
    pub(super) fn ok(body: Value) -> Self {
        Self::with_status(StatusCode::OK, body)
    }

    /// A resource under another status.
    pub(super) const fn with_status(status: StatusCode, body: Value) -> Self {
        Self { status, body: Content::Resource(body), headers: Vec::new() }
    }

    /// The documented envelope of errors.
    pub(super) fn error(status: StatusCode, message: &str) -> Self {
        Self::with_status(status, json!({ "Status": "ERROR", "Message": message }))
    }

    /// A resource that does not exist.
    pub(super) fn not_found() -> Self {
        WriteAnswer::not_found().into()
    }

    /// An error of the gateway in front, in the gateway's own form, whatever form was asked for.
    pub(crate) fn gateway(status: StatusCode, message: &str, body: GatewayBody) -> Self {
        match body {
            GatewayBody::Json => Self::file("application/json", json!({ "message": message }).to_string()).under(status),
            GatewayBody::Html => {
                let page =
                    format!("<html>\r\n<head><title>{status}</title></head>\r\n<body><h1>{message}</h1></body>\r\n</html>\r\n");
                Self::file("text/html", page).under(status)
            }
            GatewayBody::Empty => Self::file("text/plain", String::new()).under(status),
        }
    }

    /// The same with its scalars and absences as they are seen on the wire.
    pub(super) fn shaped(mut self, quirks: &Quirks, has_bare_numbers: bool) -> Self {
        if let Content::Resource(body) = &mut self.body {
            *body = shaped(body.take(), quirks, has_bare_numbers);
        }
        self
    }

    /// A file.
    pub(super) const fn file(media_type: &'static str, content: String) -> Self {
        Self { status: StatusCode::OK, body: Content::File(media_type, content), headers: Vec::new() }
    }

    /// A redirect.
    pub(super) fn redirect(address: String) -> Self {
        // Only an address that no header can hold fails here: then there is no file.
        HeaderValue::try_from(address).map_or_else(
            |_| Self::not_found(),
            |address| Self::file("text/plain", String::new()).under(StatusCode::FOUND).with_header("location", address),
        )
    }

    fn under(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same refusal under the status that the habits give it.
    pub(super) fn refusing(self, resource: Resource<'_>, quirks: &Quirks) -> Self {
        let status = quirks.refusal_status(Some(resource), self.status.as_u16());
        Self { status: StatusCode::from_u16(status).unwrap_or(self.status), ..self }
    }

    /// Whether a quota is used up.
    pub(super) fn is_too_many(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// Adds a header.
    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds what is left of the quota, in one family of headers or both. How long to wait after a 429 is said twice only in
    /// the partner family: the brand family has no `Retry-After`.
    pub(super) fn with_quota(mut self, quota: Quota, family: RateHeaders) -> Self {
        if family != RateHeaders::Partner {
            self = self
                .with_header("x-ratelimit-limit", quota.limit)
                .with_header("x-ratelimit-remaining", quota.remaining)
                .with_header("x-ratelimit-reset", quota.reset_seconds);
        }
        if family != RateHeaders::Brand {
            self = self
                .with_header("x-ratelimit-limit-hour", quota.limit)
                .with_header("x-ratelimit-remaining-hour", quota.remaining)
                .with_header("ratelimit-reset", quota.reset_seconds);
            if self.is_too_many() {
                self = self.with_header("retry-after", quota.reset_seconds);
            }
        }
        self
    }

    /// Writes it out.
    pub(crate) fn into_response(self, wants_json: bool) -> Response {
        let (media_type, text) = match self.body {
            Content::File(media_type, text) => (media_type, text),
            Content::Resource(body) if wants_json => ("application/json", body.to_string()),
            Content::Resource(body) => ("application/xml", xml(&body)),
        };
        let mut response = (self.status, [(header::CONTENT_TYPE, media_type)], text).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

impl From<WriteAnswer> for Answer {
    fn from(answer: WriteAnswer) -> Self {
        Self::with_status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body)
    }
}

/// A resource as XML: keys that begin with `@` become attributes of the list beside them.
pub(super) fn xml(body: &Value) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ImpactRadiusResponse>");
    if let Value::Object(fields) = body {
        write_fields(&mut text, fields);
    }
    text.push_str("</ImpactRadiusResponse>");
    text
}

fn write_fields(text: &mut String, fields: &Map<String, Value>) {
    let mut attributes = String::new();
    for (name, value) in fields {
        if let (Some(name), Value::String(value)) = (name.strip_prefix('@'), value) {
            attributes.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
    }
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
        match value {
            Value::Array(items) => {
                text.push_str(&format!("<{name}{attributes}>"));
                let item_name = name.strip_suffix('s').unwrap_or(name);
                items.iter().for_each(|item| write_element(text, item_name, item));
                text.push_str(&format!("</{name}>"));
            }
            value => write_element(text, name, value),
        }
    }
}

fn write_element(text: &mut String, name: &str, value: &Value) {
    text.push_str(&format!("<{name}>"));
    match value {
        Value::Object(fields) => write_fields(text, fields),
        Value::String(value) => text.push_str(&escaped(value)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => text.push_str(&escaped(&value.to_string())),
    }
    text.push_str(&format!("</{name}>"));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
