//! The trial `evidence`: how often tests that are looked at every hour claim an uplift where there is none, and how soon
//! they see a real one.

mod campaign;
mod world;
mod z_test;

use std::thread;

use campaign_pilot_metrics::evidence::{Dispersion, StoreSharePolicy};

use self::campaign::{Outcome, watch};
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
        ("campaigns_per_world", "campaigns without effect in each world, at each rate, with each length of history"),
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
    ],
    run,
    part: None,
};

/// Sales of the promoted product per hour, without a campaign.
const RATES: [f64; 3] = [0.1, 0.5, 2.0];
const WEEKS: [usize; 2] = [4, 12];
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
    let policy = StoreSharePolicy::default();
    let play = |scene: Scene, policy: &StoreSharePolicy| play(scene, policy, seeds, each);
    let mut figures = Figures::new();
    let (mut worst, mut worst_z) = (0.0f64, 0.0f64);
    for (demand, names, z_names) in WORLDS {
        for ((rate, name), z_name) in RATES.into_iter().zip(names).zip(z_names) {
            let (mut share, mut z) = (0.0f64, 0.0f64);
            for weeks in WEEKS {
                let outcomes = play(Scene { demand, rate, weeks, effect: 1.0 }, &policy)?;
                share = share.max(percent(&outcomes, |outcome| outcome.share.is_some()));
                z = z.max(percent(&outcomes, |outcome| outcome.z.is_some()));
            }
            figures.extend([(name, share), (z_name, z)]);
            (worst, worst_z) = (worst.max(share), worst_z.max(z));
        }
    }
    figures.extend([("false_wins_max", worst), ("false_wins_z_hourly_max", worst_z)]);
    for (name, weeks, effect) in [
        ("hours_to_see_double_4w", 4, 2.0),
        ("hours_to_see_double_12w", 12, 2.0),
        ("hours_to_see_half_more_4w", 4, 1.5),
        ("hours_to_see_half_more_12w", 12, 1.5),
    ] {
        let outcomes = play(Scene { demand: Demand::Clean, rate: 0.5, weeks, effect }, &policy)?;
        figures.insert(name, median_hours(&outcomes));
    }
    for (name, dispersion) in
        [("false_wins_own_shocks", Dispersion::Measured), ("false_wins_own_shocks_undivided", Dispersion::Off)]
    {
        let policy = StoreSharePolicy { dispersion, ..StoreSharePolicy::default() };
        let mut worst = 0.0f64;
        for rate in RATES {
            let outcomes = play(Scene { demand: Demand::OwnShocks, rate, weeks: 4, effect: 1.0 }, &policy)?;
            worst = worst.max(percent(&outcomes, |outcome| outcome.share.is_some()));
        }
        figures.insert(name, worst);
    }
    figures.insert("campaigns_per_world", f64::from(seeds * each));
    Ok(figures)
}

/// All campaigns of a scene, the seeds shared between two threads.
fn play(scene: Scene, policy: &StoreSharePolicy, seeds: u32, each: u32) -> Result<Vec<Outcome>, Failure> {
    let half = |rest: u32| -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Vec::new();
        for seed in (1..=seeds).filter(|seed| seed % 2 == rest) {
            for campaign in 0..each {
                outcomes.push(watch(&scene, policy, u64::from(seed) << 32 | u64::from(campaign))?);
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
    }
}
