//! The ordered analyses, with all of their tests controlled together.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, CategoryName, Currency, Measured, Money};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::profile::{HourlyValue, Profile, ProfileOf, Scatter, profile};
use super::{Correlation, Kendall, KruskalWallis, benjamini_hochberg, kendall, kruskal_wallis, minimum_pairs, pearson, spearman};
use crate::CampaignMetrics;
use crate::robust::median;

/// From how many campaigns on a category takes part in [`category_effect`].
pub const MINIMUM_CATEGORY_CAMPAIGNS: usize = 5;

/// How one campaign was and how it went.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignOutcome {
    /// The category of its product.
    pub category: Option<CategoryName>,
    /// For how long it ran, in hours.
    pub duration: Measured<Decimal>,
    /// What it might cost at most.
    pub budget: Measured<Money>,
    /// How well it did, such as its net ROAS.
    pub performance: Measured<Decimal>,
    /// By how much it lifted sales, in percent.
    pub lift: Measured<Decimal>,
    /// Its success, such as its efficiency.
    pub success: Measured<Decimal>,
}

impl CampaignOutcome {
    /// From a campaign's metrics: its net ROAS as performance, its sales impact as lift, its efficiency as success.
    #[must_use]
    pub const fn of(metrics: &CampaignMetrics, category: Option<CategoryName>) -> Self {
        Self {
            category,
            duration: Measured::Known(metrics.exposure.hours_live),
            budget: Measured::Known(metrics.exposure.budget),
            performance: metrics.net_roas,
            lift: metrics.sales_impact,
            success: metrics.efficiency,
        }
    }
}

/// Whether a test says anything, alone and among all tests that were made with it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Significance {
    /// The test's own p-value.
    pub p_value: f64,
    /// The same adjusted for all tests made together ([`benjamini_hochberg`]).
    pub adjusted: f64,
    /// Whether the adjusted one is at or below the level.
    pub is_significant: bool,
}

impl Significance {
    const fn alone(p_value: f64) -> Self {
        Self { p_value, adjusted: p_value, is_significant: false }
    }
}

/// How two numbers of campaigns go along, by three coefficients.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Association {
    /// On a line.
    pub pearson: Correlation,
    /// What that says.
    pub pearson_significance: Significance,
    /// In their order.
    pub spearman: Correlation,
    /// What that says.
    pub spearman_significance: Significance,
    /// In their order, pair by pair.
    pub kendall: Kendall,
    /// What that says.
    pub kendall_significance: Significance,
    /// How many campaigns were left out since a number is missing, by reason.
    pub left_out: BTreeMap<Absence, u64>,
}

/// Whether categories differ in the success of their campaigns.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CategoryEffect {
    /// The test over all categories that took part, with its effect sizes.
    pub test: KruskalWallis,
    /// What that says.
    pub significance: Significance,
    /// The categories that took part.
    pub categories: Vec<CategoryLevel>,
    /// Categories with fewer than [`MINIMUM_CATEGORY_CAMPAIGNS`] campaigns, with how many they have.
    pub too_small: BTreeMap<CategoryName, u64>,
    /// Campaigns without a category.
    pub without_category: u64,
    /// How many campaigns were left out since their success is not known, by reason.
    pub left_out: BTreeMap<Absence, u64>,
}

/// How the campaigns of one category did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CategoryLevel {
    /// The category.
    pub category: CategoryName,
    /// How many campaigns it has.
    pub campaigns: u64,
    /// The median of their success.
    pub median: f64,
}

/// A profile and what its test says.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TimePattern {
    /// The profile.
    pub profile: Profile,
    /// Whether it has any pattern.
    pub significance: Significance,
}

/// All ordered analyses. What cannot be said is absent and says why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Patterns {
    /// Duration against performance.
    pub duration_and_performance: Measured<Association>,
    /// Budget against lift.
    pub budget_and_lift: Measured<Association>,
    /// Category against success.
    pub category_and_success: Measured<CategoryEffect>,
    /// The pattern of the hours of the day.
    pub time_of_day: Measured<TimePattern>,
    /// The pattern of the days of the week.
    pub weekday: Measured<TimePattern>,
    /// The level that all tests together are held to: at most this share of what is called significant is chance.
    pub level: f64,
    /// How many tests were made.
    pub tests: u32,
}

/// All ordered analyses over campaigns and hourly values, their p-values adjusted together.
///
/// Going along is not causing: campaigns that do badly are stopped early, and promising ones get more budget, so both
/// duration and budget go along with success without being its reason.
///
/// # Errors
///
/// [`Absence::OutOfRange`] for a level outside of (0, 1). Each analysis that cannot be made is absent in the result.
///
/// ```
/// use campaign_pilot_core::{Absence, Currency, Measured, Money};
/// use campaign_pilot_metrics::{CampaignOutcome, Scatter, patterns};
/// use jiff::tz::TimeZone;
/// use rust_decimal::Decimal;
///
/// let campaign = |budget: i64, lift: i64| CampaignOutcome {
///     category: None,
///     duration: Measured::Absent(Absence::NotYetReported),
///     budget: Measured::Known(Money::new(Decimal::from(budget), Currency::EUR)),
///     performance: Measured::Absent(Absence::NoSpend),
///     lift: Measured::Known(Decimal::from(lift)),
///     success: Measured::Absent(Absence::NoViewSource),
/// };
/// let campaigns: Vec<_> = (1..9).map(|number| campaign(10 * number, number * number)).collect();
/// let patterns = patterns(&campaigns, &[], Scatter::Counts, &TimeZone::UTC, 0.05)?;
/// let budget = patterns.budget_and_lift.ok()?;
/// assert!(budget.kendall.coefficient > 0.999 && budget.kendall_significance.is_significant);
/// assert_eq!(patterns.duration_and_performance.absence(), Some(Absence::TooFewObservations));
/// # Ok::<(), Absence>(())
/// ```
pub fn patterns(
    campaigns: &[CampaignOutcome],
    hours: &[HourlyValue],
    scatter: Scatter,
    zone: &TimeZone,
    level: f64,
) -> Result<Patterns, Absence> {
    minimum_pairs(level)?;
    let mut patterns = Patterns {
        duration_and_performance: duration_against_performance(campaigns, level).into(),
        budget_and_lift: budget_against_lift(campaigns, level).into(),
        category_and_success: category_effect(campaigns).into(),
        time_of_day: time_pattern(hours, ProfileOf::Day, scatter, zone).into(),
        weekday: time_pattern(hours, ProfileOf::Week, scatter, zone).into(),
        level,
        tests: 0,
    };
    let mut tests: Vec<&mut Significance> = Vec::new();
    for association in [&mut patterns.duration_and_performance, &mut patterns.budget_and_lift] {
        if let Measured::Known(association) = association {
            tests.extend([
                &mut association.pearson_significance,
                &mut association.spearman_significance,
                &mut association.kendall_significance,
            ]);
        }
    }
    if let Measured::Known(effect) = &mut patterns.category_and_success {
        tests.push(&mut effect.significance);
    }
    for pattern in [&mut patterns.time_of_day, &mut patterns.weekday] {
        if let Measured::Known(pattern) = pattern {
            tests.push(&mut pattern.significance);
        }
    }
    patterns.tests = u32::try_from(adjust(tests, level)?).unwrap_or(u32::MAX);
    Ok(patterns)
}

/// Duration against performance. The significances are those of each test alone; [`patterns`] adjusts them together.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] below [`minimum_pairs`] at the level, [`Absence::Constant`] when one of both does not vary.
pub fn duration_against_performance(campaigns: &[CampaignOutcome], level: f64) -> Result<Association, Absence> {
    associate(campaigns.iter().map(|campaign| (campaign.duration, campaign.performance)), level)
}

/// Budget against lift, as [`duration_against_performance`].
///
/// # Errors
///
/// [`Absence::MixedCurrencies`] when the budgets are of several currencies, otherwise as [`duration_against_performance`].
pub fn budget_against_lift(campaigns: &[CampaignOutcome], level: f64) -> Result<Association, Absence> {
    let mut currencies: Vec<Currency> =
        campaigns.iter().filter_map(|campaign| campaign.budget.known()).map(|budget| budget.currency).collect();
    currencies.sort();
    currencies.dedup();
    if currencies.len() > 1 {
        return Err(Absence::MixedCurrencies);
    }
    associate(campaigns.iter().map(|campaign| (campaign.budget.map(|budget| budget.amount), campaign.lift)), level)
}

/// Category against success. The significance is that of the test alone; [`patterns`] adjusts it with the others.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] unless two categories have [`MINIMUM_CATEGORY_CAMPAIGNS`] campaigns,
/// [`Absence::Constant`] when all did equally well.
pub fn category_effect(campaigns: &[CampaignOutcome]) -> Result<CategoryEffect, Absence> {
    let mut groups: BTreeMap<CategoryName, Vec<f64>> = BTreeMap::new();
    let (mut without_category, mut left_out) = (0, BTreeMap::new());
    for campaign in campaigns {
        match (&campaign.category, number(campaign.success)) {
            (_, Err(absence)) => *left_out.entry(absence).or_default() += 1,
            (None, Ok(_)) => without_category += 1,
            (Some(category), Ok(success)) => groups.entry(category.clone()).or_default().push(success),
        }
    }
    let (mut groups, small): (BTreeMap<_, _>, BTreeMap<_, _>) =
        groups.into_iter().partition(|(_, group): &(_, Vec<f64>)| group.len() >= MINIMUM_CATEGORY_CAMPAIGNS);
    let columns: Vec<&[f64]> = groups.values().map(Vec::as_slice).collect();
    let test = kruskal_wallis(&columns)?;
    let categories = groups.iter_mut().filter_map(|(category, group)| {
        group.sort_by(f64::total_cmp);
        let median = median(group)?;
        Some(CategoryLevel { category: category.clone(), campaigns: group.len() as u64, median })
    });
    Ok(CategoryEffect {
        categories: categories.collect(),
        significance: Significance::alone(test.p_value),
        test,
        too_small: small.into_iter().map(|(category, group)| (category, group.len() as u64)).collect(),
        without_category,
        left_out,
    })
}

fn time_pattern(hours: &[HourlyValue], of: ProfileOf, scatter: Scatter, zone: &TimeZone) -> Result<TimePattern, Absence> {
    let profile = profile(hours, of, scatter, zone)?;
    Ok(TimePattern { significance: Significance::alone(profile.test.p_value), profile })
}

fn associate(pairs: impl Iterator<Item = (Measured<Decimal>, Measured<Decimal>)>, level: f64) -> Result<Association, Absence> {
    let least = minimum_pairs(level)?;
    let (mut x, mut y, mut left_out) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (a, b) in pairs {
        match number(a).and_then(|a| Ok((a, number(b)?))) {
            Ok((a, b)) => {
                x.push(a);
                y.push(b);
            }
            Err(absence) => *left_out.entry(absence).or_default() += 1,
        }
    }
    if x.len() < least {
        return Err(Absence::TooFewObservations);
    }
    let (pearson, spearman, kendall) = (pearson(&x, &y)?, spearman(&x, &y)?, kendall(&x, &y)?);
    Ok(Association {
        pearson_significance: Significance::alone(pearson.p_value.ok()?),
        spearman_significance: Significance::alone(spearman.p_value.ok()?),
        kendall_significance: Significance::alone(kendall.p_value()),
        pearson,
        spearman,
        kendall,
        left_out,
    })
}

fn number(value: Measured<Decimal>) -> Result<f64, Absence> {
    value.ok()?.to_f64().ok_or(Absence::OutOfRange)
}

/// Adjusts all tests together. How many there are.
fn adjust(tests: Vec<&mut Significance>, level: f64) -> Result<usize, Absence> {
    let p_values: Vec<f64> = tests.iter().map(|test| test.p_value).collect();
    for (test, adjusted) in tests.into_iter().zip(benjamini_hochberg(&p_values)?) {
        test.adjusted = adjusted;
        test.is_significant = adjusted <= level;
    }
    Ok(p_values.len())
}

#[cfg(test)]
mod tests;
