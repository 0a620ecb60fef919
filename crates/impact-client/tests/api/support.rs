//! A server that answers as it is told, and the client in front of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::{Currency, ManualClock, Period};
use campaign_pilot_impact_client::{ImpactApi, ImpactConfig, ProgramId};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const SID: &str = "IRyMQiCNtwrt1804207G3t8Pn6NyzfyDw1";
pub(crate) const NOW: &str = "2026-06-02T12:00:00Z";

/// A server, a standing clock and the client.
pub(crate) struct Bench {
    pub(crate) server: MockServer,
    pub(crate) api: ImpactApi,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(ImpactConfig) -> ImpactConfig) -> Self {
        let server = MockServer::start().await;
        let clock = Arc::new(ManualClock::starting_at(at(NOW)));
        let api = ImpactApi::new(change(config(&server.uri())), clock).unwrap();
        Self { server, api }
    }

    /// Answers a request below the account, as often as it comes.
    pub(crate) async fn answer(&self, verb: &str, below: &str, template: ResponseTemplate) {
        Mock::given(method(verb)).and(path(account(below))).respond_with(template).mount(&self.server).await;
    }

    /// Answers a request below the account once; the answers are given in the order in which they are mounted.
    pub(crate) async fn answer_once(&self, verb: &str, below: &str, template: ResponseTemplate) {
        let mock = Mock::given(method(verb)).and(path(account(below))).respond_with(template);
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    /// What was sent, as `METHOD path?query` below the account.
    pub(crate) async fn sent(&self) -> Vec<String> {
        self.requests().await.iter().map(line).collect()
    }

    pub(crate) async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }

    pub(crate) async fn last(&self) -> Request {
        self.requests().await.pop().unwrap()
    }
}

pub(crate) fn config(uri: &str) -> ImpactConfig {
    let config = ImpactConfig::new(SID, "made-up-token", ProgramId::new("1000").unwrap(), Currency::USD);
    ImpactConfig {
        base_url: Some(Url::parse(uri).unwrap()),
        time_zone: Offset::constant(-7).to_time_zone(),
        poll_interval: std::time::Duration::from_millis(1),
        retry_seed: Some(7),
        ..config
    }
}

pub(crate) fn account(below: &str) -> String {
    format!("/Advertisers/{SID}/{below}")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn period(start: &str, end: &str) -> Period {
    Period::new(at(start), at(end)).unwrap()
}

/// A request in one line, percent-encoding undone.
pub(crate) fn line(request: &Request) -> String {
    let below = request.url.path().strip_prefix(&account("")).unwrap();
    let query: Vec<_> = request.url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{} {below}{mark}{}", request.method, query.join("&"))
}

/// The fields of a form, a repeated one once with its values divided by `|`.
pub(crate) fn form(request: &Request) -> BTreeMap<String, String> {
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    let mut fields = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(&request.body) {
        let field = fields.entry(name.into_owned()).or_default();
        if !field.is_empty() {
            field.push('|');
        }
        field.push_str(&value);
    }
    fields
}

/// Asserts a form whole: every field and no other.
pub(crate) fn assert_form(request: &Request, wanted: &[(&str, &str)]) {
    let wanted: BTreeMap<String, String> = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(form(request), wanted);
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The answer to a write that created or changed something.
pub(crate) fn done(uri: &str) -> ResponseTemplate {
    ok(json!({"Status": "OK", "Uri": account(uri)}))
}

/// One page that is the whole list.
pub(crate) fn whole(key: &str, items: Value) -> ResponseTemplate {
    let total = items.as_array().unwrap().len().to_string();
    let mut page = json!({"@page": "1", "@numpages": "1", "@pagesize": "1000", "@total": total, "@nextpageuri": ""});
    page[key] = items;
    ok(page)
}
