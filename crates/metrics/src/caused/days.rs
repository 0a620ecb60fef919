//! The shop's level day by day: a log-Gaussian process seen through overdispersed counts.

use crate::linear::{Cholesky, add_scaled, dot, times};

/// Variance of the level, of which the rates of products take over what is left.
const LEVEL: f64 = 1.0;

/// Standard deviation of the slope a day.
const SLOPE: f64 = 0.01;

/// Sizes that are tried, and the one that is expected before anything is seen: of the random walk's step a day, of the days of
/// the week, of shocks of single days.
const WALK: ([f64; 6], f64) = ([0.003, 0.006, 0.012, 0.025, 0.05, 0.1], 0.012);
const WEEKDAY: ([f64; 4], f64) = ([0.02, 0.08, 0.2, 0.5], 0.1);
const SHOCK: ([f64; 5], f64) = ([0.01, 0.05, 0.12, 0.25, 0.5], 0.1);

/// Logarithms stay in a range in which their exponentials are representable.
const REACH: f64 = 30.0;

/// Standard deviations of what moves the level.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    walk: f64,
    weekday: f64,
    shock: f64,
}

impl Sizes {
    const EXPECTED: Self = Self { walk: WALK.1, weekday: WEEKDAY.1, shock: SHOCK.1 };

    /// The covariance of the logarithms.
    fn kernel(&self, days: usize) -> Vec<Vec<f64>> {
        let centre = 0.5 * days as f64;
        let entry = |row: usize, column: usize| {
            let slopes = (row as f64 - centre) * (column as f64 - centre) * SLOPE.powi(2);
            let walk = (row.min(column) + 1) as f64 * self.walk.powi(2);
            let weekday = if row % 7 == column % 7 { self.weekday.powi(2) } else { 0.0 };
            let shock = if row == column { self.shock.powi(2) } else { 0.0 };
            LEVEL + slopes + walk + weekday + shock
        };
        (0..days).map(|row| (0..days).map(|column| entry(row, column)).collect()).collect()
    }

    /// The logarithm of a wide prior on the sizes.
    fn ln_prior(&self) -> f64 {
        let of = |size: f64, expected: f64| -0.5 * (size / expected).ln().powi(2);
        of(self.walk, WALK.1) + of(self.weekday, WEEKDAY.1) + of(self.shock, SHOCK.1)
    }
}

/// What the products without ads sold, by day.
#[derive(Debug)]
pub(super) struct Seen {
    /// Orders.
    pub(super) orders: Vec<f64>,
    /// The sum of the rates of products.
    pub(super) rates: Vec<f64>,
    /// Variance over mean.
    pub(super) dispersion: f64,
}

/// The level of each day.
#[derive(Clone, Debug)]
pub(super) struct Level {
    sizes: Sizes,
    kernel: Vec<Vec<f64>>,
    logs: Vec<f64>,
    /// Square roots of the information that each day's orders hold, and the factor of what they leave.
    roots: Vec<f64>,
    factor: Option<Cholesky>,
}

impl Level {
    pub(super) fn flat(days: usize) -> Self {
        let sizes = Sizes::EXPECTED;
        Self { sizes, kernel: sizes.kernel(days), logs: vec![0.0; days], roots: vec![0.0; days], factor: None }
    }

    /// The most likely levels.
    pub(super) fn modes(&self) -> Vec<f64> {
        self.logs.iter().map(|log| log.exp()).collect()
    }

    /// The expected levels.
    pub(super) fn means(&self) -> Vec<f64> {
        let variances =
            self.kernel.iter().enumerate().map(|(day, row)| row.get(day).copied().unwrap_or_default() - self.explained(row));
        // Without any control the correction is not to be larger than the level itself.
        self.logs.iter().zip(variances).map(|(log, variance)| (log + 0.5 * variance.clamp(0.0, 1.0)).exp()).collect()
    }

    /// The variance of a sum of the logarithms with these weights, when this is the information about them.
    ///
    /// With the kernel's factor `L` that is `v' (1 + L' W L)^-1 v` for `v = L' g`.
    pub(super) fn variance(&self, weights: &[f64], information: &[Vec<f64>]) -> Option<f64> {
        let columns = Cholesky::new(&self.kernel)?.columns();
        let seen: Vec<Vec<f64>> = columns.iter().map(|column| times(information, column)).collect();
        let matrix: Vec<Vec<f64>> = columns
            .iter()
            .enumerate()
            .map(|(row, column)| {
                let mut entries: Vec<f64> = seen.iter().take(row + 1).map(|seen| dot(column, seen)).collect();
                entries.iter_mut().skip(row).for_each(|diagonal| *diagonal += 1.0);
                entries
            })
            .collect();
        let half = Cholesky::new(&matrix)?.solve_triangle(&times(&columns, weights));
        Some(dot(&half, &half))
    }

    /// Of a covariance with the logarithms, what the orders explain.
    fn explained(&self, along: &[f64]) -> f64 {
        let weighted: Vec<f64> = along.iter().zip(&self.roots).map(|(along, root)| along * root).collect();
        self.factor.as_ref().map_or(0.0, |factor| {
            let half = factor.solve_triangle(&weighted);
            dot(&half, &half)
        })
    }

    /// One of Newton's steps (Rasmussen and Williams 2006, algorithm 3.1). Returns the logarithm of the likelihood.
    pub(super) fn step(&mut self, seen: &Seen) -> Option<f64> {
        let means: Vec<f64> = self.logs.iter().zip(&seen.rates).map(|(log, rate)| rate * log.exp()).collect();
        self.roots = means.iter().map(|mean| (mean / seen.dispersion).sqrt()).collect();
        let matrix: Vec<Vec<f64>> = self
            .kernel
            .iter()
            .zip(&self.roots)
            .enumerate()
            .map(|(day, (row, root))| {
                let mut row: Vec<f64> = row.iter().zip(&self.roots).map(|(entry, other)| root * entry * other).collect();
                row.iter_mut().skip(day).take(1).for_each(|entry| *entry += 1.0);
                row
            })
            .collect();
        let factor = Cholesky::new(&matrix)?;
        let mut working: Vec<f64> = self
            .logs
            .iter()
            .zip(&means)
            .zip(&seen.orders)
            .map(|((log, mean), orders)| (mean * log + orders - mean) / seen.dispersion)
            .collect();
        let along: Vec<f64> = times(&self.kernel, &working).iter().zip(&self.roots).map(|(along, root)| along * root).collect();
        let solved: Vec<f64> = factor.solve(&along).iter().zip(&self.roots).map(|(solved, root)| solved * root).collect();
        add_scaled(&mut working, -1.0, &solved);
        let wanted = times(&self.kernel, &working);
        // Counts of a few make the first steps too long.
        self.logs.iter_mut().zip(&wanted).for_each(|(log, wanted)| {
            *log = (*log + (wanted - *log).clamp(-1.5, 1.5)).clamp(-REACH, REACH);
        });
        let fits = self.logs.iter().zip(&seen.orders).zip(&seen.rates);
        let fit: f64 = fits.map(|((log, orders), rate)| (orders * log - rate * log.exp()) / seen.dispersion).sum();
        let likelihood = fit - 0.5 * dot(&working, &wanted) - 0.5 * factor.log_determinant();
        self.factor = Some(factor);
        likelihood.is_finite().then_some(likelihood)
    }

    /// Takes the sizes with the highest likelihood, one after the other.
    pub(super) fn learn(&mut self, seen: &Seen) {
        let with = |kept: &Self, sizes: Sizes| {
            let mut level = Self { sizes, kernel: sizes.kernel(kept.logs.len()), ..kept.clone() };
            let likelihood = level.step(seen)? + sizes.ln_prior();
            Some((likelihood, level))
        };
        let Some((mut best, _)) = with(self, self.sizes) else { return };
        let walks = WALK.0.map(|walk| (Some(walk), None, None));
        let weekdays = WEEKDAY.0.map(|weekday| (None, Some(weekday), None));
        let shocks = SHOCK.0.map(|shock| (None, None, Some(shock)));
        for (walk, weekday, shock) in weekdays.into_iter().chain(shocks).chain(walks) {
            let kept = self.sizes;
            let sizes = Sizes {
                walk: walk.unwrap_or(kept.walk),
                weekday: weekday.unwrap_or(kept.weekday),
                shock: shock.unwrap_or(kept.shock),
            };
            if let Some((likelihood, level)) = with(self, sizes)
                && likelihood > best
            {
                (best, *self) = (likelihood, level);
            }
        }
    }
}
