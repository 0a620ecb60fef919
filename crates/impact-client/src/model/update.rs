//! Changes of actions, partners' questions about them, and submissions that are processed later.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{ActionId, ActionState, ActionUpdateId, AdId, BatchId, ContractId, EventTypeId, InquiryId, PartnerId, ProgramId};

/// A change of an action.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ActionUpdate {
    /// Its id.
    pub id: ActionUpdateId,
    /// The action.
    #[serde(rename = "ActionId", default, deserialize_with = "scalar::id")]
    pub action: Option<ActionId>,
    /// The action's state after it.
    #[serde(default)]
    pub state: ActionState,
    /// Why, in impact.com's words.
    #[serde(default, deserialize_with = "scalar::text")]
    pub state_detail: Option<String>,
    /// Why it was reversed.
    #[serde(default, deserialize_with = "scalar::text")]
    pub disposition: Option<String>,
    /// The ad that won the action.
    #[serde(rename = "AdId", default, deserialize_with = "scalar::id")]
    pub ad: Option<AdId>,
    /// The partner whom the action is credited to.
    #[serde(rename = "MediaPartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// The contract by which it is paid.
    #[serde(rename = "ContractId", default, deserialize_with = "scalar::id")]
    pub contract: Option<ContractId>,
    /// By how much the payout changed.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub delta_payout: Option<Decimal>,
    /// By how much the revenue changed.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub delta_amount: Option<Decimal>,
    /// The currency of both, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// The product.
    #[serde(default, deserialize_with = "scalar::text")]
    pub sku: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub quantity: Option<Decimal>,
    /// When it happened.
    #[serde(rename = "UpdateDate", default, deserialize_with = "scalar::instant")]
    pub updated_at: Option<Timestamp>,
    /// When the customer bought.
    #[serde(rename = "ActionDate", default, deserialize_with = "scalar::instant")]
    pub event_at: Option<Timestamp>,
    /// When the action will be locked, or was.
    #[serde(rename = "LockingDate", default, deserialize_with = "scalar::instant")]
    pub locks_at: Option<Timestamp>,
    /// The store's order.
    #[serde(rename = "Oid", default, deserialize_with = "scalar::text")]
    pub order: Option<String>,
}

wire_enum! {
    /// What a partner asks about.
    InquiryKind {
        /// A conversion that was not recorded.
        Untracked = "UNTRACKED",
        /// A conversion that was recorded wrongly.
        Incorrect = "INCORRECT",
        /// A conversion that was declined.
        Declined = "DECLINED",
    }
}

wire_enum! {
    /// What became of an inquiry.
    InquiryResolution {
        /// Nothing yet.
        Unresolved = "UNRESOLVED",
        /// The partner was right.
        Valid = "VALID",
        /// The partner was not.
        Declined = "DECLINED",
        /// Something is missing.
        Incomplete = "INCOMPLETE",
    }
}

/// A partner's question about an action that was not credited as expected: money that may still be owed.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ActionInquiry {
    /// Its id.
    pub id: InquiryId,
    /// The program.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// The partner.
    #[serde(rename = "MediaPartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// The store's order.
    #[serde(rename = "OrderId", default, deserialize_with = "scalar::text")]
    pub order: Option<String>,
    /// When the customer bought, says the partner.
    #[serde(rename = "TransactionDate", default, deserialize_with = "scalar::instant")]
    pub transaction_at: Option<Timestamp>,
    /// The revenue, says the partner.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub transaction_amount: Option<Decimal>,
    /// What it is about.
    #[serde(rename = "InquiryType", default)]
    pub kind: InquiryKind,
    /// The payout that the partner expects.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub expected_payout: Option<Decimal>,
    /// The payout in the end.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub final_payout: Option<Decimal>,
    /// The action.
    #[serde(rename = "ActionId", default, deserialize_with = "scalar::id")]
    pub action: Option<ActionId>,
    /// What became of it.
    #[serde(rename = "ResolutionStatus", default)]
    pub resolution: InquiryResolution,
    /// When it is taken as valid if nobody answers.
    #[serde(rename = "AutoApprovalDate", default, deserialize_with = "scalar::instant")]
    pub approves_itself_at: Option<Timestamp>,
    /// When it was asked.
    #[serde(rename = "CreationDate", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
}

wire_enum! {
    /// What a submission changes.
    SubmissionKind {
        /// A conversion.
        Conversion = "Conversion",
        /// A correction of one.
        Modification = "Modification",
        /// A reversal of one.
        Reversal = "Reversal",
    }
}

wire_enum! {
    /// How far a submission is.
    SubmissionStatus {
        /// It waits.
        Queued = "Queued",
        /// It is being processed.
        InProgress = "In Progress",
        /// It was processed, successfully or not.
        Complete = "Complete",
    }
}

/// A change that was sent and is processed later.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Submission {
    /// Its id.
    #[serde(rename = "BatchId")]
    pub id: BatchId,
    /// What it changes.
    #[serde(rename = "Type", default)]
    pub kind: SubmissionKind,
    /// How far it is.
    #[serde(default)]
    pub status: SubmissionStatus,
    /// The program.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// The kind of conversion.
    #[serde(rename = "ActionTrackerId", default, deserialize_with = "scalar::id")]
    pub event_type: Option<EventTypeId>,
    /// The store's order.
    #[serde(rename = "OrderId", default, deserialize_with = "scalar::text")]
    pub order: Option<String>,
    /// When it was sent.
    #[serde(rename = "SubmissionDate", default, deserialize_with = "scalar::instant")]
    pub submitted_at: Option<Timestamp>,
    /// When it was processed.
    #[serde(rename = "CompletionDate", default, deserialize_with = "scalar::instant")]
    pub completed_at: Option<Timestamp>,
    /// What kind of thing went wrong.
    #[serde(default, deserialize_with = "scalar::text")]
    pub error_type: Option<String>,
    /// What went wrong, such as `CONV_DUPLICATE`.
    #[serde(default, deserialize_with = "scalar::text")]
    pub error_reason: Option<String>,
}

impl Submission {
    /// Whether it was processed and took effect; `None` while it is not known.
    #[must_use]
    pub fn succeeded(&self) -> Option<bool> {
        (self.status == SubmissionStatus::Complete).then_some(self.error_type.is_none() && self.error_reason.is_none())
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn an_update_an_inquiry_and_a_submission_are_read() {
        let update: ActionUpdate = serde_json::from_str(
            r#"{"Id":"1000.4636.158133.1","ActionId":"1000.4636.158133","State":"REVERSED","DeltaPayout":"-0.88","Sku":"",
                "UpdateDate":"2020-09-12T00:00:00-07:00","Quantity":"NA"}"#,
        )
        .unwrap();
        assert_eq!((update.state, update.delta_payout, update.sku), (ActionState::Reversed, Some(dec!(-0.88)), None));
        let inquiry: ActionInquiry =
            serde_json::from_str(r#"{"Id":5,"InquiryType":"UNTRACKED","ResolutionStatus":"UNRESOLVED","ExpectedPayout":"4.00"}"#)
                .unwrap();
        assert_eq!((inquiry.kind, inquiry.expected_payout), (InquiryKind::Untracked, Some(dec!(4))));
        let read = |text: &str| serde_json::from_str::<Submission>(text).unwrap().succeeded();
        assert_eq!(read(r#"{"BatchId":"A-1","Status":"In Progress"}"#), None);
        assert_eq!(read(r#"{"BatchId":"A-1","Status":"Complete","ErrorReason":""}"#), Some(true));
        assert_eq!(read(r#"{"BatchId":"A-1","Status":"Complete","ErrorReason":"CONV_DUPLICATE"}"#), Some(false));
    }
}
