//! Failures in stock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{ErrorKind, PortError, PortResult};

/// Kinds of errors that the next calls will report, one each.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    kinds: Arc<Mutex<VecDeque<ErrorKind>>>,
}

impl Faults {
    pub(super) fn push(&self, kind: ErrorKind) {
        lock(&self.kinds).push_back(kind);
    }

    /// Fails if a failure is due.
    pub(super) fn check(&self) -> PortResult<()> {
        match lock(&self.kinds).pop_front() {
            Some(kind) => Err(PortError::new(kind, "a failure was asked for")),
            None => Ok(()),
        }
    }
}

/// Locks; whatever panicked while it held the lock left a fake's plain data usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
