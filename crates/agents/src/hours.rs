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
    /// The hours of some products in a period: from the memory what is not known yet.
    pub(crate) async fn recall(&self, knowledge: &dyn Knowledge, products: &[ProductId], period: Period) -> Result<ProductHours> {
        let known = self.known().take().filter(|known| known.from <= period.start());
        let mut hours = known.map(|known| known.hours).unwrap_or_default();
        let all = Arc::make_mut(&mut hours);
        for product in products.iter().filter(|product| !all.contains_key(*product)).cloned().collect::<Vec<_>>() {
            let rows =
                knowledge.product_hours(&product, period).await.map_err(AgentError::memory("reading a product's hours"))?;
            all.insert(product, rows);
        }
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
