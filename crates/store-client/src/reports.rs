//! WooCommerce's analytics reports.

mod figures;
mod interval;
mod verbs;

pub use figures::{
    CategoryFigures, CouponFigures, CouponStats, CustomerFigures, CustomerType, OrderFigures, ProductFigures, ProductStats,
    RevenueStats, StockCounts, StockLevel, VariationFigures,
};
pub use interval::{Grain, Interval, Stats};
pub use verbs::{AnalyticsSettings, DateType, Reports, StockFilter};
