//! Metrics of campaign-days, key figures and correlations, each of them also done by scipy and pandas in `peers/metrics.py`.
//!
//! The data are made up but shaped like a shop's, and the same in every run: days with a few clicks and fewer orders, some
//! numbers unknown; columns that go along with a common demand. What the peers do is the same work on the same shapes, though
//! in floating point where these are exact. Both measure the CPU time of one thread, so that a busy machine does not bend the
//! comparison. `peers/run.py` runs both and prints them side by side.
//!
//! Run: `cargo bench --bench metrics`.

#![expect(clippy::expect_used, reason = "a bench that cannot run has to say why and stop")]

use std::hint::black_box;

use campaign_pilot::core::{Absence, Currency, Measured, Money};
use campaign_pilot::metrics::{
    CampaignDay, Figures, KpiSums, NewCustomerSource, NewCustomers, correlation_matrix, kendall, measure_days, spearman,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

#[path = "shared/cpu.rs"]
mod cpu;

use cpu::CpuTime;

/// Campaign-days, as many as a thousand campaigns have in a hundred days.
const DAYS: usize = 100_000;

/// Rows and columns of the correlation matrix.
const COLUMNS: usize = 1_000;

/// Rows of the correlations by ranks.
const RANKED: usize = 10_000;

fn campaign_days(criterion: &mut Criterion<CpuTime>) {
    let days = days(&mut ChaCha8Rng::seed_from_u64(1));
    let mut group = criterion.benchmark_group("metrics");
    group.throughput(Throughput::Elements(DAYS as u64)).sample_size(20);
    group.bench_function("campaign_days", |bencher| {
        let mut results = Vec::with_capacity(DAYS);
        bencher.iter(|| {
            results.clear();
            results.extend(measure_days(Currency::EUR, black_box(&days)));
            black_box(&results);
        });
    });
    let figures: Vec<Figures> = days.iter().map(figures).collect();
    group.bench_function("kpi_sums", |bencher| {
        bencher.iter(|| {
            let mut sums = KpiSums::default();
            black_box(&figures).iter().for_each(|figures| sums.add(figures));
            sums.kpis()
        });
    });
    group.finish();
}

fn correlations(criterion: &mut Criterion<CpuTime>) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let columns = columns(COLUMNS, COLUMNS, &mut rng);
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut group = criterion.benchmark_group("metrics");
    group.sample_size(20);
    group.bench_function("correlation_matrix", |bencher| {
        bencher.iter(|| correlation_matrix(black_box(&slices)).expect("the columns are as long as each other"));
    });
    let ranked = self::columns(2, RANKED, &mut rng);
    let [x, y] = ranked.as_slice() else { return };
    group.bench_function("spearman", |bencher| bencher.iter(|| spearman(black_box(x), black_box(y)).expect("the columns vary")));
    group.bench_function("kendall", |bencher| bencher.iter(|| kendall(black_box(x), black_box(y)).expect("the columns vary")));
    group.finish();
}

fn days(rng: &mut ChaCha8Rng) -> Vec<CampaignDay> {
    let day = |_| {
        let clicks = rng.random_range(0..200_u64);
        let conversions = rng.random_range(0..=clicks / 20);
        let price = rng.random_range(500..40_000_i64);
        let units = rng.random_range(0..40_000_i64);
        let revenue = price * i64::try_from(conversions).unwrap_or(0);
        CampaignDay {
            impressions: if rng.random_bool(0.5) {
                Measured::Known(clicks * 40 + rng.random_range(0..500))
            } else {
                Measured::Absent(Absence::ImpressionsNotCounted)
            },
            clicks: Measured::Known(clicks),
            conversions,
            new_customers: Measured::Known(rng.random_range(0..=conversions)),
            revenue,
            cost: revenue / 12 + i64::try_from(clicks).unwrap_or(0) * 4,
            planned_cost: rng.random_range(100..5_000),
            units: Measured::Known(units),
            expected_units: Measured::Known(rng.random_range(1..40_000)),
            views: Measured::Known(units * 30),
            expected_views: Measured::Known(rng.random_range(1..1_200_000)),
        }
    };
    (0..DAYS).map(day).collect()
}

/// The same day as key figures are summed up from.
fn figures(day: &CampaignDay) -> Figures {
    let euros = |cents| Measured::Known(Money::new(Decimal::new(cents, 2), Currency::EUR));
    let units = |thousandths: Measured<i64>| thousandths.map(|thousandths| Decimal::new(thousandths, 3));
    Figures {
        impressions: day.impressions,
        clicks: day.clicks,
        conversions: Measured::Known(day.conversions),
        credited_revenue: euros(day.revenue),
        cost: euros(day.cost),
        planned_cost: euros(day.planned_cost),
        new_customers: day.new_customers.map(|count| NewCustomers { count, known_by: NewCustomerSource::Platform }),
        units: units(day.units),
        expected_units: units(day.expected_units),
        views: units(day.views),
        expected_views: units(day.expected_views),
        ..Figures::absent(Absence::NotYetReported)
    }
}

/// Columns that all follow the first one a little.
fn columns(count: usize, rows: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let demand: Vec<f64> = (0..rows).map(|_| rng.random_range(0.0..100.0)).collect();
    let mut column = |follow: f64| demand.iter().map(|demand| 1_000.0 + follow * demand + rng.random_range(0.0..50.0)).collect();
    (0..count).map(|index| column(index as f64 / count as f64)).collect()
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = campaign_days, correlations
}
criterion_main!(benches);
