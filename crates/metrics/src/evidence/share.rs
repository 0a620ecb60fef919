//! The store-share test: a campaign's products beside the rest of the store.

mod days;
mod policy;

use campaign_pilot_core::Measured;
use serde::{Deserialize, Serialize};

use super::result::outlook;
use super::running::{Sum, bisect_ratio, countable, ln_sum_exp};
use super::state::{checked_state, is_alpha, is_at_peak, is_count, is_logarithm, is_share, is_total};
use super::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement, ln_beta};

pub(super) use days::totals;
pub use days::{DayOfSales, counted_sales, share_dispersion};
pub use policy::{Dispersion, StoreSharePolicy};

/// Every so many days one is put aside, to guess the share from before the others are looked at.
const ASIDE: usize = 5;

/// Does a campaign lift its products, beside the rest of the store?
///
/// Whatever moves the demand of the whole store (growth, season, shocks) moves both counts and cancels. Exact for
/// independent sales, so count orders, not units ([`counted_sales`]); the dispersion divisor guards against shocks of the
/// promoted product alone.
///
/// # What it cannot know
///
/// A share that moves without the campaign is an uplift to it. Where the demand for the promoted product grows by 1 % a day
/// beside the rest of the store, nearly every campaign at two sales an hour is called a win; so it is where the rest loses a
/// fifth of its sales as the campaign begins. [`share_warnings`](super::share_warnings) looks for both, and a gate should hold
/// a win while it warns. What begins together with the campaign and touches its products alone (a price, a season, another
/// promotion) nothing in the sales can tell from the campaign.
///
/// # Formula
///
/// With `s0` promoted sales of `s0 + f0` before the campaign, their share is at most `pU`, the upper Clopper-Pearson limit
/// at `history_alpha`. Live, with `S` promoted and `F` other sales, `E` is the mean over the lifts `r` of
/// `(p_r / pU)^S ((1 - p_r) / (1 - pU))^F`, `p_r = r pU / (1 - pU + r pU)`. An uplift is declared when `E` reaches
/// `1 / (alpha - history_alpha)`; the error rate is `alpha` by Ville's inequality and the union bound. Every count is
/// divided by the dispersion first. The interval holds the lifts that neither the totals now refute nor those at the looks
/// with the highest e-value upwards and downwards.
///
/// `E` is no e-value: its expectation is at most 1 only while the share stays below `pU`. So the one for many tests
/// ([`Evidence::ln_e_for_many`]) is made without that limit. Every fifth day of the history, `sA` and `fA`, is put aside; of
/// the other days, `sB` and `fB`, and of what is live
///
/// `E* = B(sA + sB + 1/2, fA + fB + 1/2) / B(sA + 1/2, fA + 1/2) · mean_r q_r^S (1 - q_r)^F / (p^(sB + S) (1 - p)^(fB + F))`
///
/// with `q_r` the lifted share of the whole history and `p = (sB + S) / (sB + S + fB + F)` the share that fits best. The
/// numerator is a probability of those sales that was fixed before each of them, so over the probability under any constant
/// share it has an expectation of 1 at any stopping time, and the denominator is at least as large as each of these
/// (universal inference, Wasserman, Ramdas and Balakrishnan 2020). Above 1 it is raised to the power of one over the
/// dispersion, which only makes it smaller.
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
    learned: Learned,
    promoted: Sum,
    total: Sum,
    ln_peak: f64,
    /// Promoted and all sales when the e-value was highest.
    at_peak: (f64, f64),
    /// The same of the one against no decline: how the interval keeps its upper end.
    ln_trough: f64,
    at_trough: (f64, f64),
}

checked_state!(StoreShare, |test| {
    let levels = is_alpha(test.alpha) && test.history_alpha > 0.0 && test.history_alpha < test.alpha;
    let is_open = |share: f64| share > 0.0 && share < 1.0;
    let shares = is_open(test.share_above) && test.share_below.is_none_or(|share| is_share(share) && share <= test.share_above);
    let is_lift = |lift: &Lift| {
        let cached = [lift.ratio, lift.ln_ratio, lift.ln_norm, lift.ln_norm_down];
        lift.ratio > 1.0 && lift.ln_ratio > 0.0 && cached.into_iter().all(is_logarithm)
    };
    let lifts = !test.lifts.is_empty() && test.lifts.iter().all(is_lift) && (1.0..=1e6).contains(&test.dispersion);
    let totals = is_total(test.promoted) && is_total(test.total) && test.promoted.get() <= test.total.get();
    let Learned { ln_front, promoted, rest, share } = test.learned;
    let learned = is_logarithm(ln_front) && is_count(promoted) && is_count(rest) && is_open(share);
    let phi = test.dispersion;
    let is_look = |(s, n): (f64, f64)| s >= 0.0 && s <= n && is_count(n);
    let size = |(s, n): (f64, f64)| s + n;
    let (peak, trough) = (test.at_peak, test.at_trough);
    let looks = is_look(peak)
        && is_look(trough)
        && is_at_peak(test.ln_e_at(peak.0 / phi, peak.1 / phi), test.ln_peak, size(peak))
        && is_at_peak(test.ln_decline_at(trough.0 / phi, trough.1 / phi), test.ln_trough, size(trough));
    levels && shares && lifts && totals && learned && looks
});

/// What the e-value for many tests keeps of the history.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Learned {
    /// The probability of the days that were not put aside, each sale guessed from those before it.
    ln_front: f64,
    /// The sales of those days.
    promoted: f64,
    rest: f64,
    /// The share over all days.
    share: f64,
}

impl Learned {
    fn of(history: &[DayOfSales]) -> Option<Self> {
        let (mut aside, mut kept) = ((0.0, 0.0), (0.0, 0.0));
        for (index, day) in (1..).zip(history) {
            let part = if index % ASIDE == 0 { &mut aside } else { &mut kept };
            *part = (part.0 + day.promoted, part.1 + day.rest);
        }
        let (s, f) = (aside.0 + kept.0 + 0.5, aside.1 + kept.1 + 0.5);
        let ln_front = ln_beta(s, f)? - ln_beta(aside.0 + 0.5, aside.1 + 0.5)?;
        Some(Self { ln_front, promoted: kept.0, rest: kept.1, share: s / (s + f) })
    }
}

/// `ln E_r = S ln r - (S + F) ln(1 + (r - 1) pU)`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Lift {
    ratio: f64,
    ln_ratio: f64,
    ln_norm: f64,
    /// The same for the ratio `1 / r` and the lower limit of the share.
    ln_norm_down: f64,
}

impl StoreShare {
    /// A test that follows the given days before the campaign.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::ShortHistory`] for fewer days than the policy asks for, [`EvidenceError::FewSales`] for fewer sales of
    /// the promoted products, [`EvidenceError::TooFewObservations`] for no sale of the rest or fewer than 7 days with sales,
    /// [`EvidenceError::Observation`] for a count outside the domain, [`EvidenceError::Parameter`] for a policy outside its
    /// domain.
    pub fn new(policy: &StoreSharePolicy, history: &[DayOfSales]) -> Result<Self, EvidenceError> {
        policy.check()?;
        let (alpha, history_alpha) = (policy.alpha, policy.history_alpha);
        let (promoted, rest) = totals(history)?;
        let days = u32::try_from(history.len()).unwrap_or(u32::MAX);
        if days < policy.least_days {
            return Err(EvidenceError::ShortHistory { days, least: policy.least_days });
        }
        if promoted < f64::from(policy.least_sales) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a u32, and not below zero")]
            return Err(EvidenceError::FewSales { sales: promoted as u32, least: policy.least_sales });
        }
        if rest <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let dispersion = match policy.dispersion {
            Dispersion::Measured => share_dispersion(history)?,
            Dispersion::Given(phi) => phi,
            Dispersion::Off => 1.0,
        };
        let (s, f) = (promoted / dispersion, rest / dispersion);
        let share_above = inverse_beta_reg_complement(s + 1.0, f, history_alpha).ok_or(EvidenceError::TooFewObservations)?;
        let share_below = if s > 0.0 { inverse_beta_reg(s, f + 1.0, history_alpha) } else { None };
        if !(share_above > 0.0 && share_above < 1.0) {
            return Err(EvidenceError::TooFewObservations);
        }
        let lift = |ratio: &f64| Lift {
            ratio: *ratio,
            ln_ratio: ratio.ln(),
            ln_norm: ((ratio - 1.0) * share_above).ln_1p(),
            ln_norm_down: ((ratio.recip() - 1.0) * share_below.unwrap_or(0.0)).ln_1p(),
        };
        Ok(Self {
            alpha,
            history_alpha,
            dispersion,
            share_below,
            share_above,
            lifts: policy.lifts.iter().map(lift).collect(),
            learned: Learned::of(history).ok_or(EvidenceError::TooFewObservations)?,
            promoted: Sum::default(),
            total: Sum::default(),
            ln_peak: 0.0,
            at_peak: (0.0, 0.0),
            ln_trough: 0.0,
            at_trough: (0.0, 0.0),
        })
    }

    /// Adds sales since the campaign began: orders, as in the history.
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
        let look = (self.promoted.get(), self.total.get());
        let (s, n) = (look.0 / self.dispersion, look.1 / self.dispersion);
        // A mean is at most its largest part: most looks need no exponential.
        if self.parts(s, n).fold(f64::NEG_INFINITY, f64::max) > self.ln_peak {
            let ln_e = self.ln_e_at(s, n);
            if ln_e > self.ln_peak {
                (self.ln_peak, self.at_peak) = (ln_e, look);
            }
        }
        if self.parts_down(s, n).fold(f64::NEG_INFINITY, f64::max) > self.ln_trough {
            let ln_e = self.ln_decline_at(s, n);
            if ln_e > self.ln_trough {
                (self.ln_trough, self.at_trough) = (ln_e, look);
            }
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

    /// The logarithm of the e-value for many tests: see the formula. It is that of now, and falls again when the uplift does.
    #[must_use]
    pub fn ln_e_for_many(&self) -> f64 {
        let (s, f) = (self.promoted.get(), self.total.get() - self.promoted.get());
        let Learned { ln_front, promoted, rest, share } = self.learned;
        let live = self.lifts.iter().map(|lift| {
            let ln_norm = ((lift.ratio - 1.0) * share).ln_1p();
            s * (lift.ln_ratio + share.ln() - ln_norm) + f * ((-share).ln_1p() - ln_norm)
        });
        let times = |count: f64, all: f64| if count > 0.0 { count * (count / all).ln() } else { 0.0 };
        let (s, f) = (promoted + s, rest + f);
        let ln_e = ln_front + ln_sum_exp(live) - (self.lifts.len() as f64).ln() - times(s, s + f) - times(f, s + f);
        if ln_e > 0.0 { ln_e / self.dispersion } else { ln_e }
    }

    pub(super) fn threshold(&self) -> f64 {
        -(self.alpha - self.history_alpha).ln()
    }

    fn parts(&self, s: f64, n: f64) -> impl Iterator<Item = f64> + Clone {
        self.lifts.iter().map(move |lift| s * lift.ln_ratio - n * lift.ln_norm)
    }

    fn parts_down(&self, s: f64, n: f64) -> impl Iterator<Item = f64> + Clone {
        self.lifts.iter().map(move |lift| -s * lift.ln_ratio - n * lift.ln_norm_down)
    }

    fn ln_decline_at(&self, s: f64, n: f64) -> f64 {
        ln_sum_exp(self.parts_down(s, n)) - (self.lifts.len() as f64).ln()
    }

    /// The logarithm of the e-value against a share that is not the same for all sales: `null` has parts of the sales with
    /// the share each had.
    pub(super) fn ln_e_against(&self, promoted: f64, null: &[(f64, f64)]) -> f64 {
        let parts = self.lifts.iter().map(|lift| {
            let norm: f64 = null.iter().map(|(sales, share)| sales * ((lift.ratio - 1.0) * share).ln_1p()).sum();
            (promoted * lift.ln_ratio - norm) / self.dispersion
        });
        ln_sum_exp(parts) - (self.lifts.len() as f64).ln()
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
            ln_e_for_many: Measured::Known(self.ln_e_for_many()),
            anytime_p: if self.ln_peak > 0.0 { (self.history_alpha + (-self.ln_peak).exp()).min(1.0) } else { 1.0 },
            is_decided,
            interval: self.interval(),
            assumptions,
            outlook: self.outlook(is_decided, promoted_per_day),
        })
    }

    /// The lifts of the odds that no look refuted, of those that are kept.
    fn interval(&self) -> Interval {
        let now = self.interval_now();
        let (peak, trough) = (self.interval_at(self.at_peak), self.interval_at(self.at_trough));
        let interval = now.and(&Interval { upper: None, ..peak }).and(&Interval { lower: None, ..trough });
        let interval = if self.has_decided() { interval.beyond(1.0, true) } else { interval };
        // Each bound may err as often as the test: together they hold less often than each for itself.
        let is_bounded = now.upper.is_some() || trough.upper.is_some();
        Interval { level: if is_bounded { (1.0 - 2.0 * self.alpha).max(0.0) } else { 1.0 - self.alpha }, ..interval }
    }

    /// The lifts of the odds that are not refuted by the totals now, whatever earlier looks refuted: they may hold 1 after a
    /// decision. Each bound holds at `1 - alpha` for itself.
    #[must_use]
    pub fn interval_now(&self) -> Interval {
        self.interval_at((self.promoted.get(), self.total.get()))
    }

    fn interval_at(&self, (promoted, total): (f64, f64)) -> Interval {
        let (s, n) = (promoted / self.dispersion, total / self.dispersion);
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
        let interval = Interval::new(Quantity::OddsRatio, Some(lower), upper, self.alpha);
        Interval { level: if upper.is_some() { (1.0 - 2.0 * self.alpha).max(0.0) } else { 1.0 - self.alpha }, ..interval }
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
