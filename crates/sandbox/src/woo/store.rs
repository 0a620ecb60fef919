//! The store's data: recorded bodies, and how the market changes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::dates;
use super::order::{self, NewOrder};
use crate::error::{SandboxError, SandboxErrorKind};
use crate::market::ItemRef;
use crate::opening::{Body, Opening, Site};

/// One thing of the store, as its API shows it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(super) id: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) status: String,
    pub(super) body: Arc<Body>,
}

/// The store's data.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(super) products: BTreeMap<u64, Item>,
    /// By the id of their product, then by their own.
    pub(super) variations: BTreeMap<u64, BTreeMap<u64, Item>>,
    pub(super) orders: BTreeMap<u64, Item>,
    /// By their own id, with the order's.
    pub(super) refunds: BTreeMap<u64, (u64, Item)>,
    pub(super) categories: BTreeMap<u64, Item>,
    pub(super) coupons: BTreeMap<u64, Item>,
    pub(super) customers: BTreeMap<u64, Item>,
    pub(super) site: Site,
    /// The shop's zone, in which local dates are written and read.
    pub(super) zone: TimeZone,
    numbers: Numbers,
}

/// The next free ids. Posts, order lines and meta data count apart, as in WordPress.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    post: u64,
    line: u64,
    meta: u64,
}

impl Numbers {
    pub(super) const fn post(&mut self) -> u64 {
        self.post += 1;
        self.post
    }

    pub(super) const fn line(&mut self) -> u64 {
        self.line += 1;
        self.line
    }

    pub(super) const fn meta(&mut self) -> u64 {
        self.meta += 1;
        self.meta
    }
}

impl Item {
    fn read(body: &Body) -> Result<Self, SandboxError> {
        let id = body
            .get("id")
            .and_then(Value::as_u64)
            .ok_or_else(|| SandboxError::new(SandboxErrorKind::OpeningState, "a recorded item has no id"))?;
        let created = dates::read_gmt(body, "date_created").unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Self {
            id,
            created,
            modified: dates::read_gmt(body, "date_modified").unwrap_or(created),
            status: text(body, "status").to_owned(),
            body: Arc::new(body.clone()),
        })
    }

    pub(super) fn new(id: u64, at: Timestamp, status: &str, body: Body) -> Self {
        Self { id, created: at, modified: at, status: status.to_owned(), body: Arc::new(body) }
    }

    /// Changes the body at an instant, which shows as `date_modified`.
    pub(super) fn change(&mut self, at: Timestamp, zone: &TimeZone, change: impl FnOnce(&mut Body)) {
        let body = Arc::make_mut(&mut self.body);
        change(body);
        if at > self.modified {
            self.modified = at;
            dates::put(body, "date_modified", at, zone);
        }
    }
}

impl Store {
    /// The store as it is found, in its zone.
    pub(crate) fn open(opening: &Opening, zone: TimeZone) -> Result<Self, SandboxError> {
        let mut refunds = BTreeMap::new();
        for (order, bodies) in &opening.refunds {
            for body in bodies {
                let item = Item::read(body)?;
                refunds.insert(item.id, (*order, item));
            }
        }
        let mut variations = BTreeMap::new();
        for (product, bodies) in &opening.variations {
            variations.insert(*product, by_id(bodies)?);
        }
        Ok(Self {
            products: by_id(&opening.products)?,
            variations,
            orders: by_id(&opening.orders)?,
            refunds,
            categories: by_id(&opening.categories)?,
            coupons: by_id(&opening.coupons)?,
            customers: by_id(&opening.customers)?,
            site: in_zone(opening.site.clone(), &zone),
            zone,
            numbers: if opening.is_recorded {
                // Above everything that was recorded.
                Numbers { post: 999, line: 9_999, meta: 49_999 }
            } else {
                Numbers { post: 999_999, line: 9_999, meta: 49_999 }
            },
        })
    }

    /// A product as it is served.
    #[cfg(test)]
    pub(crate) fn product_body(&self, id: u64) -> Option<Body> {
        self.products.get(&id).map(|item| item.body.as_ref().clone())
    }

    /// Places an order and gives its id.
    pub(crate) fn place_order(&mut self, new: &NewOrder) -> u64 {
        let body = order::render(new, self);
        let id = body.get("id").and_then(Value::as_u64).unwrap_or_default();
        let status = text(&body, "status").to_owned();
        self.orders.insert(id, Item::new(id, new.at, &status, body));
        id
    }

    /// Marks an order as completed, unless it went another way meanwhile.
    pub(crate) fn complete_order(&mut self, id: u64, at: Timestamp) {
        let zone = &self.zone;
        let Some(item) = self.orders.get_mut(&id).filter(|item| item.status == "processing") else { return };
        "completed".clone_into(&mut item.status);
        item.change(at, zone, |body| {
            body.insert("status".to_owned(), json!("completed"));
            body.insert("needs_processing".to_owned(), json!(false));
            dates::put(body, "date_completed", at, zone);
        });
    }

    /// Refunds one whole line of an order: the order's last line makes it refunded.
    pub(crate) fn refund_line(&mut self, order: u64, line: usize, at: Timestamp) {
        let Some(refunded) = self.orders.get(&order).map(|item| Arc::clone(&item.body)) else { return };
        let Some(refund) = order::refund(&refunded, line, at, &mut self.numbers, &self.zone) else { return };
        let id = refund.get("id").and_then(Value::as_u64).unwrap_or_default();
        let summary = json!({
            "id": id,
            "reason": refund.get("reason"),
            "total": format!("-{}", text(&refund, "amount")),
        });
        self.refunds.insert(id, (order, Item::new(id, at, "", refund)));
        let zone = &self.zone;
        let Some(item) = self.orders.get_mut(&order) else { return };
        let is_last = {
            let lines = refunded.get("line_items").and_then(Value::as_array).map_or(0, Vec::len);
            let refunds = refunded.get("refunds").and_then(Value::as_array).map_or(0, Vec::len);
            refunds + 1 >= lines
        };
        if is_last {
            "refunded".clone_into(&mut item.status);
        }
        item.change(at, zone, |body| {
            if let Some(Value::Array(refunds)) = body.get_mut("refunds") {
                refunds.insert(0, summary);
            }
            if is_last {
                body.insert("status".to_owned(), json!("refunded"));
            }
        });
    }

    /// Counts units sold.
    pub(crate) fn count_sale(&mut self, item: ItemRef, units: u32, at: Timestamp) {
        if let Some(product) = self.products.get_mut(&item.product) {
            product.change(at, &self.zone, |body| {
                let sold = body.get("total_sales").and_then(Value::as_i64).unwrap_or(0);
                body.insert("total_sales".to_owned(), json!(sold + i64::from(units)));
            });
        }
    }

    /// Sets what lies on a shelf; variations that share their product's shelf show it too.
    pub(crate) fn set_stock(&mut self, shelf: ItemRef, quantity: i64, at: Timestamp) {
        let zone = &self.zone;
        let Some(product) = self.products.get_mut(&shelf.product) else { return };
        let variations = self.variations.entry(shelf.product).or_default();
        match shelf.variation {
            None => {
                product.change(at, zone, |body| stock(body, quantity));
                for variation in variations.values_mut().filter(|item| item.body.get("manage_stock") == Some(&json!("parent"))) {
                    variation.change(at, zone, |body| stock(body, quantity));
                }
            }
            Some(id) => {
                if let Some(variation) = variations.get_mut(&id) {
                    variation.change(at, zone, |body| stock(body, quantity));
                }
                let is_there = variations.values().any(|item| text(&item.body, "stock_status") != "outofstock");
                product.change(at, zone, |body| {
                    let status = if is_there { "instock" } else { "outofstock" };
                    body.insert("stock_status".to_owned(), json!(status));
                });
            }
        }
    }

    /// Sets the price of a product or of one of its variations; a product with variations shows their lowest.
    pub(crate) fn set_price(&mut self, item: ItemRef, price: Decimal, at: Timestamp) {
        let zone = &self.zone;
        let Some(product) = self.products.get_mut(&item.product) else { return };
        let text_of = |price: Decimal| json!(format!("{price:.2}"));
        let set = |body: &mut Body| {
            body.insert("price".to_owned(), text_of(price));
            body.insert("regular_price".to_owned(), text_of(price));
        };
        let Some(id) = item.variation else {
            product.change(at, zone, set);
            return;
        };
        let variations = self.variations.entry(item.product).or_default();
        if let Some(variation) = variations.get_mut(&id) {
            variation.change(at, zone, set);
        }
        let lowest = variations.values().filter_map(|item| text(&item.body, "price").parse::<Decimal>().ok()).min();
        product.change(at, zone, |body| {
            if let Some(lowest) = lowest {
                body.insert("price".to_owned(), text_of(lowest));
            }
        });
    }

    /// Shows a cost at every product and variation, as WooCommerce does where it keeps the cost of goods: none as yet.
    pub(crate) fn keep_costs(&mut self) {
        let items = self.products.values_mut().chain(self.variations.values_mut().flat_map(BTreeMap::values_mut));
        items.for_each(|item| put_cost(item, Decimal::ZERO));
    }

    /// Shows what a unit costs the shop.
    pub(crate) fn set_cost(&mut self, item: ItemRef, cost: Decimal) {
        let shown = match item.variation {
            None => self.products.get_mut(&item.product),
            Some(id) => self.variations.get_mut(&item.product).and_then(|variations| variations.get_mut(&id)),
        };
        if let Some(shown) = shown {
            put_cost(shown, cost);
        }
    }

    pub(super) const fn numbers(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

/// WooCommerce keeps no cost of zero: it is the same as none.
fn put_cost(item: &mut Item, cost: Decimal) {
    let cost = cost.to_f64().unwrap_or(0.0);
    let defined = (cost != 0.0).then_some(cost);
    let mut shown = json!({ "values": [{ "defined_value": defined, "effective_value": cost }], "total_value": cost });
    if text(&item.body, "type") == "variation"
        && let Some(shown) = shown.as_object_mut()
    {
        shown.insert("defined_value_is_additive".to_owned(), json!(false));
    }
    Arc::make_mut(&mut item.body).insert("cost_of_goods_sold".to_owned(), shown);
}

/// The site's own words for its zone; those of the recorded one stand.
fn in_zone(mut site: Site, zone: &TimeZone) -> Site {
    if let Some(name) = zone.iana_name() {
        site.root.insert("timezone_string".to_owned(), json!(name));
        let hours = f64::from(zone.to_offset(Timestamp::UNIX_EPOCH).seconds()) / 3600.0;
        site.root.insert("gmt_offset".to_owned(), json!(hours));
    }
    site
}

pub(super) fn text<'a>(body: &'a Body, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn stock(body: &mut Body, quantity: i64) {
    let backorders = body.get("backorders_allowed") == Some(&Value::Bool(true));
    let status = match quantity {
        1.. => "instock",
        _ if backorders => "onbackorder",
        _ => "outofstock",
    };
    body.insert("stock_quantity".to_owned(), json!(quantity));
    body.insert("stock_status".to_owned(), json!(status));
    body.insert("backordered".to_owned(), json!(status == "onbackorder"));
}

fn by_id(bodies: &[Body]) -> Result<BTreeMap<u64, Item>, SandboxError> {
    let items = bodies.iter().map(|body| Item::read(body).map(|item| (item.id, item)));
    items.collect()
}

#[cfg(test)]
impl Store {
    /// Paid orders since an instant, and their revenue net of refunds, as a client would add them up.
    pub(crate) fn sold_since(&self, from: Timestamp) -> (u64, rust_decimal::Decimal) {
        let sum = |body: &Body| -> rust_decimal::Decimal {
            body["line_items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["total"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap())
                .sum()
        };
        let paid = ["processing", "completed", "refunded"];
        let orders = self.orders.values().filter(|item| from <= item.created && paid.contains(&item.status.as_str()));
        let refunds = self.refunds.values().filter(|(_, item)| from <= item.created);
        let sold: rust_decimal::Decimal = orders.clone().map(|item| sum(&item.body)).sum();
        (orders.count() as u64, sold + refunds.map(|(_, item)| sum(&item.body)).sum::<rust_decimal::Decimal>())
    }
}
