//! What is to be divided, between whom, and within which limits.

use campaign_pilot_core::{CampaignId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::response::ResponseCurve;

/// A budget to divide between campaigns.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationProblem {
    /// The most that all campaigns together may get; rounded down to what the currency settles in.
    pub total: Money,
    /// Who may get some of it, in any order.
    pub campaigns: Vec<AllocationCampaign>,
    /// Limits of groups of campaigns, such as categories; none unless set.
    #[serde(default)]
    pub groups: Vec<GroupLimit>,
    /// What becomes of money that is not spent; kept unless set.
    #[serde(default)]
    pub leftover: Leftover,
    /// How doubt about the responses counts; not at all unless set.
    #[serde(default)]
    pub risk: Risk,
    /// How long the best division is looked for.
    #[serde(default)]
    pub effort: AllocationEffort,
}

/// A campaign that may get a budget.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationCampaign {
    /// The campaign.
    pub campaign: CampaignId,
    /// What it is expected to contribute for its budget: gross profit that would not come without it, before its cost.
    pub response: ResponseCurve,
    /// The same in equally likely cases, for a [`Risk`] that counts doubt; as many as the other campaigns have, the first of
    /// one campaign belonging to the first of each other. None: `response` in every case.
    #[serde(default)]
    pub draws: Vec<ResponseCurve>,
    /// What it gets at least; `None` for nothing.
    #[serde(default)]
    pub least: Option<Money>,
    /// What it gets at most; `None` for no limit of its own.
    #[serde(default)]
    pub most: Option<Money>,
    /// Whether it may get nothing although `least`, or its step, is above nothing; never unless set.
    #[serde(default)]
    pub off: Off,
    /// Its budget in force; `None` for a new campaign, which has no step and whose start costs nothing.
    #[serde(default)]
    pub in_force: Option<Money>,
    /// The largest change of the budget in force, as a share of it: 0.2 for a fifth up or down. `None` for no limit; none
    /// applies where nothing is in force, nor to switching a campaign off that may be off.
    #[serde(default)]
    pub step: Option<Decimal>,
    /// What it costs to move its budget by one unit of the currency, such as what a platform unlearns; 0 unless set. Budgets
    /// that would gain less by moving stay as they are.
    #[serde(default)]
    pub switching_cost: Decimal,
    /// The group that it belongs to. A group without a [`GroupLimit`] limits nothing.
    #[serde(default)]
    pub group: Option<String>,
}

/// The most that a group of campaigns may get.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupLimit {
    /// The group, as the campaigns name it.
    pub group: String,
    /// The most; rounded down to what the currency settles in.
    pub most: Money,
}

/// Whether a campaign may get nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// It gets what its limits demand.
    #[default]
    Never,
    /// It gets nothing, or what its limits demand.
    Allowed,
}

/// What becomes of money that is not spent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leftover {
    /// The shop keeps it: each unit spent counts as a cost, and none is spent that does not bring more than itself.
    #[default]
    Kept,
    /// It is lost, or the responses are already what is left after the cost: all is spent that brings anything.
    Lost,
}

/// How doubt about the responses counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "risk", rename_all = "snake_case", deny_unknown_fields)]
pub enum Risk {
    /// Not at all: what [`AllocationCampaign::response`] expects is maximised.
    #[default]
    Neutral,
    /// The mean of the draws, less `weight` times the mean of what the sum of all campaigns falls short of `target`.
    Shortfall {
        /// What all campaigns together should bring, after costs where money is [kept](Leftover::Kept).
        target: Money,
        /// From 0 to 1000.
        weight: Decimal,
    },
    /// `(1 - weight) mean + weight CVaR`, the latter being the mean of the worst cases (Rockafellar and Uryasev 2000).
    Cvar {
        /// The share of the cases that are the worst: 0.1 for a tenth; from 0.001 to 1.
        tail: Decimal,
        /// From 0 to 1.
        weight: Decimal,
    },
}

/// How long the best division is looked for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllocationEffort {
    /// The share of the value that may be missing to the bound; a millionth unless set.
    pub gap: Decimal,
    /// How often campaigns are placed at most: relaxations, of which there may always be 50, times campaigns; 100,000 unless
    /// set. Counted and not timed, so that the answer is always the same.
    pub placements: u32,
}

impl Default for AllocationEffort {
    fn default() -> Self {
        Self { gap: Decimal::new(1, 6), placements: 100_000 }
    }
}

impl AllocationProblem {
    /// A problem without groups, in which money that is not spent is kept and doubt does not count.
    #[must_use]
    pub fn new(total: Money, campaigns: Vec<AllocationCampaign>) -> Self {
        let (leftover, risk, effort) = (Leftover::default(), Risk::default(), AllocationEffort::default());
        Self { total, campaigns, groups: Vec::new(), leftover, risk, effort }
    }
}

impl AllocationCampaign {
    /// A new campaign without limits of its own.
    #[must_use]
    pub const fn new(campaign: CampaignId, response: ResponseCurve) -> Self {
        Self {
            campaign,
            response,
            draws: Vec::new(),
            least: None,
            most: None,
            off: Off::Never,
            in_force: None,
            step: None,
            switching_cost: Decimal::ZERO,
            group: None,
        }
    }
}
