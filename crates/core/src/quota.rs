//! How often something may be done, counted over any window of a length rather than by the clock's hours.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::PortResult;
use crate::ports::CallQuota;

/// What is counted, and how much of it is allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuotaRule {
    /// What is counted: one name for everything that shares the count, such as the calls of one account.
    pub key: String,
    /// How many in any window of length `per`. Callers of one key may give different limits: one with a lower limit leaves
    /// the rest to the others.
    pub limit: u32,
    /// The length of the window; the same for all callers of one key.
    pub per: SignedDuration,
}

/// What came of asking for one more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuotaAnswer {
    /// It was counted and may be done.
    Granted,
    /// There is no room under this limit; nothing was counted.
    Full {
        /// When there will be, if nobody else takes it.
        free_at: Timestamp,
    },
}

/// The quota of one process, in its memory: shared by all that hold the same value.
///
/// ```
/// use campaign_pilot_core::ports::CallQuota;
/// use campaign_pilot_core::{InMemoryQuota, QuotaAnswer, QuotaRule};
/// use jiff::{SignedDuration, Timestamp};
///
/// # async fn example() -> Result<(), campaign_pilot_core::PortError> {
/// let quota = InMemoryQuota::default();
/// let rule = QuotaRule { key: "calls".to_owned(), limit: 1, per: SignedDuration::from_hours(1) };
/// let now = Timestamp::UNIX_EPOCH;
/// assert_eq!(quota.take(&rule, now).await?, QuotaAnswer::Granted);
/// assert_eq!(quota.take(&rule, now).await?, QuotaAnswer::Full { free_at: now + rule.per });
/// assert_eq!(quota.take(&rule, now + rule.per).await?, QuotaAnswer::Granted);
/// # Ok(())
/// # }
/// # futures_util::FutureExt::now_or_never(example()).unwrap().unwrap();
/// ```
#[derive(Default)]
pub struct InMemoryQuota {
    taken: Mutex<BTreeMap<String, VecDeque<Timestamp>>>,
}

#[async_trait]
impl CallQuota for InMemoryQuota {
    async fn take(&self, rule: &QuotaRule, now: Timestamp) -> PortResult<QuotaAnswer> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(rule.key.clone()).or_default();
        taken.retain(|at| now.duration_since(*at) < rule.per);
        let limit = usize::try_from(rule.limit).unwrap_or(usize::MAX);
        let Some(over) = taken.len().checked_sub(limit) else {
            // In the order of time, also where clocks differ.
            let place = taken.partition_point(|at| *at <= now);
            taken.insert(place, now);
            return Ok(QuotaAnswer::Granted);
        };
        let oldest = if limit == 0 { now } else { taken.get(over).copied().unwrap_or(now) };
        Ok(QuotaAnswer::Full { free_at: oldest.checked_add(rule.per).unwrap_or(Timestamp::MAX) })
    }
}

impl fmt::Debug for InMemoryQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryQuota").finish_non_exhaustive()
    }
}
