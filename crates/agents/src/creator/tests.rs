use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::Currency;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_decision_engine::PolicyAmount;

use super::*;
use crate::testing::{euros, product, start};

fn snapshot(products: impl IntoIterator<Item = Product>) -> Snapshot {
    Snapshot {
        cycle: "cycle-1".into(),
        now: start(),
        store_currency: Currency::EUR,
        platform_currency: Currency::EUR,
        products: Arc::new(products.into_iter().map(|product| (product.id.clone(), product)).collect()),
        hours: Arc::default(),
        coverage: None,
        signals: BTreeMap::new(),
        views: true,
        launches: BTreeMap::new(),
        data_trusted: true,
    }
}

fn proposed(policy: &Policy, snapshot: &Snapshot) -> Proposal {
    let (known, capabilities) = (Known::default(), crate::testing::Bench::new().platform.capabilities());
    let prospects = Prospects::of(snapshot, &known, policy, &capabilities);
    let total = Total::of(&known, snapshot, policy, &capabilities).ok();
    CreatorAgent::new(policy.clone(), capabilities).propose(snapshot, &known, &prospects, total)
}

fn budgets(policy: &Policy, snapshot: &Snapshot) -> Vec<Money> {
    let proposal = proposed(policy, snapshot);
    proposal.launches.into_iter().map(|launch| launch.budget.budget).collect()
}

#[test]
fn a_budget_stays_within_what_one_campaign_may_cost() {
    let mut policy = Policy::default();
    let dear = Product { price: Some(euros("50")), ..product(1) };
    assert_eq!(budgets(&policy, &snapshot([dear.clone()])), [euros("15")]);
    policy.guardrails.max_budget_per_campaign = PolicyAmount::only(euros("9.50"));
    let proposal = proposed(&policy, &snapshot([dear]));
    assert_eq!(proposal.launches[0].budget.budget, euros("9.50"));
    assert!(proposal.launches[0].sentence().ends_with("limited to 9.50 EUR for one campaign"));
}

#[test]
fn nothing_is_proposed_beyond_the_limit_on_all_campaigns() {
    let mut policy = Policy::default();
    policy.guardrails.max_total_budget = PolicyAmount::only(euros("40"));
    assert_eq!(budgets(&policy, &snapshot((1..=4).map(product))), [euros("15"), euros("15")]);
}

#[test]
fn every_product_is_scored_and_a_product_without_a_price_is_refused() {
    let bare = Product { price: None, ..product(2) };
    let proposal = proposed(&Policy::default(), &snapshot([product(1), bare]));
    let eligible: Vec<_> = proposal.selections.iter().map(|selection| selection.eligible).collect();
    assert_eq!((eligible, proposal.launches.len()), (vec![true, false], 1));
}

#[test]
fn data_that_cannot_be_trusted_launch_nothing() {
    let snapshot = Snapshot { data_trusted: false, ..snapshot([product(1)]) };
    let proposal = proposed(&Policy::default(), &snapshot);
    assert_eq!((proposal.selections.len(), proposal.launches.len()), (1, 0));
}
