//! The API layer alone: what each verb sends and what it makes of the answer.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod actions;
mod deals;
mod resources;
mod support;
