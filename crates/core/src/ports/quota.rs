//! The port to what several processes may do together.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{PortResult, QuotaAnswer, QuotaRule};

/// A count that several processes share: how many calls one account may make, whoever makes them.
///
/// [`InMemoryQuota`](crate::InMemoryQuota) is shared within a process; a memory in a file is shared by all that open it.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait CallQuota: Send + Sync {
    /// Takes one at `now`, if fewer than the rule's limit were taken in the window `(now - per, now]`, and counts it.
    ///
    /// What was taken at a later time than `now`, by a process whose clock is ahead, counts as well.
    ///
    /// # Errors
    ///
    /// When the count cannot be read or kept: then nothing was taken.
    async fn take(&self, rule: &QuotaRule, now: Timestamp) -> PortResult<QuotaAnswer>;
}
