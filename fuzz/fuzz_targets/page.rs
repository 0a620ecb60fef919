//! Pages of a store's lists, and watermarks.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_store_client::fuzzing::page(bytes));
