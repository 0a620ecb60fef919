//! Headers, waits and addresses; requests built and signed out of texts.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_http::fuzzing::exchange(bytes));
