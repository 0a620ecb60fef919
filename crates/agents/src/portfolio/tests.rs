use campaign_pilot_core::ports::CampaignPlatform as _;
use rust_decimal::dec;

use super::*;
use crate::testing::{Bench, euros, followed, record, snapshot};

/// A campaign that has cost 5.00 of 20.00 EUR, and is expected to cost so much more, at most so much.
fn total(expected: &str, upper: &str, change: impl FnOnce(&mut Known, &mut Policy)) -> Total {
    let running = record(1, 500, 0, 2_000, DesiredStatus::Active, EffectiveStatus::Running);
    let id = running.campaign.spec.id.clone();
    let mut known = Known { campaigns: vec![running], ..Known::default() };
    let mut policy = Policy::default();
    policy.guardrails.budget_days = None;
    // So that nothing is still to come of what was done before.
    policy.forecast.enabled = false;
    change(&mut known, &mut policy);
    let coming = ExpectedCosts(BTreeMap::from([(id, CostToCome { expected: euros(expected), upper: euros(upper) })]));
    Total::of(&known, &snapshot(true, 1), &policy, &Bench::new().platform.capabilities(), &coming).unwrap()
}

#[test]
fn a_campaign_counts_with_what_it_is_expected_to_cost_and_a_reserve_at_most_its_budget() {
    let as_is = |_: &mut Known, _: &mut Policy| {};
    let found = total("4", "6.80", as_is);
    assert_eq!((found.at_stake, found.reserve), (euros("11.80"), euros("2.80")), "5 + 4, and 2.80 for chance");
    assert_eq!(found.in_life, euros("20"), "nothing is stopped for what may ever be spent: whole budgets count");
    let found = total("12", "20.40", as_is);
    assert_eq!((found.at_stake, found.reserve), (euros("20"), euros("3")), "no more than the budget");
    let found = total("90", "153", as_is);
    assert_eq!((found.at_stake, found.reserve), (euros("20"), euros("0")));
}

#[test]
fn the_platform_may_spend_more_than_a_budget() {
    let worse = |_: &mut Known, policy: &mut Policy| {
        policy.guardrails.worst_case_delivery = campaign_pilot_decision_engine::DeliveryFactor::new(dec!(1.25)).unwrap();
    };
    assert_eq!(total("90", "153", worse).at_stake, euros("25"));
    assert_eq!(total("4", "6.80", worse).at_stake, euros("11.80"));
}

#[test]
fn reserves_of_campaigns_that_run_are_added_since_all_may_be_expected_wrongly() {
    let second = |known: &mut Known, _: &mut Policy| {
        known.campaigns.push(record(2, 500, 0, 2_000, DesiredStatus::Active, EffectiveStatus::Running));
    };
    // Of the second one nothing is expected: its budget counts.
    assert_eq!(total("4", "6.80", second).at_stake, euros("31.80"));
}

#[test]
fn a_pause_that_has_not_taken_effect_frees_nothing_more() {
    let unconfirmed = |known: &mut Known, _: &mut Policy| known.campaigns[0].campaign.desired = DesiredStatus::Paused;
    assert_eq!(total("4", "6.80", unconfirmed).at_stake, euros("11.80"));
}

#[test]
fn a_campaign_that_is_over_counts_with_its_cost_while_its_pause_is_open() {
    let over = |known: &mut Known, _: &mut Policy| {
        let campaign = &mut known.campaigns[0].campaign;
        (campaign.desired, campaign.effective) = (DesiredStatus::Paused, EffectiveStatus::Stopped);
        let action =
            CampaignAction::Pause { campaign: campaign.spec.id.clone(), platform_id: campaign.platform_id.clone().unwrap() };
        let intent = crate::testing::request("pause", action, euros("0")).intent;
        let (state, at) = (campaign_pilot_core::OperationState::Prepared, crate::testing::start());
        known.open.push(campaign_pilot_core::OpenOperation { intent, state, prepared_at: at, changed_at: at });
    };
    let found = total("4", "6.80", over);
    assert_eq!((found.at_stake, found.in_life), (euros("5"), euros("5")));
}

#[test]
fn the_money_for_added_days_comes_on_top_of_what_is_expected_within_the_budget() {
    for (reserved, at_stake) in [("3", "14.80"), ("15", "22.80")] {
        let longer = |known: &mut Known, _: &mut Policy| {
            let campaign = &known.campaigns[0].campaign;
            let (id, platform_id) = (campaign.spec.id.clone(), campaign.platform_id.clone().unwrap());
            let end = campaign.spec.flight.end() + jiff::SignedDuration::from_hours(24);
            let action = CampaignAction::SetEnd { campaign: id, platform_id, end };
            let intent = crate::testing::request("longer", action, euros(reserved)).intent;
            let (state, at) = (campaign_pilot_core::OperationState::Prepared, crate::testing::start());
            known.open.push(campaign_pilot_core::OpenOperation { intent, state, prepared_at: at, changed_at: at });
        };
        assert_eq!(total("4", "6.80", longer).at_stake, euros(at_stake));
    }
}

/// Expectations count only where budgets are soft and kept by the pilot, which forecasts and can stop campaigns, and of campaigns that
/// were read.
#[test]
fn expectations_count_only_where_stops_keep_the_total() {
    let running = record(1, 500, 0, 2_000, DesiredStatus::Active, EffectiveStatus::Running);
    let unread = CampaignRecord { performance: None, ..record(2, 0, 0, 2_000, DesiredStatus::Active, EffectiveStatus::Running) };
    let (read, other) = (running.campaign.spec.id.clone(), unread.campaign.spec.id.clone());
    let known = followed(vec![running, unread]);
    let now = snapshot(true, 1).now;
    let prospects =
        crate::Prospects::of(&snapshot(true, 2), &known, &Policy::default(), &Bench::new().platform.capabilities(), None);
    let coming = |change: &dyn Fn(&mut Policy, &mut Capabilities)| {
        let (mut policy, mut capabilities) = (Policy::default(), Bench::new().platform.capabilities());
        change(&mut policy, &mut capabilities);
        let of = |record: &CampaignRecord| prospects.get(&record.campaign.spec.product);
        let coming = ExpectedCosts::of_all(&known, now, &policy, &capabilities, of);
        (coming.0.contains_key(&read), coming.0.contains_key(&other))
    };
    assert_eq!(coming(&|_, _| {}), (true, false));
    assert_eq!(coming(&|policy, _| policy.decision.budgets = BudgetKeeping::Hard), (false, false));
    let set = |budgets| DecisionOverride { budgets: Some(budgets), ..DecisionOverride::default() };
    let for_product = |product: &str, budgets| [(product.to_owned(), set(budgets))].into();
    assert_eq!(coming(&|policy, _| policy.decision.products = for_product("1", BudgetKeeping::Hard)), (false, false));
    assert_eq!(coming(&|policy, _| policy.decision.products = for_product("9", BudgetKeeping::Hard)), (true, false));
    let soft_in_fitness = |policy: &mut Policy, _: &mut Capabilities| {
        policy.decision.budgets = BudgetKeeping::Hard;
        policy.decision.categories = for_product("Fitness", BudgetKeeping::Soft);
    };
    assert_eq!(coming(&soft_in_fitness), (true, false));
    assert_eq!(coming(&|policy, _| policy.forecast.enabled = false), (false, false));
    assert_eq!(coming(&|_, capabilities| capabilities.budget = BudgetControl::Native), (false, false));
    assert_eq!(coming(&|_, capabilities| capabilities.pause = PauseControl::Unsupported), (false, false));
}
