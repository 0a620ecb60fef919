//! Holding a new ad back until it is known to be the only one of its operation.
//!
//! impact.com has no key against doing a create twice, so a second ad can always come to be: a repeated delivery, a
//! commit that comes late. An ad that is held back has dates that leave it one second at the very end of its flight: a
//! copy that nobody ever finds is offered for that second, and costs nothing.

use campaign_pilot_core::{CampaignSpec, Effect, ErrorKind, OperationTag, Period, PlatformCampaignId, PortError};
use jiff::{SignedDuration, Timestamp};

use super::change::{changed_draft, verified};
use super::lookup::by_tag;
use super::outcome::Halt;
use super::{ImpactPlatform, ad_id, campaign_id};
use crate::status::end_of_day;
use crate::windows::floor_second;
use crate::{Ad, AdId, Expiry, Listed};

/// How long an ad that is held back would be offered if it stayed so.
const REMNANT: SignedDuration = SignedDuration::from_secs(1);

/// The dates of an ad that is held back until the end of its flight: start and end. Where an end acts at the end of its day, it is
/// the last second of a day: otherwise an ad that nobody finds would be offered for hours.
pub(super) fn held_back(platform: &ImpactPlatform, flight: Period) -> (Timestamp, Timestamp) {
    let end = floor_second(flight.end());
    let end = match platform.config().behaviour.expiry {
        Expiry::AtOnce => end,
        Expiry::EndOfDay => end_of_day(end - REMNANT, &platform.config().time_zone) - REMNANT,
    };
    (end - REMNANT, end)
}

/// Whether an ad is held back at `now`: nothing but the remnant of its flight is left of it.
pub(super) fn is_held_back(ad: &Ad, now: Timestamp) -> bool {
    never_ran(ad) && ad.is_scheduled(now)
}

/// Whether an ad has the dates of one that was never let go: still held back, or ended while it was.
fn never_ran(ad: &Ad) -> bool {
    matches!((ad.starts_at, ad.ends_at), (Some(start), Some(end)) if end.duration_since(start) <= REMNANT)
}

/// Lets a found ad run if it is held back: the last part of a create whose answer was lost.
pub(super) async fn release(platform: &ImpactPlatform, id: &PlatformCampaignId, spec: &CampaignSpec) -> Result<Effect, Halt> {
    let id = ad_id(id)?;
    let Some(ad) = platform.api.ad(&id).await? else {
        return Err(PortError::new(ErrorKind::NotFound, format!("impact.com does not know ad {id}")).into());
    };
    platform.check_program(&ad)?;
    let now = platform.now();
    if platform.has_ended(&ad, now) {
        let message = format!("ad {id} has ended, so that it cannot be let go");
        return Err(PortError::new(ErrorKind::Precondition, message).with_advice("resume it, if it shall run").into());
    }
    if !is_held_back(&ad, now) {
        return Ok(Effect::AlreadySo);
    }
    if spec.flight.end() <= now {
        let message = format!("the flight {} of ad {id} is over already", spec.flight);
        return Err(PortError::new(ErrorKind::Precondition, message).into());
    }
    let Some(tag) = ad.tag() else {
        return Err(PortError::new(ErrorKind::Precondition, format!("ad {id} carries no tag of ours any more")).into());
    };
    only_one(platform, &id, &tag, created_at(&ad)).await?;
    bring_forward(platform, &ad, spec.flight).await
}

/// Makes sure that no other ad with the tag can still run. Until that is seen nothing is known, so anything else is unclear.
pub(super) async fn only_one(platform: &ImpactPlatform, id: &AdId, tag: &OperationTag, since: Timestamp) -> Result<(), Halt> {
    let unclear = |kind: ErrorKind, message: String| {
        let error = PortError::new(kind, message);
        Halt::Unknown(error.with_advice("it is held back and costs nothing; look it up by its tag before it is let go"))
    };
    let now = platform.now();
    let found = by_tag(platform, tag, since)
        .await
        .map_err(|error| unclear(error.kind(), format!("ad {id} is held back, but cannot be looked for: {error}")))?;
    let running: Vec<_> = found.iter().filter(|found| !platform.has_passed(found.ends_at, now)).collect();
    match running.as_slice() {
        [one] if one.id.as_str() == id.as_str() => Ok(()),
        [] => Err(unclear(ErrorKind::NotFound, format!("ad {id} is held back: impact.com does not list it yet"))),
        _ => Err(unclear(
            ErrorKind::Conflict,
            format!("ad {id} is held back: {} ads at impact.com carry the tag {tag}", running.len()),
        )),
    }
}

/// Makes sure before a resume that an ad that was never let go runs alone, as its create would have: a copy of it may have come
/// to be. An ad that has run has been found alone before. Nothing has been changed yet, so that doubt is a refusal.
pub(super) async fn first_alone(platform: &ImpactPlatform, ad: &Ad, now: Timestamp) -> Result<(), Halt> {
    if !never_ran(ad) {
        return Ok(());
    }
    let Some(tag) = ad.tag() else {
        let message =
            format!("ad {} never ran and carries no tag of ours any more, so that a copy of it cannot be looked for", ad.id);
        return Err(PortError::new(ErrorKind::Precondition, message).with_advice("give it its label back, or end it").into());
    };
    if is_held_back(ad, now) && platform.config().behaviour.scheduled_ads == Listed::Yes {
        return match only_one(platform, &ad.id, &tag, created_at(ad)).await {
            Err(Halt::Unknown(error)) => Err(Halt::Rejected(error)),
            known => known,
        };
    }
    // One that has ended need not be listed any more.
    let found = by_tag(platform, &tag, created_at(ad)).await?;
    match found.iter().find(|found| found.id.as_str() != ad.id.as_str() && !platform.has_passed(found.ends_at, now)) {
        None => Ok(()),
        Some(other) => {
            let message = format!("ad {} never ran, and ad {} with the same tag {tag} can run", ad.id, other.id);
            Err(PortError::new(ErrorKind::Conflict, message).with_advice("end one of the two").into())
        }
    }
}

/// From when on an ad's copies are looked for; all of them where impact.com does not say when it was created.
fn created_at(ad: &Ad) -> Timestamp {
    ad.created_at.unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Gives an ad that is held back the dates of its flight, and looks at it.
///
/// A refusal for good leaves an ad that never ran and never will: it is ended, as far as that works, and the create has
/// no effect. Anything else is unclear, and can be said again.
pub(super) async fn bring_forward(platform: &ImpactPlatform, ad: &Ad, flight: Period) -> Result<Effect, Halt> {
    let mut draft = changed_draft(platform, ad);
    let (start, end) = (floor_second(flight.start()), floor_second(flight.end()));
    (draft.starts_at, draft.ends_at) = (Some(start), Some(end));
    let runs = |ad: &Ad| ad.starts_at == Some(start) && ad.ends_at == Some(end);
    let sent = platform.api.update_ad(&ad.id, &draft).await;
    let shown = match verified(platform, &ad.id, sent, runs).await {
        Ok(shown) => shown,
        Err(Halt::Rejected(error)) if error.is_retryable() => return Err(Halt::Unknown(error)),
        Err(Halt::Rejected(error)) => {
            end_quietly(platform, &ad.id).await;
            return Err(Halt::Rejected(error));
        }
        Err(unclear) => return Err(unclear),
    };
    if !runs(&shown) {
        let message = format!("ad {} was let go at impact.com, but does not show the dates of its flight", ad.id);
        return Err(Halt::Unknown(PortError::new(ErrorKind::Malformed, message).with_advice("look at it again later")));
    }
    let campaign = campaign_id(&ad.id).map_err(Halt::Unknown)?;
    let now = platform.now();
    Ok(if now < start { Effect::Scheduled { campaign, starts_at: start } } else { Effect::Live { campaign } })
}

/// The compensation of a create: the API cannot delete an ad, so its dates are ended. What fails here costs nothing,
/// since the ad is held back, and is found by its tag later.
async fn end_quietly(platform: &ImpactPlatform, id: &AdId) {
    let Ok(campaign) = campaign_id(id) else { return };
    if let Err(error) = super::change::pause(platform, &campaign).await {
        tracing::warn!(ad = %id, ?error, "an ad that never ran could not be ended");
    }
}
