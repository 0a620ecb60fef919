//! From rows to values.

use campaign_pilot_core::{OperationState, PortResult};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::failure::Failures;

/// A JSON column as the value it was written from.
pub(super) fn json<T: DeserializeOwned>(failures: &Failures, what: &str, key: &str, text: &str) -> PortResult<T> {
    serde_json::from_str(text).map_err(|error| failures.damaged(format_args!("the {what} of `{key}`"), error))
}

/// A column of microseconds as an instant.
pub(super) fn instant(failures: &Failures, what: &str, microsecond: i64) -> PortResult<Timestamp> {
    Timestamp::from_microsecond(microsecond).map_err(|error| failures.damaged(what, error))
}

/// The columns `state`, `attempts` and `empty_reads` of an operation.
pub(super) fn state(failures: &Failures, row: &SqliteRow) -> PortResult<OperationState> {
    let read =
        |row: &SqliteRow| Ok::<_, sqlx::Error>((row.try_get("state")?, row.try_get("attempts")?, row.try_get("empty_reads")?));
    let (name, attempts, empty_reads): (String, u32, u32) = read(row).map_err(|error| failures.at("read an operation", error))?;
    match name.as_str() {
        "prepared" => Ok(OperationState::Prepared),
        "sent" => Ok(OperationState::Sent { attempts }),
        "unknown" => Ok(OperationState::Unknown { attempts, empty_reads }),
        "done" => Ok(OperationState::Done),
        "rejected" => Ok(OperationState::Rejected),
        _ => Err(failures.damaged("the state of an operation", format_args!("`{name}` is not a state"))),
    }
}

/// The state's name and its numbers, as the columns hold them.
pub(super) const fn state_columns(state: OperationState) -> (&'static str, u32, u32) {
    match state {
        OperationState::Prepared => ("prepared", 0, 0),
        OperationState::Sent { attempts } => ("sent", attempts, 0),
        OperationState::Unknown { attempts, empty_reads } => ("unknown", attempts, empty_reads),
        OperationState::Done => ("done", 0, 0),
        OperationState::Rejected => ("rejected", 0, 0),
    }
}
