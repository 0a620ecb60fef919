//! One decision per campaign, in one pass.

use std::collections::BTreeSet;

use campaign_pilot_core::{Absence, CampaignId, DecisionId, Measured, Money, Verdict};
use campaign_pilot_metrics::CampaignMetrics;
use campaign_pilot_metrics::evidence::e_benjamini_hochberg;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::sentence::{self, Ledger};
use crate::{
    Basis, BudgetKeeping, BudgetStop, CostToCome, DecisionMatrix, EvidenceGate, HeldRule, Improvement, Prospect, Ruling, Signals,
    StoreEvidence, budget_stop,
};

/// A campaign to decide on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignInput {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its name for people.
    pub name: String,
    /// The product's price in force.
    pub price: Option<Money>,
    /// Cost that has been caused but not reported yet, as far as it is known; nothing otherwise.
    pub to_come: CostToCome,
    /// What was measured. The budget in force stands in its exposure.
    pub metrics: CampaignMetrics,
    /// What going on is expected to contribute; `None` where that is not known.
    #[serde(default)]
    pub prospect: Option<Prospect>,
    /// What tests beside the rest of the store say.
    #[serde(default)]
    pub store: StoreEvidence,
    /// The change that is expected to bring most, where there is one.
    #[serde(default)]
    pub improvement: Option<Improvement>,
    /// Set when the limit on all campaigns together is reached: then every one of them stops.
    #[serde(default)]
    pub total_stop: Option<BudgetStop>,
}

/// What decisions are taken by.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DecisionPolicy {
    /// The thresholds.
    #[garde(dive)]
    pub matrix: DecisionMatrix,
    /// What the data must support before a verdict counts.
    #[garde(dive)]
    pub gate: EvidenceGate,
    /// What a campaign's own budget means.
    pub budgets: BudgetKeeping,
}

/// What was decided on a campaign, and why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Decision {
    /// The decision's id: the same cycle and campaign always give the same one.
    pub id: DecisionId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The verdict that the data support.
    pub verdict: Verdict,
    /// The verdict of the thresholds alone.
    pub raw_verdict: Verdict,
    /// What the verdict rests on; `None` for MONITOR.
    pub basis: Option<Basis>,
    /// Every rule of the matrix with its outcome.
    pub ruling: Ruling,
    /// Rules that apply but do not count yet.
    pub held: Vec<HeldRule>,
    /// Set where more comes back than usual: then no budget is raised, and the verdict is MONITOR at best.
    #[serde(default)]
    pub too_many_returns: bool,
    /// Set when the budget is spent: the campaign stops whatever the verdict.
    pub budget_stop: Option<BudgetStop>,
    /// Set when the limit on all campaigns together is reached.
    #[serde(default)]
    pub total_stop: Option<BudgetStop>,
    /// The decision in one sentence for people.
    pub sentence: String,
}

impl Decision {
    /// Whether the campaign has to stop, for its verdict or for money.
    #[must_use]
    pub const fn stops(&self) -> bool {
        self.verdict.stops() || self.is_over_budget()
    }

    /// Whether it has to stop for money: its own budget, or the limit on all campaigns.
    #[must_use]
    pub const fn is_over_budget(&self) -> bool {
        self.budget_stop.is_some() || self.total_stop.is_some()
    }
}

/// Decides on campaigns. The order of the decisions is the order of the inputs, and that order changes no decision.
///
/// Uplifts are tested over all campaigns together (e-BH); everything else about a campaign depends on that campaign alone.
/// `cycle` names the cycle that decides, so that repeating it repeats the ids.
#[must_use]
pub fn decide(cycle: &str, campaigns: &[CampaignInput], policy: &DecisionPolicy) -> Vec<Decision> {
    let wins = wins(campaigns, policy);
    let decide = |(index, input)| decide_with(cycle, input, policy, wins.contains(&index));
    campaigns.iter().enumerate().map(decide).collect()
}

/// Decides on one campaign, whose uplift is tested alone.
///
/// Cost and budget in two currencies cannot be compared: then nothing better than MONITOR comes out, and the sentence
/// says so.
#[must_use]
pub fn decide_one(cycle: &str, input: &CampaignInput, policy: &DecisionPolicy) -> Decision {
    decide(cycle, std::slice::from_ref(input), policy).remove(0)
}

/// The campaigns whose sales rose, with no more than the wanted share of wrong ones among them.
pub(crate) fn wins(campaigns: &[CampaignInput], policy: &DecisionPolicy) -> BTreeSet<usize> {
    let EvidenceGate::Evidence(evidence) = &policy.gate else { return BTreeSet::new() };
    let ln_e: Vec<Measured<f64>> = campaigns
        .iter()
        .map(|input| match &input.store.sales_rose {
            Some(found) => found.ln_e_for_many,
            None => Measured::Absent(Absence::TooFewObservations),
        })
        .collect();
    e_benjamini_hochberg(&ln_e, number(evidence.uplift_alpha)).unwrap_or_default().into_iter().collect()
}

pub(crate) fn decide_with(cycle: &str, input: &CampaignInput, policy: &DecisionPolicy, wins: bool) -> Decision {
    let ruling = policy.matrix.judge(&Signals::of(&input.metrics, input.price));
    let exposure = &input.metrics.exposure;
    let mut gated = policy.gate.apply(&ruling, input, wins);
    let ledger = match budget_stop(exposure.cost, input.to_come, exposure.budget, policy.budgets) {
        Ok(Some(stop)) => Ledger::Spent(stop),
        Ok(None) => Ledger::Within,
        Err(_) => Ledger::Unclear,
    };
    if ledger == Ledger::Unclear && !gated.verdict.stops() {
        (gated.verdict, gated.basis) = (Verdict::Monitor, None);
    }
    let sentence = sentence::of_decision(input, &ruling, &gated, ledger);
    Decision {
        id: DecisionId::of(cycle, input.campaign.as_str()),
        campaign: input.campaign.clone(),
        verdict: gated.verdict,
        raw_verdict: ruling.verdict,
        basis: gated.basis,
        ruling,
        held: gated.held,
        too_many_returns: gated.too_many_returns,
        budget_stop: match ledger {
            Ledger::Spent(stop) => Some(stop),
            Ledger::Within | Ledger::Unclear => None,
        },
        total_stop: input.total_stop,
        sentence,
    }
}

#[cfg(test)]
mod tests;
