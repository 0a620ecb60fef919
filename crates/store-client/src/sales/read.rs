//! Reading orders and refunds, page by page.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{ErrorKind, Period};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::calendar::{Calendar, Grain};
use super::tally::{Firsts, Head, Tally};
use super::{Sales, SalesQuery};
use crate::model::{OrderStatus, Refund};
use crate::reports::{CustomerType, DateType};
use crate::{OrderQuery, RefundQuery, StoreError, WooApi};

/// What is used of orders, of refunds, and of the orders that refunds are about.
const LINES: &str = "id,status,currency,date_created_gmt,line_items";
const LINES_AND_COUPONS: &str = "id,status,currency,date_created_gmt,line_items,coupon_lines";
const REFUND_FIELDS: &str = "id,parent_id,date_created_gmt,amount,line_items";
const HEAD_FIELDS: &str = "id,status,currency,date_created_gmt";
/// How many ids fit into one request.
const IDS: usize = 100;

/// What a query asks for.
pub(super) async fn sales(api: &WooApi, query: &SalesQuery) -> Result<Sales, StoreError> {
    // What happens while the orders are read may be missing: the sales are complete until now at most.
    let began = api.clock().now();
    let zone = if query.in_utc { TimeZone::UTC } else { api.time_zone().await? };
    let name = if query.in_utc { "UTC".to_owned() } else { zone_name(&zone) };
    let mut tally = Tally::new(query.period, Calendar::new(zone, query.grain), query.variations);
    if query.new_customers {
        read_firsts(api, query.period, &mut tally).await?;
    }
    read(api, query.period, LINES_AND_COUPONS, &mut tally).await?;
    Ok(tally.finish(began, name))
}

/// The same by hours of UTC, as the port wants it.
pub(super) async fn by_utc_hours(api: &WooApi, period: Period) -> Result<Sales, StoreError> {
    let began = api.clock().now();
    let mut tally = Tally::new(period, Calendar::new(TimeZone::UTC, Grain::Hour), false);
    if api.config().new_customers {
        read_firsts(api, period, &mut tally).await?;
    }
    read(api, period, LINES, &mut tally).await?;
    Ok(tally.finish(began, "UTC".to_owned()))
}

fn zone_name(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(offset)) => offset.to_string(),
        (None, Err(_)) => "unknown".to_owned(),
    }
}

/// Orders are added up page by page; only what refunds need of them is remembered.
async fn read(api: &WooApi, period: Period, fields: &'static str, tally: &mut Tally) -> Result<(), StoreError> {
    let statuses: Vec<OrderStatus> = api.config().sale_statuses.iter().map(|word| OrderStatus::from(word.as_str())).collect();
    let refunds = refunds(api, period, tally).await?;
    let mut wanted: BTreeSet<u64> = refunds.iter().filter_map(|refund| refund.order_id).collect();
    let mut heads = BTreeMap::new();

    let query = OrderQuery::new().created(period).statuses(statuses.clone()).fields(fields);
    let mut pages = api.orders(&query);
    while let Some(page) = pages.next().await? {
        tally.note(&page, "order");
        for order in &page.items {
            if wanted.remove(&order.id) {
                heads.insert(order.id, Head::of(order));
            }
            tally.add_order(order);
        }
    }
    let wanted: Vec<u64> = wanted.into_iter().collect();
    for ids in wanted.chunks(IDS) {
        let query = OrderQuery::new().include(ids.iter().copied()).fields(HEAD_FIELDS);
        let mut pages = api.orders(&query);
        while let Some(page) = pages.next().await? {
            tally.note_order(&page, "refunded order");
            heads.extend(page.items.iter().map(|order| (order.id, Head::of(order))));
        }
    }
    for refund in &refunds {
        let order = refund.order_id.and_then(|id| heads.get(&id));
        tally.add_refund(refund, order, &statuses);
    }
    Ok(())
}

/// Which orders were their customers' first, as the reports say. Reports that cannot be read make it unknown.
async fn read_firsts(api: &WooApi, period: Period, tally: &mut Tally) -> Result<(), StoreError> {
    let mut firsts = Firsts::default();
    let mut rows = api.reports().by(DateType::Created).orders(period);
    loop {
        match rows.next().await {
            Ok(Some(page)) => {
                for row in page.items.iter().filter(|row| row.refunded_order.is_none()) {
                    match row.customer_type {
                        CustomerType::New => firsts.new.insert(row.order_id),
                        CustomerType::Returning => firsts.returning.insert(row.order_id),
                        CustomerType::Unknown => false,
                    };
                }
            }
            Ok(None) => break,
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                tally.remark(format!("new customers are not known: {error}"));
                return Ok(());
            }
        }
    }
    tally.tell_apart(firsts);
    Ok(())
}

/// The refunds made in a period.
async fn refunds(api: &WooApi, period: Period, tally: &mut Tally) -> Result<Vec<Refund>, StoreError> {
    let mut pages = api.refunds(&RefundQuery::new().created(period).fields(REFUND_FIELDS));
    let (mut refunds, mut begun) = (Vec::new(), false);
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                begun = true;
                tally.note(&page, "refund");
                refunds.extend(page.items.into_iter().filter(|refund| period.contains(refund.created_at)));
            }
            Ok(None) => return Ok(refunds),
            // Before WooCommerce 9.0 there is no list of all refunds; one that was there is not read a second time.
            Err(error) if error.kind() == ErrorKind::WrongServer && !begun => {
                return refunds_through_orders(api, period, tally).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The same through the orders that changed since the period began: a refund changes its order.
async fn refunds_through_orders(api: &WooApi, period: Period, tally: &mut Tally) -> Result<Vec<Refund>, StoreError> {
    let since = period.start().checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.start());
    let query = OrderQuery::new().modified_after(since).fields("id,currency,date_created_gmt,refunds");
    let mut changed = api.orders(&query);
    let mut refunds = Vec::new();
    while let Some(page) = changed.next().await? {
        tally.note_order(&page, "changed order");
        for order in page.items.iter().filter(|order| !order.refunds.is_empty()) {
            let mut pages = api.refunds_of(order.id);
            while let Some(page) = pages.next().await? {
                tally.note(&page, "refund");
                refunds.extend(page.items.into_iter().filter(|refund| period.contains(refund.created_at)));
            }
        }
    }
    Ok(refunds)
}
