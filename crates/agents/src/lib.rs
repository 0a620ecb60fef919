#![doc = include_str!("../README.md")]

mod copywriter;
mod error;
mod executor;
mod history;
mod policy;
mod ports;
mod store;
pub mod tools;

pub use copywriter::TemplateCopyWriter;
pub use error::{AgentError, Result};
pub use executor::{
    Committed, Executor, ExecutorPolicy, KillSwitch, Order, Outcome, ReconcileNote, ReconcileReport, Resolution, SweepReport,
};
pub use history::{CatalogState, Coverage, Outage};
pub use policy::{CadencePolicy, FlightPolicy};
pub use ports::Ports;
pub use tools::{ToolSpec, Toolbox};
