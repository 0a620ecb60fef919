//! Finding campaigns again.

use campaign_pilot_core::{ErrorKind, OperationTag, PlatformCampaign, PlatformCampaignId, PortError, PortResult};
use jiff::Timestamp;

use super::view::campaign;
use super::{ImpactPlatform, ad_id};
use crate::{Ad, AdId, Listed, Listing};

/// All ads that carry `tag`, the oldest first.
pub(super) async fn by_tag(platform: &ImpactPlatform, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
    let from = since.checked_sub(platform.config().clock_skew).unwrap_or(Timestamp::MIN);
    let listing = platform.api.ads(Some(from)).await?;
    tagged(platform, listing, |found| found == tag).await
}

/// All ads that carry any tag of ours, the oldest first.
pub(super) async fn all(platform: &ImpactPlatform) -> PortResult<Vec<PlatformCampaign>> {
    let mut listing = platform.api.ads(None).await?;
    let running = if listing.complete {
        let ended = ended_since(platform, &listing).await?;
        listing.items.extend(ended);
        let now = platform.now();
        let running = listing.items.iter().filter(|ad| ad.tag().is_some() && !platform.has_ended(ad, now));
        Some(running.map(|ad| ad.id.clone()).collect())
    } else {
        None
    };
    let campaigns = tagged(platform, listing, |_| true).await?;
    // Only once they have been told: what has ended must not be forgotten by a reading that fails.
    if let Some(running) = running {
        *platform.running() = running;
    }
    Ok(campaigns)
}

/// The ads of ours that ran when they were last listed and are missing now, where the list leaves out what has ended.
async fn ended_since(platform: &ImpactPlatform, listing: &Listing<Ad>) -> PortResult<Vec<Ad>> {
    let is_listed = |id: &AdId| listing.items.iter().any(|ad| &ad.id == id);
    let missing: Vec<AdId> = match platform.config().behaviour.ended_ads {
        Listed::Yes => Vec::new(),
        Listed::No => platform.running().iter().filter(|id| !is_listed(id)).cloned().collect(),
    };
    let mut ended = Vec::new();
    for id in &missing {
        ended.extend(platform.api.ad(id).await?);
    }
    Ok(ended)
}

/// One ad.
pub(super) async fn details(platform: &ImpactPlatform, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
    let Some(ad) = platform.api.ad(&ad_id(id)?).await? else {
        return Ok(None);
    };
    let program = platform.known_program().await?;
    campaign(&ad, &platform.evidence(&program.state, std::slice::from_ref(&ad)).await, platform.now()).map(Some)
}

/// The campaigns among the ads of a list. A list with a gap says nothing: what is missing in it may exist.
async fn tagged(
    platform: &ImpactPlatform,
    listing: Listing<Ad>,
    is_wanted: impl Fn(&OperationTag) -> bool,
) -> PortResult<Vec<PlatformCampaign>> {
    if !listing.complete {
        return Err(PortError::new(ErrorKind::Malformed, "impact.com's list of ads broke off before its announced end")
            .with_advice("try again later; nothing is known of ads that are missing in it"));
    }
    if let Some(unreadable) = listing.unreadable.iter().find(|item| item.tag.as_ref().is_some_and(&is_wanted)) {
        let id = unreadable.id.as_deref().unwrap_or("without an id");
        return Err(PortError::new(
            ErrorKind::Malformed,
            format!("ad {id} carries our tag, but cannot be read: {}", unreadable.reason),
        ));
    }
    let mut ads: Vec<Ad> = listing.items.into_iter().filter(|ad| ad.tag().as_ref().is_some_and(&is_wanted)).collect();
    if ads.is_empty() {
        return Ok(Vec::new());
    }
    ads.sort_by(|a, b| (a.created_at.unwrap_or(Timestamp::MAX), &a.id).cmp(&(b.created_at.unwrap_or(Timestamp::MAX), &b.id)));
    let program = platform.known_program().await?;
    let now = platform.now();
    let evidence = platform.evidence(&program.state, &ads).await;
    ads.iter().map(|ad| campaign(ad, &evidence, now)).collect()
}
