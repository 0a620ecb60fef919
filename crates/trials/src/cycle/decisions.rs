//! How fast decisions are taken.

use std::hint::black_box;
use std::time::{Duration, Instant};

use campaign_pilot_core as vocabulary;
use campaign_pilot_decision_engine as decision_engine;
use campaign_pilot_metrics as metrics;
use decision_engine::DecisionPolicy;

use crate::trial::{Failure, Figures, Settings};

#[path = "../../../../benches/shared/synthetic.rs"]
mod synthetic;

/// The seed of the campaigns: the same in every run, since only the time is of interest.
const SEED: u64 = 1;

/// The sizes of the portfolios that are passed over.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The figures of the decision pass.
pub(super) fn speed(settings: &Settings) -> Result<Figures, Failure> {
    let patience = Duration::from_millis(if settings.quick { 500 } else { 10_000 });
    let [thousand, ten_thousand, hundred_thousand] = nanoseconds_per_campaign(patience)?;
    Ok(Figures::from([
        ("decisions_per_second", 1e9 / ten_thousand),
        ("ns_per_campaign_1k", thousand),
        ("ns_per_campaign_100k", hundred_thousand),
    ]))
}

/// Nanoseconds per campaign in passes over each of the sizes.
///
/// In each round every size passes over the same number of campaigns, and the fastest round of each counts: whatever
/// else the machine does can only add time.
fn nanoseconds_per_campaign(patience: Duration) -> Result<[f64; 3], Failure> {
    let policy = DecisionPolicy::default();
    let campaigns = synthetic::campaigns(SEED, 100_000)?;
    let mut fastest = [f64::INFINITY; SIZES.len()];
    let (begun, mut rounds) = (Instant::now(), 0);
    while rounds < 3 || begun.elapsed() < patience {
        rounds += 1;
        for (size, fastest) in SIZES.into_iter().zip(&mut fastest) {
            let begun = Instant::now();
            for portfolio in campaigns.chunks(size) {
                let plan = synthetic::decision_pass(black_box(portfolio), &policy, |decision| drop(black_box(decision)))?;
                drop(black_box(plan));
            }
            *fastest = fastest.min(begun.elapsed().as_secs_f64() * 1e9 / campaigns.len() as f64);
        }
    }
    Ok(fastest)
}
