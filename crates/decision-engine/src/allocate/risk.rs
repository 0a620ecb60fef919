//! Doubt about the responses: draws of the curves, and weights of the draws that make the worse ones count more.

use super::error::AllocationError;
use super::fill::{Filled, Prepared};
use super::problem::Risk;
use super::ready::{Ready, float, number};
use super::response::ResponseCurve;
use super::search::{Found, polish, search};

/// Stretches between the places at which each draw is read: closer together near zero, where curves bend.
const STRETCHES: u32 = 256;
/// Answers of the division to the weights, and of the weights to the division.
const ROUNDS: u32 = 200;
/// How many campaigns are tried as givers and takers when a division is refined, and how often a step size is halved.
const TRIED: usize = 6;
const HALVINGS: u32 = 22;

/// What a risk makes of the totals of the draws.
#[derive(Clone, Copy, Debug)]
enum Measure {
    Shortfall { target: f64, weight: f64 },
    Cvar { tail: f64, weight: f64 },
}

/// The draws of all campaigns, read at places, and the weights under which they were divided.
#[derive(Debug)]
pub(super) struct Doubt {
    measure: Measure,
    tables: Vec<Table>,
    weights: Vec<f64>,
}

/// The draws of one campaign.
#[derive(Debug)]
struct Table {
    places: Vec<f64>,
    /// The contributions of each draw at the places.
    draws: Vec<Vec<f64>>,
    cost: f64,
    switching: f64,
    held: f64,
}

impl Doubt {
    /// The draws that a risk needs; `None` where doubt does not count.
    pub(super) fn new(ready: &Ready<'_>, risk: Risk) -> Result<Option<Self>, AllocationError> {
        let within = |number: f64, from: f64, to: f64, what| {
            if (from..=to).contains(&number) { Ok(number) } else { Err(AllocationError::Risk { what }) }
        };
        let measure = match risk {
            Risk::Neutral => return Ok(None),
            Risk::Shortfall { target, weight } => {
                target.checked_sub(campaign_pilot_core::Money::zero(ready.currency))?;
                let target = within(number(target.amount), -1e15, 1e15, "the target has to be from -1e15 to 1e15")?;
                Measure::Shortfall { target, weight: within(number(weight), 0.0, 1e3, "the weight has to be from 0 to 1000")? }
            }
            Risk::Cvar { tail, weight } => Measure::Cvar {
                tail: within(number(tail), 1e-3, 1.0, "the tail has to be from 0.001 to 1")?,
                weight: within(number(weight), 0.0, 1.0, "the weight has to be from 0 to 1")?,
            },
        };
        let expected = ready.campaigns.iter().map(|campaign| campaign.draws.len()).max().unwrap_or(1).max(1);
        let has_draws = ready.campaigns.iter().any(|campaign| !campaign.draws.is_empty());
        let odd = ready.campaigns.iter().find(|campaign| !has_draws || ![0, expected].contains(&campaign.draws.len()));
        if let Some(campaign) = odd {
            return Err(AllocationError::Draws { campaign: campaign.campaign.clone(), found: campaign.draws.len(), expected });
        }
        let largest = ready.prepared(ready.total.saturating_add(ready.scale()));
        let tables = ready.campaigns.iter().zip(&largest.items).map(|(campaign, item)| {
            let places: Vec<f64> =
                (0..=STRETCHES).map(|place| item.high.max(1e-3) * (f64::from(place) / f64::from(STRETCHES)).powi(2)).collect();
            let read = |response: &ResponseCurve| places.iter().map(|place| response.value(*place)).collect();
            let draws = match campaign.draws.as_slice() {
                [] => vec![read(&campaign.response); expected],
                draws => draws.iter().map(read).collect(),
            };
            Table { places, draws, cost: item.cost, switching: item.switching, held: item.held }
        });
        let tables = tables.collect();
        Ok(Some(Self { measure, tables, weights: vec![1.0 / float(expected as u64); expected] }))
    }

    /// What budgets are worth by the measure.
    pub(super) fn value(&self, budgets: &[f64]) -> f64 {
        self.of_totals(&self.totals(budgets))
    }

    /// What a campaign contributes on average over the draws.
    pub(super) fn mean(&self, index: usize, budget: f64) -> f64 {
        let Some(table) = self.tables.get(index) else { return 0.0 };
        table.at(budget).sum::<f64>() / float(table.draws.len().max(1) as u64)
    }

    /// The problem at the weights that were found, for a total in smallest units.
    pub(super) fn prepared(&self, ready: &Ready<'_>, total: u64) -> Prepared {
        let mut prepared = ready.prepared(total);
        self.weigh(&mut prepared, &self.weights);
        prepared
    }

    /// Plays the division against the weights: each answers the average of the other's answers, which comes close to the best
    /// division against the worst weights (Brown 1951, Robinson 1951), exactly so in the limit for concave curves. Then the
    /// best one met is refined by moving money between two campaigns.
    pub(super) fn search(&mut self, ready: &Ready<'_>, gap: f64, effort: u32) -> Option<(Prepared, Found)> {
        let mut prepared = ready.prepared(ready.total);
        let (mut bound, mut relaxed, mut price) = (f64::INFINITY, f64::INFINITY, 0.0);
        let mut best: Option<(f64, Vec<f64>)> = None;
        let mut weights = self.weights.clone();
        let (mut kept, mut average) = (weights.clone(), Vec::new());
        for round in 0..ROUNDS {
            let scale = self.weigh(&mut prepared, &weights);
            let envelopes: Vec<_> = prepared.items.iter().map(|item| item.envelope(0.0, f64::INFINITY)).collect();
            let filled = prepared.fill(&envelopes, price)?;
            price = filled.price;
            let dual = scale * filled.bound + self.offset(scale);
            if dual < relaxed {
                (relaxed, bound) = (dual, dual);
                kept.clone_from(&weights);
            }
            let share = 2.0 / (f64::from(round) + 2.0);
            if average.is_empty() {
                average.clone_from(&filled.budgets);
            }
            for (mean, budget) in average.iter_mut().zip(&filled.budgets) {
                *mean += share * (budget - *mean);
            }
            for budgets in [&filled.budgets, &average] {
                self.offer(&prepared, budgets, &mut best);
            }
            let answer = self.answer(&self.totals(&average));
            for (weight, answer) in weights.iter_mut().zip(answer) {
                *weight += share * (answer - *weight);
            }
        }
        // The best weights once more, with branching.
        let scale = self.weigh(&mut prepared, &kept);
        let found = search(&prepared, gap, effort)?;
        bound = bound.min(scale * found.bound + self.offset(scale));
        self.offer(&prepared, &found.budgets, &mut best);
        let Filled { budgets, .. } = polish(&prepared, &found.budgets, found.price);
        self.offer(&prepared, &budgets, &mut best);
        // Without doubt, as another start.
        let even = vec![1.0 / float(kept.len().max(1) as u64); kept.len()];
        let mut neutral = prepared.clone();
        self.weigh(&mut neutral, &even);
        let (_, best) = best?;
        let starts = [Some(best), Some(found.budgets), search(&neutral, gap, effort).map(|found| found.budgets)];
        let mut refined: Option<(f64, Vec<f64>)> = None;
        for start in starts.into_iter().flatten() {
            let budgets = self.refined(&prepared, start);
            self.offer(&prepared, &budgets, &mut refined);
        }
        let (_, budgets) = refined?;
        self.weights = kept;
        let value = self.value(&budgets);
        let found = Found {
            budgets,
            bound: bound.max(value),
            relaxed,
            price: found.price,
            group_prices: found.group_prices,
            nodes: found.nodes + ROUNDS,
        };
        Some((prepared, found))
    }

    fn offer(&self, prepared: &Prepared, budgets: &[f64], best: &mut Option<(f64, Vec<f64>)>) {
        if !prepared.items.iter().zip(budgets).all(|(item, budget)| item.allows(*budget)) {
            return;
        }
        let value = self.value(budgets);
        if best.as_ref().is_none_or(|(most, _)| value > *most) {
            *best = Some((value, budgets.to_vec()));
        }
    }

    /// Puts the weighted sums of the draws in the place of the responses; returns the sum of the weights, by which they were
    /// divided so that a unit of spend costs what it costs.
    fn weigh(&self, prepared: &mut Prepared, weights: &[f64]) -> f64 {
        let scale: f64 = weights.iter().sum();
        for (item, table) in prepared.items.iter_mut().zip(&self.tables) {
            let mut points: Vec<[f64; 2]> = table.places.iter().map(|place| [*place, 0.0]).collect();
            for (draw, weight) in table.draws.iter().zip(weights) {
                let share = weight / scale;
                for ([_, sum], contribution) in points.iter_mut().zip(draw) {
                    *sum += share * contribution;
                }
            }
            item.curve = ResponseCurve::Points { points };
        }
        scale
    }

    /// The total of each draw.
    fn totals(&self, budgets: &[f64]) -> Vec<f64> {
        let mut totals = vec![0.0; self.weights.len()];
        for (table, budget) in self.tables.iter().zip(budgets) {
            let costs = table.costs(*budget);
            for (total, contribution) in totals.iter_mut().zip(table.at(*budget)) {
                *total += contribution - costs;
            }
        }
        totals
    }

    /// The weights under which totals are worth the least: their weighted sum plus the offset is the measure.
    fn answer(&self, totals: &[f64]) -> Vec<f64> {
        let even = 1.0 / float(totals.len().max(1) as u64);
        match self.measure {
            Measure::Shortfall { target, weight } => {
                totals.iter().map(|total| if *total < target { even * (1.0 + weight) } else { even }).collect()
            }
            Measure::Cvar { tail, weight } => {
                let mut order: Vec<(f64, usize)> = totals.iter().copied().zip(0..).collect();
                order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let (mut answer, mut left) = (vec![even * (1.0 - weight); totals.len()], 1.0f64);
                for (_, index) in order {
                    let part = (even / tail).min(left);
                    left -= part;
                    if let Some(own) = answer.get_mut(index) {
                        *own += weight * part;
                    }
                }
                answer
            }
        }
    }

    /// What the measure adds to the weighted sum of the totals.
    fn offset(&self, sum_of_weights: f64) -> f64 {
        match self.measure {
            Measure::Shortfall { target, .. } => -target * (sum_of_weights - 1.0),
            Measure::Cvar { .. } => 0.0,
        }
    }

    fn of_totals(&self, totals: &[f64]) -> f64 {
        let weights = self.answer(totals);
        let sum: f64 = weights.iter().zip(totals).map(|(weight, total)| weight * total).sum();
        sum + self.offset(weights.iter().sum())
    }

    /// Moves money between two campaigns, or to and from what is left, in ever smaller steps while that is worth more.
    fn refined(&self, prepared: &Prepared, mut budgets: Vec<f64>) -> Vec<f64> {
        let mut weighted = prepared.clone();
        let mut value = self.value(&budgets);
        let mut step = prepared.total / 8.0;
        for _ in 0..HALVINGS {
            for _ in 0..12 {
                self.weigh(&mut weighted, &self.answer(&self.totals(&budgets)));
                let moves = self.moves(&weighted, &budgets);
                let better = moves.into_iter().find_map(|(from, to)| {
                    // A step, or all that the giver has: an S-shaped response may be worth nothing with less.
                    let all = from.and_then(|from| budgets.get(from)).copied().filter(|all| *all > step);
                    [Some(step), all].into_iter().flatten().find_map(|step| {
                        let moved = moved(prepared, &budgets, from, to, step)?;
                        let worth = self.value(&moved);
                        (worth > value + 1e-13 * value.abs()).then_some((worth, moved))
                    })
                });
                let Some((worth, moved)) = better else { break };
                (value, budgets) = (worth, moved);
            }
            step /= 2.0;
        }
        budgets
    }

    /// Pairs of givers and takers, the most promising first; `None` is what is left of the total.
    fn moves(&self, weighted: &Prepared, budgets: &[f64]) -> Vec<(Option<usize>, Option<usize>)> {
        let by_slope = |slope: fn(&super::envelope::Item, f64) -> f64| {
            let mut slopes: Vec<(f64, Option<usize>)> =
                weighted.items.iter().zip(budgets).enumerate().map(|(at, (item, x))| (slope(item, *x), Some(at))).collect();
            slopes.push((0.0, None));
            slopes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            slopes
        };
        let (givers, takers) = (by_slope(|item, x| item.slope_before(x)), by_slope(|item, x| item.slope_after(x)));
        let givers = givers.into_iter().take(TRIED);
        let takers: Vec<Option<usize>> = takers.into_iter().rev().take(TRIED).map(|(_, taker)| taker).collect();
        givers
            .flat_map(|(_, giver)| takers.iter().map(move |taker| (giver, *taker)))
            .filter(|(giver, taker)| giver != taker)
            .collect()
    }
}

/// The budgets with a step moved, if that keeps every limit.
fn moved(prepared: &Prepared, budgets: &[f64], from: Option<usize>, to: Option<usize>, step: f64) -> Option<Vec<f64>> {
    let mut moved = budgets.to_vec();
    for (index, change) in [(from, -step), (to, step)] {
        let Some(index) = index else { continue };
        let budget = moved.get_mut(index)?;
        *budget += change;
        if !prepared.items.get(index)?.allows(*budget) {
            return None;
        }
    }
    if from.is_none() && moved.iter().sum::<f64>() > prepared.total {
        return None;
    }
    let group = prepared.items.get(to.unwrap_or(usize::MAX)).and_then(|item| item.group);
    let spent =
        |group| prepared.items.iter().zip(&moved).filter(|(item, _)| item.group == Some(group)).map(|(_, x)| x).sum::<f64>();
    let is_kept = group.is_none_or(|group| prepared.groups.get(group).is_some_and(|limit| spent(group) <= *limit));
    is_kept.then_some(moved)
}

impl Table {
    /// The contributions of each draw.
    fn at(&self, budget: f64) -> impl Iterator<Item = f64> {
        let after = self.places.partition_point(|place| *place <= budget).clamp(1, self.places.len().saturating_sub(1));
        let (from, to) = (self.places.get(after - 1).copied().unwrap_or(0.0), self.places.get(after).copied().unwrap_or(1.0));
        let part = ((budget - from) / (to - from)).clamp(0.0, 1.0);
        self.draws.iter().map(move |draw| match (draw.get(after - 1), draw.get(after)) {
            (Some(low), Some(high)) => low + (high - low) * part,
            _ => 0.0,
        })
    }

    fn costs(&self, budget: f64) -> f64 {
        self.cost * budget + self.switching * (budget - self.held).abs()
    }
}
