//! Two streams whose exposures vary.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, p_of};
use super::running::{countable, ln_sum_exp, parameter};
use super::state::{checked_state, is_count, is_logarithm, is_peak};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// Nodes of the mixture on each side of the null.
const HALF: i32 = 120;
/// How many standard deviations of the prior they reach.
const REACH: f64 = 6.5;

/// An e-process for the ratio of two rates whose exposures may differ at every observation: this hour against the same hour
/// of past weeks, say.
///
/// # Formula
///
/// With `d` the logarithm of the ratio, `E` is the mean over `d ~ N(0, tau²)` of the binomial likelihood ratios
/// `Π exp(d k_i) / (1 + p_i (e^d - 1))^n_i`, `k_i` of the `n_i` events being current and `p_i` the current share of the
/// exposure. The normal law is a fixed grid of 241 nodes, which is a mixture of its own: the error rate is exact, and the
/// value is that of the integral to nine digits up to some ten thousand events.
///
/// ```
/// use campaign_pilot_metrics::evidence::RateRatio;
///
/// let mut test = RateRatio::new(0.5)?;
/// for _ in 0..60 {
///     test.observe((2.0, 1.0), (4.0, 4.0))?;
/// }
/// assert!(test.evidence(0.05)?.interval.lower.is_some_and(|ratio| ratio > 1.3));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct RateRatio {
    tau: f64,
    events: f64,
    /// The logarithm of the likelihood ratio at each node.
    nodes: Vec<f64>,
    /// The logarithm of the highest e-value against each node; the one in the middle is the test's.
    peaks: Vec<f64>,
}

checked_state!(RateRatio, |test| {
    let is_grid = |values: &[f64]| i32::try_from(values.len()) == Ok(2 * HALF + 1);
    let grid = is_grid(&test.nodes) && test.nodes.iter().copied().all(is_logarithm);
    let peaks = is_grid(&test.peaks) && test.peaks.iter().copied().all(is_peak);
    // No look left more than the last one does.
    let kept = || {
        let ln_e = test.ln_e();
        test.peaks.iter().zip(&test.nodes).all(|(peak, node)| *peak >= ln_e - node - 1e-6 * (1.0 + node.abs()))
    };
    (0.01..=5.0).contains(&test.tau) && is_count(test.events) && grid && peaks && kept()
});

impl RateRatio {
    /// A test with a normal prior of standard deviation `tau` on the logarithm of the ratio; 0.5 suits ratios from a half
    /// to two.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless it lies between 0.01 and 5.
    pub fn new(tau: f64) -> Result<Self, EvidenceError> {
        let tau = parameter("tau", tau, 0.01..=5.0)?;
        let nothing: Vec<f64> = (-HALF..=HALF).map(|_| 0.0).collect();
        Ok(Self { tau, events: 0.0, nodes: nothing.clone(), peaks: nothing })
    }

    /// Adds events and exposure of the current stream and of the one compared with.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative or infinite number, or an exposure that is not above zero.
    pub fn observe(&mut self, current: (f64, f64), compared: (f64, f64)) -> Result<(), EvidenceError> {
        let k = countable(self.events, current.0)?;
        let n = k + countable(self.events, compared.0)?;
        countable(self.events, n)?;
        let share = current.1 / (current.1 + compared.1);
        if !(1e-9..=1e9).contains(&current.1) || !(1e-9..=1e9).contains(&compared.1) {
            return Err(EvidenceError::Observation);
        }
        for (node, d) in self.nodes.iter_mut().zip(deltas(self.tau)) {
            *node += k * d - n * (share * d.exp_m1()).ln_1p();
        }
        self.events += n;
        let ln_e = self.ln_e();
        for (peak, node) in self.peaks.iter_mut().zip(&self.nodes) {
            // The e-value against a node is this one over the node's likelihood ratio.
            *peak = peak.max(ln_e - node);
        }
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        let weight = |d: f64| -0.5 * (d / self.tau).powi(2);
        let weights = deltas(self.tau).map(weight);
        ln_sum_exp(self.nodes.iter().zip(weights.clone()).map(|(node, weight)| node + weight)) - ln_sum_exp(weights)
    }

    /// The highest e-value against the node so many steps from the null.
    fn peak_at(&self, steps: i32) -> f64 {
        usize::try_from(HALF + steps).ok().and_then(|index| self.peaks.get(index)).copied().unwrap_or(0.0)
    }

    /// What the test says. The interval of the ratio has the resolution of the grid; the outlook counts events of both
    /// streams, in exposures like those so far.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1.
    pub fn evidence(&self, alpha: f64) -> Result<Evidence, EvidenceError> {
        let threshold = -checked_alpha(alpha)?.ln();
        let ln_e = self.ln_e();
        let ln_peak = self.peak_at(0);
        let is_decided = ln_peak >= threshold;
        // What is left is one piece, for the highest e-value is convex in d. Between two nodes there may be some of it even
        // if no node is left: then it lies about the one that was refuted least.
        let least = self.peaks.iter().copied().fold(f64::INFINITY, f64::min);
        let bar = if least < threshold { threshold } else { least.next_up() };
        let kept = || self.peaks.iter().zip(deltas(self.tau)).filter(move |(peak, _)| **peak < bar).map(|(_, d)| d);
        let step = REACH * self.tau / f64::from(HALF);
        let end = REACH * self.tau - 0.5 * step;
        let lower = kept().next().filter(|d| *d > -end).map(|d| (d - step).exp());
        let upper = kept().last().filter(|d| *d < end).map(|d| (d + step).exp());
        let mut interval = Interval::new(Quantity::RateRatio, lower, upper, alpha);
        if is_decided {
            interval = interval.beyond(1.0, self.peak_at(1) < self.peak_at(-1));
        }
        let outlook = if is_decided {
            Outlook::Decided
        } else if self.events > 0.0 {
            super::result::outlook(false, threshold, None, |more| {
                let ahead = 1.0 + more / self.events;
                let weights = deltas(self.tau).map(|d| -0.5 * (d / self.tau).powi(2));
                let moved = self.nodes.iter().zip(weights.clone()).map(|(node, weight)| node * ahead + weight);
                ln_sum_exp(moved) - ln_sum_exp(weights)
            })
        } else {
            Outlook::Never { reason: NoDecision::NothingSeen }
        };
        Ok(Evidence {
            alpha,
            ln_e: Measured::Known(ln_e),
            ln_e_for_many: Measured::Known(ln_e),
            anytime_p: p_of(ln_peak),
            is_decided,
            interval,
            assumptions: vec![Assumption::ChosenBefore, Assumption::SingleEvents, Assumption::CommonDemand],
            outlook,
        })
    }
}

/// The logarithms of the ratios at the nodes.
fn deltas(tau: f64) -> impl Iterator<Item = f64> + Clone {
    (-HALF..=HALF).map(move |node| f64::from(node) * REACH * tau / f64::from(HALF))
}
