//! The trial `allocation`: how much of the best division of a budget between S-shaped responses the allocator finds, and
//! what other ways of dividing it find.

mod problem;
mod rival;

use std::hint::black_box;
use std::time::Instant;

use campaign_pilot_decision_engine::allocate;
use rust_decimal::prelude::ToPrimitive;

use self::problem::Problem;
use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "allocation",
    shows: "how much less than the best known division of a budget the allocator finds, and SLSQP and a greedy search beside it",
    seeds: 15,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("worst_shortfall_percent", "the allocator's value below the best that any method found, the worst problem"),
        ("mean_gap", "its own bound on what may be missing, as a share of the value, the mean of all problems"),
        ("largest_gap", "the same, the largest"),
        ("bounds_broken", "problems in which another method found more than the allocator's bound"),
        ("most_relaxations", "relaxations solved, the most of any problem"),
        ("ms_n50", "milliseconds for 50 campaigns, the fastest of five runs, the slowest problem"),
        ("ms_n2000", "milliseconds for 2,000 campaigns, the fastest of three runs, the slowest problem"),
        ("largest_gap_n2000", "the allocator's own bound for these, the largest"),
        ("problems", "problems of 5, 10, 20 and 50 campaigns; Hill curves with slopes from 0.5 to 3"),
        ("slsqp_mean_shortfall_percent", "SLSQP (NLopt's, by the crate slsqp) from an equal split: the mean of all problems"),
        ("slsqp_worst_shortfall_percent", "its worst problem"),
        ("slsqp_more_than_1_percent_short", "percent of the problems in which it is more than 1 % short"),
        ("slsqp_ms_n50", "its milliseconds for 50 campaigns, once, the slowest problem"),
        ("greedy_mean_shortfall_percent", "steps to the best average return, as Meridian takes them, on a grid of 1,000"),
        ("greedy_worst_shortfall_percent", "its worst problem"),
        ("greedy_more_than_1_percent_short", "percent of the problems in which it is more than 1 % short"),
        ("greedy_unspent_percent", "of the budget, left by it in the mean"),
        ("steps_mean_shortfall_percent", "a dynamic programme over 2,000 steps of the budget, without polish"),
        ("equal_mean_shortfall_percent", "the same budget for every campaign"),
    ],
    run,
    part: None,
};

const SIZES: [usize; 4] = [5, 10, 20, 50];

fn run(settings: &Settings) -> Result<Figures, Failure> {
    figures(settings.seeds, if settings.quick { 400 } else { 2_000 })
}

/// What a method is short of the best known, by problem, in percent.
#[derive(Default)]
struct Shortfalls(Vec<f64>);

impl Shortfalls {
    fn add(&mut self, value: f64, best: f64) {
        self.0.push(100.0 * (best - value) / best);
    }

    fn mean(&self) -> f64 {
        mean(&self.0)
    }

    fn worst(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }

    fn beyond_one(&self) -> f64 {
        let beyond = self.0.iter().filter(|percent| **percent > 1.0).count();
        100.0 * beyond as f64 / self.0.len().max(1) as f64
    }
}

fn figures(seeds: u32, steps: usize) -> Result<Figures, Failure> {
    let [mut ours, mut slsqp, mut greedy, mut by_steps, mut equal] = [(); 5].map(|()| Shortfalls::default());
    let (mut gaps, mut unspent, mut broken, mut most_relaxations) = (Vec::new(), Vec::new(), 0.0, 0u32);
    let (mut slowest, mut slowest_slsqp) = (0.0f64, 0.0f64);
    for seed in 1..=u64::from(seeds) {
        for size in SIZES {
            let problem = Problem::new(seed, size)?;
            let asked = problem.asked()?;
            let allocation = allocate(&asked)?;
            // Worth by the trial's own formula.
            let budgets: Vec<f64> = allocation.shares.iter().map(|share| share.to.amount.to_f64().unwrap_or(f64::NAN)).collect();
            let value = problem.value(&budgets);
            let (split, begun) = (problem.equal(), Instant::now());
            let local = rival::slsqp(&problem, &split);
            let slsqp_time = begun.elapsed().as_secs_f64() * 1e3;
            let stepped = rival::by_steps(&problem, steps);
            let polished = rival::slsqp(&problem, &stepped);
            let climbed = rival::greedy(&problem, 1_000);
            let values = [&local, &stepped, &polished, &climbed, &split].map(|budgets| problem.value(budgets));
            let best_rival = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
            let best = best_rival.max(value);
            ours.add(value, best);
            let [local_value, stepped_value, _, climbed_value, equal_value] = values;
            for (method, value) in [
                (&mut slsqp, local_value),
                (&mut by_steps, stepped_value),
                (&mut greedy, climbed_value),
                (&mut equal, equal_value),
            ] {
                method.add(value, best);
            }
            gaps.push(allocation.gap.to_f64().unwrap_or(f64::NAN));
            unspent.push(100.0 * (1.0 - climbed.iter().sum::<f64>() / problem.total));
            let bound = allocation.bound.amount.to_f64().unwrap_or(f64::NAN);
            broken += f64::from(u8::from(best_rival > bound * (1.0 + 1e-9)));
            most_relaxations = most_relaxations.max(allocation.certificate.relaxations);
            if size == 50 {
                slowest = slowest.max(fastest(5, || drop(black_box(allocate(black_box(&asked))))));
                slowest_slsqp = slowest_slsqp.max(slsqp_time);
            }
        }
    }
    let (mut slowest_large, mut largest_gap_large) = (0.0f64, 0.0f64);
    for seed in 1..=u64::from(seeds.min(5)) {
        let asked = Problem::new(seed, 2_000)?.asked()?;
        largest_gap_large = largest_gap_large.max(allocate(&asked)?.gap.to_f64().unwrap_or(f64::NAN));
        slowest_large = slowest_large.max(fastest(3, || drop(black_box(allocate(black_box(&asked))))));
    }
    Ok(Figures::from([
        ("worst_shortfall_percent", ours.worst()),
        ("mean_gap", mean(&gaps)),
        ("largest_gap", gaps.iter().copied().fold(0.0, f64::max)),
        ("bounds_broken", broken),
        ("most_relaxations", f64::from(most_relaxations)),
        ("ms_n50", slowest),
        ("ms_n2000", slowest_large),
        ("largest_gap_n2000", largest_gap_large),
        ("problems", f64::from(seeds) * SIZES.len() as f64),
        ("slsqp_mean_shortfall_percent", slsqp.mean()),
        ("slsqp_worst_shortfall_percent", slsqp.worst()),
        ("slsqp_more_than_1_percent_short", slsqp.beyond_one()),
        ("slsqp_ms_n50", slowest_slsqp),
        ("greedy_mean_shortfall_percent", greedy.mean()),
        ("greedy_worst_shortfall_percent", greedy.worst()),
        ("greedy_more_than_1_percent_short", greedy.beyond_one()),
        ("greedy_unspent_percent", mean(&unspent)),
        ("steps_mean_shortfall_percent", by_steps.mean()),
        ("equal_mean_shortfall_percent", equal.mean()),
    ]))
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// Milliseconds of the fastest of some runs: whatever else the machine does can only add time.
fn fastest(runs: u32, run: impl Fn()) -> f64 {
    let time = || {
        let begun = Instant::now();
        run();
        begun.elapsed().as_secs_f64() * 1e3
    };
    (0..runs).map(|_| time()).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_and_the_methods_differ() {
        let figures = figures(1, 200).unwrap();
        for (name, _) in TRIAL.figures {
            assert!(figures.get(name).is_some_and(|value| value.is_finite()), "{name}");
        }
        assert_eq!(figures.len(), TRIAL.figures.len());
        assert!(figures["worst_shortfall_percent"] <= 0.01, "{figures:?}");
        assert!(figures["bounds_broken"] <= 0.0, "{figures:?}");
        assert!(figures["equal_mean_shortfall_percent"] > 1.0, "{figures:?}");
    }
}
