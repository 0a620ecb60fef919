//! Counts against a few alternatives, weighted: what a rule for pausing needs.

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{Sum, bisect_ratio, countable, ln_sum_exp, parameter};
use super::state::{checked_state, is_at_peak, is_count, is_logarithm, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// An e-process for events against several alternatives at once, each with its weight.
///
/// # Formula
///
/// `E = Σ w_j ratio_j^N e^((1 - ratio_j) M)` for `N` events and `M` expected, the weights adding up to 1.
///
/// [`decline`](Self::decline) is the mixture for pausing: with `M` = spend / target cost per acquisition, "the true cost is
/// at most the target" is the null hypothesis. It looks mostly for well over twice the target cost, so that it sees those
/// sooner than [`GammaPoisson`](super::GammaPoisson), and later what is only a little too dear.
///
/// ```
/// use campaign_pilot_metrics::evidence::PoissonMixture;
///
/// // A target of $20 and $360 spent: 18 sales are due, 6 came.
/// let mut pause = PoissonMixture::decline();
/// pause.observe(6.0, 360.0 / 20.0)?;
/// assert!(pause.evidence(PoissonMixture::DECLINE_ALPHA, None)?.is_decided);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct PoissonMixture {
    parts: Vec<Part>,
    events: Sum,
    expected: Sum,
    ln_peak: f64,
    /// Events and expectation when the e-value was highest.
    at_peak: (f64, f64),
}

checked_state!(PoissonMixture, |test| {
    let is_part = |part: &Part| (1e-6..=1e6).contains(&part.ratio) && part.ln_weight <= 0.0 && is_logarithm(part.ln_weight);
    let parts = !test.parts.is_empty() && test.parts.iter().all(is_part);
    let (n, m) = test.at_peak;
    let peak = is_count(n) && is_count(m) && is_at_peak(test.against(1.0, n, m), test.ln_peak, n + m);
    parts && is_total(test.events) && is_total(test.expected) && peak
});

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Part {
    ratio: f64,
    ln_weight: f64,
}

impl PoissonMixture {
    /// The error rate that [`decline`](Self::decline) is used at unless told otherwise: of healthy campaigns 3 % at most are
    /// ever paused, dead ones after 6.4 expected sales.
    pub const DECLINE_ALPHA: f64 = 0.03;

    /// A test of the given ratios to the expected rate, each with a weight above zero; the weights need not add up to 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] without a ratio, for a ratio outside 0.000001 to a million or a weight outside
    /// 0.000000001 to a thousand million.
    pub fn new(ratios: &[(f64, f64)]) -> Result<Self, EvidenceError> {
        let mut total = 0.0;
        for (ratio, weight) in ratios {
            parameter("ratio", *ratio, 1e-6..=1e6)?;
            total += parameter("weight", *weight, 1e-9..=1e9)?;
        }
        if ratios.is_empty() {
            return Err(EvidenceError::Parameter("ratios"));
        }
        let parts = ratios.iter().map(|(ratio, weight)| Part { ratio: *ratio, ln_weight: (weight / total).ln() }).collect();
        Ok(Self { parts, events: Sum::default(), expected: Sum::default(), ln_peak: 0.0, at_peak: (0.0, 0.0) })
    }

    /// The mixture for pausing: 0.4, 0.6 and 0.8 of the expected rate with weights 4, 1 and 1.
    #[must_use]
    pub fn decline() -> Self {
        let part = |ratio: f64, weight: f64| Part { ratio, ln_weight: (weight / 6.0).ln() };
        let parts = vec![part(0.4, 4.0), part(0.6, 1.0), part(0.8, 1.0)];
        Self { parts, events: Sum::default(), expected: Sum::default(), ln_peak: 0.0, at_peak: (0.0, 0.0) }
    }

    /// Adds events and how many were expected.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative number, one that is not finite, or a total above a million million.
    #[inline]
    pub fn observe(&mut self, events: f64, expected: f64) -> Result<(), EvidenceError> {
        let events = countable(self.events.get(), events)?;
        let expected = countable(self.expected.get(), expected)?;
        self.events.add(events);
        self.expected.add(expected);
        let (n, m) = (self.events.get(), self.expected.get());
        // A weighted mean is at most its largest part.
        let most = self.parts.iter().map(|part| n * part.ratio.ln() + (1.0 - part.ratio) * m).fold(f64::NEG_INFINITY, f64::max);
        if most > self.ln_peak {
            let ln_e = self.against(1.0, n, m);
            if ln_e > self.ln_peak {
                (self.ln_peak, self.at_peak) = (ln_e, (n, m));
            }
        }
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.against(1.0, self.events.get(), self.expected.get())
    }

    /// Whether the null hypothesis has been refuted at `alpha`, now or at an earlier look; never for an error rate that is
    /// none.
    #[must_use]
    pub fn has_decided(&self, alpha: f64) -> bool {
        checked_alpha(alpha).is_ok_and(|alpha| self.ln_peak >= -alpha.ln())
    }

    /// The logarithm of the e-value against a rate of `null` times the expected one, the alternatives moved along.
    fn against(&self, null: f64, n: f64, m: f64) -> f64 {
        ln_sum_exp(self.parts.iter().map(|part| part.ln_weight + n * part.ratio.ln() + (1.0 - part.ratio) * null * m))
    }

    /// What the test says; `events_per_day` turn the outlook into days. The interval is bounded on the side that all the
    /// alternatives lie on. While nothing has happened the outlook counts expected events.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64, events_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        let interval_at = |(n, m): (f64, f64)| self.interval_at(alpha, n, m);
        let mut interval = interval_at((self.events.get(), self.expected.get())).and(&interval_at(self.at_peak));
        if is_decided {
            interval = interval.beyond(1.0, self.all(|ratio| ratio > 1.0));
        }
        Ok(Evidence {
            alpha,
            ln_e: finite_or_absent(self.ln_e()),
            ln_e_for_many: finite_or_absent(self.ln_e()),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval,
            assumptions: vec![Assumption::ChosenBefore, Assumption::KnownExpectation, Assumption::SingleEvents],
            outlook: self.outlook(is_decided, threshold, events_per_day),
        })
    }

    fn all(&self, is_inside: fn(f64) -> bool) -> bool {
        self.parts.iter().all(|part| is_inside(part.ratio))
    }

    fn interval_at(&self, alpha: f64, n: f64, m: f64) -> Interval {
        let off = |null: f64| self.against(null, n, m) + alpha.ln();
        let upper = (m > 0.0 && self.all(|ratio| ratio < 1.0) && off(1e12) >= 0.0).then(|| bisect_ratio(1e12, 1e-12, off));
        let lower = (m > 0.0 && self.all(|ratio| ratio > 1.0))
            .then(|| if off(1e-12) >= 0.0 { bisect_ratio(1e-12, 1e12, off) } else { 0.0 });
        Interval::new(Quantity::RateRatio, lower, upper, alpha)
    }

    fn outlook(&self, is_decided: bool, threshold: f64, per_day: Option<f64>) -> Outlook {
        let (n, m) = (self.events.get(), self.expected.get());
        if is_decided {
            return Outlook::Decided;
        }
        if n <= 0.0 && m <= 0.0 {
            return Outlook::Never { reason: NoDecision::NothingSeen };
        }
        // At the rate that was seen the part that grows fastest decides.
        let (seen, per_expected) = if n > 0.0 { (1.0, m / n) } else { (0.0, 1.0) };
        let grows = self.parts.iter().any(|part| seen * part.ratio.ln() + (1.0 - part.ratio) * per_expected > 0.0);
        if !grows {
            return Outlook::Never { reason: NoDecision::NoEffectSeen };
        }
        outlook(false, threshold, per_day, |more| self.against(1.0, n + more * seen, m + more * per_expected))
    }
}

fn finite_or_absent(ln_e: f64) -> Measured<f64> {
    if ln_e.is_finite() { Measured::Known(ln_e) } else { Measured::Absent(Absence::OutOfRange) }
}
