//! Smaller budgets where more than the limit on all campaigns is at stake.

use std::collections::BTreeMap;

use campaign_pilot_core::{BudgetControl, CampaignRecord, Verdict};
use campaign_pilot_decision_engine::{Share, cut_budgets};

use super::{Draft, Judged, ManagerAgent, move_one};
use crate::policy::Enforcement;
use crate::portfolio::ExpectedCosts;
use crate::snapshot::{Known, Snapshot};

impl ManagerAgent {
    /// Cuts budgets where more than the limit on all campaigns is at stake.
    pub(super) fn cut_budgets(&self, snapshot: &Snapshot, known: &Known, judged: &Judged, draft: &mut Draft) {
        let Some(cap) = self.policy.guardrails.max_total_budget.of(snapshot.platform_currency) else {
            draft.notes.push(format!("budgets stay as they are: no total limit is set in {}", snapshot.platform_currency));
            return;
        };
        if self.capabilities.budget == BudgetControl::Unsupported {
            draft.notes.push(format!("budgets stay as they are: {} has none", self.capabilities.platform));
            return;
        }
        // On old data every campaign counts with its whole budget, which is no reason to end what earns: stops keep the total.
        if !snapshot.data_trusted && ExpectedCosts::count_for(&self.policy, &self.capabilities) {
            return;
        }
        // Where nothing can be added up, the guardrails say so.
        let above = judged.total.and_then(|total| total.at_stake.checked_sub(total.reserve).ok()?.checked_sub(cap).ok());
        let Some(above) = above.filter(|above| above.is_positive()) else { return };
        let enforced = |record: &CampaignRecord| self.policy.enforcement.of_campaign(record) == Enforcement::Enforce;
        // What the policy holds back frees nothing.
        for held in [false, true] {
            let shares = self.shares(snapshot, known, judged, |record| enforced(record) != held);
            match cut_budgets(&shares, above, self.policy.guardrails.worst_case_delivery) {
                Ok(changes) => {
                    draft.cut |= !held && !changes.is_empty();
                    changes.iter().for_each(|change| move_one(snapshot, known, change, draft));
                }
                Err(error) => draft.notes.push(format!("budgets stay as they are: {error}")),
            }
        }
    }

    /// What some of the campaigns that run take up of the limit on all campaigns.
    fn shares(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        judged: &Judged,
        counts: impl Fn(&CampaignRecord) -> bool,
    ) -> Vec<Share> {
        let verdicts: BTreeMap<_, _> = judged.decisions.iter().map(|decision| (&decision.campaign, decision.verdict)).collect();
        let inputs: BTreeMap<_, _> = judged.inputs.iter().map(|input| (&input.campaign, input)).collect();
        let prospect =
            |record: &CampaignRecord| inputs.get(&record.campaign.spec.id)?.prospect.as_ref().filter(|_| snapshot.data_trusted);
        let coming = ExpectedCosts::of_all(known, snapshot.now, &self.policy, &self.capabilities, prospect);
        let share = |record: &CampaignRecord| {
            let campaign = &record.campaign;
            let id = &campaign.spec.id;
            let input = inputs.get(id)?;
            let spent = input.metrics.exposure.cost.checked_add(input.to_come.expected).ok()?;
            let expected = coming.of(id).and_then(|coming| spent.checked_add(coming.expected).ok());
            let whole = self.policy.guardrails.at_worst(campaign.budget).ok()?;
            let counts = expected.map_or(Ok(whole), |expected| expected.lesser(whole)).ok()?;
            let verdict = verdicts.get(id).copied().unwrap_or(Verdict::Monitor);
            Some(Share { campaign: id.clone(), verdict, budget: campaign.budget, counts, spent })
        };
        known.live(snapshot.now).filter(|record| counts(record)).filter_map(share).collect()
    }
}
