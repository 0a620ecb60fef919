//! All contestants in all worlds, with many seeds.

mod work;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use campaign_pilot_sandbox::World;

use crate::contestant::{Contestant, Failure};
use crate::flight::FlightResult;

/// From how many products on a world counts as large.
const LARGE_PRODUCTS: u32 = 2_000;
/// The most seeds that a large world is flown with.
const LARGE_SEEDS: u32 = 3;
/// The products of a world that does not say how many it has.
const USUAL_PRODUCTS: u32 = 60;

/// Somebody who takes part in a tournament: made anew for every flight.
///
/// [`contestants::all`](crate::contestants::all) are those that come with the crate.
#[derive(Clone, Copy, Debug)]
pub struct Entrant {
    /// The name in tables, charts and figures.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Makes one that has not flown yet.
    pub make: fn() -> Box<dyn Contestant>,
}

/// All contestants in all worlds, each with as many seeds as the world allows.
///
/// ```
/// use campaign_pilot_arena::{Summary, Tournament, contestants};
/// use campaign_pilot_sandbox::World;
///
/// let mut entrants = contestants::all();
/// entrants.retain(|entrant| entrant.name == "no-ads");
/// let tournament = Tournament { worlds: vec![World::named("tiny")?], entrants, seeds: 2, days: 1, threads: None };
/// let flights = tournament.run(|done, all| assert!(done <= all))?;
/// assert_eq!(flights.len(), 2);
///
/// let summary = Summary::of(&tournament, &flights);
/// assert_eq!(summary.worlds[0].outcome("no-ads").unwrap().profit_percent.mean, 0.0);
/// # Ok::<(), campaign_pilot_arena::Failure>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tournament {
    /// The markets. Their names differ.
    pub worlds: Vec<World>,
    /// Who flies. Their names differ.
    pub entrants: Vec<Entrant>,
    /// How many seeds: 1, 2, 3, .. up to this. A world with more than 2,000 products is flown with three of them at most.
    pub seeds: u32,
    /// How many days each flight lasts.
    pub days: u32,
    /// How many threads fly; `None` for as many as the machine runs at once. The results do not depend on it, apart from the times.
    pub threads: Option<NonZeroUsize>,
}

/// A flight of a tournament.
#[derive(Clone, Debug, PartialEq)]
pub struct Flown {
    /// The world's name.
    pub world: String,
    /// What was drawn.
    pub seed: u64,
    /// The contestant's name.
    pub contestant: &'static str,
    /// What came of it.
    pub result: FlightResult,
}

impl Tournament {
    /// The seeds of a world, in ascending order.
    pub fn seeds_of(&self, world: &World) -> impl Iterator<Item = u64> + use<> {
        1..=u64::from(if is_large(world) { self.seeds.min(LARGE_SEEDS) } else { self.seeds })
    }

    /// Flies all flights, and returns them by world, seed and contestant in the order in which they were given.
    ///
    /// `progress` is told how many flights are done and how many there are, from any thread, after each of them.
    ///
    /// # Errors
    ///
    /// When two worlds or two contestants are called the same, when a world cannot be simulated, and when a flight fails: the error says
    /// which one. Flights that have not begun are not flown then.
    pub fn run(&self, progress: impl Fn(usize, usize) + Sync) -> Result<Vec<Flown>, Failure> {
        different("worlds", self.worlds.iter().map(|world| world.name.as_str()))?;
        different("contestants", self.entrants.iter().map(|entrant| entrant.name))?;
        work::run(self, &progress)
    }
}

/// Whether a world has so many products that a flight in it takes long.
pub(crate) fn is_large(world: &World) -> bool {
    products(world) > LARGE_PRODUCTS
}

/// How many products a world has.
fn products(world: &World) -> u32 {
    world.store.products.unwrap_or(USUAL_PRODUCTS)
}

fn different<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("two {what} are called `{name}`").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
