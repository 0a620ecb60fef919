//! Submissions: batches of changes that are processed after a while.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::shape::or_absent;
use super::state::{Doc, DocKind, PlatformState, SALE_TRACKER};
use super::time::write_date;

/// A page of submissions, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp) -> Result<Value, Answer> {
    let mut submissions: Vec<&Doc> = state.docs(DocKind::Submission).collect();
    submissions.sort_by_key(|doc| std::cmp::Reverse(doc.created_at));
    let key = ("/APISubmissions", "APISubmission");
    page(request, state.settings(), PageRules::COMMON, key, &submissions, |doc| submission_json(state, doc, now))
}

/// One submission.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    state.doc(DocKind::Submission, id).map(|doc| submission_json(state, doc, now)).ok_or_else(Answer::not_found)
}

fn submission_json(state: &PlatformState, doc: &Doc, now: Timestamp) -> Value {
    let settings = state.settings();
    let done = doc.ends_at.filter(|done| *done <= now);
    let error = |name: &str| done.map_or(Value::Null, |_| or_absent(doc.text(name)));
    json!({
        "BatchId": doc.id,
        "AccountId": 1_000_001,
        "SubmissionDate": write_date(doc.created_at, settings.offset()),
        "CampaignId": settings.program_id,
        "ActionTrackerId": SALE_TRACKER,
        "MediaPartnerId": null,
        "EventCode": null,
        "OrderId": or_absent(doc.text("OrderId")),
        "Payload": null,
        "Type": doc.text("Type"),
        "Status": if done.is_some() { "Complete" } else { "Queued" },
        "CompletionDate": done.map(|done| write_date(done, settings.offset())),
        "ErrorType": error("ErrorType"),
        "ErrorReason": error("ErrorReason"),
        "Uri": format!("/Advertisers/{}/APISubmissions/{}", settings.account_sid, doc.id),
    })
}
