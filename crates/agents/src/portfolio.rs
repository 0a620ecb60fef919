//! What all campaigns together may still cost.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use campaign_pilot_core::{
    BudgetControl, CampaignAction, CampaignId, CampaignRecord, Capabilities, CategoryName, DesiredStatus, EffectiveStatus,
    Intent, Money, MoneyError, PauseControl, PlatformStatus,
};
use campaign_pilot_decision_engine::{BudgetKeeping, BudgetStop, CostToCome, DecisionOverride, Prospect, upper_of_sum};
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
    /// What of that is a reserve for chance.
    pub(crate) reserve: Money,
    /// What may ever be spent: whole budgets, with what was spent before the days that the limit is for. Nothing stops campaigns for it.
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
    /// still to come; an open operation with what it reserved. The reserve for what is still to come after a stop is that of the sum:
    /// campaigns are not all unlucky at once. What is expected until their ends may be wrong for all of them.
    pub(crate) fn of(
        known: &Known,
        snapshot: &Snapshot,
        policy: &Policy,
        capabilities: &Capabilities,
        coming: &ExpectedCosts,
    ) -> Result<Self, MoneyError> {
        let tail = days(policy.cadence.tail_days);
        let currency = snapshot.platform_currency;
        let nothing = Money::zero(currency);
        let forecaster = known.spending.forecaster(&policy.forecast, capabilities, snapshot.now);
        let at_worst = |budget| policy.guardrails.at_worst(budget);
        let (mut spent, mut forecasts, mut reserve) = (nothing, Vec::new(), nothing);
        let unknown = ExpectedCosts::default();
        let (mut at_stake, mut whole_budgets): (BTreeMap<&CampaignId, Money>, BTreeMap<_, _>) = Default::default();
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
                let whole = at_worst(campaign.budget)?.greater(expected)?;
                whole_budgets.insert(&campaign.spec.id, whole);
                let coming = if may_run { coming } else { &unknown };
                let counts = coming.taken_up(&campaign.spec.id, expected, whole)?;
                reserve = reserve.checked_add(counts.upper.checked_sub(counts.expected)?)?;
                counts.expected
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
            // What may be spent in added days comes on top of what is expected until the end before, within the budget.
            if let (CampaignAction::SetEnd { campaign, .. }, false) = (&open.intent.action, reserved.is_zero())
                && let (Some(held), Some(whole)) = (at_stake.get_mut(campaign), whole_budgets.get(campaign))
            {
                *held = held.checked_add(reserved)?.lesser(held.greater(*whole)?)?;
            }
            for held in [&mut at_stake, &mut whole_budgets] {
                let held = held.entry(open.intent.action.campaign()).or_insert(reserved);
                if !reserved.is_zero() {
                    *held = held.greater(reserved)?;
                }
            }
        }
        // What was spent before the days that the limit is for does not count any more.
        let before = policy.guardrails.budget_days.and_then(|count| known.cost_until(snapshot.now, count));
        let before = before.filter(|before| before.currency == currency).unwrap_or(nothing).lesser(spent)?;
        spent = spent.checked_sub(before)?;
        let to_come = upper_of_sum(currency, &forecasts)?;
        let after_stops = to_come.upper.checked_sub(to_come.expected)?;
        let reserve = reserve.checked_add(after_stops)?;
        let sum =
            |weights: BTreeMap<&CampaignId, Money>| Money::sum(currency, weights.into_values().filter(|money| !money.is_zero()));
        for (id, weight) in &at_stake {
            let whole = whole_budgets.entry(id).or_insert(*weight);
            *whole = whole.greater(*weight)?;
        }
        let in_life = sum(whole_budgets)?.checked_add(after_stops)?;
        let at_stake = sum(at_stake)?.checked_add(reserve)?.checked_sub(before)?;
        Ok(Self { at_stake, reserve, in_life, spent, to_come })
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
/// nobody but the pilot keeps them, it can stop campaigns, and forecasts what comes after a stop, so that the total is kept by a stop in
/// time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExpectedCosts(BTreeMap<CampaignId, CostToCome>);

impl ExpectedCosts {
    /// What is expected of each campaign that runs.
    pub(crate) fn of_all<'a>(
        known: &Known,
        now: Timestamp,
        policy: &Policy,
        capabilities: &Capabilities,
        prospect: impl Fn(&CampaignRecord) -> Option<&'a Prospect>,
    ) -> Self {
        if !Self::count_for(policy, capabilities) {
            return Self::default();
        }
        let is_hard = |record: &CampaignRecord| {
            let own = policy.decision.of(Some(&record.campaign.spec.product), &record.campaign.product.categories);
            own.budgets == BudgetKeeping::Hard
        };
        let of_one = |record: &CampaignRecord| {
            if is_hard(record) {
                return None;
            }
            // Of what was never read nothing is known.
            known.spending.trails.get(&record.campaign.spec.id)?;
            let seconds = record.campaign.spec.flight.end().duration_since(now).as_secs().max(0);
            let expected = prospect(record)?.cost_per_day.checked_mul(Decimal::from(seconds) / Decimal::from(86_400)).ok()?;
            let chance = expected.checked_mul(policy.forecast.deviations.checked_mul(policy.forecast.uncertainty)?).ok()?;
            let same = expected.currency == record.campaign.budget.currency;
            Some(CostToCome { expected, upper: expected.checked_add(chance).ok()? }).filter(|_| same)
        };
        Self(known.live(now).filter_map(|record| Some((record.campaign.spec.id.clone(), of_one(record)?))).collect())
    }

    /// Whether expected costs count instead of budgets for any campaign: where stops keep the total.
    pub(crate) fn count_for(policy: &Policy, capabilities: &Capabilities) -> bool {
        let by_stops = policy.forecast.enabled && capabilities.pause != PauseControl::Unsupported;
        let overrides = policy.decision.products.values().chain(policy.decision.categories.values());
        let is_soft = |set: &DecisionOverride| set.budgets == Some(BudgetKeeping::Soft);
        let any_soft = policy.decision.budgets == BudgetKeeping::Soft || overrides.into_iter().any(is_soft);
        any_soft && capabilities.budget == BudgetControl::Ledger && by_stops
    }

    /// What a campaign that runs takes up of the total, as expected and at most: its budget at worst, or less where it is expected to
    /// have cost less at its end. `spent` is what it cost, with what comes anyway.
    pub(crate) fn taken_up(&self, campaign: &CampaignId, spent: Money, whole: Money) -> Result<CostToCome, MoneyError> {
        let Some(coming) = self.0.get(campaign) else { return Ok(CostToCome { expected: whole, upper: whole }) };
        let at_end = |more: Money| spent.checked_add(more)?.lesser(whole);
        Ok(CostToCome { expected: at_end(coming.expected)?, upper: at_end(coming.upper)? })
    }
}

impl Known {
    /// What the running campaigns of each category with a limit take up.
    pub(crate) fn taken_up_by_category(
        &self,
        now: Timestamp,
        policy: &Policy,
        capabilities: &Capabilities,
        coming: &ExpectedCosts,
    ) -> Result<BTreeMap<CategoryName, Money>, MoneyError> {
        let mut sums = BTreeMap::new();
        let forecaster = self.spending.forecaster(&policy.forecast, capabilities, now);
        for record in self.live(now) {
            let campaign = &record.campaign;
            let limit = policy.reallocation.limit_of(&campaign.product.categories, campaign.budget.currency);
            let Some((category, _)) = limit else { continue };
            let cost = record.performance.as_ref().map_or(Money::zero(campaign.budget.currency), |performance| performance.cost);
            let to_come = forecaster.to_come(record).unwrap_or(CostToCome::nothing(cost.currency));
            let whole = policy.guardrails.at_worst(campaign.budget)?;
            let counts = coming.taken_up(&campaign.spec.id, cost.checked_add(to_come.expected)?, whole)?.expected;
            let sum = sums.entry(category.clone()).or_insert(Money::zero(counts.currency));
            *sum = sum.checked_add(counts)?;
        }
        Ok(sums)
    }

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
        CampaignAction::Create { .. }
        | CampaignAction::Pause { .. }
        | CampaignAction::Resume { .. }
        | CampaignAction::SetEnd { .. }
        | CampaignAction::SetCopy { .. } => Ok(intent.reserved),
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
