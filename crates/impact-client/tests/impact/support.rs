//! A server that answers like impact.com, a clock that stands still, and a platform between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::{
    AdCopy, Applied, CampaignId, CampaignSpec, Currency, Effect, ErrorKind, ManualClock, Money, OperationId, OperationTag,
    Period, PlatformCampaignId, PortError, ProductId,
};
use campaign_pilot_impact_client::{ImpactConfig, ImpactPlatform, ProgramId};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const SID: &str = "IRyMQiCNtwrt1804207G3t8Pn6NyzfyDw1";
pub(crate) const TOKEN: &str = "made-up-token";
pub(crate) const NOW: &str = "2026-06-02T12:00:00Z";
pub(crate) const NEW_AD: &str = "892081";

/// A server, a standing clock and the platform on top of them.
pub(crate) struct Bench {
    pub(crate) server: MockServer,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) platform: ImpactPlatform,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(ImpactConfig) -> ImpactConfig) -> Self {
        let server = MockServer::start().await;
        let clock = Arc::new(ManualClock::starting_at(at(NOW)));
        let config = change(config(&server.uri()));
        let platform = ImpactPlatform::new(config, Arc::<ManualClock>::clone(&clock)).unwrap();
        Self { server, clock, platform }
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

    pub(crate) async fn program_is(&self, state: &str) {
        self.answer("GET", "Campaigns/1000", json_ok(&program(state))).await;
    }

    /// Answers a whole create of an ad with these dates: it is made and held back, is the only one, and is let go.
    pub(crate) async fn launches(&self, id: &str, start: &str, end: &str) {
        let held = ad(id, &a_second_before(end), end);
        self.answer("POST", "Ads", json_ok(&created(id))).await;
        self.answer_once("GET", &format!("Ads/{id}"), json_ok(&held)).await;
        self.answer("GET", "Ads", json_ok(&list(&[held]))).await;
        self.answer("PUT", &format!("Ads/{id}"), json_ok(&created(id))).await;
        self.answer("GET", &format!("Ads/{id}"), json_ok(&ad(id, start, end))).await;
    }

    /// What was asked, as `GET Ads?Page=1`, after checking what every request carries.
    pub(crate) async fn asked(&self) -> Vec<String> {
        // Whether a person has set up a hard stop is looked at now and then; where it matters, a test says so.
        self.requests().await.iter().map(line).filter(|line| !line.contains("BlockRedirectRules")).collect()
    }

    pub(crate) async fn requests(&self) -> Vec<Request> {
        let requests = self.server.received_requests().await.unwrap();
        for request in &requests {
            let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            // `base64 <<< SID:TOKEN`, without the line break.
            let basic = "Basic SVJ5TVFpQ050d3J0MTgwNDIwN0czdDhQbjZOeXpmeUR3MTptYWRlLXVwLXRva2Vu";
            assert_eq!(header("authorization").as_deref(), Some(basic));
            assert!(header("accept").unwrap().starts_with("application/json"));
            assert_eq!(header("ir-version").as_deref(), Some("14"));
        }
        requests
    }

    /// The forms that were sent with a method, in order.
    pub(crate) async fn forms(&self, verb: &str) -> Vec<BTreeMap<String, String>> {
        let requests = self.requests().await;
        let sent = requests.iter().filter(|request| request.method.as_str() == verb);
        sent.map(|request| {
            assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
            form_urlencoded::parse(&request.body).into_owned().collect()
        })
        .collect()
    }
}

pub(crate) fn config(server: &str) -> ImpactConfig {
    let config = ImpactConfig::new(SID, TOKEN, ProgramId::new("1000").unwrap(), Currency::USD);
    ImpactConfig {
        base_url: Some(Url::parse(server).unwrap()),
        time_zone: Offset::constant(-7).to_time_zone(),
        poll_interval: Duration::from_millis(1),
        polls: 5,
        retry_seed: Some(1),
        ..config
    }
}

pub(crate) fn account(below: &str) -> String {
    format!("/Advertisers/{SID}/{below}")
}

fn line(request: &Request) -> String {
    let below = request.url.path().strip_prefix(&account("")).unwrap().to_owned();
    let query: Vec<String> = request.url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{} {below}{query}", request.method)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn json_ok(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

pub(crate) fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"Status": "ERROR", "Message": message}))
}

pub(crate) fn page_of_html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!DOCTYPE html><html><body>Request blocked</body></html>", "text/html")
}

pub(crate) fn program(state: &str) -> Value {
    json!({
        "Id": "1000", "Name": "Acme Campaign", "State": state, "Type": "Performance", "ListInMarketplace": "true", "Rating": "3",
        "ImpressionTracking": "false", "Uri": format!("/Advertisers/{SID}/Campaigns/1000")
    })
}

pub(crate) fn created(id: &str) -> Value {
    json!({"Status": "OK", "Uri": account(&format!("Ads/{id}"))})
}

/// An ad of ours with the given dates.
pub(crate) fn ad(id: &str, start: &str, end: &str) -> Value {
    json!({
        "Id": id, "Name": "Smart Water Bottle - Summer", "Description": "Holds a litre.", "CampaignId": "1000",
        "CampaignName": "Acme Campaign", "AdType": "TEXT_LINK", "LandingPage": "https://shop.example/product/smart-water-bottle",
        "LinkText": "Stay cool with the Smart Water Bottle", "Labels": format!("campaign-pilot,{}", tag()),
        "AllowDeepLinking": "true", "Language": "ENGLISH", "DateCreated": "2026-05-29T22:03:35-07:00",
        "DateLastUpdated": "2026-05-29T22:03:35-07:00", "LimitedTimeStartDate": start, "LimitedTimeEndDate": end,
        "RestrictedMediaPartners": [], "RestrictedMediaPartnerGroups": [], "DealId": "", "DealName": "", "DealState": "",
        "Season": "", "TopSeller": "false", "Uri": account(&format!("Ads/{id}"))
    })
}

/// A page of ads, the only one.
pub(crate) fn list(ads: &[Value]) -> Value {
    json!({"@page": "1", "@numpages": "1", "@pagesize": "1000", "@total": ads.len().to_string(), "@nextpageuri": "", "Ads": ads})
}

/// The instant a second before, as the account writes it.
pub(crate) fn a_second_before(date: &str) -> String {
    let instant = at(date) - SignedDuration::from_secs(1);
    instant.to_zoned(Offset::constant(-7).to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub(crate) fn tag() -> OperationTag {
    OperationTag::of(&OperationId::new("o-1").unwrap())
}

pub(crate) fn campaign(id: &str) -> PlatformCampaignId {
    PlatformCampaignId::new(id).unwrap()
}

pub(crate) fn flight() -> Period {
    Period::new(at("2026-06-01T07:00:00Z"), at("2026-06-08T07:00:00Z")).unwrap()
}

pub(crate) fn spec() -> CampaignSpec {
    CampaignSpec {
        id: CampaignId::new("c-1").unwrap(),
        product: ProductId::from_number(11),
        sku: None,
        name: "Smart Water Bottle - Summer".to_owned(),
        landing_page: "https://shop.example/product/smart-water-bottle".to_owned(),
        copy: AdCopy {
            headline: "Stay cool with the Smart Water Bottle".to_owned(),
            body: "Holds a litre.".to_owned(),
            written_by: "test".to_owned(),
        },
        budget: Money::parse("15", Currency::USD).unwrap(),
        flight: flight(),
    }
}

pub(crate) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

pub(crate) fn done(applied: Applied) -> Effect {
    match applied {
        Applied::Done(effect) => effect,
        other => panic!("{other:?} instead of an effect"),
    }
}

pub(crate) fn rejected(applied: Applied, kind: ErrorKind) -> PortError {
    match applied {
        Applied::Rejected(error) => same_kind(error, kind),
        other => panic!("{other:?} instead of a rejection"),
    }
}

pub(crate) fn unknown(applied: Applied, kind: ErrorKind) -> PortError {
    match applied {
        Applied::Unknown(error) => same_kind(error, kind),
        other => panic!("{other:?} instead of an unknown outcome"),
    }
}

/// Checks the kind, and that nothing secret stands in the error or its causes.
pub(crate) fn same_kind(error: PortError, kind: ErrorKind) -> PortError {
    assert_eq!(error.kind(), kind, "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(SID) && !shown.contains(TOKEN), "{shown}");
    error
}
