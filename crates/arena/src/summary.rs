//! What a tournament gives: each contestant's profit in each world, and the figures that sum them up.

mod estimate;
mod figures;
mod leads;

use std::collections::BTreeMap;

use crate::flight::FlightResult;
use crate::judge::Judged;
use crate::tournament::{Flown, Tournament, is_large};

pub use estimate::Estimate;
pub(crate) use figures::{ENGINE, ORACLE, VERDICTS};
pub use figures::{FIGURES, Figures};

/// What a tournament gives, by world and contestant.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many days each flight lasted.
    pub days: u32,
    /// The most seeds that a world was flown with.
    pub seeds: u32,
    /// The contestants' names, in the order in which they were entered.
    pub contestants: Vec<&'static str>,
    /// The worlds, in the order in which they were given.
    pub worlds: Vec<WorldSummary>,
}

/// What the flights in one world give.
#[derive(Clone, Debug)]
pub struct WorldSummary {
    /// The world's name.
    pub name: String,
    /// What it tests.
    pub about: String,
    /// Whether it has so many products that it is flown with few seeds.
    pub large: bool,
    /// One for each contestant, in the order in which they were entered.
    pub outcomes: Vec<Outcome>,
}

/// What the flights of one contestant in one world give.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The contestant's name.
    pub contestant: &'static str,
    /// Its profit in percent of the gross profit of the shop without advertising, over all seeds.
    pub profit_percent: Estimate,
    /// Its flights by seed.
    pub flights: BTreeMap<u64, FlightResult>,
}

impl Summary {
    /// The summary of the flights of a tournament. A contestant without a flight in a world has no outcome there.
    #[must_use]
    pub fn of(tournament: &Tournament, flights: &[Flown]) -> Self {
        let worlds = tournament.worlds.iter().map(|world| {
            let outcomes = tournament.entrants.iter().filter_map(|entrant| {
                let mine = flights.iter().filter(|flown| flown.world == world.name && flown.contestant == entrant.name);
                Outcome::of(entrant.name, mine.map(|flown| (flown.seed, flown.result.clone())).collect())
            });
            WorldSummary {
                name: world.name.clone(),
                about: world.about.trim().to_owned(),
                large: is_large(world),
                outcomes: outcomes.collect(),
            }
        });
        Self {
            days: tournament.days,
            seeds: tournament.seeds,
            contestants: tournament.entrants.iter().map(|entrant| entrant.name).collect(),
            worlds: worlds.collect(),
        }
    }

    /// The verdicts of a contestant in all its flights, by name.
    #[must_use]
    pub fn verdicts(&self, contestant: &str) -> BTreeMap<&'static str, Judged> {
        let mut sums: BTreeMap<&'static str, Judged> = BTreeMap::new();
        for result in self.flights_of(contestant) {
            for (name, judged) in &result.verdicts {
                let sum = sums.entry(name).or_default();
                *sum = sum.plus(*judged);
            }
        }
        sums
    }

    /// Every flight of a contestant.
    fn flights_of<'a>(&'a self, contestant: &str) -> impl Iterator<Item = &'a FlightResult> {
        self.outcomes_of(contestant).into_iter().flat_map(|(_, outcome)| outcome.flights.values())
    }

    /// A contestant's outcome in each world in which it flew.
    fn outcomes_of(&self, contestant: &str) -> Vec<(&WorldSummary, &Outcome)> {
        self.worlds.iter().filter_map(|world| Some((world, world.outcome(contestant)?))).collect()
    }
}

impl WorldSummary {
    /// What came of a contestant here.
    #[must_use]
    pub fn outcome(&self, contestant: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.contestant == contestant)
    }

    /// How many seeds it was flown with.
    #[must_use]
    pub fn seeds(&self) -> usize {
        self.outcomes.iter().map(|outcome| outcome.flights.len()).max().unwrap_or(0)
    }

    /// How far one contestant is ahead of another here, in percentage points of the shop's gross profit, from the differences of
    /// flights with the same seed; `None` where they share none.
    #[must_use]
    pub fn lead(&self, contestant: &str, over: &str) -> Option<Estimate> {
        let leads: Vec<f64> = self.leads(contestant, over)?.into_values().collect();
        Estimate::of(&leads)
    }

    /// The same by seed; `None` where one of them did not fly.
    fn leads(&self, contestant: &str, over: &str) -> Option<BTreeMap<u64, f64>> {
        let (ahead, behind) = (self.outcome(contestant)?, self.outcome(over)?);
        let lead = |(seed, result): (&u64, &FlightResult)| {
            Some((*seed, result.profit_percent - behind.flights.get(seed)?.profit_percent))
        };
        Some(ahead.flights.iter().filter_map(lead).collect())
    }
}

impl Outcome {
    fn of(contestant: &'static str, flights: BTreeMap<u64, FlightResult>) -> Option<Self> {
        let profits: Vec<f64> = flights.values().map(|result| result.profit_percent).collect();
        Some(Self { contestant, profit_percent: Estimate::of(&profits)?, flights })
    }
}

#[cfg(test)]
pub(crate) mod tests;
