//! Deviations with a known variance: the normal mixture.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::boundary::{best_rho, normal_bound, normal_raw};
use super::result::{checked_alpha, outlook, p_of};
use super::running::{Sum, countable, finite};
use super::state::{checked_state, is_at_peak, is_count, is_logarithm, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity, Side};

/// An e-process for deviations from the null whose variance is known (Robbins' normal mixture; with `rho = s²/tau²` the
/// mixture sequential probability ratio test of Johari et al.).
///
/// # Formula
///
/// See [`normal_mixture`](super::boundary::normal_mixture).
///
/// ```
/// use campaign_pilot_metrics::evidence::{NormalMixture, Side};
///
/// let mut test = NormalMixture::new(Side::Either, 100.0, 0.05)?;
/// for _ in 0..100 {
///     test.observe(0.5, 1.0)?;
/// }
/// let interval = test.evidence(0.05, None)?.interval;
/// assert!(interval.lower.is_some_and(|low| low > 0.0) && interval.upper.is_some_and(|high| high < 1.0));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct NormalMixture {
    side: Side,
    rho: f64,
    count: f64,
    sum: Sum,
    variance: Sum,
    ln_peak: f64,
    /// Sum, variance and number of observations when the e-value was highest.
    at_peak: (f64, f64, f64),
}

checked_state!(NormalMixture, |test| {
    let domain = test.rho > 0.0 && is_logarithm(test.rho) && is_count(test.count);
    let (sum, variance, n) = test.at_peak;
    let peak = is_count(variance) && is_count(n) && is_at_peak(test.ln_e_at(sum, variance), test.ln_peak, sum.abs() + variance);
    domain && test.sum.is_sound() && is_total(test.variance) && peak
});

impl NormalMixture {
    /// A test that is tightest once the variances add up to `best_at`, for an error rate of `alpha`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] outside the domain.
    pub fn new(side: Side, best_at: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let rho = best_rho(best_at, alpha, side != Side::Either)?;
        let (sum, variance) = (Sum::default(), Sum::default());
        Ok(Self { side, rho, count: 0.0, sum, variance, ln_peak: 0.0, at_peak: (0.0, 0.0, 0.0) })
    }

    /// Adds one observation: its deviation from the null, and the variance it has.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative variance or a number outside the domain.
    pub fn observe(&mut self, deviation: f64, variance: f64) -> Result<(), EvidenceError> {
        let deviation = finite(self.sum.get(), deviation)?;
        let variance = countable(self.variance.get(), variance)?;
        self.sum.add(deviation);
        self.variance.add(variance);
        self.count += 1.0;
        let ln_e = self.ln_e();
        if ln_e > self.ln_peak {
            (self.ln_peak, self.at_peak) = (ln_e, (self.sum.get(), self.variance.get(), self.count));
        }
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_at(self.sum.get(), self.variance.get())
    }

    fn ln_e_at(&self, sum: f64, variance: f64) -> f64 {
        match self.side {
            Side::Above => normal_raw(sum, variance, self.rho, true),
            Side::Below => normal_raw(-sum, variance, self.rho, true),
            Side::Either => normal_raw(sum, variance, self.rho, false),
        }
    }

    /// The mean deviations that are not refuted at `alpha` by the totals now, whatever earlier looks refuted: it may hold zero
    /// after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn interval_now(&self, alpha: f64) -> Result<Interval, EvidenceError> {
        self.interval_at(alpha, (self.sum.get(), self.variance.get(), self.count))
    }

    fn interval_at(&self, alpha: f64, (sum, variance, n): (f64, f64, f64)) -> Result<Interval, EvidenceError> {
        let reach = normal_bound(variance, alpha, self.rho, self.side != Side::Either)?;
        let bound = |sign: f64| (n > 0.0).then(|| (sum + sign * reach) / n);
        let lower = if self.side == Side::Below { None } else { bound(-1.0) };
        let upper = if self.side == Side::Above { None } else { bound(1.0) };
        Ok(Interval::new(Quantity::Mean, lower, upper, alpha))
    }

    /// What the test says; `per_day` observations turn the outlook into days. The interval is of the mean deviation.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        let (sum, variance, n) = (self.sum.get(), self.variance.get(), self.count);
        let mut interval = self.interval_now(alpha)?.and(&self.interval_at(alpha, self.at_peak)?);
        if is_decided {
            interval = interval.beyond(0.0, self.at_peak.0 > 0.0);
        }
        let is_effect = match self.side {
            Side::Above => sum > 0.0,
            Side::Below => sum < 0.0,
            Side::Either => sum.abs() > 0.0,
        };
        let ahead = if is_decided {
            Outlook::Decided
        } else if n <= 0.0 {
            Outlook::Never { reason: NoDecision::NothingSeen }
        } else if is_effect {
            outlook(false, threshold, per_day, |more| self.ln_e_at(sum * (1.0 + more / n), variance * (1.0 + more / n)))
        } else {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        };
        Ok(Evidence {
            alpha,
            ln_e: Measured::Known(self.ln_e()),
            ln_e_for_many: Measured::Known(self.ln_e()),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval,
            assumptions: vec![Assumption::ChosenBefore, Assumption::KnownVariance],
            outlook: ahead,
        })
    }
}
