//! Faults on demand: what a network and a busy server do to requests.

mod layer;
mod line;
mod text;

pub(crate) use layer::{Arrival, Fate, FaultLayer, ServerKind, serve};

use std::time::Duration;

use jiff::SignedDuration;

/// Which faults the three servers show, and how often. The default shows none.
///
/// Faults are drawn from the sandbox's seed, the request (method, path and query) and how often the same request
/// came before: the same run meets the same faults, however its requests interleave.
///
/// ```
/// use campaign_pilot_sandbox::Faults;
///
/// let faults: Faults = "lost-answers=0.2,429=0.05,5xx=0.05,latency=20ms,stale=5m,truncated=0.01".parse()?;
/// assert_eq!(faults.writes.lost_answer, 0.2);
/// assert_eq!(faults.reads.lost_answer, 0.0);
/// assert_eq!(faults.reads.server_error, 0.05);
/// # Ok::<(), campaign_pilot_sandbox::SandboxError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// Faults of requests that change nothing (Plausible's query, a POST, is one of them).
    pub reads: FaultRates,
    /// Faults of requests that change something.
    pub writes: FaultRates,
    /// How long every request takes at least, in real time.
    pub latency: Duration,
    /// Lists leave out what was created during the last so much simulated time.
    pub stale: SignedDuration,
    /// How late requests and copies can be that are late or come twice.
    pub lateness: Lateness,
}

/// Probabilities in `[0, 1]`, drawn independently for each request in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FaultRates {
    /// Answered with 429 before anything happened.
    pub too_many_requests: f64,
    /// Answered with 500, 502 or 503 before anything happened.
    pub server_error: f64,
    /// Handled, then the connection is closed without a single byte of the answer.
    pub lost_answer: f64,
    /// Handled, then only the first part of the body is sent, as if it were all.
    pub truncated: f64,
    /// The connection is closed before anything happened.
    pub lost_request: f64,
    /// Handled, then answered with 502 or 504 instead.
    pub masked_answer: f64,
    /// The connection is closed; the request is handled later. Reads are lost.
    pub late: f64,
    /// Handled, and later once more: the network has delivered it twice. Reads are not affected.
    pub twice: f64,
}

/// How late a request can be; how late it is, is drawn evenly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lateness {
    /// In simulated time: it arrives while the program advances the time.
    Simulated(SignedDuration),
    /// In real time.
    Real(Duration),
}

impl Default for Lateness {
    /// 2.5 simulated seconds.
    fn default() -> Self {
        Self::Simulated(SignedDuration::from_millis(2_500))
    }
}

impl Faults {
    /// No faults at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }
}
