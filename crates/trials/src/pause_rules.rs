//! The trial `pause-rules`: how often rules for pausing stop a healthy campaign, and how soon they stop a bad one.

mod campaign;
mod rule;

use campaign_pilot_metrics::evidence::{GammaPoisson, PoissonMixture, Side};

use self::campaign::{Spending, flight};
use self::rule::{Common, Rule};
use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "pause-rules",
    shows: "how often rules for pausing stop a healthy campaign in 7 days of looks every 15 minutes, and how soon a bad one",
    seeds: 4,
    quick_seeds: 1,
    options: &[],
    figures: &[
        (
            "false_pauses",
            "percent of campaigns at their target cost that the e-process pauses in 7 days, the worst of $40, $100 and $400 a day",
        ),
        ("false_pauses_better", "the same of campaigns that are 20 % better than their target"),
        (
            "expected_sales_to_stop_dead",
            "expected sales until a campaign that sells nothing is paused, the most of the three budgets",
        ),
        (
            "target_cpas_to_stop_double",
            "spend over target cost until a campaign at twice its target cost is paused, the median, the worst budget",
        ),
        ("target_cpas_to_stop_half_more", "the same at 1.5 times the target cost"),
        ("double_stopped_in_7d", "percent of campaigns at twice their target cost that are paused in 7 days at $100 a day"),
        ("false_pauses_gamma_poisson", "percent, the gamma-Poisson e-process with a (5, 5) prior at 5 %"),
        ("target_cpas_to_stop_double_gamma_poisson", "its spend over target cost, as above"),
        ("false_pauses_today_1.4x", "percent, \"today: spend above $20 and cost above 1.4 targets\""),
        ("false_pauses_today_no_sale", "percent, \"today: spend of $50 and no sale\""),
        ("false_pauses_3d_1.3x", "percent, \"3 days: spend of 3 targets and cost above 1.3 targets\""),
        ("false_pauses_3d_30_sales", "percent, \"3 days: cost of 1.5 targets and 30 sales or more\""),
        (
            "double_stopped_today_1.4x",
            "percent of campaigns at twice their target cost that this rule pauses in 7 days at $100 a day",
        ),
        ("double_stopped_today_no_sale", ""),
        ("double_stopped_3d_1.3x", ""),
        ("double_stopped_3d_30_sales", ""),
        ("campaigns", "campaigns for each rule and budget"),
    ],
    run,
    part: None,
};

/// Dollars a day. The target cost of a sale is $20.
const BUDGETS: [f64; 3] = [40.0, 100.0, 400.0];
/// Looks in 7 days.
const WEEK: u32 = 7 * 96;
/// Looks after which a bad campaign that was never paused counts as that: 200 days.
const LONG: u32 = 200 * 96;
/// Campaigns for each seed, and of a quick run.
const CAMPAIGNS: u32 = 10_000;
const QUICK_CAMPAIGNS: u32 = 300;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    figures(settings.seeds, if settings.quick { QUICK_CAMPAIGNS } else { CAMPAIGNS })
}

fn figures(seeds: u32, each: u32) -> Result<Figures, Failure> {
    let evidence = || Ok(Rule::Mixture(PoissonMixture::decline()));
    let gamma = || Ok(Rule::Gamma(GammaPoisson::new(Side::Below, 5.0, 5.0)?));
    let trial = Runs { seeds, each };
    let mut figures = Figures::from([
        ("false_pauses", trial.paused(evidence, 1.0, &BUDGETS)?),
        ("false_pauses_better", trial.paused(evidence, 0.8, &BUDGETS)?),
        ("expected_sales_to_stop_dead", dead(evidence)?),
        ("target_cpas_to_stop_double", trial.spend_to_stop(evidence, 2.0)?),
        ("target_cpas_to_stop_half_more", trial.spend_to_stop(evidence, 1.5)?),
        ("double_stopped_in_7d", trial.paused(evidence, 2.0, &[100.0])?),
        ("false_pauses_gamma_poisson", trial.paused(gamma, 1.0, &BUDGETS)?),
        ("target_cpas_to_stop_double_gamma_poisson", trial.spend_to_stop(gamma, 2.0)?),
        ("campaigns", f64::from(seeds * each)),
    ]);
    for (rule, false_pauses, double) in [
        (Common::TodayDear, "false_pauses_today_1.4x", "double_stopped_today_1.4x"),
        (Common::TodayNoSale, "false_pauses_today_no_sale", "double_stopped_today_no_sale"),
        (Common::ThreeDaysDear, "false_pauses_3d_1.3x", "double_stopped_3d_1.3x"),
        (Common::ThreeDaysManySales, "false_pauses_3d_30_sales", "double_stopped_3d_30_sales"),
    ] {
        let make = || Ok(Rule::common(rule));
        figures.insert(false_pauses, trial.paused(make, 1.0, &BUDGETS)?);
        figures.insert(double, trial.paused(make, 2.0, &[100.0])?);
    }
    Ok(figures)
}

/// How many campaigns are played.
#[derive(Clone, Copy)]
struct Runs {
    seeds: u32,
    each: u32,
}

impl Runs {
    /// The looks after which each campaign was paused.
    fn stops(
        self,
        make: impl Fn() -> Result<Rule, Failure>,
        spending: Spending,
        looks: u32,
        share: u32,
    ) -> Result<Vec<Option<u32>>, Failure> {
        let mut stops = Vec::new();
        for seed in 1..=self.seeds {
            for campaign in 0..self.each.div_ceil(share) {
                stops.push(flight(make()?, spending, looks, u64::from(seed) << 32 | u64::from(campaign))?);
            }
        }
        Ok(stops)
    }

    /// Percent paused in 7 days, the worst of the budgets.
    fn paused(self, make: impl Fn() -> Result<Rule, Failure> + Copy, cost: f64, budgets: &[f64]) -> Result<f64, Failure> {
        let mut worst = 0.0f64;
        for budget in budgets {
            let stops = self.stops(make, Spending { per_day: *budget, cost }, WEEK, 1)?;
            let paused = stops.iter().filter(|stop| stop.is_some()).count();
            worst = worst.max(100.0 * paused as f64 / stops.len().max(1) as f64);
        }
        Ok(worst)
    }

    /// The median spend in target costs until a campaign is paused, the worst of the budgets. A tenth of the campaigns is
    /// enough for a median.
    fn spend_to_stop(self, make: impl Fn() -> Result<Rule, Failure> + Copy, cost: f64) -> Result<f64, Failure> {
        let mut worst = 0.0f64;
        for budget in BUDGETS {
            let spending = Spending { per_day: budget, cost };
            let mut stops: Vec<u32> =
                self.stops(make, spending, LONG, 10)?.into_iter().map(|stop| stop.unwrap_or(LONG)).collect();
            stops.sort_unstable();
            let median = stops.get(stops.len() / 2).copied().unwrap_or(LONG);
            worst = worst.max(f64::from(median) * spending.targets_per_look());
        }
        Ok(worst)
    }
}

/// Expected sales until a dead campaign is paused; no chance is involved.
fn dead(make: impl Fn() -> Result<Rule, Failure>) -> Result<f64, Failure> {
    let mut worst = 0.0f64;
    for budget in BUDGETS {
        let spending = Spending { per_day: budget, cost: f64::INFINITY };
        let stop = flight(make()?, spending, LONG, 0)?.ok_or("a dead campaign was never paused")?;
        worst = worst.max(f64::from(stop) * spending.targets_per_look());
    }
    Ok(worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_and_the_rules_differ() {
        let figures = figures(1, 20).unwrap();
        for (name, _) in TRIAL.figures {
            assert!(figures.get(name).is_some_and(|value| value.is_finite()), "{name}");
        }
        assert_eq!(figures.len(), TRIAL.figures.len());
        assert!(figures["false_pauses"] <= 15.0 && figures["false_pauses_today_1.4x"] > 90.0, "{figures:?}");
        assert!(figures["expected_sales_to_stop_dead"] <= 7.0, "{figures:?}");
    }
}
