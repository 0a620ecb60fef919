//! Promo codes and groups of partners as the wire shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::deals::state_word;
use super::paging::{PageRules, page};
use super::program::is_ours;
use super::request::ApiRequest;
use super::span::DateFilter;
use super::state::{Doc, DocKind, PlatformState};
use super::time::optional_date;

/// A page of promo codes, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let span = DateFilter::read(request, "StartDate", "EndDate", settings)?;
    let is_asked = |code: &&Doc| {
        code.created_at <= seen
            && asked("CampaignId", &settings.program_id.to_string())
            && asked("Code", &code.text("Code"))
            && asked("State", state_of(code, now))
            && span.from.is_none_or(|from| code.ends_at.is_none_or(|end| from <= end))
            && span.to.is_none_or(|to| code.starts_at.is_none_or(|start| start <= to))
    };
    let mut codes: Vec<&Doc> = state.docs(DocKind::PromoCode).filter(is_asked).collect();
    codes.sort_by_key(|code| std::cmp::Reverse((code.created_at, code.id.clone())));
    page(request, settings, PageRules::COMMON, ("/PromoCodes", "PromoCodes"), &codes, |code| code_json(state, code, now))
}

/// One promo code.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    state.doc(DocKind::PromoCode, id).map(|code| code_json(state, code, now)).ok_or_else(Answer::not_found)
}

/// A page of groups.
pub(super) fn groups(state: &PlatformState, request: &ApiRequest, program: &str) -> Result<Value, Answer> {
    let settings = state.settings();
    if !is_ours(program, settings) {
        return Err(Answer::not_found());
    }
    let groups: Vec<&Doc> = state.docs(DocKind::Group).collect();
    let path = format!("/Campaigns/{program}/MediaPartnerGroups");
    page(request, settings, PageRules::COMMON, (&path, "Groups"), &groups, |group| group_json(state, group))
}

/// One group.
pub(super) fn group(state: &PlatformState, program: &str, id: &str) -> Result<Value, Answer> {
    let group = state.doc(DocKind::Group, id).filter(|_| is_ours(program, state.settings()));
    group.map(|group| group_json(state, group)).ok_or_else(Answer::not_found)
}

fn state_of(code: &Doc, now: Timestamp) -> &'static str {
    let has_begun = code.starts_at.is_none_or(|start| start <= now);
    if has_begun && code.ends_at.is_none_or(|end| now < end) { "ACTIVE" } else { "INACTIVE" }
}

fn code_json(state: &PlatformState, code: &Doc, now: Timestamp) -> Value {
    let settings = state.settings();
    let offset = settings.offset();
    let mut shown = Value::Object(code.body.clone());
    let deal = code.body.get("DealId").and_then(Value::as_u64).and_then(|id| state.deal(id));
    let of_deal = |name: &str| deal.map_or(Value::Null, |deal| super::shape::or_absent(deal.text(name)));
    let more = json!({
        "Id": code.id.parse::<u64>().ok(),
        "State": state_of(code, now),
        "StartDate": optional_date(code.starts_at, offset),
        "EndDate": optional_date(code.ends_at, offset),
        "DealName": of_deal("Name"),
        "DealState": deal.map(|deal| state_word(deal, settings, now)),
        "DealType": of_deal("Type"),
        "DealScope": of_deal("Scope"),
        "DealStartDate": optional_date(deal.and_then(|deal| deal.starts_at), offset),
        "DealEndDate": optional_date(deal.and_then(|deal| deal.ends_at), offset),
        "DiscountType": of_deal("DiscountType"),
        "SynchAdsPromoCodes": deal.map(super::state::Deal::is_synched),
        "Uri": format!("/Advertisers/{}/PromoCodes/{}", settings.account_sid, code.id),
    });
    merge(&mut shown, more);
    shown
}

fn group_json(state: &PlatformState, group: &Doc) -> Value {
    let settings = state.settings();
    let members = group.body.get("MediaPartners").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64);
    let member = |id: u64| {
        json!({
            "PartnerId": id.to_string(),
            "PartnerName": state.partner_name(id),
            "PartnerUri": format!("/Advertisers/{}/MediaPartners/{id}", settings.account_sid),
        })
    };
    json!({
        "Id": group.id,
        "Name": group.text("Name"),
        "MediaPartners": members.map(member).collect::<Vec<_>>(),
        "Uri": format!("/Advertisers/{}/Campaigns/{}/MediaPartnerGroups/{}", settings.account_sid, settings.program_id, group.id),
    })
}

/// Adds the fields of an object to another.
pub(super) fn merge(to: &mut Value, more: Value) {
    if let (Value::Object(to), Value::Object(more)) = (to, more) {
        to.extend(more);
    }
}
