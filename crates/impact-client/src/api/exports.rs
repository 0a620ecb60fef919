//! Exports: prepared by a job, remembered by their parameters, and run again instead of asked for again.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use campaign_pilot_core::{ErrorKind, sanitize_line};
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::ImpactApi;
use super::jobs::Download;
use crate::wire::scalar::value_text;
use crate::{Denial, ImpactError, Job, JobId, JobStatus};

/// How many exports are remembered to be run again instead of asked for again.
const REMEMBERED: usize = 64;

/// A job that was completed so long before it was asked for is an older one with the same parameters.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// Which jobs belong to which exports, since each export counts and the same one is the same job.
#[derive(Debug, Default)]
pub(super) struct ExportBook {
    jobs: VecDeque<(String, JobId)>,
}

impl ExportBook {
    fn job(&self, export: &str) -> Option<JobId> {
        self.jobs.iter().find(|(known, _)| known == export).map(|(_, job)| job.clone())
    }

    fn remember(&mut self, export: &str, job: JobId) {
        self.forget(export);
        if self.jobs.len() >= REMEMBERED {
            self.jobs.pop_front();
        }
        self.jobs.push_back((export.to_owned(), job));
    }

    fn forget(&mut self, export: &str) {
        self.jobs.retain(|(known, _)| known != export);
    }
}

/// One export, asked for in one of several ways of writing its parameters: the likeliest first.
#[derive(Clone, Debug)]
pub(super) struct Export {
    pub(super) call: &'static str,
    pub(super) ways: Vec<Request>,
}

impl Export {
    /// The export by its parameters: nothing of it depends on when it is asked for.
    fn key(&self) -> String {
        self.ways.first().map(|way| format!("{} {:?}", way.path(), way.query_pairs())).unwrap_or_default()
    }
}

impl ImpactApi {
    /// The records of an export that is made now, not before.
    pub(super) async fn exported(&self, export: &Export) -> Result<Vec<Value>, ImpactError> {
        let asked_at = self.now();
        let (job, replayed) = self.fresh_job(export, asked_at).await?;
        self.result_of(export, &job, replayed.map(|done| (done, asked_at))).await
    }

    /// A job for the export that runs now, not one that was completed before; where it was run again, when its result
    /// before that was completed.
    async fn fresh_job(&self, export: &Export, asked_at: Timestamp) -> Result<(JobId, Option<Timestamp>), ImpactError> {
        let key = export.key();
        let known = self.book().job(&key);
        if let Some(job) = known {
            match self.refresh(&job, asked_at).await {
                Ok(replayed) => return Ok((job, replayed)),
                Err(error) if error.kind() == ErrorKind::NotFound => self.book().forget(&key),
                Err(error) => return Err(error),
            }
        }
        let job = self.start_job(export).await?;
        self.book().remember(&key, job.clone());
        let state = self.job(&job).await?;
        let is_stale = state.status.has_failed() || is_old(&state, asked_at);
        let replayed = if is_stale { self.refresh(&job, asked_at).await? } else { None };
        Ok((job, replayed))
    }

    /// Starts the job. Where impact.com does not understand the dates, they are written in the next way.
    async fn start_job(&self, export: &Export) -> Result<JobId, ImpactError> {
        let mut refusal = None;
        for way in &export.ways {
            match self.value(export.call, way).await {
                Ok(answer) => {
                    return job_of(&answer)
                        .ok_or_else(|| ImpactError::new(ErrorKind::Malformed, export.call, "the answer names no job"));
                }
                Err(error) if is_about_dates(&error) => refusal = refusal.or(Some(error)),
                Err(error) => return Err(used_up(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| ImpactError::new(ErrorKind::Invalid, export.call, "there is nothing to ask for")))
    }

    /// Runs a job again. Refused for one that still runs, which is as good, and for want of the scope, which is not. One that is
    /// done just after it was refused may hold an old result, but can be run again then. Brings when the result before was
    /// completed.
    async fn refresh(&self, id: &JobId, asked_at: Timestamp) -> Result<Option<Timestamp>, ImpactError> {
        let before = self.job(id).await?.completed_at;
        let refused = match self.run_again(id, asked_at).await? {
            Some(error) if error.denial() == Some(Denial::NotReplayable) => self.run_again(id, asked_at).await?,
            refused => refused,
        };
        refused.map_or(Ok(before), Err)
    }

    /// Runs a job again; a refusal is returned where its result is an old one.
    async fn run_again(&self, id: &JobId, asked_at: Timestamp) -> Result<Option<ImpactError>, ImpactError> {
        match self.replay_job(id).await {
            Ok(()) => Ok(None),
            Err(error) if matches!(error.denial(), Some(Denial::NotReplayable | Denial::Scope)) => {
                Ok(is_old(&self.job(id).await?, asked_at).then_some(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Waits for a job and brings its records; of one that was `replayed`, not those of the result before, which it may
    /// show for a while.
    async fn result_of(
        &self,
        export: &Export,
        id: &JobId,
        replayed: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<Value>, ImpactError> {
        let call = export.call;
        // impact.com's clock is compared with itself; ours only tells that a result is recent enough anyway.
        let is_before =
            |job: &Job| replayed.is_some_and(|(before, asked_at)| job.completed_at == Some(before) && is_old(job, asked_at));
        for poll in 0..self.config().polls {
            if poll > 0 {
                tokio::time::sleep(self.config().poll_interval).await;
            }
            let job = self.job(id).await?;
            if job.status.has_failed() {
                // Running it again would only show this again; the next time it is asked for anew.
                self.book().forget(&export.key());
                let told = self.0.secrets.without(&sanitize_line(&job.status_message));
                let message = format!("the job ended as {}: {told}", job.status);
                return Err(ImpactError::new(ErrorKind::Unavailable, call, message));
            }
            if job.status != JobStatus::Completed || is_before(&job) {
                continue;
            }
            if let Download::Ready(file) = self.download(id).await? {
                let mut records = file.records()?;
                records.iter_mut().for_each(|record| self.0.secrets.take_from(record));
                return Ok(records);
            }
        }
        Err(ImpactError::new(ErrorKind::Unavailable, call, format!("the job is not done after {} looks", self.config().polls))
            .with_advice("impact.com is slow; raise `polls` or `poll_interval` if this persists"))
    }

    pub(super) fn book(&self) -> MutexGuard<'_, ExportBook> {
        self.0.exports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a job's result is from before it was asked for.
fn is_old(job: &Job, asked_at: Timestamp) -> bool {
    job.status == JobStatus::Completed && job.completed_at.is_some_and(|done| asked_at.duration_since(done) > FRESH)
}

/// Whether impact.com names a date among what it finds wrong.
fn is_about_dates(error: &ImpactError) -> bool {
    error.kind() == ErrorKind::Invalid && error.status().is_some() && names_a_date(&error.to_string())
}

/// Whether a text names a date. Each further attempt counts as an export of the day, so that no `update` is taken for one.
fn names_a_date(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_date = |word: &str| ["date", "dates", "startdate", "enddate", "datetime", "yyyy"].contains(&word);
    text.split(|c: char| !c.is_ascii_alphabetic()).any(is_date)
}

/// What to do where it is the exports that are used up.
fn used_up(error: ImpactError) -> ImpactError {
    if error.kind() != ErrorKind::RateLimited {
        return error;
    }
    error.with_advice("ask less often; `exports_per_day` may be raised up to the account's own 100, for clicks it is 10")
}

/// The job of an export: the segment after `Jobs` in the address to poll or to download from.
pub(crate) fn job_of(answer: &Value) -> Option<JobId> {
    ["QueuedUri", "ResultUri", "ReplayUri"].iter().find_map(|key| {
        let uri = answer.get(*key).and_then(value_text)?;
        let mut segments = uri.split(['/', '?']).skip_while(|segment| *segment != "Jobs").skip(1);
        JobId::new(segments.next()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_latest_exports_are_remembered() {
        let mut book = ExportBook::default();
        for n in 0..100 {
            book.remember(&format!("export {n}"), JobId::new(format!("job-{n}")).unwrap());
        }
        assert_eq!(book.job("export 0"), None);
        assert_eq!(book.job("export 99").unwrap().as_str(), "job-99");
        book.remember("export 99", JobId::new("again").unwrap());
        assert_eq!((book.jobs.len(), book.job("export 99").unwrap().as_str()), (64, "again"));
    }

    #[test]
    fn a_date_is_named_by_its_word() {
        for dates in ["Parameter START_DATE is missing", "EndDate: Not a date-time", "Invalid dates", "use yyyy-MM-dd"] {
            assert!(names_a_date(dates), "{dates}");
        }
        for others in ["Not permitted to update this report", "Validation failed", "This mandate is outdated"] {
            assert!(!names_a_date(others), "{others}");
        }
    }

    #[test]
    fn exports_differ_by_any_parameter() {
        let key = |request: Request| Export { call: "export", ways: vec![request] }.key();
        let report = || Request::get("ReportExport").segment("by_ad").query("SUBAID", 1000);
        assert_eq!(key(report()), key(report()));
        assert_ne!(key(report()), key(report().query("SHOW_DATE", 1)));
    }

    #[test]
    fn the_job_is_named_by_any_of_the_addresses() {
        let id = |answer: Value| job_of(&answer).map(|id| id.to_string());
        assert_eq!(id(json!({"QueuedUri": "/Advertisers/IRxxx/Jobs/d8807a9f-a5ee"})).as_deref(), Some("d8807a9f-a5ee"));
        assert_eq!(id(json!({"QueuedUri": "", "ResultUri": "/Advertisers/IRxxx/Jobs/d88/Download"})).as_deref(), Some("d88"));
        assert_eq!(id(json!({"QueuedUri": "/Advertisers/IRxxx/APISubmissions/A-1"})), None);
    }
}
