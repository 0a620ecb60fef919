//! Dying at a step: right before or right after a write to the memory or a request on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    CampaignId, CampaignRecord, DecisionId, DecisionRecord, JournalEntry, JournalEvent, OpenOperation, OperationId,
    OperationState, Period, PortResult, ProductHour, ProductId, Sequence,
};
use jiff::Timestamp;
use serde_json::value::RawValue;
use tokio::sync::Notify;

/// The steps that are left of a client's life. A dead client never goes on: whoever runs it is told and drops it.
#[derive(Debug)]
pub(super) struct Life {
    steps: AtomicI64,
    died: Notify,
}

impl Life {
    /// A life without an end.
    pub(super) fn eternal() -> Arc<Self> {
        Arc::new(Self { steps: AtomicI64::new(i64::MAX), died: Notify::new() })
    }

    /// Dies at the step with this number, from 1.
    pub(super) fn dies_at(&self, step: i64) {
        self.steps.store(step, Ordering::SeqCst);
    }

    /// Lives on, from now on without an end.
    pub(super) fn revives(&self) {
        self.dies_at(i64::MAX);
    }

    /// Takes a step, and never comes back if it was the last one.
    pub(super) async fn step(&self) {
        if self.steps.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// What the work comes to; `None` when the client dies over it.
    pub(super) async fn live<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.died.notified() => None,
            result = work => Some(result),
        }
    }
}

/// A memory whose user dies around its writes.
pub(super) struct Mortal<T> {
    pub(super) memory: Arc<T>,
    pub(super) life: Arc<Life>,
}

impl<T> Mortal<T> {
    async fn around<R>(&self, write: impl Future<Output = R> + Send) -> R {
        self.life.step().await;
        let result = write.await;
        self.life.step().await;
        result
    }
}

#[async_trait]
impl<T: Journal> Journal for Mortal<T> {
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence> {
        self.around(self.memory.append(operation, event, at)).await
    }

    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>> {
        self.memory.state(operation).await
    }

    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>> {
        self.memory.open_operations().await
    }

    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>> {
        self.memory.entries(after, limit).await
    }
}

#[async_trait]
impl<T: Knowledge> Knowledge for Mortal<T> {
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()> {
        self.around(self.memory.put_campaign(record)).await
    }

    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>> {
        self.memory.campaign(id).await
    }

    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>> {
        self.memory.campaigns().await
    }

    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>> {
        self.memory.campaigns_ending_after(instant).await
    }

    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()> {
        self.around(self.memory.put_product_hours(hours)).await
    }

    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>> {
        self.memory.product_hours(product, period).await
    }

    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()> {
        self.around(self.memory.put_decisions(decisions)).await
    }

    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>> {
        self.memory.decision(id).await
    }

    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>> {
        self.memory.decisions(period, limit).await
    }

    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()> {
        self.around(self.memory.put_state(key, value)).await
    }

    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>> {
        self.memory.state(key).await
    }
}
