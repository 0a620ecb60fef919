//! Baselines and lift against values that other programs computed (`tests/fixtures/*/README.md`), and their properties.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

mod baseline;
mod did;
mod open;
mod properties;
mod structural;
mod support;
mod synthetic;
