//! Decisions that are made without being carried out.

use super::*;
use crate::{Enforcement, EnforcementPolicy};

async fn decided(bench: &Bench) -> Vec<campaign_pilot_core::DecisionRecord> {
    let period = Period::new(start(), "2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
    bench.memory.decisions(period, 99).await.unwrap()
}

#[tokio::test]
async fn what_is_advised_or_audited_is_recorded_and_nothing_is_sent() {
    let reasons = [
        (Enforcement::Advise, "(held back: advised only: a person carries it out)"),
        (Enforcement::Audit, "(held back: audited only: nothing is done)"),
    ];
    for (mode, reason) in reasons {
        let mut bench = Bench::with_products(3);
        bench.policy.enforcement = EnforcementPolicy { mode, ..EnforcementPolicy::default() };
        let report = run(&bench, CycleKind::Decide).await;
        let plan = report.plan.as_ref().unwrap();
        assert_eq!((plan.allowed.actions().len(), plan.held.len(), report.executed.len()), (0, 3, 0));
        assert_eq!(bench.platform.writes(), 0);
        assert!(bench.memory.entries(None, 10).await.unwrap().is_empty(), "nothing was written down to be sent");
        let decisions = decided(&bench).await;
        assert_eq!(decisions.len(), 3);
        assert!(decisions.iter().all(|decision| decision.plan.is_none() && decision.sentence.ends_with(reason)));
        bench.advance(24 * 60);
        run(&bench, CycleKind::Decide).await;
        assert_eq!(bench.platform.writes(), 0);
        assert!(bench.memory.campaigns().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_spent_budget_stops_a_campaign_that_is_only_audited() {
    let mut bench = Bench::with_products(2);
    run(&bench, CycleKind::Decide).await;
    bench.policy.enforcement.mode = Enforcement::Audit;
    let object = bench.platform.objects()[0].clone();
    bench.advance(60);
    bench.perform(&object.id, "30", "400");
    let report = run(&bench, CycleKind::Monitor).await;
    assert_eq!(report.executed.len(), 1, "{:?}", report.plan);
    assert_eq!(bench.platform.running(), 1);
}
