//! Wolfe's algorithm: the convex combination of points that lies next to the origin.

use crate::lift::LiftError;
use crate::linear::{Qr, add_scaled, dot, norm};

/// Shares of the largest point below which a distance is rounding.
const ROUNDING: f64 = 1e-15;
/// The largest gap that a result may have, in squares of the nearest single point.
const TOLERANCE: f64 = 1e-9;

pub(super) struct Nearest {
    pub(super) weights: Vec<f64>,
    /// The bound on the squared distance that is still to be gained, in squares of the nearest single point.
    pub(super) gap: f64,
}

/// The weights (none below zero, together 1) whose combination of the points has the smallest length.
///
/// Adds the point that lies furthest against the current combination, moves to the best affine combination of the chosen
/// points, and drops points whose weight would become negative. Each round shortens the combination, so that no set of
/// points comes twice and the end is reached in a finite number of rounds.
pub(super) fn nearest_point(points: &[Vec<f64>]) -> Result<Nearest, LiftError> {
    let lengths: Vec<f64> = points.iter().map(|point| norm(point)).collect();
    let largest = lengths.iter().copied().fold(0.0, f64::max);
    let (first, shortest) =
        lengths.iter().copied().enumerate().min_by(|left, right| left.1.total_cmp(&right.1)).ok_or(LiftError::Singular)?;
    let mut chosen = vec![(first, 1.0)];
    let mut position = combine(points, &chosen);
    // A generous bound on the rounds: it is reached only when rounding makes them go in circles.
    for _ in 0..200 + 20 * points.len() {
        let square = dot(&position, &position);
        let (next, least) = points
            .iter()
            .map(|point| dot(point, &position))
            .enumerate()
            .min_by(|left, right| left.1.total_cmp(&right.1))
            .ok_or(LiftError::Singular)?;
        // The distance itself bounds what is still to be gained, which counts where the fit is perfect but for rounding.
        let gap = (square - least).min(square);
        let noise = ROUNDING * largest * (largest * ROUNDING + square.sqrt());
        let met = gap <= noise || chosen.iter().any(|(index, _)| *index == next);
        let better = if met { None } else { improve(points, &chosen, next) };
        match better {
            Some(moved) if dot(&moved.1, &moved.1) < square => (chosen, position) = moved,
            _ => {
                // Below the rounding of the products that the gap is made of, nothing can be told.
                let allowed = (TOLERANCE * shortest * shortest).max(1e-13 * largest * square.sqrt());
                return finish(points.len(), &chosen, gap, shortest * shortest, allowed);
            }
        }
    }
    Err(LiftError::NotConverged)
}

type Corral = Vec<(usize, f64)>;

/// One round: adds `next` and moves, dropping points, until all weights are positive. `None` when the points together
/// with `next` do not differ beyond rounding.
fn improve(points: &[Vec<f64>], chosen: &Corral, next: usize) -> Option<(Corral, Vec<f64>)> {
    let mut corral = chosen.clone();
    corral.push((next, 0.0));
    loop {
        let wanted = affine(points, &corral)?;
        if wanted.iter().all(|weight| *weight > 0.0) {
            corral.iter_mut().zip(&wanted).for_each(|(entry, weight)| entry.1 = *weight);
            let position = combine(points, &corral);
            return Some((corral, position));
        }
        // As far towards the wanted weights as all stay at or above zero.
        let step = corral
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted <= 0.0)
            .map(|((_, weight), wanted)| weight / (weight - wanted))
            .fold(1.0, f64::min);
        corral.iter_mut().zip(&wanted).for_each(|(entry, wanted)| entry.1 += step * (wanted - entry.1));
        let smallest = corral
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted <= 0.0)
            .map(|((index, weight), _)| (*index, *weight))
            .min_by(|left, right| left.1.total_cmp(&right.1))?;
        corral.retain(|(index, weight)| *index != smallest.0 && *weight > 0.0);
        if corral.is_empty() {
            return None;
        }
    }
}

/// The weights, of any sign and together 1, of the shortest combination.
fn affine(points: &[Vec<f64>], corral: &Corral) -> Option<Vec<f64>> {
    let chosen: Vec<&Vec<f64>> = corral.iter().filter_map(|(index, _)| points.get(*index)).collect();
    // The others' weights are found, the base has what is left of 1. It is the shortest: the weight of a point a million times as long
    // is so small that what is left of 1 has no digits of it.
    let (place, base) = chosen
        .iter()
        .enumerate()
        .min_by(|left, right| norm(left.1).total_cmp(&norm(right.1)))
        .map(|(place, base)| (place, *base))?;
    let others = chosen.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, point)| *point);
    let differences: Vec<Vec<f64>> =
        others.map(|point| point.iter().zip(base).map(|(point, base)| point - base).collect()).collect();
    let qr = Qr::new(&differences)?;
    let mut rest: Vec<f64> = base.iter().map(|value| -value).collect();
    let mut weights = qr.solve(&rest);
    differences.iter().zip(&weights).for_each(|(difference, weight)| add_scaled(&mut rest, -weight, difference));
    add_scaled(&mut weights, 1.0, &qr.solve(&rest));
    let left = 1.0 - weights.iter().sum::<f64>();
    weights.insert(place, left);
    Some(weights)
}

fn combine(points: &[Vec<f64>], corral: &Corral) -> Vec<f64> {
    let mut position = vec![0.0; points.first().map_or(0, Vec::len)];
    for (index, weight) in corral {
        if let Some(point) = points.get(*index) {
            add_scaled(&mut position, *weight, point);
        }
    }
    position
}

fn finish(length: usize, corral: &Corral, gap: f64, unit: f64, allowed: f64) -> Result<Nearest, LiftError> {
    if gap.is_nan() || gap > allowed {
        return Err(LiftError::NotConverged);
    }
    let gap = if unit > 0.0 { (gap / unit).max(0.0) } else { 0.0 };
    let mut weights = vec![0.0; length];
    for (index, weight) in corral {
        if let Some(entry) = weights.get_mut(*index) {
            *entry = *weight;
        }
    }
    Ok(Nearest { weights, gap })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_corners_edges_and_the_inside() {
        let corner = nearest_point(&[vec![1.0, 1.0], vec![2.0, 2.0], vec![3.0, 1.0]]).unwrap();
        assert_eq!(corner.weights, [1.0, 0.0, 0.0]);
        let edge = nearest_point(&[vec![1.0, 3.0], vec![1.0, -1.0], vec![4.0, 0.0]]).unwrap();
        assert!((edge.weights[0] - 0.25).abs() < 1e-15 && (edge.weights[1] - 0.75).abs() < 1e-15);
        let inside = nearest_point(&[vec![2.0, 0.0], vec![-1.0, 2.0], vec![-1.0, -2.0]]).unwrap();
        assert!((inside.weights[0] - 1.0 / 3.0).abs() < 1e-14 && inside.gap < 1e-12);
    }

    #[test]
    fn badly_mixed_scales_are_solved() {
        let target = [38.0, 205.0, 708.0, 739.0, 272.0, 87.0];
        let large = [92.0, 160.0, 553.0, 341.0, 468.0, 156.0].map(|value: f64| value * 1e6);
        let small = [144.0, 76.0, 101.0, 408.0, 331.0, 108.0].map(|value: f64| value * 1e-6);
        let points: Vec<Vec<f64>> = [large, small, [1.0; 6]]
            .iter()
            .map(|donor| donor.iter().zip(target).map(|(donor, target)| (donor - target) / 268_435_456.0).collect())
            .collect();
        let found = nearest_point(&points).unwrap();
        // By numpy: the constant is worse than the small one by what it adds to each day.
        assert!((found.weights[0] - 1.173_223_99e-6).abs() < 1e-13 && found.weights[2] < 1e-12, "{:?}", found.weights);
    }

    #[test]
    fn equal_points_share_as_they_like() {
        let same = nearest_point(&[vec![1.0, 2.0], vec![1.0, 2.0], vec![1.0, 2.0]]).unwrap();
        assert!((same.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        let origin = nearest_point(&[vec![0.0, 0.0], vec![0.0, 0.0]]).unwrap();
        assert!((origin.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }
}
