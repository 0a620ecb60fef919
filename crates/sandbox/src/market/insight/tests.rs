//! What is expected against what is drawn, over many seeds.

use jiff::SignedDuration;

use crate::in_process::InProcess;
use crate::simulation::Simulation;
use crate::world::World;

/// The mean over seeds of what ads for the products that sell best did, and of what was expected of them.
fn compare(world: &World, ads: usize, days: i64) -> [(f64, f64); 4] {
    use campaign_pilot_core::OperationTag;

    let mut sums = [(0.0, 0.0); 4];
    for seed in 1..=8 {
        let market = InProcess::over(Simulation::of(world.clone(), seed));
        let mut best: Vec<(u64, f64)> =
            market.insight(|insight| insight.products().map(|of| (of.product, of.units_per_day)).collect());
        best.sort_by(|a, b| b.1.total_cmp(&a.1));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let platform = market.platform();
        let now = market.clock().now();
        let flight = campaign_pilot_core::Period::new(now, now + SignedDuration::from_hours(24 * days)).unwrap();
        for (place, (product, _)) in best.iter().take(ads).enumerate() {
            // Each is looked at as it would be launched next, beside those that were.
            let expected = market.insight(|insight| insight.launch(*product, days as f64, 60.0));
            let of = runtime
                .block_on(market.catalog().product(&campaign_pilot_core::ProductId::from_number(*product)))
                .unwrap()
                .unwrap();
            let spec = campaign_pilot_core::CampaignSpec {
                id: campaign_pilot_core::CampaignId::new(format!("c-{place}")).unwrap(),
                product: of.id.clone(),
                sku: None,
                name: of.name.clone(),
                landing_page: of.permalink.clone(),
                copy: campaign_pilot_core::AdCopy {
                    headline: of.name.clone(),
                    body: String::new(),
                    written_by: "test".to_owned(),
                },
                budget: campaign_pilot_core::Money::new(100.into(), market.currency()),
                flight,
            };
            let tag = OperationTag::of(&campaign_pilot_core::OperationId::new(format!("o-{place}")).unwrap());
            assert!(matches!(runtime.block_on(platform.create(&spec, &tag)), campaign_pilot_core::Applied::Done(_)));
            for (sum, expected) in sums.iter_mut().zip([expected.clicks, expected.orders, expected.cost, expected.contribution]) {
                sum.1 += expected;
            }
        }
        market.advance(SignedDuration::from_hours(24 * (days + 40))).unwrap();
        let truth = market.truth();
        let clicks: u64 = truth.ads.iter().map(|ad| ad.clicks).sum();
        let orders: u64 = truth.ads.iter().map(|ad| ad.orders).sum();
        let number = |money: campaign_pilot_core::Money| money.amount.try_into().unwrap_or(0.0);
        for (sum, drawn) in
            sums.iter_mut().zip([clicks as f64, orders as f64, number(truth.advertising_cost), number(truth.incremental_profit)])
        {
            sum.0 += drawn;
        }
    }
    sums
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
    assert_close("three ads", compare(&ample, 3, 14), 0.2);
    assert_close("ten ads", compare(&ample, 10, 14), 0.2);
    assert_close("ten ads on recorded shelves", compare(&world, 10, 14), 0.25);
}
