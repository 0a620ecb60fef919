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
/// [`Absence::ImpressionsNotCounted`] without any impression.
pub fn click_through_rate(clicks: u64, impressions: u64) -> Result<Decimal, Absence> {
    percent(clicks, impressions, Absence::ImpressionsNotCounted)
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
/// [`Absence::NotYetReported`] before the flight has begun, [`Absence::NoSpend`] unless the budget is above zero,
/// [`Absence::MixedCurrencies`] for two currencies, [`Absence::OutOfRange`] when the result has more than 28 digits.
pub fn spend_pace(spent: Money, budget: Money, flight: Period, now: Timestamp) -> Result<Decimal, Absence> {
    if now <= flight.start() {
        return Err(Absence::NotYetReported);
    }
    if !budget.is_positive() {
        return Err(Absence::NoSpend);
    }
    let elapsed = Decimal::from(now.min(flight.end()).duration_since(flight.start()).as_millis());
    let length = Decimal::from(flight.length().as_millis());
    let share = spent.ratio(budget).map_err(|error| absence_of(&error))?.ok_or(Absence::NoSpend)?;
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
