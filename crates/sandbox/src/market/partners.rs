//! The partners who take ads and send clicks.

use std::collections::BTreeMap;

use rand::RngExt;
use rust_decimal::Decimal;

use super::Streams;
use super::chance::shock;

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
    pub(crate) name: &'static str,
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
}

impl Partner {
    /// Its part of all clicks on a product of a category.
    pub(crate) fn reach(&self, category: &str) -> f64 {
        self.reach.get(category).copied().unwrap_or(0.0)
    }
}

/// The partners of a seed, over the categories that the store has.
pub(crate) fn recruit(streams: Streams, categories: &[String]) -> Vec<Partner> {
    let mut partners: Vec<Partner> =
        (FIRST_PARTNER..).zip(NAMES).map(|(id, name)| recruit_one(streams, id, name, categories)).collect();
    for category in categories {
        let total: f64 = partners.iter().map(|partner| partner.reach(category)).sum();
        for reach in partners.iter_mut().filter_map(|partner| partner.reach.get_mut(category)) {
            *reach /= total;
        }
    }
    partners
}

fn recruit_one(streams: Streams, id: u64, name: &'static str, categories: &[String]) -> Partner {
    let mut rng = streams.partner(id);
    let size = shock(&mut rng, 0.6);
    let commission = Decimal::new(rng.random_range(12..=24) * 5, 3);
    let cents = rng.random_range(3..=10);
    let cost_per_click = rng.random_bool(0.35).then(|| Decimal::new(cents, 2));
    let reach = categories.iter().map(|category| {
        let taste: f64 = rng.random();
        (category.clone(), size * 0.95_f64.mul_add(taste * taste, 0.05))
    });
    Partner {
        id,
        name,
        commission,
        cost_per_click,
        reach: reach.collect(),
        interest: rng.random_range(0.45..0.95),
        delay_hours: rng.random_range(4.0..60.0),
        quality: rng.random_range(0.6..1.4),
        tail_hours: rng.random_range(24.0..96.0),
        capacity: 4.0 * size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_paid_within_the_usual_and_share_each_category() {
        let categories = ["Audio".to_owned(), "Fitness".to_owned()];
        let mut paid_by_click = 0;
        for seed in 0..20 {
            let partners = recruit(Streams::new(seed), &categories);
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
