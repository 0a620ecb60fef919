//! From what the sources say to the hours that are remembered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use campaign_pilot_core::{
    Absence, Currency, Measured, Money, Period, Product, ProductHour, ProductId, SalesObservation, SalesReading, ShopTimeZone,
    ViewsObservation, ViewsReading,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::snapshot::Snapshot;

/// The longest period that a source is asked for at once.
pub(crate) const MAX_WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Which time of the store's past is remembered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Coverage {
    /// From this instant on, without a gap.
    pub from: Timestamp,
    /// Up to but without this instant.
    pub until: Timestamp,
}

impl Coverage {
    /// The same as a period; `None` before anything was read.
    #[must_use]
    pub fn period(self) -> Option<Period> {
        Period::new(self.from, self.until).ok()
    }
}

/// The products as last read, with the times in which they could not be bought.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CatalogState {
    /// When they were last read.
    pub read_at: Timestamp,
    /// When all of them were last read.
    pub full_at: Timestamp,
    /// From when on changes have to be asked for.
    pub watermark: Timestamp,
    /// The currency in which the store sells.
    pub currency: Currency,
    /// The zone in which the shop's days begin; `None` while the store has not said it.
    #[serde(default)]
    pub time_zone: Option<ShopTimeZone>,
    /// The products by id.
    pub products: Arc<BTreeMap<ProductId, Product>>,
    /// When products could not be bought, as far as it was seen, oldest first.
    pub outages: BTreeMap<ProductId, Vec<Outage>>,
}

/// A time in which a product could not be bought.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Outage {
    /// When it was first seen.
    pub from: Timestamp,
    /// When it was seen to be over; `None` while it lasts.
    pub until: Option<Timestamp>,
}

impl Outage {
    fn covers(&self, hour: Timestamp) -> bool {
        self.from < end_of(hour) && self.until.is_none_or(|until| until > hour)
    }
}

impl CatalogState {
    /// A catalogue read for the first time.
    #[must_use]
    pub fn new(read_at: Timestamp, watermark: Timestamp, currency: Currency) -> Self {
        let (products, outages) = (Arc::default(), BTreeMap::new());
        Self { read_at, full_at: read_at, watermark, currency, time_zone: None, products, outages }
    }

    /// Takes products as they are now.
    pub fn update(&mut self, products: impl IntoIterator<Item = Product>, read_at: Timestamp, watermark: Timestamp) {
        for product in products {
            self.note_stock(&product, read_at);
            Arc::make_mut(&mut self.products).insert(product.id.clone(), product);
        }
        self.read_at = read_at;
        self.watermark = self.watermark.max(watermark);
    }

    /// Takes a full listing: what is not in it any more is gone.
    pub fn replace(&mut self, products: impl IntoIterator<Item = Product>, read_at: Timestamp, watermark: Timestamp) {
        self.products = Arc::default();
        self.full_at = read_at;
        self.update(products, read_at, watermark);
    }

    /// Whether a product could be bought in the hour that starts at `hour`, as far as was seen.
    #[must_use]
    pub fn in_stock(&self, product: &ProductId, hour: Timestamp) -> bool {
        self.outages.get(product).is_none_or(|outages| !outages.iter().any(|outage| outage.covers(hour)))
    }

    fn note_stock(&mut self, product: &Product, read_at: Timestamp) {
        let available = product.stock.is_available();
        let ongoing =
            self.outages.get_mut(&product.id).and_then(|outages| outages.last_mut()).filter(|last| last.until.is_none());
        match (available, ongoing) {
            (true, Some(outage)) => outage.until = Some(read_at),
            (false, None) => {
                self.outages.entry(product.id.clone()).or_default().push(Outage { from: read_at, until: None });
            }
            _ => {}
        }
    }
}

/// Why views of a window are not there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoViews {
    /// No source is configured.
    NoSource,
    /// The source failed.
    Failed,
}

/// The hours of a window, from what the store and the page-view source say about it, and what could not be used.
///
/// There is a row for every product and hour with a sale, a refund, a view, or without stock.
pub(crate) fn merge(
    sales: &SalesReading,
    views: Result<&ViewsReading, NoViews>,
    catalog: &CatalogState,
    window: Period,
) -> (Vec<ProductHour>, Vec<String>) {
    let quiet = match views {
        Ok(_) => Measured::Known(0),
        Err(NoViews::NoSource) => Measured::Absent(Absence::NoViewSource),
        Err(NoViews::Failed) => Measured::Absent(Absence::NotYetReported),
    };
    let mut rows = Rows { catalog, quiet, rows: Vec::new(), places: HashMap::new(), foreign: 0 };
    sales.observations.iter().for_each(|sale| rows.add_sale(sale));
    if let Ok(views) = views {
        views.observations.iter().for_each(|seen| rows.add_views(seen));
    }
    for product in catalog.outages.keys() {
        for part in window.hours().filter(|part| !catalog.in_stock(product, hour_of(part.start()))) {
            rows.place(product, part.start());
        }
    }
    let notes = if rows.foreign == 0 {
        Vec::new()
    } else {
        vec![format!("{} sales in another currency than {} were left out", rows.foreign, catalog.currency)]
    };
    rows.rows.sort_unstable_by(|a, b| a.product.cmp(&b.product).then_with(|| a.hour.cmp(&b.hour)));
    (rows.rows, notes)
}

struct Rows<'a> {
    catalog: &'a CatalogState,
    quiet: Measured<u64>,
    rows: Vec<ProductHour>,
    /// Where the row of a product and hour stands.
    places: HashMap<(&'a ProductId, Timestamp), usize>,
    foreign: usize,
}

impl<'a> Rows<'a> {
    /// The place of the row of a product and hour; a new row has nothing in it.
    fn place(&mut self, product: &'a ProductId, instant: Timestamp) -> usize {
        let hour = hour_of(instant);
        let new = self.rows.len();
        let place = *self.places.entry((product, hour)).or_insert(new);
        if place == new {
            let nothing = Money::zero(self.catalog.currency);
            self.rows.push(ProductHour {
                product: product.clone(),
                hour,
                units: 0,
                refunded_units: 0,
                orders: 0,
                revenue: nothing,
                refunds: nothing,
                new_customers: Measured::Known(0),
                views: self.quiet,
                in_stock: self.catalog.in_stock(product, hour),
            });
        }
        place
    }

    fn add_views(&mut self, seen: &'a ViewsObservation) {
        let place = self.place(&seen.product, seen.period.start());
        let Some(row) = self.rows.get_mut(place) else { return };
        row.views = row.views.map(|views| views.saturating_add(seen.views));
    }

    fn add_sale(&mut self, sale: &'a SalesObservation) {
        let place = self.place(&sale.product, sale.period.start());
        let Some(row) = self.rows.get_mut(place) else { return };
        let (Ok(revenue), Ok(refunds)) = (row.revenue.checked_add(sale.revenue), row.refunds.checked_add(sale.refunds)) else {
            self.foreign += 1;
            return;
        };
        row.revenue = revenue;
        row.refunds = refunds;
        row.units = row.units.saturating_add(sale.units);
        row.refunded_units = row.refunded_units.saturating_add(sale.refunded_units);
        row.orders = row.orders.saturating_add(sale.orders);
        row.new_customers = match (row.new_customers, sale.new_customers) {
            (Measured::Known(a), Measured::Known(b)) => Measured::Known(a.saturating_add(b)),
            (absent @ Measured::Absent(_), _) | (_, absent @ Measured::Absent(_)) => absent,
        };
    }
}

/// The period cut into windows of at most `length`, oldest first.
pub(crate) fn windows(period: Period, length: SignedDuration) -> impl Iterator<Item = Period> {
    let mut from = period.start();
    std::iter::from_fn(move || {
        let to = from.checked_add(length).unwrap_or(period.end()).min(period.end());
        let window = Period::new(from, to).ok()?;
        from = to;
        Some(window)
    })
}

/// The remembered hours of a product, oldest first.
pub(crate) fn hours_of<'a>(product: &ProductId, snapshot: &'a Snapshot) -> &'a [ProductHour] {
    snapshot.hours.get(product).map_or(&[], |hours| &**hours)
}

/// The hours from an instant on, of hours in their order.
pub(crate) fn since(hours: &[ProductHour], from: Timestamp) -> &[ProductHour] {
    hours.get(hours.partition_point(|hour| hour.hour < from)..).unwrap_or(&[])
}

/// The hours of a period, of hours in their order.
pub(crate) fn hours_within(hours: &[ProductHour], period: Period) -> impl Iterator<Item = &ProductHour> {
    since(hours, period.start()).iter().take_while(move |row| row.hour < period.end())
}

/// The full hour at or before an instant.
pub(crate) fn hour_of(instant: Timestamp) -> Timestamp {
    let second = instant.as_second();
    Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(instant)
}

fn end_of(hour: Timestamp) -> Timestamp {
    hour.checked_add(HOUR).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{ProductKind, ProductStatus, SourceQuality, Stock};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn product(id: u64, in_stock: bool) -> Product {
        Product {
            id: ProductId::from_number(id),
            sku: None,
            name: format!("product {id}"),
            summary: String::new(),
            permalink: format!("https://shop.example/{id}"),
            price: None,
            unit_cost: None,
            categories: vec![],
            stock: Stock::Unmanaged { in_stock },
            status: ProductStatus::Published,
            kind: ProductKind::Simple,
            modified_at: None,
        }
    }

    fn sale(id: u64, hour: &str, units: i64, currency: Currency) -> SalesObservation {
        let start = at(hour);
        SalesObservation {
            product: ProductId::from_number(id),
            period: Period::new(start, end_of(start)).unwrap(),
            units,
            refunded_units: 0,
            orders: 1,
            revenue: Money::new(units.into(), currency),
            refunds: Money::zero(currency),
            new_customers: Measured::Absent(Absence::NewCustomersUnknown),
        }
    }

    fn window() -> Period {
        Period::new(at("2026-11-01T00:00:00Z"), at("2026-11-01T04:00:00Z")).unwrap()
    }

    fn readings(observations: Vec<SalesObservation>) -> (SalesReading, ViewsReading) {
        let quality = SourceQuality::complete_until(window().end());
        let hour = Period::new(at("2026-11-01T01:00:00Z"), at("2026-11-01T02:00:00Z")).unwrap();
        let seen = ViewsObservation { product: ProductId::from_number(1), period: hour, views: 9 };
        (
            SalesReading { period: window(), observations, stock_outs: vec![], rejected: vec![], quality: quality.clone() },
            ViewsReading { period: window(), observations: vec![seen], quality },
        )
    }

    #[test]
    fn sales_and_views_of_an_hour_meet_in_one_row() {
        let catalog = CatalogState::new(window().end(), window().end(), Currency::EUR);
        let (sales, views) = readings(vec![
            sale(1, "2026-11-01T01:00:00Z", 2, Currency::EUR),
            sale(1, "2026-11-01T01:00:00Z", 1, Currency::USD),
            sale(2, "2026-11-01T02:00:00Z", 1, Currency::EUR),
        ]);
        let (rows, notes) = merge(&sales, Ok(&views), &catalog, window());
        let seen: Vec<_> = rows.iter().map(|row| (row.product.as_str(), row.units, row.views)).collect();
        assert_eq!(seen, [("1", 2, Measured::Known(9)), ("2", 1, Measured::Known(0))]);
        assert_eq!(notes, ["1 sales in another currency than EUR were left out"]);
        let (rows, _) = merge(&sales, Err(NoViews::NoSource), &catalog, window());
        assert_eq!(rows[0].views, Measured::Absent(Absence::NoViewSource));
    }

    #[test]
    fn hours_without_stock_are_remembered_even_when_nothing_happened() {
        let mut catalog = CatalogState::new(window().start(), window().start(), Currency::EUR);
        catalog.update([product(1, false), product(2, true)], at("2026-11-01T01:30:00Z"), window().start());
        catalog.update([product(1, true)], at("2026-11-01T03:00:00Z"), window().start());
        let (mut sales, mut views) = readings(vec![]);
        sales.observations.clear();
        views.observations.clear();
        let (rows, _) = merge(&sales, Ok(&views), &catalog, window());
        let hours: Vec<_> = rows.iter().map(|row| (row.hour.to_string(), row.in_stock)).collect();
        assert_eq!(hours, [("2026-11-01T01:00:00Z".to_owned(), false), ("2026-11-01T02:00:00Z".to_owned(), false)]);
    }

    proptest! {
        #[test]
        fn windows_tile_the_period(start in 0i64..1_000_000_000, length in 1i64..9_000_000) {
            let period = Period::new(Timestamp::from_second(start).unwrap(), Timestamp::from_second(start + length).unwrap()).unwrap();
            let parts: Vec<_> = windows(period, MAX_WINDOW).collect();
            prop_assert_eq!(parts[0].start(), period.start());
            prop_assert_eq!(parts[parts.len() - 1].end(), period.end());
            prop_assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].start()));
            prop_assert!(parts.iter().all(|part| part.length() <= MAX_WINDOW));
        }
    }
}
