//! New orders and refunds, in the shape of the recorded ones.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::dates;
use super::store::{Numbers, Store, text};
use crate::market::{Checkout, ItemRef, Outcome};
use crate::opening::Body;

/// An order to be placed.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) at: Timestamp,
    pub(crate) lines: Vec<NewLine>,
    pub(crate) outcome: Outcome,
    pub(crate) checkout: Checkout,
    pub(crate) source: OrderSource,
}

/// One line of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewLine {
    pub(crate) item: ItemRef,
    pub(crate) units: u32,
    /// Without tax.
    pub(crate) price: Decimal,
}

impl NewLine {
    /// What it comes to, without tax.
    pub(crate) fn amount(&self) -> Decimal {
        (self.price * Decimal::from(self.units)).round_dp(2)
    }
}

/// Where the shopper came from, as order attribution writes it down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OrderSource {
    /// Any of the store's own sources.
    Organic,
    /// A partner's link.
    Advertised,
}

/// The value added tax of the shop.
const TAX: Decimal = Decimal::from_parts(19, 0, 0, false, 2);
const SHIPPING: Decimal = Decimal::from_parts(490, 0, 0, false, 2);
const SHIPPING_TAX: Decimal = Decimal::from_parts(931, 0, 0, false, 3);

/// The body of a new order.
pub(super) fn render(new: &NewOrder, store: &mut Store) -> Body {
    let id = store.numbers().post();
    let zone = store.zone.clone();
    let lines: Vec<Value> = new.lines.iter().map(|line| line_item(line, new.outcome, store)).collect();
    let goods: Decimal = new.lines.iter().map(NewLine::amount).sum();
    let tax: Decimal = new.lines.iter().map(|line| line.amount() * TAX).sum();
    let cart_tax = cents(tax);
    let total_tax = cart_tax + cents(SHIPPING_TAX);
    let total = goods + SHIPPING + total_tax;
    let status = match new.outcome {
        Outcome::Paid => "processing",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
    };
    let (customer, billing, shipping) = shopper(&new.checkout, store);
    let key = format!("wc_order_{:013x}", new.checkout.shopper ^ id.rotate_left(40)).chars().take(22).collect::<String>();
    let (method, title) = if new.checkout.by_card { ("stripe", "Card") } else { ("bacs", "Bank transfer") };
    let paid_at = new.at.checked_add(SignedDuration::from_secs(78)).unwrap_or(new.at);
    let paid = (new.outcome == Outcome::Paid).then_some(paid_at);
    let numbers = store.numbers();
    let body = json!({
        "id": id, "parent_id": 0, "status": status, "currency": "EUR", "version": "9.9.5", "prices_include_tax": false,
        "date_created": dates::write_local(new.at, &zone), "date_created_gmt": dates::write_gmt(new.at),
        "date_modified": dates::write_local(new.at, &zone), "date_modified_gmt": dates::write_gmt(new.at),
        "date_paid": paid.map(|at| dates::write_local(at, &zone)), "date_paid_gmt": paid.map(dates::write_gmt),
        "date_completed": null, "date_completed_gmt": null,
        "discount_total": "0.00", "discount_tax": "0.00",
        "shipping_total": padded(SHIPPING), "shipping_tax": padded(SHIPPING_TAX),
        "cart_tax": padded(cart_tax), "total": padded(total), "total_tax": padded(total_tax),
        "customer_id": customer, "order_key": key, "billing": billing, "shipping": shipping,
        "payment_method": method, "payment_method_title": title, "transaction_id": format!("txn_{:x}", new.checkout.source >> 36),
        "customer_ip_address": "", "customer_user_agent": "", "created_via": "checkout", "customer_note": "", "cart_hash": "",
        "number": id.to_string(), "meta_data": attribution(new, numbers), "line_items": lines,
        "tax_lines": [{
            "id": numbers.line(), "rate_code": "DE-VAT-1", "rate_id": 1, "label": "VAT", "compound": false,
            "tax_total": padded(cart_tax), "shipping_tax_total": padded(SHIPPING_TAX), "rate_percent": 19, "meta_data": [],
        }],
        "shipping_lines": [{
            "id": numbers.line(), "method_title": "Flat rate", "method_id": "flat_rate", "instance_id": "", "total": padded(SHIPPING),
            "total_tax": padded(SHIPPING_TAX), "taxes": [{"id": 1, "total": SHIPPING_TAX.to_string(), "subtotal": ""}],
            "tax_status": "taxable", "meta_data": [],
        }],
        "fee_lines": [], "coupon_lines": [], "refunds": [],
        "payment_url": format!("https://shop.example/checkout/order-pay/{id}/?pay_for_order=true&key={key}"),
        "is_editable": false, "needs_payment": new.outcome == Outcome::Failed, "needs_processing": true, "currency_symbol": "€",
        "_links": {
            "self": [{
                "href": format!("https://shop.example/wp-json/wc/v3/orders/{id}"),
                "targetHints": {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            }],
            "collection": [{"href": "https://shop.example/wp-json/wc/v3/orders"}],
        },
    });
    into_body(body)
}

/// The body of a refund of one whole line; `None` when there is no such line.
pub(super) fn refund(order: &Body, line: usize, at: Timestamp, numbers: &mut Numbers, zone: &TimeZone) -> Option<Body> {
    let sold = order.get("line_items")?.get(line)?.as_object()?;
    let decimal = |key: &str| text(sold, key).parse::<Decimal>().unwrap_or_default();
    let (total, tax) = (decimal("total"), decimal("total_tax"));
    let units = sold.get("quantity").and_then(Value::as_u64).unwrap_or(0);
    let order_id = order.get("id")?.as_u64()?;
    let (id, item, meta) = (numbers.post(), numbers.line(), numbers.meta());
    let mut back = sold.clone();
    for (key, amount) in [("subtotal", total), ("total", total), ("subtotal_tax", tax), ("total_tax", tax)] {
        back.insert(key.to_owned(), json!(padded(-amount)));
    }
    let unrounded = (-total * TAX).normalize().to_string();
    let sold_id = sold.get("id").and_then(Value::as_u64).unwrap_or(0).to_string();
    back.insert("id".to_owned(), json!(item));
    back.insert("quantity".to_owned(), json!(-i64::try_from(units).unwrap_or(0)));
    back.insert("taxes".to_owned(), json!([{"id": 1, "total": unrounded, "subtotal": unrounded}]));
    let key = "_refunded_item_id";
    back.insert(
        "meta_data".to_owned(),
        json!([{"id": meta, "key": key, "value": sold_id, "display_key": key, "display_value": sold_id}]),
    );
    let body = json!({
        "id": id, "date_created": dates::write_local(at, zone), "date_created_gmt": dates::write_gmt(at),
        "amount": padded(total + tax), "reason": "Returned", "refunded_by": 1, "refunded_payment": false, "meta_data": [],
        "line_items": [back], "shipping_lines": [],
        "tax_lines": [{
            "id": numbers.line(), "rate_code": "DE-VAT-1", "rate_id": 1, "label": "VAT", "compound": false,
            "tax_total": padded(-tax), "shipping_tax_total": "0.00", "rate_percent": 19, "meta_data": [],
        }],
        "fee_lines": [],
        "_links": {
            "self": [{
                "href": format!("https://shop.example/wp-json/wc/v3/orders/{order_id}/refunds/{id}"),
                "targetHints": {"allow": ["GET", "DELETE"]},
            }],
            "collection": [{"href": format!("https://shop.example/wp-json/wc/v3/orders/{order_id}/refunds")}],
            "up": [{"href": format!("https://shop.example/wp-json/wc/v3/orders/{order_id}")}],
        },
    });
    Some(into_body(body))
}

fn line_item(line: &NewLine, outcome: Outcome, store: &mut Store) -> Value {
    let product = store.products.get(&line.item.product).map(|item| std::sync::Arc::clone(&item.body)).unwrap_or_default();
    let variation = line.item.variation.and_then(|id| store.variations.get(&line.item.product)?.get(&id));
    let variation = variation.map(|item| std::sync::Arc::clone(&item.body));
    let numbers = store.numbers();
    let parent = text(&product, "name");
    let name = variation.as_ref().map_or_else(|| parent.to_owned(), |body| format!("{parent} - {}", text(body, "name")));
    let total = line.amount();
    let tax = (total * TAX).normalize();
    let units = line.units.to_string();
    let mut meta = Vec::new();
    let attributes = variation.as_ref().and_then(|body| body.get("attributes")).and_then(Value::as_array);
    for attribute in attributes.into_iter().flatten() {
        let option = attribute.get("option").and_then(Value::as_str).unwrap_or_default();
        meta.push(json!({
            "id": numbers.meta(), "key": attribute.get("slug"), "value": option.to_lowercase(),
            "display_key": attribute.get("name"), "display_value": option,
        }));
    }
    if outcome == Outcome::Paid {
        let key = "_reduced_stock";
        meta.push(json!({"id": numbers.meta(), "key": key, "value": units, "display_key": key, "display_value": units}));
    }
    json!({
        "id": numbers.line(), "name": name, "product_id": line.item.product, "variation_id": line.item.variation.unwrap_or(0),
        "quantity": line.units, "tax_class": "", "subtotal": padded(total), "subtotal_tax": padded(tax),
        "total": padded(total), "total_tax": padded(tax),
        "taxes": [{"id": 1, "total": tax.to_string(), "subtotal": tax.to_string()}], "meta_data": meta,
        "sku": text(variation.as_deref().unwrap_or(&product), "sku"), "price": number(line.price), "image": image(&product),
        "parent_name": variation.is_some().then_some(parent),
    })
}

/// The shop writes an image's id as text, and 0 or an empty text for none.
fn image(product: &Body) -> Value {
    let first = product.get("images").and_then(|images| images.get(0));
    let id = first.and_then(|image| image.get("id")).and_then(Value::as_u64);
    let source = first.and_then(|image| image.get("src")).and_then(Value::as_str).unwrap_or_default();
    json!({"id": id.map_or_else(String::new, |id| id.to_string()), "src": source})
}

fn attribution(new: &NewOrder, numbers: &mut Numbers) -> Value {
    let mut entries = match (new.source, new.checkout.source % 4) {
        (OrderSource::Advertised, _) => vec![("source_type", "utm"), ("utm_source", "impact"), ("utm_medium", "affiliate")],
        (OrderSource::Organic, 0) => vec![("source_type", "utm"), ("utm_source", "newsletter"), ("utm_campaign", "autumn-sale")],
        (OrderSource::Organic, 1) => vec![("source_type", "organic"), ("utm_source", "google")],
        (OrderSource::Organic, _) => vec![("source_type", "typein"), ("utm_source", "(direct)")],
    };
    let pages = new.checkout.pages.to_string();
    entries.push(("session_pages", &pages));
    entries.push(("device_type", if new.checkout.on_phone { "Mobile" } else { "Desktop" }));
    let meta = entries
        .into_iter()
        .map(|(key, value)| json!({"id": numbers.meta(), "key": format!("_wc_order_attribution_{key}"), "value": value}));
    meta.collect()
}

/// A recorded customer of the shop's own country, or a guest nobody has seen before.
fn shopper(checkout: &Checkout, store: &Store) -> (u64, Value, Value) {
    let known: Vec<_> = store.customers.values().filter(|item| country(&item.body) == "DE").collect();
    let chosen = usize::try_from(checkout.shopper % known.len().max(1) as u64).unwrap_or(0);
    match known.get(chosen) {
        Some(item) if !checkout.is_guest => {
            let part = |key: &str| item.body.get(key).cloned().unwrap_or_default();
            (item.id, part("billing"), part("shipping"))
        }
        _ => guest(checkout.shopper),
    }
}

fn guest(shopper: u64) -> (u64, Value, Value) {
    const NAMES: [&str; 6] = ["Kim", "Max", "Lena", "Noah", "Mila", "Jonas"];
    let place = usize::try_from(shopper % NAMES.len() as u64).unwrap_or(0);
    let name = NAMES.get(place).copied().unwrap_or("Kim");
    let email = format!("{}{}@guest.example.com", name.to_lowercase(), shopper >> 32);
    let blank = json!({
        "first_name": "", "last_name": "", "company": "", "address_1": "", "address_2": "", "city": "", "state": "",
        "postcode": "50667", "country": "DE", "phone": "",
    });
    let mut billing = blank.clone();
    for (key, value) in [("first_name", name), ("last_name", "Gast"), ("city", "Köln"), ("email", &email)] {
        if let Some(billing) = billing.as_object_mut() {
            billing.insert(key.to_owned(), json!(value));
        }
    }
    (0, billing, blank)
}

fn country(customer: &Body) -> &str {
    customer.get("billing").and_then(|billing| billing.get("country")).and_then(Value::as_str).unwrap_or_default()
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// An amount with two decimals.
fn padded(amount: Decimal) -> String {
    format!("{:.2}", cents(amount))
}

/// WooCommerce writes a line's unit price as a JSON number.
fn number(amount: Decimal) -> Value {
    json!(amount.to_f64())
}

fn into_body(value: Value) -> Body {
    match value {
        Value::Object(body) => body,
        _ => Body::new(),
    }
}
