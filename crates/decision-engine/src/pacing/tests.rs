use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::euros;

fn offer(gain: i64, cost: i64) -> DailyOffer {
    DailyOffer { gain: euros(Decimal::new(gain, 2)), cost: euros(Decimal::new(cost, 2)) }
}

#[test]
fn what_does_not_gain_or_costs_nothing_needs_no_budget() {
    let offers = [offer(-100, 900), offer(500, 0), offer(0, 900), offer(300, 100)];
    assert_eq!(price_of_budget(offers, euros(dec!(1))), Decimal::ZERO);
    assert_eq!(price_of_budget(offers, euros(dec!(0.99))), dec!(2.94));
    let dollars = DailyOffer { gain: Money::new(dec!(9), Currency::USD), cost: Money::new(dec!(9), Currency::USD) };
    assert_eq!(price_of_budget([dollars], euros(dec!(1))), Decimal::ZERO, "nothing is converted");
    assert_eq!(price_of_budget([], euros(dec!(0))), Decimal::ZERO);
}

proptest! {
    /// What is worth more than the price before its fiftieth fits, and with what is worth the price it does not fit any more.
    #[test]
    fn what_is_above_the_price_fits(
        offers in prop::collection::vec((-500_i64..2_000, 0_i64..900), 0..40),
        per_day in 0_i64..9_000,
    ) {
        let offers: Vec<DailyOffer> = offers.into_iter().map(|(gain, cost)| offer(gain, cost)).collect();
        let per_day = euros(Decimal::new(per_day, 2));
        let price = price_of_budget(offers.iter().copied(), per_day);
        let cost_of = |keep: &dyn Fn(Decimal) -> bool| -> Decimal {
            let gaining = offers.iter().filter(|offer| offer.gain.is_positive() && offer.cost.is_positive());
            gaining.filter(|offer| keep((offer.gain.amount / offer.cost.amount).trunc_with_scale(4))).map(|offer| offer.cost.amount).sum()
        };
        prop_assert!(cost_of(&|ratio| ratio > price / ALIKE + dec!(0.0002)) <= per_day.amount);
        if !price.is_zero() {
            prop_assert!(cost_of(&|ratio| ratio >= price) > per_day.amount);
        }
    }
}
