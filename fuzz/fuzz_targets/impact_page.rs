//! Pages of impact.com's lists, and single things of every kind.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| campaign_pilot_impact_client::fuzzing::page(bytes));
