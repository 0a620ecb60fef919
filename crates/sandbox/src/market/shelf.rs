//! The stock of one market: what lies there, runs out, and comes back after some days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::Streams;
use super::goods::{Good, ItemRef, Variant};
use crate::world::Store;

/// The stock of one market.
#[derive(Clone, Debug)]
pub(crate) struct Shelves {
    streams: Streams,
    restock: [i64; 2],
    restock_hours: [i64; 2],
    levels: BTreeMap<ItemRef, Level>,
    /// What is on its way, by the time at which it comes.
    due: BTreeSet<(Timestamp, ItemRef)>,
}

#[derive(Clone, Debug)]
struct Level {
    quantity: i64,
    /// Whether it is sold beyond zero.
    backorders: bool,
    /// Whether anybody orders more when it has run out.
    is_reordered: bool,
    restocks: u64,
    is_on_its_way: bool,
}

impl Shelves {
    /// The stock as recorded; what has run out and used to sell is already on its way.
    pub(crate) fn stock_up(
        goods: &[Good],
        sells: impl Fn(usize) -> bool,
        streams: Streams,
        at: Timestamp,
        store: &Store,
    ) -> Self {
        let mut shelves = Self {
            streams,
            restock: store.restock.map(i64::from),
            restock_hours: store.restock_days.map(|days| 24 * i64::from(days)),
            levels: BTreeMap::new(),
            due: BTreeSet::new(),
        };
        for (index, good) in goods.iter().enumerate() {
            for variant in &good.variants {
                let Some(shelf) = variant.shelf else { continue };
                let is_reordered = sells(index);
                let level = Level {
                    quantity: store.stock.map_or(variant.stock, |range| given(streams, shelf, range)),
                    backorders: variant.backorders,
                    is_reordered,
                    restocks: 0,
                    is_on_its_way: false,
                };
                shelves.levels.insert(shelf, level);
                shelves.reorder(shelf, at);
            }
        }
        shelves
    }

    /// Takes up to `wanted` units; says how many there were.
    pub(crate) fn take(&mut self, variant: &Variant, wanted: u32, at: Timestamp) -> u32 {
        let Some(shelf) = variant.shelf else { return wanted };
        let Some(level) = self.levels.get_mut(&shelf) else { return wanted };
        let there = u32::try_from(level.quantity).unwrap_or(0);
        let taken = if level.backorders { wanted } else { wanted.min(there) };
        level.quantity -= i64::from(taken);
        self.reorder(shelf, at);
        taken
    }

    /// Puts returned units back.
    pub(crate) fn put_back(&mut self, variant: &Variant, units: u32) {
        if let Some(level) = variant.shelf.and_then(|shelf| self.levels.get_mut(&shelf)) {
            level.quantity += i64::from(units);
        }
    }

    /// Whether a unit can be bought now.
    pub(crate) fn has(&self, variant: &Variant) -> bool {
        let level = variant.shelf.and_then(|shelf| self.levels.get(&shelf));
        level.is_none_or(|level| level.backorders || level.quantity > 0)
    }

    /// How many units lie there; `None` where any number can be bought.
    pub(crate) fn limited(&self, variant: &Variant) -> Option<i64> {
        let level = variant.shelf.and_then(|shelf| self.levels.get(&shelf))?;
        (!level.backorders).then_some(level.quantity)
    }

    /// How many units lie there; `None` where nobody counts.
    pub(crate) fn quantity(&self, shelf: ItemRef) -> Option<i64> {
        self.levels.get(&shelf).map(|level| level.quantity)
    }

    /// Every shelf whose units are counted.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ItemRef, i64)> {
        self.levels.iter().map(|(shelf, level)| (*shelf, level.quantity))
    }

    /// Receives what arrives before `until`; gives where and when.
    pub(crate) fn receive(&mut self, until: Timestamp) -> Vec<(ItemRef, Timestamp)> {
        let mut received = Vec::new();
        while let Some((at, shelf)) = self.due.first().copied().filter(|(at, _)| *at < until) {
            self.due.pop_first();
            let Some(level) = self.levels.get_mut(&shelf) else { continue };
            let mut rng = self.streams.restock(key(shelf), level.restocks);
            let [few, many] = self.restock;
            level.quantity = level.quantity.max(0) + rng.random_range(few..many.max(few + 1));
            level.restocks += 1;
            level.is_on_its_way = false;
            received.push((shelf, at));
        }
        received.sort_unstable();
        received
    }

    fn reorder(&mut self, shelf: ItemRef, at: Timestamp) {
        let Some(level) = self.levels.get_mut(&shelf) else { return };
        if level.quantity <= 0 && level.is_reordered && !level.backorders && !level.is_on_its_way {
            let mut rng = self.streams.restock(key(shelf), level.restocks);
            let [soonest, latest] = self.restock_hours;
            let hours = soonest + rng.random_range(0..(latest - soonest).max(1));
            if let Ok(at) = at.checked_add(SignedDuration::from_hours(hours)) {
                level.is_on_its_way = true;
                self.due.insert((at, shelf));
            }
        }
    }
}

/// What lies on a shelf at first where a world says so.
fn given(streams: Streams, shelf: ItemRef, [few, many]: [u32; 2]) -> i64 {
    i64::from(streams.restock(key(shelf), u64::MAX).random_range(few..=many))
}

/// Post ids are unique over products and variations.
fn key(shelf: ItemRef) -> u64 {
    shelf.variation.unwrap_or(shelf.product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::goods;
    use crate::opening;

    #[test]
    fn stock_runs_out_and_comes_back() {
        let opening = opening::recorded().unwrap();
        let (goods, start) = (goods::stock_up(opening, Streams::new(1), &crate::World::default()), opening.ends_at);
        let mut shelves = Shelves::stock_up(&goods, |_| true, Streams::new(1), start, &Store::default());
        let shaker = &goods.iter().find(|good| good.product == 38).unwrap().variants[0];
        assert_eq!(shelves.take(shaker, 30, start), 30);
        assert_eq!(shelves.take(shaker, 5, start), 3);
        assert_eq!(shelves.take(shaker, 1, start), 0);
        assert!(shelves.receive(start + SignedDuration::from_hours(96)).iter().all(|(shelf, _)| shelf.product != 38));
        let received = shelves.receive(start + SignedDuration::from_hours(15 * 24));
        assert!(received.iter().any(|(shelf, _)| shelf.product == 38));
        assert!((40..160).contains(&shelves.quantity(shaker.item).unwrap()));

        let mouse = &goods.iter().find(|good| good.product == 28).unwrap().variants[0];
        assert_eq!(shelves.take(mouse, 1000, start), 1000);
        let bike = &goods.iter().find(|good| good.product == 175).unwrap().variants[0];
        assert_eq!(shelves.take(bike, 2, start), 2);
        assert_eq!(shelves.quantity(bike.item), Some(-5));
    }
}
