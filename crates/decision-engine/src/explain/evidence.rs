//! What the tests say of a campaign, and which there were not.

use campaign_pilot_metrics::evidence::Evidence;
use rust_decimal::Decimal;

use super::{EvidenceOf, MissingFact, StatedEvidence};
use crate::amount::number;
use crate::gate::loss_p;
use crate::{CampaignInput, DecisionPolicy, EvidenceGate, Rule};

/// The tests behind a decision by the campaign's own policy, and those that could not be made though the gate asks for them.
pub(super) fn of(input: &CampaignInput, own: &DecisionPolicy, sales_rose: bool) -> (Vec<StatedEvidence>, Vec<MissingFact>) {
    let policy = match &own.gate {
        EvidenceGate::Evidence(policy) => Some(policy),
        EvidenceGate::Off => None,
    };
    let store = &input.store;
    let pause = policy.map(|policy| policy.pause_alpha);
    let emergency = policy.map(|policy| policy.emergency_alpha);
    let returns = input.metrics.returns.known().map(|returns| returns.chance);
    let all = [
        (
            EvidenceOf::SalesRose,
            store.sales_rose.as_ref().map(|test| {
                let e_value = test.ln_e_for_many.known().map(|ln_e| ln_e.exp().min(f64::MAX));
                StatedEvidence {
                    e_value,
                    holds: policy.is_some() && sales_rose && !store.may_have_other_causes,
                    other_causes: store.may_have_other_causes,
                    ..tested(EvidenceOf::SalesRose, test, policy.map(|policy| policy.uplift_alpha))
                }
            }),
        ),
        (EvidenceOf::SalesFell, store.sales_fell.as_ref().map(|test| tested(EvidenceOf::SalesFell, test, pause))),
        (EvidenceOf::ViewsRose, store.views_rose.as_ref().map(|test| tested(EvidenceOf::ViewsRose, test, pause))),
        (EvidenceOf::ViewsFell, store.views_fell.as_ref().map(|test| tested(EvidenceOf::ViewsFell, test, pause))),
        (EvidenceOf::Loss, loss_p(Rule::NetRoasNegative, input).map(|p| by_chance(EvidenceOf::Loss, p, emergency))),
        (
            EvidenceOf::CustomersTooDear,
            loss_p(Rule::CpaAbovePrice, input).map(|p| by_chance(EvidenceOf::CustomersTooDear, p, emergency)),
        ),
        (EvidenceOf::Returns, returns.map(|p| by_chance(EvidenceOf::Returns, p, policy.map(|policy| policy.returns_alpha)))),
    ];
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for (of, found) in all {
        match found {
            Some(found) => evidence.push(found),
            // That returns are not known stands among the facts.
            None if policy.is_some() && of != EvidenceOf::Returns => {
                missing.push(MissingFact::new(format!("test of {}", of.name()), of.why_untested()))
            }
            None => {}
        }
    }
    (evidence, missing)
}

fn tested(of: EvidenceOf, test: &Evidence, needed: Option<Decimal>) -> StatedEvidence {
    let e_value = test.ln_e.known().map(|_| test.e_value());
    StatedEvidence { e_value, outlook: Some(test.outlook), ..by_chance(of, test.anytime_p, needed) }
}

fn by_chance(of: EvidenceOf, p: f64, needed: Option<Decimal>) -> StatedEvidence {
    let holds = needed.is_some_and(|needed| p <= number(needed));
    StatedEvidence { of, p, e_value: None, needed, holds, other_causes: false, outlook: None }
}

impl EvidenceOf {
    /// What it is about: `"falling sales"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SalesRose => "rising sales",
            Self::SalesFell => "falling sales",
            Self::ViewsRose => "rising views",
            Self::ViewsFell => "falling views",
            Self::Loss => "a loss",
            Self::CustomersTooDear => "customers dearer than the product",
            Self::Returns => "more returns than usual",
        }
    }

    const fn why_untested(self) -> &'static str {
        match self {
            Self::Returns => "returns are not known",
            Self::SalesRose | Self::SalesFell | Self::ViewsRose | Self::ViewsFell => {
                "too little history, or nothing to compare with"
            }
            Self::Loss => "no price in the currency of its cost",
            Self::CustomersTooDear => "no price in the currency of its cost, or new customers are not known",
        }
    }
}
