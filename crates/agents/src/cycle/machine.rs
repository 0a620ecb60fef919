//! From step to step.

use campaign_pilot_metrics::quality::SpendChange;

use super::{Cycle, CycleKind, CyclePlan, CycleReport, Memo, Mode, Stage, Step, StepResult, Work};

/// A result that does not belong to the step that was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CycleError {
    /// Another result was expected.
    #[error("the result `{result}` does not answer the step `{step}`")]
    Unexpected {
        /// The step that was asked for.
        step: &'static str,
        /// The result that came.
        result: &'static str,
    },
    /// The decision itself failed.
    #[error("the cycle could not decide: {reason}")]
    Undecided {
        /// Why.
        reason: String,
    },
}

impl Cycle {
    /// A cycle that has done nothing yet.
    #[must_use]
    pub fn start(plan: CyclePlan) -> Self {
        let first = if plan.kind == CycleKind::Decide { Stage::Health } else { Stage::Reconcile };
        let mut cycle = Self { plan, stage: first, work: Work::default() };
        if !cycle.has_step() {
            cycle.stage = Stage::Recall;
        }
        cycle
    }

    /// What the cycle was started with.
    #[must_use]
    pub const fn plan(&self) -> &CyclePlan {
        &self.plan
    }

    /// What has to be done next. Asking twice gives the same answer.
    #[must_use]
    pub fn next_step(&self) -> Step {
        let work = &self.work;
        match self.stage {
            Stage::Health => Step::CheckHealth,
            Stage::Reconcile => Step::Reconcile,
            Stage::Recall => Step::Recall,
            Stage::Catalog => Step::ReadCatalog { since: self.catalog_since() },
            Stage::KeepCatalog => Step::Remember(Box::new(Memo { catalog: self.catalog().cloned(), ..Memo::default() })),
            Stage::Sales => self.window().map_or(Step::Finished, |period| Step::ReadSales { period }),
            Stage::Views => self.window().map_or(Step::Finished, |period| Step::ReadViews { period }),
            Stage::KeepHours => Step::Remember(Box::new(work.hours.clone().unwrap_or_default())),
            Stage::Sweep => Step::Sweep,
            Stage::Platform => match self.performance_period() {
                Some(period) => Step::ReadPlatform { ids: self.objects().into_keys().collect(), period },
                None => Step::Finished,
            },
            Stage::Signals => Step::ReadSignals { products: self.products().cloned().collect() },
            Stage::History => self.recall_history().unwrap_or(Step::Finished),
            Stage::Copy => Step::WriteCopy { briefs: self.briefs() },
            Stage::Keep => Step::Remember(Box::new(work.memo.clone())),
            Stage::Record => Step::RecordDecisions { decisions: work.records.clone() },
            Stage::Execute => self.execution().unwrap_or(Step::Finished),
            Stage::Judge | Stage::Plan | Stage::Finished => Step::Finished,
        }
    }

    /// Takes the result of the step that [`Cycle::next_step`] asked for.
    ///
    /// # Errors
    ///
    /// [`CycleError::Unexpected`] when the result belongs to another step: then nothing has changed.
    /// [`CycleError::Undecided`] when no plan could be made, such as for a policy that contradicts itself.
    pub fn complete(&mut self, result: StepResult) -> Result<(), CycleError> {
        match (self.stage, result) {
            (Stage::Health, StepResult::Health(health)) => {
                if let Err(failure) = health {
                    self.work.failed(failure);
                }
            }
            (Stage::Reconcile, StepResult::Reconciled(report)) => self.work.reconciled = report,
            (Stage::Recall, StepResult::Recalled(known)) => self.work.known = Some(*known),
            (Stage::Catalog, StepResult::Catalog(reading)) => self.take_catalog(reading),
            (Stage::Sales, StepResult::Sales(reading)) => self.take_sales(reading),
            (Stage::Views, StepResult::Views(reading)) => self.take_views(reading),
            (Stage::KeepHours, StepResult::Remembered) => {
                self.work.hours = None;
            }
            (Stage::Sweep, StepResult::Swept(swept)) => self.take_sweep(swept),
            (Stage::Platform, StepResult::Platform(reading)) => self.take_performance(reading),
            (Stage::Signals, StepResult::Signals(signals)) => match signals {
                Ok(signals) => self.work.signals = signals,
                // A missing signal is neutral: it makes nothing better, so the data stay trusted.
                Err(failure) => self.work.failures.push(failure),
            },
            (Stage::History, StepResult::History(history)) => self.work.history = Some(*history),
            (Stage::Copy, StepResult::Copies(copies)) => self.take_copies(copies),
            (Stage::Record, StepResult::Recorded) | (Stage::KeepCatalog, StepResult::Remembered) => {}
            // What is kept need not be saved with the cycle any more.
            (Stage::Keep, StepResult::Remembered) => self.work.memo = Memo::default(),
            (Stage::Execute, StepResult::Executed(outcome)) => self.take_outcome(outcome),
            (_, result) => {
                return Err(CycleError::Unexpected { step: self.next_step().name(), result: result.name() });
            }
        }
        self.advance()
    }

    /// Whether the cycle is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// Whether the cycle holds actions that are about to be carried out. Before that, and where nothing is to be done, everything can
    /// simply be read and decided again.
    #[must_use]
    pub fn holds_actions(&self) -> bool {
        let has_actions = || self.work.guarded.as_ref().is_some_and(|plan| !plan.allowed.actions().is_empty());
        matches!(self.stage, Stage::Record | Stage::Execute) && has_actions()
    }

    /// What the cycle did so far and why.
    #[must_use]
    pub fn into_report(self) -> CycleReport {
        let Self { plan, work, .. } = self;
        CycleReport {
            id: plan.id,
            kind: plan.kind,
            mode: plan.mode,
            now: plan.now,
            data_trusted: work.gate().permits(SpendChange::Raise),
            quality: work.quality,
            failures: work.failures,
            notes: work.notes,
            reconciled: work.reconciled,
            proposal: work.proposal,
            analysis: work.analysis,
            decisions: work.records,
            plan: work.guarded,
            executed: work.executed,
        }
    }

    /// Goes to the next stage that has something to do.
    fn advance(&mut self) -> Result<(), CycleError> {
        loop {
            self.stage = self.following();
            match self.stage {
                Stage::Sales if self.work.windows.is_none() => self.work.windows = Some(self.missing_windows()),
                Stage::Judge => self.judge(),
                Stage::Plan => self.make_plan().map_err(|error| CycleError::Undecided { reason: error.to_string() })?,
                _ => {}
            }
            if self.has_step() {
                return Ok(());
            }
        }
    }

    fn following(&self) -> Stage {
        match self.stage {
            Stage::Health => Stage::Reconcile,
            Stage::Reconcile => Stage::Recall,
            Stage::Recall => Stage::Catalog,
            Stage::Catalog => Stage::KeepCatalog,
            Stage::KeepCatalog => Stage::Sales,
            Stage::Sales => Stage::Views,
            Stage::Views => Stage::KeepHours,
            Stage::KeepHours if self.window().is_some() => Stage::Sales,
            Stage::KeepHours => Stage::Sweep,
            Stage::Sweep => Stage::Platform,
            Stage::Platform => Stage::Signals,
            Stage::Signals => Stage::History,
            Stage::History => Stage::Judge,
            Stage::Judge => Stage::Copy,
            Stage::Copy => Stage::Plan,
            Stage::Plan => Stage::Keep,
            Stage::Keep => Stage::Record,
            Stage::Record => Stage::Execute,
            Stage::Execute if self.execution().is_some() => Stage::Execute,
            Stage::Execute | Stage::Finished => Stage::Finished,
        }
    }

    /// Whether the present stage asks for something.
    fn has_step(&self) -> bool {
        let decides = self.plan.kind == CycleKind::Decide;
        let applies = self.plan.mode == Mode::Apply;
        match self.stage {
            Stage::Health => decides,
            Stage::Reconcile => applies,
            Stage::Recall | Stage::Finished => true,
            Stage::Catalog => decides || self.catalog().is_none(),
            Stage::KeepCatalog => self.work.catalog_read,
            Stage::Sales => self.window().is_some(),
            Stage::Views => self.plan.sources.views && self.work.sales.is_some(),
            Stage::KeepHours => self.work.hours.is_some(),
            Stage::Sweep => decides && applies,
            Stage::Platform => self.watches() && self.performance_period().is_some(),
            Stage::Signals => decides && self.plan.sources.signals && self.products().next().is_some(),
            Stage::History => decides && self.recall_history().is_some(),
            Stage::Copy => self.launches().next().is_some() || !self.work.rewrites.is_empty(),
            Stage::Keep => self.work.memo != Memo::default(),
            Stage::Record => applies && !self.work.records.is_empty(),
            Stage::Execute => self.execution().is_some(),
            Stage::Judge | Stage::Plan => false,
        }
    }
}
