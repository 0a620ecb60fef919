//! Ads that partners take: which to list, when to replace them, what to end.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, Product, ProductId};
use campaign_pilot_sandbox::{Expected, Outlook};

use super::{amount, budget, days_left, number};
use crate::contestant::Failure;
use crate::turn::Turn;

/// For how many days an ad may be on offer before the next one takes its place: what is weighed.
const CYCLES: [usize; 10] = [4, 6, 8, 11, 14, 18, 23, 30, 45, 90];
/// After how many days the next ad may be launched: what is weighed.
const FIRSTS: [usize; 9] = [0, 1, 2, 4, 7, 10, 14, 21, 30];
/// How long the last of the ads may be on offer: what is weighed beside the end of the flight.
const STOPS: [usize; 7] = [1, 2, 4, 7, 11, 16, 25];
/// The cycle that is looked at first.
const USUAL: usize = 14;
/// A budget is this many times what an ad is expected to cost, so that chance does not end it.
const HEADROOM: f64 = 1.5;
/// The part of the total that is planned for, so that chance does not spend more than it.
const PLANNED: f64 = 0.98;
/// A budget of which this part is spent is raised.
const SPENT: f64 = 0.6;

/// Products that are planned for in a day at most, so that a large shop takes bearable time.
const LOOKS: usize = 400;
/// Days after which the promises of a large shop's products are looked at anew.
const PROMISE_DAYS: i64 = 10;

/// What was planned on the last day.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Of a large shop only: when each product was planned for, and what a unit of money that a launch costs promised to bring, of all
    /// products on one day.
    looked: BTreeMap<u64, i64>,
    promises: BTreeMap<u64, f64>,
    promised_on: i64,
    cycles: BTreeMap<u64, usize>,
    /// What a unit of money has to bring beside itself so that what is worth that much fits what is left of the total.
    price: f64,
}

/// What to do with a product's ads until the flight is over.
#[derive(Clone, Copy, Debug)]
struct Idea {
    /// For how many days the ad that runs goes on.
    runs_on: usize,
    /// In how many days the next one is launched, and one after it again and again after so many days.
    first: Option<usize>,
    cycle: usize,
    /// On which day the last ad ends.
    ends: usize,
    expected: Expected,
    worth: f64,
}

/// What is best for a product.
#[derive(Debug)]
struct Choice {
    product: ProductId,
    runs: Option<CampaignId>,
    best: Idea,
    /// What it gains over having no ad any more.
    gain: f64,
    /// What that costs more.
    cost: f64,
    /// What old posts still cost then.
    stays: f64,
}

pub(super) async fn take_turn(plan: &mut Plan, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let left = days_left(turn);
    raise_budgets(turn).await?;
    let products = due(turn, plan, left);
    let mut choices = choices(turn, plan, &products, left);
    let price = price_of_money(turn, &choices);
    if price > 1.1 * plan.price || price < 0.9 * plan.price {
        plan.price = price;
        choices = self::choices(turn, plan, &products, left);
    }
    choices.sort_by(|a, b| (b.gain / b.cost.max(0.01)).total_cmp(&(a.gain / a.cost.max(0.01))));
    let mut launches = turn.caps().launches_per_day;
    for choice in choices {
        let launches_now = choice.best.first == Some(0) && launches > 0;
        if let Some(campaign) = choice.runs.as_ref().filter(|_| choice.best.runs_on == 0) {
            if choice.best.first == Some(0) && !launches_now {
                continue;
            }
            let _ = turn.pause(campaign).await?;
        }
        if launches_now {
            let part = (choice.best.cycle as f64 / (choice.best.ends as f64).max(1.0)).min(1.0);
            let funds = budget(turn, HEADROOM * part * choice.best.expected.cost);
            let funds = if funds.amount > turn.room().amount { turn.room() } else { funds };
            if funds.is_positive() && turn.launch(&choice.product, funds, turn.days_left() + 1).await?.is_ok() {
                launches -= 1;
            }
        }
    }
    Ok(())
}

/// Raises budgets that will soon be spent, so that ads end only where that is better.
async fn raise_budgets(turn: &mut Turn<'_>) -> Result<(), Failure> {
    let now = turn.now();
    let spent = turn
        .campaigns()
        .filter(|campaign| campaign.runs(now) && amount(campaign.performance.cost) > SPENT * amount(campaign.budget));
    let wanted: Vec<_> =
        spent.map(|campaign| (campaign.id.clone(), campaign.budget, 2.0 * amount(campaign.performance.cost))).collect();
    for (campaign, before, wanted) in wanted {
        let mut funds = budget(turn, wanted);
        funds.amount = funds.amount.min(before.amount + turn.room().amount);
        if funds.amount > before.amount {
            let _ = turn.set_budget(&campaign, funds).await?;
        }
    }
    Ok(())
}

/// The products that are planned for today. Of a large shop these are the advertised ones that were planned for the longest time ago, and
/// the others that promise most; their promises are what one plan brings.
fn due(turn: &Turn<'_>, plan: &mut Plan, left: f64) -> BTreeSet<ProductId> {
    if turn.products().count() <= LOOKS {
        return turn.products().map(|product| product.id.clone()).collect();
    }
    let today = turn.now().as_second().div_euclid(86_400);
    if plan.promises.is_empty() || plan.promised_on + PROMISE_DAYS <= today {
        plan.promised_on = today;
        plan.promises = turn.market().insight(|insight| {
            let promise = |product: &Product| {
                let id = number(&product.id)?;
                let outlook = insight.outlook(id, left.min(USUAL as f64))?;
                let expected = outlook.expect(0, &[0], USUAL);
                Some((id, expected.contribution / expected.cost.max(0.01)))
            };
            turn.products().filter_map(promise).collect()
        });
    }
    let (mut advertised, mut others) = (Vec::new(), Vec::new());
    for product in turn.products() {
        let Some(id) = number(&product.id) else { continue };
        let promise = plan.promises.get(&id).copied().unwrap_or(0.0);
        if turn.running(&product.id).is_some() {
            advertised.push((plan.looked.get(&id).copied().unwrap_or(0), id, product));
        } else if product.stock.is_available() && promise > plan.price {
            others.push((promise, id, product));
        }
    }
    advertised.sort_by_key(|(looked, id, _)| (*looked, *id));
    others.sort_by(|a, b| b.0.total_cmp(&a.0));
    let others = others.into_iter().take(LOOKS / 2).map(|(_, id, product)| (id, product));
    let due: Vec<_> = advertised.into_iter().take(LOOKS / 2).map(|(_, id, product)| (id, product)).chain(others).collect();
    plan.looked.extend(due.iter().map(|(id, _)| (*id, today)));
    due.into_iter().map(|(_, product)| product.id.clone()).collect()
}

/// What is best for each of these products.
fn choices(turn: &Turn<'_>, plan: &mut Plan, products: &BTreeSet<ProductId>, left: f64) -> Vec<Choice> {
    let (price, cycles) = (plan.price, &mut plan.cycles);
    turn.market().insight(|insight| {
        let choice = |product: &Product| {
            let id = number(&product.id)?;
            let outlook = insight.outlook(id, left)?;
            let runs = turn.running(&product.id).map(|campaign| campaign.id.clone());
            let before = cycles.get(&id).copied().unwrap_or(USUAL);
            let options = Options { outlook, left, runs: runs.is_some(), available: product.stock.is_available(), price };
            let (best, nothing) = options.best(before);
            if best.ends >= options.whole_days() {
                cycles.insert(id, best.cycle);
            }
            let cost = best.expected.cost - nothing.expected.cost;
            let stays = nothing.expected.cost;
            Some(Choice { product: product.id.clone(), runs, gain: best.worth - nothing.worth, cost, stays, best })
        };
        products.iter().filter_map(|id| turn.product(id)).filter_map(choice).collect()
    })
}

/// What can be done with a product.
struct Options<'a> {
    outlook: Outlook<'a>,
    left: f64,
    runs: bool,
    available: bool,
    price: f64,
}

impl Options<'_> {
    /// The best that can be done, and doing nothing any more.
    fn best(&self, cycle: usize) -> (Idea, Idea) {
        let end = self.whole_days();
        let nothing = self.idea(0, None, cycle, end);
        let mut best = nothing;
        if self.runs {
            best = self.better(best, STOPS.into_iter().chain([end]).map(|stops| (stops.min(end), None, cycle, end)));
        }
        for first in FIRSTS.into_iter().filter(|first| *first < end && (self.available || *first > 0)) {
            best = self.better(best, [(first, Some(first), cycle, end)]);
            if self.runs && first > 0 {
                best = self.better(best, [(0, Some(first), cycle, end)]);
            }
        }
        // Ads that are not worth to be on offer to the end may be for a while.
        let first = best.first.or(self.available.then_some(0)).filter(|_| !self.runs || best.first.is_some());
        if let Some(first) = first {
            let runs_on = best.runs_on;
            best = self.better(best, CYCLES.map(|cycle| (runs_on, Some(first), cycle, end)));
            best = self.better(best, STOPS.map(|days| (runs_on, Some(first), days + 1, (first + days).min(end))));
        }
        (best, nothing)
    }

    /// The best of what is weighed and one that was.
    fn better(&self, best: Idea, others: impl IntoIterator<Item = (usize, Option<usize>, usize, usize)>) -> Idea {
        let ideas = others.into_iter().map(|(runs_on, first, cycle, ends)| self.idea(runs_on, first, cycle, ends));
        ideas.fold(best, |best, idea| if idea.worth > best.worth { idea } else { best })
    }

    fn idea(&self, runs_on: usize, first: Option<usize>, cycle: usize, ends: usize) -> Idea {
        let launches: Vec<usize> = first.into_iter().flat_map(|first| (first..ends).step_by(cycle.max(1))).collect();
        let expected = self.outlook.expect(if self.runs { runs_on } else { 0 }, &launches, ends);
        Idea { runs_on, first, cycle, ends, expected, worth: self.price.mul_add(-expected.cost, expected.contribution) }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a flight's days")]
    fn whole_days(&self) -> usize {
        self.left.round().max(1.0) as usize
    }
}

/// What a unit of money has to bring beside itself so that what is worth that much fits what is left of the total.
fn price_of_money(turn: &Turn<'_>, choices: &[Choice]) -> f64 {
    let mut offers: Vec<(f64, f64)> =
        choices.iter().map(|choice| (choice.cost, choice.gain)).filter(|(cost, gain)| *cost > 0.0 && *gain > 0.0).collect();
    offers.sort_by(|a, b| (b.1 / b.0).total_cmp(&(a.1 / a.0)));
    let mut room = spendable(turn) - choices.iter().map(|choice| choice.stays).sum::<f64>();
    for (cost, gain) in offers {
        room -= cost;
        if room < 0.0 {
            return gain / cost;
        }
    }
    0.0
}

/// What is left of the total beside what running ads have cost already.
fn spendable(turn: &Turn<'_>) -> f64 {
    let spent: f64 = turn.campaigns().map(|campaign| amount(campaign.performance.cost)).sum();
    PLANNED.mul_add(amount(turn.caps().total), -spent)
}
