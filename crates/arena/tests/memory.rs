//! A long flight needs hardly more memory than a short one: what a market keeps of the past is little.
#![cfg(target_os = "linux")]

use std::fs;

use campaign_pilot_arena::Failure;
use campaign_pilot_sandbox::{InProcess, SandboxOptions};
use jiff::SignedDuration;

/// By how much the process may grow from the 120th day to the 365th, in kB.
const GROWTH: u64 = 30 * 1024;

/// The only test of this file, so that nothing else runs in its process.
#[test]
fn a_year_takes_hardly_more_memory_than_four_months() -> Result<(), Failure> {
    let market = InProcess::open(SandboxOptions::default())?;
    let after = |days: i64| {
        market.advance(SignedDuration::from_hours(24 * days))?;
        resident()
    };
    let (early, late) = (after(120)?, after(365 - 120)?);
    assert!(late.saturating_sub(early) < GROWTH, "it grew from {early} to {late} kB");
    Ok(())
}

/// What of this process is in memory, in kB.
fn resident() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
