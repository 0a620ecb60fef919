//! What was asked of impact.com and what came of it: the judge over duplicates and losses.

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One request that could change something, and its effect. Requests that only read are counted, not listed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlatformRequest {
    /// Its place among all such requests: 1, 2, 3, ..
    pub sequence: u64,
    /// The simulated time at which it arrived.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path below the account, such as `/Ads/892081`.
    pub path: String,
    /// Our tag in the ad's labels, if it carries one.
    pub tag: Option<OperationTag>,
    /// What came of it.
    pub effect: RequestEffect,
    /// Whether the effect took place and the answer was then lost on purpose.
    pub answer_lost: bool,
}

/// What came of a request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestEffect {
    /// An ad with this id exists now.
    CreatedAd(u64),
    /// The ad with this id was changed.
    UpdatedAd(u64),
    /// The export job with this id was asked for; it may have existed before.
    Exported(String),
    /// The job with this id runs once more.
    Replayed(String),
    /// Nothing; the HTTP status says why.
    Refused(u16),
}
