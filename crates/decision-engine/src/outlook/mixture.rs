//! A mixture of normal distributions and single values.

use campaign_pilot_metrics::special::normal_cdf;

/// How far a quantile may be off: amounts are told in hundredths.
const CLOSE: f64 = 1e-3;
/// How often an interval is halved at most on the way to a quantile.
const HALVINGS: u32 = 48;
/// Beyond so many deviations a normal distribution is taken for over: 1e-9 of it lies there.
const OVER: f64 = 6.0;

/// Parts with their probabilities; those without a deviation are single values.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixture {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    weight: f64,
    mean: f64,
    deviation: f64,
}

impl Mixture {
    pub(super) fn add(&mut self, weight: f64, mean: f64, deviation: f64) {
        // The many parts at one end, such as where the budget is used up, are one.
        match self.parts.last_mut() {
            Some(last) if last.mean.to_bits() == mean.to_bits() && last.deviation.to_bits() == deviation.to_bits() => {
                last.weight += weight;
            }
            _ => self.parts.push(Part { weight, mean, deviation }),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        let (sum, weights) = self
            .parts
            .iter()
            .fold((0.0, 0.0), |(sum, weights), part| (part.weight.mul_add(part.mean, sum), weights + part.weight));
        if weights > 0.0 { sum / weights } else { 0.0 }
    }

    /// The probability of more than zero.
    pub(super) fn above_zero(&self) -> f64 {
        (1.0 - self.at_most(0.0)).clamp(0.0, 1.0)
    }

    /// The least value that is not exceeded with a probability.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        let reach = |part: &Part| (8.0_f64.mul_add(-part.deviation, part.mean), 8.0_f64.mul_add(part.deviation, part.mean));
        let (mut low, mut high) =
            self.parts.iter().map(reach).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (c, d)| (a.min(c), b.max(d)));
        if low >= high {
            return if low.is_finite() { low } else { 0.0 };
        }
        if self.at_most(low) >= probability {
            return low;
        }
        for _ in 0..HALVINGS {
            if high - low < CLOSE {
                break;
            }
            let middle = f64::midpoint(low, high);
            if self.at_most(middle) >= probability { high = middle } else { low = middle }
        }
        high
    }

    fn at_most(&self, value: f64) -> f64 {
        let below = |part: &Part| {
            let away = value - part.mean;
            if away.abs() < OVER * part.deviation {
                normal_cdf(away / part.deviation).unwrap_or(0.0)
            } else {
                f64::from(u8::from(away >= 0.0))
            }
        };
        self.parts.iter().map(|part| part.weight * below(part)).sum()
    }
}
