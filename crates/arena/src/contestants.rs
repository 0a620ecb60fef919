//! The contestants that come with the crate.

mod engine;
mod nobody;

pub use engine::Engine;
pub use nobody::Nobody;
