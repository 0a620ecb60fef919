//! The evidence gate: a verdict that the data cannot yet support becomes MONITOR.

mod caution;
mod evidence;

use std::fmt;

use campaign_pilot_core::{Measured, Verdict};
use campaign_pilot_metrics::evidence::{Evidence, GammaPoisson, NoDecision, Outlook, Side};
use garde::Validate;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::ranges;
use crate::{CampaignInput, Improvement, Rule, Ruling};
pub(crate) use evidence::loss_p;

/// What a verdict needs before it is acted upon.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum EvidenceGate {
    /// The literal thresholds decide alone. Every new campaign is then paused in its first hour: spend, no sale yet.
    Off,
    /// A verdict counts once sequential tests or the expected contribution support it.
    Evidence(#[garde(dive)] EvidencePolicy),
}

impl Default for EvidenceGate {
    fn default() -> Self {
        Self::Evidence(EvidencePolicy::default())
    }
}

/// How sure a verdict has to be.
///
/// The tests stay valid however often they are looked at: their error rates are those of all looks together.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct EvidencePolicy {
    /// The error rate of the test behind a pause. Default 0.05.
    #[garde(custom(ranges::probability))]
    pub pause_alpha: Decimal,
    /// The error rate of the test behind an emergency pause. Default 0.01.
    #[garde(custom(ranges::probability))]
    pub emergency_alpha: Decimal,
    /// The share of wrong ones among all uplifts that are called so (e-BH over all campaigns). Default 0.1.
    #[garde(custom(ranges::probability))]
    pub uplift_alpha: Decimal,
    /// How likely so many returns have to be by chance for a campaign to count as doing well. Default 0.01: where less likely, the product
    /// comes back more than it used to, and nothing better than MONITOR is said of it.
    #[garde(custom(ranges::share))]
    pub returns_alpha: Decimal,
    /// How likely a campaign has to earn to be continued, or to lose to be paused: from 0.5 to 1. Default 0.9.
    #[garde(custom(ranges::likely))]
    pub likely: Decimal,
    /// How likely a campaign has to lose to be paused at once. Default 0.99.
    #[garde(custom(ranges::likely))]
    pub nearly_certain: Decimal,
}

impl Default for EvidencePolicy {
    fn default() -> Self {
        Self {
            pause_alpha: dec!(0.05),
            emergency_alpha: dec!(0.01),
            uplift_alpha: dec!(0.1),
            returns_alpha: dec!(0.01),
            likely: dec!(0.9),
            nearly_certain: dec!(0.99),
        }
    }
}

/// What sequential tests of a campaign's product beside the rest of the store say; what was not tested is `None`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct StoreEvidence {
    /// Whether the product sells more than its share.
    pub sales_rose: Option<Evidence>,
    /// Whether it sells less.
    pub sales_fell: Option<Evidence>,
    /// Whether its page is viewed more than its share.
    pub views_rose: Option<Evidence>,
    /// Whether it is viewed less.
    pub views_fell: Option<Evidence>,
    /// Whether a rise of the sales may be the product's own trend, or come from a loss in the rest of the store.
    pub may_have_other_causes: bool,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A rule of the matrix that the evidence supports.
    Rule(Rule),
    /// Going on is expected to cost more than it brings.
    Loses,
    /// There is no stock to sell beyond what sells without the campaign.
    StockShort,
    /// It earns, and a change is expected to make it earn more.
    Improvement,
    /// It is expected to bring more than it costs.
    Earns,
}

/// What is missing before a rule counts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "needs")]
pub enum Shortfall {
    /// Chance alone makes such a change too often.
    Chance {
        /// The anytime-valid p-value.
        p: f64,
        /// The error rate that it has to reach.
        needed: Decimal,
        /// When it may.
        outlook: Outlook,
    },
    /// The product's own trend, or a loss in the rest of the store, may be why.
    OtherCauses,
    /// Nothing tests it: there is too little history or nothing to compare with.
    Untested,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p, needed, outlook) = match self {
            Self::Chance { p, needed, outlook } => (p, needed, outlook),
            Self::OtherCauses => return f.write_str("its own trend, or a loss in the rest of the store, may be why"),
            Self::Untested => return f.write_str("there is too little to compare it with"),
        };
        write!(f, "chance alone may explain it: p = {p:.2}, at most {needed} needed")?;
        match outlook {
            Outlook::After { sales, days: Measured::Known(days) } => {
                write!(f, "; not before about {sales:.0} more sales, {days:.0} days")
            }
            Outlook::After { sales, .. } => write!(f, "; not before about {sales:.0} more sales"),
            Outlook::Decided | Outlook::Never { .. } => Ok(()),
        }
    }
}

/// A rule that applies but does not count yet.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct HeldRule {
    /// The rule.
    pub rule: Rule,
    /// What is missing.
    pub missing: Shortfall,
}

/// What the gate let through.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Gated {
    /// The verdict that the data support.
    pub verdict: Verdict,
    /// What it rests on; `None` for MONITOR.
    pub basis: Option<Basis>,
    /// Rules that apply but do not count yet.
    pub held: Vec<HeldRule>,
    /// Set where more comes back than usual, so that nothing better than MONITOR is said.
    pub too_many_returns: bool,
    /// What would have decided, were it not for [`CampaignInput::cautions`].
    #[serde(default)]
    pub withheld: Option<Basis>,
}

impl EvidenceGate {
    /// Lets through what the data support; `wins` says whether the product's sales rose among all campaigns' tests.
    ///
    /// The most severe verdict with enough evidence decides. A warning that has not enough evidence yet does not stop a
    /// campaign; it is reported as held, and keeps the other rules of the matrix from making it better than MONITOR.
    ///
    /// What rests on a rule that is not relied on ([`CampaignInput::cautions`]) does not count for CONTINUE and OPTIMIZE.
    #[must_use]
    pub fn apply(&self, ruling: &Ruling, input: &CampaignInput, wins: bool) -> Gated {
        let Self::Evidence(policy) = self else {
            let rule = ruling.applying().next();
            let verdict = rule.map_or(Verdict::Monitor, Rule::verdict);
            return Gated { verdict, basis: rule.map(Basis::Rule), held: Vec::new(), too_many_returns: false, withheld: None };
        };
        let mut held = Vec::new();
        let mut supported = policy.by_contribution(input);
        for rule in ruling.applying() {
            let is_warned = held.iter().any(|held: &HeldRule| held.rule.verdict().stops());
            match policy.missing(rule, input, wins) {
                None if is_warned && !rule.verdict().stops() => {}
                None => supported.push((rule.verdict(), Basis::Rule(rule))),
                Some(missing) => held.push(HeldRule { rule, missing }),
            }
        }
        let too_many_returns = policy.too_many_returns(input);
        if too_many_returns {
            supported.retain(|(verdict, _)| verdict.stops());
        }
        let withheld = caution::hold_back(&mut supported, input);
        // Equal verdicts: what the contribution says comes first.
        supported.sort_by_key(|(verdict, _)| rank(*verdict));
        let (verdict, basis) = supported.first().map_or((Verdict::Monitor, None), |(verdict, basis)| (*verdict, Some(*basis)));
        Gated { verdict, basis, held, too_many_returns, withheld }
    }
}

/// Stops first; where a campaign earns, a change that makes it earn more comes before going on as it is.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::EmergencyPause => 0,
        Verdict::Pause => 1,
        Verdict::Optimize => 2,
        Verdict::Continue => 3,
        Verdict::Monitor => 4,
    }
}

impl EvidencePolicy {
    /// What the expected contribution alone supports.
    fn by_contribution(&self, input: &CampaignInput) -> Vec<(Verdict, Basis)> {
        let Some(prospect) = &input.prospect else { return Vec::new() };
        let loses = Decimal::ONE - prospect.earns;
        let mut supported = Vec::new();
        if loses >= self.likely {
            let short = prospect.earns_with_stock > Decimal::ONE - self.likely;
            let seen_enough = loses >= self.nearly_certain && prospect.tried && input.metrics.exposure.cost.is_positive();
            supported.push(match (short, seen_enough) {
                (true, _) => (Verdict::Pause, Basis::StockShort),
                (false, true) => (Verdict::EmergencyPause, Basis::Loses),
                (false, false) => (Verdict::Pause, Basis::Loses),
            });
        }
        if prospect.earns >= self.likely {
            supported.push((Verdict::Continue, Basis::Earns));
            if input.improvement.is_some() {
                supported.push((Verdict::Optimize, Basis::Improvement));
            }
        } else if loses < self.likely && input.improvement.as_ref().is_some_and(Improvement::is_measured) {
            // What made it worse is taken back without waiting until it is sure to earn as it is.
            supported.push((Verdict::Optimize, Basis::Improvement));
        }
        supported
    }

    /// Whether more comes back than chance makes of what usually does.
    fn too_many_returns(&self, input: &CampaignInput) -> bool {
        input.metrics.returns.known().is_some_and(|returns| returns.chance <= number(self.returns_alpha))
    }

    /// What a rule of the matrix still needs; `None` when it counts.
    fn missing(&self, rule: Rule, input: &CampaignInput, wins: bool) -> Option<Shortfall> {
        let store = &input.store;
        match rule {
            Rule::NetRoasNegative | Rule::CpaAbovePrice => {
                let Some(p) = loss_p(rule, input) else { return Some(Shortfall::Untested) };
                let outlook = Outlook::Never { reason: NoDecision::NoEffectSeen };
                (p > number(self.emergency_alpha)).then_some(Shortfall::Chance { p, needed: self.emergency_alpha, outlook })
            }
            Rule::SalesFell => undecided(store.sales_fell.as_ref(), self.pause_alpha),
            Rule::ViewsFell => undecided(store.views_fell.as_ref(), self.pause_alpha),
            Rule::BothRose | Rule::SalesRoseALittle if wins && store.may_have_other_causes => Some(Shortfall::OtherCauses),
            Rule::BothRose | Rule::SalesRoseALittle if wins => None,
            Rule::BothRose | Rule::SalesRoseALittle => Some(not_among_wins(store.sales_rose.as_ref(), self.uplift_alpha)),
            Rule::ViewsRoseALittle => undecided(store.views_rose.as_ref(), self.pause_alpha),
        }
    }
}

fn undecided(evidence: Option<&Evidence>, needed: Decimal) -> Option<Shortfall> {
    match evidence {
        Some(evidence) if evidence.anytime_p <= number(needed) => None,
        evidence => Some(not_among_wins(evidence, needed)),
    }
}

fn not_among_wins(evidence: Option<&Evidence>, needed: Decimal) -> Shortfall {
    match evidence {
        Some(evidence) => Shortfall::Chance { p: evidence.anytime_p, needed, outlook: evidence.outlook },
        None => Shortfall::Untested,
    }
}

#[cfg(test)]
mod tests;
