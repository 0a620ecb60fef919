//! The facts in the form that is fitted: stretches of days and orders in them.

use std::collections::BTreeMap;
use std::ops::Range;

use campaign_pilot_core::Absence;

use super::{CausedShareFacts, CausedShareNote, CausedSharePolicy, MAXIMUM_CAUSED_SHARE_DAYS, ProductSales};
use crate::linear::count;

/// Days that follow each other.
pub(super) type Days = Range<u32>;

/// The largest share of products that may be advertised for their choice to matter.
const CHOSEN: f64 = 0.8;

/// A product that is fitted.
#[derive(Debug)]
pub(super) struct Product {
    /// Days with orders, sorted.
    pub(super) sold: Vec<(u32, f64)>,
    /// Days without ads.
    pub(super) free: Vec<Days>,
    /// Days with ads, in stock; empty for a product without, or without a baseline.
    pub(super) affected: Vec<Days>,
    /// Where its prior is: even numbers are products without ads.
    pub(super) group: usize,
    /// Orders on days without ads.
    pub(super) orders: f64,
}

impl Product {
    /// Orders of some days.
    pub(super) fn orders_on(&self, days: &Days) -> f64 {
        self.cells(days).map(|(_, orders)| orders).sum()
    }

    /// Days with orders among some days.
    pub(super) fn cells(&self, days: &Days) -> impl Iterator<Item = (u32, f64)> {
        let first = self.sold.partition_point(|(day, _)| *day < days.start);
        let end = days.end;
        self.sold.get(first..).unwrap_or_default().iter().copied().take_while(move |(day, _)| *day < end)
    }
}

/// All products with days that say something, and the sums of those with ads.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) days: usize,
    pub(super) products: Vec<Product>,
    pub(super) groups: usize,
    /// Products with ads and a baseline.
    pub(super) advertised: u32,
    pub(super) observed: f64,
    pub(super) credited_units: f64,
    pub(super) credited_orders: f64,
    pub(super) notes: Vec<CausedShareNote>,
}

impl Panel {
    pub(super) fn new(facts: &CausedShareFacts, policy: &CausedSharePolicy) -> Result<Self, Absence> {
        let days = facts.days;
        if days > MAXIMUM_CAUSED_SHARE_DAYS {
            return Err(Absence::OutOfRange);
        }
        let all = &facts.products;
        if all.iter().any(|product| !(product.credited_units.is_finite() && product.credited_orders.unwrap_or(0.0).is_finite())) {
            return Err(Absence::NotFinite);
        }
        let with_ads = all.iter().filter(|product| product.affected.iter().any(|days| !days.is_empty())).count();
        let is_choice = count(with_ads) <= CHOSEN * count(all.len());
        let selection = if is_choice { policy.selection_days } else { 0 };
        let sales = all.iter().flat_map(|product| &product.sold);
        let (units, orders) = sales.fold((0.0, 0.0), |(units, orders), sale| {
            (units + f64::from(sale.units), orders + f64::from(sale.orders.max(u32::from(sale.units > 0))))
        });
        let orders_per_unit = if units > 0.0 { orders / units } else { 1.0 };
        // The number of each category by the order of their keys, whatever the order of products.
        let mut groups: BTreeMap<u32, usize> = all.iter().map(|product| (product.category, 0)).collect();
        groups.values_mut().enumerate().for_each(|(index, group)| *group = 2 * index);

        let mut panel = Self {
            days: days as usize,
            products: Vec::with_capacity(all.len()),
            groups: 2 * groups.len(),
            advertised: 0,
            observed: 0.0,
            credited_units: 0.0,
            credited_orders: 0.0,
            notes: Vec::new(),
        };
        let (mut without_baseline, mut units_without, mut is_running, mut is_guessed) = (0_u32, 0.0, false, false);
        for product in all {
            let group = groups.get(&product.category).copied().unwrap_or_default();
            let touched = merged(product.affected.iter().cloned(), days);
            let left_out = product.left_out.iter().cloned();
            let launches = touched.iter().map(|days| days.start.saturating_sub(selection)..days.end);
            let free = complement(&merged(launches.chain(left_out.clone()), days), days);
            let affected = without(&touched, &merged(left_out, days));
            let sold = orders_by_day(product, days);
            let baseline: u32 = free.iter().map(|days| days.end - days.start).sum();
            let mut fitted = Product { sold, free, affected, group, orders: 0.0 };
            fitted.orders = fitted.free.iter().map(|days| fitted.orders_on(days)).sum();
            if !touched.is_empty() {
                fitted.group += 1;
                if baseline < policy.minimum_baseline_days.max(1) || fitted.affected.is_empty() {
                    without_baseline += 1;
                    units_without += product.credited_units;
                    fitted.affected.clear();
                } else {
                    is_running |= touched.last().is_some_and(|last| last.end == days);
                    is_guessed |= product.credited_orders.is_none();
                    panel.advertised += 1;
                    panel.observed += fitted.affected.iter().map(|days| fitted.orders_on(days)).sum::<f64>();
                    panel.credited_units += product.credited_units;
                    panel.credited_orders += product.credited_orders.unwrap_or(product.credited_units * orders_per_unit);
                }
            }
            if baseline > 0 {
                panel.products.push(fitted);
            }
        }
        let notes = [
            (without_baseline > 0 && f64::is_finite(units_without))
                .then_some(CausedShareNote::WithoutBaseline { products: without_baseline, credited_units: units_without }),
            is_guessed.then_some(CausedShareNote::OrdersFromUnits),
            (!is_choice && policy.selection_days > 0).then_some(CausedShareNote::NoChoice),
            is_running.then_some(CausedShareNote::StillRunning),
        ];
        panel.notes.extend(notes.into_iter().flatten());
        Ok(panel)
    }
}

/// Orders by day, sorted.
fn orders_by_day(product: &ProductSales, days: u32) -> Vec<(u32, f64)> {
    let sales = product.sold.iter().filter(|sale| sale.day < days);
    let mut sold: Vec<(u32, f64)> = sales.map(|sale| (sale.day, f64::from(sale.orders.max(u32::from(sale.units > 0))))).collect();
    sold.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
    sold.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        kept.1 += if is_same { next.1 } else { 0.0 };
        is_same
    });
    sold
}

/// Sorted stretches that do not touch.
fn merged(stretches: impl Iterator<Item = Days>, days: u32) -> Vec<Days> {
    let clipped = stretches.map(|stretch| stretch.start..stretch.end.min(days));
    let mut sorted: Vec<Days> = clipped.filter(|stretch| !stretch.is_empty()).collect();
    sorted.sort_unstable_by_key(|stretch| (stretch.start, stretch.end));
    sorted.dedup_by(|next, kept| {
        let is_joined = next.start <= kept.end;
        if is_joined {
            kept.end = kept.end.max(next.end);
        }
        is_joined
    });
    sorted
}

/// What merged stretches leave of the days.
fn complement(stretches: &[Days], days: u32) -> Vec<Days> {
    let starts = std::iter::once(0).chain(stretches.iter().map(|stretch| stretch.end));
    let ends = stretches.iter().map(|stretch| stretch.start).chain(std::iter::once(days));
    starts.zip(ends).map(|(start, end)| start..end).filter(|stretch| !stretch.is_empty()).collect()
}

/// Merged stretches without others.
fn without(stretches: &[Days], others: &[Days]) -> Vec<Days> {
    if others.is_empty() {
        return stretches.to_vec();
    }
    let last = stretches.last().map_or(0, |stretch| stretch.end);
    let kept = complement(others, last);
    let parts = stretches
        .iter()
        .flat_map(|stretch| kept.iter().map(move |kept| stretch.start.max(kept.start)..stretch.end.min(kept.end)));
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_merged_and_taken_apart() {
        let days = merged([5..9, 2..6, 20..40, 7..7, 9..10].into_iter(), 30);
        assert_eq!(days, [2..10, 20..30]);
        assert_eq!(complement(&days, 30), [0..2, 10..20]);
        assert_eq!(complement(&[], 3).first(), Some(&(0..3)));
        assert_eq!(without(&days, &[4..5, 8..22]), [2..4, 5..8, 22..30]);
        assert_eq!(without(&days, &[0..12, 12..30]), []);
    }
}
