//! Revenue by the orders beside revenue by the reports, and what explains the difference.

mod figure;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use campaign_pilot_core::{Currency, Period, RejectedItem};
use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{DateType, Grain, Reports, RevenueStats};
use crate::model::{Order, OrderStatus, Refund};
use crate::paging::missing_note;
use crate::{OrderQuery, RefundQuery, StoreError};

use figure::FIGURES;
pub use figure::Figure;

const ORDER_FIELDS: &str = "id,status,currency,date_created_gmt,date_paid_gmt,date_completed_gmt,line_items,discount_total,\
                            shipping_total,total_tax,total";
const REFUND_FIELDS: &str = "id,parent_id,date_created_gmt,amount,line_items,fee_lines,shipping_lines";
/// How many ids fit into one request.
const IDS: usize = 100;

/// Why the reports differ from the orders.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Orders in other currencies, which the reports add up as if they were the store's.
    OtherCurrencies,
    /// Orders and refunds that the reports have not counted yet: their queue lags.
    NotYetCounted,
    /// Rows of the reports without an order: deleted since, or with a status that does not count any more.
    OnlyInReports,
    /// Orders that changed after the reports counted them.
    CountedBefore,
    /// Less than a cent for each order: amounts are stored with more digits than they show.
    Rounding,
}

/// A part of a difference that has an explanation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Why.
    pub reason: Reason,
    /// By how much the reports are higher for this reason.
    pub amount: Decimal,
    /// Of how many orders and refunds.
    pub rows: usize,
}

/// One figure by the orders and by the reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Which.
    pub figure: Figure,
    /// By the orders in the store's currency: the truth.
    pub by_orders: Decimal,
    /// By the reports.
    pub by_reports: Decimal,
    /// What explains the difference.
    pub explained: Vec<Explanation>,
    /// The rest of the difference: never hidden.
    pub unexplained: Decimal,
}

/// A period's revenue by the orders and by the reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// The period.
    pub period: Period,
    /// The store's currency.
    pub currency: Currency,
    /// Which of an order's days counts.
    pub date_type: DateType,
    /// Figure by figure.
    pub comparisons: Vec<Comparison>,
    /// Orders, refunds or rows that could not be read.
    pub rejected: Vec<RejectedItem>,
}

impl Reconciliation {
    /// Whether both sides agree to the cent.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.comparisons.iter().all(|comparison| comparison.by_orders == comparison.by_reports)
    }

    /// Whether every difference has an explanation, and nothing is missing that could be another one.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.rejected.is_empty() && self.comparisons.iter().all(|comparison| comparison.unexplained.is_zero())
    }

    /// One figure's comparison.
    #[must_use]
    pub fn get(&self, figure: Figure) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| comparison.figure == figure)
    }
}

impl Reports {
    /// Compares a period's revenue by the orders with the reports', to the cent, and explains the difference.
    ///
    /// Orders count by the same day and without the same statuses as in the reports. Remembers a line for each order
    /// and refund of the period.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, also before WooCommerce 9.0, which has no list of all refunds.
    pub async fn reconcile(&self, period: Period) -> Result<Reconciliation, StoreError> {
        let settings = self.settings().await?;
        let date_type = self.date_type.unwrap_or(settings.date_type);
        let mut sides = Sides::new(self.api.currency().await?, settings.excluded_statuses);
        self.read_orders(period, date_type, &mut sides).await?;
        self.read_refunds(period, &mut sides).await?;
        let reports = Self { date_type: Some(date_type), ..self.clone() };
        let mut rows = reports.orders(period);
        while let Some(page) = rows.next().await? {
            sides.note(page.rejected, page.missing, "report row");
            for row in page.items {
                let sign = if row.refunded_order.is_some() { Decimal::ZERO } else { Decimal::ONE };
                sides.reported.insert(row.order_id, [sign, row.num_items_sold, row.net_total, row.total_sales]);
            }
        }
        let totals = reports.revenue(period, Grain::Year).await?.totals;
        Ok(sides.compare(period, date_type, &totals))
    }

    /// Whatever happened to an order in the period has changed it since the period began.
    async fn read_orders(&self, period: Period, date_type: DateType, sides: &mut Sides) -> Result<(), StoreError> {
        let since = period.start().checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.start());
        let mut pages = self.api.orders(&OrderQuery::new().modified_after(since).fields(ORDER_FIELDS));
        while let Some(page) = pages.next().await? {
            sides.note(page.rejected, page.missing, "order");
            for order in &page.items {
                let at = match date_type {
                    DateType::Created => Some(order.created_at),
                    DateType::Paid => order.paid_at,
                    DateType::Completed => order.completed_at,
                };
                if at.is_some_and(|at| period.contains(at)) {
                    sides.add_order(order);
                }
            }
        }
        Ok(())
    }

    async fn read_refunds(&self, period: Period, sides: &mut Sides) -> Result<(), StoreError> {
        let mut refunds = Vec::new();
        let mut pages = self.api.refunds(&RefundQuery::new().created(period).fields(REFUND_FIELDS));
        while let Some(page) = pages.next().await? {
            sides.note(page.rejected, page.missing, "refund");
            refunds.extend(page.items.into_iter().filter(|refund| period.contains(refund.created_at)));
        }
        let wanted: BTreeSet<u64> = refunds.iter().filter_map(|refund| refund.order_id).collect();
        let wanted: Vec<u64> = wanted.into_iter().collect();
        let mut heads = BTreeMap::new();
        for ids in wanted.chunks(IDS) {
            let query = OrderQuery::new().include(ids.iter().copied()).fields("id,status,currency,date_created_gmt");
            let found = self.api.orders(&query).all().await?;
            sides.note(found.rejected, 0, "order");
            heads.extend(found.items.into_iter().map(|order| (order.id, (order.status, order.currency))));
        }
        for refund in &refunds {
            match refund.order_id.and_then(|id| heads.get(&id)) {
                Some((status, currency)) => sides.add_refund(refund, status, *currency),
                None => {
                    let reason = "the order of this refund could not be read".to_owned();
                    sides.rejected.push(RejectedItem { id: Some(refund.id.to_string()), reason });
                }
            }
        }
        Ok(())
    }
}

/// What one order or refund adds to each figure.
type Line = [Decimal; FIGURES.len()];

/// The orders and refunds of a period, and the reports' rows of it.
struct Sides {
    currency: Currency,
    excluded: Vec<OrderStatus>,
    /// In the store's currency, and in others.
    ours: BTreeMap<u64, Line>,
    others: BTreeMap<u64, Line>,
    /// Orders, units, net and total of each row.
    reported: BTreeMap<u64, [Decimal; 4]>,
    rejected: Vec<RejectedItem>,
}

impl Sides {
    fn new(currency: Currency, mut excluded: Vec<OrderStatus>) -> Self {
        // These are no orders yet, or none any more; the reports never count them.
        excluded.extend(["trash", "auto-draft", "checkout-draft"].map(OrderStatus::from));
        Self {
            currency,
            excluded,
            ours: BTreeMap::new(),
            others: BTreeMap::new(),
            reported: BTreeMap::new(),
            rejected: Vec::new(),
        }
    }

    /// Lists what a page of `what` could not give.
    fn note(&mut self, rejected: Vec<RejectedItem>, missing: u64, what: &str) {
        let items = rejected.into_iter().chain(missing_note(missing));
        self.rejected.extend(items.map(|item| RejectedItem { reason: format!("{what}: {}", item.reason), ..item }));
    }

    fn add_order(&mut self, order: &Order) {
        if self.excluded.contains(&order.status) {
            return;
        }
        let items = order.line_items.iter().map(|line| line.quantity).sum();
        let net = order.total - order.total_tax - order.shipping_total;
        let line = [
            Decimal::ONE,
            items,
            net + order.discount_total,
            order.discount_total,
            Decimal::ZERO,
            order.total_tax,
            order.shipping_total,
            net,
            order.total,
        ];
        self.side(order.currency).insert(order.id, line);
    }

    fn add_refund(&mut self, refund: &Refund, status: &OrderStatus, currency: Currency) {
        if self.excluded.contains(status) {
            return;
        }
        let tax = refund.line_items.iter().map(|line| line.total_tax).chain(refund.fee_lines.iter().map(|line| line.total_tax));
        let tax = tax.chain(refund.shipping_lines.iter().map(|line| line.total_tax)).sum::<Decimal>().abs();
        let shipping = refund.shipping_lines.iter().map(|line| line.total).sum::<Decimal>().abs();
        let items = refund.line_items.iter().map(|line| line.quantity).sum::<Decimal>().abs();
        let net = refund.amount - tax - shipping;
        let line = [Decimal::ZERO, -items, Decimal::ZERO, Decimal::ZERO, net, -tax, -shipping, -net, -refund.amount];
        self.side(currency).insert(refund.id, line);
    }

    fn side(&mut self, currency: Currency) -> &mut BTreeMap<u64, Line> {
        if currency == self.currency { &mut self.ours } else { &mut self.others }
    }

    fn compare(self, period: Period, date_type: DateType, totals: &RevenueStats) -> Reconciliation {
        let cents = self.currency.minor_digits();
        let comparisons = FIGURES.iter().enumerate().map(|(at, figure)| self.comparison(at, *figure, totals, cents));
        let comparisons = comparisons.collect();
        Reconciliation { period, currency: self.currency, date_type, comparisons, rejected: self.rejected }
    }

    fn comparison(&self, at: usize, figure: Figure, totals: &RevenueStats, cents: u32) -> Comparison {
        let by_orders = sum(self.ours.values(), at).round_dp(cents);
        let by_reports = figure.of(totals).round_dp(cents);
        let missing = |lines: &BTreeMap<u64, Line>| -> Vec<Line> {
            lines.iter().filter(|(id, _)| !self.reported.contains_key(id)).map(|(_, line)| *line).collect()
        };
        let counted_others: Vec<Line> =
            self.others.iter().filter(|(id, _)| self.reported.contains_key(id)).map(|(_, line)| *line).collect();
        let late = missing(&self.ours);
        let mut explained = vec![
            explanation(Reason::OtherCurrencies, sum(counted_others.iter(), at), counted_others.len()),
            explanation(Reason::NotYetCounted, -sum(late.iter(), at), late.len()),
        ];
        explained.extend(self.rows_alone(figure));
        explained.extend(self.rows_before(figure));
        explained.retain(|part| !part.amount.is_zero());
        let rest = by_reports - by_orders - explained.iter().map(|part| part.amount).sum::<Decimal>();
        let least = Decimal::new(1, cents) * Decimal::from(self.ours.len().max(1));
        let is_rounding = !rest.is_zero() && rest.abs() < least && rest.abs() <= Decimal::new(5, cents);
        if is_rounding {
            explained.push(explanation(Reason::Rounding, rest, self.ours.len()));
        }
        Comparison { figure, by_orders, by_reports, explained, unexplained: if is_rounding { Decimal::ZERO } else { rest } }
    }

    /// What rows without an order add to a figure that rows have.
    fn rows_alone(&self, figure: Figure) -> Option<Explanation> {
        let at = figure.in_rows()?;
        let alone = self.reported.iter().filter(|(id, _)| !self.ours.contains_key(id) && !self.others.contains_key(id));
        let amounts: Vec<Decimal> = alone.filter_map(|(_, row)| row.get(at).copied()).collect();
        Some(explanation(Reason::OnlyInReports, amounts.iter().sum(), amounts.len()))
    }

    /// By how much rows differ from their orders.
    fn rows_before(&self, figure: Figure) -> Option<Explanation> {
        let at = figure.in_rows()?;
        let place = FIGURES.iter().position(|other| *other == figure)?;
        let differences = self.ours.iter().chain(&self.others).filter_map(|(id, line)| {
            let difference = self.reported.get(id)?.get(at)? - line.get(place)?;
            (difference.abs() >= Decimal::new(1, 2)).then_some(difference)
        });
        let differences: Vec<Decimal> = differences.collect();
        Some(explanation(Reason::CountedBefore, differences.iter().sum(), differences.len()))
    }
}

fn sum<'a>(lines: impl Iterator<Item = &'a Line>, at: usize) -> Decimal {
    lines.filter_map(|line| line.get(at)).sum()
}

const fn explanation(reason: Reason, amount: Decimal, rows: usize) -> Explanation {
    Explanation { reason, amount, rows }
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>14} {:>14} {:>12}", "", "by orders", "by reports", "difference")?;
        for row in &self.comparisons {
            let difference = row.by_reports - row.by_orders;
            writeln!(f, "{:<12} {:>14} {:>14} {difference:>12}", row.figure.name(), row.by_orders, row.by_reports)?;
            for part in &row.explained {
                let why = match part.reason {
                    Reason::OtherCurrencies => "in other currencies",
                    Reason::NotYetCounted => "not yet counted by the reports",
                    Reason::OnlyInReports => "in the reports only",
                    Reason::CountedBefore => "changed after they were counted",
                    Reason::Rounding => "rounded",
                };
                writeln!(f, "  {:>52}  {why} ({})", part.amount, part.rows)?;
            }
            if !row.unexplained.is_zero() {
                writeln!(f, "  {:>52}  not explained", row.unexplained)?;
            }
        }
        if !self.rejected.is_empty() {
            writeln!(f, "{} orders, refunds or rows could not be read", self.rejected.len())?;
        }
        Ok(())
    }
}
