//! How a client is set up.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::{Clock, SystemClock};
use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::{Host, Url};

use crate::client::Inner;
use crate::gate::Gate;
use crate::retry::Retries;
use crate::transport::Transport;
use crate::{Admission, Auth, Deadlines, HttpClient, HttpError, Limits, PathParameter, RateLimit, RetryPolicy};

/// Idle connections are dropped before most servers do it, so that a write seldom meets a closing one.
const IDLE: Duration = Duration::from_secs(15);

/// Sets up an [`HttpClient`].
#[derive(Clone)]
#[must_use]
pub struct HttpClientBuilder {
    base: Url,
    auth: Auth,
    clock: Arc<dyn Clock>,
    deadlines: Deadlines,
    limits: Limits,
    retry: RetryPolicy,
    rate: Option<RateLimit>,
    user_agent: String,
    headers: Vec<(String, String)>,
    path_parameter: Option<PathParameter>,
    admission: Option<Arc<dyn Admission>>,
}

impl HttpClientBuilder {
    pub(crate) fn new(base: Url) -> Self {
        Self {
            base,
            auth: Auth::None,
            clock: Arc::new(SystemClock),
            deadlines: Deadlines::default(),
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            rate: None,
            user_agent: concat!("campaign-pilot/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            path_parameter: None,
            admission: None,
        }
    }

    /// The credentials (none).
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// The clock that the rate limit and dates in answers are measured by (the system's).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long things may take.
    pub const fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// How much an answer may bring.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How reads are repeated.
    pub const fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How many requests may be sent (any number).
    pub const fn rate(mut self, rate: RateLimit) -> Self {
        self.rate = Some(rate);
        self
    }

    /// How the client names itself (`campaign-pilot/` and the version). Never empty: firewalls refuse that.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// A header for every request. Never a credential: that is what [`HttpClientBuilder::auth`] is for.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends the path of each request in a parameter of the query, to the base address itself.
    pub fn path_parameter(mut self, parameter: PathParameter) -> Self {
        self.path_parameter = Some(parameter);
        self
    }

    /// Asks before each attempt whether it may be sent (it may): a quota that is shared with others.
    pub fn admission(mut self, admission: Arc<dyn Admission>) -> Self {
        self.admission = Some(admission);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::HttpErrorKind::InvalidRequest) for a base address that is not http(s), holds user,
    /// password, query or fragment, or would carry credentials unencrypted to another machine; for a header or
    /// credential that cannot be sent; for a rate limit or a number of attempts of zero.
    pub fn build(self) -> crate::Result<HttpClient> {
        let refuse = |detail: &'static str| HttpError::invalid("", &self.base, detail);
        let loopback = is_loopback(&self.base);
        self.check_base(loopback)?;
        if self.retry.attempts == 0 {
            return Err(refuse("at least one attempt is needed"));
        }
        let auth_header = self.auth.header().map_err(|_| refuse("the credentials hold characters that cannot be sent"))?;
        let headers = self.default_headers().ok_or_else(|| refuse("a header holds characters that cannot be sent"))?;
        let gate = Gate::new(self.rate, Arc::clone(&self.clock))
            .ok_or_else(|| refuse("the rate limit leaves no request through; leave it out or raise it"))?;
        let transport = self.transport(loopback)?;
        Ok(HttpClient::from_inner(Inner {
            base: self.base,
            path_parameter: self.path_parameter,
            auth: self.auth,
            auth_header,
            headers,
            clock: self.clock,
            deadlines: self.deadlines,
            limits: self.limits,
            retries: Retries::new(self.retry),
            gate,
            admission: self.admission,
            transport,
        }))
    }

    fn transport(&self, loopback: bool) -> crate::Result<Box<dyn Transport>> {
        #[cfg(feature = "fuzzing")]
        if let Some(transport) = crate::fuzzing::transport() {
            return Ok(transport);
        }
        let mut transport = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.deadlines.connect)
            .pool_idle_timeout(IDLE);
        if loopback {
            transport = transport.no_proxy();
        }
        let transport = transport.build().map_err(|error| {
            HttpError::invalid("", &self.base, "the network could not be set up").with_source(Some(error.without_url().into()))
        })?;
        Ok(Box::new(transport))
    }

    fn check_base(&self, loopback: bool) -> crate::Result<()> {
        let base = &self.base;
        let detail = if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            "the base address must start with https:// and name a host"
        } else if !base.username().is_empty() || base.password().is_some() {
            "the base address must not hold a user or password; they belong into the credentials"
        } else if base.query().is_some() || base.fragment().is_some() {
            "the base address must not hold a query or fragment"
        } else if base.scheme() == "http" && self.auth.needs_encryption() && !loopback {
            "credentials are only sent over https, except to this machine or as a signature (OAuth 1.0a)"
        } else {
            return Ok(());
        };
        Err(HttpError::invalid("", base, detail))
    }

    fn default_headers(&self) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::try_from(self.user_agent.trim()).ok().filter(|value| !value.is_empty())?);
        for (name, value) in &self.headers {
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        Some(headers)
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("base", &crate::error::redact(&self.base, self.auth.sensitive_segment()))
            .field("auth", &self.auth)
            .field("deadlines", &self.deadlines)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

/// Whether an address names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HttpErrorKind;

    fn refusal(builder: HttpClientBuilder) -> String {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::InvalidRequest);
        assert!(!error.may_have_been_sent());
        error.to_string()
    }

    fn at(base: &str) -> HttpClientBuilder {
        HttpClientBuilder::new(Url::parse(base).unwrap())
    }

    #[test]
    fn a_base_that_cannot_work_is_refused_without_showing_its_password() {
        assert_eq!(
            refusal(at("https://user:hunter2@shop.example/?token=hunter2")),
            "https://shop.example/: the base address must not hold a user or password; they belong into the credentials"
        );
        assert!(refusal(at("https://shop.example/?rest_route=/")).contains("query"));
        assert!(refusal(at("ftp://shop.example/")).contains("https://"));
    }

    #[test]
    fn credentials_travel_unencrypted_on_this_machine_only() {
        let basic = || Auth::basic("ck", "cs");
        assert!(refusal(at("http://shop.example/").auth(basic())).contains("only sent over https"));
        assert!(refusal(at("http://127.0.0.1.example/").auth(basic())).contains("only sent over https"));
        for base in ["http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]/", "https://shop.example/"] {
            assert!(at(base).auth(basic()).build().is_ok(), "{base}");
        }
        assert!(at("http://shop.example/").build().is_ok());
        let (method, place) = (crate::OAuth1Method::default(), crate::OAuth1Place::default());
        let signed = Auth::OAuth1 { key: "ck".to_owned(), secret: "cs".into(), method, place };
        assert!(at("http://shop.example/").auth(signed).build().is_ok());
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        assert!(refusal(at("https://a.example/").user_agent(" ")).contains("header"));
        assert!(refusal(at("https://a.example/").header("X Y", "1")).contains("header"));
        assert!(refusal(at("https://a.example/").auth(Auth::bearer("a\nb"))).contains("credentials"));
        let none = RateLimit { limit: 0, per: Duration::from_secs(1), burst: 1 };
        assert!(refusal(at("https://a.example/").rate(none)).contains("rate limit"));
        assert!(
            refusal(at("https://a.example/").retry(RetryPolicy { attempts: 0, ..RetryPolicy::default() })).contains("attempt")
        );
    }
}
