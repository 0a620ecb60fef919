//! Orders and refunds, added up per product, hour and currency.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campaign_pilot_core::{
    Absence, Currency, Measured, Money, Period, ProductId, RejectedItem, SalesObservation, SalesReading, SourceQuality,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Inner;
use super::orders::{self, Head, Line, Order};
use super::refunds::{self, Refund};
use crate::StoreError;
use crate::fields::{Unreadable, rejected};

/// What a store sold in a period.
pub(super) async fn sales(store: &Arc<Inner>, period: Period) -> Result<SalesReading, StoreError> {
    let now = store.clock.now();
    let (order_items, missing_orders) = orders::created_in(store, period).await?;
    let (refund_items, missing_refunds) = refunds::created_in(store, period).await?;

    let mut tally = Tally::new(period);
    let orders = tally.readable(&order_items, orders::order, "order");
    let refunds = tally.readable(&refund_items, refunds::refund, "refund");
    let mut heads: BTreeMap<u64, Head> = orders.iter().map(|order| (order.head.id, order.head.clone())).collect();
    let inside = |refund: &&Refund| period.contains(refund.created);
    let unknown: BTreeSet<u64> =
        refunds.iter().filter(inside).map(|refund| refund.order).filter(|id| !heads.contains_key(id)).collect();
    if !unknown.is_empty() {
        heads.extend(orders::heads(store, &unknown.into_iter().collect::<Vec<_>>()).await?);
    }

    for order in &orders {
        tally.add_order(order);
    }
    for refund in &refunds {
        tally.add_refund(refund, heads.get(&refund.order), &store.config.sale_statuses);
    }
    for (missing, what) in [(missing_orders, "orders"), (missing_refunds, "refunds")] {
        if missing > 0 {
            tally.incomplete.push(format!("the store counts {missing} more {what} than it sent"));
        }
    }
    Ok(tally.finish(now))
}

struct Tally {
    period: Period,
    cells: BTreeMap<(ProductId, Timestamp, Currency), Cell>,
    rejected: Vec<RejectedItem>,
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
        Self { period, cells: BTreeMap::new(), rejected: Vec::new(), incomplete: Vec::new(), unassigned: 0 }
    }

    /// The items that can be read; the others are listed.
    fn readable<T>(&mut self, items: &[Value], read: impl Fn(&Value) -> Result<T, Unreadable>, what: &str) -> Vec<T> {
        let before = self.rejected.len();
        let mut readable = Vec::with_capacity(items.len());
        for item in items {
            match read(item) {
                Ok(value) => readable.push(value),
                Err(reason) => self.rejected.push(rejected(item, format!("the {what} {reason}"))),
            }
        }
        let unread = self.rejected.len() - before;
        if unread > 0 {
            self.incomplete.push(format!("{unread} of {} {what}s could not be read", items.len()));
        }
        readable
    }

    fn add_order(&mut self, order: &Order) {
        if !self.period.contains(order.created) {
            return;
        }
        let mut counted = BTreeSet::new();
        for line in &order.lines {
            let id = format!("order {}", order.head.id);
            let Some(cell) = self.cell(line, order.created, order.head.currency, &id) else { continue };
            cell.units = cell.units.saturating_add(line.units);
            cell.revenue = cell.revenue.saturating_add(line.total);
            if counted.insert(line.product) {
                cell.orders += 1;
            }
        }
    }

    fn add_refund(&mut self, refund: &Refund, order: Option<&Head>, sale_statuses: &[String]) {
        if !self.period.contains(refund.created) {
            return;
        }
        let Some(order) = order else {
            let reason = format!("the refund's order {} is not listed, so its currency is not known", refund.order);
            self.rejected.push(RejectedItem { id: Some(refund.id.to_string()), reason });
            return;
        };
        if !sale_statuses.contains(&order.status) {
            return;
        }
        if refund.lines.is_empty() {
            self.unassigned += 1;
        }
        for line in &refund.lines {
            let id = format!("refund {}", refund.id);
            let Some(cell) = self.cell(line, refund.created, order.currency, &id) else { continue };
            cell.refunded_units = cell.refunded_units.saturating_add(line.units.saturating_abs());
            cell.refunds = cell.refunds.saturating_add(line.total.abs());
        }
    }

    /// Where a line counts; `None` for a product that was deleted since, which is listed.
    fn cell(&mut self, line: &Line, at: Timestamp, currency: Currency, owner: &str) -> Option<&mut Cell> {
        let Some(product) = line.product else {
            let reason = "a line is about a product that was deleted since, so it counts for none".to_owned();
            self.rejected.push(RejectedItem { id: Some(owner.to_owned()), reason });
            return None;
        };
        let key = (ProductId::from_number(product), hour_of(at), currency);
        Some(self.cells.entry(key).or_default())
    }

    fn finish(self, now: Timestamp) -> SalesReading {
        let mut quality = SourceQuality::complete_until(now.min(self.period.end()));
        for note in self.incomplete {
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

/// The full hour in UTC that an instant lies in.
fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(id: u64, second: i64, lines: Vec<Line>) -> Order {
        let head = Head { id, status: "completed".to_owned(), currency: Currency::EUR };
        Order { head, created: Timestamp::from_second(second).unwrap(), lines }
    }

    fn line(product: u64, units: i64, cents: i64) -> Line {
        Line { product: (product > 0).then_some(product), units, total: Decimal::new(cents, 2) }
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
        let reading = reading(period(0, 7200), &[order(1, 3601, vec![line(5, 2, 3980), line(5, 1, 1500), line(0, 1, 999)])]);
        assert_eq!(reading.observations.len(), 1);
        let seen = &reading.observations[0];
        assert_eq!((seen.units, seen.orders, seen.revenue.to_string()), (3, 1, "54.80 EUR".to_owned()));
        assert_eq!(seen.period, period(3600, 7200));
        assert_eq!((reading.rejected.len(), reading.quality.complete), (1, true));
    }

    #[test]
    fn a_refund_of_an_order_that_is_no_sale_does_not_count() {
        let refund = Refund { id: 9, order: 1, created: Timestamp::from_second(10).unwrap(), lines: vec![line(5, -1, -500)] };
        let head = |status: &str| Head { id: 1, status: status.to_owned(), currency: Currency::EUR };
        let statuses = ["completed".to_owned()];
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
                .map(|((at, product, units, cents), id)| order(id, *at, vec![line(*product, *units, *cents)]))
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
