//! The store client against recorded answers of a real WooCommerce, its requests asserted.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod connect;
mod costs;
mod errors;
mod privacy;
mod products;
mod reconcile;
mod reports;
mod resources;
mod sales;
mod support;
mod views;
mod webhooks;
