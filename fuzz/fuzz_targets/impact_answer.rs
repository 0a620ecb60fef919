//! Answers of impact.com, and of whatever stands in front of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_impact_client::fuzzing::answer(bytes));
