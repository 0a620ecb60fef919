#![doc = include_str!("../README.md")]

mod schema;
mod spec;
mod violation;

pub use spec::{Body, Spec, SpecError};
pub use violation::{Kind, Violation};
