//! Recorded failures: each becomes one error that says what, where and what to do, and quotes nothing.

use std::error::Error;

use campaign_pilot_core::ports::Catalog;
use campaign_pilot_core::{ErrorKind, PortError};
use campaign_pilot_http::Url;
use campaign_pilot_store_client::{StoreConfig, WooStore};
use futures_util::StreamExt;
use tokio::net::TcpListener;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{KEY, SECRET, clock, config, currency, recorded, replay, store};

const PATH: &str = "/wp-json/wc/v3/products";

/// The failure of reading the products when every request for them is answered so.
async fn failure(answer: ResponseTemplate) -> (PortError, usize) {
    let server = MockServer::start().await;
    currency(&server).await;
    Mock::given(path(PATH)).respond_with(answer).mount(&server).await;
    let error = store(&server).products().next().await.unwrap().unwrap_err();
    let asked = server.received_requests().await.unwrap().iter().filter(|request| request.url.path() == PATH).count();
    (error, asked)
}

/// Everything that an error shows.
fn shown(error: &PortError) -> String {
    let mut text = format!("{error} | {} | {error:?}", error.advice().unwrap_or_default());
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(" | {cause}"));
        next = cause.source();
    }
    text
}

#[tokio::test]
async fn every_recorded_failure_is_told_apart() {
    use ErrorKind::{Forbidden, Invalid, RateLimited, Unauthorized, Unavailable, WrongServer};
    let cases = [
        ("003", Unauthorized, "sees no valid API key", "consumer key"),
        ("004", Unauthorized, "sees no valid API key", "consumer key"),
        ("006", Unauthorized, "sees no valid API key", "https"),
        ("010", Unauthorized, "sees no valid API key", "strips the Authorization header"),
        ("025", Unauthorized, "sees no valid API key", "consumer key"),
        ("005", Unauthorized, "refuses the API key", "consumer secret"),
        ("023", Unauthorized, "refuses the API key", "Read permission"),
        ("273", Forbidden, "does not let the API key's user see the products", "shop manager"),
        ("274", Forbidden, "does not let the API key's user see", "shop manager"),
        ("024", WrongServer, "no WordPress REST API", "pretty permalinks"),
        ("028", WrongServer, "behind a firewall", "allow"),
        ("084", WrongServer, "does not offer WooCommerce's API", "activate WooCommerce"),
        ("085", WrongServer, "does not offer WooCommerce's API", "activate WooCommerce"),
        ("029", RateLimited, "takes no more requests for now", "rest"),
        ("035", Invalid, "does not take the request for the products", "page size"),
        ("148", Invalid, "does not take the request for the products", "order statuses"),
        ("279", Unavailable, "fails with an error of its own", "Logs"),
        ("284", Unavailable, "closed for maintenance", "wait"),
        ("288", Unavailable, "closed for maintenance", "wait"),
        ("285", Unavailable, "without its database", "wp-config.php"),
        ("289", Unavailable, "does not get an answer from WordPress", "database"),
        ("286", Unavailable, "does not get an answer from WordPress", "PHP"),
    ];
    for (number, kind, message, advice) in cases {
        let (error, _) = failure(recorded(number)).await;
        assert_eq!(error.kind(), kind, "{number}: {error}");
        assert!(error.to_string().starts_with("the store at http://127.0.0.1:"), "{number}: {error}");
        assert!(error.to_string().contains(message), "{number}: {error}");
        assert!(error.advice().unwrap().contains(advice), "{number}: {:?}", error.advice());
        let shown = shown(&error);
        for quoted in ["nginx", "/srv/", "Stack trace", "Sorry", "<html", "Error establishing", KEY, SECRET] {
            assert!(!shown.contains(quoted), "{number} quotes {quoted}: {shown}");
        }
        assert!(shown.contains("GET http://127.0.0.1:"), "{number}: {shown}");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    // Three times each with 100, 25 and 10 items where fewer may help.
    for (number, asked) in [("286", 9), ("285", 9), ("029", 3), ("005", 1), ("028", 1), ("035", 1)] {
        assert_eq!(failure(recorded(number)).await.1, asked, "{number}");
    }
    // Maintenance asks for ten minutes, which does not fit: at once, with the wait.
    let (error, asked) = failure(recorded("284")).await;
    assert_eq!((error.retry_after().map(|wait| wait.as_secs()), asked), (Some(600), 1));
}

#[tokio::test]
async fn a_web_page_with_success_is_another_server() {
    let page = ResponseTemplate::new(200).set_body_raw("<!DOCTYPE html><title>Coming soon</title>", "text/html");
    let (error, _) = failure(page).await;
    assert_eq!(error.kind(), ErrorKind::WrongServer);
    assert!(error.to_string().contains("web page") && !shown(&error).contains("Coming soon"), "{error}");
}

#[tokio::test]
async fn json_that_is_no_list_is_malformed() {
    let (error, _) = failure(ResponseTemplate::new(200).set_body_json(serde_json::json!({"products": []}))).await;
    assert_eq!(error.kind(), ErrorKind::Malformed);
    let (error, _) = failure(ResponseTemplate::new(200).set_body_raw("[{\"id\": 1}}", "application/json")).await;
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn a_list_without_its_end_is_asked_for_again() {
    let (error, asked) = failure(ResponseTemplate::new(200).set_body_raw("[{\"id\": 1", "application/json")).await;
    assert_eq!((error.kind(), asked), (ErrorKind::Unavailable, 9));
    assert!(error.to_string().contains("does not answer completely"), "{error}");
}

#[tokio::test]
async fn a_redirect_names_the_address_to_use() {
    let moved =
        ResponseTemplate::new(301).insert_header("Location", "https://www.shop.example/wp-json/wc/v3/products?status=publish");
    let (error, asked) = failure(moved).await;
    assert_eq!((error.kind(), asked), (ErrorKind::WrongServer, 1));
    assert!(error.advice().unwrap().contains("https://www.shop.example/wp-json/wc/v3/products"), "{:?}", error.advice());
}

#[tokio::test]
async fn an_unreachable_host_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let store = WooStore::new(config(&address), clock()).unwrap();
    let error = store.check_health().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.to_string(), format!("the store at {address} cannot be reached"));
    assert!(error.source().unwrap().to_string().contains("connection refused after 3 attempts"));
}

#[test]
fn an_unencrypted_address_is_refused_before_anything_is_sent() {
    let settings = StoreConfig::new(Url::parse("http://shop.example").unwrap(), KEY, SECRET);
    let error = WooStore::new(settings, clock()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.advice().unwrap().contains("https://"));
    assert!(error.source().unwrap().to_string().contains("only sent over https"));
}

#[tokio::test]
async fn health_checks_products_orders_and_currency() {
    let server = MockServer::start().await;
    currency(&server).await;
    replay(&server, PATH, "049").await;
    replay(&server, "/wp-json/wc/v3/orders", "274").await;
    let error = store(&server).check_health().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().contains("the orders"), "{error}");
    let healthy = MockServer::start().await;
    currency(&healthy).await;
    Mock::given(any()).respond_with(recorded("128")).mount(&healthy).await;
    store(&healthy).check_health().await.unwrap();
}
