mod changes;
mod enforcement;
mod gate;
mod guardrails;

use std::collections::BTreeSet;
use std::sync::Mutex;

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{CampaignAction, CampaignId, Clock, DesiredStatus, EffectiveStatus, Money, Period, Verdict};
use campaign_pilot_metrics::quality::GateVerdict;
use jiff::SignedDuration;

use super::*;
use crate::executor::Outcome;
use crate::testing::{Bench, Crash, Fault, euros, start};

/// Remembers the names of the steps.
#[derive(Default)]
struct Steps(Mutex<Vec<&'static str>>);

impl CycleObserver for Steps {
    fn step_finished(&self, _cycle: &Cycle, step: &Step) {
        self.0.lock().unwrap().push(step.name());
    }
}

async fn run(bench: &Bench, kind: CycleKind) -> CycleReport {
    match bench.driver().run_cycle(kind).await.unwrap() {
        CycleEnd::Finished(report) => *report,
        CycleEnd::Stopped { before, .. } => panic!("stopped before {before}"),
    }
}

async fn steps_of(bench: &Bench, kind: CycleKind) -> Vec<&'static str> {
    let steps = Arc::new(Steps::default());
    bench.driver().with_observer(Arc::clone(&steps) as _).run_cycle(kind).await.unwrap();
    steps.0.lock().unwrap().clone()
}

/// Every decided launch exists exactly once, and its record is complete.
async fn assert_consistent(bench: &Bench, case: &str) {
    let objects = bench.platform.objects();
    let tags: BTreeSet<_> = objects.iter().filter_map(|object| object.tag.clone()).collect();
    assert_eq!(tags.len(), objects.len(), "{case}: an operation made two objects");
    let pages: BTreeSet<_> = objects.iter().map(|object| &object.landing_page).collect();
    assert_eq!(pages.len(), objects.len(), "{case}: a product is advertised twice");
    assert!(bench.memory.open_operations().await.unwrap().is_empty(), "{case}: something is open");
    let records = bench.memory.campaigns().await.unwrap();
    let known: BTreeSet<_> = records.iter().filter_map(|record| record.campaign.platform_id.clone()).collect();
    assert_eq!(known, objects.into_iter().map(|object| object.id).collect(), "{case}: records and objects differ");
}

#[tokio::test]
async fn the_first_decision_reads_the_past_and_launches_the_best() {
    let bench = Bench::with_products(7);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(report.data_trusted, "{:?} {:?}", report.failures, report.notes);
    assert_eq!(report.proposal.as_ref().unwrap().selections.len(), 7);
    assert_eq!(report.executed.len(), 5, "{:?}", report.proposal.unwrap().notes);
    assert!(report.executed.iter().all(|executed| executed.outcome.is_done()));
    assert_eq!(bench.platform.running(), 5);
    let decisions =
        bench.memory.decisions(Period::new(start(), "2026-12-01T00:00:00Z".parse().unwrap()).unwrap(), 99).await.unwrap();
    assert_eq!(decisions.len(), 5);
    assert!(decisions.iter().all(|decision| decision.plan.is_some() && decision.predicted.is_some()));
    assert_consistent(&bench, "first").await;
}

#[tokio::test]
async fn a_monitoring_cycle_is_a_handful_of_steps() {
    let bench = Bench::with_products(3);
    run(&bench, CycleKind::Decide).await;
    bench.advance(60);
    let steps = steps_of(&bench, CycleKind::Monitor).await;
    assert_eq!(steps, ["reconcile", "recall", "read_sales", "read_views", "remember", "read_platform", "remember"]);
    bench.advance(60);
    let steps = steps_of(&bench, CycleKind::Monitor).await;
    assert_eq!(steps, ["reconcile", "recall", "read_sales", "read_views", "remember", "read_platform"]);
}

#[tokio::test]
async fn the_first_reading_is_cut_into_weeks() {
    let bench = Bench::with_products(1);
    let steps = steps_of(&bench, CycleKind::Decide).await;
    assert_eq!(steps.iter().filter(|name| **name == "read_sales").count(), 9);
}

#[tokio::test]
async fn deciding_twice_in_an_hour_launches_nothing_twice() {
    let bench = Bench::with_products(3);
    run(&bench, CycleKind::Decide).await;
    let again = run(&bench, CycleKind::Decide).await;
    assert_eq!(again.executed.len(), 0);
    assert_consistent(&bench, "twice").await;
}

#[tokio::test]
async fn a_hard_budget_stops_a_campaign_before_it_is_spent_by_what_is_still_to_come() {
    for forecasts in [true, false] {
        let mut bench = Bench::with_products(1);
        bench.policy.forecast.enabled = forecasts;
        bench.policy.decision.budgets = campaign_pilot_decision_engine::BudgetKeeping::Hard;
        run(&bench, CycleKind::Decide).await;
        let object = bench.platform.objects().remove(0);
        bench.advance(24 * 60);
        // 500 clicks in a day; 12 of the 30 euros are spent, and the links stay posted.
        bench.perform(&object.id, "12", "400");
        let report = run(&bench, CycleKind::Monitor).await;
        assert_eq!(bench.platform.running() == 0, forecasts);
        let sentences: Vec<_> = report.decisions.iter().map(|decision| decision.sentence.as_str()).collect();
        assert_eq!(sentences.iter().any(|sentence| sentence.contains("expected to come")), forecasts, "{sentences:?}");
    }
}

#[tokio::test]
async fn what_somebody_opened_again_is_told_and_kept() {
    let bench = Bench::with_products(1);
    run(&bench, CycleKind::Decide).await;
    let object = bench.platform.objects().remove(0).id;
    let campaign = bench.memory.campaigns().await.unwrap().remove(0).campaign.spec.id.clone();
    let pause = CampaignAction::Pause { campaign, platform_id: object.clone() };
    assert!(bench.executor().execute(&crate::testing::request("pause", pause, euros("0"))).await.unwrap().is_done());
    bench.platform.open_again(&object);
    bench.advance(24 * 60);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(report.notes.iter().any(|note| note.contains("was opened again at the platform")), "{:?}", report.notes);
    let record = bench.memory.campaigns().await.unwrap().remove(0);
    assert_eq!((record.campaign.desired, record.campaign.effective), (DesiredStatus::Active, EffectiveStatus::Running));
    assert_eq!(bench.platform.running(), 1, "it is not paused behind anybody's back");
}

#[tokio::test]
async fn a_spent_budget_stops_the_campaign_within_the_hour() {
    let bench = Bench::with_products(1);
    run(&bench, CycleKind::Decide).await;
    let object = bench.platform.objects()[0].clone();
    bench.advance(60);
    bench.perform(&object.id, "30", "400");
    let report = run(&bench, CycleKind::Monitor).await;
    assert_eq!(report.executed.len(), 1);
    assert!(report.decisions[0].sentence.contains("budget"), "{}", report.decisions[0].sentence);
    assert_eq!(bench.platform.running(), 0);
    let record = bench.memory.campaigns().await.unwrap().remove(0);
    assert_eq!((record.campaign.desired, record.campaign.effective), (DesiredStatus::Paused, EffectiveStatus::Unlisted));
    assert_eq!(record.performance.unwrap().cost, euros("30"));
}

#[tokio::test]
async fn a_loss_is_an_emergency_once_chance_cannot_explain_it() {
    let bench = Bench::with_products(1);
    run(&bench, CycleKind::Decide).await;
    let object = bench.platform.objects()[0].clone();
    bench.advance(60);
    // The cost of a third of a sale without a sale is no evidence.
    bench.perform(&object.id, "14", "0");
    assert_eq!(run(&bench, CycleKind::Monitor).await.decisions, []);
    bench.advance(60);
    // That of fourteen sales is.
    bench.perform(&object.id, "700", "0");
    let report = run(&bench, CycleKind::Monitor).await;
    assert_eq!(report.decisions[0].verdict, Some(Verdict::EmergencyPause));
    assert_eq!(bench.platform.running(), 0);
}

#[tokio::test]
async fn a_failing_store_leads_to_holding_only() {
    let bench = Bench::with_products(3);
    bench.sales.fail_next(ErrorKind::Unavailable);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(!report.data_trusted);
    assert_eq!(report.failures.len(), 1);
    assert_eq!(bench.platform.writes(), 0);
    bench.advance(60);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(report.data_trusted, "{:?} {:?}", report.failures, report.quality);
    assert_eq!(bench.platform.running(), 3);
}

#[tokio::test]
async fn views_that_failed_are_read_again() {
    let bench = Bench::with_products(1);
    run(&bench, CycleKind::Decide).await;
    let before = store::load::<crate::Coverage>(&*bench.memory, store::COVERAGE).await.unwrap().unwrap();
    bench.advance(120);
    bench.views.fail_next(ErrorKind::Unavailable);
    assert!(!run(&bench, CycleKind::Monitor).await.data_trusted);
    let failed = store::load::<crate::Coverage>(&*bench.memory, store::COVERAGE).await.unwrap().unwrap();
    assert_eq!(failed, before);
    assert!(run(&bench, CycleKind::Monitor).await.data_trusted);
    let healed = store::load::<crate::Coverage>(&*bench.memory, store::COVERAGE).await.unwrap().unwrap();
    assert_eq!(healed.until.duration_since(before.until), SignedDuration::from_hours(2));
}

#[tokio::test]
async fn a_store_that_was_never_read_gives_a_report_and_no_action() {
    let bench = Bench::with_products(1);
    bench.catalog.fail_next(ErrorKind::Unauthorized);
    let report = run(&bench, CycleKind::Decide).await;
    assert_eq!(report.failures[0].kind, ErrorKind::Unauthorized);
    assert_eq!(bench.platform.writes(), 0);
}

#[tokio::test]
async fn plan_mode_changes_nothing() {
    let bench = Bench::with_products(3);
    let driver = Driver::new(bench.ports.clone(), Policy::default(), Mode::Plan);
    let end = driver.run_cycle(CycleKind::Decide).await.unwrap();
    let report = end.report().unwrap();
    assert_eq!(report.plan.as_ref().unwrap().allowed.actions().len(), 3);
    assert_eq!((report.executed.len(), bench.platform.writes()), (0, 0));
    assert!(bench.memory.entries(None, 10).await.unwrap().is_empty());
    assert!(bench.memory.campaigns().await.unwrap().is_empty());
}

#[tokio::test]
async fn planning_leaves_an_interrupted_cycle_alone() {
    /// Asks to stop once decisions are recorded.
    struct Recorded(StopFlag);
    impl CycleObserver for Recorded {
        fn step_finished(&self, _cycle: &Cycle, step: &Step) {
            if step.name() == "record_decisions" {
                self.0.request();
            }
        }
    }
    let bench = Bench::with_history(1, 7);
    let stop = StopFlag::default();
    let driver = bench.driver().with_observer(Arc::new(Recorded(stop.clone()))).with_stop_flag(stop);
    let end = driver.run_cycle(CycleKind::Decide).await.unwrap();
    assert!(matches!(end, CycleEnd::Stopped { before: "execute", .. }), "{end:?}");
    let saved = store::load::<Cycle>(&*bench.memory, store::CYCLE).await.unwrap();
    assert!(saved.is_some());
    let planner = Driver::new(bench.ports.clone(), bench.policy.clone(), Mode::Plan);
    planner.run_cycle(CycleKind::Decide).await.unwrap();
    assert_eq!(store::load::<Cycle>(&*bench.memory, store::CYCLE).await.unwrap(), saved);
    let resumed = bench.driver().resume().await.unwrap().unwrap();
    assert_eq!((resumed.report().unwrap().executed.len(), bench.platform.objects().len()), (1, 1));
}

/// Drives a cycle with the state written as JSON and read back between any two steps.
async fn run_through_json(driver: &Driver) -> CycleReport {
    let sources = Sources { views: true, signals: false };
    let capabilities = driver.ports.platform.capabilities();
    let now = driver.ports.clock.now();
    let plan = CyclePlan::new(CycleKind::Decide, Mode::Apply, now, sources, capabilities, driver.policy.clone());
    let mut text = serde_json::to_string(&Cycle::start(plan)).unwrap();
    loop {
        let mut cycle: Cycle = serde_json::from_str(&text).unwrap();
        if cycle.is_finished() {
            return cycle.into_report();
        }
        let result = driver.perform(&cycle.next_step()).await.unwrap();
        cycle.complete(result).unwrap();
        text = serde_json::to_string(&cycle).unwrap();
    }
}

#[tokio::test]
async fn a_cycle_written_and_read_between_all_steps_ends_the_same() {
    let (one, two) = (Bench::with_products(4), Bench::with_products(4));
    let plain = run(&one, CycleKind::Decide).await;
    let through_json = run_through_json(&two.driver()).await;
    assert_eq!(plain, through_json);
    assert_eq!(one.platform.objects(), two.platform.objects());
    assert_eq!(one.memory.campaigns().await.unwrap(), two.memory.campaigns().await.unwrap());
}

#[tokio::test]
async fn a_result_of_another_step_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let sources = Sources::default();
    let capabilities = bench.ports.platform.capabilities();
    let plan = CyclePlan::new(CycleKind::Decide, Mode::Apply, start(), sources, capabilities, Policy::default());
    let mut cycle = Cycle::start(plan);
    let before = cycle.clone();
    let error = cycle.complete(crate::cycle::StepResult::Recorded).unwrap_err();
    assert_eq!(error.to_string(), "the result `recorded` does not answer the step `check_health`");
    assert_eq!(cycle, before);
}

/// A second day with something of everything: a launch, a stop, a lost answer.
async fn second_day(bench: &Bench) {
    run(bench, CycleKind::Decide).await;
    let spent = bench.platform.objects()[0].clone();
    bench.advance(24 * 60);
    bench.perform(&spent.id, "30", "10");
    bench.platform.next_writes(&[Fault::None, Fault::LostAnswer, Fault::LostRequest]);
}

#[tokio::test]
async fn wherever_the_process_dies_each_decision_is_carried_out_once() {
    let mut points = 0;
    for point in 0.. {
        let mut happened = false;
        for crash in [Crash::Before(point), Crash::After(point)] {
            let bench = Bench::with_history(8, 7);
            second_day(&bench).await;
            bench.memory.crash(crash);
            let _ = bench.driver().run_cycle(CycleKind::Decide).await;
            happened |= bench.memory.is_dead();
            bench.memory.restart();
            run(&bench, CycleKind::Decide).await;
            for _ in 0..5 {
                bench.advance(20);
                run(&bench, CycleKind::Monitor).await;
            }
            assert_eq!(bench.platform.running(), 7, "{crash:?}");
            assert_consistent(&bench, &format!("{crash:?}")).await;
        }
        points += 1;
        if !happened {
            break;
        }
    }
    assert!(points > 20, "only {points} writes");
}

#[tokio::test]
async fn a_stop_between_two_steps_loses_nothing() {
    /// Raises the flag after so many steps.
    struct After(StopFlag, Mutex<usize>);
    impl CycleObserver for After {
        fn step_finished(&self, _cycle: &Cycle, _step: &Step) {
            let mut left = self.1.lock().unwrap();
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.0.request();
            }
        }
    }
    for steps in 1..45 {
        let bench = Bench::with_products(3);
        let stop = StopFlag::default();
        let observer = Arc::new(After(stop.clone(), Mutex::new(steps)));
        bench.driver().with_observer(observer).with_stop_flag(stop).run_cycle(CycleKind::Decide).await.unwrap();
        run(&bench, CycleKind::Decide).await;
        assert_eq!(bench.platform.running(), 3, "{steps}");
        assert_consistent(&bench, &format!("stopped after {steps}")).await;
    }
}

#[tokio::test]
async fn a_campaign_that_is_over_stops_and_its_outcome_is_noted_once_its_numbers_have_come_in() {
    let mut bench = Bench::with_products(1);
    bench.policy.flight.rest_days = 60;
    run(&bench, CycleKind::Decide).await;
    let object = bench.platform.objects().remove(0).id;
    bench.perform(&object, "6", "120");
    bench.trade(1, start(), 28 * 4, 2, 24);
    bench.advance(14 * 24 * 60 + 60);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(report.data_trusted, "{:?}", report.notes);
    let record = bench.memory.campaigns().await.unwrap().remove(0);
    assert_eq!((record.campaign.desired, record.campaign.effective), (DesiredStatus::Stopped, EffectiveStatus::Unlisted));
    let outcomes = || async {
        let decisions = bench.memory.decisions(Period::new(start(), bench.clock.now()).unwrap(), 99).await.unwrap();
        decisions.into_iter().filter_map(|decision| decision.outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes().await, [], "what was sold can still come back");
    bench.advance(14 * 24 * 60);
    run(&bench, CycleKind::Decide).await;
    let learned: crate::Learned = store::load(&*bench.memory, store::LEARNED).await.unwrap().unwrap();
    let caused = rust_decimal::Decimal::try_from(learned.caused.unwrap().share.posterior_mean).unwrap().round_dp(4);
    let expected = (rust_decimal::dec!(120) * rust_decimal::dec!(0.4) * caused - rust_decimal::dec!(6)).round_dp(2);
    assert_eq!(outcomes().await, [expected], "120 x 40 % x what is caused - 6");
    assert_eq!(bench.platform.objects().len(), 1, "the product rests");
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_next_cycles() {
    let bench = Bench::with_products(1);
    bench.platform.next_writes(&[Fault::LostAnswer]);
    let report = run(&bench, CycleKind::Decide).await;
    assert!(matches!(report.executed[0].outcome, Outcome::Open { .. }));
    bench.advance(60);
    let report = run(&bench, CycleKind::Monitor).await;
    assert_eq!(report.reconciled.notes.len(), 1);
    assert_consistent(&bench, "settled").await;
}
