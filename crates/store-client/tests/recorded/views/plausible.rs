//! Page views in the forms of Plausible's own documentation.

use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{ErrorKind, Period, conformance};
use campaign_pilot_http::Url;
use campaign_pilot_store_client::{PlausibleConfig, PlausibleViews};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{products, retry};
use crate::support::clock;

fn views(server: &MockServer, adapt: impl FnOnce(&mut PlausibleConfig)) -> PlausibleViews {
    let mut config = PlausibleConfig::new(Url::parse(&server.uri()).unwrap(), "shop.example", "stats-key");
    config.retry = retry();
    adapt(&mut config);
    PlausibleViews::new(config, clock()).unwrap()
}

fn period() -> Period {
    super::period("2026-11-21T22:00:00Z", "2026-11-22T12:00:00Z")
}

fn answer(rows: &Value, total: u64) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"results": rows, "meta": {"total_rows": total}, "query": {"site_id": "shop.example"}}))
}

async fn serve(rows: &Value) -> MockServer {
    let server = MockServer::start().await;
    let total = rows.as_array().unwrap().len() as u64;
    Mock::given(method("POST")).and(path("/api/v2/query")).respond_with(answer(rows, total)).mount(&server).await;
    server
}

#[tokio::test]
async fn the_question_is_the_documented_one() {
    let server = MockServer::start().await;
    let question = json!({
        "site_id": "shop.example",
        "metrics": ["pageviews"],
        "date_range": ["2026-11-21T22:00:00+00:00", "2026-11-22T11:59:59+00:00"],
        "dimensions": ["event:page", "time:hour"],
        "order_by": [["event:page", "asc"], ["time:hour", "asc"]],
        "include": {"total_rows": true},
        "pagination": {"limit": 10_000, "offset": 0},
    });
    Mock::given(method("POST"))
        .and(path("/api/v2/query"))
        .and(header("authorization", "Bearer stats-key"))
        .and(wiremock::matchers::body_json(&question))
        .respond_with(answer(&json!([]), 0))
        .expect(1)
        .mount(&server)
        .await;
    let reading = views(&server, |_| ()).views(&products(), period()).await.unwrap();
    assert!(reading.observations.is_empty() && reading.quality.complete);
    assert_eq!(reading.quality.notes, ["Plausible counted no view of any page"]);
    assert_eq!(reading.quality.complete_until, Some(period().end()));
}

#[tokio::test]
async fn pages_are_joined_to_products_in_the_sites_zone() {
    let rows = json!([
        {"metrics": [4], "dimensions": ["/product/smart-speaker-mini/", "2026-11-22 01:00:00"]},
        {"metrics": [2], "dimensions": ["/product/smart-speaker-mini", "2026-11-22 01:00:00"]},
        {"metrics": [1], "dimensions": ["/product/smart-speaker-mini/?add-to-cart=11", "2026-11-22 02:00:00"]},
        {"metrics": [90], "dimensions": ["/", "2026-11-22 01:00:00"]},
    ]);
    let server = serve(&rows).await;
    let berlin = views(&server, |config| config.time_zone = TimeZone::get("Europe/Berlin").unwrap());
    let reading = berlin.views(&products(), period()).await.unwrap();
    let seen: Vec<_> =
        reading.observations.iter().map(|seen| (seen.product.as_str(), seen.period.start().to_string(), seen.views)).collect();
    assert_eq!(seen, [("11", "2026-11-22T00:00:00Z".to_owned(), 6), ("11", "2026-11-22T01:00:00Z".to_owned(), 1)]);
}

#[tokio::test]
async fn every_page_of_rows_is_read() {
    let row =
        |hour: u32| json!({"metrics": [1], "dimensions": ["/product/smart-speaker-mini/", format!("2026-11-22 0{hour}:00:00")]});
    let server = MockServer::start().await;
    for (offset, rows) in [(0, json!([row(0), row(1)])), (2, json!([row(2), row(3)])), (4, json!([row(4)]))] {
        Mock::given(body_partial_json(json!({"pagination": {"limit": 2, "offset": offset}})))
            .respond_with(answer(&rows, 5))
            .expect(1)
            .mount(&server)
            .await;
    }
    let reading = views(&server, |config| config.page_size = 2).views(&products(), period()).await.unwrap();
    assert_eq!((reading.observations.len(), reading.quality.complete), (5, true));
}

#[tokio::test]
async fn fewer_rows_than_counted_and_unreadable_ones_are_noted() {
    let server = MockServer::start().await;
    let broken = json!({"metrics": [null], "dimensions": ["/product/smart-speaker-mini/", "2026-11-22 01:00:00"]});
    Mock::given(body_partial_json(json!({"pagination": {"offset": 0}})))
        .respond_with(answer(&json!([broken]), 3))
        .mount(&server)
        .await;
    Mock::given(body_partial_json(json!({"pagination": {"offset": 1}}))).respond_with(answer(&json!([]), 3)).mount(&server).await;
    let reading = views(&server, |_| ()).views(&products(), period()).await.unwrap();
    assert!(!reading.quality.complete);
    assert_eq!(reading.quality.notes, ["Plausible counts more rows than it sent", "1 rows of Plausible could not be read"]);
}

#[tokio::test]
async fn failures_are_told_apart_and_quote_nothing() {
    let cases = [
        (401, ErrorKind::Unauthorized, "refuses the API key"),
        (402, ErrorKind::Forbidden, "paid plan"),
        (400, ErrorKind::Invalid, "does not take the question"),
        (404, ErrorKind::WrongServer, "does not offer the Stats API v2"),
        (502, ErrorKind::Unavailable, "cannot answer now"),
        (429, ErrorKind::RateLimited, "takes no more requests"),
    ];
    for (status, kind, message) in cases {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(json!({"error": "quoted words"}));
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let error = views(&server, |_| ()).views(&products(), period()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.advice().is_some() && !format!("{error:?}").contains("quoted words"));
    }
}

#[tokio::test]
async fn the_views_keep_the_promises_of_their_port() {
    let rows = json!([{"metrics": [4], "dimensions": ["/product/smart-speaker-mini/", "2026-11-22 01:00:00"]}]);
    let server = serve(&rows).await;
    conformance::page_views(&views(&server, |_| ()), &products(), period()).await.unwrap();
}
