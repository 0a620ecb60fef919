//! Tools that read.

use campaign_pilot_core::{
    Absence, CampaignId, CampaignRecord, DesiredStatus, ErrorKind, Measured, Money, Period, PortResult, Product, ProductId,
};
use futures_util::TryStreamExt;
use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::types::{
    ApiHealth, CampaignList, CampaignView, CheckApiHealth, FetchAllCampaigns, FetchAllProducts, FetchCampaignDetails,
    FetchProductAnalytics, FetchProductDetails, Health, ProductAnalytics, ProductList, ProductView,
};
use super::{Toolbox, failed};
use crate::error::{AgentError, Result};
use crate::history;

/// How many products are listed when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;

impl Toolbox {
    /// Lists the products that shoppers can see, read from the store now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn fetch_all_products(&self, input: &FetchAllProducts) -> Result<ProductList> {
        let mut pages = self.ports.catalog.products();
        let mut list = ProductList { products: Vec::new(), matching: 0, unreadable: 0 };
        let limit = input.limit.unwrap_or(DEFAULT_LIMIT);
        while let Some(page) = pages.try_next().await.map_err(failed("reading the store's products"))? {
            list.unreadable += page.rejected.len();
            for product in page.products.iter().filter(|product| fits(product, input)) {
                list.matching += 1;
                if list.products.len() < limit {
                    list.products.push(ProductView::from(product));
                }
            }
        }
        Ok(list)
    }

    /// Shows one product, read from the store now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when the store does not know it, otherwise when the store cannot be read.
    pub async fn fetch_product_details(&self, input: &FetchProductDetails) -> Result<ProductView> {
        Ok(ProductView::from(&self.product(&input.product_id).await?))
    }

    /// Shows what one product sold and how often its page was viewed, read from the sources now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for days outside 1 to 90, otherwise when the store cannot be read. A failing page-view source
    /// is a note, not an error.
    pub async fn fetch_product_analytics(&self, input: &FetchProductAnalytics) -> Result<ProductAnalytics> {
        let days = input.days.unwrap_or(30);
        if !(1..=90).contains(&days) {
            return Err(AgentError::new(ErrorKind::Invalid, format!("{days} days were asked for, but 1 to 90 are possible")));
        }
        let product = self.product(&input.product_id).await?;
        let length = SignedDuration::from_hours(24 * i64::from(days));
        let period = Period::ending_at(self.ports.clock.now(), length)
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the period cannot be represented").with_source(source))?;
        let currency = self.ports.catalog.currency().await.map_err(failed("reading the store's currency"))?;
        let mut seen = Seen { orders: 0, units: 0, revenue: Money::zero(currency), views: Measured::Known(0), notes: Vec::new() };
        for window in history::windows(period, history::MAX_WINDOW) {
            self.add_sales(&product, window, &mut seen).await?;
            self.add_views(&product, window, &mut seen).await;
        }
        Ok(ProductAnalytics {
            product_id: product.id.to_string(),
            from: period.start().to_string(),
            until: period.end().to_string(),
            orders: seen.orders,
            net_units: seen.units,
            net_revenue: seen.revenue.into(),
            views: seen.views.into(),
            views_per_sale: views_per_sale(seen.views, seen.units).into(),
            notes: seen.notes,
        })
    }

    /// Shows one campaign as it is remembered.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when it is not known, otherwise when the memory cannot be read.
    pub async fn fetch_campaign_details(&self, input: &FetchCampaignDetails) -> Result<CampaignView> {
        Ok(CampaignView::from(&self.campaign(&input.campaign_id).await?))
    }

    /// Lists all campaigns of this memory.
    ///
    /// # Errors
    ///
    /// When the memory cannot be read.
    pub async fn fetch_all_campaigns(&self, input: &FetchAllCampaigns) -> Result<CampaignList> {
        let records = self.ports.knowledge.campaigns().await.map_err(AgentError::memory("listing campaigns"))?;
        let wanted = |record: &&CampaignRecord| !input.active_only || record.campaign.desired == DesiredStatus::Active;
        Ok(CampaignList { campaigns: records.iter().filter(wanted).map(CampaignView::from).collect() })
    }

    /// Says whether the store, the page-view source, the platform and the memory answer.
    ///
    /// # Errors
    ///
    /// Never: what is wrong is the answer.
    pub async fn check_api_health(&self, _input: &CheckApiHealth) -> Result<ApiHealth> {
        let mut systems = vec![
            health("store", self.ports.catalog.currency().await.map(|_| ())),
            health("platform", self.ports.platform.check_health().await),
            health("memory", self.ports.knowledge.state(crate::store::COVERAGE).await.map(|_| ())),
        ];
        if let Some(views) = &self.ports.views {
            let now = self.ports.clock.now();
            if let Ok(hour) = Period::ending_at(now, SignedDuration::from_hours(1)) {
                systems.push(health("page views", views.views(&[], hour).await.map(|_| ())));
            }
        }
        Ok(ApiHealth { healthy: systems.iter().all(|system| system.problem.is_none()), systems })
    }

    pub(super) async fn product(&self, id: &str) -> Result<Product> {
        let id = ProductId::new(id)
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the product id cannot be used").with_source(source))?;
        let product = self.ports.catalog.product(&id).await.map_err(failed("reading a product"))?;
        product.ok_or_else(|| AgentError::new(ErrorKind::NotFound, format!("the store has no product `{id}`")))
    }

    pub(super) async fn campaign(&self, id: &str) -> Result<CampaignRecord> {
        let id = CampaignId::new(id)
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the campaign id cannot be used").with_source(source))?;
        let record = self.ports.knowledge.campaign(&id).await.map_err(AgentError::memory("reading a campaign"))?;
        record.ok_or_else(|| AgentError::new(ErrorKind::NotFound, format!("there is no campaign `{id}`")))
    }

    async fn add_sales(&self, product: &Product, window: Period, seen: &mut Seen) -> Result<()> {
        let reading = self.ports.sales.sales(window).await.map_err(failed("reading the store's sales"))?;
        seen.notes.extend(reading.quality.notes);
        for sale in reading.observations.iter().filter(|sale| sale.product == product.id) {
            let net = sale.revenue.checked_sub(sale.refunds).and_then(|net| seen.revenue.checked_add(net));
            match net {
                Ok(revenue) => seen.revenue = revenue,
                Err(error) => {
                    seen.notes.push(error.to_string());
                    continue;
                }
            }
            seen.orders += sale.orders;
            seen.units += sale.net_units();
        }
        Ok(())
    }

    async fn add_views(&self, product: &Product, window: Period, seen: &mut Seen) {
        let Measured::Known(sum) = seen.views else { return };
        let Some(source) = &self.ports.views else {
            seen.views = Measured::Absent(Absence::NoViewSource);
            return;
        };
        match source.views(std::slice::from_ref(product), window).await {
            Ok(reading) => {
                let views: u64 =
                    reading.observations.iter().filter(|seen| seen.product == product.id).map(|seen| seen.views).sum();
                seen.views = Measured::Known(sum + views);
                seen.notes.extend(reading.quality.notes);
            }
            Err(error) => {
                seen.views = Measured::Absent(Absence::NotYetReported);
                seen.notes.push(format!("page views could not be read: {error}"));
            }
        }
    }
}

struct Seen {
    orders: u64,
    units: i64,
    revenue: Money,
    views: Measured<u64>,
    notes: Vec<String>,
}

fn fits(product: &Product, input: &FetchAllProducts) -> bool {
    let in_category = input
        .category
        .as_ref()
        .is_none_or(|wanted| product.categories.iter().any(|category| category.as_str().eq_ignore_ascii_case(wanted)));
    in_category && (!input.in_stock_only || product.stock.is_available())
}

fn views_per_sale(views: Measured<u64>, units: i64) -> Measured<Decimal> {
    match views {
        Measured::Absent(absence) => Measured::Absent(absence),
        Measured::Known(_) if units <= 0 => Measured::Absent(Absence::NoSales),
        Measured::Known(views) => Decimal::from(views)
            .checked_div(Decimal::from(units))
            .ok_or(Absence::OutOfRange)
            .map(|ratio| ratio.round_dp(2))
            .into(),
    }
}

fn health(system: &str, result: PortResult<()>) -> Health {
    let (problem, advice) = match result {
        Ok(()) => (None, None),
        Err(error) => (Some(error.to_string()), error.advice().map(str::to_owned)),
    };
    Health { system: system.to_owned(), problem, advice }
}
