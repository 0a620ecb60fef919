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
    AbsentAs, ActionRules, AdRecord, ApiCategory, BlockRule, DealRecord, DealSynch, EndActs, ExportErrors, GatewayBody,
    PlatformRequest, PlatformSettings, ProgramState, PutRule, Quirks, QuotaGroup, QuotaUse, RateHeaders, RequestEffect, Revival,
    RuleState, Scalars, Scope, ScopedToken, SeenRequest, TagEffects,
};
pub use market::{AdTruth, MarketTotals, Truth};
pub use sandbox::{Access, Sandbox, SandboxOptions};
