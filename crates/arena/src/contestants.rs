//! The contestants that come with the crate.

mod engine;
mod nobody;
mod oracle;

pub use engine::Engine;
pub use nobody::Nobody;
pub use oracle::Oracle;
