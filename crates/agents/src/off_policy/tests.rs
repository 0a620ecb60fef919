use campaign_pilot_core::{DecisionId, DecisionRecord, ProductId};
use campaign_pilot_memory::VolatileMemory;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use super::*;
use crate::testing::{create, start};

fn record(id: &str, product: &ProductId, inputs: Value) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId::of("test", id),
        plan: None,
        at: start(),
        campaign: None,
        product: product.clone(),
        verdict: None,
        sentence: String::new(),
        inputs,
        predicted: None,
        outcome: None,
    }
}

/// A draw with a probability, and its launch with an outcome where it was tried and logged.
async fn draw(memory: &VolatileMemory, number: u64, propensity: Decimal, drawn: Decimal, outcome: Option<Decimal>) {
    let product = ProductId::from_number(number);
    let expected = json!({ "amount": "2", "currency": "EUR" });
    let draw = json!({ "draw": { "product": product, "turn": 3, "propensity": propensity, "drawn": drawn, "worth": true, "expected": expected } });
    memory.put_decisions(&[record(&format!("draw {number}"), &product, draw)]).await.unwrap();
    if let Some(outcome) = outcome {
        let exploration = json!({ "exploration": { "propensity": propensity, "drawn": drawn } });
        let mut launch = record(&format!("launch {number}"), &product, exploration);
        launch.outcome = Some(outcome);
        memory.put_decisions(&[launch]).await.unwrap();
    }
}

async fn estimated(memory: &VolatileMemory, launch_from: Decimal) -> OffPolicyReport {
    let other = ExplorationPolicy { launch_from, ..ExplorationPolicy::default() };
    let period = Period::new(start(), start() + jiff::SignedDuration::from_hours(24)).unwrap();
    estimate_exploration(memory, period, &other, Currency::EUR, &OffPolicySettings::default()).await.unwrap()
}

#[tokio::test]
async fn what_was_not_launched_counts_as_a_choice_that_brought_nothing() {
    let memory = VolatileMemory::default();
    for number in 0..100 {
        let (drawn, is_tried) = (Decimal::new(number, 2), number < 30);
        draw(&memory, number.unsigned_abs(), dec!(0.3), drawn, is_tried.then_some(dec!(4))).await;
    }
    // The same policy: what was earned in fact, by all estimates.
    let same = estimated(&memory, dec!(0.4)).await;
    let found = same.estimate.clone().unwrap();
    assert_eq!((same.choices, same.launched, same.open, same.not_logged), (100, 30, 0, 0));
    assert_eq!((found.logged.value.amount, found.weighted.value.amount), (dec!(1.2), dec!(1.2)));
    assert_eq!(found.mean_weight, dec!(1));
    // One that launches all of them: 4 each.
    let all = estimated(&memory, dec!(0.25)).await;
    assert_eq!(all.estimate.as_ref().unwrap().weighted.value.amount.round_dp(6), dec!(4));
    assert_eq!(all.estimate.as_ref().unwrap().doubly_robust.unwrap().value.amount.round_dp(6), dec!(4));
    let said = all.to_string();
    assert!(said.starts_with("100 choices, 30 launched: 1.20 EUR each in fact; by the other policy 4.00 EUR ("), "{said}");
}

#[tokio::test]
async fn too_few_choices_in_common_are_said_to_be_too_few() {
    let memory = VolatileMemory::default();
    for number in 0..40_i64 {
        draw(&memory, number.unsigned_abs(), dec!(0.1), Decimal::new(number * 25, 3), (number < 4).then_some(dec!(9))).await;
    }
    let found = estimated(&memory, dec!(0.05)).await;
    let said = found.to_string();
    assert!(matches!(found.estimate, Err(OffPolicyError::LittleOverlap { .. })), "{said}");
    assert!(
        said.contains("nothing can be said of the other policy: 40 records say as much as 4 equal ones, 30 are needed"),
        "{said}"
    );
    let nothing = estimated(&VolatileMemory::default(), dec!(0.4)).await;
    assert_eq!(nothing.estimate, Err(OffPolicyError::TooFew { found: 0 }));
}

/// Whoever left out open launches alone would count only those that brought nothing.
#[tokio::test]
async fn choices_after_a_launch_that_is_still_open_do_not_count() {
    let bench = crate::testing::Bench::new();
    bench.executor().execute(&create("open", 1)).await.unwrap();
    let campaign = bench.memory.campaigns().await.unwrap().remove(0);
    let product = campaign.campaign.spec.product.clone();
    let memory = VolatileMemory::default();
    draw(&memory, 7, dec!(0.5), dec!(0.75), None).await;
    let mut launch = record("open", &product, json!({ "exploration": { "propensity": "0.5", "drawn": "0.25" } }));
    // Its campaign runs.
    let mut running = campaign.clone();
    let mut spec = (*running.campaign.spec).clone();
    spec.id = campaign_pilot_core::CampaignId::of_launch(&launch.id);
    running.campaign.spec = spec.into();
    memory.put_campaign(&running).await.unwrap();
    memory.put_decisions(std::slice::from_ref(&launch)).await.unwrap();
    let found = estimated(&memory, dec!(0.4)).await;
    assert_eq!((found.choices, found.open, found.not_logged), (0, 1, 1), "the launch itself has no draw on record");
    launch.outcome = Some(dec!(1));
    memory.put_decisions(&[launch]).await.unwrap();
    assert_eq!(estimated(&memory, dec!(0.4)).await.choices, 1);
}
