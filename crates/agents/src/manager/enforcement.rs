//! How far a plan goes: what is only advised or audited is held back.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignAction, CampaignRecord, DesiredStatus, OperationId, Verdict};
use campaign_pilot_decision_engine::{Guarded, HeldAction, Plan, PlanError, PlannedAction, Portfolio};

use super::{Judged, ManagerAgent};
use crate::policy::{Enforcement, EnforcementPolicy};
use crate::snapshot::Known;

impl EnforcementPolicy {
    /// How far decisions on a campaign go, by the product as it was launched for.
    pub(crate) fn of_campaign(&self, record: &CampaignRecord) -> Enforcement {
        self.of(&record.campaign.spec.product, &record.campaign.product.categories)
    }
}

impl ManagerAgent {
    /// A plan after the guardrails and the modes of the policy.
    ///
    /// What a mode holds back takes nothing from what the limits leave for the rest. The guardrails check it, too, apart from the
    /// rest, so that nothing is advised that they would refuse.
    pub(super) fn check(&self, plan: &Plan, known: &Known, judged: &Judged, portfolio: &Portfolio) -> Result<Guarded, PlanError> {
        let rails = &self.policy.guardrails;
        let reasons = self.held_by_mode(plan, known, judged, portfolio);
        if reasons.is_empty() {
            return rails.check(plan, portfolio);
        }
        let (held, carried_out) = plan.actions().iter().cloned().partition(|action| reasons.contains_key(&action.operation));
        let part = |actions: Vec<PlannedAction>| Plan::new(plan.created_at(), plan.expires_at(), actions);
        let mut guarded = rails.check(&part(carried_out)?, portfolio)?;
        let apart = rails.check(&part(held)?, portfolio)?;
        guarded.held.extend(apart.held);
        for action in apart.allowed.actions() {
            let reason = reasons.get(&action.operation).copied().unwrap_or_default().to_owned();
            guarded.held.push(HeldAction { action: action.clone(), reason, rules: Vec::new() });
        }
        Ok(guarded)
    }

    /// The actions of a plan that a mode holds back, with the reason.
    fn held_by_mode<'a>(
        &self,
        plan: &'a Plan,
        known: &Known,
        judged: &Judged,
        portfolio: &Portfolio,
    ) -> BTreeMap<&'a OperationId, &'static str> {
        let policy = &self.policy.enforcement;
        if *policy == EnforcementPolicy::default() {
            return BTreeMap::new();
        }
        let urgent =
            judged.decisions.iter().filter(|decision| decision.verdict == Verdict::EmergencyPause || decision.is_over_budget());
        let urgent: BTreeSet<_> = urgent.map(|decision| &decision.id).collect();
        let records: BTreeMap<_, _> = known.campaigns.iter().map(|record| (&record.campaign.spec.id, record)).collect();
        let mode = |action: &PlannedAction| {
            if let CampaignAction::Create { spec } = &action.action {
                let listed = portfolio.products.get(&spec.product);
                return policy.of(&spec.product, listed.iter().flat_map(|product| &product.categories));
            }
            let Some(record) = records.get(action.action.campaign()) else { return policy.mode };
            let pauses = matches!(action.action, CampaignAction::Pause { .. });
            // A campaign that shall rest already was paused before, so that this repeats it.
            if pauses && (urgent.contains(&action.decision) || record.campaign.desired == DesiredStatus::Paused) {
                return Enforcement::Enforce;
            }
            policy.of_campaign(record)
        };
        plan.actions().iter().filter_map(|action| Some((&action.operation, mode(action).holds_because()?))).collect()
    }
}
