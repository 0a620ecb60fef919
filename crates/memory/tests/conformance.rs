//! Both backends keep what the ports promise.

use campaign_pilot_core::conformance;
use campaign_pilot_memory::VolatileMemory;

#[tokio::test]
async fn volatile_memory_conforms() {
    let memory = VolatileMemory::default();
    conformance::journal(&memory).await.unwrap();
    conformance::knowledge(&memory).await.unwrap();
    conformance::call_quota(&memory).await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_memory_conforms_and_so_does_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let memory = campaign_pilot_memory::SqliteMemory::open(folder.path().join("memory.db")).await.unwrap();
    conformance::journal(&memory).await.unwrap();
    conformance::knowledge(&memory).await.unwrap();
    conformance::call_quota(&memory).await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn a_memory_on_several_threads_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let memory = campaign_pilot_memory::SqliteMemory::open(folder.path().join("memory.db")).await.unwrap();
    let journal = tokio::spawn({
        let memory = memory.clone();
        async move { conformance::journal(&memory).await }
    });
    let knowledge = tokio::spawn(async move { conformance::knowledge(&memory).await });
    journal.await.unwrap().unwrap();
    knowledge.await.unwrap().unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn memories_on_the_same_file_share_their_quotas() {
    use campaign_pilot_core::ports::CallQuota;
    use campaign_pilot_core::{QuotaAnswer, QuotaRule};
    use jiff::{SignedDuration, Timestamp};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let rule = QuotaRule { key: "calls".to_owned(), limit: 40, per: SignedDuration::from_hours(1) };
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let memory = campaign_pilot_memory::SqliteMemory::open(&path).await.unwrap();
        let rule = rule.clone();
        tasks.push(tokio::spawn(async move {
            let mut granted = 0;
            for _ in 0..30 {
                let answer = memory.take(&rule, Timestamp::UNIX_EPOCH).await.unwrap();
                granted += u32::from(answer == QuotaAnswer::Granted);
            }
            granted
        }));
    }
    let mut granted = 0;
    for task in tasks {
        granted += task.await.unwrap();
    }
    assert_eq!(granted, 40);
}
