//! Answers in WooCommerce's forms.

use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value, json};

use super::store::Item;
use crate::opening::Body;

/// An error as WordPress writes it: `{code, message, data}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    params: Map<String, Value>,
    details: Map<String, Value>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), params: Map::new(), details: Map::new() }
    }

    pub(super) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "rest_no_route", "No route was found matching the URL and request method.")
    }

    /// A parameter that was refused.
    pub(super) fn invalid(param: &str, code: &str, message: &str) -> Self {
        let summary = format!("Invalid parameter(s): {param}");
        let mut error = Self::new(StatusCode::BAD_REQUEST, "rest_invalid_param", &summary);
        // A wrong type is told with the parameter's name once more.
        let data = if code == "rest_invalid_type" { json!({"param": param}) } else { Value::Null };
        error.params.insert(param.to_owned(), json!(message));
        error.details.insert(param.to_owned(), json!({"code": code, "message": message, "data": data}));
        error
    }

    pub(super) fn into_response(self, home: &str) -> Response<HttpBody> {
        let mut data = Map::from_iter([("status".to_owned(), json!(self.status.as_u16()))]);
        if !self.params.is_empty() {
            data.insert("params".to_owned(), Value::Object(self.params));
            data.insert("details".to_owned(), Value::Object(self.details));
        }
        let body = json!({"code": self.code, "message": self.message, "data": data});
        respond(self.status, &body, home, "")
    }
}

/// Which fields of an item are asked for; `None` for all.
pub(super) type Fields = Option<Vec<String>>;

/// One item, or a part of its fields.
pub(super) struct Picked<'a> {
    pub(super) body: &'a Body,
    pub(super) fields: &'a Fields,
    /// Single items keep their links whatever is asked for.
    pub(super) keeps_links: bool,
    /// Whether `a.b` picks `b` out of `a`; products drop such a field.
    pub(super) nests: bool,
    /// One more field, in front of the body's own.
    pub(super) parent: Option<u64>,
}

impl Serialize for Picked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let chosen: Vec<(&str, Value)> = match self.fields {
            None => Vec::new(),
            Some(fields) => fields.iter().filter_map(|field| self.pick(field)).collect(),
        };
        if self.fields.is_some() && chosen.is_empty() && !self.keeps_links {
            // PHP's empty map is a list.
            return serializer.serialize_seq(Some(0))?.end();
        }
        let mut map = serializer.serialize_map(None)?;
        if self.fields.is_none() {
            if let Some(parent) = self.parent {
                map.serialize_entry("parent_id", &parent)?;
            }
            for (key, value) in self.body {
                map.serialize_entry(key, value)?;
            }
            return map.end();
        }
        for (key, value) in &chosen {
            map.serialize_entry(key, value)?;
        }
        if self.keeps_links
            && let Some(links) = self.body.get("_links")
        {
            map.serialize_entry("_links", links)?;
        }
        map.end()
    }
}

impl<'a> Picked<'a> {
    /// A field of a list of things that keep the order of the request.
    fn pick(&self, field: &'a str) -> Option<(&'a str, Value)> {
        if field == "parent_id"
            && let Some(parent) = self.parent
        {
            return Some((field, json!(parent)));
        }
        if field == "_links" && self.keeps_links {
            return None;
        }
        match field.split_once('.') {
            None => self.body.get(field).map(|value| (field, value.clone())),
            Some((outer, inner)) if self.nests => {
                let value = self.body.get(outer)?.get(inner)?;
                Some((outer, json!({inner: value})))
            }
            Some(_) => None,
        }
    }
}

/// A page of a list, with its totals and links.
pub(super) struct Page<'a> {
    pub(super) items: Vec<Picked<'a>>,
    pub(super) total: usize,
    pub(super) pages: usize,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl Page<'_> {
    pub(super) fn respond(&self, home: &str) -> Response<HttpBody> {
        let mut response = respond(StatusCode::OK, &self.items, home, "GET, POST");
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-wp-total"), HeaderValue::from(self.total));
        headers.insert(HeaderName::from_static("x-wp-totalpages"), HeaderValue::from(self.pages));
        let links = [(&self.previous, "prev"), (&self.next, "next")];
        let links = links.iter().filter_map(|(link, relation)| link.as_ref().map(|link| format!("<{link}>; rel=\"{relation}\"")));
        let links = links.collect::<Vec<_>>().join(", ");
        if let Ok(links) = HeaderValue::from_str(&links)
            && !links.is_empty()
        {
            headers.append(header::LINK, links);
        }
        response
    }
}

/// A single item.
pub(super) fn single(item: &Item, fields: &Fields, nests: bool, home: &str) -> Response<HttpBody> {
    let picked = Picked { body: &item.body, fields, keeps_links: true, nests, parent: None };
    respond(StatusCode::OK, &picked, home, "GET, POST, PUT, PATCH, DELETE")
}

/// Any body, with the headers that every answer carries.
pub(super) fn respond(status: StatusCode, body: &impl Serialize, home: &str, allow: &'static str) -> Response<HttpBody> {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(HttpBody::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, must-revalidate, max-age=0, no-store, private"));
    if let Ok(link) = HeaderValue::from_str(&format!("<{home}/wp-json/>; rel=\"https://api.w.org/\"")) {
        headers.insert(header::LINK, link);
    }
    if !allow.is_empty() {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    response
}
