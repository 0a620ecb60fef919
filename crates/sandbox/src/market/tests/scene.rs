//! Small markets with a few ads, and what can be measured about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::{
    AdCopy, Applied, CampaignId, CampaignPerformance, CampaignSpec, Effect, Money, OperationId, OperationTag, Period,
    PlatformCampaignId, Product,
};
use futures_util::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::super::{ProductDay, Truth};
use crate::in_process::InProcess;
use crate::simulation::Simulation;
use crate::world::World;

/// A market with full shelves, ample audiences, no returns and no page views, so that a parameter shows by itself.
const PLAIN: &str = "
name = 'plain'
[store]
products = 16
orders_per_day = 24
history_days = 1
growth = 0.0
stock = [90_000, 90_001]
return_rate = [0.0, 0.0]
[partners]
capacity = 1_000.0
[data]
views = 'missing'
";

/// The plain market, changed: keys with their values.
pub(super) fn plain(changes: &[(&str, Value)]) -> World {
    changed(&World::from_toml(PLAIN).unwrap(), changes)
}

/// A world with other values for some keys.
pub(super) fn changed(world: &World, changes: &[(&str, Value)]) -> World {
    let mut file = serde_json::to_value(world).unwrap();
    for (key, value) in changes {
        let place = file.pointer_mut(&format!("/{}", key.replace('.', "/")));
        *place.unwrap_or_else(|| panic!("no key {key}")) = value.clone();
    }
    let world: World = serde_json::from_value(file).unwrap();
    world.check().unwrap();
    world
}

pub(super) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A market in which products are advertised.
pub(super) struct Scene {
    pub(super) simulation: Arc<Simulation>,
    pub(super) market: InProcess,
    pub(super) ads: Vec<PlatformCampaignId>,
    pub(super) start: Timestamp,
}

impl Scene {
    pub(super) fn open(world: &World, seed: u64) -> Self {
        let simulation = Simulation::of(world.clone(), seed);
        let market = InProcess::over(Arc::clone(&simulation));
        Self { start: market.clock().now(), ads: Vec::new(), simulation, market }
    }

    /// The plain market after a fortnight, in the first nine days of which four products were advertised.
    pub(super) fn after_a_fortnight(changes: &[(&str, Value)]) -> Self {
        let mut scene = Self::open(&plain(changes), 11);
        for place in 0..4 {
            scene.launch(place, 9, 9_000);
        }
        scene.advance(14);
        scene
    }

    pub(super) fn products(&self) -> Vec<Product> {
        let pages: Vec<_> = self.market.catalog().products().collect().now_or_never().unwrap();
        pages.into_iter().flat_map(|page| page.unwrap().products).collect()
    }

    /// What a campaign for the product at a place would be.
    pub(super) fn spec(&self, place: usize, flight_days: i64, budget: i64) -> CampaignSpec {
        let product = self.products().swap_remove(place);
        let now = self.market.clock().now();
        CampaignSpec {
            id: CampaignId::new(format!("c-{place}-{now}")).unwrap(),
            product: product.id,
            sku: None,
            name: product.name.clone(),
            landing_page: product.permalink,
            copy: AdCopy { headline: product.name, body: String::new(), written_by: "test".to_owned() },
            budget: Money::new(budget.into(), self.market.currency()),
            flight: Period::new(now, now + days(flight_days)).unwrap(),
        }
    }

    /// Launches a campaign for the product at a place; gives its place among the ads.
    pub(super) fn launch(&mut self, place: usize, flight_days: i64, budget: i64) -> usize {
        let spec = self.spec(place, flight_days, budget);
        let tag = OperationTag::of(&OperationId::new(format!("o-{}", self.ads.len())).unwrap());
        let applied = self.market.platform().create(&spec, &tag).now_or_never().unwrap();
        let Applied::Done(Effect::Live { campaign }) = applied else { panic!("not live: {applied:?}") };
        self.ads.push(campaign);
        self.ads.len() - 1
    }

    pub(super) fn advance(&self, by_days: i64) {
        self.market.advance(days(by_days)).unwrap();
    }

    pub(super) fn truth(&self) -> Truth {
        self.market.truth()
    }

    pub(super) fn by_day(&self) -> Vec<ProductDay> {
        self.market.truth_by_day()
    }

    pub(super) fn until_now(&self) -> Period {
        Period::new(self.start, self.market.clock().now()).unwrap()
    }

    /// What the platform shows of all ads by now.
    pub(super) fn shown(&self) -> BTreeMap<PlatformCampaignId, CampaignPerformance> {
        let platform = self.market.platform();
        platform.performance(&self.ads, self.until_now()).now_or_never().unwrap().unwrap().campaigns
    }

    /// Page views by product id.
    pub(super) fn views(&self, period: Period) -> BTreeMap<String, u64> {
        let (views, products) = (self.market.views().unwrap(), self.products());
        let reading = views.views(&products, period).now_or_never().unwrap().unwrap();
        let mut sums = BTreeMap::new();
        for seen in reading.observations {
            *sums.entry(seen.product.to_string()).or_default() += seen.views;
        }
        sums
    }

    /// Units sold (and taken back) by product id and hour.
    pub(super) fn sales(&self, period: Period) -> Vec<(String, Timestamp, i64, i64)> {
        let reading = self.market.sales().sales(period).now_or_never().unwrap().unwrap();
        let seen = reading.observations.into_iter();
        seen.map(|seen| (seen.product.to_string(), seen.period.start(), seen.units, seen.refunded_units)).collect()
    }
}

/// Something to measure about a scene.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    /// Without ads: paid orders, units, revenue, gross profit, units that were not there.
    BaseOrders,
    BaseUnits,
    BaseRevenue,
    BaseProfit,
    BaseMissed,
    /// The variance over the mean of the units of a day, and of a product's units of a day, without ads.
    DaySpread,
    ProductDaySpread,
    /// Units sold in the early hours of UTC.
    NightUnits,
    /// Units sold in the month before the opening.
    PastUnits,
    /// Units that came back.
    Refunded,
    Products,
    /// Of ads, in truth.
    Clicks,
    Orders,
    Credited,
    Caused,
    Cost,
    Commission,
    ClickCost,
    /// Units of other products than the advertised one that were replaced.
    ReplacedElsewhere,
    /// Of ads, as the platform shows it.
    ShownClicks,
    ShownActions,
    ShownReversed,
    ShownCost,
    ShownPendingCost,
    ShownNew,
    Views,
    Partners,
    /// The part of all audiences that the largest partner has.
    LargestPartner,
    /// How far a partner's parts of the categories' audiences differ.
    TasteSpread,
}

impl Figure {
    pub(super) fn of(self, scene: &Scene) -> f64 {
        let truth = scene.truth();
        let base = &truth.unadvertised;
        let money = |amount: Decimal| amount.to_f64().unwrap();
        let ads = |count: fn(&super::super::AdTruth) -> i64| truth.ads.iter().map(count).sum::<i64>() as f64;
        let costs = |cost: fn(&super::super::AdDay) -> Money| {
            scene.by_day().iter().flat_map(|day| &day.ads).map(|ad| cost(ad).amount).sum::<Decimal>().to_f64().unwrap()
        };
        let shown = |count: fn(&CampaignPerformance) -> f64| scene.shown().values().map(count).sum::<f64>();
        match self {
            Self::BaseOrders => base.orders as f64,
            Self::BaseUnits => base.units as f64,
            Self::BaseRevenue => money(base.revenue.amount),
            Self::BaseProfit => money(base.gross_profit.amount),
            Self::BaseMissed => base.units_out_of_stock as f64,
            Self::DaySpread => day_spread(scene),
            Self::ProductDaySpread => product_day_spread(scene),
            Self::NightUnits => night_units(scene),
            Self::PastUnits => {
                let past = Period::new(scene.start - days(30), scene.start).unwrap();
                scene.sales(past).iter().map(|(_, _, units, _)| units).sum::<i64>() as f64
            }
            Self::Refunded => scene.sales(scene.until_now()).iter().map(|(_, _, _, refunded)| refunded).sum::<i64>() as f64,
            Self::Products => scene.products().len() as f64,
            Self::Clicks => truth.ads.iter().map(|ad| ad.clicks).sum::<u64>() as f64,
            Self::Orders => truth.ads.iter().map(|ad| ad.orders).sum::<u64>() as f64,
            Self::Credited => ads(|ad| ad.units),
            Self::Caused => ads(|ad| ad.incremental_units),
            Self::Cost => money(truth.advertising_cost.amount),
            Self::Commission => costs(|ad| ad.commission),
            Self::ClickCost => costs(|ad| ad.click_cost),
            Self::ReplacedElsewhere => replaced_elsewhere(scene),
            Self::ShownClicks => shown(|shown| shown.clicks.known().copied().unwrap_or(0) as f64),
            Self::ShownActions => shown(|shown| shown.actions as f64),
            Self::ShownReversed => shown(|shown| shown.reversed_actions as f64),
            Self::ShownCost => shown(|shown| shown.cost.amount.to_f64().unwrap()),
            Self::ShownPendingCost => shown(|shown| shown.pending_cost.amount.to_f64().unwrap()),
            Self::ShownNew => shown(|shown| shown.new_customers.known().copied().unwrap_or(0) as f64),
            Self::Views => scene.views(scene.until_now()).values().sum::<u64>() as f64,
            Self::Partners => scene.simulation.with(|state| state.market.partners.len()) as f64,
            Self::LargestPartner => parts(scene).into_iter().map(|parts| mean(&parts)).fold(0.0, f64::max),
            Self::TasteSpread => parts(scene).into_iter().map(|parts| variance(&parts)).sum(),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// Each partner's parts of the audiences of all categories.
fn parts(scene: &Scene) -> Vec<Vec<f64>> {
    scene.simulation.with(|state| {
        let market = &state.market;
        let of = |partner: &super::super::Partner| market.goods.iter().map(|good| partner.reach(&good.category)).collect();
        market.partners.iter().map(of).collect()
    })
}

fn day_spread(scene: &Scene) -> f64 {
    let mut sums: BTreeMap<_, f64> = BTreeMap::new();
    for day in scene.by_day() {
        *sums.entry(day.day).or_default() += day.unadvertised.units as f64;
    }
    let sums: Vec<f64> = sums.into_values().collect();
    variance(&sums) / mean(&sums)
}

fn product_day_spread(scene: &Scene) -> f64 {
    let mut products: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for day in scene.by_day() {
        products.entry(day.product).or_default().push(day.unadvertised.units as f64);
    }
    products.values().map(|units| variance(units)).sum::<f64>() / products.values().map(|units| mean(units)).sum::<f64>()
}

fn night_units(scene: &Scene) -> f64 {
    let night = |at: &Timestamp| (1..6).contains(&(at.as_second().rem_euclid(86_400) / 3_600));
    let sales = scene.sales(scene.until_now());
    sales.iter().filter(|(_, at, _, _)| night(at)).map(|(_, _, units, _)| units).sum::<i64>() as f64
}

fn replaced_elsewhere(scene: &Scene) -> f64 {
    let own: BTreeMap<u64, u64> = scene.truth().ads.iter().map(|ad| (ad.ad, ad.product)).collect();
    let by_day = scene.by_day();
    let parts = by_day.iter().flat_map(|day| day.ads.iter().map(|ad| (day.product, ad)));
    let elsewhere = parts.filter(|(product, ad)| own.get(&ad.ad).is_some_and(|own| own != product));
    elsewhere.map(|(_, ad)| ad.credited.units - ad.caused.units).sum::<i64>() as f64
}
