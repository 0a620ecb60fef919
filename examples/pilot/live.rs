//! A real store, platform and page-view source.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot::agents::report::{RunFacts, RunReport};
use campaign_pilot::agents::{CycleEnd, CycleKind, CycleReport, Driver, Mode, StopFlag, report_of};
use campaign_pilot::core::{Period, PortResult};
use campaign_pilot::decision_engine::Refusal;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::args::Args;
use crate::config::Config;
use crate::{End, files, show, wiring};

/// How far back a report looks.
const REPORTED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Plans, or with `--apply` carries out, one cycle; with `--watch` one an hour.
pub(crate) async fn run(args: &Args, config: &Config, stop: StopFlag) -> Result<End, Box<dyn Error>> {
    let memory = wiring::memory(&args.out).await?;
    let ports = wiring::to_config(config, Arc::clone(&memory)).await?;
    let mode = if args.apply { Mode::Apply } else { Mode::Plan };
    let driver = Driver::new(ports, config.policy.clone(), mode).with_stop_flag(stop.clone());
    let end = cycles(args, config, &driver, &stop).await;
    drop(driver);
    wiring::close(memory).await?;
    end
}

async fn cycles(args: &Args, config: &Config, driver: &Driver, stop: &StopFlag) -> Result<End, Box<dyn Error>> {
    check_currency(driver, config).await?;
    loop {
        let CycleEnd::Finished(cycle) = driver.run_cycle(kind(driver).await?).await? else { return Ok(End::Stopped) };
        let refused = if args.watch { Ok(()) } else { refuse_failures(&cycle, config) };
        let report = report(driver, config, &cycle).await?;
        if refused.is_err() && report.campaigns.is_empty() {
            return refused.map(|()| End::Done);
        }
        let paths = files::write(&report, &args.out)?;
        let diff = match &cycle.plan {
            Some(plan) => Some(driver.executor().diff(&plan.allowed).await?),
            None => None,
        };
        if args.json {
            println!("{}", json!({ "cycle": &*cycle, "diff": diff, "report": report }));
        } else {
            show::policy(&config.policy);
            if !report.campaigns.is_empty() {
                show::report(&report);
            }
            show::cycle(&cycle, diff.as_ref());
            show::files(&args.out, &paths);
        }
        if !args.watch {
            return refused.map(|()| End::Done);
        }
        for failure in &cycle.failures {
            eprintln!("warning: {failure}; this cycle only held or lowered");
        }
        if !wait_for_next_hour(stop).await {
            return Ok(End::Stopped);
        }
    }
}

/// The first cycle of a day decides, the others monitor.
async fn kind(driver: &Driver) -> PortResult<CycleKind> {
    let ports = driver.ports();
    let now = ports.clock.now();
    let since_midnight = SignedDuration::from_secs(now.as_second().rem_euclid(86_400) + 1);
    let Ok(today) = Period::ending_at(now, since_midnight) else { return Ok(CycleKind::Decide) };
    let decided = ports.knowledge.state(LAST_DECIDED).await?.and_then(|at| serde_json::from_str::<Timestamp>(at.get()).ok());
    Ok(if decided.is_some_and(|at| today.contains(at)) { CycleKind::Monitor } else { CycleKind::Decide })
}

/// When a deciding cycle was last applied.
const LAST_DECIDED: &str = "pilot.decided";

/// A campaign is paid in the store's currency, or not at all.
async fn check_currency(driver: &Driver, config: &Config) -> Result<(), Box<dyn Error>> {
    let sells_in = driver.ports().catalog.currency().await?;
    let bills_in = config.platform.currency;
    if sells_in == bills_in {
        return Ok(());
    }
    let store = &config.store.url;
    Err(format!(
        "the store at {store} sells in {sells_in}, but [platform] currency is {bills_in}, and nothing is converted\n  \
         next: name an account and a program that are billed in {sells_in}"
    )
    .into())
}

/// One clear error for what kept the cycle from seeing everything, or from finding anything to advertise.
fn refuse_failures(cycle: &CycleReport, config: &Config) -> Result<(), Box<dyn Error>> {
    if let Some(failure) = cycle.failures.first() {
        let advice = failure.advice.as_deref().map(|advice| format!("\n  next: {advice}")).unwrap_or_default();
        return Err(format!("{}: {}; nothing was started or raised{advice}", failure.source.name(), failure.message).into());
    }
    let Some(proposal) = &cycle.proposal else { return Ok(()) };
    let unpriced: Vec<_> = proposal.selections.iter().filter(|product| product.refusals.contains(&Refusal::NoPrice)).collect();
    match unpriced.first() {
        Some(first) if unpriced.len() == proposal.selections.len() => Err(format!(
            "nothing in the store at {} can be advertised: no product has a price, such as product {}\n  \
             next: set a regular price in the store, under Products",
            config.store.url, first.product
        )
        .into()),
        _ => Ok(()),
    }
}

async fn report(driver: &Driver, config: &Config, cycle: &CycleReport) -> Result<RunReport, Box<dyn Error>> {
    let ports = driver.ports();
    if cycle.mode == Mode::Apply && cycle.kind == CycleKind::Decide {
        ports.knowledge.put_state(LAST_DECIDED, &serde_json::value::to_raw_value(&cycle.now)?).await?;
    }
    let facts = RunFacts {
        mode: if cycle.mode == Mode::Apply { "apply" } else { "plan" }.to_owned(),
        seed: None,
        period: Period::ending_at(ports.clock.now(), REPORTED)?,
        currency: config.platform.currency,
        store: config.store.url.clone(),
        platform: ports.platform.capabilities().platform,
        cycles: 1,
        carried_on: false,
    };
    let mut report = report_of(&*ports.knowledge, &*ports.journal, facts).await?;
    report.files = files::listed();
    Ok(report)
}

/// Waits for the next full hour; `false` when someone asked to stop meanwhile.
async fn wait_for_next_hour(stop: &StopFlag) -> bool {
    let now = Timestamp::now().as_second();
    for _ in 0..(3_600 - now.rem_euclid(3_600)) {
        if stop.is_requested() {
            return false;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    true
}
