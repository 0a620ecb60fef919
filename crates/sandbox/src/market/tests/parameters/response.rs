//! How shoppers respond.

use super::super::scene::{Figure, Scene, plain};
use super::{Case, Down, Not, Tests, Up, case, check, value};

use Figure::{BaseUnits, Caused, Clicks, Cost, Credited, Orders, ReplacedElsewhere, ShownNew};

const OTHERS: (&str, &str) = ("response.works", "0.01");
const LOYAL: (&str, &str) = ("response.cannibalisation", "[0.8, 0.81]");

pub(super) const CASES: &[Case] = &[
    case("response.works", ["0.01", "0.99"], &[], &[(Orders, Up), (BaseUnits, Not)]),
    case(
        "response.click_conversion",
        ["0.005", "0.06"],
        &[],
        &[(Orders, Up), (Credited, Up), (Caused, Up), (Clicks, Not), (BaseUnits, Not)],
    ),
    case("response.fit", ["[0.1, 0.2]", "[2.0, 2.1]"], &[], &[(Orders, Up), (Clicks, Not), (BaseUnits, Not)]),
    case("response.fit_of_others", ["[0.0, 0.1]", "[1.0, 1.1]"], &[OTHERS], &[(Orders, Up), (Clicks, Not)]),
    case("response.clickability", ["[0.2, 0.3]", "[2.0, 2.1]"], &[], &[(Clicks, Up), (Orders, Up), (BaseUnits, Not)]),
    case("response.clickability_of_others", ["[0.2, 0.3]", "[2.0, 2.1]"], &[OTHERS], &[(Clicks, Up), (BaseUnits, Not)]),
    case(
        "response.cannibalisation",
        ["[0.0, 0.0]", "[0.8, 0.81]"],
        &[],
        &[(Caused, Down), (Credited, Not), (Orders, Not), (Clicks, Not), (Cost, Not), (BaseUnits, Not)],
    ),
    case("response.other_product", ["0.0", "0.9"], &[LOYAL], &[(ReplacedElsewhere, Up), (Clicks, Not), (BaseUnits, Not)]),
    case("response.replaced_after_days", ["0.0", "30.0"], &[LOYAL], &[(Caused, Up), (Credited, Not), (Cost, Not)]),
    case("response.replaced_within_days", ["0.2", "15.0"], &[LOYAL], &[(Caused, Down), (Credited, Not), (Cost, Not)]),
    case("response.s_exponent", ["1.0", "3.0"], &[], &[(Orders, Down), (Clicks, Not), (BaseUnits, Not)]),
    case("response.fatigue_days", ["1.0", "1000.0"], &[], &[(Clicks, Up), (BaseUnits, Not)]),
    case("response.new_customers", ["0.05", "0.9"], &[], &[(ShownNew, Up), (Orders, Not), (Clicks, Not), (BaseUnits, Not)]),
    // Where nine of ten buyers are new and none of them would have come anyway, the others cannot make up for it.
    case(
        "response.cannibalisation_of_new",
        ["0.0", "1.0"],
        &[LOYAL, ("response.new_customers", "0.9")],
        &[(Caused, Down), (Credited, Not), (Clicks, Not), (Cost, Not)],
    ),
];

pub(super) const BY_THEMSELVES: Tests = &[
    ("response.recovery_days", an_audience_recovers_while_it_sees_nothing),
    ("response.same_product_exponent", several_ads_for_one_product_share_its_audience),
];

#[test]
fn each_trait_of_shoppers_moves_what_it_should() {
    check(CASES);
}

/// Clicks that a second flight brings after a first one and a break.
fn second_flight(platform: &str, recovery_days: &str, break_days: i64) -> u64 {
    let world = plain(&[
        ("platform.kind", value(platform)),
        ("response.recovery_days", value(recovery_days)),
        ("response.fatigue_days", value("3.0")),
        ("partners.delay_hours", value("[0.1, 0.2]")),
        ("partners.tail_hours", value("[0.1, 0.2]")),
        ("partners.interest", value("[0.98, 0.99]")),
    ]);
    let mut scene = Scene::open(&world, 5);
    for place in 0..4 {
        scene.launch(place, 15, 15_000);
    }
    scene.advance(15 + break_days);
    let before: u64 = scene.truth().ads.iter().map(|ad| ad.clicks).sum();
    for place in 0..4 {
        scene.launch(place, 15, 15_000);
    }
    scene.advance(15);
    scene.truth().ads.iter().map(|ad| ad.clicks).sum::<u64>() - before
}

#[test]
fn an_audience_recovers_while_it_sees_nothing() {
    for platform in ["'affiliate'", "'paid'"] {
        let new_again = second_flight(platform, "0.0", 2);
        let worn = second_flight(platform, "200.0", 2);
        let recovering = second_flight(platform, "10.0", 2);
        let recovered = second_flight(platform, "10.0", 60);
        let told = format!("{platform}: new {new_again}, worn {worn}, recovering {recovering}, recovered {recovered} (seed 5)");
        assert!(2 * worn < new_again, "{told}");
        assert!(recovering > worn && recovered > recovering, "{told}");
    }
}

#[test]
fn several_ads_for_one_product_share_its_audience() {
    for platform in ["'affiliate'", "'paid'"] {
        let clicks = |exponent: &str, ads: usize| {
            let changes = [("response.same_product_exponent", value(exponent)), ("platform.kind", value(platform))];
            let mut scene = Scene::open(&plain(&changes), 5);
            for _ in 0..ads {
                scene.launch(2, 10, 10_000);
            }
            scene.advance(10);
            Clicks.of(&scene)
        };
        assert!((clicks("0.0", 1) - clicks("1.0", 1)).abs() < 1e-9, "{platform}: one ad has it to itself (seed 5)");
        let (one, shared, apart) = (clicks("0.0", 1), clicks("0.0", 4), clicks("1.0", 4));
        assert!(shared < 1.6 * one && apart > 2.5 * one, "{platform}: {one}, {shared}, {apart} (seed 5)");
    }
}
