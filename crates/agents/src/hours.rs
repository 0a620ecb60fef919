//! The remembered hours, kept between the cycles of one driver.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{Period, ProductHour, ProductId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{AgentError, Result};

/// The hours of each product, oldest first. Clones are cheap.
pub(crate) type ProductHours = Arc<BTreeMap<ProductId, HourRows>>;

/// The remembered hours of one product, oldest first.
///
/// Hours that are too old are passed over at once, and given back to the system when they are many: a store's past is not moved
/// in memory each day.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "Vec<ProductHour>", into = "Vec<ProductHour>")]
pub struct HourRows {
    rows: Vec<ProductHour>,
    first: usize,
}

impl HourRows {
    /// Passes over what begins before an instant.
    fn forget_before(&mut self, from: Timestamp) {
        self.first += self.partition_point(|row| row.hour < from);
        if self.first > self.rows.len() / 4 {
            self.rows.drain(..self.first);
            self.first = 0;
        }
    }

    /// Puts a row in its place, instead of the one about the same hour; it mostly is the last one.
    fn put(&mut self, row: ProductHour) {
        if self.last().is_none_or(|last| last.hour < row.hour) {
            self.rows.push(row);
            return;
        }
        match place_of(self, row.hour) {
            Ok(place) => {
                if let Some(known) = self.rows.get_mut(self.first + place) {
                    *known = row;
                }
            }
            Err(place) => self.rows.insert(self.first + place, row),
        }
    }
}

impl Deref for HourRows {
    type Target = [ProductHour];

    fn deref(&self) -> &[ProductHour] {
        self.rows.get(self.first..).unwrap_or_default()
    }
}

impl PartialEq for HourRows {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Vec<ProductHour>> for HourRows {
    fn from(rows: Vec<ProductHour>) -> Self {
        Self { rows, first: 0 }
    }
}

impl From<HourRows> for Vec<ProductHour> {
    fn from(mut hours: HourRows) -> Self {
        hours.rows.split_off(hours.first)
    }
}

/// What was read from the memory once, and what was written to it since: no cycle copies a store's past anew.
///
/// It counts only as long as nobody else has used the memory meanwhile, as the states do.
#[derive(Clone, Debug, Default)]
pub(crate) struct HourCache {
    known: Arc<Mutex<Option<Cached>>>,
}

#[derive(Debug)]
struct Cached {
    from: Timestamp,
    hours: ProductHours,
}

impl HourCache {
    /// The hours of some products, in their order, in a period: from the memory what is not known yet.
    pub(crate) async fn recall(&self, knowledge: &dyn Knowledge, products: &[ProductId], period: Period) -> Result<ProductHours> {
        let known = self.known().take().filter(|known| known.from <= period.start());
        let mut hours = known.map(|known| known.hours).unwrap_or_default();
        let all = Arc::make_mut(&mut hours);
        if !all.keys().eq(products) {
            for product in products.iter().filter(|product| !all.contains_key(*product)).cloned().collect::<Vec<_>>() {
                let rows =
                    knowledge.product_hours(&product, period).await.map_err(AgentError::memory("reading a product's hours"))?;
                let rows: Vec<_> = rows.iter().map(|row| sharing(&product, row)).collect();
                all.insert(product, rows.into());
            }
            // What is not asked for any more would otherwise make a driver that goes on decide by more than one that begins.
            all.retain(|product, _| products.binary_search(product).is_ok());
        }
        all.values_mut().for_each(|rows| rows.forget_before(period.start()));
        *self.known() = Some(Cached { from: period.start(), hours: Arc::clone(&hours) });
        Ok(hours)
    }

    /// The rows that say something else than what is known, or that nothing is known of; of rows by product.
    pub(crate) fn changed(&self, rows: &[ProductHour]) -> Vec<ProductHour> {
        let known = self.known();
        let mut all = known.iter().flat_map(|known| known.hours.iter()).peekable();
        let mut changed = Vec::new();
        for (product, rows) in by_product(rows) {
            while all.next_if(|(known, _)| *known < product).is_some() {}
            let known = all.peek().filter(|(known, _)| *known == product).map_or(&[][..], |(_, hours)| &***hours);
            let is_known = |row: &ProductHour| place_of(known, row.hour).is_ok_and(|place| known.get(place) == Some(row));
            changed.extend(rows.iter().filter(|row| !is_known(row)).cloned());
        }
        changed
    }

    /// Takes hours that were written to the memory, by product; each replaces the same hour.
    pub(crate) fn wrote(&self, rows: &[ProductHour]) {
        let mut known = self.known();
        let Some(known) = known.as_mut() else { return };
        let from = known.from;
        let mut all = Arc::make_mut(&mut known.hours).iter_mut().peekable();
        for (product, rows) in by_product(rows) {
            while all.next_if(|(known, _)| *known < product).is_some() {}
            let Some((known, hours)) = all.next_if(|(known, _)| *known == product) else { continue };
            rows.iter().filter(|row| row.hour >= from).for_each(|row| hours.put(sharing(known, row)));
        }
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        *self.known() = None;
    }

    fn known(&self) -> MutexGuard<'_, Option<Cached>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows by product, in the order of products: as both the memo of a cycle and what is known have them, so that one pass finds all.
fn by_product(rows: &[ProductHour]) -> impl Iterator<Item = (&ProductId, &[ProductHour])> {
    debug_assert!(rows.is_sorted_by(|a, b| a.product <= b.product), "rows come by product");
    rows.chunk_by(|a, b| a.product == b.product).filter_map(|rows| Some((&rows.first()?.product, rows)))
}

/// Where the row of an hour stands among rows in their order, or belongs. What is looked for mostly stands near the end.
fn place_of(rows: &[ProductHour], hour: Timestamp) -> Result<usize, usize> {
    let (mut from, mut length) = (rows.len(), 1);
    while from > 0 && rows.get(from).is_none_or(|row| row.hour > hour) {
        from = rows.len().saturating_sub(length);
        length *= 2;
    }
    let place = rows.get(from..).unwrap_or_default().binary_search_by_key(&hour, |row| row.hour);
    place.map(|place| from + place).map_err(|place| from + place)
}

/// The row with the same id as all others of its product: compared at a glance, and kept once.
fn sharing(product: &ProductId, row: &ProductHour) -> ProductHour {
    ProductHour { product: product.clone(), ..row.clone() }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{Absence, Currency, Measured, Money};
    use campaign_pilot_memory::VolatileMemory;
    use jiff::SignedDuration;

    use super::*;
    use crate::testing::start;

    fn row(id: u64, hour: i64, units: i64) -> ProductHour {
        ProductHour {
            product: ProductId::from_number(id),
            hour: start() + SignedDuration::from_hours(hour),
            units,
            refunded_units: 0,
            orders: 1,
            revenue: Money::zero(Currency::EUR),
            refunds: Money::zero(Currency::EUR),
            new_customers: Measured::Known(0),
            views: Measured::Absent(Absence::NoViewSource),
            in_stock: true,
        }
    }

    fn period(from: i64, to: i64) -> Period {
        Period::new(start() + SignedDuration::from_hours(from), start() + SignedDuration::from_hours(to)).unwrap()
    }

    #[test]
    fn a_place_is_found_from_the_end_as_from_the_beginning() {
        for count in 0..40 {
            let rows: Vec<_> = (0..count).map(|number| row(1, 2 * number, 1)).collect();
            for hour in -1..2 * count + 2 {
                let hour = start() + SignedDuration::from_hours(hour);
                assert_eq!(place_of(&rows, hour), rows.binary_search_by_key(&hour, |row| row.hour));
            }
        }
    }

    #[test]
    fn old_hours_are_passed_over_and_given_back() {
        let mut hours = HourRows::from((0..40).map(|number| row(1, number, 1)).collect::<Vec<_>>());
        for from in [0, 3, 9, 10, 30, 30, 60] {
            hours.forget_before(start() + SignedDuration::from_hours(from));
            let kept = (from..40).map(|number| row(1, number, 1)).collect::<Vec<_>>();
            assert_eq!(&*hours, kept);
            assert!(hours.rows.len() <= kept.len() + 10);
            assert_eq!(serde_json::from_str::<HourRows>(&serde_json::to_string(&hours).unwrap()).unwrap(), hours);
        }
        hours.put(row(1, 70, 2));
        hours.put(row(1, 65, 2));
        hours.put(row(1, 70, 3));
        assert_eq!(&*hours, [row(1, 65, 2), row(1, 70, 3)]);
    }

    #[tokio::test]
    async fn a_driver_that_goes_on_knows_what_one_that_begins_reads() {
        let (memory, cache) = (VolatileMemory::default(), HourCache::default());
        let ids = |ids: &[u64]| ids.iter().map(|id| ProductId::from_number(*id)).collect::<Vec<_>>();
        memory.put_product_hours(&[row(1, 0, 1), row(1, 1, 2), row(2, 1, 3)]).await.unwrap();
        cache.recall(&memory, &ids(&[1, 2]), period(0, 2)).await.unwrap();
        // A later reading corrects an hour and brings others, of a product that nobody asked for before, too.
        let more = [row(1, 1, 5), row(1, 2, 1), row(2, 3, 1), row(3, 2, 7)];
        assert_eq!(cache.changed(&more), more, "none of these is known");
        memory.put_product_hours(&more).await.unwrap();
        cache.wrote(&more);
        assert_eq!(cache.changed(&more), [more[3].clone()], "nobody has asked for the third product yet");
        for (products, period) in [(ids(&[1, 2, 3]), period(1, 4)), (ids(&[1, 3]), period(2, 4)), (ids(&[1, 3]), period(0, 4))] {
            let kept = cache.recall(&memory, &products, period).await.unwrap();
            let read = HourCache::default().recall(&memory, &products, period).await.unwrap();
            assert_eq!(kept, read);
        }
    }
}
