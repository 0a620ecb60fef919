//! Locally weighted regression on evenly spaced points.

use serde::{Deserialize, Serialize};

use crate::linear::count;

/// What is fitted around each point.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// A constant.
    Constant,
    /// A straight line.
    #[default]
    Line,
}

/// A smoother of a window and a degree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loess {
    pub(super) window: usize,
    pub(super) degree: Degree,
}

impl Loess {
    /// Smooths a series. `weights`, one per value, tell how far each is to be believed.
    pub(super) fn smooth(self, values: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
        let size = values.len();
        if size < 2 {
            return values.to_vec();
        }
        let half = self.window.div_ceil(2);
        let (mut left, mut right) = (1, self.window.min(size));
        let mut scratch = Vec::with_capacity(right);
        let mut smoothed = Vec::with_capacity(size);
        for (place, value) in (1..=size).zip(values) {
            if self.window < size && place > half && right < size {
                left += 1;
                right += 1;
            }
            let fitted = self.at(values, count(place), (left, right), weights, &mut scratch);
            smoothed.push(fitted.unwrap_or(*value));
        }
        smoothed
    }

    /// One step before the first value and one after the last.
    pub(super) fn beyond(self, values: &[f64], weights: Option<&[f64]>) -> (Option<f64>, Option<f64>) {
        let size = values.len();
        let mut scratch = Vec::new();
        let before = self.at(values, 0.0, (1, self.window.min(size)), weights, &mut scratch);
        let first = (size + 1).saturating_sub(self.window).max(1);
        let after = self.at(values, count(size + 1), (first, size), weights, &mut scratch);
        (before, after)
    }

    /// The fit at a place from the values `ends.0` to `ends.1`, counted from one. None when all of them weigh nothing.
    fn at(
        self,
        values: &[f64],
        place: f64,
        ends: (usize, usize),
        weights: Option<&[f64]>,
        scratch: &mut Vec<f64>,
    ) -> Option<f64> {
        let (left, right) = ends;
        let mut reach = (place - count(left)).max(count(right) - place);
        if self.window > values.len() {
            reach += count((self.window - values.len()) / 2);
        }
        let (near, far) = (0.001 * reach, 0.999 * reach);
        scratch.clear();
        scratch.extend((left..=right).map(|point| {
            let distance = (count(point) - place).abs();
            if distance > far {
                0.0
            } else if distance <= near {
                1.0
            } else {
                (1.0 - (distance / reach).powi(3)).powi(3)
            }
        }));
        if let Some(weights) = weights {
            scratch.iter_mut().zip(weights.iter().skip(left - 1)).for_each(|(own, weight)| *own *= weight);
        }
        let total: f64 = scratch.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        scratch.iter_mut().for_each(|weight| *weight /= total);
        if reach > 0.0 && self.degree == Degree::Line {
            let points = || (left..=right).map(count);
            let centre: f64 = scratch.iter().zip(points()).map(|(weight, point)| weight * point).sum();
            let spread: f64 = scratch.iter().zip(points()).map(|(weight, point)| weight * (point - centre).powi(2)).sum();
            // Points that lie almost in one place tell no slope.
            if spread.sqrt() > 0.001 * (count(values.len()) - 1.0) {
                let slope = (place - centre) / spread;
                scratch.iter_mut().zip(points()).for_each(|(weight, point)| *weight *= slope * (point - centre) + 1.0);
            }
        }
        Some(scratch.iter().zip(values.iter().skip(left - 1)).map(|(weight, value)| weight * value).sum())
    }
}
