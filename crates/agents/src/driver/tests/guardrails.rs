//! Limits of days and products over several cycles.

use campaign_pilot_core::{CategoryName, Stock};
use campaign_pilot_decision_engine::{HourOfDay, PolicyAmount};
use rust_decimal::Decimal;

use super::*;
use crate::testing::product;

/// A shop with seven products worth 15 euros of budget each; its sales go on.
fn bench(limit: impl FnOnce(&mut Policy)) -> Bench {
    let mut bench = Bench::with_products(7);
    for id in 1..=7 {
        bench.trade(id, start(), 12, 1, 12);
    }
    limit(&mut bench.policy);
    bench
}

fn launches(report: &CycleReport) -> usize {
    report.executed.iter().filter(|executed| executed.action == "create").count()
}

fn held_by(report: &CycleReport) -> BTreeSet<String> {
    report.plan.iter().flat_map(|plan| &plan.held).flat_map(|held| held.rules.clone()).collect()
}

#[tokio::test]
async fn a_limit_of_the_day_holds_over_all_cycles_of_the_shops_day() {
    for (zone, more_after_eleven_hours) in [("UTC", 0), ("Pacific/Honolulu", 2)] {
        let mut bench = bench(|policy| policy.guardrails.max_budget_per_day = Some(PolicyAmount::only(euros("30"))));
        bench.ports.catalog = Arc::new(bench.catalog.clone().with_time_zone(zone.parse().unwrap()));
        let first = run(&bench, CycleKind::Decide).await;
        assert_eq!((launches(&first), held_by(&first)), (2, ["day_limit".to_owned()].into()));
        bench.advance(2 * 60);
        let second = run(&bench, CycleKind::Decide).await;
        assert_eq!((launches(&second), held_by(&second)), (0, ["day_limit".to_owned()].into()));
        // It is 13:00 in UTC, and 03:00 of the next day in Honolulu, where the first cycle ran at 14:00.
        bench.advance(11 * 60);
        assert_eq!(launches(&run(&bench, CycleKind::Decide).await), more_after_eleven_hours, "{zone}");
    }
}

#[tokio::test]
async fn only_allowed_and_stocked_products_are_launched() {
    let clothing = CategoryName::new("Clothing").unwrap();
    let bench = bench(|policy| {
        policy.guardrails.min_stock = Some(Decimal::from(150));
        policy.guardrails.allowed_categories = Some([clothing.clone()].into());
    });
    let stocked = |id, quantity: i64| campaign_pilot_core::Product {
        stock: Stock::Managed { quantity: quantity.into() },
        categories: vec![clothing.clone()],
        ..product(id)
    };
    bench.catalog.put(stocked(1, 150));
    bench.catalog.put(stocked(2, 149));
    let report = run(&bench, CycleKind::Decide).await;
    assert_eq!(launches(&report), 1);
    assert_eq!(held_by(&report), ["category_allowed", "stock"].map(str::to_owned).into());
}

#[tokio::test]
async fn nothing_is_launched_in_a_blackout() {
    let at_midnight = HourOfDay::new(0).unwrap();
    let bench = bench(|policy| policy.guardrails.blackout_hours = [at_midnight].into());
    let report = run(&bench, CycleKind::Decide).await;
    assert_eq!((launches(&report), held_by(&report)), (0, ["no_blackout".to_owned()].into()));
    bench.advance(60);
    assert_eq!(launches(&run(&bench, CycleKind::Decide).await), 5);
}

#[tokio::test]
async fn a_platform_that_may_overspend_gets_smaller_budgets() {
    let factor = |factor: &str| {
        bench(|policy| {
            policy.guardrails.worst_case_delivery = factor.parse::<Decimal>().unwrap().try_into().unwrap();
            policy.guardrails.max_total_budget = PolicyAmount::only(euros("45"));
            policy.guardrails.max_budget_per_campaign = PolicyAmount::only(euros("15"));
        })
    };
    let budgets = async |bench: Bench| -> Vec<Money> {
        run(&bench, CycleKind::Decide).await;
        bench.memory.campaigns().await.unwrap().into_iter().map(|record| record.campaign.budget).collect()
    };
    assert_eq!(budgets(factor("1")).await, [euros("15"); 3]);
    assert_eq!(budgets(factor("1.5")).await, [euros("10"); 3], "each may cost 15 at worst");
}
