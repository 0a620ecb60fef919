//! Rules that block or redirect clicks. A person makes them in impact.com's own screens; the API only reads them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A rule that blocks or redirects clicks, as a person would have set it up.
///
/// ```
/// use campaign_pilot_sandbox::{BlockRule, RuleState};
///
/// let paused = BlockRule { state: RuleState::Paused, ..BlockRule::expired_ads(50_000) };
/// assert_eq!(paused.action, "BLOCK");
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BlockRule {
    /// impact.com's number for it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it looks at, such as `AD_STATUS`, `COUNTRY` or `SHARED_ID`.
    pub variable: String,
    /// How it compares, such as `EQUALS` or `IN`.
    pub operator: String,
    /// What it compares with.
    pub values: Vec<String>,
    /// `BLOCK`, `REDIRECT` or `INTERSTITIAL`.
    pub action: String,
    /// Where it redirects to; empty for nowhere.
    pub redirect_url: String,
    /// Whether it runs.
    pub state: RuleState,
    /// From when on it runs; `None` for at once.
    pub starts_at: Option<Timestamp>,
    /// Until when it runs; `None` for no end.
    pub ends_at: Option<Timestamp>,
}

/// The states of a rule that impact.com documents.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleState {
    /// It runs.
    Running,
    /// A person has paused it.
    Paused,
    /// It has ended.
    Ended,
    /// It was put away.
    Archived,
}

impl RuleState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Ended => "ENDED",
            Self::Archived => "ARCHIVED",
        }
    }
}

impl BlockRule {
    /// The running rule that blocks the traffic of expired ads. Which value the condition has is not documented.
    #[must_use]
    pub fn expired_ads(id: u64) -> Self {
        Self {
            id,
            name: "Block expired ads".to_owned(),
            variable: "AD_STATUS".to_owned(),
            operator: "EQUALS".to_owned(),
            values: vec!["EXPIRED".to_owned()],
            action: "BLOCK".to_owned(),
            redirect_url: String::new(),
            state: RuleState::Running,
            starts_at: None,
            ends_at: None,
        }
    }

    /// Whether it keeps clicks on expired ads from the shop at an instant.
    #[must_use]
    pub(crate) fn stops_expired_ads(&self, at: Timestamp) -> bool {
        let in_time = self.starts_at.is_none_or(|start| start <= at) && self.ends_at.is_none_or(|end| at < end);
        let is_about_them = self.variable == "AD_STATUS" && self.values.iter().any(|value| value.eq_ignore_ascii_case("EXPIRED"));
        self.state == RuleState::Running && self.action == "BLOCK" && in_time && is_about_them
    }
}
