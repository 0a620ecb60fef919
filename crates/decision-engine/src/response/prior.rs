//! A gamma distribution over rates of events per exposure.

use campaign_pilot_metrics::special::{gamma_q, inverse_gamma_p};

/// Units from which on the spread that was seen counts more than the one that is assumed.
const ASSUMED_UNITS: f64 = 8.0;
/// The shapes that are believed: below, nearly all units would do nothing; above, all would be alike.
const SHAPES: std::ops::RangeInclusive<f64> = 0.5..=20.0;

/// `Gamma(shape, rate)`: its mean is `shape / rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GammaPrior {
    shape: f64,
    rate: f64,
}

impl GammaPrior {
    /// The distribution that units with so many events in so much exposure come from, with an assumed mean that counts as
    /// so much exposure (Marshall 1991).
    ///
    /// # Formula
    ///
    /// `m = (sum x + assumed x weight) / (sum E + weight)`, `S = sum E (x / E - m)^2`,
    /// `tau^2 = (S - (n - 1) m) / (sum E - sum E^2 / sum E)`, shape `m^2 / tau^2`, averaged with a shape of 1 that counts as
    /// 8 units.
    pub(crate) fn learn(units: impl Iterator<Item = (f64, f64)> + Clone, assumed: f64, weight: f64) -> Self {
        let units = units.filter(|(_, exposure)| *exposure > 0.0);
        let (mut events, mut exposures, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0);
        for (seen, exposure) in units.clone() {
            events += seen;
            exposures += exposure;
            squares += exposure * exposure;
            count += 1.0;
        }
        let mean = assumed.mul_add(weight, events) / (exposures + weight);
        let spread: f64 = units.map(|(seen, exposure)| exposure * (seen / exposure - mean).powi(2)).sum();
        let free = exposures - squares / exposures;
        let variance = if count > 1.0 && free > 0.0 { ((spread - (count - 1.0) * mean) / free).max(0.0) } else { 0.0 };
        let seen = if variance > 0.0 { mean * mean / variance } else { *SHAPES.end() };
        let seen = seen.clamp(*SHAPES.start(), *SHAPES.end());
        let shape = if count > 1.0 { seen.mul_add(count, ASSUMED_UNITS) / (count + ASSUMED_UNITS) } else { 1.0 };
        Self { shape, rate: shape / mean.max(1e-12) }
    }

    /// The posterior after so many events in so much exposure.
    pub(crate) fn after(self, events: f64, exposure: f64) -> Self {
        Self { shape: self.shape + events, rate: self.rate + exposure }
    }

    pub(crate) fn mean(self) -> f64 {
        self.shape / self.rate
    }

    /// The probability of a rate above a limit.
    pub(crate) fn above(self, limit: f64) -> f64 {
        if limit <= 0.0 {
            return 1.0;
        }
        gamma_q(self.shape, limit * self.rate).unwrap_or(0.0)
    }

    /// The 5 % and the 95 % quantile at a rate of 1: those of all distributions of this shape, but for their scale.
    pub(crate) fn unit_range(self) -> (f64, f64) {
        let quantile = |probability| inverse_gamma_p(self.shape, probability).unwrap_or(self.shape);
        (quantile(0.05), quantile(0.95))
    }

    /// A quantile at this distribution's rate.
    pub(crate) fn scaled(self, unit_quantile: f64) -> f64 {
        unit_quantile / self.rate
    }

    pub(crate) fn deviation(self) -> f64 {
        self.shape.sqrt() / self.rate
    }
}
