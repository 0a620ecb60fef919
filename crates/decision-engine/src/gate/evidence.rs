//! The sequential test behind the rules on money.

use rust_decimal::Decimal;

use super::{GammaPoisson, Side};
use crate::amount::number;
use crate::{CampaignInput, Rule};

/// The prior of the ratio of the sales to those that the cost needs: ratios between a half and two.
const PRIOR: f64 = 5.0;

/// The anytime-valid p-value of a loss: how often chance alone brings so few sales (new customers) for the cost where the
/// return is not negative (a customer costs no more than the product). `None` where nothing can be compared.
///
/// # Formula
///
/// Sales are Poisson with a mean of at least `M = cost / value of a sale` where the campaign does not lose; the
/// gamma-Poisson e-process for less ([`GammaPoisson`]) has `p = 1 / E`. The value of a sale is
/// `(revenue + price) / (sales + 1)`, that of a customer the price.
pub(crate) fn loss_p(rule: Rule, input: &CampaignInput) -> Option<f64> {
    let exposure = &input.metrics.exposure;
    let price = input.price.filter(|price| price.is_positive() && price.currency == exposure.cost.currency)?.amount;
    let (events, value) = match rule {
        Rule::CpaAbovePrice => (input.metrics.new_customers.ok().ok()?.count, price),
        _ => (exposure.actions, exposure.revenue.amount.checked_add(price)? / (Decimal::from(exposure.actions) + Decimal::ONE)),
    };
    let expected = exposure.cost.amount.checked_div(value)?;
    let mut test = GammaPoisson::new(Side::Below, PRIOR, PRIOR).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "a count of sales")]
    test.observe(events as f64, number(expected).max(0.0)).ok()?;
    Some((-test.ln_e().max(0.0)).exp())
}
