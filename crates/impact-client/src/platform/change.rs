//! Pausing and resuming: an ad's dates are its only switch.

use campaign_pilot_core::{CampaignSpec, Effect, ErrorKind, OperationTag, Period, PlatformCampaignId, PortError};
use jiff::{SignedDuration, Timestamp};

use super::deal::{end_with_deal, revive};
use super::launch::{inactive, launch};
use super::outcome::Halt;
use super::stage::{first_alone, is_held_back};
use super::{ImpactPlatform, ad_id};
use crate::status::start_of_day;
use crate::windows::floor_second;
use crate::{Ad, AdDraft, AdId, Expiry, ImpactError, PartnerId, ProgramState, Revival, Targets, Update};

/// Ends the ad now. That unlists it; links already posted keep earning, so more is claimed only where a running rule is
/// seen that blocks them.
pub(super) async fn pause(platform: &ImpactPlatform, id: &PlatformCampaignId) -> Result<Effect, Halt> {
    let id = ad_id(id)?;
    let ad = platform.api.ad(&id).await?.ok_or_else(|| missing(&id))?;
    platform.check_program(&ad)?;
    let now = platform.now();
    if platform.has_ended(&ad, now) {
        return Ok(Effect::AlreadySo);
    }
    let end = end_that_acts(platform, now);
    if let Some(shown) = end_with_deal(platform, &ad, end).await? {
        tracing::debug!(ad = %shown.id, "ended through its deal");
        return Ok(if platform.blocks_ended().await { Effect::SpendStopped } else { Effect::Unlisted });
    }
    end_itself(platform, &ad, now).await?;
    // Posted links go on, unless a rule is seen that blocks them.
    Ok(if platform.blocks_ended().await { Effect::SpendStopped } else { Effect::Unlisted })
}

/// Ends an ad by its own dates, and sees that it has ended.
async fn end_itself(platform: &ImpactPlatform, ad: &Ad, now: Timestamp) -> Result<(), Halt> {
    let end = end_that_acts(platform, now);
    let mut draft = changed_draft(platform, ad);
    draft.ends_at = Some(end);
    // An ad that has not started yet, or only since then, would end before its start.
    draft.starts_at = ad.starts_at.map(|start| start.min(end - SignedDuration::from_secs(1)));
    let sent = platform.api.update_ad(&ad.id, &draft).await;
    let shown = verified(platform, &ad.id, sent, |ad| platform.has_ended(ad, now)).await?;
    if platform.has_ended(&shown, now) { Ok(()) } else { Err(unverified(&ad.id, "it does not show its new end")) }
}

/// An end by which an ad is over at once.
fn end_that_acts(platform: &ImpactPlatform, now: Timestamp) -> Timestamp {
    match platform.config().behaviour.expiry {
        Expiry::AtOnce => floor_second(now),
        // The last second of the day before: an end today would act at midnight only.
        Expiry::EndOfDay => start_of_day(now, &platform.config().time_zone) - SignedDuration::from_secs(1),
    }
}

/// An ad as an update sends it, whose dates are still to be set.
pub(super) fn changed_draft(platform: &ImpactPlatform, ad: &Ad) -> AdDraft {
    let mut whole = AdDraft::from(ad);
    if platform.config().behaviour.targets == Targets::Echo {
        whole.partners = ad.partners.iter().filter_map(|id| PartnerId::new(id).ok()).collect();
    }
    match platform.config().behaviour.update {
        Update::Replaces => whole,
        // What is left empty is not sent, and stays.
        Update::Merges => AdDraft {
            alternative_text: String::new(),
            landing_page: String::new(),
            description: String::new(),
            labels: String::new(),
            allow_deep_linking: None,
            deal_id: None,
            partners: Vec::new(),
            partner_groups: Vec::new(),
            ..whole
        },
    }
}

/// Moves the ad's end to `until`; if it stays ended, a new ad takes its place.
pub(super) async fn resume(
    platform: &ImpactPlatform,
    id: &PlatformCampaignId,
    spec: &CampaignSpec,
    tag: &OperationTag,
    until: Timestamp,
) -> Result<Effect, Halt> {
    let id = ad_id(id)?;
    platform.check_currency(spec.budget)?;
    let now = platform.now();
    let until = floor_second(until);
    if until <= now {
        return Err(PortError::new(ErrorKind::Invalid, format!("a campaign cannot run until {until}, which has passed")).into());
    }
    let Some(ad) = platform.api.ad(&id).await? else {
        return recreate(platform, spec, tag, until).await;
    };
    platform.check_program(&ad)?;
    first_alone(platform, &ad, now).await?;
    let held_back = is_held_back(&ad, now);
    let deal_is_over = ad.deal_state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("EXPIRED"));
    if ad.ends_at == Some(until) && !held_back && !(deal_is_over && ad.deal_id.is_some()) {
        must_be_active(platform).await?;
        return if ad.is_scheduled(now) { delivering(&ad, now) } else { Ok(Effect::AlreadySo) };
    }
    if platform.config().behaviour.ad_revival == Revival::Never && platform.has_ended(&ad, now) {
        return recreate(platform, spec, tag, until).await;
    }
    must_be_active(platform).await?;
    // An ad does not run in a deal that has expired.
    if let (Some(deal), true) = (&ad.deal_id, deal_is_over) {
        if platform.config().behaviour.deal_revival == Revival::Never {
            // Its own dates may still run: a person who revives the deal would have two ads run.
            if !platform.has_ended(&ad, now) {
                end_itself(platform, &ad, now).await?;
            }
            return recreate(platform, spec, tag, until).await;
        }
        revive(platform, deal, until).await?;
    }
    let mut draft = changed_draft(platform, &ad);
    draft.ends_at = Some(until);
    // A pause before the start has moved the start, too, and an ad that is held back has none of its own yet.
    if (held_back || spec.flight.start() > now) && spec.flight.start() < until {
        draft.starts_at = Some(floor_second(spec.flight.start()));
    }
    let moved_start = draft.starts_at.filter(|start| ad.starts_at != Some(*start));
    let runs = |ad: &Ad| ad.ends_at == Some(until) && moved_start.is_none_or(|start| ad.starts_at == Some(start));
    let shown = match platform.api.update_ad(&id, &draft).await {
        Err(error) if platform.has_ended(&ad, now) && cannot_be_revived(&error) => {
            tracing::info!(ad = %id, reason = %error, "the ad cannot be revived; a new one takes its place");
            return recreate(platform, spec, tag, until).await;
        }
        sent => verified(platform, &id, sent, runs).await?,
    };
    if !platform.has_ended(&shown, now) {
        return if runs(&shown) { delivering(&shown, now) } else { Err(unverified(&id, "it does not show its new dates")) };
    }
    // Accepted and still ended: once more, in case an old state was shown, before a second ad is made.
    tokio::time::sleep(platform.config().poll_interval).await;
    match platform.api.ad(&id).await.map_err(|error| Halt::unverified(changed(&id), error))? {
        Some(shown) if runs(&shown) => delivering(&shown, now),
        _ => {
            end_again(platform, &ad, now).await?;
            recreate(platform, spec, tag, until).await
        }
    }
}

/// Nothing is delivered by a program that is not active, whatever the dates of its ads.
async fn must_be_active(platform: &ImpactPlatform) -> Result<(), Halt> {
    let program = platform.read_program().await?;
    if program.state == ProgramState::Active { Ok(()) } else { Err(inactive(platform, &program.state).into()) }
}

/// What an ad that was let run does now.
fn delivering(ad: &Ad, now: Timestamp) -> Result<Effect, Halt> {
    match ad.starts_at {
        Some(starts_at) if ad.is_scheduled(now) => {
            Ok(Effect::Scheduled { campaign: super::campaign_id(&ad.id).map_err(Halt::Unknown)?, starts_at })
        }
        _ => Ok(Effect::Resumed),
    }
}

/// Sets the old end of an ad whose new one was accepted and is not shown: were it to come late, two ads would run.
async fn end_again(platform: &ImpactPlatform, ad: &Ad, now: Timestamp) -> Result<(), Halt> {
    let mut draft = changed_draft(platform, ad);
    (draft.starts_at, draft.ends_at) = (ad.starts_at, ad.ends_at);
    match platform.api.update_ad(&ad.id, &draft).await {
        Err(error) if cannot_be_revived(&error) => Ok(()),
        sent => {
            let shown = verified(platform, &ad.id, sent, |ad| platform.has_ended(ad, now)).await?;
            if platform.has_ended(&shown, now) { Ok(()) } else { Err(unverified(&ad.id, "it runs again after all")) }
        }
    }
}

/// Looks at an ad after a change was sent. Where the answer was lost, what is shown decides, if it shows what was wanted.
pub(super) async fn verified(
    platform: &ImpactPlatform,
    id: &AdId,
    sent: Result<(), ImpactError>,
    is_so: impl Fn(&Ad) -> bool,
) -> Result<Ad, Halt> {
    let lost = match sent {
        Ok(()) => None,
        Err(error) if error.may_have_taken_effect() => Some(error),
        Err(error) => return Err(Halt::of_write(error)),
    };
    match (platform.api.ad(id).await, lost) {
        (Ok(Some(ad)), None) => Ok(ad),
        (Ok(Some(ad)), Some(_)) if is_so(&ad) => Ok(ad),
        (_, Some(error)) => Err(Halt::of_write(error)),
        (Ok(None), None) => Err(unverified(id, "it is not shown any more")),
        (Err(error), None) => Err(Halt::unverified(changed(id), error)),
    }
}

async fn recreate(platform: &ImpactPlatform, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Result<Effect, Halt> {
    let start = if spec.flight.start() < until { spec.flight.start().max(platform.now()) } else { platform.now() };
    let flight = Period::new(start, until).map_err(|error| PortError::new(ErrorKind::Invalid, error.to_string()))?;
    Ok(match launch(platform, spec, tag, flight).await? {
        Effect::Live { campaign } | Effect::Scheduled { campaign, .. } => Effect::Recreated { campaign },
        other => other,
    })
}

/// Whether impact.com refused the change itself, rather than us or the moment.
fn cannot_be_revived(error: &ImpactError) -> bool {
    let is_final =
        matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Unsupported | ErrorKind::NotFound);
    is_final && !error.may_have_taken_effect()
}

pub(super) fn missing(id: &AdId) -> PortError {
    PortError::new(ErrorKind::NotFound, format!("impact.com does not know ad {id}"))
        .with_advice("look at the program's ads at impact.com; the API cannot delete an ad, a person may have")
}

fn changed(id: &AdId) -> String {
    format!("ad {id} was changed at impact.com")
}

pub(super) fn unverified(id: &AdId, message: &str) -> Halt {
    Halt::Unknown(
        PortError::new(ErrorKind::Malformed, format!("{}, but {message}", changed(id))).with_advice("look at it again later"),
    )
}
