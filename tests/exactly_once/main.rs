//! Each launch that was decided becomes exactly one ad: when answers are lost, and wherever the process dies.
//!
//! The whole pilot works on the sandbox over HTTP, and the sandbox's own history judges it. A process really dies here:
//! the test starts its own executable again with [`Task::VARIABLE`] set, that child runs one cycle and aborts at a
//! chosen step, and the next child finds only what was on the disk and at the platform.

// How a child died is told by its signal.
#![cfg(unix)]

mod dying;
mod judge;
mod kill;
mod pilot;
mod task;

use std::collections::BTreeSet;
use std::time::Instant;

use campaign_pilot::agents::{CycleKind, CycleReport, Outcome};
use campaign_pilot::core::{CampaignAction, OperationId};
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::{Faults, Sandbox, SandboxOptions};
use jiff::SignedDuration;

use judge::Verdict;
use kill::Opening;
use pilot::Place;
use task::Task;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How many cycles after a run may settle what it left open.
const SETTLING_CYCLES: u32 = 12;

/// Several days of hourly cycles while a fifth of the writes lose their answers.
#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_make_no_second_ad_and_lose_none() -> Result<(), Failure> {
    for seed in [1, 2] {
        let begun = Instant::now();
        let (decided, verdict) = days_with_lost_answers(seed, 3).await?;
        println!("seed {seed}: {verdict}, in {:.1} s", begun.elapsed().as_secs_f64());
        assert_eq!(verdict.problems, Vec::<String>::new(), "seed {seed}");
        assert_eq!(verdict.launches, decided, "seed {seed}");
        assert!(verdict.lost_creates > 0, "seed {seed} lost the answer of no launch: choose another");
        assert!(verdict.launches.len() > verdict.lost_creates, "seed {seed}: {verdict}");
    }
    Ok(())
}

/// The launches that the cycles decided and that nothing held back, and the verdict when all is settled.
async fn days_with_lost_answers(seed: u64, days: u32) -> Result<(BTreeSet<OperationId>, Verdict), Failure> {
    let folder = tempfile::tempdir()?;
    let faults = "lost-answers=0.2".parse()?;
    let sandbox = Sandbox::start(SandboxOptions { seed, faults, ..SandboxOptions::default() }).await?;
    let memory = SqliteMemory::open(folder.path().join(pilot::MEMORY)).await?;
    let driver = pilot::driver(pilot::ports(&Place::of(&sandbox), sandbox.clock(), memory.clone())?, 5);
    let mut decided = BTreeSet::new();
    for hour in 0..days * 24 {
        let kind = if hour.is_multiple_of(24) { CycleKind::Decide } else { CycleKind::Monitor };
        decided.extend(launches(&pilot::finish(&driver, kind).await?));
        sandbox.advance(HOUR)?;
    }
    sandbox.set_faults(Faults::none());
    for _ in 0..SETTLING_CYCLES {
        if driver.ports().journal.open_operations().await?.is_empty() {
            break;
        }
        pilot::finish(&driver, CycleKind::Monitor).await?;
        sandbox.advance(HOUR)?;
    }
    Ok((decided, judge::judge(&memory, &sandbox.history()).await?))
}

/// The launches of a cycle's plan, without those that a guard or the platform clearly refused.
fn launches(report: &CycleReport) -> impl Iterator<Item = OperationId> {
    let refused = |operation: &OperationId| {
        let mut of_it = report.executed.iter().filter(|executed| executed.operation == *operation);
        of_it.any(|executed| matches!(executed.outcome, Outcome::Held { .. } | Outcome::Rejected { .. }))
    };
    let planned = report.plan.iter().flat_map(|plan| plan.allowed.actions());
    let launches = planned.filter(|planned| matches!(planned.action, CampaignAction::Create { .. }));
    launches.map(|planned| planned.operation.clone()).filter(move |operation| !refused(operation))
}

/// A first day: everything is read for the first time, and the first launches are decided.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_step_of_its_first_decisions_launches_each_once() -> Result<(), Failure> {
    const NAME: &str = "a_process_killed_at_any_step_of_its_first_decisions_launches_each_once";
    if let Some(task) = Task::of_this_process()? {
        return task.perform().await;
    }
    let begun = Instant::now();
    let tally = Opening::first_day(3, NAME)?.kill_at_every_step().await?;
    println!("{tally} in {:.0} s", begun.elapsed().as_secs_f64());
    assert_eq!(tally.launches.len(), 2);
    assert!(tally.kept > 0, "no process was killed that had kept launches");
    for step in ["before prepared", "before sent", "before create", "after create", "after done"] {
        assert_eq!(tally.of(step), 2, "{step} in {:?}", tally.steps);
    }
    Ok(())
}

/// A later day: among the day before's launches are one whose answer was lost and one that never arrived.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_step_of_settling_and_deciding_launches_each_once() -> Result<(), Failure> {
    const NAME: &str = "a_process_killed_at_any_step_of_settling_and_deciding_launches_each_once";
    if let Some(task) = Task::of_this_process()? {
        return task.perform().await;
    }
    let begun = Instant::now();
    let tally = Opening::unsettled_day(3, NAME).await?.kill_at_every_step().await?;
    println!("{tally} in {:.0} s", begun.elapsed().as_secs_f64());
    assert_eq!(tally.launches.len(), 4);
    assert!(tally.kept > 0, "no process was killed that had kept launches");
    // Two new launches and the one that never arrived are sent; the one whose answer was lost is only found.
    for (step, times) in [("after create", 3), ("before not_found", 1), ("before sent", 3), ("after done", 4)] {
        assert_eq!(tally.of(step), times, "{step} in {:?}", tally.steps);
    }
    Ok(())
}
