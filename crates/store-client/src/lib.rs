#![doc = include_str!("../README.md")]

mod api;
mod config;
mod connect;
mod error;
pub mod model;
mod paging;
mod plain;
mod plausible;
mod privacy;
mod wire;
mod woo;

pub use api::{OrderQuery, ProductQuery, RefundQuery, WooApi};
pub use config::{CredentialsIn, StoreConfig};
pub use error::StoreError;
pub use paging::{Page, Pages, Whole};
pub use plausible::{PlausibleConfig, PlausibleViews};
pub use privacy::{Customer, CustomerKey, CustomerSalt};
pub use wire::Resource;
pub use woo::WooStore;
