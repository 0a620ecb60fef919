//! Dividing a budget between campaigns with Hill curves, most of them S-shaped: 50 of them, and 2,000; with concave curves only;
//! and 20 with draws, for a risk that counts doubt.
//!
//! The curves are made up and the same in every run. What is found is compared with other methods in the trial `allocation`.
//!
//! Run: `cargo bench --bench allocation`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]

use std::hint::black_box;

use campaign_pilot::core::{CampaignId, Currency, Money};
use campaign_pilot::decision_engine::{AllocationCampaign, AllocationProblem, Leftover, ResponseCurve, Risk, allocate};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, dec};

/// A problem of a size, with slopes up to the steepest and some draws of each curve.
fn problem(size: u32, steepest: f64, draws: u32) -> AllocationProblem {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(size));
    let mut hill = || {
        let half = 400.0 * 6.0f64.powf(rng.random());
        ResponseCurve::Hill { most: half * rng.random_range(1.5..6.0), half, slope: rng.random_range(0.5..steepest) }
    };
    let campaigns = (0..size).map(|at| AllocationCampaign {
        draws: (0..draws).map(|_| hill()).collect(),
        ..AllocationCampaign::new(CampaignId::new(format!("c{at:05}")).expect("the id is valid"), hill())
    });
    let total = Money::new(Decimal::from(700 * size), Currency::EUR);
    AllocationProblem { leftover: Leftover::Lost, ..AllocationProblem::new(total, campaigns.collect()) }
}

fn allocation(criterion: &mut Criterion) {
    let doubt = Risk::Cvar { tail: dec!(0.2), weight: dec!(0.5) };
    let problems = [
        ("s_shaped_50", problem(50, 3.0, 0)),
        ("s_shaped_2000", problem(2_000, 3.0, 0)),
        ("concave_2000", problem(2_000, 1.0, 0)),
        ("cvar_20_of_100_draws", AllocationProblem { risk: doubt, ..problem(20, 1.0, 100) }),
    ];
    let mut group = criterion.benchmark_group("allocation");
    group.sample_size(20);
    for (name, problem) in &problems {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| allocate(black_box(problem)).expect("the problem is valid"));
        });
    }
    group.finish();
}

criterion_group!(benches, allocation);
criterion_main!(benches);
