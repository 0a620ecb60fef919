//! Export jobs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

/// A job that exports a report or clicks. Its content is fixed when it runs; only a replay renews it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    /// Its id: the same parameters give the same id.
    pub(crate) id: String,
    /// What it exports.
    pub(crate) export: Export,
    /// When it was asked for first.
    pub(crate) created_at: Timestamp,
    /// When it ran last.
    pub(crate) ran_at: Timestamp,
    /// The parameters it was asked with, as sent.
    pub(crate) parameters: Vec<(String, String)>,
    /// The rows of its result.
    pub(crate) records: Vec<Value>,
    /// How many looks will still find it unfinished.
    pub(crate) polls_left: u32,
}

/// What a job exports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Export {
    /// The report of this handle.
    Report(String),
    /// The clicks of a day.
    Clicks,
}

impl Export {
    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Report(_) => "ApiReport",
            Self::Clicks => "ClickExport",
        }
    }
}

impl Job {
    /// Whether its result can be downloaded.
    #[must_use]
    pub(crate) const fn is_completed(&self) -> bool {
        self.polls_left == 0
    }

    /// One of its parameters.
    #[must_use]
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct JobBook {
    jobs: BTreeMap<String, Job>,
}

impl JobBook {
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
