//! Decisions are checked once their outcome is known.

mod close;
mod launched;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CampaignRecord, DecisionId, Money};
use campaign_pilot_decision_engine::{
    Basis, CalibrationBook, CampaignInput, Caution, Change, ContributionOutlook, Decision, Prediction, Rule,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::manager::Judged;
use crate::policy::Policy;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

pub(crate) use close::Closing;
pub(crate) use launched::kept_with;

/// Which decisions wait for their outcome, and how those that had one turned out, by rule and version of the policy.
///
/// Of each campaign the first decision by each rule is checked: later ones are about the same sales. What waits is closed with its
/// campaign, so that there is never more than a few checks for each campaign that is not over.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Checks {
    book: CalibrationBook,
    open: BTreeMap<CampaignId, Vec<OpenCheck>>,
    /// Campaigns that were stopped since their own budget was used up.
    used_up: BTreeSet<CampaignId>,
}

/// A decision whose outcome is not known yet.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct OpenCheck {
    decision: DecisionId,
    at: Timestamp,
    basis: Basis,
    policy_version: String,
    outlook: Option<ContributionOutlook>,
    /// What the campaign had cost and brought, and for how many hours it had been on offer.
    cost: Money,
    revenue: Money,
    hours: Decimal,
}

/// A decision with what came of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ClosedDecision {
    /// The decision.
    pub decision: DecisionId,
    /// What the campaign contributed from then on, in the currency of its budget.
    pub outcome: Decimal,
}

/// What decisions of one cycle begin to wait for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Opened {
    checks: Vec<(CampaignId, OpenCheck)>,
    used_up: BTreeSet<CampaignId>,
    /// What was predicted of each decision.
    pub(crate) predicted: BTreeMap<DecisionId, Prediction>,
}

impl Checks {
    /// How every rule has done.
    #[must_use]
    pub const fn book(&self) -> &CalibrationBook {
        &self.book
    }

    /// The rules that are not relied on under a policy.
    #[must_use]
    pub fn cautions(&self, policy: &Policy) -> Vec<Caution> {
        if self.book.checks().is_empty() || !policy.calibration.enabled {
            return Vec::new();
        }
        self.book.cautions(&policy.version(), &policy.calibration)
    }

    /// The decisions of a cycle that will be checked.
    pub(crate) fn opened(
        &self,
        judged: &Judged,
        known: &Known,
        snapshot: &Snapshot,
        prospects: &Prospects,
        policy: &Policy,
    ) -> Opened {
        let mut opened = Opened::default();
        let mut version = None;
        for (input, decision) in judged.pairs() {
            if decision.budget_stop.is_some() && !self.used_up.contains(&decision.campaign) {
                opened.used_up.insert(decision.campaign.clone());
            }
            let Some(record) = known.record(&decision.campaign) else { continue };
            let Some(basis) = decision.withheld.or(decision.basis).filter(|basis| is_checkable(*basis)) else { continue };
            let waiting = self.open.get(&decision.campaign);
            if waiting.is_some_and(|waiting| waiting.iter().any(|check| check.basis == basis)) {
                continue;
            }
            let Some(performance) = &record.performance else { continue };
            let outlook = prospects.outlook(&record.campaign.product, policy);
            let left = budget_from(record, input, decision).checked_sub(performance.cost).ok();
            let days = record.campaign.spec.flight.end().duration_since(snapshot.now).as_hours().max(0);
            let predicted = outlook.and_then(|outlook| outlook.over(Decimal::from(days) / Decimal::from(24), left));
            if goes_on(basis) {
                // Without a prediction nothing was said that could be checked.
                let Some(predicted) = predicted else { continue };
                opened.predicted.insert(decision.id.clone(), predicted);
            }
            let check = OpenCheck {
                decision: decision.id.clone(),
                at: snapshot.now,
                basis,
                policy_version: version.get_or_insert_with(|| policy.version()).clone(),
                outlook,
                cost: performance.cost,
                revenue: performance.revenue,
                hours: known.spending.hours_on_offer(record, snapshot.now),
            };
            opened.checks.push((decision.campaign.clone(), check));
        }
        opened
    }

    /// Begins to wait for them.
    pub(crate) fn wait_for(&mut self, opened: Opened) {
        for (campaign, check) in opened.checks {
            self.open.entry(campaign).or_default().push(check);
        }
        self.used_up.extend(opened.used_up);
    }
}

impl Opened {
    pub(crate) fn is_nothing(&self) -> bool {
        self.checks.is_empty() && self.used_up.is_empty()
    }
}

/// Whether its outcome can be seen. That of a stop for stock, for fallen sales or views cannot: nobody knows what would have come.
const fn is_checkable(basis: Basis) -> bool {
    match basis {
        Basis::Earns | Basis::Improvement | Basis::Loses => true,
        Basis::Rule(rule) => !matches!(rule, Rule::SalesFell | Rule::ViewsFell),
        Basis::StockShort => false,
    }
}

/// Whether a campaign goes on by it.
const fn goes_on(basis: Basis) -> bool {
    match basis {
        Basis::Earns | Basis::Improvement => true,
        Basis::Loses | Basis::StockShort => false,
        Basis::Rule(rule) => !rule.verdict().stops(),
    }
}

/// The budget with which it goes on.
fn budget_from(record: &CampaignRecord, input: &CampaignInput, decision: &Decision) -> Money {
    match input.improvement.as_ref().map(|improvement| &improvement.change) {
        Some(Change::RaiseBudget { to, .. }) if decision.basis == Some(Basis::Improvement) => *to,
        _ => record.campaign.budget,
    }
}
