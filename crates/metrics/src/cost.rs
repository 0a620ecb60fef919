//! What clicks, orders and customers cost and bring.

use campaign_pilot_core::{Absence, Money, Period};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::roas::absence_of;

/// The cost per acquisition: what one new customer cost.
///
/// # Formula
///
/// `cost / new customers`
///
/// # Errors
///
/// [`Absence::NoNewCustomers`] without any new customer, [`Absence::NoSpend`] unless the cost is above zero.
pub fn cost_per_acquisition(cost: Money, new_customers: u64) -> Result<Money, Absence> {
    if !cost.is_positive() {
        return Err(Absence::NoSpend);
    }
    per(cost, new_customers, Absence::NoNewCustomers)
}

/// The cost per click, `cost / clicks`.
///
/// # Errors
///
/// [`Absence::NoClicks`] without any click.
pub fn cost_per_click(cost: Money, clicks: u64) -> Result<Money, Absence> {
    per(cost, clicks, Absence::NoClicks)
}

/// The average order value, `revenue / orders`.
///
/// # Errors
///
/// [`Absence::NoOrders`] without any order.
pub fn average_order_value(revenue: Money, orders: u64) -> Result<Money, Absence> {
    per(revenue, orders, Absence::NoOrders)
}

/// The click-through rate, in percent: `clicks / impressions x 100`.
///
/// # Errors
///
/// [`Absence::NoImpressions`] without any impression.
pub fn click_through_rate(clicks: u64, impressions: u64) -> Result<Decimal, Absence> {
    percent(clicks, impressions, Absence::NoImpressions)
}

/// The conversion rate, in percent: `orders / clicks x 100`.
///
/// # Errors
///
/// [`Absence::NoClicks`] without any click.
pub fn conversion_rate(orders: u64, clicks: u64) -> Result<Decimal, Absence> {
    percent(orders, clicks, Absence::NoClicks)
}

/// How fast a budget is spent against an even spending over the flight: 1 is on plan, 2 is twice as fast.
///
/// # Formula
///
/// `(spent / budget) / (time elapsed / length of the flight)`; after its end the flight has elapsed whole.
///
/// # Errors
///
/// [`Absence::NotYetReported`] before the flight has begun, [`Absence::NoBudget`] unless the budget is above zero,
/// [`Absence::MixedCurrencies`] for two currencies, [`Absence::OutOfRange`] when the result has more than 28 digits.
pub fn spend_pace(spent: Money, budget: Money, flight: Period, now: Timestamp) -> Result<Decimal, Absence> {
    if now <= flight.start() {
        return Err(Absence::NotYetReported);
    }
    if !budget.is_positive() {
        return Err(Absence::NoBudget);
    }
    let elapsed = Decimal::from(now.min(flight.end()).duration_since(flight.start()).as_millis());
    let length = Decimal::from(flight.length().as_millis());
    let share = spent.ratio(budget).map_err(|error| absence_of(&error))?.ok_or(Absence::NoBudget)?;
    share.checked_mul(length).and_then(|scaled| scaled.checked_div(elapsed)).ok_or(Absence::OutOfRange)
}

fn per(amount: Money, count: u64, none: Absence) -> Result<Money, Absence> {
    if count == 0 {
        return Err(none);
    }
    let each = amount.amount.checked_div(Decimal::from(count)).ok_or(Absence::OutOfRange)?;
    Ok(Money::new(each, amount.currency))
}

fn percent(part: u64, whole: u64, none: Absence) -> Result<Decimal, Absence> {
    if whole == 0 {
        return Err(none);
    }
    let scaled = Decimal::from(part).checked_mul(Decimal::ONE_HUNDRED).ok_or(Absence::OutOfRange)?;
    scaled.checked_div(Decimal::from(whole)).ok_or(Absence::OutOfRange)
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Currency;
    use rust_decimal::dec;

    use super::*;

    fn euros(amount: Decimal) -> Money {
        Money::new(amount, Currency::EUR)
    }

    fn flight() -> Period {
        Period::new("2026-11-01T00:00:00Z".parse().unwrap(), "2026-11-11T00:00:00Z".parse().unwrap()).unwrap()
    }

    fn pace(spent: Decimal, now: &str) -> Result<Decimal, Absence> {
        spend_pace(euros(spent), euros(dec!(100)), flight(), now.parse().unwrap())
    }

    #[test]
    fn quotients_are_exact() {
        assert_eq!(cost_per_acquisition(euros(dec!(30)), 4), Ok(euros(dec!(7.5))));
        assert_eq!(cost_per_click(euros(dec!(30)), 120), Ok(euros(dec!(0.25))));
        assert_eq!(average_order_value(euros(dec!(99)), 3), Ok(euros(dec!(33))));
        assert_eq!(click_through_rate(25, 1_000), Ok(dec!(2.5)));
        assert_eq!(conversion_rate(3, 120), Ok(dec!(2.5)));
    }

    #[test]
    fn without_a_divisor_the_reason_is_named() {
        assert_eq!(cost_per_acquisition(euros(dec!(30)), 0), Err(Absence::NoNewCustomers));
        assert_eq!(cost_per_acquisition(euros(dec!(0)), 3), Err(Absence::NoSpend));
        assert_eq!(cost_per_click(euros(dec!(30)), 0), Err(Absence::NoClicks));
        assert_eq!(average_order_value(euros(dec!(30)), 0), Err(Absence::NoOrders));
        assert_eq!(click_through_rate(3, 0), Err(Absence::NoImpressions));
        assert_eq!(conversion_rate(3, 0), Err(Absence::NoClicks));
    }

    #[test]
    fn pace_compares_with_even_spending() {
        assert_eq!(pace(dec!(20), "2026-11-03T00:00:00Z"), Ok(dec!(1)));
        assert_eq!(pace(dec!(40), "2026-11-03T00:00:00Z"), Ok(dec!(2)));
        assert_eq!(pace(dec!(80), "2026-12-24T00:00:00Z"), Ok(dec!(0.8)), "after its end the flight has elapsed whole");
    }

    #[test]
    fn pace_does_not_exist_before_the_start_or_without_a_budget() {
        assert_eq!(pace(dec!(1), "2026-11-01T00:00:00Z"), Err(Absence::NotYetReported));
        let now = "2026-11-03T00:00:00Z".parse().unwrap();
        assert_eq!(spend_pace(euros(dec!(1)), euros(dec!(0)), flight(), now), Err(Absence::NoBudget));
        let dollars = Money::new(dec!(100), Currency::USD);
        assert_eq!(spend_pace(euros(dec!(1)), dollars, flight(), now), Err(Absence::MixedCurrencies));
    }
}
