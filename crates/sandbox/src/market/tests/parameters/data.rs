//! What is wrong with the data: the truth never moves.

use super::super::scene::{Figure, Scene, plain};
use super::{Case, Down, Not, Tests, Up, case, check, value};

use Figure::{BaseUnits, Clicks, Cost, Orders, ShownActions, ShownClicks, ShownCost, Views};

const PAID_BY_CLICK: (&str, &str) = ("partners.paid_by_click", "0.9");
const COUNTED: (&str, &str) = ("data.views", "'counted'");
const RESTATED: (&str, &str) = ("data.restated_hours", "0.9");
const FIRST_SHOWN: (&str, &str) = ("data.first_shown", "0.2");
const LONG_AFTER: (&str, &str) = ("data.restated_after_hours", "720");

pub(super) const CASES: &[Case] = &[
    case(
        "data.click_lag_hours",
        ["0", "240"],
        &[PAID_BY_CLICK, COUNTED],
        &[(ShownClicks, Down), (ShownCost, Not), (ShownActions, Not), (Views, Not), (Clicks, Not), (Cost, Not)],
    ),
    case(
        "data.cost_lag_hours",
        ["0", "240"],
        &[PAID_BY_CLICK],
        &[(ShownCost, Down), (ShownClicks, Not), (ShownActions, Not), (Clicks, Not), (Cost, Not)],
    ),
    case("data.action_lag_hours", ["0", "240"], &[], &[(ShownActions, Down), (ShownClicks, Not), (Orders, Not), (Cost, Not)]),
    case(
        "data.missing_hours",
        ["0.0", "0.5"],
        &[PAID_BY_CLICK, COUNTED],
        &[(ShownClicks, Down), (Views, Down), (ShownCost, Not), (ShownActions, Not), (Clicks, Not), (Cost, Not)],
    ),
    case(
        "data.restated_hours",
        ["0.0", "0.9"],
        &[PAID_BY_CLICK, FIRST_SHOWN, LONG_AFTER, COUNTED],
        &[(ShownClicks, Down), (ShownCost, Down), (ShownActions, Not), (Views, Not), (Clicks, Not), (Cost, Not)],
    ),
    case(
        "data.first_shown",
        ["0.1", "0.9"],
        &[PAID_BY_CLICK, RESTATED, LONG_AFTER],
        &[(ShownClicks, Up), (ShownCost, Up), (Clicks, Not), (Cost, Not)],
    ),
    case(
        "data.restated_after_hours",
        ["1", "720"],
        &[PAID_BY_CLICK, RESTATED, FIRST_SHOWN],
        &[(ShownClicks, Down), (ShownCost, Down), (Clicks, Not), (Cost, Not)],
    ),
    case("data.bots", ["0.0", "3.0"], &[COUNTED], &[(Views, Up), (BaseUnits, Not), (Clicks, Not), (Orders, Not)]),
];

pub(super) const BY_THEMSELVES: Tests = &[("data.views", a_shop_may_count_no_views)];

#[test]
fn each_defect_shows_where_it_should_and_leaves_the_truth_alone() {
    check(CASES);
}

#[test]
fn a_shop_may_count_no_views() {
    let counted = Scene::open(&plain(&[("data.views", value("'counted'"))]), 3);
    assert!(counted.market.views().is_some());
    let missing = Scene::open(&plain(&[("data.views", value("'missing'"))]), 3);
    assert!(missing.market.views().is_none());
    for scene in [&counted, &missing] {
        scene.advance(5);
    }
    assert_eq!(counted.truth(), missing.truth(), "seed 3");
}

/// What is shown late is shown in full in the end.
#[test]
fn what_is_late_comes_in_the_end() {
    let late = Scene::after_a_fortnight(&[
        ("data.click_lag_hours", value("30")),
        ("data.cost_lag_hours", value("50")),
        ("data.action_lag_hours", value("40")),
        ("data.restated_hours", value("0.5")),
        ("data.restated_after_hours", value("70")),
        ("partners.paid_by_click", value("0.5")),
        ("partners.tail_hours", value("[1.0, 2.0]")),
    ]);
    late.advance(30);
    assert!((ShownClicks.of(&late) - Clicks.of(&late)).abs() < 1e-9, "seed 11");
    assert!((ShownActions.of(&late) - Orders.of(&late)).abs() < 1e-9, "seed 11");
    assert!((ShownCost.of(&late) - Cost.of(&late)).abs() < 0.001, "seed 11");
}
