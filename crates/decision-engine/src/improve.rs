//! Changes of a running campaign that are expected to make it earn more.

mod choose;
mod copies;
mod effect;
mod ends;
mod policy;
#[cfg(test)]
mod tests;
mod trail;

use std::fmt;

use campaign_pilot_core::{Money, sanitize_line};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) use choose::NOTHING_HELPS;
pub use choose::{BestChange, Candidate, ChangeLimits, Measuring, Obstacle, PassedOver, WhyNot, best_change};
pub use copies::{CopyRecord, CopyWorth, other_copies};
pub use effect::{ChangeEffect, ChangeReview, EffectVerdict, RateChange, change_effects, take_back};
pub use ends::{EndFacts, earlier_end, later_end};
pub use policy::ChangesPolicy;
pub use trail::{CampaignShape, ResultSample, ResultTrail, SeenChange};

/// What would be changed, or was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Its budget, upwards.
    RaiseBudget {
        /// The budget in force.
        from: Money,
        /// The new one.
        to: Money,
    },
    /// Its budget, downwards.
    LowerBudget {
        /// The budget in force.
        from: Money,
        /// The new one.
        to: Money,
    },
    /// Its end, to a later or an earlier one.
    MoveEnd {
        /// The end in force.
        from: Timestamp,
        /// The new one.
        to: Timestamp,
    },
    /// Its words.
    OtherCopy {
        /// The variant in force: who wrote it, as [`AdCopy::written_by`](campaign_pilot_core::AdCopy) says.
        from: String,
        /// The new one.
        variant: String,
    },
    /// The ad itself: its audience is tired, and a new one is expected to find it fresh.
    NewAd,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The budget.
    Budget,
    /// The end.
    End,
    /// The words.
    Copy,
    /// The ad as a whole.
    Ad,
}

impl Change {
    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::RaiseBudget { .. } | Self::LowerBudget { .. } => ChangeKind::Budget,
            Self::MoveEnd { .. } => ChangeKind::End,
            Self::OtherCopy { .. } => ChangeKind::Copy,
            Self::NewAd => ChangeKind::Ad,
        }
    }

    /// Whether a change of this kind waits while an earlier one is still measured: those of end and copy do. Budgets follow the response
    /// curve from day to day and wait for nothing.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self.kind(), ChangeKind::End | ChangeKind::Copy)
    }

    /// The change back; `None` for a new ad, which cannot be taken back.
    #[must_use]
    pub fn reversed(&self) -> Option<Self> {
        match self {
            Self::RaiseBudget { from, to } => Some(Self::LowerBudget { from: *to, to: *from }),
            Self::LowerBudget { from, to } => Some(Self::RaiseBudget { from: *to, to: *from }),
            Self::MoveEnd { from, to } => Some(Self::MoveEnd { from: *to, to: *from }),
            Self::OtherCopy { from, variant } => Some(Self::OtherCopy { from: variant.clone(), variant: from.clone() }),
            Self::NewAd => None,
        }
    }

    /// What orders changes of equal worth, so that the order in which they are found does not matter.
    fn order(&self) -> (ChangeKind, u8, Decimal, Option<Timestamp>, &str) {
        let kind = self.kind();
        match self {
            Self::RaiseBudget { to, .. } => (kind, 0, to.amount, None, ""),
            Self::LowerBudget { to, .. } => (kind, 1, to.amount, None, ""),
            Self::MoveEnd { to, .. } => (kind, 0, Decimal::ZERO, Some(*to), ""),
            Self::OtherCopy { variant, .. } => (kind, 0, Decimal::ZERO, None, variant.as_str()),
            Self::NewAd => (kind, 0, Decimal::ZERO, None, ""),
        }
    }
}

impl fmt::Display for Change {
    /// `"a budget of 25.00 EUR instead of 20.00 EUR"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RaiseBudget { from, to } | Self::LowerBudget { from, to } => write!(f, "a budget of {to} instead of {from}"),
            Self::MoveEnd { from, to } => write!(f, "an end on {} instead of {}", minute(*to), minute(*from)),
            Self::OtherCopy { from, variant } => {
                write!(f, "the copy `{}` instead of `{}`", sanitize_line(variant), sanitize_line(from))
            }
            Self::NewAd => f.write_str("a new ad"),
        }
    }
}

/// What an improvement rests on.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// An expectation.
    #[default]
    Expected,
    /// What the change that is taken back was measured to have done.
    Measured,
    /// Nothing yet: it is tried within the budget for that.
    Trial,
}

impl Ground {
    pub(crate) const fn is_expected(&self) -> bool {
        matches!(self, Self::Expected)
    }
}

/// A change that is expected to pay.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Improvement {
    /// What would be changed.
    pub change: Change,
    /// The contribution that it is expected to add until the campaign's end, less what trying it costs; nothing where it is tried to
    /// find out.
    pub gain: Money,
    /// What that rests on.
    #[serde(default, skip_serializing_if = "Ground::is_expected")]
    pub ground: Ground,
}

impl Improvement {
    /// A change with what it is expected to add.
    #[must_use]
    pub const fn expected(change: Change, gain: Money) -> Self {
        Self { change, gain, ground: Ground::Expected }
    }

    /// Whether it takes back a change that was measured to have made the campaign worse.
    #[must_use]
    pub const fn is_measured(&self) -> bool {
        matches!(self.ground, Ground::Measured)
    }
}

impl fmt::Display for Improvement {
    /// `"a budget of 25.00 EUR instead of 20.00 EUR is expected to add 12.40 EUR"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gain = cents(self.gain);
        match (&self.change, self.ground) {
            (Change::NewAd, _) => write!(f, "its audience is tired: a new ad is expected to add {gain}"),
            (change, Ground::Expected) => write!(f, "{change} is expected to add {gain}"),
            (change, Ground::Measured) => {
                write!(f, "{change} takes back a change that made it worse, and is expected to add {gain}")
            }
            (change, Ground::Trial) => write!(f, "{change} is tried, since nothing is known of it yet"),
        }
    }
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

/// An instant to the minute, in UTC: `"2026-12-08 09:00 UTC"`.
fn minute(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%M UTC")
}
