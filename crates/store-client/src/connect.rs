//! Reaching a store and telling what its answers mean.

pub(crate) mod answers;
