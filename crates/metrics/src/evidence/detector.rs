//! Changes at an unknown time.

use serde::{Deserialize, Serialize};

use super::EvidenceError;
use super::running::{ln_sum_exp, parameter};
use super::state::{checked_state, is_logarithm};

/// How a detector restarts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectorKind {
    /// `M_t = (M_(t-1) + 1) e_t`: the sum over all times at which the change may have come (Shiryaev and Roberts).
    ShiryaevRoberts,
    /// `M_t = max(M_(t-1), 1) e_t`: the best of them (Page).
    Cusum,
}

/// An e-detector (Shin, Ramdas and Rinaldo 2023): an alarm at `M >= c` comes, while nothing has changed, after `c` looks on
/// average or later. For at most one false alarm a year with hourly looks, `c` is 8,760.
///
/// ```
/// use campaign_pilot_metrics::evidence::{Detector, DetectorKind};
///
/// let mut detector = Detector::new(DetectorKind::Cusum, 1_000.0)?;
/// let alarm = (1..).find(|_| detector.update(Some(0.5)) == Ok(true));
/// assert_eq!(alarm, Some(14));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct Detector {
    kind: DetectorKind,
    ln_threshold: f64,
    /// `None`: zero.
    ln_m: Option<f64>,
}

checked_state!(Detector, |detector| { (0.0..=28.0).contains(&detector.ln_threshold) && detector.ln_m.is_none_or(is_logarithm) });

impl Detector {
    /// A detector with an average of at least `looks_between_false_alarms`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless it lies between 1 and a million million.
    pub fn new(kind: DetectorKind, looks_between_false_alarms: f64) -> Result<Self, EvidenceError> {
        let threshold = parameter("looks_between_false_alarms", looks_between_false_alarms, 1.0..=1e12)?;
        Ok(Self { kind, ln_threshold: threshold.ln(), ln_m: None })
    }

    /// Takes the logarithm of the next e-value, whose expectation given what was before is at most 1 while nothing has
    /// changed (`None`: the e-value is zero), and says whether there is an alarm.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a logarithm whose size is not below a million million.
    pub fn update(&mut self, ln_e: Option<f64>) -> Result<bool, EvidenceError> {
        let Some(ln_e) = ln_e else {
            self.ln_m = None;
            return Ok(false);
        };
        if ln_e.is_nan() || ln_e.abs() > 1e12 {
            return Err(EvidenceError::Observation);
        }
        let restarted = match (self.ln_m, self.kind) {
            (None, _) => 0.0,
            (Some(ln_m), DetectorKind::Cusum) => ln_m.max(0.0),
            (Some(ln_m), DetectorKind::ShiryaevRoberts) => ln_m.max(0.0) + (-ln_m.abs()).exp().ln_1p(),
        };
        self.ln_m = Some((restarted + ln_e).min(1e12));
        Ok(self.is_alarmed())
    }

    /// Whether the threshold is reached now.
    #[must_use]
    pub fn is_alarmed(&self) -> bool {
        self.ln_m.is_some_and(|ln_m| ln_m >= self.ln_threshold)
    }

    /// The logarithm of the statistic; `None` while it is zero.
    #[must_use]
    pub fn ln_statistic(&self) -> Option<f64> {
        self.ln_m
    }
}

/// A detector of a change in the rate of counts with a known expectation, over several sizes of change at once.
///
/// # Formula
///
/// The mean of the detectors with `e_t = ratio^n e^((1 - ratio) m)`, one for each ratio.
///
/// ```
/// use campaign_pilot_metrics::evidence::{DetectorKind, PoissonDetector};
///
/// // Sales that stop: at most one false alarm a year of hourly looks.
/// let mut stop = PoissonDetector::new(DetectorKind::ShiryaevRoberts, &[0.0, 0.25, 0.5], 8_760.0)?;
/// let quiet = (0..200).find(|_| stop.observe(0.0, 0.5) == Ok(true));
/// assert!(quiet.is_some_and(|hours| hours < 24));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct PoissonDetector {
    ln_threshold: f64,
    detectors: Vec<(f64, Detector)>,
}

checked_state!(PoissonDetector, |detector| {
    let ratios = !detector.detectors.is_empty() && detector.detectors.iter().all(|(ratio, _)| (0.0..=1e3).contains(ratio));
    ratios && (0.0..=28.0).contains(&detector.ln_threshold)
});

impl PoissonDetector {
    /// A detector of the given ratios of the rate after the change to the one before.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] without a ratio, for one outside 0 to 1,000, and for a threshold as in [`Detector::new`].
    pub fn new(kind: DetectorKind, ratios: &[f64], looks_between_false_alarms: f64) -> Result<Self, EvidenceError> {
        let detector = Detector::new(kind, looks_between_false_alarms)?;
        if ratios.is_empty() {
            return Err(EvidenceError::Parameter("ratios"));
        }
        let detectors =
            ratios.iter().map(|ratio| Ok((parameter("ratios", *ratio, 0.0..=1e3)?, detector))).collect::<Result<_, _>>()?;
        Ok(Self { ln_threshold: detector.ln_threshold, detectors })
    }

    /// Adds the events of a moment and how many were expected, and says whether there is an alarm.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a number that is negative, not finite or above a thousand million.
    pub fn observe(&mut self, events: f64, expected: f64) -> Result<bool, EvidenceError> {
        if !(0.0..=1e9).contains(&events) || !(0.0..=1e9).contains(&expected) {
            return Err(EvidenceError::Observation);
        }
        for (ratio, detector) in &mut self.detectors {
            let drift = (1.0 - *ratio) * expected;
            let ln_e = if events <= 0.0 { Some(drift) } else { (*ratio > 0.0).then(|| events * ratio.ln() + drift) };
            detector.update(ln_e)?;
        }
        Ok(self.is_alarmed())
    }

    /// Whether the threshold is reached now.
    #[must_use]
    pub fn is_alarmed(&self) -> bool {
        let parts = self.detectors.iter().filter_map(|(_, detector)| detector.ln_m);
        ln_sum_exp(parts) - (self.detectors.len() as f64).ln() >= self.ln_threshold
    }
}
