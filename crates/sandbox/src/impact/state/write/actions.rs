//! Changes of actions, inquiries about them, and applications of partners.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{object, sent};
use super::{Fields, Outcome, WriteAnswer, WriteRequest};
use crate::impact::contracts::APPLICATION;
use crate::impact::history::RequestEffect;
use crate::impact::inquiries;
use crate::impact::state::{ActionState, Doc, DocKind, PlatformState};
use crate::impact::validate::{self, require};

/// How long a submission waits until it is processed.
const PROCESSED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The codes by which a reversal can be explained.
const DISPOSITIONS: [&str; 14] = [
    "REJECTED",
    "CONS_INFO_INVALID",
    "CONS_ERROR",
    "CONS_FRAUD",
    "ITEM_RETURNED",
    "ITEM_OUT_OF_STOCK",
    "ORDER_ERROR",
    "PUB_ACT_DISPUTE",
    "NOT_COMPLIANCE_TERMS",
    "MP_RETURNED",
    "OTHER",
    "CREDITED_DIFFERENT_MP",
    "ADV_ACT_DISPUTE",
    "TEST_ACTION",
];

impl PlatformState {
    /// Queues the reversal of an action; it is processed some minutes later.
    pub(super) fn submit_reversal(&mut self, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        require(fields, &["DispositionCode"])?;
        validate::one_of(fields, "DispositionCode", &DISPOSITIONS)?;
        self.submit("Reversal", fields, now)
    }

    /// Queues a change of an action. Of the documented changes only `Amount=0`, which reverses, is carried out; others are
    /// completed with an error.
    pub(super) fn submit_modification(&mut self, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        require(fields, &["Reason"])?;
        self.submit("Modification", fields, now)
    }

    fn submit(&mut self, kind: &str, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        let text = |name: &str| fields.get(name).copied().unwrap_or_default();
        if text("ActionId").is_empty() && (text("ActionTrackerId").is_empty() || text("OrderId").is_empty()) {
            return Err(validate::failed("ActionId", "Is required, or ActionTrackerId and OrderId"));
        }
        let processed_at = now.checked_add(PROCESSED_AFTER).unwrap_or(Timestamp::MAX);
        let action = match text("ActionId") {
            "" => text("OrderId")
                .parse()
                .ok()
                .and_then(|order: u64| self.actions().find(|action| action.reported.order_id == order)),
            id => self.actions.get(id),
        };
        let found = action.filter(|action| action.reported.created_at <= now).map(|action| action.id.clone());
        let reverses = kind == "Reversal" || text("Amount").parse::<rust_decimal::Decimal>().is_ok_and(|amount| amount.is_zero());
        let error = match &found {
            None => "ACTION_REF_NOT_FOUND",
            Some(_) if !reverses => "NOT_SIMULATED",
            Some(id) if self.actions.get(id).is_some_and(|action| action.state(processed_at) != ActionState::Pending) => {
                "ACTION_NOT_ADJUSTABLE"
            }
            Some(id) => {
                self.actions.reverse_one(id, processed_at);
                ""
            }
        };
        let number = self.history.len();
        let id = format!("A-{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind} {number} {now}").as_bytes()));
        let body = json!({
            "Type": kind,
            "OrderId": sent(fields, "OrderId"),
            "ActionId": sent(fields, "ActionId"),
            "ErrorType": if error.is_empty() { Value::Null } else { json!("Validation") },
            "ErrorReason": if error.is_empty() { Value::Null } else { json!(error) },
        });
        let doc = Doc { id: id.clone(), body: object(body), ends_at: Some(processed_at), created_at: now, ..Doc::default() };
        self.docs.put(DocKind::Submission, doc);
        let uri = format!("/Advertisers/{}/APISubmissions/{id}", self.settings.account_sid);
        Ok((WriteAnswer::new(200, json!({ "Status": "QUEUED", "QueuedUri": uri })), RequestEffect::Queued(id)))
    }

    pub(super) fn resolve_inquiry(&mut self, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        require(fields, &["Id", "ResolutionStatus"])?;
        validate::one_of(fields, "ResolutionStatus", &["VALID", "DECLINED", "INCOMPLETE"])?;
        let id = fields.get("Id").copied().unwrap_or_default();
        if inquiries::find(self, id, now).is_none() {
            return Err(WriteAnswer::not_found());
        }
        let body = json!({ "ResolutionStatus": sent(fields, "ResolutionStatus"), "RejectReason": sent(fields, "RejectReason") });
        self.docs.put(DocKind::Resolution, Doc { id: id.to_owned(), body: object(body), created_at: now, ..Doc::default() });
        let path = format!("/ActionInquiries/{id}");
        Ok((self.ok(&path), RequestEffect::Updated(path)))
    }

    /// Accepts or declines an application; the first decision stands.
    pub(super) fn decide_application(&mut self, program: &str, request: &WriteRequest, accepts: bool, now: Timestamp) -> Outcome {
        let id = request.json.get("contractId").and_then(Value::as_str).unwrap_or_default();
        if program.parse().ok() != Some(self.settings.program_id) {
            return Err(WriteAnswer::not_found());
        }
        if id.is_empty() {
            return Err(validate::failed("contractId", "Is required"));
        }
        if id != APPLICATION {
            return Err(WriteAnswer::not_found());
        }
        if self.docs.get(DocKind::Decision, id).is_some() {
            return Err(WriteAnswer::refused(409, "A decision was already recorded"));
        }
        let body = json!({ "Accepted": accepts });
        self.docs.put(DocKind::Decision, Doc { id: id.to_owned(), body: object(body), created_at: now, ..Doc::default() });
        let path = format!("/Campaigns/{program}/Contracts/{id}");
        Ok((WriteAnswer::new(200, json!({ "Status": "OK" })), RequestEffect::Updated(path)))
    }
}
