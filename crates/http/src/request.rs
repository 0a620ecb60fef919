//! Requests as values: built, compared and tested without a server.

mod body;

use std::fmt;
use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use url::Url;

use crate::error::redact;
use crate::oauth1::RESERVED;

pub use body::{Body, Part};

/// Whether a request changes anything on the other side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// Changes nothing: repeated when it fails for a passing reason.
    Read,
    /// May change something: sent exactly once.
    Write,
}

/// How requests name their path to a server that routes by the query: `?rest_route=/wc/v3/products`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathParameter {
    name: String,
    suffix: Option<String>,
}

impl PathParameter {
    /// The parameter's name. It stands in the query as it is.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), suffix: None }
    }

    /// Text that follows the parameter in each query as it is, slashes included: `_via=/wp-json/wc/`.
    #[must_use]
    pub fn followed_by(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }
}

/// A request below a client's base address. Holds no credentials: those are the client's.
///
/// ```
/// use campaign_pilot_http::{Request, Url};
///
/// let request = Request::get("wc/v3/products").query("page", 2).query("status", "publish");
/// let url = request.url(&Url::parse("https://shop.example/wp-json")?)?;
/// assert_eq!(url.as_str(), "https://shop.example/wp-json/wc/v3/products?page=2&status=publish");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Request {
    method: Method,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Body,
    class: Class,
    operation_deadline: Option<Duration>,
    call_deadline: Option<Duration>,
    allow_redirect_answer: bool,
    urgent: bool,
    exact: Option<Url>,
}

/// What is asked for, without the values of the query, the headers and the body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("query", &names(&self.query))
            .field("headers", &names(&self.headers))
            .field("body", &self.body)
            .field("exact", &self.exact.as_ref().map(|address| redact(address, None)))
            .finish_non_exhaustive()
    }
}

impl Request {
    /// A request with a method to a path below the base address, its segments divided by `/`, not percent-encoded.
    ///
    /// GET and HEAD are reads, everything else is a write; [`Request::class`] says otherwise.
    pub fn new(method: Method, path: &str) -> Self {
        let class = if method == Method::GET || method == Method::HEAD { Class::Read } else { Class::Write };
        Self {
            method,
            segments: path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            class,
            operation_deadline: None,
            call_deadline: None,
            allow_redirect_answer: false,
            urgent: false,
            exact: None,
        }
    }

    /// Reads exactly this address, its query included, such as a signed one that another answer named. Only a client
    /// without credentials, with a base address at the same host, sends it.
    pub fn exact(address: Url) -> Self {
        Self { exact: Some(address), ..Self::get("") }
    }

    /// Reads a path.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// Posts to a path.
    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    /// Puts to a path.
    pub fn put(path: &str) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Appends one segment to the path, percent-encoded as needed: for ids that come from elsewhere.
    #[expect(clippy::needless_pass_by_value, reason = "callers pass numbers, texts and ids alike")]
    pub fn segment(mut self, segment: impl ToString) -> Self {
        self.segments.push(segment.to_string());
        self
    }

    /// Appends a parameter to the query.
    #[expect(clippy::needless_pass_by_value, reason = "callers pass numbers, texts and ids alike")]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header. Never a credential.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Carries a form.
    pub fn form<N: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.body = Body::Form(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Carries a JSON value.
    pub fn json(mut self, value: Value) -> Self {
        self.body = Body::Json(value);
        self
    }

    /// Carries fields and files.
    pub fn multipart(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.body = Body::Multipart(parts.into_iter().collect());
        self
    }

    /// Says that the request may use what is kept back for such ones; see [`Admission`](crate::Admission).
    pub const fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    /// Whether the request may use what is kept back.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// Says whether the request changes anything, where the method does not: a query sent with POST is a read.
    pub const fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// How long the whole operation may take, instead of the client's own deadline.
    pub const fn operation_deadline(mut self, deadline: Duration) -> Self {
        self.operation_deadline = Some(deadline);
        self
    }

    /// How long one exchange may take, instead of the client's own deadline.
    pub const fn call_deadline(mut self, deadline: Duration) -> Self {
        self.call_deadline = Some(deadline);
        self
    }

    /// Takes a redirect as the answer, with its target behind [`crate::Response::location`], instead of an error.
    /// It is not followed either way.
    pub const fn allow_redirect_answer(mut self) -> Self {
        self.allow_redirect_answer = true;
        self
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path below the base address, without a leading slash and not percent-encoded.
    #[must_use]
    pub fn path(&self) -> String {
        self.segments.join("/")
    }

    /// The parameters of the query, in their order.
    #[must_use]
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// What it carries.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Whether it is a write.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self.class, Class::Write)
    }

    /// The address below a base, without credentials.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::HttpErrorKind::InvalidRequest) for a segment `.` or `..`, an empty one or one with a tab or
    /// line break, and for a base that cannot have a path.
    pub fn url(&self, base: &Url) -> crate::Result<Url> {
        let invalid = |detail: &'static str| crate::HttpError::invalid(self.method.as_str(), base, detail);
        if let Some(exact) = &self.exact {
            return if exact.origin() == base.origin() {
                Ok(exact.clone())
            } else {
                Err(invalid("the address is another host's"))
            };
        }
        if self.segments.iter().any(|segment| matches!(segment.as_str(), "" | "." | "..")) {
            return Err(invalid("the path holds an empty segment, `.` or `..`"));
        }
        // Addresses drop these, wherever they stand: a segment would not be the one that was meant, or even be `..`.
        if self.segments.iter().any(|segment| segment.contains(['\t', '\n', '\r'])) {
            return Err(invalid("the path holds a tab or a line break"));
        }
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| invalid("the base address cannot have a path"))?
            .pop_if_empty()
            .extend(&self.segments);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    /// The address with the path in a parameter of the base's query.
    pub(crate) fn url_with(&self, base: &Url, parameter: &PathParameter) -> crate::Result<Url> {
        // Refuses the same paths.
        self.url(base)?;
        let mut url = base.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", base.path()));
        }
        let mut query = format!("{}={}", parameter.name, if self.segments.is_empty() { "/" } else { "" });
        for segment in &self.segments {
            query.push('/');
            query.extend(utf8_percent_encode(segment, RESERVED));
        }
        if let Some(suffix) = &parameter.suffix {
            query.push('&');
            query.push_str(suffix);
        }
        url.set_query(Some(&query));
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    pub(crate) const fn operation_deadline_or(&self, default: Duration) -> Duration {
        match self.operation_deadline {
            Some(deadline) => deadline,
            None => default,
        }
    }

    pub(crate) const fn call_deadline_or(&self, default: Duration) -> Duration {
        match self.call_deadline {
            Some(deadline) => deadline,
            None => default,
        }
    }

    pub(crate) const fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    pub(crate) const fn takes_redirect(&self) -> bool {
        self.allow_redirect_answer
    }

    /// The headers to send over the client's own; `None` when one of them is not valid.
    pub(crate) fn headers_over(&self, defaults: &HeaderMap) -> Option<HeaderMap> {
        let mut headers = defaults.clone();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        match self.body {
            Body::Empty => {}
            Body::Form(_) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            }
            Body::Json(_) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Body::Multipart(ref parts) => {
                let kind = format!("multipart/form-data; boundary={}", body::boundary(parts));
                headers.insert(CONTENT_TYPE, HeaderValue::try_from(kind).ok()?);
            }
        }
        for (name, value) in &self.headers {
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        Some(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HttpErrorKind;

    fn base(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn joins_below_a_base_with_and_without_a_slash() {
        let request = Request::get("/wc/v3/orders").query("after", "2026-10-01T00:00:00Z").query("status", "a,b");
        for text in ["https://shop.example/blog/wp-json", "https://shop.example/blog/wp-json/"] {
            let url = request.url(&base(text)).unwrap();
            assert_eq!(
                url.as_str(),
                "https://shop.example/blog/wp-json/wc/v3/orders?after=2026-10-01T00%3A00%3A00Z&status=a%2Cb"
            );
        }
    }

    #[test]
    fn a_segment_cannot_leave_its_place() {
        let url = Request::get("Ads").segment("a/../b?c#d").url(&base("https://api.example")).unwrap();
        assert_eq!(url.as_str(), "https://api.example/Ads/a%2F..%2Fb%3Fc%23d");
        for segment in ["..", ".\t.", "1\n", ""] {
            let error = Request::get("Ads").segment(segment).url(&base("https://api.example")).unwrap_err();
            assert_eq!(error.kind(), HttpErrorKind::InvalidRequest, "{segment:?}");
        }
    }

    #[test]
    fn a_path_in_the_query_keeps_its_slashes_and_nothing_else() {
        let parameter = PathParameter::new("rest_route").followed_by("_via=/wp-json/wc/");
        let request = Request::get("wc/v3/products").segment("a&b=c/d").query("status", "a,b");
        for text in ["https://shop.example/blog", "https://shop.example/blog/"] {
            let url = request.url_with(&base(text), &parameter).unwrap();
            assert_eq!(
                url.as_str(),
                "https://shop.example/blog/?rest_route=/wc/v3/products/a%26b%3Dc%2Fd&_via=/wp-json/wc/&status=a%2Cb"
            );
        }
        let alone = Request::get("").url_with(&base("https://shop.example"), &PathParameter::new("rest_route")).unwrap();
        assert_eq!(alone.as_str(), "https://shop.example/?rest_route=/");
        assert!(Request::get("..").url_with(&base("https://shop.example"), &parameter).is_err());
    }

    #[test]
    fn the_class_follows_the_method_unless_said_otherwise() {
        assert!(!Request::get("a").is_write());
        assert!(Request::post("a").is_write());
        assert!(!Request::post("a").class(Class::Read).is_write());
    }

    #[test]
    fn a_form_is_encoded_in_its_order() {
        let request = Request::post("Ads").form([("Name", "Tea & more"), ("Labels", "a,b")]);
        assert_eq!(&request.body().bytes()[..], b"Name=Tea+%26+more&Labels=a%2Cb");
    }

    #[test]
    fn parts_are_written_one_after_another() {
        let parts = [Part::text("Upsert", "true"), Part::file("File", "a\"\n.csv", "text/csv", "x,campaign-pilot-part-0\n")];
        let request = Request::post("a").multipart(parts);
        let headers = request.headers_over(&HeaderMap::new()).unwrap();
        assert_eq!(headers[CONTENT_TYPE], "multipart/form-data; boundary=campaign-pilot-part-1");
        let wanted = "--campaign-pilot-part-1\r\nContent-Disposition: form-data; name=\"Upsert\"\r\n\r\ntrue\r\n\
            --campaign-pilot-part-1\r\nContent-Disposition: form-data; name=\"File\"; filename=\"a%22%0A.csv\"\r\n\
            Content-Type: text/csv\r\n\r\nx,campaign-pilot-part-0\n\r\n--campaign-pilot-part-1--\r\n";
        assert_eq!(String::from_utf8_lossy(&request.body().bytes()), wanted);
    }

    #[test]
    fn an_exact_address_is_kept_to_the_letter_and_to_its_host() {
        let address = base("https://files.example/a%2Fb/?X-Sig=a+b%20c~&=");
        let request = Request::exact(address.clone());
        assert_eq!(request.url(&base("https://files.example")).unwrap(), address);
        assert!(request.url(&base("https://other.example")).is_err());
    }

    #[test]
    fn no_value_is_shown() {
        let parts = [Part::text("note", "canary"), Part::file("File", "a.csv", "text/csv", "canary")];
        let exact = Request::exact(base("https://u:canary@files.example/a?X-Sig=canary"));
        let requests = [
            Request::get("a").query("token", "canary").header("X-Key", "canary"),
            Request::post("a").form([("token", "canary")]),
            Request::post("a").json(serde_json::json!({"token": "canary"})),
            Request::post("a").multipart(parts),
            exact,
        ];
        for request in requests {
            let shown = format!("{request:?} {:?}", request.body());
            assert!(!shown.contains("canary"), "{shown}");
        }
    }

    #[test]
    fn own_headers_win_and_bad_ones_are_refused() {
        let request = Request::get("a").header("Accept", "text/csv");
        assert_eq!(request.headers_over(&HeaderMap::new()).unwrap()[ACCEPT], "text/csv");
        assert!(Request::get("a").header("X", "a\nb").headers_over(&HeaderMap::new()).is_none());
    }
}
