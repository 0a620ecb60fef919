use campaign_pilot_core::Billing;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson};

use super::*;
use crate::testing::{ad_record, euros, product};
use crate::{AdRecord, ResponsePolicy, prospect};

fn outlook_of(billing: Billing, own: Option<&AdRecord>) -> (ContributionOutlook, Money) {
    let product = product(1);
    let records: Vec<AdRecord> = own.cloned().into_iter().collect();
    let response = Response::learn(&records, Currency::EUR, billing, &ResponsePolicy::default());
    let facts = ProspectFacts { product: &product, own, units_per_day: dec!(0.5), caused: dec!(0.75), price_of_budget: dec!(0) };
    let policy = ContributionPolicy::default();
    let gain = prospect(&facts, &response, &policy).unwrap().gain_per_day;
    (contribution_outlook(&facts, &response, &policy).unwrap(), gain)
}

#[test]
fn without_a_budget_the_expectation_is_that_of_the_days() {
    for own in [None, Some(ad_record(1, dec!(59.99), (400, 12, dec!(80))))] {
        for billing in [Billing::Commissions, Billing::Clicks] {
            let (outlook, gain) = outlook_of(billing, own.as_ref());
            let found = outlook.over(dec!(10), None).unwrap();
            let off = (found.interval.expected.amount - gain.amount * dec!(10)).abs();
            assert!(off < dec!(0.03) + gain.amount.abs() * dec!(0.01), "{found:?} {gain}");
            assert!(found.interval.low.amount <= found.median.amount && found.median.amount <= found.interval.high.amount);
        }
    }
}

#[test]
fn a_budget_that_ends_the_campaign_limits_what_it_brings() {
    let own = ad_record(1, dec!(59.99), (400, 40, dec!(240)));
    let (outlook, _) = outlook_of(Billing::Commissions, Some(&own));
    let (free, capped) = (outlook.over(dec!(14), None).unwrap(), outlook.over(dec!(14), Some(euros(dec!(30)))).unwrap());
    assert!(capped.interval.expected.amount < free.interval.expected.amount / dec!(2), "{capped:?} {free:?}");
    assert!(outlook.over(dec!(0), None).is_none());
    assert_eq!(outlook.with_days_after_end(dec!(2)).over(dec!(12), None), Some(free));
    assert!(outlook.over(dec!(14), Some(Money::new(dec!(30), Currency::USD))).is_none());
}

#[test]
fn nothing_sold_is_part_of_what_is_predicted() {
    let (outlook, _) = outlook_of(Billing::Commissions, None);
    // 0.1 orders a day: half of all fortnights have none, and cost nothing.
    let found = outlook.over(dec!(14), None).unwrap();
    assert_eq!(found.interval.low, euros(dec!(0)));
    assert!(found.gains < dec!(0.7), "{found:?}");
}

#[test]
fn kept_as_json_it_predicts_the_same() {
    let (outlook, _) = outlook_of(Billing::Clicks, Some(&ad_record(1, dec!(59.99), (400, 12, dec!(80)))));
    let kept: ContributionOutlook = serde_json::from_str(&serde_json::to_string(&outlook).unwrap()).unwrap();
    assert_eq!(kept.over(dec!(7.5), Some(euros(dec!(25)))), outlook.over(dec!(7.5), Some(euros(dec!(25)))));
    let broken = ContributionOutlook { clicks: Rate { shape: -1.0, rate: 1.0 }, ..outlook };
    assert_eq!(broken.over(dec!(7), None), None, "what was not made here is refused");
}

/// In markets drawn from what is expected, nine of ten outcomes lie in the interval, half of them above the median, and their sum is
/// the predicted one.
#[test]
fn outcomes_of_drawn_markets_lie_where_they_are_predicted() {
    let seed = 20_261_201;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let own = ad_record(1, dec!(59.99), (150, 4, dec!(30)));
    for (billing, own, budget) in [
        (Billing::Commissions, None, 15.0),
        (Billing::Commissions, Some(&own), 40.0),
        (Billing::Clicks, None, 20.0),
        (Billing::Clicks, Some(&own), 60.0),
    ] {
        let (outlook, _) = outlook_of(billing, own);
        let found = outlook.over(dec!(14), Some(euros(Decimal::from_f64(budget).unwrap()))).unwrap();
        let (low, high, median) = (found.interval.low, found.interval.high, found.median);
        let (mut above_low, mut inside, mut above_median, mut gains, mut sum) = (0, 0, 0, 0, 0.0);
        let drawn = 4_000;
        for _ in 0..drawn {
            let outcome = flown(&outlook, budget, &mut random);
            let amount = Decimal::from_f64(outcome).unwrap().round_dp(2);
            above_low += u32::from(amount >= low.amount);
            inside += u32::from(amount >= low.amount && amount <= high.amount);
            above_median += u32::from(amount >= median.amount);
            gains += u32::from(amount > dec!(0));
            sum += outcome;
        }
        let part = |count: u32| f64::from(count) / f64::from(drawn);
        let (expected, mean) = (number(found.interval.expected.amount), sum / f64::from(drawn));
        println!(
            "seed {seed}, {billing:?}: {:.3} above the low end, {:.3} inside, {:.3} above the median, {:.3} gain ({} stated), mean {mean:.2} of {expected:.2}",
            part(above_low),
            part(inside),
            part(above_median),
            part(gains),
            found.gains
        );
        assert!(part(above_low) > 0.93 && part(inside) > 0.87, "{found:?}");
        assert!(part(above_median) > 0.46, "{found:?}");
        assert!((part(gains) - number(found.gains)).abs() < 0.05, "{found:?}");
        assert!((mean - expected).abs() < 0.06 * expected.abs() + 0.3, "{mean} {expected}");
    }
}

/// What a campaign of 14 days contributes in a market drawn from what is expected: click by click, until its budget is used up.
fn flown(outlook: &ContributionOutlook, budget: f64, random: &mut ChaCha8Rng) -> f64 {
    let of = |rate: Rate, random: &mut ChaCha8Rng| Gamma::new(rate.shape, 1.0 / rate.rate).unwrap().sample(random);
    let (conversion, clicks) = (of(outlook.conversion, random), of(outlook.clicks, random) * 14.0);
    let clicks: f64 = if clicks > 0.0 { Poisson::new(clicks).unwrap().sample(random) } else { 0.0 };
    let (mut cost, mut contribution) = (0.0, 0.0);
    let mut clicks_left = clicks;
    while clicks_left > 0.0 && cost < budget {
        clicks_left -= 1.0;
        cost += outlook.click_price;
        contribution -= outlook.click_price;
        let orders: f64 = Poisson::new(conversion.max(1e-12)).unwrap().sample(random);
        cost += orders * outlook.commission * outlook.order_value;
        contribution += orders * outlook.order_value * (outlook.kept - outlook.commission);
    }
    contribution
}

#[test]
fn flights_that_differ_widen_what_is_predicted() {
    let flight = |id, clicks| ad_record(id, dec!(59.99), (clicks, 3, dec!(20)));
    assert_eq!(flight_spread(&[flight(1, 100), flight(2, 300)]), dec!(0.25), "no product had two");
    // 100 and 100 clicks differ by less than chance; 50 and 150 by a quarter of the mean squared, twice since the mean is their own.
    let alike: Vec<_> = (0..40).flat_map(|id| [flight(id, 100), flight(id, 100)]).collect();
    assert_eq!(flight_spread(&alike), dec!(0.0227));
    let unlike: Vec<_> = (0..40).flat_map(|id| [flight(id, 50), flight(id, 150)]).collect();
    assert_eq!(flight_spread(&unlike), dec!(0.4682), "(8 x 0.25 + 80 x 0.49) / 88");
    let (outlook, _) = outlook_of(Billing::Commissions, Some(&flight(1, 400)));
    let (narrow, wide) =
        (outlook.over(dec!(14), None).unwrap(), outlook.with_flight_spread(dec!(0.5)).over(dec!(14), None).unwrap());
    assert!(wide.interval.high.amount > narrow.interval.high.amount, "{wide:?} {narrow:?}");
    assert!((wide.interval.expected.amount - narrow.interval.expected.amount).abs() < dec!(0.5), "{wide:?} {narrow:?}");
}
