//! What a campaign is expected to spend and to bring within a budget.

use campaign_pilot_core::Money;
use campaign_pilot_metrics::special::{gamma_p, gamma_q};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use super::RunningCampaign;
use crate::amount::number;
use crate::{DeliveryFactor, ResponseCurve};

/// How many points of a curve lie above the budget in force.
const STEPS: u32 = 4;

/// What a campaign is expected to cost and to bring from now until its end, if no budget stood in its way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SpendOutlook {
    /// What it costs.
    pub cost: Money,
    /// What one order costs, or one click where clicks are billed: cost comes in such pieces, by chance.
    pub unit_cost: Money,
    /// One standard deviation of the expectation itself, as a part of it.
    pub uncertainty: Decimal,
    /// What it contributes for a unit of that cost, after the cost; below zero where it loses.
    pub gain_per_cost: Decimal,
    /// The part of a budget that can still be spent where each day may cost only its share: the share of the days to come. `None` where
    /// all can be that is not spent yet.
    pub budget_share: Option<Decimal>,
}

impl SpendOutlook {
    /// `E min(X, limit)`.
    ///
    /// # Formula
    ///
    /// `X` is a gamma variable with mean `m` and variance `m u + (c m)^2`: orders come by chance and cost `u` each, and `m` itself is off
    /// by `c`. With shape `k` and scale `t`, `E min(X, y) = m P(k + 1, y / t) + y Q(k, y / t)`.
    pub(super) fn within(&self, limit: f64) -> f64 {
        let mean = number(self.cost.amount);
        if mean <= 0.0 || limit <= 0.0 {
            return 0.0;
        }
        let variance = mean * number(self.unit_cost.amount).max(0.0) + (number(self.uncertainty) * mean).powi(2);
        let (shape, scale) = (mean * mean / variance, variance / mean);
        let beyond_chance = || limit.min(mean);
        if !(shape.is_finite() && shape < 1e9) {
            return beyond_chance();
        }
        let below = gamma_p(shape + 1.0, limit / scale).zip(gamma_q(shape, limit / scale));
        below.map_or_else(beyond_chance, |(below, above)| mean.mul_add(below, limit * above))
    }

    /// What a budget leaves to be spent.
    fn left_of(&self, budget: f64, campaign: &RunningCampaign, delivery: DeliveryFactor) -> f64 {
        let at_worst = budget * number(delivery.get());
        match self.budget_share {
            Some(share) => at_worst * number(share),
            None => at_worst - number(campaign.spent.amount),
        }
    }
}

/// What a campaign contributes after its cost for what it takes up of the total: nothing for what is spent, what the budget in force lets
/// it bring for what it counts with, and beyond that what a larger budget lets it add; less what all of that would bring elsewhere.
pub(super) fn curve(
    campaign: &RunningCampaign,
    delivery: DeliveryFactor,
    spent: Money,
    most: Money,
    elsewhere: f64,
) -> ResponseCurve {
    let (spent, counts, most) = (number(spent.amount), number(campaign.counts.amount), number(most.amount));
    let mut points = vec![[0.0, 0.0]];
    let mut push = |point: [f64; 2]| {
        if points.last().is_none_or(|[last, _]| point[0] > last + 1e-6) {
            points.push(point);
        }
    };
    push([spent, 0.0]);
    if let Some(outlook) = &campaign.outlook {
        let budget = number(campaign.budget.amount);
        let gain = number(outlook.gain_per_cost).max(0.0);
        let brings = |budget: f64| gain * outlook.within(outlook.left_of(budget, campaign, delivery));
        let now = brings(budget);
        push([counts, now]);
        let at_counts = if counts > spent + 1e-6 { now } else { 0.0 };
        for step in 1..=STEPS {
            let takes_up = counts + (most - counts) * f64::from(step) / f64::from(STEPS);
            push([takes_up, at_counts + brings(budget + (takes_up - counts) / number(delivery.get())) - now]);
        }
    }
    points.iter_mut().for_each(|[takes_up, brings]| *brings -= elsewhere * *takes_up);
    ResponseCurve::Points { points }
}

/// What another budget is expected to add to the contribution after costs.
pub(super) fn gain(outlook: &SpendOutlook, campaign: &RunningCampaign, delivery: DeliveryFactor, to: Money) -> Money {
    let spends = |budget: Money| outlook.within(outlook.left_of(number(budget.amount), campaign, delivery));
    let more = spends(to) - spends(campaign.budget);
    let gain = Decimal::from_f64(number(outlook.gain_per_cost) * more).unwrap_or_default();
    Money::new(gain.round_dp(4), to.currency)
}
