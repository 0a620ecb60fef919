//! The steps of a cycle and their results.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::ports::{CopyBrief, MarketSignal};
use campaign_pilot_core::{
    AdCopy, CampaignId, CampaignPerformance, Currency, DecisionRecord, DesiredStatus, EffectiveStatus, Money, PerformanceReading,
    Period, PlatformCampaign, PlatformCampaignId, PlatformStatus, Product, ProductHour, ProductId, SalesReading, ShopTimeZone,
    Verdict, ViewsReading,
};
use campaign_pilot_decision_engine::{PlannedAction, Selection};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Failure;
use crate::analyst::CampaignAnalysis;
use crate::changes::ChangeLog;
use crate::checks::{Checks, ClosedDecision};
use crate::creator::DrawLog;
use crate::executor::{ExecutionRequest, Outcome, ReconcileReport};
use crate::history::{CatalogState, Coverage};
use crate::hours::HourRows;
use crate::learn::Learned;
use crate::results::Results;
use crate::snapshot::Known;
use crate::spending::Spending;

/// What has to be done next. Exhaustive on purpose: whoever drives a cycle must handle every step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Ask the platform whether it answers and whether campaigns can run.
    CheckHealth,
    /// Settle what earlier cycles left open.
    Reconcile,
    /// Load what is remembered.
    Recall,
    /// Read the products: all, or those that changed.
    ReadCatalog {
        /// Ask for changes since this instant; `None` for everything.
        since: Option<Timestamp>,
    },
    /// Read what the store sold.
    ReadSales {
        /// In this period.
        period: Period,
    },
    /// Read how often the products' pages were viewed.
    ReadViews {
        /// In this period.
        period: Period,
    },
    /// Make something durable.
    Remember(Box<Memo>),
    /// List everything at the platform and pause what should not exist.
    Sweep,
    /// Read what campaigns did.
    ReadPlatform {
        /// The platform's objects.
        ids: Vec<PlatformCampaignId>,
        /// In this period.
        period: Period,
    },
    /// Ask for market signals.
    ReadSignals {
        /// For these products.
        products: Vec<Product>,
    },
    /// Load the remembered hours, and the launch decisions of some campaigns.
    RecallHistory {
        /// Hours of these products.
        products: Vec<ProductId>,
        /// Hours in this period.
        period: Period,
        /// The launch decisions of these campaigns.
        launches: Vec<CampaignId>,
    },
    /// Write ad copy.
    WriteCopy {
        /// One for each brief.
        briefs: Vec<CopyBrief>,
    },
    /// Make decisions durable, before anything is done about them.
    RecordDecisions {
        /// The decisions.
        decisions: Vec<DecisionRecord>,
    },
    /// Carry out one action of the plan.
    Execute {
        /// The action as it was planned.
        action: Box<PlannedAction>,
        /// The same for the executor.
        request: Box<ExecutionRequest>,
    },
    /// Nothing: the cycle is over.
    Finished,
}

impl Step {
    /// The step's name, such as `read_sales`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CheckHealth => "check_health",
            Self::Reconcile => "reconcile",
            Self::Recall => "recall",
            Self::ReadCatalog { .. } => "read_catalog",
            Self::ReadSales { .. } => "read_sales",
            Self::ReadViews { .. } => "read_views",
            Self::Remember(_) => "remember",
            Self::Sweep => "sweep",
            Self::ReadPlatform { .. } => "read_platform",
            Self::ReadSignals { .. } => "read_signals",
            Self::RecallHistory { .. } => "recall_history",
            Self::WriteCopy { .. } => "write_copy",
            Self::RecordDecisions { .. } => "record_decisions",
            Self::Execute { .. } => "execute",
            Self::Finished => "finished",
        }
    }
}

/// What came of a step. A source that failed is a result, not an error.
#[derive(Clone, Debug, PartialEq)]
pub enum StepResult {
    /// Of [`Step::CheckHealth`].
    Health(Result<(), Failure>),
    /// Of [`Step::Reconcile`].
    Reconciled(ReconcileReport),
    /// Of [`Step::Recall`].
    Recalled(Box<Known>),
    /// Of [`Step::ReadCatalog`].
    Catalog(Result<CatalogReading, Failure>),
    /// Of [`Step::ReadSales`].
    Sales(Result<SalesReading, Failure>),
    /// Of [`Step::ReadViews`].
    Views(Result<ViewsReading, Failure>),
    /// Of [`Step::Remember`].
    Remembered,
    /// Of [`Step::Sweep`].
    Swept(Result<Swept, Failure>),
    /// Of [`Step::ReadPlatform`].
    Platform(Result<PerformanceReading, Failure>),
    /// Of [`Step::ReadSignals`].
    Signals(Result<BTreeMap<ProductId, MarketSignal>, Failure>),
    /// Of [`Step::RecallHistory`].
    History(Box<RecalledHistory>),
    /// Of [`Step::WriteCopy`], in the order of the briefs.
    Copies(Vec<Result<AdCopy, Failure>>),
    /// Of [`Step::RecordDecisions`].
    Recorded,
    /// Of [`Step::Execute`].
    Executed(Outcome),
}

impl StepResult {
    /// The result's name, such as `sales`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Health(_) => "health",
            Self::Reconciled(_) => "reconciled",
            Self::Recalled(_) => "recalled",
            Self::Catalog(_) => "catalog",
            Self::Sales(_) => "sales",
            Self::Views(_) => "views",
            Self::Remembered => "remembered",
            Self::Swept(_) => "swept",
            Self::Platform(_) => "platform",
            Self::Signals(_) => "signals",
            Self::History(_) => "history",
            Self::Copies(_) => "copies",
            Self::Recorded => "recorded",
            Self::Executed(_) => "executed",
        }
    }
}

/// The products as they were read.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CatalogReading {
    /// The products.
    pub products: Vec<Product>,
    /// Whether these are all; otherwise only what changed.
    pub full: bool,
    /// How many could not be read.
    pub unreadable: usize,
    /// How many there are, where all were asked for and the store says so.
    #[serde(default)]
    pub total: Option<u64>,
    /// The currency in which the store sells.
    pub currency: Currency,
    /// The zone in which the shop's days begin, where the store says it.
    #[serde(default)]
    pub time_zone: Option<ShopTimeZone>,
    /// From when on changes have to be asked for next time.
    pub watermark: Timestamp,
}

/// What is at the platform, and what did not fit together.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Swept {
    /// Everything that carries a tag of ours.
    pub objects: Vec<PlatformCampaign>,
    /// What did not fit together, in sentences.
    pub alerts: Vec<String>,
}

/// Remembered hours and launch decisions.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct RecalledHistory {
    /// The hours of each product, oldest first.
    pub hours: Arc<BTreeMap<ProductId, HourRows>>,
    /// The launch decision of each campaign, where it is remembered.
    pub launches: BTreeMap<CampaignId, DecisionRecord>,
}

/// What is to be made durable. Absent parts stay as they are.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Memo {
    /// The products.
    pub catalog: Option<CatalogState>,
    /// Hours of products, replacing the same hours.
    pub hours: Arc<Vec<ProductHour>>,
    /// Which time the hours cover, once they are durable.
    pub coverage: Option<Coverage>,
    /// What changed about campaigns.
    pub campaigns: Vec<CampaignUpdate>,
    /// The last analysis of each campaign.
    pub analyses: Option<Arc<BTreeMap<CampaignId, CampaignAnalysis>>>,
    /// Every product with its score and reasons.
    pub selections: Option<Arc<Vec<Selection>>>,
    /// What campaigns that are over taught.
    pub learned: Option<Arc<Learned>>,
    /// Launch decisions with their outcomes.
    pub outcomes: Vec<DecisionRecord>,
    /// When each campaign's budget was last raised.
    pub raised_at: Option<BTreeMap<CampaignId, Timestamp>>,
    /// Cost and revenue at the end of each day.
    pub daily: Option<Arc<BTreeMap<String, DayTotals>>>,
    /// What campaigns cost over time.
    #[serde(default)]
    pub spending: Option<Arc<Spending>>,
    /// What campaigns did from day to day.
    #[serde(default)]
    pub results: Option<Arc<Results>>,
    /// What plans changed lately.
    #[serde(default)]
    pub changes: Option<ChangeLog>,
    /// Verdicts whose outcome is known now.
    #[serde(default)]
    pub closed: Vec<ClosedDecision>,
    /// How decisions turned out, and which are still open.
    #[serde(default)]
    pub checks: Option<Arc<Checks>>,
    /// Which draws were recorded.
    #[serde(default)]
    pub draws: Option<Arc<DrawLog>>,
}

/// What changed about a campaign. Only what was read or decided: what the executor writes is not touched.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignUpdate {
    /// The campaign.
    pub campaign: CampaignId,
    /// What it did over its whole life.
    pub performance: Option<CampaignPerformance>,
    /// The verdict on it.
    pub verdict: Option<Verdict>,
    /// What the platform says, and what is true for shoppers.
    pub status: Option<(PlatformStatus, EffectiveStatus)>,
    /// What is wanted from now on, where that was changed by its end or by someone at the platform.
    pub desired: Option<DesiredStatus>,
}

/// What all campaigns had cost and brought by the end of a day, since the beginning.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DayTotals {
    /// Cost.
    pub cost: Money,
    /// Credited revenue.
    pub revenue: Money,
}
