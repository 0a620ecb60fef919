//! The partners who take ads and send clicks.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::{Rng, RngExt};
use rust_decimal::Decimal;

use super::Streams;
use super::chance::{happens, shock, within};
use crate::world::Partners;

const FIRST_PARTNER: u64 = 20_001;

const NAMES: [&str; 12] = [
    "Harbour Reviews",
    "Coupon Meadow",
    "The Daily Deal Post",
    "Gadget Attic",
    "Fit & Frugal",
    "Wardrobe Letters",
    "Home Corner Weekly",
    "Cashback Lane",
    "Bookish Evenings",
    "Comparison Yard",
    "Kilometre Club",
    "Sunday Finds",
];

/// One partner.
#[derive(Clone, Debug)]
pub(crate) struct Partner {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// What part of an order's revenue it earns.
    pub(crate) commission: Decimal,
    /// What it earns for a click, if it does.
    pub(crate) cost_per_click: Option<Decimal>,
    /// Its part of all clicks on a product of a category, by category; over all partners they sum to 1.
    reach: BTreeMap<String, f64>,
    /// The probability that it takes an ad at all.
    pub(crate) interest: f64,
    /// Mean hours that an ad is offered before it takes it.
    pub(crate) delay_hours: f64,
    /// How well its visitors convert, relative to others'.
    pub(crate) quality: f64,
    /// Hours after which its old posts send a third of the clicks.
    pub(crate) tail_hours: f64,
    /// The clicks per hour that its audience can give at most, over all ads.
    pub(crate) capacity: f64,
    /// Whether it cheats.
    pub(crate) cheats: bool,
    /// The hours since 1970 within which it is there.
    pub(crate) there: Range<i64>,
}

impl Partner {
    /// Its part of all clicks on a product of a category.
    pub(crate) fn reach(&self, category: &str) -> f64 {
        self.reach.get(category).copied().unwrap_or(0.0)
    }
}

/// The partners of a seed, over the categories that the store has; the sandbox opens at the hour `opens`.
pub(crate) fn recruit(streams: Streams, categories: &[String], world: &Partners, opens: i64) -> Vec<Partner> {
    let ids = (FIRST_PARTNER..).take(usize::try_from(world.count).unwrap_or(0));
    let mut partners: Vec<Partner> =
        ids.enumerate().map(|(place, id)| recruit_one(streams, id, name(place), categories, world)).collect();
    for category in categories {
        let total: f64 = partners.iter().map(|partner| partner.reach(category)).sum();
        for reach in partners.iter_mut().filter_map(|partner| partner.reach.get_mut(category)) {
            *reach /= total;
        }
    }
    come_and_go(&mut partners, world, opens);
    partners
}

fn recruit_one(streams: Streams, id: u64, name: String, categories: &[String], world: &Partners) -> Partner {
    let mut rng = streams.partner(id);
    let size = shock(&mut rng, world.size_spread);
    // Commissions are agreed in steps of half a percent, clicks in cents.
    let commission = Decimal::new(steps(&mut rng, world.commission, 0.005) * 5, 3);
    let cents = steps(&mut rng, world.click_price, 0.01);
    let cost_per_click = happens(&mut rng, world.paid_by_click).then(|| Decimal::new(cents, 2));
    let reach = categories.iter().map(|category| {
        let taste: f64 = rng.random();
        (category.clone(), size * (1.0 - world.taste + world.taste * 0.95_f64.mul_add(taste * taste, 0.05)))
    });
    Partner {
        id,
        name,
        commission,
        cost_per_click,
        reach: reach.collect(),
        interest: within(&mut rng, world.interest),
        delay_hours: within(&mut rng, world.delay_hours),
        quality: within(&mut rng, world.quality),
        tail_hours: within(&mut rng, world.tail_hours),
        capacity: world.capacity * size,
        cheats: happens(&mut streams.cheater(id), world.bogus_share),
        there: i64::MIN..i64::MAX,
    }
}

/// Sets when partners join and leave.
fn come_and_go(partners: &mut [Partner], world: &Partners, opens: i64) {
    let count = |number: u32| usize::try_from(number).unwrap_or(0);
    let joining: usize = world.moves.iter().map(|change| count(change.join)).sum();
    let first = partners.len().saturating_sub(joining);
    for partner in partners.iter_mut().skip(first) {
        partner.there = i64::MAX..i64::MAX;
    }
    let mut moves: Vec<_> = world.moves.iter().collect();
    moves.sort_by_key(|change| change.day);
    for change in moves {
        let hour = opens + 24 * i64::from(change.day);
        let mut there: Vec<&mut Partner> = partners.iter_mut().filter(|partner| partner.there.contains(&hour)).collect();
        there.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        for partner in there.into_iter().take(count(change.leave)) {
            partner.there.end = hour;
        }
        let absent = partners.iter_mut().filter(|partner| partner.there.start == i64::MAX);
        for partner in absent.take(count(change.join)) {
            partner.there.start = hour;
        }
    }
}

fn name(place: usize) -> String {
    NAMES.get(place).map_or_else(|| format!("Partner {}", place + 1), |name| (*name).to_owned())
}

/// A whole number of steps within a range.
#[expect(clippy::cast_possible_truncation, reason = "a world's amounts are a few thousand steps at most")]
fn steps(rng: &mut impl Rng, [low, high]: [f64; 2], step: f64) -> i64 {
    let (low, high) = ((low / step).round() as i64, (high / step).round() as i64);
    rng.random_range(low..=high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_paid_within_the_usual_and_share_each_category() {
        let categories = ["Audio".to_owned(), "Fitness".to_owned()];
        let mut paid_by_click = 0;
        for seed in 0..20 {
            let partners = recruit(Streams::new(seed), &categories, &Partners::default(), 0);
            assert_eq!(partners.len(), 12);
            for category in &categories {
                assert!((partners.iter().map(|partner| partner.reach(category)).sum::<f64>() - 1.0).abs() < 1e-9);
            }
            for partner in partners {
                assert!((Decimal::new(6, 2)..=Decimal::new(12, 2)).contains(&partner.commission));
                if let Some(cost) = partner.cost_per_click {
                    assert!((Decimal::new(3, 2)..=Decimal::new(10, 2)).contains(&cost));
                    paid_by_click += 1;
                }
            }
        }
        assert!((50..120).contains(&paid_by_click), "{paid_by_click} of 240");
    }
}
