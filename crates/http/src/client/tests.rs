//! The rules of an operation, on a scripted transport under paused time.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderName;
use jiff::SignedDuration;

use super::*;
use crate::{RateLimit, RetryPolicy};
use campaign_pilot_core::ManualClock;

#[derive(Clone, Debug)]
enum Step {
    Status(u16, Vec<(&'static str, &'static str)>),
    Break(HttpErrorKind, bool),
    Hang,
}

#[derive(Clone, Debug, Default)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    sent_at: Arc<Mutex<Vec<Instant>>>,
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    fn sent(&self) -> usize {
        self.sent_at.lock().unwrap().len()
    }

    /// The pauses between the attempts.
    fn pauses(&self) -> Vec<Duration> {
        self.sent_at.lock().unwrap().windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

#[async_trait]
impl Transport for Script {
    async fn call(&self, _: Outgoing) -> Result<Answer, Broken> {
        self.sent_at.lock().unwrap().push(Instant::now());
        let step = self.steps.lock().unwrap().pop_front().expect("more requests than the script foresees");
        match step {
            Step::Status(status, headers) => Ok(Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (HeaderName::try_from(name).unwrap(), HeaderValue::from_static(value)))
                    .collect(),
                body: Bytes::from_static(b"{}"),
            }),
            Step::Break(kind, may_have_been_sent) => {
                Err(Broken { kind, detail: "it broke".into(), may_have_been_sent, source: None })
            }
            Step::Hang => std::future::pending().await,
        }
    }
}

struct Setup {
    retry: RetryPolicy,
    rate: Option<RateLimit>,
    clock: Arc<ManualClock>,
    admission: Option<Arc<dyn Admission>>,
}

impl Default for Setup {
    fn default() -> Self {
        let clock = Arc::new(ManualClock::starting_at("2026-11-22T20:00:00Z".parse().unwrap()));
        Self { retry: RetryPolicy { seed: Some(1), ..RetryPolicy::default() }, rate: None, clock, admission: None }
    }
}

impl Setup {
    fn client(self, script: &Script) -> HttpClient {
        HttpClient::from_inner(Inner {
            base: Url::parse("https://api.example/v1/").unwrap(),
            path_parameter: None,
            auth: Auth::Query(vec![("consumer_secret".to_owned(), "hunter2".into())]),
            auth_header: None,
            headers: HeaderMap::new(),
            clock: Arc::<ManualClock>::clone(&self.clock),
            deadlines: Deadlines::default(),
            limits: Limits::default(),
            retries: Retries::new(self.retry),
            gate: Gate::new(self.rate, self.clock).unwrap(),
            admission: self.admission,
            transport: Box::new(script.clone()),
        })
    }
}

fn client(script: &Script) -> HttpClient {
    Setup::default().client(script)
}

fn ok() -> Step {
    Step::Status(200, vec![])
}

fn status(status: u16) -> Step {
    Step::Status(status, vec![])
}

const fn refused() -> Step {
    Step::Break(HttpErrorKind::Connect, false)
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_until_it_succeeds() {
    let script = Script::of([status(502), refused(), ok()]);
    let response = client(&script).send(&Request::get("things")).await.unwrap();
    assert_eq!((response.status(), response.attempts()), (200, 3));
    let pauses = script.pauses();
    assert!(pauses[0] <= Duration::from_millis(51) && pauses[1] <= Duration::from_millis(101), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn three_attempts_and_no_more() {
    let script = Script::of([refused(), refused(), refused()]);
    let error = client(&script).send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), script.sent()), (HttpErrorKind::Connect, 3, 3));
    assert!(!error.may_have_been_sent());
    assert!(error.to_string().starts_with("GET https://api.example/v1/things: it broke after 3 attempts in 0."), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_last_bad_answer_is_handed_out_with_its_body() {
    let script = Script::of([status(503), status(503), status(503)]);
    let response = client(&script).send(&Request::get("things")).await.unwrap();
    assert_eq!((response.status(), response.attempts(), &response.body()[..]), (503, 3, &b"{}"[..]));
    assert_eq!(response.error_for_status().unwrap_err().kind(), HttpErrorKind::Status(503));
}

#[tokio::test(start_paused = true)]
async fn answers_that_will_not_change_are_not_repeated() {
    for code in [400, 401, 403, 404, 501] {
        let script = Script::of([status(code)]);
        assert_eq!(client(&script).send(&Request::get("things")).await.unwrap().status(), code);
        assert_eq!(script.sent(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_exactly_once_whatever_happens() {
    let cases = [
        (refused(), false),
        (Step::Break(HttpErrorKind::Interrupted, true), true),
        (Step::Hang, true),
        (Step::Status(429, vec![("Retry-After", "1")]), false),
        (Step::Status(302, vec![("Location", "/elsewhere")]), true),
    ];
    for (step, may_have_been_sent) in cases {
        let script = Script::of([step.clone()]);
        let error = client(&script).send(&Request::post("things")).await.unwrap_err();
        assert_eq!((error.may_have_been_sent(), script.sent()), (may_have_been_sent, 1), "{step:?}");
    }
    let script = Script::of([status(503)]);
    let response = client(&script).send(&Request::put("things")).await.unwrap();
    assert!(response.error_for_status().unwrap_err().may_have_been_sent());
    assert_eq!(script.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_sent_with_post_is_repeated() {
    let script = Script::of([status(500), ok()]);
    client(&script).send(&Request::post("query").class(crate::Class::Read)).await.unwrap();
    assert_eq!(script.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asks_for_is_waited() {
    let script = Script::of([
        Step::Status(429, vec![("Retry-After", "7")]),
        Step::Status(503, vec![("Retry-After", "Sun, 22 Nov 2026 20:00:11 GMT")]),
        ok(),
    ]);
    client(&script).send(&Request::get("things")).await.unwrap();
    assert_eq!(script.pauses().iter().map(Duration::as_secs).collect::<Vec<_>>(), [7, 11]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_does_not_fit_fails_at_once_and_says_how_long() {
    let script = Script::of([Step::Status(429, vec![("X-RateLimit-Reset", "1200")])]);
    let start = Instant::now();
    let error = client(&script).send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (HttpErrorKind::RateLimited, Some(Duration::from_mins(15))));
    assert_eq!(start.elapsed(), Duration::ZERO);

    let script = Script::of([Step::Status(503, vec![("Retry-After", "600")])]);
    let response = client(&script).send(&Request::get("things")).await.unwrap();
    assert_eq!((response.status(), response.retry_after()), (503, Some(Duration::from_mins(10))));
    assert_eq!(script.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_ends_at_its_deadline_and_the_operation_at_its_own() {
    let script = Script::of([Step::Hang, Step::Hang, Step::Hang]);
    let start = Instant::now();
    let error = client(&script).send(&Request::get("things").operation_deadline(Duration::from_secs(15))).await.unwrap_err();
    assert_eq!((error.kind(), script.sent()), (HttpErrorKind::Timeout, 2));
    // One tick of the timer is a millisecond.
    assert!(start.elapsed() <= Duration::from_millis(15_001), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn retries_stop_when_the_quota_is_used_up_and_resume_after_successes() {
    let script = Script::of([refused(), refused(), refused(), ok(), ok(), ok(), refused(), ok()]);
    let retry = RetryPolicy { quota: 16, seed: Some(1), ..RetryPolicy::default() };
    let client = Setup { retry, ..Setup::default() }.client(&script);
    // 16 - 14 leaves 2: no second retry.
    let error = client.send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (HttpErrorKind::QuotaExhausted, 2));
    assert!(error.is_retryable() && error.to_string().contains("quota"), "{error}");
    let error = client.clone().send(&Request::get("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (HttpErrorKind::QuotaExhausted, 1));
    for _ in 0..3 {
        client.send(&Request::get("things")).await.unwrap();
    }
    // 2 + 3: still too little for a retry.
    assert_eq!(client.send(&Request::get("things")).await.unwrap_err().kind(), HttpErrorKind::QuotaExhausted);
}

#[tokio::test(start_paused = true)]
async fn clones_share_the_rate_limit_and_time_lifts_it() {
    let setup = Setup { rate: Some(RateLimit { limit: 1, per: Duration::from_mins(10), burst: 2 }), ..Setup::default() };
    let clock = Arc::<ManualClock>::clone(&setup.clock);
    let script = Script::of([ok(), ok(), ok()]);
    let client = setup.client(&script);
    client.send(&Request::get("things")).await.unwrap();
    client.clone().send(&Request::get("things")).await.unwrap();
    let error = client.clone().send(&Request::post("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (HttpErrorKind::RateLimited, 0));
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
    assert!(!error.may_have_been_sent());
    clock.advance(SignedDuration::from_mins(10));
    client.send(&Request::get("things")).await.unwrap();
    assert_eq!(script.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn redirects_are_refused_and_named_without_their_query() {
    let there = [("Location", "https://user:pw@www.api.example/v1/things?token=1")];
    let script = Script::of([Step::Status(301, there.to_vec()), Step::Status(302, there.to_vec())]);
    let client = client(&script);
    let error = client.send(&Request::get("things")).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Redirected);
    assert_eq!(error.redirect_target(), Some("https://www.api.example/v1/things"));
    let response = client.send(&Request::get("things").allow_redirect_answer()).await.unwrap();
    assert_eq!(response.location().unwrap().query(), Some("token=1"));
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_is_shown() {
    let script = Script::of([Step::Break(HttpErrorKind::Interrupted, true)]);
    let setup = Setup { retry: RetryPolicy { attempts: 1, ..RetryPolicy::default() }, ..Setup::default() };
    let client = setup.client(&script);
    let error = client.send(&Request::get("orders").query("email", "jane@example.com")).await.unwrap_err();
    for shown in [format!("{error:?} {error}"), format!("{client:?}"), format!("{:?}", client.base())] {
        assert!(!shown.contains("hunter2") && !shown.contains("jane"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn json_errors_name_the_request() {
    let script = Script::of([ok()]);
    let response = client(&script).send(&Request::get("things")).await.unwrap();
    let error = response.json::<Vec<u8>>().unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Malformed);
    assert!(error.to_string().starts_with("GET https://api.example/v1/things: the answer is JSON of another shape"), "{error}");
}

/// Refuses as often as it is told, and remembers what it saw.
#[derive(Default)]
struct Door {
    refusals: Mutex<VecDeque<Refusal>>,
    asked: Mutex<usize>,
    seen: Mutex<Vec<(u16, usize)>>,
}

#[async_trait]
impl Admission for Door {
    async fn admit(&self, _: &Request) -> Result<(), Refusal> {
        *self.asked.lock().unwrap() += 1;
        self.refusals.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }

    fn answered(&self, _: &Request, head: AnswerHead<'_>) {
        self.seen.lock().unwrap().push((head.status(), head.headers().count()));
    }
}

fn behind(script: &Script, refusals: Vec<Refusal>) -> (HttpClient, Arc<Door>) {
    let door = Arc::new(Door { refusals: Mutex::new(refusals.into()), ..Door::default() });
    let admission: Arc<dyn Admission> = Arc::<Door>::clone(&door);
    (Setup { admission: Some(admission), ..Setup::default() }.client(script), door)
}

fn later(seconds: u64) -> Refusal {
    Refusal::Later { wait: Duration::from_secs(seconds), reason: "the calls of this hour are used up".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_admitted_and_each_answer_seen() {
    let script = Script::of([status(502), Step::Status(200, vec![("x-ratelimit-remaining", "7")])]);
    let (client, door) = behind(&script, vec![later(2), later(1)]);
    client.send(&Request::get("things")).await.unwrap();
    assert_eq!((*door.asked.lock().unwrap(), script.sent()), (4, 2));
    assert_eq!(*door.seen.lock().unwrap(), [(502, 0), (200, 1)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_admitted_before_the_deadline_is_not_sent() {
    let script = Script::of([]);
    let (client, _) = behind(&script, vec![later(3_000)]);
    let error = client.send(&Request::post("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (HttpErrorKind::RateLimited, Some(Duration::from_secs(3_000))));
    assert!(!error.may_have_been_sent() && error.to_string().contains("used up"), "{error}");
    let full = campaign_pilot_core::PortError::new(campaign_pilot_core::ErrorKind::StorageFull, "no room");
    let (client, _) = behind(&script, vec![Refusal::Failed(full)]);
    let error = client.send(&Request::post("things")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent(), script.sent()), (HttpErrorKind::NotAdmitted, false, 0));
}

#[tokio::test(start_paused = true)]
async fn an_exact_address_never_goes_with_credentials() {
    let script = Script::of([]);
    let address = Url::parse("https://api.example/file?sig=1").unwrap();
    let error = client(&script).send(&Request::exact(address)).await.unwrap_err();
    assert_eq!((error.kind(), script.sent()), (HttpErrorKind::InvalidRequest, 0));
}

#[test]
fn can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<HttpClient>();
}
