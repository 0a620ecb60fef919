//! Exception lists and their entries as the wire shows them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::route::ListKind;
use super::shape::or_absent;
use super::state::{Doc, DocKind, PlatformState};

/// A page of lists.
pub(super) fn all(state: &PlatformState, request: &ApiRequest, kind: ListKind) -> Result<Value, Answer> {
    let settings = state.settings();
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let is_asked = |list: &&Doc| {
        asked("CampaignId", &settings.program_id.to_string()) && asked("State", "ACTIVE") && asked("Type", &list.text("Type"))
    };
    let lists: Vec<&Doc> = state.docs(DocKind::List(kind)).filter(is_asked).collect();
    let path = format!("/{}", kind.segment());
    page(request, settings, PageRules::COMMON, (&path, kind.segment()), &lists, |list| list_json(state, kind, list))
}

/// One list.
pub(super) fn one(state: &PlatformState, kind: ListKind, id: &str) -> Result<Value, Answer> {
    state.doc(DocKind::List(kind), id).map(|list| list_json(state, kind, list)).ok_or_else(Answer::not_found)
}

/// A page of a list's entries.
pub(super) fn items(state: &PlatformState, request: &ApiRequest, kind: ListKind, id: &str) -> Result<Value, Answer> {
    state.doc(DocKind::List(kind), id).ok_or_else(Answer::not_found)?;
    let asked = |item: &Doc| request.query("Value").is_none_or(|value| item.text("Value") == value);
    let items: Vec<&Doc> = state.docs(DocKind::ListItem(kind)).filter(|item| item.parent == id && asked(item)).collect();
    let path = format!("/{}/{id}/Items", kind.segment());
    let key = (path.as_str(), "ExceptionListItems");
    page(request, state.settings(), PageRules::COMMON, key, &items, |item| item_json(state, kind, item))
}

/// One entry.
pub(super) fn item(state: &PlatformState, kind: ListKind, id: &str, item: &str) -> Result<Value, Answer> {
    let item = state.doc(DocKind::ListItem(kind), item).filter(|item| item.parent == id).ok_or_else(Answer::not_found)?;
    Ok(item_json(state, kind, item))
}

/// Numbers are bare in one of the two files and text in the other.
fn as_declared(kind: ListKind, number: u64) -> Value {
    match kind {
        ListKind::Goods => Value::from(number),
        ListKind::PromoCodes => Value::from(number.to_string()),
    }
}

fn id_as_declared(kind: ListKind, id: &str) -> Value {
    id.parse().map_or_else(|_| Value::from(id), |number| as_declared(kind, number))
}

fn list_json(state: &PlatformState, kind: ListKind, list: &Doc) -> Value {
    let settings = state.settings();
    let uri = format!("/Advertisers/{}/{}/{}", settings.account_sid, kind.segment(), list.id);
    let entries = state.docs(DocKind::ListItem(kind)).filter(|item| item.parent == list.id).count();
    let mut shown = json!({
        "Id": id_as_declared(kind, &list.id),
        "Name": list.text("Name"),
        "State": "ACTIVE",
        "CampaignId": as_declared(kind, settings.program_id),
        "CreatedDate": list.text("CreatedDate"),
        "DeactivationDate": null,
        "ActionTrackers": [{ "Id": id_as_declared(kind, &list.text("ActionTrackerId")), "Name": "Sale" }],
        "NumberOfItems": as_declared(kind, entries as u64),
        "ItemsUri": format!("{uri}/Items"),
        "Uri": uri,
    });
    if let (ListKind::Goods, Some(fields)) = (kind, shown.as_object_mut()) {
        fields.insert("Type".to_owned(), or_absent(list.text("Type")));
    }
    shown
}

fn item_json(state: &PlatformState, kind: ListKind, item: &Doc) -> Value {
    let settings = state.settings();
    json!({
        "Id": id_as_declared(kind, &item.id),
        "Value": item.text("Value"),
        "Name": or_absent(item.text("Name")),
        "MatchMode": item.text("MatchMode"),
        "ListId": id_as_declared(kind, &item.parent),
        "CreatedDate": item.text("CreatedDate"),
        "Uri": format!("/Advertisers/{}/{}/{}/Items/{}", settings.account_sid, kind.segment(), item.parent, item.id),
    })
}
