//! A gamma distribution over rates of events per exposure.

use campaign_pilot_metrics::special::{gamma_q, inverse_gamma_p};

/// How much units differ before any is known: the squared coefficient of variation of their rates.
const ASSUMED_SPREAD: f64 = 1.0;
/// Units from which on the spread that was seen counts more than the one that is assumed.
const ASSUMED_UNITS: f64 = 8.0;
/// The spreads that are believed: below, all units would be alike; above, nearly all would do nothing.
const SPREADS: std::ops::RangeInclusive<f64> = 0.05..=2.0;
/// How often mean and spread are found from each other; they hardly move after the third time.
const ROUNDS: usize = 4;

/// `Gamma(shape, rate)`: its mean is `shape / rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GammaPrior {
    shape: f64,
    rate: f64,
}

impl GammaPrior {
    /// The distribution that units with so many events in so much exposure come from, with an assumed mean that counts as
    /// so much exposure.
    ///
    /// # Formula
    ///
    /// Counts vary with `E m + s (E m)^2` around their mean, `s = 1 / shape`, as in Breslow (1984), Extra-Poisson variation. By turns, mean
    /// and second moment are weighted by the inverse of their variances:
    ///
    /// ```text
    /// m  = (assumed weight + sum(x w)) / (weight + sum(E w))                  w = 1 / (1 + s E m)
    /// s' = sum(w^2 ((x - E m)^2 - E m)) / sum(w^2 (E m)^2)                    at least 0
    /// s  = (8 x 1 + n s') / (8 + n), from 0.05 to 2                           n = sum((E m / (1 + E m))^2)
    /// ```
    ///
    /// A unit with much exposure says little more of the mean than one with some, since units differ; and one without the exposure
    /// to show an event says nothing of how they differ.
    pub(crate) fn learn(units: impl Iterator<Item = (f64, f64)> + Clone, assumed: f64, weight: f64) -> Self {
        let units = units.filter(|(_, exposure)| *exposure > 0.0);
        let (mut mean, mut spread) = (assumed.max(1e-12), ASSUMED_SPREAD);
        for _ in 0..ROUNDS {
            let (mut events, mut exposures) = (assumed * weight, weight);
            for (seen, exposure) in units.clone() {
                let expected = exposure * mean;
                let counts = 1.0 / spread.mul_add(expected, 1.0);
                events += counts * seen;
                exposures += counts * exposure;
            }
            mean = (events / exposures).max(1e-12);
            let (mut beyond, mut squares, mut telling) = (0.0, 0.0, 0.0);
            for (seen, exposure) in units.clone() {
                let expected = exposure * mean;
                let counts = spread.mul_add(expected, 1.0).powi(-2);
                beyond += counts * ((seen - expected).powi(2) - expected);
                squares += counts * expected * expected;
                telling += (expected / (1.0 + expected)).powi(2);
            }
            let seen = if squares > 0.0 { (beyond / squares).max(0.0) } else { ASSUMED_SPREAD };
            let both = ASSUMED_SPREAD.mul_add(ASSUMED_UNITS, seen * telling) / (ASSUMED_UNITS + telling);
            spread = both.clamp(*SPREADS.start(), *SPREADS.end());
        }
        Self { shape: 1.0 / spread, rate: 1.0 / (spread * mean) }
    }

    /// The posterior after so many events in so much exposure.
    pub(crate) fn after(self, events: f64, exposure: f64) -> Self {
        Self { shape: self.shape + events, rate: self.rate + exposure }
    }

    pub(crate) const fn shape(self) -> f64 {
        self.shape
    }

    /// The exposure that it counts as.
    pub(crate) const fn rate(self) -> f64 {
        self.rate
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
