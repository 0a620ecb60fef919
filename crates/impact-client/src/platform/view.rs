//! An ad seen as a campaign: pure.

use campaign_pilot_core::{PlatformCampaign, PortError};
use jiff::Timestamp;

use super::campaign_id;
use crate::{Ad, Evidence};

/// An ad as a campaign at `now`; the evidence's own ad does not matter.
pub(super) fn campaign(ad: &Ad, evidence: &Evidence<'_>, now: Timestamp) -> Result<PlatformCampaign, PortError> {
    let (status, effective) = evidence.shown(ad, now);
    Ok(PlatformCampaign {
        id: campaign_id(&ad.id)?,
        tag: ad.tag(),
        name: ad.name.clone(),
        landing_page: ad.landing_page.clone(),
        status,
        effective,
        starts_at: ad.starts_at,
        ends_at: ad.ends_at,
        created_at: ad.created_at,
        headline: Some(ad.link_text.clone()),
        body: Some(ad.description.clone()),
    })
}
