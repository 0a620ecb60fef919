//! Budgets of running campaigns: the total is divided so that they are expected to contribute most.

mod running;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{BudgetControl, CampaignId, CampaignRecord, Money, Verdict};
use campaign_pilot_decision_engine::{
    AllocationError, Basis, BudgetChange, CampaignInput, Change, Improvement, OneMore, RunningCampaign, reallocate,
};

use rust_decimal::Decimal;

use self::running::Running;
use super::draft::{Draft, move_one};
use super::{Judged, ManagerAgent};
use crate::policy::Enforcement;
use crate::portfolio::{ExpectedCosts, Total};
use crate::snapshot::{Known, Snapshot};

impl ManagerAgent {
    /// Finds the raises that are expected to add most, as far as the limit on all campaigns has room for them; on an error, none.
    pub(super) fn raises(
        &self,
        inputs: &[CampaignInput],
        snapshot: &Snapshot,
        known: &Known,
        room: Option<Money>,
    ) -> Result<Vec<BudgetChange>, AllocationError> {
        let Some(room) = room.filter(|room| room.is_positive() && self.capabilities.budget != BudgetControl::Unsupported) else {
            return Ok(Vec::new());
        };
        let running = Running::of(self, inputs, snapshot, known);
        let mut raises = Vec::new();
        // Raises that the policy holds back take nothing from the others.
        for held in [false, true] {
            let mut campaigns = running.all(|record| self.holds(record) == held, |_| true);
            if !campaigns.iter().any(may_rise) {
                continue;
            }
            campaigns.iter_mut().for_each(|campaign| campaign.gives = false);
            if self.policy.reallocation.max_by_category.is_empty() {
                campaigns.retain(may_rise);
            }
            let total = Money::sum(room.currency, campaigns.iter().map(|campaign| campaign.counts))?.checked_add(room)?;
            let policy = &self.policy.reallocation;
            let delivery = self.policy.guardrails.worst_case_delivery;
            let changes = reallocate(&campaigns, total, delivery, running.elsewhere, policy)?.changes;
            raises.extend(changes.into_iter().filter(|change| change.to.amount > change.from.amount));
        }
        Ok(raises)
    }

    /// Carries out the raises that were decided, unless budgets had to be cut.
    pub(super) fn raise_budgets(snapshot: &Snapshot, known: &Known, judged: &Judged, draft: &mut Draft) {
        if draft.cut {
            return;
        }
        let raises: BTreeMap<_, _> = judged.raises.iter().map(|change| (&change.campaign, change)).collect();
        for (input, _) in judged.pairs().filter(|(_, decision)| decision.basis == Some(Basis::Improvement)) {
            let is_raise = |best: &Improvement| matches!(best.change, Change::RaiseBudget { .. });
            let Some(raise) = raises.get(&input.campaign).filter(|_| input.improvement.as_ref().is_some_and(is_raise)) else {
                continue;
            };
            let expected = input.prospect.as_ref().map(|prospect| format!(" ({prospect})")).unwrap_or_default();
            let sentence = format!("{}{expected}", raise.sentence);
            move_one(snapshot, known, &BudgetChange { sentence, ..(*raise).clone() }, draft);
        }
    }

    /// Cuts budgets where more than the limit on all campaigns is at stake, or where the money brings more in campaigns that earn and
    /// could spend more. What is cut is free once the platform has confirmed it: the next decisions give it to those.
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
        let Some(total) = judged.total else { return };
        let running = Running::of(self, &judged.inputs, snapshot, known);
        let growing = growing(judged);
        let raised: BTreeSet<_> = judged.raises.iter().map(|raise| &raise.campaign).collect();
        // What the policy holds back frees nothing.
        for held in [false, true] {
            let of_mode = |record: &CampaignRecord| self.holds(record) == held;
            let mut campaigns = running.all(of_mode, |id| growing.contains(id));
            let stopping: Vec<_> = campaigns.extract_if(.., |campaign| draft.stopped.contains(&campaign.campaign)).collect();
            // No budget is raised and cut in one plan.
            for campaign in campaigns.iter_mut().filter(|campaign| raised.contains(&campaign.campaign)) {
                campaign.gives = false;
            }
            let unstopped = Unstopped { campaigns, stopping, elsewhere: running.elsewhere };
            match self.divide(&unstopped, cap, total, judged) {
                Ok(Some(Cuts { changes, exceeded, one_more })) => {
                    draft.cut |= !held && exceeded && !changes.is_empty();
                    changes.iter().for_each(|change| move_one(snapshot, known, change, draft));
                    draft.notes.extend(one_more.filter(|_| !held).and_then(|one_more| told(&one_more, known)));
                }
                Ok(None) => {}
                Err(error) => draft.notes.push(format!("budgets stay as they are: {error}")),
            }
        }
    }

    /// Divides what the limit on all campaigns leaves for some of them; `None` where there is enough for all.
    fn divide(
        &self,
        Unstopped { campaigns, stopping, elsewhere }: &Unstopped,
        cap: Money,
        total: Total,
        judged: &Judged,
    ) -> Result<Option<Cuts>, AllocationError> {
        let taken_up = Money::sum(cap.currency, campaigns.iter().map(|campaign| campaign.counts))?;
        // A stop is to free what is not spent.
        let freed =
            stopping.iter().map(|campaign| campaign.counts.checked_sub(campaign.spent)?.greater(Money::zero(cap.currency)));
        let freed = Money::sum(cap.currency, freed.collect::<Result<Vec<_>, _>>()?)?;
        let others = total.at_stake.checked_sub(taken_up)?.checked_sub(freed)?;
        // A reserve holds back raises and launches, it is no reason to cut.
        let most = cap.checked_sub(others.checked_sub(total.reserve)?)?;
        let exceeded = taken_up.checked_sub(most)?.is_positive();
        let raised: BTreeMap<_, _> = judged.raises.iter().map(|raise| (&raise.campaign, raise.to)).collect();
        let held_back = |campaign: &RunningCampaign| {
            may_rise(campaign) && raised.get(&campaign.campaign).is_none_or(|to| to.amount < campaign.largest.amount)
        };
        let limits_categories = !self.policy.reallocation.max_by_category.is_empty();
        if !exceeded && !limits_categories && !campaigns.iter().any(held_back) {
            return Ok(None);
        }
        let total = if exceeded { most } else { cap.checked_sub(others)?.greater(taken_up)? };
        let policy = &self.policy.reallocation;
        let found = reallocate(campaigns, total, self.policy.guardrails.worst_case_delivery, *elsewhere, policy)?;
        let cuts = |change: &BudgetChange| change.to.amount < change.from.amount;
        let one_more = Some(found.allocation.one_more).filter(|one_more| one_more.gain.is_positive());
        Ok(Some(Cuts { changes: found.changes.into_iter().filter(cuts).collect(), exceeded, one_more }))
    }

    /// Whether the policy holds back changes of a campaign.
    fn holds(&self, record: &CampaignRecord) -> bool {
        self.policy.enforcement.of_campaign(record) != Enforcement::Enforce
    }
}

/// The campaigns among which the total is divided.
struct Unstopped {
    campaigns: Vec<RunningCampaign>,
    /// Those that the same plan stops.
    stopping: Vec<RunningCampaign>,
    /// What a unit of money brings in launches.
    elsewhere: Decimal,
}

/// Budgets that are to be cut.
struct Cuts {
    changes: Vec<BudgetChange>,
    /// Whether more than the limit on all campaigns is at stake.
    exceeded: bool,
    one_more: Option<OneMore>,
}

/// Campaigns that go on since they earn: their budgets may grow.
fn growing(judged: &Judged) -> BTreeSet<&CampaignId> {
    let earns = |basis| matches!(basis, Some(Basis::Earns | Basis::Improvement));
    // Where raises are not relied on, nothing is cut for the sake of one.
    let goes_on = judged.decisions.iter().filter(|decision| !decision.stops() && earns(decision.basis));
    let goes_on = goes_on.filter(|decision| decision.withheld.is_none());
    goes_on.filter(|decision| decision.verdict != Verdict::Monitor).map(|decision| &decision.campaign).collect()
}

/// Whether a larger budget is open to a campaign.
fn may_rise(campaign: &RunningCampaign) -> bool {
    campaign.largest.amount > campaign.budget.amount
}

/// What one more unit of the limit on all campaigns would do, in words.
fn told(one_more: &OneMore, known: &Known) -> Option<String> {
    let (record, _) = known.with_object(one_more.goes_to.as_ref()?)?;
    let gain = Money::new(one_more.gain.amount.round_dp(2), one_more.gain.currency);
    let (currency, name) = (gain.currency, &record.campaign.spec.name);
    Some(format!("one {currency} more of the limit on all campaigns would bring {gain}, in `{name}`"))
}
