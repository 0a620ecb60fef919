//! A WooCommerce store behind the ports.

mod answers;
mod orders;
mod pages;
mod products;
mod refunds;
mod tally;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use campaign_pilot_core::ports::{Catalog, ProductPages, SalesHistory};
use campaign_pilot_core::{ChangedProducts, Clock, Currency, ErrorKind, Period, PortResult, Product, ProductId, SalesReading};
use campaign_pilot_http::{HttpClient, Request};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::{StoreConfig, StoreError};

/// A WooCommerce store (REST API v3), read only. Cheap to clone; clones share connections and limits.
///
/// See the crate's front page for what counts as a sale and when.
#[derive(Clone, Debug)]
pub struct WooStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    clock: Arc<dyn Clock>,
    config: StoreConfig,
    /// How errors name the store.
    name: String,
    currency: OnceLock<Currency>,
}

impl WooStore {
    /// A store as configured. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an address, credentials or settings that cannot work.
    pub fn new(config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        config.check()?;
        let name = format!("the store at {}", config.base_url.origin().ascii_serialization());
        let mut http = HttpClient::builder(config.api_base())
            .auth(config.auth())
            .clock(Arc::clone(&clock))
            .deadlines(config.deadlines)
            .retry(config.retry);
        if let Some(rate) = config.rate {
            http = http.rate(rate);
        }
        let http = http.build().map_err(|error| {
            StoreError::new(ErrorKind::Invalid, "the store's address or credentials cannot be used")
                .advise("give the shop's address as https://shop.example; plain http works on this machine only")
                .because(error)
        })?;
        Ok(Self(Arc::new(Inner { http, clock, config, name, currency: OnceLock::new() })))
    }

    /// Whether the store answers, is WooCommerce, and the key may read products and orders. Changes nothing.
    ///
    /// # Errors
    ///
    /// What stands in the way, with the next step as advice.
    pub async fn check_health(&self) -> Result<(), StoreError> {
        for (path, what) in [("wc/v3/products", "the products"), ("wc/v3/orders", "the orders")] {
            let probe = Request::get(path).query("per_page", 1).query("_fields", "id");
            self.0.read_list(&probe, what).await?;
        }
        self.store_currency().await.map(|_| ())
    }

    async fn store_currency(&self) -> Result<Currency, StoreError> {
        if let Some(currency) = self.0.currency.get() {
            return Ok(*currency);
        }
        let request = Request::get("wc/v3/system_status").query("_fields", "settings.currency");
        let status: serde_json::Value = self.0.read_json(&request, "the currency").await?;
        let code = status.pointer("/settings/currency").and_then(serde_json::Value::as_str).unwrap_or_default();
        let currency = code.parse().map_err(|_| {
            StoreError::new(ErrorKind::Malformed, format!("{} does not say in which currency it sells", self.0.name))
                .advise("set the currency under WooCommerce > Settings > General")
        })?;
        Ok(*self.0.currency.get_or_init(|| currency))
    }
}

#[async_trait]
impl Catalog for WooStore {
    fn products(&self) -> ProductPages<'static> {
        products::all(self.clone()).boxed()
    }

    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        Ok(products::one(self, id).await?)
    }

    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts> {
        Ok(products::changes(self, since).await?)
    }

    async fn currency(&self) -> PortResult<Currency> {
        Ok(self.store_currency().await?)
    }
}

#[async_trait]
impl SalesHistory for WooStore {
    async fn sales(&self, period: Period) -> PortResult<SalesReading> {
        Ok(tally::sales(&self.0, period).await?)
    }
}
