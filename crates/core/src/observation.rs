//! Observations: counts and money over half-open periods.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Absence, Measured, Money, Period, Product, ProductId, RejectedItem};

/// What one product sold in one period, net of refunds on the refund's own date.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SalesObservation {
    /// The product (variations are rolled up to their parent).
    pub product: ProductId,
    /// The period, in UTC.
    pub period: Period,
    /// Units sold, before refunds.
    pub units: i64,
    /// Units taken back in the period.
    pub refunded_units: i64,
    /// Orders that held the product.
    pub orders: u64,
    /// Revenue after discounts, without tax, before refunds.
    pub revenue: Money,
    /// Revenue taken back in the period, as a positive amount.
    pub refunds: Money,
    /// Orders by customers who had never ordered before, where the store can tell.
    pub new_customers: Measured<u64>,
}

impl SalesObservation {
    /// Units sold less units taken back.
    #[must_use]
    pub const fn net_units(&self) -> i64 {
        self.units.saturating_sub(self.refunded_units)
    }
}

/// Everything a store sold in a period.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SalesReading {
    /// The period that was asked for.
    pub period: Period,
    /// One observation per product, hour and currency with any sale or refund; a missing one means none.
    pub observations: Vec<SalesObservation>,
    /// When products could not be bought for want of stock, as far as that is known. Sales of zero there are not a
    /// lack of demand.
    #[serde(default)]
    pub stock_outs: Vec<StockOut>,
    /// Orders or refunds that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// How much the reading can be trusted.
    pub quality: SourceQuality,
}

/// A period without stock of a product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StockOut {
    /// The product.
    pub product: ProductId,
    /// When it could not be bought.
    pub period: Period,
}

/// Page views of one product in one period.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ViewsObservation {
    /// The product.
    pub product: ProductId,
    /// The period, in UTC.
    pub period: Period,
    /// Page views.
    pub views: u64,
}

/// What the page-view source knows of a period.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ViewsReading {
    /// The period that was asked for.
    pub period: Period,
    /// One observation per product and hour with any view; a missing one means none, unless `quality` says otherwise.
    pub observations: Vec<ViewsObservation>,
    /// How much the reading can be trusted.
    pub quality: SourceQuality,
}

/// What a campaign did on its platform in one period. Each number may be absent for its own reason.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignPerformance {
    /// The period, in UTC.
    pub period: Period,
    /// How often the advertisement was shown.
    pub impressions: Measured<u64>,
    /// How often it was clicked.
    pub clicks: Measured<u64>,
    /// Conversions credited to the campaign and not reversed.
    pub actions: u64,
    /// Conversions that were credited and later reversed.
    pub reversed_actions: u64,
    /// Revenue of the credited conversions: attributed, not incremental.
    pub revenue: Money,
    /// What the campaign cost: commissions not reversed plus click cost.
    pub cost: Money,
    /// The part of `cost` that can still be reversed.
    pub pending_cost: Money,
    /// New customers among the credited conversions, where the platform says so.
    pub new_customers: Measured<u64>,
}

impl CampaignPerformance {
    /// A campaign that has done nothing yet.
    #[must_use]
    pub const fn nothing(period: Period, currency: crate::Currency) -> Self {
        Self {
            period,
            impressions: Measured::Absent(Absence::NotYetReported),
            clicks: Measured::Known(0),
            actions: 0,
            reversed_actions: 0,
            revenue: Money::zero(currency),
            cost: Money::zero(currency),
            pending_cost: Money::zero(currency),
            new_customers: Measured::Known(0),
        }
    }
}

/// The performance of several campaigns, as one platform reports it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PerformanceReading {
    /// The period that was asked for.
    pub period: Period,
    /// Per platform campaign; one that is missing has not been reported at all.
    pub campaigns: BTreeMap<crate::PlatformCampaignId, CampaignPerformance>,
    /// How much the reading can be trusted.
    pub quality: SourceQuality,
}

/// How much a reading can be trusted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceQuality {
    /// Up to which instant the source claims to be complete; `None` when it does not say.
    pub complete_until: Option<Timestamp>,
    /// Whether everything arrived: every page, every item.
    pub complete: bool,
    /// What was missing, sampled or contradictory, in sentences for a person.
    pub notes: Vec<String>,
}

impl SourceQuality {
    /// A source that answered everything up to `until`.
    #[must_use]
    pub const fn complete_until(until: Timestamp) -> Self {
        Self { complete_until: Some(until), complete: true, notes: Vec::new() }
    }

    /// The same with a note and no longer complete.
    #[must_use]
    pub fn incomplete(mut self, note: impl Into<String>) -> Self {
        self.complete = false;
        self.notes.push(note.into());
        self
    }
}

/// Products that changed since an instant, and the instant to ask from next time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChangedProducts {
    /// The changed products as they are now.
    pub products: Vec<Product>,
    /// Products that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// What to pass as `since` next time.
    pub watermark: Timestamp,
}
