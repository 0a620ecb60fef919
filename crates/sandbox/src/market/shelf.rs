//! The stock of one market: what lies there, runs out, and comes back after some days.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::Streams;
use super::goods::{Good, ItemRef, Variant};

/// The stock of one market.
#[derive(Clone, Debug)]
pub(crate) struct Shelves {
    streams: Streams,
    levels: BTreeMap<ItemRef, Level>,
}

#[derive(Clone, Debug)]
struct Level {
    quantity: i64,
    /// Whether it is sold beyond zero.
    backorders: bool,
    /// Whether anybody orders more when it has run out.
    is_reordered: bool,
    restocks: u64,
    restock_at: Option<Timestamp>,
}

impl Shelves {
    /// The stock as recorded; what has run out and used to sell is already on its way.
    pub(crate) fn stock_up(goods: &[Good], sells: impl Fn(usize) -> bool, streams: Streams, at: Timestamp) -> Self {
        let mut shelves = Self { streams, levels: BTreeMap::new() };
        for (index, good) in goods.iter().enumerate() {
            for variant in &good.variants {
                let Some(shelf) = variant.shelf else { continue };
                let is_reordered = sells(index);
                let level = Level {
                    quantity: variant.stock,
                    backorders: variant.backorders,
                    is_reordered,
                    restocks: 0,
                    restock_at: None,
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

    /// How many units lie there; `None` where nobody counts.
    pub(crate) fn quantity(&self, shelf: ItemRef) -> Option<i64> {
        self.levels.get(&shelf).map(|level| level.quantity)
    }

    /// Receives what arrives before `until`; gives where and when.
    pub(crate) fn receive(&mut self, until: Timestamp) -> Vec<(ItemRef, Timestamp)> {
        let streams = self.streams;
        let mut received = Vec::new();
        for (shelf, level) in &mut self.levels {
            if let Some(at) = level.restock_at.filter(|at| *at < until) {
                let mut rng = streams.restock(key(*shelf), level.restocks);
                level.quantity = level.quantity.max(0) + rng.random_range(40..160);
                level.restocks += 1;
                level.restock_at = None;
                received.push((*shelf, at));
            }
        }
        received
    }

    fn reorder(&mut self, shelf: ItemRef, at: Timestamp) {
        let Some(level) = self.levels.get_mut(&shelf) else { return };
        if level.quantity <= 0 && level.is_reordered && !level.backorders && level.restock_at.is_none() {
            let mut rng = self.streams.restock(key(shelf), level.restocks);
            let hours = 4 * 24 + rng.random_range(0..10 * 24);
            level.restock_at = at.checked_add(SignedDuration::from_hours(hours)).ok();
        }
    }
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
        let (goods, start) = (goods::stock_up(opening, Streams::new(1)), opening.ends_at);
        let mut shelves = Shelves::stock_up(&goods, |_| true, Streams::new(1), start);
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
