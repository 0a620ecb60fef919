//! Orders and refunds, added up into cells.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Absence, Currency, Measured, Period, RejectedItem, SourceQuality};
use jiff::Timestamp;
use roaring::RoaringTreemap;
use rust_decimal::Decimal;

use super::calendar::Calendar;
use super::{Cell, CouponUse, DeletedProduct, Figures, Sales, UnassignedRefunds};
use crate::Page;
use crate::model::{LineItem, Order, OrderStatus, Refund};

/// What a refund needs to know of its order.
#[derive(Clone, Debug)]
pub(super) struct Head {
    status: OrderStatus,
    currency: Currency,
}

impl Head {
    pub(super) fn of(order: &Order) -> Self {
        Self { status: order.status.clone(), currency: order.currency }
    }
}

/// Which orders were their customers' first.
#[derive(Debug, Default)]
pub(super) struct Firsts {
    pub(super) new: RoaringTreemap,
    pub(super) returning: RoaringTreemap,
}

/// Product, variation, begin of the hour or day, currency.
type Key = (u64, Option<u64>, Timestamp, Currency);

#[derive(Debug)]
struct Sum {
    period: Period,
    figures: Figures,
    new: u64,
    returning: u64,
}

pub(super) struct Tally {
    period: Period,
    calendar: Calendar,
    variations: bool,
    firsts: Option<Firsts>,
    cells: BTreeMap<Key, Sum>,
    deleted: BTreeMap<(String, Currency), Figures>,
    unassigned: BTreeMap<Currency, (u64, Decimal)>,
    coupons: BTreeMap<(String, Currency), (u64, Decimal)>,
    rejected: Vec<RejectedItem>,
    /// Which orders and refunds are listed there: what is met by two readings is listed once.
    listed: BTreeSet<(&'static str, String)>,
    /// What could not be read, and how many were sent.
    unread: BTreeMap<&'static str, (usize, usize)>,
    /// Why the reading is not complete.
    incomplete: Vec<String>,
    notes: Vec<String>,
}

impl Tally {
    pub(super) const fn new(period: Period, calendar: Calendar, variations: bool) -> Self {
        Self {
            period,
            calendar,
            variations,
            firsts: None,
            cells: BTreeMap::new(),
            deleted: BTreeMap::new(),
            unassigned: BTreeMap::new(),
            coupons: BTreeMap::new(),
            rejected: Vec::new(),
            listed: BTreeSet::new(),
            unread: BTreeMap::new(),
            incomplete: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// From now on, orders count as first or further ones.
    pub(super) fn tell_apart(&mut self, firsts: Firsts) {
        self.firsts = Some(firsts);
    }

    /// Says something about the reading as a whole.
    pub(super) fn remark(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Lists what a page of orders or refunds could not give.
    pub(super) fn note<T>(&mut self, page: &Page<T>, what: &'static str) {
        self.note_as(page, what, what);
    }

    /// Lists what a page could not give that was read for refunds alone, which are not known then: `role` tells it from
    /// the orders of the period, which may be the same ones.
    pub(super) fn note_order(&mut self, page: &Page<Order>, role: &'static str) {
        self.note_as(page, role, "order");
    }

    fn note_as<T>(&mut self, page: &Page<T>, role: &'static str, what: &'static str) {
        let (unread, sent) = self.unread.entry(role).or_default();
        *unread += page.rejected.len();
        *sent += page.rejected.len() + page.items.len();
        for item in &page.rejected {
            if item.id.as_ref().is_none_or(|id| self.listed.insert((what, id.clone()))) {
                self.rejected.push(RejectedItem { id: item.id.clone(), reason: format!("the {what} {}", item.reason) });
            }
        }
        if page.missing > 0 {
            self.incomplete.push(format!("the store counts {} more {role}s than it sent", page.missing));
        }
    }

    pub(super) fn add_order(&mut self, order: &Order) {
        if !self.period.contains(order.created_at) {
            return;
        }
        let first = self
            .firsts
            .as_ref()
            .map_or((false, false), |firsts| (firsts.new.contains(order.id), firsts.returning.contains(order.id)));
        let mut counted = BTreeSet::new();
        for line in &order.line_items {
            // Deleted products are told apart by their names.
            let name = line.product_id.is_none().then_some(line.name.as_str());
            let is_first_line = counted.insert((line.product_id, name, self.variations.then_some(line.variation_id)));
            if line.product_id.is_none() {
                self.tell_of_deleted(&format!("order {}", order.id));
            }
            if let (true, Some(sum)) = (is_first_line, self.sum(line, order.created_at, order.currency)) {
                sum.new += u64::from(first.0);
                sum.returning += u64::from(first.1);
            }
            let Some(figures) = self.figures(line, order.created_at, order.currency) else { continue };
            let gross = line.subtotal.unwrap_or(line.total);
            figures.units = figures.units.saturating_add(line.quantity);
            figures.gross = figures.gross.saturating_add(gross);
            figures.discount = figures.discount.saturating_add(gross.saturating_sub(line.total));
            figures.revenue = figures.revenue.saturating_add(line.total);
            figures.orders += u64::from(is_first_line);
        }
        for coupon in &order.coupon_lines {
            let (orders, discount) = self.coupons.entry((coupon.code.to_lowercase(), order.currency)).or_default();
            *orders += 1;
            *discount = discount.saturating_add(coupon.discount);
        }
    }

    pub(super) fn add_refund(&mut self, refund: &Refund, order: Option<&Head>, sale_statuses: &[OrderStatus]) {
        let Some(order) = order else {
            let reason = "the refund's order is not listed, so its currency is not known".to_owned();
            self.rejected.push(RejectedItem { id: Some(refund.id.to_string()), reason });
            return;
        };
        if !sale_statuses.contains(&order.status) {
            return;
        }
        if refund.line_items.is_empty() {
            let (count, amount) = self.unassigned.entry(order.currency).or_default();
            *count += 1;
            *amount = amount.saturating_add(refund.amount.abs());
        }
        for line in &refund.line_items {
            if line.product_id.is_none() {
                self.tell_of_deleted(&format!("refund {}", refund.id));
            }
            let Some(figures) = self.figures(line, refund.created_at, order.currency) else { continue };
            figures.refunded_units = figures.refunded_units.saturating_add(line.quantity.abs());
            figures.refunds = figures.refunds.saturating_add(line.total.abs());
        }
    }

    fn tell_of_deleted(&mut self, owner: &str) {
        let reason = "a line is about a product that was deleted since, so it counts for none".to_owned();
        self.rejected.push(RejectedItem { id: Some(owner.to_owned()), reason });
    }

    /// Where a line counts: for its product, or by its name when that was deleted.
    fn figures(&mut self, line: &LineItem, at: Timestamp, currency: Currency) -> Option<&mut Figures> {
        if line.product_id.is_none() {
            return Some(self.deleted.entry((line.name.clone(), currency)).or_default());
        }
        self.sum(line, at, currency).map(|sum| &mut sum.figures)
    }

    fn sum(&mut self, line: &LineItem, at: Timestamp, currency: Currency) -> Option<&mut Sum> {
        let variation = line.variation_id.filter(|_| self.variations);
        let period = self.calendar.of(at)?;
        let key = (line.product_id?, variation, period.start(), currency);
        Some(self.cells.entry(key).or_insert_with(|| Sum { period, figures: Figures::default(), new: 0, returning: 0 }))
    }

    pub(super) fn finish(self, now: Timestamp, time_zone: String) -> Sales {
        let period = self.period;
        let mut quality = SourceQuality::complete_until(now.min(period.end()));
        let unread = self.unread.into_iter().filter(|(_, (unread, _))| *unread > 0);
        let unread = unread.map(|(what, (unread, sent))| format!("{unread} of {sent} {what}s could not be read"));
        for note in unread.chain(self.incomplete) {
            quality = quality.incomplete(note);
        }
        let unassigned: u64 = self.unassigned.values().map(|(count, _)| count).sum();
        if unassigned > 0 {
            quality.notes.push(format!("{unassigned} refunds name no product and count for none"));
        }
        quality.notes.extend(self.notes);
        let tells = self.firsts.is_some();
        let cells = self.cells.into_iter().filter_map(|((product, variation, _, currency), sum)| {
            // An order that the reports do not know yet makes both numbers unknown.
            let told = tells && sum.new + sum.returning == sum.figures.orders;
            let count = |count| if told { Measured::Known(count) } else { Measured::Absent(Absence::NewCustomersUnknown) };
            Some(Cell {
                product,
                variation,
                period: sum.period.intersection(period)?,
                currency,
                figures: sum.figures,
                new_customers: count(sum.new),
                returning_customers: count(sum.returning),
            })
        });
        let cells = cells.collect();
        let deleted = self.deleted.into_iter().map(|((name, currency), figures)| DeletedProduct { name, currency, figures });
        let unassigned =
            self.unassigned.into_iter().map(|(currency, (count, amount))| UnassignedRefunds { currency, count, amount });
        let coupons =
            self.coupons.into_iter().map(|((code, currency), (orders, discount))| CouponUse { code, currency, orders, discount });
        Sales {
            period,
            time_zone,
            cells,
            deleted: deleted.collect(),
            unassigned: unassigned.collect(),
            coupons: coupons.collect(),
            rejected: self.rejected,
            quality,
        }
    }
}

#[cfg(test)]
mod tests;
