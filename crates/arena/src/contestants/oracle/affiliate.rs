//! Ads that partners take: which to list, when to replace them, what to end.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, ProductId};
use campaign_pilot_sandbox::{Expected, Insight};

use super::{amount, budget, days_left, number};
use crate::contestant::Failure;
use crate::turn::{Campaign, Turn};

/// How long an ad may be on offer before it is replaced: the lengths that are weighed, in days.
const LENGTHS: [f64; 9] = [3.0, 4.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0, 45.0];
/// A budget is this many times what an ad is expected to cost, so that chance does not end it.
const HEADROOM: f64 = 1.4;
/// The part of the spending that is foreseen which takes place: ads end early, shelves run empty, launches a day are limited.
const TAKES_PLACE: f64 = 0.5;
/// Days after which a plan is made anew.
const PLAN_DAYS: i64 = 7;

/// For how long each product's ads are to be listed.
#[derive(Debug)]
pub(super) struct Plan {
    made_on: i64,
    lengths: BTreeMap<u64, f64>,
}

/// What could be done with a product now.
#[derive(Debug)]
struct Choice {
    product: ProductId,
    /// The campaign to be ended first, if one runs.
    ends: Option<CampaignId>,
    days: f64,
    /// What is expected of launching it more than of doing nothing.
    gain: f64,
    cost: f64,
}

pub(super) async fn take_turn(plan: &mut Option<Plan>, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let left = days_left(turn);
    let day = turn.now().as_second().div_euclid(86_400);
    if plan.as_ref().is_none_or(|plan| plan.made_on + PLAN_DAYS <= day) {
        *plan = Some(Plan { made_on: day, lengths: lengths(turn, left) });
    }
    let Some(plan) = plan else { return Ok(()) };
    let price = price_of_money(turn, plan, left);
    for campaign in losing(turn, price, left) {
        let _ = turn.pause(&campaign).await?;
    }
    for option in options(turn, plan, price, left) {
        let funds = budget(turn, HEADROOM * option.cost);
        if funds.amount > turn.room().amount && option.ends.is_none() {
            continue;
        }
        if let Some(campaign) = &option.ends {
            let _ = turn.pause(campaign).await?;
        }
        let funds = if funds.amount > turn.room().amount { turn.room() } else { funds };
        if funds.is_positive() {
            let _ = turn.launch(&option.product, funds, whole_days(option.days)).await?;
        }
    }
    Ok(())
}

/// The length at which each product's ads bring most a day.
fn lengths(turn: &Turn<'_>, left: f64) -> BTreeMap<u64, f64> {
    turn.market().insight(|insight| {
        let best = |product: u64| {
            let rate = |days: f64| insight.launch(product, days, left).contribution / days;
            let lengths = LENGTHS.iter().copied().filter(|days| *days <= left.max(LENGTHS[0]));
            lengths.max_by(|a, b| rate(*a).total_cmp(&rate(*b))).unwrap_or(left)
        };
        insight.products().map(|of| (of.product, best(of.product))).collect()
    })
}

/// What a unit of money has to bring beside itself so that what is worth that much fits what is left of the total.
///
/// An ad of a product costs `c` and brings `v`, again and again until the flight is over; it is listed where `v > price x c`.
fn price_of_money(turn: &Turn<'_>, plan: &Plan, left: f64) -> f64 {
    let mut offers: Vec<(f64, f64)> = turn.market().insight(|insight| {
        let offer = |product: u64, days: f64| {
            let one = insight.launch(product, days.min(left), left);
            let times = (left / days).max(1.0);
            (one.cost * times, one.contribution * times)
        };
        plan.lengths
            .iter()
            .map(|(product, days)| offer(*product, *days))
            .filter(|(cost, gain)| *cost > 0.0 && *gain > 0.0)
            .collect()
    });
    offers.sort_by(|a, b| (b.1 / b.0).total_cmp(&(a.1 / a.0)));
    let mut room = spendable(turn);
    for (cost, gain) in offers {
        room -= TAKES_PLACE * cost;
        if room < 0.0 {
            return gain / cost;
        }
    }
    0.0
}

/// What is left of the total beside what running ads have cost already.
fn spendable(turn: &Turn<'_>) -> f64 {
    let spent: f64 = turn.campaigns().map(|campaign| amount(campaign.performance.cost)).sum();
    amount(turn.caps().total) - spent
}

/// Running campaigns that are worth more ended.
fn losing(turn: &Turn<'_>, price: f64, left: f64) -> Vec<CampaignId> {
    let running: Vec<&Campaign> = turn.campaigns().filter(|campaign| campaign.runs(turn.now())).collect();
    turn.market().insight(|insight| {
        let loses = |campaign: &&&Campaign| {
            let Some((on, ended)) = prospects(insight, campaign, left, turn) else { return false };
            worth(on, price) < worth(ended, price)
        };
        running.iter().filter(loses).map(|campaign| campaign.id.clone()).collect()
    })
}

/// What a running campaign is expected to do until its end, and if it were ended now.
fn prospects(insight: &Insight<'_>, campaign: &Campaign, left: f64, turn: &Turn<'_>) -> Option<(Expected, Expected)> {
    let ad = campaign.object.as_str().parse().ok()?;
    let days = campaign.flight.end().duration_since(turn.now()).as_secs_f64() / 86_400.0;
    Some((insight.run_on(ad, days, left), insight.stop_now(ad, left)))
}

fn worth(expected: Expected, price: f64) -> f64 {
    price.mul_add(-expected.cost, expected.contribution)
}

/// Launches that are worth their money, the best per unit of money first; those that replace an ad where that brings more.
fn options(turn: &Turn<'_>, plan: &Plan, price: f64, left: f64) -> Vec<Choice> {
    let now = turn.now();
    let mut options: Vec<Choice> = turn.market().insight(|insight| {
        let option = |product: &campaign_pilot_core::Product| {
            let id = number(&product.id)?;
            let days = plan.lengths.get(&id)?.min(left);
            let running = turn.running(&product.id);
            let launched = insight.launch(id, days, left);
            let (gain, ends) = match running {
                None => (worth(launched, price), None),
                Some(campaign) => {
                    let (on, ended) = prospects(insight, campaign, left, turn)?;
                    // The same days are compared: what a new ad does while this one would still run.
                    let rest = campaign.flight.end().duration_since(now).as_secs_f64() / 86_400.0;
                    let share = (rest / days).min(1.0);
                    (worth(launched, price) * share + worth(ended, price) - worth(on, price), Some(campaign.id.clone()))
                }
            };
            let available = product.stock.is_available();
            (available && gain > 0.0).then(|| Choice { product: product.id.clone(), ends, days, gain, cost: launched.cost })
        };
        turn.products().filter_map(option).collect()
    });
    options.sort_by(|a, b| (b.gain / b.cost.max(0.01)).total_cmp(&(a.gain / a.cost.max(0.01))));
    options.truncate(usize::try_from(turn.caps().launches_per_day).unwrap_or(usize::MAX));
    options
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a flight's days")]
fn whole_days(days: f64) -> u32 {
    days.ceil().max(1.0) as u32
}
