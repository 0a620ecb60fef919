//! The middleware that shows the faults.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use rand::RngExt;
use tokio::net::TcpListener;

use super::line::{Line, Lines};
use super::{FaultRates, Lateness};
use crate::impact::{Front, SeenRequest, tag_of};
use crate::market::Streams;
use crate::simulation::Simulation;

/// What is decided about a request before it is handled; in the request's extensions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    /// Its answer will never arrive.
    pub(crate) lost_answer: bool,
    /// After how much simulated time it takes effect, instead of at once.
    pub(crate) late: Option<SignedDuration>,
    /// After how much simulated time it takes effect once more.
    pub(crate) copied: Option<SignedDuration>,
    /// It is such a copy.
    pub(crate) is_copy: bool,
}

/// Which of the process's requests to impact.com a request is, if they are remembered; in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival(pub(crate) u64);

/// Which of the three servers a request came to: they fail in different words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ServerKind {
    /// The WooCommerce store.
    Store,
    /// impact.com.
    Platform,
    /// Plausible.
    Views,
}

/// One server's view of the faults.
#[derive(Debug)]
pub(crate) struct FaultLayer {
    kind: ServerKind,
    streams: Streams,
    world: Arc<Simulation>,
    seen: Mutex<HashMap<u64, u64>>,
}

impl FaultLayer {
    pub(crate) fn new(kind: ServerKind, world: Arc<Simulation>) -> Self {
        Self { kind, streams: world.streams(), world, seen: Mutex::new(HashMap::new()) }
    }

    fn is_write(&self, method: &Method) -> bool {
        self.kind != ServerKind::Views && !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    fn refusals(&self, request: &Request) -> Refusals {
        match self.kind {
            ServerKind::Store => Refusals::Store,
            ServerKind::Platform => Refusals::Platform(
                self.world.with(|state| Front::of(request.uri(), request.headers(), state.platform.settings())),
            ),
            ServerKind::Views => Refusals::Views,
        }
    }

    /// Draws what happens to a request: the same for the n-th coming of the same request.
    fn draw(&self, method: &Method, target: &str, rates: FaultRates) -> Drawn {
        let request = fingerprint([self.kind.name(), method.as_str(), target]);
        let nth = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let count = seen.entry(request).or_default();
            *count += 1;
            *count
        };
        let mut rng = self.streams.faults(request, nth);
        let draws: [f64; 4] = rng.random();
        let [too_many, error, lost, truncated] = draws;
        let server_error = (error < rates.server_error).then(|| match rng.random_range(0..3) {
            0 => StatusCode::INTERNAL_SERVER_ERROR,
            1 => StatusCode::BAD_GATEWAY,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        });
        let [lost_request, masked, late, twice, delay]: [f64; 5] = rng.random();
        Drawn {
            too_many_requests: too_many < rates.too_many_requests,
            server_error,
            lost_answer: lost < rates.lost_answer,
            truncated: truncated < rates.truncated,
            lost_request: lost_request < rates.lost_request,
            masked: (masked < rates.masked_answer).then_some(if delay < 0.5 {
                StatusCode::BAD_GATEWAY
            } else {
                StatusCode::GATEWAY_TIMEOUT
            }),
            late: late < rates.late,
            twice: twice < rates.twice,
            delay,
        }
    }
}

struct Drawn {
    too_many_requests: bool,
    server_error: Option<StatusCode>,
    lost_answer: bool,
    truncated: bool,
    lost_request: bool,
    masked: Option<StatusCode>,
    late: bool,
    twice: bool,
    /// The part of the greatest lateness that it takes.
    delay: f64,
}

impl ServerKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Platform => "platform",
            Self::Views => "views",
        }
    }
}

/// How a server words its refusals of one request: the store's edge in HTML and without a waiting time, the others in what
/// their clients read.
#[derive(Clone, Copy, Debug)]
enum Refusals {
    Store,
    Platform(Front),
    Views,
}

impl Refusals {
    fn answer(self, status: StatusCode) -> Response {
        match self {
            Self::Store => {
                let page = format!(
                    "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
                );
                (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
            }
            Self::Platform(front) => front.refusal(status),
            Self::Views => {
                let reason = status.canonical_reason().unwrap_or("Error");
                let mut response = (status, axum::Json(serde_json::json!({"error": reason}))).into_response();
                if status == StatusCode::TOO_MANY_REQUESTS {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                }
                response
            }
        }
    }
}

/// FNV-1a over the parts and their borders: stable over builds, unlike the standard hasher.
fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Shows the faults, and has requests to impact.com remembered with what became of them.
async fn faulty(
    State(layer): State<Arc<FaultLayer>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let arrive = || layer.world.with(|state| state.platform.seen_book().map(|book| book.arrive()));
    let Some(arrival) = (layer.kind == ServerKind::Platform).then(arrive).flatten() else {
        return pass(&layer, &line, request, next).await.response;
    };
    let Some((mut request, twin)) = twins(request).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    request.extensions_mut().insert(Arrival(arrival));
    let method = request.method().to_string();
    let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let tag = tag_of(&layer.world, twin).await;
    let Passed { response, kept_off } = pass(&layer, &line, request, next).await;
    let status = (!line.is_cut()).then(|| response.status().as_u16());
    layer.world.with(|state| {
        let seen = SeenRequest { at: state.now, method, target, tag, status, kept_off, effect: None };
        if let Some(book) = state.platform.seen_book() {
            book.remember(arrival, seen);
        }
    });
    response
}

/// How a request came through the faults.
struct Passed {
    response: Response,
    /// Whether it did not arrive, or not yet.
    kept_off: bool,
}

impl Passed {
    const fn kept_off(response: Response) -> Self {
        Self { response, kept_off: true }
    }

    const fn arrived(response: Response) -> Self {
        Self { response, kept_off: false }
    }
}

async fn pass(layer: &FaultLayer, line: &Line, mut request: Request, next: Next) -> Passed {
    let faults = layer.world.faults();
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    let is_write = layer.is_write(request.method());
    let rates = if is_write { faults.writes } else { faults.reads };
    if rates == FaultRates::default() {
        return Passed::arrived(next.run(request).await);
    }
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let drawn = layer.draw(request.method(), target, rates);
    let refusals = layer.refusals(&request);
    if drawn.lost_request || (drawn.late && !is_write) {
        line.cut();
        return Passed::kept_off(StatusCode::GATEWAY_TIMEOUT.into_response());
    }
    if drawn.too_many_requests {
        return Passed::kept_off(refusals.answer(StatusCode::TOO_MANY_REQUESTS));
    }
    if let Some(status) = drawn.server_error {
        return Passed::kept_off(refusals.answer(status));
    }
    let is_lost = drawn.late || drawn.lost_answer;
    let mut fate = Fate { lost_answer: is_lost || drawn.masked.is_some(), ..Fate::default() };
    let is_twice = drawn.twice && is_write;
    match faults.lateness {
        Lateness::Simulated(most) => {
            let delay = SignedDuration::try_from_secs_f64(most.as_secs_f64() * drawn.delay).unwrap_or(most);
            fate.late = drawn.late.then_some(delay);
            fate.copied = is_twice.then_some(delay);
        }
        Lateness::Real(most) if drawn.late || is_twice => {
            let Some((now, mut later)) = twins(request).await else {
                return Passed::kept_off(StatusCode::BAD_REQUEST.into_response());
            };
            later.extensions_mut().insert(Fate { lost_answer: true, is_copy: !drawn.late, ..Fate::default() });
            let (delay, handler) = (most.mul_f64(drawn.delay), next.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                handler.run(later).await
            });
            if drawn.late {
                line.cut();
                return Passed::kept_off(StatusCode::GATEWAY_TIMEOUT.into_response());
            }
            request = now;
        }
        Lateness::Real(_) => {}
    }
    request.extensions_mut().insert(fate);
    let response = next.run(request).await;
    if is_lost {
        line.cut();
        return Passed { response, kept_off: drawn.late };
    }
    if let Some(status) = drawn.masked {
        return Passed::arrived(refusals.answer(status));
    }
    Passed::arrived(if drawn.truncated { truncate(response).await } else { response })
}

/// The same request twice; `None` when its body never came.
async fn twins(request: Request) -> Option<(Request, Request)> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.ok()?;
    let twin = Request::from_parts(parts.clone(), Body::from(body.clone()));
    Some((twin, Request::from_parts(parts, Body::from(body))))
}

/// Keeps the first half of the body, with a matching length: only its text tells that something is missing.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let half = whole.slice(..whole.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(half))
}

/// Serves a router behind the faults until `shutdown` completes.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    layer: FaultLayer,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service =
        router.layer(axum::middleware::from_fn_with_state(Arc::new(layer), faulty)).into_make_service_with_connect_info::<Line>();
    axum::serve(Lines(listener), service).with_graceful_shutdown(shutdown).await
}
