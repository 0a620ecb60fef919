//! The partners.

use super::super::scene::{Figure, Scene, plain};
use super::{Case, Down, Not, Tests, Up, case, check, value};

use Figure::{
    BaseUnits, Caused, ClickCost, Clicks, Commission, Cost, Credited, LargestPartner, Orders, Partners, ShownReversed,
    TasteSpread, Views,
};

const PAID_BY_CLICK: (&str, &str) = ("partners.paid_by_click", "0.9");
const COUNTED: (&str, &str) = ("data.views", "'counted'");
const CHEATS: (&str, &str) = ("partners.bogus_share", "0.6");
const BOGUS_CLICKS: (&str, &str) = ("partners.bogus_clicks", "4.0");

pub(super) const CASES: &[Case] = &[
    case("partners.count", ["3", "30"], &[("partners.capacity", "0.5")], &[(Partners, Up), (Clicks, Up), (BaseUnits, Not)]),
    case("partners.size_spread", ["0.0", "2.0"], &[], &[(LargestPartner, Up), (BaseUnits, Not)]),
    case("partners.reach", ["1.0", "6.0"], &[], &[(Clicks, Up), (Orders, Up), (BaseUnits, Not)]),
    case(
        "partners.commission",
        ["[0.05, 0.06]", "[0.2, 0.21]"],
        &[],
        &[(Commission, Up), (Cost, Up), (Credited, Not), (Caused, Not), (Clicks, Not), (ClickCost, Not)],
    ),
    case(
        "partners.platform_fee",
        ["0.0", "0.5"],
        &[],
        &[(Commission, Up), (Cost, Up), (ClickCost, Not), (Credited, Not), (Clicks, Not)],
    ),
    case(
        "partners.paid_by_click",
        ["0.0", "0.9"],
        &[],
        &[(ClickCost, Up), (Cost, Up), (Commission, Not), (Clicks, Not), (Credited, Not)],
    ),
    case(
        "partners.click_price",
        ["[0.01, 0.02]", "[1.0, 1.1]"],
        &[PAID_BY_CLICK],
        &[(ClickCost, Up), (Commission, Not), (Clicks, Not), (Credited, Not)],
    ),
    case("partners.capacity", ["0.2", "100.0"], &[], &[(Clicks, Up), (BaseUnits, Not)]),
    case("partners.interest", ["[0.1, 0.15]", "[0.9, 0.95]"], &[], &[(Clicks, Up), (BaseUnits, Not)]),
    case("partners.delay_hours", ["[1.0, 2.0]", "[200.0, 210.0]"], &[], &[(Clicks, Down), (BaseUnits, Not)]),
    case("partners.tail_hours", ["[0.2, 0.3]", "[200.0, 210.0]"], &[], &[(Clicks, Up), (BaseUnits, Not)]),
    case("partners.quality", ["[0.2, 0.3]", "[2.0, 2.1]"], &[], &[(Orders, Up), (Clicks, Not), (BaseUnits, Not)]),
    case("partners.taste", ["0.0", "1.0"], &[], &[(TasteSpread, Up), (BaseUnits, Not)]),
    case(
        "partners.bogus_share",
        ["0.0", "0.6"],
        &[BOGUS_CLICKS, PAID_BY_CLICK, COUNTED],
        &[(Clicks, Up), (Views, Up), (ClickCost, Up), (Orders, Not), (Caused, Not), (Commission, Not), (BaseUnits, Not)],
    ),
    case(
        "partners.bogus_clicks",
        ["0.0", "4.0"],
        &[CHEATS, PAID_BY_CLICK, COUNTED],
        &[(Clicks, Up), (Views, Up), (ClickCost, Up), (Orders, Not), (Caused, Not), (Commission, Not), (BaseUnits, Not)],
    ),
    case(
        "partners.bogus_orders",
        ["0.0", "0.2"],
        &[CHEATS, BOGUS_CLICKS, ("partners.bogus_reversed_after_days", "[1, 3]")],
        &[(Orders, Up), (ShownReversed, Up), (Clicks, Not), (BaseUnits, Not)],
    ),
    // What is taken back after three weeks has locked: the commission stays due.
    case(
        "partners.bogus_reversed_after_days",
        ["[1, 2]", "[60, 70]"],
        &[CHEATS, BOGUS_CLICKS, ("partners.bogus_orders", "0.2")],
        &[(ShownReversed, Down), (Commission, Up), (Orders, Not), (Clicks, Not), (BaseUnits, Not)],
    ),
];

pub(super) const BY_THEMSELVES: Tests = &[
    ("partners.moves.day", partners_leave_and_join_on_their_day),
    ("partners.moves.leave", partners_leave_and_join_on_their_day),
    ("partners.moves.join", partners_leave_and_join_on_their_day),
];

#[test]
fn each_trait_of_partners_moves_what_it_should() {
    check(CASES);
}

/// Clicks of each of three fortnights.
fn fortnights(moves: &str) -> [u64; 3] {
    let mut scene = Scene::open(&plain(&[("partners.moves", value(moves))]), 8);
    for place in 0..6 {
        scene.launch(place, 42, 4_200);
    }
    let mut before = 0;
    [(); 3].map(|()| {
        scene.advance(14);
        let clicks: u64 = scene.truth().ads.iter().map(|ad| ad.clicks).sum();
        clicks - std::mem::replace(&mut before, clicks)
    })
}

#[test]
fn partners_leave_and_join_on_their_day() {
    let still = fortnights("[]");
    let leaving = fortnights("[{ day = 14, leave = 12 }]");
    assert_eq!((leaving[0], leaving[1], leaving[2]), (still[0], 0, 0), "twelve leave (seed 8)");
    let some = fortnights("[{ day = 14, leave = 6 }]");
    assert!(some[0] == still[0] && some[1] > 0 && some[1] < still[1], "six leave: {some:?} of {still:?} (seed 8)");
    // Those who join are not there before.
    let joining = fortnights("[{ day = 28, join = 12 }]");
    assert!(joining[0] == 0 && joining[1] == 0 && joining[2] > 0, "twelve join: {joining:?} (seed 8)");
}

/// A fake order is taken back, and its commission with it, until the action locks.
#[test]
fn a_late_reversal_leaves_the_commission_due() {
    let commission = |back: &str| {
        let scene = Scene::after_a_fortnight(&[
            ("partners.bogus_share", value("0.6")),
            ("partners.bogus_clicks", value("4.0")),
            ("partners.bogus_orders", value("0.2")),
            ("partners.bogus_reversed_after_days", value(back)),
        ]);
        scene.advance(40);
        (Figure::Commission.of(&scene), Credited.of(&scene))
    };
    let (early, late) = (commission("[10, 20]"), commission("[22, 30]"));
    assert!(late.0 > 1.2 * early.0, "commissions of {} and {} (seed 11)", early.0, late.0);
    assert!((late.1 - early.1).abs() < 1e-9, "all came back in both: {early:?}, {late:?} (seed 11)");
}
