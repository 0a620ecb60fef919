//! Products of a store.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{CategoryName, Money, ProductId, Sku};

/// A product that shoppers can see: what the creator chooses from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Product {
    /// The store's id.
    pub id: ProductId,
    /// The merchant's stock keeping unit, where one is set.
    pub sku: Option<Sku>,
    /// The name as plain text.
    pub name: String,
    /// A short description as plain text; may be empty.
    pub summary: String,
    /// The address of the product's page: the landing page of its campaigns.
    pub permalink: String,
    /// The price in force, taxes as the store displays them; `None` when no price is set.
    pub price: Option<Money>,
    /// The categories' names, in the store's order.
    pub categories: Vec<CategoryName>,
    /// What is known of the stock.
    pub stock: Stock,
    /// Whether shoppers can see and buy it.
    pub status: ProductStatus,
    /// What kind of product it is.
    pub kind: ProductKind,
    /// When the product last changed, where the store says so.
    pub modified_at: Option<Timestamp>,
}

/// What a store says about the stock of a product.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "stock")]
pub enum Stock {
    /// The store counts it; negative when oversold or on backorder.
    Managed {
        /// Units on hand; decimal for goods by weight.
        quantity: Decimal,
    },
    /// The store does not count it, but says whether it can be bought.
    Unmanaged {
        /// Whether it can be bought now.
        in_stock: bool,
    },
}

impl Stock {
    /// Whether at least one unit can be sold now.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Managed { quantity } => quantity > Decimal::ZERO,
            Self::Unmanaged { in_stock } => in_stock,
        }
    }
}

/// Whether shoppers can see a product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Published and visible.
    Published,
    /// Published but hidden from the catalogue and the search.
    Hidden,
    /// Not published, with the store's own word for it (`draft`, `private`, ..).
    Unpublished(String),
}

/// What kind of product it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// One article with one price.
    Simple,
    /// An article in several variations; its price is the lowest of theirs.
    Variable,
    /// A set of other products, without a price of its own.
    Grouped,
    /// Sold on another site.
    External,
    /// Another kind, with the store's own word for it.
    Other(String),
}

/// An item that a source sent but that could not be read; the rest of its page arrived.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RejectedItem {
    /// The item's id, where it could be read.
    pub id: Option<String>,
    /// What was wrong with it.
    pub reason: String,
}
