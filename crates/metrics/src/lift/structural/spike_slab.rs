//! Regression with spike-and-slab priors: which predictors belong into the model is drawn along with their coefficients
//! (George and `McCulloch`, 1997; Scott and Varian, 2014).

use crate::lift::LiftError;
use crate::lift::random::{RandomBits, gamma, normal, uniform};
use crate::linear::{Cholesky, count, dot, quadratic};

/// The prior's choices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    /// How many predictors are expected to matter.
    pub(super) model_size: f64,
    /// Which share of the variance the regression is expected to explain.
    pub(super) r_squared: f64,
    /// How many observations that expectation is worth.
    pub(super) weight: f64,
}

/// How many observations the slab is worth.
const SLAB_WEIGHT: f64 = 0.01;
/// How much of the slab's precision is that of independent predictors.
const DIAGONAL_SHARE: f64 = 0.5;

/// The sums of products of the predictors, and the prior made of them.
pub(super) struct Regression {
    predictors: Vec<Vec<f64>>,
    gram: Vec<Vec<f64>>,
    slab: Vec<Vec<f64>>,
    inclusion: f64,
    freedom: f64,
    prior_squares: f64,
}

pub(super) struct Draw {
    /// The irregular variance.
    pub(super) variance: f64,
    /// One coefficient per predictor, zero where it is left out.
    pub(super) coefficients: Vec<f64>,
}

impl Regression {
    /// `predictors` hold the observed times only; the outcome is in units of its own standard deviation.
    pub(super) fn new(predictors: Vec<Vec<f64>>, observations: f64, prior: Prior) -> Result<Self, LiftError> {
        let gram: Vec<Vec<f64>> =
            predictors.iter().map(|left| predictors.iter().map(|right| dot(left, right)).collect()).collect();
        let mut slab = gram.clone();
        for (row, entries) in slab.iter_mut().enumerate() {
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry *= SLAB_WEIGHT / observations * if row == column { 1.0 } else { 1.0 - DIAGONAL_SHARE };
            }
        }
        let inclusion = (prior.model_size / count(predictors.len()).max(1.0)).clamp(0.0, 1.0);
        if !(prior.weight > 0.0 && prior.r_squared > 0.0 && prior.r_squared < 1.0 && prior.model_size > 0.0) {
            return Err(LiftError::Setting);
        }
        Ok(Self {
            predictors,
            gram,
            slab,
            inclusion,
            freedom: prior.weight + observations,
            prior_squares: prior.weight * (1.0 - prior.r_squared),
        })
    }

    /// Unless all predictors belong in, none is in at first: small models are quick, and grow by what the data say.
    pub(super) fn start(&self) -> Vec<bool> {
        vec![self.inclusion >= 1.0; self.predictors.len()]
    }

    /// Draws which predictors are in, one after the other, then the variance, then the coefficients.
    pub(super) fn draw(&self, outcome: &[f64], included: &mut [bool], bits: &mut impl RandomBits) -> Result<Draw, LiftError> {
        let products: Vec<f64> = self.predictors.iter().map(|values| dot(values, outcome)).collect();
        let square = dot(outcome, outcome);
        let mut present = self.posterior(&products, square, included).ok_or(LiftError::Singular)?;
        if self.inclusion < 1.0 {
            for index in 0..included.len() {
                flip(included, index);
                let Some(other) = self.posterior(&products, square, included) else {
                    flip(included, index);
                    continue;
                };
                let odds = other.log_weight - present.log_weight;
                if uniform(bits) < 1.0 / (1.0 + (-odds).exp()) {
                    present = other;
                } else {
                    flip(included, index);
                }
            }
        }
        let variance = 0.5 * present.squares / gamma(bits, 0.5 * self.freedom);
        let noise: Vec<f64> = present.mean.iter().map(|_| normal(bits) * variance.sqrt()).collect();
        let mut drawn = present.mean.iter().zip(present.precision.solve_transposed(noise)).map(|(mean, noise)| mean + noise);
        let coefficients = included.iter().map(|included| if *included { drawn.next().unwrap_or_default() } else { 0.0 });
        Ok(Draw { variance, coefficients: coefficients.collect() })
    }

    /// What follows for a choice of predictors, with the variance and the coefficients integrated out.
    fn posterior(&self, products: &[f64], square: f64, included: &[bool]) -> Option<Conditional> {
        let chosen = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(included).filter(|(_, included)| **included).map(|(value, _)| *value).collect()
        };
        let part = |matrix: &[Vec<f64>]| -> Vec<Vec<f64>> {
            matrix.iter().zip(included).filter(|(_, included)| **included).map(|(row, _)| chosen(row)).collect()
        };
        let slab = part(&self.slab);
        let mut precision = part(&self.gram);
        for (row, prior) in precision.iter_mut().zip(&slab) {
            row.iter_mut().zip(prior).for_each(|(entry, prior)| *entry += prior);
        }
        let cholesky = Cholesky::new(&precision)?;
        let mean = cholesky.solve(&chosen(products));
        let squares = self.prior_squares + (square - quadratic(&precision, &mean)).max(0.0);
        let size = count(mean.len());
        let log_prior = if self.inclusion < 1.0 {
            size * self.inclusion.ln() + (count(included.len()) - size) * (1.0 - self.inclusion).ln()
        } else {
            0.0
        };
        let determinants = Cholesky::new(&slab)?.log_determinant() - cholesky.log_determinant();
        let log_weight = log_prior + 0.5 * determinants - 0.5 * self.freedom * squares.ln();
        Some(Conditional { mean, precision: cholesky, squares, log_weight })
    }
}

struct Conditional {
    mean: Vec<f64>,
    precision: Cholesky,
    squares: f64,
    log_weight: f64,
}

fn flip(included: &mut [bool], index: usize) {
    if let Some(entry) = included.get_mut(index) {
        *entry = !*entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lift::Xoshiro256;
    use crate::linear::mean;

    /// Of eight predictors two matter: they are nearly always in, and the others mostly out.
    #[test]
    fn finds_the_predictors_that_matter() {
        let mut bits = Xoshiro256::seeded(3);
        let predictors: Vec<Vec<f64>> = (0..8).map(|_| (0..120).map(|_| normal(&mut bits)).collect()).collect();
        let outcome: Vec<f64> =
            (0..120).map(|row| 0.7 * predictors[2][row] - 0.5 * predictors[5][row] + 0.4 * normal(&mut bits)).collect();
        let prior = Prior { model_size: 2.0, r_squared: 0.8, weight: 50.0 };
        let regression = Regression::new(predictors, 120.0, prior).unwrap();
        let mut included = regression.start();
        let draws: Vec<Draw> = (0..600).map(|_| regression.draw(&outcome, &mut included, &mut bits).unwrap()).skip(100).collect();
        let share = |index: usize| mean(&draws.iter().map(|draw| f64::from(draw.coefficients[index] != 0.0)).collect::<Vec<_>>());
        let value = |index: usize| mean(&draws.iter().map(|draw| draw.coefficients[index]).collect::<Vec<_>>());
        assert!(share(2) > 0.99 && share(5) > 0.99);
        assert!([0, 1, 3, 4, 6, 7].iter().all(|index| share(*index) < 0.3));
        assert!((value(2) - 0.7).abs() < 0.1 && (value(5) + 0.5).abs() < 0.1);
    }
}
