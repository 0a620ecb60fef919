//! Products and their variations.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use super::cost::{self, CostOfGoods};
use super::words::{CatalogVisibility, ProductType, PublishStatus, StockStatus};
use crate::wire::{Resource, scalar};

/// A product as the store sends it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Product {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The name, as plain text.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The stock keeping unit; empty when none is set.
    #[serde(default, deserialize_with = "scalar::text")]
    pub sku: String,
    /// The address of its page.
    #[serde(default, deserialize_with = "scalar::text")]
    pub permalink: String,
    /// What kind it is.
    #[serde(default, rename = "type")]
    pub kind: ProductType,
    /// Whether it is published.
    #[serde(default)]
    pub status: PublishStatus,
    /// Where it shows.
    #[serde(default)]
    pub catalog_visibility: CatalogVisibility,
    /// A short description, as plain text.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub short_description: String,
    /// The price in force, in the store's currency; of a variable product the lowest of its variations. `None` when
    /// no price is set: WooCommerce sends an empty text. A free product has zero.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub price: Option<Decimal>,
    /// What a unit costs the shop; `None` where it does not keep costs: WooCommerce has it as a feature that can be switched on.
    /// Of a variable product it is what its variations inherit.
    #[serde(default, rename = "cost_of_goods_sold", deserialize_with = "cost::kept")]
    pub cost_of_goods: Option<CostOfGoods>,
    /// The price without a sale; `None` for variable and grouped products.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub regular_price: Option<Decimal>,
    /// The price of a sale that may be past, present or to come: only `on_sale` and `price` say what is in force.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub sale_price: Option<Decimal>,
    /// Whether a sale is on.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub on_sale: bool,
    /// When the sale begins, where it has a date.
    #[serde(default, rename = "date_on_sale_from_gmt", deserialize_with = "scalar::instant")]
    pub sale_from: Option<Timestamp>,
    /// When the sale ends, where it has a date.
    #[serde(default, rename = "date_on_sale_to_gmt", deserialize_with = "scalar::instant")]
    pub sale_to: Option<Timestamp>,
    /// Who counts the stock.
    #[serde(default, rename = "manage_stock")]
    pub stock_management: StockManagement,
    /// Units on hand: negative when oversold or on backorder, a fraction for goods by weight; `None` when not counted.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub stock_quantity: Option<Decimal>,
    /// Whether it can be bought.
    #[serde(default)]
    pub stock_status: StockStatus,
    /// Whether it can be ordered when there is none.
    #[serde(default)]
    pub backorders: Backorders,
    /// Units sold ever, as the store counts them.
    #[serde(default, deserialize_with = "scalar::count")]
    pub total_sales: u64,
    /// Its categories, in the store's order.
    #[serde(default, deserialize_with = "scalar::list")]
    pub categories: Vec<CategoryRef>,
    /// Its tags.
    #[serde(default, deserialize_with = "scalar::list")]
    pub tags: Vec<CategoryRef>,
    /// Its brands.
    #[serde(default, deserialize_with = "scalar::list")]
    pub brands: Vec<CategoryRef>,
    /// Its pictures; the first is the main one.
    #[serde(default, deserialize_with = "scalar::list")]
    pub images: Vec<Image>,
    /// The ids of its variations.
    #[serde(default, deserialize_with = "scalar::ids")]
    pub variations: Vec<u64>,
    /// The product that it is a variation of.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub parent_id: Option<u64>,
    /// When it was created.
    #[serde(default, rename = "date_created_gmt", deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it last changed; a sale changes it too, through its stock.
    #[serde(default, rename = "date_modified_gmt", deserialize_with = "scalar::instant")]
    pub modified_at: Option<Timestamp>,
}

impl Resource for Product {
    const FIELDS: &'static str = "id,name,sku,permalink,type,status,catalog_visibility,short_description,price,\
         cost_of_goods_sold,regular_price,sale_price,on_sale,date_on_sale_from_gmt,date_on_sale_to_gmt,manage_stock,stock_quantity,stock_status,backorders,\
         total_sales,categories,tags,brands,images,variations,parent_id,date_created_gmt,date_modified_gmt";
    const WHAT: &'static str = "the products";

    fn id(&self) -> u64 {
        self.id
    }
}

/// One variation of a variable product.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Variation {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The product that it is a variation of, where the store says so.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub parent_id: Option<u64>,
    /// What sets it apart, as plain text: `S, Black`.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The stock keeping unit; empty when none is set.
    #[serde(default, deserialize_with = "scalar::text")]
    pub sku: String,
    /// The address of the product's page with this variation chosen.
    #[serde(default, deserialize_with = "scalar::text")]
    pub permalink: String,
    /// Whether it is published.
    #[serde(default)]
    pub status: PublishStatus,
    /// The price in force; `None` when none is set.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub price: Option<Decimal>,
    /// What a unit costs the shop; `None` where it does not keep costs: WooCommerce has it as a feature that can be switched on.
    #[serde(default, rename = "cost_of_goods_sold", deserialize_with = "cost::kept")]
    pub cost_of_goods: Option<CostOfGoods>,
    /// The price without a sale.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub regular_price: Option<Decimal>,
    /// The price of a past, present or coming sale.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub sale_price: Option<Decimal>,
    /// Whether a sale is on.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub on_sale: bool,
    /// Who counts the stock: the variation or its product.
    #[serde(default, rename = "manage_stock")]
    pub stock_management: StockManagement,
    /// Units on hand, of the product as a whole where that counts them.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub stock_quantity: Option<Decimal>,
    /// Whether it can be bought.
    #[serde(default)]
    pub stock_status: StockStatus,
    /// Whether it can be ordered when there is none.
    #[serde(default)]
    pub backorders: Backorders,
    /// When it last changed.
    #[serde(default, rename = "date_modified_gmt", deserialize_with = "scalar::instant")]
    pub modified_at: Option<Timestamp>,
}

impl Resource for Variation {
    const FIELDS: &'static str = "id,parent_id,name,sku,permalink,status,price,cost_of_goods_sold,regular_price,sale_price,\
         on_sale,manage_stock,stock_quantity,stock_status,backorders,date_modified_gmt";
    const WHAT: &'static str = "the variations";

    fn id(&self) -> u64 {
        self.id
    }
}

/// A category, tag or brand as its products name it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CategoryRef {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The name, as plain text: the store sends it with HTML entities.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The name as addresses hold it.
    #[serde(default, deserialize_with = "scalar::text")]
    pub slug: String,
}

/// A picture.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Image {
    /// The store's id; it comes as a number, as text or empty.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub id: Option<u64>,
    /// Its address; may be empty.
    #[serde(default, deserialize_with = "scalar::text")]
    pub src: String,
}

/// Who counts an item's stock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StockManagement {
    /// Nobody: there is only the stock status.
    #[default]
    None,
    /// The item itself.
    Own,
    /// A variation's product: `"parent"` on the wire.
    Parent,
}

impl<'de> Deserialize<'de> for StockManagement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::word(deserializer, |word| match word {
            "true" | "yes" | "1" => Self::Own,
            "parent" => Self::Parent,
            _ => Self::None,
        })
    }
}

/// Whether an item can be ordered when there is none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Backorders {
    /// No.
    #[default]
    No,
    /// Yes, and the customer is told.
    Notify,
    /// Yes.
    Yes,
}

impl<'de> Deserialize<'de> for Backorders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::word(deserializer, |word| match word {
            "yes" | "true" | "1" => Self::Yes,
            "notify" => Self::Notify,
            _ => Self::No,
        })
    }
}
