//! The remembered hours, kept between the cycles of one driver.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{Period, ProductHour, ProductId};
use jiff::Timestamp;

use crate::error::{AgentError, Result};

/// The hours of each product, oldest first. Clones are cheap.
pub(crate) type ProductHours = Arc<BTreeMap<ProductId, Vec<ProductHour>>>;

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
        for product in products.iter().filter(|product| !all.contains_key(*product)).cloned().collect::<Vec<_>>() {
            let rows =
                knowledge.product_hours(&product, period).await.map_err(AgentError::memory("reading a product's hours"))?;
            all.insert(product, rows);
        }
        // What is not asked for any more would otherwise make a driver that goes on decide by more than one that begins.
        all.retain(|product, _| products.binary_search(product).is_ok());
        for rows in all.values_mut() {
            let old = rows.partition_point(|row| row.hour < period.start());
            rows.drain(..old);
        }
        *self.known() = Some(Cached { from: period.start(), hours: Arc::clone(&hours) });
        Ok(hours)
    }

    /// Takes hours that were written to the memory; each replaces the same hour.
    pub(crate) fn wrote(&self, rows: &[ProductHour]) {
        let mut known = self.known();
        let Some(known) = known.as_mut() else { return };
        let from = known.from;
        let hours = Arc::make_mut(&mut known.hours);
        for row in rows.iter().filter(|row| row.hour >= from) {
            let Some(of_product) = hours.get_mut(&row.product) else { continue };
            match of_product.binary_search_by_key(&row.hour, |known| known.hour) {
                Ok(place) => {
                    if let Some(known) = of_product.get_mut(place) {
                        *known = row.clone();
                    }
                }
                Err(place) => of_product.insert(place, row.clone()),
            }
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

    #[tokio::test]
    async fn a_driver_that_goes_on_knows_what_one_that_begins_reads() {
        let (memory, cache) = (VolatileMemory::default(), HourCache::default());
        let ids = |ids: &[u64]| ids.iter().map(|id| ProductId::from_number(*id)).collect::<Vec<_>>();
        memory.put_product_hours(&[row(1, 0, 1), row(1, 1, 2), row(2, 1, 3)]).await.unwrap();
        cache.recall(&memory, &ids(&[1, 2]), period(0, 2)).await.unwrap();
        // A later reading corrects an hour and brings others, of a product that nobody asked for before, too.
        let more = [row(1, 1, 5), row(1, 2, 1), row(2, 3, 1), row(3, 2, 7)];
        memory.put_product_hours(&more).await.unwrap();
        cache.wrote(&more);
        for (products, period) in [(ids(&[1, 2, 3]), period(1, 4)), (ids(&[1, 3]), period(2, 4)), (ids(&[1, 3]), period(0, 4))] {
            let kept = cache.recall(&memory, &products, period).await.unwrap();
            let read = HourCache::default().recall(&memory, &products, period).await.unwrap();
            assert_eq!(kept, read);
        }
    }
}
