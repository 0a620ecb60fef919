//! A WooCommerce store behind the ports.

mod catalog;
mod sales;

use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::{Catalog, ProductPages, SalesHistory};
use campaign_pilot_core::{ChangedProducts, Clock, Currency, Period, PortResult, Product, ProductId, SalesReading};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::{StoreConfig, StoreError, WooApi};

/// A WooCommerce store (REST API v3), read only. Cheap to clone; clones share connections and limits.
///
/// See the crate's front page for what counts as a sale and when.
#[derive(Clone, Debug)]
pub struct WooStore {
    api: WooApi,
}

impl WooStore {
    /// A store as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`Invalid`](campaign_pilot_core::ErrorKind::Invalid) for an address, credentials or settings that cannot work.
    pub fn new(config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Ok(Self { api: WooApi::new(config, clock)? })
    }

    /// The store's API, for what the ports do not cover.
    #[must_use]
    pub const fn api(&self) -> &WooApi {
        &self.api
    }

    /// Whether the store answers, is WooCommerce, and the key may read products and orders. Changes nothing.
    ///
    /// # Errors
    ///
    /// What stands in the way, with the next step as advice.
    pub async fn check_health(&self) -> Result<(), StoreError> {
        self.api.check_health().await
    }
}

#[async_trait]
impl Catalog for WooStore {
    fn products(&self) -> ProductPages<'static> {
        catalog::all(self.api.clone()).boxed()
    }

    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        Ok(catalog::one(&self.api, id).await?)
    }

    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts> {
        Ok(catalog::changes(&self.api, since).await?)
    }

    async fn currency(&self) -> PortResult<Currency> {
        Ok(self.api.currency().await?)
    }
}

#[async_trait]
impl SalesHistory for WooStore {
    async fn sales(&self, period: Period) -> PortResult<SalesReading> {
        Ok(sales::read(&self.api, period).await?)
    }
}
