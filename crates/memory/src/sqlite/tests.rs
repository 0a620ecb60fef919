//! Tests that look behind the port: bad files, full disks, locks, what the schema refuses.

use std::path::PathBuf;

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    CampaignAction, CampaignId, Currency, DecisionId, ErrorKind, Intent, JournalEvent, Measured, Money, OperationId,
    OperationState, OperationTag, Period, PlanId, PlatformCampaignId, PortError, ProductHour, ProductId,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::value::to_raw_value;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    (folder, path)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn operation(number: u32) -> OperationId {
    OperationId::new(format!("o-{number}")).unwrap()
}

fn prepared(number: u32) -> JournalEvent {
    let operation = operation(number);
    JournalEvent::Prepared {
        intent: Box::new(Intent {
            decision: DecisionId::of("cycle", "subject"),
            plan: PlanId::new("p-1").unwrap(),
            tag: OperationTag::of(&operation),
            action: CampaignAction::Pause {
                campaign: CampaignId::new("c-1").unwrap(),
                platform_id: PlatformCampaignId::new("1").unwrap(),
            },
            reserved: Money::zero(Currency::EUR),
            operation,
        }),
    }
}

fn hour(number: i64) -> ProductHour {
    ProductHour {
        product: ProductId::from_number(11),
        hour: at(0) + SignedDuration::from_hours(number),
        units: 3,
        refunded_units: 0,
        orders: 2,
        revenue: Money::parse("123.4567", Currency::EUR).unwrap(),
        refunds: Money::zero(Currency::EUR),
        new_customers: Measured::Known(1),
        views: Measured::Known(40),
        in_stock: true,
    }
}

/// A connection that bypasses the memory.
async fn plain(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).create_if_missing(true)).await.unwrap()
}

async fn refused(path: &Path) -> PortError {
    let error = SqliteMemory::open(path).await.unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert!(error.advice().is_some(), "{error}");
    error
}

#[tokio::test]
async fn the_schema_itself_refuses_to_change_the_past() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    memory.append(&operation(1), &prepared(1), at(1)).await.unwrap();
    let rejected = JournalEvent::Rejected { reason: "no".into() };
    memory.append(&operation(1), &rejected, at(2)).await.unwrap();
    let mut writers = memory.writers().await;
    for statement in [
        "UPDATE journal SET at = 0",
        "DELETE FROM journal",
        "DELETE FROM operation",
        "UPDATE operation SET state = 'prepared', finished = 0",
        "INSERT INTO journal (at, operation, event, body) VALUES (1, 'o', 'sent', 'not json')",
        "INSERT INTO operation VALUES ('o', 99, 'prepared', 0, 0, 0, 1, 1)",
    ] {
        assert!(sqlx::query(statement).execute(&mut writers.journal).await.is_err(), "{statement}");
    }
    drop(writers);
    assert_eq!(Journal::state(&memory, &operation(1)).await.unwrap(), Some(OperationState::Rejected));
}

#[tokio::test]
async fn open_operations_are_found_by_their_index() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as("EXPLAIN QUERY PLAN SELECT id FROM operation WHERE finished = 0 ORDER BY prepared")
            .fetch_all(&mut *memory.reader().await)
            .await
            .unwrap();
    assert_eq!(plan.len(), 1, "{plan:?}");
    assert!(plan[0].3.contains("INDEX operation_open"), "{plan:?}");
}

#[tokio::test]
async fn the_journal_is_flushed_and_reading_cannot_write() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    let mut writers = memory.writers().await;
    let full: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writers.journal).await.unwrap();
    let normal: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writers.knowledge).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut writers.journal).await.unwrap();
    assert_eq!((full, normal, mode.as_str()), (2, 1, "wal"));
    let written = sqlx::query("DELETE FROM state").execute(&mut *memory.reader().await).await;
    assert!(written.is_err());
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_survived() {
    let (_folder, path) = folder();
    let options = SqliteOptions { max_pages: Some(60), ..SqliteOptions::default() };
    let memory = SqliteMemory::open_with(&path, &options).await.unwrap();
    let mut written = 0;
    let error = loop {
        match memory.append(&operation(written), &prepared(written), at(1)).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().contains("no room left"), "{error}");
    assert!(error.to_string().contains("memory.db"), "{error}");
    assert!(error.advice().unwrap().contains("free some space"));
    assert!(written > 10);
    assert_eq!(Journal::state(&memory, &operation(written)).await.unwrap(), None);
    let hours: Vec<_> = (0..5_000).map(hour).collect();
    assert_eq!(memory.put_product_hours(&hours).await.unwrap_err().kind(), ErrorKind::StorageFull);
    let period = Period::new(at(0), at(0) + SignedDuration::from_hours(9_000)).unwrap();
    assert_eq!(memory.product_hours(&hours[0].product, period).await.unwrap(), []);
    drop(memory);

    // With room again, it carries on where it stopped.
    let memory = SqliteMemory::open(&path).await.unwrap();
    assert_eq!(memory.open_operations().await.unwrap().len(), written as usize);
    memory.append(&operation(written), &prepared(written), at(2)).await.unwrap();
    memory.put_product_hours(&hours).await.unwrap();
    assert_eq!(memory.product_hours(&hours[0].product, period).await.unwrap(), hours);
}

#[tokio::test]
async fn the_same_handle_works_again_once_there_is_room() {
    let (_folder, path) = folder();
    let options = SqliteOptions { max_pages: Some(60), ..SqliteOptions::default() };
    let memory = SqliteMemory::open_with(&path, &options).await.unwrap();
    let hours: Vec<_> = (0..5_000).map(hour).collect();
    assert_eq!(memory.put_product_hours(&hours).await.unwrap_err().kind(), ErrorKind::StorageFull);
    sqlx::query("PRAGMA max_page_count = 100000").execute(&mut memory.writers().await.knowledge).await.unwrap();
    memory.put_product_hours(&hours).await.unwrap();
    memory.put_state("after", &to_raw_value(&true).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_newer_version_s_file_is_refused_untouched() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    memory.put_state("kept", &to_raw_value(&1).unwrap()).await.unwrap();
    memory.close().await.unwrap();
    let mut connection = plain(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();

    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("written by a newer version: its schema is 9999"), "{error}");
    assert!(error.advice().unwrap().contains("update this program"));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let mut connection = plain(&path).await;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 9999").execute(&mut connection).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00'").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert!(refused(&path).await.to_string().contains("written by another build"));
}

#[tokio::test]
async fn another_program_s_database_is_refused_untouched() {
    let (_folder, path) = folder();
    let mut connection = plain(&path).await;
    sqlx::query("CREATE TABLE theirs (id INTEGER)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = refused(&path).await;
    assert!(error.to_string().contains("a database of another program"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_text_file_is_refused_untouched() {
    let (_folder, path) = folder();
    std::fs::write(&path, "[pilot]\nstore = \"https://shop.example\"\n".repeat(100)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("not a SQLite database"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_refused_untouched() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    memory.put_product_hours(&(0..2_000).map(hour).collect::<Vec<_>>()).await.unwrap();
    memory.close().await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.advice().unwrap().contains("backup"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_is_named() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    let spoil = "INSERT INTO campaign (id, updated_at, body) VALUES ('c-7', 0, '{\"campaign\": 1}')";
    sqlx::query(spoil).execute(&mut memory.writers().await.knowledge).await.unwrap();
    let error = memory.campaign(&CampaignId::new("c-7").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().starts_with("the campaign of `c-7` in `"), "{error}");
}

#[tokio::test]
async fn wrong_paths_are_named_and_nothing_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none/memory.db");
    let error = SqliteMemory::open(&missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("none` for the memory file does not exist"), "{error}");

    let error = refused(folder.path()).await;
    assert_eq!(error.kind(), ErrorKind::Invalid);

    let absent = folder.path().join("memory.db");
    let options = SqliteOptions { create_if_missing: false, ..SqliteOptions::default() };
    assert_eq!(SqliteMemory::open_with(&absent, &options).await.unwrap_err().kind(), ErrorKind::NotFound);

    let below_a_file = folder.path().join("file/memory.db");
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(refused(&below_a_file).await.kind(), ErrorKind::Storage);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_read_only_file_says_so() {
    let (_folder, path) = folder();
    SqliteMemory::open(&path).await.unwrap().close().await.unwrap();
    let options = SqliteConnectOptions::new().filename(&path).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let error = sqlx::query("DELETE FROM state").execute(&mut connection).await.unwrap_err();
    let error = Failures::of(path).at("remember the state", error);
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().ends_with("it is read-only"), "{error}");
    assert!(error.advice().unwrap().contains("writable"));
}

#[tokio::test]
async fn a_file_that_another_process_holds_can_be_tried_again() {
    let (_folder, path) = folder();
    let options = SqliteOptions { busy_timeout: Duration::from_millis(20), ..SqliteOptions::default() };
    let memory = SqliteMemory::open_with(&path, &options).await.unwrap();
    let mut other = plain(&path).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = memory.append(&operation(1), &prepared(1), at(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("another process holds it locked"), "{error}");
    assert_eq!(Journal::state(&memory, &operation(1)).await.unwrap(), None);
    let opening = SqliteMemory::open_with(&path, &options).await.unwrap_err();
    assert_eq!(opening.kind(), ErrorKind::Unavailable);
    held.rollback().await.unwrap();
    memory.append(&operation(1), &prepared(1), at(1)).await.unwrap();
}

#[tokio::test]
async fn a_write_that_was_given_up_leaves_the_memory_usable() {
    let (_folder, path) = folder();
    let memory = SqliteMemory::open(&path).await.unwrap();
    for number in 0..50 {
        let (operation, event) = (operation(number), prepared(number));
        let append = memory.append(&operation, &event, at(1));
        tokio::select! {
            biased;
            done = append => drop(done),
            () = async { for _ in 0..number % 7 { tokio::task::yield_now().await } } => {}
        }
    }
    memory.append(&operation(99), &prepared(99), at(2)).await.unwrap();
    let entries = memory.entries(None, 100).await.unwrap();
    let open = memory.open_operations().await.unwrap();
    assert_eq!(entries.len(), open.len());
    assert!(entries.windows(2).all(|pair| pair[0].sequence.0 + 1 == pair[1].sequence.0));
}

#[test]
fn handles_can_be_sent_and_say_little() {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<SqliteMemory>();
    shared::<crate::VolatileMemory>();
}
