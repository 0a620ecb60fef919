//! Actions as the wire shows them.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::reports::amount;
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::span::DateFilter;
use super::state::{Action, ActionItem, ActionState, PlatformState, SALE_TRACKER};
use super::time::write_date;

/// A page of actions as they were at `seen`, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let refused = |message: &str| Answer::error(StatusCode::BAD_REQUEST, message);
    let program = request.query("CampaignId").ok_or_else(|| refused("CampaignId is required"))?;
    if program.parse().ok() != Some(settings.program_id) {
        return Err(refused("CampaignId is unknown"));
    }
    let span = |names| DateFilter::read_actions(request, names, settings, now);
    let updated = span(("StartDate", "EndDate"))?;
    let event = span(("ActionDateStart", "ActionDateEnd"))?;
    let locking = span(("LockingDateStart", "LockingDateEnd"))?;
    let updated = match (updated, event, locking) {
        (None, None, None) => Some((now - SignedDuration::from_hours(7 * 24), now)),
        _ => updated,
    };

    let (first, last) = event.unwrap_or((Timestamp::MIN, Timestamp::MAX));
    let within = |span: Option<(Timestamp, Timestamp)>, instant| span.is_none_or(|(from, to)| from <= instant && instant <= to);
    let mut actions: Vec<&Action> = state
        .action_book()
        .between(first, last)
        .filter(|action| action.reported.created_at <= seen)
        .filter(|action| within(updated, action.updated_at(seen)) && within(locking, action.reported.locks_at))
        .filter(|action| request.query("State").is_none_or(|wanted| wanted == action.state(seen).as_str()))
        .collect();
    actions.sort_by(|a, b| (b.reported.created_at, &b.id).cmp(&(a.reported.created_at, &a.id)));
    page(request, settings, PageRules::ACTIONS, ("/Actions", "Actions"), &actions, |action| action_json(state, action, seen))
}

/// One action.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    Ok(action_json(state, known(state, id, now)?, now))
}

/// The items of an action.
pub(super) fn items(state: &PlatformState, request: &ApiRequest, id: &str, now: Timestamp) -> Result<Value, Answer> {
    let action = known(state, id, now)?;
    let path = format!("/Actions/{id}/Items");
    let show = |item: &ActionItem| item_json(state.settings(), action, item);
    page(request, state.settings(), PageRules::COMMON, (&path, "ActionItems"), &action.reported.items, show)
}

/// One item of an action.
pub(super) fn item(state: &PlatformState, id: &str, sku: &str, now: Timestamp) -> Result<Value, Answer> {
    let action = known(state, id, now)?;
    let item = action.reported.items.iter().find(|item| item.sku == sku).ok_or_else(Answer::not_found)?;
    Ok(item_json(state.settings(), action, item))
}

fn known<'a>(state: &'a PlatformState, id: &str, now: Timestamp) -> Result<&'a Action, Answer> {
    state.action_book().get(id).filter(|action| action.reported.created_at <= now).ok_or_else(Answer::not_found)
}

fn action_json(state: &PlatformState, action: &Action, seen: Timestamp) -> Value {
    let settings = state.settings();
    let reported = &action.reported;
    let at = |instant| write_date(instant, settings.offset());
    let shown = action.state(seen);
    let stands = |amount: Decimal| number(if shown == ActionState::Reversed { Decimal::ZERO } else { amount });
    json!({
        "Id": action.id,
        "CampaignId": settings.program_id,
        "CampaignName": settings.program_name,
        "ActionTrackerId": SALE_TRACKER,
        "ActionTrackerName": "Sale",
        "EventCode": "",
        "MediaPartnerId": reported.partner,
        "MediaPartnerName": state.partner_name(reported.partner),
        "State": shown.as_str(),
        "AdId": reported.ad,
        "ClientCost": stands(reported.client_cost),
        "Payout": stands(reported.payout),
        "DeltaPayout": stands(reported.payout),
        "IntendedPayout": number(reported.payout),
        "Amount": stands(reported.amount),
        "DeltaAmount": stands(reported.amount),
        "IntendedAmount": number(reported.amount),
        "Currency": settings.currency.code(),
        "ReferringDate": at(reported.referred_at),
        "EventDate": at(reported.event_at),
        "CreationDate": at(reported.created_at),
        "LockingDate": at(reported.locks_at),
        "ClearedDate": "",
        "ReferringType": referring_type(reported.order_id),
        "ReferringDomain": "",
        "PromoCode": "",
        "Oid": reported.order_id.to_string(),
        "CustomerStatus": if reported.new_customer { "NEW" } else { "EXISTING" },
        "CustomerArea": "n/a",
        "SharedId": "",
        "Note": "",
        // A field that no documentation mentions.
        "AttributionModel": "LAST_TOUCH",
        "Uri": format!("/Advertisers/{}/Actions/{}", settings.account_sid, action.id),
    })
}

/// Mostly the documented word, sometimes one that no documentation mentions.
const fn referring_type(order: u64) -> &'static str {
    if order % 7 == 3 { "CLICK_SERVER" } else { "CLICK_COOKIE" }
}

fn item_json(settings: &PlatformSettings, action: &Action, item: &ActionItem) -> Value {
    let share = if action.reported.amount.is_zero() { Decimal::ZERO } else { item.sale_amount / action.reported.amount };
    json!({
        "Sku": item.sku,
        "ItemName": item.name,
        "Category": item.category,
        "Quantity": item.quantity.to_string(),
        "SaleAmount": amount(item.sale_amount),
        "SaleAmountCurrency": settings.currency.code(),
        "Payout": number(action.reported.payout * share),
        "PayoutCurrency": settings.currency.code(),
        "Rebate": number(Decimal::ZERO),
        "RebateCurrency": settings.currency.code(),
        "AdjustmentDate": "",
        "AdjustmentReason": "",
        "Uri": format!("/Advertisers/{}/Actions/{}/Items/{}", settings.account_sid, action.id, item.sku),
    })
}

/// An amount as a bare number: this one resource has numbers where the others have text.
fn number(value: Decimal) -> Value {
    amount(value).parse::<Number>().map_or(Value::Null, Value::Number)
}
