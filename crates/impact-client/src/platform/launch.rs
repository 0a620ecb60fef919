//! Creating a campaign: one ad, sent once, held back until it is known to be the only one, then let go.

use campaign_pilot_core::{CampaignSpec, Effect, ErrorKind, OperationTag, Period, PortError};

use super::deal;
use super::outcome::Halt;
use super::stage::{bring_forward, held_back, only_one};
use super::{ImpactPlatform, campaign_id};
use crate::windows::floor_second;
use crate::{Ad, AdDraft, AdId, AdKind, DealId, Listed, ProgramState};

/// The label of every ad of ours, beside its tag.
const LABEL: &str = "campaign-pilot";

/// Creates the ad of a campaign that runs in `flight`, and confirms it.
pub(super) async fn launch(
    platform: &ImpactPlatform,
    spec: &CampaignSpec,
    tag: &OperationTag,
    flight: Period,
) -> Result<Effect, Halt> {
    spec.check().map_err(|error| PortError::new(ErrorKind::Invalid, error.to_string()))?;
    platform.check_currency(spec.budget)?;
    if flight.end() <= platform.now() {
        return Err(PortError::new(ErrorKind::Precondition, format!("the flight {flight} is over already"))
            .with_advice("decide the campaign again with new dates")
            .into());
    }
    let program = platform.read_program().await?;
    if program.state != ProgramState::Active {
        return Err(inactive(platform, &program.state).into());
    }
    let deal = match platform.deal.as_deref() {
        Some(template) => Some(deal::ready(platform, template, tag, flight).await?),
        None => None,
    };
    let launched = launch_ad(platform, spec, tag, flight, deal.clone()).await;
    if let (Err(Halt::Rejected(_)), Some(deal)) = (&launched, &deal) {
        deal::undo(platform, deal).await;
    }
    launched
}

/// The ad: held back, found to be the only one, let go.
async fn launch_ad(
    platform: &ImpactPlatform,
    spec: &CampaignSpec,
    tag: &OperationTag,
    flight: Period,
    deal_id: Option<DealId>,
) -> Result<Effect, Halt> {
    let begun = platform.now();
    let stages = platform.config().behaviour.scheduled_ads == Listed::Yes;
    let mut draft = AdDraft { deal_id, ..draft(spec, tag, flight) };
    if stages {
        let (start, end) = held_back(platform, flight);
        (draft.starts_at, draft.ends_at) = (Some(start), Some(end));
    }
    let id = platform.api.create_ad(&draft).await.map_err(Halt::of_write)?;
    let ad = confirm(platform, &id).await?;
    if stages {
        only_one(platform, &id, tag, begun).await?;
        return bring_forward(platform, &ad, flight).await;
    }
    let campaign = campaign_id(&id).map_err(Halt::Unknown)?;
    Ok(match ad.starts_at {
        Some(starts_at) if ad.is_scheduled(platform.now()) => Effect::Scheduled { campaign, starts_at },
        _ => Effect::Live { campaign },
    })
}

/// The program is in a state in which nothing can be launched.
pub(super) fn inactive(platform: &ImpactPlatform, state: &ProgramState) -> PortError {
    let message = format!("program {} at impact.com is {state}, not ACTIVE", platform.config().program_id);
    PortError::new(ErrorKind::Precondition, message).with_advice(state.advice())
}

fn draft(spec: &CampaignSpec, tag: &OperationTag, flight: Period) -> AdDraft {
    AdDraft {
        kind: AdKind::TextLink,
        name: spec.name.clone(),
        link_text: spec.copy.headline.clone(),
        landing_page: spec.landing_page.clone(),
        description: spec.copy.body.clone(),
        labels: format!("{LABEL},{tag}"),
        starts_at: Some(floor_second(flight.start())),
        ends_at: Some(floor_second(flight.end())),
        ..AdDraft::default()
    }
}

/// Looks at an ad that impact.com says it created. What cannot be confirmed is unknown: looking it up by its tag adopts it.
async fn confirm(platform: &ImpactPlatform, id: &AdId) -> Result<Ad, Halt> {
    let unconfirmed = |kind: ErrorKind, message: &str| {
        let error = PortError::new(kind, format!("ad {id} was created at impact.com, but {message}"));
        Halt::Unknown(error.with_advice("look it up by its tag before anything is sent again"))
    };
    let ad = match platform.api.ad(id).await {
        Ok(Some(ad)) => ad,
        Ok(None) => return Err(unconfirmed(ErrorKind::NotFound, "it is not shown yet")),
        Err(error) => return Err(Halt::unverified(format_args!("ad {id} was created at impact.com"), error)),
    };
    if platform.has_ended(&ad, platform.now()) {
        return Err(unconfirmed(ErrorKind::Malformed, "its dates show it as ended"));
    }
    Ok(ad)
}
