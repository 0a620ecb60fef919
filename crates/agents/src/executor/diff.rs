//! What a plan would still change, seen from the memory.

use campaign_pilot_core::{CampaignRecord, EffectiveStatus, ErrorKind};
use campaign_pilot_decision_engine::{CampaignState, KnownWorld, Plan, PlanDiff};

use super::Executor;
use crate::error::{AgentError, Result};
use crate::snapshot::may_run;

impl Executor {
    /// What a plan would still change now, as far as the memory knows: what is reached, what is left and may cost, and what was overtaken.
    ///
    /// # Errors
    ///
    /// When the memory cannot be read, or amounts become too large to add up.
    pub async fn diff(&self, plan: &Plan) -> Result<PlanDiff> {
        let now = self.clock.now();
        let mut world = KnownWorld::default();
        for record in self.unended(now).await? {
            if may_run(&record.campaign, now) {
                world.advertised.insert(record.campaign.spec.product.clone());
            }
            world.campaigns.insert(record.campaign.spec.id.clone(), state(&record));
        }
        for campaign in plan.actions().iter().map(|planned| planned.action.campaign()) {
            if !world.campaigns.contains_key(campaign)
                && let Some(record) = self.record(campaign).await?
            {
                world.campaigns.insert(campaign.clone(), state(&record));
            }
        }
        plan.diff(&world, now).map_err(|source| {
            AgentError::new(ErrorKind::Invalid, "the plan cannot be held against the memory").with_source(source)
        })
    }
}

fn state(record: &CampaignRecord) -> CampaignState {
    let campaign = &record.campaign;
    CampaignState {
        desired: Some(campaign.desired),
        budget: Some(campaign.budget),
        runs: campaign.effective == EffectiveStatus::Running,
        end: Some(campaign.spec.flight.end()),
        copy: Some(campaign.spec.copy.clone()),
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{CampaignAction, DecisionId};
    use campaign_pilot_decision_engine::{ActionState, PlannedAction, Precondition};
    use jiff::SignedDuration;

    use super::*;
    use crate::executor::{ExecutionRequest, Outcome};
    use crate::testing::{Bench, create, euros, request};

    /// A plan that raises the budget of a campaign that runs with 20.00 EUR, and the campaign's request.
    async fn raise(bench: &Bench) -> (Plan, ExecutionRequest) {
        let launch = create("launch", 1);
        assert!(bench.executor().execute(&launch).await.unwrap().is_done());
        let record = bench.executor().record(launch.intent.action.campaign()).await.unwrap().unwrap();
        let (campaign, platform_id) = (record.campaign.spec.id.clone(), record.campaign.platform_id.clone().unwrap());
        let action = CampaignAction::SetBudget { campaign, platform_id, budget: euros("24") };
        let before = Precondition::BudgetIs { budget: euros("20") };
        let decision = DecisionId::of("cycle", "raise");
        let planned = PlannedAction::new(decision, 0, action.clone(), euros("4"), "it earns").requiring(before.clone());
        let now = bench.executor().clock.now();
        let plan = Plan::new(now, now + SignedDuration::from_hours(1), vec![planned]).unwrap();
        (plan, ExecutionRequest { requires: vec![before], ..request("raise", action, euros("4")) })
    }

    #[tokio::test]
    async fn a_plan_is_left_before_it_is_carried_out_and_reached_afterwards() {
        let bench = Bench::new();
        let (plan, request) = raise(&bench).await;
        let diff = bench.executor().diff(&plan).await.unwrap();
        assert_eq!((diff.left(), diff.commits.as_slice()), (1, [euros("4")].as_slice()));
        assert!(bench.executor().execute(&request).await.unwrap().is_done());
        assert!(bench.executor().diff(&plan).await.unwrap().is_reached());
    }

    #[tokio::test]
    async fn what_was_changed_by_somebody_else_is_named_in_the_diff_and_when_it_is_held() {
        let bench = Bench::new();
        let (plan, request_to_raise) = raise(&bench).await;
        let CampaignAction::SetBudget { campaign, platform_id, .. } = request_to_raise.intent.action.clone() else { panic!() };
        let cut = CampaignAction::SetBudget { campaign, platform_id, budget: euros("15") };
        assert!(bench.executor().execute(&request("cut", cut, euros("0"))).await.unwrap().is_done());
        let diff = bench.executor().diff(&plan).await.unwrap();
        assert!(matches!(diff.actions[0].state, ActionState::Overtaken { .. }), "{diff}");
        let held = bench.executor().execute(&request_to_raise).await.unwrap();
        let reason = "overtaken since the plan was made: its budget is 15.00 EUR instead of 20.00 EUR";
        assert_eq!(held, Outcome::Held { reason: reason.to_owned() });
    }
}
