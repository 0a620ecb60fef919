//! Streams that run side by side.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook, p_of};
use super::running::{bisect, countable, parameter};
use super::state::{checked_state, is_at_peak, is_count};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};
use crate::special::ln_gamma_density_raw;

/// An e-process for counts of streams that run side by side and share every change of demand (Lindon and Malek 2022):
/// does each get its share?
///
/// # Formula
///
/// With `a_i = k share_i`, counts `S_i`:
/// `E = Γ(Σ a) / Γ(Σ (a + S)) Π Γ(a_i + S_i) / Γ(a_i) share_i^-S_i`. The state is three numbers per stream and two more.
///
/// ```
/// use campaign_pilot_metrics::evidence::Multinomial;
///
/// // Three banners that are shown equally often.
/// let mut banners = Multinomial::new(&[1.0, 1.0, 1.0], 100.0)?;
/// banners.observe(&[120.0, 95.0, 60.0])?;
/// assert!(banners.evidence(0, 0.05, None)?.is_decided);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct Multinomial {
    concentration: f64,
    shares: Vec<f64>,
    counts: Vec<f64>,
    ln_peak: f64,
    /// The counts when the e-value was highest.
    at_peak: Vec<f64>,
}

checked_state!(Multinomial, |test| {
    let streams = test.shares.len() > 1 && test.shares.len() == test.counts.len();
    let shares = test.shares.iter().all(|share| (1e-9..=1.0).contains(share)) && test.counts.iter().copied().all(is_count);
    let peak = test.at_peak.len() == test.counts.len() && test.at_peak.iter().copied().all(is_count) && {
        let ln_e = test.ln_e_at(&test.at_peak, |_, count| count);
        is_at_peak(ln_e, test.ln_peak, test.at_peak.iter().sum())
    };
    (0.01..=1e6).contains(&test.concentration) && streams && shares && peak
});

impl Multinomial {
    /// A test that stream `i` gets `exposures[i]` over their sum, with a Dirichlet prior of the given concentration around
    /// that (100 suits differences of a tenth).
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] for fewer than two streams, exposures outside 1e-9 to 1e12, shares below a thousand
    /// millionth or a concentration outside 0.01 to a million.
    pub fn new(exposures: &[f64], concentration: f64) -> Result<Self, EvidenceError> {
        let concentration = parameter("concentration", concentration, 0.01..=1e6)?;
        if exposures.len() < 2 {
            return Err(EvidenceError::Parameter("exposures"));
        }
        for exposure in exposures {
            parameter("exposures", *exposure, 1e-9..=1e12)?;
        }
        let total: f64 = exposures.iter().sum();
        let shares: Vec<f64> = exposures.iter().map(|exposure| exposure / total).collect();
        if shares.iter().any(|share| *share < 1e-9) {
            return Err(EvidenceError::Parameter("exposures"));
        }
        let nothing = vec![0.0; shares.len()];
        Ok(Self { concentration, counts: nothing.clone(), shares, ln_peak: 0.0, at_peak: nothing })
    }

    /// Adds a count for every stream.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another number of counts, or one outside the domain.
    pub fn observe(&mut self, counts: &[f64]) -> Result<(), EvidenceError> {
        if counts.len() != self.counts.len() {
            return Err(EvidenceError::Observation);
        }
        let total = self.counts.iter().sum();
        countable(total, counts.iter().sum())?;
        for count in counts {
            countable(total, *count)?;
        }
        for (total, count) in self.counts.iter_mut().zip(counts) {
            *total += count;
        }
        let ln_e = self.ln_e();
        if ln_e > self.ln_peak {
            self.ln_peak = ln_e;
            self.at_peak.clone_from(&self.counts);
        }
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_at(&self.counts, |_, count| count)
    }

    /// The same for other counts, moved on by `ahead(share seen, count)`.
    fn ln_e_at(&self, counts: &[f64], ahead: impl Fn(f64, f64) -> f64) -> f64 {
        let seen: f64 = counts.iter().sum();
        let moved = |count: &f64| ahead(if seen > 0.0 { count / seen } else { 0.0 }, *count);
        let k = self.concentration;
        let n = k + counts.iter().map(moved).sum::<f64>();
        // Each gamma function relative to the peak of its density, so that nothing large cancels.
        let streams: f64 = self
            .shares
            .iter()
            .zip(counts)
            .map(|(share, count)| {
                let a = k * share;
                ln_gamma_density_raw(a, a) - ln_gamma_density_raw(a + moved(count), n * share)
            })
            .sum();
        streams + ln_gamma_density_raw(n, n) - ln_gamma_density_raw(k, k)
    }

    /// What the test says, with the interval of the share of one stream; `events_per_day` turn the outlook into days.
    ///
    /// The intervals of all streams hold together. The verdict is about all of them: with more than two, a stream's own share
    /// may be in its interval though the shares together are refuted.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1 and there is such a stream.
    pub fn evidence(&self, stream: usize, alpha: f64, events_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let is_decided = self.ln_peak >= threshold;
        let seen: f64 = self.counts.iter().sum();
        let ahead = if is_decided {
            Outlook::Decided
        } else if seen <= 0.0 {
            Outlook::Never { reason: NoDecision::NothingSeen }
        } else {
            outlook(false, threshold, events_per_day, |more| self.ln_e_at(&self.counts, |share, count| count + share * more))
        };
        let mut interval = self.interval(stream, alpha, &self.counts)?.and(&self.interval(stream, alpha, &self.at_peak)?);
        // Of two streams each has the whole verdict to itself.
        if let (true, [first, second], Some(share)) = (is_decided, self.at_peak.as_slice(), self.shares.get(stream)) {
            let own = if stream == 0 { first } else { second };
            interval = interval.beyond(*share, *own > share * (first + second));
        }
        Ok(Evidence {
            alpha,
            ln_e: Measured::Known(self.ln_e()),
            ln_e_for_many: Measured::Known(self.ln_e()),
            anytime_p: p_of(self.ln_peak),
            is_decided,
            interval,
            assumptions: vec![Assumption::ChosenBefore, Assumption::SingleEvents, Assumption::CommonDemand],
            outlook: ahead,
        })
    }

    /// The shares of one stream that are in the confidence sequence with some shares of the others.
    fn interval(&self, stream: usize, alpha: f64, counts: &[f64]) -> Result<Interval, EvidenceError> {
        let own = *counts.get(stream).ok_or(EvidenceError::Parameter("stream"))?;
        let own_share = *self.shares.get(stream).ok_or(EvidenceError::Parameter("stream"))?;
        let total: f64 = counts.iter().sum();
        let rest = total - own;
        let threshold = -alpha.ln();
        // The others at their likeliest: E(t) = E + Σ S ln share - own ln t - rest ln(1 - t) - Σ S_j ln(S_j / rest).
        let null = |count: f64, share: f64| if count > 0.0 { count * share.ln() } else { 0.0 };
        let others: f64 = counts
            .iter()
            .zip(&self.shares)
            .enumerate()
            .filter(|(index, _)| *index != stream)
            .map(|(_, (count, share))| null(*count, *share) - null(*count, count / rest))
            .sum();
        let fixed = self.ln_e_at(counts, |_, count| count) + null(own, own_share) + others - threshold;
        let off = |t: f64| fixed - null(own, t) - null(rest, 1.0 - t);
        let seen = if total > 0.0 { own / total } else { 0.5 };
        let lower =
            if own <= 0.0 || total <= 0.0 { 0.0 } else { bisect(f64::MIN_POSITIVE.ln(), seen.ln(), |l| off(l.exp())).exp() };
        let upper = if rest <= 0.0 { 1.0 } else { bisect(1.0, seen, |t| if t < 1.0 { off(t) } else { 1.0 }) };
        Ok(Interval::new(Quantity::Probability, Some(lower), Some(upper), alpha))
    }
}
