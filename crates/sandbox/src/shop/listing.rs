//! The shop's products as a client reads them.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    CategoryName, ChangedProducts, Money, Product, ProductId, ProductKind, ProductStatus, Sku, Stock, sanitize_line,
    unit_cost_of_variations,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde_json::Value;

use super::ledger::CURRENCY;
use crate::market::ItemRef;
use crate::opening::{Body, Opening};

/// The products, with the order in which they changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    products: BTreeMap<u64, Product>,
    changes: BTreeSet<(Timestamp, u64)>,
    /// What is known of each variation, by product.
    variations: BTreeMap<u64, BTreeMap<u64, Variation>>,
}

#[derive(Clone, Copy, Debug)]
struct Variation {
    price: Option<Decimal>,
    cost: Option<Decimal>,
    is_offered: bool,
    backorders: bool,
    in_stock: bool,
}

impl Listing {
    pub(super) fn of(opening: &Opening) -> Self {
        let mut listing = Self::default();
        for body in &opening.products {
            let Some((id, product)) = product(body) else { continue };
            listing.changes.insert((modified(&product), id));
            listing.products.insert(id, product);
        }
        for (product, bodies) in &opening.variations {
            let variations = bodies.iter().filter_map(|body| {
                let variation = Variation {
                    price: text(body, "price").parse().ok(),
                    cost: None,
                    is_offered: text(body, "status") == "publish",
                    backorders: body.get("backorders_allowed") == Some(&Value::Bool(true)),
                    in_stock: text(body, "stock_status") != "outofstock",
                };
                Some((body.get("id")?.as_u64()?, variation))
            });
            listing.variations.insert(*product, variations.collect());
        }
        listing
    }

    /// Every published product, by id.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Product> {
        self.products.values().filter(|product| !matches!(product.status, ProductStatus::Unpublished(_)))
    }

    /// One product in whatever status.
    pub(crate) fn get(&self, id: &ProductId) -> Option<&Product> {
        self.products.get(&id.as_str().parse().ok()?)
    }

    /// The products that changed at or after an instant, those that changed first first.
    pub(crate) fn changes_since(&self, since: Timestamp) -> ChangedProducts {
        let changed = self.changes.range((since, 0)..);
        let products = changed.clone().filter_map(|(_, id)| self.products.get(id).cloned()).collect();
        let watermark = changed.last().map_or(since, |(at, _)| since.max(*at));
        ChangedProducts { products, rejected: Vec::new(), watermark }
    }

    pub(super) fn touch(&mut self, id: u64, at: Timestamp) {
        self.change(id, at, |_| ());
    }

    pub(super) fn set_stock(&mut self, shelf: ItemRef, quantity: i64, at: Timestamp) {
        let Some(variation) = shelf.variation else {
            self.change(shelf.product, at, |product| product.stock = Stock::Managed { quantity: Decimal::from(quantity) });
            return;
        };
        let variations = self.variations.entry(shelf.product).or_default();
        if let Some(variation) = variations.get_mut(&variation) {
            variation.in_stock = quantity > 0 || variation.backorders;
        }
        let in_stock = variations.values().any(|variation| variation.in_stock);
        self.change(shelf.product, at, |product| {
            if let Stock::Unmanaged { in_stock: shown } = &mut product.stock {
                *shown = in_stock;
            }
        });
    }

    pub(super) fn set_price(&mut self, item: ItemRef, mut price: Decimal, at: Timestamp) {
        // As the shop writes it from now on.
        price.rescale(2);
        let mut shown = Some(price);
        if let Some(id) = item.variation {
            let variations = self.variations.entry(item.product).or_default();
            if let Some(variation) = variations.get_mut(&id) {
                variation.price = Some(price);
            }
            shown = variations.values().filter_map(|variation| variation.price).min();
        }
        self.change(item.product, at, |product| product.price = shown.map(|price| Money::new(price, CURRENCY)));
        self.show_cost_of_variations(item.product);
    }

    /// Sets what a unit costs: a cost of zero is one that nobody gave, as in WooCommerce.
    pub(super) fn set_cost(&mut self, item: ItemRef, cost: Decimal) {
        let cost = Some(cost.normalize()).filter(|cost| *cost > Decimal::ZERO);
        let Some(id) = item.variation else {
            if let Some(product) = self.products.get_mut(&item.product) {
                product.unit_cost = cost.map(|cost| Money::new(cost, CURRENCY));
            }
            return;
        };
        if let Some(variation) = self.variations.get_mut(&item.product).and_then(|variations| variations.get_mut(&id)) {
            variation.cost = cost;
        }
        self.show_cost_of_variations(item.product);
    }

    /// As a client works it out of the variations' costs; a product without variations keeps its own.
    fn show_cost_of_variations(&mut self, id: u64) {
        let (Some(product), Some(variations)) = (self.products.get_mut(&id), self.variations.get(&id)) else { return };
        if product.kind != ProductKind::Variable {
            return;
        }
        let offered = variations.values().filter(|variation| variation.is_offered);
        let priced = offered.filter_map(|variation| Some((variation.price?, variation.cost)));
        let cost = product.price.and_then(|price| unit_cost_of_variations(price.amount, priced));
        product.unit_cost = cost.map(|cost| Money::new(cost, CURRENCY));
    }

    fn change(&mut self, id: u64, at: Timestamp, change: impl FnOnce(&mut Product)) {
        let Some(product) = self.products.get_mut(&id) else { return };
        change(product);
        let before = modified(product);
        if at > before {
            product.modified_at = Some(at);
            self.changes.remove(&(before, id));
            self.changes.insert((at, id));
        }
    }
}

fn modified(product: &Product) -> Timestamp {
    product.modified_at.unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An item as a client takes it; `None` for one without a page.
fn product(body: &Body) -> Option<(u64, Product)> {
    let id = body.get("id")?.as_u64()?;
    let permalink = text(body, "permalink").trim();
    if !permalink.starts_with("http") {
        return None;
    }
    let price: Option<Decimal> = text(body, "price").parse().ok();
    let categories = body.get("categories").and_then(Value::as_array).into_iter().flatten();
    let categories = categories.filter_map(|category| CategoryName::new(plain(category.get("name")?.as_str()?)).ok());
    let name = plain(text(body, "name"));
    let product = Product {
        id: ProductId::from_number(id),
        sku: Sku::new(text(body, "sku").trim()).ok(),
        name: if name.is_empty() { format!("Product {id}") } else { name },
        summary: plain(text(body, "short_description")),
        permalink: permalink.to_owned(),
        price: price.map(|price| Money::new(price, CURRENCY)),
        // Shown later, if the shop keeps costs.
        unit_cost: None,
        categories: categories.collect(),
        stock: stock(body),
        status: match (text(body, "status"), text(body, "catalog_visibility")) {
            ("publish", "hidden") => ProductStatus::Hidden,
            ("publish", _) => ProductStatus::Published,
            (other, _) => ProductStatus::Unpublished(other.to_owned()),
        },
        kind: match text(body, "type") {
            "simple" => ProductKind::Simple,
            "variable" => ProductKind::Variable,
            "grouped" => ProductKind::Grouped,
            "external" => ProductKind::External,
            other => ProductKind::Other(other.to_owned()),
        },
        modified_at: modified_at(body),
    };
    Some((id, product))
}

fn stock(body: &Body) -> Stock {
    match (body.get("manage_stock"), body.get("stock_quantity").and_then(Value::as_i64)) {
        (Some(Value::Bool(true)), Some(quantity)) => Stock::Managed { quantity: Decimal::from(quantity) },
        _ => Stock::Unmanaged { in_stock: text(body, "stock_status") != "outofstock" },
    }
}

fn modified_at(body: &Body) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(text(body, "date_modified_gmt").parse::<DateTime>().ok()?).ok()
}

fn text<'a>(body: &'a Body, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// HTML as one line of text: tags out, those between words as a blank; entities decoded.
fn plain(html: &str) -> String {
    let mut parts = html.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, rest) = part.split_once('>').unwrap_or(("", part));
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !matches!(name, "a" | "b" | "em" | "i" | "mark" | "s" | "small" | "span" | "strong" | "sub" | "sup" | "u") {
            text.push(' ');
        }
        text.push_str(rest);
    }
    sanitize_line(&html_escape::decode_html_entities(&text))
}
