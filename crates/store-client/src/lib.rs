#![doc = include_str!("../README.md")]

mod config;
mod error;
mod fields;
mod plain;
mod plausible;
mod woo;

pub use config::{CredentialsIn, StoreConfig};
pub use error::StoreError;
pub use plausible::{PlausibleConfig, PlausibleViews};
pub use woo::WooStore;
