use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{Clock, Period, Verdict};
use campaign_pilot_decision_engine::{DecisionOverride, EvidenceGate, GateMode, GateOverride, MatrixOverride, OverrideSource};
use jiff::SignedDuration;
use rust_decimal::dec;

use super::*;
use crate::CycleKind;
use crate::testing::{Bench, start};

/// The verdicts of a deciding cycle a day and a half after launches, as they are kept.
async fn verdicts(bench: &Bench) -> Vec<DecisionRecord> {
    bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
    for object in bench.platform.objects() {
        bench.perform(&object.id, "5", "60");
    }
    bench.advance(36 * 60 + 20);
    bench.trade(1, start(), 6, 1, 12);
    bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
    let until = bench.clock.now().checked_add(SignedDuration::from_hours(1)).unwrap();
    let all = bench.memory.decisions(Period::new(start(), until).unwrap(), 99).await.unwrap();
    let kept = all.into_iter().filter(|record| record.verdict.is_some());
    kept.map(|record| serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap()).collect()
}

fn fact(explanation: &Explanation, what: &str) -> String {
    explanation.facts.iter().find(|fact| fact.what == what).unwrap_or_else(|| panic!("no {what}: {explanation}")).to_string()
}

#[tokio::test]
async fn a_recorded_verdict_explains_itself() {
    let bench = Bench::with_products(2);
    let records = verdicts(&bench).await;
    assert_eq!(records.len(), 2);
    for record in &records {
        let explanation = explain(record).unwrap();
        assert_eq!((Some(explanation.verdict), &explanation.sentence), (record.verdict, &record.sentence));
        assert_eq!(explanation.decision, record.id);
        assert_eq!(explanation.decided.at, Some(record.at));
        assert_eq!(explanation.decided.policy_version, Some(bench.policy.version()));
        assert_eq!(explanation.decided.engine_version.as_deref(), Some(ENGINE_VERSION));
        assert!(explanation.overrides.is_empty());
        let json = serde_json::to_string(&explanation).unwrap();
        assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
    }
    // The store's hours are read up to the last full one, the rest at the cycle.
    let sold = records.iter().find(|record| record.product.as_str() == "1").unwrap();
    let explanation = explain(sold).unwrap();
    assert_eq!(fact(&explanation, "price"), "price: 50.00 EUR (store, 0 min old)");
    assert_eq!(fact(&explanation, "units sold"), "units sold: 6 (store, 20 min old)");
    assert_eq!(fact(&explanation, "page views"), "page views: 72 (page views, 20 min old)");
    assert_eq!(fact(&explanation, "cost"), "cost: 5.00 EUR (platform, 0 min old)");
    assert_eq!(fact(&explanation, "margin"), "margin: 40 % (assumed)");
    assert_eq!(
        fact(&explanation, "credited sales that it caused, with stock for them").split('(').nth(1),
        Some("assumed)"),
        "nothing in so short a time says otherwise"
    );
}

#[tokio::test]
async fn what_is_set_for_a_category_is_kept_with_the_decisions_on_its_products_and_told() {
    let mut bench = Bench::with_products(1);
    let only_thresholds = GateOverride { mode: Some(GateMode::Off), ..GateOverride::default() };
    let matrix = MatrixOverride { continue_sales_above: Some(dec!(40)), ..MatrixOverride::default() };
    let fitness = DecisionOverride { gate: only_thresholds, matrix, budgets: None };
    bench.policy.decision.categories = [("Fitness".to_owned(), fitness), ("Books".to_owned(), fitness)].into();
    bench.policy.decision.products = [("2".to_owned(), DecisionOverride::default())].into();
    let record = verdicts(&bench).await.remove(0);
    let kept: DecisionPolicy = serde_json::from_value(record.inputs["policy"].clone()).unwrap();
    assert_eq!(kept.categories.keys().collect::<Vec<_>>(), ["Fitness"], "nothing of other products");
    assert!(kept.products.is_empty() && kept.gate != EvidenceGate::Off);
    let explanation = explain(&record).unwrap();
    assert_eq!(explanation.verdict, explanation.ruling.verdict, "the thresholds alone decide");
    let told: Vec<_> = explanation.overrides.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["`gate.mode` is off for category `Fitness`", "`matrix.continue_sales_above` is 40 for category `Fitness`"]);
    assert!(explanation.overrides.iter().all(|set| matches!(set.by, OverrideSource::Category(_))));
}

#[tokio::test]
async fn what_was_held_back_says_so() {
    let mut record = verdicts(&Bench::with_products(1)).await.remove(0);
    record.sentence.push_str(" (held back: advised only: a person carries it out)");
    let explanation = explain(&record).unwrap();
    assert_eq!(explanation.notes.last().unwrap(), "held back: advised only: a person carries it out");
    assert!(record.sentence.starts_with(&explanation.sentence) && record.sentence != explanation.sentence);
}

#[tokio::test]
async fn records_of_before_are_explained_as_far_as_they_go() {
    let mut record = verdicts(&Bench::with_products(1)).await.remove(0);
    let inputs = record.inputs.as_object_mut().unwrap();
    for name in ["sales_rose", "policy_version", "engine_version"] {
        inputs.remove(name).unwrap();
    }
    let input = inputs["input"].as_object_mut().unwrap();
    for name in ["product", "categories", "read"] {
        input.remove(name).unwrap();
    }
    let explanation = explain(&record).unwrap();
    assert_eq!(explanation.sentence, record.sentence);
    assert_eq!(fact(&explanation, "cost"), "cost: 5.00 EUR (platform, age not recorded)");
    assert!(explanation.to_string().contains("policy: not recorded; version of the rules: not recorded"));
}

#[tokio::test]
async fn what_does_not_come_out_again_is_refused() {
    let bench = Bench::with_products(1);
    let record = verdicts(&bench).await.remove(0);
    let mut other = record.clone();
    other.verdict = Some(Verdict::EmergencyPause);
    let said = explain(&other).unwrap_err().to_string();
    assert!(said.contains("says \"emergency pause: ") && said.contains("taken again it says"), "{said}");
    let mut other = record.clone();
    other.sentence.push_str(" and so on");
    assert!(matches!(explain(&other), Err(ExplainError::Differs { .. })));
    // Money in a record that was changed afterwards changes the sentence or the verdict.
    let mut other = record.clone();
    other.inputs["input"]["metrics"]["exposure"]["cost"]["amount"] = "99".into();
    assert!(matches!(explain(&other), Err(ExplainError::Differs { .. })));
    let mut other = record.clone();
    other.inputs = json!({ "input": 1 });
    let said = explain(&other).unwrap_err().to_string();
    assert!(said.starts_with(&format!("what was kept of the decision `{}` cannot be read: ", record.id)), "{said}");
    let launch = DecisionRecord { verdict: None, ..record };
    assert_eq!(explain(&launch).unwrap_err().to_string(), format!("the decision `{}` is no verdict on a campaign", launch.id));
}
