//! Baselines and lift against values that other programs computed (`tests/fixtures/*/README.md`), and their properties.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]
#![expect(clippy::print_stdout, reason = "a test says what it needs and did not find")]

mod baseline;
mod did;
mod open;
mod properties;
mod seasonality;
mod structural;
mod support;
mod synthetic;
