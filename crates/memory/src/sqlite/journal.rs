//! The journal: rows that are appended and never changed, and where each operation stands.

use async_trait::async_trait;
use campaign_pilot_core::ports::Journal;
use campaign_pilot_core::{JournalEntry, JournalEvent, OpenOperation, OperationId, OperationState, PortResult, Sequence};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row};

use super::SqliteMemory;
use super::decode::{instant, json, state, state_columns};
use super::failure::Failures;
use crate::history::next_state;

const APPEND: &str = "append to the journal";
const READ: &str = "read the journal";

#[async_trait]
impl Journal for SqliteMemory {
    async fn append(&self, operation: &OperationId, event: &JournalEvent, at: Timestamp) -> PortResult<Sequence> {
        let failures = self.failures();
        let failed = |error| failures.at(APPEND, error);
        let body = serde_json::to_string(event).map_err(|error| failures.unstorable("the event", error))?;
        let at = at.as_microsecond();

        let mut writers = self.writers().await;
        // Immediate: the state that is checked is the state that is replaced, whoever else has the file open.
        let mut transaction = writers.journal.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let row = sqlx::query("SELECT state, attempts, empty_reads FROM operation WHERE id = ?1")
            .bind(operation.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let before = row.map(|row| state(failures, &row)).transpose()?;
        let after = next_state(operation, before, event)?;
        let (name, attempts, empty_reads) = state_columns(after);

        let sequence: i64 =
            sqlx::query_scalar("INSERT INTO journal (at, operation, event, body) VALUES (?1, ?2, ?3, ?4) RETURNING sequence")
                .bind(at)
                .bind(operation.as_str())
                .bind(event.name())
                .bind(body)
                .fetch_one(&mut *transaction)
                .await
                .map_err(failed)?;
        sqlx::query(
            "INSERT INTO operation (id, prepared, state, attempts, empty_reads, finished, prepared_at, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
                 empty_reads = excluded.empty_reads, finished = excluded.finished, changed_at = excluded.changed_at",
        )
        .bind(operation.as_str())
        .bind(sequence)
        .bind(name)
        .bind(attempts)
        .bind(empty_reads)
        .bind(after.is_final())
        .bind(at)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        position(failures, sequence)
    }

    async fn state(&self, operation: &OperationId) -> PortResult<Option<OperationState>> {
        let failures = self.failures();
        let row = sqlx::query("SELECT state, attempts, empty_reads FROM operation WHERE id = ?1")
            .bind(operation.as_str())
            .fetch_optional(&mut *self.reader().await)
            .await
            .map_err(|error| failures.at(READ, error))?;
        row.map(|row| state(failures, &row)).transpose()
    }

    async fn open_operations(&self) -> PortResult<Vec<OpenOperation>> {
        let failures = self.failures();
        let rows = sqlx::query(
            "SELECT id, state, attempts, empty_reads, prepared_at, changed_at, body
             FROM operation JOIN journal ON journal.sequence = operation.prepared
             WHERE finished = 0 ORDER BY prepared",
        )
        .fetch_all(&mut *self.reader().await)
        .await
        .map_err(|error| failures.at(READ, error))?;
        rows.iter().map(|row| open_operation(failures, row)).collect()
    }

    async fn entries(&self, after: Option<Sequence>, limit: u32) -> PortResult<Vec<JournalEntry>> {
        let failures = self.failures();
        let after = after.map_or(0, |sequence| i64::try_from(sequence.0).unwrap_or(i64::MAX));
        let rows =
            sqlx::query("SELECT sequence, at, operation, body FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2")
                .bind(after)
                .bind(limit)
                .fetch_all(&mut *self.reader().await)
                .await
                .map_err(|error| failures.at(READ, error))?;
        rows.iter().map(|row| entry(failures, row)).collect()
    }
}

fn open_operation(failures: &Failures, row: &SqliteRow) -> PortResult<OpenOperation> {
    let failed = |error| failures.at(READ, error);
    let id: &str = row.try_get("id").map_err(failed)?;
    let event: JournalEvent = json(failures, "intent", id, row.try_get("body").map_err(failed)?)?;
    let JournalEvent::Prepared { intent } = event else {
        return Err(failures.damaged(format_args!("the intent of `{id}`"), "it is another event"));
    };
    Ok(OpenOperation {
        intent: *intent,
        state: state(failures, row)?,
        prepared_at: instant(failures, "the time of an intent", row.try_get("prepared_at").map_err(failed)?)?,
        changed_at: instant(failures, "the time of an event", row.try_get("changed_at").map_err(failed)?)?,
    })
}

fn entry(failures: &Failures, row: &SqliteRow) -> PortResult<JournalEntry> {
    let failed = |error| failures.at(READ, error);
    let sequence = position(failures, row.try_get("sequence").map_err(failed)?)?;
    let operation: &str = row.try_get("operation").map_err(failed)?;
    Ok(JournalEntry {
        sequence,
        at: instant(failures, "the time of an entry", row.try_get("at").map_err(failed)?)?,
        event: json(failures, "event", operation, row.try_get("body").map_err(failed)?)?,
        operation: OperationId::new(operation).map_err(|error| failures.damaged("an operation", error))?,
    })
}

fn position(failures: &Failures, sequence: i64) -> PortResult<Sequence> {
    u64::try_from(sequence).map(Sequence).map_err(|error| failures.damaged("a position in the journal", error))
}
