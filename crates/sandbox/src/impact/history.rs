//! What was asked of impact.com and what came of it: the judge over duplicates and losses.

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One request that could change something, and its effect. Requests that only read are counted, not listed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlatformRequest {
    /// Its place among all such requests: 1, 2, 3, ..
    pub sequence: u64,
    /// The simulated time at which it took effect.
    pub at: Timestamp,
    /// The simulated time at which it was sent: earlier where the faults let it be late.
    pub sent_at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path below the account, such as `/Ads/892081`.
    pub path: String,
    /// Our tag in the ad's labels or the deal's description, if it carries one.
    pub tag: Option<OperationTag>,
    /// What came of it.
    pub effect: RequestEffect,
    /// Whether the effect took place and the answer was then lost on purpose.
    pub answer_lost: bool,
    /// Whether the network delivered it once more, on purpose: the client sent it only once.
    pub is_copy: bool,
}

/// What came of a request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestEffect {
    /// An ad with this id exists now.
    CreatedAd(u64),
    /// The ad with this id was changed.
    UpdatedAd(u64),
    /// A deal with this id exists now.
    CreatedDeal(u64),
    /// A deal was changed.
    UpdatedDeal {
        /// The deal.
        deal: u64,
        /// The ads whose dates moved with it.
        ads: Vec<u64>,
    },
    /// The deal with this id is gone.
    DeletedDeal(u64),
    /// The export job with this id was asked for; it may have existed before.
    Exported(String),
    /// The job with this id runs once more.
    Replayed(String),
    /// Nothing; the HTTP status says why.
    Refused(u16),
}

/// An ad as the platform really has it, and when partners could take it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdRecord {
    /// Its id.
    pub id: u64,
    /// Our tag in its labels, if it carries one.
    pub tag: Option<OperationTag>,
    /// The page it leads to.
    pub landing_page: String,
    /// The deal it is attached to.
    pub deal: Option<u64>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its start as it stands; `None` for at once.
    pub starts_at: Option<Timestamp>,
    /// Its end as it stands; `None` for none.
    pub ends_at: Option<Timestamp>,
    /// The half-open spans, up to now, in which partners could take it; oldest first. Empty: it never cost anything.
    pub offered: Vec<(Timestamp, Timestamp)>,
}

/// A deal as the platform really has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DealRecord {
    /// Its id.
    pub id: u64,
    /// Our tag in its description, if it carries one.
    pub tag: Option<OperationTag>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its start as it stands; `None` for at once.
    pub starts_at: Option<Timestamp>,
    /// Its end as it stands; `None` for none.
    pub ends_at: Option<Timestamp>,
}
