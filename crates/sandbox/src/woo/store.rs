//! The store's data.

use crate::error::SandboxError;
use crate::opening::Opening;

#[derive(Debug)]
pub(crate) struct Store {}

impl Store {
    pub(crate) fn open(_opening: &Opening) -> Result<Self, SandboxError> {
        Ok(Self {})
    }
}
