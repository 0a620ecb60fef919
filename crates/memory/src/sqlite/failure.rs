//! What SQLite's errors mean for the one who has the file.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use campaign_pilot_core::{ErrorKind, PortError};
use sqlx::migrate::MigrateError;

/// Turns errors into sentences that name the file.
pub(super) struct Failures {
    path: PathBuf,
}

impl Failures {
    pub(super) const fn of(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it means that SQLite failed when it was asked to `task`.
    pub(super) fn at(&self, task: &str, error: sqlx::Error) -> PortError {
        let cause = result_code(&error).and_then(|(primary, extended)| known(primary, extended));
        let cause = cause.unwrap_or(Cause { kind: ErrorKind::Storage, what: "SQLite reported an error", advice: None });
        let error =
            PortError::new(cause.kind, format!("cannot {task} in `{}`: {}", self.path.display(), cause.what)).with_source(error);
        match cause.advice {
            Some(advice) => error.with_advice(advice),
            None => error,
        }
    }

    /// The same for the migrations.
    pub(super) fn migrating(&self, error: MigrateError, newest: i64) -> PortError {
        let path = self.path.display();
        match error {
            MigrateError::VersionMissing(version) if version > newest => {
                let message = format!(
                    "`{path}` was written by a newer version: its schema is {version}, this program knows up to {newest}"
                );
                PortError::new(ErrorKind::Storage, message).with_advice("update this program, or choose another file")
            }
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
                let message = format!("`{path}` was written by another build: its schema {version} is not the one known here");
                PortError::new(ErrorKind::Storage, message).with_advice("open it with the build that wrote it")
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => self.at("set up the schema", error),
            error => PortError::new(ErrorKind::Storage, format!("cannot set up the schema in `{path}`")).with_source(error),
        }
    }

    /// A row that was read but cannot be understood.
    pub(super) fn damaged(&self, what: impl Display, reason: impl Display) -> PortError {
        let message = format!("{what} in `{}` cannot be understood: {reason}", self.path.display());
        PortError::new(ErrorKind::Storage, message).with_advice(RESTORE)
    }

    /// A value that cannot be stored as it is.
    pub(super) fn unstorable(&self, what: impl Display, reason: impl Display) -> PortError {
        PortError::new(ErrorKind::Invalid, format!("{what} cannot be stored in `{}`: {reason}", self.path.display()))
    }
}

const RESTORE: &str = "keep a copy of the file and restore it from a backup; `sqlite3 FILE .recover` saves what is readable";

struct Cause {
    kind: ErrorKind,
    what: &'static str,
    advice: Option<&'static str>,
}

/// The result codes that someone can do something about, <https://www.sqlite.org/rescode.html>.
const fn known(primary: i32, extended: i32) -> Option<Cause> {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const IOERR_WRITE: i32 = 778;
    const IOERR_SHMSIZE: i32 = 4874;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const NOTADB: i32 = 26;
    let (kind, what, advice) = match (primary, extended) {
        (BUSY | LOCKED, _) => {
            (ErrorKind::Unavailable, "another process holds it locked", "let the other process finish, or end it if it hangs")
        }
        (READONLY, _) => {
            (ErrorKind::Storage, "it is read-only", "make the file and its folder writable for this user, or choose another path")
        }
        (FULL, _) | (IOERR, IOERR_SHMSIZE) => (
            ErrorKind::StorageFull,
            "there is no room left; nothing of it was written, and what was stored before is intact",
            "free some space on the disk, then start again: it carries on where it stopped",
        ),
        // A quota and a limit on the size of files end here, but so does a broken disk.
        (IOERR, IOERR_WRITE) => (
            ErrorKind::Storage,
            "the system lets nothing more be written to it; nothing of it was written, and what was stored before is intact",
            "free some space, raise the quota or the limit on the size of files (`ulimit -f`), or check the disk; \
             then start again: it carries on where it stopped",
        ),
        (IOERR, _) => (ErrorKind::Storage, "the disk reported an error", "check the disk and the file system"),
        (CORRUPT, _) => (ErrorKind::Storage, "the file is damaged", RESTORE),
        (CANTOPEN, _) => (
            ErrorKind::Storage,
            "the file cannot be opened or created",
            "check that the folder exists and that this user may write in it",
        ),
        (NOTADB, _) => (ErrorKind::Storage, "the file is not a SQLite database", "choose another path for the memory"),
        _ => return None,
    };
    Some(Cause { kind, what, advice: Some(advice) })
}

/// SQLite's primary and extended result code.
fn result_code(error: &sqlx::Error) -> Option<(i32, i32)> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some((extended & 0xff, extended))
}
