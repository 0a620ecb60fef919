//! Difference in differences: what changed for those with the campaign beyond what changed for those without.

use serde::{Deserialize, Serialize};

use super::estimate::normal_reach;
use super::{Estimate, Interval, LiftError, Welch, all_finite, at_least, finite};
use crate::linear::{Ols, count, scale_of};

/// One side's total before and since the campaign.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct BeforeAfter {
    /// The total before, over as long a time as after.
    pub before: f64,
    /// The total since.
    pub after: f64,
}

/// A difference in differences with the control brought to the treated side's size.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ScaledDifference {
    /// What the treated side gained beyond the control's growth.
    pub effect: f64,
    /// What it would have been with the control's growth.
    pub counterfactual: f64,
    /// The effect as a share of the counterfactual: 0.05 is 5 %.
    pub lift: f64,
}

/// The scaled difference in differences of two totals.
///
/// # Formula
///
/// `(Yt1 - Yt0) - (Yc1 - Yc0) Yt0 / Yc0`, which is `Yt1 - Yt0 Yc1 / Yc0`
///
/// # Errors
///
/// [`LiftError::ZeroBaseline`] unless both totals before and the counterfactual are above zero,
/// [`LiftError::NotFinite`] and [`LiftError::OutOfRange`] for numbers that are not finite.
///
/// ```
/// use campaign_pilot_metrics::lift::{BeforeAfter, scaled_difference};
///
/// // The rest of the store grew by a tenth, the product by half.
/// let product = BeforeAfter { before: 40.0, after: 60.0 };
/// let rest = BeforeAfter { before: 800.0, after: 880.0 };
/// let found = scaled_difference(product, rest)?;
/// assert!((found.counterfactual - 44.0).abs() < 1e-12);
/// assert!((found.effect - 16.0).abs() < 1e-12);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn scaled_difference(treated: BeforeAfter, control: BeforeAfter) -> Result<ScaledDifference, LiftError> {
    all_finite([&treated.before, &treated.after, &control.before, &control.after])?;
    if treated.before <= 0.0 || control.before <= 0.0 {
        return Err(LiftError::ZeroBaseline);
    }
    let counterfactual = finite(treated.before * (control.after / control.before))?;
    if counterfactual <= 0.0 {
        return Err(LiftError::ZeroBaseline);
    }
    let effect = finite(treated.after - counterfactual)?;
    Ok(ScaledDifference { effect, counterfactual, lift: finite(effect / counterfactual)? })
}

/// A difference in differences of logarithms.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct LogRatio {
    /// The logarithm of the ratio of both growths.
    pub log: Estimate,
    /// The lift: 0.05 is 5 %.
    pub lift: f64,
    /// The interval of the lift.
    pub lift_interval: Interval,
}

/// The ratio of two growths of counts.
///
/// # Formula
///
/// `log(Yt1 / Yt0) - log(Yc1 / Yc0)` with the variance `(1/Yt1 + 1/Yt0 + 1/Yc1 + 1/Yc0) dispersion`; the dispersion is 1
/// for Poisson counts, and above it for counts that come in bunches.
///
/// # Errors
///
/// [`LiftError::ZeroBaseline`] when one of the four counts is zero or below, [`LiftError::Setting`] for a dispersion
/// of zero or below or a confidence that is none.
pub fn log_ratio(treated: BeforeAfter, control: BeforeAfter, dispersion: f64, confidence: f64) -> Result<LogRatio, LiftError> {
    let counts = [treated.before, treated.after, control.before, control.after];
    all_finite(&counts)?;
    if counts.iter().any(|count| *count <= 0.0) {
        return Err(LiftError::ZeroBaseline);
    }
    if !(dispersion.is_finite() && dispersion > 0.0) {
        return Err(LiftError::Setting);
    }
    let growth = |side: BeforeAfter| side.after.ln() - side.before.ln();
    let variance: f64 = counts.iter().map(|count| dispersion / count).sum();
    let log = Estimate::normal(growth(treated) - growth(control), variance.sqrt(), confidence)?;
    let reach = normal_reach(confidence)? * log.standard_error;
    let lift = |log: f64| finite(log.exp_m1());
    let lift_interval = Interval { lower: lift(log.value - reach)?, upper: lift(log.value + reach)?, confidence };
    Ok(LogRatio { log, lift: lift(log.value)?, lift_interval })
}

/// One household (or customer, or shop) before and after.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Household {
    /// Whether the campaign was for it.
    pub treated: bool,
    /// Its total before.
    pub before: f64,
    /// Its total after.
    pub after: f64,
}

/// Which variation the standard errors allow for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardErrors {
    /// Equal variances, independent rows; Student's t.
    Plain,
    /// Unequal variances, independent rows (HC1); normal.
    Hc1,
    /// Unequal variances and any correlation within a household (factor `G/(G-1) (N-1)/(N-K)`); normal.
    #[default]
    Clustered,
}

/// The four means.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct CellMeans {
    /// Of the treated.
    pub treated: BeforeAfter,
    /// Of the others.
    pub control: BeforeAfter,
}

/// The regression `y ~ treated * after` over two rows per household.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct DidRegression {
    /// The four means.
    pub means: CellMeans,
    /// The mean of the others before.
    pub intercept: Estimate,
    /// How the treated differed before.
    pub treated: Estimate,
    /// How the others changed.
    pub after: Estimate,
    /// How much more the treated changed: the difference in differences.
    pub effect: Estimate,
}

/// The difference in differences of households by least squares.
///
/// The effect is the difference of the four means. Use [`StandardErrors::Clustered`] unless there is a reason not to: a
/// household's two rows are not independent.
///
/// # Errors
///
/// [`LiftError::TooFew`] below two households on a side, [`LiftError::NoVariation`] when all residuals are zero,
/// [`LiftError::NotFinite`] for a total that is not finite.
///
/// ```
/// use campaign_pilot_metrics::lift::{Household, StandardErrors, did_regression};
///
/// let household = |treated, before, after| Household { treated, before, after };
/// let panel = [
///     household(true, 40.0, 52.0), household(true, 10.0, 19.0), household(true, 25.0, 38.0),
///     household(false, 30.0, 33.0), household(false, 15.0, 16.0), household(false, 22.0, 24.0),
/// ];
/// let found = did_regression(&panel, StandardErrors::Clustered, 0.95)?;
/// assert!((found.effect.value - (34.0 / 3.0 - 2.0)).abs() < 1e-12);
/// assert!(found.effect.interval.lower > 5.0);
/// # Ok::<(), campaign_pilot_metrics::lift::LiftError>(())
/// ```
pub fn did_regression(panel: &[Household], errors: StandardErrors, confidence: f64) -> Result<DidRegression, LiftError> {
    let scale = checked(panel)?;
    let mut columns = vec![Vec::new(); 4];
    let mut totals = Vec::with_capacity(2 * panel.len());
    for household in panel {
        let treated = if household.treated { 1.0 } else { 0.0 };
        for (after, total) in [(0.0, household.before), (1.0, household.after)] {
            let row = [1.0, treated, after, treated * after];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            totals.push(total / scale);
        }
    }
    let fit = Ols::fit(columns, &totals).ok_or(LiftError::Singular)?;
    let (covariance, freedom) = match errors {
        StandardErrors::Plain => (fit.plain(), Some(fit.degrees_of_freedom())),
        StandardErrors::Hc1 => (fit.hc1(), None),
        StandardErrors::Clustered => (fit.clustered(2), None),
    };
    let mut estimates = Vec::with_capacity(4);
    for (index, (coefficient, row)) in fit.coefficients.iter().zip(&covariance).enumerate() {
        let error = row.get(index).copied().unwrap_or_default().sqrt() * scale;
        estimates.push(match freedom {
            Some(freedom) => Estimate::student(coefficient * scale, error, freedom, confidence)?,
            None => Estimate::normal(coefficient * scale, error, confidence)?,
        });
    }
    let [intercept, treated, after, effect] = <[Estimate; 4]>::try_from(estimates).map_err(|_| LiftError::Singular)?;
    Ok(DidRegression { means: means(panel), intercept, treated, after, effect })
}

/// Welch's t test on each household's change: the same effect, with the degrees of freedom of two samples.
///
/// # Errors
///
/// As [`did_regression`].
pub fn change_scores(panel: &[Household], confidence: f64) -> Result<Welch, LiftError> {
    checked(panel)?;
    let changes = |treated: bool| -> Vec<f64> {
        panel.iter().filter(|row| row.treated == treated).map(|row| row.after - row.before).collect()
    };
    Welch::of(&changes(true), &changes(false), confidence)
}

/// Checks the totals and gives a common scale for them.
fn checked(panel: &[Household]) -> Result<f64, LiftError> {
    let totals: Vec<f64> = panel.iter().flat_map(|row| [row.before, row.after]).collect();
    all_finite(&totals)?;
    let treated = panel.iter().filter(|row| row.treated).count();
    at_least(2, treated)?;
    at_least(2, panel.len() - treated)?;
    Ok(scale_of(&totals))
}

fn means(panel: &[Household]) -> CellMeans {
    let side = |treated: bool| {
        let rows = panel.iter().filter(|row| row.treated == treated);
        let size = count(rows.clone().count());
        BeforeAfter { before: rows.clone().map(|row| row.before / size).sum(), after: rows.map(|row| row.after / size).sum() }
    };
    CellMeans { treated: side(true), control: side(false) }
}
