//! What changed against the baseline, and the one number made of it.

use campaign_pilot_core::Absence;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The change of a number against its baseline, in percent: the sales impact and the view impact.
///
/// # Formula
///
/// `(current - baseline) / baseline x 100`
///
/// # Errors
///
/// [`Absence::ZeroBaseline`] when the baseline is zero or, after refunds, below it; [`Absence::OutOfRange`] when the
/// result has more than 28 digits.
///
/// ```
/// use campaign_pilot_core::Absence;
/// use campaign_pilot_metrics::relative_change;
/// use rust_decimal::Decimal;
///
/// assert_eq!(relative_change(Decimal::from(23), Decimal::from(20)), Ok(Decimal::from(15)));
/// assert_eq!(relative_change(Decimal::from(3), Decimal::ZERO), Err(Absence::ZeroBaseline));
/// ```
pub fn relative_change(current: Decimal, baseline: Decimal) -> Result<Decimal, Absence> {
    if baseline <= Decimal::ZERO {
        return Err(Absence::ZeroBaseline);
    }
    current
        .checked_sub(baseline)
        .and_then(|difference| difference.checked_mul(Decimal::ONE_HUNDRED))
        .and_then(|scaled| scaled.checked_div(baseline))
        .ok_or(Absence::OutOfRange)
}

/// How much each impact counts in the efficiency.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EfficiencyWeights {
    /// The weight of the sales impact; 0.6 unless set.
    pub sales: Decimal,
    /// The weight of the view impact; 0.4 unless set.
    pub views: Decimal,
}

impl Default for EfficiencyWeights {
    fn default() -> Self {
        Self { sales: Decimal::new(6, 1), views: Decimal::new(4, 1) }
    }
}

/// The efficiency of a campaign, in percent: both impacts in one number.
///
/// # Formula
///
/// `sales impact x 0.6 + view impact x 0.4`
///
/// # Errors
///
/// [`Absence::OutOfRange`] when the result has more than 28 digits.
pub fn efficiency(sales_impact: Decimal, view_impact: Decimal) -> Result<Decimal, Absence> {
    efficiency_with(sales_impact, view_impact, &EfficiencyWeights::default())
}

/// The same as [`efficiency`] with other weights.
///
/// # Errors
///
/// As [`efficiency`].
pub fn efficiency_with(sales_impact: Decimal, view_impact: Decimal, weights: &EfficiencyWeights) -> Result<Decimal, Absence> {
    let sales = sales_impact.checked_mul(weights.sales).ok_or(Absence::OutOfRange)?;
    let views = view_impact.checked_mul(weights.views).ok_or(Absence::OutOfRange)?;
    sales.checked_add(views).ok_or(Absence::OutOfRange)
}
