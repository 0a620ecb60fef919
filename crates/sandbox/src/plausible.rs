//! A server that answers like Plausible's query API, version 2.

use std::sync::Arc;

use axum::Router;

use crate::market::Market;
use crate::world::World;

/// The made-up token.
pub(crate) const TOKEN: &str = "sandbox-plausible-token";
/// The site's name.
pub(crate) const SITE_ID: &str = "shop.example";

/// Plausible's routes.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}

#[derive(Debug)]
pub(crate) struct ViewCounts {}

impl ViewCounts {
    pub(crate) fn open(_market: &Market) -> Self {
        Self {}
    }
}
