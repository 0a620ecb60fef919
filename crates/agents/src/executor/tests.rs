mod changes;

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{CampaignAction, DesiredStatus, Effect, EffectiveStatus, OperationState, OperationTag};
use serde_json::json;
use serde_json::value::to_raw_value;

use super::*;
use crate::testing::{Bench, Crash, Fault, create, euros, request};

const FAULTS: [Fault; 4] = [Fault::None, Fault::LostAnswer, Fault::LostRequest, Fault::Unavailable];

/// Goes on as a restarted pilot would, until nothing is open any more.
async fn recover(bench: &Bench, request: &ExecutionRequest) {
    for _ in 0..8 {
        bench.executor().reconcile().await.unwrap();
        bench.executor().execute(request).await.unwrap();
        if bench.memory.open_operations().await.unwrap().is_empty() {
            return;
        }
        bench.advance(15);
    }
    panic!("never settled");
}

async fn record(bench: &Bench, request: &ExecutionRequest) -> campaign_pilot_core::CampaignRecord {
    bench.memory.campaign(request.intent.action.campaign()).await.unwrap().unwrap()
}

async fn state(bench: &Bench, request: &ExecutionRequest) -> Option<OperationState> {
    Journal::state(&*bench.memory, &request.intent.operation).await.unwrap()
}

/// Runs a request with a fault at the platform and a crash at every write in turn, and hands each settled bench to `check`.
async fn with_every_crash<F: Future<Output = ()>>(
    prepare: impl AsyncFn(&Bench) -> ExecutionRequest,
    check: impl Fn(Bench, ExecutionRequest, String) -> F,
) -> usize {
    let mut runs = 0;
    for fault in FAULTS {
        for point in 0.. {
            let mut happened = false;
            for crash in [Crash::Before(point), Crash::After(point)] {
                let bench = Bench::new();
                let request = prepare(&bench).await;
                bench.platform.next_writes(&[fault]);
                bench.memory.crash(crash);
                let _ = bench.executor().execute(&request).await;
                happened |= bench.memory.is_dead();
                bench.memory.restart();
                recover(&bench, &request).await;
                runs += 1;
                check(bench, request, format!("{fault:?} {crash:?}")).await;
            }
            if !happened {
                break;
            }
        }
    }
    runs
}

#[tokio::test]
async fn a_create_takes_effect_exactly_once_wherever_the_process_dies() {
    let runs = with_every_crash(
        async |_| create("launch", 1),
        async |bench, request, case| {
            assert_eq!(bench.platform.objects().len(), 1, "{case}");
            assert_eq!(state(&bench, &request).await, Some(OperationState::Done), "{case}");
            let campaign = record(&bench, &request).await.campaign;
            assert_eq!(campaign.platform_id, Some(bench.platform.objects()[0].id.clone()), "{case}");
            assert_eq!((campaign.desired, campaign.effective), (DesiredStatus::Active, EffectiveStatus::Running), "{case}");
        },
    )
    .await;
    assert!(runs >= 40, "only {runs} runs");
}

#[tokio::test]
async fn an_object_that_is_held_back_is_let_go_exactly_once_wherever_the_process_dies() {
    for second in FAULTS {
        with_every_crash(
            async |bench| {
                bench.platform.hold_back();
                create("launch", 1)
            },
            async |bench, request, case| {
                assert_eq!((bench.platform.objects().len(), bench.platform.running()), (1, 1), "{case}, then {second:?}");
                assert_eq!(state(&bench, &request).await, Some(OperationState::Done), "{case}, then {second:?}");
                assert_eq!(record(&bench, &request).await.campaign.effective, EffectiveStatus::Running, "{case}");
            },
        )
        .await;
        let bench = Bench::new();
        bench.platform.hold_back();
        bench.platform.next_writes(&[Fault::None, second, second]);
        let request = create("launch", 1);
        let _ = bench.executor().execute(&request).await.unwrap();
        recover(&bench, &request).await;
        assert_eq!((bench.platform.objects().len(), bench.platform.running()), (1, 1), "{second:?}");
    }
}

#[tokio::test]
async fn of_several_objects_that_are_held_back_one_is_let_go() {
    let bench = Bench::new();
    bench.platform.hold_back();
    bench.platform.next_writes(&[Fault::Twice]);
    let launch = create("launch", 1);
    let _ = bench.executor().execute(&launch).await.unwrap();
    assert_eq!(bench.platform.running(), 0, "a copy that is held back costs nothing");
    bench.advance(15);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::Repaired);
    let effective: Vec<_> = bench.platform.objects().iter().map(|object| object.effective).collect();
    assert_eq!(effective, [EffectiveStatus::Running, EffectiveStatus::Unlisted]);
}

#[tokio::test]
async fn an_object_that_is_held_back_and_blocked_is_not_taken_for_one_that_runs() {
    let bench = Bench::new();
    bench.platform.hold_back();
    bench.platform.next_writes(&[Fault::LostAnswer]);
    let launch = create("launch", 1);
    let _ = bench.executor().execute(&launch).await.unwrap();
    bench.platform.block(&bench.platform.objects()[0].id);
    bench.advance(15);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!((report.notes[0].resolution, report.alerts().count()), (Resolution::GivenUp, 1));
    assert_eq!(state(&bench, &launch).await, Some(OperationState::Rejected));
    assert_eq!(bench.platform.running(), 0);
}

#[tokio::test]
async fn the_kill_switch_keeps_an_adopted_object_held_back() {
    let bench = Bench::new();
    bench.platform.hold_back();
    bench.platform.next_writes(&[Fault::LostAnswer]);
    let _ = bench.executor().execute(&create("launch", 1)).await.unwrap();
    bench.kill_switch.engage();
    bench.advance(15);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::Waiting);
    assert_eq!(bench.platform.running(), 0);
    bench.kill_switch.release();
    bench.advance(15);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::Adopted);
    assert_eq!(bench.platform.running(), 1);
}

#[tokio::test]
async fn an_adopted_object_that_may_not_run_is_given_up_and_paused() {
    let bench = Bench::new();
    bench.platform.hold_back();
    bench.platform.next_writes(&[Fault::LostAnswer, Fault::Refused]);
    let launch = create("launch", 1);
    let _ = bench.executor().execute(&launch).await.unwrap();
    bench.advance(15);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!((report.notes[0].resolution, report.notes[0].alert), (Resolution::GivenUp, true));
    assert_eq!(bench.platform.objects()[0].effective, EffectiveStatus::Unlisted);
    assert_eq!(state(&bench, &launch).await, Some(OperationState::Rejected));
}

/// A campaign that runs.
async fn launched(bench: &Bench) -> (CampaignId, PlatformCampaignId) {
    let request = create("launch", 1);
    assert!(bench.executor().execute(&request).await.unwrap().is_done());
    (request.intent.action.campaign().clone(), bench.platform.objects()[0].id.clone())
}

#[tokio::test]
async fn a_pause_takes_effect_wherever_the_process_dies() {
    with_every_crash(
        async |bench| {
            let (campaign, platform_id) = launched(bench).await;
            request("pause", CampaignAction::Pause { campaign, platform_id }, euros("0"))
        },
        async |bench, request, case| {
            assert_eq!(bench.platform.running(), 0, "{case}");
            let campaign = record(&bench, &request).await.campaign;
            assert_eq!((campaign.desired, campaign.effective), (DesiredStatus::Paused, EffectiveStatus::Unlisted), "{case}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_resume_makes_one_new_object_wherever_the_process_dies() {
    with_every_crash(
        async |bench| {
            let (campaign, platform_id) = launched(bench).await;
            let pause = CampaignAction::Pause { campaign: campaign.clone(), platform_id: platform_id.clone() };
            assert!(bench.executor().execute(&request("pause", pause, euros("0"))).await.unwrap().is_done());
            request("resume", CampaignAction::Resume { campaign, platform_id }, euros("20"))
        },
        async |bench, request, case| {
            assert_eq!((bench.platform.objects().len(), bench.platform.running()), (2, 1), "{case}");
            let campaign = record(&bench, &request).await.campaign;
            assert_eq!(campaign.platform_id, Some(bench.platform.objects()[1].id.clone()), "{case}");
            assert_eq!(campaign.effective, EffectiveStatus::Running, "{case}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_budget_is_in_force_wherever_the_process_dies() {
    with_every_crash(
        async |bench| {
            let (campaign, platform_id) = launched(bench).await;
            request("raise", CampaignAction::SetBudget { campaign, platform_id, budget: euros("24") }, euros("24"))
        },
        async |bench, request, case| {
            assert_eq!(record(&bench, &request).await.campaign.budget, euros("24"), "{case}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_cut_or_a_stop_frees_money_only_once_the_platform_has_confirmed_it() {
    for (fault, budget_after, stake_after_pause) in
        [(Fault::None, "10", None), (Fault::Refused, "20", Some("20")), (Fault::LostRequest, "20", Some("20"))]
    {
        let bench = Bench::new();
        let (campaign, platform_id) = launched(&bench).await;
        let cut = CampaignAction::SetBudget { campaign: campaign.clone(), platform_id: platform_id.clone(), budget: euros("10") };
        bench.platform.next_writes(&[fault]);
        bench.executor().execute(&request("cut", cut, euros("0"))).await.unwrap();
        let in_force = bench.memory.campaign(&campaign).await.unwrap().unwrap().campaign.budget;
        assert_eq!(in_force, euros(budget_after), "{fault:?}");
        assert_eq!(bench.executor().committed().await.unwrap().of_campaign(&campaign), Some(in_force), "{fault:?}");

        let bench = Bench::new();
        let (campaign, platform_id) = launched(&bench).await;
        bench.platform.next_writes(&[fault]);
        let pause = CampaignAction::Pause { campaign: campaign.clone(), platform_id };
        bench.executor().execute(&request("pause", pause, euros("0"))).await.unwrap();
        let stake = bench.executor().committed().await.unwrap().of_campaign(&campaign).filter(|money| !money.is_zero());
        assert_eq!(stake, stake_after_pause.map(euros), "{fault:?}");
    }
}

#[tokio::test]
async fn money_stays_reserved_while_the_outcome_is_unknown() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::LostRequest]);
    let outcome = bench.executor().execute(&create("launch", 1)).await.unwrap();
    assert!(matches!(outcome, Outcome::Open { .. }));
    assert_eq!(bench.executor().committed().await.unwrap().total(Currency::EUR), Ok(euros("20")));
}

#[tokio::test]
async fn nothing_is_looked_up_before_the_settle_window_is_over() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::LostRequest]);
    let _ = bench.executor().execute(&create("launch", 1)).await.unwrap();
    bench.advance(9);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!(report.notes[0].resolution, Resolution::Waiting);
    bench.advance(1);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!(report.notes[0].text, "look-up 1 found nothing; one more will decide");
    assert_eq!(bench.platform.writes(), 1);
    bench.advance(10);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::Sent);
    assert_eq!((bench.platform.writes(), bench.platform.objects().len()), (2, 1));
}

#[tokio::test]
async fn a_failed_look_up_leaves_the_operation_open_and_says_so() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::LostAnswer]);
    let _ = bench.executor().execute(&create("launch", 1)).await.unwrap();
    bench.advance(15);
    bench.platform.fail_reads(true);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!(report.alerts().count(), 1);
    bench.platform.fail_reads(false);
    bench.advance(15);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::Adopted);
    assert_eq!(bench.platform.objects().len(), 1);
}

#[tokio::test]
async fn of_several_objects_the_oldest_is_kept_and_the_others_are_paused() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::Twice]);
    let launch = create("launch", 1);
    let _ = bench.executor().execute(&launch).await.unwrap();
    bench.advance(15);
    let report = bench.executor().reconcile().await.unwrap();
    assert_eq!(report.notes[0].resolution, Resolution::Repaired);
    assert!(report.notes[0].alert);
    assert_eq!((bench.platform.objects().len(), bench.platform.running()), (2, 1));
    let campaign = record(&bench, &launch).await.campaign;
    assert_eq!(campaign.platform_id, Some(bench.platform.objects()[0].id.clone()));
    assert_eq!((campaign.desired, campaign.effective), (DesiredStatus::Active, EffectiveStatus::Running));
}

#[tokio::test]
async fn a_refused_create_frees_its_money_and_is_not_sent_again() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::Refused]);
    let launch = create("launch", 1);
    let outcome = bench.executor().execute(&launch).await.unwrap();
    assert_eq!(outcome, Outcome::Rejected { reason: "the program is not active".into() });
    let again = bench.executor().execute(&launch).await.unwrap();
    assert_eq!(again, Outcome::Earlier { state: OperationState::Rejected });
    assert_eq!(bench.platform.writes(), 1);
    assert_eq!(bench.executor().committed().await.unwrap().total(Currency::EUR), Ok(euros("0")));
    assert_eq!(record(&bench, &launch).await.campaign.desired, DesiredStatus::Stopped);
}

#[tokio::test]
async fn an_operation_is_given_up_after_its_last_attempt() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::LostRequest; 20]);
    let launch = create("launch", 1);
    let executor = bench.executor_with(ExecutorPolicy { max_attempts: 3, ..ExecutorPolicy::default() });
    let _ = executor.execute(&launch).await.unwrap();
    for _ in 0..12 {
        bench.advance(15);
        executor.reconcile().await.unwrap();
    }
    assert_eq!(bench.platform.writes(), 3);
    assert_eq!(state(&bench, &launch).await, Some(OperationState::Rejected));
}

#[tokio::test]
async fn the_kill_switch_stops_everything_but_stopping() {
    let bench = Bench::new();
    let (campaign, platform_id) = launched(&bench).await;
    bench.kill_switch.engage();
    let held = bench.executor().execute(&create("second", 2)).await.unwrap();
    assert_eq!(held, Outcome::Held { reason: "the kill switch is engaged".into() });
    let raise = CampaignAction::SetBudget { campaign: campaign.clone(), platform_id: platform_id.clone(), budget: euros("24") };
    assert!(matches!(bench.executor().execute(&request("raise", raise, euros("24"))).await.unwrap(), Outcome::Held { .. }));
    let pause = request("pause", CampaignAction::Pause { campaign, platform_id }, euros("0"));
    assert_eq!(bench.executor().execute(&pause).await.unwrap(), Outcome::Done { effect: Effect::Unlisted });
    assert!(bench.memory.open_operations().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_stored_kill_switch_counts_and_a_damaged_one_too() {
    for value in [json!(true), json!("yes"), json!({})] {
        let bench = Bench::new();
        bench.memory.put_state(KillSwitch::KEY, &to_raw_value(&value).unwrap()).await.unwrap();
        assert!(matches!(bench.executor().execute(&create("launch", 1)).await.unwrap(), Outcome::Held { .. }));
    }
}

#[tokio::test]
async fn nothing_is_sent_after_its_plan_expired() {
    let bench = Bench::new();
    let launch = create("launch", 1);
    bench.memory.crash(Crash::After(0));
    assert!(bench.executor().execute(&launch).await.is_err());
    bench.memory.restart();
    bench.advance(25 * 60);
    assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, Resolution::GivenUp);
    assert_eq!(bench.platform.writes(), 0);
}

#[tokio::test]
async fn the_limit_counts_reserved_money() {
    let bench = Bench::new();
    let executor = bench.executor_with(ExecutorPolicy { max_committed: Some(euros("39.99")), ..ExecutorPolicy::default() });
    bench.platform.next_writes(&[Fault::LostRequest]);
    assert!(matches!(executor.execute(&create("first", 1)).await.unwrap(), Outcome::Open { .. }));
    let Outcome::Held { reason } = executor.execute(&create("second", 2)).await.unwrap() else { panic!("not held") };
    assert_eq!(reason, "40.00 EUR would be at stake, more than the limit of 39.99 EUR");
}

#[tokio::test]
async fn another_operation_waits_until_the_first_is_settled_but_a_pause_does_not() {
    let bench = Bench::new();
    let (campaign, platform_id) = launched(&bench).await;
    let action = |text: &str| CampaignAction::SetBudget {
        campaign: campaign.clone(),
        platform_id: platform_id.clone(),
        budget: euros(text),
    };
    bench.platform.next_writes(&[Fault::LostRequest]);
    let _ = bench.executor().execute(&request("cut", action("10"), euros("10"))).await.unwrap();
    assert!(matches!(
        bench.executor().execute(&request("raise", action("12"), euros("12"))).await.unwrap(),
        Outcome::Held { .. }
    ));
    let pause = CampaignAction::Pause { campaign: campaign.clone(), platform_id: platform_id.clone() };
    assert!(bench.executor().execute(&request("pause", pause, euros("0"))).await.unwrap().is_done());
}

#[tokio::test]
async fn a_lost_resume_does_not_outlive_a_later_pause() {
    let bench = Bench::new();
    let (campaign, platform_id) = launched(&bench).await;
    let pause = |name: &str| {
        request(name, CampaignAction::Pause { campaign: campaign.clone(), platform_id: platform_id.clone() }, euros("0"))
    };
    assert!(bench.executor().execute(&pause("first")).await.unwrap().is_done());
    bench.platform.next_writes(&[Fault::LostAnswer]);
    let resume = CampaignAction::Resume { campaign: campaign.clone(), platform_id: platform_id.clone() };
    let _ = bench.executor().execute(&request("resume", resume, euros("20"))).await.unwrap();
    assert!(bench.executor().execute(&pause("second")).await.unwrap().is_done());
    bench.advance(15);
    bench.executor().reconcile().await.unwrap();
    assert!(bench.memory.open_operations().await.unwrap().is_empty());
    assert_eq!(bench.platform.running(), 0);
}

#[tokio::test]
async fn the_sweep_pauses_what_appeared_late_and_leaves_strangers_alone() {
    let bench = Bench::new();
    bench.platform.next_writes(&[Fault::Refused]);
    let launch = create("launch", 1);
    let _ = bench.executor().execute(&launch).await.unwrap();
    let CampaignAction::Create { spec } = &launch.intent.action else { panic!("not a create") };
    bench.platform.appear(spec, &launch.intent.tag);
    let stranger = OperationTag::of(&OperationId::new("someone else's").unwrap());
    bench.platform.appear(spec, &stranger);
    let report = bench.executor().sweep().await.unwrap().unwrap();
    assert_eq!(report.objects.len(), 2);
    assert_eq!(report.alerts.len(), 2);
    let effective: Vec<_> = bench.platform.objects().iter().map(|object| object.effective).collect();
    assert_eq!(effective, [EffectiveStatus::Unlisted, EffectiveStatus::Running]);
}

#[tokio::test]
async fn two_executors_send_one_order_once() {
    let bench = Bench::new();
    let launch = create("launch", 1);
    let (one, two) = (bench.executor(), bench.executor());
    let (first, second) = futures_util::join!(one.execute(&launch), two.execute(&launch));
    assert!(first.unwrap().is_done() || second.unwrap().is_done());
    assert_eq!(bench.platform.objects().len(), 1);
}
