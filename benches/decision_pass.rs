//! One decision pass over portfolios of three sizes: measure every campaign, decide, plan the stops, check the guardrails.
//!
//! The campaigns are made up but shaped like real ones (`shared/synthetic.rs`) and the same in every run. Criterion
//! reports the time of a whole pass and, as throughput, campaigns per second: the latter must not fall with the size.
//!
//! Run: `cargo bench --bench decision_pass`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]
#![expect(clippy::indexing_slicing, reason = "the sizes are constants below the number of campaigns")]

use std::hint::black_box;

use campaign_pilot::decision_engine::DecisionPolicy;
use campaign_pilot::{core as vocabulary, decision_engine, metrics};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[path = "shared/synthetic.rs"]
mod synthetic;

fn decision_pass(criterion: &mut Criterion) {
    let policy = DecisionPolicy::default();
    let campaigns = synthetic::campaigns(1, 100_000).expect("the distributions are valid");
    let mut group = criterion.benchmark_group("decision_pass");
    group.sample_size(20);
    for size in [1_000, 10_000, 100_000] {
        let portfolio = &campaigns[..size];
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), portfolio, |bencher, portfolio| {
            bencher.iter(|| {
                synthetic::decision_pass(black_box(portfolio), &policy, |decision| drop(black_box(decision)))
                    .expect("the campaigns are valid")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decision_pass);
criterion_main!(benches);
