//! Deliveries of webhooks.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_store_client::fuzzing::webhook(bytes));
