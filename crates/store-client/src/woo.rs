//! A WooCommerce store behind the ports.

mod catalog;
mod cost;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use campaign_pilot_core::ports::{Catalog, ProductPages, SalesHistory};
use campaign_pilot_core::{ChangedProducts, Clock, Currency, Period, PortResult, Product, ProductId, SalesReading, ShopTimeZone};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::sales::{self, StockLog};
use crate::{StoreConfig, StoreError, WooApi};

/// A WooCommerce store (REST API v3), read only. Cheap to clone; clones share connections and limits.
///
/// See the crate's front page for what counts as a sale and when.
#[derive(Clone, Debug)]
pub struct WooStore {
    api: WooApi,
    stock: Arc<Mutex<StockLog>>,
}

impl WooStore {
    /// A store as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`Invalid`](campaign_pilot_core::ErrorKind::Invalid) for an address, credentials or settings that cannot work.
    pub fn new(config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Ok(Self { api: WooApi::new(config, clock)?, stock: Arc::default() })
    }

    /// The store's API, for what the ports do not cover.
    #[must_use]
    pub const fn api(&self) -> &WooApi {
        &self.api
    }

    /// When products were seen without stock, by the catalogue's readings so far.
    #[must_use]
    pub fn stock_log(&self) -> StockLog {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with what was noted earlier: a process that starts again does not forget.
    #[must_use]
    pub fn with_stock_log(self, log: StockLog) -> Self {
        Self { stock: Arc::new(Mutex::new(log)), ..self }
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
        catalog::all(self.clone()).boxed()
    }

    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        Ok(catalog::one(self, id).await?)
    }

    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts> {
        Ok(catalog::changes(self, since).await?)
    }

    async fn currency(&self) -> PortResult<Currency> {
        Ok(self.api.currency().await?)
    }

    async fn time_zone(&self) -> PortResult<Option<ShopTimeZone>> {
        Ok(self.api.shop_time_zone().await?)
    }
}

#[async_trait]
impl SalesHistory for WooStore {
    async fn sales(&self, period: Period) -> PortResult<SalesReading> {
        Ok(sales::reading(&self.api, period, self.stock_log().within(period)).await?)
    }
}
