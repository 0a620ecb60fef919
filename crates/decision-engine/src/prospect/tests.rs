use campaign_pilot_core::{Billing, Currency};
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::ResponsePolicy;
use crate::testing::{ad_record, euros, product};

fn weighed(product: &Product, own: Option<&AdRecord>, units_per_day: Decimal) -> Prospect {
    let response = Response::learn(&[], Currency::EUR, Billing::Commissions, &ResponsePolicy::default());
    let facts = ProspectFacts { product, own, units_per_day, caused: dec!(0.75), price_of_budget: dec!(0) };
    prospect(&facts, &response, &ContributionPolicy::default()).unwrap()
}

#[test]
fn before_anything_ran_it_is_the_formula_on_what_is_assumed() {
    // 5 clicks a day, 2 % of them orders of 59.99, a margin of 40 % of which 75 % are caused, 10 % commission.
    let found = weighed(&product(1), None, dec!(0));
    assert_eq!(found.gain_per_day, euros(dec!(1.1998)), "5 x 0.02 x 59.99 x (0.4 x 0.75 - 0.1)");
    assert_eq!((found.cost_per_day, found.revenue_per_day), (euros(dec!(0.5999)), euros(dec!(5.999))));
    assert_eq!((found.earns, found.tried, found.days_to_know), (dec!(1), false, None), "commissions are only paid on sales");
    assert_eq!(found.to_string(), "1.20 EUR a day expected (0.06 to 3.59), 100 % likely to earn");
}

#[test]
fn beside_a_similar_ad_a_tenth_of_what_is_caused_is_lost() {
    let alone = weighed(&product(1), None, dec!(0));
    let beside = alone.beside_similar(&SimilarPolicy::default());
    assert_eq!((alone.caused, beside.caused), (dec!(0.75), dec!(0.675)));
    assert_eq!(beside.gain_per_day, euros(dec!(1.0198)), "5 x 0.02 x 59.99 x (0.4 x 0.675 - 0.1)");
    assert_eq!((beside.cost_per_day, beside.revenue_per_day), (alone.cost_per_day, alone.revenue_per_day));
    assert_eq!(alone.beside_similar(&SimilarPolicy { taken_percent: dec!(0), ..SimilarPolicy::default() }), alone);
    assert_eq!(SimilarPolicy::default().prices(dec!(50)), [dec!(40), dec!(60)]);
}

#[test]
fn a_margin_that_the_commission_eats_never_earns() {
    let thin = Product { unit_cost: Some(euros(dec!(54))), ..product(1) };
    let found = weighed(&thin, None, dec!(0));
    assert_eq!(found.margin.source, MarginSource::Store);
    assert!(found.gain_per_day.amount < dec!(0) && found.earns.is_zero() && found.earns_with_stock.is_zero());
    assert_eq!(found.margin.to_string(), "a margin of 10 %");
}

#[test]
fn where_budget_is_short_an_ad_has_to_bring_what_it_brings_elsewhere() {
    let at = |price_of_budget| {
        let response = Response::learn(&[], Currency::EUR, Billing::Clicks, &ResponsePolicy::default());
        let product = product(1);
        let facts = ProspectFacts { product: &product, own: None, units_per_day: dec!(0), caused: dec!(0.75), price_of_budget };
        prospect(&facts, &response, &ContributionPolicy::default()).unwrap()
    };
    // 2 % of the clicks bring 59.99 x 0.4 x 0.75 each, for 0.40: minus 0.04 a click.
    let enough = at(dec!(0));
    assert!(enough.budget_price.is_none() && !enough.is_worth_its_budget() && enough.likely_worth() == enough.earns);
    let short = at(dec!(1));
    assert_eq!((short.earns, short.gain_per_day), (enough.earns, enough.gain_per_day));
    let price = short.budget_price.unwrap();
    assert_eq!(price.per_unit, dec!(1));
    assert!(price.pays > dec!(0) && price.pays < enough.earns, "twice the price of a click: {price:?}");
    assert_eq!(short.likely_worth(), price.pays);
    let dearer = Prospect { gain_per_day: euros(dec!(2)), cost_per_day: euros(dec!(2.01)), ..short };
    assert!(dearer.is_gain() && !dearer.is_worth_its_budget(), "it brings less than 1 for 1");
}

#[test]
fn margins_come_from_the_store_then_the_category_then_the_shop() {
    let mut policy = MarginPolicy::default();
    let price = euros(dec!(59.99));
    let of = |policy: &MarginPolicy, product: &Product| policy.of(product, price);
    assert_eq!(of(&policy, &product(1)).to_string(), "a margin of 40 % (assumed)");
    policy.shop = Some(dec!(30));
    assert_eq!(of(&policy, &product(1)).to_string(), "a margin of 30 % (of the whole shop)");
    policy.categories = [("ELECTRONICS".to_owned(), dec!(12))].into();
    assert_eq!(of(&policy, &product(1)).to_string(), "a margin of 12 % (by category)");
    let kept = Product { unit_cost: Some(euros(dec!(29.995))), ..product(1) };
    assert_eq!(of(&policy, &kept), ProductMargin { percent: dec!(50), source: MarginSource::Store });
    let dollars = Product { unit_cost: Some(Money::new(dec!(10), Currency::USD)), ..product(1) };
    assert_eq!(of(&policy, &dollars).source, MarginSource::Category, "nothing is converted");
}

#[test]
fn stock_that_buyers_without_an_ad_need_is_not_sold_twice() {
    let with = |quantity, units| weighed(&Product { stock: Stock::Managed { quantity }, ..product(1) }, None, units);
    let plenty = with(dec!(100), dec!(1));
    assert_eq!(plenty.caused, dec!(0.75));
    // Seven days need seven units, and the ad would sell 0.7: half of these are there.
    let short = with(dec!(7.35), dec!(1));
    assert_eq!(short.caused, dec!(0.375));
    assert_eq!((with(dec!(7), dec!(1)).earns, with(dec!(7), dec!(1)).earns_with_stock), (dec!(0), dec!(1)));
    let uncounted = weighed(&Product { stock: Stock::Unmanaged { in_stock: true }, ..product(1) }, None, dec!(9));
    assert_eq!(uncounted.caused, dec!(0.75));
}

#[test]
fn a_product_without_a_price_has_no_prospect() {
    let response = Response::learn(&[], Currency::EUR, Billing::Commissions, &ResponsePolicy::default());
    for price in [None, Some(euros(dec!(0)))] {
        let product = Product { price, ..product(1) };
        let facts =
            ProspectFacts { product: &product, own: None, units_per_day: dec!(1), caused: dec!(1), price_of_budget: dec!(0) };
        assert_eq!(prospect(&facts, &response, &ContributionPolicy::default()), None);
    }
}

proptest! {
    #[test]
    fn the_interval_holds_the_mean_and_more_caused_is_never_worse(
        clicks in 0u64..5_000, actions in 0u64..200, cost in 0i64..100_000, caused in 0u32..=100, more in 0u32..=100
    ) {
        let product = product(1);
        let own = ad_record(1, dec!(59.99), (clicks, actions, Decimal::new(cost, 2)));
        let response = Response::learn(std::slice::from_ref(&own), Currency::EUR, Billing::Clicks, &ResponsePolicy::default());
        let with = |percent: u32| {
            let caused = Decimal::new(i64::from(percent.min(100)), 2);
            let facts = ProspectFacts { product: &product, own: Some(&own), units_per_day: dec!(0), caused, price_of_budget: dec!(0) };
            prospect(&facts, &response, &ContributionPolicy::default()).unwrap()
        };
        let (less, better) = (with(caused), with(caused + more));
        prop_assert!(less.low_per_day.amount <= less.high_per_day.amount);
        prop_assert!(less.gain_per_day.amount <= less.high_per_day.amount + dec!(0.0001));
        prop_assert!(better.gain_per_day.amount >= less.gain_per_day.amount && better.earns >= less.earns);
        prop_assert!(less.earns >= dec!(0) && less.earns <= dec!(1) && less.earns <= less.earns_with_stock);
    }
}
