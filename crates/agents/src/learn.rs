//! What campaigns that are over teach about those to come.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CampaignRecord, CategoryName, DecisionRecord, Money, Product};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::analyst::CampaignAnalysis;
use crate::policy::LearningPolicy;
use crate::store_tests::CausedEstimate;

/// Lifts beyond these, in percent, count as these: one freak campaign must not decide for all.
const LIFT_BOUNDS: (Decimal, Decimal) = (Decimal::from_parts(100, 0, 0, true, 0), Decimal::from_parts(300, 0, 0, false, 0));

/// What earlier campaigns taught: a handful of numbers, each a shrunk mean.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Learned {
    /// Sales lifts per category.
    pub lifts: BTreeMap<CategoryName, Lift>,
    /// Sales lifts over all categories.
    pub overall: Lift,
    /// What campaigns cost in all.
    pub cost: Option<Money>,
    /// The revenue credited to them in all.
    pub revenue: Option<Money>,
    /// Which part of the credited sales was caused by ads.
    pub caused: Option<CausedEstimate>,
    /// The campaigns that were learned from, each once.
    pub campaigns: BTreeSet<CampaignId>,
}

/// Observed sales lifts of several campaigns.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Lift {
    /// The sum of the lifts, in percent.
    pub sum_percent: Decimal,
    /// How many campaigns were observed.
    pub campaigns: u32,
}

impl Lift {
    /// The mean, drawn towards `prior` as if that had been observed `weight` times.
    ///
    /// # Formula
    ///
    /// `(prior x weight + sum) / (weight + n)`; `prior` when both counts are zero.
    #[must_use]
    pub fn shrunk(self, prior: Decimal, weight: u32) -> Decimal {
        let count = Decimal::from(weight).saturating_add(Decimal::from(self.campaigns));
        prior.saturating_mul(Decimal::from(weight)).saturating_add(self.sum_percent).checked_div(count).unwrap_or(prior)
    }

    fn add(&mut self, percent: Decimal) {
        self.sum_percent = self.sum_percent.saturating_add(percent);
        self.campaigns = self.campaigns.saturating_add(1);
    }
}

impl Learned {
    /// The sales lift to be expected of a campaign for a product, in percent: the mean of its category's campaigns, drawn
    /// towards the mean of all campaigns, which is drawn towards the policy's expectation.
    #[must_use]
    pub fn expected_lift(&self, product: &Product, policy: &LearningPolicy) -> Decimal {
        let overall = self.overall.shrunk(policy.prior_lift_percent, policy.prior_campaigns);
        let of_category = product.categories.iter().find_map(|category| self.lifts.get(category));
        of_category.map_or(overall, |lift| lift.shrunk(overall, policy.prior_campaigns)).max(Decimal::ZERO)
    }

    /// Cost per unit of credited revenue over all campaigns so far; `None` before the first one brought anything.
    #[must_use]
    pub fn cost_ratio(&self) -> Option<Decimal> {
        self.cost?.ratio(self.revenue?).ok().flatten()
    }

    /// Learns from a campaign that is over. Returns whether it taught anything; each campaign counts once.
    pub fn learn(&mut self, record: &CampaignRecord, analysis: &CampaignAnalysis, policy: &LearningPolicy) -> bool {
        if !self.campaigns.insert(record.campaign.spec.id.clone()) {
            return false;
        }
        if let Some(performance) = &record.performance {
            self.cost = added(self.cost, performance.cost);
            self.revenue = added(self.revenue, performance.revenue);
        }
        let seen_enough =
            analysis.metrics.exposure.units_expected.known().is_some_and(|units| *units >= policy.min_expected_units);
        let Some(lift) = analysis.metrics.sales_impact.known().filter(|_| seen_enough) else { return false };
        let lift = (*lift).clamp(LIFT_BOUNDS.0, LIFT_BOUNDS.1);
        self.overall.add(lift);
        if let Some(category) = record.campaign.product.categories.first() {
            self.lifts.entry(category.clone()).or_default().add(lift);
        }
        true
    }
}

/// A launch decision with what came of it: the revenue beyond the baseline.
pub(crate) fn with_outcome(mut launch: DecisionRecord, analysis: &CampaignAnalysis) -> Option<DecisionRecord> {
    launch.outcome = Some(analysis.metrics.incremental_revenue.known()?.amount);
    Some(launch)
}

fn added(sum: Option<Money>, more: Money) -> Option<Money> {
    // Amounts in another currency than before are left out: nothing is converted.
    sum.map_or(Some(more), |sum| sum.checked_add(more).ok().or(Some(sum)))
}
