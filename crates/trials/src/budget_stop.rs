//! The trial `budget-stop`: how far campaigns end from their budgets on a platform whose pause only unlists, with the
//! forecast of what is still to come after a stop, and without it.

mod campaigns;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::trial::{Failure, Figures, Settings, Trial};
use campaigns::{Ended, Season};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "budget-stop",
    shows: "final costs against budgets where a stop only unlists, with and without the forecast of what is still to come",
    seeds: 50,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("campaigns", "campaigns over all seeds, 20 each; the same products, budgets and partners with and without the forecast"),
        ("within_105_percent", "campaigns whose final cost stayed within 105 % of their budget, in percent"),
        ("within_105_percent_without_forecast", "the same when a campaign is stopped once its budget is spent"),
        ("within_105_percent_of_stopped", "the same of those that the forecast stopped, in percent"),
        ("overshooting_percent", "campaigns that cost more than 105 % of their budget without the forecast, in percent"),
        ("within_105_percent_of_overshooting", "the part of those that the forecast kept within 105 %, in percent"),
        ("stopped_percent", "campaigns that were stopped for their budget, in percent; the others ended with their flight"),
        ("stopped_percent_without_forecast", "the same without the forecast"),
        ("final_percent_of_budget", "final costs of all campaigns in percent of all budgets: what the caution costs"),
        ("final_percent_of_budget_without_forecast", "the same without the forecast"),
        ("worst_percent_of_budget", "the largest final cost in percent of its budget"),
        ("worst_percent_of_budget_without_forecast", "the same without the forecast"),
        ("learned_hours", "the hours at the pace of a stop that the curve expects after the last seed; it began with 72"),
    ],
    run,
    part: None,
};

/// How many campaigns one seed runs at the same time.
const CAMPAIGNS: usize = 20;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (with, learned) = seasons(settings, true).await?;
        let (without, _) = seasons(settings, false).await?;
        Ok(figures(&with, &without, learned))
    })
}

/// All seeds one after the other: what is learned in one is known in the next.
async fn seasons(settings: &Settings, forecasts: bool) -> Result<(Vec<Ended>, Decimal), Failure> {
    let mut season = Season::new(forecasts);
    let mut ended = Vec::new();
    for seed in 1..=u64::from(settings.seeds) {
        ended.extend(season.run(seed, CAMPAIGNS).await?);
    }
    Ok((ended, season.learned_hours()))
}

fn figures(with: &[Ended], without: &[Ended], learned: Decimal) -> Figures {
    let number = |value: Decimal| value.to_f64().unwrap_or(f64::NAN);
    // The same campaigns in the same order.
    let overshooting: Vec<Ended> =
        with.iter().zip(without).filter(|(_, without)| !without.is_within()).map(|(with, _)| *with).collect();
    let stopped: Vec<Ended> = with.iter().filter(|ended| ended.was_stopped).copied().collect();
    Figures::from([
        ("campaigns", with.len() as f64),
        ("within_105_percent", number(within(with))),
        ("within_105_percent_without_forecast", number(within(without))),
        ("within_105_percent_of_stopped", number(within(&stopped))),
        ("overshooting_percent", number(share(without, |ended| !ended.is_within()))),
        ("within_105_percent_of_overshooting", number(within(&overshooting))),
        ("stopped_percent", number(share(with, |ended| ended.was_stopped))),
        ("stopped_percent_without_forecast", number(share(without, |ended| ended.was_stopped))),
        ("final_percent_of_budget", number(used(with))),
        ("final_percent_of_budget_without_forecast", number(used(without))),
        ("worst_percent_of_budget", number(worst(with))),
        ("worst_percent_of_budget_without_forecast", number(worst(without))),
        ("learned_hours", number(learned)),
    ])
}

fn share(ended: &[Ended], is_so: impl Fn(&Ended) -> bool) -> Decimal {
    percent(ended.iter().filter(|ended| is_so(ended)).count().into(), ended.len().into())
}

fn within(ended: &[Ended]) -> Decimal {
    share(ended, Ended::is_within)
}

fn used(ended: &[Ended]) -> Decimal {
    percent(ended.iter().map(|ended| ended.cost).sum(), ended.iter().map(|ended| ended.budget).sum())
}

fn worst(ended: &[Ended]) -> Decimal {
    ended.iter().map(|ended| percent(ended.cost, ended.budget)).max().unwrap_or_default()
}

fn percent(part: Decimal, whole: Decimal) -> Decimal {
    (part * Decimal::ONE_HUNDRED).checked_div(whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rust_decimal::dec;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_forecast_keeps_more_campaigns_within_their_budgets() {
        let ended = async |forecasts| Season::new(forecasts).run(1, 8).await.unwrap();
        let (with, without) = (ended(true).await, ended(false).await);
        assert_eq!((with.len(), without.len()), (8, 8));
        assert!(within(&with) > within(&without), "{with:?} {without:?}");
        assert!(with.iter().any(|ended| ended.was_stopped && ended.cost > dec!(0)), "{with:?}");
    }

    #[test]
    fn every_figure_has_a_meaning() {
        let names: BTreeSet<_> = figures(&[], &[], dec!(0)).into_keys().collect();
        assert_eq!(names, TRIAL.figures.iter().map(|(name, _)| *name).collect());
    }

    #[test]
    fn a_hundred_and_five_percent_are_within() {
        let ended = |cost| Ended { budget: dec!(20), cost, was_stopped: true };
        assert_eq!(within(&[ended(dec!(21)), ended(dec!(21.01)), ended(dec!(0)), ended(dec!(50))]), dec!(50));
        assert_eq!(worst(&[ended(dec!(21)), ended(dec!(50))]), dec!(250));
        assert_eq!(used(&[ended(dec!(10)), ended(dec!(20))]), dec!(75));
    }
}
