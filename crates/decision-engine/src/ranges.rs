//! What the values of a policy may be. The signatures are those of `garde`, for policies of your own, too.

use std::collections::BTreeMap;

use campaign_pilot_core::{CategoryName, Money};
use garde::{Error, Result};
use rust_decimal::Decimal;

use crate::PolicyAmount;

/// From 0 to 1.
///
/// # Errors
///
/// Outside.
pub fn share(number: &Decimal, _: &()) -> Result {
    within(*number, Decimal::ZERO, Decimal::ONE)
}

/// From 0 to 1, without its ends: an error rate.
///
/// # Errors
///
/// Outside.
pub fn probability(number: &Decimal, _: &()) -> Result {
    let inside = *number > Decimal::ZERO && *number < Decimal::ONE;
    if inside { Ok(()) } else { Err(Error::new(format!("{number} does not lie between 0 and 1"))) }
}

/// From 0.5 to 1: how likely something has to be that is acted upon.
///
/// # Errors
///
/// Outside.
pub fn likely(number: &Decimal, _: &()) -> Result {
    within(*number, Decimal::new(5, 1), Decimal::ONE)
}

/// From 0 to 100.
///
/// # Errors
///
/// Outside.
pub fn percent(number: &Decimal, _: &()) -> Result {
    within(*number, Decimal::ZERO, Decimal::ONE_HUNDRED)
}

/// Above 0, up to 100.
///
/// # Errors
///
/// Outside.
pub fn percent_above_zero(number: &Decimal, context: &()) -> Result {
    if number.is_zero() { Err(Error::new("0 is not above 0")) } else { percent(number, context) }
}

/// From -100 to 100: a product may be sold below its cost.
///
/// # Errors
///
/// Outside.
pub fn margin(number: &Decimal, _: &()) -> Result {
    within(*number, -Decimal::ONE_HUNDRED, Decimal::ONE_HUNDRED)
}

/// The same for every category.
///
/// # Errors
///
/// Outside for one of them.
pub fn margins(categories: &BTreeMap<String, Decimal>, context: &()) -> Result {
    categories.values().try_for_each(|percent| margin(percent, context))
}

/// At least 0.
///
/// # Errors
///
/// Below.
pub fn not_negative(number: &Decimal, _: &()) -> Result {
    if *number >= Decimal::ZERO { Ok(()) } else { Err(Error::new(format!("{number} is below 0"))) }
}

/// At least 0 in every currency.
///
/// # Errors
///
/// Below in one of them.
pub fn amount(amount: &PolicyAmount, _: &()) -> Result {
    match amount.iter().find(|amount| amount.amount.is_sign_negative() && !amount.is_zero()) {
        None => Ok(()),
        Some(below) => Err(Error::new(format!("{below} is below 0"))),
    }
}

/// The same for every category.
///
/// # Errors
///
/// Below for one of them.
pub fn amounts(categories: &BTreeMap<CategoryName, PolicyAmount>, context: &()) -> Result {
    categories.values().try_for_each(|limit| amount(limit, context))
}

/// At least 0, if given.
///
/// # Errors
///
/// Below.
pub fn money(amount: &Option<Money>, _: &()) -> Result {
    match amount.filter(|amount| amount.amount < Decimal::ZERO) {
        None => Ok(()),
        Some(below) => Err(Error::new(format!("{below} is below 0"))),
    }
}

fn within(number: Decimal, from: Decimal, to: Decimal) -> Result {
    if (from..=to).contains(&number) { Ok(()) } else { Err(Error::new(format!("{number} does not lie between {from} and {to}"))) }
}
