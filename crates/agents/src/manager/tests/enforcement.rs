//! How far decisions go in each mode.

use campaign_pilot_core::{CategoryName, Money, ProductId};
use campaign_pilot_decision_engine::PolicyAmount;

use super::*;
use crate::{Enforcement, EnforcementPolicy};

const ADVISED: &str = "advised only: a person carries it out";
const AUDITED: &str = "audited only: nothing is done";

fn everywhere(mode: Enforcement) -> EnforcementPolicy {
    EnforcementPolicy { mode, ..EnforcementPolicy::default() }
}

fn running(number: u64, cost: i64, revenue: i64) -> CampaignRecord {
    record(number, cost, revenue, 2_000, DesiredStatus::Active, EffectiveStatus::Running)
}

/// A campaign that earns and is about to spend its budget.
fn earning(number: u64) -> CampaignRecord {
    let mut record = running(number, 1_900, 40_000);
    record.performance.as_mut().unwrap().actions = 40;
    record
}

/// One campaign to raise, one with each kind of stop, and one product to launch.
fn everything() -> Known {
    let rests = record(5, 0, 0, 2_000, DesiredStatus::Paused, EffectiveStatus::Running);
    let mut campaigns = vec![earning(1), running(2, 100, 900), running(3, 100, 900), running(4, 2_000, 90_000), rests];
    campaigns.sort_by(|a, b| a.campaign.spec.id.cmp(&b.campaign.spec.id));
    Known { campaigns, ..Known::default() }
}

/// The plan for a shop with so many products where the campaign of product 2 is to be paused, and that of product 3 in an emergency.
fn planned(known: &Known, products: u64, enforcement: EnforcementPolicy, limit: &str) -> Directive {
    let mut policy = Policy { enforcement, ..Policy::default() };
    policy.guardrails.max_total_budget = PolicyAmount::only(euros(limit));
    let (snapshot, capabilities) = (snapshot(true, products), Bench::new().platform.capabilities());
    let manager = ManagerAgent::new(policy.clone(), capabilities.clone());
    let analysis = AnalystAgent::default().analyse(&snapshot, known);
    let prospects = Prospects::of(&snapshot, known, &policy, &capabilities, None);
    let total = manager.total(&snapshot, known, &prospects);
    let mut judged = manager.judge(&snapshot, known, &analysis, &prospects, total, Scope::Full);
    for record in &known.campaigns {
        let verdict = match record.campaign.spec.product.as_str() {
            "2" => Verdict::Pause,
            "3" => Verdict::EmergencyPause,
            _ => continue,
        };
        let decisions = judged.decisions.iter_mut().filter(|decision| decision.campaign == record.campaign.spec.id);
        decisions.for_each(|decision| decision.verdict = verdict);
    }
    let proposal = CreatorAgent::new(policy, capabilities).propose(&snapshot, known, &prospects, total);
    let copy = AdCopy { headline: "buy".into(), body: "now".into(), written_by: "test".into() };
    let launches = proposal.launches.into_iter().map(|launch| (launch, copy.clone())).collect();
    manager.plan(&snapshot, known, &analysis, &judged, launches, Scope::Full).unwrap()
}

/// What an action does to which product's campaign.
fn told<'a>(known: &Known, actions: impl IntoIterator<Item = &'a PlannedAction>) -> Vec<String> {
    let product = |action: &CampaignAction| match action {
        CampaignAction::Create { spec } => spec.product.clone(),
        other => {
            let record = known.campaigns.iter().find(|record| record.campaign.spec.id == *other.campaign());
            record.unwrap().campaign.spec.product.clone()
        }
    };
    let mut told: Vec<_> =
        actions.into_iter().map(|action| format!("{} {}", action.action.name(), product(&action.action))).collect();
    told.sort();
    told
}

fn allowed(known: &Known, directive: &Directive) -> Vec<String> {
    told(known, directive.guarded.allowed.actions())
}

fn held(known: &Known, directive: &Directive) -> Vec<String> {
    told(known, directive.guarded.held.iter().map(|held| &held.action))
}

#[test]
fn what_is_advised_or_audited_is_decided_recorded_and_held_back() {
    let known = everything();
    let enforced = planned(&known, 6, everywhere(Enforcement::Enforce), "500");
    let all = ["create 6", "pause 2", "pause 3", "pause 4", "pause 5", "set_budget 1"];
    assert_eq!((allowed(&known, &enforced), held(&known, &enforced)), (all.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(enforced.raised.len(), 1);
    for (mode, reason) in [(Enforcement::Advise, ADVISED), (Enforcement::Audit, AUDITED)] {
        let directive = planned(&known, 6, everywhere(mode), "500");
        assert_eq!(allowed(&known, &directive), ["pause 3", "pause 4", "pause 5"], "{mode:?}");
        assert_eq!(held(&known, &directive), ["create 6", "pause 2", "set_budget 1"], "{mode:?}");
        assert!(directive.guarded.held.iter().all(|held| held.reason == reason && held.rules.is_empty()));
        assert!(directive.raised.is_empty(), "a raise that is held back raises nothing");
        let plan = directive.guarded.allowed.id();
        assert_eq!(directive.records.len(), enforced.records.len());
        for (record, enforced) in directive.records.iter().zip(&enforced.records) {
            let is_held = directive.guarded.held.iter().any(|held| held.action.decision == record.id);
            let said = if is_held { format!("{} (held back: {reason})", enforced.sentence) } else { enforced.sentence.clone() };
            assert_eq!((&record.id, &record.sentence), (&enforced.id, &said));
            assert_eq!(record.plan.as_ref(), enforced.plan.as_ref().filter(|_| !is_held).map(|_| plan));
        }
    }
}

#[test]
fn the_limit_on_all_campaigns_is_kept_in_every_mode() {
    let known = Known { campaigns: vec![running(1, 1_000, 90_000)], ..Known::default() };
    for mode in [Enforcement::Enforce, Enforcement::Advise, Enforcement::Audit] {
        let directive = planned(&known, 1, everywhere(mode), "10");
        assert_eq!(allowed(&known, &directive), ["pause 1"], "{mode:?}");
    }
}

#[test]
fn cuts_and_resumptions_are_held_back_too() {
    let known = everything();
    let action = |product: u64, resumes: bool| {
        let promotes = |record: &&CampaignRecord| record.campaign.spec.product == ProductId::from_number(product);
        let campaign = &known.campaigns.iter().find(promotes).unwrap().campaign;
        let (id, platform_id) = (campaign.spec.id.clone(), campaign.platform_id.clone().unwrap());
        let action = match resumes {
            true => CampaignAction::Resume { campaign: id.clone(), platform_id },
            false => CampaignAction::SetBudget { campaign: id.clone(), platform_id, budget: euros("19") },
        };
        PlannedAction::new(DecisionId::of("test", id.as_str()), 0, action, Money::zero(Currency::EUR), "because")
    };
    let now = snapshot(true, 1).now;
    let plan = Plan::new(now, now + hours(2), vec![action(1, false), action(5, true)]).unwrap();
    let check = |mode| {
        let policy = Policy { enforcement: everywhere(mode), ..Policy::default() };
        let manager = ManagerAgent::new(policy, Bench::new().platform.capabilities());
        let portfolio = manager.portfolio(&snapshot(true, 1), &known, None, &mut Vec::new());
        manager.check(&plan, &known, &Judged::default(), &portfolio).unwrap()
    };
    assert_eq!(check(Enforcement::Enforce).allowed, plan);
    for mode in [Enforcement::Advise, Enforcement::Audit] {
        assert_eq!(told(&known, check(mode).held.iter().map(|held| &held.action)), ["resume 5", "set_budget 1"]);
    }
}

#[test]
fn to_enforce_leaves_a_plan_as_it_was() {
    let known = everything();
    let plain = planned(&known, 6, EnforcementPolicy::default(), "500").guarded;
    let named = EnforcementPolicy {
        mode: Enforcement::Enforce,
        products: [(ProductId::from_number(1), Enforcement::Enforce)].into(),
        categories: [(CategoryName::new("Fitness").unwrap(), Enforcement::Enforce)].into(),
    };
    let named = planned(&known, 6, named, "500").guarded;
    assert_eq!(serde_json::to_string(&named).unwrap(), serde_json::to_string(&plain).unwrap());
    // The order and the id are those of the guardrails alone.
    let rails = Policy::default().guardrails;
    let manager = ManagerAgent::new(Policy::default(), Bench::new().platform.capabilities());
    let portfolio = manager.portfolio(&snapshot(true, 6), &known, None, &mut Vec::new());
    assert_eq!(rails.check(&plain.allowed, &portfolio).unwrap(), plain);
}

#[test]
fn single_products_and_categories_have_modes_of_their_own() {
    let known = everything();
    let mut enforcement = everywhere(Enforcement::Enforce);
    enforcement.categories = [(CategoryName::new("Fitness").unwrap(), Enforcement::Audit)].into();
    enforcement.products =
        [(ProductId::from_number(1), Enforcement::Enforce), (ProductId::from_number(6), Enforcement::Advise)].into();
    let directive = planned(&known, 6, enforcement, "500");
    assert_eq!(allowed(&known, &directive), ["pause 3", "pause 4", "pause 5", "set_budget 1"]);
    assert_eq!(directive.raised.len(), 1);
    let reasons: BTreeMap<_, _> = directive.guarded.held.iter().map(|held| (held.action.action.name(), &*held.reason)).collect();
    assert_eq!(reasons, [("create", ADVISED), ("pause", AUDITED)].into());
}

#[test]
fn what_is_held_back_takes_nothing_from_the_rest() {
    // Five launches a day are allowed.
    let known = Known { campaigns: vec![earning(1), earning(7)], ..Known::default() };
    let mut enforcement = everywhere(Enforcement::Advise);
    enforcement.products = [7, 9].map(|id| (ProductId::from_number(id), Enforcement::Enforce)).into();
    let directive = planned(&known, 10, enforcement.clone(), "500");
    assert_eq!(allowed(&known, &directive), ["create 9", "set_budget 7"]);
    let advised = held(&known, &directive);
    assert_eq!(advised.len(), 6, "as many launches are advised as are allowed in a day, and a raise: {advised:?}");
    // Money is there for one raise.
    let directive = planned(&known, 7, enforcement, "46");
    assert_eq!(
        (allowed(&known, &directive), held(&known, &directive)),
        (vec!["set_budget 7".into()], vec!["set_budget 1".into()])
    );
}

#[test]
fn the_guardrails_reason_stands_where_they_would_refuse_it_anyway() {
    let mut policy = Policy { enforcement: everywhere(Enforcement::Advise), ..literal() };
    policy.guardrails.blackout_hours =
        (0..24).map(|hour| campaign_pilot_decision_engine::HourOfDay::new(hour).unwrap()).collect();
    let directive = plan(&snapshot(true, 1), &Known::default(), &policy);
    assert!(directive.guarded.held.iter().all(|held| held.rules == ["no_blackout"]), "{:?}", directive.guarded.held);
    assert!(!directive.records[0].sentence.contains(ADVISED), "{}", directive.records[0].sentence);
}
