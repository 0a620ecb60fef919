//! The ordered budget once more: `min(price x 0.6, max(15, expected ROI x 0.3))` in whole tenths of a cent, rounded down to cents.

use campaign_pilot_core::{Absence, Currency, Measured};
use campaign_pilot_decision_engine::{BudgetPolicy, budget};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

use super::money;

/// Draws a case and holds the two against each other.
pub(crate) fn compare(random: &mut ChaCha8Rng) {
    let price = near(random, &[0, 10, 1_500, 2_500, 5_000, 5_999, 100_000]);
    let roi = near(random, &[-50_000, 0, 4_999, 5_000, 10_000, 200_000]);
    agree(price, random.random_ratio(5, 6).then_some(roi));
}

fn near(random: &mut ChaCha8Rng, values: &[i64]) -> i64 {
    if random.random_ratio(1, 2) {
        return values[random.random_range(0..values.len())] + random.random_range(-2..=2);
    }
    random.random_range(-100..300_000)
}

fn naive(price: i64, roi: Option<i64>) -> i64 {
    let ceiling = price * 6;
    let floor = 15 * 100 * 10;
    let wanted = roi.map_or(floor, |roi| if roi * 3 > floor { roi * 3 } else { floor });
    let least = if ceiling < wanted { ceiling } else { wanted };
    if least < 0 { 0 } else { least / 10 }
}

fn agree(price: i64, roi: Option<i64>) {
    let expected = match roi {
        Some(roi) => Measured::Known(money(roi, Currency::EUR)),
        None => Measured::Absent(Absence::NoBaseline),
    };
    let working = budget(money(price, Currency::EUR), expected, &BudgetPolicy::default()).unwrap();
    assert_eq!(working.budget.amount, Decimal::new(naive(price, roi), 2), "price {price}, expected ROI {roi:?}, in cents");
}

#[test]
fn budgets_agree_at_every_boundary() {
    for roi in (-100..100).chain(4_900..5_100).chain(9_990..10_010).map(Some).chain([None]) {
        for price in (0..50).chain(2_450..2_550).chain(4_950..5_050) {
            agree(price, roi);
        }
    }
}
