//! How a campaign stands: what impact.com shows against what is wanted. Pure.

use std::fmt;

use campaign_pilot_core::{DesiredStatus, EffectiveStatus, PlatformStatus};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Ad, Expiry, ProgramState};

/// What impact.com shows of a campaign.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// Its ad; `None` when impact.com does not know it (404).
    pub ad: Option<&'a Ad>,
    /// The state of the program.
    pub program: &'a ProgramState,
    /// Whether a running rule was seen that blocks the traffic of ads whose end has passed.
    pub blocks_ended: bool,
    /// When an end takes effect.
    pub expiry: Expiry,
    /// The account's time zone, which bounds its days.
    pub time_zone: &'a TimeZone,
}

/// What is wanted of a campaign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wish {
    /// Whether it shall run.
    pub desired: DesiredStatus,
    /// When it shall end by itself; `None` for never.
    pub until: Option<Timestamp>,
}

/// How a campaign stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum CampaignStatus {
    /// The program is not active, so nothing in it runs.
    BlockedByProgram {
        /// The program's state.
        state: String,
        /// Whether a person has to do something about it, such as pay what is overdue.
        needs_person: bool,
    },
    /// It starts later.
    Scheduled,
    /// It is offered to partners.
    Active,
    /// It rests, as wanted.
    Paused {
        /// What that achieved.
        stop: Stop,
    },
    /// Its flight is over.
    Ended,
    /// impact.com does not know it.
    Missing,
    /// impact.com shows something else than is wanted. It is reported, and nothing is changed for it.
    Drift {
        /// What differs.
        drift: Drift,
    },
}

/// What a pause achieved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// No partner can take the ad any more; links that are already posted go on to earn and to cost.
    Unlisted,
    /// A running rule blocks the traffic of posted links, too.
    Hard,
}

/// How what impact.com shows differs from what is wanted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// It shall rest and is on offer: somebody has opened it again, or a pause failed.
    OnOffer,
    /// It shall run and has ended before its time: somebody has ended it.
    EndedEarly,
    /// It runs, and its deal has expired.
    DealExpired,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnOffer => "it shall rest, but is on offer: somebody has opened it again, or a pause failed",
            Self::EndedEarly => "it shall run, but has ended before its time: somebody has ended it",
            Self::DealExpired => "it runs, but its deal has expired",
        })
    }
}

impl Evidence<'_> {
    /// Whether an ad's end has taken effect at `now`.
    #[must_use]
    pub fn has_ended(&self, ad: &Ad, now: Timestamp) -> bool {
        has_passed(ad.ends_at, now, self.expiry, self.time_zone)
    }

    const fn stop(&self) -> Stop {
        if self.blocks_ended { Stop::Hard } else { Stop::Unlisted }
    }

    /// How the campaign stands at `now`, against what is wanted of it.
    ///
    /// The rows are read from the top, the first that fits counts; `ended` includes the instant of the end itself.
    ///
    /// | impact.com shows | wanted | status |
    /// |---|---|---|
    /// | the program is not ACTIVE | anything | blocked by the program; DELINQUENT needs a person |
    /// | no such ad | anything | missing |
    /// | ended | to rest | paused: unlisted, or hard where a running rule was seen |
    /// | ended, its time is over | to run | ended |
    /// | ended before its time | to run | drift: ended early |
    /// | not ended | to rest | drift: on offer |
    /// | not started | to run | scheduled |
    /// | running, its deal EXPIRED | to run | drift: deal expired |
    /// | running | to run | active |
    ///
    /// ```
    /// use campaign_pilot_core::DesiredStatus;
    /// use campaign_pilot_impact_client::{CampaignStatus, Evidence, Expiry, ProgramState, Wish};
    ///
    /// let zone = jiff::tz::TimeZone::UTC;
    /// let program = ProgramState::Active;
    /// let evidence = Evidence { ad: None, program: &program, blocks_ended: false, expiry: Expiry::AtOnce, time_zone: &zone };
    /// let wish = Wish { desired: DesiredStatus::Active, until: None };
    /// assert_eq!(evidence.status("2026-06-05T00:00:00Z".parse()?, wish), CampaignStatus::Missing);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn status(&self, now: Timestamp, wish: Wish) -> CampaignStatus {
        if *self.program != ProgramState::Active {
            let needs_person = *self.program == ProgramState::Delinquent;
            return CampaignStatus::BlockedByProgram { state: self.program.to_string(), needs_person };
        }
        let Some(ad) = self.ad else { return CampaignStatus::Missing };
        let runs = wish.desired == DesiredStatus::Active;
        match (self.has_ended(ad, now), runs) {
            (true, false) => CampaignStatus::Paused { stop: self.stop() },
            (true, true) if wish.until.is_some_and(|until| until <= now) => CampaignStatus::Ended,
            (true, true) => CampaignStatus::Drift { drift: Drift::EndedEarly },
            (false, false) => CampaignStatus::Drift { drift: Drift::OnOffer },
            (false, true) if ad.is_scheduled(now) => CampaignStatus::Scheduled,
            (false, true) if deal_has_expired(ad) => CampaignStatus::Drift { drift: Drift::DealExpired },
            (false, true) => CampaignStatus::Active,
        }
    }

    /// What impact.com shows alone, and what that means for shoppers, whatever is wanted.
    ///
    /// A program that is not active, or an expired deal, blocks the ad; whether tracking and commissions go on then is
    /// not documented, so that it is unknown. An ad whose end has passed is stopped only where a rule was seen.
    pub(crate) fn shown(&self, ad: &Ad, now: Timestamp) -> (PlatformStatus, EffectiveStatus) {
        let ended = match self.stop() {
            Stop::Unlisted => EffectiveStatus::Unlisted,
            Stop::Hard => EffectiveStatus::Stopped,
        };
        let has_ended = self.has_ended(ad, now);
        if *self.program != ProgramState::Active {
            let effective = if has_ended { ended } else { EffectiveStatus::Unknown };
            return (PlatformStatus::Blocked(format!("the program is {}", self.program)), effective);
        }
        if has_ended {
            return (PlatformStatus::Ended, ended);
        }
        if deal_has_expired(ad) {
            return (PlatformStatus::Blocked("its deal is EXPIRED".to_owned()), EffectiveStatus::Unknown);
        }
        if ad.is_scheduled(now) {
            return (PlatformStatus::Scheduled, EffectiveStatus::Scheduled);
        }
        (PlatformStatus::Active, EffectiveStatus::Running)
    }
}

/// Whether an end has taken effect at `now`; `None` never does.
pub(crate) fn has_passed(end: Option<Timestamp>, now: Timestamp, expiry: Expiry, zone: &TimeZone) -> bool {
    let Some(end) = end else { return false };
    let acts_at = match expiry {
        Expiry::AtOnce => end,
        Expiry::EndOfDay => end_of_day(end, zone),
    };
    acts_at <= now
}

fn deal_has_expired(ad: &Ad) -> bool {
    ad.deal_state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("EXPIRED"))
}

/// The instant at which the account's day of `instant` is over: 23 to 25 hours after it began where there is summer time.
pub(crate) fn end_of_day(instant: Timestamp, zone: &TimeZone) -> Timestamp {
    let next = instant.to_zoned(zone.clone()).tomorrow().and_then(|day| day.start_of_day());
    next.map_or(Timestamp::MAX, |day| day.timestamp())
}

/// The instant at which the account's day of `instant` began.
pub(crate) fn start_of_day(instant: Timestamp, zone: &TimeZone) -> Timestamp {
    instant.to_zoned(zone.clone()).start_of_day().map_or(instant, |day| day.timestamp())
}

#[cfg(test)]
mod tests;
