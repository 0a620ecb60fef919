//! Actions as the wire shows them.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::shape::{amount, number};
use super::span::DateFilter;
use super::state::{Action, ActionItem, ActionState, PlatformState, SALE_TRACKER};
use super::time::write_date;

/// A page of actions as they were at `seen`, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let Spans { updated, event, locking } = Spans::read(request, settings, now)?;
    let (first, last) = event.unwrap_or((Timestamp::MIN, Timestamp::MAX));
    let mut actions: Vec<&Action> = state
        .action_book()
        .between(first, last)
        .filter(|action| action.reported.created_at <= seen)
        .filter(|action| within(updated, action.updated_at(seen)) && within(locking, action.reported.locks_at))
        .filter(|action| request.query("State").is_none_or(|wanted| wanted == action.state(seen).as_str()))
        .collect();
    actions.sort_by(|a, b| (b.reported.created_at, &b.id).cmp(&(a.reported.created_at, &a.id)));
    page(request, settings, PageRules::actions(settings), ("/Actions", "Actions"), &actions, |action| {
        action_json(state, action, seen)
    })
}

/// A page of changes as they were at `seen`, the newest first: that an action was made, and that it was reversed.
pub(super) fn updates(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let Spans { updated, event, locking } = Spans::read(request, settings, now)?;
    let (first, last) = event.unwrap_or((Timestamp::MIN, Timestamp::MAX));
    let mut changes: Vec<Change<'_>> = state
        .action_book()
        .between(first, last)
        .filter(|action| within(locking, action.reported.locks_at))
        .flat_map(|action| [Change { action, reverses: false }, Change { action, reverses: true }])
        .filter(|change| change.at().is_some_and(|at| at <= seen && within(updated, at)))
        .filter(|change| request.query("State").is_none_or(|wanted| wanted == change.action.state(seen).as_str()))
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse((change.at(), change.id())));
    let rules = PageRules::actions(settings);
    page(request, settings, rules, ("/ActionUpdates", "ActionUpdates"), &changes, |change| change_json(state, change, seen))
}

/// One change.
pub(super) fn update(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    let (action, kind) = id.rsplit_once('.').ok_or_else(Answer::not_found)?;
    let reverses = match kind {
        "1" => false,
        "2" => true,
        _ => return Err(Answer::not_found()),
    };
    let change = Change { action: known(state, action, now)?, reverses };
    if change.at().is_none_or(|at| now < at) {
        return Err(Answer::not_found());
    }
    Ok(change_json(state, &change, now))
}

/// Refuses a list without its program.
pub(super) fn check_program(request: &ApiRequest, settings: &PlatformSettings) -> Result<(), Answer> {
    let refused = |message: &str| Answer::error(StatusCode::BAD_REQUEST, message);
    match request.query("CampaignId") {
        None if settings.quirks.action_rules.program => Err(refused("CampaignId is required")),
        Some(program) if program.parse().ok() != Some(settings.program_id) => Err(refused("CampaignId is unknown")),
        _ => Ok(()),
    }
}

/// The three pairs of dates by which actions can be asked for.
struct Spans {
    updated: Option<(Timestamp, Timestamp)>,
    event: Option<(Timestamp, Timestamp)>,
    locking: Option<(Timestamp, Timestamp)>,
}

impl Spans {
    fn read(request: &ApiRequest, settings: &PlatformSettings, now: Timestamp) -> Result<Self, Answer> {
        check_program(request, settings)?;
        let span = |names| DateFilter::read_actions(request, names, settings, now);
        let event = span(("ActionDateStart", "ActionDateEnd"))?;
        let locking = span(("LockingDateStart", "LockingDateEnd"))?;
        let updated = match (span(("StartDate", "EndDate"))?, event, locking) {
            (None, None, None) => Some((now - SignedDuration::from_hours(7 * 24), now)),
            (updated, ..) => updated,
        };
        Ok(Self { updated, event, locking })
    }
}

fn within(span: Option<(Timestamp, Timestamp)>, instant: Timestamp) -> bool {
    span.is_none_or(|(from, to)| from <= instant && instant <= to)
}

/// That an action was made, or that it was reversed.
struct Change<'a> {
    action: &'a Action,
    reverses: bool,
}

impl Change<'_> {
    fn id(&self) -> String {
        format!("{}.{}", self.action.id, if self.reverses { 2 } else { 1 })
    }

    fn at(&self) -> Option<Timestamp> {
        if self.reverses { self.action.reversed_at } else { Some(self.action.reported.created_at) }
    }
}

fn change_json(state: &PlatformState, change: &Change<'_>, seen: Timestamp) -> Value {
    let settings = state.settings();
    let reported = &change.action.reported;
    let at = |instant| write_date(instant, settings.offset());
    let signed = |amount: Decimal| number(if change.reverses { -amount } else { amount });
    let uri = |path: String| format!("/Advertisers/{}{path}", settings.account_sid);
    json!({
        "Id": change.id(),
        "ActionId": change.action.id,
        "CampaignId": settings.program_id,
        "ActionTrackerId": SALE_TRACKER,
        "EventTypeId": SALE_TRACKER.to_string(),
        "EventTypeName": "Sale",
        "EventCode": "",
        "MediaPartnerId": reported.partner,
        "State": state_word(change.action, seen, settings),
        "StateDetail": if change.reverses { "ADJUSTMENT_REVERSED" } else { "PENDING" },
        "AdId": reported.ad,
        "Disposition": if change.reverses { "ITEM_RETURNED" } else { "" },
        "DeltaPayout": signed(reported.payout),
        "DeltaAmount": signed(reported.amount),
        "Currency": settings.currency.code(),
        "Sku": reported.items.first().map(|item| item.sku.clone()),
        "Quantity": reported.items.first().map(|item| item.quantity.to_string()),
        "PayoutLevel": "ORDER",
        "ContractId": super::contracts::contract_id(reported.partner),
        "UpdateDate": change.at().map(at),
        "LockingDate": at(reported.locks_at),
        "ClearingDate": null,
        "ActionDate": at(reported.event_at),
        "Oid": reported.order_id.to_string(),
        "CustomerStatus": if reported.new_customer { "NEW" } else { "EXISTING" },
        "SharedId": "",
        "ActionUri": uri(format!("/Actions/{}", change.action.id)),
        "Uri": uri(format!("/ActionUpdates/{}", change.id())),
    })
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
        "State": state_word(action, seen, settings),
        "AdId": reported.ad,
        "ClientCost": stands(reported.client_cost),
        "Payout": stands(reported.payout),
        "DeltaPayout": stands(reported.payout),
        "IntendedPayout": number(action.intended_payout),
        "Amount": stands(reported.amount),
        "DeltaAmount": stands(reported.amount),
        "IntendedAmount": number(reported.amount),
        "Currency": settings.currency.code(),
        "ReferringDate": at(reported.referred_at),
        "EventDate": at(reported.event_at),
        "CreationDate": at(reported.created_at),
        "LockingDate": at(reported.locks_at),
        "ClearedDate": null,
        "ReferringType": referring_type(reported.order_id, settings),
        "ReferringDomain": "",
        "PromoCode": "",
        "Oid": reported.order_id.to_string(),
        "CustomerStatus": if reported.new_customer { "NEW" } else { "EXISTING" },
        "CustomerArea": "n/a",
        "SharedId": "",
        "Note": "",
        // A field that no documentation mentions.
        "+AttributionModel": "LAST_TOUCH",
        "Uri": format!("/Advertisers/{}/Actions/{}", settings.account_sid, action.id),
    })
}

/// Mostly the documented word; some pending actions have one that no documentation mentions. Lists count them as pending.
fn state_word(action: &Action, seen: Timestamp, settings: &PlatformSettings) -> &'static str {
    match action.state(seen) {
        ActionState::Pending if settings.quirks.unknown_words && action.reported.order_id % 7 == 5 => "UNDER_REVIEW",
        state => state.as_str(),
    }
}

/// Mostly the documented word, sometimes one that no documentation mentions.
const fn referring_type(order: u64, settings: &PlatformSettings) -> &'static str {
    if settings.quirks.unknown_words && order % 7 == 3 { "CLICK_SERVER" } else { "CLICK_COOKIE" }
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
        "AdjustmentDate": null,
        "AdjustmentReason": "",
        "Uri": format!("/Advertisers/{}/Actions/{}/Items/{}", settings.account_sid, action.id, item.sku),
    })
}
