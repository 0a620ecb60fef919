//! Orders: what was sold, by whom is not asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::{Currency, Period};
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Inner;
use super::pages::Pages;
use crate::StoreError;
use crate::fields::{Fields, Unreadable};

pub(super) const PATH: &str = "wc/v3/orders";
/// No names, addresses or mail addresses.
const FIELDS: &str = "id,status,currency,date_created_gmt,line_items";
/// How many ids fit into one request.
const IDS: usize = 100;

/// An order of a status that counts as a sale.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) head: Head,
    pub(super) created: Timestamp,
    pub(super) lines: Vec<Line>,
}

/// What a refund needs to know of its order.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) currency: Currency,
}

/// One line of an order or refund; refunds' numbers are negative.
#[derive(Debug)]
pub(super) struct Line {
    /// The product, never the variation; `None` when it was deleted since.
    pub(super) product: Option<u64>,
    pub(super) units: i64,
    /// After discounts, without tax.
    pub(super) total: Decimal,
}

/// The store's items for the orders created in a period, and how many are missing.
pub(super) async fn created_in(store: &Arc<Inner>, period: Period) -> Result<(Vec<Value>, u64), StoreError> {
    let request =
        between(Request::get(PATH), period).query("status", store.config.sale_statuses.join(",")).query("_fields", FIELDS);
    Pages::new(Arc::clone(store), request, "the orders").all().await
}

/// The heads of the orders with these ids, in whatever status; those that the store does not list are left out.
pub(super) async fn heads(store: &Arc<Inner>, ids: &[u64]) -> Result<BTreeMap<u64, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    for ids in ids.chunks(IDS) {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let request = Request::get(PATH).query("include", ids.join(",")).query("_fields", "id,status,currency");
        let (items, _) = Pages::new(Arc::clone(store), request, "the refunded orders").all().await?;
        heads.extend(items.iter().filter_map(|item| head(Fields::of(item).ok()?).ok()).map(|head| (head.id, head)));
    }
    Ok(heads)
}

/// Limits a request to what was created in a period. The store's bounds are both exclusive, to the second.
pub(super) fn between(request: Request, period: Period) -> Request {
    let after = period.start().checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.start());
    let ceiled = period.end().checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(period.end());
    request.query("after", second(after)).query("before", second(ceiled))
}

/// The form with `Z`, which the store takes as UTC as long as `dates_are_gmt` is not given, too.
pub(super) fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn order(item: &Value) -> Result<Order, Unreadable> {
    let fields = Fields::of(item)?;
    Ok(Order { head: head(fields)?, created: created(fields)?, lines: lines(fields)? })
}

pub(super) fn created(fields: Fields<'_>) -> Result<Timestamp, Unreadable> {
    fields.utc("date_created_gmt")?.ok_or_else(|| "has no `date_created_gmt`".to_owned())
}

pub(super) fn lines(fields: Fields<'_>) -> Result<Vec<Line>, Unreadable> {
    let line = |item| {
        let fields = Fields::of(item)?;
        let product = fields.number("product_id").filter(|id| *id > 0);
        Ok(Line { product, units: fields.units("quantity")?, total: fields.amount("total")? })
    };
    fields.list("line_items").iter().map(line).collect()
}

fn head(fields: Fields<'_>) -> Result<Head, Unreadable> {
    let currency = fields.text("currency").parse().map_err(|_| "has no known `currency`".to_owned())?;
    Ok(Head { id: fields.id()?, status: fields.text("status"), currency })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(start: &str, end: &str) -> Vec<(String, String)> {
        let period = Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap();
        between(Request::get(PATH), period).query_pairs().to_vec()
    }

    #[test]
    fn exclusive_bounds_are_widened_to_the_half_open_period() {
        let wanted = [("after", "2026-10-31T23:59:59Z"), ("before", "2026-11-08T00:00:00Z")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(asked("2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"), wanted);
        assert_eq!(asked("2026-11-01T00:00:00.5Z", "2026-11-07T23:59:59.5Z"), wanted);
    }

    #[test]
    fn quirks_of_a_line_are_read() {
        let item = json!({"id": "7", "status": "completed", "currency": "eur", "date_created_gmt": "2026-11-07T23:44:41",
            "line_items": [{"product_id": 59, "variation_id": 64, "quantity": 2, "total": "39.80", "price": 19.900000000000002}]});
        let order = order(&item).unwrap();
        assert_eq!((order.head.id, order.head.currency), (7, Currency::EUR));
        assert_eq!(
            (order.lines[0].product, order.lines[0].units, order.lines[0].total.to_string()),
            (Some(59), 2, "39.80".to_owned())
        );
    }

    #[test]
    fn an_order_without_a_readable_line_is_refused_with_its_field() {
        let item = json!({"id": 7, "currency": "EUR", "date_created_gmt": "2026-11-07T23:44:41", "line_items": [{"quantity": 1, "total": "x"}]});
        assert_eq!(order(&item).unwrap_err(), "`total` is not a number");
        assert_eq!(order(&json!({"id": 7, "currency": "€"})).unwrap_err(), "has no known `currency`");
    }
}
