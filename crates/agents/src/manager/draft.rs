//! A plan in the making.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    CampaignAction, CampaignId, CampaignRecord, DecisionId, DecisionRecord, DesiredStatus, Money, PlatformCampaignId, ProductId,
};
use campaign_pilot_decision_engine::{BudgetChange, ListedProduct, PlannedAction, Precondition};
use serde_json::{Value, json};

use crate::snapshot::{Known, Snapshot};

/// A plan in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) actions: Vec<PlannedAction>,
    pub(super) records: Vec<DecisionRecord>,
    pub(super) stopped: BTreeSet<CampaignId>,
    pub(super) raised: BTreeSet<CampaignId>,
    /// The products of launches.
    pub(super) products: BTreeMap<ProductId, ListedProduct>,
    /// Whether more than the limit on all campaigns was at stake, so that budgets are cut.
    pub(super) cut: bool,
    pub(super) notes: Vec<String>,
}

impl Known {
    pub(super) fn with_object(&self, campaign: &CampaignId) -> Option<(&CampaignRecord, &PlatformCampaignId)> {
        let place = self.campaigns.binary_search_by(|record| record.campaign.spec.id.cmp(campaign)).ok()?;
        let record = self.campaigns.get(place)?;
        Some((record, record.campaign.platform_id.as_ref()?))
    }
}

pub(super) fn pause(
    decision: DecisionId,
    record: &CampaignRecord,
    platform_id: &PlatformCampaignId,
    sentence: String,
) -> PlannedAction {
    let campaign = &record.campaign;
    let action = CampaignAction::Pause { campaign: campaign.spec.id.clone(), platform_id: platform_id.clone() };
    PlannedAction::new(decision, 0, action, Money::zero(campaign.budget.currency), sentence)
}

pub(super) fn move_one(snapshot: &Snapshot, known: &Known, change: &BudgetChange, draft: &mut Draft) {
    let id = &change.campaign;
    let Some((record, platform_id)) = known.with_object(id) else { return };
    if draft.stopped.contains(id) || known.is_open(id) || record.campaign.desired != DesiredStatus::Active {
        return;
    }
    let raise = change.to.checked_sub(change.from).ok().filter(|raise| raise.is_positive());
    let decision = DecisionId::of(&snapshot.cycle, &format!("{id}/budget"));
    let sentence = format!("`{}`: {}", record.campaign.spec.name, change.sentence);
    let action = CampaignAction::SetBudget { campaign: id.clone(), platform_id: platform_id.clone(), budget: change.to };
    let reserved = raise.unwrap_or(Money::zero(change.to.currency));
    let planned = PlannedAction::new(decision.clone(), 0, action, reserved, sentence.clone())
        .requiring(Precondition::Desired { status: DesiredStatus::Active })
        .requiring(Precondition::BudgetIs { budget: change.from });
    draft.actions.push(planned);
    if raise.is_some() {
        draft.raised.insert(id.clone());
    }
    draft.records.push(without_verdict(decision, record, snapshot, sentence, json!({ "change": change })));
}

/// A decision on a campaign that is no verdict.
pub(super) fn without_verdict(
    id: DecisionId,
    record: &CampaignRecord,
    snapshot: &Snapshot,
    sentence: String,
    inputs: Value,
) -> DecisionRecord {
    DecisionRecord {
        id,
        plan: None,
        at: snapshot.now,
        campaign: Some(record.campaign.spec.id.clone()),
        product: record.campaign.spec.product.clone(),
        verdict: None,
        sentence,
        inputs,
        predicted: None,
        outcome: None,
    }
}
