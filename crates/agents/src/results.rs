//! What campaigns did from day to day, and what was changed about them: their own past, against which changes are measured.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CampaignPerformance, CampaignRecord, ProductId};
use campaign_pilot_decision_engine::{CampaignShape, ChangesPolicy, CopyRecord, ResultSample, ResultTrail};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::snapshot::is_live;
use crate::spending::Spending;

/// The daily results of each campaign, while its numbers still change.
///
/// What changed is seen at the records themselves, so that a change counts from when it was verified, whoever made it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Results(BTreeMap<CampaignId, ResultTrail>);

impl Results {
    /// Takes what was read in this cycle: `fresh` holds the campaigns that were read, `records` all whose numbers still change. Returns
    /// whether anything has changed that has to be kept.
    pub fn update<'a>(
        &mut self,
        records: impl Iterator<Item = &'a CampaignRecord>,
        fresh: &BTreeMap<CampaignId, CampaignPerformance>,
        spending: &Spending,
        now: Timestamp,
        policy: &ChangesPolicy,
    ) -> bool {
        let (mut kept, mut changed) = (BTreeSet::new(), false);
        for record in records {
            let id = &record.campaign.spec.id;
            kept.insert(id.clone());
            let Some(performance) = fresh.get(id).filter(|_| is_live(record, now)) else { continue };
            let currency = performance.cost.currency;
            if performance.revenue.currency != currency {
                continue;
            }
            let sample = ResultSample {
                at: now,
                hours_on_offer: spending.hours_on_offer(record, now),
                clicks: performance.clicks.known().copied(),
                orders: performance.actions,
                revenue: performance.revenue.amount,
                cost: performance.cost.amount,
            };
            let trail = self.0.entry(id.clone()).or_insert_with(|| ResultTrail::new(currency, shape(record)));
            if trail.currency() == currency {
                changed |= trail.follow(sample, shape(record), policy.measuring_days);
            }
        }
        let before = self.0.len();
        self.0.retain(|id, _| kept.contains(id));
        changed || self.0.len() != before
    }

    /// What a campaign did from day to day; `None` before it was first read.
    #[must_use]
    pub fn of(&self, campaign: &CampaignId) -> Option<&ResultTrail> {
        self.0.get(campaign)
    }

    /// What campaigns with each variant of the copy did, for each product.
    pub(crate) fn copies<'a>(
        &self,
        records: impl Iterator<Item = &'a CampaignRecord>,
        spending: &Spending,
        now: Timestamp,
    ) -> BTreeMap<ProductId, BTreeMap<String, CopyRecord>> {
        let mut found: BTreeMap<ProductId, BTreeMap<String, CopyRecord>> = BTreeMap::new();
        for record in records {
            let Some(performance) = &record.performance else { continue };
            let Some(clicks) = performance.clicks.known().copied() else { continue };
            let spec = &record.campaign.spec;
            let of_product = found.entry(spec.product.clone()).or_default();
            let (hours, orders) = (spending.hours_on_offer(record, now), performance.actions);
            let mut had = (Decimal::ZERO, 0, 0);
            let mut add = |variant: &str, sums: (Decimal, u64, u64)| {
                let of_variant = of_product.entry(variant.to_owned()).or_default();
                of_variant.hours_on_offer += (sums.0 - had.0).max(Decimal::ZERO);
                of_variant.clicks = of_variant.clicks.saturating_add(sums.1.saturating_sub(had.1));
                of_variant.orders = of_variant.orders.saturating_add(sums.2.saturating_sub(had.2));
                of_variant.campaigns = of_variant.campaigns.saturating_add(1);
                had = sums;
            };
            for (variant, until) in self.of(&spec.id).map(ResultTrail::former_copies).unwrap_or_default() {
                add(variant, (until.hours_on_offer, until.clicks.unwrap_or_default(), until.orders));
            }
            add(&spec.copy.written_by, (hours, clicks, orders));
        }
        found
    }
}

/// What can be changed about a campaign, as it is remembered.
fn shape(record: &CampaignRecord) -> CampaignShape {
    let campaign = &record.campaign;
    CampaignShape { budget: campaign.budget, end: campaign.spec.flight.end(), copy: campaign.spec.copy.written_by.clone() }
}
