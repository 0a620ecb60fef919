//! Whether verdicts were right, by what the simulator expects of each ad.

use std::collections::BTreeMap;

use campaign_pilot_core::Verdict;
use campaign_pilot_sandbox::InProcess;
use jiff::Timestamp;

use crate::flight::VerdictGiven;

/// How often a verdict was given, and how often it was right.
///
/// A verdict that lets a campaign go on (continue, optimize, monitor) is right where the campaign is expected to contribute more by
/// going on until its end than by being ended now; one that stops it is right where it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// How often it was given.
    pub given: u64,
    /// How often it was right.
    pub right: u64,
    /// What all of them are expected to gain together, in the currency: what was saved by stopping what loses and kept by going on with
    /// what earns, less what was given up.
    pub gained: f64,
}

impl Judged {
    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { given: self.given + other.given, right: self.right + other.right, gained: self.gained + other.gained }
    }
}

/// Judges verdicts and adds them up by name.
pub(crate) fn judge(
    given: &[VerdictGiven],
    market: &InProcess,
    flight_ends: Timestamp,
    sums: &mut BTreeMap<&'static str, Judged>,
) {
    if given.is_empty() {
        return;
    }
    let now = market.clock().now();
    let horizon = days(now, flight_ends);
    let worths: Vec<f64> = market.insight(|insight| {
        let worth = |verdict: &VerdictGiven| {
            let left = days(now, verdict.ends.min(flight_ends));
            insight.run_on(verdict.ad, left, horizon).contribution - insight.stop_now(verdict.ad, horizon).contribution
        };
        given.iter().map(worth).collect()
    });
    for (verdict, worth) in given.iter().zip(worths) {
        let stops = matches!(verdict.verdict, None | Some(Verdict::Pause | Verdict::EmergencyPause));
        let gained = if stops { -worth } else { worth };
        let right = u64::from(gained >= 0.0);
        let sum = sums.entry(name(verdict.verdict)).or_default();
        *sum = sum.plus(Judged { given: 1, right, gained });
    }
}

/// A verdict's name in figures.
pub(crate) const fn name(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Continue) => "continue",
        Some(Verdict::Optimize) => "optimize",
        Some(Verdict::Monitor) => "monitor",
        Some(Verdict::Pause) => "pause",
        Some(Verdict::EmergencyPause) => "emergency_pause",
        None => "budget_stop",
    }
}

fn days(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() / 86_400.0).max(0.0)
}
