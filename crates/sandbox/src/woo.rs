//! A server that answers like WooCommerce's REST API, version 3, as recorded from release 9.9.5.

mod answer;
mod auth;
mod dates;
mod list;
mod order;
mod params;
mod server;
mod store;

pub(crate) use dates::{RECORDED_ZONE, dates_of, move_dates, zone_of};
pub(crate) use order::{NewLine, NewOrder, OrderSource};
pub(crate) use server::router;
pub(crate) use store::Store;

/// The made-up key of the store; it may only read.
pub(crate) const CONSUMER_KEY: &str = "ck_5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db";
/// The made-up secret of the key.
pub(crate) const CONSUMER_SECRET: &str = "cs_5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db";
