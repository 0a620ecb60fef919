//! Products that are worth an ad, in the order in which they are launched.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use campaign_pilot_core::{CategoryName, Product};
use campaign_pilot_decision_engine::{Prospect, Selection, SimilarPolicy};
use rust_decimal::Decimal;

use super::Exploration;

/// A product that is worth an ad, or worth finding out.
pub(super) struct Candidate<'a> {
    pub(super) selection: &'a Selection,
    pub(super) prospect: Cow<'a, Prospect>,
    pub(super) product: &'a Product,
    /// What was drawn, where it is tried without being expected to earn.
    pub(super) drawn: Option<Exploration>,
    /// The similar product whose ad takes some of its buyers.
    pub(super) beside: Option<&'a Product>,
}

/// Candidates, the best first: by what is expected of them, then those that are tried; of equals the better score first.
pub(super) struct Queue<'a> {
    waiting: BinaryHeap<Waiting<'a>>,
    worth: fn(&Prospect) -> Decimal,
}

impl<'a> Queue<'a> {
    pub(super) fn new(candidates: impl IntoIterator<Item = Candidate<'a>>, worth: fn(&Prospect) -> Decimal) -> Self {
        let waiting = candidates.into_iter().enumerate().map(|(place, candidate)| Waiting::new(place, candidate, worth));
        Self { waiting: waiting.collect(), worth }
    }

    /// The best candidate; one that a similar product takes buyers from comes when its turn is with what is left to it.
    pub(super) fn next(&mut self, advertised: &Advertised<'a>, policy: &SimilarPolicy) -> Option<Candidate<'a>> {
        loop {
            let Waiting { place, mut candidate, .. } = self.waiting.pop()?;
            if candidate.beside.is_some() {
                return Some(candidate);
            }
            candidate.beside = advertised.similar_to(candidate.product, policy);
            if candidate.beside.is_none() {
                return Some(candidate);
            }
            candidate.prospect = Cow::Owned(candidate.prospect.beside_similar(policy));
            self.waiting.push(Waiting::new(place, candidate, self.worth));
        }
    }
}

struct Waiting<'a> {
    rank: (Reverse<bool>, Decimal, Reverse<usize>),
    place: usize,
    candidate: Candidate<'a>,
}

impl<'a> Waiting<'a> {
    fn new(place: usize, candidate: Candidate<'a>, worth: fn(&Prospect) -> Decimal) -> Self {
        Self { rank: (Reverse(candidate.drawn.is_some()), worth(&candidate.prospect), Reverse(place)), place, candidate }
    }
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Waiting<'_> {}

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

/// What is advertised, by category and price.
#[derive(Default)]
pub(super) struct Advertised<'a> {
    by_category: BTreeMap<&'a CategoryName, BTreeMap<Decimal, &'a Product>>,
}

impl<'a> Advertised<'a> {
    pub(super) fn add(&mut self, product: &'a Product) {
        let Some(price) = product.price else { return };
        for category in &product.categories {
            self.by_category.entry(category).or_default().insert(price.amount, product);
        }
    }

    /// A product of one of the same categories at about the same price.
    fn similar_to(&self, product: &Product, policy: &SimilarPolicy) -> Option<&'a Product> {
        if policy.taken_percent.is_zero() {
            return None;
        }
        let [low, high] = policy.prices(product.price?.amount);
        let found = product.categories.iter().find_map(|name| self.by_category.get(name)?.range(low..=high).next());
        found.map(|(_, similar)| *similar)
    }
}
