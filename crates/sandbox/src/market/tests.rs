//! The market as a whole, through the world that drives it.

mod conservation;
mod parameters;
mod scene;

use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;

use super::*;
use crate::impact::{ActionState, WriteRequest};
use crate::simulation::Simulation;

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn send(world: &Simulation, (method, path): (&str, &str), more: &[(&str, &str)]) -> u64 {
    let always = [("Name", "Ad"), ("CampaignId", "1000"), ("AdType", "TEXT_LINK"), ("Language", "ENGLISH"), ("LinkText", "Look")];
    let fields = always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = world.write(&WriteRequest::new(method, path, fields));
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.with(|state| state.platform.ads().last().unwrap().id)
}

fn advertise(world: &Simulation, path: &str) -> u64 {
    send(world, ("POST", "/Ads"), &[("LandingPage", &format!("https://shop.example{path}"))])
}

/// The paths of the goods, those that sell best first.
fn best_sellers(world: &Simulation) -> Vec<String> {
    world.with(|state| {
        let market = &state.market;
        let mut goods: Vec<usize> = (0..market.goods.len()).collect();
        goods.sort_by(|a, b| market.demand.lines_per_day(*b).total_cmp(&market.demand.lines_per_day(*a)));
        goods.into_iter().map(|good| market.goods[good].path.clone()).collect()
    })
}

fn month(seed: u64, ads: usize) -> (Arc<Simulation>, Truth) {
    let world = Simulation::for_tests(seed);
    for path in best_sellers(&world).iter().take(ads) {
        advertise(&world, path);
    }
    world.advance(hours(30 * 24));
    let truth = world.truth();
    (world, truth)
}

#[test]
fn the_same_seed_brings_the_same_truth_however_time_is_cut() {
    let (_, whole) = month(4, 6);
    let world = Simulation::for_tests(4);
    for path in best_sellers(&world).iter().take(6) {
        advertise(&world, path);
    }
    for minutes in [1, 59, 61, 600, 719].into_iter().cycle().take(150) {
        world.advance(SignedDuration::from_mins(minutes));
    }
    world.advance_to(whole.until).unwrap();
    assert_eq!(world.truth(), whole);
    assert_ne!(month(5, 6).1, whole);
}

#[test]
fn the_twin_meets_the_same_shoppers_whatever_is_advertised() {
    let (_, quiet) = month(2, 0);
    let (_, loud) = month(2, 12);
    assert_eq!(quiet.unadvertised, loud.unadvertised);
    assert_eq!(quiet.advertised, quiet.unadvertised);
    assert!(quiet.ads.is_empty() && quiet.incremental_profit.amount.is_zero());
    assert!(loud.advertised.units > loud.unadvertised.units);
}

#[test]
fn the_order_in_which_ads_are_created_does_not_matter() {
    let pages = |world: &Simulation| best_sellers(world).into_iter().take(4).collect::<Vec<_>>();
    let run = |is_reversed: bool| {
        let world = Simulation::for_tests(9);
        let mut pages = pages(&world);
        if is_reversed {
            pages.reverse();
        }
        pages.iter().for_each(|page| {
            advertise(&world, page);
        });
        world.advance(hours(10 * 24));
        let mut truth = world.truth();
        truth.ads.sort_by_key(|ad| ad.product);
        truth.ads.iter_mut().for_each(|ad| ad.ad = 0);
        truth
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn demand_goes_on_as_it_was_recorded() {
    let recorded = crate::opening::recorded().unwrap();
    let since = recorded.ends_at - hours(14 * 24);
    let units: f64 = recorded
        .orders
        .iter()
        .filter(|order| order["date_created_gmt"].as_str().unwrap() > since.to_string().trim_end_matches('Z'))
        .filter(|order| !["failed", "cancelled", "checkout-draft"].contains(&order["status"].as_str().unwrap()))
        .flat_map(|order| order["line_items"].as_array().unwrap())
        .map(|line| line["quantity"].as_f64().unwrap())
        .sum();
    let seeds = 6;
    let simulated = (0..seeds).map(|seed| {
        let world = Simulation::for_tests(seed);
        world.advance(hours(14 * 24));
        let totals = world.truth().unadvertised;
        totals.units as f64 + totals.units_out_of_stock as f64
    });
    let mean = simulated.sum::<f64>() / f64::from(u32::try_from(seeds).unwrap());
    // The recorded growth goes on for a while, and some lines come back within the fortnight.
    assert!((0.85..1.2).contains(&(mean / units)), "{mean} units in a fortnight after {units}");
}

#[test]
fn effects_are_visible_but_not_absurd() {
    let (mut lifts, mut duds, mut profit, mut units) = (Vec::new(), 0, 0.0, 0);
    for seed in 1..=3 {
        let (world, truth) = month(seed, 12);
        profit += truth.incremental_profit.amount.to_f64().unwrap();
        units += truth.advertised.units - truth.unadvertised.units;
        for ad in &truth.ads {
            let (good, fit) = world.with(|state| {
                let good = state.market.goods.iter().position(|good| good.product == ad.product).unwrap();
                (good, state.market.goods[good].traits.ad_fit)
            });
            let base = 30.0 * world.with(|state| state.market.demand.lines_per_day(good)) * 1.3;
            if fit > 0.5 {
                lifts.push(ad.incremental_units as f64 / base);
            } else {
                duds += 1;
                assert!(ad.incremental_units as f64 / base < 0.4, "a product that does not work sold {}", ad.incremental_units);
            }
        }
    }
    let mean = lifts.iter().sum::<f64>() / lifts.len() as f64;
    assert!((0.3..1.1).contains(&mean), "mean lift {mean}");
    assert!(lifts.iter().all(|lift| (-0.4..4.0).contains(lift)), "{lifts:?}");
    assert!(duds > 1 && units > 100 && profit > 0.0, "{duds} duds, {units} units, {profit} profit");
}

#[test]
fn the_books_agree_with_the_store_and_the_platform() {
    let (world, truth) = month(3, 10);
    world.with(|state| {
        let clicks: u64 = truth.ads.iter().map(|ad| ad.clicks).sum();
        let orders: u64 = truth.ads.iter().map(|ad| ad.orders).sum();
        let day = hours(24);
        let counted = state.platform.ads().map(|ad| state.platform.clicks(ad.id, truth.from - day, truth.until + day).clicks);
        assert_eq!(counted.sum::<u64>(), clicks);
        assert_eq!(state.platform.actions().count() as u64, orders);
        assert!(state.platform.actions().all(|action| action.reported.created_at <= truth.until));

        let standing = state.platform.actions().filter(|action| action.state(truth.until) != ActionState::Reversed);
        let commission: Decimal = standing.map(|action| action.reported.client_cost).sum();
        assert!(commission < truth.advertising_cost.amount, "click costs are missing");
        let reversed = state.platform.actions().filter(|action| action.reversed_at.is_some()).count();
        assert!(reversed > 0, "nothing came back");

        let (store_orders, store_revenue) = state.shop.store.as_ref().unwrap().sold_since(truth.from);
        assert_eq!(store_orders, truth.advertised.orders);
        assert_eq!(store_revenue, truth.advertised.revenue.amount);
    });
}

#[test]
fn an_ended_ad_fades_and_a_revived_one_comes_back() {
    let world = Simulation::for_tests(6);
    let path = best_sellers(&world)[3].clone();
    let ad = advertise(&world, &path);
    let page = format!("https://shop.example{path}");
    let clicks = |from: Timestamp| world.with(|state| state.platform.clicks(ad, from, state.now).clicks);
    let now = || world.clock().now();

    world.advance(hours(8 * 24));
    let running = clicks(now() - hours(96));
    send(&world, ("PUT", &format!("/Ads/{ad}")), &[("LandingPage", &page), ("LimitedTimeEndDate", &now().to_string())]);
    let ended = now();
    world.advance(hours(48));
    assert!(clicks(ended) > 0, "posted links stopped at once");
    world.advance(hours(14 * 24));
    let later = now();
    world.advance(hours(96));
    assert_eq!(clicks(later), 0);
    let again = (now() + hours(240)).to_string();
    send(&world, ("PUT", &format!("/Ads/{ad}")), &[("LandingPage", &page), ("LimitedTimeEndDate", &again)]);
    let revived = now();
    world.advance(hours(96));
    assert!(clicks(revived) > running / 3, "{} after {running}", clicks(revived));
}

#[test]
fn an_ad_for_no_product_brings_nothing() {
    let world = Simulation::for_tests(6);
    advertise(&world, "/product/unheard-of/");
    world.advance(hours(10 * 24));
    assert!(world.truth().ads.is_empty());
}
