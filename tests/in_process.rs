//! The ports in the process answer what the real clients read over HTTP from the same market: the same decisions follow, byte for byte.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use campaign_pilot::agents::{self, CycleEnd, CycleKind, CycleReport};
use campaign_pilot::sandbox::World;
use campaign_pilot::{http, impact_client, memory, sandbox, store_client};
use jiff::SignedDuration;
use serde_json::{Value, json};

#[path = "../benches/shared/in_process.rs"]
mod in_process;
#[path = "../benches/shared/loopback.rs"]
#[expect(dead_code, reason = "the bench and the trials use more of it")]
mod loopback;

use in_process::in_process;
use loopback::Loopback;

/// What a cycle decided and did, without what only tells how it was read.
fn decided(report: &CycleReport) -> Value {
    json!({
        "now": report.now,
        "trusted": report.data_trusted,
        "decisions": report.decisions,
        "allowed": report.plan.as_ref().map(|plan| plan.allowed.actions()),
        "held": report.plan.as_ref().map(|plan| &plan.held),
        "executed": report.executed,
        "selections": report.proposal.as_ref().map(|proposal| &proposal.selections),
        "analysis": report.analysis,
    })
}

/// Runs the same cycles in both ways and compares every one; says how many launches and stops there were.
async fn compare(world: World, seed: u64, days: i64) -> (usize, usize) {
    let served = Loopback::start_in(world.clone(), seed, sandbox::Faults::none()).await.unwrap();
    let (market, driver) = in_process(world, seed).unwrap();
    let (mut launches, mut stops) = (0, 0);
    for hour in 0..24 * days {
        let kind = if hour % 24 == 0 { CycleKind::Decide } else { CycleKind::Monitor };
        let over_http = served.cycle(kind).await.unwrap();
        let CycleEnd::Finished(report) = driver.run_cycle(kind).await.unwrap() else { panic!("the cycle was not asked to stop") };
        let (over_http_text, text) = (decided(&over_http).to_string(), decided(&report).to_string());
        assert_eq!(over_http_text, text, "seed {seed}, hour {hour}; notes: {:?} and {:?}", over_http.notes, report.notes);
        launches += report.executed.iter().filter(|done| done.action == "create" && done.outcome.is_done()).count();
        stops += report.executed.iter().filter(|done| done.action == "pause" && done.outcome.is_done()).count();
        served.sandbox.advance(SignedDuration::from_hours(1)).unwrap();
        market.advance(SignedDuration::from_hours(1)).unwrap();
    }
    assert_eq!(serde_json::to_string(&served.sandbox.truth()).unwrap(), serde_json::to_string(&market.truth()).unwrap());
    (launches, stops)
}

#[tokio::test]
async fn both_ways_lead_to_the_same_decisions_in_the_recorded_shop() {
    let (launches, stops) = compare(World::default(), 3, 12).await;
    assert!(launches > 5 && stops > 2, "{launches} launches and {stops} stops are too few to compare");
}

#[tokio::test]
async fn both_ways_lead_to_the_same_decisions_on_dirty_data() {
    let (launches, _) = compare(World::named("broken-data").unwrap(), 5, 6).await;
    assert!(launches > 3, "{launches} launches are too few to compare");
}

#[tokio::test]
async fn both_ways_lead_to_the_same_decisions_in_a_shop_that_was_made_up() {
    let (launches, _) = compare(World::named("scarce-stock").unwrap(), 2, 5).await;
    assert!(launches > 3, "{launches} launches are too few to compare");
}
