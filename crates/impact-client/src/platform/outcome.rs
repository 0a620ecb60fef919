//! How writes end.

use std::fmt;

use campaign_pilot_core::{Applied, Effect, PortError};

use crate::ImpactError;

/// Why a write did not come to a verified effect.
#[derive(Debug)]
pub(super) enum Halt {
    /// It certainly has no effect.
    Rejected(PortError),
    /// It may or may not have one.
    Unknown(PortError),
}

impl Halt {
    /// After a write that failed: unclear unless it was certainly refused or never sent.
    pub(super) fn of_write(error: ImpactError) -> Self {
        if error.may_have_taken_effect() { Self::Unknown(error.into()) } else { Self::Rejected(error.into()) }
    }

    /// After a look that failed, when something had been written before.
    pub(super) fn unverified(what_was_done: impl fmt::Display, error: ImpactError) -> Self {
        let message = format!("{what_was_done}, but that could not be confirmed");
        Self::Unknown(PortError::new(error.kind(), message).with_source(error))
    }
}

/// What was read before anything was written: nothing has happened yet.
impl From<ImpactError> for Halt {
    fn from(error: ImpactError) -> Self {
        Self::Rejected(error.into())
    }
}

/// What was checked before anything was written.
impl From<PortError> for Halt {
    fn from(error: PortError) -> Self {
        Self::Rejected(error)
    }
}

pub(super) fn applied(result: Result<Effect, Halt>) -> Applied {
    match result {
        Ok(effect) => Applied::Done(effect),
        Err(Halt::Rejected(error)) => Applied::Rejected(error),
        Err(Halt::Unknown(error)) => Applied::Unknown(error),
    }
}
