//! Which share of the sales that a platform credits to ads was caused by them, over the whole shop.

mod days;
mod fit;
mod panel;
mod posterior;
#[cfg(test)]
mod tests;

use std::ops::Range;

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

pub use posterior::{SharePrior, SharePriorError};

/// How often the intervals of [`caused_share`] hold the true share, in one look.
pub const CAUSED_SHARE_CONFIDENCE: f64 = 0.9;

/// The most days that [`caused_share`] looks at: the effort grows with their cube.
pub const MAXIMUM_CAUSED_SHARE_DAYS: u32 = 400;

/// What a product sold on a day. Days without sales are not listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DaySale {
    /// The day, counted from the first one that is looked at: 0 up to, without, [`CausedShareFacts::days`].
    pub day: u32,
    /// Units sold.
    pub units: u32,
    /// Orders that they came in.
    pub orders: u32,
}

/// What a product sold, and when its ads could have changed that.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ProductSales {
    /// Products of a category lend each other their rate of sale; 0 if there are none.
    pub category: u32,
    /// The days with sales, in any order; those of the same day are added up.
    pub sold: Vec<DaySale>,
    /// Days on which its own ads could have changed its sales: from the launch to the end, and a tail of about 14 days in which
    /// links still sell and replaced purchases are missing.
    pub affected: Vec<Range<u32>>,
    /// Days that say nothing: out of stock, not yet or no longer on sale.
    pub left_out: Vec<Range<u32>>,
    /// Units that the platform credits to ads on the affected days, net of reversals.
    pub credited_units: f64,
    /// Orders that these units came in; `None` where the platform does not say: then the shop's units per order tell.
    pub credited_orders: Option<f64>,
}

/// What is known about a shop.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct CausedShareFacts {
    /// How many days there are. The last should be old enough for its conversions to be credited; the first should lie
    /// [`CausedSharePolicy::selection_days`] and [`CausedSharePolicy::minimum_baseline_days`], better twice as long, before the
    /// launches.
    pub days: u32,
    /// All products of the shop, advertised or not, in any order.
    pub products: Vec<ProductSales>,
}

/// How the share is drawn.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct CausedSharePolicy {
    /// What is believed before the shop's own sales are seen: 0.75 with a standard deviation of 0.15.
    pub prior: SharePrior,
    /// Days before each launch whose sales may be why the product was chosen: they are left out, since a choice of products that
    /// sold well lately makes every rate look high. 28; 0 where chance or a person who saw no sales chose. Kept where more than
    /// four fifths of the products are advertised: then hardly any were chosen.
    pub selection_days: u32,
    /// The fewest days without ads and in stock from which a product's own rate is drawn: 14. Others are not looked at.
    pub minimum_baseline_days: u32,
}

impl Default for CausedSharePolicy {
    fn default() -> Self {
        Self { prior: SharePrior::default(), selection_days: 28, minimum_baseline_days: 14 }
    }
}

/// What a reader of a [`CausedShare`] should know.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum CausedShareNote {
    /// No product without ads sold anything on some affected days, so that the level of the shop was carried over from other days.
    NoControl {
        /// How many.
        days: u32,
    },
    /// Products without ads were expected to sell less than a fifth of what the shop sells on affected days, so that what is said
    /// rests mostly on the shop's own past.
    LittleControl,
    /// Advertised products without enough days before or after their ads were not looked at.
    WithoutBaseline {
        /// How many products.
        products: u32,
        /// Units credited to them, which are missing in the sums.
        credited_units: f64,
    },
    /// The platform did not say for all products how many orders its units came in.
    OrdersFromUnits,
    /// Nearly all products were advertised, so that no days were left out for how they were chosen.
    NoChoice,
    /// Affected days reach to the last day. Of ads that still run, sales that they replace after it are not seen missing yet, so
    /// that the share is a little high: by less than the tail over the time that they ran, of what was not caused.
    StillRunning,
    /// Only the prior says anything.
    PriorOnly,
}

/// Which share of the credited sales was caused by ads, and how sure that is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CausedShare {
    /// What the shop's sales say by themselves, without the prior. It may lie outside of 0 to 1: it is unbiased, not plausible.
    pub estimate: Measured<f64>,
    /// Its standard error.
    pub standard_error: Measured<f64>,
    /// The share to reckon with, between 0 and 1: estimate and prior together; the prior alone where there is no estimate.
    pub posterior_mean: f64,
    /// Its standard deviation.
    pub posterior_sd: f64,
    /// Where the share lies with a probability of [`CAUSED_SHARE_CONFIDENCE`], equal tails, within 0 and 1.
    pub interval: (f64, f64),
    /// Of what the shop was expected to sell on affected days, the share of products without ads: 0 is no control at all.
    pub control_share: f64,
    /// Units credited to the products that were looked at.
    pub credited_units: f64,
    /// Orders credited to them.
    pub credited_orders: f64,
    /// Orders of them on affected days.
    pub observed_orders: f64,
    /// Orders expected of them on affected days without ads.
    pub expected_orders: f64,
    /// The variance of orders over their mean: 1 is pure chance.
    pub overdispersion: f64,
    /// What a reader should know.
    pub notes: Vec<CausedShareNote>,
}

/// The share of credited sales that ads caused, pooled over all products with ads.
///
/// # Formula
///
/// Without ads a product `p` is expected to have `a_p x b_d` orders on day `d`; `b_d` is the shop's. Only days without ads, in
/// stock and not right before a launch are fitted, in turns:
///
/// - `a_p = (φα + Y_p) / (φα / m + B_p)` with `Y_p` its orders and `B_p` the sum of `b_d` over these days. `m` is the mean rate of
///   its category's advertised (or its other) products, which leans on that of all of them by 20 orders; the shape `α` is that of
///   the spread between products.
/// - `ln b_d` is a Gaussian process: a random walk, a slope, days of the week, and shocks of single days. Their sizes have the
///   highest likelihood (Laplace's approximation, overdispersed by `φ`) with a mild prior. Where no product without ads is left it
///   goes on by itself and its variance grows.
/// - `φ >= 1` is the larger of squared residuals over means, of days and of stretches of 28 days; the latter see rates that drift.
///
/// With `O` the orders and `C` the credited orders on affected days and `M = Σ a_p A_p`, where `A_p` is the sum of `b_d` over the
/// product's affected days,
///
/// ```text
/// estimate       = (O - M) / C
/// standard error = sqrt(φ M + C/4 + Σ A_p² var(a_p) + var(m) terms + g' Σ_b g) / C
/// ```
///
/// with `C/4` the most that chance adds in which credited orders were caused, `g` the derivative of `M` to `ln b_d`, through both
/// `A_p` and `B_p`, and `Σ_b` the covariance of `ln b_d`, the inverse of the prior's and what orders say: with `μ_pd = a_p b_d`
/// over days without ads that is `(Σ_p diag(μ_p) - μ_p μ_p' / Σ_d μ_pd) / φ`, since rates are learned from the same days. The posterior is the product of the normal densities of estimate and
/// prior, cut off outside of 0 to 1.2; what it says is then clamped to 0 to 1.
///
/// Orders are counted, not units, so that one order of 20 units counts once on both sides; that the share holds for units and
/// revenue takes that caused orders are as large as others.
///
/// The interval is for **one look**. Looking daily and stopping at a good one makes it too narrow, and so does intersecting those
/// of several days: neighbouring days share nearly all of their data. For decisions that are made anew each day from the mean that
/// is harmless; to prove an effect take [`crate::evidence`].
///
/// # Errors
///
/// None: what cannot be estimated is absent and the prior is answered. [`Absence::NoSales`] when nothing was credited,
/// [`Absence::NoBaseline`] when no advertised product has [`CausedSharePolicy::minimum_baseline_days`], or nothing was sold on such
/// days, [`Absence::NotFinite`] when a credited number is not finite, [`Absence::OutOfRange`] beyond
/// [`MAXIMUM_CAUSED_SHARE_DAYS`] or where sums are not representable.
///
/// What remains of the regression to the mean when the best sellers of the last weeks are advertised, with these weeks left out:
/// about a third of a standard error, to the low side, since the products that were passed over sold less than usual in them.
///
/// The effort grows with days with sales, products and the cube of days; 10,000 products over 100 days take some tens of
/// milliseconds.
///
/// It does not see ads that take sales from other products (the estimate is then too high) or lend them some, a price or stock
/// change that begins with the ads, or products whose own trend departs from the shop's: that widens it through `φ` only.
///
/// ```
/// use campaign_pilot_core::Measured;
/// use campaign_pilot_metrics::{CausedShareFacts, CausedSharePolicy, DaySale, ProductSales, caused_share};
///
/// // Forty products that sell every other day. Ten are advertised from day 60: then they sell daily, and the platform credits
/// // three of four orders.
/// let product = |number: u32, is_advertised: bool| ProductSales {
///     sold: (0..100)
///         .filter(|day| (day + number) % 2 == 0 || (is_advertised && *day >= 60))
///         .map(|day| DaySale { day, units: 1, orders: 1 })
///         .collect(),
///     affected: if is_advertised { vec![60..100] } else { Vec::new() },
///     credited_units: if is_advertised { 30.0 } else { 0.0 },
///     credited_orders: is_advertised.then_some(30.0),
///     ..ProductSales::default()
/// };
/// let facts = CausedShareFacts { days: 100, products: (0..40).map(|number| product(number, number < 10)).collect() };
/// let share = caused_share(&facts, &CausedSharePolicy::default());
/// // Twenty more orders than expected of thirty credited ones.
/// assert!(matches!(share.estimate, Measured::Known(share) if (share - 0.67).abs() < 0.02));
/// assert!(share.interval.0 > 0.5 && share.interval.1 < 0.85);
/// ```
#[must_use]
pub fn caused_share(facts: &CausedShareFacts, policy: &CausedSharePolicy) -> CausedShare {
    let mut share = CausedShare {
        estimate: Measured::Absent(Absence::NoBaseline),
        standard_error: Measured::Absent(Absence::NoBaseline),
        posterior_mean: 0.0,
        posterior_sd: 0.0,
        interval: (0.0, 1.0),
        control_share: 0.0,
        credited_units: 0.0,
        credited_orders: 0.0,
        observed_orders: 0.0,
        expected_orders: 0.0,
        overdispersion: 1.0,
        notes: Vec::new(),
    };
    let estimated = estimate(facts, policy, &mut share);
    share.estimate = estimated.map(|(estimate, _)| estimate).into();
    share.standard_error = estimated.map(|(_, error)| error).into();
    if estimated.is_err() {
        share.notes.push(CausedShareNote::PriorOnly);
    }
    let posterior = policy.prior.after(estimated.ok());
    share.posterior_mean = posterior.mean;
    share.posterior_sd = posterior.sd;
    share.interval = posterior.interval;
    share
}

/// The estimate and its standard error; fills in the sums and notes.
fn estimate(facts: &CausedShareFacts, policy: &CausedSharePolicy, share: &mut CausedShare) -> Result<(f64, f64), Absence> {
    let panel = panel::Panel::new(facts, policy)?;
    share.notes.extend(panel.notes.iter().copied());
    share.credited_units = representable(panel.credited_units)?;
    share.credited_orders = representable(panel.credited_orders)?;
    share.observed_orders = panel.observed;
    if panel.advertised == 0 {
        return Err(Absence::NoBaseline);
    }
    if panel.credited_orders <= 0.0 {
        return Err(Absence::NoSales);
    }
    let fit = fit::Fit::new(&panel).ok_or(Absence::NoBaseline)?;
    let expected = fit.expected(&panel).ok_or(Absence::OutOfRange)?;
    share.expected_orders = representable(expected.orders)?;
    share.overdispersion = representable(fit.dispersion)?;
    share.control_share = representable(expected.control_share)?.clamp(0.0, 1.0);
    if expected.days_without_control > 0 {
        share.notes.push(CausedShareNote::NoControl { days: expected.days_without_control });
    }
    if share.control_share < 0.2 {
        share.notes.push(CausedShareNote::LittleControl);
    }
    let variance = expected.variance + 0.25 * panel.credited_orders;
    let estimate = representable((panel.observed - expected.orders) / panel.credited_orders)?;
    Ok((estimate, representable(variance.sqrt() / panel.credited_orders)?))
}

fn representable(value: f64) -> Result<f64, Absence> {
    if value.is_finite() { Ok(value) } else { Err(Absence::OutOfRange) }
}
