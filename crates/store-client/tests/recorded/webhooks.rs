//! Deliveries that WooCommerce 9.9 sent: webhook 1 with the secret `whsec`, webhook 2 with one that the store made up.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use campaign_pilot_http::Url;
use campaign_pilot_store_client::webhook::{
    Change, ChangeHint, Delivery, Event, Fresh, Subject, WebhookError, WebhookErrorKind, WebhookVerifier,
};
use campaign_pilot_store_client::{StoreConfig, WooApi};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use sha2::Sha256;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{clock, recorded};

const SECRET: &str = "whsec";
const PINGS: [&str; 5] = ["01", "06", "10", "14", "18"];
const OF_KNOWN_SECRET: [&str; 4] = ["02", "03", "19", "21"];
const OF_UNKNOWN_SECRET: [&str; 7] = ["05", "07", "09", "11", "13", "15", "17"];

/// A delivery as it came.
struct Recorded {
    headers: Vec<(String, String)>,
    body: String,
}

fn delivery(number: &str) -> Recorded {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/woocommerce/webhooks/{number}.json"));
    let mut json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let headers = serde_json::from_value(json["headers"].take()).unwrap();
    Recorded { headers, body: json["raw"].as_str().unwrap().to_owned() }
}

impl Recorded {
    fn received_by(&self, verifier: &WebhookVerifier, now: &str) -> Result<Delivery, WebhookError> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        verifier.receive(headers, self.body.as_bytes(), now.parse().unwrap())
    }

    fn received(&self) -> Result<Delivery, WebhookError> {
        self.received_by(&verifier(), "2026-11-22T20:31:00Z")
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(found, _)| found == name).unwrap().1
    }

    /// The same, signed with a secret that is known.
    fn signed_again(mut self) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(self.body.as_bytes());
        *self.header("X-WC-Webhook-Signature") = STANDARD.encode(mac.finalize().into_bytes());
        self
    }
}

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new(SECRET).unwrap()
}

fn event(delivery: Delivery) -> Event {
    if let Delivery::Event(event) = delivery { Some(event) } else { None }.unwrap()
}

fn kind(result: Result<Delivery, WebhookError>) -> WebhookErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn every_recorded_delivery_is_accounted_for() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce/webhooks");
    let known = PINGS.len() + OF_KNOWN_SECRET.len() + OF_UNKNOWN_SECRET.len();
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), known);
}

#[test]
fn pings_are_recognised_and_mean_no_more() {
    for number in PINGS {
        let webhook_id = if number == "01" { 1 } else { 2 };
        assert_eq!(delivery(number).received(), Ok(Delivery::Ping { webhook_id }));
    }
}

#[test]
fn signed_deliveries_become_events() {
    for number in OF_KNOWN_SECRET {
        let event = event(delivery(number).received().unwrap());
        assert_eq!((event.topic.as_str(), &event.resource, &event.event), ("order.updated", &Subject::Order, &Change::Updated));
        assert_eq!(event.webhook_id, Some(1));
    }
    let order = event(delivery("03").received().unwrap());
    assert_eq!((order.id, order.hint()), (Some(707), ChangeHint::Order(707)));
    assert_eq!(order.delivery_id.as_deref(), Some("3d22e91596e8e488ffd388af639b94b4"));
    assert_eq!(order.at, Some("2026-11-22T20:30:05Z".parse::<Timestamp>().unwrap()));
    // The order was gone before the delivery left: the store signed its own error.
    assert_eq!(event(delivery("02").received().unwrap()).hint(), ChangeHint::Any(Subject::Order));
}

#[test]
fn a_secret_that_is_not_the_webhooks_is_told() {
    for number in OF_UNKNOWN_SECRET {
        assert_eq!(kind(delivery(number).received()), WebhookErrorKind::WrongSignature);
        let event = event(delivery(number).signed_again().received().unwrap());
        assert_eq!((event.webhook_id, event.hint()), (Some(2), ChangeHint::Product(22)));
    }
    for number in OF_KNOWN_SECRET {
        let other = WebhookVerifier::new("whsec ").unwrap();
        assert_eq!(kind(delivery(number).received_by(&other, "2026-11-22T20:31:00Z")), WebhookErrorKind::WrongSignature);
    }
}

#[test]
fn headers_come_in_any_case_and_are_not_trusted() {
    let mut lower = delivery("03");
    lower.headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
    assert_eq!(event(lower.received().unwrap()).id, Some(707));
    let mut stripped = delivery("03");
    stripped.headers.retain(|(name, _)| name != "X-WC-Webhook-Signature");
    assert_eq!(kind(stripped.received()), WebhookErrorKind::Unsigned);
    let mut bare = delivery("03");
    bare.headers.retain(|(name, _)| name == "X-WC-Webhook-Signature");
    let event = event(bare.received().unwrap());
    assert_eq!((event.resource, event.id, event.delivery_id), (Subject::Other(String::new()), Some(707), None));
}

#[test]
fn copies_are_recognised_also_under_another_name() {
    let verifier = verifier();
    let early = "2026-11-22T20:31:00Z";
    event(delivery("03").received_by(&verifier, early).unwrap());
    let mut copy = delivery("03");
    *copy.header("X-WC-Webhook-Delivery-ID") = "0".repeat(32);
    assert!(matches!(copy.received_by(&verifier, "2026-11-23T20:30:00Z"), Ok(Delivery::Repeated(_))));
    assert!(matches!(copy.received_by(&verifier, "2026-11-23T20:30:06Z"), Ok(Delivery::Stale(_))));
    // Two deliveries of the same words without a date are two.
    event(delivery("02").received_by(&verifier, early).unwrap());
    event(delivery("19").received_by(&verifier, early).unwrap());
    assert!(matches!(delivery("19").received_by(&verifier, early), Ok(Delivery::Repeated(_))));
}

#[test]
fn nothing_of_the_body_is_handed_out() {
    let delivery = delivery("03");
    assert!(delivery.body.contains("max34@guest.example.com"), "the recording holds what must not get out");
    let shown = format!("{:?} {:?}", delivery.received(), WebhookVerifier::new("x").unwrap());
    for personal in ["max34", "Max", "Gast", "50667", "wc_order", "219.99"] {
        assert!(!shown.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_hint_is_followed_to_what_the_store_says_now() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/wp-json/wc/v3/products/22"))
        .respond_with(recorded("082"))
        .expect(1)
        .mount(&server)
        .await;
    let config = StoreConfig::new(Url::parse(&server.uri()).unwrap(), "ck_key", "cs_secret");
    let api = WooApi::new(config, clock()).unwrap();
    let hint = event(delivery("05").signed_again().received().unwrap()).hint();
    // The delivery told of a product; the store does not know it any more.
    assert!(matches!(hint.follow(&api).await.unwrap(), Fresh::Product(None)));
    assert!(matches!(ChangeHint::Any(Subject::Order).follow(&api).await.unwrap(), Fresh::ReadChanges));
}

/// An order that is there but cannot be read is an error: nobody may take it for deleted.
#[tokio::test]
async fn an_unreadable_order_is_not_told_as_gone() {
    let server = MockServer::start().await;
    let mut order = crate::support::full("orders-1").as_array().unwrap()[0].clone();
    order["currency"] = serde_json::json!("no currency");
    let id = order["id"].as_u64().unwrap();
    let answer = ResponseTemplate::new(200).set_body_json(serde_json::json!([order]));
    Mock::given(method("GET")).and(path("/wp-json/wc/v3/orders")).respond_with(answer).mount(&server).await;
    let api = WooApi::new(crate::support::config(&server.uri()), clock()).unwrap();
    let error = ChangeHint::Order(id).follow(&api).await.unwrap_err();
    assert_eq!(error.kind(), campaign_pilot_core::ErrorKind::Malformed, "{error}");
}

proptest! {
    #[test]
    fn every_single_change_breaks_the_signature(number in 0usize..4, at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let recorded = delivery(OF_KNOWN_SECRET[number]);
        let mut body = recorded.body.into_bytes();
        let at = at.index(body.len());
        body[at] ^= flip;
        let headers = recorded.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let result = verifier().receive(headers, &body, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(kind(result), WebhookErrorKind::WrongSignature);
    }

    #[test]
    fn any_request_is_taken_without_harm(body in prop::collection::vec(any::<u8>(), 0..200), value in prop::collection::vec(any::<u8>(), 0..80)) {
        let headers = ["X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID"].map(|name| (name, value.as_slice()));
        prop_assert_eq!(kind(verifier().receive(headers, &body, Timestamp::UNIX_EPOCH)), WebhookErrorKind::WrongSignature);
    }
}
