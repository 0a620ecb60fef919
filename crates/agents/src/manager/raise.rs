//! Larger budgets for campaigns that earn: the change that OPTIMIZE carries out.

use std::collections::BTreeMap;

use campaign_pilot_core::{Billing, BudgetControl, CampaignRecord, Money};
use campaign_pilot_decision_engine::{Basis, BudgetChange, CampaignInput, Change, Improvement, Prospect};
use rust_decimal::{Decimal, RoundingStrategy, dec};

use super::{Draft, Judged, ManagerAgent, move_one};
use crate::policy::{Enforcement, hours};
use crate::snapshot::{Known, Snapshot};

/// From which part on a day's share of a budget counts as used up: days differ, and the last clicks may be dearer than what is left.
const NEARLY: Decimal = dec!(0.95);

impl ManagerAgent {
    /// Whether each day may cost only its share of a campaign's budget.
    const fn shares_budgets_among_days(&self) -> bool {
        matches!((self.capabilities.billing, self.capabilities.budget), (Billing::Clicks, BudgetControl::Native))
    }

    /// Finds the changes that are worth most, as far as the limit on all campaigns has room for them.
    pub(super) fn improve(&self, inputs: &mut [CampaignInput], snapshot: &Snapshot, known: &Known, room: Option<Money>) {
        let Some(mut room) = room.filter(|_| self.capabilities.budget != BudgetControl::Unsupported) else { return };
        // Raises that the policy holds back take nothing from the others.
        let mut apart = room;
        let mut raises: Vec<(Decimal, usize, bool, Improvement)> = Vec::new();
        let records: BTreeMap<_, _> = known.live(snapshot.now).map(|record| (&record.campaign.spec.id, record)).collect();
        for (index, input) in inputs.iter().enumerate() {
            let Some(record) = records.get(&input.campaign) else { continue };
            let Some(raise) = self.raise(input, record, snapshot, known) else { continue };
            let worth = input.prospect.as_ref().map_or(Decimal::ZERO, Prospect::gain_per_cost);
            let held = self.policy.enforcement.of_campaign(record) != Enforcement::Enforce;
            raises.push((worth, index, held, raise));
        }
        raises.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index, held, improvement) in raises {
            let room = if held { &mut apart } else { &mut room };
            let Change::RaiseBudget { from, to } = improvement.change else { continue };
            let more = to.checked_sub(from).and_then(|more| self.policy.guardrails.at_worst(more));
            let left = more.and_then(|more| room.checked_sub(more));
            let Some(left) = left.ok().filter(|left| !left.amount.is_sign_negative()) else { continue };
            *room = left;
            if let Some(input) = inputs.get_mut(index) {
                input.improvement = Some(improvement);
            }
        }
    }

    /// A larger budget for a campaign that earns and would spend its own before its end and before the next decisions, or that could
    /// spend more each day.
    fn raise(&self, input: &CampaignInput, record: &CampaignRecord, snapshot: &Snapshot, known: &Known) -> Option<Improvement> {
        let prospect = input.prospect.as_ref().filter(|prospect| prospect.is_worth_its_budget())?;
        let policy = &self.policy.reallocation;
        let rest = known.raised_at.get(&input.campaign).copied();
        if rest.is_some_and(|at| snapshot.now.duration_since(at) < hours(policy.hours_between_raises)) {
            return None;
        }
        let left = record.campaign.spec.flight.end().duration_since(snapshot.now);
        let days_left = Decimal::from(left.as_hours().max(0)) / Decimal::from(24);
        let shared = self.shares_budgets_among_days();
        let ahead = if shared { days_left } else { days_left.min(Decimal::from(policy.days_ahead)) };
        let from = record.campaign.budget;
        let coming = prospect.cost_per_day.checked_mul(ahead).ok()?;
        let needed = input.metrics.exposure.cost.checked_add(coming).ok()?.checked_add(input.to_come.expected).ok()?;
        // A day's share that is nearly used up holds a campaign back before its budget does.
        let enough = if shared { from.amount * NEARLY } else { from.amount };
        if needed.currency != from.currency || needed.amount <= enough {
            return None;
        }
        let percent = if shared { policy.raise_percent_of_clicks } else { policy.raise_percent };
        let step = (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED;
        let most = self.policy.guardrails.largest_budget(from.currency)?;
        let to = from.checked_mul(step).ok()?.lesser(most).ok()?;
        let to = Money::new(to.amount.round_dp_with_strategy(to.currency.minor_digits(), RoundingStrategy::ToZero), to.currency);
        let more = to.checked_sub(from).ok().filter(|more| more.is_positive())?;
        // Of what is added only the shares of the days to come can be spent.
        let flight = Decimal::from(record.campaign.spec.flight.length().as_hours().max(1)) / Decimal::from(24);
        let more = if shared { more.checked_mul(days_left.checked_div(flight)?).ok()? } else { more };
        let days = more.amount.checked_div(prospect.cost_per_day.amount.max(Decimal::new(1, 2)))?.min(days_left);
        let gain = prospect.gain_per_day.checked_mul(days).ok()?;
        gain.is_positive().then_some(Improvement { change: Change::RaiseBudget { from, to }, gain })
    }

    /// Carries out the raises that were decided, unless budgets had to be cut.
    pub(super) fn raise_budgets(snapshot: &Snapshot, known: &Known, judged: &Judged, draft: &mut Draft) {
        if draft.cut {
            return;
        }
        for (input, _) in judged.pairs().filter(|(_, decision)| decision.basis == Some(Basis::Improvement)) {
            let Some(Improvement { change: Change::RaiseBudget { from, to }, .. }) = input.improvement else { continue };
            let expected = input.prospect.as_ref().map(ToString::to_string).unwrap_or_default();
            let sentence = format!("raise the budget from {from} to {to}: {expected}");
            let change = BudgetChange { campaign: input.campaign.clone(), from, to, sentence };
            move_one(snapshot, known, &change, draft);
        }
    }
}
