//! Requests that change something: one pure function, used live and when a log is replayed.

mod actions;
mod ads;
mod catalog;
mod codes;
mod deals;
mod exports;
mod lists;

use std::collections::BTreeMap;

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PlatformState;
use crate::impact::history::{PlatformRequest, RequestEffect};
use crate::impact::limits::Quota;
use crate::impact::route::Resource;

/// A request that may change something, as it was sent.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct WriteRequest {
    /// The HTTP method.
    pub(crate) method: String,
    /// The path's segments below the account.
    pub(crate) path: Vec<String>,
    /// The form's or query's fields, decoded, in the order sent.
    pub(crate) fields: Vec<(String, String)>,
    /// A JSON body; null for none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) json: Value,
    /// When it was sent, if that was before it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<Timestamp>,
    /// Whether its answer will be lost on purpose; noted in the history.
    #[serde(default)]
    pub(crate) answer_lost: bool,
    /// Whether the network delivered it a second time; noted in the history.
    #[serde(default)]
    pub(crate) is_copy: bool,
    /// The place that it takes in the history; 0 until it is logged.
    #[serde(default)]
    pub(crate) sequence: u64,
    /// Which of the process's requests it came as.
    #[serde(skip)]
    pub(crate) arrival: Option<u64>,
}

impl WriteRequest {
    /// A form sent to a path below the account, such as `/Ads/892081`.
    #[cfg(test)]
    pub(crate) fn new(method: &str, path: &str, fields: Vec<(String, String)>) -> Self {
        let path = path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        Self { method: method.to_owned(), path, fields, ..Self::default() }
    }
}

/// The answer to a write: an HTTP status and a JSON body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WriteAnswer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Value,
    /// The quota that refused it, if one did: an export has one of its own.
    pub(crate) exhausted: Option<Quota>,
}

impl WriteAnswer {
    pub(crate) const fn new(status: u16, body: Value) -> Self {
        Self { status, body, exhausted: None }
    }

    pub(crate) fn refused(status: u16, message: &str) -> Self {
        Self::new(status, json!({ "Status": "ERROR", "Message": message }))
    }

    pub(crate) fn not_found() -> Self {
        Self::refused(404, "The requested resource was not found")
    }
}

/// The answer to a deletion.
fn deleted() -> WriteAnswer {
    WriteAnswer::new(200, json!({ "Status": "DELETED" }))
}

type Fields<'a> = BTreeMap<&'a str, &'a str>;
type Outcome = Result<(WriteAnswer, RequestEffect), WriteAnswer>;

impl PlatformState {
    /// Carries a write out at an instant and notes it in the history. Depends on nothing but the state,
    /// the request and the instant.
    pub(crate) fn apply(&mut self, request: &WriteRequest, now: Timestamp) -> WriteAnswer {
        let fields: Fields<'_> = request.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
        let resource = Resource::find(&path);
        // What a deal is tagged with can be gone afterwards.
        let tag = resource.and_then(|resource| self.tag_of(resource, &fields));
        let outcome = match (request.method.as_str(), resource) {
            ("POST", Some(Resource::Ads)) => self.create_ad(request, &fields, now),
            ("PUT", Some(Resource::Ad(id))) => self.update_ad(id, request, &fields, now),
            ("POST", Some(Resource::Deals)) => self.create_deal(&fields, now),
            ("PUT", Some(Resource::Deal(id))) => self.update_deal(id, &fields, now),
            ("DELETE", Some(Resource::Deal(id))) => self.delete_deal(id),
            ("POST", Some(Resource::PromoCodes)) => self.create_promo_code(&fields, now),
            ("DELETE", Some(Resource::PromoCode(id))) => self.expire_promo_code(id, now),
            ("POST", Some(Resource::TrackingLinks(program))) => self.tracking_link(program, &fields),
            ("POST", Some(Resource::Groups(program))) => self.create_group(program, &fields, now),
            ("PUT", Some(Resource::Group(program, id))) => self.update_group(program, id, &fields),
            ("DELETE", Some(Resource::Group(program, id))) => self.delete_group(program, id),
            ("POST", Some(Resource::Applications(program))) => self.decide_application(program, request, true, now),
            ("DELETE", Some(Resource::Applications(program))) => self.decide_application(program, request, false, now),
            ("PUT", Some(Resource::Actions)) => self.submit_modification(&fields, now),
            ("DELETE", Some(Resource::Actions)) => self.submit_reversal(&fields, now),
            ("PUT", Some(Resource::Inquiries)) => self.resolve_inquiry(&fields, now),
            ("POST", Some(Resource::CatalogItems(catalog))) => self.put_catalog_item(catalog, None, request, now),
            ("PUT", Some(Resource::CatalogItem(catalog, id))) => self.put_catalog_item(catalog, Some(id), request, now),
            ("DELETE", Some(Resource::CatalogItem(catalog, id))) => self.delete_catalog_item(catalog, id),
            ("PUT", Some(Resource::CatalogBulk(catalog))) => self.put_catalog_items(catalog, request, now),
            ("POST", Some(Resource::CatalogUpload(catalog))) => self.replace_catalog_items(catalog, request, now),
            ("PUT", Some(Resource::Catalog(catalog))) => self.set_catalog_pull(catalog, request),
            ("POST", Some(Resource::Lists(kind))) => self.create_list(kind, &fields, now),
            ("PUT", Some(Resource::List(kind, id))) => self.update_list(kind, id, &fields),
            ("POST", Some(Resource::ListItems(kind, list))) => self.add_list_item(kind, list, &fields, now),
            ("DELETE", Some(Resource::ListItems(kind, list))) => self.delete_list_items(kind, list, None),
            ("DELETE", Some(Resource::ListItem(kind, list, item))) => self.delete_list_items(kind, list, Some(item)),
            ("GET", Some(Resource::Export(handle))) => self.export_report(handle, request, now),
            ("GET", Some(Resource::ClickExport(program))) => self.export_clicks(program, request, now),
            ("PUT", Some(Resource::Replay(id))) => self.replay(id, now),
            // A documented way to write that this account may not use.
            _ => Err(WriteAnswer::refused(403, "Access Denied")),
        };
        let (answer, effect) = outcome.unwrap_or_else(|refusal| {
            let status = self.settings.quirks.refusal_status(resource, refusal.status);
            (WriteAnswer { status, ..refusal }, RequestEffect::Refused(status))
        });
        let sequence = self.next_sequence();
        if let Some(arrival) = request.arrival
            && !matches!(effect, RequestEffect::Refused(_))
        {
            self.seen.took_effect(arrival, sequence);
        }
        self.history.push(PlatformRequest {
            sequence,
            at: now,
            sent_at: request.sent_at.unwrap_or(now),
            method: request.method.clone(),
            path: path.iter().map(|segment| format!("/{segment}")).collect(),
            tag,
            effect,
            answer_lost: request.answer_lost,
            is_copy: request.is_copy,
        });
        answer
    }

    /// The place that the next request takes in the history.
    #[must_use]
    pub(crate) const fn next_sequence(&self) -> u64 {
        self.history.len() as u64 + 1
    }

    /// The answer to a write that took place at once.
    fn ok(&self, path: &str) -> WriteAnswer {
        WriteAnswer::new(200, json!({ "Status": "OK", "Uri": format!("/Advertisers/{}{path}", self.settings.account_sid) }))
    }

    /// Our tag in what was sent, else in what is stored.
    pub(in crate::impact) fn tag_of(&self, resource: Resource<'_>, fields: &Fields<'_>) -> Option<OperationTag> {
        let sent = |name: &str| fields.get(name).and_then(|text| OperationTag::find_in(text));
        match resource {
            Resource::Ads => sent("Labels"),
            Resource::Ad(id) => sent("Labels")
                .or_else(|| id.parse().ok().and_then(|id| self.ad(id)).and_then(|ad| OperationTag::find_in(&ad.labels))),
            Resource::Deals => sent("Description"),
            Resource::Deal(id) => sent("Description").or_else(|| {
                id.parse().ok().and_then(|id| self.deal(id)).and_then(|deal| OperationTag::find_in(deal.text("Description")))
            }),
            _ => None,
        }
    }
}
