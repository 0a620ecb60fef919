//! The store's products as the port's.

use std::sync::PoisonError;

use campaign_pilot_core::ports::ProductPage;
use campaign_pilot_core::{
    CategoryName, ChangedProducts, Currency, ErrorKind, Money, PortError, Product, ProductId, ProductKind, ProductStatus,
    RejectedItem, Sku, Stock,
};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use jiff::Timestamp;

use super::cost::Cost;
use crate::model::{self, CatalogVisibility, ProductType, PublishStatus, StockManagement, StockStatus};
use crate::paging::{Page, missing_note};
use crate::{ProductQuery, StoreError, WooApi, WooStore};

/// What the port's products are made of.
const FIELDS: &str = "id,name,sku,short_description,permalink,price,cost_of_goods_sold,categories,manage_stock,\
                      stock_quantity,stock_status,status,catalog_visibility,type,date_modified_gmt";

/// Every published product, a page at a time.
pub(super) fn all(store: WooStore) -> impl Stream<Item = Result<ProductPage, PortError>> + Send + 'static {
    let pages = store.api.products(&ProductQuery::new().status(PublishStatus::Publish).fields(FIELDS));
    try_unfold((store, pages), |(store, mut pages)| async move {
        let currency = store.api.currency().await?;
        let Some(page) = pages.next().await? else {
            return Ok(None);
        };
        store.look_at_stock(&page.items);
        Ok(Some((published(&store.api, page, currency).await?, (store, pages))))
    })
}

/// One product in whatever status; `None` when the store does not know it.
pub(super) async fn one(store: &WooStore, id: &ProductId) -> Result<Option<Product>, StoreError> {
    // WooCommerce numbers its products; anything else is not even a route there.
    let Ok(number) = id.as_str().parse() else {
        return Ok(None);
    };
    let api = &store.api;
    let currency = api.currency().await?;
    let Some(item) = api.product_fields(number, FIELDS).await? else {
        return Ok(None);
    };
    store.look_at_stock(std::slice::from_ref(&item));
    let cost = Cost::of(&item);
    let product = product(item, currency).map_err(|rejected| {
        let message = format!("product {id} of {} {}", api.name(), rejected.reason);
        StoreError::new(ErrorKind::Malformed, message)
            .advise("open and save the product in WooCommerce, and look for a plugin that changes it")
    })?;
    Ok(Some(cost.told(api, product, currency).await?))
}

/// The products that changed at or after `since`, in whatever status they are now.
pub(super) async fn changes(store: &WooStore, since: Timestamp) -> Result<ChangedProducts, StoreError> {
    let api = &store.api;
    let currency = api.currency().await?;
    // The filter leaves the second itself out, and what changes while the list is read must show next time.
    let began = api.clock().now();
    let from = since.checked_sub(api.config().overlap).unwrap_or(since).max(Timestamp::UNIX_EPOCH);
    let whole = api.products(&ProductQuery::new().modified_after(from).fields(FIELDS)).all().await?;
    let mut changed = ChangedProducts { products: Vec::new(), rejected: whole.rejected, watermark: since };
    changed.rejected.extend(missing_note(whole.missing));
    store.look_at_stock(&whole.items);
    for item in whole.items {
        // Never beyond the beginning of this reading: what changed behind its back, or in a future that a clock
        // invented, must show next time.
        changed.watermark = changed.watermark.max(item.modified_at.unwrap_or(since).min(began));
        let cost = Cost::of(&item);
        match product(item, currency) {
            Ok(product) => changed.products.push(cost.told(api, product, currency).await?),
            Err(rejected) => changed.rejected.push(rejected),
        }
    }
    Ok(changed)
}

impl WooStore {
    /// Notes which products cannot be bought now.
    fn look_at_stock(&self, items: &[model::Product]) {
        let now = self.api.clock().now();
        let mut log = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        for item in items {
            log.observe(item.id, item.stock_status != StockStatus::OutOfStock, now, item.modified_at);
        }
    }
}

async fn published(api: &WooApi, page: Page<model::Product>, currency: Currency) -> Result<ProductPage, StoreError> {
    let mut result = ProductPage { products: Vec::new(), rejected: page.rejected, total: page.total };
    result.rejected.extend(missing_note(page.missing));
    for item in page.items {
        let cost = Cost::of(&item);
        match product(item, currency) {
            // A plugin may widen the list: drafts do not leak in.
            Ok(product) if matches!(product.status, ProductStatus::Unpublished(_)) => {}
            Ok(product) => result.products.push(cost.told(api, product, currency).await?),
            Err(rejected) => result.rejected.push(rejected),
        }
    }
    Ok(result)
}

/// One item of the store as a product; without a page or with a negative price it cannot be advertised.
fn product(item: model::Product, currency: Currency) -> Result<Product, RejectedItem> {
    let refuse = |reason: &str| Err(RejectedItem { id: Some(item.id.to_string()), reason: reason.to_owned() });
    let permalink = item.permalink.trim();
    if !permalink.starts_with("http://") && !permalink.starts_with("https://") {
        return refuse("has no `permalink`");
    }
    if item.price.is_some_and(|price| price.is_sign_negative() && !price.is_zero()) {
        return refuse("has a negative `price`");
    }
    Ok(Product {
        id: ProductId::from_number(item.id),
        sku: Sku::new(item.sku.trim()).ok(),
        stock: stock(&item),
        status: status(&item),
        permalink: permalink.to_owned(),
        name: if item.name.is_empty() { format!("Product {}", item.id) } else { item.name },
        summary: item.short_description,
        price: item.price.map(|amount| Money::new(amount, currency)),
        // Told in a second step: it may take a request.
        unit_cost: None,
        categories: item.categories.into_iter().filter_map(|category| CategoryName::new(category.name).ok()).collect(),
        kind: kind(item.kind),
        modified_at: item.modified_at,
    })
}

fn stock(item: &model::Product) -> Stock {
    match item.stock_quantity {
        Some(quantity) if item.stock_management != StockManagement::None => Stock::Managed { quantity },
        _ => Stock::Unmanaged { in_stock: item.stock_status != StockStatus::OutOfStock },
    }
}

fn status(item: &model::Product) -> ProductStatus {
    match &item.status {
        PublishStatus::Publish if item.catalog_visibility == CatalogVisibility::Hidden => ProductStatus::Hidden,
        PublishStatus::Publish => ProductStatus::Published,
        other => ProductStatus::Unpublished(other.as_str().to_owned()),
    }
}

fn kind(kind: ProductType) -> ProductKind {
    match kind {
        ProductType::Simple => ProductKind::Simple,
        ProductType::Variable => ProductKind::Variable,
        ProductType::Grouped => ProductKind::Grouped,
        ProductType::External => ProductKind::External,
        other => ProductKind::Other(other.as_str().to_owned()),
    }
}
