//! The simplex search of Nelder and Mead (1965) for the smallest value of a function of few numbers.

use crate::linear::{add_scaled, count};

/// How often the search starts again from where it ended, with a fresh simplex.
const RESTARTS: usize = 4;
const ROUNDS: usize = 400;
const FLAT: f64 = 1e-12;

type Point = (Vec<f64>, f64);

/// The point of the smallest value found from `start`, and the value. Values that are NaN count as very large.
pub(super) fn minimise(start: &[f64], function: impl Fn(&[f64]) -> f64) -> Point {
    let value = |point: Vec<f64>| {
        let value = function(&point);
        (point, if value.is_nan() { f64::MAX } else { value })
    };
    let mut best = value(start.to_vec());
    for restart in 0..=RESTARTS {
        let before = best.1;
        let step = 1.0 / count(1 + restart);
        let mut simplex = vec![best.clone()];
        for axis in 0..start.len() {
            let moved = best.0.iter().enumerate().map(|(index, entry)| if index == axis { entry + step } else { *entry });
            simplex.push(value(moved.collect()));
        }
        best = descend(simplex, &value);
        if restart > 0 && (before - best.1).abs() <= FLAT * (1.0 + best.1.abs()) {
            break;
        }
    }
    best
}

fn descend(mut simplex: Vec<Point>, value: &impl Fn(Vec<f64>) -> Point) -> Point {
    for _ in 0..ROUNDS {
        simplex.sort_by(|left, right| left.1.total_cmp(&right.1));
        let (Some(best), Some(worst)) = (simplex.first().cloned(), simplex.pop()) else { break };
        if (worst.1 - best.1).abs() <= FLAT * (1.0 + best.1.abs()) {
            return best;
        }
        let mut centre = vec![0.0; best.0.len()];
        simplex.iter().for_each(|point| add_scaled(&mut centre, 1.0 / count(simplex.len()), &point.0));
        let along =
            |factor: f64| value(centre.iter().zip(&worst.0).map(|(centre, worst)| centre + factor * (centre - worst)).collect());
        let second = simplex.last().map_or(worst.1, |point| point.1);
        let reflected = along(1.0);
        let chosen = if reflected.1 < best.1 {
            let expanded = along(2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < second {
            reflected
        } else {
            let inside = if reflected.1 < worst.1 { along(0.5) } else { along(-0.5) };
            if inside.1 < worst.1.min(reflected.1) {
                inside
            } else {
                let towards = |point: &Point| {
                    value(point.0.iter().zip(&best.0).map(|(entry, best)| f64::midpoint(*entry, *best)).collect())
                };
                for point in simplex.iter_mut().skip(1) {
                    *point = towards(point);
                }
                towards(&worst)
            }
        };
        simplex.push(chosen);
    }
    simplex.into_iter().min_by(|left, right| left.1.total_cmp(&right.1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_valley_of_rosenbrock() {
        let rosenbrock = |point: &[f64]| (1.0 - point[0]).powi(2) + 100.0 * (point[1] - point[0].powi(2)).powi(2);
        let (point, value) = minimise(&[-1.2, 1.0], rosenbrock);
        assert!((point[0] - 1.0).abs() < 1e-4 && (point[1] - 1.0).abs() < 1e-4 && value < 1e-9);
    }
}
