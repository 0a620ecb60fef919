//! Means of values between 0 and 1: the empirical Bernstein confidence sequence by a mixture.

use serde::{Deserialize, Serialize};

use super::boundary::{best_rho, gamma_exponential_bound, gamma_exponential_raw};
use super::bounded::unit;
use super::result::{checked_alpha, evidence_of_mean, outlook, unit_interval};
use super::running::{ln_sum_exp, parameter};
use super::state::{checked_state, is_alpha, is_at_peak, is_count, is_logarithm, is_share};
use super::{Evidence, EvidenceError, Interval, NoDecision, Outlook};

/// An empirical Bernstein confidence sequence that is tightest at a chosen amount of variation, not everywhere a little:
/// for a mean of values between 0 and 1 when one knows about when the decision falls.
///
/// # Formula
///
/// With `V` the sum of `(x_i - mean_(i-1))²` (the mean before the first value is 1/2): the mean plus and minus
/// [`gamma_exponential_bound`]`(V, alpha/4) / n` (Howard et al. 2021, in the form of the program confseq, whose two sides
/// get a quarter of the error rate each: valid, and a little wider than need be).
///
/// ```
/// use campaign_pilot_metrics::evidence::EmpiricalBernsteinMixture;
///
/// // 200 baskets with a standard deviation of about 0.2.
/// let mut share = EmpiricalBernsteinMixture::new(0.5, 200.0 * 0.04, 0.05)?;
/// for basket in 0..400 {
///     share.observe(if basket % 10 == 0 { 0.8 } else { 0.1 })?;
/// }
/// let evidence = share.evidence(None)?;
/// assert!(evidence.is_decided && evidence.interval.upper.is_some_and(|high| high < 0.25));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct EmpiricalBernsteinMixture {
    null: f64,
    alpha: f64,
    rho: f64,
    count: f64,
    sum: f64,
    variation: f64,
    ln_peak: f64,
    /// Number, sum and variation when the e-value was highest.
    at_peak: (f64, f64, f64),
}

checked_state!(EmpiricalBernsteinMixture, |test| {
    let sums = [test.count, test.sum, test.variation];
    let domain = is_share(test.null) && is_alpha(test.alpha) && test.rho > 0.0 && is_logarithm(test.rho);
    let (count, sum, variation) = test.at_peak;
    let kept = [count, sum, variation].into_iter().all(is_count);
    let peak = kept && is_at_peak(test.ln_e_at(test.at_peak, 1.0), test.ln_peak, count);
    domain && sums.into_iter().all(is_count) && peak
});

impl EmpiricalBernsteinMixture {
    /// A test of the mean `null` for the error rate `alpha`, tightest once the variation is `best_at`: the number of
    /// values then times their variance.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] outside the domain.
    pub fn new(null: f64, best_at: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, 0.0..=1.0)?;
        let alpha = checked_alpha(alpha)?;
        let rho = best_rho(best_at, alpha / 4.0, true)?;
        Ok(Self { null, alpha, rho, count: 0.0, sum: 0.0, variation: 0.0, ln_peak: 0.0, at_peak: (0.0, 0.0, 0.0) })
    }

    /// Adds a value between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another one.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        let value = unit(value)?;
        let guess = if self.count > 0.0 { self.sum / self.count } else { 0.5 };
        self.variation += (value - guess).powi(2);
        self.sum += value;
        self.count += 1.0;
        let ln_e = self.ln_e();
        if ln_e > self.ln_peak {
            (self.ln_peak, self.at_peak) = (ln_e, (self.count, self.sum, self.variation));
        }
        Ok(())
    }

    /// The means that are not refuted by now, whatever earlier looks did: it may hold the null after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn interval_now(&self) -> Result<Interval, EvidenceError> {
        self.interval_at((self.count, self.sum, self.variation))
    }

    fn interval_at(&self, (count, sum, variation): (f64, f64, f64)) -> Result<Interval, EvidenceError> {
        if count <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let (mean, reach) = (sum / count, gamma_exponential_bound(variation, self.alpha / 4.0, self.rho, 1.0)? / count);
        Ok(unit_interval((mean - reach, mean + reach), self.alpha))
    }

    /// The logarithm of the e-value now: the mean of a bet on more and a bet on less.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_ahead(1.0)
    }

    fn ln_e_ahead(&self, times: f64) -> f64 {
        self.ln_e_at((self.count, self.sum, self.variation), times)
    }

    fn ln_e_at(&self, (count, sum, variation): (f64, f64, f64), times: f64) -> f64 {
        let (gain, variation) = (times * (sum - self.null * count), times * variation);
        // Below this sum the mixture is not defined; there its e-value is next to nothing.
        let side = |s: f64| {
            if s + variation + self.rho > 0.0 { gamma_exponential_raw(s, variation, self.rho, 1.0) } else { f64::NEG_INFINITY }
        };
        ln_sum_exp([side(gain), side(-gain)].into_iter()) - std::f64::consts::LN_2
    }

    /// What the test says; `per_day` values turn the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn evidence(&self, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let mut interval = self.interval_now()?;
        if let Ok(at_peak) = self.interval_at(self.at_peak) {
            interval = interval.and(&at_peak);
        }
        let threshold = -self.alpha.ln();
        let is_decided = self.ln_peak >= threshold;
        let mean = self.sum / self.count;
        // The e-value is decided at a lower bar than the interval's, whose sides get a quarter of the error rate each.
        if is_decided {
            let (count, sum, _) = self.at_peak;
            interval = interval.beyond(self.null, sum > self.null * count);
        }
        let ahead = if !is_decided && (mean - self.null).abs() < 1e-12 {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        } else {
            outlook(is_decided, threshold, per_day, |more| self.ln_e_ahead(1.0 + more / self.count))
        };
        Ok(evidence_of_mean(self.alpha, self.ln_e(), self.ln_peak, interval, ahead))
    }
}
