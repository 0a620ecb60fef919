//! What was acknowledged survives the loss of the process, and of two who want to send only one may.
#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    CampaignAction, CampaignId, Currency, DecisionId, ErrorKind, Intent, JournalEvent, Money, OperationId, OperationState,
    OperationTag, PlanId, PlatformCampaignId,
};
use campaign_pilot_memory::SqliteMemory;
use jiff::Timestamp;
use serde_json::value::to_raw_value;

const FILE: &str = "CAMPAIGN_PILOT_DURABILITY_FILE";

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::try_from(second).unwrap()).unwrap()
}

fn operation(number: u64) -> OperationId {
    OperationId::new(format!("o-{number}")).unwrap()
}

fn prepared(number: u64) -> JournalEvent {
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

/// Entry number `number` of the history that the lost process writes: every operation is prepared, then sent.
fn entry(number: u64) -> (OperationId, JournalEvent) {
    let subject = number / 2;
    let event = if number.is_multiple_of(2) { prepared(subject) } else { JournalEvent::Sent { attempt: 1 } };
    (operation(subject), event)
}

/// Writes until it is killed, and says what has been acknowledged.
async fn write_without_end(path: &Path) {
    let memory = SqliteMemory::open(path).await.unwrap();
    for number in 0.. {
        memory.put_state("progress", &to_raw_value(&number).unwrap()).await.unwrap();
        let (operation, event) = entry(number);
        memory.append(&operation, &event, at(number)).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

/// The test starts its own program again as the process that will be lost.
#[tokio::test]
async fn what_was_acknowledged_survives_a_killed_process() {
    if let Some(path) = std::env::var_os(FILE) {
        return write_without_end(Path::new(&path)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    for life in 1..=3_u64 {
        let path = folder.path().join(format!("life-{life}.db"));
        let lost = kill_after(&path, 60 * life);
        let memory = SqliteMemory::open(&path).await.unwrap();
        let entries = memory.entries(None, 10_000).await.unwrap();
        let count = entries.len() as u64;
        // One entry may be stored whose acknowledgement was not read; more may follow before the signal arrives.
        assert!(count > lost, "{lost} was acknowledged, {count} are stored");
        for (number, stored) in (0..).zip(&entries) {
            assert_eq!((stored.operation.clone(), stored.event.clone()), entry(number));
            assert_eq!((stored.sequence.0, stored.at), (number + 1, at(number)));
        }
        // Knowledge from before the last entry is there as well.
        let progress = Knowledge::state(&memory, "progress").await.unwrap().unwrap();
        assert!(progress.get().parse::<u64>().unwrap() + 1 >= count);
        for open in memory.open_operations().await.unwrap() {
            let last = entries.iter().rev().find(|stored| stored.operation == open.intent.operation).unwrap();
            let expected = match last.event {
                JournalEvent::Sent { attempt } => OperationState::Sent { attempts: attempt },
                _ => OperationState::Prepared,
            };
            assert_eq!((open.state, open.changed_at), (expected, last.at));
        }
    }
}

/// Starts the writer, kills it without warning once it has acknowledged `acknowledgements`, and says the last one read.
fn kill_after(path: &Path, acknowledgements: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_was_acknowledged_survives_a_killed_process", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let last =
        lines.filter_map(|line| line.split("acknowledged ").nth(1)?.parse().ok()).nth(usize::try_from(acknowledgements).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    last.expect("the writer ended by itself")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_only_one_may_send() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let one = SqliteMemory::open(&path).await.unwrap();
    let other = SqliteMemory::open(&path).await.unwrap();
    for number in 0..40 {
        one.append(&operation(number), &prepared(number), at(1)).await.unwrap();
        let send = |memory: SqliteMemory| {
            tokio::spawn(async move { memory.append(&operation(number), &JournalEvent::Sent { attempt: 1 }, at(2)).await })
        };
        let (a, b) = tokio::join!(send(one.clone()), send(other.clone()));
        let (a, b) = (a.unwrap(), b.unwrap());
        let conflict = match (a, b) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("{both:?}"),
        };
        assert_eq!(conflict.kind(), ErrorKind::Conflict);
        let expected = Some(OperationState::Sent { attempts: 1 });
        assert_eq!(Journal::state(&other, &operation(number)).await.unwrap(), expected);
    }
    assert_eq!(one.entries(None, 1_000).await.unwrap().len(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let opening: Vec<_> = (0..6).map(|_| tokio::spawn(SqliteMemory::open(path.clone()))).collect();
    for (number, opened) in (0..).zip(opening) {
        let memory = opened.await.unwrap().unwrap();
        memory.append(&operation(number), &prepared(number), at(number)).await.unwrap();
        assert_eq!(memory.entries(None, 10).await.unwrap().len() as u64, number + 1);
    }
}
