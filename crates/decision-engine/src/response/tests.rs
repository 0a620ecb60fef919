use campaign_pilot_core::Absence;
use proptest::prelude::*;

use super::*;
use crate::testing::{ad_record, euros};

fn record(product: u64, clicks: u64, actions: u64, cost: Decimal) -> AdRecord {
    ad_record(product, dec!(50), (clicks, actions, cost))
}

fn learned(records: &[AdRecord], billing: Billing) -> Response {
    Response::learn(records, Currency::EUR, billing, &ResponsePolicy::default())
}

fn close(a: f64, b: f64, by: f64) -> bool {
    (a - b).abs() <= by
}

#[test]
fn before_anything_ran_everything_is_as_assumed() {
    let of = learned(&[], Billing::Commissions).of(euros(dec!(50)), None);
    assert!(close(of.conversion.mean(), 0.02, 1e-9) && close(of.clicks_per_day, 5.0, 1e-9) && close(of.commission, 0.1, 1e-9));
    assert!(close(of.order_value, 50.0, 1e-9) && close(of.click_price, 0.0, 1e-9));
    let paid = learned(&[], Billing::Clicks).of(euros(dec!(50)), None);
    assert!(close(paid.click_price, 0.4, 1e-9) && close(paid.commission, 0.0, 1e-12));
}

#[test]
fn commissions_and_the_price_of_clicks_are_told_apart() {
    // 8 % of the revenue and 5 cents a click.
    let seen: Vec<_> = (1..=40)
        .map(|number| {
            let (clicks, actions) = (100 + 37 * (number % 7), 1 + number % 5);
            record(number, clicks, actions, Decimal::from(actions) * dec!(4) + Decimal::from(clicks) * dec!(0.05))
        })
        .collect();
    let of = learned(&seen, Billing::Commissions).of(euros(dec!(50)), None);
    assert!(close(of.commission, 0.08, 0.004) && close(of.click_price, 0.05, 0.004), "{of:?}");
}

#[test]
fn a_products_own_ads_outweigh_the_others_the_more_they_have_shown() {
    let mut seen: Vec<_> = (1..=20).map(|number| record(number, 500, 10, dec!(50))).collect();
    let few = record(99, 20, 4, dec!(20));
    let many = record(99, 2_000, 400, dec!(2000));
    let conversion = |own: &AdRecord| learned(&seen, Billing::Commissions).of(euros(dec!(50)), Some(own)).conversion.mean();
    assert!(conversion(&few) > 0.02 && conversion(&few) < 0.06, "{}", conversion(&few));
    assert!(conversion(&many) > 0.14 && conversion(&many) < 0.2, "{}", conversion(&many));
    seen.clear();
}

#[test]
fn the_shape_of_the_prior_is_the_spread_between_products() {
    // By hand: ten products of 1,000 clicks with 10 or 30 orders; the mean is the assumed 0.02, 20 orders were expected of each, and
    // s' = (10^2 - 20) / 20^2 = 0.2. They tell as much as n = 10 (20 / 21)^2 = 9.07 units, so s = (8 + 9.07 x 0.2) / 17.07 = 0.575.
    let units = (0..10).map(|number| (if number % 2 == 0 { 10.0 } else { 30.0 }, 1_000.0));
    let prior = GammaPrior::learn(units, 0.02, 300.0);
    assert!(close(prior.mean(), 0.02, 1e-12));
    let spread = (prior.deviation() / prior.mean()).powi(2);
    assert!(close(spread, 0.5749, 0.0001), "{spread}");
}

/// A few products whose ads sell nothing say little of the others: products differ.
#[test]
fn a_few_failures_do_not_condemn_all_products() {
    let failed = |count| (0..count).map(|_| (0.0, 300.0));
    let likely = |count| GammaPrior::learn(failed(count), 0.02, 300.0).above(0.02);
    assert!(close(likely(0), 0.37, 0.01), "{}", likely(0));
    assert!(likely(4) > 0.1 && likely(40) < 0.01, "{} {}", likely(4), likely(40));
}

/// What a sample of products with a known gamma distribution says of it.
#[test]
fn the_distribution_that_products_come_from_is_found() {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Gamma, Poisson};

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let (shape, mean) = (1.6, 0.03);
    let rates = Gamma::new(shape, mean / shape).unwrap();
    let units: Vec<(f64, f64)> = (0..400)
        .map(|number| {
            let exposure = 40.0 * (1.0 + f64::from(number % 30));
            let rate: f64 = rates.sample(&mut random);
            (Poisson::new((rate * exposure).max(1e-9)).unwrap().sample(&mut random), exposure)
        })
        .collect();
    let prior = GammaPrior::learn(units.into_iter(), 0.02, 300.0);
    let found = (prior.mean() / prior.deviation()).powi(2);
    assert!(close(prior.mean(), mean, 0.003) && close(found, shape, 0.3), "mean {}, shape {found}", prior.mean());
}

#[test]
fn sums_of_one_product_are_added_and_unknown_clicks_stay_unknown() {
    let unknown = AdRecord { clicks: Measured::Absent(Absence::ClicksNotReported), ..record(1, 0, 2, dec!(3)) };
    let sums = by_product([record(1, 10, 1, dec!(2)), record(2, 5, 0, dec!(1)), unknown]);
    let one = &sums[&ProductId::from_number(1)];
    assert_eq!((one.actions, one.cost, one.hours_on_offer), (3, euros(dec!(5)), dec!(480)));
    assert_eq!((one.clicks, sums.len()), (Measured::Absent(Absence::ClicksNotReported), 2));
}

#[test]
fn records_in_another_currency_teach_nothing() {
    let dollars = |money: Money| Money::new(money.amount, Currency::USD);
    let one = record(1, 1_000, 500, dec!(900));
    let foreign = AdRecord { price: dollars(one.price), revenue: dollars(one.revenue), cost: dollars(one.cost), ..one };
    assert_eq!(learned(&[foreign], Billing::Commissions), learned(&[], Billing::Commissions));
}

proptest! {
    #[test]
    fn nothing_is_ever_negative_or_no_number(
        rows in prop::collection::vec((0u64..100_000, 0u64..5_000, 0i64..10_000_000, 0i64..100_000), 0..30), clicks: bool
    ) {
        let seen: Vec<_> = rows
            .iter()
            .zip(1..)
            .map(|((clicks, actions, cost, hours), number)| AdRecord {
                hours_on_offer: Decimal::from(*hours),
                ..record(number, *clicks, *actions, Decimal::new(*cost, 2))
            })
            .collect();
        let response = learned(&seen, if clicks { Billing::Clicks } else { Billing::Commissions });
        for own in seen.iter().map(Some).chain([None]) {
            let of = response.of(euros(dec!(50)), own);
            let numbers = [of.conversion.mean(), of.conversion.above(0.01), of.conversion_range.0, of.clicks_per_day, of.order_value, of.commission, of.click_price];
            prop_assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0), "{:?}", of);
            let (low, high) = of.conversion.unit_range();
            prop_assert_eq!(of.conversion_range, (of.conversion.scaled(low), of.conversion.scaled(high)));
        }
    }

    #[test]
    fn the_order_of_the_products_does_not_matter(rows in prop::collection::vec((0u64..1_000, 0u64..50, 0i64..100_000), 1..20)) {
        let mut seen: Vec<_> = rows.iter().zip(1..).map(|((clicks, actions, cost), number)| record(number, *clicks, *actions, Decimal::new(*cost, 2))).collect();
        let of = |seen: &[AdRecord]| learned(seen, Billing::Commissions).of(euros(dec!(50)), None);
        let before = of(&seen);
        seen.reverse();
        let after = of(&seen);
        prop_assert!(close(before.conversion.mean(), after.conversion.mean(), 1e-9) && close(before.commission, after.commission, 1e-9));
    }
}
