//! Both backends keep what the ports promise.

use campaign_pilot_core::conformance;
use campaign_pilot_memory::VolatileMemory;

#[tokio::test]
async fn volatile_memory_conforms() {
    let memory = VolatileMemory::default();
    conformance::journal(&memory).await.unwrap();
    conformance::knowledge(&memory).await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_memory_conforms_and_so_does_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let memory = campaign_pilot_memory::SqliteMemory::open(folder.path().join("memory.db")).await.unwrap();
    conformance::journal(&memory).await.unwrap();
    conformance::knowledge(&memory).await.unwrap();
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
