//! Branch and bound on the few campaigns for which the envelope promises more than the curve holds.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::envelope::{Envelope, Item};
use super::fill::{Filled, Prepared};

/// Relaxations that any problem may take.
const FEWEST_NODES: u32 = 50;

/// The best division found, and what is proven about it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) budgets: Vec<f64>,
    /// No division is worth more.
    pub(super) bound: f64,
    /// The bound and the price of the relaxation alone, without branching.
    pub(super) relaxed: f64,
    pub(super) price: f64,
    pub(super) group_prices: Vec<f64>,
    /// Relaxations solved.
    pub(super) nodes: u32,
}

/// Narrower ranges of some campaigns.
type Cuts = BTreeMap<usize, (f64, f64)>;

/// A part of all divisions that is still open.
struct Node {
    bound: f64,
    order: u32,
    price: f64,
    cuts: Cuts,
    /// Which campaign is divided next, and the two ranges it is divided into.
    split: (usize, [(f64, f64); 2]),
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(other.order.cmp(&self.order))
    }
}

struct Search<'a> {
    prepared: &'a Prepared,
    envelopes: Vec<Envelope>,
    /// The next campaign and the one before that have the same limits and a curve of the same shape.
    twins: Vec<(Option<usize>, Option<usize>)>,
    best: Vec<f64>,
    value: f64,
    nodes: u32,
    /// The largest bound of what was not looked into.
    closed: f64,
    gap: f64,
}

/// The best division: within `gap` of the bound, relative to its value, or when campaigns were placed `effort` times. `None` when
/// nothing keeps the limits.
pub(super) fn search(prepared: &Prepared, gap: f64, effort: u32) -> Option<Found> {
    let envelopes: Vec<Envelope> = prepared.items.iter().map(|item| item.envelope(0.0, f64::INFINITY)).collect();
    let most_nodes = (effort / u32::try_from(envelopes.len().max(1)).unwrap_or(u32::MAX)).max(FEWEST_NODES);
    let root = prepared.fill(&envelopes, 0.0)?;
    let repaired = repaired(prepared, &root.budgets);
    let polished = polish(prepared, &repaired, root.price);
    let mut search = Search {
        prepared,
        envelopes,
        twins: twins(prepared),
        value: prepared.value(&repaired),
        best: repaired,
        nodes: 1,
        closed: f64::NEG_INFINITY,
        gap,
    };
    search.offer(&polished.budgets, polished.value);
    let (relaxed, price, group_prices) = (root.bound, root.price, root.group_prices.clone());
    let mut open = BinaryHeap::new();
    open.extend(search.node(&root, Cuts::new()));
    while let Some(node) = open.pop() {
        if search.near(node.bound) || search.nodes >= most_nodes {
            search.closed = search.closed.max(node.bound);
            break;
        }
        let (item, ranges) = node.split;
        for (side, range) in ranges.into_iter().enumerate() {
            if let Some((filled, cuts)) = search.child(&node.cuts, item, range, side == 0, node.price) {
                open.extend(search.node(&filled, cuts));
            }
        }
    }
    let bound = open.peek().map_or(search.closed, |node| node.bound.max(search.closed)).max(search.value).min(relaxed);
    let polished = polish(prepared, &search.best, price);
    search.offer(&polished.budgets, polished.value);
    let Search { best: budgets, value, nodes, .. } = search;
    Some(Found { budgets, bound: bound.max(value), relaxed: relaxed.max(value), price, group_prices, nodes })
}

impl Search<'_> {
    fn offer(&mut self, budgets: &[f64], value: f64) {
        if value > self.value {
            self.value = value;
            self.best.clear();
            self.best.extend_from_slice(budgets);
        }
    }

    fn near(&self, bound: f64) -> bool {
        bound - self.value <= self.gap * self.value.abs().max(f64::MIN_POSITIVE)
    }

    /// The open part that a relaxation leaves; `None` when it is closed: nothing in it can be better.
    fn node(&mut self, filled: &Filled, cuts: Cuts) -> Option<Node> {
        if filled.value.is_finite() {
            self.offer(&filled.budgets, filled.value);
        } else {
            let repaired = repaired(self.prepared, &filled.budgets);
            self.offer(&repaired, self.prepared.value(&repaired));
        }
        if self.near(filled.bound) {
            self.closed = self.closed.max(filled.bound);
            return None;
        }
        let (item, _) = filled.widest?;
        let range = cuts.get(&item).copied().unwrap_or((0.0, f64::INFINITY));
        let split = self.split(item, range, *filled.budgets.get(item)?);
        let Some(ranges) = split else {
            self.closed = self.closed.max(filled.bound);
            return None;
        };
        Some(Node { bound: filled.bound, order: self.nodes, price: filled.price, cuts, split: (item, ranges) })
    }

    /// Two ranges that divide a campaign's at the place where its envelope is a line above its curve.
    fn split(&self, index: usize, (least, most): (f64, f64), place: f64) -> Option<[(f64, f64); 2]> {
        let item = self.prepared.items.get(index)?;
        if item.off && place < item.low {
            return Some([(least, 0.0), (item.low.max(least), most)]);
        }
        let (from, to) = (item.low.max(least), item.high.min(most));
        let at = place.clamp(from + (to - from) * 0.01, to - (to - from) * 0.01);
        (at > from && at < to).then_some([(least, at), (at, most)])
    }

    /// The relaxation with one campaign's range narrowed. Campaigns of the same shape are kept in their
    /// order, the larger budget first, so that exchanging them does not have to be tried.
    fn child(&mut self, cuts: &Cuts, index: usize, range: (f64, f64), is_left: bool, hint: f64) -> Option<(Filled, Cuts)> {
        let mut cuts = cuts.clone();
        cuts.insert(index, range);
        let mut at = index;
        while let Some(twin) = self.twins.get(at).and_then(|(next, before)| if is_left { *next } else { *before }) {
            let (least, most) = cuts.get(&twin).copied().unwrap_or((0.0, f64::INFINITY));
            let narrowed = if is_left { (least, most.min(range.1)) } else { (least.max(range.0), most) };
            if narrowed.0 > narrowed.1 {
                return None;
            }
            cuts.insert(twin, narrowed);
            at = twin;
        }
        self.nodes += 1;
        let narrowed: Vec<(usize, Envelope)> = cuts
            .iter()
            .filter_map(|(index, (least, most))| Some((*index, self.prepared.items.get(*index)?.envelope(*least, *most))))
            .collect();
        let swapped = self.swap(narrowed);
        let filled = self.prepared.fill(&self.envelopes, hint);
        self.swap(swapped);
        Some((filled?, cuts))
    }

    fn swap(&mut self, mut envelopes: Vec<(usize, Envelope)>) -> Vec<(usize, Envelope)> {
        for (index, envelope) in &mut envelopes {
            if let Some(own) = self.envelopes.get_mut(*index) {
                std::mem::swap(own, envelope);
            }
        }
        envelopes
    }
}

/// The best division nearby: every campaign stays on the concave stretch of its curve, or at its place where it has none.
pub(super) fn polish(prepared: &Prepared, budgets: &[f64], hint: f64) -> Filled {
    let around = prepared.items.iter().zip(budgets).map(|(item, budget)| {
        let (from, to) = item.concave_around(*budget);
        // A campaign that is off stays so.
        if *budget <= 0.0 && item.off { item.envelope(0.0, 0.0) } else { item.envelope(from, to) }
    });
    let envelopes: Vec<Envelope> = around.collect();
    let same = || Filled {
        price: hint,
        group_prices: vec![hint; prepared.groups.len()],
        budgets: budgets.to_vec(),
        value: prepared.value(budgets),
        bound: f64::INFINITY,
        widest: None,
    };
    prepared.fill(&envelopes, hint).unwrap_or_else(same)
}

/// The budgets, those that lie between nothing and their least taken back to nothing.
fn repaired(prepared: &Prepared, budgets: &[f64]) -> Vec<f64> {
    let allowed = prepared.items.iter().zip(budgets).map(|(item, budget)| match budget {
        between if item.off && *between < item.low => 0.0,
        budget => budget.min(item.high).max(item.low),
    });
    allowed.collect()
}

/// Chains of campaigns that differ in nothing but the scale of their curve, the largest scale first, ties in the order of
/// their ids. Of two such campaigns the former is never worse with the larger budget: exchanging them would not cost anything.
fn twins(prepared: &Prepared) -> Vec<(Option<usize>, Option<usize>)> {
    let mut shapes: Vec<(Item, f64, usize)> = prepared.items.iter().enumerate().map(shape).collect();
    let key =
        |(item, _, _): &(Item, f64, usize)| (item.high.to_bits(), item.low.to_bits(), item.curve.value(item.high).to_bits());
    shapes.sort_by(|a, b| key(a).cmp(&key(b)).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let mut twins = vec![(None, None); shapes.len()];
    for ((before, _, first), (after, _, second)) in shapes.iter().zip(shapes.iter().skip(1)) {
        if before == after {
            if let Some((next, _)) = twins.get_mut(*first) {
                *next = Some(*second);
            }
            if let Some((_, previous)) = twins.get_mut(*second) {
                *previous = Some(*first);
            }
        }
    }
    twins
}

fn shape((index, item): (usize, &Item)) -> (Item, f64, usize) {
    let (curve, scale) = item.curve.shape();
    (Item { curve, ..item.clone() }, scale, index)
}
