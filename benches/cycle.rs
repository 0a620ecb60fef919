//! One full cycle over loopback HTTP: the store, the page views and impact.com of the sandbox, a memory in a file.
//!
//! Before measuring, the pilot runs for three simulated days, so that history is read and campaigns are live. Each
//! iteration runs one cycle; between two of them an hour of the market passes, which is not measured. While monitoring
//! cycles are measured, a deciding one still runs every midnight, unmeasured, so that there is something to monitor.
//! An hourly cycle must stay cheap: it reads what is new and asks the platform once.
//!
//! Run: `cargo bench --bench cycle`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]

use std::time::{Duration, Instant};

use campaign_pilot::agents::CycleKind;
use campaign_pilot::sandbox::Faults;
use campaign_pilot::{agents, http, impact_client, memory, sandbox, store_client};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::SignedDuration;
use tokio::runtime::Runtime;

#[path = "shared/loopback.rs"]
mod loopback;

use loopback::Loopback;

const HOURS_BEFORE: u32 = 3 * 24;

fn cycle(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let mut group = criterion.benchmark_group("cycle");
    group.sample_size(10);
    for (name, kind) in [("monitor", CycleKind::Monitor), ("decide", CycleKind::Decide)] {
        let world = runtime.block_on(Loopback::start(1, Faults::none())).expect("the sandbox starts");
        runtime.block_on(world.run(HOURS_BEFORE)).expect("the cycles run");
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| runtime.block_on(timed(&world, kind, iterations)));
        });
    }
    group.finish();
}

async fn timed(world: &Loopback, kind: CycleKind, cycles: u64) -> Duration {
    let hour = SignedDuration::from_hours(1);
    let mut spent = Duration::ZERO;
    for _ in 0..cycles {
        world.sandbox.advance(hour).expect("time passes");
        let is_midnight = world.sandbox.clock().now().as_second() % (24 * 3_600) == 0;
        if kind == CycleKind::Monitor && is_midnight {
            world.cycle(CycleKind::Decide).await.expect("the cycle runs");
            world.sandbox.advance(hour).expect("time passes");
        }
        let begun = Instant::now();
        world.cycle(kind).await.expect("the cycle runs");
        spent += begun.elapsed();
    }
    spent
}

criterion_group!(benches, cycle);
criterion_main!(benches);
