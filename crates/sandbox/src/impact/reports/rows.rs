//! The rows of the reports. Their cells are text, and their columns are spelled as seen in the wild: each report otherwise.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Span;
use crate::impact::settings::PlatformSettings;
use crate::impact::shape::amount;
use crate::impact::state::{Action, ActionState, Ad, ClickCount, PlatformState};
use crate::impact::time::{day_end, day_of, write_date, write_optional};

/// One row per ad with any click or action in the span.
pub(super) fn by_ad(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let credited = credited(state, span, now, |action| action.reported.ad);
    let rows = state.ads().filter_map(|ad| {
        let clicks = state.clicks(ad.id, span.start, span.end.min(now));
        let credited = credited.get(&ad.id).copied().unwrap_or_default();
        (clicks.clicks > 0 || credited.actions > 0).then(|| ad_row(ad, clicks, credited, state.settings()))
    });
    rows.collect()
}

/// One row per day of the account, also for days without anything.
pub(super) fn by_day(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let offset = state.settings().offset();
    let mut rows = Vec::new();
    let mut from = span.start;
    while from < span.end.min(now) {
        let to = day_end(from, offset).min(span.end);
        let clicks = state.clicks_by_partner(from, to.min(now)).values().copied().fold(ClickCount::default(), ClickCount::plus);
        let credited = credited(state, Span { start: from, end: to }, now, |_| ()).remove(&()).unwrap_or_default();
        let day = day_of(from, offset);
        rows.push(json!({
            "date_display": day.strftime("%b %-d, %Y").to_string(),
            "date_sort": day.to_string(),
            "Clicks": clicks.clicks.to_string(),
            "Actions": credited.actions.to_string(),
            "Revenue": amount(credited.revenue),
            "Action_Cost": amount(credited.cost),
            // Misspelled in the wild.
            "Clickc_Cost": amount(clicks.cost),
            "Total_Cost": amount(clicks.cost + credited.cost),
        }));
        from = to;
    }
    rows
}

/// One row per partner with any click or action in the span.
pub(super) fn by_partner(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let credited = credited(state, span, now, |action| action.reported.partner);
    let clicks = state.clicks_by_partner(span.start, span.end.min(now));
    let partners: std::collections::BTreeSet<u64> = clicks.keys().chain(credited.keys()).copied().collect();
    let row = |partner: u64| {
        let clicks = clicks.get(&partner).copied().unwrap_or_default();
        let credited = credited.get(&partner).copied().unwrap_or_default();
        json!({
            "mp_id": partner.to_string(),
            "Media": state.partner_name(partner),
            "Clicks": clicks.clicks.to_string(),
            "Actions": credited.actions.to_string(),
            "Revenue": amount(credited.revenue),
            "ActionCost": amount(credited.cost),
            "ClickCost": amount(clicks.cost),
            "TotalCost": amount(clicks.cost + credited.cost),
        })
    };
    partners.into_iter().map(row).collect()
}

/// One row per action, reversed ones too.
pub(super) fn actions(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let row = |action: &Action| {
        let reported = &action.reported;
        let stands = |value: Decimal| amount(if action.state(now) == ActionState::Reversed { Decimal::ZERO } else { value });
        json!({
            "Action_Id": action.id,
            "ad_id": reported.ad.to_string(),
            "date_": write_date(reported.event_at, state.settings().offset()),
            "Status": action.state(now).as_str(),
            "Sale_Amount": stands(reported.amount),
            "Payout": stands(reported.payout),
            "Client_Cost": stands(reported.client_cost),
            "Media": state.partner_name(reported.partner),
            "Order_Id": reported.order_id.to_string(),
        })
    };
    in_span(state, span, now).map(row).collect()
}

/// One row per item of an action, those of reversed actions too.
pub(super) fn skus(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let rows = in_span(state, span, now).flat_map(|action| {
        action.reported.items.iter().map(move |item| {
            json!({
                "Action_Id": action.id,
                "ad_id": action.reported.ad.to_string(),
                "date_": write_date(action.reported.event_at, state.settings().offset()),
                "Status": action.state(now).as_str(),
                "SKU": item.sku,
                "Item_Name": item.name,
                "Category": item.category,
                "Quantity": item.quantity.to_string(),
                "Sale_Amount": amount(item.sale_amount),
            })
        })
    });
    rows.collect()
}

/// What actions that stand come to.
#[derive(Clone, Copy, Debug, Default)]
struct Credited {
    actions: u64,
    revenue: Decimal,
    cost: Decimal,
}

/// The actions of a span that are known by now.
fn in_span(state: &PlatformState, span: Span, now: Timestamp) -> impl Iterator<Item = &Action> {
    let known = move |action: &&Action| action.reported.event_at < span.end && action.reported.created_at <= now;
    state.action_book().between(span.start, span.end).filter(known)
}

fn credited<K: Ord>(state: &PlatformState, span: Span, now: Timestamp, key: impl Fn(&Action) -> K) -> BTreeMap<K, Credited> {
    let mut credited: BTreeMap<K, Credited> = BTreeMap::new();
    for action in in_span(state, span, now).filter(|action| action.state(now) != ActionState::Reversed) {
        let sum = credited.entry(key(action)).or_default();
        sum.actions += 1;
        sum.revenue += action.reported.amount;
        sum.cost += action.reported.client_cost;
    }
    credited
}

fn ad_row(ad: &Ad, clicks: ClickCount, credited: Credited, settings: &PlatformSettings) -> Value {
    let total = clicks.cost + credited.cost;
    let per_click = if clicks.clicks == 0 { Decimal::ZERO } else { total / Decimal::from(clicks.clicks) };
    let mut row = json!({
        "Ad_Id": ad.id.to_string(),
        "Ad_Name": ad.name,
        "Ad_Type": type_title(&ad.ad_type),
        "Ad_Start_Date": write_optional(ad.starts_at, settings.offset()),
        "Ad_End_Date": write_optional(ad.ends_at, settings.offset()),
        "Landing_Page": ad.landing_page,
        "Impressions": "0",
        "Clicks": clicks.clicks.to_string(),
        "Actions": credited.actions.to_string(),
        "Calls": "0",
        "Revenue": amount(credited.revenue),
        "Action_Cost": amount(credited.cost),
        "Click_Cost": amount(clicks.cost),
        "Other_Cost": "0.00",
        "Total_Cost": amount(total),
        "CPC": amount(per_click),
    });
    if let Some(fields) = row.as_object_mut().filter(|_| settings.quirks.extra_fields) {
        // A column that no documentation mentions.
        fields.insert("Quality_Index".to_owned(), Value::from("n/a"));
    }
    row
}

fn type_title(ad_type: &str) -> &str {
    match ad_type {
        "TEXT_LINK" => "Text Link",
        "BANNER" => "Banner",
        "COUPON" => "Coupon",
        other => other,
    }
}
