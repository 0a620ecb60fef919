//! Answers in the form of Google's reference of `runReport` and of its token server.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Clock, ErrorKind, ManualClock, conformance};
use campaign_pilot_http::{SecretString, Url};
use campaign_pilot_store_client::{Ga4Config, Ga4Views, ServiceAccount, StoreError};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, body_partial_json, body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{period, product, products, retry, totals};
use crate::support::clock;

const REPORT: &str = "/v1beta/properties/4711:runReport";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// A key made for the test, and the key file that holds it.
fn account() -> (KeyPair, ServiceAccount) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let file = json!({
        "type": "service_account", "project_id": "shop", "private_key_id": "key-1", "private_key": pem,
        "client_email": "reader@shop.iam.gserviceaccount.com", "client_id": "1", "token_uri": TOKEN_URI,
    });
    (key, ServiceAccount::from_json(&SecretString::from(file.to_string())).unwrap())
}

fn views_of(server: &MockServer, account: ServiceAccount, clock: Arc<dyn Clock>, adapt: impl FnOnce(&mut Ga4Config)) -> Ga4Views {
    let mut config = Ga4Config::new(Url::parse(&server.uri()).unwrap(), 4711, account);
    config.token_url = Url::parse(&format!("{}/token", server.uri())).unwrap();
    config.retry = retry();
    adapt(&mut config);
    Ga4Views::new(config, clock).unwrap()
}

fn views(server: &MockServer, adapt: impl FnOnce(&mut Ga4Config)) -> Ga4Views {
    views_of(server, account().1, clock(), adapt)
}

/// Sets a property up with two addresses.
pub(super) fn set_up(base: &str, token: &str) -> Result<(), StoreError> {
    let mut config = Ga4Config::new(Url::parse(base).unwrap(), 4711, account().1);
    config.token_url = Url::parse(token).unwrap();
    Ga4Views::new(config, clock()).map(|_| ())
}

/// Gives tokens, so often.
async fn grant(server: &MockServer, times: u64) {
    let granted = json!({"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"});
    Mock::given(method("POST"))
        .and(path("/token"))
        .and(body_string_contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .expect(times)
        .mount(server)
        .await;
}

fn row(page: &str, hour: &str, views: u64) -> Value {
    json!({"dimensionValues": [{"value": page}, {"value": hour}], "metricValues": [{"value": views.to_string()}]})
}

fn report(rows: &[Value], count: usize, metadata: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "dimensionHeaders": [{"name": "pagePath"}, {"name": "dateHour"}],
        "metricHeaders": [{"name": "screenPageViews", "type": "TYPE_INTEGER"}],
        "rows": rows,
        "rowCount": count,
        "metadata": metadata,
        "propertyQuota": {
            "tokensPerDay": {"consumed": 5, "remaining": 199_000}, "tokensPerHour": {"consumed": 5, "remaining": 39_000},
            "concurrentRequests": {"consumed": 0, "remaining": 10},
        },
        "kind": "analyticsData#runReport",
    }))
}

fn berlin() -> Value {
    json!({"currencyCode": "EUR", "timeZone": "Europe/Berlin"})
}

async fn serve(rows: &[Value], metadata: &Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/token")).respond_with(granted()).mount(&server).await;
    Mock::given(method("POST")).and(path(REPORT)).respond_with(report(rows, rows.len(), metadata)).mount(&server).await;
    server
}

fn granted() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"access_token": "ya29.token", "expires_in": 3599}))
}

#[tokio::test]
async fn the_question_is_the_documented_one_in_the_zone_that_was_learned() {
    let server = MockServer::start().await;
    grant(&server, 1).await;
    let question = |first: &str, last: &str| {
        json!({
            "dateRanges": [{"startDate": first, "endDate": last}],
            "dimensions": [{"name": "pagePath"}, {"name": "dateHour"}],
            "metrics": [{"name": "screenPageViews"}],
            "limit": "10000",
            "offset": "0",
            "orderBys": [{"dimension": {"dimensionName": "pagePath"}}, {"dimension": {"dimensionName": "dateHour"}}],
            "returnPropertyQuota": true,
            "dimensionFilter": {
                "filter": {"fieldName": "hostName", "stringFilter": {"matchType": "EXACT", "value": "shop.example"}},
            },
        })
    };
    let rows = [row("/product/smart-speaker-mini/", "2026111500", 3), row("/product/smart-speaker-mini/", "2026111423", 50)];
    for (first, last) in [("2026-11-14", "2026-11-16"), ("2026-11-15", "2026-11-15")] {
        Mock::given(method("POST"))
            .and(path(REPORT))
            .and(header("authorization", "Bearer ya29.token"))
            .and(body_json(question(first, last)))
            .respond_with(report(&rows, 2, &berlin()))
            .expect(1)
            .mount(&server)
            .await;
    }
    let views = views(&server, |config| config.host_name = Some("shop.example".to_owned()));
    let day = period("2026-11-14T23:00:00Z", "2026-11-15T23:00:00Z");
    for _ in 0..2 {
        let reading = views.views(&products(), day).await.unwrap();
        let seen: Vec<_> = reading.observations.iter().map(|seen| (seen.period.start(), seen.views)).collect();
        assert_eq!(seen, [(day.start(), 3)], "hours of the property's zone, and none outside the period");
        assert_eq!((reading.quality.complete, reading.quality.complete_until), (true, Some(day.end())));
    }
}

#[tokio::test]
async fn the_assertion_is_signed_by_the_account() {
    let server = MockServer::start().await;
    grant(&server, 2).await;
    Mock::given(method("POST")).and(path(REPORT)).respond_with(report(&[], 0, &berlin())).mount(&server).await;
    let (key, account) = account();
    let clock: Arc<ManualClock> = clock();
    let views = views_of(&server, account, Arc::clone(&clock) as Arc<dyn Clock>, |_| ());
    let hour = period("2026-11-15T00:00:00Z", "2026-11-15T01:00:00Z");
    for minutes in [0, 58, 2] {
        clock.advance(SignedDuration::from_mins(minutes));
        views.views(&products(), hour).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let token = requests.iter().find(|request| request.url.path() == "/token").unwrap();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&token.body).into_owned().collect();
    let assertion = &form.iter().find(|(name, _)| name == "assertion").unwrap().1;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[TOKEN_URI]);
    let public = DecodingKey::from_rsa_der(key.public_key().as_ref());
    let decoded = jsonwebtoken::decode::<Value>(assertion, &public, &validation).unwrap();
    assert_eq!(decoded.header.kid.as_deref(), Some("key-1"));
    let started = "2026-11-23T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(
        decoded.claims,
        json!({
            "iss": "reader@shop.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/analytics.readonly",
            "aud": TOKEN_URI,
            "iat": started,
            "exp": started + 3_600,
        })
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = MockServer::start().await;
    grant(&server, 2).await;
    let refused = ResponseTemplate::new(401);
    Mock::given(path(REPORT)).respond_with(refused).up_to_n_times(1).mount(&server).await;
    Mock::given(path(REPORT)).respond_with(report(&[], 0, &berlin())).expect(1).mount(&server).await;
    let hour = period("2026-11-15T00:00:00Z", "2026-11-15T01:00:00Z");
    assert!(views(&server, |_| ()).views(&products(), hour).await.unwrap().quality.complete);
}

#[tokio::test]
async fn every_page_of_rows_is_read() {
    let server = MockServer::start().await;
    grant(&server, 1).await;
    let page = |hour: &str| row("/product/smart-speaker-mini/", hour, 1);
    for (offset, rows) in [("0", vec![page("2026111501"), page("2026111502")]), ("2", vec![page("2026111503")])] {
        let dates = json!([{"startDate": "2026-11-14", "endDate": "2026-11-16"}]);
        Mock::given(body_partial_json(json!({"limit": "2", "offset": offset, "dateRanges": dates})))
            .respond_with(report(&rows, 3, &berlin()))
            .expect(1)
            .mount(&server)
            .await;
    }
    let day = period("2026-11-14T23:00:00Z", "2026-11-15T23:00:00Z");
    let reading = views(&server, |config| config.page_size = 2).views(&products(), day).await.unwrap();
    assert_eq!((totals(&reading), reading.quality.complete), (vec![("11", 3)], true));
}

#[tokio::test]
async fn a_report_that_ends_early_or_grows_is_told_on() {
    let server = MockServer::start().await;
    grant(&server, 1).await;
    let rows = [row("/product/smart-speaker-mini/", "2026111501", 1)];
    Mock::given(body_partial_json(json!({"offset": "0"}))).respond_with(report(&rows, 3, &berlin())).mount(&server).await;
    Mock::given(body_partial_json(json!({"offset": "1"}))).respond_with(report(&[], 4, &berlin())).mount(&server).await;
    let day = period("2026-11-14T23:00:00Z", "2026-11-15T23:00:00Z");
    let reading = views(&server, |_| ()).views(&products(), day).await.unwrap();
    assert_eq!((totals(&reading), reading.quality.complete), (vec![("11", 1)], false));
    assert_eq!(
        reading.quality.notes,
        ["the report of Google Analytics changed while it was read", "Google Analytics counts more rows than it sent"]
    );
}

#[tokio::test]
async fn a_property_that_moved_is_asked_for_its_own_dates() {
    let server = MockServer::start().await;
    grant(&server, 1).await;
    let tokyo = json!({"timeZone": "Asia/Tokyo"});
    let first = report(&[row("/product/smart-speaker-mini/", "2026111500", 1)], 1, &berlin());
    Mock::given(path(REPORT)).respond_with(first).up_to_n_times(1).mount(&server).await;
    let rows = [row("/product/smart-speaker-mini/", "2026111500", 4)];
    Mock::given(path(REPORT)).respond_with(report(&rows, 1, &tokyo)).expect(2).mount(&server).await;
    let views = views(&server, |_| ());
    let day = period("2026-11-14T15:00:00Z", "2026-11-15T15:00:00Z");
    assert_eq!(totals(&views.views(&products(), day).await.unwrap()), [("11", 1)]);
    assert_eq!(totals(&views.views(&products(), day).await.unwrap()), [("11", 4)]);
}

#[tokio::test]
async fn plain_permalinks_are_asked_for_with_their_query() {
    let server = serve(&[row("/?product=tea&utm_source=x", "2026111500", 2)], &berlin()).await;
    let tea = product(5, "https://shop.example/?product=tea");
    let day = period("2026-11-14T23:00:00Z", "2026-11-15T23:00:00Z");
    let reading = views(&server, |_| ()).views(&[tea], day).await.unwrap();
    assert_eq!((totals(&reading), reading.quality.complete), (vec![("5", 2)], true));
    let requests = server.received_requests().await.unwrap();
    let asked: Value = requests.iter().find(|request| request.url.path() == REPORT).unwrap().body_json().unwrap();
    assert_eq!(asked["dimensions"][0]["name"], "pagePathPlusQueryString");
}

#[tokio::test]
async fn what_is_sampled_withheld_put_together_or_late_is_said() {
    let metadata = json!({
        "timeZone": "Europe/Berlin", "dataLossFromOtherRow": true, "subjectToThresholding": true,
        "samplingMetadatas": [{"samplesReadCount": "500", "samplingSpaceSize": "9000"}],
    });
    let rows = [
        row("(other)", "2026112201", 70),
        row("/product/smart-speaker-mini/", "(not set)", 2),
        row("/product/smart-speaker-mini/", "2026112201", 5),
    ];
    let server = serve(&rows, &metadata).await;
    let day = period("2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z");
    let reading = views(&server, |_| ()).views(&products(), day).await.unwrap();
    assert_eq!(totals(&reading), [("11", 5)]);
    assert!(!reading.quality.complete);
    assert_eq!(reading.quality.complete_until.unwrap().to_string(), "2026-11-21T00:00:00Z", "two days before now");
    let said = reading.quality.notes.join("; ");
    for part in ["a sample: 500 of 9000 events", "(other)", "withholds rows", "1 rows of Google Analytics could not be read"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(said.contains("may still add views from 2026-11-21T00:00:00Z on"));
    assert_eq!(reading.quality.notes.len(), 5, "each once");
}

#[tokio::test]
async fn an_empty_report_is_zero_only_when_it_is_final() {
    let server = serve(&[], &json!({})).await;
    let quality = async |from, to| views(&server, |_| ()).views(&products(), period(from, to)).await.unwrap().quality;
    assert!(quality("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z").await.complete);
    assert!(!quality("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z").await.complete);
    let given = serve(&[], &json!({"timeZone": "UTC", "emptyReason": "quoted words"})).await;
    let day = period("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z");
    let quality = views(&given, |_| ()).views(&products(), day).await.unwrap().quality;
    assert!(!quality.complete && !quality.notes.join(" ").contains("quoted"));
}

#[tokio::test]
async fn failures_are_told_apart_and_quote_nothing() {
    let day = period("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z");
    let problem = json!({"error": {"code": 403, "message": "quoted words", "status": "PERMISSION_DENIED"}});
    let cases = [
        (400, ErrorKind::Invalid),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::Invalid),
        (429, ErrorKind::RateLimited),
        (503, ErrorKind::Unavailable),
    ];
    for (status, kind) in cases {
        let server = MockServer::start().await;
        Mock::given(path("/token")).respond_with(granted()).mount(&server).await;
        Mock::given(path(REPORT)).respond_with(ResponseTemplate::new(status).set_body_json(&problem)).mount(&server).await;
        let error = views(&server, |_| ()).views(&products(), day).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.advice().is_some() && !format!("{error:?}").contains("quoted words"));
    }
    let server = MockServer::start().await;
    let refused = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."});
    Mock::given(path("/token")).respond_with(ResponseTemplate::new(400).set_body_json(refused)).mount(&server).await;
    let error = views(&server, |_| ()).views(&products(), day).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.advice().unwrap().contains("clock") && !format!("{error:?}").contains("eyJ"));
}

#[tokio::test]
async fn the_views_keep_the_promises_of_their_port() {
    let rows = [
        row("/product/smart-speaker-mini/", "2026102502", 9),
        row("/product/smart-speaker-mini/?a=1", "2026102503", 4),
        row("/product/smartwatch-active-2", "2026102503", 1),
    ];
    let server = serve(&rows, &berlin()).await;
    let autumn = period("2026-10-24T22:30:00Z", "2026-10-25T23:00:00Z");
    conformance::page_views(&views(&server, |_| ()), &products(), autumn).await.unwrap();
    let reading = views(&server, |_| ()).views(&products(), autumn).await.unwrap();
    assert_eq!(totals(&reading), [("11", 13), ("22", 1)]);
    assert_eq!(reading.observations.len(), 4, "the hour that strikes twice is two hours");
}

#[test]
fn the_key_is_not_shown() {
    let account = account().1;
    let shown = format!("{account:?}");
    let config = Ga4Config::new(Url::parse("https://analyticsdata.googleapis.com").unwrap(), 1, account);
    for shown in [shown, format!("{config:?}"), format!("{:?}", Ga4Views::new(config, clock()).unwrap())] {
        assert!(!shown.contains("reader@") && !shown.contains("PRIVATE"), "{shown}");
    }
}
