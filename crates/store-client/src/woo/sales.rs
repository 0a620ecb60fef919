//! Orders and refunds, added up per product, hour and currency.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    Absence, Currency, ErrorKind, Measured, Money, Period, ProductId, RejectedItem, SalesObservation, SalesReading, SourceQuality,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::model::{LineItem, Order, OrderStatus, Refund};
use crate::{OrderQuery, Page, RefundQuery, StoreError, WooApi};

/// What is used of orders, of refunds, and of the orders that refunds are about.
const ORDER_FIELDS: &str = "id,status,currency,date_created_gmt,line_items";
const REFUND_FIELDS: &str = "id,parent_id,date_created_gmt,amount,line_items";
const HEAD_FIELDS: &str = "id,status,currency,date_created_gmt";
/// How many ids fit into one request.
const IDS: usize = 100;

/// What a store sold in a period. Orders are added up page by page; only what refunds need of them is remembered.
pub(super) async fn read(api: &WooApi, period: Period) -> Result<SalesReading, StoreError> {
    let now = api.clock().now();
    let statuses: Vec<OrderStatus> = api.config().sale_statuses.iter().map(|word| OrderStatus::from(word.as_str())).collect();
    let mut tally = Tally::new(period);
    let refunds = refunds(api, period, &mut tally).await?;
    let mut wanted: BTreeSet<u64> = refunds.iter().filter_map(|refund| refund.order_id).collect();
    let mut heads = BTreeMap::new();

    let query = OrderQuery::new().created(period).statuses(statuses.clone()).fields(ORDER_FIELDS);
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
        let found = api.orders(&query).all().await?.items;
        heads.extend(found.iter().map(|order| (order.id, Head::of(order))));
    }
    for refund in &refunds {
        let order = refund.order_id.and_then(|id| heads.get(&id));
        tally.add_refund(refund, order, &statuses);
    }
    Ok(tally.finish(now))
}

/// The refunds made in a period.
async fn refunds(api: &WooApi, period: Period, tally: &mut Tally) -> Result<Vec<Refund>, StoreError> {
    let mut pages = api.refunds(&RefundQuery::new().created(period).fields(REFUND_FIELDS));
    let mut refunds = Vec::new();
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                tally.note(&page, "refund");
                refunds.extend(page.items.into_iter().filter(|refund| period.contains(refund.created_at)));
            }
            Ok(None) => return Ok(refunds),
            // Before WooCommerce 9.0 there is no list of all refunds.
            Err(error) if error.kind() == ErrorKind::WrongServer => return refunds_through_orders(api, period, tally).await,
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
        tally.note(&page, "order");
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

/// What a refund needs to know of its order.
#[derive(Clone, Debug)]
struct Head {
    status: OrderStatus,
    currency: Currency,
}

impl Head {
    fn of(order: &Order) -> Self {
        Self { status: order.status.clone(), currency: order.currency }
    }
}

struct Tally {
    period: Period,
    cells: BTreeMap<(ProductId, Timestamp, Currency), Cell>,
    rejected: Vec<RejectedItem>,
    /// Orders and refunds that could not be read, and how many were sent.
    unread: BTreeMap<&'static str, (usize, usize)>,
    /// Why the reading is not complete.
    incomplete: Vec<String>,
    /// Refunds that name no product.
    unassigned: u64,
}

#[derive(Default)]
struct Cell {
    units: i64,
    refunded_units: i64,
    orders: u64,
    revenue: Decimal,
    refunds: Decimal,
}

impl Tally {
    const fn new(period: Period) -> Self {
        Self {
            period,
            cells: BTreeMap::new(),
            rejected: Vec::new(),
            unread: BTreeMap::new(),
            incomplete: Vec::new(),
            unassigned: 0,
        }
    }

    /// Lists what a page could not give.
    fn note<T>(&mut self, page: &Page<T>, what: &'static str) {
        let (unread, sent) = self.unread.entry(what).or_default();
        *unread += page.rejected.len();
        *sent += page.rejected.len() + page.items.len();
        let told = |item: &RejectedItem| RejectedItem { id: item.id.clone(), reason: format!("the {what} {}", item.reason) };
        self.rejected.extend(page.rejected.iter().map(told));
        if page.missing > 0 {
            self.incomplete.push(format!("the store counts {} more {what}s than it sent", page.missing));
        }
    }

    fn add_order(&mut self, order: &Order) {
        if !self.period.contains(order.created_at) {
            return;
        }
        let mut counted = BTreeSet::new();
        for line in &order.line_items {
            let id = format!("order {}", order.id);
            let Some(cell) = self.cell(line, order.created_at, order.currency, &id) else { continue };
            cell.units = cell.units.saturating_add(units(line.quantity));
            cell.revenue = cell.revenue.saturating_add(line.total);
            if counted.insert(line.product_id) {
                cell.orders += 1;
            }
        }
    }

    fn add_refund(&mut self, refund: &Refund, order: Option<&Head>, sale_statuses: &[OrderStatus]) {
        let Some(order) = order else {
            let reason = "the refund's order is not listed, so its currency is not known".to_owned();
            self.rejected.push(RejectedItem { id: Some(refund.id.to_string()), reason });
            return;
        };
        if !sale_statuses.contains(&order.status) {
            return;
        }
        if refund.line_items.is_empty() {
            self.unassigned += 1;
        }
        for line in &refund.line_items {
            let id = format!("refund {}", refund.id);
            let Some(cell) = self.cell(line, refund.created_at, order.currency, &id) else { continue };
            cell.refunded_units = cell.refunded_units.saturating_add(units(line.quantity).saturating_abs());
            cell.refunds = cell.refunds.saturating_add(line.total.abs());
        }
    }

    /// Where a line counts; `None` for a product that was deleted since, which is listed.
    fn cell(&mut self, line: &LineItem, at: Timestamp, currency: Currency, owner: &str) -> Option<&mut Cell> {
        let Some(product) = line.product_id else {
            let reason = "a line is about a product that was deleted since, so it counts for none".to_owned();
            self.rejected.push(RejectedItem { id: Some(owner.to_owned()), reason });
            return None;
        };
        let key = (ProductId::from_number(product), hour_of(at), currency);
        Some(self.cells.entry(key).or_default())
    }

    fn finish(self, now: Timestamp) -> SalesReading {
        let mut quality = SourceQuality::complete_until(now.min(self.period.end()));
        let unread = self.unread.into_iter().filter(|(_, (unread, _))| *unread > 0);
        let unread = unread.map(|(what, (unread, sent))| format!("{unread} of {sent} {what}s could not be read"));
        for note in unread.chain(self.incomplete) {
            quality = quality.incomplete(note);
        }
        if self.unassigned > 0 {
            quality.notes.push(format!("{} refunds name no product and count for none", self.unassigned));
        }
        let period = self.period;
        let observations = self.cells.into_iter().filter_map(|((product, start, currency), cell)| {
            let end = start.checked_add(SignedDuration::from_hours(1)).ok()?;
            Some(SalesObservation {
                product,
                period: Period::new(start, end).ok()?.intersection(period)?,
                units: cell.units,
                refunded_units: cell.refunded_units,
                orders: cell.orders,
                revenue: Money::new(cell.revenue, currency),
                refunds: Money::new(cell.refunds, currency),
                new_customers: Measured::Absent(Absence::NewCustomersUnknown),
            })
        });
        SalesReading { period, observations: observations.collect(), rejected: self.rejected, quality }
    }
}

/// Whole units; fractions of goods by weight are rounded half away from zero.
fn units(quantity: Decimal) -> i64 {
    let rounded = quantity.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i64().unwrap_or(if quantity.is_sign_negative() { i64::MIN } else { i64::MAX })
}

/// The full hour in UTC that an instant lies in.
fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn order(id: u64, second: i64, lines: &[Value]) -> Order {
        let created = Timestamp::from_second(second).unwrap().to_string();
        let item = json!({"id": id, "currency": "EUR", "status": "completed", "date_created_gmt": created, "line_items": lines});
        serde_json::from_value(item).unwrap()
    }

    fn line(product: u64, units: i64, cents: i64) -> Value {
        json!({"product_id": product, "quantity": units, "total": Decimal::new(cents, 2).to_string()})
    }

    fn period(start: i64, end: i64) -> Period {
        Period::new(Timestamp::from_second(start).unwrap(), Timestamp::from_second(end).unwrap()).unwrap()
    }

    fn reading(period: Period, orders: &[Order]) -> SalesReading {
        let mut tally = Tally::new(period);
        for order in orders {
            tally.add_order(order);
        }
        tally.finish(period.end())
    }

    #[test]
    fn two_lines_of_one_product_are_one_order() {
        let reading = reading(period(0, 7200), &[order(1, 3601, &[line(5, 2, 3980), line(5, 1, 1500), line(0, 1, 999)])]);
        assert_eq!(reading.observations.len(), 1);
        let seen = &reading.observations[0];
        assert_eq!((seen.units, seen.orders, seen.revenue.to_string()), (3, 1, "54.80 EUR".to_owned()));
        assert_eq!(seen.period, period(3600, 7200));
        assert_eq!((reading.rejected.len(), reading.quality.complete), (1, true));
    }

    #[test]
    fn a_refund_of_an_order_that_is_no_sale_does_not_count() {
        let item = json!({"id": 9, "parent_id": 1, "date_created_gmt": "1970-01-01T00:00:10", "line_items": [line(5, -1, -500)]});
        let refund: Refund = serde_json::from_value(item).unwrap();
        let head = |status: &str| Head { status: OrderStatus::from(status), currency: Currency::EUR };
        let statuses = [OrderStatus::Completed];
        let mut tally = Tally::new(period(0, 3600));
        tally.add_refund(&refund, Some(&head("cancelled")), &statuses);
        assert!(tally.cells.is_empty());
        tally.add_refund(&refund, Some(&head("completed")), &statuses);
        tally.add_refund(&refund, None, &statuses);
        let reading = tally.finish(Timestamp::from_second(1800).unwrap());
        assert_eq!(
            (reading.observations[0].refunded_units, reading.observations[0].refunds.to_string()),
            (1, "5.00 EUR".to_owned())
        );
        assert_eq!(reading.rejected.len(), 1);
        assert_eq!(reading.quality.complete_until, Some(Timestamp::from_second(1800).unwrap()));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_doubled_and_parts_add_up(
            sales in prop::collection::vec((0i64..40_000, 1u64..5, 1i64..4, 1i64..10_000), 0..40),
            cut in 1i64..39_999,
        ) {
            let orders: Vec<Order> = sales.iter().zip(1..)
                .map(|((at, product, units, cents), id)| order(id, *at, &[line(*product, *units, *cents)]))
                .collect();
            let total = |reading: &SalesReading| -> (i64, Decimal) {
                let units = reading.observations.iter().map(|seen| seen.units).sum();
                (units, reading.observations.iter().map(|seen| seen.revenue.amount).sum())
            };
            let whole = total(&reading(period(0, 40_000), &orders));
            let first = total(&reading(period(0, cut), &orders));
            let second = total(&reading(period(cut, 40_000), &orders));
            prop_assert_eq!(whole, (first.0 + second.0, first.1 + second.1));
            prop_assert_eq!(whole.0, sales.iter().map(|sale| sale.2).sum::<i64>());
        }
    }
}
