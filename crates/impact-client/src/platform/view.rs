//! An ad seen as a campaign: pure.

use campaign_pilot_core::{EffectiveStatus, PlatformCampaign, PlatformStatus, PortError};
use jiff::Timestamp;

use super::campaign_id;
use crate::{Ad, Program, ProgramState};

/// An ad as a campaign at `now`.
pub(super) fn campaign(ad: &Ad, program: &Program, now: Timestamp) -> Result<PlatformCampaign, PortError> {
    let (status, effective) = status(ad, program, now);
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
    })
}

/// What impact.com says of an ad, and what that means for shoppers.
///
/// A program that is not active, or an expired deal, blocks the ad; whether tracking and commissions go on then is not
/// documented, so that it is unknown. An ad whose end has passed is only unlisted.
pub(super) fn status(ad: &Ad, program: &Program, now: Timestamp) -> (PlatformStatus, EffectiveStatus) {
    if ad.has_ended(now) {
        return (PlatformStatus::Ended, EffectiveStatus::Unlisted);
    }
    if program.state != ProgramState::Active {
        return (PlatformStatus::Blocked(format!("the program is {}", program.state)), EffectiveStatus::Unknown);
    }
    if let Some(state) = ad.deal_state.as_deref().filter(|state| state.eq_ignore_ascii_case("EXPIRED")) {
        return (PlatformStatus::Blocked(format!("its deal is {state}")), EffectiveStatus::Unknown);
    }
    if ad.is_scheduled(now) {
        return (PlatformStatus::Scheduled, EffectiveStatus::Scheduled);
    }
    (PlatformStatus::Active, EffectiveStatus::Running)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-06-05T00:00:00Z";

    fn ad(dates: [&str; 2], deal_state: &str) -> Ad {
        serde_json::from_value(json!({
            "Id": "1", "LimitedTimeStartDate": dates[0], "LimitedTimeEndDate": dates[1], "DealState": deal_state,
        }))
        .unwrap()
    }

    fn program(state: &str) -> Program {
        serde_json::from_value(json!({"Id": "1000", "State": state})).unwrap()
    }

    fn seen(ad: &Ad, state: &str) -> (PlatformStatus, EffectiveStatus) {
        status(ad, &program(state), NOW.parse().unwrap())
    }

    #[test]
    fn dates_make_the_status_and_the_end_is_outside() {
        let before = "2026-06-01T00:00:00-07:00";
        let after = "2026-06-08T00:00:00-07:00";
        for (dates, expected) in [
            (["", ""], (PlatformStatus::Active, EffectiveStatus::Running)),
            ([before, after], (PlatformStatus::Active, EffectiveStatus::Running)),
            ([NOW, after], (PlatformStatus::Active, EffectiveStatus::Running)),
            ([after, ""], (PlatformStatus::Scheduled, EffectiveStatus::Scheduled)),
            ([before, before], (PlatformStatus::Ended, EffectiveStatus::Unlisted)),
            ([before, NOW], (PlatformStatus::Ended, EffectiveStatus::Unlisted)),
        ] {
            assert_eq!(seen(&ad(dates, ""), "ACTIVE"), expected, "{dates:?}");
        }
    }

    #[test]
    fn what_stands_above_the_ad_can_block_it() {
        let (status, effective) = seen(&ad(["", ""], ""), "DELINQUENT");
        assert_eq!(status, PlatformStatus::Blocked("the program is DELINQUENT".to_owned()));
        assert_eq!(effective, EffectiveStatus::Unknown);
        let (status, _) = seen(&ad(["", ""], "EXPIRED"), "ACTIVE");
        assert_eq!(status, PlatformStatus::Blocked("its deal is EXPIRED".to_owned()));
        assert_eq!(seen(&ad(["", NOW], "EXPIRED"), "DEACTIVATED").0, PlatformStatus::Ended);
    }
}
