//! Other ways of dividing a budget.

use slsqp::{Func, StopTols, minimize};

use super::problem::{Hill, Problem};

/// Sequential least squares (Kraft 1988) from a given start, begun again from what it found while that is better.
pub(super) fn slsqp(problem: &Problem, start: &[f64]) -> Vec<f64> {
    let mut best = start.to_vec();
    for _ in 0..10 {
        let next = slsqp_once(problem, &best);
        if problem.value(&next) <= problem.value(&best) * (1.0 + 1e-9) {
            break;
        }
        best = next;
    }
    best
}

/// With slopes, in units of the budget. What it gives is scaled to the budget, which it keeps only to its tolerance.
fn slsqp_once(problem: &Problem, start: &[f64]) -> Vec<f64> {
    let total = problem.total;
    let scale = problem.value(start).max(1.0);
    let objective = |shares: &[f64], slopes: Option<&mut [f64]>, (): &mut ()| {
        if let Some(slopes) = slopes {
            for ((slope, curve), share) in slopes.iter_mut().zip(&problem.curves).zip(shares) {
                *slope = -curve.slope(share * total) * total / scale;
            }
        }
        -problem.curves.iter().zip(shares).map(|(curve, share)| curve.value(share * total)).sum::<f64>() / scale
    };
    let within = |shares: &[f64], slopes: Option<&mut [f64]>, (): &mut ()| {
        if let Some(slopes) = slopes {
            slopes.fill(1.0);
        }
        shares.iter().sum::<f64>() - 1.0
    };
    let constraints: Vec<&dyn Func<()>> = vec![&within];
    let start: Vec<f64> = start.iter().map(|budget| budget / total).collect();
    let bounds = vec![(0.0, 1.0); start.len()];
    let tolerances = StopTols { ftol_rel: 1e-10, ..StopTols::default() };
    let (Ok((_, shares, _)) | Err((_, shares, _))) =
        minimize(objective, &start, &bounds, &constraints, (), 1_000, Some(tolerances));
    let spent: f64 = shares.iter().map(|share| share.max(0.0)).sum();
    let given: Vec<f64> = shares.iter().map(|share| share.max(0.0) * total / spent.max(1.0)).collect();
    if given.iter().all(|budget| budget.is_finite()) { given } else { start.iter().map(|share| share * total).collect() }
}

/// The best division into whole steps of the budget.
pub(super) fn by_steps(problem: &Problem, steps: usize) -> Vec<f64> {
    let step = problem.total / steps as f64;
    let mut best = vec![0.0; steps + 1];
    let mut choices: Vec<Vec<usize>> = Vec::with_capacity(problem.curves.len());
    for curve in &problem.curves {
        let values: Vec<f64> = (0..=steps).map(|own| curve.value(step * own as f64)).collect();
        let pick = |spent: usize| {
            let before = best.iter().take(spent + 1).rev();
            let tries = values.iter().zip(before).map(|(value, before)| value + before).enumerate();
            tries.fold((0, f64::NEG_INFINITY), |most, (own, value)| if value > most.1 { (own, value) } else { most })
        };
        let (choice, next): (Vec<usize>, Vec<f64>) = (0..=steps).map(pick).unzip();
        choices.push(choice);
        best = next;
    }
    let mut left = steps;
    let mut budgets: Vec<f64> = Vec::with_capacity(choices.len());
    for choice in choices.iter().rev() {
        let own = choice.get(left).copied().unwrap_or(0);
        left -= own;
        budgets.push(step * own as f64);
    }
    budgets.reverse();
    budgets
}

/// As Google's Meridian searches: every campaign on a grid of the budget; again and again the step, however long, with the
/// highest average return is taken, until one does not fit any more.
pub(super) fn greedy(problem: &Problem, steps: usize) -> Vec<f64> {
    let step = problem.total / steps as f64;
    let best_step = |curve: &Hill, from: usize| {
        let base = curve.value(step * from as f64);
        let average = |to: usize| (curve.value(step * to as f64) - base) / (step * (to - from) as f64);
        (from + 1..=steps)
            .map(|to| (to, average(to)))
            .fold((0, f64::NEG_INFINITY), |most, one| if one.1 > most.1 { one } else { most })
    };
    let mut places: Vec<usize> = vec![0; problem.curves.len()];
    let mut next: Vec<(usize, f64)> = problem.curves.iter().map(|curve| best_step(curve, 0)).collect();
    let mut spent = 0;
    loop {
        let most = next.iter().enumerate().fold(None, |most: Option<(usize, usize, f64)>, (at, (to, rate))| {
            if most.is_none_or(|(_, _, best)| *rate > best) { Some((at, *to, *rate)) } else { most }
        });
        let Some((at, to, rate)) = most else { break };
        let (Some(place), Some(own), Some(curve)) = (places.get_mut(at), next.get_mut(at), problem.curves.get(at)) else { break };
        if !rate.is_finite() || spent + to - *place > steps {
            break;
        }
        spent += to - *place;
        *place = to;
        *own = best_step(curve, to);
    }
    places.into_iter().map(|place| step * place as f64).collect()
}
