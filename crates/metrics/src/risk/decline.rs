//! How much a campaign's performance declines.

use campaign_pilot_core::{Absence, Measured};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::RiskFactors;
use crate::RobustTrend;
use crate::tails::{normal_below, normal_density};

/// How far ahead the trend of the impact is followed.
pub const DECLINE_HORIZON_DAYS: u32 = 7;

/// What the decline was measured by: of two numbers, the larger one.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineBasis {
    /// By the trend of the impact: the share of the baseline's sales that is lost over [`DECLINE_HORIZON_DAYS`].
    ///
    /// With the robust slope `b` in percentage points a day and the standard error `e` that its interval stands for, the
    /// loss is taken as normal with mean `-7 b / 100` and standard deviation `7 e / 100`, and the value is the mean of the
    /// loss held within [0, 1]. So a certain fall counts in full, a certain rise not at all, and the less is known of the
    /// slope, the nearer the value lies to the neutral 0.5. The range is made of the two ends of the slope's interval.
    Trend,
    /// By the level of the sales: the share by which they lie below the baseline; 0 above it.
    #[default]
    SalesLevel,
    /// By the level of the views, where sales are not known.
    ViewLevel,
    /// By nothing: the neutral value stands there.
    Nothing,
}

/// The decline with its range, and what it was measured by.
pub(super) fn decline(factors: &RiskFactors) -> (DeclineBasis, Result<(Decimal, Decimal, Decimal), Absence>) {
    let level = match (factors.sales_impact, factors.view_impact) {
        (Measured::Known(impact), _) => Ok((DeclineBasis::SalesLevel, impact)),
        (Measured::Absent(_), Measured::Known(impact)) => Ok((DeclineBasis::ViewLevel, impact)),
        (Measured::Absent(absence), Measured::Absent(_)) => Err(absence),
    };
    let level = level.map(|(basis, impact)| (basis, (-impact / Decimal::ONE_HUNDRED).clamp(Decimal::ZERO, Decimal::ONE)));
    let trend = factors.impact_trend.ok().and_then(|trend| loss(&trend));
    match (level, trend) {
        (Ok((basis, level)), Ok((value, low, high))) if level >= value => (basis, Ok((level, low.max(level), high.max(level)))),
        (Ok((_, level)), Ok((value, low, high))) => (DeclineBasis::Trend, Ok((value, low.max(level), high))),
        (Err(_), Ok(trend)) => (DeclineBasis::Trend, Ok(trend)),
        (Ok((basis, level)), Err(_)) => (basis, Ok((level, level, level))),
        (Err(absence), Err(_)) => (DeclineBasis::Nothing, Err(absence)),
    }
}

/// The expected loss within [0, 1], and the losses at the two ends of the slope's interval.
fn loss(trend: &RobustTrend) -> Result<(Decimal, Decimal, Decimal), Absence> {
    let horizon = f64::from(DECLINE_HORIZON_DAYS) / 100.0;
    let lost = |slope: f64| -slope * horizon;
    let mean = expected_within_one(lost(trend.slope), trend.standard_error() * horizon);
    let decimal = |share: f64| {
        let share = Some(share.clamp(0.0, 1.0)).filter(|share| share.is_finite()).ok_or(Absence::NotFinite)?;
        Decimal::try_from(share).map(|share| share.round_dp(6)).map_err(|_| Absence::OutOfRange)
    };
    Ok((decimal(mean)?, decimal(lost(trend.high))?, decimal(lost(trend.low))?))
}

/// The mean of a normal number that is held within [0, 1].
fn expected_within_one(mean: f64, deviation: f64) -> f64 {
    // NaN falls through to the caller's check.
    if deviation <= f64::MIN_POSITIVE || !deviation.is_finite() {
        return if deviation.is_finite() { mean.clamp(0.0, 1.0) } else { 0.5 };
    }
    let (from, to) = (-mean / deviation, (1.0 - mean) / deviation);
    if !from.is_finite() || !to.is_finite() {
        return mean.clamp(0.0, 1.0);
    }
    let inside = mean * (normal_below(to) - normal_below(from)) + deviation * (normal_density(from) - normal_density(to));
    (inside + normal_below(-to)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of a clipped normal by numerical integration (scipy 1.18.1, `scipy.integrate.quad`).
    #[test]
    fn a_clipped_normal_has_its_mean() {
        for (mean, deviation, expected) in CLIPPED {
            let computed = expected_within_one(mean, deviation);
            assert!((computed - expected).abs() < 1e-10, "{mean} {deviation}: {computed}");
        }
    }

    const CLIPPED: [(f64, f64, f64); 5] = [
        (0.3, 0.1, 0.300_038_215_431_687_2),
        (0.1, 0.4, 0.212_844_043_944_705_32),
        (-0.2, 0.15, 0.006_359_267_256_225_457),
        (0.9, 0.3, 0.823_843_812_005_392_8),
        (1.5, 0.7, 0.906_401_171_343_031_4),
    ];

    #[test]
    fn certainty_counts_in_full_and_ignorance_is_neutral() {
        assert!((expected_within_one(0.3, 0.0) - 0.3).abs() < 1e-12);
        assert!((expected_within_one(0.3, 1e-9) - 0.3).abs() < 1e-9);
        assert!(expected_within_one(-0.5, 1e-9).abs() < 1e-12);
        assert!((expected_within_one(0.3, 1e9) - 0.5).abs() < 1e-6);
        assert!((expected_within_one(-0.2, f64::INFINITY) - 0.5).abs() < 1e-12);
    }
}
