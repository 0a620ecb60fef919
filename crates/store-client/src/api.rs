//! WooCommerce's REST API, one typed verb per resource.

mod query;

use std::sync::{Arc, OnceLock};

use campaign_pilot_core::{Clock, Currency, ErrorKind, ShopTimeZone};
use campaign_pilot_http::{HttpClient, Request};
use jiff::tz::TimeZone;

pub use query::{OrderQuery, ProductQuery, RefundQuery};

use crate::model::{Account, Coupon, Order, Product, Refund, Setting, Term, Variation};
use crate::paging::Pages;
use crate::wire::Resource;
use crate::{StoreConfig, StoreError};

/// A WooCommerce store's REST API, read only. Cheap to clone; clones share connections and limits.
///
/// Lists come as [`Pages`], each item once. What cannot be read is listed and does not cost the rest.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use campaign_pilot_core::SystemClock;
/// use campaign_pilot_http::Url;
/// use campaign_pilot_store_client::{OrderQuery, StoreConfig, WooApi};
///
/// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
/// let config = StoreConfig::new(Url::parse("https://shop.example")?, "ck_..", std::env::var("STORE_SECRET")?);
/// let api = WooApi::new(config, Arc::new(SystemClock))?;
/// let mut pages = api.orders(&OrderQuery::new());
/// while let Some(page) = pages.next().await? {
///     for order in page.items {
///         println!("{} {} {}", order.id, order.total, order.currency);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WooApi(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    clock: Arc<dyn Clock>,
    config: StoreConfig,
    /// How errors name the store.
    name: String,
    currency: OnceLock<Currency>,
    zone: OnceLock<Option<ShopTimeZone>>,
}

impl WooApi {
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
            .user_agent(&config.user_agent)
            .clock(Arc::clone(&clock))
            .deadlines(config.deadlines)
            .retry(config.retry);
        if let Some(rate) = config.rate {
            http = http.rate(rate);
        }
        if let Some(parameter) = config.path_parameter() {
            http = http.path_parameter(parameter);
        }
        let http = http.build().map_err(|error| {
            StoreError::new(ErrorKind::Invalid, "the store's address or credentials cannot be used")
                .advise("give the shop's address as https://shop.example; plain http takes signed requests (OAuth 1.0a)")
                .because(error)
        })?;
        Ok(Self(Arc::new(Inner { http, clock, config, name, currency: OnceLock::new(), zone: OnceLock::new() })))
    }

    /// The products that a query asks for.
    #[must_use]
    pub fn products(&self, query: &ProductQuery) -> Pages<Product> {
        self.list(query.request())
    }

    /// One product in whatever status; a variation's id brings the variation as a product. `None` when the store does
    /// not know it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn product(&self, id: u64) -> Result<Option<Product>, StoreError> {
        self.product_fields(id, Product::FIELDS).await
    }

    /// The same with some of its fields.
    pub(crate) async fn product_fields(&self, id: u64, fields: &str) -> Result<Option<Product>, StoreError> {
        let request = Request::get(query::PRODUCTS).segment(id).query("_fields", fields);
        self.read_item(&request, &format!("product {id}"), "woocommerce_rest_product_invalid_id").await
    }

    /// The variations of a variable product; none for any other one, and for an unknown one.
    #[must_use]
    pub fn variations(&self, product: u64) -> Pages<Variation> {
        let request = Request::get(query::PRODUCTS).segment(product).segment("variations");
        self.list(request.query("_fields", Variation::FIELDS))
    }

    /// The same with what their costs are told from.
    pub(crate) fn costs_of_variations(&self, product: u64) -> Pages<Variation> {
        let request = Request::get(query::PRODUCTS).segment(product).segment("variations");
        self.list(request.query("_fields", "id,status,price,cost_of_goods_sold"))
    }

    /// The orders that a query asks for.
    #[must_use]
    pub fn orders(&self, query: &OrderQuery) -> Pages<Order> {
        let mut fields = query.fields.unwrap_or(Order::FIELDS).to_owned();
        if query.attribution {
            fields.push_str(",meta_data");
        }
        // The only personal datum that is ever asked for, and it leaves the client as a key.
        let salt = self.config().customer_salt.clone().filter(|_| query.fields.is_none());
        if salt.is_some() {
            fields.push_str(",customer_id,billing.email");
        }
        let pages: Pages<Order> = self.list(query.request().query("_fields", fields));
        pages.with(move |order| order.seal(salt.as_ref()))
    }

    /// The refunds that a query asks for, of all orders. WooCommerce 9.0 and newer.
    #[must_use]
    pub fn refunds(&self, query: &RefundQuery) -> Pages<Refund> {
        self.list(query.request().query("_fields", query.fields.unwrap_or(Refund::FIELDS)))
    }

    /// The refunds of one order.
    #[must_use]
    pub fn refunds_of(&self, order: u64) -> Pages<Refund> {
        let request = Request::get(query::ORDERS).segment(order).segment("refunds");
        let pages: Pages<Refund> = self.list(request.query("_fields", Refund::FIELDS));
        pages.with(move |refund| refund.order_id = Some(order))
    }

    /// The product categories.
    #[must_use]
    pub fn categories(&self) -> Pages<Term> {
        self.list(Request::get(query::PRODUCTS).segment("categories").query("_fields", Term::FIELDS))
    }

    /// The product tags.
    #[must_use]
    pub fn tags(&self) -> Pages<Term> {
        self.list(Request::get(query::PRODUCTS).segment("tags").query("_fields", Term::FIELDS))
    }

    /// The product brands. WooCommerce 9.6 and newer.
    #[must_use]
    pub fn brands(&self) -> Pages<Term> {
        self.list(Request::get(query::PRODUCTS).segment("brands").query("_fields", Term::FIELDS))
    }

    /// The customers with an account, of any role. Their e-mail addresses are asked for only to make keys of them, if
    /// the configuration holds a salt.
    #[must_use]
    pub fn customers(&self) -> Pages<Account> {
        let salt = self.config().customer_salt.clone();
        let fields = if salt.is_some() { format!("{},email", Account::FIELDS) } else { Account::FIELDS.to_owned() };
        let pages: Pages<Account> = self.list(Request::get("wc/v3/customers").query("role", "all").query("_fields", fields));
        pages.with(move |account| account.seal(salt.as_ref()))
    }

    /// The coupons that the shop offers.
    #[must_use]
    pub fn coupons(&self) -> Pages<Coupon> {
        self.list(Request::get("wc/v3/coupons").query("_fields", Coupon::FIELDS))
    }

    /// The settings of a group: `general`, `products`, `tax`, `account`, ..
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or has no such group.
    pub async fn settings(&self, group: &str) -> Result<Vec<Setting>, StoreError> {
        let request = Request::get("wc/v3/settings").segment(group).query("_fields", "id,value");
        self.read_json(&request, "the settings").await
    }

    /// The currency in which the store sells; asked for once.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not say.
    pub async fn currency(&self) -> Result<Currency, StoreError> {
        if let Some(currency) = self.0.currency.get() {
            return Ok(*currency);
        }
        let request = Request::get("wc/v3/system_status").query("_fields", "settings.currency");
        let status: serde_json::Value = self.read_json(&request, "the currency").await?;
        let code = status.pointer("/settings/currency").and_then(serde_json::Value::as_str).unwrap_or_default();
        let currency = code.parse().map_err(|_| {
            StoreError::new(ErrorKind::Malformed, format!("{} does not say in which currency it sells", self.name()))
                .advise("set the currency under WooCommerce > Settings > General")
        })?;
        Ok(*self.0.currency.get_or_init(|| currency))
    }

    /// The shop's time zone, UTC where it names none; asked for once.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or its zone is not known here.
    pub async fn time_zone(&self) -> Result<TimeZone, StoreError> {
        Ok(self.shop_time_zone().await?.map_or(TimeZone::UTC, |zone| zone.time_zone().clone()))
    }

    /// The shop's time zone by its name, or its offset where it names no place; `None` where it says neither. Asked for once.
    ///
    /// # Errors
    ///
    /// As [`WooApi::time_zone`].
    pub async fn shop_time_zone(&self) -> Result<Option<ShopTimeZone>, StoreError> {
        if let Some(zone) = self.0.zone.get() {
            return Ok(zone.clone());
        }
        let zone = self.zone_name().await?.map(|name| name.parse()).transpose().map_err(|_| {
            StoreError::new(ErrorKind::Malformed, format!("the time zone of {} is not known here", self.name()))
                .advise("set a city under WordPress > Settings > General, and install this machine's time zone data (tzdata)")
        })?;
        Ok(self.0.zone.get_or_init(|| zone).clone())
    }

    /// Whether the store answers, is WooCommerce, and the key may read products and orders. Changes nothing.
    ///
    /// # Errors
    ///
    /// What stands in the way, with the next step as advice.
    pub async fn check_health(&self) -> Result<(), StoreError> {
        for (path, what) in [(query::PRODUCTS, "the products"), (query::ORDERS, "the orders")] {
            let probe = Request::get(path).query("per_page", 1).query("_fields", "id");
            self.read_page::<serde::de::IgnoredAny>(&probe, what).await?;
        }
        self.currency().await.map(|_| ())
    }

    pub(crate) fn list<T: Resource>(&self, request: Request) -> Pages<T> {
        Pages::new(self.clone(), request)
    }

    pub(crate) fn list_by_numbers<T: Resource>(&self, request: Request) -> Pages<T> {
        Pages::by_numbers(self.clone(), request)
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.0.http
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn config(&self) -> &StoreConfig {
        &self.0.config
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }
}
