//! The server: who may ask, how often, and which resource answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use campaign_pilot_core::OperationTag;
use serde_json::Value;

use super::answer::Answer;
use super::front::{exhausted, group};
use super::request::{Access, ApiRequest};
use super::route::Resource;
use super::settings::PlatformSettings;
use super::state::{WriteAnswer, WriteRequest};
use super::{
    actions, ads, catalogs, clicks, codes, contracts, deals, inquiries, jobs, lists, partners, program, reports, rules,
    submissions,
};
use crate::faults::Fate;
use crate::simulation::Simulation;

/// The routes of impact.com's Brand API.
pub(crate) fn router(world: Arc<Simulation>) -> Router {
    Router::new().fallback(handle).with_state(world)
}

/// Our tag in what a request sends, else in what it is about.
pub(crate) async fn tag_of(world: &Simulation, request: Request) -> Option<OperationTag> {
    let request = ApiRequest::read(request).await;
    let path: Vec<&str> = request.segments.iter().skip(2).map(String::as_str).collect();
    let resource = Resource::find(&path)?;
    let fields = request.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.with(|state| state.platform.tag_of(resource, &fields))
}

async fn handle(State(world): State<Arc<Simulation>>, request: Request) -> Response {
    let request = ApiRequest::read(request).await;
    let is_always_json = world.with(|state| !state.platform.settings().quirks.xml_unless_asked);
    answer(&world, &request).into_response(request.wants_json || is_always_json)
}

fn answer(world: &Simulation, request: &ApiRequest) -> Answer {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if let ["signed", job] = segments[..] {
        return jobs::signed_download(world, request, job);
    }
    let settings = world.with(|state| state.platform.settings().clone());
    let access = request.access(&settings);
    let gateway = settings.quirks.gateway;
    if matches!(access, Access::None) {
        return Answer::gateway(StatusCode::UNAUTHORIZED, "Unauthorized", gateway)
            .with_header("www-authenticate", HeaderValue::from_static("Basic"));
    }
    let quota = world.with(|state| state.platform.admit_request(group(&request.segments), state.now));
    if quota.exceeded {
        return exhausted(quota, gateway, settings.rate_headers);
    }
    let answer = routed(world, request, &segments, access, &settings);
    // What refuses an export is the export's own quota, and the answer tells of that one.
    if answer.is_too_many() { answer } else { answer.with_quota(quota, settings.rate_headers) }
}

fn routed(
    world: &Simulation,
    request: &ApiRequest,
    segments: &[&str],
    access: Access<'_>,
    settings: &PlatformSettings,
) -> Answer {
    let ["Advertisers", sid, path @ ..] = segments else { return Answer::not_found() };
    if *sid != settings.account_sid {
        return denied();
    }
    let Some(resource) = Resource::find(path) else { return Answer::not_found() };
    if !resource.has(request.method.as_str()) {
        return Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
            .with_header("allow", HeaderValue::from_static(resource.allowed()));
    }
    if !access.allows(resource.category(), &request.method) {
        return denied();
    }
    let answer = if request.method == Method::GET {
        resource.read(world, request, settings).unwrap_or_else(|refusal| refusal.refusing(resource, &settings.quirks))
    } else {
        let mut fields = request.form.clone();
        if matches!(resource, Resource::TrackingLinks(_)) {
            fields.extend(request.query.iter().cloned());
        }
        write(world, request, &fields).into()
    };
    answer.shaped(&settings.quirks, resource.has_bare_numbers())
}

/// A scope that the token lacks.
fn denied() -> Answer {
    Answer::error(StatusCode::FORBIDDEN, "Access Denied")
}

/// Carries out what may change something: now, later, or twice, as the faults have it.
fn write(world: &Simulation, request: &ApiRequest, fields: &[(String, String)]) -> WriteAnswer {
    let Fate { lost_answer, late, copied, is_copy } = request.fate;
    let write = WriteRequest {
        method: request.method.to_string(),
        path: request.segments.iter().skip(2).cloned().collect(),
        fields: fields.to_vec(),
        json: request.json.clone(),
        answer_lost: lost_answer,
        is_copy,
        arrival: request.arrival,
        ..WriteRequest::default()
    };
    if let Some(delay) = late {
        world.write_later(WriteRequest { answer_lost: true, ..write }, delay);
        return WriteAnswer::refused(504, "Gateway Timeout");
    }
    let copy = copied.map(|delay| (WriteRequest { is_copy: true, ..write.clone() }, delay));
    let answer = world.write(&write);
    if let Some((copy, delay)) = copy {
        world.write_later(copy, delay);
    }
    answer
}

/// An export uses up a quota of its own, which begins anew with the account's day.
fn export(world: &Simulation, request: &ApiRequest, settings: &PlatformSettings) -> Answer {
    let answer = write(world, request, &request.query);
    match answer.exhausted {
        Some(quota) => exhausted(quota, settings.quirks.gateway, settings.rate_headers),
        None => answer.into(),
    }
}

impl Resource<'_> {
    fn read(self, world: &Simulation, request: &ApiRequest, settings: &PlatformSettings) -> Result<Answer, Answer> {
        let seen = world.visible_until();
        let look = |read: &dyn Fn(&super::PlatformState, jiff::Timestamp) -> Result<Value, Answer>| {
            world.with(|state| read(&state.platform, state.now))
        };
        let body = match self {
            Self::CompanyInformation => program::company(settings),
            Self::Programs => program::list(request, settings)?,
            Self::Program(id) => program::one(id, settings)?,
            Self::Rules(id) => look(&|state, _| rules::list(state, request, id))?,
            Self::Rule(id, rule) => look(&|state, _| rules::one(state, id, rule))?,
            Self::Deals => look(&|state, now| deals::list(state, request, now, seen))?,
            Self::Deal(id) => look(&|state, now| deals::one(state, id, now))?,
            Self::Reports => reports::list(request, settings)?,
            Self::Report(handle) => look(&|state, now| reports::run(state, request, handle, now))?,
            Self::ReportMetaData(handle) => reports::metadata(handle, settings)?,
            Self::PromoCodes => look(&|state, now| codes::list(state, request, now, seen))?,
            Self::PromoCode(id) => look(&|state, now| codes::one(state, id, now))?,
            Self::Groups(program) => look(&|state, _| codes::groups(state, request, program))?,
            Self::Group(program, id) => look(&|state, _| codes::group(state, program, id))?,
            Self::Partners => look(&|state, _| partners::list(state, request))?,
            Self::Partner(id) => look(&|state, _| partners::one(state, id))?,
            Self::Contracts(program) => look(&|state, _| contracts::list(state, request, program))?,
            Self::Contract(program, id) => look(&|state, _| contracts::one(state, program, id))?,
            Self::ActionUpdates => look(&|state, now| actions::updates(state, request, now, seen))?,
            Self::ActionUpdate(id) => look(&|state, now| actions::update(state, id, now))?,
            Self::Inquiries => look(&|state, now| inquiries::list(state, request, now))?,
            Self::Inquiry(id) => look(&|state, now| inquiries::one(state, id, now))?,
            Self::Submissions => look(&|state, now| submissions::list(state, request, now))?,
            Self::Submission(id) => look(&|state, now| submissions::one(state, id, now))?,
            Self::Catalogs => look(&|state, _| catalogs::list(state, request))?,
            Self::Catalog(id) => look(&|state, _| catalogs::one(state, id))?,
            Self::CatalogItems(id) => look(&|state, _| catalogs::items(state, request, id))?,
            Self::CatalogItem(id, item) => look(&|state, _| catalogs::item(state, id, item))?,
            Self::Lists(kind) => look(&|state, _| lists::all(state, request, kind))?,
            Self::List(kind, id) => look(&|state, _| lists::one(state, kind, id))?,
            Self::ListItems(kind, id) => look(&|state, _| lists::items(state, request, kind, id))?,
            Self::ListItem(kind, id, item) => look(&|state, _| lists::item(state, kind, id, item))?,
            Self::Click(program, id) => look(&|state, _| clicks::one(state, program, id))?,
            Self::Ads => look(&|state, now| ads::list(state, request, now, seen))?,
            Self::Ad(id) => look(&|state, now| ads::one(state, id, now))?,
            Self::Actions => look(&|state, now| actions::list(state, request, now, seen))?,
            Self::Action(id) => look(&|state, now| actions::one(state, id, now))?,
            Self::ActionItems(id) => look(&|state, now| actions::items(state, request, id, now))?,
            Self::ActionItem(id, sku) => look(&|state, now| actions::item(state, id, sku, now))?,
            Self::Jobs => look(&|state, _| jobs::list(state, request))?,
            Self::Export(_) | Self::ClickExport(_) => return Ok(export(world, request, settings)),
            Self::Job(id) => jobs::one(world, id)?,
            Self::Download(id) => return jobs::download(world, request, id),
            Self::Replay(_) | Self::TrackingLinks(_) | Self::Applications(_) | Self::CatalogBulk(_) | Self::CatalogUpload(_) => {
                return Err(Answer::not_found());
            }
        };
        Ok(Answer::ok(body))
    }
}
