//! Asking for an export and asking for it again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Fields, Outcome, WriteAnswer};
use crate::impact::history::RequestEffect;
use crate::impact::reports;
use crate::impact::state::{Job, PlatformState};
use crate::impact::time::day_of;

impl PlatformState {
    pub(super) fn export(&mut self, handle: &str, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        if handle != reports::BY_AD {
            // impact.com answers 200 here: only the body's status tells.
            return Err(WriteAnswer::refused(200, &format!("Not permitted to run report {handle}")));
        }
        let span = reports::Span::read(fields, &self.settings)?;
        if !self.jobs.admit(day_of(now, self.settings.offset()), self.settings.exports_per_day) {
            return Err(WriteAnswer::new(429, json!({ "message": "API rate limit exceeded" })));
        }
        let parameters: BTreeMap<String, String> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{handle}?{parameters:?}").as_bytes()).to_string();
        if self.jobs.get(&id).is_none() {
            let records = reports::by_ad(self, span, now);
            let polls_left = self.settings.polls_per_job;
            let report = handle.to_owned();
            self.jobs.insert(Job { id: id.clone(), report, created_at: now, ran_at: now, parameters, records, polls_left });
        }
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
        let fields: Fields<'_> = job.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let span = reports::Span::read(&fields, &self.settings)?;
        let records = reports::by_ad(self, span, now);
        let polls_left = self.settings.polls_per_job;
        let Some(job) = self.jobs.get_mut(id) else { return Err(WriteAnswer::not_found()) };
        job.records = records;
        job.ran_at = now;
        job.polls_left = polls_left;
        let body = reports::job_json(job, &self.settings);
        Ok((WriteAnswer::new(200, body), RequestEffect::Replayed(id.to_owned())))
    }
}
