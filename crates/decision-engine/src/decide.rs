//! One decision per campaign, in one pass.

use campaign_pilot_core::{CampaignId, DecisionId, Money, Verdict};
use campaign_pilot_metrics::CampaignMetrics;
use serde::{Deserialize, Serialize};

use crate::sentence::{self, Ledger};
use crate::{BudgetStop, DecisionMatrix, EvidenceGate, HeldRule, Rule, Ruling, Signals, budget_stop};

/// A campaign to decide on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignInput {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its name for people.
    pub name: String,
    /// The product's price in force.
    pub price: Option<Money>,
    /// Cost that has been caused but not reported yet, as far as it is known; zero otherwise.
    pub forecast: Money,
    /// What was measured. The budget in force stands in its exposure.
    pub metrics: CampaignMetrics,
}

/// What decisions are taken by.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionPolicy {
    /// The thresholds.
    pub matrix: DecisionMatrix,
    /// What the data must support before a verdict counts.
    pub gate: EvidenceGate,
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
    /// The rule that the verdict rests on; `None` for MONITOR.
    pub rule: Option<Rule>,
    /// Every rule of the matrix with its outcome.
    pub ruling: Ruling,
    /// Rules that apply but do not count yet.
    pub held: Vec<HeldRule>,
    /// Set when the budget is spent: the campaign stops whatever the verdict.
    pub budget_stop: Option<BudgetStop>,
    /// The decision in one sentence for people.
    pub sentence: String,
}

impl Decision {
    /// Whether the campaign has to stop, for its verdict or for its budget.
    #[must_use]
    pub const fn stops(&self) -> bool {
        self.verdict.stops() || self.budget_stop.is_some()
    }
}

/// Decides on campaigns. The order of the decisions is the order of the inputs; no decision depends on another one.
///
/// The effort per campaign is constant. `cycle` names the cycle that decides, so that repeating it repeats the ids.
#[must_use]
pub fn decide(cycle: &str, campaigns: &[CampaignInput], policy: &DecisionPolicy) -> Vec<Decision> {
    campaigns.iter().map(|input| decide_one(cycle, input, policy)).collect()
}

/// Decides on one campaign.
///
/// Cost and budget in two currencies cannot be compared: then nothing better than MONITOR comes out, and the sentence
/// says so.
#[must_use]
pub fn decide_one(cycle: &str, input: &CampaignInput, policy: &DecisionPolicy) -> Decision {
    let ruling = policy.matrix.judge(&Signals::of(&input.metrics, input.price));
    let exposure = &input.metrics.exposure;
    let mut gated = policy.gate.apply(&ruling, exposure);
    let ledger = match budget_stop(exposure.cost, input.forecast, exposure.budget) {
        Ok(Some(stop)) => Ledger::Spent(stop),
        Ok(None) => Ledger::Within,
        Err(_) => Ledger::Unclear,
    };
    if ledger == Ledger::Unclear && !gated.verdict.stops() {
        (gated.verdict, gated.rule) = (Verdict::Monitor, None);
    }
    let sentence = sentence::of_decision(input, policy, &ruling, &gated, ledger);
    Decision {
        id: DecisionId::of(cycle, input.campaign.as_str()),
        campaign: input.campaign.clone(),
        verdict: gated.verdict,
        raw_verdict: ruling.verdict,
        rule: gated.rule,
        ruling,
        held: gated.held,
        budget_stop: match ledger {
            Ledger::Spent(stop) => Some(stop),
            Ledger::Within | Ledger::Unclear => None,
        },
        sentence,
    }
}

#[cfg(test)]
mod tests;
