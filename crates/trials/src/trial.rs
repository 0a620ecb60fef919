//! The trials and what each of them gives.

use std::collections::BTreeMap;
use std::path::PathBuf;

use campaign_pilot_arena::Entrant;
use campaign_pilot_sandbox::World;

/// What stops a trial.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Named numbers: what a trial gives.
pub(crate) type Figures = BTreeMap<&'static str, f64>;

/// Plays a part that another process of the trial names.
pub(crate) type Play = fn(part: &str) -> Result<(), Failure>;

/// How a trial is run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How many seeds: 1, 2, 3, ..
    pub(crate) seeds: u32,
    /// Whether a short run will do.
    pub(crate) quick: bool,
    /// How many days it lasts; `None` for the trial's own number.
    pub(crate) days: Option<u32>,
    /// The worlds it runs in; none for the trial's own.
    pub(crate) worlds: Vec<World>,
    /// Who takes part; none for all.
    pub(crate) contestants: Vec<Entrant>,
    /// The folder that a report is written to.
    pub(crate) report: Option<PathBuf>,
}

/// A trial.
pub(crate) struct Trial {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it shows, in one sentence.
    pub(crate) shows: &'static str,
    /// How many seeds it runs unless told.
    pub(crate) seeds: u32,
    /// How many seeds a quick run has unless told.
    pub(crate) quick_seeds: u32,
    /// The options that it takes beside those of every trial, such as `--days`.
    pub(crate) options: &'static [&'static str],
    /// What each figure means, with its unit.
    pub(crate) figures: &'static [(&'static str, &'static str)],
    /// Runs it.
    pub(crate) run: fn(&Settings) -> Result<Figures, Failure>,
    /// Plays one part of it in a process of its own, for trials that measure processes.
    pub(crate) part: Option<Play>,
}

/// All trials.
pub(crate) const TRIALS: &[Trial] = &[
    crate::allocation::TRIAL,
    crate::arena::TRIAL,
    crate::budget_stop::TRIAL,
    crate::cycle::TRIAL,
    crate::evidence::TRIAL,
    crate::exactly_once::TRIAL,
    crate::in_process::TRIAL,
    crate::pause_rules::TRIAL,
    crate::quota::TRIAL,
    crate::store_sync::TRIAL,
];

impl Trial {
    /// The trial of a name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        TRIALS.iter().find(|trial| trial.name == name)
    }

    /// What a figure means.
    pub(crate) fn meaning(&self, figure: &str) -> &'static str {
        self.figures.iter().find(|(name, _)| *name == figure).map_or("", |(_, meaning)| meaning)
    }
}
