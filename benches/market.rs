//! The simulated market in the process, in the recorded shop: what a flight of the arena is made of.
//!
//! - `90 days`: the market alone, shoppers and their orders, without any ad;
//! - `engine day`: 24 hourly cycles, the first of which decides, with the hours between them, on the fourth day, when
//!   campaigns are live.
//!
//! Run: `cargo bench --bench market`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]

use std::time::{Duration, Instant};

use campaign_pilot::agents::{CycleEnd, CycleKind, Driver};
use campaign_pilot::sandbox::{InProcess, SandboxOptions, World};
use campaign_pilot::{agents, core, memory, sandbox};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::SignedDuration;
use tokio::runtime::Runtime;

#[path = "shared/in_process.rs"]
mod shared;

/// Days that the engine flies before its day is measured.
const DAYS_BEFORE: u32 = 3;

fn market(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let mut group = criterion.benchmark_group("market");
    group.sample_size(10);
    let opened = InProcess::open(SandboxOptions::default()).expect("the market opens");
    group.bench_function("90 days", |bencher| {
        let days = |market: InProcess| market.advance(SignedDuration::from_hours(90 * 24)).expect("time passes");
        bencher.iter_batched(|| opened.fork(), days, BatchSize::PerIteration);
    });
    group.bench_function("engine day", |bencher| {
        bencher.iter_custom(|days| runtime.block_on(timed(days)));
    });
    group.finish();
}

/// Each day belongs to a flight of its own, so that all of them are the same.
async fn timed(days: u64) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..days {
        let (market, driver) = shared::in_process(World::default(), 1).expect("the market opens");
        for _ in 0..DAYS_BEFORE {
            fly_a_day(&market, &driver).await;
        }
        let begun = Instant::now();
        fly_a_day(&market, &driver).await;
        spent += begun.elapsed();
    }
    spent
}

async fn fly_a_day(market: &InProcess, driver: &Driver) {
    for hour in 0..24 {
        let kind = if hour == 0 { CycleKind::Decide } else { CycleKind::Monitor };
        let end = driver.run_cycle(kind).await.expect("the cycle runs");
        assert!(matches!(end, CycleEnd::Finished(_)), "nobody stops it");
        market.advance(SignedDuration::from_hours(1)).expect("time passes");
    }
}

criterion_group!(benches, market);
criterion_main!(benches);
