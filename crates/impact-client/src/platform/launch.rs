//! Creating a campaign: one ad, sent once, then looked at.

use campaign_pilot_core::{CampaignSpec, Effect, ErrorKind, OperationTag, Period, PortError};

use super::outcome::Halt;
use super::{ImpactPlatform, campaign_id};
use crate::windows::floor_second;
use crate::{AdDraft, AdId, AdKind, ProgramState};

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
    let id = platform.api.create_ad(&draft(spec, tag, flight)).await.map_err(Halt::of_write)?;
    confirm(platform, &id).await
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
async fn confirm(platform: &ImpactPlatform, id: &AdId) -> Result<Effect, Halt> {
    let unconfirmed = |kind: ErrorKind, message: &str| {
        let error = PortError::new(kind, format!("ad {id} was created at impact.com, but {message}"));
        Halt::Unknown(error.with_advice("look it up by its tag before anything is sent again"))
    };
    let ad = match platform.api.ad(id).await {
        Ok(Some(ad)) => ad,
        Ok(None) => return Err(unconfirmed(ErrorKind::NotFound, "it is not shown yet")),
        Err(error) => return Err(Halt::unverified(format_args!("ad {id} was created at impact.com"), error)),
    };
    let now = platform.now();
    if ad.has_ended(now) {
        return Err(unconfirmed(ErrorKind::Malformed, "its dates show it as ended"));
    }
    let campaign = campaign_id(id).map_err(Halt::Unknown)?;
    Ok(match ad.starts_at {
        Some(starts_at) if ad.is_scheduled(now) => Effect::Scheduled { campaign, starts_at },
        _ => Effect::Live { campaign },
    })
}
