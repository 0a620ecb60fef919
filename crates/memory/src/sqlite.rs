//! The memory in one SQLite file.

mod decode;
mod failure;
mod hours;
mod journal;
mod knowledge;
mod opening;
mod quota;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::PortResult;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard};

use self::failure::Failures;

/// How a SQLite memory is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// How long a write waits while another process holds the file before it fails as
    /// [`campaign_pilot_core::ErrorKind::Unavailable`]. Default: 5 seconds.
    pub busy_timeout: Duration,
    /// Whether a missing file is created; its folder never is. Default: `true`. With `false` a wrong path is an
    /// error instead of an empty memory.
    pub create_if_missing: bool,
    /// The most pages (of 4096 bytes) that the file may have; `None` for SQLite's own limit. Default: `None`.
    /// What does not fit fails as [`campaign_pilot_core::ErrorKind::StorageFull`], like a full disk.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), create_if_missing: true, max_pages: None }
    }
}

/// A memory that survives: journal and knowledge in one SQLite file.
///
/// What [`append`](campaign_pilot_core::ports::Journal::append) has returned is on the disk, even if the power fails.
/// Knowledge survives the loss of the process; after a loss of power its last moments may be missing, but never
/// anything from before the last entry of the journal.
///
/// Several processes may open the same file: writes take turns, and only one of two that carry out the same operation
/// gets its event into the journal. A clone is another handle on the same connections. Instants are kept to the
/// microsecond, which is how fine every clock of this project ticks.
///
/// ```
/// use campaign_pilot_core::ports::Knowledge;
/// use campaign_pilot_memory::SqliteMemory;
/// use serde_json::value::{RawValue, to_raw_value};
///
/// # async fn example(folder: &std::path::Path) -> Result<(), campaign_pilot_core::PortError> {
/// let memory = SqliteMemory::open(folder.join("memory.db")).await?;
/// memory.put_state("cycle", &to_raw_value(&[7]).unwrap()).await?;
/// memory.close().await?;
///
/// let again = SqliteMemory::open(folder.join("memory.db")).await?;
/// assert_eq!(again.state("cycle").await?.as_deref().map(RawValue::get), Some("[7]"));
/// # Ok(())
/// # }
/// # let folder = tempfile::tempdir().unwrap();
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example(folder.path())).unwrap();
/// ```
#[derive(Clone)]
pub struct SqliteMemory {
    inner: Arc<Inner>,
}

struct Inner {
    failures: Failures,
    /// One lock for both writers, so that they queue here instead of polling for SQLite's lock.
    writers: Mutex<Writers>,
    reader: Mutex<SqliteConnection>,
}

struct Writers {
    /// Flushes to the disk before a commit returns.
    journal: SqliteConnection,
    /// Leaves the flush to the next commit of the journal or the next checkpoint.
    knowledge: SqliteConnection,
}

impl SqliteMemory {
    /// Opens the memory in a file, creating the file or bringing it up to date where needed.
    ///
    /// # Errors
    ///
    /// As [`SqliteMemory::open_with`].
    pub async fn open(path: impl Into<PathBuf>) -> PortResult<Self> {
        Self::open_with(path, &SqliteOptions::default()).await
    }

    /// Opens the memory in a file with options.
    ///
    /// # Errors
    ///
    /// Each names the file and what to do; none changes what is stored.
    ///
    /// - [`NotFound`](campaign_pilot_core::ErrorKind::NotFound): the folder, or the file with `create_if_missing` off.
    /// - [`Storage`](campaign_pilot_core::ErrorKind::Storage): not a database, another program's database, damaged,
    ///   written by a newer version, read-only.
    /// - [`StorageFull`](campaign_pilot_core::ErrorKind::StorageFull): no room for a new file.
    /// - [`Unavailable`](campaign_pilot_core::ErrorKind::Unavailable): another process holds the file.
    pub async fn open_with(path: impl Into<PathBuf>, options: &SqliteOptions) -> PortResult<Self> {
        let path = path.into();
        opening::check_path(&path, options).await?;
        let failures = Failures::of(path);
        let opened = opening::open(&failures, options).await?;
        let writers = Writers { journal: opened.journal, knowledge: opened.knowledge };
        Ok(Self { inner: Arc::new(Inner { failures, writers: Mutex::new(writers), reader: Mutex::new(opened.reader) }) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.inner.failures.path()
    }

    /// Closes the file where this is the last handle, folding SQLite's side files into it.
    ///
    /// Dropping the last handle loses nothing either, but leaves the side files (`-wal`, `-shm`) for the next opening.
    ///
    /// # Errors
    ///
    /// When the file could not be closed cleanly.
    pub async fn close(self) -> PortResult<()> {
        let Some(inner) = Arc::into_inner(self.inner) else { return Ok(()) };
        let Writers { journal, knowledge } = inner.writers.into_inner();
        for connection in [inner.reader.into_inner(), knowledge, journal] {
            connection.close().await.map_err(|error| inner.failures.at("close the memory", error))?;
        }
        Ok(())
    }

    fn failures(&self) -> &Failures {
        &self.inner.failures
    }

    async fn writers(&self) -> MutexGuard<'_, Writers> {
        self.inner.writers.lock().await
    }

    async fn reader(&self) -> MutexGuard<'_, SqliteConnection> {
        self.inner.reader.lock().await
    }
}

impl fmt::Debug for SqliteMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteMemory").field("path", &self.path()).finish_non_exhaustive()
    }
}
