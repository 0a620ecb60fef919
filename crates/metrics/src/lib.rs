#![doc = include_str!("../README.md")]

mod activity;
pub mod attribution;
mod baseline;
mod campaign;
mod caused;
mod chance;
mod correlation;
mod cost;
mod customers;
pub mod evidence;
mod exposure;
mod history;
mod impact;
mod kpi;
mod lifecycle;
pub mod lift;
mod linear;
mod margin;
pub mod open;
pub mod quality;
pub mod rates;
mod returns;
mod risk;
mod roas;
mod robust;
pub mod seasonality;
pub mod special;
mod tails;
#[cfg(test)]
mod testing;

pub use activity::Activity;
pub use baseline::{
    Baseline, BaselineMethod, BaselineSettings, ControlGroup, LEVEL_WEEKS, MINIMUM_BASELINE_HOURS, MINIMUM_CONTROL_UNITS,
    RefundTreatment, SAME_WEEKDAYS_WEEKS, baseline, baseline_with,
};
pub use campaign::{CampaignFacts, CampaignMetrics, measure};
pub use caused::{
    CAUSED_SHARE_CONFIDENCE, CausedShare, CausedShareFacts, CausedShareNote, CausedSharePolicy, DaySale,
    MAXIMUM_CAUSED_SHARE_DAYS, ProductSales, SharePrior, SharePriorError, caused_share,
};
pub use chance::chance;
pub use correlation::{
    Association, CampaignOutcome, CategoryEffect, CategoryLevel, CorrelatedPair, Correlation, CorrelationMatrix,
    EXACT_KENDALL_LIMIT, HourlyValue, Interval, Kendall, KruskalWallis, MINIMUM_CATEGORY_CAMPAIGNS, MINIMUM_PROFILE_DAYS,
    Patterns, Profile, ProfileOf, ProfileSlot, Scatter, Significance, TimePattern, benjamini_hochberg, budget_against_lift,
    category_effect, correlation_matrix, duration_against_performance, hourly_units, kendall, kruskal_wallis, minimum_pairs,
    patterns, pearson, profile, spearman,
};
pub use cost::{average_order_value, click_through_rate, conversion_rate, cost_per_acquisition, cost_per_click, spend_pace};
pub use customers::{NewCustomerSource, NewCustomers, new_customers, store_new_customers};
pub use exposure::Exposure;
pub use history::{History, Observed, observed, observed_with, trend};
pub use impact::{DailyImpact, EfficiencyWeights, daily_impacts, efficiency, efficiency_with, impact_trend, relative_change};
pub use kpi::{
    BATCH_DECIMAL_PLACES, CampaignDay, DayMetrics, Figures, Grain, Kpi, KpiGroup, KpiRecord, KpiRow, KpiSums, Kpis, RollUp,
    RollUpBy, measure_days, roll_up,
};
pub use lifecycle::{
    INTRODUCTION_WEEKS, LIFECYCLE_CHANGE, LIFECYCLE_WEEKS, Lifecycle, LifecycleChange, LifecycleStage, lifecycle, lifecycle_of,
};
pub use margin::{Margin, margin_return};
pub use returns::{Returns, returns};
pub use risk::{
    DECLINE_HORIZON_DAYS, DeclineBasis, NEUTRAL_RISK, Risk, RiskComponent, RiskFactors, RiskWeights, risk_score, risk_score_with,
};
pub use roas::Roas;
pub use robust::{MAXIMUM_TREND_POINTS, RobustTrend, theil_sen};
