//! The campaign platform.

use campaign_pilot_core::{
    Applied, BudgetControl, Effect, Money, OperationId, OperationTag, PauseControl, Period, PlatformStatus,
};
use futures_util::FutureExt;
use rust_decimal::Decimal;

use super::super::scene::{Figure, Scene, days, plain};
use super::{Case, Down, Not, Tests, Up, case, check, value};
use crate::world::World;

use Figure::{BaseUnits, Caused, Clicks, Commission, Cost, Credited, Orders, ShownPendingCost, ShownReversed};

const PAID: (&str, &str) = ("platform.kind", "'paid'");
const LOSS: (&str, &str) = ("platform.paid.learning_loss", "0.9");

pub(super) const CASES: &[Case] = &[
    case(
        "platform.locked_after_days",
        ["1", "60"],
        &[("store.return_rate", "[0.5, 0.6]"), ("store.return_after_days", "[3, 5]")],
        &[(ShownReversed, Up), (Commission, Down), (ShownPendingCost, Up), (Credited, Not), (Clicks, Not), (BaseUnits, Not)],
    ),
    case(
        "platform.paid.click_price",
        ["[0.1, 0.11]", "[1.0, 1.1]"],
        &[PAID],
        &[(Cost, Up), (Clicks, Not), (Orders, Not), (BaseUnits, Not)],
    ),
    case("platform.paid.clicks", ["5.0", "50.0"], &[PAID], &[(Clicks, Up), (Orders, Up), (Cost, Up), (BaseUnits, Not)]),
    case(
        "platform.paid.learning_days",
        ["0.0", "14.0"],
        &[PAID, LOSS],
        &[(Orders, Down), (Caused, Down), (Clicks, Not), (Cost, Not), (BaseUnits, Not)],
    ),
    case(
        "platform.paid.learning_loss",
        ["0.0", "0.9"],
        &[PAID],
        &[(Orders, Down), (Caused, Down), (Clicks, Not), (Cost, Not), (BaseUnits, Not)],
    ),
];

pub(super) const BY_THEMSELVES: Tests = &[
    ("platform.kind", the_kinds_pay_for_different_things),
    ("platform.paid.min_daily_budget", a_budget_below_the_least_is_refused),
    ("platform.paid.overdelivery", a_day_spends_at_most_so_often_its_budget),
    ("platform.paid.big_edit", a_big_edit_makes_it_learn_anew),
];

#[test]
fn each_rule_of_the_platform_moves_what_it_should() {
    check(CASES);
}

#[test]
fn the_kinds_pay_for_different_things() {
    let affiliate = Scene::after_a_fortnight(&[("partners.paid_by_click", value("0.0"))]);
    let paid = Scene::after_a_fortnight(&[("platform.kind", value("'paid'"))]);
    for (scene, pause, budget) in
        [(&affiliate, PauseControl::Unlist, BudgetControl::Ledger), (&paid, PauseControl::Native, BudgetControl::Native)]
    {
        let can = scene.market.platform().capabilities();
        assert_eq!((can.pause, can.budget), (pause, budget));
        assert!(Cost.of(scene) > 0.0 && Orders.of(scene) > 0.0, "seed 11");
    }
    assert!((Commission.of(&affiliate) - Cost.of(&affiliate)).abs() < 0.001, "seed 11");
    assert!((Figure::ClickCost.of(&paid) - Cost.of(&paid)).abs() < 0.001, "seed 11");
    assert!((BaseUnits.of(&affiliate) - BaseUnits.of(&paid)).abs() < 1e-9, "the same shoppers (seed 11)");
}

fn paid(changes: &[(&str, &str)]) -> World {
    let changes: Vec<_> = [PAID].iter().chain(changes).map(|(key, text)| (*key, value(text))).collect();
    plain(&changes)
}

#[test]
fn a_budget_below_the_least_is_refused() {
    let mut scene = Scene::open(&paid(&[("platform.paid.min_daily_budget", "5.0")]), 1);
    let platform = scene.market.platform();
    let create = |scene: &Scene, budget| {
        let tag = OperationTag::of(&OperationId::new(format!("try-{budget}")).unwrap());
        platform.create(&scene.spec(0, 10, budget), &tag).now_or_never().unwrap()
    };
    let Applied::Rejected(error) = create(&scene, 49) else { panic!("49 for ten days was taken") };
    assert!(error.to_string().contains("5.00"), "{error}");
    assert!(matches!(create(&scene, 50), Applied::Done(Effect::Live { .. })));
    let ad = scene.launch(1, 10, 60);
    let change = |budget: i64| {
        let budget = Money::new(budget.into(), scene.market.currency());
        platform.set_budget(&scene.ads[ad], budget).now_or_never().unwrap()
    };
    assert!(matches!(change(40), Applied::Rejected(_)));
    assert!(matches!(change(55), Applied::Done(Effect::BudgetSet)));
}

/// Spending of each day of a campaign whose budget is far below what there is interest for.
fn spending(overdelivery: &str, budget: i64) -> Vec<Decimal> {
    let mut scene = Scene::open(&paid(&[("platform.paid.overdelivery", overdelivery)]), 7);
    let ad = scene.launch(0, 10, budget);
    let mut charged = Decimal::ZERO;
    let id: u64 = scene.ads[ad].as_str().parse().unwrap();
    (0..14)
        .map(|_| {
            scene.advance(1);
            let now = scene.simulation.with(|state| state.paid.campaign(id).unwrap().charged);
            now - std::mem::replace(&mut charged, now)
        })
        .collect()
}

#[test]
fn a_day_spends_at_most_so_often_its_budget() {
    for (overdelivery, times) in [("1.0", Decimal::ONE), ("2.0", Decimal::TWO), ("3.5", Decimal::new(35, 1))] {
        let (budget, days) = (100, spending(overdelivery, 100));
        let daily = Decimal::new(10, 0);
        assert!(days.iter().all(|spent| *spent <= daily * times), "{overdelivery} times: {days:?} (seed 7)");
        assert!(days.iter().max().unwrap() > &(daily * times * Decimal::new(9, 1)), "{overdelivery} times: {days:?} (seed 7)");
        let total: Decimal = days.iter().sum();
        assert!(total <= budget.into() && total > Decimal::new(95, 0), "{overdelivery} times: {total} (seed 7)");
        assert!(days[10..].iter().all(Decimal::is_zero), "after the flight: {days:?} (seed 7)");
    }
}

#[test]
fn a_pause_stops_at_once_and_a_cut_budget_is_kept() {
    let mut scene = Scene::open(&paid(&[]), 7);
    let (paused, cut) = (scene.launch(0, 20, 400), scene.launch(1, 20, 400));
    scene.advance(3);
    let (platform, currency) = (scene.market.platform(), scene.market.currency());
    let stopped = platform.pause(&scene.ads[paused]).now_or_never().unwrap();
    assert!(matches!(stopped, Applied::Done(Effect::SpendStopped)), "{stopped:?}");
    let little = Money::new(200.into(), currency);
    let set = platform.set_budget(&scene.ads[cut], little).now_or_never().unwrap();
    assert!(matches!(set, Applied::Done(Effect::BudgetSet)), "{set:?}");
    let before = scene.shown();
    scene.advance(17);
    let after = scene.shown();
    assert_eq!(before[&scene.ads[paused]].cost, after[&scene.ads[paused]].cost, "seed 7");
    let cost = after[&scene.ads[cut]].cost.amount;
    assert!(cost <= 200.into() && cost > before[&scene.ads[cut]].cost.amount, "{cost} (seed 7)");
}

/// Clicks of each campaign in so many days after its end was brought forward from the twentieth day to the fifth, or left alone.
fn clicks_after_the_fifth_day(scene: &mut Scene, moved: usize, left: usize) -> (u64, u64) {
    scene.advance(3);
    let (platform, end) = (scene.market.platform(), scene.start + days(5));
    let applied = platform.set_end(&scene.ads[moved], end).now_or_never().unwrap();
    assert!(matches!(applied, Applied::Done(Effect::EndSet)), "{applied:?}");
    scene.advance(2);
    let shown = platform.details(&scene.ads[moved]).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!((shown.ends_at, shown.status), (Some(end), PlatformStatus::Ended));
    scene.advance(10);
    let clicks = |ad: usize| {
        let period = Period::new(end, end + days(10)).unwrap();
        let read = platform.performance(&scene.ads, period).now_or_never().unwrap().unwrap();
        *read.campaigns[&scene.ads[ad]].clicks.known().unwrap()
    };
    (clicks(moved), clicks(left))
}

#[test]
fn past_its_new_end_an_ad_earns_no_clicks_any_more() {
    let mut scene = Scene::open(&paid(&[]), 7);
    let (moved, left) = (scene.launch(0, 20, 400), scene.launch(1, 20, 400));
    let (after, before) = clicks_after_the_fifth_day(&mut scene, moved, left);
    assert!(after == 0 && before > 20, "{after} and {before} clicks (seed 7)");

    // Links that partners have posted keep earning; nobody takes the ad any more.
    let mut scene = Scene::open(&plain(&[]), 11);
    let (moved, left) = (scene.launch(0, 20, 9_000), scene.launch(0, 20, 9_000));
    let (after, before) = clicks_after_the_fifth_day(&mut scene, moved, left);
    assert!(2 * after < before, "{after} and {before} clicks (seed 11)");
}

#[test]
fn a_later_end_leaves_less_of_the_budget_for_each_day() {
    let mut scene = Scene::open(&paid(&[("platform.paid.min_daily_budget", "5.0")]), 1);
    let ad = scene.launch(0, 10, 60);
    let move_to = |day: i64| scene.market.platform().set_end(&scene.ads[ad], scene.start + days(day)).now_or_never().unwrap();
    assert!(matches!(move_to(12), Applied::Done(Effect::EndSet)));
    assert!(matches!(move_to(13), Applied::Rejected(_)), "60 for thirteen days");
    assert!(matches!(move_to(12), Applied::Done(Effect::AlreadySo)), "a refused end has no effect");
}

#[test]
fn a_big_edit_makes_it_learn_anew() {
    // Orders of a week in which the budget was raised by a tenth, where that is a big edit and where it is not.
    let orders = |big_edit: &str| {
        let world = paid(&[
            ("platform.paid.big_edit", big_edit),
            ("platform.paid.learning_loss", "0.9"),
            ("platform.paid.learning_days", "7.0"),
        ]);
        let mut scene = Scene::open(&world, 3);
        for place in 0..6 {
            scene.launch(place, 28, 28_000);
        }
        scene.advance(14);
        let raised = Money::new(30_800.into(), scene.market.currency());
        for ad in &scene.ads {
            let applied = scene.market.platform().set_budget(ad, raised).now_or_never().unwrap();
            assert!(matches!(applied, Applied::Done(Effect::BudgetSet)), "{applied:?}");
        }
        let before = (Orders.of(&scene), Clicks.of(&scene));
        scene.market.advance(days(7)).unwrap();
        (Orders.of(&scene) - before.0, Clicks.of(&scene) - before.1)
    };
    let (small, big) = (orders("0.2"), orders("0.05"));
    assert!((small.1 - big.1).abs() < 1e-9, "clicks {} and {} (seed 3)", small.1, big.1);
    assert!(2.0 * big.0 < small.0, "orders {} and {} (seed 3)", big.0, small.0);
}
