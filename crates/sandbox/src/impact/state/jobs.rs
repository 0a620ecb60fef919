//! Export jobs and the daily quota of exports.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// A job that exports a report. Its content is fixed when it runs; only a replay renews it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    /// Its id: the same parameters give the same id.
    pub(crate) id: String,
    /// The report's handle.
    pub(crate) report: String,
    /// When it was asked for first.
    pub(crate) created_at: Timestamp,
    /// When it ran last.
    pub(crate) ran_at: Timestamp,
    /// The parameters it was asked with, as sent.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The rows of its result.
    pub(crate) records: Vec<Value>,
    /// How many looks will still find it unfinished.
    pub(crate) polls_left: u32,
}

impl Job {
    /// Whether its result can be downloaded.
    #[must_use]
    pub(crate) const fn is_completed(&self) -> bool {
        self.polls_left == 0
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct JobBook {
    jobs: BTreeMap<String, Job>,
    exports: BTreeMap<Date, u32>,
}

impl JobBook {
    /// Counts an export on a day; `false` when the day's quota is used up.
    pub(super) fn admit(&mut self, day: Date, limit: u32) -> bool {
        let used = self.exports.entry(day).or_default();
        if *used >= limit {
            return false;
        }
        *used += 1;
        true
    }

    pub(super) fn insert(&mut self, job: Job) {
        self.jobs.entry(job.id.clone()).or_insert(job);
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.get_mut(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Job> {
        self.jobs.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// Looks at a job: the job as this look finds it. The next look finds it one step further.
    pub(crate) fn poll(&mut self, id: &str) -> Option<Job> {
        let job = self.jobs.get_mut(id)?;
        let found = job.clone();
        job.polls_left = job.polls_left.saturating_sub(1);
        Some(found)
    }
}
