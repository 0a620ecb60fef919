//! Ports to what is remembered.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::{
    CampaignId, CampaignRecord, DecisionId, DecisionRecord, JournalEntry, JournalEvent, OpenOperation, OperationId,
    OperationState, Period, PortResult, ProductHour, ProductId, Sequence,
};

/// The append-only journal of intents and outcomes.
///
/// What `append` has returned is durable: it survives the loss of the process. Impossible histories are refused
/// by [`OperationState::after`], so two executors cannot both send the same operation.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait Journal: Send + Sync {
    /// Appends an event to an operation.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::Conflict`] when the event cannot follow what is stored, [`crate::ErrorKind::StorageFull`]
    /// or [`crate::ErrorKind::Storage`] when it could not be made durable: then it did not happen.
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence>;

    /// Where an operation stands; `None` when the journal does not know it.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>>;

    /// All operations that are not finished, oldest first.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>>;

    /// Entries after a position, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>>;
}

/// What is known of campaigns, products and earlier decisions.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait Knowledge: Send + Sync {
    /// Remembers a campaign, replacing what was known of it.
    ///
    /// # Errors
    ///
    /// When it could not be made durable.
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()>;

    /// What is known of one campaign.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>>;

    /// All campaigns, in the order of their ids.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>>;

    /// The campaigns whose flight ends after an instant, in the order of their ids: before each write the executor looks at those that
    /// can still run, however many ran before.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>>;

    /// Remembers hours of products, replacing what was known of the same hours.
    ///
    /// # Errors
    ///
    /// When they could not be made durable: then none of them was.
    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()>;

    /// The remembered hours of a product that start in a period, oldest first.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>>;

    /// Remembers decisions; one with the same id is replaced.
    ///
    /// # Errors
    ///
    /// When they could not be made durable: then none of them was.
    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()>;

    /// One decision; `None` when it is not remembered.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>>;

    /// The decisions taken in a period, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>>;

    /// Remembers a value under a key, as JSON: the cycle's state, watermarks, learned thresholds.
    ///
    /// # Errors
    ///
    /// When it could not be made durable.
    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()>;

    /// The value under a key.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>>;
}
