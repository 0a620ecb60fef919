//! How far a shelf lasts, and what is lost to others when an ad empties it.

use super::Insight;

/// What becomes of a wish to buy through an ad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supply {
    /// The probability that it finds a unit.
    pub(super) sold: f64,
    /// The units that are sold more in all for each wish: less than `sold` where the shelf would have been emptied anyway.
    pub(super) caused: f64,
}

impl Insight<'_> {
    /// The supply of a good that sells so many units a day by itself and through ads, over a horizon.
    ///
    /// A shelf is refilled some days after it has run out. Over many such rounds the part `s = R / (R + D r)` of all wishes at the rate `r`
    /// is served, with `R` units a round and `D` days without stock; one more wish then adds `s^2`.
    pub(super) fn supply(&self, index: usize, base: f64, through_ads: f64, horizon_days: f64) -> Supply {
        let Some(good) = self.market.goods.get(index) else { return Supply { sold: 1.0, caused: 1.0 } };
        let limited: Vec<i64> = good.variants.iter().filter_map(|variant| self.market.shelves.limited(variant)).collect();
        if limited.is_empty() {
            return Supply { sold: 1.0, caused: 1.0 };
        }
        // Variants have shelves of their own and share the demand.
        let shelves = limited.len() as f64;
        let store = &self.market.world.store;
        let mean = |[few, many]: [u32; 2]| f64::midpoint(f64::from(few), f64::from(many));
        let rate = ((base + through_ads) / shelves).max(1e-9);
        let stock = limited.iter().map(|quantity| (*quantity).max(0) as f64).sum::<f64>() / shelves;
        let lasts = stock / rate;
        if lasts >= horizon_days {
            return Supply { sold: 1.0, caused: 1.0 };
        }
        let round = mean(store.restock);
        let served = round / (mean(store.restock_days).mul_add(rate, round));
        let first = lasts / horizon_days.max(1e-9);
        let sold = first + (1.0 - first) * served;
        Supply { sold, caused: sold * served }
    }
}
