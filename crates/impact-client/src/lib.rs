#![doc = include_str!("../README.md")]

mod api;
mod config;
mod error;
mod ids;
mod model;
mod platform;
mod windows;
mod wire;

pub use api::{AdDraft, ImpactApi, Listing, Unreadable};
pub use config::ImpactConfig;
pub use error::{FieldProblem, ImpactError};
pub use ids::{ActionId, AdId, ImpactIdError, JobId, ProgramId};
pub use model::{Action, ActionState, Ad, AdKind, AdReportRow, Company, Job, JobStatus, Program, ProgramState};
pub use platform::ImpactPlatform;
