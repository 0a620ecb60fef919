//! Ports at which the process dies: right before or right after a chosen write.
//!
//! Between two writes nothing changes that a next process could see, so these are all the steps that differ.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use campaign_pilot::agents::Ports;
use campaign_pilot::core::ports::{CampaignPlatform, Journal, Knowledge};
use campaign_pilot::core::{
    AdCopy, Applied, CampaignId, CampaignRecord, CampaignSpec, Capabilities, DecisionId, DecisionRecord, JournalEntry,
    JournalEvent, Money, OpenOperation, OperationId, OperationState, OperationTag, PerformanceReading, Period, PlatformCampaign,
    PlatformCampaignId, PortResult, ProductHour, ProductId, Sequence,
};
use jiff::Timestamp;
use serde_json::value::RawValue;

/// How the last line of a process begins that died at its step.
pub(crate) const LAST_WORDS: &str = "died ";

/// Puts a countdown around every write to the memory and to the platform.
pub(crate) fn wrap(ports: &mut Ports, countdown: &Arc<Countdown>) {
    ports.journal = Arc::new(Dying { inner: Arc::clone(&ports.journal), countdown: Arc::clone(countdown) });
    ports.knowledge = Arc::new(Dying { inner: Arc::clone(&ports.knowledge), countdown: Arc::clone(countdown) });
    ports.platform = Arc::new(Dying { inner: Arc::clone(&ports.platform), countdown: Arc::clone(countdown) });
}

/// Ends the process at a chosen step. Each write has two: right before it, and when it is done and nobody knows yet.
#[derive(Debug)]
pub(crate) struct Countdown(AtomicU64);

impl Countdown {
    /// Dies at the step with this number, from 1.
    pub(crate) const fn of(step: u64) -> Self {
        Self(AtomicU64::new(step))
    }

    /// Its last words name the step.
    fn step(&self, side: &str, write: &str) {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = writeln!(std::io::stderr(), "{LAST_WORDS}{side} {write}");
            std::process::abort();
        }
    }
}

struct Dying<T: ?Sized> {
    inner: Arc<T>,
    countdown: Arc<Countdown>,
}

impl<T: ?Sized> Dying<T> {
    async fn around<R>(&self, name: &str, write: impl Future<Output = R> + Send) -> R {
        self.countdown.step("before", name);
        let result = write.await;
        self.countdown.step("after", name);
        result
    }
}

#[async_trait]
impl Journal for Dying<dyn Journal> {
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence> {
        self.around(event.name(), self.inner.append(operation, event, at)).await
    }

    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>> {
        self.inner.state(operation).await
    }

    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>> {
        self.inner.open_operations().await
    }

    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>> {
        self.inner.entries(after, limit).await
    }
}

#[async_trait]
impl Knowledge for Dying<dyn Knowledge> {
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()> {
        self.around("campaign", self.inner.put_campaign(record)).await
    }

    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>> {
        self.inner.campaign(id).await
    }

    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>> {
        self.inner.campaigns().await
    }

    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>> {
        self.inner.campaigns_ending_after(instant).await
    }

    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()> {
        self.around("hours", self.inner.put_product_hours(hours)).await
    }

    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>> {
        self.inner.product_hours(product, period).await
    }

    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()> {
        self.around("decisions", self.inner.put_decisions(decisions)).await
    }

    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>> {
        self.inner.decision(id).await
    }

    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>> {
        self.inner.decisions(period, limit).await
    }

    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()> {
        self.around(key, self.inner.put_state(key, value)).await
    }

    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>> {
        self.inner.state(key).await
    }
}

#[async_trait]
impl CampaignPlatform for Dying<dyn CampaignPlatform> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn check_health(&self) -> PortResult<()> {
        self.inner.check_health().await
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        self.around("create", self.inner.create(spec, tag)).await
    }

    async fn release(&self, id: &PlatformCampaignId, spec: &CampaignSpec) -> Applied {
        self.around("release", self.inner.release(id, spec)).await
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        self.inner.find_by_tag(tag, since).await
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        self.inner.details(id).await
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        self.inner.all().await
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        self.around("pause", self.inner.pause(id)).await
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied {
        self.around("resume", self.inner.resume(id, spec, tag, until)).await
    }

    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied {
        self.around("budget", self.inner.set_budget(id, budget)).await
    }

    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        self.around("end", self.inner.set_end(id, end)).await
    }

    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        self.around("copy", self.inner.set_copy(id, copy)).await
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        self.inner.performance(ids, period).await
    }
}
