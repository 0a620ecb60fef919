//! A quota in memory.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::faults::Faults;
use crate::ports::CallQuota;
use crate::{ErrorKind, InMemoryQuota, PortResult, QuotaAnswer, QuotaRule};

/// A quota in memory that can fail on demand. A clone is another handle on the same counts.
#[derive(Clone, Debug, Default)]
pub struct FakeQuota {
    counts: Arc<InMemoryQuota>,
    faults: Faults,
}

impl FakeQuota {
    /// Lets the next call fail.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }
}

#[async_trait]
impl CallQuota for FakeQuota {
    async fn take(&self, rule: &QuotaRule, now: Timestamp) -> PortResult<QuotaAnswer> {
        self.faults.check()?;
        self.counts.take(rule, now).await
    }
}
