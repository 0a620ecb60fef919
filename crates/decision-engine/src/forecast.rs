//! What a campaign will still cost after a stop, so that it can be stopped before its budget.
//!
//! On a platform whose pause only unlists, a stop is not the end of the spending: shoppers who have clicked buy later,
//! links that are posted are clicked on, and all of it is reported later still.

mod curve;
mod trail;

use campaign_pilot_core::{Absence, Currency, Measured, Money};
use garde::Validate;
use jiff::Timestamp;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::CostToCome;
use crate::ranges;

pub use curve::{LagBook, LagCurve, LagStep, LagTotals};
pub use trail::{SpendSample, SpendTrail, StopMark};

/// By what the cost after a stop is forecast.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ForecastPolicy {
    /// Whether to forecast at all. Off, a campaign is stopped when its budget is spent, and overshoots. Default on.
    pub enabled: bool,
    /// How cost goes on after a pause that only unlists, before anything was learned. Default
    /// [`LagCurve::after_unlisting`].
    pub after_unlisting: LagCurve,
    /// How cost goes on after a pause that stops delivery, before anything was learned. Default [`LagCurve::after_stop`].
    pub after_stop: LagCurve,
    /// As how many stopped campaigns the curve before anything was learned counts. Default 6.
    pub prior_stops: u32,
    /// What a click is expected to cost before a campaign has clicks of its own, in percent of the product's price.
    /// Default 0.3: a commission of ten percent for three orders out of a hundred clicks.
    #[garde(custom(ranges::percent))]
    pub click_cost_percent: Decimal,
    /// As how many clicks that expectation counts. Default 150.
    pub prior_clicks: u32,
    /// What one commission is expected to be before there was one, in percent of the product's price. Default 10.
    #[garde(custom(ranges::percent))]
    pub commission_percent: Decimal,
    /// How many standard deviations above the expected cost are held ready. Default 2.
    ///
    /// 0 stops by the expectation, which half of the campaigns then exceed. Commissions are few and lumpy, so that the
    /// deviation matters most where a budget is only a few commissions large: the trial `budget-stop` measures it.
    #[garde(custom(ranges::not_negative))]
    pub deviations: Decimal,
    /// How uncertain the pace and the curve are, as a part of the expected cost: one standard deviation. Default 0.35.
    #[garde(custom(ranges::not_negative))]
    pub uncertainty: Decimal,
}

impl Default for ForecastPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            after_unlisting: LagCurve::after_unlisting(),
            after_stop: LagCurve::after_stop(),
            prior_stops: 6,
            click_cost_percent: dec!(0.3),
            prior_clicks: 150,
            commission_percent: dec!(10),
            deviations: dec!(2),
            uncertainty: dec!(0.35),
        }
    }
}

/// What a campaign is known by when its cost is forecast.
#[derive(Clone, Copy, Debug)]
pub struct ForecastFacts<'a> {
    /// What it cost and how it was clicked so far.
    pub trail: &'a SpendTrail,
    /// What its product costs; `None` when nobody knows.
    pub price: Option<Money>,
    /// How many commissions it has caused.
    pub actions: u64,
    /// How cost goes on after a stop: learned, or the policy's.
    pub curve: &'a LagCurve,
}

/// What is still to come after a stop now.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CostForecast {
    /// What is expected.
    pub expected: Money,
    /// What it does not exceed in about 97.5 of 100 cases: the expectation and so many standard deviations.
    pub upper: Money,
    /// What the campaign costs per hour at the moment, as far as can be told.
    pub per_hour: Money,
}

impl CostForecast {
    /// The same without the pace.
    #[must_use]
    pub const fn to_come(self) -> CostToCome {
        CostToCome { expected: self.expected, upper: self.upper }
    }
}

/// Forecasts what a campaign will still cost if it is stopped now. Pure.
///
/// # Formula
///
/// ```text
/// cost of a click   c = (prior_clicks x price x click_cost_percent + cost) / (prior_clicks + clicks)
/// pace              p = c x the larger of the clicks per hour over the last 12 and the last 24 hours
/// expected          E = p x hours of the curve
/// upper             E + deviations x sqrt(E x commission + (uncertainty x E)^2)
/// ```
///
/// The first part under the root is the variance of commissions that come one by one (a compound Poisson sum), the
/// second that of the pace and of the curve. Where clicks are not counted, the pace is the cost of these hours itself.
///
/// # Errors
///
/// [`Absence::NotYetReported`] before the first sample, [`Absence::MixedCurrencies`] where price and cost differ in their
/// currency, [`Absence::OutOfRange`] where the numbers leave what can be represented.
pub fn forecast(facts: &ForecastFacts<'_>, policy: &ForecastPolicy) -> Result<CostForecast, Absence> {
    let currency = facts.trail.currency();
    let last = facts.trail.last().ok_or(Absence::NotYetReported)?;
    let price = match facts.price {
        Some(price) if price.currency != currency => return Err(Absence::MixedCurrencies),
        Some(price) => Some(price.amount),
        None => None,
    };
    let pace = match facts.trail.clicks_per_hour() {
        Measured::Known(clicks_per_hour) => clicks_per_hour.checked_mul(cost_of_click(last, price, policy)?),
        Measured::Absent(_) => Some(facts.trail.cost_per_hour()),
    };
    let pace = pace.ok_or(Absence::OutOfRange)?.max(Decimal::ZERO);
    of_pace(pace, facts.curve.hours(), commission(last, facts.actions, price, policy), currency, policy)
}

/// Forecasts what a campaign that was stopped will still cost: what the curve still holds after the time that passed, at the
/// pace of the stop. Nothing once the curve is over, and for a campaign that was not stopped.
///
/// # Errors
///
/// As [`forecast`].
pub fn forecast_after_stop(facts: &ForecastFacts<'_>, at: Timestamp, policy: &ForecastPolicy) -> Result<CostForecast, Absence> {
    let currency = facts.trail.currency();
    let Some(stop) = facts.trail.stop() else {
        return of_pace(Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, currency, policy);
    };
    let last = facts.trail.last().ok_or(Absence::NotYetReported)?;
    let price = facts.price.filter(|price| price.currency == currency).map(|price| price.amount);
    let hours = facts.curve.hours_after(at.duration_since(stop.at).as_hours().max(0));
    of_pace(stop.pace, hours, commission(last, facts.actions, price, policy), currency, policy)
}

fn of_pace(
    pace: Decimal,
    hours: Decimal,
    commission: Decimal,
    currency: Currency,
    policy: &ForecastPolicy,
) -> Result<CostForecast, Absence> {
    let expected = pace.checked_mul(hours).ok_or(Absence::OutOfRange)?;
    let spread = policy.uncertainty.checked_mul(expected).and_then(|spread| spread.checked_mul(spread));
    let variance = expected.checked_mul(commission).zip(spread).and_then(|(lumps, spread)| lumps.checked_add(spread));
    let deviation = variance.and_then(square_root).ok_or(Absence::OutOfRange)?;
    let upper = policy.deviations.checked_mul(deviation).and_then(|above| expected.checked_add(above));
    let money = |amount: Decimal| Money::new(amount.round_dp(4), currency);
    Ok(CostForecast {
        expected: money(expected),
        upper: money(upper.ok_or(Absence::OutOfRange)?.max(Decimal::ZERO)),
        per_hour: money(pace),
    })
}

/// What a click costs: what was seen, drawn towards what the price lets expect.
fn cost_of_click(last: &SpendSample, price: Option<Decimal>, policy: &ForecastPolicy) -> Result<Decimal, Absence> {
    let clicks = Decimal::from(last.clicks.unwrap_or(0));
    let (prior, weight) = match price {
        Some(price) => (price * policy.click_cost_percent / Decimal::ONE_HUNDRED, Decimal::from(policy.prior_clicks)),
        None => (Decimal::ZERO, Decimal::ZERO),
    };
    let seen = weight.checked_mul(prior).and_then(|prior| prior.checked_add(last.cost)).ok_or(Absence::OutOfRange)?;
    Ok(seen.checked_div(weight + clicks).unwrap_or(Decimal::ZERO))
}

/// How large one commission is.
fn commission(last: &SpendSample, actions: u64, price: Option<Decimal>, policy: &ForecastPolicy) -> Decimal {
    let seen = last.cost.checked_div(Decimal::from(actions));
    let expected = price.map(|price| price * policy.commission_percent / Decimal::ONE_HUNDRED);
    seen.into_iter().chain(expected).fold(Decimal::ZERO, Decimal::max)
}

/// The square root: that of the nearest double, made exact by Newton's method to more digits than any currency has; `None`
/// below zero.
pub(crate) fn square_root(number: Decimal) -> Option<Decimal> {
    if number <= Decimal::ZERO {
        return number.is_zero().then_some(Decimal::ZERO);
    }
    let mut root = Decimal::from_f64(number.to_f64()?.sqrt()).filter(|root| *root > Decimal::ZERO)?;
    // A double has 15 digits; each step doubles them.
    for _ in 0..2 {
        root = number.checked_div(root)?.checked_add(root)?.checked_div(Decimal::TWO)?;
    }
    Some(root)
}

#[cfg(test)]
mod tests;
