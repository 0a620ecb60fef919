use campaign_pilot_core::{CampaignId, Currency, Money};
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{at, euros, launch, pause, resume, set_budget, set_copy, set_end};

fn portfolio() -> Portfolio {
    let budgets = [("weak", dec!(20)), ("good", dec!(30))];
    Portfolio {
        budgets: budgets.map(|(name, budget)| (CampaignId::new(name).unwrap(), euros(budget))).into(),
        ends: ["weak", "good"].map(|name| (CampaignId::new(name).unwrap(), at(336))).into(),
        data_trusted: true,
        ..Portfolio::new(euros(dec!(50)))
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
        "100.01 EUR would be above the limit of 100.00 EUR for one campaign"
    );
    assert_eq!(reason(set_budget("good", dec!(37.5), dec!(7.5))), None);
    assert_eq!(
        reason(set_budget("good", dec!(37.53), dec!(7.53))).unwrap(),
        "a budget of 37.53 EUR is more than 25 % above 30.00 EUR"
    );
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

/// The same action as a decision of its own, for plans that change one campaign twice.
fn then(action: PlannedAction) -> PlannedAction {
    let PlannedAction { decision, action, reserved, sentence, .. } = action;
    PlannedAction::new(decision, 1, action, reserved, sentence)
}

fn only(amount: Decimal) -> Option<PolicyAmount> {
    Some(PolicyAmount::only(euros(amount)))
}

fn hour(hour: u8) -> HourOfDay {
    HourOfDay::new(hour).unwrap()
}

#[test]
fn the_evaluator_follows_the_table_that_is_exported() {
    static NO_RULES: GuardTable = GuardTable { rules: &[], ..rules::TABLE };
    let (rails, portfolio) = (Guardrails::default(), portfolio());
    let mut by_rules = State::new(&rails, &portfolio, at(0), Guardrails::table());
    assert!(std::ptr::eq(by_rules.table, Guardrails::table()));
    assert!(by_rules.admit(&launch("new", dec!(100.01))).is_err());
    assert!(State::new(&rails, &portfolio, at(0), &NO_RULES).admit(&launch("new", dec!(100.01))).is_ok());
}

#[test]
fn limits_of_the_day_the_month_and_the_life_count_what_the_plan_adds() {
    let two = || vec![launch("one", dec!(20)), launch("two", dec!(20.01))];
    let limited = |rails: Guardrails, portfolio: Portfolio| {
        let guarded = check(&rails, &portfolio, two());
        assert_eq!(guarded.allowed.actions().len(), 1);
        (guarded.held[0].reason.clone(), guarded.held[0].rules.join(" "))
    };
    let day = Guardrails { max_budget_per_day: only(dec!(50)), ..Guardrails::default() };
    assert_eq!(
        limited(day.clone(), Portfolio { committed_today: Some(euros(dec!(10))), ..portfolio() }),
        ("50.01 EUR would be above the limit of 50.00 EUR for one day".to_owned(), "day_limit".to_owned())
    );
    let month = Guardrails { max_budget_per_month: only(dec!(50)), ..Guardrails::default() };
    assert_eq!(limited(month, Portfolio { committed_this_month: Some(euros(dec!(10))), ..portfolio() }).1, "month_limit");
    let life = Guardrails { max_life_budget: only(dec!(50)), ..Guardrails::default() };
    assert_eq!(limited(life, Portfolio { committed_in_life: Some(euros(dec!(10))), ..portfolio() }).1, "life_limit");
    assert_eq!(held_reason(&day, &portfolio(), launch("new", dec!(1))).unwrap(), "what was committed today is not known");
}

#[test]
fn a_platform_that_may_spend_more_than_it_was_told_counts_with_that() {
    let rails = Guardrails { worst_case_delivery: DeliveryFactor::new(dec!(1.25)).unwrap(), ..Guardrails::default() };
    assert_eq!(held_reason(&rails, &portfolio(), launch("new", dec!(80))), None);
    assert_eq!(
        held_reason(&rails, &portfolio(), launch("new", dec!(80.01))).unwrap(),
        "100.01 EUR would be above the limit of 100.00 EUR for one campaign"
    );
    let full = Portfolio { committed: euros(dec!(475)), ..portfolio() };
    assert_eq!(held_reason(&rails, &full, launch("new", dec!(20))), None);
    assert_eq!(
        held_reason(&rails, &full, launch("new", dec!(20.01))).unwrap(),
        "500.01 EUR would be above the limit of 500.00 EUR for all campaigns"
    );
}

#[test]
fn a_campaign_that_was_cut_or_paused_rests() {
    let rails = Guardrails { cooldown_hours_after_reversal: Some(24), ..Guardrails::default() };
    let lowered = |hours: i64| {
        let changes = CampaignChanges { today: 0, lowered_at: Some(at(-hours)) };
        Portfolio { changes: Some([(CampaignId::new("good").unwrap(), changes)].into()), ..portfolio() }
    };
    let raise = || set_budget("good", dec!(36), dec!(6));
    assert_eq!(held_reason(&rails, &lowered(24), raise()), None);
    assert_eq!(
        held_reason(&rails, &lowered(23), raise()).unwrap(),
        "the campaign was cut, shortened or paused less than 24 hours ago"
    );
    assert!(held_reason(&rails, &lowered(23), resume("good", dec!(6))).is_some());
    let unknown = "when the campaign was last cut, shortened or paused is not known";
    assert_eq!(held_reason(&rails, &portfolio(), raise()).unwrap(), unknown);
    let in_one_plan = check(&rails, &lowered(240), vec![pause("good"), then(resume("good", dec!(6)))]);
    assert_eq!(in_one_plan.held[0].rules, ["cooldown"]);
}

#[test]
fn a_later_end_reserves_money_and_an_earlier_one_none() {
    let reason = |action| held_reason(&Guardrails::default(), &portfolio(), action);
    assert_eq!(reason(set_end("good", 360, dec!(3))), None);
    assert_eq!(reason(set_end("good", 300, dec!(0))), None);
    assert_eq!(reason(set_end("good", 336, dec!(0))), None, "the same end is none that is later");
    assert_eq!(
        reason(set_end("good", 360, dec!(0))).unwrap(),
        "an end of 2026-11-17T00:00:00Z instead of 2026-11-16T00:00:00Z is later, but no money is reserved for the added days"
    );
    assert_eq!(
        reason(set_end("good", 300, dec!(3))).unwrap(),
        "an end of 2026-11-14T12:00:00Z instead of 2026-11-16T00:00:00Z is earlier, but 3.00 EUR are reserved for added days"
    );
    assert_eq!(reason(set_end("stranger", 300, dec!(0))).unwrap(), "the end in force is not known");
    let large = held_reason(&Guardrails::default(), &portfolio(), set_end("good", 360, dec!(450.01)));
    assert_eq!(large.unwrap(), "500.01 EUR would be above the limit of 500.00 EUR for all campaigns");

    let blind = Portfolio { data_trusted: false, ..portfolio() };
    assert!(held_reason(&Guardrails::default(), &blind, set_end("good", 360, dec!(3))).is_some());
    assert_eq!(held_reason(&Guardrails::default(), &blind, set_end("good", 300, dec!(0))), None);
    let twice = vec![set_end("good", 300, dec!(0)), then(set_end("good", 330, dec!(0)))];
    assert_eq!(check(&Guardrails::default(), &portfolio(), twice).held[0].rules, ["shorten_lowers"]);
}

#[test]
fn other_ends_and_words_are_changes_of_a_campaign() {
    let reworded = || set_copy("good", "Other words", dec!(0));
    let reason = |action| held_reason(&Guardrails::default(), &portfolio(), action);
    assert_eq!(reason(reworded()), None);
    let costly = reason(set_copy("good", "Other words", dec!(0.01))).unwrap();
    assert_eq!(costly, "other words cost nothing, but 0.01 EUR are reserved for them");

    let changed = |today, hours: i64| {
        let changes = CampaignChanges { today, lowered_at: Some(at(-hours)) };
        Portfolio { changes: Some([(CampaignId::new("good").unwrap(), changes)].into()), ..portfolio() }
    };
    let rails = Guardrails {
        max_changes_per_campaign_per_day: Some(2),
        cooldown_hours_after_reversal: Some(24),
        ..Guardrails::default()
    };
    for action in [reworded, || set_end("good", 360, dec!(3))] {
        assert_eq!(held_reason(&rails, &changed(1, 24), action()), None);
        assert_eq!(check(&rails, &changed(2, 24), vec![action()]).held[0].rules, ["changes_in_day"]);
        assert_eq!(check(&rails, &changed(1, 23), vec![action()]).held[0].rules, ["cooldown"]);
    }
    assert_eq!(held_reason(&rails, &changed(9, 1), set_end("good", 300, dec!(0))), None, "less always passes");
    // An earlier end is a reversal, and both count for what follows in the same plan.
    let actions = vec![set_end("good", 300, dec!(0)), then(reworded())];
    assert_eq!(check(&rails, &changed(0, 48), actions).held[0].rules, ["cooldown"]);
    let actions = vec![reworded(), then(set_end("good", 360, dec!(3)))];
    assert_eq!(check(&rails, &changed(1, 48), actions).held[0].rules, ["changes_in_day"]);
}

#[test]
fn cuts_count_as_changes_but_always_pass() {
    let rails = Guardrails { max_changes_per_campaign_per_day: Some(2), ..Guardrails::default() };
    let changed = CampaignChanges { today: 1, lowered_at: None };
    let changed = Portfolio { changes: Some([(CampaignId::new("good").unwrap(), changed)].into()), ..portfolio() };
    let actions =
        vec![set_budget("good", dec!(25), dec!(0)), then(set_budget("good", dec!(26), dec!(1))), launch("new", dec!(20))];
    let guarded = check(&rails, &changed, actions);
    assert_eq!(guarded.held[0].reason, "the campaign was changed 2 times today, and 2 are allowed");
    assert_eq!(guarded.allowed.actions().len(), 2);
}

#[test]
fn only_what_the_lists_the_hour_and_the_stock_allow_is_launched() {
    let product: ProductId = ProductId::from_number(11);
    let toys: CategoryName = "Toys".to_owned().try_into().unwrap();
    let listed = ListedProduct { stock: Some(dec!(9)), categories: [toys.clone()].into() };
    let known = Portfolio { products: [(product.clone(), listed)].into(), hour: Some(hour(3)), ..portfolio() };
    let reason = |rails: Guardrails, portfolio: &Portfolio| held_reason(&rails, portfolio, launch("new", dec!(20)));
    let rails = |stock, hours: &[u8], products, categories| Guardrails {
        min_stock: stock,
        blackout_hours: hours.iter().map(|number| hour(*number)).collect(),
        allowed_products: products,
        allowed_categories: categories,
        ..Guardrails::default()
    };
    assert_eq!(reason(rails(Some(dec!(9)), &[2, 4], Some([product].into()), Some([toys].into())), &known), None);
    assert_eq!(reason(rails(Some(dec!(9.5)), &[], None, None), &known).unwrap(), "9 units are in stock, and 9.5 are needed");
    let at_night = "nothing is raised or launched at this hour of the shop's day";
    assert_eq!(reason(rails(None, &[3], None, None), &known).unwrap(), at_night);
    let not_listed = "the product is not among those that may be advertised";
    assert_eq!(reason(rails(None, &[], Some([].into()), None), &known).unwrap(), not_listed);
    let no_category = "the product is in no category that may be advertised";
    assert_eq!(reason(rails(None, &[], None, Some([].into())), &known).unwrap(), no_category);
    // The same without the facts.
    assert_eq!(reason(rails(Some(dec!(0)), &[], None, None), &portfolio()).unwrap(), "the product's stock is not known");
    assert_eq!(reason(rails(None, &[3], None, None), &portfolio()).unwrap(), "the hour of the shop's day is not known");
}

#[test]
fn spending_above_the_threshold_needs_an_approval() {
    let rails = Guardrails { approval_above: only(dec!(20)), ..Guardrails::default() };
    assert_eq!(held_reason(&rails, &portfolio(), launch("new", dec!(20))), None);
    let large = launch("new", dec!(20.01));
    assert_eq!(
        held_reason(&rails, &portfolio(), large.clone()).unwrap(),
        "spending 20.01 EUR, more than 20.00 EUR, needs an approval"
    );
    let approved = Portfolio { approved: [large.operation.clone()].into(), ..portfolio() };
    assert_eq!(held_reason(&rails, &approved, large), None);
}

#[test]
fn less_than_nothing_is_never_reserved() {
    assert_eq!(
        held_reason(&Guardrails::default(), &portfolio(), resume("good", dec!(-1))).unwrap(),
        "-1.00 EUR cannot be reserved"
    );
}

#[test]
fn every_name_in_a_sentence_stands_for_something() {
    let names: Vec<String> = fact::Fact::ALL.iter().map(|fact| fact.name()).collect();
    let shown: Vec<&str> = Guardrails::table().shown.iter().map(|shown| shown.name).collect();
    for rule in Guardrails::table().rules() {
        for name in rule.refusal.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
            assert!(names.iter().any(|known| known == name) || shown.contains(&name), "{name} in {}", rule.id());
        }
    }
}

#[test]
fn impossible_values_of_the_policy_are_refused() {
    let read = |json: &str| serde_json::from_str::<Guardrails>(json).map_err(|error| error.to_string());
    assert!(read(r#"{ "worst_case_delivery": "2", "blackout_hours": [0, 23], "min_stock": "5" }"#).is_ok());
    assert!(read(r#"{ "worst_case_delivery": "2.01" }"#).unwrap_err().starts_with("a worst-case delivery of 2.01 does not lie"));
    assert!(read(r#"{ "blackout_hours": [24] }"#).unwrap_err().starts_with("24 is no hour of a day"));
    assert!(read(r#"{ "max_stock": "5" }"#).is_err());
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
