//! The performance report by ad: exported by a job, at most so many times a day.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use campaign_pilot_core::{ErrorKind, Period, sanitize_line};
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ImpactApi, Listing, Unreadable, model};
use crate::windows::floor_second;
use crate::wire::scalar::value_text;
use crate::{AdReportRow, ImpactError, Job, JobId, JobStatus};

const CALL: &str = "export the performance by ad from impact.com";

/// The report by ad.
const REPORT: &str = "adv_performance_by_ad_pm_only";

/// How many exports are remembered to be run again instead of asked for again.
const REMEMBERED: usize = 64;

/// A job that was completed so long before it was asked for is an older one with the same parameters.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// Which exports were asked for, since each one counts and the same one is the same job.
#[derive(Debug)]
pub(super) struct ExportBook {
    per_day: usize,
    asked: VecDeque<Timestamp>,
    jobs: VecDeque<(Period, JobId)>,
}

impl ExportBook {
    pub(super) fn new(per_day: u32) -> Self {
        Self { per_day: usize::try_from(per_day).unwrap_or(usize::MAX), asked: VecDeque::new(), jobs: VecDeque::new() }
    }

    /// Counts one more export at `now`.
    ///
    /// # Errors
    ///
    /// When the next one may be asked for, if the quota of 24 hours is used up.
    fn count(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let day = SignedDuration::from_hours(24);
        while self.asked.front().is_some_and(|asked| now.duration_since(*asked) >= day) {
            self.asked.pop_front();
        }
        if self.asked.len() < self.per_day {
            self.asked.push_back(now);
            return Ok(());
        }
        Err(self.asked.front().and_then(|asked| asked.checked_add(day).ok()).unwrap_or(now))
    }

    fn job(&self, period: Period) -> Option<JobId> {
        self.jobs.iter().find(|(known, _)| *known == period).map(|(_, job)| job.clone())
    }

    fn remember(&mut self, period: Period, job: JobId) {
        self.forget(period);
        if self.jobs.len() >= REMEMBERED {
            self.jobs.pop_front();
        }
        self.jobs.push_back((period, job));
    }

    fn forget(&mut self, period: Period) {
        self.jobs.retain(|(known, _)| *known != period);
    }
}

impl ImpactApi {
    /// The performance of all ads of the program in a period, one row per ad with any activity.
    ///
    /// The report is made for days: where the period does not begin and end at midnight of the account, the rows may
    /// cover its whole first and last day. Asking again for the same period runs the same job again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`] when the quota of exports is used up, by our count or impact.com's;
    /// [`ErrorKind::Unavailable`] when the job does not finish in time.
    pub async fn ad_report(&self, period: Period) -> Result<Listing<AdReportRow>, ImpactError> {
        let job = self.fresh_job(period).await?;
        let records = self.download(&job).await?;
        let mut listing = Listing { items: Vec::new(), unreadable: Vec::new(), complete: true };
        for record in records {
            match AdReportRow::read(&record) {
                Ok(row) => listing.items.push(row),
                Err(reason) => listing.unreadable.push(Unreadable::new(&record, reason)),
            }
        }
        Ok(listing)
    }

    /// A job for the period that runs now, not one that was completed before.
    async fn fresh_job(&self, period: Period) -> Result<JobId, ImpactError> {
        let asked_at = self.now();
        let known = self.book().job(period);
        if let Some(job) = known {
            match self.refresh(&job, asked_at).await {
                Ok(()) => return Ok(job),
                Err(error) if error.kind() == ErrorKind::NotFound => self.book().forget(period),
                Err(error) => return Err(error),
            }
        }
        let job = self.start_job(period, asked_at).await?;
        self.book().remember(period, job.clone());
        let state = self.job(&job).await?;
        if state.status.has_failed() || is_old(&state, asked_at) {
            self.refresh(&job, asked_at).await?;
        }
        Ok(job)
    }

    async fn start_job(&self, period: Period, now: Timestamp) -> Result<JobId, ImpactError> {
        self.book().count(now).map_err(|free_at| {
            let wait = free_at.duration_since(now).max(SignedDuration::ZERO).unsigned_abs();
            ImpactError::new(ErrorKind::RateLimited, CALL, "the exports of the last 24 hours are used up")
                .with_retry_after(Some(wait))
                .with_advice("ask less often, or raise `exports_per_day` up to the account's own 100")
        })?;
        // The end is inside for impact.com, so that midnight would add a day.
        let last = floor_second(period.end()).checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.end());
        let request = Request::get("ReportExport")
            .segment(REPORT)
            .query("SUBAID", self.program_id())
            .query("StartDate", self.date(period.start()))
            .query("EndDate", self.date(last.max(period.start())))
            .query("ResultFormat", "JSON");
        let answer = self.value(CALL, &request).await?;
        job_of(&answer).ok_or_else(|| ImpactError::new(ErrorKind::Malformed, CALL, "the answer names no job"))
    }

    async fn job(&self, id: &JobId) -> Result<Job, ImpactError> {
        model(CALL, self.value(CALL, &Request::get("Jobs").segment(id)).await?)
    }

    /// Runs a job again. Refused for one that still runs, which is as good, and for want of the scope, which is not.
    async fn refresh(&self, id: &JobId, asked_at: Timestamp) -> Result<(), ImpactError> {
        let request = Request::put("Jobs").segment(id).segment("Replay");
        match self.value(CALL, &request).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Forbidden && !is_old(&self.job(id).await?, asked_at) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits for a job and brings its records.
    async fn download(&self, id: &JobId) -> Result<Vec<Value>, ImpactError> {
        let request = Request::get("Jobs").segment(id).segment("Download").query("Mode", "Stream");
        for poll in 0..self.config().polls {
            if poll > 0 {
                tokio::time::sleep(self.config().poll_interval).await;
            }
            let job = self.job(id).await?;
            if job.status.has_failed() {
                let message = format!("the job ended as {}: {}", job.status, sanitize_line(&job.status_message));
                return Err(ImpactError::new(ErrorKind::Unavailable, CALL, message));
            }
            if job.status != JobStatus::Completed {
                continue;
            }
            let response = self.response(CALL, &request).await?;
            // Not ready after all: the body is the job.
            if response.status() == 202 {
                continue;
            }
            return records(self.read(CALL, &request, &response)?);
        }
        Err(ImpactError::new(ErrorKind::Unavailable, CALL, format!("the job is not done after {} looks", self.config().polls))
            .with_advice("impact.com is slow; raise `polls` or `poll_interval` if this persists"))
    }

    fn book(&self) -> MutexGuard<'_, ExportBook> {
        self.0.exports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a job's result is from before it was asked for.
fn is_old(job: &Job, asked_at: Timestamp) -> bool {
    job.status == JobStatus::Completed && job.completed_at.is_some_and(|done| asked_at.duration_since(done) > FRESH)
}

/// The job of an export: the segment after `Jobs` in the address to poll or to download from.
fn job_of(answer: &Value) -> Option<JobId> {
    ["QueuedUri", "ResultUri", "ReplayUri"].iter().find_map(|key| {
        let uri = answer.get(*key).and_then(value_text)?;
        let mut segments = uri.split(['/', '?']).skip_while(|segment| *segment != "Jobs").skip(1);
        JobId::new(segments.next()?).ok()
    })
}

fn records(value: Value) -> Result<Vec<Value>, ImpactError> {
    let list = match value {
        Value::Array(list) => Some(list),
        Value::Object(mut fields) => match fields.remove("Records") {
            Some(Value::Array(list)) => Some(list),
            _ => None,
        },
        _ => None,
    };
    list.ok_or_else(|| ImpactError::new(ErrorKind::Malformed, CALL, "the file holds no list `Records`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn exports_are_counted_over_24_hours() {
        let mut book = ExportBook::new(2);
        assert!(book.count(at(0)).is_ok() && book.count(at(10)).is_ok());
        assert_eq!(book.count(at(20)).unwrap_err(), at(86_400));
        assert!(book.count(at(86_400)).is_ok());
        assert_eq!(book.count(at(86_401)).unwrap_err(), at(86_410));
    }

    #[test]
    fn only_the_latest_exports_are_remembered() {
        let mut book = ExportBook::new(2);
        let period = |n: i64| Period::new(at(n), at(n + 1)).unwrap();
        for n in 0..100 {
            book.remember(period(n), JobId::new(format!("job-{n}")).unwrap());
        }
        assert_eq!(book.job(period(0)), None);
        assert_eq!(book.job(period(99)).unwrap().as_str(), "job-99");
        book.remember(period(99), JobId::new("again").unwrap());
        assert_eq!((book.jobs.len(), book.job(period(99)).unwrap().as_str()), (64, "again"));
    }

    #[test]
    fn the_job_is_named_by_any_of_the_addresses() {
        let id = |answer: Value| job_of(&answer).map(|id| id.to_string());
        assert_eq!(id(json!({"QueuedUri": "/Advertisers/IRxxx/Jobs/d8807a9f-a5ee"})).as_deref(), Some("d8807a9f-a5ee"));
        assert_eq!(id(json!({"QueuedUri": "", "ResultUri": "/Advertisers/IRxxx/Jobs/d88/Download"})).as_deref(), Some("d88"));
        assert_eq!(id(json!({"QueuedUri": "/Advertisers/IRxxx/APISubmissions/A-1"})), None);
    }

    #[test]
    fn records_come_under_their_key_or_bare() {
        assert_eq!(records(json!({"Records": [1]})).unwrap(), records(json!([1])).unwrap());
        assert!(records(json!({"Rows": []})).is_err());
    }
}
