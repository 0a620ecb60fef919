//! What all campaigns together may still cost.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, CampaignRecord, DesiredStatus, EffectiveStatus, Money, MoneyError, PlatformStatus};
use jiff::SignedDuration;

use crate::policy::{CadencePolicy, days};
use crate::snapshot::{Known, Snapshot};

/// Everything that may be spent already. A campaign that certainly cannot spend any more counts with what it cost, one
/// whose links may still earn with its whole budget, an open operation with what it reserved; after the tail a campaign
/// does not count any more.
pub(crate) fn at_stake(known: &Known, snapshot: &Snapshot, cadence: &CadencePolicy) -> Result<Money, MoneyError> {
    let tail = days(cadence.tail_days);
    let mut at_stake: BTreeMap<&CampaignId, Money> = BTreeMap::new();
    for record in known.campaigns.iter().filter(|record| counts(record, snapshot, tail)) {
        at_stake.insert(&record.campaign.spec.id, weight(record)?);
    }
    for open in &known.open {
        let held = at_stake.entry(open.intent.action.campaign()).or_insert(open.intent.reserved);
        if !open.intent.reserved.is_zero() {
            *held = held.greater(open.intent.reserved)?;
        }
    }
    Money::sum(snapshot.platform_currency, at_stake.into_values().filter(|money| !money.is_zero()))
}

/// Whether a campaign still counts: it was not refused, and its tail is not over.
fn counts(record: &CampaignRecord, snapshot: &Snapshot, tail: SignedDuration) -> bool {
    let campaign = &record.campaign;
    let refused = campaign.platform_id.is_none() && campaign.desired == DesiredStatus::Stopped;
    !refused && campaign.spec.flight.end().checked_add(tail).is_ok_and(|end| snapshot.now < end)
}

/// What a campaign may have cost in the end, as far as is known.
fn weight(record: &CampaignRecord) -> Result<Money, MoneyError> {
    let campaign = &record.campaign;
    let cost = record.performance.as_ref().map_or(Money::zero(campaign.budget.currency), |performance| performance.cost);
    let over = campaign.effective == EffectiveStatus::Stopped && campaign.platform != PlatformStatus::Missing;
    if over { Ok(cost) } else { campaign.budget.greater(cost) }
}
