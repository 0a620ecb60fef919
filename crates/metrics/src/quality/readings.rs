//! Checks on single answers, before they are merged: afterwards duplicates can no longer be told from sales.

use std::collections::{BTreeMap, HashSet};

use campaign_pilot_core::{PerformanceReading, Period, PlatformCampaignId, Product, SalesReading, ViewsReading};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Check, DataSource, Finding, GatePolicy, Severity, Subject};

/// How a listing of products came out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Listing {
    /// How many products there are, as the store says; `None` when it does not, or when only changes were asked for.
    pub total: Option<u64>,
    /// How many came, but could not be read.
    pub unreadable: u64,
    /// How many were known before, where all were asked for: a listing that is suddenly short is not whole.
    pub known_before: Option<u64>,
}

/// Checks a listing of products: missing and unreadable ones, ids and SKUs that are there twice, negative prices.
#[must_use]
pub fn check_products<'a>(
    products: impl IntoIterator<Item = &'a Product>,
    listing: Listing,
    policy: &GatePolicy,
) -> Vec<Finding> {
    let source = DataSource::Catalog;
    let (mut ids, mut skus) = (BTreeMap::new(), BTreeMap::new());
    let (mut twice, mut shared, mut negative) = (Vec::new(), Vec::new(), Vec::new());
    let mut read = 0_u64;
    for product in products {
        read = read.saturating_add(1);
        let subject = || Subject::Product(product.id.clone());
        if ids.insert(&product.id, ()).is_some() {
            twice.push(subject());
        } else if let Some(sku) = &product.sku
            && skus.insert(sku.as_str(), ()).is_some()
        {
            shared.push(subject());
        }
        if product.price.is_some_and(|price| price.amount < Decimal::ZERO) {
            negative.push(subject());
        }
    }
    let limit = policy.max_missing_products_percent;
    let severity = |missing: u64, of: u64| {
        let many = Decimal::from(missing).checked_mul(Decimal::ONE_HUNDRED).zip(limit.checked_mul(Decimal::from(of)));
        if many.is_none_or(|(missing, most)| missing > most) { Severity::Failure } else { Severity::Warning }
    };
    let mut findings: Vec<Finding> = [
        // A product that moves to the next page while pages are read comes twice; ids keep it one.
        Finding::about(Severity::Warning, source, Check::Duplicates, twice, |count| format!("{count} products are listed twice")),
        Finding::about(Severity::Warning, source, Check::Duplicates, shared, |count| {
            format!("{count} products share their SKU with another, so credited sales cannot be told apart")
        }),
        Finding::about(Severity::Failure, source, Check::NegativeCounts, negative, |count| {
            format!("{count} products have a price below zero")
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    if listing.unreadable > 0 {
        let sentence = format!("{} products could not be read", listing.unreadable);
        let of = read.saturating_add(listing.unreadable);
        let severity = severity(listing.unreadable, of);
        findings.push(Finding::whole(severity, source, Check::UnreadableItems, listing.unreadable, sentence));
    }
    let seen = read.saturating_add(listing.unreadable);
    if let Some((before, gone)) = listing.known_before.and_then(|before| Some((before, before.checked_sub(seen)?)))
        && gone > 2
        && severity(gone, before) == Severity::Failure
    {
        let sentence = format!("{gone} of {before} products that were known are gone at once");
        findings.push(Finding::whole(Severity::Failure, source, Check::MissingProducts, gone, sentence));
    }
    if let Some((total, missing)) = listing.total.and_then(|total| Some((total, total.checked_sub(seen).filter(|gap| *gap > 0)?)))
    {
        let sentence = format!("{missing} of {total} products did not arrive");
        findings.push(Finding::whole(severity(missing, total), source, Check::MissingProducts, missing, sentence));
    }
    findings
}

/// Checks a reading of sales against the period that was asked for: gaps, unreadable orders, duplicates, contradictions.
#[must_use]
pub fn check_sales(reading: &SalesReading, asked: Period) -> Vec<Finding> {
    let source = DataSource::Store;
    let mut seen = HashSet::with_capacity(reading.observations.len());
    let (mut twice, mut negative, mut mixed, mut outside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for sale in &reading.observations {
        let start = sale.period.start();
        let subject = || Subject::ProductHour(sale.product.clone(), start);
        if !seen.insert((&sale.product, start, sale.revenue.currency)) {
            twice.push(subject());
        }
        let counts = sale.units < 0 || sale.refunded_units < 0;
        let amounts = sale.revenue.amount < Decimal::ZERO || sale.refunds.amount < Decimal::ZERO;
        if counts || amounts || sale.new_customers.known().is_some_and(|new| *new > sale.orders) {
            negative.push(subject());
        }
        if sale.revenue.currency != sale.refunds.currency {
            mixed.push(subject());
        }
        if outside_of(asked, start) {
            outside.push(subject());
        }
    }
    let mut findings: Vec<Finding> = [
        Finding::about(Severity::Failure, source, Check::Duplicates, twice, |count| {
            format!("{count} observations count the same product and hour again")
        }),
        Finding::about(Severity::Failure, source, Check::NegativeCounts, negative, |count| {
            format!("{count} observations have a count or an amount below zero, or more new customers than orders")
        }),
        Finding::about(Severity::Failure, source, Check::Currencies, mixed, |count| {
            format!("{count} observations have revenue and refunds in two currencies")
        }),
        Finding::about(Severity::Warning, source, Check::OutsidePeriod, outside, |count| {
            format!("{count} observations lie outside the period that was asked for")
        }),
        gap(source, reading.period, asked),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !reading.rejected.is_empty() {
        let count = u64::try_from(reading.rejected.len()).unwrap_or(u64::MAX);
        let sentence = format!("{count} orders or refunds could not be read");
        findings.push(Finding::whole(Severity::Warning, source, Check::UnreadableItems, count, sentence));
    }
    findings
}

/// Checks a reading of page views against the period that was asked for: gaps, duplicates.
#[must_use]
pub fn check_views(reading: &ViewsReading, asked: Period) -> Vec<Finding> {
    let source = DataSource::PageViews;
    let mut seen = HashSet::with_capacity(reading.observations.len());
    let (mut twice, mut outside) = (Vec::new(), Vec::new());
    for views in &reading.observations {
        let subject = || Subject::ProductHour(views.product.clone(), views.period.start());
        if !seen.insert((&views.product, views.period)) {
            twice.push(subject());
        }
        if outside_of(asked, views.period.start()) {
            outside.push(subject());
        }
    }
    [
        Finding::about(Severity::Failure, source, Check::Duplicates, twice, |count| {
            format!("{count} observations count the same product and time again")
        }),
        Finding::about(Severity::Warning, source, Check::OutsidePeriod, outside, |count| {
            format!("{count} observations lie outside the period that was asked for")
        }),
        gap(source, reading.period, asked),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Checks what a platform says about campaigns: missing ones, amounts below zero, parts above their wholes, two currencies,
/// more conversions than clicks.
#[must_use]
pub fn check_performance<'a>(
    reading: &PerformanceReading,
    asked: impl IntoIterator<Item = &'a PlatformCampaignId>,
) -> Vec<Finding> {
    let source = DataSource::Platform;
    let (mut negative, mut mixed, mut clicks) = (Vec::new(), Vec::new(), Vec::new());
    let currency = reading.campaigns.values().next().map(|first| first.cost.currency);
    for (id, performance) in &reading.campaigns {
        let subject = || Subject::Campaign(id.clone());
        let amounts = [performance.revenue, performance.cost, performance.pending_cost];
        if amounts.iter().any(|amount| currency.is_some_and(|currency| currency != amount.currency)) {
            mixed.push(subject());
        } else if performance.pending_cost.amount > performance.cost.amount
            || amounts.iter().any(|amount| amount.amount < Decimal::ZERO)
            || performance.actions == 0 && performance.revenue.amount > Decimal::ZERO
        {
            negative.push(subject());
        }
        let more = |part: Option<u64>, whole: Option<&u64>| part.zip(whole).is_some_and(|(part, whole)| part > *whole);
        if more(Some(performance.actions), performance.clicks.known())
            || more(performance.clicks.known().copied(), performance.impressions.known())
            || more(performance.new_customers.known().copied(), Some(&performance.actions))
        {
            clicks.push(subject());
        }
    }
    let missing = asked.into_iter().filter(|id| !reading.campaigns.contains_key(*id));
    let missing: Vec<Subject> = missing.map(|id| Subject::Campaign(id.clone())).collect();
    [
        Finding::about(Severity::Failure, source, Check::NegativeCounts, negative, |count| {
            format!("{count} campaigns have amounts below zero, more pending than cost, or revenue without a conversion")
        }),
        Finding::about(Severity::Failure, source, Check::Currencies, mixed, |count| {
            format!("{count} campaigns have amounts in another currency than the first")
        }),
        // Voucher codes convert without a click, so this does not prove an error.
        Finding::about(Severity::Warning, source, Check::ClicksAgainstActions, clicks, |count| {
            format!(
                "{count} campaigns have more conversions than clicks, clicks than impressions, or new customers than conversions"
            )
        }),
        Finding::about(Severity::Warning, source, Check::MissingCampaigns, missing, |count| {
            format!("{count} campaigns were asked for, but not reported")
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether an instant lies outside a period that was asked for, counted from the full hour in which that begins.
fn outside_of(asked: Period, instant: Timestamp) -> bool {
    instant.as_second() < crate::history::hour_of(asked.start()) || instant >= asked.end()
}

/// What an answer leaves out of the period that was asked for.
fn gap(source: DataSource, answered: Period, asked: Period) -> Option<Finding> {
    let covered = answered.intersection(asked).map_or(0, |both| both.length().as_secs());
    let missing = asked.length().as_secs().saturating_sub(covered);
    if missing <= 0 {
        return None;
    }
    let hours = missing.unsigned_abs().div_ceil(3_600);
    let of = asked.length().as_secs().unsigned_abs().div_ceil(3_600);
    let sentence = format!("{hours} of {of} h that were asked for are not in the answer");
    Some(Finding::whole(Severity::Failure, source, Check::MissingHours, hours, sentence))
}
