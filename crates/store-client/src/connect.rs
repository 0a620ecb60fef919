//! Reaching a store and telling what its answers mean.

pub(crate) mod answers;
mod cause;
mod diagnose;
mod diagnosis;

pub use diagnosis::{Cause, Diagnosis, Finding, ShopFacts};
