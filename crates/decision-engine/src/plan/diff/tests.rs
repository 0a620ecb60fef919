use campaign_pilot_core::{Currency, DecisionId};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::Precondition;
use crate::testing::{at, euros, launch, pause, resume, set_budget, set_copy, set_end, words};

const ACTIVE: Option<DesiredStatus> = Some(DesiredStatus::Active);
const PAUSED: Option<DesiredStatus> = Some(DesiredStatus::Paused);

fn is(desired: Option<DesiredStatus>, budget: Decimal, runs: bool) -> CampaignState {
    CampaignState { desired, budget: Some(euros(budget)), runs, ..CampaignState::default() }
}

fn world(campaigns: &[(&str, CampaignState)]) -> KnownWorld {
    let campaigns = campaigns.iter().map(|(name, state)| (CampaignId::new(*name).unwrap(), state.clone())).collect();
    KnownWorld { campaigns, ..KnownWorld::default() }
}

fn plan(actions: Vec<PlannedAction>) -> Plan {
    Plan::new(at(0), at(2), actions).unwrap()
}

/// The lines about a plan of one action on `c-1`, held against each of the worlds in which `c-1` is so.
fn said(action: PlannedAction, states: &[CampaignState]) -> Vec<String> {
    let plan = plan(vec![action]);
    states.iter().map(|state| plan.diff(&world(&[("c-1", state.clone())]), at(1)).unwrap().actions[0].to_string()).collect()
}

#[test]
fn a_launch_is_left_until_its_campaign_is_there() {
    let action = || launch("c-1", dec!(20)).requiring(Precondition::NotAdvertised { product: ProductId::from_number(11) });
    let states = [CampaignState::default(), is(ACTIVE, dec!(20), false), is(ACTIVE, dec!(18), true), is(PAUSED, dec!(20), false)];
    let lines = said(action(), &states);
    assert_eq!(lines[0], "start `c-1` with a budget of 20.00 EUR");
    assert_eq!(lines[1], "start `c-1` with a budget of 20.00 EUR: already so");
    assert_eq!(lines[2], "start `c-1` with a budget of 20.00 EUR: overtaken: it exists already with other settings");
    assert_eq!(lines[3], lines[2], "a campaign cannot be created twice");

    let taken = KnownWorld { advertised: [ProductId::from_number(11)].into(), ..KnownWorld::default() };
    let diff = plan(vec![action()]).diff(&taken, at(1)).unwrap();
    let unmet = vec![Unmet::Advertised { product: ProductId::from_number(11) }];
    assert_eq!(diff.actions[0].state, ActionState::Overtaken { unmet });
    assert_eq!(diff.actions[0].state.to_string(), "overtaken: product `11` is advertised already");
    assert!(diff.commits.is_empty() && diff.left() == 0 && !diff.is_reached());
}

#[test]
fn a_pause_is_left_while_the_campaign_may_run() {
    let stopped = is(Some(DesiredStatus::Stopped), dec!(20), false);
    let states =
        [is(ACTIVE, dec!(20), false), is(PAUSED, dec!(20), true), is(PAUSED, dec!(20), false), stopped, CampaignState::default()];
    let lines = said(pause("c-1"), &states);
    assert_eq!(lines[0], "pause `c-1`");
    assert_eq!(lines[1], "pause `c-1`, which is paused but still runs");
    assert_eq!(lines[2], "pause `c-1`: already so");
    assert_eq!(lines[3], "pause `c-1`: already so");
    assert_eq!(lines[4], "pause `c-1`, of which nothing else is known");

    let lines = said(pause("c-1").requiring(Precondition::BudgetIs { budget: euros(dec!(15)) }), &states);
    assert_eq!(lines[0], "pause `c-1`: overtaken: its budget is 20.00 EUR instead of 15.00 EUR");
    assert_eq!(lines[2], "pause `c-1`: already so", "whatever its budget is");
    assert_eq!(lines[4], "pause `c-1`: overtaken: its budget is not known and should be 15.00 EUR");
}

#[test]
fn a_resumption_is_left_until_the_campaign_is_to_be_active() {
    let states = [is(PAUSED, dec!(20), false), is(ACTIVE, dec!(20), false), CampaignState::default()];
    let lines = said(resume("c-1", dec!(12)), &states);
    assert_eq!(lines[0], "resume `c-1`, which is paused, with its budget of 20.00 EUR");
    assert_eq!(lines[1], "resume `c-1`: already so", "doing it again would not make it run");
    assert_eq!(lines[2], "resume `c-1`: overtaken: it is not there");

    let lines = said(resume("c-1", dec!(12)).requiring(Precondition::Desired { status: DesiredStatus::Stopped }), &states);
    assert_eq!(lines[0], "resume `c-1`: overtaken: it is paused instead of stopped");
    assert_eq!(lines[2], "resume `c-1`: overtaken: it is not there and should be stopped");
}

#[test]
fn a_budget_is_left_until_it_is_in_force() {
    let unknown = CampaignState { budget: None, ..is(ACTIVE, dec!(0), true) };
    let states = [is(ACTIVE, dec!(20), true), is(ACTIVE, dec!(36), true), is(PAUSED, dec!(25), false), unknown];
    let lines = said(set_budget("c-1", dec!(25), dec!(5)), &states);
    assert_eq!(lines[0], "raise the budget of `c-1` from 20.00 EUR to 25.00 EUR");
    assert_eq!(lines[1], "lower the budget of `c-1` from 36.00 EUR to 25.00 EUR");
    assert_eq!(lines[2], "set the budget of `c-1` to 25.00 EUR: already so");
    assert_eq!(lines[3], "set the budget of `c-1` to 25.00 EUR");

    let required = set_budget("c-1", dec!(25), dec!(5))
        .requiring(Precondition::Desired { status: DesiredStatus::Active })
        .requiring(Precondition::BudgetIs { budget: euros(dec!(20)) });
    let lines = said(required, &[is(PAUSED, dec!(18), false)]);
    let why = "it is paused instead of active and its budget is 18.00 EUR instead of 20.00 EUR";
    assert_eq!(lines[0], format!("set the budget of `c-1` to 25.00 EUR: overtaken: {why}"));
}

#[test]
fn an_end_and_words_are_left_until_they_are_in_force() {
    let state = |hour, headline| CampaignState { end: Some(at(hour)), copy: Some(words(headline)), ..is(ACTIVE, dec!(20), true) };
    let states = [state(336, "Old"), state(360, "New"), is(ACTIVE, dec!(20), true), CampaignState::default()];
    let lines = said(set_end("c-1", 360, dec!(3)), &states);
    assert_eq!(lines[0], "move the end of `c-1` from 2026-11-16T00:00:00Z to 2026-11-17T00:00:00Z");
    assert_eq!(lines[1], "set the end of `c-1` to 2026-11-17T00:00:00Z: already so");
    assert_eq!(lines[2], "set the end of `c-1` to 2026-11-17T00:00:00Z");
    assert_eq!(lines[3], "set the end of `c-1` to 2026-11-17T00:00:00Z: overtaken: it is not there");
    let lines = said(set_copy("c-1", "New", dec!(0)), &states);
    assert_eq!(lines[0], "change the words of `c-1` from `Old` to `New`");
    assert_eq!(lines[1], "set the words of `c-1` to `New`: already so");
    assert_eq!(lines[2], "set the words of `c-1` to `New`");

    let required = set_end("c-1", 384, dec!(3))
        .requiring(Precondition::EndIs { end: at(336) })
        .requiring(Precondition::CopyIs { copy: words("Old") });
    let lines = said(required, &states);
    assert_eq!(lines[0], "move the end of `c-1` from 2026-11-16T00:00:00Z to 2026-11-18T00:00:00Z");
    let why = "its end is 2026-11-17T00:00:00Z instead of 2026-11-16T00:00:00Z and its words are `New` instead of `Old`";
    assert_eq!(lines[1], format!("set the end of `c-1` to 2026-11-18T00:00:00Z: overtaken: {why}"));
    let why = "its end is not known and should be 2026-11-16T00:00:00Z and its words are not known and should be `Old`";
    assert_eq!(lines[2], format!("set the end of `c-1` to 2026-11-18T00:00:00Z: overtaken: {why}"));

    let diff = plan(vec![set_end("c-1", 360, dec!(3))]).diff(&world(&[("c-1", states[0].clone())]), at(1)).unwrap();
    assert_eq!((diff.commits, diff.frees), (vec![euros(dec!(3))], Vec::new()));
    let diff = plan(vec![set_end("c-1", 300, dec!(0))]).diff(&world(&[("c-1", states[0].clone())]), at(1)).unwrap();
    assert_eq!((diff.left(), diff.commits, diff.frees), (1, Vec::new(), Vec::new()), "until it is over, it may spend");
}

#[test]
fn what_is_left_expires_with_the_plan() {
    let plan = plan(vec![pause("weak"), set_budget("cut", dec!(10), dec!(0))]);
    let world = world(&[("weak", is(PAUSED, dec!(20), false)), ("cut", is(ACTIVE, dec!(15), true))]);
    let diff = plan.diff(&world, at(2)).unwrap();
    assert_eq!(diff.to_string(), "pause `weak`: already so\nset the budget of `cut` to 10.00 EUR: expired\n0 of 2 left");
    assert!(!diff.is_reached());
    assert_eq!(plan.diff(&world, at(1)).unwrap().left(), 1);
}

#[test]
fn what_is_left_commits_and_frees_at_most() {
    let dollars = |amount| Money::new(amount, Currency::USD);
    let mut abroad = launch("abroad", dec!(9));
    abroad.reserved = dollars(dec!(9));
    let actions = vec![
        launch("new", dec!(20)),
        launch("there", dec!(30)),
        set_budget("raised", dec!(36), dec!(6)),
        set_budget("cut", dec!(10), dec!(0)),
        set_budget("lower-by-now", dec!(10), dec!(0)),
        pause("weak"),
        abroad,
    ];
    let diff = plan(actions).diff(
        &world(&[
            ("there", is(ACTIVE, dec!(30), true)),
            ("raised", is(ACTIVE, dec!(30), true)),
            ("cut", is(ACTIVE, dec!(14), true)),
            ("lower-by-now", is(ACTIVE, dec!(8), true)),
            ("weak", is(ACTIVE, dec!(50), true)),
        ]),
        at(1),
    );
    let diff = diff.unwrap();
    assert_eq!(diff.commits, [euros(dec!(28)), dollars(dec!(9))], "20 of the launch, 6 and 2 of the raises");
    assert_eq!(diff.frees, [euros(dec!(54))], "4 of the cut and 50 of the pause");
    let last = "6 of 7 left, at most 28.00 EUR and 9.00 USD newly committed, at most 54.00 EUR freed";
    assert_eq!(diff.to_string().lines().last(), Some(last));
    assert_eq!(serde_json::from_str::<PlanDiff>(&serde_json::to_string(&diff).unwrap()).unwrap(), diff);
}

#[test]
fn a_campaign_that_is_cut_and_paused_frees_its_budget_once() {
    let both = plan(vec![pause("c-1"), set_other("c-1", dec!(10))]);
    assert_eq!(both.diff(&world(&[("c-1", is(ACTIVE, dec!(30), true))]), at(1)).unwrap().frees, [euros(dec!(30))]);
    assert!(both.diff(&world(&[("c-1", is(PAUSED, dec!(30), false))]), at(1)).unwrap().frees.is_empty());
}

#[test]
fn a_sum_that_is_too_large_is_an_error() {
    let most = plan(vec![launch("c-1", Decimal::MAX), launch("c-2", Decimal::MAX)]);
    assert!(matches!(most.diff(&KnownWorld::default(), at(1)), Err(EngineError::Money(_))));
}

#[test]
fn a_plan_without_actions_is_reached() {
    assert!(plan(Vec::new()).diff(&KnownWorld::default(), at(1)).unwrap().is_reached());
}

/// A budget set by another decision than the other actions on the campaign.
fn set_other(name: &str, budget: Decimal) -> PlannedAction {
    let action = set_budget(name, budget, dec!(0)).action;
    PlannedAction::new(DecisionId::of("cycle-1", &format!("{name}/budget")), 0, action, euros(dec!(0)), "because")
}

fn budgets() -> impl Strategy<Value = Decimal> {
    (1_i64..4).prop_map(|tens| Decimal::from(10 * tens))
}

fn desires() -> impl Strategy<Value = DesiredStatus> {
    prop::sample::select(vec![DesiredStatus::Active, DesiredStatus::Paused, DesiredStatus::Stopped])
}

fn preconditions() -> impl Strategy<Value = Vec<Precondition>> {
    let one = prop_oneof![
        desires().prop_map(|status| Precondition::Desired { status }),
        (335_i64..338).prop_map(|hour| Precondition::EndIs { end: at(hour) }),
        (0..2).prop_map(|number| Precondition::CopyIs { copy: words(&format!("Words {number}")) }),
        budgets().prop_map(|budget| Precondition::BudgetIs { budget: euros(budget) }),
        (11_u64..13).prop_map(|id| Precondition::NotAdvertised { product: ProductId::from_number(id) }),
    ];
    prop::collection::vec(one, 0..3)
}

/// Plans for campaigns `c-0` to `c-7`: some are left alone, none is told two things that contradict each other.
fn plans() -> impl Strategy<Value = Plan> {
    let one = (0..9, budgets(), preconditions(), preconditions());
    prop::collection::vec(one, 0..8).prop_map(|campaigns| {
        let mut actions = Vec::new();
        for (index, (kind, budget, first, second)) in campaigns.into_iter().enumerate() {
            let name = format!("c-{index}");
            let (status, with_budget) = match kind {
                0 => (Some(launch(&name, budget)), false),
                1 | 2 => (Some(pause(&name)), kind == 2),
                3 | 4 => (Some(resume(&name, budget)), kind == 4),
                5 => (None, true),
                6 => (Some(set_end(&name, 336, budget)), false),
                7 => (Some(set_copy(&name, "Words 1", dec!(0))), true),
                _ => (None, false),
            };
            let requiring =
                |action: PlannedAction, conditions: Vec<Precondition>| PlannedAction { preconditions: conditions, ..action };
            actions.extend(status.map(|action| requiring(action, first)));
            actions.extend(with_budget.then(|| requiring(set_other(&name, budget), second)));
        }
        plan(actions)
    })
}

fn states() -> impl Strategy<Value = Vec<(CampaignId, CampaignState)>> {
    let known = (
        desires(),
        prop::option::weighted(0.9, budgets()),
        any::<bool>(),
        prop::option::weighted(0.9, 335_i64..338),
        prop::option::weighted(0.9, 0..2),
    );
    prop::collection::vec(prop::option::weighted(0.7, known), 8).prop_map(|states| {
        let named = |(index, state): (usize, Option<_>)| {
            let (desired, budget, runs, hour, number): (_, Option<Decimal>, _, Option<i64>, Option<i32>) = state?;
            let copy = number.map(|number| words(&format!("Words {number}")));
            let state = CampaignState { desired: Some(desired), budget: budget.map(euros), runs, end: hour.map(at), copy };
            Some((CampaignId::new(format!("c-{index}")).unwrap(), state))
        };
        states.into_iter().enumerate().filter_map(named).collect()
    })
}

fn worlds() -> impl Strategy<Value = KnownWorld> {
    let advertised = prop::collection::btree_set((11_u64..13).prop_map(ProductId::from_number), 0..2);
    (states(), advertised).prop_map(|(states, advertised)| KnownWorld { campaigns: states.into_iter().collect(), advertised })
}

/// What the world is once all that is left is done.
fn done(mut world: KnownWorld, diff: &PlanDiff) -> KnownWorld {
    for action in diff.actions.iter().filter(|action| action.state == ActionState::ToDo) {
        let state = world.campaigns.entry(action.campaign.clone()).or_default();
        match &action.to {
            CampaignTarget::Created { product, budget } => {
                *state = CampaignState { desired: ACTIVE, budget: Some(*budget), runs: true, ..state.clone() };
                world.advertised.insert(product.clone());
            }
            CampaignTarget::Paused => (state.desired, state.runs) = (PAUSED, false),
            CampaignTarget::Resumed => (state.desired, state.runs) = (ACTIVE, true),
            CampaignTarget::Budget { budget } => state.budget = Some(*budget),
            CampaignTarget::End { end } => state.end = Some(*end),
            CampaignTarget::Copy { copy } => state.copy = Some(copy.clone()),
        }
    }
    world
}

proptest! {
    #[test]
    fn it_agrees_with_the_preconditions(plan in plans(), world in worlds(), hour in 0_i64..4) {
        let diff = plan.diff(&world, at(hour)).unwrap();
        prop_assert_eq!(diff.actions.len(), plan.actions().len());
        for (planned, action) in plan.actions().iter().zip(&diff.actions) {
            prop_assert_eq!(&planned.operation, &action.operation);
            let known = world.known(&action.campaign);
            let fails = planned.preconditions.iter().filter(|condition| !condition.holds(&known)).count();
            // A campaign is created once, and only one that is there can be resumed or changed.
            let is_impossible = match planned.action {
                CampaignAction::Create { .. } => known.desired.is_some(),
                CampaignAction::Resume { .. }
                | CampaignAction::SetBudget { .. }
                | CampaignAction::SetEnd { .. }
                | CampaignAction::SetCopy { .. } => known.desired.is_none(),
                CampaignAction::Pause { .. } => false,
            };
            let is_reached = action.to.is_reached(&action.from);
            prop_assert_eq!(action.state == ActionState::Reached, is_reached);
            let unmet = match &action.state {
                ActionState::Overtaken { unmet } => unmet.iter().filter(|unmet| !matches!(unmet, Unmet::Exists | Unmet::Missing)).count(),
                _ => 0,
            };
            let is_overtaken = matches!(action.state, ActionState::Overtaken { .. });
            prop_assert_eq!(is_overtaken, !is_reached && (fails > 0 || is_impossible));
            prop_assert!(!is_overtaken || unmet == fails);
            prop_assert!(action.state != ActionState::Expired || plan.is_expired(at(hour)));
            prop_assert!(action.state != ActionState::ToDo || !plan.is_expired(at(hour)));
        }
    }

    #[test]
    fn doing_what_is_left_reaches_it(plan in plans(), world in worlds()) {
        let before = plan.diff(&world, at(1)).unwrap();
        let after = plan.diff(&done(world, &before), at(1)).unwrap();
        for (before, after) in before.actions.iter().zip(&after.actions) {
            if matches!(before.state, ActionState::ToDo | ActionState::Reached) {
                prop_assert_eq!(&after.state, &ActionState::Reached);
            }
        }
        let is_free = before.actions.iter().all(|action| !matches!(action.state, ActionState::Overtaken { .. }));
        prop_assert!(!is_free || after.is_reached());
        prop_assert!(!after.is_reached() || (after.commits.is_empty() && after.frees.is_empty()));
    }

    #[test]
    fn the_order_of_the_campaigns_does_not_matter(
        plan in plans(),
        (states, shuffled) in states().prop_flat_map(|states| (Just(states.clone()), Just(states).prop_shuffle())),
    ) {
        let read = |states: &[(CampaignId, CampaignState)]| {
            let entry = |(id, state): &(CampaignId, CampaignState)| format!("\"{id}\":{}", serde_json::to_string(state).unwrap());
            let campaigns: Vec<String> = states.iter().map(entry).collect();
            serde_json::from_str::<KnownWorld>(&format!(r#"{{"campaigns":{{{}}},"advertised":[]}}"#, campaigns.join(","))).unwrap()
        };
        prop_assert_eq!(plan.diff(&read(&states), at(1)).unwrap(), plan.diff(&read(&shuffled), at(1)).unwrap());
    }
}
