//! What impact.com does where its documentation is silent: one value for each question.

use serde::{Deserialize, Serialize};

/// How impact.com behaves where its documentation is silent. The defaults are the careful guesses; whoever has an
/// account can set what they observe there.
///
/// ```
/// use campaign_pilot_impact_client::{PlatformBehaviour, Revival};
///
/// // On this account an expired ad was seen to stay expired, whatever its dates say.
/// let seen = PlatformBehaviour { ad_revival: Revival::Never, ..PlatformBehaviour::default() };
/// assert_ne!(seen, PlatformBehaviour::default());
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformBehaviour {
    /// Whether the list of ads shows ads that have not started yet. Default: [`Listed::Yes`].
    ///
    /// With [`Listed::No`] an ad cannot be held back until it is known to be the only one: it is created with the
    /// dates of its flight at once, and a copy of it costs money until it is found.
    pub scheduled_ads: Listed,
    /// Whether the list of ads shows ads whose end has passed. Default: [`Listed::No`].
    ///
    /// With [`Listed::No`] an ad of ours that ran when it was last listed and is missing now is asked for by its id, so
    /// that one that has ended is told from one that is gone.
    pub ended_ads: Listed,
    /// Whether an update empties what it leaves out. Default: [`Update::Replaces`].
    pub update: Update,
    /// Whether an update names the partners of an ad again. Default: [`Targets::Keep`].
    pub targets: Targets,
    /// When an end in the past takes effect. Default: [`Expiry::AtOnce`].
    pub expiry: Expiry,
    /// Whether an ad whose end has passed runs again once its end is moved. Default: [`Revival::Try`].
    pub ad_revival: Revival,
    /// Whether a deal in the state EXPIRED runs again once its end is moved. Default: [`Revival::Try`].
    pub deal_revival: Revival,
    /// Whether a deal's dates move those of its ads. Default: [`DealSync::Separate`].
    pub deal_sync: DealSync,
    /// The values of the condition `AD_STATUS` of a blocking rule that mean an ad whose end has passed, without regard
    /// to case. Default: `EXPIRED`. A rule with another value is not counted as a hard stop.
    pub expired_status_values: Vec<String>,
}

impl Default for PlatformBehaviour {
    fn default() -> Self {
        Self {
            scheduled_ads: Listed::Yes,
            ended_ads: Listed::No,
            update: Update::Replaces,
            targets: Targets::Keep,
            expiry: Expiry::AtOnce,
            ad_revival: Revival::Try,
            deal_revival: Revival::Try,
            deal_sync: DealSync::Separate,
            expired_status_values: vec!["EXPIRED".to_owned()],
        }
    }
}

/// Whether a list shows something.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// It does.
    Yes,
    /// It does not, or nobody knows.
    No,
}

/// What an update does to the fields that it leaves out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// It may empty them: every field that is known is sent along, as it was last read.
    Replaces,
    /// It leaves them: only what is required and the dates are sent, so that what a person edits in the meantime stays.
    Merges,
}

/// What an update says of the partners that an ad is limited to. impact.com reads them under another name than they are
/// written, documents the one as the opposite of the other, and tells groups by their names only.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Targets {
    /// Nothing, so that they stay as they are. Ads of ours are not limited to anyone.
    Keep,
    /// The partners that were read are sent back, for accounts where what is left out is emptied; groups are not.
    Echo,
}

/// When the end of an ad's dates takes effect.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// At the instant of the end.
    AtOnce,
    /// At the end of that day in the account's zone ([`ImpactConfig::time_zone`](crate::ImpactConfig::time_zone)): until then the
    /// ad is still offered. A pause then ends an ad the day before. The end of a flight is sent as it was decided, so that an ad
    /// that nobody pauses runs on to the midnight after it.
    EndOfDay,
}

/// Whether something that has expired can run again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Revival {
    /// Moving its end is tried first, and what it then shows decides.
    Try,
    /// It is replaced by a new one at once.
    Never,
}

/// How a deal's dates and its ads' dates hang together (`SynchAdsPromoCodes`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DealSync {
    /// Each is moved on its own: right whether or not impact.com moves them together.
    Separate,
    /// A deal's dates move those of its ads: its ads are only looked at.
    Together,
}
