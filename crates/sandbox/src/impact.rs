//! A server that answers like impact.com's Brand API, version 14, over what the market does.
//!
//! What impact.com does not offer is not offered here either: no pause, no budget, no creation of programs, no
//! idempotency key. Where its documentation is silent, [`PlatformSettings`] chooses.

mod actions;
mod ads;
mod answer;
mod catalogs;
mod clicks;
mod codes;
mod contracts;
mod deals;
mod front;
mod history;
mod inquiries;
mod jobs;
mod limits;
mod lists;
mod multipart;
mod paging;
mod partners;
mod program;
mod quirks;
mod reports;
mod request;
mod route;
mod rules;
mod scopes;
mod server;
mod settings;
mod shape;
mod span;
mod state;
mod submissions;
mod table;
mod time;
mod validate;

pub(crate) use history::by_tag;
pub use history::{AdRecord, DealRecord, PlatformRequest, RequestEffect, SeenRequest, TagEffects};
pub use limits::{QuotaGroup, QuotaUse};
pub use quirks::{AbsentAs, ActionRules, DealSynch, EndActs, ExportErrors, GatewayBody, PutRule, Quirks, Scalars};
pub use scopes::{ApiCategory, Scope, ScopedToken};
pub use settings::{PlatformSettings, ProgramState, RateHeaders, Revival};
pub use state::{BlockRule, RuleState};

use deals::ids;

pub(crate) use front::Front;
pub(crate) use server::{router, tag_of};
pub(crate) use state::{Action, ActionItem, ActionState, Ad, NewAction, Partner, PlatformState, WriteAnswer, WriteRequest};

#[cfg(test)]
mod tests;
