//! What ads cause, by the store's own sales: running campaigns beside the rest of the store, and the caused part of what is credited.

mod caused;
mod shares;
#[cfg(test)]
mod tests;

use campaign_pilot_core::CampaignRecord;
use jiff::Timestamp;

use crate::policy::days;

pub use caused::CausedEstimate;
pub(crate) use caused::{caused, estimate_caused};
pub(crate) use shares::store_evidence;

/// For how many days after its end an ad can still change what its product sells.
const TAIL_DAYS: u32 = 14;
const DAY: i64 = 86_400;

/// Until when a campaign's ad can change what its product sells; `None` for one that never was at the platform.
pub(crate) fn touches_until(record: &CampaignRecord) -> Option<Timestamp> {
    record.campaign.platform_id.as_ref()?;
    record.campaign.spec.flight.end().checked_add(days(TAIL_DAYS)).ok()
}
