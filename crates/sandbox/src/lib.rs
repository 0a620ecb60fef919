#![doc = include_str!("../README.md")]
#![recursion_limit = "256"]

mod error;
mod faults;
mod impact;
mod market;
mod opening;
mod plausible;
mod sandbox;
mod woo;
mod world;

pub use error::{SandboxError, SandboxErrorKind};
pub use faults::{FaultRates, Faults, Lateness};
pub use impact::{
    AdRecord, BlockRule, DealRecord, DealSynch, EndActs, PlatformRequest, PlatformSettings, ProgramState, PutRule, Quirks,
    RateHeaders, RequestEffect, Revival, RuleState,
};
pub use market::{AdTruth, MarketTotals, Truth};
pub use sandbox::{Access, Sandbox, SandboxOptions};
