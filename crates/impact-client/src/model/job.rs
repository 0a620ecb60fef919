//! Jobs that prepare an export.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::program::name;
use super::wire_enum;
use crate::JobId;
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

wire_enum! {
    /// What a job prepares.
    JobKind {
        /// A report, asked for on a page.
        DownloadReport = "DownloadReport",
        /// A report, asked for over the API.
        ApiReport = "ApiReport",
        /// Ads.
        UploadAds = "UploadAds",
        /// Changed terms.
        TermModification = "TermModification",
        /// Clicks.
        ClickExport = "ClickExport",
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
    /// Its id, where it says so.
    #[serde(default, deserialize_with = "scalar::id")]
    pub id: Option<JobId>,
    /// What it prepares.
    #[serde(rename = "Type", default)]
    pub kind: JobKind,
    /// When it was created.
    #[serde(rename = "CreatedDate", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it began.
    #[serde(rename = "StartedDate", default, deserialize_with = "scalar::instant")]
    pub started_at: Option<Timestamp>,
    /// When it failed.
    #[serde(rename = "FailedDate", default, deserialize_with = "scalar::instant")]
    pub failed_at: Option<Timestamp>,
    /// How many records it has.
    #[serde(default, deserialize_with = "scalar::count")]
    pub records_processed: Option<u64>,
    /// How much of it is done, in percent.
    #[serde(rename = "PercentageComplete", default, deserialize_with = "scalar::decimal")]
    pub percent_complete: Option<Decimal>,
    /// Whether it can be run again, where it says so.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub replayable: Option<bool>,
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
        assert_eq!((job.status.clone(), job.kind.clone()), (JobStatus::Completed, JobKind::ApiReport));
        assert!(job.can_be_replayed() && job.replayable.is_none());
        assert_eq!(job.completed_at.unwrap().to_string(), "2022-06-07T09:33:50Z");
        assert!(JobStatus::from("FAILED").has_failed() && !JobStatus::from("PAUSING").has_failed());
    }
}
