//! Ports to the store and to its page-view source.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use crate::{
    ChangedProducts, Currency, Period, PortResult, Product, ProductId, RejectedItem, SalesReading, ShopTimeZone, ViewsReading,
};

/// One page of products.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductPage {
    /// The products of the page.
    pub products: Vec<Product>,
    /// Items that could not be read; the rest of the page is still here.
    pub rejected: Vec<RejectedItem>,
    /// How many products there are on all pages, where the store says so.
    pub total: Option<u64>,
}

/// All products, a page at a time. An error ends the stream.
pub type ProductPages<'a> = BoxStream<'a, PortResult<ProductPage>>;

/// The products of a store.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Every product that shoppers can see, each exactly once; drafts never leak in.
    fn products(&self) -> ProductPages<'static>;

    /// One product; `None` when the store does not know it (any more).
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>>;

    /// The products that changed at or after `since`; some may be repeated between two calls, none is missed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts>;

    /// The currency in which the store sells.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn currency(&self) -> PortResult<Currency>;

    /// The zone in which the shop's days begin; `None` when the store does not say, which is to be taken as UTC.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or names a zone that is not known here.
    async fn time_zone(&self) -> PortResult<Option<ShopTimeZone>> {
        Ok(None)
    }
}

/// What a store sold.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait SalesHistory: Send + Sync {
    /// Orders and refunds of a period as observations per product and hour, net of refunds on the refund's own date.
    ///
    /// # Errors
    ///
    /// When the store cannot be read. Single unreadable orders do not fail the reading; they are listed in it.
    async fn sales(&self, period: Period) -> PortResult<SalesReading>;
}

/// How often product pages were viewed. A store without a source has *unknown* views, not zero.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait PageViews: Send + Sync {
    /// Views per product and hour of a period, joined to `products` by their permalink.
    ///
    /// # Errors
    ///
    /// When the source cannot be read.
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading>;
}
