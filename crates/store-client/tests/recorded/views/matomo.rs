//! Answers in the form of Matomo's Reporting API reference.

use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{ErrorKind, conformance};
use campaign_pilot_http::Url;
use campaign_pilot_store_client::{MatomoConfig, MatomoViews};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{period, products, retry, totals};
use crate::support::clock;

fn views(server: &MockServer, adapt: impl FnOnce(&mut MatomoConfig)) -> MatomoViews {
    let mut config = MatomoConfig::new(Url::parse(&format!("{}/stats/", server.uri())).unwrap(), 3, "matomo&token");
    config.retry = retry();
    config.time_zone = Some(TimeZone::UTC);
    adapt(&mut config);
    MatomoViews::new(config, clock()).unwrap()
}

fn row(url: &str, hits: u64) -> Value {
    json!({
        "label": url, "nb_visits": 1, "nb_hits": hits, "sum_time_spent": 20, "entry_nb_visits": 1, "exit_nb_visits": 1,
        "avg_time_on_page": 20, "bounce_rate": "50%", "exit_rate": "50%", "url": format!("https://shop.example{url}"),
    })
}

async fn answer(server: &MockServer, asked: &str, answer: Value) {
    Mock::given(method("POST"))
        .and(path("/stats/index.php"))
        .and(body_string_contains(asked))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1..)
        .mount(server)
        .await;
}

/// The forms that were sent, as pairs.
async fn forms(server: &MockServer) -> Vec<Vec<(String, String)>> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| url::form_urlencoded::parse(&request.body).into_owned().collect()).collect()
}

#[tokio::test]
async fn a_day_is_asked_for_with_the_token_in_the_body() {
    let server = MockServer::start().await;
    answer(&server, "date=2026-11-21", json!([row("/product/smart-speaker-mini/", 48)])).await;
    let day = period("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    let reading = views(&server, |_| ()).views(&products(), day).await.unwrap();
    let asked = [
        ("module", "API"),
        ("method", "Actions.getPageUrls"),
        ("format", "JSON"),
        ("language", "en"),
        ("idSite", "3"),
        ("period", "day"),
        ("date", "2026-11-21"),
        ("flat", "1"),
        ("filter_sort_column", "label"),
        ("filter_sort_order", "asc"),
        ("filter_limit", "1000"),
        ("filter_offset", "0"),
        ("keep_summary_row", "1"),
        ("token_auth", "matomo&token"),
    ];
    assert_eq!(forms(&server).await, [asked.map(|(name, value)| (name.to_owned(), value.to_owned()))]);
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.url.query().is_none()), "nothing secret in an address");
    assert_eq!(reading.observations.len(), 24);
    assert!(reading.observations.iter().all(|seen| seen.views == 2));
    assert_eq!((reading.quality.complete, reading.quality.complete_until), (true, Some(day.end())));
    assert_eq!(reading.quality.notes, ["Matomo counts by the day of UTC; its views are spread evenly over the hours of the day"]);
}

#[tokio::test]
async fn the_sites_zone_is_asked_for_once() {
    let server = MockServer::start().await;
    let site = json!([{"idsite": "3", "name": "shop", "main_url": "https://shop.example", "timezone": "Europe/Berlin"}]);
    Mock::given(body_string_contains("method=SitesManager.getSiteFromId"))
        .respond_with(ResponseTemplate::new(200).set_body_json(site))
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "date=2026-11-21", json!([row("/product/smart-speaker-mini", 24)])).await;
    let day = period("2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z");
    let views = views(&server, |config| config.time_zone = None);
    for _ in 0..2 {
        assert_eq!(totals(&views.views(&products(), day).await.unwrap()), [("11", 24)]);
    }
}

#[tokio::test]
async fn every_page_of_rows_is_read_and_halves_of_days_add_up() {
    let server = MockServer::start().await;
    let (mini, watch) = (row("/product/smart-speaker-mini/", 30), row("/de/product/smartwatch-active-2/?size=l", 7));
    answer(&server, "filter_offset=0", json!([mini, row("/", 900)])).await;
    answer(&server, "filter_offset=2", json!([watch])).await;
    let views = views(&server, |config| config.page_size = 2);
    let of = async |from, to| {
        let reading = views.views(&products(), period(from, to)).await.unwrap();
        totals(&reading).into_iter().map(|(_, views)| views).sum::<u64>()
    };
    let noon = "2026-11-20T12:00:00Z";
    assert_eq!(of("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z").await, 37);
    let halves = of("2026-11-20T00:00:00Z", noon).await + of(noon, "2026-11-21T00:00:00Z").await;
    assert_eq!(halves, 37);
}

#[tokio::test]
async fn a_day_that_runs_is_read_up_to_what_is_archived() {
    let server = MockServer::start().await;
    answer(&server, "date=2026-11-22", json!([row("/product/smart-speaker-mini/", 46)])).await;
    let day = period("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    let reading = views(&server, |_| ()).views(&products(), day).await.unwrap();
    // It is midnight, and the last hour is not in the reports yet.
    assert_eq!((reading.observations.len(), totals(&reading)), (23, vec![("11", 46)]));
    assert_eq!(reading.quality.complete_until.unwrap().to_string(), "2026-11-22T23:00:00Z");
    let nothing = MockServer::start().await;
    answer(&nothing, "date=2026-11-22", json!([])).await;
    let quality = views(&nothing, |_| ()).views(&products(), day).await.unwrap().quality;
    assert!(!quality.complete && quality.notes.iter().any(|note| note == "Matomo counted no view of any page"));
}

#[tokio::test]
async fn pages_put_together_and_unreadable_rows_are_noted() {
    let server = MockServer::start().await;
    let others = json!({"label": "/product/ - Others", "nb_visits": 4, "nb_hits": 9});
    let broken = json!({"label": "/a", "nb_hits": null, "url": "https://shop.example/a"});
    let text = json!({"label": "/b", "nb_hits": "24", "url": "https://shop.example/product/smart-speaker-mini/index"});
    answer(&server, "date=2026-11-21", json!([others, broken, text])).await;
    let day = period("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    let reading = views(&server, |_| ()).views(&products(), day).await.unwrap();
    assert_eq!(totals(&reading), [("11", 24)]);
    assert!(!reading.quality.complete);
    let said = reading.quality.notes.join(" ");
    assert!(said.contains("Others") && said.contains("1 rows of Matomo could not be read"), "{said}");
}

#[tokio::test]
async fn failures_are_told_apart_and_quote_nothing() {
    let cases = [
        ("Unable to authenticate with the provided token. It is either invalid or expired", ErrorKind::Unauthorized),
        ("You can't access this resource as it requires 'view' access for the website id = 3.", ErrorKind::Forbidden),
        ("An unexpected website was found in the request: website id was set to '3'.", ErrorKind::Invalid),
        ("The method 'getPageUrls' does not exist", ErrorKind::Invalid),
    ];
    let day = period("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    for (message, kind) in cases {
        let server = MockServer::start().await;
        answer(&server, "", json!({"result": "error", "message": message})).await;
        let error = views(&server, |_| ()).views(&products(), day).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{message}");
        assert!(error.advice().is_some() && !format!("{error:?}").contains(message));
    }
    for (status, kind) in [(403, ErrorKind::Forbidden), (404, ErrorKind::WrongServer), (503, ErrorKind::Unavailable)] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        assert_eq!(views(&server, |_| ()).views(&products(), day).await.unwrap_err().kind(), kind);
    }
    let server = MockServer::start().await;
    answer(&server, "", json!("<html>")).await;
    assert_eq!(views(&server, |_| ()).views(&products(), day).await.unwrap_err().kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn the_views_keep_the_promises_of_their_port() {
    let server = MockServer::start().await;
    let rows = json!([row("/product/smart-speaker-mini/", 1_001), row("/product/smart-speaker-mini/?x=1", 5)]);
    answer(&server, "", rows).await;
    let cut = period("2026-11-19T07:20:00Z", "2026-11-22T12:00:00Z");
    conformance::page_views(&views(&server, |_| ()), &products(), cut).await.unwrap();
}
