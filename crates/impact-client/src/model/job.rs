//! Jobs that prepare an export.

use jiff::Timestamp;
use serde::Deserialize;

use super::program::name;
use super::wire_enum;
use crate::wire::scalar;

wire_enum! {
    /// How far a job is.
    JobStatus {
        /// It waits.
        Queued = "QUEUED",
        /// It runs.
        Running = "RUNNING",
        /// Its result can be had.
        Completed = "COMPLETED",
        /// It was cancelled.
        Cancelled = "CANCELLED",
        /// It stopped with an error.
        Error = "ERROR",
        /// It failed.
        Failed = "FAILED",
    }
}

impl JobStatus {
    /// Whether there will never be a result.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        matches!(self, Self::Cancelled | Self::Error | Self::Failed)
    }
}

/// A job that prepares an export.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Job {
    /// How far it is.
    #[serde(default)]
    pub status: JobStatus,
    /// What impact.com says about it.
    #[serde(default, deserialize_with = "name")]
    pub status_message: String,
    /// When it was completed the last time.
    #[serde(rename = "CompletedDate", default, deserialize_with = "scalar::instant")]
    pub completed_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_as_documented() {
        let job: Job = serde_json::from_str(
            r#"{ "Id": "d8807a9f", "Type": "ApiReport", "CompletedDate": "2022-06-07T04:33:50-05:00", "FailedDate": "",
              "Status": "COMPLETED", "StatusMessage": "Job processing completed successfully.", "PercentageComplete": "100" }"#,
        )
        .unwrap();
        assert_eq!(job.status, JobStatus::Completed);
        assert_eq!(job.completed_at.unwrap().to_string(), "2022-06-07T09:33:50Z");
        assert!(JobStatus::from("FAILED").has_failed() && !JobStatus::from("PAUSING").has_failed());
    }
}
