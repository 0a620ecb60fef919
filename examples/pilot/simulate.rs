//! Days in the simulated market: hourly monitoring, daily decisions.

use std::error::Error;
use std::sync::Arc;

use campaign_pilot::agents::report::{CampaignTruth, RunFacts, RunReport};
use campaign_pilot::agents::{CycleEnd, CycleKind, Driver, Mode, Policy, StopFlag, report_of};
use campaign_pilot::core::{CampaignRecord, DesiredStatus, Money, Period};
use campaign_pilot::decision_engine::PolicyAmount;
use campaign_pilot::sandbox::{Sandbox, Truth};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::{Decimal, dec};

use crate::args::Args;
use crate::progress::Progress;
use crate::tally::Tally;
use crate::{End, files, show, wiring};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What all simulated campaigns together may cost, in the store's currency.
const PORTFOLIO: Decimal = dec!(5000);

/// Runs `--days` simulated days and reports on all that were ever run in the folder.
pub(crate) async fn run(args: &Args, stop: StopFlag) -> Result<End, Box<dyn Error>> {
    let carried_on = args.out.join(wiring::MEMORY).exists();
    let memory = wiring::memory(&args.out).await?;
    let sandbox = wiring::sandbox(args).await?;
    let ports = wiring::to_sandbox(&args.world, &sandbox, Arc::clone(&memory))?;
    let driver = Driver::new(ports, policy(), Mode::Apply).with_stop_flag(stop);
    let mut tally = Tally::load(&*driver.ports().knowledge).await?;
    if !args.json {
        introduce(args, &sandbox, &driver, carried_on, tally.cycles).await?;
    }

    let end = fly(args, &sandbox, &driver, &mut tally).await?;

    let report = report(args, &sandbox, &driver, &tally, carried_on).await?;
    let paths = files::write(&report, &args.out)?;
    if args.json {
        println!("{}", campaign_pilot::agents::report::render_json(&report)?);
    } else {
        show::report(&report);
        show::files(&args.out, &paths);
    }
    drop(driver);
    wiring::close(memory).await?;
    sandbox.shutdown().await;
    Ok(end)
}

/// The cycles of the simulated days; Ctrl-C ends them between two steps.
async fn fly(args: &Args, sandbox: &Sandbox, driver: &Driver, tally: &mut Tally) -> Result<End, Box<dyn Error>> {
    let knowledge = &driver.ports().knowledge;
    let clock = sandbox.clock();
    let end = clock.now() + SignedDuration::from_hours(i64::from(args.days) * 24);
    let mut progress = Progress::of_hours(u64::from(args.days) * 24, args.json);
    while clock.now() < end {
        let kind = if starts_a_day(clock.now()) { CycleKind::Decide } else { CycleKind::Monitor };
        match driver.run_cycle(kind).await? {
            CycleEnd::Finished(report) => tally.count(&report),
            CycleEnd::Stopped { .. } => {
                progress.finish();
                tally.save(&**knowledge).await?;
                return Ok(End::Stopped);
            }
        }
        sandbox.advance(HOUR).map_err(wiring::explain)?;
        let running = running(driver).await?.len();
        progress.hour(clock.now(), running);
        if starts_a_day(clock.now()) {
            progress.day(clock.now(), running);
            tally.end_of_day(&sandbox.truth());
        }
        tally.save(&**knowledge).await?;
    }
    progress.finish();
    // The last hour is over, but nobody has looked at it yet.
    let CycleEnd::Finished(report) = driver.run_cycle(CycleKind::Monitor).await? else { return Ok(End::Stopped) };
    tally.count(&report);
    tally.save(&**knowledge).await?;
    Ok(End::Done)
}

/// The defaults with room for more than one month of campaigns.
fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.guardrails.max_total_budget = PolicyAmount::nominal(PORTFOLIO);
    policy
}

async fn introduce(args: &Args, sandbox: &Sandbox, driver: &Driver, carried_on: bool, cycles: u64) -> Result<(), Box<dyn Error>> {
    println!("{}", market(args, sandbox, &driver.ports().platform.capabilities().platform));
    if carried_on {
        println!(
            "Carrying on from the memory in {}: {cycles} cycles so far, {} campaigns running, simulated time {}.",
            args.out.display(),
            running(driver).await?.len(),
            sandbox.clock().now().strftime("%Y-%m-%d %H:%M UTC"),
        );
    }
    println!("{} days follow, monitored hourly, decided daily.", args.days);
    Ok(())
}

/// Which market it is, and where it answers.
fn market(args: &Args, sandbox: &Sandbox, platform: &str) -> String {
    let world = &args.world;
    let mut lines = vec![format!("A simulated market on this machine: the world `{}` (seed {}).", world.name, args.seed)];
    lines.extend(world.about.trim().lines().map(|line| format!("  {}", line.trim())));
    let mut served = vec![format!("WooCommerce {}", sandbox.store_url())];
    let mut elsewhere = Vec::new();
    if wiring::serves_platform(world) {
        served.push(format!("impact.com {}", sandbox.impact_url()));
    } else {
        elsewhere
            .push(format!("Its campaign platform ({platform}) has no server and answers within this process, without faults."));
    }
    if wiring::counts_views(world) {
        served.push(format!("Plausible {}", sandbox.plausible_url()));
    } else {
        elsewhere.push("Its shop counts no page views.".to_owned());
    }
    lines.push(format!("Spoken to over real HTTP:\n  {}", served.join("  ")));
    lines.extend(elsewhere);
    lines.join("\n")
}

async fn report(
    args: &Args,
    sandbox: &Sandbox,
    driver: &Driver,
    tally: &Tally,
    carried_on: bool,
) -> Result<RunReport, Box<dyn Error>> {
    let ports = driver.ports();
    let truth = sandbox.truth();
    let facts = RunFacts {
        mode: "sandbox".to_owned(),
        seed: Some(args.seed),
        period: Period::new(truth.from, truth.until.max(truth.from + HOUR))?,
        currency: sandbox.access().currency,
        store: format!("{} (simulated)", sandbox.access().site_id),
        platform: format!("{} (simulated)", ports.platform.capabilities().platform),
        cycles: tally.cycles,
        carried_on,
    };
    let mut report = report_of(&*ports.knowledge, &*ports.journal, facts).await?;
    judge(&mut report, &truth)?;
    tally.complete(&mut report);
    report.files = files::listed();
    Ok(report)
}

/// Fills in what only the simulator knows.
fn judge(report: &mut RunReport, truth: &Truth) -> Result<(), Box<dyn Error>> {
    report.totals.store_revenue_without_ads = Some(truth.unadvertised.revenue);
    report.totals.true_incremental_revenue = Some(truth.advertised.revenue.checked_sub(truth.unadvertised.revenue)?);
    report.totals.true_profit = Some(truth.incremental_profit);
    for row in &mut report.campaigns {
        let ad = row.platform_id.as_ref().and_then(|id| truth.ads.iter().find(|ad| ad.ad.to_string() == id.as_str()));
        let nothing = Money::zero(report.run.currency);
        row.truth = Some(CampaignTruth {
            incremental_units: ad.map_or(Decimal::ZERO, |ad| ad.incremental_units.into()),
            incremental_revenue: ad.map_or(nothing, |ad| ad.incremental_revenue),
        });
    }
    Ok(())
}

fn starts_a_day(instant: Timestamp) -> bool {
    instant.as_second().rem_euclid(86_400) < 3_600
}

/// The campaigns that are wanted now.
async fn running(driver: &Driver) -> Result<Vec<CampaignRecord>, Box<dyn Error>> {
    let ports = driver.ports();
    let now = ports.clock.now();
    let mut records = ports.knowledge.campaigns().await?;
    records.retain(|record| record.campaign.desired == DesiredStatus::Active && record.campaign.spec.flight.end() > now);
    Ok(records)
}
