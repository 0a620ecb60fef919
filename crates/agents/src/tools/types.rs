//! What the tools take and give, as JSON.

use campaign_pilot_core::{
    CampaignRecord, Currency, DesiredStatus, EffectiveStatus, ErrorKind, Measured, Money, PlatformStatus, Product, Stock,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{AgentError, Result};
use crate::executor::Outcome;

/// Input of `fetch_all_products`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchAllProducts {
    /// Only products of this category.
    pub category: Option<String>,
    /// Only products that can be bought now.
    pub in_stock_only: bool,
    /// At most so many; 100 when left out.
    pub limit: Option<usize>,
}

/// Output of `fetch_all_products`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ProductList {
    /// The products, in the store's order.
    pub products: Vec<ProductView>,
    /// How many fitted the question before the limit.
    pub matching: usize,
    /// How many products of the store could not be read.
    pub unreadable: usize,
}

/// Input of `fetch_product_details`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FetchProductDetails {
    /// The store's id of the product.
    pub product_id: String,
}

/// A product.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ProductView {
    /// The store's id.
    pub product_id: String,
    /// The merchant's stock keeping unit.
    pub sku: Option<String>,
    /// The name.
    pub name: String,
    /// A short description.
    pub summary: String,
    /// The product's page.
    pub permalink: String,
    /// The price in force.
    pub price: Option<Amount>,
    /// The categories' names.
    pub categories: Vec<String>,
    /// Whether it can be bought now.
    pub in_stock: bool,
    /// Units on hand, where the store counts them.
    pub stock_quantity: Option<Decimal>,
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        Self {
            product_id: product.id.to_string(),
            sku: product.sku.as_ref().map(ToString::to_string),
            name: product.name.clone(),
            summary: product.summary.clone(),
            permalink: product.permalink.clone(),
            price: product.price.map(Amount::from),
            categories: product.categories.iter().map(ToString::to_string).collect(),
            in_stock: product.stock.is_available(),
            stock_quantity: match product.stock {
                Stock::Managed { quantity } => Some(quantity),
                Stock::Unmanaged { .. } => None,
            },
        }
    }
}

/// An amount of money.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// The amount in the currency's major unit, exact.
    pub amount: Decimal,
    /// The ISO 4217 code of the currency.
    pub currency: String,
}

impl Amount {
    pub(super) fn money(&self) -> Result<Money> {
        let currency: Currency = self
            .currency
            .parse()
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the amount has no usable currency").with_source(source))?;
        Ok(Money::new(self.amount, currency))
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.code().to_owned() }
    }
}

/// Input of `fetch_product_analytics`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FetchProductAnalytics {
    /// The store's id of the product.
    pub product_id: String,
    /// Over how many days up to now: 1 to 90, 30 when left out.
    pub days: Option<u32>,
}

/// A number, or why there is none.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The number.
    Known(Decimal),
    /// Why there is none.
    Absent(String),
}

impl<T: Into<Decimal>> From<Measured<T>> for Reading {
    fn from(measured: Measured<T>) -> Self {
        match measured {
            Measured::Known(number) => Self::Known(number.into()),
            Measured::Absent(absence) => Self::Absent(absence.to_string()),
        }
    }
}

/// Output of `fetch_product_analytics`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ProductAnalytics {
    /// The store's id of the product.
    pub product_id: String,
    /// The first instant that was counted, RFC 3339 in UTC.
    pub from: String,
    /// The first instant after, RFC 3339 in UTC.
    pub until: String,
    /// Orders that held the product.
    pub orders: u64,
    /// Units sold less units taken back.
    pub net_units: i64,
    /// Revenue less refunds, without tax.
    pub net_revenue: Amount,
    /// Page views.
    pub views: Reading,
    /// Page views per unit sold.
    pub views_per_sale: Reading,
    /// What was missing or contradictory in the sources.
    pub notes: Vec<String>,
}

/// Input of `create_campaign`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CreateCampaign {
    /// Names this wish: the same one never takes effect twice.
    pub request_id: String,
    /// The store's id of the product to advertise.
    pub product_id: String,
    /// The most it may cost over its whole life.
    pub budget: Amount,
    /// How many days it runs; the policy's flight when left out.
    pub days: Option<u32>,
}

/// Input of `fetch_campaign_details`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FetchCampaignDetails {
    /// Our id of the campaign.
    pub campaign_id: String,
}

/// Input of `fetch_all_campaigns`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchAllCampaigns {
    /// Only campaigns that are wanted to run.
    pub active_only: bool,
}

/// Output of `fetch_all_campaigns`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CampaignList {
    /// The campaigns, in the order of their ids.
    pub campaigns: Vec<CampaignView>,
}

/// Input of `pause_campaign` and `resume_campaign`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCampaign {
    /// Names this wish: the same one never takes effect twice.
    pub request_id: String,
    /// Our id of the campaign.
    pub campaign_id: String,
}

/// Input of `set_campaign_budget`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetCampaignBudget {
    /// Names this wish: the same one never takes effect twice.
    pub request_id: String,
    /// Our id of the campaign.
    pub campaign_id: String,
    /// The new budget over the campaign's whole life.
    pub budget: Amount,
}

/// Input of `set_campaign_end`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetCampaignEnd {
    /// Names this wish: the same one never takes effect twice.
    pub request_id: String,
    /// Our id of the campaign.
    pub campaign_id: String,
    /// The first instant after its flight, RFC 3339 with an offset, such as `2026-12-24T18:00:00Z`.
    pub end: String,
}

impl SetCampaignEnd {
    pub(super) fn instant(&self) -> Result<Timestamp> {
        self.end.parse().map_err(|source: jiff::Error| {
            AgentError::new(ErrorKind::Invalid, format!("the end `{}` is not an instant in RFC 3339", self.end))
                .with_source(source)
        })
    }
}

/// Input of `set_campaign_copy`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetCampaignCopy {
    /// Names this wish: the same one never takes effect twice.
    pub request_id: String,
    /// Our id of the campaign.
    pub campaign_id: String,
    /// The short line that partners and shoppers see first; not blank.
    pub headline: String,
    /// One or two sentences more; may be empty.
    #[serde(default)]
    pub body: String,
}

/// Output of the tools that change something.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CampaignChanged {
    /// The campaign.
    pub campaign: CampaignRef,
    /// `done`, `rejected`, `open` (sent, no clear answer yet: it will be settled, do not ask again under another
    /// `request_id`) or `held` (a guard refused it, nothing was sent).
    pub outcome: String,
    /// What was achieved, or why not, in a clause.
    pub explanation: String,
}

impl CampaignChanged {
    pub(super) fn of(campaign: CampaignRef, outcome: Outcome) -> Self {
        let (outcome, explanation) = match outcome {
            Outcome::Done { effect } => ("done", effect.to_string()),
            Outcome::Rejected { reason } => ("rejected", reason),
            Outcome::Open { reason } => ("open", reason),
            Outcome::Held { reason } => ("held", reason),
            Outcome::Earlier { state: campaign_pilot_core::OperationState::Done } => {
                ("done", "this request was carried out earlier".to_owned())
            }
            Outcome::Earlier { .. } => ("rejected", "this request was rejected earlier".to_owned()),
        };
        Self { campaign, outcome: outcome.to_owned(), explanation }
    }
}

/// Names a campaign.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CampaignRef {
    /// Our id of it.
    pub campaign_id: String,
}

/// A campaign.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CampaignView {
    /// Our id.
    pub campaign_id: String,
    /// The platform's id, once it is known.
    pub platform_id: Option<String>,
    /// The campaign's name.
    pub name: String,
    /// The store's id of its product.
    pub product_id: String,
    /// What we want: `active`, `paused` or `stopped`.
    pub desired: String,
    /// What the platform says, as last read.
    pub platform_status: String,
    /// What is true for shoppers, as far as it was verified.
    pub effective: String,
    /// The budget in force.
    pub budget: Amount,
    /// When its flight starts, RFC 3339 in UTC.
    pub starts_at: String,
    /// When its flight ends, RFC 3339 in UTC.
    pub ends_at: String,
    /// The short line of its words.
    pub headline: String,
    /// The rest of its words.
    pub body: String,
    /// The last verdict.
    pub verdict: Option<String>,
    /// What it did so far; `None` before the first reading.
    pub performance: Option<PerformanceView>,
}

impl From<&CampaignRecord> for CampaignView {
    fn from(record: &CampaignRecord) -> Self {
        let campaign = &record.campaign;
        Self {
            campaign_id: campaign.spec.id.to_string(),
            platform_id: campaign.platform_id.as_ref().map(ToString::to_string),
            name: campaign.spec.name.clone(),
            product_id: campaign.spec.product.to_string(),
            desired: desired(campaign.desired).to_owned(),
            platform_status: platform(&campaign.platform),
            effective: effective(campaign.effective).to_owned(),
            budget: campaign.budget.into(),
            starts_at: campaign.spec.flight.start().to_string(),
            ends_at: campaign.spec.flight.end().to_string(),
            headline: campaign.spec.copy.headline.clone(),
            body: campaign.spec.copy.body.clone(),
            verdict: record.verdict.map(|verdict| verdict.to_string()),
            performance: record.performance.as_ref().map(PerformanceView::from),
        }
    }
}

/// What a campaign did on its platform.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PerformanceView {
    /// Up to when it was read, RFC 3339 in UTC.
    pub until: String,
    /// How often it was clicked.
    pub clicks: Reading,
    /// Conversions credited to it and not reversed.
    pub actions: u64,
    /// Revenue credited to it: attributed, not incremental.
    pub revenue: Amount,
    /// What it cost.
    pub cost: Amount,
}

impl From<&campaign_pilot_core::CampaignPerformance> for PerformanceView {
    fn from(performance: &campaign_pilot_core::CampaignPerformance) -> Self {
        let until: Timestamp = performance.period.end();
        Self {
            until: until.to_string(),
            clicks: performance.clicks.into(),
            actions: performance.actions,
            revenue: performance.revenue.into(),
            cost: performance.cost.into(),
        }
    }
}

/// Input of `check_api_health`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckApiHealth {}

/// Output of `check_api_health`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ApiHealth {
    /// Whether everything that is configured answers.
    pub healthy: bool,
    /// Each system.
    pub systems: Vec<Health>,
}

/// How one system answers.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Health {
    /// `store`, `page views`, `platform` or `memory`.
    pub system: String,
    /// `None` when all is well, otherwise what is wrong.
    pub problem: Option<String>,
    /// What a person can do about it.
    pub advice: Option<String>,
}

const fn desired(status: DesiredStatus) -> &'static str {
    match status {
        DesiredStatus::Active => "active",
        DesiredStatus::Paused => "paused",
        DesiredStatus::Stopped => "stopped",
    }
}

const fn effective(status: EffectiveStatus) -> &'static str {
    match status {
        EffectiveStatus::Running => "running",
        EffectiveStatus::Scheduled => "scheduled",
        EffectiveStatus::Unlisted => "unlisted",
        EffectiveStatus::Stopped => "stopped",
        EffectiveStatus::Unknown => "unknown",
    }
}

fn platform(status: &PlatformStatus) -> String {
    match status {
        PlatformStatus::Scheduled => "scheduled".to_owned(),
        PlatformStatus::Active => "active".to_owned(),
        PlatformStatus::Paused => "paused".to_owned(),
        PlatformStatus::Ended => "ended".to_owned(),
        PlatformStatus::Blocked(by) => format!("blocked: {by}"),
        PlatformStatus::Missing => "missing".to_owned(),
        PlatformStatus::Other(word) => word.clone(),
    }
}
