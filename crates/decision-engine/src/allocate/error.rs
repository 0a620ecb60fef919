//! What the allocator refuses.

use campaign_pilot_core::{CampaignId, Money, MoneyError};

/// What keeps [`allocate`](crate::allocate) from answering: where, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocationError {
    /// Two currencies met, or an amount became too large. Give every amount in the currency of the total.
    #[error("an amount cannot be computed")]
    Money(#[from] MoneyError),
    /// An amount is below zero, or above what can be divided exactly (2^53 of the currency's smallest unit).
    #[error("{what} is {amount}: give an amount from zero to 2^53 of the smallest unit")]
    Amount {
        /// Which one.
        what: String,
        /// What it is.
        amount: Money,
    },
    /// The same campaign, or the limit of the same group, was given twice. Give it once.
    #[error("`{what}` is given twice: give it once")]
    Duplicate {
        /// The campaign or the group.
        what: String,
    },
    /// A response curve has a number that it cannot have.
    #[error("the response of `{campaign}` cannot be used: {what}")]
    ResponseCurve {
        /// The campaign.
        campaign: CampaignId,
        /// Which number, what it is and what it may be.
        what: String,
    },
    /// A step limit or a switching cost is not a number that it can be.
    #[error("the {what} of `{campaign}` has to be from 0 to 1000000")]
    Rate {
        /// The campaign.
        campaign: CampaignId,
        /// Which of them.
        what: &'static str,
    },
    /// No budget keeps all limits of one campaign. Widen its limits or its step.
    #[error("`{campaign}` has to get at least {least} and at most {most}: widen its limits or its step")]
    Limits {
        /// The campaign.
        campaign: CampaignId,
        /// The least, by its lower limit and its step.
        least: Money,
        /// The most, by its upper limit and its step.
        most: Money,
    },
    /// The campaigns that may not be off need more than there is. Raise the amount, lower their limits or let some be off.
    #[error("campaigns that have to run need at least {needed} of {what}, which is {most}: raise it, or let some be off")]
    TooLittle {
        /// The total budget or the limit of a group.
        what: String,
        /// What they need at least.
        needed: Money,
        /// What there is.
        most: Money,
    },
    /// The draws of two campaigns are not of the same number, or there are none although the risk asks for them.
    #[error(
        "`{campaign}` has {found} draws where {expected} are needed: give each campaign as many, or none to one without doubt"
    )]
    Draws {
        /// The campaign.
        campaign: CampaignId,
        /// How many it has.
        found: usize,
        /// How many the others have; at least one.
        expected: usize,
    },
    /// The attitude to risk has a number that it cannot have.
    #[error("the risk cannot be used: {what}")]
    Risk {
        /// Which number and what it may be.
        what: &'static str,
    },
}
