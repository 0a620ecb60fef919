//! Larger budgets for campaigns that earn: the change that OPTIMIZE carries out.

use std::collections::BTreeMap;

use campaign_pilot_core::{
    Billing, BudgetControl, CampaignRecord, DecisionId, DecisionRecord, DesiredStatus, EffectiveStatus, Money, PauseControl,
};
use campaign_pilot_decision_engine::{Basis, BudgetChange, CampaignInput, Change, Improvement, Prospect};
use rust_decimal::{Decimal, RoundingStrategy, dec};
use serde_json::json;

use super::{Draft, Judged, ManagerAgent, move_one, pause};
use crate::policy::hours;
use crate::snapshot::{Known, Snapshot};

/// From which part on a budget counts as used up where the platform itself keeps to it: what is left may be less than a click costs.
const NEARLY: Decimal = dec!(0.95);

impl ManagerAgent {
    const fn bills_clicks(&self) -> bool {
        matches!(self.capabilities.billing, Billing::Clicks)
    }

    /// Finds the changes that are worth most, as far as the limit on all campaigns has room for them.
    pub(super) fn improve(&self, inputs: &mut [CampaignInput], snapshot: &Snapshot, known: &Known, room: Option<Money>) {
        let Some(mut room) = room.filter(|_| self.capabilities.budget != BudgetControl::Unsupported) else { return };
        let mut raises: Vec<(Decimal, usize, Improvement)> = Vec::new();
        let records: BTreeMap<_, _> = known.live(snapshot.now).map(|record| (&record.campaign.spec.id, record)).collect();
        for (index, input) in inputs.iter().enumerate() {
            let Some(record) = records.get(&input.campaign) else { continue };
            let Some(raise) = self.raise(input, record, snapshot, known) else { continue };
            let worth = input.prospect.as_ref().map_or(Decimal::ZERO, Prospect::gain_per_cost);
            raises.push((worth, index, raise));
        }
        raises.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index, improvement) in raises {
            let Change::RaiseBudget { from, to } = improvement.change else { continue };
            let more = to.checked_sub(from).and_then(|more| self.policy.guardrails.at_worst(more));
            let left = more.and_then(|more| room.checked_sub(more));
            let Some(left) = left.ok().filter(|left| !left.amount.is_sign_negative()) else { continue };
            room = left;
            if let Some(input) = inputs.get_mut(index) {
                input.improvement = Some(improvement);
            }
        }
    }

    /// A larger budget for a campaign that earns and would spend its own before its end and before the next decisions.
    fn raise(&self, input: &CampaignInput, record: &CampaignRecord, snapshot: &Snapshot, known: &Known) -> Option<Improvement> {
        let prospect = input.prospect.as_ref().filter(|prospect| prospect.is_worth_its_budget())?;
        let policy = &self.policy.reallocation;
        let rest = known.raised_at.get(&input.campaign).copied();
        if rest.is_some_and(|at| snapshot.now.duration_since(at) < hours(policy.hours_between_raises)) {
            return None;
        }
        let left = record.campaign.spec.flight.end().duration_since(snapshot.now);
        let days_left = Decimal::from(left.as_hours().max(0)) / Decimal::from(24);
        let ahead = if self.bills_clicks() { days_left } else { days_left.min(Decimal::from(policy.days_ahead)) };
        let from = record.campaign.budget;
        let coming = prospect.cost_per_day.checked_mul(ahead).ok()?;
        let needed = input.metrics.exposure.cost.checked_add(coming).ok()?.checked_add(input.to_come.expected).ok()?;
        // What a day may cost is a part of the budget there: one that is nearly used up every day holds the campaign back.
        let enough = if self.bills_clicks() { from.amount * NEARLY } else { from.amount };
        if needed.currency != from.currency || needed.amount <= enough {
            return None;
        }
        let percent = if self.bills_clicks() { policy.raise_percent_of_clicks } else { policy.raise_percent };
        let step = (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED;
        let most = self.policy.guardrails.largest_budget(from.currency)?;
        let to = from.checked_mul(step).ok()?.lesser(most).ok()?;
        let to = Money::new(to.amount.round_dp_with_strategy(to.currency.minor_digits(), RoundingStrategy::ToZero), to.currency);
        let more = to.checked_sub(from).ok().filter(|more| more.is_positive())?;
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

    /// Ends campaigns whose budget is used up where the platform itself keeps to it, unless it is raised: they deliver no more, and
    /// their products could not be advertised anew.
    pub(super) fn end_used_up(&self, snapshot: &Snapshot, known: &Known, draft: &mut Draft) {
        if self.capabilities.budget != BudgetControl::Native || self.capabilities.pause == PauseControl::Unsupported {
            return;
        }
        let used_up: Vec<&CampaignRecord> = known.live(snapshot.now).filter(|record| is_used_up(record)).collect();
        for record in used_up {
            let id = &record.campaign.spec.id;
            if draft.stopped.contains(id) || draft.raised.contains(id) || known.is_open(id) {
                continue;
            }
            let Some((record, platform_id)) = known.with_object(id) else { continue };
            let decision = DecisionId::of(&snapshot.cycle, &format!("{id}/used-up"));
            let sentence = format!("pause `{}`: its budget of {} is used up", record.campaign.spec.name, record.campaign.budget);
            draft.stopped.insert(id.clone());
            draft.records.push(DecisionRecord {
                id: decision.clone(),
                plan: None,
                at: snapshot.now,
                campaign: Some(id.clone()),
                product: record.campaign.spec.product.clone(),
                verdict: None,
                sentence: sentence.clone(),
                inputs: json!({ "budget": record.campaign.budget, "performance": record.performance }),
                predicted: None,
                outcome: None,
            });
            draft.actions.push(pause(decision, record, platform_id, sentence));
        }
    }
}

fn is_used_up(record: &CampaignRecord) -> bool {
    let campaign = &record.campaign;
    let runs = campaign.desired == DesiredStatus::Active && campaign.effective == EffectiveStatus::Running;
    let cost = record.performance.as_ref().map(|performance| performance.cost);
    runs && cost.is_some_and(|cost| cost.currency == campaign.budget.currency && cost.amount >= campaign.budget.amount * NEARLY)
}
