//! Draws that the simulator needs again and again.

use rand::distr::Distribution;
use rand::{Rng, RngExt};
use rand_distr::{Exp1, Poisson, StandardNormal};

/// A Poisson count; 0 for a rate that is not positive.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a Poisson count is a small whole number")]
pub(crate) fn poisson(rng: &mut impl Rng, rate: f64) -> u64 {
    Poisson::new(rate).map_or(0, |poisson| poisson.sample(rng) as u64)
}

/// A draw from a range; its lower bound where both are the same. What is drawn next does not depend on the range.
pub(crate) fn within(rng: &mut impl Rng, [low, high]: [f64; 2]) -> f64 {
    if low < high {
        return rng.random_range(low..high);
    }
    let _as_much_as_a_range: f64 = rng.random();
    low
}

/// Whether something of this probability happens. What is drawn next does not depend on the probability, even where that is 1.
pub(crate) fn happens(rng: &mut impl Rng, probability: f64) -> bool {
    rng.random::<f64>() < probability
}

/// A log-normal factor with mean 1.
pub(crate) fn shock(rng: &mut impl Rng, sigma: f64) -> f64 {
    let normal: f64 = StandardNormal.sample(rng);
    sigma.mul_add(normal, -sigma * sigma / 2.0).exp()
}

/// An exponential waiting time with the given mean.
pub(crate) fn wait(rng: &mut impl Rng, mean: f64) -> f64 {
    let unit: f64 = Exp1.sample(rng);
    mean * unit
}

/// A place drawn by weight; 0 for an empty list.
pub(crate) fn weighted(rng: &mut impl Rng, weights: &[f64]) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    let place = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    place.unwrap_or(weights.len().saturating_sub(1))
}

/// Whole seconds of a fractional number of hours.
#[expect(clippy::cast_possible_truncation, reason = "waiting times are a few days at most")]
pub(crate) fn seconds(hours: f64) -> i64 {
    (hours * 3600.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Streams;

    #[test]
    fn means_are_what_they_say() {
        let mut rng = Streams::new(3).partner(0);
        let mean = |draw: &mut dyn FnMut() -> f64| (0..20_000).map(|_| draw()).sum::<f64>() / 20_000.0;
        assert!((mean(&mut || poisson(&mut rng, 0.3) as f64) - 0.3).abs() < 0.02);
        assert!((mean(&mut || shock(&mut rng, 0.3)) - 1.0).abs() < 0.02);
        assert!((mean(&mut || wait(&mut rng, 9.0)) - 9.0).abs() < 0.3);
        assert!((mean(&mut || weighted(&mut rng, &[1.0, 3.0]) as f64) - 0.75).abs() < 0.02);
        assert!((mean(&mut || f64::from(u8::from(happens(&mut rng, 0.3)))) - 0.3).abs() < 0.02);
        assert_eq!(poisson(&mut rng, 0.0), 0);
        assert_eq!(weighted(&mut rng, &[]), 0);
    }

    #[test]
    fn what_is_drawn_next_depends_on_no_parameter() {
        let next = |draw: &dyn Fn(&mut rand_chacha::ChaCha8Rng)| {
            let mut rng = Streams::new(3).partner(0);
            draw(&mut rng);
            rng.random::<u64>()
        };
        let after = |range: [f64; 2]| next(&|rng| assert!((range[0]..=range[1]).contains(&within(rng, range))));
        assert_eq!(after([0.2, 0.9]), after([0.5, 0.5]));
        let after = |probability| next(&|rng| assert!(happens(rng, probability) || probability < 1.0));
        assert_eq!(after(0.2), after(1.0));
        assert_eq!(after(0.2), after(0.0));
    }
}
