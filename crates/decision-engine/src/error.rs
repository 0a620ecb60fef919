//! What the engine refuses.

use campaign_pilot_core::{Currency, MoneyError, OperationId, PlanId};
use jiff::Timestamp;

/// What keeps the engine from computing an answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A policy has no amount in the currency that is needed. Nothing is converted silently.
    #[error("the policy sets no `{policy}` in {currency}")]
    NoPolicyAmount {
        /// Which amount.
        policy: &'static str,
        /// The currency that was needed.
        currency: Currency,
    },
    /// Two currencies met, or an amount became too large.
    #[error("an amount cannot be computed")]
    Money(#[from] MoneyError),
}

/// What is wrong with a plan.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The plan would expire before it was made.
    #[error("a plan made at {created_at} cannot expire at {expires_at}")]
    Lifetime {
        /// When it was made.
        created_at: Timestamp,
        /// When it would expire.
        expires_at: Timestamp,
    },
    /// The same operation is planned twice.
    #[error("the operation `{operation}` stands twice in the plan")]
    Duplicate {
        /// Which one.
        operation: OperationId,
    },
    /// The content is not what the plan's id was made of: it was changed after it was decided.
    #[error("the plan `{id}` was changed after it was made")]
    Altered {
        /// The id that it carries.
        id: PlanId,
    },
    /// The content cannot be written as JSON.
    #[error("the plan cannot be written as JSON: {reason}")]
    Unwritable {
        /// What stood in the way.
        reason: String,
    },
}
