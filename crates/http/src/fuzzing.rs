//! Entry points for fuzzing: they take any bytes, and stop the process where a promise is broken.
//!
//! Nothing in here is a part of the API.

use std::cell::RefCell;
use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::error::redact;
use crate::json::Shape;
use crate::oauth1::{OAuth1Method, Signer, Stamp, header};
use crate::server_wait::server_wait;
use crate::transport::{Answer, Broken, Outgoing, Transport};
use crate::{HttpErrorKind, JsonBody, JsonLimits, PathParameter, Request};

/// What divides the answers of [`answered`]: the record separator.
pub const SEPARATOR: u8 = 0x1e;

thread_local! {
    static ANSWERS: RefCell<Option<VecDeque<Answer>>> = const { RefCell::new(None) };
}

/// Runs `work` while clients that are built on this thread get their answers from `bytes`, one after another, and no
/// connection once these are used up.
///
/// Each answer is a line with the status, lines with headers, an empty line and the body.
pub async fn answered<T>(bytes: &[u8], work: impl Future<Output = T>) -> T {
    let answers = bytes.split(|byte| *byte == SEPARATOR).map(answer).collect();
    ANSWERS.with(|cell| cell.replace(Some(answers)));
    let result = work.await;
    ANSWERS.with(|cell| cell.replace(None));
    result
}

/// The transport of clients that are built now, if they are to be answered from bytes.
pub(crate) fn transport() -> Option<Box<dyn Transport>> {
    ANSWERS.with(|cell| cell.borrow().is_some()).then(|| Box::new(Canned) as Box<dyn Transport>)
}

#[derive(Debug)]
struct Canned;

#[async_trait]
impl Transport for Canned {
    async fn call(&self, _: Outgoing) -> Result<Answer, Broken> {
        let next = ANSWERS.with(|cell| cell.borrow_mut().as_mut().and_then(VecDeque::pop_front));
        next.ok_or_else(|| Broken {
            kind: HttpErrorKind::Connect,
            detail: "connection refused".into(),
            may_have_been_sent: false,
            source: None,
        })
    }
}

fn answer(bytes: &[u8]) -> Answer {
    let (head, body) = head_and_body(bytes);
    let (status, headers) = head.split_once('\n').unwrap_or((&head, ""));
    let status = status.trim().parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
    Answer { status: status.unwrap_or(StatusCode::OK), headers: headers_of(headers), body: Bytes::copy_from_slice(body) }
}

/// What stands before the first empty line, and what follows it.
#[must_use]
pub fn head_and_body(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(end);
    (String::from_utf8_lossy(head).into_owned(), body.get(2..).unwrap_or_default())
}

fn headers_of(lines: &str) -> HeaderMap {
    let pairs = lines.lines().filter_map(|line| line.split_once(':'));
    pairs
        .filter_map(|(name, value)| Some((HeaderName::try_from(name.trim()).ok()?, HeaderValue::try_from(value.trim()).ok()?)))
        .collect()
}

/// Reads JSON under narrow limits.
///
/// # Panics
///
/// When what is taken breaks the limits, or what is complete is taken for cut off.
pub fn json(bytes: &[u8]) {
    let limits = JsonLimits { array_items: 20, depth: 6 };
    let shape = Shape::of(bytes, &limits);
    let parsed = JsonBody::new(bytes, &limits).parse::<Value>();
    let trusting = JsonBody::of_shape(bytes, &limits, shape).parse::<Value>();
    assert_eq!(parsed.as_ref().ok(), trusting.as_ref().ok(), "a second look changes nothing");
    if let Ok(value) = parsed {
        assert!(is_within(&value, &limits, 0), "the limits hold");
        assert_ne!(shape, Shape::Cut, "complete JSON is not cut off");
    }
}

fn is_within(value: &Value, limits: &JsonLimits, depth: usize) -> bool {
    match value {
        Value::Array(items) => {
            depth < limits.depth
                && items.len() <= limits.array_items
                && items.iter().all(|item| is_within(item, limits, depth + 1))
        }
        Value::Object(fields) => depth < limits.depth && fields.values().all(|field| is_within(field, limits, depth + 1)),
        _ => true,
    }
}

/// Reads an answer's headers and an address; builds and signs a request out of texts. The lines of the head are a path, a
/// segment, a parameter's name, its value and an address; headers are the body.
///
/// # Panics
///
/// When a wait is out of bounds, a text leaves its place in an address, or a secret part of an address is shown.
pub fn exchange(bytes: &[u8]) {
    let (head, headers) = head_and_body(bytes);
    let mut lines = head.split('\n');
    let [path, segment, name, value, address] = [(); 5].map(|()| lines.next().unwrap_or_default());
    build(path, segment, name, value);
    let headers = headers_of(&String::from_utf8_lossy(headers));
    for status in [200, 429, 503] {
        if let Some(wait) = server_wait(status, &headers, Timestamp::UNIX_EPOCH) {
            assert!((1..=900).contains(&wait.as_secs()), "{wait:?}");
        }
    }
    let _ = crate::response::media_type(&headers);
    if let Ok(address) = Url::parse(address) {
        show(&address, segment);
    }
}

fn show(address: &Url, sensitive: &str) {
    for shown in [redact(address, None), redact(address, Some(sensitive))] {
        assert!(!shown.contains(['?', '#']), "{shown}");
    }
    if let Ok(shown) = Url::parse(&redact(address, None)) {
        assert!(shown.username().is_empty() && shown.password().is_none(), "{shown}");
    }
}

fn build(path: &str, segment: &str, name: &str, value: &str) {
    let Ok(base) = Url::parse("https://shop.example/blog/wp-json/") else { return };
    let request = Request::get(path).segment(segment).query(name, value);
    let wanted = Some((name.into(), value.into()));
    if let Ok(url) = request.url(&base) {
        assert_eq!(url.origin(), base.origin());
        assert!(url.path().starts_with(base.path()), "{url}");
        assert_eq!(url.query_pairs().next(), wanted);
        sign(&url, name, value);
    }
    if let Ok(url) = request.url_with(&base, &PathParameter::new("rest_route")) {
        assert_eq!((url.origin(), url.path()), (base.origin(), base.path()));
        assert_eq!(url.query_pairs().nth(1), wanted);
    }
}

fn sign(url: &Url, key: &str, secret: &str) {
    for method in [OAuth1Method::HmacSha256, OAuth1Method::HmacSha1] {
        let signer = Signer { key, secret: &SecretString::from(secret), method };
        let stamp = Stamp::new(Timestamp::UNIX_EPOCH, 1);
        let signed = signer.sign(&Method::GET, url, &[], &stamp);
        assert!(signed.last().is_some_and(|(name, value)| *name == "oauth_signature" && !value.is_empty()));
        assert!(HeaderValue::try_from(header(&signed)).is_ok(), "what is signed can be sent");
    }
}
