//! Water-filling: the best division under one total and limited groups when every curve is replaced by its envelope.

use super::envelope::{Envelope, Item};

/// Campaigns made ready, with what limits them together.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) items: Vec<Item>,
    pub(super) total: f64,
    /// The most that each limited group may get.
    pub(super) groups: Vec<f64>,
}

/// A budget divided at one price.
#[derive(Clone, Debug, Default)]
struct Level {
    price: f64,
    budgets: Vec<f64>,
}

/// The best division of the envelopes, and what it proves.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    /// The common price of money: what the last unit adds.
    pub(super) price: f64,
    /// The price in each limited group, at least the common one.
    pub(super) group_prices: Vec<f64>,
    pub(super) budgets: Vec<f64>,
    /// What these budgets are worth by the curves themselves; minus infinity where one of them is not allowed.
    pub(super) value: f64,
    /// No division is worth more: the Lagrangian dual at these prices.
    pub(super) bound: f64,
    /// The campaign whose envelope promises most beyond its curve, and by how much.
    pub(super) widest: Option<(usize, f64)>,
}

impl Prepared {
    /// Divides the total between the envelopes; `None` when they need more than there is.
    ///
    /// # Formula
    ///
    /// `D(p) = sum_i max_x (net_i(x) - p_i x) + p total + sum_g (p_g - p) limit_g` with `p_i = max(p, p_g)` is never below
    /// the optimum, for any `p >= 0`. Groups do not overlap, so each has its own price `p_g`: that at which its limit is
    /// spent, whatever the others do.
    pub(super) fn fill(&self, envelopes: &[Envelope], hint: f64) -> Option<Filled> {
        let mut levels: Vec<Level> = Vec::with_capacity(self.groups.len());
        for (group, limit) in self.groups.iter().enumerate() {
            let members: Vec<(&Item, &Envelope)> =
                self.items.iter().zip(envelopes).filter(|(item, _)| item.group == Some(group)).collect();
            levels.push(level(&members, *limit, hint)?);
        }
        let members: Vec<(&Item, &Envelope)> = self.items.iter().zip(envelopes).collect();
        // Where each campaign stands while its group's limit binds.
        let bound_by_group = self.bound_by_group(&levels);
        let mut jumps: Vec<f64> = levels.iter().map(|level| level.price).filter(|price| *price > 0.0).collect();
        jumps.extend(entries(&members));
        jumps.sort_by(f64::total_cmp);
        let at = |price: f64, budgets: &mut Vec<f64>| {
            budgets.clear();
            budgets.extend(members.iter().zip(&bound_by_group).map(|((item, envelope), bound)| match bound {
                Some((group_price, budget)) if price < *group_price => *budget,
                _ => item.best(envelope, price),
            }));
        };
        let least: f64 = members.iter().map(|(_, envelope)| envelope.least()).sum::<Option<f64>>()?;
        let Level { price, budgets } = water(self.total, least, &jumps, hint, at)?;
        Some(self.proven(price, &levels, budgets, envelopes))
    }

    fn bound_by_group(&self, levels: &[Level]) -> Vec<Option<(f64, f64)>> {
        let mut next: Vec<_> = levels.iter().map(|level| (level.price, level.budgets.iter())).collect();
        let of = |item: &Item| {
            let (price, budgets) = next.get_mut(item.group?)?;
            Some((*price, *budgets.next()?))
        };
        self.items.iter().map(of).collect()
    }

    /// The value, the bound and where they part.
    fn proven(&self, price: f64, levels: &[Level], budgets: Vec<f64>, envelopes: &[Envelope]) -> Filled {
        let group_prices: Vec<f64> = levels.iter().map(|level| level.price.max(price)).collect();
        let limits: f64 = group_prices.iter().zip(&self.groups).map(|(own, limit)| (own - price) * limit).sum();
        let (mut value, mut bound) = (0.0, price * self.total + limits);
        let mut largest = bound;
        let mut widest: Option<(usize, f64)> = None;
        for (index, ((item, envelope), budget)) in self.items.iter().zip(envelopes).zip(&budgets).enumerate() {
            let own = item.group.and_then(|group| group_prices.get(group)).copied().unwrap_or(price);
            let best = item.best(envelope, own);
            let promised = item.net(best) - own * best;
            // Between nothing and its least a campaign's envelope stands for no budget at all.
            let net = if item.allows(*budget) { item.net(*budget) } else { f64::NEG_INFINITY };
            value += net;
            bound += promised;
            largest += promised.abs();
            let missing = promised - (net - own * budget);
            if widest.is_none_or(|(_, most)| missing > most) {
                widest = Some((index, missing));
            }
        }
        // What rounding can have taken off the sum, so that the bound stays one.
        let bound = (bound + 4.0 * f64::EPSILON * largest).max(value);
        Filled { price, group_prices, budgets, value, bound, widest }
    }

    /// What the budgets are worth.
    pub(super) fn value(&self, budgets: &[f64]) -> f64 {
        self.items.iter().zip(budgets).map(|(item, budget)| item.net(*budget)).sum()
    }
}

/// The prices at which campaigns jump along a line of their envelopes.
fn entries<'a>(members: &'a [(&Item, &Envelope)]) -> impl Iterator<Item = f64> + 'a {
    members.iter().flat_map(|(_, envelope)| envelope.0.iter().map(|atom| atom.enter).filter(|price| price.is_finite()))
}

/// Divides a limit between some campaigns.
fn level(members: &[(&Item, &Envelope)], limit: f64, hint: f64) -> Option<Level> {
    let mut jumps: Vec<f64> = entries(members).collect();
    jumps.sort_by(f64::total_cmp);
    let least = members.iter().map(|(_, envelope)| envelope.least()).sum::<Option<f64>>()?;
    water(limit, least, &jumps, hint, |price, budgets| {
        budgets.clear();
        budgets.extend(members.iter().map(|(item, envelope)| item.best(envelope, price)));
    })
}

/// The price at which the budgets add up to the limit, and the budgets: a search among the prices at which campaigns jump,
/// then by the line through both ends. What falls into a jump is given to the campaigns that jump, in their order.
fn water(limit: f64, least: f64, jumps: &[f64], hint: f64, at: impl Fn(f64, &mut Vec<f64>)) -> Option<Level> {
    let slack = 1e-12 * limit.abs().max(1e-9);
    if least > limit + slack {
        return None;
    }
    let (mut below, mut above, mut budgets) = (Vec::new(), Vec::new(), Vec::new());
    at(0.0, &mut above);
    let mut spent_above: f64 = above.iter().sum();
    if spent_above <= limit + slack {
        return Some(Level { price: 0.0, budgets: above });
    }
    // INVARIANT: at `low` more than the limit is spent (`above`), at `high` no more than that (`below`).
    let (mut low, mut high) = (0.0f64, if hint > 0.0 { hint } else { 1.0 });
    let mut spent_below;
    let mut stride = 1.5f64;
    loop {
        at(high, &mut below);
        spent_below = below.iter().sum::<f64>();
        if spent_below <= limit + slack || high > 1e250 {
            break;
        }
        std::mem::swap(&mut above, &mut below);
        (low, spent_above) = (high, spent_below);
        high *= stride;
        stride *= stride;
    }
    let mut narrow = |price: f64, low: &mut f64, high: &mut f64, above: &mut Vec<f64>, below: &mut Vec<f64>| {
        at(price, &mut budgets);
        let spent: f64 = budgets.iter().sum();
        if spent > limit + slack {
            std::mem::swap(above, &mut budgets);
            *low = price;
        } else {
            std::mem::swap(below, &mut budgets);
            *high = price;
        }
        spent
    };
    if low <= 0.0 && hint > 0.0 {
        let guess = high / 1.5;
        let spent = narrow(guess, &mut low, &mut high, &mut above, &mut below);
        if spent > limit + slack { spent_above = spent } else { spent_below = spent }
    }
    loop {
        let from = jumps.partition_point(|price| *price <= low);
        let to = jumps.partition_point(|price| *price < high);
        let Some(price) = jumps.get(from + to.saturating_sub(from) / 2).copied().filter(|_| from < to) else { break };
        let spent = narrow(price, &mut low, &mut high, &mut above, &mut below);
        if spent > limit + slack { spent_above = spent } else { spent_below = spent }
    }
    // Whether the limit is reached inside the jump at `high`.
    if high.is_finite() && high > 0.0 && high * (1.0 - 1e-13) > low {
        let spent = narrow(high * (1.0 - 1e-13), &mut low, &mut high, &mut above, &mut below);
        if spent > limit + slack { spent_above = spent } else { spent_below = spent }
    }
    let (mut weight_above, mut weight_below) = (1.0f64, 1.0f64);
    let mut last_above = None;
    for round in 0..200 {
        if limit - spent_below <= slack || high - low <= 1e-15 * high {
            break;
        }
        let (over, under) = (weight_above * (spent_above - limit), weight_below * (limit - spent_below));
        let by_line = high - (high - low) * under / (over + under);
        let middle = low + (high - low) / 2.0;
        let inside = by_line > low && by_line < high;
        let price = if inside && round % 8 != 7 { by_line } else { middle };
        let spent = narrow(price, &mut low, &mut high, &mut above, &mut below);
        let is_above = spent > limit + slack;
        // The Illinois rule: the end that stays twice counts half.
        (weight_above, weight_below) = match (is_above, last_above) {
            (true, Some(true)) => (1.0, weight_below / 2.0),
            (false, Some(false)) => (weight_above / 2.0, 1.0),
            _ => (1.0, 1.0),
        };
        last_above = Some(is_above);
        if is_above { spent_above = spent } else { spent_below = spent }
    }
    let mut left = limit - spent_below;
    for (budget, more) in below.iter_mut().zip(&above) {
        if left <= 0.0 {
            break;
        }
        let given = (more - *budget).clamp(0.0, left);
        // Never beyond where it jumps to, which may be its limit, by a last digit.
        *budget = (*budget + given).min(more.max(*budget));
        left -= given;
    }
    Some(Level { price: high, budgets: below })
}
