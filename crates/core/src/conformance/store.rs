//! What a store and its page-view source promise.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use jiff::Timestamp;

use super::samples::id;
use super::{Conformance, Violation, answered, ensure, ensure_eq};
use crate::ports::{Catalog, PageViews, SalesHistory};
use crate::{Currency, Money, Period, Product, ProductId, ProductStatus, SalesReading};

const ANSWERS: &str = "the store answers";

/// Checks a catalogue: that it is complete, free of doubles and drafts, of one currency and of one time zone.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn catalog(catalog: &dyn Catalog) -> Conformance {
    let currency = answered(ANSWERS, catalog.currency().await)?;
    let products = read_all(catalog).await?;
    let ids: BTreeSet<_> = products.iter().map(|product| &product.id).collect();
    ensure_eq("each product comes exactly once", &ids.len(), &products.len())?;
    for product in &products {
        let visible = !matches!(product.status, ProductStatus::Unpublished(_));
        ensure("drafts never leak in", visible, product)?;
        let same = product.price.is_none_or(|price| price.currency == currency);
        ensure("prices are in the store's currency", same, product)?;
        let same = product.unit_cost.is_none_or(|cost| cost.currency == currency);
        ensure("costs are in the store's currency", same, product)?;
        let sound = product.unit_cost.is_none_or(|cost| cost.is_zero() || cost.is_positive());
        ensure("a cost is not negative: what is not known is absent", sound, product)?;
    }
    let zone = answered(ANSWERS, catalog.time_zone().await)?;
    let again = answered(ANSWERS, catalog.time_zone().await)?;
    ensure_eq("the shop's time zone reads the same twice", &again, &zone)?;
    // A few stand for all: a large catalogue is not read again product by product.
    for product in products.iter().take(5) {
        let alone = answered(ANSWERS, catalog.product(&product.id).await)?;
        ensure_eq("a listed product is found by its id", &alone.as_ref(), &Some(product))?;
    }
    let unknown = id(ProductId::new("999999999"))?;
    let none = answered(ANSWERS, catalog.product(&unknown).await)?;
    ensure_eq("an unknown product is none, not an error", &none, &None)?;

    let changed = answered(ANSWERS, catalog.changes_since(Timestamp::UNIX_EPOCH).await)?;
    let seen: BTreeSet<_> = changed.products.iter().map(|product| &product.id).collect();
    ensure("no change since the beginning is missed", ids.is_subset(&seen), ids.difference(&seen).collect::<Vec<_>>())?;
    ensure(
        "the watermark does not lie before the instant asked for",
        changed.watermark >= Timestamp::UNIX_EPOCH,
        changed.watermark,
    )?;
    let again = answered(ANSWERS, catalog.changes_since(changed.watermark).await)?;
    ensure("the watermark never runs backwards", again.watermark >= changed.watermark, again.watermark)
}

async fn read_all(catalog: &dyn Catalog) -> Result<Vec<Product>, Violation> {
    let mut pages = catalog.products();
    let mut products = Vec::new();
    let mut total = None;
    while let Some(page) = pages.next().await {
        let page = answered("every page can be read", page)?;
        total = total.or(page.total);
        products.extend(page.products);
    }
    let read = products.len() as u64;
    ensure("the announced total is not below what came", total.is_none_or(|total| total >= read), (total, read))?;
    Ok(products)
}

/// Checks a sales history over `period`, which should hold sales and be some hours long.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn sales_history(sales: &dyn SalesHistory, period: Period) -> Conformance {
    let whole = answered(ANSWERS, sales.sales(period).await)?;
    ensure_eq("the reading is about the period asked for", &whole.period, &period)?;
    let mut keys = BTreeSet::new();
    for seen in &whole.observations {
        ensure("observations lie inside the period", seen.period.intersection(period) == Some(seen.period), seen)?;
        ensure("an observation is about one hour", seen.period.hours().count() == 1, seen)?;
        let positive = seen.units >= 0 && seen.refunded_units >= 0 && seen.refunds.amount.is_sign_positive();
        ensure("units and refunds are counted, not subtracted", positive || seen.refunds.is_zero(), seen)?;
        ensure("revenue and refunds are in one currency", seen.revenue.currency == seen.refunds.currency, seen)?;
        let key = (&seen.product, seen.period.start(), seen.revenue.currency);
        ensure("there is one observation per product, hour and currency", keys.insert(key), seen)?;
    }
    let again = answered(ANSWERS, sales.sales(period).await)?;
    ensure_eq("a closed period reads the same twice", &again.observations, &whole.observations)?;
    split_adds_up(sales, &whole).await
}

/// Refunds count on their own date and orders on theirs, so two halves make the whole.
async fn split_adds_up(sales: &dyn SalesHistory, whole: &SalesReading) -> Conformance {
    let period = whole.period;
    let half = period.hours().count() / 2;
    let Some(cut) = period.hours().nth(half).map(Period::start).filter(|cut| *cut > period.start()) else { return Ok(()) };
    let mut sums = Sums::default();
    for (from, to) in [(period.start(), cut), (cut, period.end())] {
        let part = Period::new(from, to).map_err(|error| Violation::new("the suite's own samples are valid", error))?;
        sums.add(&answered(ANSWERS, sales.sales(part).await)?)?;
    }
    let mut expected = Sums::default();
    expected.add(whole)?;
    ensure_eq("two halves of a period add up to the whole", &sums, &expected)
}

#[derive(Debug, Default, PartialEq)]
struct Sums(BTreeMap<(ProductId, Currency), (i64, i64, Money, Money)>);

impl Sums {
    fn add(&mut self, reading: &SalesReading) -> Conformance {
        for seen in &reading.observations {
            let currency = seen.revenue.currency;
            let zero = (0, 0, Money::zero(currency), Money::zero(currency));
            let sum = self.0.entry((seen.product.clone(), currency)).or_insert(zero);
            let overflow = |error| Violation::new("sums of money can be represented", error);
            sum.0 += seen.units;
            sum.1 += seen.refunded_units;
            sum.2 = sum.2.checked_add(seen.revenue).map_err(overflow)?;
            sum.3 = sum.3.checked_add(seen.refunds).map_err(overflow)?;
        }
        Ok(())
    }
}

/// Checks a page-view source with the store's products over `period`.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn page_views(views: &dyn PageViews, products: &[Product], period: Period) -> Conformance {
    let reading = answered("the source answers", views.views(products, period).await)?;
    ensure_eq("the reading is about the period asked for", &reading.period, &period)?;
    let asked: BTreeSet<_> = products.iter().map(|product| &product.id).collect();
    let mut keys = BTreeSet::new();
    for seen in &reading.observations {
        ensure("views lie inside the period", seen.period.intersection(period) == Some(seen.period), seen)?;
        ensure("views are about the products asked for", asked.contains(&seen.product), seen)?;
        let fresh = keys.insert((&seen.product, seen.period.start()));
        ensure("there is one observation per product and hour", fresh, seen)?;
    }
    let nothing = answered("the source answers", views.views(&[], period).await)?;
    ensure("no product asked for, no views", nothing.observations.is_empty(), nothing.observations)
}
