//! A server that answers like impact.com's Brand API, version 14, over what the market does.
//!
//! What impact.com does not offer is not offered here either: no pause, no budget, no creation of programs, no
//! idempotency key. Where its documentation is silent, [`PlatformSettings`] chooses.

mod actions;
mod ads;
mod answer;
mod deals;
mod history;
mod jobs;
mod limits;
mod paging;
mod program;
mod quirks;
mod reports;
mod request;
mod route;
mod rules;
mod server;
mod settings;
mod span;
mod state;
mod time;
mod validate;

pub use history::{AdRecord, DealRecord, PlatformRequest, RequestEffect};
pub use quirks::{DealSynch, EndActs, PutRule, Quirks};
pub use settings::{PlatformSettings, ProgramState, RateHeaders, Revival};
pub use state::{BlockRule, RuleState};

pub(crate) use server::router;
#[cfg(test)]
pub(crate) use state::ActionState;
pub(crate) use state::{ActionItem, Ad, NewAction, PlatformState, WriteAnswer, WriteRequest};

#[cfg(test)]
mod tests;
