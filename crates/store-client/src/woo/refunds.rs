//! Refunds, on their own date.

use std::sync::Arc;

use campaign_pilot_core::{ErrorKind, Period};
use campaign_pilot_http::Request;
use jiff::Timestamp;
use serde_json::Value;

use super::Inner;
use super::orders::{self, Line};
use super::pages::Pages;
use crate::StoreError;
use crate::fields::{Fields, Unreadable};

const PATH: &str = "wc/v3/refunds";
const FIELDS: &str = "id,parent_id,date_created_gmt,amount,line_items";

/// Money given back.
#[derive(Debug)]
pub(super) struct Refund {
    pub(super) id: u64,
    pub(super) order: u64,
    pub(super) created: Timestamp,
    pub(super) lines: Vec<Line>,
}

/// The store's items for the refunds made in a period, and how many are missing.
pub(super) async fn created_in(store: &Arc<Inner>, period: Period) -> Result<(Vec<Value>, u64), StoreError> {
    let request = orders::between(Request::get(PATH), period).query("_fields", FIELDS);
    match Pages::new(Arc::clone(store), request, "the refunds").all().await {
        // Before WooCommerce 9.0 there is no list of all refunds.
        Err(error) if error.kind() == ErrorKind::WrongServer => through_orders(store, period).await,
        result => result,
    }
}

/// The same through the orders that changed since the period began: a refund changes its order.
async fn through_orders(store: &Arc<Inner>, period: Period) -> Result<(Vec<Value>, u64), StoreError> {
    let since = period.start().checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(period.start());
    let request = Request::get(orders::PATH).query("modified_after", orders::second(since)).query("_fields", "id,refunds");
    let (changed, mut missing) = Pages::new(Arc::clone(store), request, "the refunded orders").all().await?;
    let mut items = Vec::new();
    for order in &changed {
        let Ok(fields) = Fields::of(order) else { continue };
        let (Some(id), false) = (fields.number("id"), fields.list("refunds").is_empty()) else { continue };
        let request = Request::get(orders::PATH).segment(id).segment("refunds").query("_fields", FIELDS);
        let (found, lost) = Pages::new(Arc::clone(store), request, "the refunds of an order").all().await?;
        missing += lost;
        for mut refund in found {
            if let Some(fields) = refund.as_object_mut() {
                fields.insert("parent_id".to_owned(), id.into());
            }
            items.push(refund);
        }
    }
    Ok((items, missing))
}

pub(super) fn refund(item: &Value) -> Result<Refund, Unreadable> {
    let fields = Fields::of(item)?;
    Ok(Refund {
        id: fields.id()?,
        order: fields.number("parent_id").ok_or("has no `parent_id`")?,
        created: orders::created(fields)?,
        lines: orders::lines(fields)?,
    })
}
