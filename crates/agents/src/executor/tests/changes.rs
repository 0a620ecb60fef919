//! Ends that are moved, and words that are changed.

use campaign_pilot_core::{AdCopy, CampaignRecord, Period};

use super::*;
use crate::testing::start;

fn hour(number: i64) -> Timestamp {
    start() + SignedDuration::from_hours(number)
}

/// A campaign of the test runs for two weeks.
const END: i64 = 14 * 24;

fn set_end((campaign, platform_id): (CampaignId, PlatformCampaignId), end: i64, reserved: &str) -> ExecutionRequest {
    request("end", CampaignAction::SetEnd { campaign, platform_id, end: hour(end) }, euros(reserved))
}

fn set_copy((campaign, platform_id): (CampaignId, PlatformCampaignId), headline: &str) -> ExecutionRequest {
    let copy = AdCopy { headline: headline.into(), body: "said differently".into(), written_by: "test".into() };
    request("copy", CampaignAction::SetCopy { campaign, platform_id, copy }, euros("0"))
}

async fn known(bench: &Bench, campaign: &CampaignId) -> CampaignRecord {
    bench.memory.campaign(campaign).await.unwrap().unwrap()
}

async fn held(bench: &Bench, request: &ExecutionRequest) -> String {
    match bench.executor().execute(request).await.unwrap() {
        Outcome::Held { reason } => reason,
        other => panic!("not held: {other:?}"),
    }
}

#[tokio::test]
async fn an_end_is_moved_wherever_the_process_dies() {
    for (end, reserved) in [(END + 48, "3"), (END - 48, "0")] {
        let runs = with_every_crash(
            async |bench| set_end(launched(bench).await, end, reserved),
            async |bench, request, case| {
                let record = record(&bench, &request).await.campaign;
                assert_eq!(record.spec.flight, Period::new(start(), hour(end)).unwrap(), "{case}");
                assert_eq!(bench.platform.objects()[0].ends_at, Some(hour(end)), "{case}");
                assert_eq!(state(&bench, &request).await, Some(OperationState::Done), "{case}");
                assert_eq!((record.desired, record.effective), (DesiredStatus::Active, EffectiveStatus::Running), "{case}");
            },
        )
        .await;
        assert!(runs >= 24, "only {runs} runs");
    }
}

#[tokio::test]
async fn words_are_changed_wherever_the_process_dies() {
    with_every_crash(
        async |bench| set_copy(launched(bench).await, "other words"),
        async |bench, request, case| {
            let CampaignAction::SetCopy { copy, .. } = &request.intent.action else { panic!("not a copy") };
            let record = record(&bench, &request).await.campaign;
            assert_eq!((&record.spec.copy, record.effective), (copy, EffectiveStatus::Running), "{case}");
            assert!(bench.platform.objects()[0].shows(copy), "{case}");
            assert_eq!(state(&bench, &request).await, Some(OperationState::Done), "{case}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_adopted_and_not_sent_again() {
    for fault in [Fault::LostAnswer, Fault::LostRequest] {
        for reworded in [false, true] {
            let bench = Bench::new();
            let launched = launched(&bench).await;
            let request = if reworded { set_copy(launched, "other words") } else { set_end(launched, END + 48, "3") };
            bench.platform.next_writes(&[fault]);
            assert!(matches!(bench.executor().execute(&request).await.unwrap(), Outcome::Open { .. }));
            // Until it is confirmed, what was before is in force, and the money stays reserved.
            let before = record(&bench, &request).await.campaign;
            assert_eq!((before.spec.flight.end(), before.spec.copy.headline.as_str()), (hour(END), "buy"));
            bench.advance(15);
            let (resolution, writes) = match fault {
                Fault::LostAnswer => (Resolution::Adopted, 2),
                _ => (Resolution::Sent, 3),
            };
            assert_eq!(bench.executor().reconcile().await.unwrap().notes[0].resolution, resolution, "{fault:?} {reworded}");
            assert_eq!(bench.platform.writes(), writes, "{fault:?} {reworded}");
            let again = bench.executor().execute(&request).await.unwrap();
            assert_eq!((again, bench.platform.writes()), (Outcome::Earlier { state: OperationState::Done }, writes));
        }
    }
}

#[tokio::test]
async fn a_refused_end_or_copy_leaves_what_was_in_force() {
    let bench = Bench::new();
    let (campaign, object) = launched(&bench).await;
    let before = known(&bench, &campaign).await;
    bench.platform.next_writes(&[Fault::Refused, Fault::Refused]);
    for request in [set_end((campaign.clone(), object.clone()), END + 48, "3"), set_copy((campaign.clone(), object), "other")] {
        assert!(matches!(bench.executor().execute(&request).await.unwrap(), Outcome::Rejected { .. }));
        assert_eq!(known(&bench, &campaign).await, before);
    }
}

#[tokio::test]
async fn a_later_end_reserves_money_and_lies_ahead() {
    let bench = Bench::new();
    let launched = launched(&bench).await;
    bench.advance(60);
    let request = |end, reserved| set_end(launched.clone(), end, reserved);
    let reason = held(&bench, &request(END + 24, "0")).await;
    assert_eq!(reason, format!("no money is reserved for the days from {} to {}", hour(END), hour(END + 24)));
    for past in [1, 0, -1] {
        let reason = held(&bench, &request(past, "0")).await;
        assert_eq!(reason, format!("a campaign that starts at {} cannot end at {} any more", hour(0), hour(past)));
    }
    let stranger = (CampaignId::new("stranger").unwrap(), launched.1.clone());
    assert_eq!(held(&bench, &set_end(stranger, END + 24, "3")).await, "campaign stranger is not known");
    let mut foreign = request(END + 24, "3");
    foreign.intent.reserved.currency = Currency::USD;
    assert_eq!(held(&bench, &foreign).await, "the budget is in USD, but test platform bills in EUR");
    let limited = bench.executor_with(ExecutorPolicy { max_committed: Some(euros("24")), ..ExecutorPolicy::default() });
    let Outcome::Held { reason } = limited.execute(&request(END + 24, "25")).await.unwrap() else { panic!("not held") };
    assert_eq!(reason, "25.00 EUR would be at stake, more than the limit of 24.00 EUR");
    assert_eq!(bench.platform.writes(), 1, "nothing but the launch");
}

#[tokio::test]
async fn the_kill_switch_lets_an_earlier_end_pass_and_nothing_else() {
    let bench = Bench::new();
    let launched = launched(&bench).await;
    bench.kill_switch.engage();
    for request in [set_end(launched.clone(), END + 24, "3"), set_copy(launched.clone(), "other")] {
        assert_eq!(held(&bench, &request).await, "the kill switch is engaged");
    }
    let earlier = bench.executor().execute(&set_end(launched, END - 24, "0")).await.unwrap();
    assert_eq!(earlier, Outcome::Done { effect: Effect::EndSet });
}

#[tokio::test]
async fn what_a_plan_was_made_on_is_checked() {
    let bench = Bench::new();
    let launched = launched(&bench).await;
    let words = known(&bench, &launched.0).await.campaign.spec.copy.clone();
    let mut overtaken = set_end(launched.clone(), END + 24, "3");
    overtaken.requires = vec![Precondition::EndIs { end: hour(END - 24) }];
    let reason = format!("overtaken since the plan was made: its end is {} instead of {}", hour(END), hour(END - 24));
    assert_eq!(held(&bench, &overtaken).await, reason);
    overtaken.requires = vec![Precondition::EndIs { end: hour(END) }, Precondition::CopyIs { copy: words }];
    assert!(bench.executor().execute(&overtaken).await.unwrap().is_done());
    let mut reworded = set_copy(launched, "other");
    reworded.requires = vec![Precondition::EndIs { end: hour(END) }];
    let reason = format!("overtaken since the plan was made: its end is {} instead of {}", hour(END + 24), hour(END));
    assert_eq!(held(&bench, &reworded).await, reason);
}

#[tokio::test]
async fn a_campaign_that_rests_keeps_its_end_and_may_be_reworded() {
    let bench = Bench::new();
    let (campaign, platform_id) = launched(&bench).await;
    let pause = CampaignAction::Pause { campaign: campaign.clone(), platform_id: platform_id.clone() };
    assert!(bench.executor().execute(&request("pause", pause, euros("0"))).await.unwrap().is_done());
    let reason = held(&bench, &set_end((campaign.clone(), platform_id.clone()), END + 24, "3")).await;
    assert_eq!(reason, "the campaign rests: its end can be moved once it shall run again");
    let reworded = bench.executor().execute(&set_copy((campaign, platform_id), "other")).await.unwrap();
    assert_eq!((reworded, bench.platform.running()), (Outcome::Done { effect: Effect::CopySet }, 0));
}

/// The answer was lost, the campaign was paused meanwhile: where dates are the only switch, the late end has let it run again.
#[tokio::test]
async fn a_lost_end_does_not_outlive_a_later_pause() {
    for takes_effect_late in [false, true] {
        let bench = Bench::new();
        let (campaign, platform_id) = launched(&bench).await;
        bench.platform.next_writes(&[Fault::LostRequest]);
        let longer = set_end((campaign.clone(), platform_id.clone()), END + 48, "3");
        assert!(matches!(bench.executor().execute(&longer).await.unwrap(), Outcome::Open { .. }));
        let pause = CampaignAction::Pause { campaign: campaign.clone(), platform_id: platform_id.clone() };
        assert!(bench.executor().execute(&request("pause", pause, euros("0"))).await.unwrap().is_done());
        if takes_effect_late {
            bench.platform.open_again(&platform_id);
        }
        bench.advance(15);
        let report = bench.executor().reconcile().await.unwrap();
        assert_eq!(report.notes[0].resolution, Resolution::GivenUp, "{takes_effect_late}");
        assert_eq!(state(&bench, &longer).await, Some(OperationState::Rejected));
        assert_eq!(bench.platform.running(), 0, "{takes_effect_late}");
        let record = known(&bench, &campaign).await.campaign;
        assert_eq!((record.desired, record.spec.flight.end()), (DesiredStatus::Paused, hour(END)));
    }
}
