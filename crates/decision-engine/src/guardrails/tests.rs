use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{at, euros, launch, pause, set_budget};

fn portfolio() -> Portfolio {
    let budgets = [("weak", dec!(20)), ("good", dec!(30))];
    Portfolio {
        committed: euros(dec!(50)),
        launches_today: 0,
        budgets: budgets.map(|(name, budget)| (CampaignId::new(name).unwrap(), euros(budget))).into(),
        data_trusted: true,
    }
}

fn check(rails: &Guardrails, portfolio: &Portfolio, actions: Vec<PlannedAction>) -> Guarded {
    rails.check(&Plan::new(at(0), at(2), actions).unwrap(), portfolio).unwrap()
}

fn held_reason(rails: &Guardrails, portfolio: &Portfolio, action: PlannedAction) -> Option<String> {
    check(rails, portfolio, vec![action]).held.pop().map(|held| held.reason)
}

#[test]
fn what_keeps_within_every_limit_passes() {
    let actions = vec![pause("weak"), set_budget("good", dec!(36), dec!(6)), launch("new", dec!(20))];
    let guarded = check(&Guardrails::default(), &portfolio(), actions.clone());
    assert_eq!(guarded.held, []);
    assert_eq!(guarded.allowed, Plan::new(at(0), at(2), actions).unwrap());
}

#[test]
fn untrusted_data_only_hold_or_lower() {
    let blind = Portfolio { data_trusted: false, ..portfolio() };
    let actions = vec![
        pause("weak"),
        set_budget("good", dec!(25), dec!(0)),
        set_budget("good2", dec!(31), dec!(1)),
        launch("new", dec!(20)),
    ];
    let guarded = check(&Guardrails::default(), &blind, actions);
    assert_eq!(guarded.allowed.actions().len(), 2);
    assert!(guarded.held.iter().all(|held| held.reason == "the data are incomplete or too old: nothing may be raised on them"));
}

#[test]
fn each_limit_holds_at_its_boundary() {
    let rails = Guardrails::default();
    let reason = |action| held_reason(&rails, &portfolio(), action);
    assert_eq!(reason(launch("new", dec!(100))), None);
    assert_eq!(
        reason(launch("new", dec!(100.01))).unwrap(),
        "a budget of 100.01 EUR is above the limit of 100.00 EUR for one campaign"
    );
    assert_eq!(reason(set_budget("good", dec!(37.5), dec!(7.5))), None);
    assert_eq!(reason(set_budget("good", dec!(37.53), dec!(7.53))).unwrap(), "a raise by 25.1 % is above the limit of 25 %");
    let full = Portfolio { committed: euros(dec!(480)), ..portfolio() };
    assert_eq!(held_reason(&rails, &full, launch("new", dec!(20))), None);
    assert_eq!(
        held_reason(&rails, &full, launch("new", dec!(20.01))).unwrap(),
        "500.01 EUR would be above the limit of 500.00 EUR for all campaigns"
    );
}

#[test]
fn launches_are_counted_over_the_day_and_the_best_go_first() {
    let busy = Portfolio { launches_today: 4, ..portfolio() };
    let guarded = check(&Guardrails::default(), &busy, vec![launch("best", dec!(20)), launch("second", dec!(15))]);
    assert_eq!(guarded.allowed.actions(), [launch("best", dec!(20))]);
    assert_eq!(guarded.held[0].reason, "more than 5 launches in one day");
}

#[test]
fn a_long_plan_still_stops_campaigns() {
    let rails = Guardrails { max_actions_per_plan: 1, ..Guardrails::default() };
    let actions = vec![launch("one", dec!(15)), launch("two", dec!(15)), pause("weak"), pause("other")];
    let guarded = check(&rails, &portfolio(), actions);
    assert_eq!(guarded.allowed.actions().len(), 3);
    assert_eq!(guarded.held[0].reason, "more than 1 raises and launches in one plan");
}

#[test]
fn a_raise_cannot_pass_as_a_cut_or_reserve_too_little() {
    let reason = |action| held_reason(&Guardrails::default(), &portfolio(), action).unwrap();
    assert_eq!(
        reason(set_budget("good", dec!(31), dec!(0))),
        "a budget of 31.00 EUR instead of 30.00 EUR is a raise, but no money is reserved for it"
    );
    assert_eq!(reason(set_budget("good", dec!(36), dec!(1))), "only 1.00 EUR are reserved for 6.00 EUR");
    assert_eq!(reason(set_budget("stranger", dec!(10), dec!(0))), "the budget in force is not known");
}

#[test]
fn a_currency_without_a_limit_is_held() {
    let rails =
        Guardrails { max_total_budget: PolicyAmount::only(Money::new(dec!(500), Currency::USD)), ..Guardrails::default() };
    assert_eq!(held_reason(&rails, &portfolio(), launch("new", dec!(15))).unwrap(), "no limit for all campaigns is set in EUR");
}

proptest! {
    #[test]
    fn no_sequence_of_launches_gets_past_the_total(budgets in prop::collection::vec(1i64..15_000, 0..30)) {
        let rails = Guardrails { max_launches_per_day: 100, ..Guardrails::default() };
        let actions = budgets.iter().enumerate().map(|(index, cents)| launch(&format!("n{index}"), Decimal::new(*cents, 2))).collect();
        let guarded = check(&rails, &portfolio(), actions);
        let reserved: Decimal = guarded.allowed.actions().iter().map(|action| action.reserved.amount).sum();
        prop_assert!(reserved + dec!(50) <= dec!(500));
        prop_assert_eq!(guarded.allowed.actions().len() + guarded.held.len(), budgets.len());
    }
}
