//! What an ad will contribute in fact, as it can be seen afterwards.

mod mixture;
mod spread;
#[cfg(test)]
mod tests;

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_metrics::special::inverse_gamma_p;
use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

use self::mixture::Mixture;
use crate::amount::number;
use crate::prospect::stock_share;
use crate::response::GammaPrior;
use crate::{ContributionPolicy, Interval, ProspectFacts, Response};

pub use spread::flight_spread;

/// How much what a click costs beside a commission differs between partners, in parts of its mean.
const CLICK_PRICE_DEVIATION: f64 = 0.5;
/// In how many equally likely parts the clicks a day are divided.
const PARTS: u32 = 8;

/// What is needed to predict the contribution of an ad over any time, kept with a decision so that it can be checked afterwards.
///
/// Beside [`Prospect`](crate::Prospect), which is about the mean of a day, it holds how orders, clicks and order values scatter.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ContributionOutlook {
    currency: Currency,
    /// Orders per click: a gamma distribution.
    conversion: Rate,
    /// Clicks per day on offer: a gamma distribution.
    clicks: Rate,
    /// The mean revenue of an order.
    order_value: f64,
    /// How much the revenue of single orders scatters: the squared coefficient of variation.
    order_spread: f64,
    /// The part of the revenue that is contribution: margin x caused.
    kept: f64,
    /// Commission in parts of the revenue.
    commission: f64,
    /// What a click costs beside that.
    click_price: f64,
    /// For how many days, at its pace on offer, an ad is still clicked after its end.
    #[serde(default)]
    days_after_end: f64,
}

/// `Gamma(shape, rate)`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Rate {
    shape: f64,
    rate: f64,
}

/// What is predicted of an amount that will be observed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Prediction {
    /// The expectation, with the interval that the observed amount lies in with a probability of 90 %: in 5 % of cases it is below.
    pub interval: Interval,
    /// The amount that is reached as often as not.
    pub median: Money,
    /// The probability of more than nothing, from 0 to 1.
    pub gains: Decimal,
}

/// What is needed to predict an ad's contribution; `None` for a product without a price above zero.
#[must_use]
pub fn contribution_outlook(
    facts: &ProspectFacts<'_>,
    response: &Response,
    policy: &ContributionPolicy,
) -> Option<ContributionOutlook> {
    let price = facts.product.price.filter(|price| price.is_positive())?;
    let margin = policy.margin.of(facts.product, price);
    let of = response.of(price, facts.own);
    let caused = number(facts.caused).clamp(0.0, 1.0) * stock_share(facts, &of, number(price.amount), policy);
    let units = (of.order_value / number(price.amount)).max(1.0);
    Some(ContributionOutlook {
        currency: price.currency,
        conversion: Rate::of(of.conversion),
        clicks: Rate::of(of.clicks),
        order_value: of.order_value,
        order_spread: (units - 1.0) / units,
        kept: number(margin.percent) / 100.0 * caused,
        commission: of.commission,
        click_price: of.click_price,
        days_after_end: 0.0,
    })
}

impl ContributionOutlook {
    /// The same for an ad that is still clicked for so many days, at its pace on offer, after its end: links that are posted stay.
    ///
    /// The records that the response was learned from must then count these days as days on offer, too: otherwise a campaign that ended
    /// early seems to have had as many clicks in less time.
    #[must_use]
    pub fn with_days_after_end(self, days: Decimal) -> Self {
        Self { days_after_end: number(days).max(0.0), ..self }
    }

    /// The same where flights of one product differ beyond chance in their clicks a day, by this squared coefficient of variation
    /// ([`flight_spread`]).
    #[must_use]
    pub fn with_flight_spread(self, spread: Decimal) -> Self {
        let mean = self.clicks.shape / self.clicks.rate;
        let shape = 1.0 / (self.clicks.shape.recip() + number(spread).max(0.0));
        Self { clicks: Rate { shape, rate: shape / mean }, ..self }
    }

    /// What a campaign contributes over so many days on offer, where it ends once it has cost its budget; `None` without time, or where
    /// budget and product are in two currencies.
    ///
    /// # Formula
    ///
    /// The predictive distribution of what will be observed, not of its mean:
    ///
    /// ```text
    /// clicks a day    ~ Gamma with the spread between flights, in eight equally likely parts; at most budget / price of a click over all days
    /// orders          ~ Poisson(clicks x orders per click), orders per click ~ Gamma: a negative binomial
    ///                   both end once they have cost the budget
    /// revenue         orders x order value, with the spread of single orders; units of an order are taken for geometric
    /// contribution    revenue x (margin x caused - commission) - clicks x price of a click
    /// ```
    ///
    /// Not in it are the uncertainty of margin and caused share, and changes of shoppers' response during the flight.
    #[must_use]
    pub fn over(&self, days: Decimal, budget: Option<Money>) -> Option<Prediction> {
        if budget.is_some_and(|budget| budget.currency != self.currency) {
            return None;
        }
        let days = number(days);
        let budget = budget.map_or(f64::INFINITY, |budget| number(budget.amount).max(0.0));
        let valid = self.conversion.is_valid() && self.clicks.is_valid() && self.order_value > 0.0;
        if days <= 0.0 || !valid {
            return None;
        }
        let days = days + self.days_after_end.max(0.0);
        let mut mixture = Mixture::default();
        let middle = |part: u32| inverse_gamma_p(self.clicks.shape, (f64::from(part) + 0.5) / f64::from(PARTS));
        let parts = (0..PARTS).map(middle).collect::<Option<Vec<f64>>>()?;
        // The middles of the parts do not have quite the mean of the whole.
        let scale = f64::from(PARTS) * self.clicks.shape / parts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        for part in parts {
            self.add(&mut mixture, part * scale / self.clicks.rate * days, budget);
        }
        let money = |amount: f64| Some(Money::new(Decimal::from_f64(amount)?.round_dp(2), self.currency));
        let interval = Interval {
            low: money(mixture.quantile(0.05))?,
            expected: money(mixture.mean())?,
            high: money(mixture.quantile(0.95))?,
        };
        let gains = Decimal::from_f64(mixture.above_zero())?.round_dp(4).clamp(dec!(0), dec!(1));
        Some(Prediction { interval, median: money(mixture.quantile(0.5))?, gains })
    }

    /// Adds what so many clicks bring, as one of the equally likely parts.
    fn add(&self, mixture: &mut Mixture, clicks: f64, budget: f64) {
        let clicks = if self.click_price > 0.0 { clicks.min(budget / self.click_price) } else { clicks };
        let paid = clicks * self.click_price;
        let per_order = self.commission * self.order_value;
        let gain = self.order_value * (self.kept - self.commission);
        let spread = gain * gain * self.order_spread.max(0.0);
        let weight = 1.0 / f64::from(PARTS);
        let of_price = if self.commission > 0.0 { CLICK_PRICE_DEVIATION } else { 0.0 };
        self.conversion.counts(clicks, |orders, probability| {
            let cost = orders.mul_add(per_order, paid);
            // The part of the time until the budget is used up; the order that uses it up is still paid for.
            let before_end = if cost > budget { (budget / cost * orders).ceil().min(orders) / orders.max(1.0) } else { 1.0 };
            let (orders, paid, clicks) = (orders * before_end, paid * before_end, clicks * before_end);
            // How many clicks there are until so many orders scatters more than how many there are in so much time.
            let of_clicks = if before_end < 1.0 { clicks * clicks / orders.max(1.0) } else { clicks };
            let of_costs = (self.click_price * self.click_price).mul_add(of_clicks, (of_price * paid).powi(2));
            let deviation = spread.mul_add(orders, of_costs).sqrt();
            mixture.add(weight * probability, orders.mul_add(gain, -paid), deviation);
        });
    }
}

impl Rate {
    fn of(prior: GammaPrior) -> Self {
        Self { shape: prior.shape(), rate: prior.rate() }
    }

    fn is_valid(self) -> bool {
        self.shape > 0.0 && self.rate > 0.0 && self.shape.is_finite() && self.rate.is_finite()
    }

    /// The negative binomial numbers of events in some exposure, each with its probability; together 1.
    fn counts(self, exposure: f64, mut each: impl FnMut(f64, f64)) {
        /// More events than that are taken for their mean: a shop has not so many orders from one ad.
        const MOST: u32 = 2_000;
        let mean = self.shape * exposure / self.rate;
        let ratio = exposure / (self.rate + exposure);
        let mut probability = (self.shape * (self.rate / (self.rate + exposure)).ln()).exp();
        let mut left = 1.0;
        if probability > 1e-280 {
            for events in 0..MOST {
                let events = f64::from(events);
                each(events, probability);
                left -= probability;
                if left < 1e-6 && events > mean {
                    break;
                }
                probability *= ratio * (self.shape + events) / (events + 1.0);
            }
        }
        if left > 1e-6 {
            each(mean, left);
        }
    }
}
