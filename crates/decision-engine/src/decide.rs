//! One decision per campaign, in one pass.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Absence, CampaignId, CategoryName, DecisionId, Measured, Money, ProductId, Verdict};
use campaign_pilot_metrics::CampaignMetrics;
use campaign_pilot_metrics::evidence::e_benjamini_hochberg;
use garde::Validate;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::overrides::{category_names, gate_is_on, product_ids};
use crate::sentence::{self, Ledger};
use crate::{
    Basis, BudgetKeeping, BudgetStop, Caution, ChangeReview, CostToCome, DecisionMatrix, DecisionOverride, EvidenceGate,
    EvidencePolicy, HeldRule, Improvement, Prospect, Ruling, Signals, StoreEvidence, budget_stop,
};

/// A campaign to decide on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignInput {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its name for people.
    pub name: String,
    /// The product that it is for; `None` where that is not known: then no override for a product counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// The product's categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryName>,
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
    /// Changes that are not made and what earlier ones did; `None` where no change was looked for, and in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeReview>,
    /// Set when the limit on all campaigns together is reached: then every one of them stops.
    #[serde(default)]
    pub total_stop: Option<BudgetStop>,
    /// The rules that are not relied on, since earlier decisions by them have not kept what they said. Without evidence (`gate = off`)
    /// the thresholds alone decide, whatever stands here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<Caution>,
    /// Up to when each source was read. No decision depends on it.
    #[serde(default, skip_serializing_if = "Readings::is_unknown")]
    pub read: Readings,
}

/// Up to when the sources of a campaign's facts were read; `None` where that is not known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Readings {
    /// The product as the store lists it: its price and cost.
    pub product: Option<Timestamp>,
    /// The store's orders and refunds.
    pub sales: Option<Timestamp>,
    /// Page views.
    pub views: Option<Timestamp>,
    /// What the platform reports of the campaign.
    pub platform: Option<Timestamp>,
    /// The store's sales when the share of caused sales was estimated from them; `None` where that share is assumed.
    pub caused: Option<Timestamp>,
}

impl Readings {
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
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
    /// What decides otherwise on single products, by the store's ids; each key that is set counts before what their categories set. None
    /// unless set.
    #[garde(dive, custom(product_ids), custom(gate_is_on(self)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, DecisionOverride>,
    /// What decides otherwise on the products of a category, by its exact name; of several categories of a product that set the same key
    /// the first by name counts. None unless set.
    #[garde(dive, custom(category_names), custom(gate_is_on(self)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, DecisionOverride>,
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
    /// Whether the product sells more than its share, by the tests of all campaigns together: what rules on rising sales need.
    #[serde(default)]
    pub sales_rose: bool,
    /// Set where more comes back than usual: then no budget is raised, and the verdict is MONITOR at best.
    #[serde(default)]
    pub too_many_returns: bool,
    /// The rule that would have decided, were it not one of [`CampaignInput::cautions`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Basis>,
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

/// Decides on campaigns, each by what the policy sets for its product and categories. The order of the decisions is the order of the
/// inputs, and that order changes no decision.
///
/// Uplifts are tested over all campaigns together (e-BH, with the `uplift_alpha` of the general gate); everything else about a campaign
/// depends on that campaign alone. Campaigns for which the gate is off are not among the tests. `cycle` names the cycle that decides, so
/// that repeating it repeats the ids.
#[must_use]
pub fn decide(cycle: &str, campaigns: &[CampaignInput], policy: &DecisionPolicy) -> Vec<Decision> {
    let wins = wins(campaigns, policy);
    let decide = |(index, input): (usize, &CampaignInput)| {
        let id = DecisionId::of(cycle, input.campaign.as_str());
        decide_with(id, input, &policy.own(input), wins.contains(&index))
    };
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

/// Takes a decision again from what was kept of it: its id, its input, the policy or [the part of it that concerns the
/// campaign](DecisionPolicy::concerning), and what the tests of all campaigns together said ([`Decision::sales_rose`]).
#[must_use]
pub fn decide_again(id: DecisionId, input: &CampaignInput, policy: &DecisionPolicy, sales_rose: bool) -> Decision {
    decide_with(id, input, &policy.own(input), sales_rose)
}

/// The campaigns whose sales rose, with no more than the wanted share of wrong ones among them.
pub(crate) fn wins(campaigns: &[CampaignInput], policy: &DecisionPolicy) -> BTreeSet<usize> {
    if campaigns.iter().all(|input| input.store.sales_rose.is_none()) {
        return BTreeSet::new();
    }
    let tested = |input: &CampaignInput| policy.own(input).gate != EvidenceGate::Off;
    let (tested, ln_e): (Vec<usize>, Vec<Measured<f64>>) = campaigns
        .iter()
        .enumerate()
        .filter(|(_, input)| tested(input))
        .map(|(index, input)| match &input.store.sales_rose {
            Some(found) => (index, found.ln_e_for_many),
            None => (index, Measured::Absent(Absence::TooFewObservations)),
        })
        .unzip();
    let alpha = match &policy.gate {
        EvidenceGate::Evidence(evidence) => evidence.uplift_alpha,
        EvidenceGate::Off => EvidencePolicy::default().uplift_alpha,
    };
    let rose = e_benjamini_hochberg(&ln_e, number(alpha)).unwrap_or_default();
    rose.into_iter().filter_map(|place| tested.get(place).copied()).collect()
}

/// Decides by the policy of the campaign itself.
pub(crate) fn decide_with(id: DecisionId, input: &CampaignInput, policy: &DecisionPolicy, wins: bool) -> Decision {
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
        id,
        campaign: input.campaign.clone(),
        verdict: gated.verdict,
        raw_verdict: ruling.verdict,
        basis: gated.basis,
        ruling,
        held: gated.held,
        sales_rose: wins,
        too_many_returns: gated.too_many_returns,
        withheld: gated.withheld,
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
