//! Means of anything, approximately: the asymptotic confidence sequence.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{Bounds, Sum, finite, parameter};
use super::state::{checked_state, is_alpha, is_count, is_logarithm, is_peak};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// A two-sided confidence sequence for a mean whose variance is estimated from the same data.
///
/// Approximate: it holds from some number of observations on, more of them the heavier the tails, so that the first
/// [`BURN_IN`](Self::BURN_IN) decide nothing. Not for amounts of single orders or visitors, most of which are zero and a few
/// very large: there it errs several times as often as it says. Sum them up by day first, or use a bounded mean.
///
/// # Formula
///
/// Waudby-Smith et al. (equation 9), as in gbstats: `mean ± sd sqrt(2 (N r² + 1) / (N² r²) ln(sqrt(N r² + 1) / alpha))`
/// with `r² = (-2 ln alpha + ln(-2 ln alpha + 1)) / N*`, tightest at `N*` observations. The e-value of a null mean is
/// `exp(r² s² / (2 (N r² + 1))) / sqrt(N r² + 1)` with `s = N (mean - null) / sd`.
///
/// ```
/// use campaign_pilot_metrics::evidence::AsymptoticMean;
///
/// let mut mean = AsymptoticMean::new(0.0, 500.0, 0.05)?;
/// for day in 0..500 {
///     mean.observe(if day % 3 == 0 { 2.0 } else { -0.5 })?;
/// }
/// let evidence = mean.evidence(None)?;
/// assert!(evidence.is_decided && evidence.interval.lower.is_some_and(|low| low > 0.0));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct AsymptoticMean {
    null: f64,
    alpha: f64,
    rho_square: f64,
    count: f64,
    sum: Sum,
    squares: Sum,
    ln_peak: f64,
    /// The bounds since there was an interval.
    bounds: Option<Bounds>,
}

checked_state!(AsymptoticMean, |test| {
    let domain = is_logarithm(test.null) && is_alpha(test.alpha) && test.rho_square > 0.0 && is_logarithm(test.rho_square);
    let bounds = test.bounds.is_none_or(|bounds| is_logarithm(bounds.get().0) && is_logarithm(bounds.get().1));
    let verdict = test.ln_peak < -test.alpha.ln() || test.bounds.is_some_and(|bounds| bounds.excludes(test.null));
    domain && is_count(test.count) && test.sum.is_sound() && test.squares.is_sound() && is_peak(test.ln_peak) && bounds && verdict
});

impl AsymptoticMean {
    /// Observations that the variance is learned from before any look counts.
    pub const BURN_IN: u32 = 30;

    /// A test of the mean `null`, tightest after `best_at` observations at the error rate `alpha`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] outside the domain.
    pub fn new(null: f64, best_at: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, -1e9..=1e9)?;
        let best_at = parameter("best_at", best_at, 1.0..=1e12)?;
        let fall = -2.0 * checked_alpha(alpha)?.ln();
        let rho_square = (fall + fall.ln_1p()) / best_at;
        let (sum, squares) = (Sum::default(), Sum::default());
        Ok(Self { null, alpha, rho_square, count: 0.0, sum, squares, ln_peak: 0.0, bounds: None })
    }

    /// Adds a value.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a value whose size is not below a thousand million.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        // Around the null, so that the squares keep their digits.
        let deviation = value - self.null;
        if deviation.is_nan() || deviation.abs() > 2e9 {
            return Err(EvidenceError::Observation);
        }
        let deviation = finite(self.sum.get(), deviation)?;
        self.sum.add(deviation);
        self.squares.add(deviation * deviation);
        self.count += 1.0;
        if let Some(deviation) = self.deviation().filter(|_| self.is_warm()) {
            let ln_e = self.ln_e_at(self.sum.get() / deviation, self.count);
            self.ln_peak = self.ln_peak.max(ln_e);
            let (lower, upper) = self.bounds_now(deviation);
            let bounds = self.bounds.get_or_insert(Bounds::new(lower, upper));
            bounds.narrow(lower, upper);
            if ln_e >= -self.alpha.ln() {
                bounds.pass(self.null, self.sum.get() > 0.0);
            }
        }
        Ok(())
    }

    fn bounds_now(&self, deviation: f64) -> (f64, f64) {
        let (n, rho) = (self.count, self.rho_square);
        let spread = n.mul_add(rho, 1.0);
        let reach = deviation * (2.0 * spread / (n * n * rho) * (0.5 * spread.ln() - self.alpha.ln())).sqrt();
        let mean = self.null + self.sum.get() / n;
        (mean - reach, mean + reach)
    }

    fn is_warm(&self) -> bool {
        self.count >= f64::from(Self::BURN_IN)
    }

    /// Standard deviation, once there are two different values.
    fn deviation(&self) -> Option<f64> {
        let mean = self.sum.get() / self.count;
        let variance = (self.squares.get() - self.sum.get() * mean) / (self.count - 1.0);
        (self.count >= 2.0 && variance > 1e-14 * self.squares.get() / self.count).then(|| variance.sqrt())
    }

    /// The logarithm of the e-value now; `None` before there are two different values.
    #[must_use]
    pub fn ln_e(&self) -> Option<f64> {
        self.deviation().map(|deviation| self.ln_e_at(self.sum.get() / deviation, self.count))
    }

    fn ln_e_at(&self, score: f64, count: f64) -> f64 {
        let spread = count.mul_add(self.rho_square, 1.0);
        self.rho_square * score * score / (2.0 * spread) - 0.5 * spread.ln()
    }

    /// What the test says at the error rate that it was made for; `per_day` values turn the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before there are [`BURN_IN`](Self::BURN_IN) observations, two of them different.
    pub fn evidence(&self, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let deviation = self.deviation().filter(|_| self.is_warm()).ok_or(EvidenceError::TooFewObservations)?;
        let threshold = -self.alpha.ln();
        let is_decided = self.ln_peak >= threshold;
        let n = self.count;
        let (lower, upper) = self.bounds.map_or_else(|| self.bounds_now(deviation), Bounds::get);
        let score = self.sum.get() / deviation;
        let ahead = if !is_decided && score.abs() < 1e-12 {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        } else {
            outlook(is_decided, threshold, per_day, |more| self.ln_e_at(score * (1.0 + more / n), n + more))
        };
        Ok(Evidence {
            alpha: self.alpha,
            ln_e: Measured::Known(self.ln_e_at(score, n)),
            ln_e_for_many: Measured::Known(self.ln_e_at(score, n)),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval: Interval::new(Quantity::Mean, Some(lower), Some(upper), self.alpha),
            assumptions: vec![Assumption::ChosenBefore, Assumption::NearlyNormal],
            outlook: ahead,
        })
    }
}
