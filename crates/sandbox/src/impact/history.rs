//! What was asked of impact.com and what came of it: the judge over duplicates and losses.

use std::collections::BTreeMap;

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One request that could change something, and its effect. Requests that only read are not listed: [`SeenRequest`] is every
/// request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlatformRequest {
    /// Its place among all such requests: 1, 2, 3, .. The world log's lines of writes carry it, too.
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
    /// Something else was made; the path below the account where it is, or the link.
    Created(String),
    /// What is at this path was changed.
    Updated(String),
    /// What was at this path is gone.
    Deleted(String),
    /// A batch of changes with this id waits to be processed.
    Queued(String),
    /// The export job with this id was asked for; it may have existed before.
    Exported(String),
    /// The job with this id runs once more.
    Replayed(String),
    /// Nothing; the HTTP status says why.
    Refused(u16),
}

/// One request to impact.com, whatever it was about, how it ended and what it came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenRequest {
    /// The simulated time.
    pub at: Timestamp,
    /// The HTTP method, as sent.
    pub method: String,
    /// The path and the query, as sent.
    pub target: String,
    /// Our tag in what it sends for an ad or a deal, else in the ad or the deal that it is about; whatever became of it.
    pub tag: Option<OperationTag>,
    /// The status that was answered; `None` when nothing was.
    pub status: Option<u16>,
    /// Whether the faults kept it from impact.com: it was lost, refused, or comes later.
    pub kept_off: bool,
    /// The [`sequence`](PlatformRequest::sequence) of what it came to; `None` when it only read, was refused or has not
    /// arrived. One that is late has it once it takes effect, and one that came twice has that of its first effect.
    pub effect: Option<u64>,
}

/// What all requests with one tag came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TagEffects {
    /// Requests that arrived, copies and refused ones too.
    pub requests: u64,
    /// How many of them the network delivered once more.
    pub copies: u64,
    /// How many of their answers were lost on purpose.
    pub answers_lost: u64,
    /// How many were refused.
    pub refused: u64,
    /// The ads that they made: more than one is a duplicate.
    pub ads: Vec<u64>,
    /// The deals that they made.
    pub deals: Vec<u64>,
    /// How many changed something that existed.
    pub changes: u64,
}

/// The history by tag; what carries none is under `None`.
pub(crate) fn by_tag(history: &[PlatformRequest]) -> BTreeMap<Option<OperationTag>, TagEffects> {
    let mut effects: BTreeMap<Option<OperationTag>, TagEffects> = BTreeMap::new();
    for request in history {
        let of_tag = effects.entry(request.tag.clone()).or_default();
        of_tag.requests += 1;
        of_tag.copies += u64::from(request.is_copy);
        of_tag.answers_lost += u64::from(request.answer_lost);
        match &request.effect {
            RequestEffect::CreatedAd(ad) => of_tag.ads.push(*ad),
            RequestEffect::CreatedDeal(deal) => of_tag.deals.push(*deal),
            RequestEffect::Refused(_) => of_tag.refused += 1,
            RequestEffect::Exported(_) => {}
            _ => of_tag.changes += 1,
        }
    }
    effects
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
