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
    /// The supply of a good that sells so many units a day by itself and through an ad over the ad's life; `horizon_days` is how far ahead
    /// an emptied shelf matters.
    ///
    /// A shelf is refilled some days after it has run out. Of all wishes the part that comes while something lies there is served. What
    /// is sold through the ad brings the next gap forward, and the refill that ends it as well: what the shop loses is what it sells by itself
    /// in the gap that is met earlier, less what it sells after it. With rounds of `r` units and gaps of `g` days it sells
    /// `r d / (r + g d)` a day at a demand of `d`; the difference between the demand with the ad's and without it, for each wish of the
    /// ad, is the product of the parts that are served with and without it.
    pub(super) fn supply(&self, index: usize, base: f64, through_ads: f64, life_days: f64, horizon_days: f64) -> Supply {
        let Some(good) = self.market.goods.get(index) else { return Supply { sold: 1.0, caused: 1.0 } };
        let limited: Vec<i64> = good.variants.iter().filter_map(|variant| self.market.shelves.limited(variant)).collect();
        if limited.is_empty() {
            return Supply { sold: 1.0, caused: 1.0 };
        }
        let store = &self.market.world.store;
        let mean = |[few, many]: [u32; 2]| f64::midpoint(f64::from(few), f64::from(many));
        // Variants with shelves of their own share the demand.
        let shelves = limited.len() as f64;
        let shelf = Shelf {
            stock: limited.iter().map(|quantity| (*quantity).max(0) as f64).sum::<f64>() / shelves,
            rate: ((base + through_ads) / shelves).max(1e-9),
            round: mean(store.restock),
            gap: mean(store.restock_days),
        };
        let sold = shelf.served(life_days);
        let by_itself = Shelf { rate: (base / shelves).max(1e-9), ..shelf };
        Supply { sold, caused: sold * by_itself.served(horizon_days.max(life_days)) }
    }
}

/// A shelf that is emptied at a rate and filled up again.
#[derive(Clone, Copy, Debug)]
struct Shelf {
    stock: f64,
    /// Units a day.
    rate: f64,
    /// Units that come when it is filled up.
    round: f64,
    /// Days until they come.
    gap: f64,
}

impl Shelf {
    /// The part of the days from now on in which something lies there.
    fn served(&self, days: f64) -> f64 {
        if days <= 0.0 {
            return f64::from(u8::from(self.stock > 0.0));
        }
        let (mut served, mut passed, mut stock) = (0.0, 0.0, self.stock);
        while passed < days {
            let lasts = (stock / self.rate).min(days - passed);
            served += lasts;
            passed += lasts + self.gap.max(0.1);
            stock = self.round.max(1e-3);
        }
        served / days
    }
}
