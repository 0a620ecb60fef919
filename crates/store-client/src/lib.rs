#![doc = include_str!("../README.md")]

mod api;
mod config;
mod connect;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod model;
mod paging;
mod plain;
mod privacy;
pub mod reports;
pub mod sales;
mod sync;
mod views;
pub mod webhook;
mod wire;
mod woo;

pub use api::{OrderQuery, ProductQuery, RefundQuery, WooApi};
pub use config::{Authentication, Permalinks, StoreConfig};
pub use connect::{Cause, Diagnosis, Finding, ShopFacts};
pub use error::StoreError;
pub use paging::{Page, Pages, Whole};
pub use privacy::{Customer, CustomerKey, CustomerSalt};
pub use sync::{Changed, Changes, Tracked, Watermark};
pub use views::{
    Ga4Config, Ga4Views, JetpackConfig, JetpackViews, Languages, MatomoConfig, MatomoViews, PlausibleConfig, PlausibleViews,
    ServiceAccount,
};
pub use wire::Resource;
pub use woo::WooStore;
