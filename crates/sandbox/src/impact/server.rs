//! The server: who may ask, how often, and which resource answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::answer::Answer;
use super::limits::Quota;
use super::request::{Access, ApiRequest};
use super::route::Resource;
use super::settings::PlatformSettings;
use super::state::WriteRequest;
use super::time::seconds_left_of_day;
use super::{actions, ads, deals, jobs, program, rules};
use crate::faults::Fate;
use crate::world::World;

/// The routes of impact.com's Brand API.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().fallback(handle).with_state(world)
}

async fn handle(State(world): State<Arc<World>>, request: Request) -> Response {
    let request = ApiRequest::read(request).await;
    answer(&world, &request).into_response(request.wants_json)
}

fn answer(world: &World, request: &ApiRequest) -> Answer {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if let ["signed", job] = segments[..] {
        return jobs::signed_download(world, request, job);
    }
    let settings = world.with(|state| state.platform.settings().clone());
    let access = request.access(&settings);
    if access == Access::None {
        return Answer::gateway(StatusCode::UNAUTHORIZED, "Unauthorized")
            .with_header("www-authenticate", HeaderValue::from_static("Basic"));
    }
    let quota = world.with(|state| state.platform.admit_request(state.now));
    let answer = if quota.exceeded { exhausted(quota) } else { routed(world, request, &segments, access, &settings) };
    answer.with_quota(quota, settings.rate_headers)
}

fn exhausted(quota: Quota) -> Answer {
    Answer::gateway(StatusCode::TOO_MANY_REQUESTS, "API rate limit exceeded").with_header("retry-after", quota.reset_seconds)
}

fn routed(world: &World, request: &ApiRequest, segments: &[&str], access: Access, settings: &PlatformSettings) -> Answer {
    let ["Advertisers", sid, path @ ..] = segments else { return Answer::not_found() };
    if *sid != settings.account_sid {
        return denied();
    }
    let Some(resource) = Resource::find(path) else { return Answer::not_found() };
    if !resource.has(request.method.as_str()) {
        return Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
            .with_header("allow", HeaderValue::from_static(resource.allowed()));
    }
    if request.method == Method::GET {
        return resource.read(world, request, settings).unwrap_or_else(|refusal| refusal);
    }
    if access != Access::ReadWrite {
        return denied();
    }
    write(world, request, &request.form)
}

/// A scope that the token lacks.
fn denied() -> Answer {
    Answer::error(StatusCode::FORBIDDEN, "Access Denied")
}

/// Carries out what may change something: now, later, or twice, as the faults have it.
fn write(world: &World, request: &ApiRequest, fields: &[(String, String)]) -> Answer {
    let Fate { lost_answer, late, copied, is_copy } = request.fate;
    let write = WriteRequest {
        method: request.method.to_string(),
        path: request.segments.iter().skip(2).cloned().collect(),
        fields: fields.to_vec(),
        json: request.json.clone(),
        answer_lost: lost_answer,
        is_copy,
        ..WriteRequest::default()
    };
    if let Some(delay) = late {
        world.write_later(WriteRequest { answer_lost: true, ..write }, delay);
        return Answer::error(StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout");
    }
    let copy = copied.map(|delay| (WriteRequest { is_copy: true, ..write.clone() }, delay));
    let answer = world.write(&write);
    if let Some((copy, delay)) = copy {
        world.write_later(copy, delay);
    }
    answer.into()
}

/// An export uses up a quota of its own, which begins anew with the account's day.
fn export(world: &World, request: &ApiRequest) -> Answer {
    let answer = write(world, request, &request.query);
    if !answer.is_too_many() {
        return answer;
    }
    let wait = world.with(|state| seconds_left_of_day(state.now, state.platform.settings().offset()));
    answer.with_header("retry-after", wait)
}

impl Resource<'_> {
    fn read(self, world: &World, request: &ApiRequest, settings: &PlatformSettings) -> Result<Answer, Answer> {
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
            Self::Reports => program::reports(request, settings)?,
            Self::ReportMetaData(handle) => program::report_metadata(handle)?,
            Self::Ads => look(&|state, now| ads::list(state, request, now, seen))?,
            Self::Ad(id) => look(&|state, _| ads::one(state, id))?,
            Self::Actions => look(&|state, now| actions::list(state, request, now, seen))?,
            Self::Action(id) => look(&|state, now| actions::one(state, id, now))?,
            Self::ActionItems(id) => look(&|state, now| actions::items(state, request, id, now))?,
            Self::ActionItem(id, sku) => look(&|state, now| actions::item(state, id, sku, now))?,
            Self::Jobs => look(&|state, _| jobs::list(state, request))?,
            Self::Export(_) => return Ok(export(world, request)),
            Self::Job(id) => jobs::one(world, id)?,
            Self::Download(id) => return jobs::download(world, request, id),
            Self::Replay(_) => return Err(Answer::not_found()),
        };
        Ok(Answer::ok(body))
    }
}
