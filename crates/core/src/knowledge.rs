//! What is remembered about campaigns, products and decisions.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Campaign, CampaignId, CampaignPerformance, DecisionId, Measured, Money, PlanId, ProductId, Verdict};

/// A campaign as it is remembered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignRecord {
    /// The campaign.
    pub campaign: Campaign,
    /// When its launch was decided.
    pub launched_at: Timestamp,
    /// Its performance over its whole life, as last read; `None` before the first reading.
    pub performance: Option<CampaignPerformance>,
    /// The last verdict on it.
    pub verdict: Option<Verdict>,
    /// When this record last changed.
    pub updated_at: Timestamp,
}

/// One hour of one product: the grain in which sales and views are remembered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProductHour {
    /// The product.
    pub product: ProductId,
    /// The first instant of the hour, in UTC.
    pub hour: Timestamp,
    /// Units sold, before refunds.
    pub units: i64,
    /// Units taken back.
    pub refunded_units: i64,
    /// Orders that held the product.
    pub orders: u64,
    /// Revenue before refunds, without tax.
    pub revenue: Money,
    /// Revenue taken back, positive.
    pub refunds: Money,
    /// Orders by new customers.
    pub new_customers: Measured<u64>,
    /// Page views.
    pub views: Measured<u64>,
    /// Whether the product could be bought when it was last looked at.
    pub in_stock: bool,
}

/// A decision, with everything needed to explain and to recompute it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DecisionRecord {
    /// The decision.
    pub id: DecisionId,
    /// The plan it became part of, if it led to an action.
    pub plan: Option<PlanId>,
    /// When it was taken.
    pub at: Timestamp,
    /// The campaign it is about; `None` for a launch that was not chosen.
    pub campaign: Option<CampaignId>,
    /// The product it is about.
    pub product: ProductId,
    /// The verdict; `None` for a launch.
    pub verdict: Option<Verdict>,
    /// The decision in one sentence.
    pub sentence: String,
    /// The numbers it was computed from: the decision engine's input, whole.
    pub inputs: serde_json::Value,
    /// What was expected of it, if anything.
    pub predicted: Option<Money>,
    /// How it turned out, filled in by the learning step.
    pub outcome: Option<Decimal>,
}
