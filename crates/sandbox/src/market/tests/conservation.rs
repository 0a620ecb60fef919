//! The books are closed to the cent, and the same seed brings the same whatever is asked when.

use campaign_pilot_core::Money;
use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::super::{DaySales, ProductDay, Truth};
use super::scene::{Scene, changed};
use crate::world::{PlatformKind, World};

/// The shipped worlds but the large one, and one in which everything happens at once.
fn worlds() -> Vec<World> {
    let shipped = World::names().filter(|name| *name != "large").map(|name| {
        let mut world = World::named(name).unwrap();
        // A long past takes time and changes nothing here.
        world.store.history_days = world.store.products.map(|_| 5);
        world
    });
    let everything = World::from_toml(
        "
        name = 'everything'
        [store]
        products = 20
        orders_per_day = 40.0
        history_days = 5
        stock = [3, 20]
        return_rate = [0.1, 0.5]
        return_after_days = [1, 5]
        bulk_share = 0.05
        bulk_units = [5, 20]
        price_changes = [{ day = 6, share = 0.5, factor = 1.37 }]
        [partners]
        bogus_share = 0.5
        bogus_clicks = 2.0
        bogus_orders = 0.05
        bogus_reversed_after_days = [2, 26]
        [response]
        cannibalisation = [0.3, 0.9]
        other_product = 0.4
        ",
    );
    shipped.chain([everything.unwrap()]).collect()
}

/// Eight ads for twelve days, and twelve days more.
fn ran(world: &World, seed: u64) -> Scene {
    let mut scene = Scene::open(world, seed);
    for place in 0..8 {
        scene.launch(place, 12, 300);
    }
    scene.advance(24);
    scene
}

fn figures(sales: DaySales) -> (i64, Decimal, Decimal) {
    (sales.units, sales.revenue.amount, sales.gross_profit.amount)
}

fn add(sum: &mut (i64, Decimal, Decimal), more: (i64, Decimal, Decimal)) {
    sum.0 += more.0;
    sum.1 += more.1;
    sum.2 += more.2;
}

fn sum(days: &[ProductDay], of: impl Fn(&ProductDay) -> DaySales) -> (i64, Decimal, Decimal) {
    days.iter().fold((0, Decimal::ZERO, Decimal::ZERO), |mut sum, day| {
        add(&mut sum, figures(of(day)));
        sum
    })
}

#[test]
fn every_day_of_every_product_adds_up() {
    for world in worlds() {
        let (name, scene) = (&world.name, ran(&world, 21));
        let (days, truth) = (scene.by_day(), scene.truth());
        assert!(days.iter().any(|day| !day.ads.is_empty()), "{name}: no ad did anything (seed 21)");
        for day in &days {
            let mut expected = figures(day.unadvertised);
            add(&mut expected, figures(day.displaced));
            for ad in &day.ads {
                add(&mut expected, figures(ad.caused));
                let contribution = ad.caused.gross_profit.amount - ad.commission.amount - ad.click_cost.amount;
                assert_eq!(ad.contribution.amount, contribution, "{name}: {ad:?} (seed 21)");
            }
            assert_eq!(expected, figures(day.advertised), "{name}: {day:?} (seed 21)");
        }
        totals(name, &days, &truth);
        each_ad(name, &days, &truth);
    }
}

fn totals(name: &str, days: &[ProductDay], truth: &Truth) {
    for (market, of) in [
        (&truth.advertised, (|day| day.advertised) as fn(&ProductDay) -> DaySales),
        (&truth.unadvertised, |day| day.unadvertised),
    ] {
        let totals = (market.units, market.revenue.amount, market.gross_profit.amount);
        assert_eq!(sum(days, of), totals, "{name} (seed 21)");
    }
    let ads = || days.iter().flat_map(|day| &day.ads);
    let cost: Decimal = ads().map(|ad| ad.commission.amount + ad.click_cost.amount).sum();
    assert_eq!(cost, truth.advertising_cost.amount, "{name} (seed 21)");
    let contribution: Decimal = ads().map(|ad| ad.contribution.amount).sum();
    let displaced = sum(days, |day| day.displaced).2;
    assert_eq!(contribution + displaced, truth.incremental_profit.amount, "{name} (seed 21)");
}

fn each_ad(name: &str, days: &[ProductDay], truth: &Truth) {
    for ad in &truth.ads {
        let parts = || days.iter().flat_map(|day| &day.ads).filter(|part| part.ad == ad.ad);
        let units: (i64, i64) = parts().fold((0, 0), |sum, part| (sum.0 + part.credited.units, sum.1 + part.caused.units));
        let money = |of: fn(&super::super::AdDay) -> Money| parts().map(|part| of(part).amount).sum::<Decimal>();
        assert_eq!(units, (ad.units, ad.incremental_units), "{name}: ad {} (seed 21)", ad.ad);
        assert_eq!(money(|part| part.credited.revenue), ad.revenue.amount, "{name}: ad {} (seed 21)", ad.ad);
        assert_eq!(money(|part| part.caused.revenue), ad.incremental_revenue.amount, "{name}: ad {} (seed 21)", ad.ad);
        let profit = money(|part| part.caused.gross_profit);
        assert_eq!(profit, ad.incremental_gross_profit.amount, "{name}: ad {} (seed 21)", ad.ad);
        assert_eq!(money(|part| part.commission) + money(|part| part.click_cost), ad.cost.amount, "{name}: ad {}", ad.ad);
        assert_eq!(parts().map(|part| part.clicks).sum::<u64>(), ad.clicks, "{name}: ad {} (seed 21)", ad.ad);
    }
}

/// Worlds with a platform or partners of another kind, smaller than they are shipped.
fn kinds() -> Vec<World> {
    let smaller = |name: &str| {
        let mut world = World::named(name).unwrap();
        world.store.products = Some(20);
        world.store.history_days = Some(5);
        world
    };
    vec![smaller("paid"), smaller("fraud"), smaller("brand-loyal"), smaller("scarce-stock")]
}

#[test]
fn a_fork_has_the_same_future() {
    for world in kinds() {
        let mut scene = Scene::open(&world, 5);
        for place in 0..4 {
            scene.launch(place, 10, 200);
        }
        scene.advance(4);
        let twin = scene.market.fork();
        scene.advance(9);
        assert_ne!(scene.truth(), twin.truth(), "{}: the twin went along (seed 5)", world.name);
        twin.advance(super::scene::days(9)).unwrap();
        assert_eq!(scene.truth(), twin.truth(), "{} (seed 5)", world.name);
        assert_eq!(scene.by_day(), twin.truth_by_day(), "{} (seed 5)", world.name);
    }
}

#[test]
fn time_can_be_cut_anyhow() {
    for world in kinds() {
        let whole = ran(&world, 6);
        let mut cut = Scene::open(&world, 6);
        for place in 0..8 {
            cut.launch(place, 12, 300);
        }
        for minutes in [1, 59, 61, 600, 719].into_iter().cycle().take(100) {
            cut.market.advance(SignedDuration::from_mins(minutes)).unwrap();
        }
        cut.market.advance_to(whole.market.clock().now()).unwrap();
        assert_eq!(cut.truth(), whole.truth(), "{} (seed 6)", world.name);
        assert_eq!(cut.by_day(), whole.by_day(), "{} (seed 6)", world.name);
    }
}

#[test]
fn the_order_of_requests_does_not_matter() {
    for world in kinds() {
        // Where shelves are empty, sales of one second would meet in another order.
        let world = changed(&world, &[("store.stock", serde_json::json!([9_000, 9_001]))]);
        let run = |places: [usize; 5]| {
            let mut scene = Scene::open(&world, 7);
            for place in places {
                scene.launch(place, 12, 240);
            }
            scene.advance(20);
            let mut truth = scene.truth();
            truth.ads.sort_by_key(|ad| ad.product);
            truth.ads.iter_mut().for_each(|ad| ad.ad = 0);
            truth
        };
        let kind = if world.platform.kind == PlatformKind::Paid { "paid" } else { "affiliate" };
        assert_eq!(run([0, 1, 2, 3, 4]), run([3, 0, 4, 2, 1]), "{}, {kind} (seed 7)", world.name);
    }
}
