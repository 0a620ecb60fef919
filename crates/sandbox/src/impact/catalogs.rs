//! The catalog and its items as the wire shows them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::codes::merge;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::state::{Doc, DocKind, PlatformState};
use super::time::{opened, write_date};

/// The id of the one catalog.
pub(crate) const CATALOG: &str = "5500";

/// A page of catalogs: there is one.
pub(super) fn list(state: &PlatformState, request: &ApiRequest) -> Result<Value, Answer> {
    let settings = state.settings();
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let shows = asked("CampaignId", &settings.program_id.to_string()) && asked("Status", "ACTIVE");
    page(request, settings, PageRules::COMMON, ("/Catalogs", "Catalogs"), shows.then_some(state).as_slice(), |state| {
        catalog_json(state)
    })
}

/// One catalog.
pub(super) fn one(state: &PlatformState, id: &str) -> Result<Value, Answer> {
    if id == CATALOG { Ok(catalog_json(state)) } else { Err(Answer::not_found()) }
}

/// A page of items; by default no page may reach beyond the 20,000th.
pub(super) fn items(state: &PlatformState, request: &ApiRequest, id: &str) -> Result<Value, Answer> {
    if id != CATALOG {
        return Err(Answer::not_found());
    }
    let is_asked =
        |item: &&Doc| request.query("Keyword").is_none_or(|word| item.text("Name").to_lowercase().contains(&word.to_lowercase()));
    let items: Vec<&Doc> = state.docs(DocKind::CatalogItem).filter(is_asked).collect();
    let path = format!("/Catalogs/{id}/Items");
    let rules = PageRules::catalog(state.settings());
    page(request, state.settings(), rules, (&path, "Items"), &items, |item| item_json(state, item))
}

/// One item.
pub(super) fn item(state: &PlatformState, id: &str, item: &str) -> Result<Value, Answer> {
    let item = state.doc(DocKind::CatalogItem, item).filter(|_| id == CATALOG).ok_or_else(Answer::not_found)?;
    Ok(item_json(state, item))
}

/// The catalog.
pub(super) fn catalog_json(state: &PlatformState) -> Value {
    let settings = state.settings();
    let base = format!("/Advertisers/{}/Catalogs/{CATALOG}", settings.account_sid);
    json!({
        "Id": CATALOG,
        "Name": "Sandbox Shop",
        "Filename": "",
        "AdvertiserId": 1_000_001,
        "CampaignId": settings.program_id,
        "Status": "ACTIVE",
        "NumberOfItems": state.docs(DocKind::CatalogItem).count(),
        "DateLastUpdated": write_date(state.catalog_updated_at().unwrap_or_else(opened), settings.offset()),
        "Currency": settings.currency.code(),
        "ServiceAreas": ["DE"],
        "UploadMethod": if state.is_catalog_pulled() { "PULL_FROM_URL" } else { "DIRECT_UPLOAD" },
        "ItemsUri": format!("{base}/Items"),
        "Uri": base,
    })
}

/// An id as a segment of a path.
pub(super) fn as_segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

fn item_json(state: &PlatformState, item: &Doc) -> Value {
    let settings = state.settings();
    let mut shown = Value::Object(item.body.clone());
    merge(
        &mut shown,
        json!({
            "CatalogItemId": item.id,
            "Currency": settings.currency.code(),
            "Uri": format!("/Advertisers/{}/Catalogs/{CATALOG}/Items/{}", settings.account_sid, as_segment(&item.id)),
        }),
    );
    shown
}
