//! WooCommerce's analytics reports.

mod figures;
mod interval;
mod reconcile;
mod verbs;

pub use figures::{
    CategoryFigures, CouponFigures, CouponStats, CustomerFigures, CustomerType, OrderFigures, ProductFigures, ProductStats,
    RevenueStats, StockCounts, StockLevel, VariationFigures,
};
pub use interval::{Grain, Interval, Stats};
pub use reconcile::{Comparison, Explanation, Figure, Reason, Reconciliation};
pub use verbs::{AnalyticsSettings, DateType, Reports, StockFilter};
