//! The store.

use std::collections::BTreeMap;

use campaign_pilot_core::{Period, Product, Stock};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::scene::{Figure, Scene, days, plain};
use super::{Case, Down, Not, Tests, Up, case, check, value};
use crate::faults::Faults;
use crate::impact::PlatformSettings;
use crate::simulation::Simulation;
use crate::world::World;

use Figure::{
    BaseMissed, BaseOrders, BaseProfit, BaseRevenue, BaseUnits, Clicks, Credited, DaySpread, NightUnits, Orders, PastUnits,
    ProductDaySpread, Products, Refunded,
};

const EMPTY: (&str, &str) = ("store.stock", "[3, 4]");
const SOON: (&str, &str) = ("store.restock_days", "[1, 2]");
const DEARER: (&str, &str) = ("store.price_changes", "[{ day = 1, share = 0.9, factor = 2.0 }]");
const CALM: (&str, &str) = ("store.store_shock", "0.0");

pub(super) const CASES: &[Case] = &[
    case("store.products", ["8", "24"], &[], &[(Products, Up)]),
    case("store.orders_per_day", ["10", "40"], &[], &[(BaseOrders, Up), (PastUnits, Up), (Products, Not)]),
    case("store.price", ["[10, 12]", "[40, 50]"], &[], &[(BaseRevenue, Up), (BaseUnits, Not), (Clicks, Not), (Credited, Not)]),
    case("store.history_days", ["1", "20"], &[], &[(PastUnits, Up), (BaseOrders, Not), (BaseUnits, Not), (Clicks, Not)]),
    case(
        "store.cost_share",
        ["[0.3, 0.31]", "[0.8, 0.81]"],
        &[],
        &[(BaseProfit, Down), (BaseRevenue, Not), (BaseUnits, Not), (Credited, Not), (Clicks, Not)],
    ),
    case(
        "store.return_rate",
        ["[0.0, 0.1]", "[0.5, 0.6]"],
        &[],
        &[(Refunded, Up), (BaseUnits, Down), (Credited, Down), (BaseOrders, Not), (Orders, Not), (Clicks, Not)],
    ),
    case(
        "store.return_after_days",
        ["[1, 2]", "[30, 40]"],
        &[("store.return_rate", "[0.5, 0.6]")],
        &[(Refunded, Down), (BaseUnits, Up), (BaseOrders, Not), (Orders, Not)],
    ),
    case("store.bulk_share", ["0.0", "0.3"], &[], &[(BaseUnits, Up), (Clicks, Not), (Credited, Not)]),
    case("store.bulk_units", ["[2, 3]", "[50, 60]"], &[("store.bulk_share", "0.2")], &[(BaseUnits, Up), (Clicks, Not)]),
    case("store.growth", ["-0.9", "2.0"], &[], &[(BaseUnits, Up), (Clicks, Not)]),
    case("store.growth_days", ["3.0", "300.0"], &[("store.growth", "2.0")], &[(BaseUnits, Down), (Clicks, Not)]),
    case("store.store_shock", ["0.0", "0.8"], &[], &[(DaySpread, Up), (Clicks, Not)]),
    case("store.product_shock", ["0.0", "1.0"], &[CALM], &[(ProductDaySpread, Up), (Clicks, Not)]),
    case("store.season", ["0.0", "0.9"], &[("store.season_peak_day", "340")], &[(BaseUnits, Up)]),
    case("store.season_peak_day", ["150", "340"], &[("store.season", "0.9")], &[(BaseUnits, Up)]),
    case("store.stock", ["[5, 6]", "[900, 901]"], &[("store.restock_days", "[60, 70]")], &[(BaseMissed, Down), (BaseUnits, Up)]),
    case("store.restock", ["[1, 2]", "[300, 400]"], &[EMPTY, SOON], &[(BaseMissed, Down), (BaseUnits, Up)]),
    case("store.restock_days", ["[1, 2]", "[60, 70]"], &[EMPTY], &[(BaseMissed, Up), (BaseUnits, Down)]),
    case("store.price_elasticity", ["0.0", "3.0"], &[DEARER], &[(BaseUnits, Down), (Credited, Down), (Clicks, Not)]),
    case("store.time_zone", ["'UTC'", "'Asia/Tokyo'"], &[], &[(NightUnits, Up)]),
];

pub(super) const BY_THEMSELVES: Tests = &[
    ("store.keeps_costs", a_shop_that_keeps_its_costs_shows_them),
    ("store.weekdays", weekdays_are_as_they_are_given),
    ("store.events.day", an_event_moves_its_days),
    ("store.events.days", an_event_moves_its_days),
    ("store.events.demand", an_event_moves_its_days),
    ("store.events.category", an_event_about_a_category_moves_only_that),
    ("store.events.conversion", an_event_moves_what_clicks_convert_to),
    ("store.price_changes.day", prices_change_on_their_day),
    ("store.price_changes.share", prices_change_on_their_day),
    ("store.price_changes.factor", prices_change_on_their_day),
];

#[test]
fn each_trait_of_the_store_moves_what_it_should() {
    check(CASES);
}

#[test]
fn a_shop_that_keeps_its_costs_shows_them() {
    let (kept, hidden) = (plain(&[("store.keeps_costs", value("true"))]), plain(&[]));
    let costs = Scene::open(&kept, 2).market.unit_costs().unwrap();
    assert_eq!(costs.len(), 16);
    assert!(Scene::open(&hidden, 2).market.unit_costs().is_none());

    // As the recorded product that has a cost shows it.
    let served = |world: &World| {
        let (settings, start) = (PlatformSettings::default(), "2026-11-23T00:00:00Z".parse().unwrap());
        let simulation = Simulation::open(2, start, world.clone(), &settings, Faults::none(), None, true).unwrap();
        simulation.with(|state| state.shop.store.as_ref().unwrap().product_body(1_001).unwrap())
    };
    assert!(!served(&hidden).contains_key("cost_of_goods_sold"));
    let shown = &served(&kept)["cost_of_goods_sold"];
    let cost = costs.first_key_value().unwrap().1.amount.to_f64().unwrap();
    let recorded = serde_json::json!({
        "values": [{ "defined_value": cost, "effective_value": cost }],
        "total_value": cost,
    });
    assert_eq!(*shown, recorded, "seed 2");
    assert!(cost > 0.0);
}

#[test]
fn weekdays_are_as_they_are_given() {
    let weekdays = "[0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 1.0]";
    let scene = Scene::open(&plain(&[("store.weekdays", value(weekdays)), ("store.time_zone", value("'UTC'"))]), 4);
    scene.advance(28);
    let mut units: BTreeMap<i8, i64> = BTreeMap::new();
    for day in scene.by_day() {
        *units.entry(day.day.weekday().to_monday_one_offset()).or_default() += day.unadvertised.units;
    }
    assert_eq!(units.keys().copied().collect::<Vec<_>>(), [3, 7], "{units:?} (seed 4)");
    assert!(units[&3] > 2 * units[&7], "{units:?} (seed 4)");
}

/// Units without ads by day since the opening, of one category or of all.
fn units_by_day(scene: &Scene, days: usize, category: Option<&str>) -> Vec<i64> {
    let of = |product: &Product| product.categories.iter().any(|of| category.is_none_or(|wanted| of.as_str() == wanted));
    let wanted: Vec<String> =
        scene.products().iter().filter(|product| of(product)).map(|product| product.id.to_string()).collect();
    let opens = scene.start.to_zoned(TimeZone::UTC).date();
    let mut units = vec![0; days];
    for day in scene.by_day().iter().filter(|day| wanted.contains(&day.product.to_string())) {
        let place = usize::try_from(opens.until(day.day).unwrap().get_days()).unwrap();
        if let Some(sum) = units.get_mut(place) {
            *sum += day.unadvertised.units;
        }
    }
    units
}

#[test]
fn an_event_moves_its_days() {
    let by_day = |events: &str| {
        let scene = Scene::open(&plain(&[("store.events", value(events))]), 6);
        scene.advance(9);
        units_by_day(&scene, 9, None)
    };
    let ordinary = by_day("[]");
    let sale = by_day("[{ day = 3, days = 2, demand = 5.0 }]");
    let moved: Vec<bool> = ordinary.iter().zip(&sale).map(|(ordinary, sale)| ordinary != sale).collect();
    assert_eq!(moved, [false, false, false, true, true, false, false, false, false], "{ordinary:?}, {sale:?} (seed 6)");
    assert!(sale[3] > 3 * ordinary[3] && sale[4] > 3 * ordinary[4], "{ordinary:?}, {sale:?} (seed 6)");
}

#[test]
fn an_event_about_a_category_moves_only_that() {
    let ordinary = Scene::open(&plain(&[]), 6);
    let category = ordinary.products()[0].categories[0].to_string();
    let events = format!("[{{ day = 2, days = 4, demand = 0.0, category = '{category}' }}]");
    let slump = Scene::open(&plain(&[("store.events", value(&events))]), 6);
    for scene in [&ordinary, &slump] {
        scene.advance(6);
    }
    let (before, after) = (units_by_day(&ordinary, 6, Some(&category)), units_by_day(&slump, 6, Some(&category)));
    assert_eq!(before[..2], after[..2], "seed 6");
    let sums = [&before, &after].map(|units| units[2..].iter().sum::<i64>());
    assert!(sums[0] > 10 && sums[1] == 0, "{category}: {sums:?} (seed 6)");
    let others = |scene: &Scene, own: &[i64]| units_by_day(scene, 6, None).iter().sum::<i64>() - own.iter().sum::<i64>();
    let (had, has) = (others(&ordinary, &before), others(&slump, &after));
    assert!((has - had).abs() * 10 < had, "other categories sold {has} after {had} (seed 6)");
}

#[test]
fn an_event_moves_what_clicks_convert_to() {
    let orders = |events: &str| {
        let scene = Scene::after_a_fortnight(&[("store.events", value(events))]);
        (Clicks.of(&scene), Orders.of(&scene), BaseUnits.of(&scene))
    };
    let ordinary = orders("[]");
    let better = orders("[{ day = 0, days = 21, demand = 1.0, conversion = 3.0 }]");
    assert!((better.0 - ordinary.0).abs() < 1e-9 && (better.2 - ordinary.2).abs() < 1e-9, "{ordinary:?}, {better:?} (seed 11)");
    assert!(better.1 > 2.0 * ordinary.1, "{ordinary:?}, {better:?} (seed 11)");
    // The category `Other` has no products.
    let other = orders("[{ day = 0, days = 21, demand = 1.0, conversion = 3.0, category = 'Other' }]");
    assert!((other.1 - ordinary.1).abs() < 1e-9, "{ordinary:?}, {other:?} (seed 11)");
}

#[test]
fn prices_change_on_their_day() {
    let changes = [("store.price_changes", value("[{ day = 4, share = 0.5, factor = 3.0 }]"))];
    let (scene, still) = (Scene::open(&plain(&changes), 9), Scene::open(&plain(&[]), 9));
    let prices =
        |scene: &Scene| -> Vec<Decimal> { scene.products().iter().map(|product| product.price.unwrap().amount).collect() };
    let first = prices(&scene);
    for scene in [&scene, &still] {
        scene.advance(4);
    }
    assert_eq!(prices(&scene), first, "too early (seed 9)");
    for scene in [&scene, &still] {
        scene.advance(16);
    }
    let factors: Vec<Decimal> = prices(&scene).iter().zip(&first).map(|(now, first)| now / first).collect();
    let changed = factors.iter().filter(|factor| **factor != Decimal::ONE).count();
    assert!((4..=12).contains(&changed) && factors.iter().all(|factor| [1.into(), 3.into()].contains(factor)), "{factors:?}");

    // What became dearer sells less, all else sells as before.
    let sold = |scene: &Scene| {
        let mut units: BTreeMap<String, i64> = BTreeMap::new();
        let since = Period::new(scene.start + days(5), scene.market.clock().now()).unwrap();
        scene.sales(since).into_iter().for_each(|(product, _, sold, _)| *units.entry(product).or_default() += sold);
        units
    };
    let (sold, would) = (sold(&scene), sold(&still));
    let sum = |sold: &BTreeMap<String, i64>, dearer: bool| -> i64 {
        let products = scene.products();
        let these = products.iter().zip(&factors).filter(|(_, factor)| (**factor == 3.into()) == dearer);
        these.map(|(product, _)| sold.get(&product.id.to_string()).copied().unwrap_or(0)).sum()
    };
    let of = |dearer| (sum(&would, dearer), sum(&sold, dearer));
    let ((before, after), (other_before, other_after)) = (of(true), of(false));
    assert!(after * 2 < before, "what became dearer: {after} after {before} (seed 9)");
    assert!((other_after - other_before).abs() * 4 < other_before, "the others: {other_after} after {other_before} (seed 9)");
}

#[test]
fn the_listing_shows_the_shelf_from_the_start() {
    for (name, world) in [
        ("made up", plain(&[("store.stock", value("[5, 60]")), ("store.orders_per_day", value("0.1"))])),
        ("recorded", World::from_toml("[store]\nstock = [5, 60]").unwrap()),
    ] {
        let scene = Scene::open(&world, 2);
        let listed = scene.products();
        scene.simulation.with(|state| {
            for good in state.market.goods() {
                let Some(of) = listed.iter().find(|product| product.id.to_string() == good.product.to_string()) else { continue };
                let [variant] = good.variants.as_slice() else { continue };
                let Some(there) = variant.shelf.and_then(|shelf| state.market.shelves.quantity(shelf)) else { continue };
                assert_eq!(of.stock, Stock::Managed { quantity: there.into() }, "{name}: {} (seed 2)", of.name);
            }
        });
    }
}
