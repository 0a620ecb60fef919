//! Decisions checked afterwards: whether what a rule said came true as often as it said.

mod book;
mod claims;
#[cfg(test)]
mod tests;

use std::fmt;

use campaign_pilot_core::Money;
use garde::Validate;
use jiff::Timestamp;
use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::claims::{StatedShare, ln_mean};
use crate::amount::number;
use crate::ranges;
use crate::{Basis, Prediction};

pub use book::CalibrationBook;

/// How often what was predicted lies at or above the low end of its interval.
const ABOVE_LOW: f64 = 0.95;
/// What is missed by less than this part of an interval's width is no harm.
const NEARLY: Decimal = dec!(0.1);
/// How often it lies at or above its median.
const ABOVE_MEDIAN: f64 = 0.5;
/// The largest e-value that is told.
const MOST_TOLD: Decimal = dec!(1000000);

/// When a rule that has not kept what it said is not relied on any more.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CalibrationPolicy {
    /// Whether a rule whose calibration is broken falls back to a more careful one. Default `true`; decisions are checked in any case.
    pub enabled: bool,
    /// With which probability a rule that keeps what it says may be called broken, in each window. Default 0.01.
    #[garde(custom(ranges::probability))]
    pub alpha: Decimal,
    /// How many decisions have to be checked before a rule is called broken: from 1. Default 20.
    #[garde(range(min = 1, max = 10_000))]
    pub least_outcomes: u32,
    /// After how many checked decisions the test begins anew, and a broken rule that kept what it said meanwhile is relied on again:
    /// from 10. Default 200.
    #[garde(range(min = 10, max = 100_000))]
    pub window_outcomes: u32,
}

impl Default for CalibrationPolicy {
    fn default() -> Self {
        Self { enabled: true, alpha: dec!(0.01), least_outcomes: 20, window_outcomes: 200 }
    }
}

impl CalibrationPolicy {
    /// The e-value from which on a rule is called broken: 1 / alpha.
    #[must_use]
    pub fn bound(&self) -> Decimal {
        Decimal::ONE.checked_div(self.alpha).unwrap_or(MOST_TOLD).round_dp(2)
    }
}

/// What a decision was taken by, as far as it can be checked afterwards.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidingRule {
    /// A launch for what is expected of the product.
    Launch,
    /// A launch to find out.
    Exploration,
    /// A verdict on a campaign.
    Verdict(Basis),
}

impl DecidingRule {
    /// Its name in reports and JSON, such as `launch` or `earns`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Exploration => "exploration",
            Self::Verdict(basis) => basis.id(),
        }
    }
}

/// How a decision turned out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DecisionOutcome {
    /// What it was taken by.
    pub rule: DecidingRule,
    /// The version of the policy.
    pub policy_version: String,
    /// When its outcome was known.
    pub closed_at: Timestamp,
    /// What was predicted of the contribution, over the time and for the budget that there were; `None` where nothing was.
    pub predicted: Option<Prediction>,
    /// What it contributed.
    pub observed: Money,
    /// The probability with which it was said to be right, from 0 to 1.
    pub stated: Decimal,
    /// Whether it was.
    pub right: bool,
}

/// How a rule has done under one version of the policy.
///
/// # Formula
///
/// Three statements are tested, each to hold at least as often as it says: the decision is right (with its own probability), the
/// contribution is not below the low end of its interval by more than a tenth of its width (95 %), and not below its median (50 %). The mean of the three e-values is an
/// e-value; a rule that keeps what it says exceeds `1 / alpha` with a probability of at most alpha, at any time within a window.
///
/// That holds where outcomes are independent given what was known before. A shock that all campaigns share, such as a season that nobody
/// expected, may break several rules at once: then it is right to be careful, though no rule is to blame.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RuleCheck {
    /// The rule.
    pub rule: DecidingRule,
    /// The version of the policy.
    pub policy_version: String,
    /// How many decisions were checked.
    pub checked: u32,
    /// How many were right.
    pub right: u32,
    /// How many were said to be, at least: the sum of the stated probabilities.
    pub stated: Decimal,
    /// How many had a prediction.
    pub with_prediction: u32,
    /// How many of those came to lie in their 90 % interval.
    pub covered: u32,
    /// The sum of what was predicted.
    pub predicted: Money,
    /// The sum of what came of the same decisions.
    pub observed: Money,
    /// When the last one was checked.
    pub last: Timestamp,
    tests: [StatedShare; 3],
    in_window: u32,
    least: u32,
    ln_peak: f64,
    broken: Option<Broken>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Broken {
    since: Timestamp,
    e_value: Decimal,
    bound: Decimal,
}

/// Whether a rule keeps what it says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CalibrationState {
    /// Nothing speaks against it.
    Holds,
    /// It does not.
    Broken {
        /// Since when that is known.
        since: Timestamp,
        /// The e-value then.
        e_value: Decimal,
        /// What a rule that keeps what it says exceeds with a probability of alpha at most.
        bound: Decimal,
    },
    /// Too few of its decisions were checked.
    TooFew {
        /// How many were.
        checked: u32,
    },
}

/// A rule that is not relied on, and why.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caution {
    /// The rule.
    pub rule: DecidingRule,
    /// Since when its calibration is broken.
    pub since: Timestamp,
    /// The e-value then.
    pub e_value: Decimal,
    /// What it was compared with: 1 / alpha.
    pub bound: Decimal,
    /// How many of its decisions were checked.
    pub checked: u32,
    /// How many were right.
    pub right: u32,
    /// What was predicted of them.
    pub predicted: Money,
    /// What came of the same ones.
    pub observed: Money,
}

impl RuleCheck {
    fn new(outcome: &DecisionOutcome) -> Self {
        let nothing = Money::zero(outcome.observed.currency);
        Self {
            rule: outcome.rule,
            policy_version: outcome.policy_version.clone(),
            checked: 0,
            right: 0,
            stated: Decimal::ZERO,
            with_prediction: 0,
            covered: 0,
            predicted: nothing,
            observed: nothing,
            last: outcome.closed_at,
            tests: [StatedShare::default(); 3],
            in_window: 0,
            least: 1,
            ln_peak: 0.0,
            broken: None,
        }
    }

    fn take(&mut self, outcome: &DecisionOutcome, policy: &CalibrationPolicy) {
        self.checked = self.checked.saturating_add(1);
        (self.in_window, self.least) = (self.in_window.saturating_add(1), policy.least_outcomes);
        self.right += u32::from(outcome.right);
        self.stated += outcome.stated.clamp(Decimal::ZERO, Decimal::ONE);
        self.last = self.last.max(outcome.closed_at);
        let [right, above_low, above_median] = &mut self.tests;
        right.observe(number(outcome.stated), outcome.right);
        // Amounts in two currencies cannot be compared.
        let predicted = outcome.predicted.filter(|predicted| {
            let currency = outcome.observed.currency;
            predicted.interval.expected.currency == currency && self.predicted.currency == currency
        });
        if let Some(Prediction { interval, median, .. }) = predicted {
            let observed = outcome.observed;
            let at_least = |limit: Money| observed.amount >= limit.amount;
            let width = interval.high.amount.saturating_sub(interval.low.amount);
            let nearly = Money::new(interval.low.amount.saturating_sub(width * NEARLY), interval.low.currency);
            above_low.observe(ABOVE_LOW, at_least(nearly));
            above_median.observe(ABOVE_MEDIAN, at_least(median));
            self.with_prediction += 1;
            self.covered += u32::from(at_least(interval.low) && observed.amount <= interval.high.amount);
            self.predicted = self.predicted.checked_add(interval.expected).unwrap_or(self.predicted);
            self.observed = self.observed.checked_add(observed).unwrap_or(self.observed);
        }
        self.judge(outcome.closed_at, policy);
    }

    fn judge(&mut self, now: Timestamp, policy: &CalibrationPolicy) {
        self.ln_peak = self.ln_peak.max(ln_mean(self.tests.map(|test| test.ln_e())));
        let bound = policy.bound();
        if self.in_window >= policy.least_outcomes && self.ln_peak >= number(bound).ln() {
            let e_value = Decimal::from_f64(self.ln_peak.exp()).map_or(MOST_TOLD, |e| e.min(MOST_TOLD).round_dp(1));
            let since = self.broken.map_or(now, |broken| broken.since);
            self.broken = Some(Broken { since, e_value, bound });
        } else if self.in_window >= policy.window_outcomes {
            self.broken = None;
        } else {
            return;
        }
        (self.tests, self.in_window, self.ln_peak) = ([StatedShare::default(); 3], 0, 0.0);
    }

    /// Whether it keeps what it says, by the policy under which it was checked last.
    #[must_use]
    pub fn state(&self) -> CalibrationState {
        match self.broken {
            Some(Broken { since, e_value, bound }) => CalibrationState::Broken { since, e_value, bound },
            None if self.checked < self.least => CalibrationState::TooFew { checked: self.checked },
            None => CalibrationState::Holds,
        }
    }

    /// The e-value of the present window, the highest so far: how much speaks against the rule.
    #[must_use]
    pub fn e_value(&self) -> Decimal {
        Decimal::from_f64(self.ln_peak.exp()).map_or(MOST_TOLD, |e| e.min(MOST_TOLD).round_dp(2))
    }

    fn caution(&self) -> Option<Caution> {
        let Broken { since, e_value, bound } = self.broken?;
        let Self { rule, checked, right, predicted, observed, .. } = *self;
        Some(Caution { rule, since, e_value, bound, checked, right, predicted, observed })
    }
}

impl fmt::Display for RuleCheck {
    /// `"`earns`: 31 decisions checked, 25 right where 27 were stated; predicted 620.00 EUR, observed 580.20 EUR"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, checked, right, stated, .. } = self;
        write!(f, "`{}`: {checked} decisions checked, {right} right where {} were stated", rule.id(), stated.round())?;
        if self.with_prediction > 0 {
            write!(f, "; predicted {}, observed {}", cents(self.predicted), cents(self.observed))?;
        }
        Ok(())
    }
}

impl fmt::Display for CalibrationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::Broken { since, e_value, bound } => {
                write!(f, "broken since {} (evidence {e_value}, {bound} is the bound)", since.strftime("%Y-%m-%d"))
            }
            Self::TooFew { checked } => write!(f, "too few to say ({checked})"),
        }
    }
}

impl fmt::Display for Caution {
    /// `"its decisions have not kept what they said since 2026-11-02 (evidence 140.2 of at least 100 against them): 12 of 30 were right,
    /// predicted 620.00 EUR, observed 180.20 EUR"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { since, e_value, bound, checked, right, .. } = self;
        write!(
            f,
            "its decisions have not kept what they said since {} (evidence {e_value} of at least {bound} against them): {right} of \
             {checked} were right, predicted {}, observed {}",
            since.strftime("%Y-%m-%d"),
            cents(self.predicted),
            cents(self.observed)
        )
    }
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}
