//! The contestants that come with the crate.

mod always_on;
mod engine;
mod launching;
mod matrix;
mod nobody;
mod relaunch;
mod rules;
mod thompson;

pub use always_on::AlwaysOn;
pub use engine::Engine;
pub use matrix::{Budgets, LiteralMatrix};
pub use nobody::Nobody;
pub use relaunch::Relaunch;
pub use rules::{Rule, Rules};
pub use thompson::Thompson;
