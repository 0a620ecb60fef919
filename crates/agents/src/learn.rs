//! What campaigns that are over came to.

use std::collections::BTreeSet;

use campaign_pilot_core::{CampaignId, CampaignRecord, DecisionRecord};
use campaign_pilot_decision_engine::ContributionPolicy;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::incrementality::{CausedEstimate, touches_until};

/// What was learned beside the numbers of the campaigns themselves.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Learned {
    /// Which part of the credited sales was caused by ads.
    pub caused: Option<CausedEstimate>,
    /// The campaigns whose outcome was noted, each once.
    pub campaigns: BTreeSet<CampaignId>,
}

/// Whether a campaign is over and its numbers have come in: its links sell nothing any more, and most of what comes back has.
pub(crate) fn is_mature(record: &CampaignRecord, now: Timestamp) -> bool {
    touches_until(record).is_some_and(|until| until <= now)
}

/// A launch decision with what came of it: credited revenue x margin x caused - cost, as it was predicted.
pub(crate) fn with_outcome(
    mut launch: DecisionRecord,
    record: &CampaignRecord,
    caused: Decimal,
    policy: &ContributionPolicy,
) -> Option<DecisionRecord> {
    let performance = record.performance.as_ref()?;
    let product = &record.campaign.product;
    let margin = policy.margin.of(product, product.price?).factor();
    let earned = performance.revenue.checked_mul(margin).and_then(|left| left.checked_mul(caused)).ok()?;
    launch.outcome = Some(earned.checked_sub(performance.cost).ok()?.amount.round_dp(2));
    Some(launch)
}
