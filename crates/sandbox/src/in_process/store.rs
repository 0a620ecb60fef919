//! The store and its page views.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::{Catalog, PageViews, ProductPage, ProductPages, SalesHistory};
use campaign_pilot_core::{
    ChangedProducts, Currency, ErrorKind, Period, PortError, PortResult, Product, ProductId, SalesReading, ShopTimeZone,
    SourceQuality, ViewsObservation, ViewsReading,
};
use futures_util::StreamExt;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};

use crate::shop::CURRENCY;
use crate::simulation::Simulation;
use crate::woo::RECORDED_ZONE;

const HOUR: i64 = 3_600;

/// The store of a simulation.
#[derive(Clone, Debug)]
pub(super) struct SimulatedStore {
    simulation: Arc<Simulation>,
}

impl SimulatedStore {
    pub(super) const fn new(simulation: Arc<Simulation>) -> Self {
        Self { simulation }
    }
}

#[async_trait]
impl Catalog for SimulatedStore {
    fn products(&self) -> ProductPages<'static> {
        let products: Vec<Product> = self.simulation.with(|state| state.shop.listing.published().cloned().collect());
        let total = u64::try_from(products.len()).ok();
        stream::iter([Ok(ProductPage { products, rejected: Vec::new(), total })]).boxed()
    }

    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        Ok(self.simulation.with(|state| state.shop.listing.get(id).cloned()))
    }

    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts> {
        Ok(self.simulation.with(|state| state.shop.listing.changes_since(since)))
    }

    async fn currency(&self) -> PortResult<Currency> {
        Ok(CURRENCY)
    }

    async fn time_zone(&self) -> PortResult<Option<ShopTimeZone>> {
        let name = self.simulation.world().store.time_zone.as_deref().unwrap_or(RECORDED_ZONE);
        let unknown = |_| PortError::new(ErrorKind::Malformed, format!("the time zone `{name}` is not known here"));
        name.parse().map(Some).map_err(unknown)
    }
}

#[async_trait]
impl SalesHistory for SimulatedStore {
    async fn sales(&self, period: Period) -> PortResult<SalesReading> {
        Ok(self.simulation.with(|state| SalesReading {
            period,
            observations: state.shop.ledger.observations(period),
            stock_outs: Vec::new(),
            rejected: Vec::new(),
            quality: SourceQuality::complete_until(state.now.min(period.end())),
        }))
    }
}

#[async_trait]
impl PageViews for SimulatedStore {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        // A source counts whole hours: those that a period cuts count as far as they lie in it.
        let hours = period.start().as_second().div_euclid(HOUR)..(period.end().as_second() + HOUR - 1).div_euclid(HOUR);
        Ok(self.simulation.with(|state| {
            let goods = state.market.goods();
            let asked: BTreeMap<u64, &Product> =
                products.iter().filter_map(|product| Some((product.id.as_str().parse().ok()?, product))).collect();
            let wanted: Vec<Option<&ProductId>> =
                goods.iter().map(|good| asked.get(&good.product).map(|asked| &asked.id)).collect();
            let mut observations = Vec::new();
            for hour in hours {
                let Some(within) = whole_hour(hour).and_then(|whole| whole.intersection(period)) else { continue };
                for (good, views) in state.views.of_goods(hour).filter(|(_, views)| *views > 0) {
                    if let Some(Some(product)) = wanted.get(good) {
                        observations.push(ViewsObservation { product: (*product).clone(), period: within, views });
                    }
                }
            }
            ViewsReading { period, observations, quality: SourceQuality::complete_until(state.now.min(period.end())) }
        }))
    }
}

fn whole_hour(hour: i64) -> Option<Period> {
    let start = Timestamp::from_second(hour * HOUR).ok()?;
    Period::new(start, start.checked_add(SignedDuration::from_hours(1)).ok()?).ok()
}
