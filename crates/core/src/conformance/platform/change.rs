//! Other ends and other words.

use jiff::Timestamp;

use super::{ANSWERS, Conformance, Violation, answered, done, ensure, id};
use crate::conformance::samples::hours;
use crate::ports::CampaignPlatform;
use crate::{
    AdCopy, Applied, CampaignSpec, Capabilities, CopyControl, Effect, EffectiveStatus, EndControl, ErrorKind, PauseControl,
    PlatformCampaign, PlatformCampaignId,
};

/// Moves the end of a campaign a day further and back, each twice: a wish that is already fulfilled is fulfilled.
pub(super) async fn end(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
    now: Timestamp,
) -> Conformance {
    let planned = spec.flight.end();
    let later = later(planned)?;
    if can.end == EndControl::Unsupported {
        return unsupported("an end that cannot be moved is refused as unsupported", platform.set_end(campaign, later).await);
    }
    let before = shown(platform, campaign).await?;
    let unknown = platform.set_end(&unknown()?, later).await;
    ensure("the end of an unknown campaign is not moved", matches!(unknown, Applied::Rejected(_)), unknown)?;
    let passed = platform.set_end(campaign, now.checked_sub(hours(1)).unwrap_or(Timestamp::MIN)).await;
    ensure("an end that has passed is refused", matches!(passed, Applied::Rejected(_)), passed)?;
    for wanted in [later, later, planned, planned] {
        let effect = done("the end of a campaign is moved, and may be said again", platform.set_end(campaign, wanted).await)?;
        ensure("moving an end says so", matches!(effect, Effect::EndSet | Effect::AlreadySo), effect)?;
        let after = shown(platform, campaign).await?;
        ensure("a moved end is shown", after.ends(wanted), &after)?;
        let same = PlatformCampaign { ends_at: before.ends_at, ..after.clone() };
        ensure("moving an end changes nothing else", same == before, (before.clone(), after))?;
    }
    Ok(())
}

/// Gives a campaign other words and its own again, each twice.
pub(super) async fn copy(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
) -> Conformance {
    let other = AdCopy { headline: "Other words".to_owned(), body: "Said differently".to_owned(), ..spec.copy.clone() };
    if can.copy == CopyControl::Unsupported {
        return unsupported("words that cannot be changed are refused as unsupported", platform.set_copy(campaign, &other).await);
    }
    let before = shown(platform, campaign).await?;
    let unknown = platform.set_copy(&unknown()?, &other).await;
    ensure("the words of an unknown campaign are not changed", matches!(unknown, Applied::Rejected(_)), unknown)?;
    let blank = platform.set_copy(campaign, &AdCopy { headline: " ".to_owned(), ..other.clone() }).await;
    ensure("words without a headline are refused", matches!(blank, Applied::Rejected(_)), blank)?;
    for wanted in [&other, &other, &spec.copy, &spec.copy] {
        let effect = done("words are changed, and may be said again", platform.set_copy(campaign, wanted).await)?;
        ensure("changing words says so", matches!(effect, Effect::CopySet | Effect::AlreadySo), effect)?;
        let after = shown(platform, campaign).await?;
        ensure("changed words are shown", after.shows(wanted), &after)?;
        let same = PlatformCampaign { headline: before.headline.clone(), body: before.body.clone(), ..after.clone() };
        ensure("changing words changes nothing else", same == before, (before.clone(), after))?;
    }
    Ok(())
}

/// A campaign that rests still rests after its end was to be moved and its words were to be changed, whatever came of it.
pub(super) async fn rests_on(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
) -> Conformance {
    if can.pause == PauseControl::Unsupported {
        return Ok(());
    }
    let _ = platform.set_end(campaign, later(spec.flight.end())?).await;
    let _ = platform.set_copy(campaign, &spec.copy).await;
    let shown = shown(platform, campaign).await?;
    let rests = !matches!(shown.effective, EffectiveStatus::Running | EffectiveStatus::Scheduled);
    ensure("a campaign that rests does not run for another end or other words", rests, shown)
}

fn unsupported(rule: &'static str, applied: Applied) -> Conformance {
    let typed = matches!(&applied, Applied::Rejected(error) if error.kind() == ErrorKind::Unsupported);
    ensure(rule, typed, applied)
}

async fn shown(platform: &dyn CampaignPlatform, campaign: &PlatformCampaignId) -> Result<PlatformCampaign, Violation> {
    let shown = answered(ANSWERS, platform.details(campaign).await)?;
    shown.ok_or_else(|| Violation::new("a created campaign is shown", campaign))
}

fn later(end: Timestamp) -> Result<Timestamp, Violation> {
    end.checked_add(hours(24)).map_err(|error| Violation::new("the flight ends before the end of time", error))
}

fn unknown() -> Result<PlatformCampaignId, Violation> {
    id(PlatformCampaignId::new("999999999"))
}
