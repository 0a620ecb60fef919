//! What an ad for a product is expected to contribute, before and while it runs.

mod margin;
mod similar;
#[cfg(test)]
mod tests;

use std::fmt;

use campaign_pilot_core::{Money, Product, ProductId, Stock};
use garde::Validate;
use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::pacing::DailyOffer;
use crate::ranges;
use crate::response::{AdRecord, ProductResponse, Response};

pub use margin::{MarginPolicy, MarginSource, ProductMargin};
pub use similar::SimilarPolicy;

/// What is taken for true about sales through ads.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ContributionPolicy {
    /// What is left of a product's price after its own costs, where the store does not say.
    #[garde(dive)]
    pub margin: MarginPolicy,
    /// How many of a hundred credited sales exist only because of an ad, before the shop's own sales tell. Default 75.
    #[garde(custom(ranges::percent))]
    pub caused_percent: Decimal,
    /// How far that may be off: one standard deviation, in percent. Default 15.
    #[garde(custom(ranges::percent_above_zero))]
    pub caused_deviation_percent: Decimal,
    /// How many days a product's stock has to last for those who buy it without an ad. Default 7.
    #[garde(custom(ranges::not_negative))]
    pub stock_days: Decimal,
    /// What an ad loses to the ads of similar products.
    #[garde(dive)]
    pub similar: SimilarPolicy,
}

impl Default for ContributionPolicy {
    fn default() -> Self {
        Self {
            margin: MarginPolicy::default(),
            caused_percent: dec!(75),
            caused_deviation_percent: dec!(15),
            stock_days: dec!(7),
            similar: SimilarPolicy::default(),
        }
    }
}

/// What is known of a product whose ads are judged.
#[derive(Clone, Copy, Debug)]
pub struct ProspectFacts<'a> {
    /// The product.
    pub product: &'a Product,
    /// What its ads did so far.
    pub own: Option<&'a AdRecord>,
    /// Units that it sells a day at present, through ads and without.
    pub units_per_day: Decimal,
    /// The share of credited sales that exist only because of an ad: from 0 to 1.
    pub caused: Decimal,
    /// What a unit of budget has to contribute: [`price_of_budget`](crate::price_of_budget), 0 where there is enough for all.
    pub price_of_budget: Decimal,
}

/// What an ad is expected to contribute.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Prospect {
    /// The product.
    pub product: ProductId,
    /// What is left of its price, and who says so.
    pub margin: ProductMargin,
    /// The share of credited sales that exist only because of the ad, and for which there is stock: from 0 to 1.
    pub caused: Decimal,
    /// Contribution of a day on offer: revenue x margin x caused - cost.
    pub gain_per_day: Money,
    /// The low end of the 90 % interval of that.
    pub low_per_day: Money,
    /// The high end of it.
    pub high_per_day: Money,
    /// What a day on offer costs.
    pub cost_per_day: Money,
    /// Revenue that is credited for a day on offer.
    pub revenue_per_day: Money,
    /// The probability that the ad earns more than it costs: from 0 to 1.
    pub earns: Decimal,
    /// The same if there were stock for everybody.
    pub earns_with_stock: Decimal,
    /// Whether an ad for the product has run already.
    pub tried: bool,
    /// Days on offer until a result as expected would be likely enough (90 %) to call it; `None` where that takes more than a year.
    pub days_to_know: Option<Decimal>,
    /// What a unit of budget has to contribute, since there is not enough for every product; `None` where there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_price: Option<BudgetPrice>,
}

/// What a unit of budget contributes elsewhere, and whether this product's ad keeps up with it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetPrice {
    /// What a unit of budget has to contribute.
    pub per_unit: Decimal,
    /// The probability that the ad contributes at least that: from 0 to 1.
    pub pays: Decimal,
}

/// What an ad for a product is expected to contribute; `None` for a product without a price above zero.
///
/// # Formula
///
/// ```text
/// value of an order   v = order revenue x (margin x caused x stock - commission)
/// gain a click        g = orders per click x v - price of a click
/// gain a day          clicks a day x g
/// earns               P(orders per click > price of a click / v), orders per click ~ the product's gamma posterior
/// pays                the same with every cost times 1 + the price of budget
/// stock               the part of the ad's units for which there is stock beyond what buyers without an ad take in `stock_days`
/// ```
///
/// The interval is that of the orders per click alone: the 5 % and the 95 % quantile of its posterior.
#[must_use]
pub fn prospect(facts: &ProspectFacts<'_>, response: &Response, policy: &ContributionPolicy) -> Option<Prospect> {
    let price = facts.product.price.filter(|price| price.is_positive())?;
    let margin = policy.margin.of(facts.product, price);
    let of = response.of(price, facts.own);
    let caused_at_most = number(facts.caused).clamp(0.0, 1.0);
    let caused = caused_at_most * stock_share(facts, &of, number(price.amount), policy);
    let value_at = |caused: f64| of.order_value * (number(margin.percent) / 100.0).mul_add(caused, -of.commission);
    let value = value_at(caused);
    let gain = |conversion: f64| of.clicks_per_day * conversion.mul_add(value, -of.click_price);
    let money = |amount: f64| Money::new(decimal(amount, 4), price.currency);
    let conversion = of.conversion;
    let (low, high) = (gain(of.conversion_range.0), gain(of.conversion_range.1));
    let earns = |value: f64| decimal(if value > 0.0 { conversion.above(of.click_price / value) } else { 0.0 }, 4);
    let revenue = of.clicks_per_day * conversion.mean() * of.order_value;
    let budget_price = Some(facts.price_of_budget).filter(|price| !price.is_zero());
    let budget_price = budget_price.map(|per_unit| {
        let pays = pays(&of, number(margin.percent) / 100.0 * caused, number(per_unit));
        BudgetPrice { per_unit, pays: decimal(pays, 4) }
    });
    Some(Prospect {
        product: facts.product.id.clone(),
        margin,
        caused: decimal(caused, 4),
        gain_per_day: money(gain(conversion.mean())),
        low_per_day: money(low.min(high)),
        high_per_day: money(low.max(high)),
        cost_per_day: money(revenue.mul_add(of.commission, of.clicks_per_day * of.click_price)),
        revenue_per_day: money(revenue),
        earns: earns(value),
        earns_with_stock: earns(value_at(caused_at_most)),
        tried: facts.own.is_some(),
        days_to_know: days_to_know(&of, value),
        budget_price,
    })
}

impl Prospect {
    /// Whether more is expected than it costs.
    #[must_use]
    pub fn is_gain(&self) -> bool {
        self.gain_per_day.is_positive()
    }

    /// Whether it is expected to contribute what a unit of budget contributes elsewhere.
    #[must_use]
    pub fn is_worth_its_budget(&self) -> bool {
        self.is_gain() && self.budget_price.is_none_or(|price| self.gain_per_cost() >= price.per_unit)
    }

    /// How likely that is.
    #[must_use]
    pub fn likely_worth(&self) -> Decimal {
        self.budget_price.map_or(self.earns, |price| price.pays)
    }

    /// What a day contributes beyond what its cost would contribute elsewhere.
    #[must_use]
    pub fn worth_of_a_day(&self) -> Decimal {
        let DailyOffer { gain, cost } = self.offer();
        let elsewhere = self.budget_price.and_then(|price| price.per_unit.checked_mul(cost.amount)).unwrap_or(Decimal::ZERO);
        gain.amount.saturating_sub(elsewhere)
    }

    /// What is expected per unit of money that it costs; large where it costs nothing.
    #[must_use]
    pub fn gain_per_cost(&self) -> Decimal {
        let DailyOffer { gain, cost } = self.offer();
        gain.amount.checked_div(cost.amount).unwrap_or(Decimal::ZERO)
    }

    /// What a day brings and costs, as [`price_of_budget`](crate::price_of_budget) compares it: a cost of zero counts as the least amount that is told.
    #[must_use]
    pub fn offer(&self) -> DailyOffer {
        let cost = Money::new(self.cost_per_day.amount.max(dec!(0.0001)), self.cost_per_day.currency);
        DailyOffer { gain: self.gain_per_day, cost }
    }
}

impl fmt::Display for Prospect {
    /// `"3.20 EUR a day expected (0.40 to 7.10), 94 % likely to earn"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.low_per_day.amount.round_dp(2), self.high_per_day.amount.round_dp(2));
        let percent = (self.earns * Decimal::ONE_HUNDRED).round();
        write!(f, "{} a day expected ({low} to {high}), {percent} % likely to earn", cents(self.gain_per_day))
    }
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

/// The probability that an ad contributes at least so much per unit of its cost, where so much of its revenue is kept and caused.
fn pays(of: &ProductResponse, kept: f64, per_unit: f64) -> f64 {
    let dearer = 1.0 + per_unit;
    let part = (-of.commission).mul_add(dearer, kept);
    match (of.click_price > 0.0, part > 0.0) {
        (true, true) => of.conversion.above(of.click_price * dearer / (of.order_value * part)),
        (true, false) => 0.0,
        // Where only sales are paid for it does not depend on how many there are.
        (false, _) => f64::from(u8::from(part >= -1e-9)),
    }
}

/// The part of an ad's units for which there is stock beyond what buyers without an ad will take.
pub(crate) fn stock_share(facts: &ProspectFacts<'_>, of: &ProductResponse, price: f64, policy: &ContributionPolicy) -> f64 {
    let Stock::Managed { quantity } = facts.product.stock else { return 1.0 };
    let days = number(policy.stock_days).max(0.0);
    // What an order brings tells how many units it has.
    let wanted = of.clicks_per_day * of.conversion.mean() * (of.order_value / price).max(1.0) * days;
    let spare = number(facts.units_per_day).max(0.0).mul_add(-days, number(quantity));
    if wanted <= 0.0 { 1.0 } else { (spare / wanted).clamp(0.0, 1.0) }
}

/// About how many days it takes until the mean of the orders per click is 1.28 deviations (90 %) away from break-even.
fn days_to_know(of: &ProductResponse, value: f64) -> Option<Decimal> {
    if value <= 0.0 || of.click_price <= 0.0 || of.clicks_per_day <= 0.0 {
        return None;
    }
    let mean = of.conversion.mean();
    let away = (mean - of.click_price / value).abs() / 1.281_551_6;
    // After n more clicks at this mean the deviation is about sqrt(mean / (rate + n)).
    let rate = mean / of.conversion.deviation().powi(2);
    let more = (mean / (away * away) - rate).max(0.0);
    let days = more / of.clicks_per_day;
    (days.is_finite() && days < 366.0 && days > 0.0).then(|| decimal(days, 1))
}

fn decimal(number: f64, digits: u32) -> Decimal {
    Decimal::from_f64(number).unwrap_or(Decimal::ZERO).round_dp(digits)
}
