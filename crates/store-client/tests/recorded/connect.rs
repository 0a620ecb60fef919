//! Reaching a store: every way to prove whose a request is, and a diagnosis that tells the failures apart.

use std::sync::Arc;

use campaign_pilot_core::ManualClock;
use campaign_pilot_core::ports::Catalog;
use campaign_pilot_http::{OAuth1Method, OAuth1Place};
use campaign_pilot_store_client::{Authentication, Cause, Diagnosis, Permalinks, StoreConfig, WooStore};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::{KEY, SECRET, clock, config, recorded};

/// A host: what it answers to a request, by the number of a recording.
struct Host(fn(&Asked) -> &'static str);

/// What a host looks at.
struct Asked {
    path: String,
    query: Vec<(String, String)>,
    header: Option<String>,
    method: String,
}

impl Asked {
    fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn is_root(&self) -> bool {
        self.path.trim_end_matches('/') == "/wp-json" || self.value("rest_route") == Some("/")
    }

    fn basic(&self) -> bool {
        self.header.as_ref().is_some_and(|header| header.starts_with("Basic "))
    }

    fn signed(&self) -> bool {
        self.value("oauth_signature").is_some() || self.header.as_ref().is_some_and(|header| header.starts_with("OAuth "))
    }

    /// A shop in order: its root, its settings and an id.
    fn healthy(&self) -> &'static str {
        match self.path.as_str() {
            _ if self.is_root() => "314",
            path if path.ends_with("/system_status") => "197",
            _ => "009",
        }
    }
}

impl Respond for Host {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert!(header("user-agent").unwrap().starts_with("campaign-pilot/"));
        let asked = Asked {
            path: request.url.path().to_owned(),
            query: request.url.query_pairs().into_owned().collect(),
            header: header("authorization"),
            method: request.method.to_string(),
        };
        let is_oauth =
            asked.value("oauth_consumer_key").is_some() || asked.header.as_ref().is_some_and(|it| it.contains("OAuth"));
        assert!(!(is_oauth && request.url.as_str().contains(SECRET)), "a signature replaces the secret");
        recorded((self.0)(&asked))
    }
}

async fn serve(host: fn(&Asked) -> &'static str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Host(host)).mount(&server).await;
    server
}

async fn diagnose(host: fn(&Asked) -> &'static str, change: impl FnOnce(&mut StoreConfig)) -> (Diagnosis, MockServer) {
    let server = serve(host).await;
    let mut settings = config(&server.uri());
    change(&mut settings);
    // The time when the shop's root was recorded.
    let then = ManualClock::starting_at("2026-11-22T20:39:18Z".parse().unwrap());
    (WooStore::new(settings, Arc::new(then)).unwrap().diagnose().await, server)
}

const OAUTH: Authentication = Authentication::OAuth1 { method: OAuth1Method::HmacSha256, place: OAuth1Place::Query };

fn signs(config: &mut StoreConfig) {
    config.authentication = OAUTH;
}

/// What it is, what is found and how surely, what the host answers, and how the client is set up.
type Case = (&'static str, Cause, bool, fn(&Asked) -> &'static str, fn(&mut StoreConfig));

#[tokio::test]
async fn every_recorded_cause_is_told_apart() {
    // The recorded hosts were asked over https; here a loopback address stands for it, except where http is the point.
    let plain: fn(&mut StoreConfig) = |_| {};
    let in_query: fn(&mut StoreConfig) = |config| config.authentication = Authentication::Query;
    let cases: [Case; 20] = [
        ("unknown key, signed", Cause::UnknownKey, true, |asked| if asked.is_root() { "314" } else { "018" }, signs),
        ("unknown key in the query", Cause::UnknownKey, false, |asked| if asked.is_root() { "314" } else { "004" }, in_query),
        ("unknown key", Cause::UnknownKey, true, |asked| if asked.signed() { "018" } else { "004" }, plain),
        ("wrong secret", Cause::WrongSecret, true, |asked| if asked.is_root() { "314" } else { "005" }, plain),
        ("wrong secret, signed", Cause::WrongSecret, false, |asked| if asked.is_root() { "314" } else { "016" }, signs),
        ("write-only key", Cause::KeyWithoutPermission, true, |_| "023", plain),
        (
            "write-only key, translated",
            Cause::KeyWithoutPermission,
            true,
            |asked| if asked.method == "OPTIONS" { "009" } else { "005" },
            plain,
        ),
        ("a customer's key", Cause::UserWithoutRights, true, |asked| if asked.is_root() { "314" } else { "273" }, plain),
        ("http", Cause::HttpsNeeded, true, |asked| if asked.signed() { asked.healthy() } else { "006" }, plain),
        (
            "stripped header",
            Cause::HeaderStripped,
            true,
            |asked| match asked.value("consumer_key") {
                Some(_) if asked.value("consumer_secret") == Some(SECRET) => "011",
                Some(_) => "005",
                None => "010",
            },
            plain,
        ),
        ("clock, by its message", Cause::ClockOff, true, |asked| if asked.is_root() { "314" } else { "017" }, signs),
        ("clock, by its date", Cause::ClockOff, true, |_| "016", signs),
        (
            "plain permalinks",
            Cause::PlainPermalinks,
            true,
            |asked| if asked.path == "/" { asked.healthy() } else { "024" },
            plain,
        ),
        ("no page", Cause::NoRestRoute, false, |_| "024", plain),
        ("no route", Cause::NoRestRoute, true, |asked| if asked.is_root() { "314" } else { "084" }, plain),
        ("firewall", Cause::Firewall, true, |_| "028", plain),
        ("maintenance", Cause::Maintenance, true, |_| "284", plain),
        ("PHP fatal", Cause::PhpFatal, true, |_| "279", plain),
        ("PHP down", Cause::PhpDown, true, |_| "286", plain),
        ("database down", Cause::DatabaseDown, true, |_| "285", plain),
    ];
    for (name, cause, certain, host, change) in cases {
        let (diagnosis, _server) = diagnose(host, change).await;
        assert_eq!(diagnosis.cause(), Some(cause), "{name}: {diagnosis:?}");
        assert_eq!(diagnosis.findings[0].certain, certain, "{name}: {diagnosis:?}");
        let shown = format!("{diagnosis} {}", serde_json::to_string(&diagnosis).unwrap());
        assert!(!shown.contains(KEY) && !shown.contains(SECRET) && !shown.contains("nginx"), "{name}: {shown}");
        assert!(diagnosis.findings.iter().all(|finding| !finding.advice.is_empty()));
    }
}

#[tokio::test]
async fn a_rate_limit_an_error_page_and_another_site_are_told_apart() {
    let (diagnosis, _server) = diagnose(|_| "029", |_| ()).await;
    assert_eq!(diagnosis.cause(), Some(Cause::RateLimited));
    let (diagnosis, _server) = diagnose(|_| "289", |_| ()).await;
    assert_eq!(diagnosis.cause(), Some(Cause::DatabaseDown));
    let answers = |answer: ResponseTemplate| async move {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        WooStore::new(config(&server.uri()), clock()).unwrap().diagnose().await
    };
    let page = ResponseTemplate::new(200).set_body_raw("<!DOCTYPE html><title>Hello</title>", "text/html");
    assert_eq!(answers(page.clone()).await.cause(), Some(Cause::NotWooCommerce));
    let challenge = page.insert_header("cf-mitigated", "challenge").insert_header("server", "cloudflare");
    assert_eq!(answers(challenge).await.cause(), Some(Cause::Firewall));
    let login = ResponseTemplate::new(401).insert_header("www-authenticate", "Basic").set_body_raw("<html>", "text/html");
    assert_eq!(answers(login).await.cause(), Some(Cause::WebServerLogin));
    let moved = ResponseTemplate::new(301).insert_header("Location", "https://www.shop.example/");
    assert_eq!(answers(moved).await.cause(), Some(Cause::Redirected));
}

#[tokio::test]
async fn wordpress_without_woocommerce_is_told_apart() {
    let server = MockServer::start().await;
    let root =
        serde_json::json!({"name": "A blog", "namespaces": ["oembed/1.0", "wp/v2"], "timezone_string": "", "gmt_offset": 5.5});
    Mock::given(wiremock::matchers::path("/wp-json"))
        .respond_with(ResponseTemplate::new(200).set_body_json(root))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(recorded("084")).mount(&server).await;
    let diagnosis = WooStore::new(config(&server.uri()), clock()).unwrap().diagnose().await;
    assert_eq!(diagnosis.cause(), Some(Cause::NotWooCommerce));
    assert_eq!(diagnosis.shop.time_zone.as_deref(), Some("+05:30"));
}

/// What no clock shows is no zone, and no overflow either.
#[tokio::test]
async fn an_impossible_offset_is_no_time_zone() {
    for offset in ["-153722867280912930.13333333333", "27", "-26.1"] {
        let server = MockServer::start().await;
        let root = format!(r#"{{"name": "A", "namespaces": ["wp/v2"], "timezone_string": "", "gmt_offset": "{offset}"}}"#);
        let root = ResponseTemplate::new(200).set_body_raw(root, "application/json");
        Mock::given(wiremock::matchers::path("/wp-json")).respond_with(root).mount(&server).await;
        Mock::given(any()).respond_with(recorded("084")).mount(&server).await;
        let diagnosis = WooStore::new(config(&server.uri()), clock()).unwrap().diagnose().await;
        assert_eq!(diagnosis.shop.time_zone, None, "{offset}");
    }
}

#[tokio::test]
async fn nothing_at_the_address_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let diagnosis = WooStore::new(config(&address), clock()).unwrap().diagnose().await;
    assert_eq!(diagnosis.cause(), Some(Cause::Unreachable));
}

/// The secret is sent where the configuration sends it and nowhere else, whatever is found out.
#[tokio::test]
async fn a_diagnosis_does_not_spread_the_secret() {
    for host in [|_: &Asked| "004", |_: &Asked| "010", |_: &Asked| "005", |_: &Asked| "024"] {
        let (_, server) = diagnose(host, |_| ()).await;
        for request in server.received_requests().await.unwrap() {
            assert!(!request.url.as_str().contains(SECRET), "{}", request.url);
        }
    }
}

#[tokio::test]
async fn a_healthy_shop_tells_about_itself() {
    for change in [|_: &mut StoreConfig| (), |config: &mut StoreConfig| config.permalinks = Permalinks::Plain] {
        let (diagnosis, _server) = diagnose(
            |asked| match asked.value("rest_route") {
                Some("/wc/v3/system_status") => "197",
                _ => asked.healthy(),
            },
            change,
        )
        .await;
        assert!(diagnosis.is_healthy(), "{diagnosis:?}");
        let shop = &diagnosis.shop;
        assert_eq!(shop.name.as_deref(), Some("Campaign Pilot Test Shop"));
        assert_eq!((shop.woocommerce.as_deref(), shop.wordpress.as_deref()), (Some("9.9.5"), Some("6.9")));
        assert_eq!((shop.currency.unwrap().to_string().as_str(), shop.decimals, shop.hpos), ("EUR", Some(2), Some(true)));
        assert_eq!(shop.time_zone.as_deref(), Some("Europe/Berlin"));
        let read: Diagnosis = serde_json::from_str(&serde_json::to_string(&diagnosis).unwrap()).unwrap();
        assert_eq!(read, diagnosis);
    }
}

#[tokio::test]
async fn plain_permalinks_are_read_by_the_query() {
    let server = serve(|asked| {
        assert_eq!((asked.path.as_str(), asked.value("_via")), ("/", Some("/wp-json/wc/")));
        match asked.value("rest_route") {
            Some("/wc/v3/system_status") => "277",
            Some("/wc/v3/products") => "049",
            other => panic!("{other:?}"),
        }
    })
    .await;
    let mut settings = config(&server.uri());
    settings.permalinks = Permalinks::Plain;
    let page = WooStore::new(settings, clock()).unwrap().products().next().await.unwrap();
    assert!(page.is_ok(), "{page:?}");
}

/// Every attempt is signed anew, at the clock's time, and carries neither secret nor `Authorization: Basic`.
#[tokio::test]
async fn signed_requests_differ_each_time() {
    let server = serve(|asked| {
        assert!(asked.signed() && !asked.basic());
        "286"
    })
    .await;
    let mut settings = config(&server.uri());
    signs(&mut settings);
    let _failed = WooStore::new(settings, clock()).unwrap().check_health().await.unwrap_err();
    let requests = server.received_requests().await.unwrap();
    let value = |request: &Request, name: &str| request.url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let mut nonces: Vec<String> = requests.iter().map(|request| value(request, "oauth_nonce")).collect();
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    assert!(requests.iter().all(|request| value(request, "oauth_timestamp") == now.as_second().to_string()));
}

/// A redirect and a `Link` to another origin are told or ignored; nothing is ever sent there.
#[tokio::test]
async fn credentials_never_follow_to_another_origin() {
    let other = MockServer::start().await;
    Mock::given(any()).respond_with(recorded("049")).mount(&other).await;
    let elsewhere = other.uri().replace("127.0.0.1", "localhost");
    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(302).insert_header("Location", format!("{elsewhere}/wp-json/wc/v3/products"));
    Mock::given(any()).respond_with(moved).mount(&server).await;
    for authentication in [Authentication::Basic, Authentication::Query, OAUTH] {
        let mut settings = config(&server.uri());
        settings.authentication = authentication;
        let store = WooStore::new(settings, clock()).unwrap();
        let error = store.check_health().await.unwrap_err();
        assert!(error.advice().unwrap().contains(&elsewhere), "{error}");
        assert_eq!(store.diagnose().await.cause(), Some(Cause::Redirected));
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}
