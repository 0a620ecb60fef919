//! Products: requests, and what becomes of the store's items.

use std::sync::Arc;

use campaign_pilot_core::ports::ProductPage;
use campaign_pilot_core::{
    CategoryName, ChangedProducts, Currency, ErrorKind, Money, PortError, Product, ProductId, ProductKind, ProductStatus,
    RejectedItem, Sku, Stock,
};
use campaign_pilot_http::Request;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use jiff::Timestamp;
use serde_json::Value;

use super::WooStore;
use super::answers::error_code;
use super::pages::{Page, Pages};
use crate::StoreError;
use crate::fields::{Fields, Unreadable, rejected};
use crate::plain::plain_text;

const FIELDS: &str = "id,name,sku,short_description,permalink,price,categories,manage_stock,stock_quantity,stock_status,\
                      status,catalog_visibility,type,date_modified_gmt";

const PATH: &str = "wc/v3/products";

/// Every published product, a page at a time.
pub(super) fn all(store: WooStore) -> impl Stream<Item = Result<ProductPage, PortError>> + Send + 'static {
    let request = Request::get(PATH).query("status", "publish").query("_fields", FIELDS);
    let pages = Pages::new(Arc::clone(&store.0), request, "the products");
    try_unfold((store, pages), |(store, mut pages)| async move {
        let currency = store.store_currency().await?;
        let Some(page) = pages.next().await? else {
            return Ok(None);
        };
        Ok(Some((published(&page, currency), (store, pages))))
    })
}

/// One product in whatever status; `None` when the store does not know it.
pub(super) async fn one(store: &WooStore, id: &ProductId) -> Result<Option<Product>, StoreError> {
    // WooCommerce numbers its products; anything else is not even a route there.
    if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let currency = store.store_currency().await?;
    let request = Request::get(PATH).segment(id).query("_fields", FIELDS);
    let response = store.0.send(&request).await?;
    if response.status() == 404 && error_code(&response).as_deref() == Some("woocommerce_rest_product_invalid_id") {
        return Ok(None);
    }
    let item: Value = store.0.understood(&response, "the product")?;
    product(&item, currency).map(Some).map_err(|reason| {
        StoreError::new(ErrorKind::Malformed, format!("product {id} of {} {reason}", store.0.name))
            .advise("open and save the product in WooCommerce, and look for a plugin that changes it")
    })
}

/// The products that changed at or after `since`, in whatever status they are now.
pub(super) async fn changes(store: &WooStore, since: Timestamp) -> Result<ChangedProducts, StoreError> {
    let currency = store.store_currency().await?;
    // The filter leaves the second itself out, and what changes while the list is read must show next time.
    let from = since.checked_sub(store.0.config.overlap).unwrap_or(since).max(Timestamp::UNIX_EPOCH);
    let request = Request::get(PATH)
        .query("status", "any")
        .query("modified_after", from.strftime("%Y-%m-%dT%H:%M:%SZ"))
        .query("_fields", FIELDS);
    let (items, missing) = Pages::new(Arc::clone(&store.0), request, "the changed products").all().await?;
    let mut changed = ChangedProducts { products: Vec::new(), rejected: missing_note(missing), watermark: since };
    for item in &items {
        match product(item, currency) {
            Ok(product) => {
                changed.watermark = changed.watermark.max(product.modified_at.unwrap_or(since));
                changed.products.push(product);
            }
            Err(reason) => changed.rejected.push(rejected(item, reason)),
        }
    }
    Ok(changed)
}

fn published(page: &Page, currency: Currency) -> ProductPage {
    let mut result = ProductPage { products: Vec::new(), rejected: missing_note(page.missing), total: page.total };
    for item in &page.items {
        match product(item, currency) {
            // A plugin may widen the list: drafts do not leak in.
            Ok(product) if matches!(product.status, ProductStatus::Unpublished(_)) => {}
            Ok(product) => result.products.push(product),
            Err(reason) => result.rejected.push(rejected(item, reason)),
        }
    }
    result
}

fn missing_note(missing: u64) -> Vec<RejectedItem> {
    if missing == 0 {
        return Vec::new();
    }
    let reason = format!("the store counts {missing} more than it sent; the list may have changed while it was read");
    vec![RejectedItem { id: None, reason }]
}

/// One item of the store as a product.
pub(super) fn product(item: &Value, currency: Currency) -> Result<Product, Unreadable> {
    let fields = Fields::of(item)?;
    let id = fields.id()?;
    let name = plain_text(&fields.text("name"));
    let permalink = fields.text("permalink").trim().to_owned();
    if !permalink.starts_with("http://") && !permalink.starts_with("https://") {
        return Err("has no `permalink`".to_owned());
    }
    let price = fields.decimal("price")?;
    if price.is_some_and(|price| price.is_sign_negative() && !price.is_zero()) {
        return Err("has a negative `price`".to_owned());
    }
    Ok(Product {
        id: ProductId::from_number(id),
        sku: Sku::new(fields.text("sku").trim()).ok(),
        name: if name.is_empty() { format!("Product {id}") } else { name },
        summary: plain_text(&fields.text("short_description")),
        permalink,
        price: price.map(|amount| Money::new(amount, currency)),
        categories: categories(fields),
        stock: stock(fields)?,
        status: status(fields),
        kind: kind(fields),
        modified_at: fields.utc("date_modified_gmt")?,
    })
}

fn categories(fields: Fields<'_>) -> Vec<CategoryName> {
    let names = fields.list("categories").iter().filter_map(|category| Fields::of(category).ok());
    names.filter_map(|category| CategoryName::new(plain_text(&category.text("name"))).ok()).collect()
}

fn stock(fields: Fields<'_>) -> Result<Stock, Unreadable> {
    // A variation whose parent holds the stock says "parent" instead of true.
    let managed = match fields.get("manage_stock") {
        Some(Value::Bool(managed)) => *managed,
        Some(Value::String(text)) => matches!(text.as_str(), "parent" | "yes" | "true" | "1"),
        _ => false,
    };
    Ok(match fields.decimal("stock_quantity")? {
        Some(quantity) if managed => Stock::Managed { quantity },
        _ => Stock::Unmanaged { in_stock: fields.text("stock_status") != "outofstock" },
    })
}

fn status(fields: Fields<'_>) -> ProductStatus {
    match fields.text("status").as_str() {
        "publish" if fields.text("catalog_visibility") == "hidden" => ProductStatus::Hidden,
        "publish" => ProductStatus::Published,
        other => ProductStatus::Unpublished(other.to_owned()),
    }
}

fn kind(fields: Fields<'_>) -> ProductKind {
    match fields.text("type").as_str() {
        "simple" => ProductKind::Simple,
        "variable" => ProductKind::Variable,
        "grouped" => ProductKind::Grouped,
        "external" => ProductKind::External,
        other => ProductKind::Other(other.to_owned()),
    }
}
