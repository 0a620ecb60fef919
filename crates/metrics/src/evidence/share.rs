//! The store-share test: a campaign's products beside the rest of the store.

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, outlook};
use super::running::{Sum, bisect_ratio, countable, ln_sum_exp, parameter};
use super::state::{checked_state, is_alpha, is_logarithm, is_peak, is_share, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement};

/// The days of history that the dispersion needs at least.
const LEAST_DAYS: usize = 7;

/// Sales of one day.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct DayOfSales {
    /// Of the promoted products.
    pub promoted: f64,
    /// Of the rest of the store: products that are not promoted anywhere.
    pub rest: f64,
}

/// Whether counts are divided by how much more they vary than independent sales would.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispersion {
    /// By what the history shows ([`share_dispersion`]).
    #[default]
    Measured,
    /// By a number of at least 1.
    Given(f64),
    /// They are not: shocks of the promoted product alone then pass for effects.
    Off,
}

/// How a store-share test is run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSharePolicy {
    /// The error rate of the whole test, 0.05 unless set.
    pub alpha: f64,
    /// The part of it that is spent on not knowing the share before the campaign, 0.02 unless set.
    pub history_alpha: f64,
    /// The lifts of the odds that it looks for, each with the same weight; 1.15, 1.3, 1.6, 2 and 3 unless set.
    pub lifts: Vec<f64>,
    /// The dispersion divisor, measured unless set.
    pub dispersion: Dispersion,
}

impl Default for StoreSharePolicy {
    fn default() -> Self {
        Self { alpha: 0.05, history_alpha: 0.02, lifts: vec![1.15, 1.3, 1.6, 2.0, 3.0], dispersion: Dispersion::Measured }
    }
}

/// Does a campaign lift its products, beside the rest of the store?
///
/// Whatever moves the demand of the whole store (growth, season, shocks) moves both counts and cancels. Exact for
/// independent sales; the dispersion divisor guards against shocks of the promoted product alone.
///
/// # Formula
///
/// With `s0` promoted sales of `s0 + f0` before the campaign, their share is at most `pU`, the upper Clopper-Pearson limit
/// at `history_alpha`. Live, with `S` promoted and `F` other sales, `E` is the mean over the lifts `r` of
/// `(p_r / pU)^S ((1 - p_r) / (1 - pU))^F`, `p_r = r pU / (1 - pU + r pU)`. An uplift is declared when `E` reaches
/// `1 / (alpha - history_alpha)`; the error rate is `alpha` by Ville's inequality and the union bound. Every count is
/// divided by the dispersion first.
///
/// ```
/// use campaign_pilot_metrics::evidence::{DayOfSales, StoreShare, StoreSharePolicy};
///
/// // Four weeks of 12 of 252 sales a day, then twice as many promoted ones.
/// let history = [DayOfSales { promoted: 12.0, rest: 240.0 }; 28];
/// let mut test = StoreShare::new(&StoreSharePolicy::default(), &history)?;
/// for _ in 0..48 {
///     test.observe(1.0, 10.0)?;
/// }
/// let evidence = test.evidence(Some(24.0))?;
/// assert!(evidence.is_decided && evidence.interval.lower.is_some_and(|lift| lift > 1.0));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct StoreShare {
    alpha: f64,
    history_alpha: f64,
    dispersion: f64,
    /// The limits of the share before the campaign; no lower one without a promoted sale.
    share_below: Option<f64>,
    share_above: f64,
    lifts: Vec<Lift>,
    promoted: Sum,
    total: Sum,
    ln_peak: f64,
}

checked_state!(StoreShare, |test| {
    let levels = is_alpha(test.alpha) && test.history_alpha > 0.0 && test.history_alpha < test.alpha;
    let is_open = |share: f64| share > 0.0 && share < 1.0;
    let shares = is_open(test.share_above) && test.share_below.is_none_or(|share| is_share(share) && share <= test.share_above);
    let is_lift = |lift: &Lift| lift.ratio > 1.0 && [lift.ratio, lift.ln_ratio, lift.ln_norm].into_iter().all(is_logarithm);
    let lifts = !test.lifts.is_empty() && test.lifts.iter().all(is_lift) && (1.0..=1e6).contains(&test.dispersion);
    levels && shares && lifts && is_total(test.promoted) && is_total(test.total) && is_peak(test.ln_peak)
});

/// `ln E_r = S ln r - (S + F) ln(1 + (r - 1) pU)`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Lift {
    ratio: f64,
    ln_ratio: f64,
    ln_norm: f64,
}

impl StoreShare {
    /// A test that follows the given days before the campaign.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] for fewer than 7 days or no sale of the rest, [`EvidenceError::Observation`]
    /// for a count outside the domain, [`EvidenceError::Parameter`] for a policy outside its domain.
    pub fn new(policy: &StoreSharePolicy, history: &[DayOfSales]) -> Result<Self, EvidenceError> {
        let alpha = checked_alpha(policy.alpha)?;
        let history_alpha = parameter("history_alpha", policy.history_alpha, 1e-12..=alpha * (1.0 - 1e-9))?;
        let (promoted, rest) = totals(history)?;
        let dispersion = match policy.dispersion {
            Dispersion::Measured => share_dispersion(history)?,
            Dispersion::Given(phi) => parameter("dispersion", phi, 1.0..=1e6)?,
            Dispersion::Off => 1.0,
        };
        if history.len() < LEAST_DAYS || rest <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let (s, f) = (promoted / dispersion, rest / dispersion);
        let share_above = inverse_beta_reg_complement(s + 1.0, f, history_alpha).ok_or(EvidenceError::TooFewObservations)?;
        let share_below = if s > 0.0 { inverse_beta_reg(s, f + 1.0, history_alpha) } else { None };
        if !(share_above > 0.0 && share_above < 1.0) {
            return Err(EvidenceError::TooFewObservations);
        }
        if policy.lifts.is_empty() {
            return Err(EvidenceError::Parameter("lifts"));
        }
        let lift = |ratio: &f64| {
            let ratio = parameter("lifts", *ratio, 1.0 + 1e-6..=1e6)?;
            Ok(Lift { ratio, ln_ratio: ratio.ln(), ln_norm: ((ratio - 1.0) * share_above).ln_1p() })
        };
        let lifts = policy.lifts.iter().map(lift).collect::<Result<_, _>>()?;
        let (promoted, total) = (Sum::default(), Sum::default());
        Ok(Self { alpha, history_alpha, dispersion, share_below, share_above, lifts, promoted, total, ln_peak: 0.0 })
    }

    /// Adds sales since the campaign began.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for a negative number, one that is not finite, or a total above a million million.
    #[inline]
    pub fn observe(&mut self, promoted: f64, rest: f64) -> Result<(), EvidenceError> {
        let promoted = countable(self.promoted.get(), promoted)?;
        let rest = countable(self.total.get(), rest)?;
        countable(self.total.get(), promoted + rest)?;
        self.promoted.add(promoted);
        self.total.add(promoted + rest);
        let (s, n) = (self.promoted.get() / self.dispersion, self.total.get() / self.dispersion);
        // A mean is at most its largest part: most looks need no exponential.
        if self.parts(s, n).fold(f64::NEG_INFINITY, f64::max) > self.ln_peak {
            self.ln_peak = self.ln_peak.max(self.ln_e_at(s, n));
        }
        Ok(())
    }

    /// The divisor of all counts.
    #[must_use]
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// The upper limit of the share before the campaign.
    #[must_use]
    pub fn share_limit(&self) -> f64 {
        self.share_above
    }

    /// The logarithm of the e-value now; it is one for every share up to [`share_limit`](Self::share_limit).
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_at(self.promoted.get() / self.dispersion, self.total.get() / self.dispersion)
    }

    /// Whether an uplift has been declared, now or at an earlier look.
    #[must_use]
    pub fn has_decided(&self) -> bool {
        self.ln_peak >= self.threshold()
    }

    fn threshold(&self) -> f64 {
        -(self.alpha - self.history_alpha).ln()
    }

    fn parts(&self, s: f64, n: f64) -> impl Iterator<Item = f64> + Clone {
        self.lifts.iter().map(move |lift| s * lift.ln_ratio - n * lift.ln_norm)
    }

    fn ln_e_at(&self, s: f64, n: f64) -> f64 {
        ln_sum_exp(self.parts(s, n)) - (self.lifts.len() as f64).ln()
    }

    /// What the test says at the error rate of its policy; `promoted_per_day` sales turn the outlook into days.
    ///
    /// The p-value includes what was spent on the history. Each bound of the interval holds at `1 - alpha` for itself.
    ///
    /// # Errors
    ///
    /// None today; the signature is that of the other tests.
    pub fn evidence(&self, promoted_per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        let is_decided = self.has_decided();
        let mut assumptions = vec![Assumption::ChosenBefore, Assumption::ConstantShare, Assumption::UntouchedControl];
        assumptions.push(if self.dispersion > 1.0 { Assumption::SameDispersion } else { Assumption::SingleEvents });
        Ok(Evidence {
            alpha: self.alpha,
            ln_e: Measured::Known(self.ln_e()),
            anytime_p: if self.ln_peak > 0.0 { (self.history_alpha + (-self.ln_peak).exp()).min(1.0) } else { 1.0 },
            is_decided,
            interval: self.interval(),
            assumptions,
            outlook: self.outlook(is_decided, promoted_per_day),
        })
    }

    /// The lifts of the odds that are not refuted.
    fn interval(&self) -> Interval {
        let (s, n) = (self.promoted.get() / self.dispersion, self.total.get() / self.dispersion);
        let count = (self.lifts.len() as f64).ln();
        // Against odds moved by `by` from the share: the lifts then lie beyond that, upwards or downwards.
        let against = |share: f64, by: f64, up: bool| {
            let moved = by * share / (1.0 - share + by * share);
            let parts = self.lifts.iter().map(|lift| {
                let ratio = if up { lift.ratio } else { lift.ratio.recip() };
                s * ratio.ln() - n * ((ratio - 1.0) * moved).ln_1p()
            });
            ln_sum_exp(parts) - count - self.threshold()
        };
        let lower = if s > 0.0 { bisect_ratio(1e-9, 1e9, |by| against(self.share_above, by, true)) } else { 0.0 };
        let upper = self.share_below.filter(|share| *share > 0.0 && n > 0.0).and_then(|share| {
            // Where even the largest lift is not refuted there is no bound.
            (against(share, 1e9, false) >= 0.0).then(|| bisect_ratio(1e9, 1e-9, |by| against(share, by, false)))
        });
        // Each bound may err as often as the test: together they hold less often than each for itself.
        let level = if upper.is_some() { (1.0 - 2.0 * self.alpha).max(0.0) } else { 1.0 - self.alpha };
        Interval { quantity: Quantity::OddsRatio, lower: Some(lower), upper, level }
    }

    fn outlook(&self, is_decided: bool, per_day: Option<f64>) -> Outlook {
        let (s, n) = (self.promoted.get(), self.total.get());
        if !is_decided && n <= 0.0 {
            return Outlook::Never { reason: NoDecision::NothingSeen };
        }
        // Two sales at the old share keep the first ones from promising too much.
        let share = (s + 2.0) / (n + 2.0 / self.share_above);
        if !is_decided && share <= self.share_above {
            return Outlook::Never { reason: NoDecision::NoEffectSeen };
        }
        let phi = self.dispersion;
        outlook(is_decided, self.threshold(), per_day, |more| self.ln_e_at((s + more) / phi, (n + more / share) / phi))
    }
}

/// How much more a product's daily share of the sales varies than independent sales would make it, at least 1.
///
/// # Formula
///
/// Pearson's `Σ (s_i - n_i p)² / (n_i p (1 - p)) / (days - 1)` over the days with sales, `p` the share over all days.
///
/// # Errors
///
/// [`EvidenceError::TooFewObservations`] for fewer than 7 days with sales, [`EvidenceError::Observation`] for a count
/// outside the domain.
pub fn share_dispersion(history: &[DayOfSales]) -> Result<f64, EvidenceError> {
    let (promoted, rest) = totals(history)?;
    let share = promoted / (promoted + rest).max(f64::MIN_POSITIVE);
    let days: Vec<&DayOfSales> = history.iter().filter(|day| day.promoted + day.rest > 0.0).collect();
    if days.len() < LEAST_DAYS {
        return Err(EvidenceError::TooFewObservations);
    }
    if share <= 0.0 || share >= 1.0 {
        return Ok(1.0);
    }
    let chi: f64 = days
        .iter()
        .map(|day| {
            let n = day.promoted + day.rest;
            (day.promoted - n * share).powi(2) / (n * share * (1.0 - share))
        })
        .sum();
    let phi = chi / (days.len() - 1) as f64;
    Ok(phi.clamp(1.0, 1e6))
}

fn totals(history: &[DayOfSales]) -> Result<(f64, f64), EvidenceError> {
    let (mut promoted, mut rest) = (Sum::default(), Sum::default());
    for day in history {
        promoted.add(countable(promoted.get(), day.promoted)?);
        rest.add(countable(rest.get(), day.rest)?);
    }
    Ok((promoted.get(), rest.get()))
}
