//! The driver: performs a cycle's steps on the ports.

mod perform;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use campaign_pilot_core::ErrorKind;
use serde_json::Value;

use crate::cycle::{Cycle, CycleKind, CyclePlan, CycleReport, Mode, Sources, Step};
use crate::error::{AgentError, Result};
use crate::executor::{Executor, KillSwitch};
use crate::policy::Policy;
use crate::ports::Ports;
use crate::store::{self, States};
use crate::tools::Toolbox;

/// Asks a running cycle to stop before its next step. Clones share the same flag.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks to stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether someone asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Sees what a driver does. Every method does nothing unless it is implemented.
pub trait CycleObserver: Send + Sync {
    /// A cycle that was interrupted earlier goes on.
    fn resumed(&self, cycle: &Cycle) {
        let _ = cycle;
    }

    /// A step begins.
    fn step_started(&self, cycle: &Cycle, step: &Step) {
        let _ = (cycle, step);
    }

    /// A step was performed and its result taken; `cycle` is the state after it.
    fn step_finished(&self, cycle: &Cycle, step: &Step) {
        let _ = (cycle, step);
    }

    /// A cycle is over.
    fn cycle_finished(&self, report: &CycleReport) {
        let _ = report;
    }
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
struct Unobserved;

impl CycleObserver for Unobserved {}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum CycleEnd {
    /// The cycle is over.
    Finished(Box<CycleReport>),
    /// It was asked to stop between two steps. What it had decided is saved and will be carried on.
    Stopped {
        /// The cycle's name.
        cycle: String,
        /// The step that would have been next.
        before: &'static str,
    },
}

impl CycleEnd {
    /// The report, if the cycle is over.
    #[must_use]
    pub fn report(&self) -> Option<&CycleReport> {
        match self {
            Self::Finished(report) => Some(report),
            Self::Stopped { .. } => None,
        }
    }
}

/// Runs cycles on a set of ports.
///
/// Once what a cycle decided is kept, its state is saved until its actions begin, so that another process can carry
/// it on with [`Driver::resume`]; before that moment everything can simply be read again, and of the actions the journal knows
/// what became of them. One driver at a time per memory.
#[derive(Clone)]
pub struct Driver {
    ports: Ports,
    policy: Policy,
    mode: Mode,
    executor: Executor,
    observer: Arc<dyn CycleObserver>,
    stop: StopFlag,
    states: States,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("ports", &self.ports).field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Driver {
    /// A driver. In [`Mode::Plan`] it reads and decides, and changes nothing at the platform.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy, mode: Mode) -> Self {
        let states = States::default();
        let executor = Executor::new(&ports, policy.executor.clone(), KillSwitch::default()).sharing(states.clone());
        Self { ports, policy, mode, executor, observer: Arc::new(Unobserved), stop: StopFlag::default(), states }
    }

    /// The same with an observer.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn CycleObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// The same, stopping when this flag is raised.
    #[must_use]
    pub fn with_stop_flag(mut self, stop: StopFlag) -> Self {
        self.stop = stop;
        self
    }

    /// The same with a kill switch of the caller.
    #[must_use]
    pub fn with_kill_switch(mut self, kill_switch: KillSwitch) -> Self {
        self.executor = Executor::new(&self.ports, self.policy.executor.clone(), kill_switch).sharing(self.states.clone());
        self
    }

    /// The ports.
    #[must_use]
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The executor, through which everything is changed.
    #[must_use]
    pub const fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The tools on the same ports, through the same executor.
    #[must_use]
    pub fn toolbox(&self) -> Toolbox {
        Toolbox::new(self.ports.clone(), self.executor.clone(), self.policy.flight.clone())
    }

    /// Runs one cycle for the present time. A cycle that was interrupted earlier is carried on first.
    ///
    /// # Errors
    ///
    /// When the memory fails, or when no plan can be made with this policy. A failing source is in the report instead.
    pub async fn run_cycle(&self, kind: CycleKind) -> Result<CycleEnd> {
        if let Some(stopped @ CycleEnd::Stopped { .. }) = self.resume().await? {
            return Ok(stopped);
        }
        let sources = Sources { views: self.ports.views.is_some(), signals: self.ports.signals.is_some() };
        let capabilities = self.ports.platform.capabilities();
        let now = self.ports.clock.now();
        let plan = CyclePlan::new(kind, self.mode, now, sources, capabilities, self.policy.clone())
            .with_copies(self.ports.copywriter.variants());
        Box::pin(self.drive(Cycle::start(plan), false)).await
    }

    /// Carries on the cycle that was interrupted, if there is one and this driver may change things.
    ///
    /// # Errors
    ///
    /// As [`Driver::run_cycle`].
    pub async fn resume(&self) -> Result<Option<CycleEnd>> {
        if self.mode == Mode::Plan {
            return Ok(None);
        }
        let Some(cycle) = store::load::<Cycle>(&*self.ports.knowledge, store::CYCLE).await? else { return Ok(None) };
        self.observer.resumed(&cycle);
        Box::pin(self.drive(cycle, true)).await.map(Some)
    }

    async fn drive(&self, mut cycle: Cycle, resumed: bool) -> Result<CycleEnd> {
        let mut saved = false;
        while !cycle.is_finished() {
            let step = cycle.next_step();
            if self.stop.is_requested() {
                return Ok(CycleEnd::Stopped { cycle: cycle.plan().id.clone(), before: step.name() });
            }
            self.observer.step_started(&cycle, &step);
            // A step's work is large; callers' futures stay small.
            let result = Box::pin(self.perform(&step)).await.inspect_err(|_| self.states.forget())?;
            cycle
                .complete(result)
                .map_err(|source| AgentError::new(ErrorKind::Invalid, source.to_string()).with_source(source))?;
            // Once is enough: whoever carries on records the same decisions once more, and the journal says which actions were done.
            if cycle.holds_actions() && cycle.plan().mode == Mode::Apply && !saved {
                store::save(&*self.ports.knowledge, store::CYCLE, &cycle).await?;
                saved = true;
            }
            self.observer.step_finished(&cycle, &step);
        }
        if saved || resumed {
            store::save(&*self.ports.knowledge, store::CYCLE, &Value::Null).await?;
        }
        let report = cycle.into_report();
        self.observer.cycle_finished(&report);
        Ok(CycleEnd::Finished(Box::new(report)))
    }
}
