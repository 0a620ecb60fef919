//! Checks of one source against another.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignPerformance, Measured, Money, Period, Product, ProductHour, ProductId, Stock};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Check, DataSource, Finding, GatePolicy, Severity, Subject};

/// What the store's own reports count in a period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StoreReport {
    /// The period, of whole hours.
    pub period: Period,
    /// Orders.
    pub orders: Measured<u64>,
    /// Units sold, before refunds.
    pub units: Measured<i64>,
    /// Revenue before refunds, without tax.
    pub revenue: Measured<Money>,
}

/// How many units there were at an instant.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StockCount {
    /// The product.
    pub product: ProductId,
    /// When it was counted.
    pub at: Timestamp,
    /// Units on hand; negative when oversold.
    pub quantity: Decimal,
}

/// Checks remembered hours against the store's own reports of the same period.
///
/// Units and revenue should be the same; the gap is doubtful above [`GatePolicy::report_warning_percent`] and a failure above
/// [`GatePolicy::report_failure_percent`] of the report. An order counts in the hours of each of its products, so the hours
/// may hold more orders than the report, but never fewer.
#[must_use]
pub fn check_report<'a>(
    rows: impl IntoIterator<Item = &'a ProductHour>,
    report: &StoreReport,
    policy: &GatePolicy,
) -> Vec<Finding> {
    let (mut orders, mut units, mut revenue) = (0_u64, Decimal::ZERO, Some(Decimal::ZERO));
    let currency = report.revenue.known().map(|revenue| revenue.currency);
    let mut mixed = Vec::new();
    for row in rows.into_iter().filter(|row| report.period.contains(row.hour)) {
        orders = orders.saturating_add(row.orders);
        units = units.saturating_add(row.units.into());
        if currency.is_some_and(|currency| currency != row.revenue.currency) {
            mixed.push(Subject::ProductHour(row.product.clone(), row.hour));
        }
        revenue = revenue.and_then(|sum| sum.checked_add(row.revenue.amount));
    }
    let mut findings = Vec::new();
    let mut compare = |what: &str, ours: Option<Decimal>, theirs: Decimal| {
        let off = off_percent(ours, theirs);
        let severity = match off {
            Some(off) if off <= policy.report_warning_percent => return,
            Some(off) if off <= policy.report_failure_percent => Severity::Warning,
            _ => Severity::Failure,
        };
        let ours = ours.map_or_else(|| "too many".to_owned(), |ours| ours.normalize().to_string());
        let sentence = format!("{what}: {ours} in the orders, {} in the store's own reports", theirs.normalize());
        findings.push(Finding::whole(severity, DataSource::Store, Check::OrdersAgainstReports, 1, sentence));
    };
    if let Measured::Known(theirs) = report.units {
        compare("units", Some(units), theirs.into());
    }
    if let Measured::Known(theirs) = report.revenue
        && mixed.is_empty()
    {
        compare("revenue", revenue, theirs.amount);
    }
    if let Measured::Known(theirs) = report.orders
        && orders < theirs
    {
        compare("orders", Some(orders.into()), theirs.into());
    }
    findings.extend(Finding::about(Severity::Failure, DataSource::Store, Check::Currencies, mixed, |count| {
        format!("{count} rows are in another currency than the store's own reports")
    }));
    findings
}

/// How far two figures are apart, in percent of the second; `None` when that is beyond measure.
fn off_percent(ours: Option<Decimal>, theirs: Decimal) -> Option<Decimal> {
    let gap = ours?.checked_sub(theirs)?.abs();
    if gap.is_zero() {
        return Some(Decimal::ZERO);
    }
    gap.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(theirs.abs())
}

/// Checks the conversions that a platform credits against the orders that the store knows.
///
/// All campaigns together cannot have more conversions than the store had orders in the same time: each product's hours
/// count an order once, so their sum is at least the number of orders. A few more are doubtful, since orders that were never
/// paid may be credited for a while; more than 2 and more than a tenth above the orders are a failure. Nothing is said when
/// the hours do not cover the time.
#[must_use]
pub fn check_credit<'a, 'b>(
    rows: impl IntoIterator<Item = &'a ProductHour>,
    covered: Option<Period>,
    campaigns: impl IntoIterator<Item = &'b CampaignPerformance>,
) -> Option<Finding> {
    let campaigns: Vec<&CampaignPerformance> = campaigns.into_iter().filter(|campaign| campaign.actions > 0).collect();
    let start = campaigns.iter().map(|campaign| campaign.period.start()).min()?;
    let end = campaigns.iter().map(|campaign| campaign.period.end()).max()?;
    let covered = covered?;
    // The hour that is not over yet is not covered, but its orders may already be credited.
    let reach = covered.end().checked_add(SignedDuration::from_hours(1)).unwrap_or(covered.end());
    if start < covered.start() || end > reach {
        return None;
    }
    let first_hour = crate::history::hour_of(start);
    let orders = rows
        .into_iter()
        .filter(|row| row.hour.as_second() >= first_hour && row.hour < end)
        .fold(0_u64, |sum, row| sum.saturating_add(row.orders));
    let actions = campaigns.iter().fold(0_u64, |sum, campaign| sum.saturating_add(campaign.actions));
    let more = actions.checked_sub(orders).filter(|more| *more > 0)?;
    let severity = if more > 2 && more > orders / 10 { Severity::Failure } else { Severity::Warning };
    let sentence = format!("{actions} conversions are credited, but the store had {orders} orders at most in that time");
    Some(Finding::whole(severity, DataSource::Platform, Check::ActionsAgainstOrders, more, sentence))
}

/// Checks sales against stock: stock below zero now, and more units sold since a count than there were.
#[must_use]
pub fn check_stock<'a>(
    products: impl IntoIterator<Item = &'a Product>,
    rows: impl IntoIterator<Item = &'a ProductHour>,
    counts: &[StockCount],
) -> Vec<Finding> {
    let below = products.into_iter().filter(|product| match product.stock {
        Stock::Managed { quantity } => quantity < Decimal::ZERO,
        Stock::Unmanaged { .. } => false,
    });
    let below: Vec<Subject> = below.map(|product| Subject::Product(product.id.clone())).collect();
    // The latest count of a product says most.
    let mut latest: BTreeMap<&ProductId, &StockCount> = BTreeMap::new();
    for count in counts {
        let known = latest.entry(&count.product).or_insert(count);
        if (count.at, count.quantity) > (known.at, known.quantity) {
            *known = count;
        }
    }
    let mut sold: BTreeMap<&ProductId, Decimal> = BTreeMap::new();
    for row in rows {
        if latest.get(&row.product).is_some_and(|count| row.hour >= count.at) {
            let units = row.units.saturating_sub(row.refunded_units);
            let sum = sold.entry(&row.product).or_default();
            *sum = sum.saturating_add(units.into());
        }
    }
    let more =
        latest.values().filter(|count| sold.get(&count.product).is_some_and(|sold| *sold > count.quantity.max(Decimal::ZERO)));
    let more: Vec<Subject> = more.map(|count| Subject::Product(count.product.clone())).collect();
    [
        Finding::about(Severity::Note, DataSource::Catalog, Check::SalesAgainstStock, below, |count| {
            format!("{count} products have a stock below zero: oversold or on backorder")
        }),
        Finding::about(Severity::Warning, DataSource::Catalog, Check::SalesAgainstStock, more, |count| {
            format!("{count} products sold more units than there were at the last count: restocked in between, or counted wrong")
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
