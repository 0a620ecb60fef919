//! Shops whose ads cause a known share of the orders that are credited to them.

use std::collections::BTreeMap;

use crate::lift::{RandomBits, Xoshiro256};
use crate::special::normal_quantile;

use super::super::{CausedShareFacts, DaySale, ProductSales};

/// Which products have ads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// Any.
    Chance,
    /// Those with the highest true rates, give or take.
    Rates,
    /// Those that sold best in the last 28 days before the launch.
    LastSales,
    /// All.
    All,
}

/// A kind of shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    /// The share to find.
    pub(super) caused: f64,
    pub(super) products: u32,
    /// Mean orders of a product a day, and the spread of its logarithm.
    pub(super) rate: f64,
    pub(super) spread: f64,
    pub(super) growth: f64,
    pub(super) week: f64,
    pub(super) shock: f64,
    /// A random walk of the shop's level, a day.
    pub(super) walk: f64,
    /// A random walk of each product's rate, a day.
    pub(super) drift: f64,
    /// The share of orders of 20 units.
    pub(super) bulk: f64,
    pub(super) choice: Choice,
    pub(super) advertised: u32,
    /// Launch and end; staggered by product over this many days before.
    pub(super) flight: (u32, u32),
    pub(super) stagger: u32,
    /// How many days later a replaced purchase would have been made, at most.
    pub(super) delay: u32,
    /// Credited orders over those without ads.
    pub(super) pull: f64,
}

pub(super) const DAYS: u32 = 100;
const TAIL: u32 = 14;

impl World {
    pub(super) fn flat() -> Self {
        Self {
            caused: 0.5,
            products: 300,
            rate: 0.1,
            spread: 1.0,
            growth: 0.0,
            week: 0.0,
            shock: 0.0,
            walk: 0.0,
            drift: 0.0,
            bulk: 0.0,
            choice: Choice::Rates,
            advertised: 60,
            flight: (50, 86),
            stagger: 0,
            delay: 0,
            pull: 0.5,
        }
    }

    pub(super) fn simulate(&self, seed: u64) -> CausedShareFacts {
        let mut chance = Chance(Xoshiro256::seeded(seed.wrapping_mul(0x9E37_79B9) ^ 77));
        let mut walk = 0.0;
        let levels: Vec<f64> = (0..DAYS)
            .map(|day| {
                walk += self.walk * chance.normal();
                let week = self.week * (f64::from(day % 7) * 0.897_6).sin();
                (self.growth * f64::from(day) + week + self.shock * chance.normal() + walk).exp()
            })
            .collect();
        let rates: Vec<f64> =
            (0..self.products).map(|_| self.rate * (self.spread * chance.normal() - 0.5 * self.spread.powi(2)).exp()).collect();
        let organic: Vec<Vec<u32>> = rates
            .iter()
            .map(|rate| {
                let mut drift = 0.0;
                let of = |level: &f64| {
                    drift += self.drift * if self.drift > 0.0 { chance.normal() } else { 0.0 };
                    chance.poisson(rate * level * f64::exp(drift))
                };
                levels.iter().map(of).collect()
            })
            .collect();
        let (launch, end) = self.flight;
        let mut order: Vec<(f64, usize)> = rates
            .iter()
            .enumerate()
            .map(|(product, rate)| {
                let score = match self.choice {
                    Choice::All | Choice::Chance => chance.uniform(),
                    Choice::Rates => rate.ln() + chance.normal(),
                    Choice::LastSales => {
                        let last = &organic[product][launch as usize - 28..launch as usize];
                        f64::from(last.iter().sum::<u32>()) + 0.01 * chance.uniform()
                    }
                };
                (-score, product)
            })
            .collect();
        order.sort_by(|left, right| left.0.total_cmp(&right.0));
        let mut products = vec![ProductSales::default(); rates.len()];
        for (rank, (_, product)) in order.into_iter().enumerate() {
            let is_advertised = rank < self.advertised as usize;
            let launch = if self.stagger > 0 { launch - chance.below(self.stagger) } else { launch };
            products[product] =
                self.product(&organic[product], rates[product], &levels, is_advertised.then_some((launch, end)), &mut chance);
        }
        CausedShareFacts { days: DAYS, products }
    }

    fn product(
        &self,
        organic: &[u32],
        rate: f64,
        levels: &[f64],
        flight: Option<(u32, u32)>,
        chance: &mut Chance,
    ) -> ProductSales {
        let mut sold = BTreeMap::<u32, DaySale>::new();
        let mut credited = (0.0, 0.0);
        let mut sell = |day: u32, is_credited: bool, chance: &mut Chance| {
            let units = if chance.uniform() < self.bulk { 20 } else { 1 };
            let sale = sold.entry(day).or_insert(DaySale { day, units: 0, orders: 0 });
            sale.units += units;
            sale.orders += 1;
            if is_credited {
                credited.0 += f64::from(units);
                credited.1 += 1.0;
            }
        };
        let (launch, end) = flight.unwrap_or((DAYS, DAYS));
        for (day, orders) in (0..DAYS).zip(organic) {
            for _ in 0..*orders {
                let early = day.saturating_sub(chance.below(self.delay + 1));
                let is_replaced = (launch..end).contains(&early) && chance.uniform() < (1.0 - self.caused) * self.pull;
                sell(if is_replaced { early } else { day }, is_replaced, chance);
            }
        }
        for (day, level) in (0..DAYS).zip(levels) {
            if (launch..end).contains(&day) {
                for _ in 0..chance.poisson(self.caused * self.pull * rate * level) {
                    sell(day, true, chance);
                }
            }
        }
        ProductSales {
            category: 0,
            sold: sold.into_values().collect(),
            affected: flight.map(|(launch, end)| launch..(end + TAIL).min(DAYS)).into_iter().collect(),
            left_out: Vec::new(),
            credited_units: credited.0,
            credited_orders: flight.map(|_| credited.1),
        }
    }
}

/// Draws of what a shop needs.
struct Chance(Xoshiro256);

impl Chance {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn below(&mut self, most: u32) -> u32 {
        u32::try_from(self.0.next_bits() % u64::from(most.max(1))).unwrap()
    }

    fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform()).unwrap()
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut left, mut events) = (self.uniform(), 0);
        let mut mass = (-mean).exp();
        while left > mass && events < 10_000 {
            left -= mass;
            events += 1;
            mass *= mean / f64::from(events);
        }
        events
    }
}
