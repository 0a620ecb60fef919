//! Jobs: a look, a download, and the address of the file on another host.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, xml};
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::span::DateFilter;
use super::state::{Job, PlatformState};
use super::time::optional_date;
use crate::simulation::Simulation;

/// A page of jobs.
pub(super) fn list(state: &PlatformState, request: &ApiRequest) -> Result<Value, Answer> {
    let created = DateFilter::read(request, "CreatedAfter", "CreatedBefore", state.settings())?;
    let mut jobs: Vec<&Job> = state.jobs().filter(|job| created.holds(job.created_at)).collect();
    jobs.sort_by_key(|job| std::cmp::Reverse((job.created_at, &job.id)));
    page(request, state.settings(), PageRules::COMMON, ("/Jobs", "Jobs"), &jobs, |job| job_json(job, state.settings()))
}

/// One job, as this look finds it.
pub(super) fn one(world: &Simulation, id: &str) -> Result<Value, Answer> {
    world.with(|state| {
        let job = state.platform.poll_job(id).ok_or_else(Answer::not_found)?;
        Ok(job_json(&job, state.platform.settings()))
    })
}

/// The result of a job: the file, its address on another host, or the unfinished job.
pub(super) fn download(world: &Simulation, request: &ApiRequest, id: &str) -> Result<Answer, Answer> {
    world.with(|state| {
        let job = state.platform.poll_job(id).ok_or_else(Answer::not_found)?;
        if !job.is_completed() {
            return Ok(Answer::with_status(StatusCode::ACCEPTED, job_json(&job, state.platform.settings())));
        }
        let streams = request.query("Mode").is_some_and(|mode| mode.eq_ignore_ascii_case("Stream"));
        if streams || !state.platform.settings().quirks.redirected_downloads {
            return Ok(file(&job));
        }
        // The same server under its other name: for a client it is another host.
        let port = request.host.rsplit_once(':').map_or("80", |(_, port)| port);
        Ok(Answer::redirect(format!("http://localhost:{port}/signed/{id}?Signature={}", signature(id))))
    })
}

/// The file behind a signed address. Like a file store, it refuses a request that is signed and carries credentials.
pub(super) fn signed_download(world: &Simulation, request: &ApiRequest, id: &str) -> Answer {
    if request.credentials.is_some() {
        return Answer::error(StatusCode::BAD_REQUEST, "Only one authentication mechanism is allowed");
    }
    if request.query("Signature") != Some(signature(id).as_str()) {
        return Answer::error(StatusCode::FORBIDDEN, "Access Denied");
    }
    world.with(|state| state.platform.job(id).map_or_else(Answer::not_found, file))
}

/// A job as its resource shows it.
pub(crate) fn job_json(job: &Job, settings: &PlatformSettings) -> Value {
    let uri = format!("/Advertisers/{}/Jobs/{}", settings.account_sid, job.id);
    let at = |instant, shown: bool| optional_date(Some(instant).filter(|_| shown), settings.offset());
    let done = job.is_completed();
    let started = done || job.polls_left < settings.polls_per_job;
    let (status, message) = match (done, started) {
        (true, _) => ("COMPLETED", "Job processing completed successfully."),
        (false, true) => ("RUNNING", "Job is being processed."),
        (false, false) => ("QUEUED", "Job is waiting to be processed."),
    };
    json!({
        "Id": job.id,
        "Type": job.export.as_str(),
        "ProgramId": settings.program_id.to_string(),
        "CreatedBy": settings.account_sid,
        "CreatedDate": at(job.created_at, true),
        "StartedDate": at(job.ran_at, started),
        "CompletedDate": at(job.ran_at, done),
        "AbandonedDate": null,
        "CancelledDate": null,
        "FailedDate": null,
        "LastProgressUpdateDate": at(job.ran_at, started),
        "Status": status,
        "StatusMessage": message,
        "RecordsProcessed": if done { job.records.len() } else { 0 },
        "PercentageComplete": if done { 100 } else { 0 },
        "Replayable": true,
        "ResultUri": if done { Value::from(format!("{uri}/Download")) } else { Value::Null },
        "+Uri": uri,
    })
}

fn signature(id: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, id.as_bytes()).simple().to_string()
}

fn file(job: &Job) -> Answer {
    let whole = json!({ "@page": "1", "@numpages": "1", "Records": job.records });
    match job.parameter("ResultFormat") {
        Some("JSON") => Answer::file("application/json", whole.to_string()),
        Some("XML") => Answer::file("application/xml", xml(&whole)),
        _ => Answer::file("text/csv", csv(&job.records)),
    }
}

fn csv(records: &[Value]) -> String {
    let mut text = String::new();
    let columns: Vec<&String> = records.first().and_then(Value::as_object).into_iter().flat_map(|row| row.keys()).collect();
    let mut line = |cells: Vec<String>| {
        text.push_str(&cells.join(","));
        text.push('\n');
    };
    line(columns.iter().map(|column| quoted(column)).collect());
    for row in records {
        line(columns.iter().map(|column| quoted(row.get(*column).and_then(Value::as_str).unwrap_or_default())).collect());
    }
    text
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}
