//! The API layer alone: what each verb sends and what it makes of the answer.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

mod actions;
mod catalogs;
mod deals;
mod diagnose;
mod exports;
mod openapi;
mod prism;
mod resources;
mod support;
mod verbs;
