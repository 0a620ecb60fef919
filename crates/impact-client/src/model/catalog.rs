//! Catalogues of products at impact.com.

use campaign_pilot_core::Money;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{CatalogId, CatalogItemId, ProgramId};

wire_enum! {
    /// Whether a catalogue is shown.
    CatalogStatus {
        /// It is.
        Active = "ACTIVE",
        /// It is closed.
        Closed = "CLOSED",
        /// It is deactivated.
        Deactivated = "DEACTIVATED",
        /// It waits.
        Pending = "PENDING",
    }
}

wire_enum! {
    /// How products come into a catalogue.
    UploadMethod {
        /// Somebody sends them.
        DirectUpload = "DIRECT_UPLOAD",
        /// By FTP.
        Ftp = "IMPACT_RADIUS_FTP_SERVER",
        /// By SFTP.
        Sftp = "IR_SFTP",
        /// impact.com fetches a file.
        PullFromUrl = "PULL_FROM_URL",
        /// impact.com reads the store itself.
        ShoppingCartPull = "SHOPPING_CART_PULL",
    }
}

wire_enum! {
    /// Whether an item can be bought.
    StockAvailability {
        /// It can.
        InStock = "InStock",
        /// It cannot.
        OutOfStock = "OutOfStock",
        /// It can, and comes later.
        BackOrder = "BackOrder",
        /// It can, before it exists.
        PreOrder = "PreOrder",
        /// There are few.
        LimitedAvailability = "LimitedAvailability",
    }
}

/// A catalogue of products. It is created and deleted by a person.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Catalog {
    /// Its id.
    pub id: CatalogId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// Whether it is shown.
    #[serde(default)]
    pub status: CatalogStatus,
    /// How many items it has.
    #[serde(rename = "NumberOfItems", default, deserialize_with = "scalar::count")]
    pub items: Option<u64>,
    /// The currency of its prices, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// How products come into it.
    #[serde(default)]
    pub upload_method: UploadMethod,
    /// When it was changed the last time.
    #[serde(rename = "DateLastUpdated", default, deserialize_with = "scalar::instant")]
    pub updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "scalar::object")]
    shopping_cart: Option<ShoppingCart>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct ShoppingCart {
    #[serde(default, deserialize_with = "scalar::text")]
    shopping_cart_type: Option<String>,
}

impl Catalog {
    /// The kind of store that impact.com reads by itself, such as `WOOCOMMERCE`.
    #[must_use]
    pub fn store(&self) -> Option<&str> {
        self.shopping_cart.as_ref()?.shopping_cart_type.as_deref()
    }
}

/// An item of a catalogue, as far as it is read and written here.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct CatalogItem {
    /// The brand's own number for it, most often its SKU.
    #[serde(rename = "CatalogItemId")]
    pub id: CatalogItemId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// A longer text.
    #[serde(default, deserialize_with = "scalar::text")]
    pub description: Option<String>,
    /// Its page in the store.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub url: String,
    /// Its picture.
    #[serde(default, deserialize_with = "scalar::text")]
    pub image_url: Option<String>,
    /// What it costs now, in the catalogue's currency.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub current_price: Option<Decimal>,
    /// What it cost before.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub original_price: Option<Decimal>,
    /// The currency of its prices, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// Whether it can be bought.
    #[serde(rename = "StockAvailability", default)]
    pub availability: StockAvailability,
    /// How many there are.
    #[serde(default, deserialize_with = "scalar::count")]
    pub inventory: Option<u64>,
    /// Its category.
    #[serde(default, deserialize_with = "scalar::text")]
    pub category: Option<String>,
    /// Who makes it.
    #[serde(default, deserialize_with = "scalar::text")]
    pub manufacturer: Option<String>,
    /// Its number in trade.
    #[serde(default, deserialize_with = "scalar::text")]
    pub gtin: Option<String>,
    /// The promotions it belongs to.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub promotion_ids: Vec<String>,
    /// Its labels.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub labels: Vec<String>,
}

impl CatalogItem {
    /// An item with what each must have.
    pub fn new(id: CatalogItemId, name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            description: None,
            url: url.into(),
            image_url: None,
            current_price: None,
            original_price: None,
            currency: None,
            availability: StockAvailability::default(),
            inventory: None,
            category: None,
            manufacturer: None,
            gtin: None,
            promotion_ids: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// With what it costs now.
    #[must_use]
    pub fn at_price(self, price: Money) -> Self {
        Self { current_price: Some(price.amount), currency: Some(price.currency.to_string()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_that_is_read_from_the_store_says_so() {
        let catalog: Catalog = serde_json::from_str(
            r#"{"Id":"5","CampaignId":1000,"Status":"ACTIVE","NumberOfItems":"1200","UploadMethod":"SHOPPING_CART_PULL",
                "ShoppingCart":{"ShoppingCartType":"WOOCOMMERCE"}}"#,
        )
        .unwrap();
        assert_eq!((catalog.store(), catalog.items), (Some("WOOCOMMERCE"), Some(1200)));
        let plain: Catalog = serde_json::from_str(r#"{"Id":5,"ShoppingCart":""}"#).unwrap();
        assert_eq!(plain.store(), None);
    }

    #[test]
    fn an_item_is_read_with_texts_or_numbers() {
        let item: CatalogItem = serde_json::from_str(
            r#"{"CatalogItemId":"M 1/2","Name":"Bottle","Url":"https://shop.example/p","CurrentPrice":"19.99","Inventory":7,
                "StockAvailability":"InStock","Gtin":"","Labels":["a","b"]}"#,
        )
        .unwrap();
        assert_eq!((item.current_price, item.inventory), (Some(Decimal::new(1999, 2)), Some(7)));
        assert_eq!((item.availability, item.gtin, item.labels.len()), (StockAvailability::InStock, None, 2));
    }
}
