//! The Kalman filter of a local level with a season: the state is the level, then the effects of the last `season - 1` times.

use crate::linear::{add_scaled, dot};

/// Which parts the state has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The length of the state.
    pub(super) width: usize,
}

impl Shape {
    /// `season` is the number of times after which the season comes again; below two there is none.
    pub(super) fn new(season: Option<usize>) -> Self {
        Self { width: season.filter(|season| *season > 1).unwrap_or(1) }
    }

    pub(super) fn zero(self) -> Vec<f64> {
        vec![0.0; self.width]
    }

    pub(super) fn diagonal(self, variance: f64) -> Vec<Vec<f64>> {
        let entry = |row, column| if row == column { variance } else { 0.0 };
        (0..self.width).map(|row| (0..self.width).map(|column| entry(row, column)).collect()).collect()
    }
}

/// What the state adds to an observation: the level and the season's present effect.
pub(super) fn observe(state: &[f64]) -> f64 {
    state.iter().take(2).sum()
}

/// One time ahead without noise: the level stays, and the season's effects add up to zero.
pub(super) fn advance(state: &mut [f64]) {
    if let Some((_, season)) = state.split_first_mut() {
        let next = -season.iter().sum::<f64>();
        if !season.is_empty() {
            season.rotate_right(1);
        }
        if let Some(first) = season.first_mut() {
            *first = next;
        }
    }
}

/// The transpose of [`advance`].
pub(super) fn advance_transposed(weights: &mut [f64]) {
    if let Some((_, season)) = weights.split_first_mut() {
        let present = season.first().copied().unwrap_or_default();
        if !season.is_empty() {
            season.rotate_left(1);
        }
        if let Some(last) = season.last_mut() {
            *last = 0.0;
        }
        season.iter_mut().for_each(|weight| *weight -= present);
    }
}

/// `T P T'`.
pub(super) fn advance_covariance(covariance: &mut [Vec<f64>]) {
    for _ in 0..2 {
        covariance.iter_mut().for_each(|row| advance(row));
        transpose(covariance);
    }
}

fn transpose(matrix: &mut [Vec<f64>]) {
    let copy = matrix.to_vec();
    for (index, row) in matrix.iter_mut().enumerate() {
        row.iter_mut().zip(&copy).for_each(|(entry, source)| *entry = source.get(index).copied().unwrap_or_default());
    }
}

/// The variances of the noises.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    pub(super) irregular: f64,
    pub(super) level: f64,
    pub(super) season: f64,
}

impl Noise {
    /// What a time adds to the covariance of the state.
    pub(super) fn add_to(self, covariance: &mut [Vec<f64>]) {
        for (index, (row, variance)) in covariance.iter_mut().zip([self.level, self.season]).enumerate() {
            if let Some(entry) = row.get_mut(index) {
                *entry += variance;
            }
        }
    }
}

/// What the filter needs of each time, whatever the data: it depends on the variances and on the gaps only.
#[derive(Debug)]
pub(super) struct Gains {
    /// The variance of each innovation; none in a gap.
    pub(super) variances: Vec<Option<f64>>,
    /// The covariance of state and observation.
    loads: Vec<Vec<f64>>,
    /// The covariance of the state one time after the last.
    pub(super) ahead: Vec<Vec<f64>>,
}

impl Gains {
    /// `None` when a variance is not above zero.
    pub(super) fn new(noise: Noise, initial: Vec<Vec<f64>>, known: &[bool]) -> Option<Self> {
        let mut covariance = initial;
        let (mut variances, mut loads) = (Vec::with_capacity(known.len()), Vec::with_capacity(known.len()));
        for known in known {
            let load: Vec<f64> = covariance.iter().map(|row| observe(row)).collect();
            let variance = observe(&load) + noise.irregular;
            if *known {
                if variance.is_nan() || variance <= 0.0 {
                    return None;
                }
                covariance.iter_mut().zip(&load).for_each(|(row, own)| add_scaled(row, -own / variance, &load));
            }
            advance_covariance(&mut covariance);
            noise.add_to(&mut covariance);
            variances.push(known.then_some(variance));
            loads.push(load);
        }
        Some(Self { variances, loads, ahead: covariance })
    }

    /// The innovations of a series (zero in a gap), and the state one time after the last. The first state is zero.
    pub(super) fn filter(&self, series: &[f64], shape: Shape) -> (Vec<f64>, Vec<f64>) {
        let mut state = shape.zero();
        let mut innovations = Vec::with_capacity(series.len());
        for ((value, variance), load) in series.iter().zip(&self.variances).zip(&self.loads) {
            let innovation = variance.map_or(0.0, |variance| {
                let innovation = value - observe(&state);
                add_scaled(&mut state, innovation / variance, load);
                innovation
            });
            advance(&mut state);
            innovations.push(innovation);
        }
        (innovations, state)
    }

    /// The states that are expected with all of a series known (Koopman, 1993). The first state has the mean zero.
    pub(super) fn smooth(&self, series: &[f64], shape: Shape, noise: Noise, initial: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let (innovations, _) = self.filter(series, shape);
        let mut weights = shape.zero();
        let mut backwards = Vec::with_capacity(series.len());
        for ((innovation, variance), load) in innovations.iter().zip(&self.variances).zip(&self.loads).rev() {
            backwards.push(weights.clone());
            advance_transposed(&mut weights);
            if let Some(variance) = variance {
                let present = (innovation - dot(load, &weights)) / variance;
                weights.iter_mut().take(2).for_each(|weight| *weight += present);
            }
        }
        let mut state: Vec<f64> = initial.iter().map(|row| dot(row, &weights)).collect();
        let mut states = Vec::with_capacity(series.len() + 1);
        for weights in backwards.iter().rev() {
            states.push(state.clone());
            advance(&mut state);
            for ((entry, weight), variance) in state.iter_mut().zip(weights).zip([noise.level, noise.season]) {
                *entry += variance * weight;
            }
        }
        states.push(state);
        states
    }
}

/// The variance of the sum of the observations that `counted` names, the first being one time after the last known one: the
/// errors of the state are shared by all of them, the irregular ones are not.
pub(super) fn variance_of_sum(noise: Noise, mut covariance: Vec<Vec<f64>>, counted: &[bool]) -> f64 {
    let mut shared: Vec<f64> = vec![0.0; covariance.len()];
    let mut variance = 0.0;
    for counted in counted {
        if *counted {
            let load: Vec<f64> = covariance.iter().map(|row| observe(row)).collect();
            variance += 2.0 * observe(&shared) + observe(&load) + noise.irregular;
            add_scaled(&mut shared, 1.0, &load);
        }
        advance(&mut shared);
        advance_covariance(&mut covariance);
        noise.add_to(&mut covariance);
    }
    variance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_comes_again_and_adds_up_to_zero() {
        let mut state = vec![10.0, 1.0, 2.0, -5.0];
        let mut seen = Vec::new();
        for _ in 0..8 {
            seen.push(observe(&state) - 10.0);
            advance(&mut state);
        }
        assert_eq!(seen[..4], seen[4..]);
        assert!(seen[..4].iter().sum::<f64>().abs() < 1e-15);
    }

    #[test]
    fn the_transpose_is_one() {
        let (state, weights) = (vec![3.0, 1.0, -2.0, 0.5], vec![0.3, 2.0, 1.0, -4.0]);
        let (mut ahead, mut back) = (state.clone(), weights.clone());
        advance(&mut ahead);
        advance_transposed(&mut back);
        assert!((dot(&ahead, &weights) - dot(&state, &back)).abs() < 1e-14);
    }

    /// Two observations of a constant level with the prior variance 4 and the noise 1: the mean is shrunk by 8/9.
    #[test]
    fn smoothing_a_constant_is_shrinking_its_mean() {
        let noise = Noise { irregular: 1.0, level: 0.0, season: 0.0 };
        let shape = Shape::new(None);
        let gains = Gains::new(noise, shape.diagonal(4.0), &[true, false, true]).unwrap();
        let states = gains.smooth(&[1.0, 50.0, 2.0], shape, noise, &shape.diagonal(4.0));
        assert!(states.iter().all(|state| (state[0] - 1.5 * 8.0 / 9.0).abs() < 1e-14));
    }
}
