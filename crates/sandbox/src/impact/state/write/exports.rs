//! Asking for an export and asking for it again.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Fields, Outcome, WriteAnswer, WriteRequest};
use crate::impact::clicks;
use crate::impact::history::RequestEffect;
use crate::impact::jobs::job_json;
use crate::impact::limits::QuotaGroup;
use crate::impact::reports::{Report, Span};
use crate::impact::state::{Export, Job, PlatformState};
use crate::impact::validate;

impl PlatformState {
    pub(super) fn export_report(&mut self, handle: &str, request: &WriteRequest, now: Timestamp) -> Outcome {
        if Report::find(handle).is_none() {
            return Err(Report::not_permitted(handle));
        }
        self.export(Export::Report(handle.to_owned()), QuotaGroup::ReportExport, request, now)
    }

    pub(super) fn export_clicks(&mut self, program: &str, request: &WriteRequest, now: Timestamp) -> Outcome {
        if program.parse().ok() != Some(self.settings.program_id) {
            return Err(WriteAnswer::not_found());
        }
        self.export(Export::Clicks, QuotaGroup::ClickExport, request, now)
    }

    fn export(&mut self, export: Export, quota: QuotaGroup, request: &WriteRequest, now: Timestamp) -> Outcome {
        let parameters = request.fields.clone();
        let mut sorted = parameters.clone();
        sorted.sort();
        let occasion = if self.settings.quirks.same_job { String::new() } else { self.history.len().to_string() };
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{export:?}?{sorted:?}{occasion}").as_bytes()).to_string();
        // The result of a job that exists stays as it is.
        let records = if self.jobs.get(&id).is_none() { self.records(&export, &parameters, now)? } else { Vec::new() };
        let quota = self.traffic.admit(quota, now, &self.settings);
        if quota.exceeded {
            return Err(WriteAnswer { exhausted: Some(quota), ..WriteAnswer::refused(429, "API rate limit exceeded") });
        }
        let polls_left = self.settings.polls_per_job;
        self.jobs.insert(Job { id: id.clone(), export, created_at: now, ran_at: now, parameters, records, polls_left });
        let job = format!("/Advertisers/{}/Jobs/{id}", self.settings.account_sid);
        let body = json!({
            "Status": "QUEUED",
            "QueuedUri": job,
            "ResultUri": format!("{job}/Download"),
            "ReplayUri": format!("{job}/Replay"),
        });
        Ok((WriteAnswer::new(200, body), RequestEffect::Exported(id)))
    }

    pub(super) fn replay(&mut self, id: &str, now: Timestamp) -> Outcome {
        let Some(job) = self.jobs.get(id) else { return Err(WriteAnswer::not_found()) };
        if !job.is_completed() {
            return Err(WriteAnswer::refused(403, "The job cannot be replayed in its present state"));
        }
        let records = self.records(&job.export, &job.parameters, now)?;
        let polls_left = self.settings.polls_per_job;
        let Some(job) = self.jobs.get_mut(id) else { return Err(WriteAnswer::not_found()) };
        job.records = records;
        job.ran_at = now;
        job.polls_left = polls_left;
        Ok((WriteAnswer::new(200, job_json(job, &self.settings)), RequestEffect::Replayed(id.to_owned())))
    }

    fn records(&self, export: &Export, parameters: &[(String, String)], now: Timestamp) -> Result<Vec<Value>, WriteAnswer> {
        match export {
            Export::Report(handle) => {
                let fields: Fields<'_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let span = Span::read(&fields, &self.settings)?;
                Ok(Report::find(handle).map(|report| report.rows(self, span, now)).unwrap_or_default())
            }
            Export::Clicks => {
                let of =
                    |name: &'static str| parameters.iter().filter(move |(sent, _)| sent == name).map(|(_, value)| value.as_str());
                let day =
                    of("Date").next().filter(|text| text.len() == "2026-01-31".len()).and_then(|text| text.parse::<Date>().ok());
                let day = day.ok_or_else(|| validate::failed("Date", "Not a valid date"))?;
                if day < Date::constant(2024, 4, 9) {
                    return Err(validate::failed("Date", "Clicks are kept from 2024-04-09 on"));
                }
                let ids = |name| of(name).flat_map(crate::impact::ids).filter_map(|id| id.parse().ok()).collect::<Vec<u64>>();
                Ok(clicks::rows(self, day, &ids("AdId"), &ids("MediaId"), now))
            }
        }
    }
}
