//! Campaigns whose budget is used up on a platform that keeps budgets itself.

use campaign_pilot_core::{BudgetControl, CampaignRecord, DecisionId, DesiredStatus, EffectiveStatus, Money, PauseControl};
use campaign_pilot_decision_engine::Precondition;
use rust_decimal::Decimal;
use serde_json::json;

use super::{Draft, ManagerAgent, pause, without_verdict};
use crate::policy::hours;
use crate::snapshot::{Known, Snapshot};

impl ManagerAgent {
    /// Ends campaigns whose budget is used up, unless it is raised: they deliver no more, and while they run their products cannot be
    /// advertised anew.
    pub(super) fn end_used_up(&self, snapshot: &Snapshot, known: &Known, draft: &mut Draft) {
        let native = self.capabilities.budget == BudgetControl::Native && self.capabilities.pause != PauseControl::Unsupported;
        // Where budgets are cut or nothing is raised, the next decisions may still raise this one.
        if !native || draft.cut || !snapshot.data_trusted {
            return;
        }
        let rest = hours(self.policy.reallocation.hours_between_raises);
        for record in known.live(snapshot.now) {
            let Some(left) = left_of_used_up(record) else { continue };
            let id = &record.campaign.spec.id;
            let waits = known.raised_at.get(id).is_some_and(|at| snapshot.now.duration_since(*at) < rest);
            if waits || draft.stopped.contains(id) || draft.raised.contains(id) || known.is_open(id) {
                continue;
            }
            let Some(platform_id) = &record.campaign.platform_id else { continue };
            let decision = DecisionId::of(&snapshot.cycle, &format!("{id}/used-up"));
            let (name, budget) = (&record.campaign.spec.name, record.campaign.budget);
            let sentence = format!("pause `{name}`: its budget of {budget} is used up but for {left}");
            draft.stopped.insert(id.clone());
            let inputs = json!({ "budget": budget, "performance": record.performance });
            draft.records.push(without_verdict(decision.clone(), record, snapshot, sentence.clone(), inputs));
            let action = pause(decision, record, platform_id, sentence);
            draft.actions.push(action.requiring(Precondition::BudgetIs { budget }));
        }
    }
}

/// What is left of a running campaign's budget, where that is less than twice what its clicks have cost: click prices vary.
fn left_of_used_up(record: &CampaignRecord) -> Option<Money> {
    let campaign = &record.campaign;
    let runs = campaign.desired == DesiredStatus::Active && campaign.effective == EffectiveStatus::Running;
    let performance = record.performance.as_ref().filter(|_| runs)?;
    let left = campaign.budget.checked_sub(performance.cost).ok()?;
    let clicks = performance.clicks.known().copied().filter(|clicks| *clicks > 0)?;
    let click = performance.cost.amount.checked_div(Decimal::from(clicks))?;
    (left.amount < click * Decimal::TWO).then(|| Money::new(left.amount.max(Decimal::ZERO), left.currency))
}
