//! A server that answers like impact.com's Brand API, version 14, over what the market does.
//!
//! What impact.com does not offer is not offered here either: no pause, no budget, no creation of programs, no
//! idempotency key. Where its documentation is silent, [`PlatformSettings`] chooses.

mod actions;
mod ads;
mod answer;
mod history;
mod jobs;
mod limits;
mod paging;
mod program;
mod reports;
mod request;
mod server;
mod settings;
mod span;
mod state;
mod time;
mod validate;

pub use history::{PlatformRequest, RequestEffect};
pub use settings::{PlatformSettings, ProgramState, RateHeaders, Revival};

pub(crate) use server::router;
pub(crate) use state::{ActionItem, Ad, NewAction, PlatformState, WriteAnswer, WriteRequest};
#[cfg(test)]
pub(crate) use state::{ActionState, WriteTarget};

#[cfg(test)]
mod tests;
