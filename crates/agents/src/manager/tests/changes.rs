//! Which change is made of a running campaign, and why not another.

use campaign_pilot_core::{CopyControl, EndControl, Period};
use campaign_pilot_decision_engine::{Change, ChangeKind, Improvement, PassedOver, WhyNot};
use jiff::SignedDuration;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::ChangeLog;
use crate::prospects::Prospects;

const VARIANTS: [&str; 2] = ["test", "template-1/plain"];

/// A campaign that earns far more than it costs, with a budget that does not hold it back.
fn earning() -> CampaignRecord {
    let mut record = record(1, 300, 60_000, 5_000, DesiredStatus::Active, EffectiveStatus::Running);
    record.performance.as_mut().unwrap().actions = 12;
    record
}

/// A campaign of the same product that is over, with other words, and that was clicked so often in ten days.
fn former(clicks: u64, actions: u64) -> CampaignRecord {
    let mut record = record(7, 300, 60_000, 5_000, DesiredStatus::Stopped, EffectiveStatus::Stopped);
    let spec = Arc::make_mut(&mut record.campaign.spec);
    spec.product = crate::testing::product(1).id;
    spec.copy.written_by = VARIANTS[1].to_owned();
    spec.flight = Period::ending_at(crate::testing::start(), SignedDuration::from_hours(240)).unwrap();
    let performance = record.performance.as_mut().unwrap();
    (performance.clicks, performance.actions) = (campaign_pilot_core::Measured::Known(clicks), actions);
    record
}

struct Case {
    policy: Policy,
    capabilities: Capabilities,
    records: Vec<CampaignRecord>,
    trusted: bool,
}

impl Case {
    fn new(records: Vec<CampaignRecord>) -> Self {
        Self { policy: Policy::default(), capabilities: Bench::new().platform.capabilities(), records, trusted: true }
    }

    /// What was judged, what would be written, and what is planned once it is.
    fn decide(&self) -> (Judged, Directive) {
        let snapshot = snapshot(self.trusted, 1);
        let mut campaigns = self.records.clone();
        campaigns.sort_by(|a, b| a.campaign.spec.id.cmp(&b.campaign.spec.id));
        let known = Known { campaigns, changes: Some(ChangeLog::since(jiff::Timestamp::MIN)), ..Known::default() };
        let copies = VARIANTS.map(str::to_owned).to_vec();
        let manager = ManagerAgent::new(self.policy.clone(), self.capabilities.clone()).with_copies(copies);
        let prospects = Prospects::of(&snapshot, &known, &self.policy, &self.capabilities, None);
        let total = manager.total(&snapshot, &known, &prospects);
        let analysis = AnalystAgent::default().analyse(&snapshot, &known);
        let mut judged = manager.judge(&snapshot, &known, &analysis, &prospects, total, Scope::Full);
        for (campaign, brief) in manager.rewrites(&snapshot, &known, &judged) {
            let written_by = brief.variant.unwrap();
            judged.copies.insert(campaign, AdCopy { headline: "other".into(), body: "words".into(), written_by });
        }
        let directive = manager.plan(&snapshot, &known, &analysis, &judged, Vec::new(), Scope::Full).unwrap();
        (judged, directive)
    }
}

fn improvement(judged: &Judged) -> Option<&Improvement> {
    judged.inputs[0].improvement.as_ref()
}

fn passed(judged: &Judged, kind: ChangeKind) -> Vec<PassedOver> {
    let passed = judged.inputs[0].changes.as_ref().unwrap().passed.iter();
    passed.filter(|passed| passed.change.kind() == kind).cloned().collect()
}

#[test]
fn by_default_no_end_is_moved_and_no_copy_tried_since_neither_is_expected_to_bring_anything() {
    let (judged, directive) = Case::new(vec![earning()]).decide();
    assert_eq!(directive.guarded.allowed.actions(), [], "{:?}", improvement(&judged));
    let (ends, copies) = (passed(&judged, ChangeKind::End), passed(&judged, ChangeKind::Copy));
    assert_eq!((ends.len(), ends[0].gain.is_zero(), &ends[0].why), (1, true, &WhyNot::NoGain), "a new flight brings the same");
    assert_eq!((copies.len(), copies[0].gain.amount <= dec!(0), &copies[0].why), (1, true, &WhyNot::NotAllowed));
    let kept = &directive.records[0].inputs["input"]["changes"]["passed"];
    assert_eq!(kept.as_array().unwrap().len(), 2, "{kept}");
    let explained = crate::explain(&directive.records[0]).unwrap();
    assert!(explained.to_string().contains("0.00 EUR expected; nothing is gained by it"), "{explained}");
}

#[test]
fn a_flight_is_made_longer_where_its_product_would_rest() {
    let mut case = Case::new(vec![earning()]);
    case.policy.flight.rest_days = 7;
    let (judged, directive) = case.decide();
    let [action] = directive.guarded.allowed.actions() else { panic!("{:?} {:?}", directive.guarded, improvement(&judged)) };
    let end = case.records[0].campaign.spec.flight.end();
    let later = end + SignedDuration::from_hours(7 * 24);
    assert!(matches!(&action.action, CampaignAction::SetEnd { end, .. } if *end == later), "{action:?}");
    assert!(action.reserved.is_positive());
    assert!(action.preconditions.contains(&Precondition::EndIs { end }));
    assert!(action.sentence.contains("an end on 2026-11-22 00:00 UTC instead of 2026-11-15 00:00 UTC is expected to add"));
    let sentences: Vec<_> = directive.records.iter().map(|record| record.sentence.as_str()).collect();
    assert!(sentences[1].starts_with("optimize `product 1`: ") && sentences[0] == action.sentence, "{sentences:?}");
    case.capabilities.end = EndControl::Unsupported;
    let (judged, directive) = case.decide();
    assert_eq!((directive.guarded.allowed.actions().len(), &passed(&judged, ChangeKind::End)[0].why), (0, &WhyNot::NotSupported));
    case.capabilities.end = EndControl::Supported;
    case.policy.changes.move_end = false;
    let (judged, directive) = case.decide();
    assert_eq!((directive.guarded.allowed.actions().len(), &passed(&judged, ChangeKind::End)[0].why), (0, &WhyNot::NotAllowed));
    case.policy.changes.move_end = true;
    case.trusted = false;
    let (judged, directive) = case.decide();
    assert_eq!(
        (directive.guarded.allowed.actions().len(), &judged.inputs[0].changes),
        (0, &None),
        "on old data nothing is looked for"
    );
}

#[test]
fn a_flight_is_not_made_longer_beyond_what_budget_and_stock_last() {
    let mut case = Case::new(vec![earning()]);
    case.policy.flight.rest_days = 7;
    case.records[0].campaign.budget = euros("3.50");
    let (judged, _) = case.decide();
    assert!(passed(&judged, ChangeKind::End)[0].gain.is_zero(), "0.50 are left for ten days at 0.72");
}

#[test]
fn words_that_did_better_before_are_taken_as_one_action() {
    let case = Case::new(vec![earning(), former(4_000, 120)]);
    let (judged, directive) = case.decide();
    let best = improvement(&judged).unwrap();
    assert!(matches!(&best.change, Change::OtherCopy { from, variant } if from == "test" && variant == VARIANTS[1]), "{best:?}");
    assert!(best.gain.amount > Decimal::ONE);
    let [action] = directive.guarded.allowed.actions() else { panic!("{:?}", directive.guarded) };
    let CampaignAction::SetCopy { copy, .. } = &action.action else { panic!("{action:?}") };
    assert_eq!((copy.written_by.as_str(), action.reserved), (VARIANTS[1], euros("0")));
    let before = case.records[0].campaign.spec.copy.clone();
    assert!(action.preconditions.contains(&Precondition::CopyIs { copy: before }));
}

#[test]
fn words_that_did_worse_or_that_nobody_can_set_are_not_taken() {
    let (judged, directive) = Case::new(vec![earning(), former(400, 1)]).decide();
    assert_eq!((directive.guarded.allowed.actions().len(), &passed(&judged, ChangeKind::Copy)[0].why), (0, &WhyNot::NoGain));
    let mut case = Case::new(vec![earning(), former(4_000, 120)]);
    case.capabilities.copy = CopyControl::Unsupported;
    let (judged, directive) = case.decide();
    assert_eq!(
        (directive.guarded.allowed.actions().len(), &passed(&judged, ChangeKind::Copy)[0].why),
        (0, &WhyNot::NotSupported)
    );
    case.capabilities.copy = CopyControl::Supported;
    case.policy.changes.other_copy = false;
    let (judged, _) = case.decide();
    assert_eq!(passed(&judged, ChangeKind::Copy)[0].why, WhyNot::NotAllowed);
    case.policy.changes.other_copy = true;
    case.policy.changes.past_days = 5;
    let (judged, _) = case.decide();
    assert_eq!(passed(&judged, ChangeKind::Copy)[0].why, WhyNot::NoPast, "it runs for a hundred hours");
}

#[test]
fn words_of_which_nothing_is_known_are_tried_only_within_the_budget_to_find_out() {
    let mut case = Case::new(vec![earning()]);
    case.policy.changes.try_copies = true;
    case.policy.exploration.budget_share = dec!(0.9);
    let (judged, directive) = case.decide();
    let best = improvement(&judged).unwrap();
    assert!(best.gain.is_zero() && best.to_string().ends_with("is tried, since nothing is known of it yet"), "{best}");
    assert_eq!(directive.guarded.allowed.actions().len(), 1);
    case.policy.exploration.budget_share = dec!(0);
    let (judged, directive) = case.decide();
    assert_eq!(
        (directive.guarded.allowed.actions().len(), &passed(&judged, ChangeKind::Copy)[0].why),
        (0, &WhyNot::NothingKnown)
    );
}

#[test]
fn where_a_platform_cannot_pause_what_has_to_stop_ends_within_the_hour() {
    let mut case = Case::new(vec![record(1, 5_000, 0, 5_000, DesiredStatus::Active, EffectiveStatus::Running)]);
    case.capabilities.pause = PauseControl::Unsupported;
    let (_, directive) = case.decide();
    let [action] = directive.guarded.allowed.actions() else { panic!("{:?}", directive.guarded) };
    let soon = snapshot(true, 1).now + SignedDuration::from_hours(1);
    assert!(matches!(&action.action, CampaignAction::SetEnd { end, .. } if *end == soon), "{action:?}");
    assert!(action.reserved.is_zero() && action.sentence.starts_with("pause"), "{}", action.sentence);
    case.capabilities.end = EndControl::Unsupported;
    let (_, directive) = case.decide();
    assert_eq!(directive.guarded.allowed.actions(), []);
    assert!(
        directive.notes.iter().any(|note| note.ends_with("should stop, but test platform cannot pause")),
        "{:?}",
        directive.notes
    );
}

#[test]
fn what_runs_to_find_out_whether_it_earns_is_not_ended_earlier() {
    // 100 clicks at 0.30 each without an order.
    let mut running = record(1, 3_000, 0, 9_000, DesiredStatus::Active, EffectiveStatus::Running);
    running.performance.as_mut().unwrap().clicks = campaign_pilot_core::Measured::Known(100);
    let mut case = Case::new(vec![running]);
    case.capabilities.billing = campaign_pilot_core::Billing::Clicks;
    let (judged, _) = case.decide();
    let ends = passed(&judged, ChangeKind::End);
    assert_eq!(ends.len(), 2, "{ends:?}");
    assert!(ends[0].gain.is_positive() && ends[0].why == WhyNot::FindsOut, "{}", ends[0]);
    assert_eq!(improvement(&judged), None);
}
