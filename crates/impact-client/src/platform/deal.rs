//! The optional deal around a campaign's ad: the first step of a launch, and the first to be taken back.

use campaign_pilot_core::{Effect, ErrorKind, OperationTag, Period, PlatformCampaignId, PortError};
use jiff::Timestamp;

use super::change::{pause, verified};
use super::outcome::Halt;
use super::{ImpactPlatform, ad_id};
use crate::windows::floor_second;
use crate::{Ad, DealChange, DealDraft, DealFilter, DealId, DealState, DealSync};

/// The deal of a launch: the one that carries its tag already, or a new one. A deal has no labels, so that the tag stands
/// in its description.
///
/// Its dates are those of the flight, and it does not move its ads': they are held back by themselves. A deal costs
/// nothing, so that a second one after a lost answer would be untidy, not expensive.
pub(super) async fn ready(
    platform: &ImpactPlatform,
    template: &DealDraft,
    tag: &OperationTag,
    flight: Period,
) -> Result<DealId, Halt> {
    let deals = platform.api.deals(&DealFilter::default()).await?;
    if !deals.complete {
        let message = "impact.com's list of deals broke off before its announced end";
        return Err(PortError::new(ErrorKind::Unavailable, message).into());
    }
    let is_ours = |description: &str| OperationTag::find_in(description).as_ref() == Some(tag);
    if let Some(deal) = deals.items.iter().find(|deal| is_ours(&deal.description) && deal.state != DealState::Expired) {
        return Ok(deal.id.clone());
    }
    let description = if template.description.is_empty() { tag.to_string() } else { format!("{} {tag}", template.description) };
    let draft = DealDraft {
        description,
        starts_at: Some(floor_second(flight.start())),
        ends_at: Some(floor_second(flight.end())),
        synchronises: false,
        ..template.clone()
    };
    platform.api.create_deal(&draft).await.map_err(Halt::of_write)
}

/// The compensation: a deal without its ad is deleted. What fails here costs nothing and is found by the tag again.
pub(super) async fn undo(platform: &ImpactPlatform, deal: &DealId) {
    match platform.api.delete_deal(deal).await {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%deal, %error, "the deal of a launch without effect could not be deleted"),
    }
}

/// Ends an ad through its deal, where the deal moves its ads; `None` where it does not, and the ad is ended by itself.
pub(super) async fn end_with_deal(platform: &ImpactPlatform, ad: &Ad, end: Timestamp) -> Result<Option<Ad>, Halt> {
    if platform.config().behaviour.deal_sync != DealSync::Together {
        return Ok(None);
    }
    let Some(id) = &ad.deal_id else { return Ok(None) };
    let moves_its_ads = platform.api.deal(id).await?.is_some_and(|deal| deal.synchronises == Some(true));
    if !moves_its_ads {
        return Ok(None);
    }
    let now = platform.now();
    let sent = platform.api.update_deal(id, &DealChange { ends_at: Some(end), ..DealChange::default() }).await;
    let shown = verified(platform, &ad.id, sent, |ad| platform.has_ended(ad, now)).await?;
    // What does not move its ads after all leaves them to be ended by themselves.
    Ok(Some(shown).filter(|shown| platform.has_ended(shown, now)))
}

/// Moves the end of an expired deal, so that its ad can run again.
pub(super) async fn revive(platform: &ImpactPlatform, deal: &DealId, until: Timestamp) -> Result<(), Halt> {
    let change = DealChange { ends_at: Some(until), ..DealChange::default() };
    platform.api.update_deal(deal, &change).await.map_err(Halt::of_write)
}

/// Ends a campaign for good: its ad, then its deal if that carries our tag. A deal is deleted, and cannot come back.
pub(super) async fn stop(platform: &ImpactPlatform, id: &PlatformCampaignId) -> Result<Effect, Halt> {
    let effect = pause(platform, id).await?;
    let lost = |error| Halt::unverified(format_args!("ad {id} was ended at impact.com"), error);
    let Some(ad) = platform.api.ad(&ad_id(id)?).await.map_err(lost)? else { return Ok(effect) };
    let Some(deal) = &ad.deal_id else { return Ok(effect) };
    let shown = platform.api.deal(deal).await.map_err(lost)?;
    let is_ours = shown.is_some_and(|deal| OperationTag::find_in(&deal.description).is_some());
    if is_ours {
        match platform.api.delete_deal(deal).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(lost(error)),
        }
    }
    Ok(effect)
}
