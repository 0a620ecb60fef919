//! What a campaign platform promises.

mod change;

use jiff::Timestamp;

use super::samples::id;
use super::{Conformance, Violation, answered, ensure, ensure_eq};
use crate::ports::CampaignPlatform;
use crate::{
    Applied, BudgetControl, CampaignSpec, Capabilities, Currency, DecisionId, Effect, EffectiveStatus, OperationId, OperationTag,
    PauseControl, Period, PlatformCampaignId, ResumeControl,
};

const ANSWERS: &str = "the platform answers";

/// Checks a platform by running one campaign on it: `spec` must be valid, in the platform's currency, and its flight
/// must hold `now`. The campaign is left paused where the platform can pause.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn campaign_platform(platform: &dyn CampaignPlatform, spec: &CampaignSpec, now: Timestamp) -> Conformance {
    let capabilities = platform.capabilities();
    answered("a healthy platform says so", platform.check_health().await)?;
    bad_wishes(platform, spec, &capabilities, now).await?;
    let campaign = created(platform, spec, now).await?;
    budget(platform, spec, &campaign, &capabilities).await?;
    change::end(platform, spec, &campaign, &capabilities, now).await?;
    change::copy(platform, spec, &campaign, &capabilities).await?;
    performance(platform, spec, &campaign, &capabilities).await?;
    paused(platform, &campaign, &capabilities).await?;
    change::rests_on(platform, spec, &campaign, &capabilities).await?;
    let running = resumed(platform, spec, &campaign, &capabilities).await?;
    paused(platform, running.as_ref().unwrap_or(&campaign), &capabilities).await?;
    ensure_eq("capabilities are constant", &platform.capabilities(), &capabilities)
}

fn tag(what: &str, spec: &CampaignSpec) -> OperationTag {
    OperationTag::of(&OperationId::of(&DecisionId::of(what, spec.id.as_str()), 0))
}

fn done<T: std::fmt::Debug>(rule: &'static str, applied: Applied<T>) -> Result<T, Violation> {
    match applied {
        Applied::Done(effect) => Ok(effect),
        other => Err(Violation::new(rule, other)),
    }
}

async fn bad_wishes(platform: &dyn CampaignPlatform, spec: &CampaignSpec, can: &Capabilities, now: Timestamp) -> Conformance {
    let nameless = CampaignSpec { name: "  ".to_owned(), ..spec.clone() };
    let foreign = if can.currency == Currency::USD { Currency::EUR } else { Currency::USD };
    let mut other_currency = spec.clone();
    other_currency.budget.currency = foreign;
    for (what, bad) in [("conformance-nameless", nameless), ("conformance-foreign", other_currency)] {
        let tag = tag(what, spec);
        let applied = platform.create(&bad, &tag).await;
        ensure("a wrong wish is rejected", matches!(applied, Applied::Rejected(_)), applied)?;
        let found = answered(ANSWERS, platform.find_by_tag(&tag, earlier(now)).await)?;
        ensure("a rejected wish has no effect", found.is_empty(), found)?;
    }
    let unknown = id(PlatformCampaignId::new("999999999"))?;
    let none = answered(ANSWERS, platform.details(&unknown).await)?;
    ensure_eq("an unknown campaign is none, not an error", &none, &None)
}

async fn created(platform: &dyn CampaignPlatform, spec: &CampaignSpec, now: Timestamp) -> Result<PlatformCampaignId, Violation> {
    let tag = tag("conformance-create", spec);
    let found = answered(ANSWERS, platform.find_by_tag(&tag, earlier(now)).await)?;
    ensure("a tag that was never sent is not found", found.is_empty(), found)?;
    let effect = done("a valid campaign is created", platform.create(spec, &tag).await)?;
    let (Effect::Live { campaign } | Effect::Scheduled { campaign, .. }) = &effect else {
        return Err(Violation::new("creating tells the platform's id", effect));
    };
    let released = platform.release(campaign, spec).await;
    ensure("releasing what runs already changes nothing", matches!(released, Applied::Done(Effect::AlreadySo)), released)?;
    let found = answered(ANSWERS, platform.find_by_tag(&tag, earlier(now)).await)?;
    let exactly_it = matches!(found.as_slice(), [one] if one.id == *campaign && one.tag.as_ref() == Some(&tag));
    ensure("a created campaign is found by its tag, alone", exactly_it, &found)?;
    let shown = answered(ANSWERS, platform.details(campaign).await)?;
    let as_wished = shown.as_ref().is_some_and(|shown| {
        shown.tag.as_ref() == Some(&tag) && shown.name == spec.name && shown.landing_page == spec.landing_page
    });
    ensure("a created campaign carries its tag, name and landing page", as_wished, shown)?;
    let all = answered(ANSWERS, platform.all().await)?;
    let count = all.iter().filter(|shown| shown.id == *campaign).count();
    ensure_eq("a created campaign is among all campaigns, once", &count, &1)?;
    Ok(campaign.clone())
}

async fn budget(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
) -> Conformance {
    let applied = platform.set_budget(campaign, spec.budget).await;
    let kept = match can.budget {
        BudgetControl::Native => matches!(applied, Applied::Done(Effect::BudgetSet | Effect::AlreadySo)),
        BudgetControl::Ledger => matches!(applied, Applied::Done(Effect::BudgetInLedger | Effect::AlreadySo)),
        BudgetControl::Unsupported => matches!(applied, Applied::Rejected(_)),
    };
    ensure("setting a budget does what the capabilities say", kept, (can.budget, applied))
}

async fn performance(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
) -> Conformance {
    let period: Period = spec.flight;
    let reading = answered(ANSWERS, platform.performance(std::slice::from_ref(campaign), period).await)?;
    ensure_eq("the reading is about the period asked for", &reading.period, &period)?;
    for (shown, performance) in &reading.campaigns {
        ensure("only the campaigns asked for are reported", shown == campaign, shown)?;
        let billed = [performance.cost, performance.pending_cost].iter().all(|money| money.currency == can.currency);
        ensure("costs are in the platform's currency", billed, performance)?;
    }
    let nothing = answered(ANSWERS, platform.performance(&[], period).await)?;
    ensure("no campaign asked for, none reported", nothing.campaigns.is_empty(), nothing)
}

/// Pauses twice: a wish that is already fulfilled is fulfilled.
async fn paused(platform: &dyn CampaignPlatform, campaign: &PlatformCampaignId, can: &Capabilities) -> Conformance {
    for _ in 0..2 {
        let applied = platform.pause(campaign).await;
        let kept = match can.pause {
            PauseControl::Native => matches!(applied, Applied::Done(Effect::SpendStopped | Effect::AlreadySo)),
            // Where a person has set up more than the platform offers by itself, more may be achieved.
            PauseControl::Unlist => {
                matches!(applied, Applied::Done(Effect::Unlisted | Effect::SpendStopped | Effect::AlreadySo))
            }
            PauseControl::Unsupported => matches!(applied, Applied::Rejected(_)),
        };
        ensure("pausing does what the capabilities say, and may be repeated", kept, (can.pause, applied))?;
    }
    let shown = answered(ANSWERS, platform.details(campaign).await)?.map(|shown| shown.effective);
    let kept = match can.pause {
        PauseControl::Native => shown == Some(EffectiveStatus::Stopped),
        PauseControl::Unlist => matches!(shown, Some(EffectiveStatus::Unlisted | EffectiveStatus::Stopped)),
        PauseControl::Unsupported => true,
    };
    ensure("a paused campaign shows what is true for shoppers", kept, shown)
}

/// The new object, where resuming took one.
async fn resumed(
    platform: &dyn CampaignPlatform,
    spec: &CampaignSpec,
    campaign: &PlatformCampaignId,
    can: &Capabilities,
) -> Result<Option<PlatformCampaignId>, Violation> {
    let tag = tag("conformance-resume", spec);
    let applied = platform.resume(campaign, spec, &tag, spec.flight.end()).await;
    let kept = match can.resume {
        ResumeControl::Native => {
            matches!(applied, Applied::Done(Effect::Resumed | Effect::Scheduled { .. } | Effect::AlreadySo))
        }
        ResumeControl::BestEffort => matches!(
            applied,
            Applied::Done(Effect::Resumed | Effect::Scheduled { .. } | Effect::Recreated { .. } | Effect::AlreadySo)
        ),
        ResumeControl::Recreate => matches!(applied, Applied::Done(Effect::Recreated { .. })),
        ResumeControl::Unsupported => matches!(applied, Applied::Rejected(_)),
    };
    ensure("resuming does what the capabilities say", kept, (can.resume, &applied))?;
    let Applied::Done(Effect::Recreated { campaign }) = applied else { return Ok(None) };
    let shown = answered(ANSWERS, platform.details(&campaign).await)?;
    let tagged = shown.as_ref().is_some_and(|shown| shown.tag.as_ref() == Some(&tag));
    ensure("a new object carries the tag of the resuming", tagged, shown)?;
    Ok(Some(campaign))
}

/// A day before `now`: look-ups allow for clocks that differ.
fn earlier(now: Timestamp) -> Timestamp {
    now.checked_sub(super::samples::hours(24)).unwrap_or(Timestamp::MIN)
}
