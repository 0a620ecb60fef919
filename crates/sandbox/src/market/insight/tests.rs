//! What is expected against what is drawn, over many seeds.

use campaign_pilot_core::{AdCopy, Applied, CampaignId, CampaignSpec, Money, OperationId, OperationTag, Period, ProductId};
use jiff::SignedDuration;

use super::Expected;
use crate::in_process::InProcess;
use crate::simulation::Simulation;
use crate::world::World;

/// The mean over seeds of what ads for the products that sell best did, and of what was expected of them. Each ad is replaced by another one
/// for the same product after so many days.
fn compare(world: &World, ads: usize, days: i64, replaced_after: usize) -> [(f64, f64); 4] {
    let mut sums = [(0.0, 0.0); 4];
    for seed in 1..=8 {
        let market = InProcess::over(Simulation::of(world.clone(), seed));
        let mut best: Vec<(u64, f64)> =
            market.insight(|insight| insight.products().map(|of| (of.product, of.units_per_day)).collect());
        best.sort_by(|a, b| b.1.total_cmp(&a.1));
        best.truncate(ads);
        let begins = market.clock().now();
        let begun: Vec<usize> = (0..usize::try_from(days).unwrap()).step_by(replaced_after).collect();
        for day in &begun {
            market.advance_to(begins + SignedDuration::from_hours(24 * i64::try_from(*day).unwrap())).unwrap();
            let left = usize::try_from(days).unwrap() - day;
            for (place, (product, _)) in best.iter().enumerate() {
                // Each is looked at as it would be launched next, beside those that were.
                let expected = market.insight(|insight| match (*day, begun.len()) {
                    (0, 1) => insight.launch(*product, days as f64, 60.0),
                    (0, _) => insight.outlook(*product, days as f64).unwrap().expect(0, &begun, left),
                    _ => Expected::default(),
                });
                launch(&market, *product, &format!("{place}-{day}"), left.min(replaced_after));
                for (sum, expected) in
                    sums.iter_mut().zip([expected.clicks, expected.orders, expected.cost, expected.contribution])
                {
                    sum.1 += expected;
                }
            }
        }
        market.advance_to(begins + SignedDuration::from_hours(24 * (days + 40))).unwrap();
        let truth = market.truth();
        let clicks: u64 = truth.ads.iter().map(|ad| ad.clicks).sum();
        let orders: u64 = truth.ads.iter().map(|ad| ad.orders).sum();
        let number = |money: Money| money.amount.try_into().unwrap_or(0.0);
        for (sum, drawn) in
            sums.iter_mut().zip([clicks as f64, orders as f64, number(truth.advertising_cost), number(truth.incremental_profit)])
        {
            sum.0 += drawn;
        }
    }
    sums
}

/// Lists an ad for a product for so many days.
fn launch(market: &InProcess, product: u64, name: &str, days: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let of = runtime.block_on(market.catalog().product(&ProductId::from_number(product))).unwrap().unwrap();
    let now = market.clock().now();
    let spec = CampaignSpec {
        id: CampaignId::new(format!("c-{name}")).unwrap(),
        product: of.id.clone(),
        sku: None,
        name: of.name.clone(),
        landing_page: of.permalink.clone(),
        copy: AdCopy { headline: of.name, body: String::new(), written_by: "test".to_owned() },
        budget: Money::new(100.into(), market.currency()),
        flight: Period::new(now, now + SignedDuration::from_hours(24 * i64::try_from(days).unwrap())).unwrap(),
    };
    let tag = OperationTag::of(&OperationId::new(format!("o-{name}")).unwrap());
    assert!(matches!(runtime.block_on(market.platform().create(&spec, &tag)), Applied::Done(_)));
}

fn assert_close(what: &str, sums: [(f64, f64); 4], tolerance: f64) {
    for (name, (drawn, expected)) in ["clicks", "orders", "cost", "contribution"].iter().zip(sums) {
        let ratio = drawn / expected;
        assert!((ratio - 1.0).abs() < tolerance, "{what}: {name} {drawn:.0}, expected {expected:.0} (seeds 1 to 8)");
    }
}

#[test]
fn single_ads_do_what_is_expected_of_them() {
    let world = World::default();
    let ample = World { store: crate::world::Store { stock: Some([5_000, 5_001]), ..world.store.clone() }, ..world.clone() };
    assert_close("three ads", compare(&ample, 3, 14, 14), 0.2);
    assert_close("ten ads", compare(&ample, 10, 14, 14), 0.2);
    assert_close("ten ads on recorded shelves", compare(&world, 10, 14, 14), 0.25);
}

#[test]
fn plans_that_replace_ads_do_what_is_expected_of_them() {
    let world = World::default();
    let ample = World { store: crate::world::Store { stock: Some([5_000, 5_001]), ..world.store.clone() }, ..world.clone() };
    assert_close("five ads every five days", compare(&ample, 5, 30, 5), 0.2);
    let bare = World { store: crate::world::Store { stock: Some([4, 24]), restock: [6, 24], ..world.store.clone() }, ..world };
    assert_close("five ads every ten days on bare shelves", compare(&bare, 5, 30, 10), 0.25);
}
