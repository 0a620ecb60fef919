//! The cycle: what has to be done next, without doing it.

mod gate;
mod intake;
mod judge;
mod learning;
mod machine;
mod step;

use std::collections::BTreeMap;

use campaign_pilot_core::Period;
use campaign_pilot_core::ports::{CopyBrief, MarketSignal};
use campaign_pilot_core::{
    AdCopy, CampaignId, CampaignPerformance, Capabilities, DecisionId, DecisionRecord, ErrorKind, OperationId, PlatformCampaign,
    PortError, ProductId, SalesReading,
};
use campaign_pilot_decision_engine::{Guarded, Prediction};
use campaign_pilot_metrics::quality::QualityReport;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analyst::Analysis;
use crate::creator::Proposal;
use crate::executor::{Outcome, ReconcileReport};
use crate::manager::Judged;
use crate::policy::Policy;
use crate::snapshot::{Known, Snapshot};

pub use machine::CycleError;
pub use step::{CampaignUpdate, CatalogReading, DayTotals, Memo, RecalledHistory, Step, StepResult, Swept};

/// How much a cycle does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleKind {
    /// Reads what is new and stops what cannot wait: a handful of requests, for every hour.
    Monitor,
    /// Everything: catalogue, verdicts, moved budgets, launches, learning; for every day.
    Decide,
}

impl CycleKind {
    /// The kind's name: `monitor` or `decide`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Decide => "decide",
        }
    }
}

/// Whether a cycle may change anything outside.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It reads and decides, and changes nothing.
    Plan,
    /// It carries out what it decided.
    Apply,
}

/// Which optional sources there are.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sources {
    /// Page views.
    pub views: bool,
    /// Market signals.
    pub signals: bool,
}

/// Everything that a cycle is started with. The same plan always leads to the same ids.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CyclePlan {
    /// The cycle's name, from which every id of its decisions is derived.
    pub id: String,
    /// How much it does.
    pub kind: CycleKind,
    /// Whether it may change anything.
    pub mode: Mode,
    /// The instant it decides for.
    pub now: Timestamp,
    /// Which optional sources there are.
    pub sources: Sources,
    /// What the platform can do.
    pub capabilities: Capabilities,
    /// What it decides by.
    pub policy: Policy,
    /// The variants that the writer of ad copy can write.
    #[serde(default)]
    pub copies: Vec<String>,
}

impl CyclePlan {
    /// A plan whose name is made of its kind and the hour of `now`: repeated in the same hour, it is the same cycle.
    #[must_use]
    pub fn new(
        kind: CycleKind,
        mode: Mode,
        now: Timestamp,
        sources: Sources,
        capabilities: Capabilities,
        policy: Policy,
    ) -> Self {
        let id = format!("cycle-{}-{}", now.as_second().div_euclid(3_600), kind.name());
        Self { id, kind, mode, now, sources, capabilities, policy, copies: Vec::new() }
    }

    /// The same with the variants that the writer of ad copy can write.
    #[must_use]
    pub fn with_copies(mut self, copies: Vec<String>) -> Self {
        self.copies = copies;
        self
    }
}

/// One turn of the cycle as a state machine without I/O.
///
/// [`Cycle::next_step`] says what has to be done, someone does it, [`Cycle::complete`] takes the result. Between any two
/// steps the whole state can be serialised and carried on by another process. A failing source is a result like any
/// other: the cycle goes on with what it has, and then only holds or lowers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cycle {
    plan: CyclePlan,
    stage: Stage,
    work: Work,
}

/// Where a cycle stands. In this order; some stages are skipped, and the reading of the store is repeated per window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Health,
    Reconcile,
    Recall,
    Catalog,
    KeepCatalog,
    Sales,
    Views,
    KeepHours,
    Sweep,
    Platform,
    Signals,
    History,
    Judge,
    Copy,
    Plan,
    Keep,
    Record,
    Execute,
    Finished,
}

/// What a cycle has gathered so far.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Work {
    untrusted: bool,
    #[serde(default)]
    quality: QualityReport,
    failures: Vec<Failure>,
    notes: Vec<String>,
    reconciled: ReconcileReport,
    known: Option<Known>,
    catalog_read: bool,
    windows: Option<Vec<Period>>,
    sales: Option<SalesReading>,
    hours: Option<Memo>,
    objects: Vec<PlatformCampaign>,
    performance: BTreeMap<CampaignId, CampaignPerformance>,
    signals: BTreeMap<ProductId, MarketSignal>,
    history: Option<RecalledHistory>,
    snapshot: Option<Snapshot>,
    analysis: Option<Analysis>,
    judged: Judged,
    #[serde(default)]
    predicted: BTreeMap<DecisionId, Prediction>,
    #[serde(default)]
    drawn: Vec<DecisionRecord>,
    proposal: Option<Proposal>,
    /// What other words are to be written for, after the launches' briefs.
    #[serde(default)]
    rewrites: Vec<(CampaignId, CopyBrief)>,
    copies: Vec<Option<AdCopy>>,
    guarded: Option<Guarded>,
    records: Vec<DecisionRecord>,
    memo: Memo,
    executed: Vec<Executed>,
}

/// A source that failed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Failure {
    /// Which one.
    pub source: Source,
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened, with its causes.
    pub message: String,
    /// What a person can do about it.
    pub advice: Option<String>,
}

impl Failure {
    /// The failure of a source, with its causes in one line.
    #[must_use]
    pub fn of(source: Source, error: &PortError) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        Self { source, kind: error.kind(), message, advice: error.advice().map(str::to_owned) }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.source.name(), self.message)?;
        match &self.advice {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

/// Where something came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The store.
    Store,
    /// The page-view source.
    PageViews,
    /// The campaign platform.
    Platform,
    /// The source of market signals.
    MarketSignals,
    /// The writer of ad copy.
    CopyWriter,
}

impl Source {
    /// The source's name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::PageViews => "page views",
            Self::Platform => "platform",
            Self::MarketSignals => "market signals",
            Self::CopyWriter => "copywriter",
        }
    }
}

/// An action that a cycle carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Executed {
    /// The operation.
    pub operation: OperationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The action's name.
    pub action: String,
    /// The action and its reason in one sentence.
    pub sentence: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a cycle did and why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CycleReport {
    /// The cycle's name.
    pub id: String,
    /// How much it did.
    pub kind: CycleKind,
    /// Whether it was allowed to change anything.
    pub mode: Mode,
    /// The instant it decided for.
    pub now: Timestamp,
    /// Whether everything was read, complete and fresh. If not, it only held or lowered.
    pub data_trusted: bool,
    /// What the checks of everything that was read found. On a failed gate the cycle only held or lowered.
    #[serde(default)]
    pub quality: QualityReport,
    /// Sources that failed.
    pub failures: Vec<Failure>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
    /// What was settled from earlier cycles.
    pub reconciled: ReconcileReport,
    /// The selection and the proposed launches; only where everything was decided.
    pub proposal: Option<Proposal>,
    /// What was measured; `None` when nothing was known yet.
    pub analysis: Option<Analysis>,
    /// Every decision.
    pub decisions: Vec<DecisionRecord>,
    /// The plan after the guardrails, and what they held back.
    pub plan: Option<Guarded>,
    /// What was carried out.
    pub executed: Vec<Executed>,
}
