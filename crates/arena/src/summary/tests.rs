use std::time::Duration;

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_sandbox::World;
use rust_decimal::dec;

use super::*;
use crate::contestants::Nobody;
use crate::tournament::Entrant;

fn world(name: &str) -> World {
    World { name: name.to_owned(), about: format!("It tests {name}."), ..World::default() }
}

fn result(profit_percent: f64) -> FlightResult {
    let money = |amount| Money::new(amount, Currency::EUR);
    FlightResult {
        profit: money(dec!(1)),
        profit_percent,
        cost: money(dec!(5)),
        credited: money(dec!(20)),
        caused: money(dec!(10)),
        cap: money(dec!(5)),
        launches: 1,
        verdicts: BTreeMap::new(),
        took: Duration::from_secs(2),
    }
}

/// A world, and the profits of each contestant in it, one for each seed.
pub(crate) type Profits<'a> = (World, &'a [(&'static str, &'a [f64])]);

/// A summary of made-up flights.
pub(crate) fn summary(days: u32, profits: &[Profits<'_>]) -> Summary {
    let (tournament, flights) = flown(days, profits);
    Summary::of(&tournament, &flights)
}

fn flown(days: u32, profits: &[Profits<'_>]) -> (Tournament, Vec<Flown>) {
    let mut entrants: Vec<Entrant> = Vec::new();
    let mut flights = Vec::new();
    for (world, contestants) in profits {
        for (contestant, profits) in *contestants {
            if !entrants.iter().any(|entrant| entrant.name == *contestant) {
                entrants.push(Entrant { name: contestant, about: "it was made up", make: || Box::new(Nobody) });
            }
            flights.extend(profits.iter().zip(1..).map(|(profit, seed)| Flown {
                world: world.name.clone(),
                seed,
                contestant,
                result: result(*profit),
            }));
        }
    }
    let worlds = profits.iter().map(|(world, _)| world.clone()).collect();
    (Tournament { worlds, entrants, seeds: 3, days, threads: None }, flights)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

#[test]
fn leads_are_paired_by_seed() {
    let summary = summary(2, &[(world("a"), &[("engine", &[10.0, 21.0, 32.0]), ("rules", &[9.0, 20.0, 28.0])])]);
    // Leads of 1, 1 and 4: mean 2, s = sqrt(3), margin 4.3026527 * sqrt(3) / sqrt(3).
    let lead = summary.worlds[0].lead("engine", "rules").unwrap();
    assert!(near(lead.mean, 2.0) && near(lead.margin.unwrap(), 4.302_652_7));
    assert!(near(summary.figures()["lead_over_rules_low"], 2.0 - 4.302_652_7));
    // The profits alone: mean 21, s = 11.
    let profit = summary.worlds[0].outcome("engine").unwrap().profit_percent;
    assert!(near(profit.mean, 21.0) && near(profit.margin.unwrap(), 4.302_652_7 * 11.0 / 3.0_f64.sqrt()));
}

#[test]
fn a_lead_over_worlds_is_that_of_the_seeds_means() {
    let (a, b) = (world("a"), world("b"));
    let summary = summary(
        2,
        &[(a, &[("engine", &[1.0, 5.0]), ("rules", &[0.0, 0.0])]), (b, &[("engine", &[4.0, 0.0]), ("rules", &[0.0, 0.0])])],
    );
    // Means over the worlds of 2.5 for each seed: what one seed gives in `a` it takes in `b`.
    assert_eq!(summary.lead("engine", "rules"), Some(Estimate { mean: 2.5, margin: Some(0.0) }));
}

#[test]
fn a_world_with_fewer_seeds_counts_as_much_as_another() {
    let (a, b) = (world("a"), world("b"));
    let summary = summary(
        2,
        &[(a, &[("engine", &[1.0, 3.0, 5.0]), ("rules", &[0.0; 3])]), (b, &[("engine", &[8.0, 10.0]), ("rules", &[0.0; 2])])],
    );
    let lead = summary.lead("engine", "rules").unwrap();
    // Means 3 and 9, variances of the means 4/3 and 1, each with a weight of one half: 1/3 and 1/4, freedom (7/12)^2 / (1/18 + 1/16).
    assert!(near(lead.mean, 6.0));
    let at_2_88 = Estimate::of_groups(&[(1.0, vec![1.0, 3.0, 5.0]), (1.0, vec![8.0, 10.0])]).unwrap();
    assert_eq!(lead, at_2_88);
    // Between the quantiles of 2 and 3 degrees of freedom, times sqrt(7/12).
    let quantile = lead.margin.unwrap() / (7.0_f64 / 12.0).sqrt();
    assert!(quantile > 3.182_446 && quantile < 4.302_653, "{quantile}");
}

#[test]
fn shares_and_losses_look_at_the_worlds_where_they_mean_something() {
    let summary = summary(
        2,
        &[
            (world("pays"), &[("engine", &[3.0, 5.0]), ("oracle", &[9.0, 11.0]), ("always-on", &[1.0, 1.0])]),
            (world("pays too"), &[("engine", &[1.0, 1.0]), ("oracle", &[1.0, 1.0]), ("always-on", &[1.0, 1.0])]),
            (world("hardly pays"), &[("engine", &[-2.0, -2.0]), ("oracle", &[0.5, 0.5]), ("always-on", &[0.0, 0.0])]),
            (world("does not pay"), &[("engine", &[-1.0, 0.0]), ("oracle", &[0.0, 0.0]), ("always-on", &[-9.0, -9.0])]),
            (world("does not pay either"), &[("engine", &[0.2, 0.0]), ("oracle", &[0.4, 0.4]), ("always-on", &[-1.0, 0.0])]),
        ],
    );
    let figures = summary.figures();
    assert!(near(figures["share_of_oracle"], 70.0) && near(figures["share_of_oracle_worst"], 40.0));
    assert!(near(figures["loss_worst"], 0.5));
    assert!(near(figures["budget_total_kept"], 100.0) && near(figures["seconds_per_flight"], 2.0));
    assert_eq!((figures["oracle_beaten"], figures["oracle_beaten_mean"]), (0.0, 0.0));
}

#[test]
fn the_oracle_is_beaten_surely_or_in_the_mean() {
    let oracle: (&str, &[f64]) = ("oracle", &[1.0, 2.0]);
    let summary = summary(
        2,
        &[
            // Leads of 1 and 1.1: mean 1.05, margin 12.7 * 0.05.
            (world("surely"), &[oracle, ("engine", &[0.0, 0.0]), ("rules", &[2.0, 3.1])]),
            // Leads of 0 and 1: mean 0.5, margin 6.4.
            (world("in the mean"), &[oracle, ("engine", &[1.0, 3.0]), ("rules", &[1.0, 2.0])]),
            (world("by too little"), &[oracle, ("engine", &[1.0, 2.15]), ("rules", &[0.0, 0.0])]),
        ],
    );
    let figures = summary.figures();
    assert_eq!((figures["oracle_beaten"], figures["oracle_beaten_mean"]), (1.0, 2.0));
}

#[test]
fn the_better_matrix_is_the_one_that_earns_more() {
    let contestants: &[(&str, &[f64])] = &[("engine", &[5.0, 5.0]), ("matrix", &[1.0, 1.0]), ("matrix-equal", &[2.0, 3.0])];
    let both = summary(2, &[(world("a"), contestants)]).figures()["lead_over_matrix_low"];
    // Leads of 3 and 2.
    assert!((both - (2.5 - 12.706_204_736 * 0.5)).abs() < 1e-6);
    let one = summary(2, &[(world("a"), &contestants[..2])]).figures();
    assert!(near(one["lead_over_matrix_low"], 4.0));
}

#[test]
fn verdicts_are_added_up_over_all_flights() {
    let (tournament, mut flights) = flown(2, &[(world("a"), &[("engine", &[1.0, 1.0])])]);
    let judged = |given, right| Judged { given, right, gained: 1.5 };
    flights[0].result.verdicts = BTreeMap::from([("continue", judged(5, 4)), ("budget_stop", judged(1, 0))]);
    flights[1].result.verdicts = BTreeMap::from([("continue", judged(2, 1))]);
    let summary = Summary::of(&tournament, &flights);
    assert_eq!(summary.verdicts("engine")["continue"], Judged { given: 7, right: 5, gained: 3.0 });
    let figures = summary.figures();
    assert!(near(figures["verdict_continue_share"], 87.5) && near(figures["verdict_continue_right"], 500.0 / 7.0));
    assert_eq!((figures["verdict_budget_stop_share"], figures["verdict_budget_stop_right"]), (12.5, 0.0));
    assert!(!figures.contains_key("verdict_pause_share"));
}

#[test]
fn figures_without_their_contestants_are_left_out() {
    let nobody = summary(2, &[(world("a"), &[("no-ads", &[0.0, 0.0])])]);
    assert!(nobody.figures().is_empty());
    let one_seed = summary(2, &[(world("a"), &[("engine", &[1.0]), ("rules", &[0.0])])]).figures();
    assert_eq!(one_seed.into_keys().collect::<Vec<_>>(), ["budget_total_kept", "seconds_per_flight"]);
}

#[test]
fn every_figure_has_a_meaning() {
    let contestants: Vec<(&str, &[f64])> = ["engine", "oracle", "matrix", "rules", "thompson", "always-on"]
        .map(|name| (name, if name == "oracle" { [2.0, 3.0].as_slice() } else { [-1.0, -2.0].as_slice() }))
        .to_vec();
    let (tournament, mut flights) = flown(2, &[(world("a"), &contestants)]);
    flights[0].result.verdicts =
        figures::VERDICTS.iter().map(|(name, ..)| (*name, Judged { given: 1, right: 1, gained: 0.0 })).collect();
    let made = Summary::of(&tournament, &flights).figures();
    let mut documented: Vec<&str> = FIGURES.iter().map(|(name, _)| *name).collect();
    documented.sort_unstable();
    assert_eq!(made.into_keys().collect::<Vec<_>>(), documented);
}
