//! Opening a file: whose it is, whether it is sound, and bringing its schema up to date.

use std::path::Path;
use std::time::Duration;

use campaign_pilot_core::{ErrorKind, PortError, PortResult};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use tokio::time::Instant;

use super::SqliteOptions;
use super::failure::Failures;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The letters `CPMm`, as the first migration writes it.
const APPLICATION_ID: i64 = 0x4350_4d6d;

/// How long to wait before a locked file is tried again.
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// The three connections of one memory.
pub(super) struct Opened {
    pub(super) journal: SqliteConnection,
    pub(super) knowledge: SqliteConnection,
    pub(super) reader: SqliteConnection,
}

/// Refuses paths that no database can stand at, before anything is created.
pub(super) async fn check_path(path: &Path, options: &SqliteOptions) -> PortResult<()> {
    let shown = path.display();
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_dir() => {
            let error = PortError::new(ErrorKind::Invalid, format!("the memory cannot be kept in `{shown}`: it is a folder"));
            return Err(error.with_advice("name a file in it, such as `memory.db`"));
        }
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let message = format!("the memory file `{shown}` cannot be reached");
            let error = PortError::new(ErrorKind::Storage, message).with_source(error);
            return Err(error.with_advice("check the path and the permissions of its folders"));
        }
    }
    if !options.create_if_missing {
        return Err(PortError::new(ErrorKind::NotFound, format!("there is no memory file `{shown}`"))
            .with_advice("check the path, or let a first run create it"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let message = format!("the folder `{}` for the memory file does not exist", folder.display());
            Err(PortError::new(ErrorKind::NotFound, message).with_advice("create the folder, or choose another path"))
        }
        _ => Ok(()),
    }
}

/// Opens the connections after making sure that the file is ours, sound and of a known version.
///
/// While others open the same new file, SQLite refuses the switch to its write-ahead log at once instead of waiting for
/// its busy timeout; so the whole opening, which repeats nothing harmful, is tried again for as long as that timeout.
pub(super) async fn open(failures: &Failures, options: &SqliteOptions) -> PortResult<Opened> {
    let patience = Instant::now() + options.busy_timeout;
    loop {
        match open_once(failures, options).await {
            Err(error) if error.kind() == ErrorKind::Unavailable && Instant::now() < patience => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            done => return done,
        }
    }
}

async fn open_once(failures: &Failures, options: &SqliteOptions) -> PortResult<Opened> {
    let opening = |error| failures.at("open the memory", error);
    let plain = SqliteConnectOptions::new()
        .filename(failures.path())
        .create_if_missing(options.create_if_missing)
        .busy_timeout(options.busy_timeout);

    // First without a single setting that could change a file that is not ours.
    let mut first = SqliteConnection::connect_with(&plain).await.map_err(opening)?;
    check_owner(&mut first, failures).await?;
    first.close().await.map_err(opening)?;

    let ours = match options.max_pages {
        Some(pages) => plain.pragma("max_page_count", pages.to_string()),
        None => plain,
    };
    let ours = ours.journal_mode(SqliteJournalMode::Wal).foreign_keys(true);
    let flushing = ours.clone().synchronous(SqliteSynchronous::Full);
    let mut journal = SqliteConnection::connect_with(&flushing).await.map_err(opening)?;
    migrate(&mut journal, failures).await?;

    let lazy = ours.clone().synchronous(SqliteSynchronous::Normal);
    let knowledge = SqliteConnection::connect_with(&lazy).await.map_err(opening)?;
    let reader = SqliteConnection::connect_with(&ours.pragma("query_only", "ON")).await.map_err(opening)?;
    Ok(Opened { journal, knowledge, reader })
}

/// Refuses damaged files and databases of other programs.
async fn check_owner(connection: &mut SqliteConnection, failures: &Failures) -> PortResult<()> {
    let reading = |error| failures.at("read the memory", error);
    // In this order: whoever sets up the schema meanwhile writes the owner together with the first table.
    let objects: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(&mut *connection).await.map_err(reading)?;
    let owner: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(reading)?;
    if owner != APPLICATION_ID && (owner != 0 || objects > 0) {
        let message = format!("`{}` is a database of another program", failures.path().display());
        return Err(PortError::new(ErrorKind::Storage, message).with_advice("choose another path for the memory"));
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *connection).await.map_err(reading)?;
    if found == "ok" { Ok(()) } else { Err(failures.damaged("the database", found)) }
}

/// Applies the missing migrations, all or none, under the file's write lock.
async fn migrate(connection: &mut SqliteConnection, failures: &Failures) -> PortResult<()> {
    let failed = |error| failures.at("set up the schema", error);
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    MIGRATIONS.run_direct(None, &mut *transaction, false).await.map_err(|error| failures.migrating(error, newest))?;
    transaction.commit().await.map_err(failed)
}
