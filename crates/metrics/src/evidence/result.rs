//! What a test says.

use std::fmt;

use campaign_pilot_core::{Absence, Measured};
use serde::{Deserialize, Serialize};

/// Which departures from the null hypothesis a test looks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// More than under the null hypothesis.
    Above,
    /// Less than under the null hypothesis.
    Below,
    /// Either.
    Either,
}

/// Why a test cannot be set up or fed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A parameter lies outside its domain; its name.
    Parameter(&'static str),
    /// An observation is negative, not finite, or beyond what is counted (a million million).
    Observation,
    /// The history is too short to say anything.
    TooFewObservations,
    /// The history before a campaign has fewer days than the policy asks for.
    ShortHistory {
        /// Days that there are.
        days: u32,
        /// Days that there must be.
        least: u32,
    },
    /// The history before a campaign has fewer sales of the promoted products than the policy asks for.
    FewSales {
        /// Sales that there are, rounded down.
        sales: u32,
        /// Sales that there must be.
        least: u32,
    },
}

impl fmt::Display for EvidenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "{name} is outside its domain"),
            Self::Observation => f.write_str("an observation is outside its domain"),
            Self::TooFewObservations => f.write_str("too few observations"),
            Self::ShortHistory { days, least } => write!(f, "{days} days of history, {least} are needed"),
            Self::FewSales { sales, least } => write!(f, "{sales} sales in the history, {least} are needed"),
        }
    }
}

impl std::error::Error for EvidenceError {}

/// What an interval is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A rate over the expected one.
    RateRatio,
    /// The odds that a sale is of a promoted product, over those odds before.
    OddsRatio,
    /// A probability or share.
    Probability,
    /// A mean.
    Mean,
}

/// The values that no look so far has refuted.
///
/// What was refuted once stays refuted: a test that has decided leaves its null hypothesis out of the interval, for good.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Interval {
    /// What the values are.
    pub quantity: Quantity,
    /// The lowest; `None` where the test does not bound it.
    pub lower: Option<f64>,
    /// The highest; `None` where the test does not bound it.
    pub upper: Option<f64>,
    /// The probability with which the true value is never left out, at any look. Where a side is tested alone, of that bound.
    pub level: f64,
    /// Whether no value fits everything that was seen: one look refuted what another one left. Both bounds are then `None`.
    /// By chance that happens no more often than the level allows; otherwise the value changed, or an assumption is broken.
    #[serde(default)]
    pub is_empty: bool,
}

impl Interval {
    /// Whether a value is refuted.
    #[must_use]
    pub fn excludes(&self, value: f64) -> bool {
        self.is_empty || self.lower.is_some_and(|lower| value < lower) || self.upper.is_some_and(|upper| value > upper)
    }

    pub(super) fn new(quantity: Quantity, lower: Option<f64>, upper: Option<f64>, alpha: f64) -> Self {
        let is_empty = lower.zip(upper).is_some_and(|(lower, upper)| lower > upper);
        let kept = |bound: Option<f64>| bound.filter(|_| !is_empty);
        Self { quantity, lower: kept(lower), upper: kept(upper), level: 1.0 - alpha, is_empty }
    }

    /// The values in both.
    pub(super) fn and(self, other: &Self) -> Self {
        let both = |one: Option<f64>, two: Option<f64>, pick: fn(f64, f64) -> f64| match (one, two) {
            (Some(one), Some(two)) => Some(pick(one, two)),
            (one, two) => one.or(two),
        };
        let (lower, upper) = (both(self.lower, other.lower, f64::max), both(self.upper, other.upper, f64::min));
        let met = Self { level: self.level, ..Self::new(self.quantity, lower, upper, 0.0) };
        if self.is_empty || other.is_empty { Self { lower: None, upper: None, is_empty: true, ..met } } else { met }
    }

    /// What a decision leaves: the values on one side of the null, which is not among them. Only where that side is bounded
    /// at all; rounding must not bring the null back.
    pub(super) fn beyond(self, null: f64, is_above: bool) -> Self {
        let side = if is_above {
            Self { lower: self.lower.map(|_| null.next_up()), upper: None, ..self }
        } else {
            Self { lower: None, upper: self.upper.map(|_| null.next_down()), ..self }
        };
        self.and(&side)
    }
}

/// Something that a test relies on. If it does not hold, neither does the error rate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Assumption {
    /// The test was chosen before the data were seen.
    ChosenBefore,
    /// Events come one by one and independently of each other.
    SingleEvents,
    /// The expectation without the effect is known.
    KnownExpectation,
    /// Without the effect every sale is of a promoted product with the same probability.
    ConstantShare,
    /// The products compared with are not touched by the campaign.
    UntouchedControl,
    /// Sales are bunched as much as they were in the history.
    SameDispersion,
    /// Trials succeed independently with a probability that does not change.
    ConstantProbability,
    /// The streams share every change of demand.
    CommonDemand,
    /// Values lie between 0 and 1 and their mean does not change.
    BoundedMean,
    /// Deviations are normal, or bounded by a normal law of the given variance.
    KnownVariance,
    /// There are enough observations for a mean to be nearly normal.
    NearlyNormal,
}

impl Assumption {
    /// What is assumed, as a sentence without its full stop.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::ChosenBefore => "the test, its side and its error rate were chosen before the data were seen",
            Self::SingleEvents => "events come one by one and independently of each other",
            Self::KnownExpectation => "the expectation without the effect is known for every moment",
            Self::ConstantShare => "without the campaign every sale is of a promoted product with the same probability",
            Self::UntouchedControl => "the rest of the store is not touched by the campaign",
            Self::SameDispersion => "sales are bunched no more than they were in the history",
            Self::ConstantProbability => "trials succeed independently, with a probability that does not change",
            Self::CommonDemand => "the streams share every change of demand",
            Self::BoundedMean => "values lie between 0 and 1, and their expectation does not change",
            Self::KnownVariance => "deviations are normal, or lighter in their tails, with the given variance",
            Self::NearlyNormal => "there are enough observations for a mean to be nearly normal",
        }
    }

    /// What would break it, as a sentence without its full stop.
    #[must_use]
    pub const fn broken_by(self) -> &'static str {
        match self {
            Self::ChosenBefore => "picking the product, the side or the start because of how the numbers looked",
            Self::SingleEvents => "bulk orders, one customer's several orders, demand shocks of a day",
            Self::KnownExpectation => "growth, season, prices, stock-outs and everything else that moves demand",
            Self::ConstantShare => {
                "a season, price or stock-out of some products only, a discount on the rest, another promotion at the same time"
            }
            Self::UntouchedControl => "promoted sales that are taken from the rest: the share then moves up to twice as much",
            Self::SameDispersion => "a history too short or too quiet to show the shocks of the product",
            Self::ConstantProbability => "a changed page, price or audience, and repeated trials of the same person",
            Self::CommonDemand => "a change that reaches one stream alone: its own price, stock or placement",
            Self::BoundedMean => "values clipped or scaled after the fact, and a mean that drifts",
            Self::KnownVariance => "heavy tails, and a variance taken from the same data",
            Self::NearlyNormal => "few observations, or rare large values: the error rate is then only approximate",
        }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

/// Why a test is not expected to decide.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum NoDecision {
    /// Nothing has been observed.
    NothingSeen,
    /// What was seen shows no effect in the direction that is tested.
    NoEffectSeen,
    /// The effect is so small that more than a thousand million observations would be needed.
    TooSmall,
    /// What was seen is impossible under the alternative, and stays so.
    Refuted,
}

/// When a test will decide, if what was seen goes on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outlook")]
pub enum Outlook {
    /// It has decided.
    Decided,
    /// It is expected to decide.
    After {
        /// After this many more sales (events, trials or values, whatever is counted).
        sales: f64,
        /// After this many more days; absent where nothing says how many there are in a day.
        days: Measured<f64>,
    },
    /// It is not expected to.
    Never {
        /// Why.
        reason: NoDecision,
    },
}

/// What a test says after the observations so far.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Evidence {
    /// The error rate that was asked for.
    pub alpha: f64,
    /// The logarithm of the e-value now; absent when it is zero, which no later observation can change.
    pub ln_e: Measured<f64>,
    /// The logarithm of an e-value whose expectation is at most 1 whatever the test learned before, which is what
    /// [`e_benjamini_hochberg`](super::e_benjamini_hochberg) needs. Another one than `ln_e` only for tests that learn from a
    /// history.
    pub ln_e_for_many: Measured<f64>,
    /// A p-value that is valid at every look: one over the highest e-value so far, at most 1.
    pub anytime_p: f64,
    /// Whether the null hypothesis is refuted, now or at an earlier look.
    pub is_decided: bool,
    /// The values that no look has refuted: once decided, never the null hypothesis.
    pub interval: Interval,
    /// What is assumed; each says what would break it.
    pub assumptions: Vec<Assumption>,
    /// When it will decide.
    pub outlook: Outlook,
}

impl Evidence {
    /// The e-value; the largest double where it would not fit.
    #[must_use]
    pub fn e_value(&self) -> f64 {
        self.ln_e.known().map_or(0.0, |ln_e| ln_e.exp().min(f64::MAX))
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_decided { "decided" } else { "undecided" };
        write!(f, "{verdict} at {}: e-value {:.3}, anytime p {:.4}", self.alpha, self.e_value(), self.anytime_p)?;
        match self.outlook {
            Outlook::Decided => Ok(()),
            Outlook::After { sales, days: Measured::Known(days) } => {
                write!(f, ", about {sales:.0} more sales ({days:.1} days) needed")
            }
            Outlook::After { sales, .. } => write!(f, ", about {sales:.0} more sales needed"),
            Outlook::Never { reason: NoDecision::NothingSeen } => f.write_str(", nothing seen yet"),
            Outlook::Never { reason: NoDecision::NoEffectSeen } => f.write_str(", no effect seen"),
            Outlook::Never { reason: NoDecision::TooSmall } => f.write_str(", the effect is too small to be shown"),
            Outlook::Never { reason: NoDecision::Refuted } => f.write_str(", the alternative is ruled out"),
        }
    }
}

/// What a two-sided test of a mean of values between 0 and 1 says.
pub(super) fn evidence_of_mean(alpha: f64, ln_e: f64, ln_peak: f64, interval: Interval, outlook: Outlook) -> Evidence {
    Evidence {
        alpha,
        ln_e: Measured::Known(ln_e),
        ln_e_for_many: Measured::Known(ln_e),
        anytime_p: p_of(ln_peak),
        is_decided: ln_peak >= -alpha.ln(),
        interval,
        assumptions: vec![Assumption::ChosenBefore, Assumption::BoundedMean],
        outlook,
    }
}

/// An interval of a mean of values between 0 and 1.
pub(super) fn unit_interval((lower, upper): (f64, f64), alpha: f64) -> Interval {
    Interval::new(Quantity::Mean, Some(lower.clamp(0.0, 1.0)), Some(upper.clamp(0.0, 1.0)), alpha)
}

/// An error rate strictly between 0 and 1.
pub(super) fn checked_alpha(alpha: f64) -> Result<f64, EvidenceError> {
    if alpha > 1e-300 && alpha < 1.0 { Ok(alpha) } else { Err(EvidenceError::Parameter("alpha")) }
}

/// `min(1, e^-peak)`.
pub(super) fn p_of(ln_peak: f64) -> f64 {
    (-ln_peak.max(0.0)).exp()
}

/// When `reached(n)` after `n` more observations passes `threshold`.
pub(super) fn outlook(is_decided: bool, threshold: f64, per_day: Option<f64>, reached: impl Fn(f64) -> f64) -> Outlook {
    const MOST: f64 = 1e9;
    if is_decided {
        return Outlook::Decided;
    }
    let mut high = 1.0;
    while reached(high) < threshold {
        if high >= MOST {
            return Outlook::Never { reason: NoDecision::TooSmall };
        }
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if reached(middle) < threshold { low = middle } else { high = middle }
    }
    let days = match per_day {
        Some(rate) if rate > 0.0 && (high / rate).is_finite() => Measured::Known(high / rate),
        _ => Measured::Absent(Absence::TooFewObservations),
    };
    Outlook::After { sales: high, days }
}
