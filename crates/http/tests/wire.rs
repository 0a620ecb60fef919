//! The whole stack against real sockets: what is sent, and what broken answers become.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use campaign_pilot_http::{Auth, HttpClient, HttpClientBuilder, HttpErrorKind, JsonLimits, Limits, Request, RetryPolicy, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{any, basic_auth, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A client that does not dawdle between its attempts.
fn quick(base: &str) -> HttpClientBuilder {
    let short = Duration::from_millis(1);
    HttpClient::builder(Url::parse(base).unwrap()).retry(RetryPolicy {
        base: short,
        throttled_base: short,
        seed: Some(1),
        ..RetryPolicy::default()
    })
}

/// A server that reads each request, answers with raw bytes and closes; it counts the requests.
async fn raw(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<()>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            // A TLS greeting (22) is answered at once: it has no end of its own.
            while seen.first() != Some(&22) && !seen.windows(4).any(|window| window == b"\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            counted.fetch_add(1, Ordering::SeqCst);
            stream.write_all(answer).await.unwrap();
        }
    });
    (base, server, count)
}

#[tokio::test]
async fn sends_method_path_query_credentials_and_names_itself() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/wp-json/wc/v3/products"))
        .and(query_param("search", "tea & coffee"))
        .and(basic_auth("ck", "cs"))
        .and(header("accept", "application/json"))
        .and(header("ir-version", "14"))
        .and(header("user-agent", concat!("campaign-pilot/", env!("CARGO_PKG_VERSION"))))
        .respond_with(ResponseTemplate::new(200).set_body_json([1, 2]).insert_header("X-WP-Total", "2"))
        .expect(1)
        .mount(&server)
        .await;
    let base = format!("{}/wp-json", server.uri());
    let client = quick(&base).auth(Auth::basic("ck", "cs")).header("IR-Version", "14").build().unwrap();
    let response = client.send(&Request::get("wc/v3/products").query("search", "tea & coffee")).await.unwrap();
    assert_eq!(response.json::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!((response.header("x-wp-total"), response.media_type().as_str()), (Some("2"), "application/json"));
    assert_eq!(response.url(), format!("{base}/wc/v3/products"));
}

#[tokio::test]
async fn sends_forms_and_query_credentials() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(query_param("consumer_secret", "cs"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("Name=Tea&Labels=a%2Cb"))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    let auth = Auth::Query(vec![("consumer_secret".to_owned(), "cs".into())]);
    let client = quick(&server.uri()).auth(auth).build().unwrap();
    let response = client.send(&Request::post("Ads").form([("Name", "Tea"), ("Labels", "a,b")])).await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(!format!("{response:?}").contains("cs\""));
}

#[tokio::test]
async fn retries_show_on_the_server_and_writes_do_not() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502).set_body_string("<html>")).mount(&server).await;
    let client = quick(&server.uri()).build().unwrap();
    assert_eq!(client.send(&Request::get("a")).await.unwrap().attempts(), 3);
    assert_eq!(client.send(&Request::post("b")).await.unwrap().attempts(), 1);
    let sent: Vec<String> =
        server.received_requests().await.unwrap().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(sent, ["/a", "/a", "/a", "/b"]);
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = quick(&base).build().unwrap().send(&Request::post("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (HttpErrorKind::Connect, false));
    assert!(error.to_string().starts_with(&format!("POST {base}things: connection refused after 1 attempt in")), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_said_so() {
    let one = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
    // A label longer than 63 bytes cannot exist, so no name server is asked.
    let base = format!("http://{}.localhost/", "a".repeat(64));
    let error = quick(&base).retry(one).build().unwrap().send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (HttpErrorKind::Connect, false));
    assert!(error.to_string().contains("the host name could not be resolved"), "{error:?}");
}

#[tokio::test]
async fn a_lost_answer_may_have_taken_effect_and_is_not_sent_again() {
    for answer in [&b""[..], b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"Uri\":"] {
        let (base, server, count) = raw(answer).await;
        let error = quick(&base).build().unwrap().send(&Request::post("Ads")).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (HttpErrorKind::Interrupted, true));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        server.abort();
    }
}

#[tokio::test]
async fn a_truncated_read_is_repeated() {
    let (base, server, count) = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n").await;
    let error = quick(&base).build().unwrap().send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (HttpErrorKind::Interrupted, 3));
    assert_eq!(count.load(Ordering::SeqCst), 3);
    server.abort();
}

#[tokio::test]
async fn json_without_its_end_is_an_interrupted_answer() {
    let server = MockServer::start().await;
    let cut = ResponseTemplate::new(200).set_body_raw("[{\"id\": 1}, {\"id\"", "application/json; charset=UTF-8");
    Mock::given(any()).respond_with(cut).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json([1])).mount(&server).await;
    let client = quick(&server.uri()).build().unwrap();
    assert_eq!(client.send(&Request::get("things")).await.unwrap().attempts(), 2);

    let server = MockServer::start().await;
    let cut = ResponseTemplate::new(201).set_body_raw("{\"Uri\": \"/Ads/1", "application/json");
    Mock::given(any()).respond_with(cut).expect(1).mount(&server).await;
    let error = quick(&server.uri()).build().unwrap().send(&Request::post("Ads")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (HttpErrorKind::Interrupted, true));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_apart() {
    let (base, server, _) = raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    let client = quick(&base.replace("http://", "https://")).build().unwrap();
    let error = client.send(&Request::get("things")).await.unwrap_err();
    assert!(!error.is_retryable() && error.kind() == HttpErrorKind::Tls, "{error:?}");
    server.abort();
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_limit() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n";
    let (base, server, count) = raw(answer).await;
    let limits = Limits { body_bytes: 10, ..Limits::default() };
    let error = quick(&base).limits(limits).build().unwrap().send(&Request::get("things")).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::TooLarge);
    assert!(error.to_string().contains("larger than 10 bytes"), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    server.abort();
}

#[tokio::test]
async fn the_shape_of_json_is_limited() {
    let server = MockServer::start().await;
    Mock::given(path("/deep")).respond_with(ResponseTemplate::new(200).set_body_string("[[[1]]]")).mount(&server).await;
    Mock::given(path("/long")).respond_with(ResponseTemplate::new(200).set_body_string("[1,2,3]")).mount(&server).await;
    let limits = Limits { json: JsonLimits { array_items: 2, depth: 2 }, ..Limits::default() };
    let client = quick(&server.uri()).limits(limits).build().unwrap();
    for (path, kind) in [("deep", HttpErrorKind::TooDeep), ("long", HttpErrorKind::TooLarge)] {
        let response = client.send(&Request::get(path)).await.unwrap();
        assert_eq!(response.json::<serde_json::Value>().unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_neither_request_nor_credentials() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let server = MockServer::start().await;
    let target = format!("{}/things?key=1", elsewhere.uri());
    Mock::given(any()).respond_with(ResponseTemplate::new(302).insert_header("Location", target)).mount(&server).await;
    let client = quick(&server.uri()).auth(Auth::bearer("token")).build().unwrap();
    let error = client.send(&Request::get("things")).await.unwrap_err();
    assert_eq!(error.redirect_target(), Some(format!("{}/things", elsewhere.uri()).as_str()));
}
