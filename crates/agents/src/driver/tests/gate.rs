//! A failed gate: whatever a source says wrong, spend is never raised on it.

use campaign_pilot_metrics::quality::{Check, Finding, Severity};

use super::*;

/// A source that answers with something that cannot be right.
type Lie = (&'static str, Check, fn(&Bench));

const LIES: [Lie; 7] = [
    ("a sale counted twice", Check::Duplicates, |bench| {
        let ago = |minutes| bench.clock.now().checked_sub(SignedDuration::from_mins(minutes)).unwrap();
        bench.sell(1, Period::new(ago(120), ago(60)).unwrap(), 1);
        bench.sell(1, Period::new(ago(120), ago(90)).unwrap(), 1);
    }),
    ("units below zero", Check::NegativeCounts, |bench| {
        bench.trade(1, bench.clock.now().checked_sub(SignedDuration::from_hours(2)).unwrap(), 1, -4, 12);
    }),
    ("a cost below zero", Check::NegativeCounts, |bench| {
        let object = bench.platform.objects()[0].id.clone();
        bench.perform(&object, "-3", "50");
    }),
    ("revenue without a conversion", Check::NegativeCounts, |bench| {
        let object = bench.platform.objects()[0].id.clone();
        bench.perform_with(&object, "3", "50", 0);
    }),
    ("more conversions than the store had orders", Check::ActionsAgainstOrders, |bench| {
        let object = bench.platform.objects()[0].id.clone();
        bench.perform_with(&object, "3", "50", 400);
    }),
    ("a store that fell silent for two days", Check::SilentHours, |bench| bench.advance(48 * 60)),
    ("a catalogue that is suddenly short", Check::MissingProducts, |bench| {
        bench.advance(8 * 24 * 60);
        (1..=5).for_each(|id| bench.catalog.remove(&campaign_pilot_core::ProductId::from_number(id)));
    }),
];

const LAUNCHED: usize = 3;

/// What is at stake at most: budgets of what runs, costs of what is over.
async fn budgets(bench: &Bench) -> std::collections::BTreeMap<CampaignId, Money> {
    let records = bench.memory.campaigns().await.unwrap();
    records.into_iter().map(|record| (record.campaign.spec.id.clone(), record.campaign.budget)).collect()
}

/// A store with campaigns and, an hour later, two more products that deserve one.
async fn growing_store() -> Bench {
    let bench = Bench::with_products(3);
    assert!(run(&bench, CycleKind::Decide).await.data_trusted);
    assert_eq!(bench.platform.running(), LAUNCHED);
    for id in 4..=5 {
        bench.catalog.put(crate::testing::product(id));
        bench.trade(id, start().checked_sub(SignedDuration::from_hours(24 * 60)).unwrap(), 60 * 4, 1, 12);
    }
    bench.advance(60);
    bench
}

#[tokio::test]
async fn a_failed_gate_never_raises_spend() {
    let honest = growing_store().await;
    let report = run(&honest, CycleKind::Decide).await;
    assert!(report.data_trusted, "{:?}", report.quality);
    assert!(honest.platform.running() > LAUNCHED, "nothing would have been raised anyway: {:?}", report.notes);
    for (case, check, lie) in LIES {
        let bench = growing_store().await;
        lie(&bench);
        let before = budgets(&bench).await;
        let report = run(&bench, CycleKind::Decide).await;
        assert_eq!(report.quality.verdict(), GateVerdict::Failed, "{case}: {:?}", report.quality);
        assert!(!report.data_trusted, "{case}");
        let failed = |finding: &&Finding| finding.severity == Severity::Failure && finding.check == check;
        assert!(report.quality.findings().iter().any(|finding| failed(&finding)), "{case}: {:?}", report.quality);
        let told = report.notes.iter().any(|note| report.quality.findings().iter().any(|finding| finding.to_string() == *note));
        assert!(told, "{case}: nobody is told why: {:?}", report.notes);
        let allowed = report.plan.as_ref().map(|plan| plan.allowed.actions().to_vec()).unwrap_or_default();
        assert!(allowed.iter().all(campaign_pilot_decision_engine::PlannedAction::only_lowers), "{case}: {allowed:?}");
        let after = budgets(&bench).await;
        assert!(after.iter().all(|(id, budget)| before.get(id).is_some_and(|before| budget.amount <= before.amount)), "{case}");
        assert!(bench.platform.running() <= LAUNCHED, "{case}");
    }
}
