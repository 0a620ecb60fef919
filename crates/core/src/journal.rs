//! The journal of intents and outcomes: what makes "never twice" and "never lost" checkable.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CampaignAction, DecisionId, Effect, Money, OperationId, OperationTag, PlanId};

/// The position of an entry in the journal: 1, 2, 3, ..
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A write that has been decided, written down before it is sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Intent {
    /// The operation: derived from the decision, so that the same decision is the same operation.
    pub operation: OperationId,
    /// The decision it carries out.
    pub decision: DecisionId,
    /// The plan it belongs to.
    pub plan: PlanId,
    /// The tag that the platform will store.
    pub tag: OperationTag,
    /// What shall be so.
    pub action: CampaignAction,
    /// The money it may cost at most, held back until the outcome is clear; zero for a pause.
    pub reserved: Money,
}

/// One thing that happened to an operation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum JournalEvent {
    /// The intent was written; nothing was sent.
    Prepared {
        /// The intent. Boxed, since it is much larger than the other events.
        intent: Box<Intent>,
    },
    /// It is about to be sent: from here on it may have taken effect.
    Sent {
        /// 1 for the first time.
        attempt: u32,
    },
    /// The platform confirmed it, or a look-up found it.
    Done {
        /// What was achieved.
        effect: Effect,
        /// Whether it was found by a look-up instead of being answered.
        adopted: bool,
    },
    /// It certainly has no effect, and will not be tried again.
    Rejected {
        /// Why, for a person.
        reason: String,
    },
    /// No clear answer came.
    Unknown {
        /// What was seen instead.
        reason: String,
    },
    /// A look-up after the settle window found nothing.
    NotFound {
        /// How many look-ups in a row found nothing.
        empty_reads: u32,
    },
}

impl JournalEvent {
    /// The event's name: `prepared`, `sent`, `done`, `rejected`, `unknown` or `not_found`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Prepared { .. } => "prepared",
            Self::Sent { .. } => "sent",
            Self::Done { .. } => "done",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
            Self::NotFound { .. } => "not_found",
        }
    }
}

/// One line of the journal. Lines are appended and never changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct JournalEntry {
    /// Its position.
    pub sequence: Sequence,
    /// When it was written.
    pub at: Timestamp,
    /// The operation it belongs to.
    pub operation: OperationId,
    /// What happened.
    #[serde(flatten)]
    pub event: JournalEvent,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Written down, not sent.
    Prepared,
    /// Sent, or about to be: it may have taken effect.
    Sent {
        /// How often it was sent.
        attempts: u32,
    },
    /// Sent without a clear answer.
    Unknown {
        /// How often it was sent.
        attempts: u32,
        /// How many look-ups in a row found nothing.
        empty_reads: u32,
    },
    /// Achieved.
    Done,
    /// Without effect, for good.
    Rejected,
}

impl OperationState {
    /// Whether nothing more will happen to the operation.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Rejected)
    }

    /// Whether the operation may have an effect that we do not know of.
    #[must_use]
    pub const fn may_have_effect(self) -> bool {
        matches!(self, Self::Sent { .. } | Self::Unknown { .. })
    }

    /// The state after an event; `before` is `None` for an operation that the journal does not know.
    ///
    /// Every backend of the journal uses this, so that none accepts an impossible history.
    ///
    /// # Errors
    ///
    /// [`TransitionError`] when the event cannot follow.
    pub fn after(before: Option<Self>, event: &JournalEvent) -> Result<Self, TransitionError> {
        let refused = || TransitionError { before, event: event.name() };
        match (before, event) {
            (None, JournalEvent::Prepared { .. }) => Ok(Self::Prepared),
            (Some(state), JournalEvent::Sent { attempt }) if state.next_attempt() == Some(*attempt) => {
                Ok(Self::Sent { attempts: *attempt })
            }
            (Some(state), JournalEvent::Done { .. }) if !state.is_final() => Ok(Self::Done),
            (Some(state), JournalEvent::Rejected { .. }) if !state.is_final() => Ok(Self::Rejected),
            (Some(Self::Sent { attempts }), JournalEvent::Unknown { .. }) => Ok(Self::Unknown { attempts, empty_reads: 0 }),
            (Some(Self::Unknown { attempts, empty_reads }), JournalEvent::Unknown { .. }) => {
                Ok(Self::Unknown { attempts, empty_reads })
            }
            (Some(Self::Unknown { attempts, empty_reads: before }), JournalEvent::NotFound { empty_reads })
                if *empty_reads == before + 1 =>
            {
                Ok(Self::Unknown { attempts, empty_reads: *empty_reads })
            }
            _ => Err(refused()),
        }
    }

    /// The number of the next attempt, where one may follow.
    ///
    /// Only a fresh intent or one that look-ups did not find may be sent; after `Sent` comes an outcome first.
    const fn next_attempt(self) -> Option<u32> {
        match self {
            Self::Prepared => Some(1),
            Self::Unknown { attempts, empty_reads } if empty_reads > 0 => Some(attempts + 1),
            Self::Unknown { .. } | Self::Sent { .. } | Self::Done | Self::Rejected => None,
        }
    }
}

/// An event that cannot follow what the journal already holds.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{event}` cannot follow {before:?}")]
pub struct TransitionError {
    before: Option<OperationState>,
    event: &'static str,
}

/// An operation that is not finished.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OpenOperation {
    /// What was decided.
    pub intent: Intent,
    /// Where it stands.
    pub state: OperationState,
    /// When its intent was written.
    pub prepared_at: Timestamp,
    /// When its last entry was written.
    pub changed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(attempt: u32) -> JournalEvent {
        JournalEvent::Sent { attempt }
    }

    #[test]
    fn nothing_is_sent_again_before_a_look_up() {
        let state = OperationState::after(Some(OperationState::Prepared), &sent(1)).unwrap();
        assert!(OperationState::after(Some(state), &sent(2)).is_err());
        let unknown = JournalEvent::Unknown { reason: "no answer".into() };
        let state = OperationState::after(Some(state), &unknown).unwrap();
        assert!(OperationState::after(Some(state), &sent(2)).is_err());
        let state = OperationState::after(Some(state), &JournalEvent::NotFound { empty_reads: 1 }).unwrap();
        assert_eq!(OperationState::after(Some(state), &sent(2)), Ok(OperationState::Sent { attempts: 2 }));
    }

    #[test]
    fn an_end_is_final() {
        let rejected = JournalEvent::Rejected { reason: "no".into() };
        assert!(OperationState::after(Some(OperationState::Done), &rejected).is_err());
        assert!(OperationState::after(Some(OperationState::Rejected), &sent(1)).is_err());
        assert!(OperationState::after(None, &sent(1)).is_err());
    }
}
