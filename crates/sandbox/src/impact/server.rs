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
use super::settings::PlatformSettings;
use super::state::{WriteRequest, WriteTarget};
use super::time::seconds_left_of_day;
use super::{actions, ads, jobs, program};
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
    if !resource.has(&request.method) {
        return Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
            .with_header("allow", HeaderValue::from_static(resource.allowed()));
    }
    if request.method == Method::GET {
        return resource.read(world, request, settings).unwrap_or_else(|refusal| refusal);
    }
    if access != Access::ReadWrite {
        return denied();
    }
    resource.write_target(&request.method).map_or_else(denied, |target| write(world, request, target, &request.form))
}

/// A scope that the token lacks.
fn denied() -> Answer {
    Answer::error(StatusCode::FORBIDDEN, "Access Denied")
}

fn write(world: &World, request: &ApiRequest, target: WriteTarget, fields: &[(String, String)]) -> Answer {
    world.write(&WriteRequest { target, fields: fields.to_vec(), answer_lost: request.answer_lost }).into()
}

/// An export uses up a quota of its own, which begins anew with the account's day.
fn export(world: &World, request: &ApiRequest, handle: &str) -> Answer {
    let answer = write(world, request, WriteTarget::Export(handle.to_owned()), &request.query);
    if !answer.is_too_many() {
        return answer;
    }
    let wait = world.with(|state| seconds_left_of_day(state.now, state.platform.settings().offset()));
    answer.with_header("retry-after", wait)
}

/// The resources below an account.
#[derive(Clone, Copy, Debug)]
enum Resource<'a> {
    CompanyInformation,
    Programs,
    Program(&'a str),
    Rules(&'a str),
    Ads,
    Ad(&'a str),
    Deals,
    Actions,
    Action(&'a str),
    ActionItems(&'a str),
    ActionItem(&'a str, &'a str),
    Reports,
    ReportMetaData(&'a str),
    Export(&'a str),
    Jobs,
    Job(&'a str),
    Download(&'a str),
    Replay(&'a str),
}

impl<'a> Resource<'a> {
    fn find(path: &[&'a str]) -> Option<Self> {
        Some(match *path {
            ["CompanyInformation"] => Self::CompanyInformation,
            ["Campaigns"] => Self::Programs,
            ["Campaigns", id] => Self::Program(id),
            ["Programs" | "Campaigns", id, "BlockRedirectRules"] => Self::Rules(id),
            ["Ads"] => Self::Ads,
            ["Ads", id] => Self::Ad(id),
            ["Deals"] => Self::Deals,
            ["Actions"] => Self::Actions,
            ["Actions", id] => Self::Action(id),
            ["Actions", id, "Items"] => Self::ActionItems(id),
            ["Actions", id, "Items", sku] => Self::ActionItem(id, sku),
            ["Reports"] => Self::Reports,
            ["Reports", handle, "MetaData"] => Self::ReportMetaData(handle),
            ["ReportExport", handle] => Self::Export(handle),
            ["Jobs"] => Self::Jobs,
            ["Jobs", id] => Self::Job(id),
            ["Jobs", id, "Download"] => Self::Download(id),
            ["Jobs", id, "Replay"] => Self::Replay(id),
            _ => return None,
        })
    }

    /// The methods that impact.com documents; those that no [`WriteTarget`] serves answer as a token without the scope.
    const fn allowed(self) -> &'static str {
        match self {
            Self::CompanyInformation | Self::Ad(_) => "GET, PUT",
            Self::Ads | Self::Deals => "GET, POST",
            Self::Actions => "GET, PUT, DELETE",
            Self::Replay(_) => "PUT",
            _ => "GET",
        }
    }

    fn has(self, method: &Method) -> bool {
        self.allowed().split(", ").any(|allowed| allowed == method.as_str())
    }

    fn write_target(self, method: &Method) -> Option<WriteTarget> {
        match (self, method.as_str()) {
            (Self::Ads, "POST") => Some(WriteTarget::CreateAd),
            (Self::Ad(id), "PUT") => Some(WriteTarget::UpdateAd(id.to_owned())),
            (Self::Replay(id), "PUT") => Some(WriteTarget::Replay(id.to_owned())),
            _ => None,
        }
    }

    fn read(self, world: &World, request: &ApiRequest, settings: &PlatformSettings) -> Result<Answer, Answer> {
        let seen = world.visible_until();
        let look = |read: &dyn Fn(&super::PlatformState, jiff::Timestamp) -> Result<Value, Answer>| {
            world.with(|state| read(&state.platform, state.now))
        };
        let body = match self {
            Self::CompanyInformation => program::company(settings),
            Self::Programs => program::list(request, settings)?,
            Self::Program(id) => program::one(id, settings)?,
            Self::Rules(id) => program::rules(request, id, settings)?,
            Self::Deals => program::deals(request, settings)?,
            Self::Reports => program::reports(request, settings)?,
            Self::ReportMetaData(handle) => program::report_metadata(handle)?,
            Self::Ads => look(&|state, now| ads::list(state, request, now, seen))?,
            Self::Ad(id) => look(&|state, _| ads::one(state, id))?,
            Self::Actions => look(&|state, now| actions::list(state, request, now, seen))?,
            Self::Action(id) => look(&|state, now| actions::one(state, id, now))?,
            Self::ActionItems(id) => look(&|state, now| actions::items(state, request, id, now))?,
            Self::ActionItem(id, sku) => look(&|state, now| actions::item(state, id, sku, now))?,
            Self::Jobs => look(&|state, _| jobs::list(state, request))?,
            Self::Export(handle) => return Ok(export(world, request, handle)),
            Self::Job(id) => jobs::one(world, id)?,
            Self::Download(id) => return jobs::download(world, request, id),
            Self::Replay(_) => return Err(Answer::not_found()),
        };
        Ok(Answer::ok(body))
    }
}
