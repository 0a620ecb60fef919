//! The figures of a tournament.

use std::collections::BTreeMap;

use super::leads::mean;
use super::{Outcome, Summary, WorldSummary};
use crate::flight::FlightResult;

/// Named numbers.
pub type Figures = BTreeMap<&'static str, f64>;

/// What each figure of [`Summary::figures`] means, with its unit.
pub const FIGURES: &[(&str, &str)] = &[
    (
        "share_of_oracle",
        "the engine's mean profit in percent of the oracle's, the mean over the worlds in which the oracle gains more than 0.5 % of the \
         shop's gross profit",
    ),
    ("share_of_oracle_worst", "the least of the shares that `share_of_oracle` is the mean of, in percent"),
    ("lead_over_matrix_low", LEAD_OVER_MATRIX),
    ("lead_over_rules_low", "the same as `lead_over_matrix_low`, over `rules`"),
    ("lead_over_thompson_low", "the same as `lead_over_matrix_low`, over `thompson`"),
    ("lead_over_always_on_low", "the same as `lead_over_matrix_low`, over `always-on`"),
    (
        "loss_worst",
        "the engine's mean loss in percent of the shop's gross profit, the largest of the worlds in which `always-on` loses in the mean; \
         0 where the engine does not lose",
    ),
    ("budget_total_kept", "flights of the engine that cost no more than the cap of all campaigns, in percent"),
    ("oracle_beaten", "worlds in which another contestant's lead over the oracle has a 95 % interval above zero"),
    (
        "oracle_beaten_mean",
        "worlds in which another contestant's mean profit is more than 0.1 percentage points above the oracle's",
    ),
    (
        "seconds_per_flight",
        "wall-clock seconds for one flight of the engine while one flies on each core, the mean of all but the large worlds",
    ),
    ("verdict_continue_right", "verdicts to go on that were right by what the simulator expects, in percent of them"),
    ("verdict_continue_share", "verdicts to go on, in percent of all verdicts of the engine"),
    ("verdict_optimize_right", "verdicts to optimize that were right by what the simulator expects, in percent of them"),
    ("verdict_optimize_share", "verdicts to optimize, in percent of all verdicts of the engine"),
    ("verdict_monitor_right", "verdicts to look more often that were right by what the simulator expects, in percent of them"),
    ("verdict_monitor_share", "verdicts to look more often, in percent of all verdicts of the engine"),
    ("verdict_pause_right", "verdicts to pause that were right by what the simulator expects, in percent of them"),
    ("verdict_pause_share", "verdicts to pause, in percent of all verdicts of the engine"),
    (
        "verdict_emergency_pause_right",
        "verdicts to pause at once that were right by what the simulator expects, in percent of them",
    ),
    ("verdict_emergency_pause_share", "verdicts to pause at once, in percent of all verdicts of the engine"),
    (
        "verdict_budget_stop_right",
        "stops that only the budget explains that were right by what the simulator expects, in percent of them",
    ),
    ("verdict_budget_stop_share", "stops that only the budget explains, in percent of all verdicts of the engine"),
];

const LEAD_OVER_MATRIX: &str = "how far the engine is ahead of the better of `matrix` and `matrix-equal` in percentage points of the shop's \
    gross profit, the mean over all worlds: the low end of its 95 % interval over the seeds";

/// The names of each verdict and of its two figures: how often it was given, and how often it was right.
pub(crate) const VERDICTS: &[(&str, &str, &str)] = &[
    ("continue", "verdict_continue_share", "verdict_continue_right"),
    ("optimize", "verdict_optimize_share", "verdict_optimize_right"),
    ("monitor", "verdict_monitor_share", "verdict_monitor_right"),
    ("pause", "verdict_pause_share", "verdict_pause_right"),
    ("emergency_pause", "verdict_emergency_pause_share", "verdict_emergency_pause_right"),
    ("budget_stop", "verdict_budget_stop_share", "verdict_budget_stop_right"),
];

pub(crate) const ENGINE: &str = "engine";
pub(crate) const ORACLE: &str = "oracle";
const ALWAYS_ON: &str = "always-on";
const MATRICES: [&str; 2] = ["matrix", "matrix-equal"];

/// From how much of the shop's gross profit on, in percent, the oracle gains.
const GAIN: f64 = 0.5;

impl Summary {
    /// The figures that the contestants allow: [`FIGURES`] says what they mean. Those are left out that need a contestant that did not
    /// fly, an interval where there is a single seed, a world that is not there, or a verdict that was never given.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut figures = Figures::new();
        self.insert_shares_of_oracle(&mut figures);
        self.insert_leads(&mut figures);
        self.insert_verdicts(&mut figures);
        if let Some(loss) = self.worst_loss() {
            figures.insert("loss_worst", loss);
        }
        if let Some(kept) = mean(self.flights_of(ENGINE).map(|result| 100.0 * f64::from(result.kept_the_cap()))) {
            figures.insert("budget_total_kept", kept);
        }
        if self.contestants.contains(&ORACLE) && self.contestants.len() > 1 {
            let (surely, in_the_mean) = self.oracle_beaten(ORACLE);
            figures.extend([("oracle_beaten", surely), ("oracle_beaten_mean", in_the_mean)]);
        }
        let usual = self.outcomes_of(ENGINE).into_iter().filter(|(world, _)| !world.large);
        let seconds = |result: &FlightResult| result.took.as_secs_f64();
        if let Some(seconds) = mean(usual.flat_map(|(_, outcome)| outcome.flights.values().map(seconds))) {
            figures.insert("seconds_per_flight", seconds);
        }
        figures
    }

    /// The engine's mean profit in percent of the oracle's in each world where the oracle gains.
    fn insert_shares_of_oracle(&self, figures: &mut Figures) {
        let share = |world: &WorldSummary| {
            let profit = |outcome: &Outcome| outcome.profit_percent.mean;
            let (engine, oracle) = (profit(world.outcome(ENGINE)?), profit(world.outcome(ORACLE)?));
            (oracle > GAIN).then(|| 100.0 * engine / oracle)
        };
        let shares: Vec<f64> = self.worlds.iter().filter_map(share).collect();
        if let (Some(mean), Some(worst)) = (mean(shares.iter().copied()), shares.iter().copied().reduce(f64::min)) {
            figures.extend([("share_of_oracle", mean), ("share_of_oracle_worst", worst)]);
        }
    }

    fn insert_leads(&self, figures: &mut Figures) {
        let matrix = MATRICES.into_iter().filter_map(|name| Some((self.mean_profit(name)?, name)));
        let matrix = matrix.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name);
        let over = [
            ("lead_over_matrix_low", matrix),
            ("lead_over_rules_low", Some("rules")),
            ("lead_over_thompson_low", Some("thompson")),
            ("lead_over_always_on_low", Some(ALWAYS_ON)),
        ];
        let low = |over: Option<&str>| self.lead(ENGINE, over?)?.low();
        figures.extend(over.into_iter().filter_map(|(figure, over)| Some((figure, low(over)?))));
    }

    /// The engine's largest mean loss where advertising does not pay; `None` where there is no such world.
    fn worst_loss(&self) -> Option<f64> {
        let does_not_pay =
            |world: &&WorldSummary| world.outcome(ALWAYS_ON).is_some_and(|outcome| outcome.profit_percent.mean < 0.0);
        let engine = self.worlds.iter().filter(does_not_pay).filter_map(|world| world.outcome(ENGINE));
        engine.map(|outcome| (-outcome.profit_percent.mean).max(0.0)).reduce(f64::max)
    }

    fn insert_verdicts(&self, figures: &mut Figures) {
        let verdicts = self.verdicts(ENGINE);
        let all: u64 = verdicts.values().map(|judged| judged.given).sum();
        for (verdict, share, right) in VERDICTS {
            let Some(judged) = verdicts.get(verdict).filter(|judged| judged.given > 0) else { continue };
            figures.insert(share, 100.0 * judged.given as f64 / all as f64);
            figures.insert(right, 100.0 * judged.right as f64 / judged.given as f64);
        }
    }
}
