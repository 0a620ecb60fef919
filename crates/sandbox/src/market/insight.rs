//! What is to be expected of ads by the simulator's own parameters: for judges, and for a contestant who knows everything but the
//! future's draws.
//!
//! All of it is a mean over what will be drawn: shoppers, clicks, and which partners will take an ad. The formulas are those that the
//! market draws by.

mod click_market;
mod outlook;
mod stock;
mod trail;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Money, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::ads::Scene;
use super::demand::instant;
use super::goods::Good;
use super::partners::Partner;
use super::shopper;
use super::{HOUR, Market};
use crate::impact::{Ad, PlatformState};
use crate::paid::PaidAccount;
use crate::shop::CURRENCY;
use crate::world::PlatformKind;
pub use click_market::ClickOffer;
pub use outlook::Outlook;
use trail::{Crowd, Sent};

/// What an ad is expected to do, from now until the last of its effects. Means, in the currency where they are amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// Clicks, those of nobody too.
    pub clicks: f64,
    /// Orders through it.
    pub orders: f64,
    /// What it will cost: commissions that stay due, and clicks.
    pub cost: f64,
    /// The gross profit that exists only because of it, less its cost, and less what it takes from other ads' audiences.
    pub contribution: f64,
}

impl Expected {
    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            clicks: self.clicks + other.clicks,
            orders: self.orders + other.orders,
            cost: self.cost + other.cost,
            contribution: self.contribution + other.contribution,
        }
    }
}

/// What the simulator knows of a product and no client can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProductInsight {
    /// The product's id.
    pub product: u64,
    /// Its price less what it costs the shop, in the mean over its variants.
    pub margin: f64,
    /// Its price, in the mean over its variants.
    pub price: f64,
    /// Units a day that it sells by itself at present.
    pub units_per_day: f64,
    /// The probability that a buyer through its ads would have bought anyway, as far as the shop's own demand lets it come true.
    pub cannibalised: f64,
    /// How well clicks on its ads convert, relative to ordinary ones.
    pub fit: f64,
    /// Whether a unit lies on any of its shelves.
    pub in_stock: bool,
}

/// What the simulator knows at an instant.
#[derive(Clone, Debug)]
pub struct Insight<'a> {
    hour: i64,
    kind: PlatformKind,
    products: BTreeMap<u64, ProductInsight>,
    goods: BTreeMap<u64, usize>,
    /// The audience of each partner as the running ads use it.
    crowds: Vec<Crowd>,
    market: &'a Market,
    paid: &'a PaidAccount,
    /// The ads of an affiliate platform that are over, and the days that are left of the others.
    ended: BTreeSet<u64>,
    running: BTreeMap<u64, f64>,
}

impl Market {
    /// What a unit of each product costs the shop, in the mean over its variants.
    pub(crate) fn unit_costs(&self) -> BTreeMap<ProductId, Money> {
        let cost = |good: &Good| {
            let sum: Decimal = good.variants.iter().map(|variant| variant.unit_cost).sum();
            Money::new((sum / Decimal::from(good.variants.len().max(1))).round_dp(2), CURRENCY)
        };
        self.goods.iter().map(|good| (ProductId::from_number(good.product), cost(good))).collect()
    }

    /// What is known at an instant.
    pub(crate) fn insight<'a>(&'a self, now: Timestamp, platform: &PlatformState, paid: &'a PaidAccount) -> Insight<'a> {
        let hour = now.as_second().div_euclid(HOUR);
        // An ad that is ended at this very instant still stands for what it would have done.
        let has_ended = |ad: &Ad| ad.stops_at.is_some_and(|end| end < now);
        let ended = platform.ads().filter(|ad| has_ended(ad)).map(|ad| ad.id).collect();
        let left = |ad: &Ad| ad.stops_at.map_or(f64::INFINITY, |end| end.duration_since(now).as_secs_f64() / 86_400.0);
        let running = platform.ads().filter(|ad| !has_ended(ad)).map(|ad| (ad.id, left(ad))).collect();
        let mut insight = Insight {
            hour,
            kind: self.world.platform.kind,
            products: BTreeMap::new(),
            goods: self.goods.iter().enumerate().map(|(index, good)| (good.product, index)).collect(),
            crowds: Vec::new(),
            market: self,
            paid,
            ended,
            running,
        };
        insight.products =
            self.goods.iter().enumerate().map(|(index, good)| (good.product, insight.look_at(index, good))).collect();
        insight.crowds = insight.crowds();
        insight
    }
}

impl Insight<'_> {
    /// What is known of each product that can be advertised, by id.
    pub fn products(&self) -> impl Iterator<Item = &ProductInsight> {
        self.products.values()
    }

    /// What is known of a product.
    #[must_use]
    pub fn product(&self, product: u64) -> Option<&ProductInsight> {
        self.products.get(&product)
    }

    /// What a new ad for a product would do if it were on offer for so many days; `horizon_days` is how far ahead a shelf that is
    /// emptied matters. Nothing for a product that cannot be advertised.
    #[must_use]
    pub fn launch(&self, product: u64, days: f64, horizon_days: f64) -> Expected {
        let Some(index) = self.goods.get(&product).copied() else { return Expected::default() };
        if self.kind == PlatformKind::Paid {
            return Expected::default();
        }
        let sent = self.new_trail(index, days);
        self.worth(index, &sent, horizon_days)
    }

    /// What an ad that runs would still do if it went on for so many days.
    #[must_use]
    pub fn run_on(&self, ad: u64, days: f64, horizon_days: f64) -> Expected {
        match self.kind {
            PlatformKind::Affiliate => {
                let Some(run) = self.market.ads.run(ad) else { return Expected::default() };
                self.worth(run.good, &self.running_trail(ad, run, days), horizon_days)
            }
            PlatformKind::Paid => self.paid_run_on(ad, days, horizon_days),
        }
    }

    /// What an ad would still do if it were ended now.
    #[must_use]
    pub fn stop_now(&self, ad: u64, horizon_days: f64) -> Expected {
        self.run_on(ad, 0.0, horizon_days)
    }

    /// The ads whose end has not come.
    pub fn running(&self) -> impl Iterator<Item = u64> {
        let now = instant(self.hour * HOUR);
        let paid = self.paid.campaigns().filter(move |campaign| campaign.runs(now)).map(|campaign| campaign.id);
        self.running.keys().copied().chain(paid)
    }

    fn scene(&self, hour: i64) -> Scene<'_> {
        let market = self.market;
        Scene { hour, partners: &market.partners, goods: &market.goods, demand: &market.demand }
    }

    fn look_at(&self, index: usize, good: &Good) -> ProductInsight {
        let mean = |amount: fn(&super::Variant) -> Decimal| {
            let sum: Decimal = good.variants.iter().map(amount).sum();
            sum.to_f64().unwrap_or(0.0) / good.variants.len().max(1) as f64
        };
        let units_per_day = self.market.demand.units_per_day(&self.market.goods, index, self.hour);
        let response = &self.market.world.response;
        // Of those who would have bought anyway only as many can be missing as come at all.
        let comes = units_per_day * response.replaced_within_days;
        let comes_true = 1.0 - (-comes).exp();
        ProductInsight {
            product: good.product,
            margin: mean(|variant| variant.price - variant.unit_cost),
            price: mean(|variant| variant.price),
            units_per_day,
            cannibalised: good.traits.cannibalisation * comes_true,
            fit: good.traits.ad_fit,
            in_stock: good.variants.iter().any(|variant| self.market.shelves.has(variant)),
        }
    }

    /// What clicks that are sent come to.
    fn worth(&self, index: usize, sent: &[Sent], horizon_days: f64) -> Expected {
        let Some(good) = self.market.goods.get(index) else { return Expected::default() };
        let Some(of) = self.products.get(&good.product) else { return Expected::default() };
        let mut sum = Expected::default();
        // How far the shelf lasts depends on how much is sold through the ad.
        let conversions = self.conversions(good, sent);
        let ad_units = sent.iter().zip(&conversions).map(|(sent, conversion)| sent.clicks * conversion).sum::<f64>()
            * shopper::units_per_order();
        let days = (life_hours(sent) / 24.0).max(1.0);
        let supply = self.supply(index, of.units_per_day, ad_units / days, days, horizon_days);
        for (sent, conversion) in sent.iter().zip(conversions) {
            let Some(partner) = self.market.partners.get(sent.partner) else { continue };
            let click = self.click(good, of, partner, conversion, supply);
            let crowd = self.crowds.get(sent.partner).copied().unwrap_or_default();
            let clicks = sent.clicks * crowd.granted;
            sum.clicks += clicks * (1.0 + self.bogus(partner));
            sum.orders += clicks * click.orders;
            sum.cost += clicks * click.cost + sent.clicks * crowd.taken_cost;
            sum.contribution += clicks * click.contribution + sent.clicks * crowd.taken_contribution;
        }
        sum
    }

    /// The probability that each of the clicks becomes an order.
    fn conversions(&self, good: &Good, sent: &[Sent]) -> Vec<f64> {
        let (mut after, mut of_hour) = (None, 0.0);
        let conversion = |sent: &Sent| {
            if after != Some(sent.after) {
                after = Some(sent.after);
                of_hour = shopper::conversion(&self.market.world, good, &self.scene(self.hour + sent.after));
            }
            let quality = self.market.partners.get(sent.partner).map_or(1.0, |partner| partner.quality);
            (of_hour * quality * sent.s_factor).clamp(0.0, 1.0)
        };
        sent.iter().map(conversion).collect()
    }

    fn bogus(&self, partner: &Partner) -> f64 {
        if partner.cheats { self.market.world.partners.bogus_clicks } else { 0.0 }
    }

    /// What one click at a partner is expected to come to.
    fn click(&self, good: &Good, of: &ProductInsight, partner: &Partner, conversion: f64, supply: stock::Supply) -> Click {
        let world = &self.market.world;
        let (kept, units) = (1.0 - good.traits.return_rate, shopper::units_per_order());
        let lock = 24.0 * f64::from(world.platform.locked_after_days);
        let share = partner.commission.to_f64().unwrap_or(0.0) * (1.0 + world.partners.platform_fee);
        // A commission is due where the sale stays, and where it comes back after the action has locked.
        let [soonest, latest] = good.traits.return_hours.map(|hours| hours as f64);
        let due = kept + good.traits.return_rate * (1.0 - part_below(lock, soonest, latest));
        let bogus = self.bogus(partner);
        let [first, last] = world.partners.bogus_reversed_after_days.map(|days| 24.0 * f64::from(days));
        let bogus_due = bogus * world.partners.bogus_orders * (1.0 - part_below(lock, first, last));
        let per_click = partner.cost_per_click.and_then(|cost| cost.to_f64()).unwrap_or(0.0) * (1.0 + bogus);
        let sold = conversion * supply.sold;
        let cost = per_click + of.price * units * share * (sold * due + bogus_due);
        let caused = conversion * supply.caused * units * kept * (1.0 - of.cannibalised) * of.margin;
        Click { orders: sold, cost, contribution: caused - cost }
    }
}

/// How long it takes until nine of ten clicks are sent.
fn life_hours(sent: &[Sent]) -> f64 {
    let most = 0.9 * sent.iter().map(|sent| sent.clicks).sum::<f64>();
    let mut clicks = 0.0;
    let last = sent.iter().find(|sent| {
        clicks += sent.clicks;
        clicks >= most
    });
    last.map_or(0.0, |sent| sent.after as f64)
}

/// What one click comes to.
#[derive(Clone, Copy, Debug)]
struct Click {
    orders: f64,
    cost: f64,
    contribution: f64,
}

/// The part of a range that lies below a bound.
fn part_below(bound: f64, low: f64, high: f64) -> f64 {
    if high <= low { f64::from(u8::from(low < bound)) } else { ((bound - low) / (high - low)).clamp(0.0, 1.0) }
}

/// An expectation as an amount.
pub(super) fn amount(expected: f64) -> Decimal {
    Decimal::from_f64(expected).unwrap_or_default().round_dp(2)
}

#[cfg(test)]
mod tests;
