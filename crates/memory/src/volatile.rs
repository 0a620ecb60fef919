//! The memory that lasts as long as the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use campaign_pilot_core::ports::{CallQuota, Journal, Knowledge};
use campaign_pilot_core::{
    CampaignId, CampaignRecord, DecisionId, DecisionRecord, InMemoryQuota, JournalEntry, JournalEvent, OpenOperation,
    OperationId, OperationState, Period, PortResult, ProductHour, ProductId, QuotaAnswer, QuotaRule, Sequence,
};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::history::next_state;

/// A memory without a file: for tests, for trials and for services that keep their own history.
///
/// It keeps every rule of the durable backends except durability. A clone is another handle on the same memory.
///
/// ```
/// use campaign_pilot_core::ports::Knowledge;
/// use campaign_pilot_memory::VolatileMemory;
/// use serde_json::value::to_raw_value;
///
/// # async fn example() -> Result<(), campaign_pilot_core::PortError> {
/// let memory = VolatileMemory::default();
/// memory.put_state("watermark", &to_raw_value("2026-11-01T00:00:00Z").unwrap()).await?;
/// assert!(memory.clone().state("watermark").await?.is_some());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct VolatileMemory {
    content: Arc<Mutex<Content>>,
    quota: Arc<InMemoryQuota>,
}

#[derive(Debug, Default)]
struct Content {
    journal: Vec<JournalEntry>,
    operations: BTreeMap<OperationId, (Sequence, OpenOperation)>,
    open: BTreeMap<Sequence, OperationId>,
    campaigns: BTreeMap<CampaignId, CampaignRecord>,
    ends: BTreeSet<(Timestamp, CampaignId)>,
    hours: HashMap<ProductId, BTreeMap<Timestamp, ProductHour>>,
    decisions: BTreeMap<DecisionId, DecisionRecord>,
    states: BTreeMap<String, Box<RawValue>>,
}

impl VolatileMemory {
    /// The content. Every change to it is complete before the lock is given back, so a panic elsewhere cannot tear it.
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for VolatileMemory {
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence> {
        let mut content = self.content();
        let before = content.operations.get(operation).map(|(_, known)| known.state);
        let state = next_state(operation, before, event)?;
        let sequence = Sequence(content.journal.len() as u64 + 1);
        content.journal.push(JournalEntry { sequence, at, operation: operation.clone(), event: event.clone() });
        if let JournalEvent::Prepared { intent } = event {
            let known = OpenOperation { intent: (**intent).clone(), state, prepared_at: at, changed_at: at };
            content.operations.insert(operation.clone(), (sequence, known));
            content.open.insert(sequence, operation.clone());
        } else if let Some((prepared, known)) = content.operations.get_mut(operation) {
            known.state = state;
            known.changed_at = at;
            let prepared = *prepared;
            if state.is_final() {
                content.open.remove(&prepared);
            }
        }
        Ok(sequence)
    }

    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>> {
        Ok(self.content().operations.get(operation).map(|(_, known)| known.state))
    }

    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>> {
        let content = self.content();
        let open = content.open.values().filter_map(|operation| content.operations.get(operation));
        Ok(open.map(|(_, known)| known.clone()).collect())
    }

    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>> {
        let after = after.map_or(0, |sequence| sequence.0);
        let content = self.content();
        Ok(content.journal.iter().filter(|entry| entry.sequence.0 > after).take(limit as usize).cloned().collect())
    }
}

#[async_trait]
impl Knowledge for VolatileMemory {
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()> {
        let mut content = self.content();
        let id = &record.campaign.spec.id;
        let before = content.campaigns.insert(id.clone(), record.clone());
        if let Some(before) = before {
            content.ends.remove(&(before.campaign.spec.flight.end(), id.clone()));
        }
        content.ends.insert((record.campaign.spec.flight.end(), id.clone()));
        Ok(())
    }

    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>> {
        Ok(self.content().campaigns.get(id).cloned())
    }

    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>> {
        Ok(self.content().campaigns.values().cloned().collect())
    }

    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>> {
        let content = self.content();
        let mut ids: Vec<&CampaignId> =
            content.ends.iter().rev().take_while(|(end, _)| *end > instant).map(|(_, campaign)| campaign).collect();
        ids.sort();
        Ok(ids.into_iter().filter_map(|id| content.campaigns.get(id)).cloned().collect())
    }

    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()> {
        let mut content = self.content();
        // Rows of one product mostly follow each other.
        for rows in hours.chunk_by(|a, b| a.product == b.product) {
            let Some(first) = rows.first() else { continue };
            let known = content.hours.entry(first.product.clone()).or_default();
            known.extend(rows.iter().map(|row| (row.hour, row.clone())));
        }
        Ok(())
    }

    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>> {
        let content = self.content();
        let Some(hours) = content.hours.get(product) else { return Ok(Vec::new()) };
        Ok(hours.range(period.start()..period.end()).map(|(_, hour)| hour.clone()).collect())
    }

    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()> {
        let mut content = self.content();
        for decision in decisions {
            content.decisions.insert(decision.id.clone(), decision.clone());
        }
        Ok(())
    }

    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>> {
        Ok(self.content().decisions.get(id).cloned())
    }

    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>> {
        let content = self.content();
        let mut decisions: Vec<_> = content.decisions.values().filter(|decision| period.contains(decision.at)).collect();
        decisions.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(decisions.into_iter().take(limit as usize).cloned().collect())
    }

    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()> {
        self.content().states.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>> {
        Ok(self.content().states.get(key).cloned())
    }
}

#[async_trait]
impl CallQuota for VolatileMemory {
    async fn take(&self, rule: &QuotaRule, now: Timestamp) -> PortResult<QuotaAnswer> {
        self.quota.take(rule, now).await
    }
}
