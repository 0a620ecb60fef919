#![doc = include_str!("../README.md")]

mod history;
mod volatile;

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteMemory, SqliteOptions};
pub use volatile::VolatileMemory;
