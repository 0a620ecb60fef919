use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::contestants::{Engine, Nobody};
use crate::turn::Turn;

fn nobody() -> Entrant {
    Entrant { name: "no-ads", about: "", make: || Box::new(Nobody) }
}

fn engine() -> Entrant {
    Entrant { name: "engine", about: "", make: || Box::<Engine>::default() }
}

fn tournament(threads: usize) -> Tournament {
    Tournament {
        worlds: vec![World::named("tiny").unwrap(), World { name: "same".into(), ..World::named("tiny").unwrap() }],
        entrants: vec![engine(), nobody()],
        seeds: 2,
        days: 2,
        threads: NonZeroUsize::new(threads),
    }
}

fn without_times(mut flights: Vec<Flown>) -> Vec<Flown> {
    flights.iter_mut().for_each(|flown| flown.result.took = Duration::ZERO);
    flights
}

#[test]
fn the_results_do_not_depend_on_the_threads() {
    let told = Mutex::new(Vec::new());
    let one = without_times(tournament(1).run(|done, all| told.lock().unwrap().push((done, all))).unwrap());
    assert_eq!(told.into_inner().unwrap(), (1..=8).map(|done| (done, 8)).collect::<Vec<_>>());
    let three = without_times(tournament(3).run(|_, _| {}).unwrap());
    assert_eq!(one, three);

    let order: Vec<_> = one.iter().map(|flown| (flown.world.as_str(), flown.seed, flown.contestant)).collect();
    assert_eq!(order[..3], [("tiny", 1, "engine"), ("tiny", 1, "no-ads"), ("tiny", 2, "engine")]);
    assert_eq!(order[7], ("same", 2, "no-ads"));
    // The same world with the same seeds: a contestant carries nothing over from its last flight.
    let results = |world: &str| one.iter().filter(|flown| flown.world == world).map(|flown| &flown.result).collect::<Vec<_>>();
    assert_eq!(results("tiny"), results("same"));
    assert!(one.iter().any(|flown| flown.result.launches > 0));
}

#[test]
fn a_large_world_is_flown_with_three_seeds_at_most() {
    let mut tournament = tournament(1);
    let (large, tiny) = (World::named("large").unwrap(), World::named("tiny").unwrap());
    let seeds = |tournament: &Tournament, world| tournament.seeds_of(world).collect::<Vec<_>>();
    assert_eq!(seeds(&tournament, &large), [1, 2]);
    tournament.seeds = 5;
    assert_eq!(seeds(&tournament, &large), [1, 2, 3]);
    assert_eq!(seeds(&tournament, &tiny), [1, 2, 3, 4, 5]);
    assert!(is_large(&large) && !is_large(&World::default()));
}

/// Fails on its first turn.
struct Broken;

#[async_trait]
impl Contestant for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    async fn take_turn(&mut self, _turn: &mut Turn<'_>) -> Result<(), Failure> {
        Err("it broke".into())
    }
}

#[test]
fn an_error_says_whose_flight_failed() {
    let mut tournament = tournament(1);
    tournament.entrants = vec![nobody(), Entrant { name: "broken", about: "", make: || Box::new(Broken) }];
    let error = tournament.run(|_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), "world `tiny`, seed 1, contestant `broken`: it broke");
}

#[test]
fn names_must_differ() {
    let mut twice = tournament(1);
    twice.entrants.push(nobody());
    assert_eq!(twice.run(|_, _| {}).unwrap_err().to_string(), "two contestants are called `no-ads`");
    let mut twice = tournament(1);
    twice.worlds.push(World::named("tiny").unwrap());
    assert_eq!(twice.run(|_, _| {}).unwrap_err().to_string(), "two worlds are called `tiny`");
}

#[test]
fn the_front_page_names_every_contestant() {
    let page = include_str!("../../README.md");
    for Entrant { name, about, make } in crate::contestants::all() {
        assert!(page.contains(&format!("| `{name}` | {about} |")), "{name}");
        assert_eq!(make().name(), name);
    }
}
