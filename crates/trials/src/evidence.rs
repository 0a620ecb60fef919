//! The trial `evidence`: how often tests that are looked at every hour claim an uplift where there is none, and how soon
//! they see a real one.

mod campaign;
mod in_cycle;
mod many;
mod world;
mod z_test;

use std::thread;

use campaign_pilot_metrics::evidence::{Dispersion, StoreSharePolicy};

use self::campaign::{Outcome, Use, watch};
use self::world::{Demand, Scene};
use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "evidence",
    shows: "how often a campaign without effect is called a win in 672 hourly looks, and how soon a real effect is seen",
    seeds: 4,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("false_wins_max", "false wins of the store-share test in percent, the worst of all worlds, rates and histories below"),
        ("false_wins_z_hourly_max", "the same of an hourly z-test of the product's sales against its own history"),
        ("hours_to_see_double_4w", "median hours to declare +100 % at 0.5 sales an hour, with 4 weeks of history"),
        ("hours_to_see_double_12w", "the same with 12 weeks of history"),
        (
            "hours_to_see_half_more_4w",
            "median hours to declare +50 % at 0.5 sales an hour, with 4 weeks of history (673: not in time)",
        ),
        ("hours_to_see_half_more_12w", "the same with 12 weeks of history"),
        (
            "campaigns_per_world",
            "campaigns without effect in each world, at each rate, with each length of history; half of them with bulk orders and with the hold",
        ),
        ("false_wins_clean_0.1", "percent, clean demand, 0.1 sales an hour: the worse of 4 and 12 weeks of history"),
        ("false_wins_clean_0.5", "at 0.5 an hour"),
        ("false_wins_clean_2", "at 2 an hour"),
        ("false_wins_shocks_0.1", "percent, shocks of whole days shared by the store, coefficient of variation 0.4"),
        ("false_wins_shocks_0.5", "at 0.5 an hour"),
        ("false_wins_shocks_2", "at 2 an hour"),
        ("false_wins_wander_0.1", "percent, demand that wanders: AR(0.8) by days, standard deviation 0.4 of the logarithm"),
        ("false_wins_wander_0.5", "at 0.5 an hour"),
        ("false_wins_wander_2", "at 2 an hour"),
        ("false_wins_growth_0.1", "percent, demand that grows 5 % a week"),
        ("false_wins_growth_0.5", "at 0.5 an hour"),
        ("false_wins_growth_2", "at 2 an hour"),
        ("false_wins_z_clean_0.1", "the hourly z-test in the same campaigns"),
        ("false_wins_z_clean_0.5", ""),
        ("false_wins_z_clean_2", ""),
        ("false_wins_z_shocks_0.1", ""),
        ("false_wins_z_shocks_0.5", ""),
        ("false_wins_z_shocks_2", ""),
        ("false_wins_z_wander_0.1", ""),
        ("false_wins_z_wander_0.5", ""),
        ("false_wins_z_wander_2", ""),
        ("false_wins_z_growth_0.1", ""),
        ("false_wins_z_growth_0.5", ""),
        ("false_wins_z_growth_2", ""),
        (
            "false_wins_own_shocks",
            "percent, worst rate: day shocks (0.4) of the promoted product alone, 4 weeks of history; breaks the assumption",
        ),
        ("false_wins_own_shocks_undivided", "the same with the dispersion divisor off"),
        (
            "false_wins_bulk_max",
            "percent, the worst of 0.1, 0.5 and 2 orders an hour, 1 % and 5 % of them of 20 units, 7, 28 and 84 days of history; orders are counted, a refusal wins nothing",
        ),
        ("false_wins_bulk_capped_max", "the same with up to three units of an order counted"),
        ("false_wins_bulk_units_max", "the same with units counted: what the test does not stand"),
        (
            "false_wins_drift",
            "percent, a win held while a warning explains it: the promoted product alone grows by 1 % a day all the time; worst rate and history (4, 12 weeks)",
        ),
        ("false_wins_drift_unheld", "the same without the hold"),
        (
            "false_wins_rest_falls",
            "percent, held: the rest of the store sells a fifth less from the start on; worst rate and history",
        ),
        ("false_wins_rest_falls_unheld", "the same without the hold"),
        ("false_wins_rest_falls_shocks", "held, with shocks of whole days (0.4) that hide the loss"),
        ("false_wins_held", "percent, held: no effect and nothing to warn of, worst rate and history"),
        ("hours_to_see_double_4w_held", "what the hold costs: median hours as above"),
        ("hours_to_see_double_12w_held", ""),
        ("hours_to_see_half_more_4w_held", ""),
        ("hours_to_see_half_more_12w_held", ""),
        ("never_seen_half_more_4w_held", "percent of the campaigns with +50 % that are not seen in time, held"),
        ("never_seen_half_more_12w_held", ""),
        (
            "false_wins_cycle_max",
            "percent, the worst world, rate and history, bulk orders among them: wins by the daily decisions of a pilot with its default policy",
        ),
        (
            "seen_cycle_double_4w",
            "percent of campaigns with +100 % at 0.5 sales an hour that these call a win, with 4 weeks of history",
        ),
        ("campaigns_cycle", "campaigns in each of those"),
        ("many_found", "percent of 100 campaigns that lift their product, among 1,000 at e-BH 5 %, that are found"),
        ("many_wrong", "percent of what is found that lifts nothing"),
    ],
    run,
    part: None,
};

/// Sales of the promoted product per hour, without a campaign.
const RATES: [f64; 3] = [0.1, 0.5, 2.0];
/// Days of history.
const HISTORIES: [usize; 2] = [28, 84];
/// Campaigns for each seed, and of a quick run.
const CAMPAIGNS: u32 = 1_000;
const QUICK_CAMPAIGNS: u32 = 100;

/// A world's name with those of its figures at the three rates, for both tests.
type Row = (Demand, [&'static str; 3], [&'static str; 3]);

const WORLDS: [Row; 4] = [
    (
        Demand::Clean,
        ["false_wins_clean_0.1", "false_wins_clean_0.5", "false_wins_clean_2"],
        ["false_wins_z_clean_0.1", "false_wins_z_clean_0.5", "false_wins_z_clean_2"],
    ),
    (
        Demand::Shocks,
        ["false_wins_shocks_0.1", "false_wins_shocks_0.5", "false_wins_shocks_2"],
        ["false_wins_z_shocks_0.1", "false_wins_z_shocks_0.5", "false_wins_z_shocks_2"],
    ),
    (
        Demand::Wander,
        ["false_wins_wander_0.1", "false_wins_wander_0.5", "false_wins_wander_2"],
        ["false_wins_z_wander_0.1", "false_wins_z_wander_0.5", "false_wins_z_wander_2"],
    ),
    (
        Demand::Growth,
        ["false_wins_growth_0.1", "false_wins_growth_0.5", "false_wins_growth_2"],
        ["false_wins_z_growth_0.1", "false_wins_z_growth_0.5", "false_wins_z_growth_2"],
    ),
];

fn run(settings: &Settings) -> Result<Figures, Failure> {
    figures(settings.seeds, if settings.quick { QUICK_CAMPAIGNS } else { CAMPAIGNS })
}

fn figures(seeds: u32, each: u32) -> Result<Figures, Failure> {
    let usual = Use::default();
    let play = |scene: Scene, used: &Use| play(scene, used, seeds, each);
    let mut figures = Figures::new();
    let (mut worst, mut worst_z) = (0.0f64, 0.0f64);
    for (demand, names, z_names) in WORLDS {
        for ((rate, name), z_name) in RATES.into_iter().zip(names).zip(z_names) {
            let (mut share, mut z) = (0.0f64, 0.0f64);
            for days in HISTORIES {
                let outcomes = play(Scene { demand, ..Scene::clean(rate, days, 1.0) }, &usual)?;
                share = share.max(wins(&outcomes));
                z = z.max(percent(&outcomes, |outcome| outcome.z.is_some()));
            }
            figures.extend([(name, share), (z_name, z)]);
            (worst, worst_z) = (worst.max(share), worst_z.max(z));
        }
    }
    figures.extend([("false_wins_max", worst), ("false_wins_z_hourly_max", worst_z)]);
    for (name, days, effect) in [
        ("hours_to_see_double_4w", 28, 2.0),
        ("hours_to_see_double_12w", 84, 2.0),
        ("hours_to_see_half_more_4w", 28, 1.5),
        ("hours_to_see_half_more_12w", 84, 1.5),
    ] {
        let outcomes = play(Scene::clean(0.5, days, effect), &usual)?;
        figures.insert(name, median_hours(&outcomes));
    }
    for (name, dispersion) in
        [("false_wins_own_shocks", Dispersion::Measured), ("false_wins_own_shocks_undivided", Dispersion::Off)]
    {
        let used = Use { policy: StoreSharePolicy { dispersion, ..StoreSharePolicy::default() }, ..Use::default() };
        let mut worst = 0.0f64;
        for rate in RATES {
            let outcomes = play(Scene { demand: Demand::OwnShocks, ..Scene::clean(rate, 28, 1.0) }, &used)?;
            worst = worst.max(wins(&outcomes));
        }
        figures.insert(name, worst);
    }
    figures.insert("campaigns_per_world", f64::from(seeds * each));
    figures.extend(bulk_orders(seeds, each.div_ceil(2))?);
    figures.extend(held_wins(seeds, each.div_ceil(2))?);
    figures.extend(many::figures(seeds)?);
    figures.extend(in_cycles(seeds, each.div_ceil(40))?);
    Ok(figures)
}

/// What the whole of a daily cycle calls a win.
fn in_cycles(seeds: u32, each: u32) -> Result<Figures, Failure> {
    let wins = |scene: Scene| -> Result<f64, Failure> {
        let found = on_two_threads(seeds, each, |seed| in_cycle::calls_a_win(&scene, seed))?;
        Ok(100.0 * found.iter().filter(|is_win| **is_win).count() as f64 / found.len().max(1) as f64)
    };
    let mut worst = 0.0f64;
    for rate in RATES {
        for days in HISTORIES {
            let clean = Scene::clean(rate, days, 1.0);
            for (demand, ..) in WORLDS {
                worst = worst.max(wins(Scene { demand, ..clean })?);
            }
            worst = worst.max(wins(Scene { bulk: 0.05, ..clean })?);
        }
    }
    Ok(Figures::from([
        ("false_wins_cycle_max", worst),
        ("seen_cycle_double_4w", wins(Scene::clean(0.5, 28, 2.0))?),
        ("campaigns_cycle", f64::from(seeds * each)),
    ]))
}

/// What bulk orders do to the test, by what is counted.
fn bulk_orders(seeds: u32, each: u32) -> Result<Figures, Failure> {
    let mut figures = Figures::new();
    for (name, most_per_order) in
        [("false_wins_bulk_max", 1), ("false_wins_bulk_capped_max", 3), ("false_wins_bulk_units_max", u32::MAX)]
    {
        let used = Use { most_per_order, ..Use::default() };
        let mut worst = 0.0f64;
        for rate in RATES {
            for bulk in [0.01, 0.05] {
                for days in [7, 28, 84] {
                    worst = worst.max(wins(&play(Scene { bulk, ..Scene::clean(rate, days, 1.0) }, &used, seeds, each)?));
                }
            }
        }
        figures.insert(name, worst);
    }
    Ok(figures)
}

/// What the warnings keep from being called a win, and what that costs.
fn held_wins(seeds: u32, each: u32) -> Result<Figures, Failure> {
    let (plain, held) = (Use::default(), Use { is_held: true, ..Use::default() });
    let steady = Scene::clean(1.0, 28, 1.0);
    let (drifts, falls) = (Scene { drift: 1.01, ..steady }, Scene { rest: 0.8, ..steady });
    let mut figures = Figures::new();
    for (name, scene, used) in [
        ("false_wins_drift", drifts, &held),
        ("false_wins_drift_unheld", drifts, &plain),
        ("false_wins_rest_falls", falls, &held),
        ("false_wins_rest_falls_unheld", falls, &plain),
        ("false_wins_rest_falls_shocks", Scene { demand: Demand::Shocks, ..falls }, &held),
        ("false_wins_held", steady, &held),
    ] {
        let mut worst = 0.0f64;
        for rate in RATES {
            for days in HISTORIES {
                worst = worst.max(wins(&play(Scene { rate, days, ..scene }, used, seeds, each)?));
            }
        }
        figures.insert(name, worst);
    }
    for (days, effect, name, never) in [
        (28, 2.0, "hours_to_see_double_4w_held", None),
        (84, 2.0, "hours_to_see_double_12w_held", None),
        (28, 1.5, "hours_to_see_half_more_4w_held", Some("never_seen_half_more_4w_held")),
        (84, 1.5, "hours_to_see_half_more_12w_held", Some("never_seen_half_more_12w_held")),
    ] {
        let outcomes = play(Scene::clean(0.5, days, effect), &held, seeds, each)?;
        figures.insert(name, median_hours(&outcomes));
        figures.extend(never.map(|never| (never, 100.0 - wins(&outcomes))));
    }
    Ok(figures)
}

/// All campaigns of a scene.
fn play(scene: Scene, used: &Use, seeds: u32, each: u32) -> Result<Vec<Outcome>, Failure> {
    on_two_threads(seeds, each, |seed| watch(&scene, used, seed))
}

/// What comes of so many campaigns for each seed, the campaigns shared between two threads.
fn on_two_threads<T: Send>(seeds: u32, each: u32, play: impl Fn(u64) -> Result<T, Failure> + Sync) -> Result<Vec<T>, Failure> {
    let half = |rest: u32| -> Result<Vec<T>, Failure> {
        let mut outcomes = Vec::new();
        for seed in 1..=seeds {
            for campaign in (0..each).filter(|campaign| campaign % 2 == rest) {
                outcomes.push(play(u64::from(seed) << 32 | u64::from(campaign))?);
            }
        }
        Ok(outcomes)
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| half(0));
        let mut outcomes = half(1)?;
        outcomes.extend(other.join().map_err(|_| "a thread of the trial failed")??);
        Ok(outcomes)
    })
}

/// In percent of the campaigns.
fn wins(outcomes: &[Outcome]) -> f64 {
    percent(outcomes, |outcome| outcome.share.is_some())
}

fn percent(outcomes: &[Outcome], is_win: impl Fn(&Outcome) -> bool) -> f64 {
    let wins = outcomes.iter().filter(|outcome| is_win(outcome)).count();
    100.0 * wins as f64 / outcomes.len().max(1) as f64
}

/// The median of the hours until the store-share test declares; campaigns that it never does for count as one hour more
/// than there were.
fn median_hours(outcomes: &[Outcome]) -> f64 {
    let mut hours: Vec<u32> = outcomes.iter().map(|outcome| outcome.share.unwrap_or(673)).collect();
    hours.sort_unstable();
    hours.get(hours.len() / 2).copied().map_or(673.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_and_the_tests_differ() {
        let figures = figures(1, 10).unwrap();
        for (name, _) in TRIAL.figures {
            assert!(figures.get(name).is_some_and(|value| value.is_finite()), "{name}");
        }
        assert_eq!(figures.len(), TRIAL.figures.len());
        // Of ten campaigns in growing demand the z-test calls nearly all wins.
        assert!(figures["false_wins_z_growth_2"] >= 90.0, "{figures:?}");
        assert!(figures["false_wins_growth_2"] <= 20.0, "{figures:?}");
        assert!(figures["hours_to_see_double_12w"] < 100.0, "{figures:?}");
        // Nearly every campaign of a product that grows by itself is a win without the hold.
        assert!(figures["false_wins_drift_unheld"] >= 90.0 && figures["false_wins_drift"] <= 30.0, "{figures:?}");
        assert!(figures["many_found"] >= 80.0 && figures["many_wrong"] <= 5.0, "{figures:?}");
    }
}
