//! How a paid platform delivers campaigns: clicks for money, until a budget or the interest is used up.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{Rng, RngExt};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::ads::{Clicks, Scene, Worn, freshness, shared};
use super::chance::{happens, poisson, shock, within};
use super::demand::Demand;
use super::goods::{Good, by_path, path_of};
use super::shopper::{AdSale, Source, conversion, order};
use super::{HOUR, Streams, instant};
use crate::paid::{PaidAccount, PaidCampaign};
use crate::world::{Paid, World};

/// The partner that stands for the platform itself.
pub(crate) const NOBODY: u64 = 0;
/// The spread of a day's interest in a product's ads.
const INTEREST_SHOCK: f64 = 0.35;
/// The spread of a day's click price.
const PRICE_SHOCK: f64 = 0.15;
/// How much dearer the last click of a day's interest is than the first, as a part.
pub(super) const SCARCITY: f64 = 1.0;

/// How campaigns are delivered.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    streams: Streams,
    world: Arc<World>,
    goods_by_path: BTreeMap<String, usize>,
    /// The interest in each good's ads, in clicks a day, and what a click costs.
    pub(super) markets: Vec<ClickMarket>,
    /// How worn the audience of a good is, by the campaign that it saw; by nobody where all its campaigns wear it.
    worn: BTreeMap<(usize, u64), Worn>,
    /// Which of its good's campaigns each one is: ids depend on the order of requests.
    ordinals: BTreeMap<u64, u64>,
    counts: BTreeMap<usize, u64>,
}

/// The clicks that can be bought on a good's ads.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClickMarket {
    /// Clicks a day, before the good's clickability.
    pub(super) clicks: f64,
    /// What the first click of a day costs.
    pub(super) price: f64,
}

impl Delivery {
    pub(crate) fn new(streams: Streams, goods: &[Good], demand: &Demand, world: Arc<World>) -> Self {
        let mean = (0..goods.len()).map(|good| demand.lines_per_day(good)).sum::<f64>() / goods.len().max(1) as f64;
        let paid = &world.platform.paid;
        let markets = goods.iter().enumerate().map(|(index, good)| ClickMarket {
            clicks: paid.clicks * (demand.lines_per_day(index) * mean).sqrt(),
            price: within(&mut streams.paid(good.product, i64::MIN), paid.click_price),
        });
        Self {
            streams,
            goods_by_path: by_path(goods),
            markets: markets.collect(),
            worn: BTreeMap::new(),
            ordinals: BTreeMap::new(),
            counts: BTreeMap::new(),
            world,
        }
    }

    /// The good that a campaign leads to.
    pub(super) fn good_of(&self, campaign: &PaidCampaign) -> Option<usize> {
        self.goods_by_path.get(&path_of(&campaign.landing_page)).copied()
    }

    /// What the platform delivers within an hour.
    pub(crate) fn run_hour(&mut self, scene: &Scene<'_>, account: &mut PaidAccount) -> (Vec<Clicks>, Vec<AdSale>) {
        let (mut clicks, mut sales) = (Vec::new(), Vec::new());
        let now = instant(scene.hour * HOUR);
        let mut running: BTreeMap<usize, f64> = BTreeMap::new();
        for index in account.campaigns().filter(|campaign| campaign.runs(now)).filter_map(|campaign| self.good_of(campaign)) {
            *running.entry(index).or_default() += 1.0;
        }
        for campaign in account.campaigns_mut().filter(|campaign| campaign.runs(now)) {
            let Some((index, good)) = self.good_of(campaign).and_then(|index| Some((index, scene.goods.get(index)?))) else {
                continue;
            };
            let ordinal = *self.ordinals.entry(campaign.id).or_insert_with(|| {
                let count = self.counts.entry(index).or_default();
                *count += 1;
                *count
            });
            let mut rng = self.streams.paid(good.product ^ ordinal.rotate_left(32), scene.hour);
            let ads = running.get(&index).copied().unwrap_or(1.0);
            let spree = self.spend((index, good), ads, campaign, scene, &mut rng);
            self.show(index, campaign.id, scene.hour);
            if spree.count == 0 {
                continue;
            }
            let conversion =
                conversion(&self.world, good, scene) * spree.s_factor * learning(campaign, &self.world.platform.paid, scene.hour);
            let source = Source { ad: campaign.id, partner: NOBODY, good: index };
            for _ in 0..spree.count {
                let clicked = scene.hour * HOUR + rng.random_range(0..HOUR);
                if happens(&mut rng, conversion) {
                    sales.push(order(&mut rng, clicked, source, good, scene, &self.world));
                }
            }
            let pageviews = spree.count + poisson(&mut rng, 0.3 * spree.count as f64);
            clicks.push(Clicks {
                ad: campaign.id,
                partner: NOBODY,
                good: index,
                count: spree.count,
                pageviews,
                cost: spree.cost,
            });
        }
        (clicks, sales)
    }

    /// For how long an audience has seen a good's campaigns, in hours: one campaign, or all of them where that outlives a campaign.
    pub(super) fn shown_hours(&self, index: usize, campaign: u64, hour: i64) -> f64 {
        let Some(worn) = self.worn.get(&self.audience(index, campaign)) else { return 0.0 };
        let mut worn = *worn;
        self.recover(&mut worn, hour);
        worn.hours
    }

    fn show(&mut self, index: usize, campaign: u64, hour: i64) {
        let audience = self.audience(index, campaign);
        let mut worn = self.worn.get(&audience).copied().unwrap_or_default();
        self.recover(&mut worn, hour);
        worn.hours += 1.0;
        self.worn.insert(audience, worn);
    }

    fn audience(&self, index: usize, campaign: u64) -> (usize, u64) {
        (index, if self.world.response.recovery_days > 0.0 { NOBODY } else { campaign })
    }

    fn recover(&self, worn: &mut Worn, hour: i64) {
        let days = self.world.response.recovery_days;
        if days > 0.0 {
            worn.recover(hour, days);
        }
    }

    /// Buys clicks for one of a good's campaigns as far as interest, the day's limit and the budget go.
    fn spend(
        &self,
        (index, good): (usize, &Good),
        ads: f64,
        campaign: &mut PaidCampaign,
        scene: &Scene<'_>,
        rng: &mut impl Rng,
    ) -> Spree {
        let paid = &self.world.platform.paid;
        let day = scene.hour.div_euclid(24);
        if campaign.today.0 != day {
            campaign.today = (day, Decimal::ZERO);
        }
        let Some(market) = self.markets.get(index) else { return Spree::default() };
        let mut of_day = self.streams.paid(good.product, day);
        let interest = market.clicks
            * good.traits.clickability
            * shared(ads, self.world.response.same_product_exponent)
            * shock(&mut of_day, INTEREST_SHOCK)
            * scene.demand.calendar().demand(scene.hour * HOUR);
        let fresh = freshness(self.shown_hours(index, campaign.id, scene.hour), self.world.response.fatigue_days);
        let limit = campaign.daily_budget() * Decimal::from_f64(paid.overdelivery).unwrap_or(Decimal::TWO) - campaign.today.1;
        let left = limit.min(campaign.budget - campaign.charged).max(Decimal::ZERO);
        // A budget that does not last is spread over the day by the platform.
        let wanted = poisson(rng, interest * fresh / 24.0 * scene.demand.hour_factor(scene.hour));
        let spent = campaign.today.1.to_f64().unwrap_or(0.0);
        let used = (spent / (interest * market.price).max(1e-9)).min(1.0);
        let each = market.price * shock(&mut of_day, PRICE_SHOCK) * SCARCITY.mul_add(used, 1.0);
        let each = Decimal::from_f64(each).unwrap_or(Decimal::ONE).round_dp(2).max(Decimal::new(1, 2));
        let affordable = (left / each).to_u64().unwrap_or(0);
        let count = wanted.min(affordable);
        let cost = each * Decimal::from(count);
        campaign.charged += cost;
        campaign.today.1 += cost;
        Spree { count, cost, s_factor: super::ads::s_factor(used.max(0.05), self.world.response.s_exponent) }
    }
}

/// Clicks of an hour.
#[derive(Clone, Copy, Debug, Default)]
struct Spree {
    count: u64,
    cost: Decimal,
    s_factor: f64,
}

fn learning(campaign: &PaidCampaign, rules: &Paid, hour: i64) -> f64 {
    if instant(hour * HOUR) < campaign.learns_until { 1.0 - rules.learning_loss } else { 1.0 }
}
