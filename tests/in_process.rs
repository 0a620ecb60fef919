//! The ports in the process answer what the real clients read over HTTP from the same market: the same decisions follow, byte for byte.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use campaign_pilot::agents::{self, CycleEnd, CycleKind, CycleReport};
use campaign_pilot::core::ports::Catalog;
use campaign_pilot::sandbox::{Sandbox, SandboxOptions, World};
use campaign_pilot::store_client::{StoreConfig, WooStore};
use campaign_pilot::{core, http, impact_client, memory, sandbox, store_client};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
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

/// Every product that a catalogue lists, and every one that changed since the beginning, by id.
async fn products(catalog: &dyn Catalog) -> Value {
    let pages: Vec<_> = catalog.products().try_collect().await.unwrap();
    let listed: BTreeMap<_, _> =
        pages.into_iter().flat_map(|page| page.products).map(|product| (product.id.clone(), product)).collect();
    let mut changed = catalog.changes_since(Timestamp::UNIX_EPOCH).await.unwrap().products;
    changed.sort_by(|a, b| a.id.cmp(&b.id));
    json!({ "listed": listed, "changed": changed })
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

#[tokio::test]
async fn both_ways_tell_the_same_costs_and_time_zone() {
    for (zone, told) in [(None, "Europe/Berlin"), (Some("America/New_York"), "America/New_York")] {
        let mut world = World::default();
        world.store.keeps_costs = true;
        world.store.time_zone = zone.map(str::to_owned);
        world.store.price_changes = serde_json::from_value(json!([{ "day": 1, "share": 0.8, "factor": 1.3 }])).unwrap();
        let served = Sandbox::start(SandboxOptions { seed: 6, world: world.clone(), ..SandboxOptions::default() }).await.unwrap();
        let access = served.access();
        let config = StoreConfig::new(served.store_url().clone(), &access.consumer_key, access.consumer_secret.as_str());
        let store = WooStore::new(config, served.clock()).unwrap();
        let (market, _) = in_process(world, 6).unwrap();
        let catalog = market.catalog();
        for day in 0..3 {
            let products = (products(&store).await, products(&*catalog).await);
            assert_eq!(products.0.to_string(), products.1.to_string(), "day {day}");
            let listed = products.0["listed"].as_object().unwrap().values();
            let known = listed.filter(|product| !product["unit_cost"].is_null());
            let (simple, variable): (Vec<_>, Vec<_>) = known.partition(|product| product["kind"] == "simple");
            assert!(simple.len() > 30 && variable.len() > 5, "{} simple ones and {} in variations", simple.len(), variable.len());
            served.advance(SignedDuration::from_hours(24)).unwrap();
            market.advance(SignedDuration::from_hours(24)).unwrap();
        }
        let zones = (store.time_zone().await.unwrap(), catalog.time_zone().await.unwrap());
        assert_eq!(zones.0.as_ref().unwrap().as_str(), told);
        assert_eq!(zones.0, zones.1);
    }
}

#[tokio::test]
async fn both_ways_lead_to_the_same_decisions_in_a_shop_that_keeps_its_costs() {
    let mut world = World::default();
    world.store.keeps_costs = true;
    let (launches, _) = compare(world, 3, 3).await;
    assert!(launches > 3, "{launches} launches are too few to compare");
}
