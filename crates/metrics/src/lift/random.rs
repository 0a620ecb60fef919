//! Random numbers from bits that the caller supplies.

/// A source of random bits. Any `FnMut() -> u64` is one, such as `|| rng.next_u64()` of a generator that the caller seeded.
pub trait RandomBits {
    /// The next 64 bits.
    fn next_bits(&mut self) -> u64;
}

impl<F: FnMut() -> u64> RandomBits for F {
    fn next_bits(&mut self) -> u64 {
        self()
    }
}

/// The generator xoshiro256++ of Blackman and Vigna: small, fast, the same on every machine, not for secrets.
///
/// ```
/// use campaign_pilot_metrics::lift::{RandomBits, Xoshiro256};
///
/// let mut first = Xoshiro256::seeded(7);
/// let mut second = Xoshiro256::seeded(7);
/// assert_eq!(first.next_bits(), second.next_bits());
/// ```
#[derive(Clone, Debug)]
pub struct Xoshiro256 {
    state: [u64; 4],
}

impl Xoshiro256 {
    /// A generator whose state is spread from a seed by `SplitMix64`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut counter = seed;
        let state = [(); 4].map(|()| {
            counter = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (counter ^ (counter >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
        Self { state }
    }
}

impl RandomBits for Xoshiro256 {
    fn next_bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }
}

/// Between zero and one, never either.
pub(super) fn uniform(bits: &mut impl RandomBits) -> f64 {
    ((bits.next_bits() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
}

/// Standard normal, by Marsaglia's polar method.
pub(super) fn normal(bits: &mut impl RandomBits) -> f64 {
    loop {
        let (x, y) = (2.0 * uniform(bits) - 1.0, 2.0 * uniform(bits) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * square.ln() / square).sqrt();
        }
    }
}

/// Gamma of a shape of at least one and scale one, by Marsaglia and Tsang (2000).
pub(super) fn gamma(bits: &mut impl RandomBits, shape: f64) -> f64 {
    let d = shape.max(1.0) - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(bits);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(bits).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{count, mean, squares};

    /// The first numbers of the authors' C program for a state of 1, 2, 3, 4.
    #[test]
    fn equals_the_authors_program() {
        let mut generator = Xoshiro256 { state: [1, 2, 3, 4] };
        let first = [(); 4].map(|()| generator.next_bits());
        assert_eq!(first, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut generator = Xoshiro256::seeded(11);
        let size = 40_000;
        let normals: Vec<f64> = (0..size).map(|_| normal(&mut generator)).collect();
        assert!(mean(&normals).abs() < 0.02 && (squares(&normals) / count(size) - 1.0).abs() < 0.03);
        let gammas: Vec<f64> = (0..size).map(|_| gamma(&mut generator, 16.0)).collect();
        assert!((mean(&gammas) - 16.0).abs() < 0.1 && (squares(&gammas) / count(size) - 16.0).abs() < 0.6);
    }
}
