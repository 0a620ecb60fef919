//! Counts against a known expectation: the gamma-Poisson mixture.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{Sum, bisect_ratio, countable, parameter};
use super::state::{checked_state, is_at_peak, is_count, is_logarithm, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity, Side, boundary};
use crate::special::{gamma_ln_tails, ln_gamma_density_raw};

/// An e-process for events against a known expectation: is the rate the expected one?
///
/// # Formula
///
/// With the ratio of the rates mixed over Gamma(a, b), `N` events and `M` expected ones,
/// `E = b^a / Γ(a) · Γ(a + N) / (b + M)^(a + N) · e^M`; for ratios above 1 times `Q(a + N, b + M) / Q(a, b)`, below 1 the
/// same with `P`. With `a = b = rho` the one above 1 is the mixture of Howard et al. (2021, proposition 9).
///
/// One observation costs some tens of nanoseconds and the state is eleven numbers.
///
/// ```
/// use campaign_pilot_metrics::evidence::{GammaPoisson, Side};
///
/// let mut uplift = GammaPoisson::new(Side::Above, 5.0, 5.0)?;
/// uplift.observe(31.0, 12.5)?;
/// let evidence = uplift.evidence(0.05, None)?;
/// assert!(evidence.is_decided && evidence.anytime_p < 0.01);
/// assert!(evidence.interval.lower.is_some_and(|ratio| ratio > 1.2));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct GammaPoisson {
    side: Side,
    shape: f64,
    rate: f64,
    /// `ln D(a, b)`, and the logarithm of the prior's share on the tested side.
    front: f64,
    ln_share: f64,
    events: Sum,
    expected: Sum,
    ln_peak: f64,
    /// Events and expectation when the e-value was highest.
    at_peak: (f64, f64),
}

checked_state!(GammaPoisson, |test| {
    let domain = test.shape > 0.0 && test.rate > 0.0 && is_logarithm(test.shape.max(test.rate));
    let cached = is_logarithm(test.front) && is_logarithm(test.ln_share);
    let (n, m) = test.at_peak;
    let peak = is_count(n) && is_count(m) && is_at_peak(test.ln_e_at(n, m), test.ln_peak, n + m);
    domain && cached && is_total(test.events) && is_total(test.expected) && peak
});

impl GammaPoisson {
    /// A test with a Gamma(shape, rate) prior on the ratio of the rates; `shape / rate` is its mean. 5 and 5 suit ratios
    /// between a half and two.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless both lie between 0.001 and a million.
    pub fn new(side: Side, shape: f64, rate: f64) -> Result<Self, EvidenceError> {
        let shape = parameter("shape", shape, 1e-3..=1e6)?;
        let rate = parameter("rate", rate, 1e-3..=1e6)?;
        let (ln_below, ln_above) = gamma_ln_tails(shape, rate);
        let ln_share = match side {
            Side::Above => ln_above,
            Side::Below => ln_below,
            Side::Either => 0.0,
        };
        let front = ln_gamma_density_raw(shape, rate);
        if !ln_share.is_finite() || !front.is_finite() {
            return Err(EvidenceError::Parameter("shape"));
        }
        let (events, expected) = (Sum::default(), Sum::default());
        Ok(Self { side, shape, rate, front, ln_share, events, expected, ln_peak: 0.0, at_peak: (0.0, 0.0) })
    }

    /// The same with the prior that is most powerful around `expected` events at `alpha`, as the program confseq tunes it.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1 and the prior inside the domain.
    pub fn tuned(side: Side, expected: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let rho = boundary::best_rho(expected, alpha, side != Side::Either)?;
        Self::new(side, rho, rho)
    }

    /// Adds events and how many were expected. Counts may be fractions: deflated by a dispersion, say.
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
        // The one-sided value is at most the two-sided one over the prior's share: most looks need no incomplete gamma.
        let bound = self.both_sides(n, m) - self.ln_share;
        if bound > self.ln_peak {
            let ln_e = self.ln_e_at(n, m);
            if ln_e > self.ln_peak {
                (self.ln_peak, self.at_peak) = (ln_e, (n, m));
            }
        }
        Ok(())
    }

    /// Events so far.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.events.get()
    }

    /// Events expected so far.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.expected.get()
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_at(self.events.get(), self.expected.get())
    }

    /// Whether the null hypothesis has been refuted at `alpha`, now or at an earlier look; never for an error rate that is
    /// none.
    #[must_use]
    pub fn has_decided(&self, alpha: f64) -> bool {
        checked_alpha(alpha).is_ok_and(|alpha| self.ln_peak >= -alpha.ln())
    }

    /// What the test says; `events_per_day` turns the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64, events_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        Ok(Evidence {
            alpha,
            ln_e: Measured::Known(self.ln_e()),
            ln_e_for_many: Measured::Known(self.ln_e()),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval: self.interval(alpha)?,
            assumptions: vec![Assumption::ChosenBefore, Assumption::KnownExpectation, Assumption::SingleEvents],
            outlook: self.outlook(is_decided, threshold, events_per_day),
        })
    }

    /// The ratios of the rates that are not refuted at `alpha`, neither now nor when the e-value was highest: two bounds for
    /// [`Side::Either`], otherwise the one that the tested side gives.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn interval(&self, alpha: f64) -> Result<Interval, EvidenceError> {
        let (n, m) = self.at_peak;
        let interval = self.interval_now(alpha)?.and(&self.interval_at(alpha, n, m));
        let is_above = match self.side {
            Side::Above => true,
            Side::Below => false,
            Side::Either => n > m,
        };
        Ok(if self.has_decided(alpha) { interval.beyond(1.0, is_above) } else { interval })
    }

    /// The same by the totals now, whatever earlier looks refuted: it may hold the null hypothesis after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn interval_now(&self, alpha: f64) -> Result<Interval, EvidenceError> {
        Ok(self.interval_at(checked_alpha(alpha)?, self.events.get(), self.expected.get()))
    }

    fn interval_at(&self, alpha: f64, n: f64, m: f64) -> Interval {
        let threshold = -alpha.ln();
        let off = |ratio: f64| self.against(ratio, n, m) - threshold;
        // Next to nothing expected is as good as nothing.
        let seen = if m > 0.0 { (n / m).min(1e280) } else { 1e280 };
        let lower = match self.side {
            Side::Below => None,
            _ if n <= 0.0 => Some(0.0),
            // Nothing was expected: what was seen bounds the ratio from below only.
            _ => Some(bisect_ratio(1e-290, seen, off)),
        };
        let upper = match self.side {
            Side::Above => None,
            _ if m <= 0.0 => None,
            _ => {
                let mut far = seen.max(1e-12) * 2.0;
                while off(far) < 0.0 && far < 1e280 {
                    far *= 2.0;
                }
                (far < 1e280).then(|| bisect_ratio(far, seen.max(1e-290), off))
            }
        };
        Interval::new(Quantity::RateRatio, lower, upper, alpha)
    }

    fn both_sides(&self, n: f64, m: f64) -> f64 {
        self.front - ln_gamma_density_raw(self.shape + n, self.rate + m)
    }

    fn ln_e_at(&self, n: f64, m: f64) -> f64 {
        self.both_sides(n, m) + self.side_share(self.shape + n, self.rate + m) - self.ln_share
    }

    /// The logarithm of the share of a gamma law on the tested side of `x`.
    fn side_share(&self, a: f64, x: f64) -> f64 {
        match self.side {
            Side::Above => gamma_ln_tails(a, x).1,
            Side::Below => gamma_ln_tails(a, x).0,
            Side::Either => 0.0,
        }
    }

    /// The logarithm of the e-value against another ratio than 1.
    fn against(&self, ratio: f64, n: f64, m: f64) -> f64 {
        let moved = self.both_sides(n, m) + ((ratio - 1.0) * m - n * ratio.ln());
        let sides = match self.side {
            Side::Either => 0.0,
            _ => self.side_share(self.shape + n, ratio * (self.rate + m)) - self.side_share(self.shape, ratio * self.rate),
        };
        if sides.is_nan() { moved } else { moved + sides }
    }

    fn outlook(&self, is_decided: bool, threshold: f64, per_day: Option<f64>) -> Outlook {
        let (n, m) = (self.events.get(), self.expected.get());
        if !is_decided && n <= 0.0 && m <= 0.0 {
            return Outlook::Never { reason: NoDecision::NothingSeen };
        }
        // The prior keeps the first few events from promising too much.
        let ratio = (self.shape + n) / (self.rate + m);
        let is_effect = match self.side {
            Side::Above => ratio > 1.0,
            Side::Below => ratio < 1.0,
            Side::Either => (ratio - 1.0).abs() > 1e-9,
        };
        if !is_decided && !is_effect {
            return Outlook::Never { reason: NoDecision::NoEffectSeen };
        }
        outlook(is_decided, threshold, per_day, |more| self.ln_e_at(n + more, m + more / ratio))
    }
}
