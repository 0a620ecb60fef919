//! Counts against one alternative: "twice the rate", "dead".

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{Sum, countable, parameter};
use super::state::{checked_state, is_peak, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// An e-process for events against one alternative: the rate is `ratio` times the expected one.
///
/// # Formula
///
/// `E = ratio^N e^((1 - ratio) M)` for `N` events and `M` expected. With ratio 0, "dead", it is `e^M` while there is no
/// event: the alarm comes after `ln(1/alpha)` expected events, 3.0 at 5 %, 4.6 at 1 %, and one event rules it out for good.
///
/// ```
/// use campaign_pilot_metrics::evidence::PointPoisson;
///
/// let mut dead = PointPoisson::dead();
/// dead.observe(0.0, 2.9)?;
/// assert!(!dead.evidence(0.05, None)?.is_decided);
/// dead.observe(0.0, 0.1)?;
/// assert!(dead.evidence(0.05, None)?.is_decided);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct PointPoisson {
    ratio: f64,
    events: Sum,
    expected: Sum,
    ln_peak: f64,
}

checked_state!(PointPoisson, |test| {
    (0.0..=1e6).contains(&test.ratio) && is_total(test.events) && is_total(test.expected) && is_peak(test.ln_peak)
});

impl PointPoisson {
    /// The alternative of `ratio` times the expected rate.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless it lies between 0 and a million and is not 1.
    pub fn new(ratio: f64) -> Result<Self, EvidenceError> {
        let ratio = parameter("ratio", ratio, 0.0..=1e6)?;
        if (ratio - 1.0).abs() < 1e-12 {
            return Err(EvidenceError::Parameter("ratio"));
        }
        Ok(Self { ratio, ..Self::dead() })
    }

    /// The alternative that nothing happens at all.
    #[must_use]
    pub fn dead() -> Self {
        Self { ratio: 0.0, events: Sum::default(), expected: Sum::default(), ln_peak: 0.0 }
    }

    /// Adds events and how many were expected.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative number, one that is not finite, or a total above a million million.
    pub fn observe(&mut self, events: f64, expected: f64) -> Result<(), EvidenceError> {
        let events = countable(self.events.get(), events)?;
        let expected = countable(self.expected.get(), expected)?;
        self.events.add(events);
        self.expected.add(expected);
        if let Some(ln_e) = self.ln_e() {
            self.ln_peak = self.ln_peak.max(ln_e);
        }
        Ok(())
    }

    /// The logarithm of the e-value now; `None` once it is zero.
    #[must_use]
    pub fn ln_e(&self) -> Option<f64> {
        self.ln_e_at(self.events.get(), self.expected.get())
    }

    fn ln_e_at(&self, n: f64, m: f64) -> Option<f64> {
        let drift = (1.0 - self.ratio) * m;
        if n <= 0.0 {
            Some(drift)
        } else if self.ratio > 0.0 {
            Some(n * self.ratio.ln() + drift)
        } else {
            None
        }
    }

    /// What the test says; `expected_per_day` turns the outlook into days. Its "sales" are expected ones.
    ///
    /// A point alternative bounds nothing: the interval is open.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64, expected_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        let (n, m) = (self.events.get(), self.expected.get());
        let ln_e = self.ln_e_at(n, m);
        // Per expected event, at the rate that was seen.
        let seen = if m > 0.0 { n / m } else { 1.0 };
        let drift = if n > 0.0 && self.ratio > 0.0 { seen * self.ratio.ln() } else { 0.0 } + 1.0 - self.ratio;
        let ahead = match ln_e {
            _ if is_decided => Outlook::Decided,
            None => Outlook::Never { reason: NoDecision::Refuted },
            Some(_) if n <= 0.0 && m <= 0.0 => Outlook::Never { reason: NoDecision::NothingSeen },
            Some(_) if drift <= 0.0 => Outlook::Never { reason: NoDecision::NoEffectSeen },
            Some(now) => outlook(false, threshold, expected_per_day, |more| now + drift * more),
        };
        Ok(Evidence {
            alpha,
            ln_e: ln_e.map_or(Measured::Absent(Absence::OutOfRange), Measured::Known),
            ln_e_for_many: ln_e.map_or(Measured::Absent(Absence::OutOfRange), Measured::Known),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval: Interval::new(Quantity::RateRatio, None, None, alpha),
            assumptions: vec![Assumption::ChosenBefore, Assumption::KnownExpectation, Assumption::SingleEvents],
            outlook: ahead,
        })
    }
}
