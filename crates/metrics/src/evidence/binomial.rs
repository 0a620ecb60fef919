//! A probability against a known one: the beta-binomial mixture.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{Sum, bisect, countable, parameter};
use super::state::{checked_state, is_at_peak, is_count, is_logarithm, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity, Side};
use crate::special::{beta_ln_tails, ln_beta_density_raw};

/// An e-process for successes and failures against a known probability of success.
///
/// Two Poisson streams with exposures `w1` and `w0` and any demand in common are the same test with
/// `p0 = w1 / (w1 + w0)` (Lindon and Malek 2022).
///
/// # Formula
///
/// With the probability mixed over Beta(a, b), `S` successes and `F` failures,
/// `E = B(a + S, b + F) / B(a, b) / (p0^S (1 - p0)^F)`; for probabilities above `p0` times
/// `(1 - I(a + S, b + F)) / (1 - I(a, b))` at `p0`, below it the same with `I`.
///
/// ```
/// use campaign_pilot_metrics::evidence::{BetaBinomial, Side};
///
/// let mut better = BetaBinomial::new(Side::Above, 0.02, 1.0, 49.0)?;
/// better.observe(40.0, 960.0)?;
/// assert!(better.evidence(0.05, None)?.is_decided);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct BetaBinomial {
    side: Side,
    null: f64,
    a: f64,
    b: f64,
    front: f64,
    ln_share: f64,
    successes: Sum,
    failures: Sum,
    ln_peak: f64,
    /// Successes and failures when the e-value was highest.
    at_peak: (f64, f64),
}

checked_state!(BetaBinomial, |test| {
    let domain = test.null > 0.0 && test.null < 1.0 && test.a > 0.0 && test.b > 0.0 && is_logarithm(test.a.max(test.b));
    let cached = is_logarithm(test.front) && is_logarithm(test.ln_share);
    let (s, f) = test.at_peak;
    let peak = is_count(s) && is_count(f) && is_at_peak(test.ln_e_at(s, f), test.ln_peak, s + f);
    domain && cached && is_total(test.successes) && is_total(test.failures) && peak
});

impl BetaBinomial {
    /// A test of the probability `null` with a Beta(a, b) prior; `a / (a + b)` is its mean.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless the null lies strictly between 0 and 1 and the shapes between 0.001 and a million.
    pub fn new(side: Side, null: f64, a: f64, b: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, 1e-12..=1.0 - 1e-12)?;
        let (a, b) = (parameter("a", a, 1e-3..=1e6)?, parameter("b", b, 1e-3..=1e6)?);
        let (ln_below, ln_above) = beta_ln_tails(a, b, null);
        let ln_share = match side {
            Side::Above => ln_above,
            Side::Below => ln_below,
            Side::Either => 0.0,
        };
        let front = ln_beta_density_raw(a, b, null, 1.0 - null);
        if !ln_share.is_finite() || !front.is_finite() {
            return Err(EvidenceError::Parameter("null"));
        }
        let (successes, failures) = (Sum::default(), Sum::default());
        Ok(Self { side, null, a, b, front, ln_share, successes, failures, ln_peak: 0.0, at_peak: (0.0, 0.0) })
    }

    /// Adds successes and failures.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative number, one that is not finite, or a total above a million million.
    #[inline]
    pub fn observe(&mut self, successes: f64, failures: f64) -> Result<(), EvidenceError> {
        let successes = countable(self.successes.get(), successes)?;
        let failures = countable(self.failures.get(), failures)?;
        self.successes.add(successes);
        self.failures.add(failures);
        let (s, f) = (self.successes.get(), self.failures.get());
        if self.both_sides(s, f) - self.ln_share > self.ln_peak {
            let ln_e = self.ln_e_at(s, f);
            if ln_e > self.ln_peak {
                (self.ln_peak, self.at_peak) = (ln_e, (s, f));
            }
        }
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_at(self.successes.get(), self.failures.get())
    }

    /// What the test says; `trials_per_day` turns the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64, trials_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        Ok(Evidence {
            alpha,
            ln_e: Measured::Known(self.ln_e()),
            ln_e_for_many: Measured::Known(self.ln_e()),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval: self.interval(alpha)?,
            assumptions: vec![Assumption::ChosenBefore, Assumption::ConstantProbability],
            outlook: self.outlook(is_decided, threshold, trials_per_day),
        })
    }

    /// The probabilities that are not refuted at `alpha`, neither now nor when the e-value was highest.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn interval(&self, alpha: f64) -> Result<Interval, EvidenceError> {
        let (s, f) = self.at_peak;
        let interval = self.interval_now(alpha)?.and(&self.interval_at(alpha, s, f));
        let is_above = match self.side {
            Side::Above => true,
            Side::Below => false,
            Side::Either => s > self.null * (s + f),
        };
        let is_decided = self.ln_peak >= -alpha.ln();
        Ok(if is_decided { interval.beyond(self.null, is_above) } else { interval })
    }

    /// The same by the totals now, whatever earlier looks refuted: it may hold the null hypothesis after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn interval_now(&self, alpha: f64) -> Result<Interval, EvidenceError> {
        Ok(self.interval_at(checked_alpha(alpha)?, self.successes.get(), self.failures.get()))
    }

    fn interval_at(&self, alpha: f64, s: f64, f: f64) -> Interval {
        let threshold = -alpha.ln();
        let off = |p: f64| self.against(p, s, f) - threshold;
        let seen = if s + f > 0.0 { s / (s + f) } else { 0.5 };
        let lower = match self.side {
            Side::Below => None,
            _ if s <= 0.0 => Some(0.0),
            _ => Some(bisect(1e-290f64.ln(), seen.ln(), |ln_p| off(ln_p.exp())).exp()),
        };
        let upper = match self.side {
            Side::Above => None,
            _ if f <= 0.0 => Some(1.0),
            _ => Some(bisect(1.0, seen, |p| if p < 1.0 { off(p) } else { 1.0 })),
        };
        Interval::new(Quantity::Probability, lower, upper, alpha)
    }

    fn both_sides(&self, s: f64, f: f64) -> f64 {
        self.front - ln_beta_density_raw(self.a + s, self.b + f, self.null, 1.0 - self.null)
    }

    fn ln_e_at(&self, s: f64, f: f64) -> f64 {
        self.both_sides(s, f) + self.side_share(self.a + s, self.b + f, self.null) - self.ln_share
    }

    fn side_share(&self, a: f64, b: f64, p: f64) -> f64 {
        match self.side {
            Side::Above => beta_ln_tails(a, b, p).1,
            Side::Below => beta_ln_tails(a, b, p).0,
            Side::Either => 0.0,
        }
    }

    /// The logarithm of the e-value against another probability.
    fn against(&self, p: f64, s: f64, f: f64) -> f64 {
        let moved = ln_beta_density_raw(self.a, self.b, p, 1.0 - p) - ln_beta_density_raw(self.a + s, self.b + f, p, 1.0 - p);
        let sides = match self.side {
            Side::Either => 0.0,
            _ => self.side_share(self.a + s, self.b + f, p) - self.side_share(self.a, self.b, p),
        };
        if sides.is_nan() { moved } else { moved + sides }
    }

    fn outlook(&self, is_decided: bool, threshold: f64, per_day: Option<f64>) -> Outlook {
        let (s, f) = (self.successes.get(), self.failures.get());
        if !is_decided && s + f <= 0.0 {
            return Outlook::Never { reason: NoDecision::NothingSeen };
        }
        let seen = (self.a + s) / (self.a + s + self.b + f);
        let is_effect = match self.side {
            Side::Above => seen > self.null,
            Side::Below => seen < self.null,
            Side::Either => (seen - self.null).abs() > 1e-12,
        };
        if !is_decided && !is_effect {
            return Outlook::Never { reason: NoDecision::NoEffectSeen };
        }
        outlook(is_decided, threshold, per_day, |more| self.ln_e_at(s + more * seen, f + more * (1.0 - seen)))
    }
}
