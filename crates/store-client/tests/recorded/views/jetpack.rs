//! Answers in the form of WordPress.com's documentation of `stats/top-posts` and `stats/post`.

use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{ErrorKind, conformance};
use campaign_pilot_http::Url;
use campaign_pilot_store_client::{JetpackConfig, JetpackViews};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{period, product, products, retry, totals};
use crate::support::clock;

const TOP_POSTS: &str = "/rest/v1.1/sites/shop.example/stats/top-posts";

fn views(server: &MockServer, adapt: impl FnOnce(&mut JetpackConfig)) -> JetpackViews {
    let mut config = JetpackConfig::new(Url::parse(&server.uri()).unwrap(), "shop.example", "wpcom-token");
    config.retry = retry();
    adapt(&mut config);
    JetpackViews::new(config, clock()).unwrap()
}

fn post(id: u64, href: &str, views: u64) -> Value {
    json!({"id": id, "href": href, "date": "2026-01-06 21:09:00", "title": "A title", "type": "post", "views": views})
}

fn day(posts: &[Value], other_views: u64) -> Value {
    json!({"postviews": posts, "total_views": 99, "other_views": other_views})
}

async fn answer(server: &MockServer, days: Value) {
    let body = json!({"date": "2026-11-22", "period": "day", "days": days});
    Mock::given(method("GET"))
        .and(path(TOP_POSTS))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

#[tokio::test]
async fn days_are_asked_for_and_joined_by_page_or_id() {
    let server = MockServer::start().await;
    let first = [post(11, "https://shop.example/product/smart-speaker-mini/", 24), post(0, "https://shop.example/", 70)];
    let second = [post(22, "https://shop.example/?p=22", 48)];
    for (date, posts) in [("2026-11-20", &first[..]), ("2026-11-21", &second[..])] {
        let body = json!({"date": date, "period": "day", "days": {date: day(posts, 0)}});
        Mock::given(method("GET"))
            .and(path(TOP_POSTS))
            .and(header("authorization", "Bearer wpcom-token"))
            .and(query_param("period", "day"))
            .and(query_param("date", date))
            .and(query_param("num", "1"))
            .and(query_param("max", "0"))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .expect(1)
            .mount(&server)
            .await;
    }
    let both = period("2026-11-19T23:00:00Z", "2026-11-21T23:00:00Z");
    let berlin = views(&server, |config| config.time_zone = TimeZone::get("Europe/Berlin").unwrap());
    let reading = berlin.views(&products(), both).await.unwrap();
    assert_eq!(totals(&reading), [("11", 24), ("22", 48)]);
    assert_eq!(reading.observations[0].period.start(), both.start());
    assert!(reading.quality.complete && reading.quality.notes[0].starts_with("Jetpack counts by the day"));
}

#[tokio::test]
async fn few_products_over_many_days_are_asked_for_one_by_one() {
    let server = MockServer::start().await;
    let data = json!({
        "date": "2026-11-22", "views": 60, "fields": ["period", "views"],
        "data": [["2026-10-01", 6], ["2026-11-01", 48], ["2026-11-02", 0], ["2026-11-03", 6]],
    });
    Mock::given(method("GET"))
        .and(path("/rest/v1.1/sites/shop.example/stats/post/11"))
        .respond_with(ResponseTemplate::new(200).set_body_json(data))
        .expect(1)
        .mount(&server)
        .await;
    let unknown = json!({"error": "unknown_post", "message": "Unknown post"});
    Mock::given(path("/rest/v1.1/sites/shop.example/stats/post/99"))
        .respond_with(ResponseTemplate::new(404).set_body_json(unknown))
        .mount(&server)
        .await;
    let month = period("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z");
    let mini = product(11, "https://shop.example/product/smart-speaker-mini/");
    let reading = views(&server, |_| ()).views(std::slice::from_ref(&mini), month).await.unwrap();
    assert_eq!((totals(&reading), reading.quality.complete), (vec![("11", 54)], true));
    let new = product(99, "https://shop.example/product/new/");
    let reading = views(&server, |_| ()).views(&[new], month).await.unwrap();
    assert!(reading.observations.is_empty() && !reading.quality.complete);
}

#[tokio::test]
async fn what_is_left_out_is_noted() {
    let server = MockServer::start().await;
    let broken = json!({"id": 5, "href": "https://shop.example/a", "views": null});
    answer(&server, json!({"2026-11-20": day(&[broken], 7)})).await;
    let both = period("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
    let quality = views(&server, |_| ()).views(&products(), both).await.unwrap().quality;
    assert!(!quality.complete);
    assert_eq!(
        quality.notes[1..],
        [
            "WordPress.com left out 7 views of 2026-11-20",
            "WordPress.com left out 2026-11-21",
            "1 rows of Jetpack could not be read"
        ]
    );
}

#[tokio::test]
async fn failures_are_told_apart_and_quote_nothing() {
    let cases = [
        (400, "invalid_token", ErrorKind::Unauthorized),
        (403, "unauthorized", ErrorKind::Forbidden),
        (404, "invalid_blog", ErrorKind::Invalid),
        (404, "unknown_blog", ErrorKind::Invalid),
        (500, "server_error", ErrorKind::Unavailable),
    ];
    let day = period("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    for (status, code, kind) in cases {
        let server = MockServer::start().await;
        let body = json!({"error": code, "message": "quoted words"});
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(status).set_body_json(body)).mount(&server).await;
        let error = views(&server, |_| ()).views(&products(), day).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.advice().is_some() && !format!("{error:?}").contains("quoted words"));
    }
}

#[tokio::test]
async fn the_views_keep_the_promises_of_their_port() {
    let server = MockServer::start().await;
    let posts = [post(11, "https://shop.example/product/smart-speaker-mini/", 100)];
    answer(&server, json!({"2026-11-21": day(&posts, 0), "2026-11-22": day(&posts, 0)})).await;
    let cut = period("2026-11-21T07:20:00Z", "2026-11-22T12:00:00Z");
    conformance::page_views(&views(&server, |_| ()), &products(), cut).await.unwrap();
}
