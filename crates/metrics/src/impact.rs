//! What changed against the baseline, and the one number made of it.

use campaign_pilot_core::Absence;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

mod daily;

pub use daily::{DailyImpact, daily_impacts, impact_trend};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn changes_are_exact_at_the_thresholds() {
        assert_eq!(relative_change(dec!(115), dec!(100)), Ok(dec!(15)));
        assert_eq!(relative_change(dec!(3.45), dec!(3)), Ok(dec!(15)));
        assert_eq!(relative_change(dec!(90), dec!(100)), Ok(dec!(-10)));
        assert_eq!(relative_change(dec!(0), dec!(7)), Ok(dec!(-100)));
        assert_eq!(relative_change(dec!(-1), dec!(2)), Ok(dec!(-150)));
    }

    #[test]
    fn without_a_baseline_there_is_no_change() {
        assert_eq!(relative_change(dec!(5), dec!(0)), Err(Absence::ZeroBaseline));
        assert_eq!(relative_change(dec!(5), dec!(-2)), Err(Absence::ZeroBaseline));
        assert_eq!(relative_change(Decimal::MAX, dec!(1)), Err(Absence::OutOfRange));
    }

    #[test]
    fn efficiency_weighs_sales_with_six_tenths() {
        assert_eq!(efficiency(dec!(20), dec!(10)), Ok(dec!(16.0)));
        assert_eq!(efficiency(dec!(-20), dec!(30)), Ok(dec!(0.0)));
        assert_eq!(efficiency(Decimal::MAX, Decimal::MAX), Ok(Decimal::MAX));
        let overweight = EfficiencyWeights { sales: dec!(2), views: dec!(0) };
        assert_eq!(efficiency_with(Decimal::MAX, dec!(0), &overweight), Err(Absence::OutOfRange));
    }

    fn percent() -> impl Strategy<Value = Decimal> {
        (-10_000_000i64..10_000_000).prop_map(|hundredths| Decimal::new(hundredths, 2))
    }

    proptest! {
        #[test]
        fn efficiency_is_linear(a in percent(), b in percent(), c in percent(), d in percent(), factor in -50i64..50) {
            let factor = Decimal::from(factor);
            let sum = efficiency(a + c, b + d).unwrap();
            prop_assert_eq!(sum, efficiency(a, b).unwrap() + efficiency(c, d).unwrap());
            prop_assert_eq!(efficiency(a * factor, b * factor).unwrap(), efficiency(a, b).unwrap() * factor);
        }

        #[test]
        fn a_change_does_not_depend_on_the_unit(current in 0i64..1_000_000, baseline in 1i64..1_000_000, scale in 1i64..1_000) {
            let (current, baseline, scale) = (Decimal::from(current), Decimal::from(baseline), Decimal::from(scale));
            let difference = relative_change(current * scale, baseline * scale).unwrap() - relative_change(current, baseline).unwrap();
            prop_assert!(difference.abs() < dec!(0.000000000000001));
        }

        #[test]
        fn more_sales_are_never_a_smaller_change(less in 0i64..1_000_000, more in 0i64..1_000_000, baseline in 1i64..1_000) {
            let (less, more) = (less.min(more), less.max(more));
            let change = |current| relative_change(Decimal::from(current), Decimal::from(baseline)).unwrap();
            prop_assert!(change(less) <= change(more));
        }
    }
}
