//! What clicks on a paid platform are worth.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::ads::freshness;
use super::super::paid::{NOBODY, SCARCITY};
use super::super::shopper::{conversion, units_per_order};
use super::super::{HOUR, instant};
use super::{Expected, Insight, amount};

/// The clicks that can be bought on a product's ads on a paid platform, at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickOffer {
    /// Clicks a day that there is interest for.
    pub clicks_per_day: f64,
    /// What the first click of a day costs, in the currency.
    pub price: f64,
    /// What a click contributes in the mean before its price, in the currency.
    pub value: f64,
}

impl ClickOffer {
    /// The spending a day at which the next click costs what it is worth, in the currency; nothing where no click pays.
    #[must_use]
    pub fn best_spend(&self) -> Decimal {
        let used = ((self.value / self.price.max(1e-9) - 1.0) / SCARCITY).clamp(0.0, 1.0);
        amount(used * self.clicks_per_day * self.price)
    }

    /// Clicks a day that so much spending brings: the price rises as the day's interest is used up.
    #[must_use]
    pub fn clicks_for(&self, spend: f64) -> f64 {
        let whole = self.clicks_per_day * self.price;
        if whole <= 0.0 || spend <= 0.0 {
            return 0.0;
        }
        let rising = self.clicks_per_day / SCARCITY * (SCARCITY * spend.min(whole) / whole).ln_1p();
        let at_the_top = (spend - whole).max(0.0) / (self.price * (1.0 + SCARCITY));
        (rising + at_the_top).min(self.clicks_per_day)
    }
}

impl Insight<'_> {
    /// The clicks that can be bought for a product; `None` on an affiliate platform and for what cannot be advertised.
    #[must_use]
    pub fn click_offer(&self, product: u64, horizon_days: f64) -> Option<ClickOffer> {
        let index = *self.goods.get(&product)?;
        let market = self.market.delivery.markets.get(index).filter(|_| self.kind == crate::world::PlatformKind::Paid)?;
        let good = self.market.goods.get(index)?;
        let of = self.products.get(&product)?;
        let shown = self.shown_hours(index);
        let fresh = freshness(shown, self.market.world.response.fatigue_days);
        let demand = self.market.demand.calendar().demand(self.hour * HOUR);
        let clicks_per_day = market.clicks * good.traits.clickability * demand * fresh;
        let converts = conversion(&self.market.world, good, &self.scene(self.hour)).clamp(0.0, 1.0);
        let supply = self.supply(index, of.units_per_day, clicks_per_day * converts / 2.0, horizon_days.min(30.0), horizon_days);
        let kept = 1.0 - good.traits.return_rate;
        let value = converts * supply.caused * units_per_order() * kept * (1.0 - of.cannibalised) * of.margin;
        Some(ClickOffer { clicks_per_day, price: market.price, value })
    }

    /// For how long those who are shown a good now have seen it, in hours.
    fn shown_hours(&self, index: usize) -> f64 {
        let delivery = &self.market.delivery;
        let running = self.paid.campaigns().filter(|campaign| campaign.runs(instant(self.hour * HOUR)));
        let of_good = running.filter(|campaign| delivery.good_of(campaign) == Some(index));
        let shown = of_good.map(|campaign| delivery.shown_hours(index, campaign.id, self.hour));
        shown.fold(delivery.shown_hours(index, NOBODY, self.hour), f64::max)
    }

    pub(super) fn paid_run_on(&self, id: u64, days: f64, horizon_days: f64) -> Expected {
        let Some(campaign) = self.paid.campaign(id) else { return Expected::default() };
        let product =
            self.market.delivery.good_of(campaign).and_then(|index| self.market.goods.get(index)).map(|good| good.product);
        let Some((offer, of)) = product.and_then(|id| Some((self.click_offer(id, horizon_days)?, self.products.get(&id)?)))
        else {
            return Expected::default();
        };
        let left = (campaign.budget - campaign.charged).max(Decimal::ZERO).to_f64().unwrap_or(0.0);
        let a_day = campaign.daily_budget().to_f64().unwrap_or(0.0) * self.market.world.platform.paid.overdelivery;
        let spend = a_day.min(offer.clicks_per_day * offer.price * (1.0 + SCARCITY));
        let days = days.min(if spend > 0.0 { left / spend } else { 0.0 });
        let clicks = offer.clicks_for(spend) * days;
        let learns = instant(self.hour * HOUR) < campaign.learns_until;
        let value = if learns { offer.value * (1.0 - self.market.world.platform.paid.learning_loss / 2.0) } else { offer.value };
        let cost = spend * days;
        let orders = if of.margin > 0.0 { clicks * value / (of.margin * units_per_order()) } else { 0.0 };
        Expected { clicks, orders, cost, contribution: clicks.mul_add(value, -cost) }
    }
}
