//! An account at impact.com that gives any answers.

#![no_main]

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUNTIME.block_on(campaign_pilot_impact_client::fuzzing::account(bytes)));
