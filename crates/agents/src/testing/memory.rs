//! A memory whose process dies at a chosen write.

use std::sync::Mutex;

use async_trait::async_trait;
use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    CampaignId, CampaignRecord, DecisionId, DecisionRecord, ErrorKind, JournalEntry, JournalEvent, OpenOperation, OperationId,
    OperationState, Period, PortError, PortResult, ProductHour, ProductId, Sequence,
};
use campaign_pilot_memory::VolatileMemory;
use jiff::Timestamp;
use serde_json::value::RawValue;

/// Where the process dies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Crash {
    /// Before the write with this number, from 0, takes place.
    Before(usize),
    /// Right after the write with this number took place.
    After(usize),
}

#[derive(Debug, Default)]
struct Fate {
    crash: Option<Crash>,
    writes: usize,
    dead: bool,
}

/// Volatile memory behind a process that can die: then every call fails until the restart.
#[derive(Debug, Default)]
pub(crate) struct FragileMemory {
    inner: VolatileMemory,
    fate: Mutex<Fate>,
}

impl FragileMemory {
    pub(crate) fn crash(&self, crash: Crash) {
        *self.fate.lock().unwrap() = Fate { crash: Some(crash), writes: 0, dead: false };
    }

    pub(crate) fn restart(&self) {
        *self.fate.lock().unwrap() = Fate::default();
    }

    /// Whether the crash happened.
    pub(crate) fn is_dead(&self) -> bool {
        self.fate.lock().unwrap().dead
    }

    fn alive(&self) -> PortResult<()> {
        if self.is_dead() { Err(died()) } else { Ok(()) }
    }

    async fn write<T>(&self, write: impl Future<Output = PortResult<T>> + Send) -> PortResult<T> {
        self.alive()?;
        let (number, crash) = {
            let mut fate = self.fate.lock().unwrap();
            fate.writes += 1;
            fate.dead = fate.crash == Some(Crash::Before(fate.writes - 1));
            (fate.writes - 1, fate.crash)
        };
        self.alive()?;
        let written = write.await;
        if crash == Some(Crash::After(number)) {
            self.fate.lock().unwrap().dead = true;
            return Err(died());
        }
        written
    }
}

fn died() -> PortError {
    PortError::new(ErrorKind::Storage, "the process died here")
}

#[async_trait]
impl Journal for FragileMemory {
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence> {
        self.write(self.inner.append(operation, event, at)).await
    }

    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>> {
        self.alive()?;
        Journal::state(&self.inner, operation).await
    }

    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>> {
        self.alive()?;
        self.inner.open_operations().await
    }

    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>> {
        self.alive()?;
        self.inner.entries(after, limit).await
    }
}

#[async_trait]
impl Knowledge for FragileMemory {
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()> {
        self.write(self.inner.put_campaign(record)).await
    }

    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>> {
        self.alive()?;
        self.inner.campaign(id).await
    }

    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>> {
        self.alive()?;
        self.inner.campaigns().await
    }

    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>> {
        self.alive()?;
        self.inner.campaigns_ending_after(instant).await
    }

    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()> {
        self.write(self.inner.put_product_hours(hours)).await
    }

    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>> {
        self.alive()?;
        self.inner.product_hours(product, period).await
    }

    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()> {
        self.write(self.inner.put_decisions(decisions)).await
    }

    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>> {
        self.alive()?;
        self.inner.decision(id).await
    }

    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>> {
        self.alive()?;
        self.inner.decisions(period, limit).await
    }

    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()> {
        self.write(self.inner.put_state(key, value)).await
    }

    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>> {
        self.alive()?;
        Knowledge::state(&self.inner, key).await
    }
}
