//! The manager: verdicts, money, one plan.

mod budgets;
mod changes;
mod draft;
mod enforcement;
mod facts;
#[cfg(test)]
mod tests;
mod used_up;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    AdCopy, CampaignAction, CampaignId, CampaignRecord, CampaignSpec, Capabilities, DecisionId, DecisionRecord, DesiredStatus,
    EffectiveStatus, ErrorKind, PauseControl, Verdict,
};
use campaign_pilot_decision_engine::{
    BudgetChange, BudgetStop, CampaignInput, CostToCome, Decision, Guarded, Plan, PlannedAction, Precondition, decide,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::draft::{Draft, pause, without_verdict};
use self::facts::listed;
use crate::analyst::Analysis;
use crate::copywriter::campaign_name;
use crate::creator::Launch;
use crate::error::{AgentError, Result};
use crate::explain::{HELD_BACK, kept};
use crate::policy::{Policy, hours};
use crate::portfolio::{ExpectedCosts, Total};
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

/// Decides on campaigns and makes the plan. A pure function of what was read and measured.
#[derive(Clone, Debug)]
pub struct ManagerAgent {
    policy: Policy,
    capabilities: Capabilities,
    /// The variants that the writer of ad copy can write.
    copies: Vec<String>,
}

/// How much a manager may decide.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Only what cannot wait: emergency pauses and spent budgets.
    Urgent,
    /// Everything.
    Full,
}

/// What was decided on the campaigns that run, and on what.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Judged {
    /// What was known of each campaign.
    pub inputs: Vec<CampaignInput>,
    /// The decisions; of a monitoring cycle, the urgent ones.
    pub decisions: Vec<Decision>,
    /// The larger budgets that would pay, as far as there is room for them.
    #[serde(default)]
    pub raises: Vec<BudgetChange>,
    /// The other words that campaigns get, once they are written.
    #[serde(default)]
    pub copies: BTreeMap<CampaignId, AdCopy>,
    /// The money of all campaigns together; `None` where it cannot be added up.
    pub total: Option<Total>,
    /// What a reader should know of it.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Judged {
    /// Each decision with what was known of its campaign.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&CampaignInput, &Decision)> {
        let inputs: BTreeMap<_, _> = self.inputs.iter().map(|input| (&input.campaign, input)).collect();
        self.decisions.iter().filter_map(move |decision| Some((*inputs.get(&decision.campaign)?, decision)))
    }
}

/// What the manager planned.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Directive {
    /// What shall be done, after the guardrails, and what they or the policy's modes held back.
    pub guarded: Guarded,
    /// Every decision, to be recorded.
    pub records: Vec<DecisionRecord>,
    /// Campaigns whose budget the plan raises.
    pub raised: BTreeSet<CampaignId>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl ManagerAgent {
    /// A manager with a policy, for a platform that can do so much.
    #[must_use]
    pub const fn new(policy: Policy, capabilities: Capabilities) -> Self {
        Self { policy, capabilities, copies: Vec::new() }
    }

    /// The same, where the writer of ad copy can write these variants.
    #[must_use]
    pub fn with_copies(mut self, copies: Vec<String>) -> Self {
        self.copies = copies;
        self
    }

    /// The money of all campaigns together; `None` where it cannot be added up.
    ///
    /// Where budgets are soft and the pilot keeps them, campaigns that run count with what the prospects expect them to cost, without
    /// prospects with their budgets.
    #[must_use]
    pub fn total(&self, snapshot: &Snapshot, known: &Known, prospects: &Prospects) -> Option<Total> {
        // On data that may be old, expectations free no money.
        let prospect = |record: &CampaignRecord| prospects.get(&record.campaign.spec.product).filter(|_| snapshot.data_trusted);
        let coming = ExpectedCosts::of_all(known, snapshot.now, &self.policy, &self.capabilities, prospect);
        Total::of(known, snapshot, &self.policy, &self.capabilities, &coming).ok()
    }

    /// Set when the limit on all campaigns together is reached by what was spent and what is still to come.
    #[must_use]
    pub fn total_stop(&self, total: Option<Total>) -> Option<BudgetStop> {
        total?.stop(self.policy.guardrails.max_total_budget.of(self.capabilities.currency)?)
    }

    /// Decides on every campaign that was measured and runs.
    #[must_use]
    pub fn judge(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        analysis: &Analysis,
        prospects: &Prospects,
        total: Option<Total>,
        scope: Scope,
    ) -> Judged {
        let cap = self.policy.guardrails.max_total_budget.of(self.capabilities.currency);
        let total_stop = self.total_stop(total);
        let mut inputs = self.inputs(snapshot, known, analysis, prospects, total_stop);
        let (mut raises, mut notes) = (Vec::new(), Vec::new());
        if scope == Scope::Full && snapshot.data_trusted {
            let room = total.zip(cap).and_then(|(total, cap)| cap.checked_sub(total.at_stake).ok());
            match self.raises(&inputs, snapshot, known, room) {
                Ok(found) => raises = found,
                Err(error) => notes.push(format!("no budgets are raised: {error}")),
            }
            self.choose_changes(&mut inputs, snapshot, known, prospects, &raises);
        }
        let mut decisions = decide(&snapshot.cycle, &inputs, &self.policy.decision);
        if scope == Scope::Urgent {
            decisions.retain(|decision| decision.verdict == Verdict::EmergencyPause || decision.is_over_budget());
        }
        Judged { inputs, decisions, raises, copies: BTreeMap::new(), total, notes }
    }

    /// One plan out of decisions and launches: stops, pauses that have to be repeated, moved budgets, ends and words, ends of campaigns
    /// whose budget is used up, launches; then the guardrails, and how far the policy lets decisions go.
    ///
    /// # Errors
    ///
    /// When the plan cannot be made, such as for a policy under which plans expire at once.
    pub fn plan(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        analysis: &Analysis,
        judged: &Judged,
        launches: Vec<(Launch, AdCopy)>,
        scope: Scope,
    ) -> Result<Directive> {
        let mut draft = Draft { notes: judged.notes.clone(), ..Draft::default() };
        let decisions = &judged.decisions;
        self.stop(snapshot, known, decisions, &mut draft);
        self.repeat_pauses(snapshot, known, &mut draft);
        if scope == Scope::Full {
            self.cut_budgets(snapshot, known, judged, &mut draft);
            Self::raise_budgets(snapshot, known, judged, &mut draft);
            self.make_changes(snapshot, known, judged, &mut draft);
            self.end_used_up(snapshot, known, &mut draft);
            for (launch, copy) in launches {
                self.launch(snapshot, &launch, copy, &mut draft);
            }
        }
        let inputs: BTreeMap<_, _> = judged.inputs.iter().map(|input| (&input.campaign, input)).collect();
        for decision in decisions {
            let product = analysis.campaigns.get(&decision.campaign).map(|analysis| analysis.product.clone());
            let input = inputs.get(&decision.campaign).copied();
            draft.records.extend(product.map(|product| DecisionRecord {
                id: decision.id.clone(),
                plan: None,
                at: snapshot.now,
                campaign: Some(decision.campaign.clone()),
                product,
                verdict: Some(decision.verdict),
                sentence: decision.sentence.clone(),
                inputs: kept(input, decision, &self.policy.decision),
                predicted: None,
                outcome: None,
            }));
        }
        self.guard(snapshot, known, judged, draft)
    }

    fn guard(&self, snapshot: &Snapshot, known: &Known, judged: &Judged, mut draft: Draft) -> Result<Directive> {
        let expires_at = snapshot.now.checked_add(hours(self.policy.cadence.plan_valid_hours));
        let unusable = |reason: String| AgentError::new(ErrorKind::Invalid, format!("no plan could be made: {reason}"));
        let expires_at = expires_at.map_err(|error| unusable(error.to_string()))?;
        let plan = Plan::new(snapshot.now, expires_at, draft.actions).map_err(|error| unusable(error.to_string()))?;
        let mut portfolio = self.portfolio(snapshot, known, judged.total, &mut draft.notes);
        portfolio.products.append(&mut draft.products);
        let guarded = self.check(&plan, known, judged, &portfolio).map_err(|error| unusable(error.to_string()))?;
        let planned: BTreeSet<_> = guarded.allowed.actions().iter().map(|action| action.decision.clone()).collect();
        for record in draft.records.iter_mut().filter(|record| planned.contains(&record.id)) {
            record.plan = Some(guarded.allowed.id().clone());
        }
        let held: BTreeMap<_, _> = guarded.held.iter().map(|held| (&held.action.decision, &held.reason)).collect();
        let version = if draft.records.is_empty() { String::new() } else { self.policy.version() };
        for record in &mut draft.records {
            if let Value::Object(inputs) = &mut record.inputs {
                inputs.insert("policy_version".to_owned(), version.clone().into());
            }
            if let Some(reason) = held.get(&record.id) {
                record.sentence = format!("{}{HELD_BACK}{reason})", record.sentence);
            }
        }
        draft.raised.retain(|campaign| {
            guarded.allowed.actions().iter().any(|action| action.action.campaign() == campaign && !action.only_lowers())
        });
        let Draft { records, raised, notes, .. } = draft;
        Ok(Directive { guarded, records, raised, notes })
    }

    fn inputs(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        analysis: &Analysis,
        prospects: &Prospects,
        total_stop: Option<BudgetStop>,
    ) -> Vec<CampaignInput> {
        let cautions = known.checks.cautions(&self.policy);
        let forecaster = known.spending.forecaster(&self.policy.forecast, &self.capabilities, snapshot.now);
        known
            .live(snapshot.now)
            .filter_map(|record| {
                let id = &record.campaign.spec.id;
                let measured = analysis.campaigns.get(id)?;
                Some(CampaignInput {
                    campaign: id.clone(),
                    name: measured.name.clone(),
                    product: Some(record.campaign.spec.product.clone()),
                    categories: record.campaign.product.categories.clone(),
                    price: measured.price,
                    to_come: forecaster.to_come(record).unwrap_or(CostToCome::nothing(record.campaign.budget.currency)),
                    metrics: measured.metrics.clone(),
                    prospect: prospects.get(&record.campaign.spec.product).cloned(),
                    store: prospects.store(id),
                    improvement: None,
                    changes: None,
                    total_stop,
                    cautions: cautions.clone(),
                    read: snapshot.readings(known, record, prospects.caused()),
                })
            })
            .collect()
    }

    fn stop(&self, snapshot: &Snapshot, known: &Known, decisions: &[Decision], draft: &mut Draft) {
        for decision in decisions.iter().filter(|decision| decision.stops()) {
            let Some((record, platform_id)) = known.with_object(&decision.campaign) else { continue };
            if self.capabilities.pause == PauseControl::Unsupported {
                let sentence = decision.sentence.clone();
                let Some(ends) = self.end_instead(decision.id.clone(), record, snapshot.now, sentence) else {
                    let (name, platform) = (&record.campaign.spec.name, &self.capabilities.platform);
                    draft.notes.push(format!("`{name}` should stop, but {platform} cannot pause"));
                    continue;
                };
                draft.stopped.insert(decision.campaign.clone());
                draft.actions.push(ends);
                continue;
            }
            draft.stopped.insert(decision.campaign.clone());
            draft.actions.push(pause(decision.id.clone(), record, platform_id, decision.sentence.clone()));
        }
    }

    /// Campaigns that shall rest, but that the platform still runs: their pause had no effect, so it is decided again.
    fn repeat_pauses(&self, snapshot: &Snapshot, known: &Known, draft: &mut Draft) {
        if self.capabilities.pause == PauseControl::Unsupported {
            return;
        }
        let running = |record: &&CampaignRecord| {
            record.campaign.desired == DesiredStatus::Paused
                && record.campaign.effective == EffectiveStatus::Running
                && record.campaign.spec.flight.contains(snapshot.now)
        };
        for record in known.campaigns.iter().filter(running) {
            let id = &record.campaign.spec.id;
            let Some((record, platform_id)) = known.with_object(id).filter(|_| !known.is_open(id)) else { continue };
            let decision = DecisionId::of(&snapshot.cycle, id.as_str());
            let sentence = format!("pause `{}` again: it shall rest, but it still runs", record.campaign.spec.name);
            draft.stopped.insert(id.clone());
            let inputs = json!({ "desired": "paused", "effective": "running" });
            draft.records.push(without_verdict(decision.clone(), record, snapshot, sentence.clone(), inputs));
            draft.actions.push(pause(decision, record, platform_id, sentence));
        }
    }

    fn launch(&self, snapshot: &Snapshot, launch: &Launch, copy: AdCopy, draft: &mut Draft) {
        let product = &launch.brief.product;
        let campaign = CampaignId::of_launch(&launch.decision);
        let sentence = launch.sentence();
        let spec = CampaignSpec {
            id: campaign.clone(),
            product: product.id.clone(),
            sku: product.sku.clone(),
            name: campaign_name(product),
            landing_page: product.permalink.clone(),
            copy,
            budget: launch.budget.budget,
            flight: launch.flight,
        };
        if let Err(error) = spec.check() {
            draft.notes.push(format!("`{}` is not launched: {error}", spec.name));
            return;
        }
        let budget = spec.budget;
        let action = CampaignAction::Create { spec: Box::new(spec) };
        let mut planned = PlannedAction::new(launch.decision.clone(), 0, action, budget, sentence.clone())
            .requiring(Precondition::NotAdvertised { product: product.id.clone() });
        let prediction = launch.prediction();
        if let Some(prediction) = prediction {
            planned = planned.predicting(prediction.interval);
        }
        draft.actions.push(planned);
        draft.products.extend([listed(product)]);
        draft.records.push(DecisionRecord {
            id: launch.decision.clone(),
            plan: None,
            at: snapshot.now,
            campaign: Some(campaign),
            product: product.id.clone(),
            verdict: None,
            sentence,
            inputs: launch.kept(prediction.as_ref()),
            predicted: prediction.map(|prediction| prediction.interval.expected),
            outcome: None,
        });
    }
}
