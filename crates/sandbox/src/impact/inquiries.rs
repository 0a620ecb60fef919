//! Inquiries of partners about actions: every fortieth action is doubted three days after its sale.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::shape::{number, or_absent};
use super::span::DateFilter;
use super::state::{Action, DocKind, PlatformState};
use super::time::write_date;

const EVERY: usize = 40;
const FIRST: usize = 700_001;
const AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);
const DEADLINE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An inquiry.
pub(crate) struct Inquiry<'a> {
    id: String,
    action: &'a Action,
    created_at: Timestamp,
}

/// An inquiry that exists by now.
pub(crate) fn find<'a>(state: &'a PlatformState, id: &str, now: Timestamp) -> Option<Inquiry<'a>> {
    all(state, now).find(|inquiry| inquiry.id == id)
}

/// A page of inquiries.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    super::actions::check_program(request, settings)?;
    let created = DateFilter::read(request, "StartDate", "EndDate", settings)?;
    let event = DateFilter::read(request, "TransactionDateStart", "TransactionDateEnd", settings)?;
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let inquiries: Vec<Inquiry<'_>> = all(state, now)
        .filter(|inquiry| created.holds(inquiry.created_at) && event.holds(inquiry.action.reported.event_at))
        .filter(|inquiry| asked("MediaPartnerId", &inquiry.action.reported.partner.to_string()))
        .filter(|inquiry| asked("OrderId", &inquiry.action.reported.order_id.to_string()))
        .filter(|inquiry| asked("ResolutionStatus", &status(state, inquiry)))
        .collect();
    let key = ("/ActionInquiries", "ActionInquiries");
    page(request, settings, PageRules::COMMON, key, &inquiries, |inquiry| inquiry_json(state, inquiry))
}

/// One inquiry.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    find(state, id, now).map(|inquiry| inquiry_json(state, &inquiry)).ok_or_else(Answer::not_found)
}

fn all(state: &PlatformState, now: Timestamp) -> impl Iterator<Item = Inquiry<'_>> {
    let doubted = state.actions().enumerate().filter(|(index, _)| index % EVERY == EVERY - 1);
    let inquiry = |(index, action): (usize, _)| {
        let action: &Action = action;
        let created_at = action.reported.event_at.checked_add(AFTER).unwrap_or(Timestamp::MAX);
        Inquiry { id: (FIRST + index / EVERY).to_string(), action, created_at }
    };
    doubted.map(inquiry).filter(move |inquiry| inquiry.created_at <= now)
}

fn status(state: &PlatformState, inquiry: &Inquiry<'_>) -> String {
    state.doc(DocKind::Resolution, &inquiry.id).map_or_else(|| "UNRESOLVED".to_owned(), |doc| doc.text("ResolutionStatus"))
}

fn inquiry_json(state: &PlatformState, inquiry: &Inquiry<'_>) -> Value {
    let settings = state.settings();
    let offset = settings.offset();
    let reported = &inquiry.action.reported;
    let resolution = state.doc(DocKind::Resolution, &inquiry.id);
    let deadline = inquiry.created_at.checked_add(DEADLINE).unwrap_or(Timestamp::MAX);
    json!({
        "Id": inquiry.id.parse::<u64>().ok(),
        "CampaignId": settings.program_id,
        "CampaignName": settings.program_name,
        "MediaPartnerId": reported.partner,
        "MediaPartnerName": state.partner_name(reported.partner),
        "OrderId": reported.order_id.to_string(),
        "TransactionDate": write_date(reported.event_at, offset),
        "TransactionAmount": number(reported.amount),
        "InquiryType": "INCORRECT",
        "ExpectedPayout": number(inquiry.action.intended_payout),
        "ResolutionDeadlineDate": write_date(deadline, offset),
        "Comments": [],
        "TrackingLink": null,
        "ActionId": inquiry.action.id,
        "ActionUri": format!("/Advertisers/{}/Actions/{}", settings.account_sid, inquiry.action.id),
        "AutoApprovalDate": write_date(deadline, offset),
        "ResolutionStatus": status(state, inquiry),
        "RejectReason": resolution.map_or(Value::Null, |doc| or_absent(doc.text("RejectReason"))),
        "FinalPayout": null,
        "ResolutionDate": resolution.map(|doc| write_date(doc.created_at, offset)),
        "CreationDate": write_date(inquiry.created_at, offset),
        "Uri": format!("/Advertisers/{}/ActionInquiries/{}", settings.account_sid, inquiry.id),
    })
}
