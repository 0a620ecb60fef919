//! impact.com's habits, each of which can be switched by itself.

use serde::{Deserialize, Serialize};

use super::settings::Revival;

/// impact.com's habits, and its answers to what its documentation leaves open. The default is what was seen in the wild,
/// or else what the documentation makes likely.
///
/// ```
/// use campaign_pilot_sandbox::{EndActs, PlatformSettings, Quirks};
///
/// let quirks = Quirks { end_acts: EndActs::AtMidnight, ..Quirks::default() };
/// let settings = PlatformSettings { quirks, ..PlatformSettings::default() };
/// assert_eq!(settings.quirks.end_acts, EndActs::AtMidnight);
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// What an update of an ad does to fields that it omits. Not documented.
    pub put: PutRule,
    /// When the end of an ad takes effect. impact.com's screens say at once; of the API nothing is said.
    pub end_acts: EndActs,
    /// What `SynchAdsPromoCodes` of a deal does. Documented, but not seen.
    pub deal_synch: DealSynch,
    /// What happens to an update that moves the end of an expired deal into the future. Not documented.
    pub deal_revival: Revival,
}

impl Default for Quirks {
    fn default() -> Self {
        Self { put: PutRule::Keeps, end_acts: EndActs::AtOnce, deal_synch: DealSynch::Aligns, deal_revival: Revival::Works }
    }
}

/// What an update of an ad does to fields that it omits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PutRule {
    /// They stay as they are.
    Keeps,
    /// They are emptied; dates that are omitted fall away.
    Nulls,
}

/// When the end of an ad takes effect.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndActs {
    /// At the instant that was sent, or at once if that has passed.
    AtOnce,
    /// When the account's day in which it lies is over.
    AtMidnight,
}

/// What `SynchAdsPromoCodes` of a deal does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DealSynch {
    /// Its ads and promo codes take over the deal's dates, when they are attached and whenever the deal changes.
    Aligns,
    /// Nothing.
    Ignored,
}
