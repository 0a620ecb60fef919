//! A case in the engine's own types, and what the engine says of it.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    AdCopy, CampaignAction, CampaignId, CampaignSpec, CategoryName, DecisionId, Money, Period, PlatformCampaignId, ProductId,
};
use campaign_pilot_decision_engine::{
    CampaignChanges, DeliveryFactor, Guardrails, HourOfDay, ListedProduct, Plan, PlannedAction, PolicyAmount, Portfolio,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::draw::{Action, Amount, Case, Doing, Known, Limit, Policy};

/// The names of the rules by which the engine holds back each action, in the order of the case.
pub(crate) fn refusals(case: &Case) -> Vec<BTreeSet<&'static str>> {
    let now = now();
    let actions: Vec<_> = case.actions.iter().enumerate().map(|(index, action)| planned(index, action)).collect();
    let operations: BTreeMap<_, _> =
        actions.iter().enumerate().map(|(index, action)| (action.operation.clone(), index)).collect();
    let approved = actions.iter().enumerate().filter(|(index, _)| case.known.approved.contains(index));
    let portfolio =
        Portfolio { approved: approved.map(|(_, action)| action.operation.clone()).collect(), ..portfolio(&case.known, now) };
    let plan = Plan::new(now, now + SignedDuration::from_hours(1), actions).unwrap();
    let guarded = rails(&case.policy).check(&plan, &portfolio).unwrap();
    assert_eq!(guarded.allowed.actions().len() + guarded.held.len(), case.actions.len());
    let mut refused = vec![BTreeSet::new(); case.actions.len()];
    for held in guarded.held {
        assert!(!held.reason.is_empty() && !held.reason.contains('{'), "{}", held.reason);
        refused[operations[&held.action.operation]] = held.rules.iter().map(|rule| name(rule)).collect();
    }
    refused
}

fn name(rule: &str) -> &'static str {
    Guardrails::table().rules().iter().map(|known| known.id()).find(|known| *known == rule).unwrap()
}

fn rails(policy: &Policy) -> Guardrails {
    let limit = |limit: Limit| match limit {
        Limit::Off => None,
        Limit::Of(amount) => Some(PolicyAmount::only(money(amount))),
    };
    Guardrails {
        max_total_budget: PolicyAmount::only(money(policy.total)),
        budget_days: None,
        max_budget_per_campaign: PolicyAmount::only(money(policy.campaign)),
        max_budget_per_day: limit(policy.day),
        max_budget_per_month: limit(policy.month),
        max_life_budget: limit(policy.life),
        worst_case_delivery: DeliveryFactor::new(Decimal::new(policy.factor, 2)).unwrap(),
        max_launches_per_day: policy.launches,
        max_actions_per_plan: policy.actions,
        max_budget_raise_percent: Decimal::new(policy.raise_percent, 2),
        max_changes_per_campaign_per_day: policy.changes,
        cooldown_hours_after_reversal: policy.cooldown,
        allowed_products: policy.products.as_ref().map(|ids| ids.iter().map(|id| ProductId::from_number(*id)).collect()),
        allowed_categories: policy.categories.as_ref().map(categories),
        blackout_hours: policy.blackout.iter().map(|hour| HourOfDay::new(*hour).unwrap()).collect(),
        min_stock: policy.stock.map(|stock| Decimal::new(stock, 2)),
        approval_above: limit(policy.approval),
    }
}

fn portfolio(known: &Known, now: Timestamp) -> Portfolio {
    let changes = |changes: &super::draw::Changes| CampaignChanges {
        today: changes.today,
        lowered_at: changes.lowered.map(|ago| now - SignedDuration::from_secs(ago)),
    };
    Portfolio {
        committed: money(known.committed),
        committed_today: known.today.map(money),
        committed_this_month: known.month.map(money),
        committed_in_life: known.life.map(money),
        launches_today: known.launches,
        budgets: known.budgets.iter().map(|(number, budget)| (campaign(*number), money(*budget))).collect(),
        ends: known.ends.iter().map(|(number, hours)| (campaign(*number), hours_from(now, *hours))).collect(),
        changes: known.changes.as_ref().map(|all| all.iter().map(|(number, one)| (campaign(*number), changes(one))).collect()),
        advertised: known.advertised.iter().map(|(number, id)| (campaign(*number), ProductId::from_number(*id))).collect(),
        products: known
            .products
            .iter()
            .map(|(id, listed)| {
                let stock = listed.stock.map(|stock| Decimal::new(stock, 2));
                (ProductId::from_number(*id), ListedProduct { stock, categories: categories(&listed.categories) })
            })
            .collect(),
        hour: known.hour.map(|hour| HourOfDay::new(hour).unwrap()),
        approved: BTreeSet::new(),
        data_trusted: known.trusted,
    }
}

fn planned(index: usize, action: &Action) -> PlannedAction {
    let campaign = campaign(action.campaign);
    let platform_id = PlatformCampaignId::new("77").unwrap();
    let doing = match action.doing {
        Doing::Create(product, budget) => CampaignAction::Create { spec: Box::new(spec(campaign, product, budget)) },
        Doing::SetBudget(to) => CampaignAction::SetBudget { campaign, platform_id, budget: money(to) },
        Doing::SetEnd(hours) => CampaignAction::SetEnd { campaign, platform_id, end: hours_from(now(), hours) },
        Doing::SetCopy => CampaignAction::SetCopy { campaign, platform_id, copy: copy() },
        Doing::Resume => CampaignAction::Resume { campaign, platform_id },
        Doing::Pause => CampaignAction::Pause { campaign, platform_id },
    };
    PlannedAction::new(DecisionId::of("case", &index.to_string()), 0, doing, money(action.reserved), "because")
}

fn spec(id: CampaignId, product: u64, budget: Amount) -> CampaignSpec {
    let start = now();
    CampaignSpec {
        id,
        product: ProductId::from_number(product),
        sku: None,
        name: "Yoga Mat Pro".to_owned(),
        landing_page: "https://shop.example/mat".to_owned(),
        copy: copy(),
        budget: money(budget),
        flight: Period::new(start, start + SignedDuration::from_hours(24)).unwrap(),
    }
}

fn copy() -> AdCopy {
    AdCopy { headline: "A headline".into(), body: "A body".into(), written_by: "template 1".into() }
}

fn now() -> Timestamp {
    "2026-11-09T12:00:00Z".parse().unwrap()
}

fn hours_from(now: Timestamp, hours: i64) -> Timestamp {
    now + SignedDuration::from_hours(hours)
}

fn campaign(number: u8) -> CampaignId {
    CampaignId::new(format!("c{number}")).unwrap()
}

fn categories(numbers: &BTreeSet<u8>) -> BTreeSet<CategoryName> {
    numbers.iter().map(|number| CategoryName::new(format!("category {number}")).unwrap()).collect()
}

fn money(amount: Amount) -> Money {
    let Amount { cents, currency } = amount;
    super::money(cents, currency)
}
