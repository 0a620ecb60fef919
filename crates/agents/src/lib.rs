#![doc = include_str!("../README.md")]

mod analyst;
mod changes;
mod checks;
mod copywriter;
mod creator;
mod cycle;
mod driver;
mod error;
mod executor;
mod explain;
mod history;
mod hours;
mod incrementality;
mod learn;
mod manager;
mod off_policy;
mod policy;
mod portfolio;
mod ports;
mod prospects;
pub mod report;
mod results;
mod snapshot;
mod spending;
mod store;
mod summary;
#[cfg(test)]
mod testing;
pub mod tools;

pub use analyst::{Analysis, AnalystAgent, CampaignAnalysis, PortfolioKpis};
pub use changes::ChangeLog;
pub use checks::{Checks, ClosedDecision};
pub use copywriter::TemplateCopyWriter;
pub use creator::{CreatorAgent, Draw, DrawLog, Exploration, Launch, Proposal};
pub use cycle::{
    CampaignUpdate, CatalogReading, Cycle, CycleError, CycleKind, CyclePlan, CycleReport, DayTotals, Executed, Failure, Memo,
    Mode, RecalledHistory, Source, Sources, Step, StepResult, Swept,
};
pub use driver::{CycleEnd, CycleObserver, Driver, StopFlag};
pub use error::{AgentError, Result};
pub use executor::{
    Committed, ExecutionRequest, Executor, ExecutorPolicy, KillSwitch, Outcome, ReconcileNote, ReconcileReport, Resolution,
    SweepReport,
};
pub use explain::{ExplainError, explain};
pub use history::{CatalogState, Coverage, Outage};
pub use hours::HourRows;
pub use incrementality::CausedEstimate;
pub use learn::Learned;
pub use manager::{Directive, Judged, ManagerAgent, Scope};
pub use off_policy::{OffPolicyReport, estimate_exploration};
pub use policy::{
    CadencePolicy, Enforcement, EnforcementPolicy, ExplorationPolicy, FlightPolicy, Policy, PolicyChange, PolicyError,
};
pub use portfolio::Total;
pub use ports::Ports;
pub use prospects::{Prospects, Recent};
pub use results::Results;
pub use snapshot::{Known, Snapshot};
pub use spending::{Forecaster, Offered, Spending};
pub use summary::report_of;
pub use tools::{ToolSpec, Toolbox};
