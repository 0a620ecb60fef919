//! A server that answers like WooCommerce's REST API, version 3.

mod store;

use std::sync::Arc;

use axum::Router;

pub(crate) use store::Store;

use crate::world::World;

/// The made-up key of the store; it may only read.
pub(crate) const CONSUMER_KEY: &str = "ck_5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db";
/// The made-up secret of the key.
pub(crate) const CONSUMER_SECRET: &str = "cs_5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db";

/// The store's routes.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
