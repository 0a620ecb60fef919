//! A store in memory: catalogue, sales, page views.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::stream;
use jiff::Timestamp;

use super::faults::{Faults, lock};
use crate::ports::{Catalog, PageViews, ProductPage, ProductPages, SalesHistory};
use crate::{
    ChangedProducts, Currency, ErrorKind, Period, PortResult, Product, ProductId, ProductStatus, SalesObservation, SalesReading,
    ShopTimeZone, SourceQuality, ViewsObservation, ViewsReading,
};

/// A catalogue in memory, given out in pages of 100.
#[derive(Clone, Debug)]
pub struct FakeCatalog {
    currency: Currency,
    time_zone: Option<ShopTimeZone>,
    products: Arc<Mutex<BTreeMap<ProductId, Product>>>,
    faults: Faults,
}

impl FakeCatalog {
    /// An empty catalogue of a store that sells in `currency`.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        Self { currency, time_zone: None, products: Arc::default(), faults: Faults::default() }
    }

    /// The same with products.
    #[must_use]
    pub fn with(self, products: impl IntoIterator<Item = Product>) -> Self {
        products.into_iter().for_each(|product| self.put(product));
        self
    }

    /// The same of a shop that names its time zone.
    #[must_use]
    pub fn with_time_zone(self, time_zone: ShopTimeZone) -> Self {
        Self { time_zone: Some(time_zone), ..self }
    }

    /// Adds or replaces a product. One that is not published is kept, but never given out.
    pub fn put(&self, product: Product) {
        lock(&self.products).insert(product.id.clone(), product);
    }

    /// Takes a product away.
    pub fn remove(&self, id: &ProductId) {
        lock(&self.products).remove(id);
    }

    /// Lets the next call, or the next page, fail with an error of this kind.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }

    fn visible(&self) -> Vec<Product> {
        let visible = |product: &&Product| !matches!(product.status, ProductStatus::Unpublished(_));
        lock(&self.products).values().filter(visible).cloned().collect()
    }
}

#[async_trait]
impl Catalog for FakeCatalog {
    fn products(&self) -> ProductPages<'static> {
        let products = self.visible();
        let total = Some(products.len() as u64);
        // An empty catalogue is one empty page, so that a failure has a place to happen.
        let chunks = if products.is_empty() { vec![Vec::new()] } else { products.chunks(100).map(<[_]>::to_vec).collect() };
        let mut pages = Vec::new();
        for products in chunks {
            let page = self.faults.check().map(|()| ProductPage { products, rejected: Vec::new(), total });
            let failed = page.is_err();
            pages.push(page);
            if failed {
                break;
            }
        }
        Box::pin(stream::iter(pages))
    }

    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        self.faults.check()?;
        Ok(self.visible().into_iter().find(|product| product.id == *id))
    }

    async fn changes_since(&self, since: Timestamp) -> PortResult<ChangedProducts> {
        self.faults.check()?;
        let mut products = self.visible();
        // A product without a date may have changed at any time: it is repeated rather than missed.
        products.retain(|product| product.modified_at.is_none_or(|modified| modified >= since));
        let newest = products.iter().filter_map(|product| product.modified_at).max();
        Ok(ChangedProducts { products, rejected: Vec::new(), watermark: newest.map_or(since, |newest| newest.max(since)) })
    }

    async fn currency(&self) -> PortResult<Currency> {
        self.faults.check()?;
        Ok(self.currency)
    }

    async fn time_zone(&self) -> PortResult<Option<ShopTimeZone>> {
        self.faults.check()?;
        Ok(self.time_zone.clone())
    }
}

/// Sales in memory.
#[derive(Clone, Debug, Default)]
pub struct FakeSales {
    observations: Arc<Mutex<Vec<SalesObservation>>>,
    faults: Faults,
}

impl FakeSales {
    /// The same with observations, each of one product, one hour and one currency.
    #[must_use]
    pub fn with(self, observations: impl IntoIterator<Item = SalesObservation>) -> Self {
        observations.into_iter().for_each(|seen| self.put(seen));
        self
    }

    /// Adds an observation, replacing one of the same product, hour and currency.
    pub fn put(&self, seen: SalesObservation) {
        let key = |seen: &SalesObservation| (seen.product.clone(), seen.period, seen.revenue.currency);
        let mut observations = lock(&self.observations);
        observations.retain(|known| key(known) != key(&seen));
        observations.push(seen);
    }

    /// Lets the next call fail with an error of this kind.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }
}

#[async_trait]
impl SalesHistory for FakeSales {
    async fn sales(&self, period: Period) -> PortResult<SalesReading> {
        self.faults.check()?;
        let mut observations = lock(&self.observations).clone();
        observations.retain(|seen| seen.period.intersection(period) == Some(seen.period));
        observations.sort_by(|a, b| (a.period, &a.product, a.revenue.currency).cmp(&(b.period, &b.product, b.revenue.currency)));
        let quality = SourceQuality::complete_until(period.end());
        Ok(SalesReading { period, observations, stock_outs: Vec::new(), rejected: Vec::new(), quality })
    }
}

/// Page views in memory.
#[derive(Clone, Debug, Default)]
pub struct FakeViews {
    views: Arc<Mutex<BTreeMap<(ProductId, Period), u64>>>,
    faults: Faults,
}

impl FakeViews {
    /// The same with observations, each of one product and one hour.
    #[must_use]
    pub fn with(self, observations: impl IntoIterator<Item = ViewsObservation>) -> Self {
        observations.into_iter().for_each(|seen| self.put(seen));
        self
    }

    /// Adds an observation, replacing one of the same product and hour.
    pub fn put(&self, seen: ViewsObservation) {
        lock(&self.views).insert((seen.product, seen.period), seen.views);
    }

    /// Lets the next call fail with an error of this kind.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }
}

#[async_trait]
impl PageViews for FakeViews {
    async fn views(&self, products: &[Product], period: Period) -> PortResult<ViewsReading> {
        self.faults.check()?;
        let asked: BTreeSet<_> = products.iter().map(|product| &product.id).collect();
        let views = lock(&self.views);
        let inside = |(product, hour): &(ProductId, Period)| asked.contains(product) && hour.intersection(period) == Some(*hour);
        let observations = views
            .iter()
            .filter(|(key, _)| inside(key))
            .map(|((product, hour), views)| ViewsObservation { product: product.clone(), period: *hour, views: *views })
            .collect();
        Ok(ViewsReading { period, observations, quality: SourceQuality::complete_until(period.end()) })
    }
}
