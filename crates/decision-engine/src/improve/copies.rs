//! What another variant of the copy is expected to add, by what variants did before.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::Money;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use super::{Candidate, Change, Ground};
use crate::Interval;
use crate::amount::number;

/// By how much variants of one product's copy differ before any is known: the squared coefficient of variation of their rates. Words
/// move clicks and orders by some tens of percent, hardly more.
const VARIANTS_DIFFER: f64 = 0.04;
/// By how much campaigns of one product differ whatever their words: the squared coefficient of variation of their rates.
const CAMPAIGNS_DIFFER: f64 = 0.1;
/// The 95 % quantile of the normal law: both ends of a 90 % interval.
const WIDE: f64 = 1.644_853_6;
/// As how many clicks with one order a shop counts where no ad has sold anything yet.
const CLICKS_OF_AN_ORDER: f64 = 50.0;

/// What campaigns with one variant of the copy did, of the same product or of its category.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct CopyRecord {
    /// Hours for which they were on offer with it.
    pub hours_on_offer: Decimal,
    /// Clicks in that time.
    pub clicks: u64,
    /// Orders in that time that are credited and were not taken back.
    pub orders: u64,
    /// How many campaigns these are.
    pub campaigns: u32,
}

/// What orders and clicks of the product are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopyWorth {
    /// What an order contributes, after everything but clicks that are paid for.
    pub per_order: Money,
    /// What a click costs.
    pub per_click: Money,
}

/// The candidates among variants of the copy: every one but that in force, each with the contribution that it is expected to add in the
/// days that are left.
///
/// A variant that never ran is expected to add nothing, with the spread that variants have: [`Ground::Trial`].
///
/// # Formula
///
/// ```text
/// a day       g = clicks a day x (orders per click x worth of an order - price of a click)
/// clicks a day     ~ Gamma(1 / s, 1 / (s m)), given f x clicks in f x days              f = 1 / (1 + c E / campaigns)
/// orders per click ~ Gamma(1 / s, 1 / (s q)), given f' x orders in f' x clicks
/// gain        (E g of the variant - E g of the one in force) x days left
/// ```
///
/// `m` and `q` are the means over all variants, `s = 0.04` the squared coefficient of variation among variants and `c = 0.1` that among
/// campaigns, which is why a thousand clicks of one campaign say less than those of three; `E` is what a variant's exposure is expected
/// to bring. The interval takes clicks and orders as independent and the sum as normal.
#[must_use]
pub fn other_copies(
    in_force: &str,
    variants: &[String],
    records: &BTreeMap<String, CopyRecord>,
    worth: &CopyWorth,
    days_left: Decimal,
) -> Vec<Candidate> {
    let rates = Rates::of(records);
    let days_left = number(days_left.max(Decimal::ZERO));
    let (per_order, per_click) = (number(worth.per_order.amount), number(worth.per_click.amount));
    let of = |variant: &str| rates.a_day(records.get(variant), per_order, per_click);
    let now = of(in_force);
    let currency = worth.per_order.currency;
    let money = |amount: f64| Money::new(Decimal::from_f64(amount).unwrap_or(Decimal::ZERO).round_dp(4), currency);
    let others: BTreeSet<_> = variants.iter().filter(|variant| variant.as_str() != in_force).collect();
    let candidate = |variant: &String| {
        let new = of(variant);
        let ran = records.get(variant).is_some_and(|record| record.hours_on_offer.is_sign_positive() && record.campaigns > 0);
        let gain = if ran { (new.mean - now.mean) * days_left } else { 0.0 };
        let spread = WIDE * (new.variance + now.variance).sqrt() * days_left;
        Candidate {
            change: Change::OtherCopy { from: in_force.to_owned(), variant: variant.clone() },
            gain: Interval { low: money(gain - spread), expected: money(gain), high: money(gain + spread) },
            cost_of_trying: Money::zero(currency),
            ground: if ran { Ground::Expected } else { Ground::Trial },
            obstacle: None,
        }
    };
    if worth.per_click.currency == currency { others.into_iter().map(candidate).collect() } else { Vec::new() }
}

/// The means over all variants.
struct Rates {
    clicks_per_day: f64,
    orders_per_click: f64,
}

/// A number that is not known exactly.
#[derive(Clone, Copy)]
struct Uncertain {
    mean: f64,
    variance: f64,
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "counts of clicks and orders")]
    fn of(records: &BTreeMap<String, CopyRecord>) -> Self {
        let sum = |of: fn(&CopyRecord) -> f64| records.values().map(of).sum::<f64>();
        let days = sum(|record| number(record.hours_on_offer).max(0.0) / 24.0);
        let (clicks, orders) = (sum(|record| record.clicks as f64), sum(|record| record.orders as f64));
        Self {
            clicks_per_day: if days > 0.0 { clicks / days } else { 0.0 },
            orders_per_click: (orders + 1.0) / (clicks + CLICKS_OF_AN_ORDER),
        }
    }

    /// What a day with a variant contributes.
    #[expect(clippy::cast_precision_loss, reason = "counts of clicks and orders")]
    fn a_day(&self, record: Option<&CopyRecord>, per_order: f64, per_click: f64) -> Uncertain {
        let nothing = CopyRecord::default();
        let record = record.unwrap_or(&nothing);
        let campaigns = f64::from(record.campaigns.max(1));
        let days = number(record.hours_on_offer).max(0.0) / 24.0;
        let clicks = posterior(self.clicks_per_day, record.clicks as f64, days, campaigns);
        let orders = posterior(self.orders_per_click, record.orders as f64, record.clicks as f64, campaigns);
        let a_click =
            Uncertain { mean: orders.mean.mul_add(per_order, -per_click), variance: orders.variance * per_order.powi(2) };
        // The variance of a product of independent factors.
        let variance = clicks.variance.mul_add(a_click.mean.powi(2), clicks.mean.powi(2) * a_click.variance)
            + clicks.variance * a_click.variance;
        Uncertain { mean: clicks.mean * a_click.mean, variance }
    }
}

/// The gamma posterior of a rate whose mean over all variants is known.
fn posterior(mean: f64, events: f64, exposure: f64, campaigns: f64) -> Uncertain {
    if mean <= 0.0 {
        return Uncertain { mean: 0.0, variance: 0.0 };
    }
    let counts = 1.0 / (CAMPAIGNS_DIFFER / campaigns).mul_add(exposure * mean, 1.0);
    let shape = counts.mul_add(events, 1.0 / VARIANTS_DIFFER);
    let rate = counts.mul_add(exposure, 1.0 / (VARIANTS_DIFFER * mean));
    Uncertain { mean: shape / rate, variance: shape / rate.powi(2) }
}
