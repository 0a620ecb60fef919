use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{Currency, DecisionRecord, Period, Verdict};
use campaign_pilot_decision_engine::{CalibrationBook, DecidingRule, DecisionOutcome};
use rust_decimal::dec;

use super::*;
use crate::driver::CycleEnd;
use crate::report::{RunFacts, render_html};
use crate::testing::{Bench, euros, start};
use crate::{CycleKind, CycleReport, report_of, store};

async fn run(bench: &Bench) -> CycleReport {
    match bench.driver().run_cycle(CycleKind::Decide).await.unwrap() {
        CycleEnd::Finished(report) => *report,
        CycleEnd::Stopped { before, .. } => panic!("stopped before {before}"),
    }
}

async fn decisions(bench: &Bench) -> Vec<DecisionRecord> {
    let until = start() + jiff::SignedDuration::from_hours(24 * 90);
    bench.memory.decisions(Period::new(start(), until).unwrap(), 999).await.unwrap()
}

async fn checks(bench: &Bench) -> Checks {
    store::load(&*bench.memory, store::CHECKS).await.unwrap().unwrap_or_default()
}

/// Checks in which the decisions by a rule were never right.
fn broken(rule: DecidingRule, policy: &Policy) -> Checks {
    let mut book = CalibrationBook::default();
    for _ in 0..policy.calibration.least_outcomes {
        let outcome = DecisionOutcome {
            rule,
            policy_version: policy.version(),
            closed_at: start(),
            predicted: None,
            observed: euros("-4"),
            stated: dec!(0.9),
            right: false,
        };
        book.close(&outcome, &policy.calibration);
    }
    Checks { book, ..Checks::default() }
}

#[tokio::test]
async fn a_launch_and_the_verdicts_after_it_are_checked_once_their_numbers_have_come_in() {
    let mut bench = Bench::with_products(1);
    bench.policy.flight.rest_days = 60;
    run(&bench).await;
    let object = bench.platform.objects().remove(0).id;
    bench.perform(&object, "6", "120");
    bench.advance(24 * 60);
    run(&bench).await;
    let open = checks(&bench).await;
    assert_eq!(open.open.values().map(Vec::len).collect::<Vec<_>>(), [1], "{open:?}");
    let verdict = decisions(&bench).await.into_iter().find(|decision| decision.verdict == Some(Verdict::Continue)).unwrap();
    assert!(verdict.predicted.is_some() && verdict.inputs["prediction"]["median"].is_object(), "{:?}", verdict.inputs);
    crate::explain(&verdict).unwrap();
    bench.advance(24 * 60);
    run(&bench).await;
    assert_eq!(checks(&bench).await, open, "later verdicts are about the same sales");
    bench.perform(&object, "9", "200");
    bench.advance(13 * 24 * 60);
    run(&bench).await;
    assert!(checks(&bench).await.book().checks().is_empty(), "what was sold can still come back");
    bench.advance(14 * 24 * 60);
    run(&bench).await;
    let closed = checks(&bench).await;
    assert!(closed.open.is_empty(), "{closed:?}");
    let seen: Vec<_> = closed.book().checks().iter().map(|check| (check.rule.id(), check.checked, check.right)).collect();
    assert_eq!(seen, [("launch", 1, 1), ("earns", 1, 1)]);
    let verdict = bench.memory.decision(&verdict.id).await.unwrap().unwrap();
    let outcome = verdict.outcome.unwrap();
    // 80 more came in for 3 more.
    assert!(outcome > dec!(5) && outcome < dec!(29), "{outcome}");
    let run = RunFacts {
        mode: "apply".into(),
        seed: None,
        period: Period::new(start(), start() + jiff::SignedDuration::from_hours(24 * 40)).unwrap(),
        currency: Currency::EUR,
        store: "shop.example".into(),
        platform: "impact.com".into(),
        cycles: 5,
        carried_on: false,
    };
    let report = report_of(&*bench.memory, &*bench.memory, run).await.unwrap();
    assert_eq!(report.rules.len(), 2);
    assert!(report.rules[0].sentence.ends_with("too few to say (1)"), "{}", report.rules[0].sentence);
    assert!(render_html(&report).unwrap().contains("Decisions checked afterwards"));
}

#[tokio::test]
async fn what_is_only_planned_is_not_checked() {
    let bench = Bench::with_products(1);
    run(&bench).await;
    bench.perform(&bench.platform.objects().remove(0).id, "6", "120");
    bench.advance(24 * 60);
    let driver = crate::Driver::new(bench.driver().ports().clone(), bench.policy.clone(), crate::Mode::Plan);
    driver.run_cycle(CycleKind::Decide).await.unwrap();
    assert_eq!(checks(&bench).await, Checks::default());
}

#[tokio::test]
async fn launches_that_did_not_bring_what_they_said_get_half_the_first_budget() {
    let bench = Bench::with_products(1);
    store::save(&*bench.memory, store::CHECKS, &broken(DecidingRule::Launch, &bench.policy)).await.unwrap();
    let report = run(&bench).await;
    let launch = &report.proposal.unwrap().launches[0];
    assert_eq!(launch.budget.budget, euros("7.50"));
    assert!(launch.budget.sentence.contains("halved to 7.50 EUR: `launch` is not relied on"), "{}", launch.budget.sentence);
}

#[tokio::test]
async fn a_verdict_by_a_broken_rule_becomes_monitor_and_goes_on_being_checked() {
    let bench = Bench::with_products(1);
    store::save(&*bench.memory, store::CHECKS, &broken(DecidingRule::Verdict(Basis::Earns), &bench.policy)).await.unwrap();
    run(&bench).await;
    bench.perform(&bench.platform.objects().remove(0).id, "6", "120");
    bench.advance(24 * 60);
    let report = run(&bench).await;
    let verdict = report.decisions.iter().find(|decision| decision.verdict.is_some()).unwrap();
    assert_eq!(verdict.verdict, Some(Verdict::Monitor));
    assert!(
        verdict.sentence.contains("is not relied on: `earns`: its decisions have not kept what they said"),
        "{}",
        verdict.sentence
    );
    crate::explain(verdict).unwrap();
    assert_eq!(checks(&bench).await.open.values().flatten().next().unwrap().basis, Basis::Earns);
}

#[test]
fn another_policy_is_not_held_to_what_this_one_said() {
    let policy = Policy::default();
    let checks = broken(DecidingRule::Launch, &policy);
    assert_eq!(checks.cautions(&policy).len(), 1);
    let other = Policy::from_toml("[flight]\ndays = 7").unwrap();
    assert!(checks.cautions(&other).is_empty());
    let off = Policy::from_toml("[calibration]\nenabled = false").unwrap();
    assert!(checks.cautions(&off).is_empty());
}
