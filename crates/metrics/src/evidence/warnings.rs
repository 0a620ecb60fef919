//! What may pass for an uplift in a store-share test: the product's own trend, and a rest of the store that sells less.

use serde::{Deserialize, Serialize};

use super::running::parameter;
use super::share::totals;
use super::{DayOfSales, EvidenceError, StoreShare, StoreSharePolicy};
use crate::special::normal_sf;

/// Days of a week: the rest of the store is compared with the same days of the weeks before.
const WEEK: usize = 7;

/// When [`share_warnings`] would have a win held.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShareWarningPolicy {
    /// How far the odds of a product drift by themselves, per day, where its history does not tell: one standard deviation of
    /// their logarithm, 0.01 unless set. With 0 no drift is reckoned with.
    pub usual_drift: f64,
    /// How many standard deviations beyond the best guess the drift may be, 0.75 unless set.
    pub trend_margin: f64,
    /// How many standard deviations above what is expected of it the rest of the store might have sold, 1 unless set.
    pub rest_margin: f64,
    /// The error rate at which a drift, or a move of the rest, is called seen, 0.05 unless set.
    pub alpha: f64,
}

impl Default for ShareWarningPolicy {
    fn default() -> Self {
        Self { usual_drift: 0.01, trend_margin: 0.75, rest_margin: 1.0, alpha: 0.05 }
    }
}

impl ShareWarningPolicy {
    pub(super) fn check(&self) -> Result<(), EvidenceError> {
        parameter("usual_drift", self.usual_drift, 0.0..=1.0)?;
        parameter("trend_margin", self.trend_margin, 0.0..=10.0)?;
        parameter("rest_margin", self.rest_margin, 0.0..=10.0)?;
        parameter("alpha", self.alpha, 1e-12..=0.5).map(|_| ())
    }
}

/// The promoted products' own trend before the campaign.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProductTrend {
    /// How much their odds grew each day by the best guess, as a logarithm: 0.01 is about 1 % a day.
    pub per_day: f64,
    /// How likely a history without a drift shows at least as much of one, in one look.
    pub p_value: f64,
    /// Whether a drift is seen in the history: one of an error rate of the policy's `alpha`.
    pub is_seen: bool,
    /// The growth that was reckoned with.
    pub reckoned_per_day: f64,
    /// The logarithm of the e-value against a share that went on with it.
    pub ln_e: f64,
    /// Whether that trend may be all there is: the e-value does not reach the test's threshold. A win must be held.
    pub may_explain: bool,
}

/// The rest of the store since the campaign began, beside the same days of the weeks before.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct RestMoved {
    /// What it sold over what was to be expected; above 1 it jumped, below 1 it fell.
    pub ratio: f64,
    /// One standard deviation of that ratio, by how the days before varied.
    pub deviation: f64,
    /// How likely a rest that goes on as before moves at least as much, in one look.
    pub p_value: f64,
    /// Whether it moved: by the error rate of the policy's `alpha`.
    pub is_seen: bool,
    /// The logarithm of the e-value, had the rest sold what it might have.
    pub ln_e: f64,
    /// Whether its fall may be all there is: the e-value does not reach the test's threshold. A win must be held.
    pub may_explain: bool,
}

/// What a win of [`StoreShare`] would have to stand.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ShareWarnings {
    /// The promoted products' own trend.
    pub product_trend: ProductTrend,
    /// The rest of the store; `None` before the first whole day, with less than two weeks of history, and where the rest did
    /// not sell on such days.
    pub rest_moved: Option<RestMoved>,
}

impl ShareWarnings {
    /// Whether a win of the test would not stand now: either may explain it, or the rest cannot be compared yet.
    ///
    /// It says so too while there is nothing to win. A win that once stood may be kept.
    #[must_use]
    pub fn holds_a_win(&self) -> bool {
        self.product_trend.may_explain || self.rest_moved.is_none_or(|rest| rest.may_explain)
    }
}

/// Looks for what a store-share test takes for an uplift though it is none: a share that was rising before, and a rest of the
/// store that sells less than before.
///
/// `history` are the days before the campaign, `live` the whole days since, `today` what has been sold since the last of them.
/// Days follow one another and are 24 hours that end, and begin, with the campaign's start; so the same days of the week can
/// be compared. The rest of the store must have been the same products all the time.
///
/// A win should be held while this warns ([`ShareWarnings::holds_a_win`]). The price is time, more of it the shorter the
/// history is. What it cannot see: a drift or a fall that begins with the campaign and is hidden by the growth of the store, or
/// by days that vary as much; and whatever else touches the promoted products alone from that day on.
///
/// # Formula
///
/// *Trend.* The logarithm of the odds is `a + b t` on day `t`. The score test of `b = 0` is
/// `Σ (s_t - n_t p)(t - t̄) / sqrt(φ p (1 - p) Σ n_t (t - t̄)²)`, `φ` the dispersion, `t̄` weighted with the sales. `b` is
/// guessed by its likelihood (to the power `1/φ`) times a normal law of standard deviation `usual_drift` around 0; reckoned
/// with is that guess plus `trend_margin` of its standard deviations, at least 0. The test is then made against `pU` moved
/// along from the middle of the history.
///
/// *Rest.* Expected is the mean of the same days of the week. The deviation takes the days of the history to be
/// autoregressive around theirs, with their variance and their correlation from day to day. The test is then made as if the
/// rest had sold what is expected plus `rest_margin` deviations, if it sold less.
///
/// # Errors
///
/// Those of [`StoreShare::new`], and [`EvidenceError::Observation`] for a live count outside the domain.
///
/// ```
/// use campaign_pilot_metrics::evidence::{DayOfSales, StoreSharePolicy, share_warnings};
///
/// let policy = StoreSharePolicy::default();
/// let day = |promoted: f64, rest: f64| DayOfSales { promoted, rest };
/// // Twice the sales beside a steady rest stand; the same share because the rest lost half of its sales does not.
/// let history = [day(12.0, 240.0); 56];
/// let uplift = share_warnings(&policy, &history, &[day(24.0, 240.0); 7], DayOfSales::default())?;
/// assert!(!uplift.holds_a_win());
/// let fall = share_warnings(&policy, &history, &[day(12.0, 120.0); 7], DayOfSales::default())?;
/// assert!(fall.rest_moved.is_some_and(|rest| rest.is_seen && rest.may_explain) && fall.holds_a_win());
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
pub fn share_warnings(
    policy: &StoreSharePolicy,
    history: &[DayOfSales],
    live: &[DayOfSales],
    today: DayOfSales,
) -> Result<ShareWarnings, EvidenceError> {
    ShareWatch::new(policy, history)?.look(live, today)
}

/// [`share_warnings`] for many looks at one campaign: what the history says is worked out once.
#[derive(Clone, Debug)]
pub struct ShareWatch {
    policy: ShareWarningPolicy,
    /// The test before its first sale.
    test: StoreShare,
    days: usize,
    middle: f64,
    trend: Trend,
    week: Week,
}

impl ShareWatch {
    /// Learns from the days before the campaign.
    ///
    /// # Errors
    ///
    /// Those of [`StoreShare::new`].
    pub fn new(policy: &StoreSharePolicy, history: &[DayOfSales]) -> Result<Self, EvidenceError> {
        let test = StoreShare::new(policy, history)?;
        let trend = Trend::of(history, test.dispersion(), policy.warnings.usual_drift);
        let (days, middle, week) = (history.len(), middle(history), Week::of(history));
        Ok(Self { policy: policy.warnings, test, days, middle, trend, week })
    }

    /// What there is to warn of after these whole days and what of the next one has come, as in [`share_warnings`].
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a count outside the domain.
    pub fn look(&self, live: &[DayOfSales], today: DayOfSales) -> Result<ShareWarnings, EvidenceError> {
        let (promoted, _) = totals(live.iter().chain([&today]))?;
        Ok(ShareWarnings {
            product_trend: self.product_trend(promoted, live, today),
            rest_moved: self.rest_moved(promoted, live, today),
        })
    }

    fn product_trend(&self, promoted: f64, live: &[DayOfSales], today: DayOfSales) -> ProductTrend {
        let reckoned = self.policy.trend_margin.mul_add(self.trend.deviation, self.trend.per_day).max(0.0);
        let limit = self.test.share_limit();
        let start = (limit / (1.0 - limit)).ln();
        // Live days are counted on from the history's.
        let null: Vec<(f64, f64)> = (self.days..)
            .zip(live.iter().chain([&today]))
            .map(|(index, day)| (day.promoted + day.rest, logistic(reckoned.mul_add(index as f64 - self.middle, start))))
            .collect();
        let ln_e = self.test.ln_e_against(promoted, &null);
        ProductTrend {
            per_day: self.trend.per_day,
            p_value: self.trend.p_value,
            is_seen: self.trend.p_value <= self.policy.alpha,
            reckoned_per_day: reckoned,
            ln_e,
            may_explain: ln_e < self.test.threshold(),
        }
    }

    fn rest_moved(&self, promoted: f64, live: &[DayOfSales], today: DayOfSales) -> Option<RestMoved> {
        if live.is_empty() || self.days < 2 * WEEK {
            return None;
        }
        let expected: f64 = (self.days..).take(live.len()).map(|index| self.week.expected(index)).sum();
        let seen: f64 = live.iter().map(|day| day.rest).sum();
        if expected <= 0.0 {
            return None;
        }
        let deviation = (self.week.variance(live.len()) + self.week.variance(self.days)).sqrt();
        let ratio = seen / expected;
        let p_value = normal_sf((ratio - 1.0).abs() / deviation).map_or(1.0, |tail| 2.0 * tail);
        let might = expected * self.policy.rest_margin.mul_add(deviation, 1.0);
        // Today is not over: it is taken to have lost what the days before it did, up to nine tenths.
        let rest = if seen >= might { seen + today.rest } else { (might / seen).min(10.0).mul_add(today.rest, might) };
        let ln_e = self.test.ln_e_against(promoted, &[(promoted + rest, self.test.share_limit())]);
        let is_seen = p_value <= self.policy.alpha;
        Some(RestMoved { ratio, deviation, p_value, is_seen, ln_e, may_explain: ln_e < self.test.threshold() })
    }
}

/// The middle of the history, by its sales.
fn middle(history: &[DayOfSales]) -> f64 {
    let (mut sales, mut moment) = (0.0, 0.0);
    for (index, day) in history.iter().enumerate() {
        sales += day.promoted + day.rest;
        moment += (day.promoted + day.rest) * index as f64;
    }
    moment / sales
}

/// The drift of the odds over the history.
#[derive(Clone, Copy, Debug)]
struct Trend {
    per_day: f64,
    deviation: f64,
    p_value: f64,
}

impl Trend {
    fn of(history: &[DayOfSales], dispersion: f64, usual_drift: f64) -> Self {
        let promoted: f64 = history.iter().map(|day| day.promoted).sum();
        let sales: f64 = history.iter().map(|day| day.promoted + day.rest).sum();
        let (mut level, mut per_day) = ((promoted / (sales - promoted)).ln(), 0.0);
        let middle = middle(history);
        let flat = Slope::at(history, middle, level, 0.0);
        let score = flat.moment / (dispersion * flat.information).sqrt();
        let p_value = if score.is_finite() { normal_sf(score.abs()).map_or(1.0, |tail| 2.0 * tail) } else { 1.0 };
        if usual_drift <= 0.0 {
            return Self { per_day: 0.0, deviation: 0.0, p_value };
        }
        // Newton's steps to the mode; the law around 0 makes it one, and the cut keeps the first of them from leaving.
        let prior = dispersion / (usual_drift * usual_drift);
        let mut slope = flat;
        for _ in 0..50 {
            let (pull, stiff) = (slope.moment - prior * per_day, slope.square + prior);
            let ground = slope.weight * stiff - slope.cross * slope.cross;
            let up = (stiff * slope.sum - slope.cross * pull) / ground;
            let along = (slope.weight * pull - slope.cross * slope.sum) / ground;
            if !up.is_finite() || !along.is_finite() {
                break;
            }
            level += up.clamp(-1.0, 1.0);
            per_day += along.clamp(-0.1, 0.1);
            slope = Slope::at(history, middle, level, per_day);
            if up.abs() < 1e-10 && along.abs() < 1e-12 {
                break;
            }
        }
        let deviation = (dispersion / (slope.information + prior)).sqrt();
        Self { per_day, deviation, p_value }
    }
}

/// Sums over the days of what was seen less what a trend expects, and of its weights.
struct Slope {
    sum: f64,
    moment: f64,
    weight: f64,
    cross: f64,
    square: f64,
    /// Of the slope, the level being unknown.
    information: f64,
}

impl Slope {
    fn at(history: &[DayOfSales], middle: f64, level: f64, per_day: f64) -> Self {
        let mut slope = Self { sum: 0.0, moment: 0.0, weight: 0.0, cross: 0.0, square: 0.0, information: 0.0 };
        for (index, day) in history.iter().enumerate() {
            let (t, sales) = (index as f64 - middle, day.promoted + day.rest);
            let share = logistic(per_day.mul_add(t, level));
            let (off, weight) = (day.promoted - sales * share, sales * share * (1.0 - share));
            slope.sum += off;
            slope.moment += off * t;
            slope.weight += weight;
            slope.cross += weight * t;
            slope.square += weight * t * t;
        }
        slope.information = (slope.square - slope.cross * slope.cross / slope.weight).max(0.0);
        slope
    }
}

fn logistic(ln_odds: f64) -> f64 {
    // Never quite 0 or 1, so that its logarithms are numbers.
    (1.0 / (1.0 + (-ln_odds).exp())).clamp(1e-15, 1.0 - 1e-15)
}

/// How the rest of the store sells on the days of a week.
#[derive(Clone, Copy, Debug)]
struct Week {
    means: [f64; WEEK],
    /// Of a day around its mean, over that mean.
    variance: f64,
    /// From day to day.
    correlation: f64,
}

impl Week {
    fn of(history: &[DayOfSales]) -> Self {
        let (mut means, mut days) = ([0.0; WEEK], [0.0; WEEK]);
        for (index, day) in history.iter().enumerate() {
            if let (Some(mean), Some(days)) = (means.get_mut(index % WEEK), days.get_mut(index % WEEK)) {
                *days += 1.0;
                *mean += (day.rest - *mean) / *days;
            }
        }
        let mut week = Self { means, variance: 0.0, correlation: 0.0 };
        let off: Vec<f64> = (0..).zip(history).map(|(index, day)| (day.rest / week.expected(index) - 1.0).min(1e6)).collect();
        let off: Vec<f64> = off.into_iter().map(|off| if off.is_finite() { off } else { 0.0 }).collect();
        let squares: f64 = off.iter().map(|off| off * off).sum();
        let products: f64 = off.iter().zip(off.iter().skip(1)).map(|(one, next)| one * next).sum();
        // No less than independent sales vary.
        let rest: f64 = history.iter().map(|day| day.rest).sum();
        let least = history.len() as f64 / rest;
        week.variance = (squares / history.len().saturating_sub(WEEK).max(1) as f64).max(least);
        week.correlation = if squares > 0.0 { (products / squares).clamp(0.0, 0.9) } else { 0.0 };
        week
    }

    fn expected(&self, index: usize) -> f64 {
        self.means.get(index % WEEK).copied().unwrap_or(0.0)
    }

    /// Of the mean of so many days in a row.
    fn variance(&self, days: usize) -> f64 {
        let (n, rho) = (days as f64, self.correlation);
        let ends = 2.0 * rho * (1.0 - rho.powf(n)) / (n * (1.0 - rho) * (1.0 - rho));
        self.variance / n * ((1.0 + rho) / (1.0 - rho) - ends)
    }
}
