//! Changes of a running campaign that are expected to make it earn more.

use std::fmt;

use campaign_pilot_core::Money;
use serde::{Deserialize, Serialize};

/// What would be changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Its budget.
    RaiseBudget {
        /// The budget in force.
        from: Money,
        /// The new one.
        to: Money,
    },
    /// The ad itself: its audience is tired, and a new one is expected to find it fresh.
    NewAd,
}

/// A change that is expected to pay.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Improvement {
    /// What would be changed.
    pub change: Change,
    /// The contribution that it is expected to add until the campaign's end.
    pub gain: Money,
}

impl fmt::Display for Improvement {
    /// `"a budget of 25.00 EUR instead of 20.00 EUR is expected to add 12.40 EUR"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gain = Money::new(self.gain.amount.round_dp(2), self.gain.currency);
        match self.change {
            Change::RaiseBudget { from, to } => write!(f, "a budget of {to} instead of {from} is expected to add {gain}"),
            Change::NewAd => write!(f, "its audience is tired: a new ad is expected to add {gain}"),
        }
    }
}
