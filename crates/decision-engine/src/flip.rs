//! What would change a verdict.

use std::cmp::Reverse;
use std::fmt;

use campaign_pilot_core::{Currency, DecisionId, Measured, Money, Verdict};
use campaign_pilot_metrics::evidence::Evidence;
use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::decide::{decide_with, wins};
use crate::{CampaignInput, DecisionPolicy, EvidenceGate, EvidencePolicy};

/// How far beyond a threshold "above" and "below" are tried. No policy sets two thresholds that near to each other.
const BEYOND: Decimal = dec!(0.000000001);

/// A fact that a verdict turns on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Sales against the baseline, in percent.
    SalesImpact,
    /// Page views against the baseline, in percent.
    ViewImpact,
    /// (Revenue - cost) / cost.
    NetRoas,
    /// Cost / new customers, in the cost's currency.
    CostPerCustomer,
    /// The probability that going on earns more than it costs, from 0 to 1.
    Earns,
    /// The p-value of falling sales.
    SalesFellP,
    /// The p-value of rising views.
    ViewsRoseP,
    /// The p-value of falling views.
    ViewsFellP,
    /// How likely so many returns are by chance, from 0 to 1.
    ReturnsChance,
}

/// Where a fact would have to lie.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// At this value or above it.
    AtLeast(Decimal),
    /// Above this value.
    Above(Decimal),
    /// At this value or below it.
    AtMost(Decimal),
    /// Below this value.
    Below(Decimal),
}

/// The nearest change of one fact that would change a verdict.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Flip {
    /// The fact.
    pub fact: Fact,
    /// Its value now.
    pub now: Decimal,
    /// Where it would have to lie.
    pub needed: Bound,
    /// What the verdict would be then.
    pub verdict: Verdict,
    /// The currency of a fact in money.
    pub currency: Option<Currency>,
}

/// What would change the verdicts of [`decide`](crate::decide), by campaign in the order of the inputs: of every known fact the nearest
/// change upwards and the nearest one downwards, everything else as it stands.
///
/// It takes as long as some tens of decisions on each campaign.
///
/// Facts that are not known are not among them, nor is the test of rising sales, which is over all campaigns together: what it still
/// needs stands in [`Decision::held`](crate::Decision::held). Neither are budgets: they stop a campaign and change no verdict.
#[must_use]
pub fn flips(campaigns: &[CampaignInput], policy: &DecisionPolicy) -> Vec<Vec<Flip>> {
    let wins = wins(campaigns, policy);
    let of = |(index, input)| flips_of(input, &policy.own(input), wins.contains(&index));
    campaigns.iter().enumerate().map(of).collect()
}

/// The same for one campaign, by its own policy.
pub(crate) fn flips_of(input: &CampaignInput, policy: &DecisionPolicy, wins: bool) -> Vec<Flip> {
    Fact::ALL.into_iter().flat_map(|fact| of_fact(fact, input, policy, wins)).collect()
}

fn of_fact(fact: Fact, input: &CampaignInput, policy: &DecisionPolicy, wins: bool) -> Vec<Flip> {
    let Some(now) = fact.of(input) else { return Vec::new() };
    let id = DecisionId::of("", input.campaign.as_str());
    let verdict = |input: &CampaignInput| decide_with(id.clone(), input, policy, wins).verdict;
    let before = verdict(input);
    let bounds = fact.bounds(input, policy).into_iter().filter(|bound| !bound.holds(now));
    let (mut down, mut up): (Vec<Bound>, Vec<Bound>) = bounds.partition(|bound| bound.is_down());
    down.sort_by_key(|bound| Reverse(bound.reached()));
    up.sort_by_key(|bound| bound.reached());
    let nearest = |bounds: Vec<Bound>| {
        bounds.into_iter().find_map(|needed| {
            let after = verdict(&fact.set(input, needed.reached())?);
            (after != before).then_some(Flip { fact, now, needed, verdict: after, currency: fact.currency(input) })
        })
    };
    [nearest(down), nearest(up)].into_iter().flatten().collect()
}

impl Bound {
    /// The nearest value that lies there.
    #[must_use]
    pub fn reached(self) -> Decimal {
        match self {
            Self::AtLeast(value) | Self::AtMost(value) => value,
            Self::Above(value) => value + BEYOND,
            Self::Below(value) => value - BEYOND,
        }
    }

    /// The nearest value that does not.
    #[must_use]
    pub fn just_missed(self) -> Decimal {
        match self {
            Self::AtLeast(value) => value - BEYOND,
            Self::AtMost(value) => value + BEYOND,
            Self::Above(value) | Self::Below(value) => value,
        }
    }

    /// Whether a value lies there.
    #[must_use]
    pub fn holds(self, value: Decimal) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Above(bound) => value > bound,
            Self::AtMost(bound) => value <= bound,
            Self::Below(bound) => value < bound,
        }
    }

    const fn is_down(self) -> bool {
        matches!(self, Self::AtMost(_) | Self::Below(_))
    }
}

/// A threshold that belongs to what lies above it.
fn from(value: Decimal) -> [Bound; 2] {
    [Bound::AtLeast(value), Bound::Below(value)]
}

/// A threshold that belongs to what lies below it.
fn up_to(value: Decimal) -> [Bound; 2] {
    [Bound::Above(value), Bound::AtMost(value)]
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SalesImpact,
        Self::ViewImpact,
        Self::NetRoas,
        Self::CostPerCustomer,
        Self::Earns,
        Self::SalesFellP,
        Self::ViewsRoseP,
        Self::ViewsFellP,
        Self::ReturnsChance,
    ];

    /// Its value; `None` where it is not known.
    #[must_use]
    pub fn of(self, input: &CampaignInput) -> Option<Decimal> {
        let (metrics, store) = (&input.metrics, &input.store);
        let p = |test: &Option<Evidence>| Decimal::from_f64(test.as_ref()?.anytime_p);
        match self {
            Self::SalesImpact => metrics.sales_impact.known().copied(),
            Self::ViewImpact => metrics.view_impact.known().copied(),
            Self::NetRoas => metrics.net_roas.known().copied(),
            Self::CostPerCustomer => metrics.cpa.known().map(|cpa| cpa.amount),
            Self::Earns => input.prospect.as_ref().map(|prospect| prospect.earns),
            Self::SalesFellP => p(&store.sales_fell),
            Self::ViewsRoseP => p(&store.views_rose),
            Self::ViewsFellP => p(&store.views_fell),
            Self::ReturnsChance => Decimal::from_f64(metrics.returns.known()?.chance),
        }
    }

    /// The input with another value of it, and everything else as it stands; `None` where it is not known or cannot be so.
    ///
    /// Who earns more than with stock for everybody has stock for everybody.
    #[must_use]
    pub fn set(self, input: &CampaignInput, value: Decimal) -> Option<CampaignInput> {
        if self.is_probability() && !(Decimal::ZERO..=Decimal::ONE).contains(&value) {
            return None;
        }
        let mut input = input.clone();
        let (metrics, store) = (&mut input.metrics, &mut input.store);
        match self {
            Self::SalesImpact => set_known(&mut metrics.sales_impact, value)?,
            Self::ViewImpact => set_known(&mut metrics.view_impact, value)?,
            Self::NetRoas => set_known(&mut metrics.net_roas, value)?,
            Self::CostPerCustomer => {
                let cpa = *metrics.cpa.known()?;
                metrics.cpa = Measured::Known(Money::new(value, cpa.currency));
            }
            Self::Earns => {
                let prospect = input.prospect.as_mut()?;
                prospect.earns = value;
                prospect.earns_with_stock = prospect.earns_with_stock.max(value);
            }
            Self::SalesFellP => store.sales_fell.as_mut()?.anytime_p = number(value),
            Self::ViewsRoseP => store.views_rose.as_mut()?.anytime_p = number(value),
            Self::ViewsFellP => store.views_fell.as_mut()?.anytime_p = number(value),
            Self::ReturnsChance => {
                let mut returns = *metrics.returns.known()?;
                returns.chance = number(value);
                metrics.returns = Measured::Known(returns);
            }
        }
        Some(input)
    }

    /// Where the policy has its thresholds: between them a change of this fact changes nothing.
    fn bounds(self, input: &CampaignInput, policy: &DecisionPolicy) -> Vec<Bound> {
        let matrix = &policy.matrix;
        let evidence = |of: fn(&EvidencePolicy) -> Vec<Bound>| match &policy.gate {
            EvidenceGate::Evidence(evidence) => of(evidence),
            EvidenceGate::Off => Vec::new(),
        };
        match self {
            Self::SalesImpact => {
                let band = [from(matrix.optimize_sales.from), up_to(matrix.optimize_sales.to)];
                [band, [from(-matrix.pause_sales_fall_above), up_to(matrix.continue_sales_above)]].concat().concat()
            }
            Self::ViewImpact => {
                let band = [from(matrix.optimize_views.from), up_to(matrix.optimize_views.to)];
                [band, [from(-matrix.pause_views_fall_above), up_to(matrix.continue_views_above)]].concat().concat()
            }
            Self::NetRoas => from(matrix.emergency_net_roas_below).into(),
            Self::CostPerCustomer => input.price.map(|price| up_to(price.amount).into()).unwrap_or_default(),
            Self::Earns => evidence(|policy| {
                let loses = |share: Decimal| up_to(Decimal::ONE - share);
                [from(policy.likely), loses(policy.likely), loses(policy.nearly_certain)].concat()
            }),
            Self::SalesFellP | Self::ViewsRoseP | Self::ViewsFellP => evidence(|policy| up_to(policy.pause_alpha).into()),
            Self::ReturnsChance => evidence(|policy| up_to(policy.returns_alpha).into()),
        }
    }

    const fn is_probability(self) -> bool {
        !matches!(self, Self::SalesImpact | Self::ViewImpact | Self::NetRoas | Self::CostPerCustomer)
    }

    fn currency(self, input: &CampaignInput) -> Option<Currency> {
        (self == Self::CostPerCustomer).then(|| input.metrics.cpa.known().map(|cpa| cpa.currency)).flatten()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::SalesImpact => "the change of its sales",
            Self::ViewImpact => "the change of its views",
            Self::NetRoas => "its net ROAS",
            Self::CostPerCustomer => "the cost of a new customer",
            Self::Earns => "its probability to earn",
            Self::SalesFellP => "the p-value of its falling sales",
            Self::ViewsRoseP => "the p-value of its rising views",
            Self::ViewsFellP => "the p-value of its falling views",
            Self::ReturnsChance => "the chance of so many returns",
        }
    }
}

fn set_known(fact: &mut Measured<Decimal>, value: Decimal) -> Option<()> {
    let known = fact.known().is_some();
    *fact = if known { Measured::Known(value) } else { *fact };
    known.then_some(())
}

impl fmt::Display for Flip {
    /// ``"`continue` if its probability to earn were at least 90 % instead of 70 %"``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |value: Decimal| match (self.fact, self.currency) {
            (Fact::SalesImpact | Fact::ViewImpact, _) => format!("{} %", value.round_dp(2).normalize()),
            (Fact::Earns, _) => format!("{} %", (value * Decimal::ONE_HUNDRED).round_dp(2).normalize()),
            (_, Some(currency)) => Money::new(value, currency).to_string(),
            (fact, None) if fact.is_probability() && value.round_dp(4).is_zero() => "almost 0".to_owned(),
            (_, None) => value.round_dp(4).normalize().to_string(),
        };
        let (words, bound) = match self.needed {
            Bound::AtLeast(bound) => ("at least", bound),
            Bound::Above(bound) => ("above", bound),
            Bound::AtMost(bound) => ("at most", bound),
            Bound::Below(bound) => ("below", bound),
        };
        write!(f, "`{}` if {} were {words} {} instead of {}", self.verdict, self.fact.name(), said(bound), said(self.now))
    }
}

#[cfg(test)]
mod tests;
