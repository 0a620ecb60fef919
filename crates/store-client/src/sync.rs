//! What changed in a store since it was last read.

mod changes;
mod ids;
mod removed;
mod watermark;

use std::fmt;

use campaign_pilot_http::Request;
use jiff::Timestamp;
use serde::Deserialize;

pub use changes::{Changed, Changes};
pub use watermark::Watermark;

use crate::model::{Order, Product};
use crate::paging::Pages;
use crate::wire::{Resource, scalar};
use crate::{OrderQuery, ProductQuery, WooApi};

/// A kind of item whose changes a store tells.
pub trait Tracked: Resource + fmt::Debug + list::Listed {
    /// When the item last changed, by the store's clock.
    fn modified_at(&self) -> Option<Timestamp>;
}

/// How the items are listed.
mod list {
    use super::{Pages, Request, Resource, Timestamp, WooApi};

    /// Sealed: the lists are WooCommerce's.
    #[expect(unnameable_types, reason = "nobody else implements it")]
    pub trait Listed: Resource {
        /// The list itself, of every status that exists beside the trash.
        fn list() -> Request;
        /// The items that changed after an instant, or all of them.
        fn changed(api: &WooApi, after: Option<Timestamp>) -> Pages<Self>;
        /// Those with these ids that are still there.
        fn with_ids(api: &WooApi, ids: &[u64]) -> Pages<Self>;
    }
}

use list::Listed;

impl Listed for Product {
    fn list() -> Request {
        Request::get("wc/v3/products").query("status", "any")
    }

    fn changed(api: &WooApi, after: Option<Timestamp>) -> Pages<Self> {
        let query = ProductQuery::new();
        api.products(&match after {
            Some(after) => query.modified_after(after),
            None => query,
        })
    }

    fn with_ids(api: &WooApi, ids: &[u64]) -> Pages<Self> {
        api.products(&ProductQuery::new().include(ids.iter().copied()))
    }
}

impl Tracked for Product {
    fn modified_at(&self) -> Option<Timestamp> {
        self.modified_at
    }
}

impl Listed for Order {
    fn list() -> Request {
        Request::get("wc/v3/orders")
    }

    fn changed(api: &WooApi, after: Option<Timestamp>) -> Pages<Self> {
        let query = OrderQuery::new();
        api.orders(&match after {
            Some(after) => query.modified_after(after),
            None => query,
        })
    }

    fn with_ids(api: &WooApi, ids: &[u64]) -> Pages<Self> {
        api.orders(&OrderQuery::new().include(ids.iter().copied()))
    }
}

impl Tracked for Order {
    fn modified_at(&self) -> Option<Timestamp> {
        self.modified_at
    }
}

/// An item's id and when it changed, and no more.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Heading {
    #[serde(deserialize_with = "scalar::id")]
    id: u64,
    #[serde(default, rename = "date_modified_gmt", deserialize_with = "scalar::instant")]
    modified_at: Option<Timestamp>,
}

impl Resource for Heading {
    const FIELDS: &'static str = "id,date_modified_gmt";
    const WHAT: &'static str = "the ids";

    fn id(&self) -> u64 {
        self.id
    }
}

impl WooApi {
    /// The products that changed since a reading: created, changed, sold or removed; with a new watermark, all of them.
    ///
    /// When nothing changed, this takes one small request, however large the store is. Variations are part of their
    /// product: a change of theirs changes it.
    #[must_use]
    pub fn products_changed_since(&self, watermark: Watermark) -> Changes<Product> {
        Changes::new(self.clone(), watermark)
    }

    /// The orders that changed since a reading: created, changed, refunded or removed; with a new watermark, all of
    /// them.
    ///
    /// When nothing changed, this takes one small request, however large the store is. A refund changes its order; a
    /// note does not.
    ///
    /// ```no_run
    /// use campaign_pilot_store_client::{Watermark, WooApi};
    ///
    /// # async fn shown(api: WooApi, saved: &str) -> Result<String, Box<dyn std::error::Error>> {
    /// let watermark: Watermark = if saved.is_empty() { Watermark::new() } else { serde_json::from_str(saved)? };
    /// let mut changes = api.orders_changed_since(watermark);
    /// while let Some(changed) = changes.next().await? {
    ///     println!("{} orders to store, {} to remove", changed.items.len(), changed.removed.len());
    ///     // Kept after each page, an interrupted reading goes on from there.
    ///     let kept = serde_json::to_string(changes.watermark())?;
    /// }
    /// # Ok(serde_json::to_string(changes.watermark())?)
    /// # }
    /// ```
    #[must_use]
    pub fn orders_changed_since(&self, watermark: Watermark) -> Changes<Order> {
        Changes::new(self.clone(), watermark)
    }
}
