//! The five verdicts on a campaign.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is thought of a campaign; what a plan does about it is an action.
///
/// Ordered by severity, the most severe first: where several apply, the smallest wins.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It loses money now, or a customer costs more than the product: stop at once.
    EmergencyPause,
    /// Sales or views fell: stop.
    Pause,
    /// Sales and views rose clearly: leave it running.
    Continue,
    /// It works a little: change something.
    Optimize,
    /// Mixed, or not enough evidence: keep watching.
    Monitor,
}

impl Verdict {
    /// All verdicts, the most severe first.
    pub const ALL: [Self; 5] = [Self::EmergencyPause, Self::Pause, Self::Continue, Self::Optimize, Self::Monitor];

    /// The verdict's name as people read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmergencyPause => "emergency pause",
            Self::Pause => "pause",
            Self::Continue => "continue",
            Self::Optimize => "optimize",
            Self::Monitor => "monitor",
        }
    }

    /// Whether the verdict asks for the campaign to stop.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::EmergencyPause | Self::Pause)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
