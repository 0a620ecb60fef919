//! Creating a campaign: sent once, and never claimed without proof.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{Currency, Effect, ErrorKind, ManualClock, Money, Period};
use campaign_pilot_impact_client::{ImpactConfig, ImpactPlatform, Listed, PlatformBehaviour};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::ResponseTemplate;

use crate::support::{
    Bench, NEW_AD, NOW, a_second_before, ad, at, campaign, config, created, done, json_ok, list, page_of_html, program, refusal,
    rejected, spec, tag, unknown,
};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";

/// The list in which an ad is looked for before it is let go.
const LOOKED_FOR: &str = "GET Ads?CampaignId=1000&PageSize=1000&DateCreatedStart=2026-06-02T04:55:00-07:00&Page=1";

/// Everything that a create asks, in order.
const WHOLE_CREATE: [&str; 6] =
    ["GET Campaigns/1000", "POST Ads", "GET Ads/892081", LOOKED_FOR, "PUT Ads/892081", "GET Ads/892081"];

/// What a form of our ad holds, with these dates.
fn form(start: &str, end: &str) -> BTreeMap<String, String> {
    let expected = [
        ("AdType", "TEXT_LINK".to_owned()),
        ("CampaignId", "1000".to_owned()),
        ("Description", "Holds a litre.".to_owned()),
        ("Labels", format!("campaign-pilot,{}", tag())),
        ("LandingPage", "https://shop.example/product/smart-water-bottle".to_owned()),
        ("Language", "ENGLISH".to_owned()),
        ("LimitedTimeEndDate", end.to_owned()),
        ("LimitedTimeStartDate", start.to_owned()),
        ("LinkText", "Stay cool with the Smart Water Bottle".to_owned()),
        ("Name", "Smart Water Bottle - Summer".to_owned()),
    ];
    expected.map(|(name, value)| (name.to_owned(), value)).into()
}

#[tokio::test]
async fn a_campaign_is_one_ad_that_is_held_back_until_it_is_the_only_one() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.launches(NEW_AD, START, END).await;

    let effect = done(bench.platform.create(&spec(), &tag()).await);

    assert_eq!(effect, Effect::Live { campaign: campaign(NEW_AD) });
    assert_eq!(bench.asked().await, WHOLE_CREATE);
    assert_eq!(bench.forms("POST").await, [form(&a_second_before(END), END)], "a copy of it runs for a second at the end");
    let released = bench.forms("PUT").await.remove(0);
    let mut expected = form(START, END);
    expected.insert("AllowDeepLinking".to_owned(), "true".to_owned());
    assert_eq!(released, expected);
}

#[tokio::test]
async fn a_flight_that_starts_later_is_scheduled_not_live() {
    const LATER: &str = "2026-06-03T00:00:00-07:00";
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.launches(NEW_AD, LATER, END).await;
    let mut spec = spec();
    spec.flight = Period::new(at(LATER), at(END)).unwrap();
    let effect = done(bench.platform.create(&spec, &tag()).await);
    assert_eq!(effect, Effect::Scheduled { campaign: campaign(NEW_AD), starts_at: at(LATER) });
}

#[tokio::test]
async fn where_scheduled_ads_are_not_listed_nothing_is_held_back() {
    let behaviour = PlatformBehaviour { scheduled_ads: Listed::No, ..PlatformBehaviour::default() };
    let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
    bench.program_is("ACTIVE").await;
    bench.answer("POST", "Ads", json_ok(&created(NEW_AD))).await;
    bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, END))).await;
    assert_eq!(done(bench.platform.create(&spec(), &tag()).await), Effect::Live { campaign: campaign(NEW_AD) });
    assert_eq!(bench.forms("POST").await, [form(START, END)]);
    assert_eq!(bench.asked().await, ["GET Campaigns/1000", "POST Ads", "GET Ads/892081"]);
}

#[tokio::test]
async fn an_ad_that_is_not_known_to_be_the_only_one_stays_held_back() {
    let held = |id| ad(id, &a_second_before(END), END);
    for (listed, kind, text) in [
        (json_ok(&list(&[])), ErrorKind::NotFound, "does not list it yet"),
        (json_ok(&list(&[held("7")])), ErrorKind::Conflict, "1 ads at impact.com carry the tag"),
        (json_ok(&list(&[held(NEW_AD), held("7")])), ErrorKind::Conflict, "2 ads at impact.com carry the tag"),
        (refusal(500, "no"), ErrorKind::Unavailable, "cannot be looked for"),
    ] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("GET", "Ads", listed).await;
        bench.launches(NEW_AD, START, END).await;
        let error = unknown(bench.platform.create(&spec(), &tag()).await, kind);
        assert!(error.to_string().starts_with("ad 892081 is held back") && error.to_string().contains(text), "{error}");
        assert!(bench.forms("PUT").await.is_empty());
    }
}

#[tokio::test]
async fn a_copy_that_has_ended_keeps_nothing_back() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    let ads = [ad(NEW_AD, &a_second_before(END), END), ad("7", START, START)];
    bench.answer("GET", "Ads", json_ok(&list(&ads))).await;
    bench.launches(NEW_AD, START, END).await;
    assert_eq!(done(bench.platform.create(&spec(), &tag()).await), Effect::Live { campaign: campaign(NEW_AD) });
}

#[tokio::test]
async fn letting_go_whose_answer_is_lost_is_done_if_the_ad_shows_it() {
    for (shown, is_done) in [(START, true), ("2026-06-07T23:59:59-07:00", false)] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("PUT", "Ads/892081", ResponseTemplate::new(502)).await;
        bench.launches(NEW_AD, shown, END).await;
        let applied = bench.platform.create(&spec(), &tag()).await;
        if is_done {
            assert_eq!(done(applied), Effect::Live { campaign: campaign(NEW_AD) });
        } else {
            unknown(applied, ErrorKind::Unavailable);
        }
    }
}

#[tokio::test]
async fn an_ad_that_may_not_run_is_ended_and_the_create_has_no_effect() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer_once("PUT", "Ads/892081", refusal(400, "Validation Failed")).await;
    bench.launches(NEW_AD, START, END).await;
    rejected(bench.platform.create(&spec(), &tag()).await, ErrorKind::Invalid);
    let forms = bench.forms("PUT").await;
    assert_eq!(forms.len(), 2);
    assert_eq!(forms[1]["LimitedTimeEndDate"], "2026-06-02T05:00:00-07:00", "the compensation ends it now");
}

#[tokio::test]
async fn letting_go_that_is_only_refused_for_now_is_said_again_later() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.answer_once("PUT", "Ads/892081", refusal(429, "slow down")).await;
    bench.launches(NEW_AD, START, END).await;
    unknown(bench.platform.create(&spec(), &tag()).await, ErrorKind::RateLimited);

    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    bench.launches(NEW_AD, START, END).await;
    assert_eq!(done(bench.platform.release(&campaign(NEW_AD), &spec()).await), Effect::Live { campaign: campaign(NEW_AD) });
    assert_eq!(done(bench.platform.release(&campaign(NEW_AD), &spec()).await), Effect::AlreadySo);
    assert_eq!(bench.forms("PUT").await.len(), 1);
}

#[tokio::test]
async fn a_program_that_is_not_active_stops_the_launch_and_says_what_to_do() {
    for (state, advice) in [("DEACTIVATED", "configure another program"), ("DELINQUENT", "overdue"), ("DREAMING", "state")] {
        let bench = Bench::new().await;
        bench.program_is(state).await;
        let error = rejected(bench.platform.create(&spec(), &tag()).await, ErrorKind::Precondition);
        assert_eq!(error.to_string(), format!("program 1000 at impact.com is {state}, not ACTIVE"));
        assert!(error.advice().unwrap().contains(advice), "{error:?}");
        assert_eq!(bench.asked().await, ["GET Campaigns/1000"]);
    }
}

#[tokio::test]
async fn what_cannot_run_is_refused_before_anything_is_sent() {
    let bench = Bench::new().await;
    let mut euros = spec();
    euros.budget = Money::parse("15", Currency::EUR).unwrap();
    let error = rejected(bench.platform.create(&euros, &tag()).await, ErrorKind::Invalid);
    assert_eq!(error.to_string(), "a campaign in another currency: its budget is in EUR, and impact.com bills in USD");

    let mut nameless = spec();
    nameless.name = " ".to_owned();
    rejected(bench.platform.create(&nameless, &tag()).await, ErrorKind::Invalid);

    bench.clock.advance_to(spec().flight.end());
    rejected(bench.platform.create(&spec(), &tag()).await, ErrorKind::Precondition);
    assert!(bench.asked().await.is_empty());
}

#[tokio::test]
async fn a_text_that_is_too_long_is_an_error_and_is_not_cut() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    let mut long = spec();
    long.copy.headline = "x".repeat(256);
    let error = rejected(bench.platform.create(&long, &tag()).await, ErrorKind::Invalid);
    assert!(error.to_string().contains("the link text has 256 characters"), "{error}");
    assert_eq!(bench.asked().await, ["GET Campaigns/1000"]);
}

#[tokio::test]
async fn a_clear_refusal_is_a_rejection() {
    let envelope = json!({"Status": "ERROR", "Message": "Validation Failed",
        "Errors": [{"Field": "LandingPage", "Message": "Not a valid URL"}]});
    for (answer, kind, text) in [
        (ResponseTemplate::new(400).set_body_json(&envelope), ErrorKind::Invalid, "LandingPage: Not a valid URL"),
        (json_ok(&envelope), ErrorKind::Invalid, "LandingPage: Not a valid URL"),
        (refusal(401, "Unauthorized"), ErrorKind::Unauthorized, "status 401"),
        (refusal(403, "Access Denied"), ErrorKind::Forbidden, "Access Denied"),
        (page_of_html(403), ErrorKind::WrongServer, "web page"),
        (ResponseTemplate::new(405), ErrorKind::Unsupported, "status 405"),
    ] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("POST", "Ads", answer).await;
        let error = rejected(bench.platform.create(&spec(), &tag()).await, kind);
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(bench.asked().await, ["GET Campaigns/1000", "POST Ads"]);
    }
}

#[tokio::test]
async fn a_used_up_limit_is_a_rejection_that_says_how_long_to_wait() {
    for header in ["Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        let answer = ResponseTemplate::new(429).insert_header(header, "120").set_body_json(json!({"message": "slow down"}));
        bench.answer("POST", "Ads", answer).await;
        let error = rejected(bench.platform.create(&spec(), &tag()).await, ErrorKind::RateLimited);
        assert_eq!(error.retry_after().unwrap().as_secs(), 120, "{header}");
        assert_eq!(bench.asked().await, ["GET Campaigns/1000", "POST Ads"]);
    }
}

#[tokio::test]
async fn an_unclear_answer_is_unknown_and_nothing_is_sent_twice() {
    for (answer, kind) in [
        (ResponseTemplate::new(500), ErrorKind::Unavailable),
        (refusal(503, "try later"), ErrorKind::Unavailable),
        (page_of_html(502), ErrorKind::Unavailable),
        (ResponseTemplate::new(200).set_body_string("{\"Status\":\"OK\",\"Ur"), ErrorKind::Malformed),
        (ResponseTemplate::new(200), ErrorKind::Malformed),
        (page_of_html(200), ErrorKind::WrongServer),
        (json_ok(&json!({"Status": "OK"})), ErrorKind::Malformed),
        (json_ok(&json!({"Status": "QUEUED", "QueuedUri": "/Advertisers/x/APISubmissions/A-1"})), ErrorKind::Malformed),
    ] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("POST", "Ads", answer).await;
        unknown(bench.platform.create(&spec(), &tag()).await, kind);
        assert_eq!(bench.asked().await, ["GET Campaigns/1000", "POST Ads"]);
    }
}

#[tokio::test]
async fn what_cannot_be_confirmed_is_unknown() {
    for (answer, kind) in [
        (ResponseTemplate::new(500), ErrorKind::Unavailable),
        (refusal(404, "Not found"), ErrorKind::NotFound),
        (json_ok(&ad(NEW_AD, START, START)), ErrorKind::Malformed),
        (json_ok(&ad("7", START, END)), ErrorKind::Malformed),
    ] {
        let bench = Bench::new().await;
        bench.program_is("ACTIVE").await;
        bench.answer("POST", "Ads", json_ok(&created(NEW_AD))).await;
        bench.answer("GET", "Ads/892081", answer).await;
        let error = unknown(bench.platform.create(&spec(), &tag()).await, kind);
        assert!(error.to_string().starts_with("ad 892081 was created at impact.com, but"), "{error}");
        assert_eq!(bench.forms("POST").await.len(), 1);
    }
}

/// What one connection asked first: its request line.
async fn request_line(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the request must be complete");
        bytes.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&bytes).lines().next().unwrap().to_owned()
}

async fn tell_program(stream: &mut TcpStream) {
    let body = program("ACTIVE").to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

fn platform_at(listener: &TcpListener) -> ImpactPlatform {
    let address = format!("http://{}", listener.local_addr().unwrap());
    ImpactPlatform::new(config(&address), Arc::new(ManualClock::starting_at(at(NOW)))).unwrap()
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_ad_is_sent_exactly_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = platform_at(&listener);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let line = request_line(&mut stream).await;
            let is_post = line.starts_with("POST");
            seen.lock().unwrap().push(line);
            // The write is read in full, and the connection closes without a word.
            if !is_post {
                tell_program(&mut stream).await;
            }
        }
    });

    let error = unknown(platform.create(&spec(), &tag()).await, ErrorKind::Unavailable);

    assert!(error.to_string().starts_with("cannot create the ad at impact.com"), "{error}");
    let lines = lines.lock().unwrap().clone();
    assert_eq!(lines.iter().filter(|line| line.starts_with("POST")).count(), 1, "{lines:?}");
    server.abort();
}

#[tokio::test]
async fn a_refused_connection_has_certainly_no_effect_and_may_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = platform_at(&listener);
    // The program can still be read; before the ad is sent, the server is gone.
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        request_line(&mut stream).await;
        tell_program(&mut stream).await;
    });

    let error = rejected(platform.create(&spec(), &tag()).await, ErrorKind::Unavailable);

    assert!(error.is_retryable());
    assert!(error.to_string().starts_with("cannot create the ad at impact.com"), "{error}");
    server.await.unwrap();
}
