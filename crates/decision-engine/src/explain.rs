//! A decision with everything that it rests on, for people and as data.

mod evidence;
mod facts;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

use campaign_pilot_core::{CampaignId, DecisionId, Money, Verdict};
use campaign_pilot_metrics::Risk;
use campaign_pilot_metrics::evidence::Outlook;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::flip::flips_of;
use crate::{
    AppliedOverride, Basis, BudgetStop, CampaignInput, ChangeReview, Decision, DecisionPolicy, EvidenceGate, Flip, HeldRule,
    Improvement, Prospect, Ruling,
};

/// The version of the rules: that of this crate.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// When and by what a decision was taken; `None` where that is not known.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DecidedBy {
    /// When. Ages of facts are counted up to then.
    pub at: Option<Timestamp>,
    /// The version of the policy.
    pub policy_version: Option<String>,
    /// The version of the rules: [`ENGINE_VERSION`] of the program that decided.
    pub engine_version: Option<String>,
}

/// A decision with everything that it rests on. As text ([`fmt::Display`]) it has one line for each fact.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Explanation {
    /// The decision.
    pub decision: DecisionId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The decision in one sentence.
    pub sentence: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the campaign stops, for its verdict or for money.
    pub stops: bool,
    /// What the verdict rests on; `None` for MONITOR.
    pub basis: Option<Basis>,
    /// What the thresholds alone say, rule by rule.
    pub ruling: Ruling,
    /// Rules that apply but do not count yet.
    pub held: Vec<HeldRule>,
    /// Set where more comes back than usual: then nothing better than MONITOR is said.
    pub too_many_returns: bool,
    /// Set where its own budget is spent.
    pub budget_stop: Option<BudgetStop>,
    /// What would have decided, were it not for earlier decisions by it that have not kept what they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Basis>,
    /// Set where the limit on all campaigns is reached.
    pub total_stop: Option<BudgetStop>,
    /// When and by which policy and rules.
    pub decided: DecidedBy,
    /// What counted for this campaign instead of the general policy.
    pub overrides: Vec<AppliedOverride>,
    /// What was known, with source and age.
    pub facts: Vec<StatedFact>,
    /// What the tests say.
    pub evidence: Vec<StatedEvidence>,
    /// What it is expected to contribute; `None` where nothing was estimated.
    pub contribution: Option<StatedContribution>,
    /// The risk score with its components.
    pub risk: Risk,
    /// The nearest changes of single facts that would change the verdict.
    pub flips: Vec<Flip>,
    /// Changes that are not made and what earlier ones did; `None` where no change was looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeReview>,
    /// What was not known, and why.
    pub missing: Vec<MissingFact>,
    /// What else a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// The store: its products, orders and refunds.
    Store,
    /// The source of page views.
    PageViews,
    /// The campaign platform.
    Platform,
    /// The pilot itself: what it set and followed.
    Pilot,
    /// A forecast of what the platform will still report.
    Forecast,
    /// The merchant's policy.
    Policy,
    /// Nobody: it is assumed.
    Assumed,
}

/// The value of a fact.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    /// An amount of money.
    Money(Money),
    /// A change or a share, in percent.
    Percent(Decimal),
    /// A count or a ratio.
    Number(Decimal),
    /// Hours.
    Hours(Decimal),
}

/// A fact that a decision rests on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StatedFact {
    /// What it is.
    pub what: String,
    /// Its value.
    pub value: FactValue,
    /// Where it comes from.
    pub source: FactSource,
    /// Up to when its source was read; `None` where that is not known or means nothing.
    pub as_of: Option<Timestamp>,
    /// How many minutes before the decision that was.
    pub age_minutes: Option<i64>,
}

/// Something that was not known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MissingFact {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What a test is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceOf {
    /// Sales rose beside the rest of the store.
    SalesRose,
    /// Sales fell beside the rest of the store.
    SalesFell,
    /// Views rose beside the rest of the store.
    ViewsRose,
    /// Views fell beside the rest of the store.
    ViewsFell,
    /// The campaign costs more than it brings.
    Loss,
    /// A new customer costs more than the product.
    CustomersTooDear,
    /// More comes back than usual.
    Returns,
}

/// What a test says, and whether that is enough.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct StatedEvidence {
    /// What it is about.
    pub of: EvidenceOf,
    /// How often chance alone is so convincing: at any look, for returns at one.
    pub p: f64,
    /// The e-value, where the test has one. That of rising sales is the one that counts among all campaigns.
    pub e_value: Option<f64>,
    /// The error rate that is asked for; `None` where the thresholds alone decide. For rising sales it is the share of wrong ones among
    /// all campaigns that are called so.
    pub needed: Option<Decimal>,
    /// Whether that is reached.
    pub holds: bool,
    /// Whether something else may be why: the product's own trend, or a loss in the rest of the store.
    pub other_causes: bool,
    /// When it may be; `None` where nothing says so.
    pub outlook: Option<Outlook>,
}

/// What a campaign contributed and is expected to contribute.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StatedContribution {
    /// What a day on offer is expected to contribute, with its interval.
    pub expected: Prospect,
    /// The probability that the interval covers the truth.
    pub level: Decimal,
    /// Credited revenue x margin x caused - cost up to now; `None` for amounts in several currencies.
    pub so_far: Option<Money>,
    /// How likely it has to earn to be continued, or to lose to be paused; `None` where the thresholds alone decide.
    pub likely: Option<Decimal>,
    /// The change that is expected to bring most.
    pub improvement: Option<Improvement>,
}

/// Some lines of an explanation under a title.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplanationSection {
    /// The title.
    pub title: &'static str,
    /// The lines.
    pub lines: Vec<String>,
}

/// Explains a decision out of its input and the policy, general or the part that [concerns](DecisionPolicy::concerning) the campaign.
///
/// It takes as long as some tens of decisions, so it is made for a reader and not for each campaign of a pass.
#[must_use]
pub fn explain(decision: &Decision, input: &CampaignInput, policy: &DecisionPolicy, decided: DecidedBy) -> Explanation {
    let own = policy.own(input);
    let (facts, mut missing) = facts::of(input, decided.at);
    let (evidence, untested) = evidence::of(input, &own, decision.sales_rose);
    missing.extend(untested);
    let contribution = input.prospect.as_ref().map(|expected| StatedContribution {
        expected: expected.clone(),
        level: Decimal::new(9, 1),
        so_far: so_far(input, expected),
        likely: match &own.gate {
            EvidenceGate::Evidence(evidence) => Some(evidence.likely),
            EvidenceGate::Off => None,
        },
        improvement: input.improvement.clone(),
    });
    if contribution.is_none() {
        missing.push(MissingFact::new("expected contribution", "nothing was estimated"));
    }
    let risk = input.metrics.risk;
    let neutral = |(name, absence)| MissingFact::new(format!("{name} of the risk"), format!("{absence}: the middle stands in"));
    missing.extend(risk.missing().map(neutral));
    Explanation {
        decision: decision.id.clone(),
        campaign: decision.campaign.clone(),
        sentence: decision.sentence.clone(),
        verdict: decision.verdict,
        stops: decision.stops(),
        basis: decision.basis,
        ruling: decision.ruling,
        held: decision.held.clone(),
        too_many_returns: decision.too_many_returns,
        budget_stop: decision.budget_stop,
        withheld: decision.withheld,
        total_stop: decision.total_stop,
        decided,
        overrides: policy.applied(input),
        facts,
        evidence,
        contribution,
        risk,
        flips: flips_of(input, &own, decision.sales_rose),
        changes: input.changes.clone(),
        missing,
        notes: input.metrics.notes.clone(),
    }
}

/// What a campaign contributed by what is credited to it.
fn so_far(input: &CampaignInput, expected: &Prospect) -> Option<Money> {
    let exposure = &input.metrics.exposure;
    let kept = exposure.revenue.checked_mul(expected.margin.factor()).ok()?.checked_mul(expected.caused).ok()?;
    kept.checked_sub(exposure.cost).ok()
}

impl MissingFact {
    pub(crate) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

impl fmt::Display for Explanation {
    /// The sentence, then each section with its title and one indented line for each fact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        for section in self.sections() {
            write!(f, "\n{}", section.title)?;
            section.lines.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        }
        Ok(())
    }
}
