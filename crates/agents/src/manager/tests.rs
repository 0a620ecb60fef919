mod changes;
mod enforcement;

use std::sync::Arc;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{BudgetControl, Currency};
use proptest::prelude::*;

use super::*;
use crate::testing::{Bench, euros, followed, record, snapshot};
use crate::{AnalystAgent, CreatorAgent};

fn plan(snapshot: &Snapshot, known: &Known, policy: &Policy) -> Directive {
    let known = &{
        let mut known = known.clone();
        // As the memory lists them.
        known.campaigns.sort_by(|a, b| a.campaign.spec.id.cmp(&b.campaign.spec.id));
        known
    };
    let manager = ManagerAgent::new(policy.clone(), Bench::new().platform.capabilities());
    let analysis = AnalystAgent::default().analyse(snapshot, known);
    let capabilities = Bench::new().platform.capabilities();
    let prospects = Prospects::of(snapshot, known, policy, &capabilities, None);
    let judged = manager.judge(snapshot, known, &analysis, &prospects, manager.total(snapshot, known, &prospects), Scope::Full);
    let proposal = CreatorAgent::new(policy.clone(), capabilities).propose(
        snapshot,
        known,
        &prospects,
        manager.total(snapshot, known, &prospects),
    );
    let copy = AdCopy { headline: "buy".into(), body: "now".into(), written_by: "test".into() };
    let launches = proposal.launches.into_iter().map(|launch| (launch, copy.clone())).collect();
    manager.plan(snapshot, known, &analysis, &judged, launches, Scope::Full).unwrap()
}

fn literal() -> Policy {
    let mut policy = Policy::default();
    policy.decision.gate = campaign_pilot_decision_engine::EvidenceGate::Off;
    policy
}

#[test]
fn trusted_data_lead_to_launches() {
    let directive = plan(&snapshot(true, 3), &Known::default(), &literal());
    assert_eq!(directive.guarded.allowed.actions().len(), 3);
    assert!(directive.records.iter().all(|record| record.plan.as_ref() == Some(directive.guarded.allowed.id())));
}

#[test]
fn a_pause_without_effect_is_decided_again() {
    let known =
        Known { campaigns: vec![record(1, 0, 0, 2_000, DesiredStatus::Paused, EffectiveStatus::Running)], ..Known::default() };
    let directive = plan(&snapshot(false, 1), &known, &Policy::default());
    let names: Vec<_> = directive.guarded.allowed.actions().iter().map(|action| action.action.name()).collect();
    assert_eq!(names, ["pause"]);
    assert_eq!(directive.records[0].sentence, "pause `product 1` again: it shall rest, but it still runs");
}

#[test]
fn a_paused_campaign_whose_links_still_earn_counts_with_its_whole_budget() {
    let cost = |effective| {
        let record = record(1, 300, 0, 2_000, DesiredStatus::Paused, effective);
        let known = Known { campaigns: vec![record], ..Known::default() };
        let manager = ManagerAgent::new(Policy::default(), Bench::new().platform.capabilities());
        manager.portfolio(&snapshot(true, 1), &known, None, &mut Vec::new()).committed
    };
    assert_eq!(cost(EffectiveStatus::Unlisted), euros("20"));
    assert_eq!(cost(EffectiveStatus::Stopped), euros("3"));
}

#[test]
fn an_open_raise_counts_with_the_budget_that_may_be_in_force() {
    let running = record(1, 300, 0, 3_000, DesiredStatus::Active, EffectiveStatus::Running);
    let action = campaign_pilot_core::CampaignAction::SetBudget {
        campaign: running.campaign.spec.id.clone(),
        platform_id: running.campaign.platform_id.clone().unwrap(),
        budget: euros("36"),
    };
    let intent = crate::testing::request("raise", action, euros("6")).intent;
    let at = crate::testing::start();
    let state = campaign_pilot_core::OperationState::Prepared;
    let open = vec![campaign_pilot_core::OpenOperation { intent, state, prepared_at: at, changed_at: at }];
    let committed = |open: Vec<_>| {
        let known = Known { campaigns: vec![running.clone()], open, ..Known::default() };
        let manager = ManagerAgent::new(Policy::default(), Bench::new().platform.capabilities());
        let total = crate::Committed::of(&known.campaigns, &known.open, at).total(Currency::EUR).unwrap();
        (manager.portfolio(&snapshot(true, 1), &known, None, &mut Vec::new()).committed, total)
    };
    assert_eq!(committed(vec![]), (euros("30"), euros("30")));
    assert_eq!(committed(open), (euros("36"), euros("36")), "not the larger of 30 and the 6 that are reserved");
}

#[test]
fn a_budget_that_is_cut_is_not_raised_in_the_same_plan() {
    // Both earn and are about to spend their budgets; more than the smaller limit is at stake.
    let records = [1, 2].map(|number| record(number, 1_900, 40_000, 2_000, DesiredStatus::Active, EffectiveStatus::Running));
    let earning = records.map(|mut record| {
        if let Some(performance) = &mut record.performance {
            performance.actions = 40;
        }
        record
    });
    let known = Known { campaigns: earning.to_vec(), ..Known::default() };
    let budgets = |limit: &str| -> Vec<rust_decimal::Decimal> {
        let mut policy = Policy::default();
        policy.guardrails.max_total_budget = campaign_pilot_decision_engine::PolicyAmount::only(euros(limit));
        let directive = plan(&snapshot(true, 2), &known, &policy);
        let set = directive.guarded.allowed.actions().iter().filter_map(|action| match &action.action {
            CampaignAction::SetBudget { budget, .. } => Some(budget.amount),
            _ => None,
        });
        set.collect()
    };
    assert_eq!(budgets("100"), [euros("25").amount; 2], "there is room to raise both");
    assert_eq!(budgets("39.50"), [euros("19.50").amount], "one is cut, none is raised");
}

/// What is planned for a campaign of 20 EUR on a platform that bills clicks and keeps budgets itself, and that has cost so much after a
/// tenth of its flight; so many of its clicks became orders of 30 EUR.
fn planned_for_clicks(cost: i64, clicks: u64, actions: i64) -> Vec<String> {
    let mut running = record(1, cost, 3_000 * actions, 2_000, DesiredStatus::Active, EffectiveStatus::Running);
    Arc::make_mut(&mut running.campaign.spec).flight =
        campaign_pilot_core::Period::new(crate::testing::start(), crate::testing::start() + hours(1_000)).unwrap();
    let performance = running.performance.as_mut().unwrap();
    performance.actions = actions.try_into().unwrap();
    performance.clicks = campaign_pilot_core::Measured::Known(clicks);
    let known = Known { campaigns: vec![running], ..Known::default() };
    let capabilities = Capabilities {
        billing: campaign_pilot_core::Billing::Clicks,
        budget: BudgetControl::Native,
        pause: PauseControl::Native,
        ..Bench::new().platform.capabilities()
    };
    let snapshot = snapshot(true, 1);
    let manager = ManagerAgent::new(Policy::default(), capabilities.clone());
    let total = manager.total(&snapshot, &known, &Prospects::default());
    let analysis = AnalystAgent::default().analyse(&snapshot, &known);
    let prospects = Prospects::of(&snapshot, &known, &Policy::default(), &capabilities, total);
    let judged = manager.judge(&snapshot, &known, &analysis, &prospects, total, Scope::Full);
    let directive = manager.plan(&snapshot, &known, &analysis, &judged, Vec::new(), Scope::Full).unwrap();
    directive.guarded.allowed.actions().iter().map(|action| action.sentence.clone()).collect()
}

#[test]
fn a_budget_that_holds_a_campaign_back_every_day_is_raised_on_a_platform_that_bills_clicks() {
    // A tenth of the flight has passed.
    assert_eq!(planned_for_clicks(60, 100, 10), Vec::<String>::new(), "a third of what it may cost a day is used");
    let raised = planned_for_clicks(195, 100, 10);
    assert!(raised.len() == 1 && raised[0].contains("raise the budget from 20.00 EUR to 24.00 EUR"), "{raised:?}");
    let loses = planned_for_clicks(195, 8, 0);
    assert!(loses.iter().all(|sentence| !sentence.contains("raise")), "{loses:?}");
}

#[test]
fn a_campaign_whose_budget_is_used_up_is_ended_unless_it_is_raised() {
    // 71 clicks cost about 0.27 each, and whether that pays is open.
    let used_up = "pause `product 1`: its budget of 20.00 EUR is used up but for 0.50 EUR";
    assert_eq!(planned_for_clicks(1_950, 71, 3), [used_up]);
    assert_eq!(planned_for_clicks(1_940, 71, 3), Vec::<String>::new());
    let raised = planned_for_clicks(1_950, 500, 40);
    assert!(raised.len() == 1 && raised[0].contains("raise the budget"), "{raised:?}");
}

#[test]
fn what_was_spent_before_the_days_of_the_limit_does_not_count() {
    let mut over = record(1, 3_000, 0, 2_000, DesiredStatus::Stopped, EffectiveStatus::Stopped);
    Arc::make_mut(&mut over.campaign.spec).flight =
        campaign_pilot_core::Period::ending_at(crate::testing::start(), hours(24)).unwrap();
    let before = crate::DayTotals { cost: euros("12"), revenue: euros("0") };
    // The snapshot is of 5 November.
    let known = Known { campaigns: vec![over], daily: Arc::new([("2026-10-05".to_owned(), before)].into()), ..Known::default() };
    let committed = |days| {
        let mut policy = Policy::default();
        policy.guardrails.budget_days = days;
        let manager = ManagerAgent::new(policy, Bench::new().platform.capabilities());
        manager.portfolio(&snapshot(true, 1), &known, None, &mut Vec::new()).committed
    };
    assert_eq!(committed(None), euros("30"));
    assert_eq!(committed(Some(30)), euros("18"), "12 of the 30 were spent before 6 October");
    assert_eq!(committed(Some(60)), euros("30"), "nothing is known of what was spent before 6 September");
}

/// Budgets that are set for three campaigns of 20.00 EUR, of which 1.00 is spent, where all together may cost so much.
fn set_budgets(limit: &str, data_trusted: bool, change: impl FnOnce(&mut Policy)) -> Vec<(String, rust_decimal::Decimal)> {
    let records = [1, 2, 3].map(|number| record(number, 100, 0, 2_000, DesiredStatus::Active, EffectiveStatus::Running));
    let mut policy = Policy::default();
    policy.guardrails.max_total_budget = campaign_pilot_decision_engine::PolicyAmount::only(euros(limit));
    change(&mut policy);
    let mut known = followed(records.to_vec());
    if policy.decision.budgets == campaign_pilot_decision_engine::BudgetKeeping::Hard {
        // Without a forecast no hard budget ends a campaign.
        known.spending = Arc::default();
    }
    let directive = plan(&snapshot(data_trusted, 3), &known, &policy);
    let held = directive.guarded.held.iter().map(|held| (&held.action, "held "));
    let actions = directive.guarded.allowed.actions().iter().map(|action| (action, "")).chain(held);
    let set = actions.filter_map(|(action, held)| match &action.action {
        CampaignAction::SetBudget { campaign, budget, .. } => {
            let name = records.iter().position(|record| record.campaign.spec.id == *campaign).unwrap() + 1;
            Some((format!("{held}{name}"), budget.amount))
        }
        _ => None,
    });
    let mut set: Vec<_> = set.collect();
    set.sort();
    set
}

fn hard(policy: &mut Policy) {
    policy.decision.budgets = campaign_pilot_decision_engine::BudgetKeeping::Hard;
}

#[test]
fn old_data_cut_no_budgets_where_stops_keep_the_total() {
    assert_eq!(set_budgets("55", false, |_| {}), [], "60 are in force, and nobody knows what is expected");
    assert_eq!(set_budgets("55", false, hard).len(), 1, "budgets are what keeps the total");
    assert_eq!(set_budgets("55", true, |_| {}), [], "less is expected than the budgets allow");
}

#[test]
fn what_the_policy_only_advises_to_cut_frees_nothing_for_the_rest() {
    let cut: rust_decimal::Decimal = set_budgets("50", true, hard).iter().map(|(_, budget)| euros("20").amount - budget).sum();
    assert_eq!(cut, euros("10").amount);
    let advised = set_budgets("50", true, |policy| {
        hard(policy);
        policy.enforcement.products.insert(campaign_pilot_core::ProductId::from_number(1), crate::Enforcement::Advise);
    });
    let cut = |held: bool| -> rust_decimal::Decimal {
        advised.iter().filter(|(name, _)| name.starts_with("held") == held).map(|(_, budget)| euros("20").amount - budget).sum()
    };
    assert_eq!((cut(false), cut(true)), (euros("10").amount, euros("10").amount), "{advised:?}");
}

proptest! {
    #[test]
    fn nothing_is_ever_raised_on_data_that_cannot_be_trusted(
        campaigns in prop::collection::vec((0i64..9_000, 0i64..90_000, 100i64..9_000, any::<bool>()), 0..12),
        products in 0u64..20,
    ) {
        let records: Vec<_> = campaigns
            .into_iter()
            .zip(1..)
            .map(|((cost, revenue, budget, active), number)| {
                let desired = if active { DesiredStatus::Active } else { DesiredStatus::Paused };
                record(number, cost, revenue, budget, desired, EffectiveStatus::Running)
            })
            .collect();
        let known = Known { campaigns: records.clone(), ..Known::default() };
        let directive = plan(&snapshot(false, products), &known, &literal());
        for action in directive.guarded.allowed.actions() {
            match &action.action {
                CampaignAction::Pause { .. } => {}
                CampaignAction::SetBudget { campaign, budget, .. } => {
                    let before = records.iter().find(|record| record.campaign.spec.id == *campaign).unwrap().campaign.budget;
                    prop_assert!(budget.amount <= before.amount);
                }
                CampaignAction::Create { .. }
                | CampaignAction::Resume { .. }
                | CampaignAction::SetEnd { .. }
                | CampaignAction::SetCopy { .. } => prop_assert!(false, "{}", action.sentence),
            }
        }
    }

    /// Budgets that are kept count in full, those that are not with what is expected of them.
    #[test]
    fn what_is_at_stake_stays_within_the_limit(
        budgets in prop::collection::vec(100i64..9_000, 0..12),
        products in 0u64..40,
        hard in any::<bool>(),
    ) {
        let records: Vec<_> = budgets
            .into_iter()
            .zip(1..)
            .map(|(budget, number)| record(number, 0, 0, budget, DesiredStatus::Active, EffectiveStatus::Running))
            .collect();
        let known = Known { campaigns: records, ..Known::default() };
        let mut policy = literal();
        policy.guardrails.max_launches_per_day = 99;
        if hard {
            policy.decision.budgets = campaign_pilot_decision_engine::BudgetKeeping::Hard;
        }
        let snapshot = snapshot(true, products);
        let capabilities = Bench::new().platform.capabilities();
        let prospects = Prospects::of(&snapshot, &known, &policy, &capabilities, None);
        let manager = ManagerAgent::new(policy.clone(), capabilities);
        let committed = manager.total(&snapshot, &known, &prospects).unwrap().at_stake.amount;
        let whole = manager.portfolio(&snapshot, &known, None, &mut Vec::new()).committed.amount;
        prop_assert!(if hard { committed == whole } else { committed <= whole }, "{committed} of {whole}");
        let added: rust_decimal::Decimal =
            plan(&snapshot, &known, &policy).guarded.allowed.actions().iter().map(|action| action.reserved.amount).sum();
        let limit = policy.guardrails.max_total_budget.of(Currency::EUR).unwrap().amount;
        prop_assert!(added.is_zero() || committed + added <= limit, "{committed} + {added}");
    }
}
