//! The flights on several threads.

use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use campaign_pilot_sandbox::World;

use super::{Flown, Tournament, products};
use crate::contestant::Failure;
use crate::flight::Flight;

/// One market: every contestant flies in it.
struct Market<'a> {
    world: &'a World,
    seed: u64,
}

/// The flights in a market.
type Flights = Result<Vec<Flown>, Failure>;

/// What the threads share.
struct Shared<'a> {
    tournament: &'a Tournament,
    markets: Vec<Market<'a>>,
    /// Where the markets stand in `markets`, those that take longest first.
    order: Vec<usize>,
    next: AtomicUsize,
    failed: AtomicBool,
    done: AtomicUsize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
    /// What came of each market, by where it stands in `markets`.
    results: Mutex<Vec<Option<Flights>>>,
}

/// Flies everything; see [`Tournament::run`].
pub(super) fn run(tournament: &Tournament, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Vec<Flown>, Failure> {
    let of = |world| tournament.seeds_of(world).map(move |seed| Market { world, seed });
    let markets: Vec<Market<'_>> = tournament.worlds.iter().flat_map(of).collect();
    let mut order: Vec<(Reverse<u32>, usize)> =
        markets.iter().enumerate().map(|(index, market)| (Reverse(products(market.world)), index)).collect();
    order.sort_unstable();
    let shared = Shared {
        tournament,
        results: Mutex::new(markets.iter().map(|_| None).collect()),
        order: order.into_iter().map(|(_, index)| index).collect(),
        markets,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        done: AtomicUsize::new(0),
        progress,
    };
    let threads = tournament.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(shared.markets.len()) {
            scope.spawn(|| shared.work());
        }
    });
    let results = shared.results.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A market that was not opened is missing because another one failed.
    let flights: Vec<Vec<Flown>> = results.into_iter().flatten().collect::<Result<_, Failure>>()?;
    Ok(flights.into_iter().flatten().collect())
}

impl Shared<'_> {
    /// Flies in one market after another until none is left.
    fn work(&self) {
        while !self.failed.load(Ordering::Relaxed) {
            let Some(&index) = self.order.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let Some(market) = self.markets.get(index) else { return };
            let flown = self.fly(market);
            if flown.is_err() {
                self.failed.store(true, Ordering::Relaxed);
            }
            let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = results.get_mut(index) {
                *result = Some(flown);
            }
        }
    }

    fn fly(&self, market: &Market<'_>) -> Flights {
        let Tournament { entrants, days, .. } = self.tournament;
        let Market { world, seed } = *market;
        let place = format!("world `{}`, seed {seed}", world.name);
        let flight = Flight { world: world.clone(), seed, days: *days };
        let opened = flight.open().map_err(|error| format!("{place}: {}", with_causes(&*error)))?;
        let all = self.markets.len() * entrants.len();
        let mut flown = Vec::with_capacity(entrants.len());
        for entrant in entrants {
            let result = opened.fly(&mut *(entrant.make)());
            let result = result.map_err(|error| format!("{place}, contestant `{}`: {}", entrant.name, with_causes(&*error)))?;
            flown.push(Flown { world: world.name.clone(), seed, contestant: entrant.name, result });
            (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, all);
        }
        Ok(flown)
    }
}

/// An error with its causes, in one line.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<String> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    causes.join(": ")
}
