#![doc = include_str!("../README.md")]
#![recursion_limit = "256"]

mod error;
mod faults;
mod impact;
mod in_process;
mod market;
mod opening;
mod paid;
mod plausible;
mod sandbox;
mod shop;
mod simulation;
mod woo;
pub mod world;

pub use error::{SandboxError, SandboxErrorKind};
pub use faults::{FaultRates, Faults, Lateness};
pub use impact::{
    AbsentAs, ActionRules, AdRecord, ApiCategory, BlockRule, DealRecord, DealSynch, EndActs, ExportErrors, GatewayBody,
    PlatformRequest, PlatformSettings, ProgramState, PutRule, Quirks, QuotaGroup, QuotaUse, RateHeaders, RequestEffect, Revival,
    RuleState, Scalars, Scope, ScopedToken, SeenRequest, TagEffects,
};
pub use in_process::InProcess;
pub use market::{
    AdDay, AdTruth, ClickOffer, DaySales, Expected, Insight, MarketTotals, Outlook, ProductDay, ProductInsight, Truth,
};
pub use sandbox::{Access, Sandbox, SandboxOptions};
pub use world::World;
