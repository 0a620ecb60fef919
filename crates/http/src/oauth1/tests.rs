use serde::Deserialize;

use super::*;
use crate::transport::Outgoing;
use crate::{Auth, Body};

/// A request that a real WooCommerce accepted.
#[derive(Deserialize)]
struct Accepted {
    recorded: String,
    method: String,
    url: String,
    status: u16,
    base_string: Option<String>,
    signature: Option<String>,
    authorization: Option<String>,
}

fn accepted() -> Vec<Accepted> {
    serde_json::from_str(include_str!("../../tests/fixtures/oauth1.json")).unwrap()
}

/// The request before it was signed, and the parameters it was signed with.
fn unsigned(url: &str) -> (Url, Vec<(String, String)>) {
    let mut url = Url::parse(url).unwrap();
    let (own, others): (Vec<_>, Vec<_>) = url.query_pairs().into_owned().partition(|(name, _)| name.starts_with("oauth_"));
    url.query_pairs_mut().clear().extend_pairs(others);
    (url, own)
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    &pairs.iter().find(|(key, _)| key == name).unwrap().1
}

fn outgoing(method: &str, url: Url) -> Outgoing {
    let (headers, body) = (http::HeaderMap::new(), bytes::Bytes::new());
    Outgoing { method: method.parse().unwrap(), url, headers, body, body_limit: 0 }
}

fn auth(method: OAuth1Method, place: OAuth1Place) -> Auth {
    Auth::OAuth1 { key: format!("ck_{}", "a".repeat(40)), secret: format!("cs_{}", "b".repeat(40)).into(), method, place }
}

fn stamp(nonce: &str, seconds: &str) -> Stamp {
    Stamp { nonce: nonce.to_owned(), seconds: seconds.parse().unwrap() }
}

#[test]
fn signs_in_the_query_what_a_shop_accepted() {
    let mut seen = 0;
    for vector in accepted().into_iter().filter(|vector| vector.authorization.is_none()) {
        assert_eq!(vector.status, 200, "{}", vector.recorded);
        let (url, own) = unsigned(&vector.url);
        let method = match value(&own, "oauth_signature_method") {
            "HMAC-SHA1" => OAuth1Method::HmacSha1,
            _ => OAuth1Method::HmacSha256,
        };
        let stamp = stamp(value(&own, "oauth_nonce"), value(&own, "oauth_timestamp"));
        let mut request = outgoing(&vector.method, url.clone());
        auth(method, OAuth1Place::Query).sign(&mut request, &Body::Empty, || stamp);
        let (_, signed) = unsigned(request.url.as_str());
        assert_eq!(signed, own, "{}", vector.recorded);
        assert_eq!(value(&signed, "oauth_signature"), vector.signature.unwrap(), "{}", vector.recorded);
        let unsigned_own = own.iter().filter(|(name, _)| name != "oauth_signature");
        let parameters = url.query_pairs().into_owned().chain(unsigned_own.cloned());
        let encoded = parameters.map(|(name, value)| (encoded(&name), encoded(&value))).collect();
        assert_eq!(base_string(&Method::GET, &url, encoded), vector.base_string.unwrap(), "{}", vector.recorded);
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn signs_in_the_header_what_a_shop_accepted() {
    let vector = accepted().into_iter().find(|vector| vector.authorization.is_some()).unwrap();
    let mut request = outgoing(&vector.method, Url::parse(&vector.url).unwrap());
    let stamp = stamp("621c18fdb3ee61ee78b3c5ccd0f097e0", "1795378854");
    auth(OAuth1Method::HmacSha256, OAuth1Place::Header).sign(&mut request, &Body::Empty, || stamp);
    let header = &request.headers["authorization"];
    assert_eq!(header.to_str().unwrap(), vector.authorization.unwrap());
    assert!(header.is_sensitive());
    assert_eq!(request.url.as_str(), vector.url);
}

/// RFC 5849, 3.4.1.1, without its token: names that repeat, empty values, a form, and `+` for a space.
#[test]
fn the_base_string_is_the_one_of_rfc_5849() {
    let url = Url::parse("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
    let pairs = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("c2", ""),
        ("a3", "2 q"),
    ];
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all = url.query_pairs().into_owned().chain(pairs).map(|(name, value)| (encoded(&name), encoded(&value))).collect();
    assert_eq!(
        base_string(&Method::POST, &url, all),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26\
         oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26\
         oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

#[test]
fn a_form_is_signed_and_json_is_not() {
    let signature = |body: &Body| {
        let mut request = outgoing("POST", Url::parse("https://shop.example/a").unwrap());
        auth(OAuth1Method::default(), OAuth1Place::Query).sign(&mut request, body, || stamp("n", "1"));
        value(&unsigned(request.url.as_str()).1, "oauth_signature").to_owned()
    };
    let form = Body::Form(vec![("a".to_owned(), "b".to_owned())]);
    assert_ne!(signature(&form), signature(&Body::Empty));
    assert_eq!(signature(&Body::Json(serde_json::json!({"a": "b"}))), signature(&Body::Empty));
}

#[test]
fn a_nonce_differs_by_instant_and_by_chance() {
    let at = |text: &str, random| Stamp::new(text.parse().unwrap(), random).nonce;
    let (first, second) = ("2026-11-22T20:00:00Z", "2026-11-22T20:00:00.000000001Z");
    assert_eq!(at(first, 1).len(), 32);
    assert_ne!(at(first, 1), at(second, 1));
    assert_ne!(at(first, 1), at(first, 2));
}
