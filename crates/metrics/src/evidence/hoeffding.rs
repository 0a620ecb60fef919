//! Means of values between 0 and 1 of which nothing else is known: Hoeffding's bound with predictable bets.

use serde::{Deserialize, Serialize};

use super::bounded::unit;
use super::result::{checked_alpha, evidence_of_mean, outlook, unit_interval};
use super::running::{Bounds, ln_sum_exp, parameter};
use super::state::{checked_state, is_alpha, is_count, is_share, is_unit_verdict};
use super::{Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// A confidence sequence for a mean of values between 0 and 1 that does not look at how much they vary: wider than
/// [`EmpiricalBernstein`](super::EmpiricalBernstein) unless they are mostly 0 and 1, known before the first value.
///
/// With the normal mixture instead of bets, use [`NormalMixture`](super::NormalMixture) with a variance of 1/4 per value.
///
/// # Formula
///
/// `Σ λ_i x_i / Σ λ_i ± (ln(2/alpha) + Σ λ_i² / 8) / Σ λ_i` with `λ_t = min(1, sqrt(8 ln(2/alpha) / (t ln(1 + t))))`
/// (Waudby-Smith and Ramdas 2024).
///
/// ```
/// use campaign_pilot_metrics::evidence::Hoeffding;
///
/// let mut share = Hoeffding::new(0.5, 0.05)?;
/// for basket in 0..400 {
///     share.observe(if basket % 10 == 0 { 0.8 } else { 0.1 })?;
/// }
/// let evidence = share.evidence(None)?;
/// assert!(evidence.is_decided && evidence.interval.upper.is_some_and(|high| high < 0.35));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct Hoeffding {
    null: f64,
    alpha: f64,
    count: f64,
    weighted: f64,
    weight: f64,
    /// `Σ λ² / 8`.
    variation: f64,
    ln_peak: f64,
    bounds: Bounds,
}

checked_state!(Hoeffding, |test| {
    let sums = [test.count, test.weighted, test.weight, test.variation];
    let domain = is_share(test.null) && is_alpha(test.alpha) && sums.into_iter().all(is_count);
    domain && is_unit_verdict(test.bounds, test.null, test.ln_peak, test.alpha)
});

impl Hoeffding {
    /// A test of the mean `null`, made for the error rate `alpha`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless the null lies in [0, 1] and `alpha` between 0 and 1.
    pub fn new(null: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, 0.0..=1.0)?;
        let alpha = checked_alpha(alpha)?;
        let bounds = Bounds::new(0.0, 1.0);
        Ok(Self { null, alpha, count: 0.0, weighted: 0.0, weight: 0.0, variation: 0.0, ln_peak: 0.0, bounds })
    }

    /// Adds a value between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another one.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        let value = unit(value)?;
        self.count += 1.0;
        let bet = (8.0 * (2.0 / self.alpha).ln() / (self.count * self.count.ln_1p())).sqrt().min(1.0);
        self.weighted += bet * value;
        self.weight += bet;
        self.variation += bet * bet / 8.0;
        let ln_e = self.ln_e();
        self.ln_peak = self.ln_peak.max(ln_e);
        let (lower, upper) = self.bounds_now();
        self.bounds.narrow(lower, upper);
        // The two bets together may decide a moment before either does.
        if ln_e >= -self.alpha.ln() {
            self.bounds.pass(self.null, self.weighted > self.null * self.weight);
        }
        Ok(())
    }

    fn bounds_now(&self) -> (f64, f64) {
        let centre = self.weighted / self.weight;
        let reach = ((2.0 / self.alpha).ln() + self.variation) / self.weight;
        (centre - reach, centre + reach)
    }

    /// The means that are not refuted by now, whatever earlier looks did: it may hold the null after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn interval_now(&self) -> Result<Interval, EvidenceError> {
        if self.weight <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        Ok(unit_interval(self.bounds_now(), self.alpha))
    }

    /// The logarithm of the e-value now: the mean of a bet on more and a bet on less.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_ahead(1.0)
    }

    fn ln_e_ahead(&self, times: f64) -> f64 {
        let gain = self.weighted - self.null * self.weight;
        let both = [gain - self.variation, -gain - self.variation];
        ln_sum_exp(both.into_iter().map(|ln_e| times * ln_e)) - std::f64::consts::LN_2
    }

    /// What the test says; `per_day` values turn the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn evidence(&self, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        if self.weight <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let threshold = -self.alpha.ln();
        let is_decided = self.ln_peak >= threshold;
        let grows = (self.weighted - self.null * self.weight).abs() > self.variation;
        let ahead = if is_decided || grows {
            outlook(is_decided, threshold, per_day, |more| self.ln_e_ahead(1.0 + more / self.count))
        } else {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        };
        let interval = Interval::new(Quantity::Mean, Some(self.bounds.get().0), Some(self.bounds.get().1), self.alpha);
        Ok(evidence_of_mean(self.alpha, self.ln_e(), self.ln_peak, interval, ahead))
    }
}
