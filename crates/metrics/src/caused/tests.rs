//! Simulated shops in which the caused share is known, and what holds for any facts.

mod worlds;


use self::worlds::World;
use super::*;

/// What many runs of a world say.
#[derive(Clone, Copy, Debug)]
struct Runs {
    bias: f64,
    spread: f64,
    error: f64,
    coverage: f64,
    posterior_coverage: f64,
}

/// Estimates of many shops of the same kind, from seeds that are always the same.
fn runs(world: &World, seeds: u64) -> Runs {
    let policy = CausedSharePolicy::default();
    let all: Vec<(f64, f64, bool)> = (0..seeds)
        .map(|seed| {
            let share = caused_share(&world.simulate(seed), &policy);
            let (Measured::Known(estimate), Measured::Known(error)) = (share.estimate, share.standard_error) else {
                panic!("no estimate in {world:?}: {share:?}");
            };
            let (low, high) = share.interval;
            (estimate - world.caused, error, low - 1e-9 <= world.caused && world.caused <= high + 1e-9)
        })
        .collect();
    let of = |each: &dyn Fn(&(f64, f64, bool)) -> f64| all.iter().map(each).sum::<f64>() / all.len() as f64;
    let bias = of(&|(off, ..)| *off);
    Runs {
        bias,
        spread: of(&|(off, ..)| (off - bias).powi(2)).sqrt(),
        error: of(&|(_, error, _)| *error),
        coverage: of(&|(off, error, _)| f64::from(u8::from(off.abs() <= 1.644_853_6 * error))),
        posterior_coverage: of(&|(.., holds)| f64::from(u8::from(*holds))),
    }
}

#[test]
fn explore() {
    let seeds = std::env::var("SEEDS").map_or(100, |s| s.parse().unwrap());
    let only = std::env::var("ONLY").unwrap_or_default();
    for (name, world) in World::all() {
        if !name.contains(&only) {
            continue;
        }
        for caused in [0.1, 0.5, 0.8, 1.0] {
            let world = World { caused, ..world.clone() };
            let now = std::time::Instant::now();
            let r = runs(&world, seeds);
            println!(
                "{name:28} {caused} bias {:+.3} spread {:.3} se {:.3} z {:+.2} cover {:.3} post {:.3}  {:.1} ms",
                r.bias,
                r.spread,
                r.error,
                r.bias / r.error,
                r.coverage,
                r.posterior_coverage,
                now.elapsed().as_secs_f64() * 1e3 / seeds as f64
            );
        }
    }
}
