//! Where the gate draws its lines.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Where the gate draws its lines. Every field has a default, unknown ones are refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatePolicy {
    /// From which age on, in hours, data are too old to raise spending on. Default 6.
    pub max_age_hours: u32,
    /// From which lag of a source behind the moment of reading on, in hours, its latest figures are doubtful. Default 3.
    pub max_lag_hours: u32,
    /// How many minutes a clock may be ahead before its dates count as dates in the future. Default 10.
    pub clock_skew_minutes: u32,
    /// Which share of the products, in percent, may be missing or unreadable before the gate fails. Default 20.
    pub max_missing_products_percent: Decimal,
    /// By how many percent sales may differ from the store's own reports before that is doubtful. Default 2.
    pub report_warning_percent: Decimal,
    /// By how many percent sales may differ from the store's own reports before the gate fails. Default 10.
    pub report_failure_percent: Decimal,
    /// How many robust standard deviations from the usual make an outlier. Default 6; it looks at thousands of hours.
    pub outlier_deviations: u32,
    /// How many weeks of history it takes to know what is usual at an hour of the week. Default 3.
    pub min_profile_weeks: u32,
    /// For how many days back silent hours close the gate; older ones are only doubtful. Default 7.
    pub recent_days: u32,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            max_age_hours: 6,
            max_lag_hours: 3,
            clock_skew_minutes: 10,
            max_missing_products_percent: Decimal::from(20),
            report_warning_percent: Decimal::from(2),
            report_failure_percent: Decimal::from(10),
            outlier_deviations: 6,
            min_profile_weeks: 3,
            recent_days: 7,
        }
    }
}
