//! JSON under limits.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_http::fuzzing::json(bytes));
