use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::euros;

fn offer(gain: i64, cost: i64) -> DailyOffer {
    DailyOffer { gain: euros(Decimal::new(gain, 2)), cost: euros(Decimal::new(cost, 2)) }
}

/// More than any test has offers.
const ENOUGH: usize = 100;

#[test]
fn what_does_not_gain_or_costs_nothing_needs_no_budget() {
    let offers = [offer(-100, 900), offer(500, 0), offer(0, 900), offer(300, 100)];
    assert_eq!(price_of_budget(offers, euros(dec!(1)), ENOUGH), Decimal::ZERO);
    assert_eq!(price_of_budget(offers, euros(dec!(0.99)), ENOUGH), dec!(2.94));
    let dollars = DailyOffer { gain: Money::new(dec!(9), Currency::USD), cost: Money::new(dec!(9), Currency::USD) };
    assert_eq!(price_of_budget([dollars], euros(dec!(1)), ENOUGH), Decimal::ZERO, "nothing is converted");
    assert_eq!(price_of_budget([], euros(dec!(0)), ENOUGH), Decimal::ZERO);
    assert_eq!(price_of_budget(offers, euros(dec!(0)), 0), Decimal::ZERO, "what may not be launched needs no budget");
}

/// With places for few of many small offers that bring a little more for their cost, a large one is worth its budget.
#[test]
fn small_offers_beyond_the_places_do_not_make_budget_dear() {
    let large = offer(1_000, 500);
    let offers = || std::iter::once(large).chain(std::iter::repeat_n(offer(21, 10), 90));
    assert_eq!(price_of_budget(offers(), euros(dec!(6)), ENOUGH), dec!(2.058), "sixty small ones bring more than the large one");
    assert_eq!(price_of_budget(offers(), euros(dec!(6)), 10), Decimal::ZERO, "the large one and nine small ones cost 5.90");
}

/// The value of the linear problem's dual, which no other price may undercut.
fn dual(offers: &[DailyOffer], per_day: Decimal, places: usize, price: Decimal) -> Decimal {
    let mut worth: Vec<Decimal> = offers.iter().map(|offer| offer.gain.amount - price * offer.cost.amount).collect();
    worth.sort_by(|a, b| b.cmp(a));
    let placed: Decimal = worth.iter().take(places).filter(|worth| worth.is_sign_positive()).sum();
    placed + price * per_day
}

proptest! {
    /// The price, before its fiftieth, minimises the dual: it is the multiplier of the budget.
    #[test]
    fn it_is_the_multiplier_of_the_linear_problem(
        offers in prop::collection::vec((1_i64..2_000, 1_i64..900), 0..40),
        per_day in 0_i64..9_000,
        places in 0_usize..45,
        other in 0_i64..60_000,
    ) {
        let offers: Vec<DailyOffer> = offers.into_iter().map(|(gain, cost)| offer(gain, cost)).collect();
        let per_day = Decimal::new(per_day, 2);
        let price = price_of_budget(offers.iter().copied(), euros(per_day), places) / ALIKE;
        let costs: Decimal = offers.iter().map(|offer| offer.cost.amount).sum();
        let at = |price| dual(&offers, per_day, places, price);
        // The price is off by two of its last digits at most.
        let off = dec!(0.0003) * (costs + per_day);
        prop_assert!(at(price) <= at(Decimal::new(other, 4)) + off, "{} at {price}", at(price));
    }

    /// More budget never makes it dearer.
    #[test]
    fn more_budget_is_never_dearer(
        offers in prop::collection::vec((-500_i64..2_000, 0_i64..900), 0..40),
        per_day in 0_i64..9_000,
        more in 0_i64..900,
        places in 0_usize..45,
    ) {
        let offers: Vec<DailyOffer> = offers.into_iter().map(|(gain, cost)| offer(gain, cost)).collect();
        let price = |per_day| price_of_budget(offers.iter().copied(), euros(Decimal::new(per_day, 2)), places);
        prop_assert!(price(per_day + more) <= price(per_day));
    }
}
