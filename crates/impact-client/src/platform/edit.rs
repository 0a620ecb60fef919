//! Another end and other words: the same ad, with one of its fields changed.

use campaign_pilot_core::{AdCopy, Effect, ErrorKind, OperationTag, PlatformCampaignId, PortError};
use jiff::Timestamp;

use super::change::{changed_draft, missing, unverified, verified};
use super::outcome::Halt;
use super::stage::is_held_back;
use super::{ImpactPlatform, ad_id};
use crate::windows::floor_second;
use crate::{Ad, AdKind, DealChange, DealSync, ImpactApi, Update};

/// Moves the end of an ad that runs or is scheduled. Dates are an ad's only switch, so that another end of one that has ended would
/// let it run again: that is a resume.
pub(super) async fn set_end(platform: &ImpactPlatform, id: &PlatformCampaignId, end: Timestamp) -> Result<Effect, Halt> {
    let id = ad_id(id)?;
    let (now, end) = (platform.now(), floor_second(end));
    if platform.has_passed(Some(end), now) || end <= now {
        let error = PortError::new(ErrorKind::Invalid, format!("a campaign cannot end at {end}, which has passed"));
        return Err(error.with_advice("pause it, if it shall end now").into());
    }
    let ad = platform.api.ad(&id).await?.ok_or_else(|| missing(&id))?;
    platform.check_program(&ad)?;
    if platform.has_ended(&ad, now) {
        let error =
            PortError::new(ErrorKind::Precondition, format!("ad {id} has ended, so that another end would let it run again"));
        return Err(error.with_advice("resume it, if it shall run").into());
    }
    if is_held_back(&ad, now) {
        let message = format!("ad {id} is held back and has no end of its own yet");
        return Err(PortError::new(ErrorKind::Precondition, message).with_advice("let it go first").into());
    }
    if let Some(start) = ad.starts_at.filter(|start| end <= *start) {
        return Err(PortError::new(ErrorKind::Invalid, format!("ad {id} starts at {start} and cannot end at {end}")).into());
    }
    let is_so = |ad: &Ad| ad.ends_at == Some(end);
    if is_so(&ad) {
        return Ok(Effect::AlreadySo);
    }
    make_room(platform, &ad, end).await?;
    let mut draft = changed_draft(platform, &ad);
    draft.ends_at = Some(end);
    let sent = platform.api.update_ad(&id, &draft).await;
    let shown = verified(platform, &id, sent, is_so).await?;
    if is_so(&shown) { Ok(Effect::EndSet) } else { Err(unverified(&id, "it does not show its new end")) }
}

/// Lets the deal of an ad last until its new end: an ad does not run in a deal that has expired.
///
/// Only a deal of ours is moved. A deal that moves its ads would move others with this one.
async fn make_room(platform: &ImpactPlatform, ad: &Ad, end: Timestamp) -> Result<(), Halt> {
    let Some(id) = &ad.deal_id else { return Ok(()) };
    let Some(deal) = platform.api.deal(id).await? else { return Ok(()) };
    let refused = |why: &str| {
        let message = format!("ad {} is in deal {id}, which {why}", ad.id);
        let error = PortError::new(ErrorKind::Precondition, message);
        Err(error.with_advice("move the deal's end at impact.com, or take the ad out of the deal").into())
    };
    if deal.synchronises == Some(true) && platform.config().behaviour.deal_sync == DealSync::Together {
        return refused("moves the dates of all its ads");
    }
    if deal.ends_at.is_none_or(|deal_end| end <= deal_end) {
        return Ok(());
    }
    if OperationTag::find_in(&deal.description).is_none() {
        return refused("is not ours and ends before that");
    }
    let change = DealChange { ends_at: Some(end), ..DealChange::default() };
    platform.api.update_deal(id, &change).await.map_err(Halt::of_write)
}

/// Gives an ad another text and description. What partners have put on their pages keeps the old ones.
pub(super) async fn set_copy(platform: &ImpactPlatform, id: &PlatformCampaignId, copy: &AdCopy) -> Result<Effect, Halt> {
    let id = ad_id(id)?;
    if copy.headline.trim().is_empty() {
        return Err(PortError::new(ErrorKind::Invalid, "the words have no headline").into());
    }
    let ad = platform.api.ad(&id).await?.ok_or_else(|| missing(&id))?;
    platform.check_program(&ad)?;
    if ad.kind != AdKind::TextLink {
        return Err(
            PortError::new(ErrorKind::Precondition, format!("ad {id} is no text link, so that it has no such words")).into()
        );
    }
    let is_so = |ad: &Ad| ad.link_text == copy.headline && ad.description == copy.body;
    if is_so(&ad) {
        return Ok(Effect::AlreadySo);
    }
    if copy.body.is_empty() && !ad.description.is_empty() && platform.config().behaviour.update == Update::Merges {
        let error = PortError::new(ErrorKind::Invalid, format!("the description of ad {id} cannot be emptied"));
        return Err(error.with_advice("give it other words").into());
    }
    let mut draft = changed_draft(platform, &ad);
    draft.link_text.clone_from(&copy.headline);
    draft.description.clone_from(&copy.body);
    ImpactApi::check_words(&draft)?;
    let sent = platform.api.update_ad(&id, &draft).await;
    let shown = verified(platform, &id, sent, is_so).await?;
    if is_so(&shown) { Ok(Effect::CopySet) } else { Err(unverified(&id, "it does not show its new words")) }
}
