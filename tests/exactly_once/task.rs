//! One cycle in a process of its own.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use campaign_pilot::agents::CycleKind;
use campaign_pilot::core::ManualClock;
use campaign_pilot::memory::SqliteMemory;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dying::Countdown;
use crate::pilot::{self, Place};
use crate::{Failure, dying};

/// So few launches that a child can die at each of their steps.
const LAUNCHES_PER_DAY: u32 = 2;

/// The signal of `std::process::abort`.
const SIGABRT: i32 = 6;

/// What a child does: one cycle at a standing clock, and where it dies in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Task {
    pub(crate) place: Place,
    pub(crate) memory: PathBuf,
    pub(crate) now: Timestamp,
    pub(crate) kind: CycleKind,
    /// The step at which it aborts, from 1; `None` to live on.
    pub(crate) dies_at: Option<u64>,
}

impl Task {
    /// The environment variable that turns a test's executable into a child: the task as JSON.
    pub(crate) const VARIABLE: &str = "EXACTLY_ONCE_TASK";

    /// What this process shall do; `None` for a process that is no child.
    pub(crate) fn of_this_process() -> Result<Option<Self>, Failure> {
        match std::env::var(Self::VARIABLE) {
            Ok(task) => Ok(Some(serde_json::from_str(&task)?)),
            Err(_) => Ok(None),
        }
    }

    /// The child's part.
    pub(crate) async fn perform(self) -> Result<(), Failure> {
        let clock = Arc::new(ManualClock::starting_at(self.now));
        let memory = SqliteMemory::open(self.memory).await?;
        let mut ports = pilot::ports(&self.place, clock, memory)?;
        if let Some(step) = self.dies_at {
            dying::wrap(&mut ports, &Arc::new(Countdown::of(step)));
        }
        pilot::finish(&pilot::driver(ports, LAUNCHES_PER_DAY), self.kind).await?;
        Ok(())
    }

    /// The parent's part: lets a child do it that is started as the test `test`. Returns its last words if it died as it should,
    /// such as `before create`.
    pub(crate) async fn delegate(self, test: &'static str) -> Result<Option<String>, Failure> {
        let task = serde_json::to_string(&self)?;
        let output = tokio::task::spawn_blocking(move || start(test, &task)).await??;
        if output.status.success() {
            return Ok(None);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match said.lines().find_map(|line| line.strip_prefix(dying::LAST_WORDS)) {
            Some(last_words) if output.status.signal() == Some(SIGABRT) => Ok(Some(last_words.to_owned())),
            _ => Err(format!("a child ended with {}:\n{}{said}", output.status, String::from_utf8_lossy(&output.stdout)).into()),
        }
    }
}

fn start(test: &str, task: &str) -> std::io::Result<Output> {
    Command::new(std::env::current_exe()?).args(["--exact", test, "--nocapture"]).env(Task::VARIABLE, task).output()
}
