//! The trial `in-process`: how long the engine takes for 90 days of hourly cycles in the process, with its default policy.

#[path = "../../../benches/shared/in_process.rs"]
mod pilot;

use std::sync::Arc;

use campaign_pilot_agents::{CycleKind, Driver};
use campaign_pilot_sandbox::{InProcess, SandboxOptions, World};
use indicatif::ProgressBar;
use jiff::SignedDuration;
use rustix::time::{ClockId, clock_gettime};

use crate::trial::{Failure, Figures, Settings, Trial};
use {
    campaign_pilot_agents as agents, campaign_pilot_core as core, campaign_pilot_memory as memory,
    campaign_pilot_sandbox as sandbox,
};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "in-process",
    shows: "how long hourly cycles of the engine take in the process, in a shop of 60 products and in one of 10,000",
    seeds: 3,
    quick_seeds: 1,
    options: &["--days"],
    figures: &[
        ("today_seconds", "processor seconds for the days of hourly cycles in the world `today`, the least of the seeds"),
        ("today_launches", "campaigns that were launched in it"),
        ("market_seconds", "processor seconds for the market alone"),
        ("large_seconds", "the same as `today_seconds` in the world `large`, one seed; only in a full run"),
        ("large_launches", "campaigns that were launched in it"),
        ("days", "how many days each ran"),
        (
            "year_growth_mib",
            "by how much the process grows from the 90th day to the 365th in `today`, its memory in an SQLite file",
        ),
    ],
    run,
    part: None,
};

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let days = settings.days.unwrap_or(90);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // First, so that nothing which others have given back hides the growth.
    let growth = runtime.block_on(growth_in_a_year())?;
    let (mut today, mut market) = ((f64::INFINITY, 0.0), f64::INFINITY);
    for seed in 1..=u64::from(settings.seeds) {
        market = market.min(alone(seed, days)?);
        let flown = runtime.block_on(fly("today", seed, days))?;
        if flown.0 < today.0 {
            today = flown;
        }
    }
    let mut figures = Figures::from([
        ("days", f64::from(days)),
        ("year_growth_mib", growth),
        ("market_seconds", market),
        ("today_seconds", today.0),
        ("today_launches", today.1),
    ]);
    if !settings.quick {
        let (seconds, launches) = runtime.block_on(fly("large", 1, days))?;
        figures.extend([("large_seconds", seconds), ("large_launches", launches)]);
    }
    Ok(figures)
}

/// The market without anybody who advertises in it.
fn alone(seed: u64, days: u32) -> Result<f64, Failure> {
    let begun = processor_seconds()?;
    let market = InProcess::open(SandboxOptions { seed, world: World::load("today")?, ..Default::default() })?;
    for _ in 0..24 * days {
        market.advance(SignedDuration::from_hours(1))?;
    }
    Ok(processor_seconds()? - begun)
}

/// How much larger the process is after a year than after three months, in MiB.
async fn growth_in_a_year() -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let memory = Arc::new(memory::SqliteMemory::open(folder.path().join("memory.db")).await?);
    let (market, driver) = pilot::in_process_on(World::load("today")?, 1, memory)?;
    run_days(&market, &driver, 90, "a quarter on disk").await?;
    let early = resident_kib()?;
    run_days(&market, &driver, 365 - 90, "a year on disk").await?;
    Ok((resident_kib()? - early) / 1_024.0)
}

/// What of this process is in memory.
fn resident_kib() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the system does not tell the memory in use")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// A deciding cycle each day and a monitoring one each other hour; the seconds with the market's own, and the launches.
async fn fly(world: &str, seed: u64, days: u32) -> Result<(f64, f64), Failure> {
    let begun = processor_seconds()?;
    let (market, driver) = pilot::in_process(World::load(world)?, seed)?;
    let launches = run_days(&market, &driver, days, world).await?;
    Ok((processor_seconds()? - begun, launches.into()))
}

/// Hourly cycles for so many days; the campaigns that they launched.
async fn run_days(market: &InProcess, driver: &Driver, days: u32, what: &str) -> Result<u32, Failure> {
    let mut launches = 0_u32;
    let progress = ProgressBar::new(u64::from(24 * days)).with_message(what.to_owned());
    for hour in 0..24 * days {
        let kind = if hour % 24 == 0 { CycleKind::Decide } else { CycleKind::Monitor };
        let end = driver.run_cycle(kind).await?;
        let executed = end.report().map(|report| report.executed.as_slice()).unwrap_or_default();
        launches += u32::try_from(executed.iter().filter(|done| done.action == "create").count())?;
        market.advance(SignedDuration::from_hours(1))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(launches)
}

/// What this process has used of the processor so far: other programs on the machine do not count.
fn processor_seconds() -> Result<f64, Failure> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}
