//! Killing a process at every step in turn, and starting again.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use campaign_pilot::agents::CycleKind;
use campaign_pilot::core::OperationId;
use campaign_pilot::core::ports::{Journal, Knowledge};
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::{Faults, Sandbox, SandboxOptions};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;

use crate::judge::{self, Verdict};
use crate::pilot::{self, Place};
use crate::task::Task;
use crate::{Failure, HOUR, SETTLING_CYCLES};

/// How many children work at the same time.
const AT_ONCE: usize = 4;

/// Longer than the executor waits before it looks up what is unclear. Two of them are still in the hour of the first
/// decisions, so that what has to be decided again is decided under the same names.
const A_WHILE: SignedDuration = SignedDuration::from_mins(15);

/// The sandbox's log of its world, beside the memory.
const WORLD_LOG: &str = "world.jsonl";

/// A world and a memory as they are before a process is killed in them.
pub(crate) struct Opening {
    seed: u64,
    /// The name of the test that a child has to be started as.
    test: &'static str,
    folder: TempDir,
}

/// What all kills came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Tally {
    /// The steps at which the process was killed, in their order: all there are.
    pub(crate) steps: Vec<String>,
    /// The launches of the first case. How many there are is the same wherever it was killed; which ones, only from the step on at which
    /// they were kept, since who decides a quarter of an hour later knows of more clicks.
    pub(crate) launches: BTreeSet<OperationId>,
    /// How often launches had been kept when the process was killed.
    pub(crate) kept: usize,
}

impl Tally {
    /// How many of the steps have this name.
    pub(crate) fn of(&self, name: &str) -> usize {
        self.steps.iter().filter(|step| *step == name).count()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "killed at each of {} steps, {} launches each time", self.steps.len(), self.launches.len())
    }
}

impl Opening {
    /// Nothing has happened yet.
    pub(crate) fn first_day(seed: u64, test: &'static str) -> Result<Self, Failure> {
        Ok(Self { seed, test, folder: tempfile::tempdir()? })
    }

    /// Two launches of the evening before are open at midnight: the answer of one was lost, the other never arrived.
    pub(crate) async fn unsettled_day(seed: u64, test: &'static str) -> Result<Self, Failure> {
        let opening = Self::first_day(seed, test)?;
        let run = opening.run().await?;
        run.sandbox.advance(HOUR * 22)?;
        run.sandbox.set_faults("lost-answers=0.5,writes-5xx=0.5".parse()?);
        run.cycle(CycleKind::Decide, None).await?;
        run.sandbox.advance(HOUR)?;
        // Neither is listed yet, so the first look-up misses both.
        run.sandbox.set_faults("stale=2h".parse()?);
        run.cycle(CycleKind::Monitor, None).await?;
        run.sandbox.advance(HOUR)?;
        let (open, verdict) = (run.open_operations().await?, run.judge().await?);
        if (open, verdict.lost_creates) != (2, 1) {
            return Err(format!("seed {seed} leaves {open} operations open, {verdict}: choose another").into());
        }
        let Run { sandbox, folder, .. } = run;
        sandbox.shutdown().await;
        Ok(Self { folder, ..opening })
    }

    /// Kills processes at step 1, 2, 3, .. of a deciding cycle, each in a world of its own, until one gets through.
    pub(crate) async fn kill_at_every_step(&self) -> Result<Tally, Failure> {
        let is_through = &AtomicBool::new(false);
        let steps = stream::iter(1..).take_while(|_| std::future::ready(!is_through.load(Ordering::SeqCst)));
        let mut cases = steps
            .map(|step| async move {
                let case = self.kill_at(step).await.map_err(|error| self.named(step, &error));
                is_through.fetch_or(!matches!(case, Ok(Case { died: Some(_), .. })), Ordering::SeqCst);
                Ok::<_, Failure>((step, case?))
            })
            .buffered(AT_ONCE);

        let mut tally: Option<Tally> = None;
        while let Some((step, Case { died, launches, had_kept })) = cases.try_next().await? {
            let tally = tally.get_or_insert_with(|| Tally { steps: Vec::new(), launches: launches.clone(), kept: 0 });
            if launches.len() != tally.launches.len() {
                return Err(self.named(step, &format!("it launched {launches:?}, not as many as {:?}", tally.launches).into()));
            }
            tally.steps.extend(died);
            tally.kept += usize::from(had_kept);
        }
        tally.ok_or_else(|| "there was nothing to kill".into())
    }

    /// Kills a process at a step, kills the next one after as many steps of its own, and lets others settle everything.
    async fn kill_at(&self, step: u64) -> Result<Case, Failure> {
        let run = self.run().await?;
        let died = run.cycle(CycleKind::Decide, Some(step)).await?;
        let kept = run.kept_launches().await?;
        run.sandbox.advance(A_WHILE)?;
        run.cycle(CycleKind::Decide, Some(step)).await?;
        run.sandbox.advance(A_WHILE)?;
        run.cycle(CycleKind::Decide, None).await?;
        for _ in 0..SETTLING_CYCLES {
            if run.open_operations().await? == 0 {
                break;
            }
            run.sandbox.advance(A_WHILE)?;
            run.cycle(CycleKind::Monitor, None).await?;
        }
        let verdict = run.judge().await?;
        run.sandbox.shutdown().await;
        if !verdict.problems.is_empty() {
            return Err(verdict.problems.join("\n").into());
        }
        if !kept.is_subset(&verdict.launches) {
            return Err(format!("it had kept {kept:?}, and {:?} came of it", verdict.launches).into());
        }
        Ok(Case { died, launches: verdict.launches, had_kept: !kept.is_empty() })
    }

    fn named(&self, step: u64, error: &Failure) -> Failure {
        format!("{}, seed {}, killed at step {step}: {error}", self.test, self.seed).into()
    }

    /// The opening once more, in a folder of its own.
    async fn run(&self) -> Result<Run, Failure> {
        let folder = tempfile::tempdir()?;
        for file in std::fs::read_dir(self.folder.path())? {
            let file = file?;
            std::fs::copy(file.path(), folder.path().join(file.file_name()))?;
        }
        let options = SandboxOptions {
            seed: self.seed,
            faults: Faults::none(),
            world_log: Some(folder.path().join(WORLD_LOG)),
            ..SandboxOptions::default()
        };
        Ok(Run { sandbox: Sandbox::start(options).await?, folder, test: self.test })
    }
}

/// What came of killing a process at one step.
struct Case {
    /// The step, if it got so far.
    died: Option<String>,
    /// The launches that there are in the end.
    launches: BTreeSet<OperationId>,
    /// Whether the process had kept launches that it had not carried out.
    had_kept: bool,
}

/// A world and the memory that successive processes work with.
struct Run {
    sandbox: Sandbox,
    folder: TempDir,
    test: &'static str,
}

impl Run {
    /// Runs a cycle in a process of its own. Returns the step at which it died, if it did.
    async fn cycle(&self, kind: CycleKind, dies_at: Option<u64>) -> Result<Option<String>, Failure> {
        let memory = self.folder.path().join(pilot::MEMORY);
        let now = self.sandbox.clock().now();
        Task { place: Place::of(&self.sandbox), memory, now, kind, dies_at }.delegate(self.test).await
    }

    async fn open_operations(&self) -> Result<usize, Failure> {
        Ok(memory(self.folder.path()).await?.open_operations().await?.len())
    }

    /// The launches of the plan that a process has kept before it carries it out; none where it kept no plan.
    async fn kept_launches(&self) -> Result<BTreeSet<OperationId>, Failure> {
        let memory = memory(self.folder.path()).await?;
        let kept = Knowledge::state(&memory, "cycle").await?;
        let cycle: Value = kept.map(|kept| serde_json::from_str(kept.get())).transpose()?.unwrap_or_default();
        let actions = ["work", "guarded", "allowed", "actions"].iter().try_fold(&cycle, |part, key| part.get(key));
        let actions = actions.and_then(Value::as_array);
        let launches = actions.into_iter().flatten().filter(|action| action.pointer("/action/action") == Some(&"create".into()));
        launches.map(|action| Ok(serde_json::from_value(action.get("operation").cloned().unwrap_or_default())?)).collect()
    }

    async fn judge(&self) -> Result<Verdict, Failure> {
        judge::judge(&memory(self.folder.path()).await?, &self.sandbox.history()).await
    }
}

/// What a next process would find.
async fn memory(folder: &Path) -> Result<SqliteMemory, Failure> {
    Ok(SqliteMemory::open(folder.join(pilot::MEMORY)).await?)
}
