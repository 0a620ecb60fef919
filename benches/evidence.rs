//! Updates of e-processes: a look after every observation, with the highest e-value kept. `peers/evidence.py` does the same
//! work with scipy.
//!
//! The observations are made up and the same in every run: hours with a sale or none. Criterion reports updates per second.
//!
//! Run: `cargo bench --bench evidence`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]

use std::hint::black_box;

use campaign_pilot::metrics::evidence::{
    BetaBinomial, DayOfSales, GammaPoisson, PoissonMixture, Side, StoreShare, StoreSharePolicy,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Observations of one run.
const HOURS: u32 = 10_000;

fn evidence(criterion: &mut Criterion) {
    // A sale in two of five hours on average, by turns that look like none.
    let hours: Vec<(f64, f64)> =
        (0..HOURS).map(|hour| (f64::from(u32::from(hour * 7 % 20 < 8)), f64::from(hour * 13 % 21))).collect();
    let mut group = criterion.benchmark_group("evidence");
    group.throughput(Throughput::Elements(u64::from(HOURS)));
    for (name, side) in [("gamma_poisson", Side::Either), ("gamma_poisson_decline", Side::Below)] {
        let start = GammaPoisson::new(side, 5.0, 5.0).expect("the prior is inside its domain");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut test = start;
                for (sales, _) in black_box(&hours) {
                    test.observe(*sales, 0.4).expect("counts are inside their domain");
                }
                test
            });
        });
    }
    let start = BetaBinomial::new(Side::Either, 0.04, 1.0, 24.0).expect("the prior is inside its domain");
    group.bench_function("beta_binomial", |bencher| {
        bencher.iter(|| {
            let mut test = start;
            for (sales, rest) in black_box(&hours) {
                test.observe(*sales, *rest).expect("counts are inside their domain");
            }
            test
        });
    });
    let history = [DayOfSales { promoted: 10.0, rest: 240.0 }; 28];
    let start = StoreShare::new(&StoreSharePolicy::default(), &history).expect("the history is long enough");
    group.bench_function("store_share", |bencher| {
        bencher.iter(|| {
            let mut test = start.clone();
            for (sales, rest) in black_box(&hours) {
                test.observe(*sales, *rest).expect("counts are inside their domain");
            }
            test
        });
    });
    group.bench_function("pause", |bencher| {
        bencher.iter(|| {
            let mut test = PoissonMixture::decline();
            for (sales, _) in black_box(&hours) {
                test.observe(*sales, 0.4).expect("counts are inside their domain");
            }
            test
        });
    });
    group.finish();
}

criterion_group!(benches, evidence);
criterion_main!(benches);
