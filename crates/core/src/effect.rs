//! What a write achieved.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PlatformCampaignId, PortError};

/// What a write achieved for shoppers and for the merchant's money: never more than was verified.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// The campaign exists and delivers.
    Live {
        /// The platform's object.
        campaign: PlatformCampaignId,
    },
    /// The campaign exists and will deliver from an instant on.
    Scheduled {
        /// The platform's object.
        campaign: PlatformCampaignId,
        /// When it starts.
        starts_at: Timestamp,
    },
    /// Delivery and spending have stopped.
    SpendStopped,
    /// No longer offered to partners; links that are already posted keep earning, so it can still cost money.
    Unlisted,
    /// Delivering again as the same object.
    Resumed,
    /// Delivering again, but as a new object: partners must take the new link.
    Recreated {
        /// The new object.
        campaign: PlatformCampaignId,
    },
    /// The platform enforces the new budget.
    BudgetSet,
    /// The platform has no budgets; the new one stands in our own ledger.
    BudgetInLedger,
    /// It ends at the new instant.
    EndSet,
    /// It carries the new words.
    CopySet,
    /// It already was as wanted; nothing was sent.
    AlreadySo,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live { campaign } => write!(f, "live as {campaign}"),
            Self::Scheduled { campaign, starts_at } => write!(f, "scheduled as {campaign} for {starts_at}"),
            Self::SpendStopped => f.write_str("spending stopped"),
            Self::Unlisted => f.write_str("unlisted (links already posted keep earning)"),
            Self::Resumed => f.write_str("resumed"),
            Self::Recreated { campaign } => write!(f, "recreated as {campaign} (partners must take the new link)"),
            Self::BudgetSet => f.write_str("budget set at the platform"),
            Self::BudgetInLedger => f.write_str("budget set in our ledger"),
            Self::EndSet => f.write_str("end moved"),
            Self::CopySet => f.write_str("ad copy changed"),
            Self::AlreadySo => f.write_str("already so"),
        }
    }
}

/// How a write ended. An answer that was lost is a state of its own, not an error to retry.
#[derive(Debug)]
pub enum Applied<T = Effect> {
    /// The platform confirmed it.
    Done(T),
    /// The platform refused it, or it was never sent: it certainly has no effect.
    Rejected(PortError),
    /// It was sent and no clear answer came: it may or may not have taken effect.
    Unknown(PortError),
}

impl<T> Applied<T> {
    /// Applies a function to the confirmed result.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Applied<U> {
        match self {
            Self::Done(value) => Applied::Done(f(value)),
            Self::Rejected(error) => Applied::Rejected(error),
            Self::Unknown(error) => Applied::Unknown(error),
        }
    }
}
