//! What all campaigns together may still cost.

use std::collections::BTreeMap;

use campaign_pilot_core::{
    BudgetControl, CampaignAction, CampaignId, CampaignRecord, Capabilities, DesiredStatus, EffectiveStatus, Intent, Money,
    MoneyError, PlatformStatus,
};
use campaign_pilot_decision_engine::{BudgetKeeping, BudgetStop, CostToCome, Prospect, upper_of_sum};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::policy::{Policy, days};
use crate::snapshot::{Known, Snapshot, may_run};

/// The money of all campaigns together.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Total {
    /// What may be spent already, with what those that run are counted with: what the limit on all campaigns is compared with.
    pub(crate) at_stake: Money,
    /// The same, with what was spent before the days that the limit is for.
    pub(crate) in_life: Money,
    /// What was spent.
    spent: Money,
    /// What would still come if everything were stopped now.
    to_come: CostToCome,
}

impl Total {
    /// Adds up what is known of every campaign whose tail is not over.
    ///
    /// A running campaign counts with its budget, or what it will have cost if that is more; with what it is expected to have
    /// cost at the end of its flight where `coming` says so and that is less. One that is over counts with what it cost and what is
    /// still to come; an open operation with what it reserved. The reserve for chance is that of the sum: campaigns are not all
    /// unlucky at once.
    pub(crate) fn of(
        known: &Known,
        snapshot: &Snapshot,
        policy: &Policy,
        capabilities: &Capabilities,
        coming: &Coming,
    ) -> Result<Self, MoneyError> {
        let tail = days(policy.cadence.tail_days);
        let currency = snapshot.platform_currency;
        let nothing = Money::zero(currency);
        let forecaster = known.spending.forecaster(&policy.forecast, capabilities, snapshot.now);
        let at_worst = |budget| policy.guardrails.at_worst(budget);
        let (mut spent, mut forecasts, mut flights) = (nothing, Vec::new(), Vec::new());
        let mut at_stake: BTreeMap<&CampaignId, Money> = BTreeMap::new();
        for record in known.campaigns.iter().filter(|record| counts(record)) {
            let campaign = &record.campaign;
            let cost = record.performance.as_ref().map_or(Money::zero(campaign.budget.currency), |performance| performance.cost);
            let nothing = CostToCome::nothing(cost.currency);
            let found = if in_tail(record, snapshot, tail) { forecaster.to_come(record) } else { Some(nothing) };
            let to_come = found.unwrap_or(nothing);
            let expected = cost.checked_add(to_come.expected)?;
            let may_run = may_run(campaign, snapshot.now) || is_pending(record);
            // Of a campaign that is over but may still cost something, nobody knows how much, the whole budget counts.
            let weight = if may_run || (found.is_none() && !is_stopped(record)) {
                let whole = at_worst(campaign.budget)?;
                match coming.of(&campaign.spec.id).filter(|_| may_run) {
                    None => whole.greater(expected)?,
                    Some(flight) => {
                        let by_budget = |rest: Money| expected.checked_add(rest)?.lesser(whole)?.greater(expected);
                        let counts = by_budget(flight.expected)?;
                        flights.push(CostToCome { expected: counts, upper: by_budget(flight.upper)? });
                        counts
                    }
                }
            } else {
                expected
            };
            at_stake.insert(&campaign.spec.id, weight);
            if !cost.is_zero() {
                spent = spent.checked_add(cost)?;
            }
            if !to_come.upper.is_zero() {
                forecasts.push(to_come);
            }
        }
        for open in &known.open {
            // Of a change whose outcome is open, the new budget may be in force already.
            let reserved = at_worst(may_cost(&open.intent)?)?;
            let held = at_stake.entry(open.intent.action.campaign()).or_insert(reserved);
            if !reserved.is_zero() {
                *held = held.greater(reserved)?;
            }
        }
        // What was spent before the days that the limit is for does not count any more.
        let before = policy.guardrails.budget_days.and_then(|count| known.cost_until(snapshot.now, count));
        let before = before.filter(|before| before.currency == currency).unwrap_or(nothing).lesser(spent)?;
        spent = spent.checked_sub(before)?;
        let to_come = upper_of_sum(currency, &forecasts)?;
        flights.append(&mut forecasts);
        let by_chance = upper_of_sum(currency, &flights)?;
        let reserve = by_chance.upper.checked_sub(by_chance.expected)?;
        let at_stake = Money::sum(currency, at_stake.into_values().filter(|money| !money.is_zero()))?;
        let in_life = at_stake.checked_add(reserve)?;
        Ok(Self { at_stake: in_life.checked_sub(before)?, in_life, spent, to_come })
    }

    /// What is left of the limit on all campaigns for what is still to be decided: without what was spent and what comes anyway.
    pub(crate) fn left_of(self, cap: Money) -> Option<Money> {
        let gone = self.spent.checked_add(self.to_come.expected).ok()?;
        cap.checked_sub(gone).ok()?.greater(Money::zero(cap.currency)).ok()
    }

    /// Whether the limit on all campaigns is reached by what was spent and what is still to come: then everything stops.
    pub(crate) fn stop(self, cap: Money) -> Option<BudgetStop> {
        let upper = self.spent.checked_add(self.to_come.upper).ok()?;
        let left = cap.checked_sub(upper).ok()?;
        (!left.is_positive()).then_some(BudgetStop { spent: self.spent, to_come: self.to_come, budget: cap })
    }
}

/// What campaigns that run are expected to cost until the end of their flights, where that is what they count with: budgets are soft,
/// and nobody but the pilot keeps them, so that it can stop everything in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Coming(BTreeMap<CampaignId, CostToCome>);

impl Coming {
    /// What is expected of each campaign that runs.
    pub(crate) fn of_all<'a>(
        known: &Known,
        now: Timestamp,
        policy: &Policy,
        capabilities: &Capabilities,
        prospect: impl Fn(&CampaignRecord) -> Option<&'a Prospect>,
    ) -> Self {
        if policy.decision.budgets != BudgetKeeping::Soft || capabilities.budget != BudgetControl::Ledger {
            return Self::default();
        }
        let of_one = |record: &CampaignRecord| {
            let hours = record.campaign.spec.flight.end().duration_since(now).as_hours().max(0);
            let expected = prospect(record)?.cost_per_day.checked_mul(Decimal::from(hours) / Decimal::from(24)).ok()?;
            let chance = expected.checked_mul(policy.forecast.deviations.checked_mul(policy.forecast.uncertainty)?).ok()?;
            let same = expected.currency == record.campaign.budget.currency;
            Some(CostToCome { expected, upper: expected.checked_add(chance).ok()? }).filter(|_| same)
        };
        Self(known.live(now).filter_map(|record| Some((record.campaign.spec.id.clone(), of_one(record)?))).collect())
    }

    /// What is expected of one.
    pub(crate) fn of(&self, campaign: &CampaignId) -> Option<CostToCome> {
        self.0.get(campaign).copied()
    }
}

impl Known {
    /// What all campaigns had cost by the end of the day so many days ago, as far as is remembered.
    fn cost_until(&self, now: Timestamp, count: u32) -> Option<Money> {
        let instant = now.checked_sub(days(count)).ok()?;
        let day = instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        self.daily.range(..=day).next_back().map(|(_, totals)| totals.cost)
    }
}

/// What an open operation may let its campaign cost: what it reserves, and of a change of a budget the new one.
fn may_cost(intent: &Intent) -> Result<Money, MoneyError> {
    match &intent.action {
        CampaignAction::SetBudget { budget, .. } => budget.greater(intent.reserved),
        CampaignAction::Create { .. } | CampaignAction::Pause { .. } | CampaignAction::Resume { .. } => Ok(intent.reserved),
    }
}

/// Whether a campaign was ever more than a wish: a refused one cost nothing.
fn counts(record: &CampaignRecord) -> bool {
    let campaign = &record.campaign;
    campaign.platform_id.is_some() || campaign.desired != DesiredStatus::Stopped
}

/// Whether it certainly costs nothing more.
fn is_stopped(record: &CampaignRecord) -> bool {
    record.campaign.effective == EffectiveStatus::Stopped && record.campaign.platform != PlatformStatus::Missing
}

/// Whether it may exist at the platform without our knowing it.
fn is_pending(record: &CampaignRecord) -> bool {
    record.campaign.platform_id.is_none() && record.campaign.desired == DesiredStatus::Active
}

fn in_tail(record: &CampaignRecord, snapshot: &Snapshot, tail: SignedDuration) -> bool {
    record.campaign.spec.flight.end().checked_add(tail).is_ok_and(|end| snapshot.now < end)
}
