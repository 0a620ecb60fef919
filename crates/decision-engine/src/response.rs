//! What ads are expected to do, learned from all that ran before.

mod prior;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use campaign_pilot_core::{Billing, Currency, Measured, Money, ProductId};
use garde::Validate;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PolicyAmount;
use crate::amount::number;
use crate::ranges;

pub(crate) use prior::GammaPrior;

/// For how many orders the quantiles are kept.
const RANGES_KEPT: u32 = 16;
/// As how many orders the assumed order value and commission count.
const PRIOR_ORDERS: f64 = 5.0;
/// As how many clicks the assumed price of a click counts.
const PRIOR_CLICKS: f64 = 30.0;
/// The mean price where no ad has run yet; only a scale.
const ORDINARY_PRICE: f64 = 40.0;
/// As how many of its clicks the price of clicks of all products counts for one product.
const PRIOR_OWN_CLICKS: f64 = 30.0;
/// As how many orders the value of orders of all products counts for one product.
const PRIOR_OWN_ORDERS: f64 = 2.0;

/// What is assumed of ads before any ran, and how much that counts. Everything here gives way to what is seen.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ResponsePolicy {
    /// Orders out of a hundred clicks. Default 2: what online shops usually see.
    #[garde(custom(ranges::percent))]
    pub conversion_percent: Decimal,
    /// As how many clicks that counts. Default 300.
    pub conversion_clicks: u32,
    /// Clicks on one ad a day. Default 5.
    #[garde(custom(ranges::not_negative))]
    pub clicks_per_day: Decimal,
    /// As how many days on offer that counts. Default 5.
    pub clicks_days: u32,
    /// Commissions in percent of the credited revenue, on a platform that bills commissions. Default 10.
    #[garde(custom(ranges::percent))]
    pub commission_percent: Decimal,
    /// What a click costs on a platform that bills clicks; 0.40 dollars, euros or pounds unless set. Without an amount in the
    /// platform's currency, 1 % of the mean price.
    #[garde(custom(ranges::amount))]
    pub click_price: PolicyAmount,
}

impl Default for ResponsePolicy {
    fn default() -> Self {
        Self {
            conversion_percent: dec!(2),
            conversion_clicks: 300,
            clicks_per_day: dec!(5),
            clicks_days: 5,
            commission_percent: dec!(10),
            click_price: PolicyAmount::nominal(dec!(0.40)),
        }
    }
}

/// What all ads of one product did so far.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AdRecord {
    /// The product.
    pub product: ProductId,
    /// Its price.
    pub price: Money,
    /// Hours for which an ad of it was on offer; scheduled and paused time does not count.
    pub hours_on_offer: Decimal,
    /// Clicks.
    pub clicks: Measured<u64>,
    /// Orders that are credited and were not taken back.
    pub actions: u64,
    /// Their revenue.
    pub revenue: Money,
    /// What the ads cost.
    pub cost: Money,
}

/// How shoppers respond to ads, learned from all products: the empirical-Bayes prior of each single one.
///
/// # Formula
///
/// - Orders per click and clicks per day are `Gamma(a, a / m)` over the products. Their mean `m` and shape `a` are found by moments, with the variance
///   of Breslow (1984) for counts that vary more than by chance ([`AdRecord`]s as units, clicks and days as exposures): a product with
///   many clicks counts hardly more for the mean than one with some, since products differ, and products that had no chance of an order
///   say nothing of how much they differ. A few products leave the shape near 1.
/// - Commissions `c` and the price of a click `p` fit `cost = c x revenue + p x clicks` over the products by weighted
///   least squares, both at least 0, drawn towards what the policy assumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    billing: Billing,
    conversion: GammaPrior,
    /// The 5 % and the 95 % quantile of `Gamma(shape + n, 1)` for n orders: most products of a shop share the first few.
    conversion_ranges: Vec<(f64, f64)>,
    clicks: GammaPrior,
    commission: f64,
    /// What a click costs.
    click_price: f64,
    /// An order's revenue in parts of the product's price.
    order_value: f64,
}

/// What is expected of one product's ads. Estimates, not amounts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ProductResponse {
    /// Orders per click.
    pub(crate) conversion: GammaPrior,
    /// The 5 % and the 95 % quantile of those.
    pub(crate) conversion_range: (f64, f64),
    /// Clicks per day on offer.
    pub(crate) clicks_per_day: f64,
    /// The same with what is not known of it.
    pub(crate) clicks: GammaPrior,
    /// Revenue of an order.
    pub(crate) order_value: f64,
    /// Commission in parts of the revenue.
    pub(crate) commission: f64,
    /// What a click costs beside that.
    pub(crate) click_price: f64,
}

impl Response {
    /// Learns from what the ads of each product did; records in another currency than the platform bills in are left out.
    #[must_use]
    pub fn learn(records: &[AdRecord], currency: Currency, billing: Billing, policy: &ResponsePolicy) -> Self {
        let billed = records.iter().filter(|record| record.cost.currency == currency);
        let seen: Vec<Seen> = billed.map(Seen::of).filter(|seen| seen.price > 0.0).collect();
        let conversions = seen.iter().map(|seen| (seen.actions, seen.clicks));
        let conversion = fraction(policy.conversion_percent).max(1e-6);
        let days = seen.iter().map(|seen| (seen.clicks, seen.days));
        let clicks_per_day = number(policy.clicks_per_day).max(1e-3);
        let (commission, click_price) = costs(&seen, currency, billing, policy);
        let priced: f64 = seen.iter().map(|seen| seen.actions * seen.price).sum();
        let revenue: f64 = seen.iter().map(|seen| seen.revenue).sum();
        let mean_price = mean(seen.iter().map(|seen| seen.price)).unwrap_or(ORDINARY_PRICE);
        let prior = PRIOR_ORDERS * mean_price;
        let conversion = GammaPrior::learn(conversions, conversion, f64::from(policy.conversion_clicks.max(1)));
        Self {
            billing,
            conversion,
            conversion_ranges: (0..RANGES_KEPT).map(|orders| conversion.after(f64::from(orders), 0.0).unit_range()).collect(),
            clicks: GammaPrior::learn(days, clicks_per_day, f64::from(policy.clicks_days.max(1))),
            commission,
            click_price,
            order_value: (revenue + prior) / (priced + prior),
        }
    }

    /// What is expected of a product at a price, by what its own ads did.
    pub(crate) fn of(&self, price: Money, own: Option<&AdRecord>) -> ProductResponse {
        let price = number(price.amount);
        let own = own.map(Seen::of).unwrap_or_default();
        let value = self.order_value * price;
        let click_price = match self.billing {
            Billing::Commissions => self.click_price,
            Billing::Clicks => (own.cost + PRIOR_OWN_CLICKS * self.click_price) / (own.clicks + PRIOR_OWN_CLICKS),
        };
        let conversion = self.conversion.after(own.actions, own.clicks);
        // Counts of orders are small whole numbers.
        let kept = own.actions.to_usize().and_then(|orders| self.conversion_ranges.get(orders));
        let (low, high) = kept.copied().unwrap_or_else(|| conversion.unit_range());
        let clicks = self.clicks.after(own.clicks, own.days);
        ProductResponse {
            conversion,
            conversion_range: (conversion.scaled(low), conversion.scaled(high)),
            clicks_per_day: clicks.mean(),
            clicks,
            order_value: (own.revenue + PRIOR_OWN_ORDERS * value) / (own.actions + PRIOR_OWN_ORDERS),
            commission: self.commission,
            click_price,
        }
    }
}

/// The sums of several ads of one product.
///
/// Records of two currencies are not added: the first one's currency counts.
#[must_use]
pub fn by_product(records: impl IntoIterator<Item = AdRecord>) -> BTreeMap<ProductId, AdRecord> {
    let mut sums: BTreeMap<ProductId, AdRecord> = BTreeMap::new();
    for record in records {
        match sums.get_mut(&record.product) {
            None => drop(sums.insert(record.product.clone(), record)),
            Some(sum) => sum.add(&record),
        }
    }
    sums
}

impl AdRecord {
    fn add(&mut self, other: &Self) {
        let (Ok(revenue), Ok(cost)) = (self.revenue.checked_add(other.revenue), self.cost.checked_add(other.cost)) else {
            return;
        };
        (self.revenue, self.cost) = (revenue, cost);
        self.hours_on_offer = self.hours_on_offer.saturating_add(other.hours_on_offer);
        self.actions = self.actions.saturating_add(other.actions);
        self.clicks = match (self.clicks, other.clicks) {
            (Measured::Known(a), Measured::Known(b)) => Measured::Known(a.saturating_add(b)),
            (absent @ Measured::Absent(_), _) | (_, absent @ Measured::Absent(_)) => absent,
        };
    }
}

/// A record as numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    price: f64,
    days: f64,
    clicks: f64,
    actions: f64,
    revenue: f64,
    cost: f64,
}

impl Seen {
    #[expect(clippy::cast_precision_loss, reason = "counts of clicks and orders")]
    fn of(record: &AdRecord) -> Self {
        Self {
            price: number(record.price.amount),
            days: number(record.hours_on_offer).max(0.0) / 24.0,
            clicks: record.clicks.known().map_or(0.0, |clicks| *clicks as f64),
            actions: record.actions as f64,
            revenue: number(record.revenue.amount).max(0.0),
            cost: number(record.cost.amount).max(0.0),
        }
    }
}

/// Commission in parts of the revenue, and the price of a click, both at least 0.
fn costs(seen: &[Seen], currency: Currency, billing: Billing, policy: &ResponsePolicy) -> (f64, f64) {
    let price = mean(seen.iter().map(|seen| seen.price)).unwrap_or(ORDINARY_PRICE);
    let click = policy.click_price.of(currency).map_or(0.01 * price, |amount| number(amount.amount).max(0.0));
    let (commission, click) = match billing {
        Billing::Commissions => (fraction(policy.commission_percent).max(0.0), 0.0),
        Billing::Clicks => (0.0, click),
    };
    // Revenue and cost in parts of an average price, so that the currency's unit does not matter.
    let (mut revenues, mut both, mut clicks, mut paid_revenues, mut paid_clicks) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for seen in seen {
        let (revenue, cost) = (seen.revenue / price, seen.cost / price);
        let weight = 1.0 / (cost + 0.02);
        revenues += weight * revenue * revenue;
        both += weight * revenue * seen.clicks;
        clicks += weight * seen.clicks * seen.clicks;
        paid_revenues += weight * revenue * cost;
        paid_clicks += weight * seen.clicks * cost;
    }
    let (of_orders, of_clicks) = (PRIOR_ORDERS * PRIOR_ORDERS, PRIOR_CLICKS * PRIOR_CLICKS);
    revenues += of_orders;
    paid_revenues += of_orders * commission;
    clicks += of_clicks;
    paid_clicks += of_clicks * click / price;
    let alone = (paid_clicks / clicks).max(0.0) * price;
    if billing == Billing::Clicks {
        return (0.0, alone);
    }
    let determinant = revenues.mul_add(clicks, -(both * both));
    let found = (
        (paid_revenues * clicks - paid_clicks * both) / determinant,
        (paid_clicks * revenues - paid_revenues * both) / determinant * price,
    );
    match found {
        (rate, per_click) if !(rate.is_finite() && per_click.is_finite()) => (commission, click),
        (rate, _) if rate < 0.0 => (0.0, alone),
        (_, per_click) if per_click < 0.0 => ((paid_revenues / revenues).max(0.0), 0.0),
        found => found,
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    (count > 0.0).then_some(sum / count)
}

fn fraction(percent: Decimal) -> f64 {
    number(percent) / 100.0
}
