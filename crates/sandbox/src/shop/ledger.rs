//! What the shop sold and took back, as its reports would add it up.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period, ProductId, SalesObservation};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::opening::{Body, Opening};

/// The words of orders that count as sales.
const SALES: [&str; 4] = ["processing", "completed", "on-hold", "refunded"];
/// The shop's currency.
pub(crate) const CURRENCY: Currency = Currency::EUR;
const HOUR: i64 = 3_600;

/// Lines of orders and of refunds, by the hour since 1970.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    hours: BTreeMap<i64, Vec<Line>>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    at: Timestamp,
    product: u64,
    units: i64,
    amount: Decimal,
    is_refund: bool,
    /// Whether it is the first line of its order about the product.
    is_first: bool,
}

impl Ledger {
    /// The lines that were recorded.
    pub(super) fn of(opening: &Opening) -> Self {
        let mut ledger = Self::default();
        let sales: BTreeMap<u64, &Body> = opening
            .orders
            .iter()
            .filter(|order| order.get("status").and_then(Value::as_str).is_some_and(|status| SALES.contains(&status)))
            .filter_map(|order| Some((order.get("id")?.as_u64()?, order)))
            .collect();
        let refunds = opening.refunds.iter().filter(|(order, _)| sales.contains_key(order)).flat_map(|(_, refunds)| refunds);
        let all = sales.values().map(|order| (*order, false)).chain(refunds.map(|refund| (refund, true)));
        for (body, is_refund) in all {
            // Nothing is converted: an order in another currency than the shop's is left out.
            let currency =
                sales.get(&body.get("parent_id").and_then(Value::as_u64).unwrap_or(0)).unwrap_or(&body).get("currency");
            let is_foreign = currency.and_then(Value::as_str).is_some_and(|code| code != CURRENCY.code());
            let Some(at) = created_at(body).filter(|_| !is_foreign) else { continue };
            let mut seen = BTreeSet::new();
            for line in body.get("line_items").and_then(Value::as_array).into_iter().flatten() {
                let Some(product) = line.get("product_id").and_then(Value::as_u64).filter(|id| *id > 0) else { continue };
                let units = line.get("quantity").and_then(Value::as_i64).unwrap_or(0);
                let amount: Decimal =
                    line.get("total").and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or_default();
                let (units, amount) = if is_refund { (units.abs(), amount.abs()) } else { (units, amount) };
                ledger.add(Line { at, product, units, amount, is_refund, is_first: seen.insert(product) });
            }
        }
        ledger
    }

    pub(super) fn sell(&mut self, product: u64, at: Timestamp, units: u32, amount: Decimal) {
        self.add(Line { at, product, units: i64::from(units), amount, is_refund: false, is_first: true });
    }

    pub(super) fn take_back(&mut self, product: u64, at: Timestamp, units: u32, amount: Decimal) {
        self.add(Line { at, product, units: i64::from(units), amount, is_refund: true, is_first: false });
    }

    /// One observation per product and hour of a period.
    pub(crate) fn observations(&self, period: Period) -> Vec<SalesObservation> {
        let hours = period.start().as_second().div_euclid(HOUR)..=period.end().as_second().div_euclid(HOUR);
        let mut found: BTreeMap<(u64, i64), SalesObservation> = BTreeMap::new();
        for (hour, lines) in self.hours.range(hours) {
            for line in lines.iter().filter(|line| period.contains(line.at)) {
                let Some(within) = hour_of(*hour).and_then(|whole| whole.intersection(period)) else { continue };
                let seen = found.entry((line.product, *hour)).or_insert_with(|| nothing(line.product, within));
                if line.is_refund {
                    seen.refunded_units += line.units;
                    seen.refunds.amount += line.amount;
                } else {
                    seen.units += line.units;
                    seen.orders += u64::from(line.is_first);
                    seen.revenue.amount += line.amount;
                }
            }
        }
        found.into_values().collect()
    }

    /// What was sold in a period before refunds, without tax.
    pub(crate) fn revenue(&self, period: Period) -> Decimal {
        let hours = period.start().as_second().div_euclid(HOUR)..=period.end().as_second().div_euclid(HOUR);
        let lines = self.hours.range(hours).flat_map(|(_, lines)| lines);
        lines.filter(|line| !line.is_refund && period.contains(line.at)).map(|line| line.amount).sum()
    }

    fn add(&mut self, mut line: Line) {
        // As the store writes amounts.
        line.amount.rescale(2);
        self.hours.entry(line.at.as_second().div_euclid(HOUR)).or_default().push(line);
    }
}

fn hour_of(hour: i64) -> Option<Period> {
    let start = Timestamp::from_second(hour * HOUR).ok()?;
    Period::new(start, start.checked_add(SignedDuration::from_hours(1)).ok()?).ok()
}

fn nothing(product: u64, period: Period) -> SalesObservation {
    let none = Money::zero(CURRENCY);
    SalesObservation {
        product: ProductId::from_number(product),
        period,
        units: 0,
        refunded_units: 0,
        orders: 0,
        revenue: none,
        refunds: none,
        new_customers: Measured::Absent(Absence::NewCustomersUnknown),
    }
}

fn created_at(body: &Body) -> Option<Timestamp> {
    let text = body.get("date_created_gmt")?.as_str()?;
    Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()
}
