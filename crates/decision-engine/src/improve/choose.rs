//! The one change that is expected to bring most.

use std::fmt;

use campaign_pilot_core::{Currency, Money};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Change, Ground, Improvement, cents, minute};
use crate::Interval;

/// A change that could be made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// The change.
    pub change: Change,
    /// The contribution that it is expected to add until the campaign's end, with its 90 % interval.
    pub gain: Interval,
    /// What trying it costs, whether or not it helps; at least zero.
    pub cost_of_trying: Money,
    /// What the expectation rests on.
    pub ground: Ground,
    /// What stands in its way, if anything.
    pub obstacle: Option<Obstacle>,
}

/// What keeps a change from being made, however much it would bring.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The platform cannot carry it out.
    NotSupported,
    /// The policy does not allow it.
    NotAllowed,
    /// The writer of ad copy does not know the variant: its words are not to be had again.
    NoSuchCopy,
    /// The campaign has not been on offer long enough for the change to be measured against its own past.
    NoPast,
    /// It would end what runs to find out whether it earns, before that is known.
    FindsOut,
}

/// An earlier change whose effect is not known yet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Measuring {
    /// The change.
    pub change: Change,
    /// Until when it is measured.
    pub until: Timestamp,
}

/// What a change has to come up to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChangeLimits {
    /// The currency in which gains are compared.
    pub currency: Currency,
    /// The least that a change of end or copy has to add; `None` for anything above zero.
    pub least: Option<Money>,
    /// What trials may still cost at worst: what is left of the exploration budget.
    pub trials: Money,
}

/// Why a change is not made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum WhyNot {
    /// Another one is expected to add more.
    LessThan {
        /// What that one adds.
        other: Money,
    },
    /// It is expected to add nothing, or to cost.
    NoGain,
    /// It adds less than a change has to.
    TooLittle {
        /// The least.
        least: Money,
    },
    /// Nothing is known of it, and what may be spent to find out is not enough.
    NothingKnown,
    /// An earlier change is still measured.
    StillMeasured {
        /// Until when.
        until: Timestamp,
    },
    /// The platform cannot carry it out.
    NotSupported,
    /// The policy does not allow it.
    NotAllowed,
    /// The writer of ad copy does not know the variant.
    NoSuchCopy,
    /// The campaign has not been on offer long enough for the change to be measured against its own past.
    NoPast,
    /// It would end what runs to find out whether it earns, before that is known.
    FindsOut,
    /// Its amounts are in another currency than those it is compared with.
    OtherCurrency,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LessThan { other } => write!(f, "less than the {} of another change", cents(*other)),
            Self::NoGain => f.write_str("nothing is gained by it"),
            Self::TooLittle { least } => write!(f, "less than the {} that a change has to add", cents(*least)),
            Self::NothingKnown => f.write_str("nothing is known of it, and the budget to find out does not cover it"),
            Self::StillMeasured { until } => write!(f, "an earlier change is still measured until {}", minute(*until)),
            Self::NotSupported => f.write_str("the platform cannot do it"),
            Self::NotAllowed => f.write_str("the policy does not allow it"),
            Self::NoSuchCopy => f.write_str("the writer of ad copy does not know it"),
            Self::NoPast => f.write_str("its own past is too short to measure the change against"),
            Self::FindsOut => {
                f.write_str("the campaign runs to find out whether it earns, and is paused once it is known to lose")
            }
            Self::OtherCurrency => f.write_str("its amounts are in another currency"),
        }
    }
}

/// A change that is not made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PassedOver {
    /// The change.
    pub change: Change,
    /// The contribution that it is expected to add, less what trying it costs.
    pub gain: Money,
    /// Why it is not made.
    #[serde(flatten)]
    pub why: WhyNot,
}

impl fmt::Display for PassedOver {
    /// `"an end on .. instead of ..: 0.40 EUR expected, less than the 1.00 EUR that a change has to add"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} expected; {}", self.change, cents(self.gain), self.why)
    }
}

/// The change that is made, and those that are not.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct BestChange {
    /// The change; `None` where nothing helps.
    pub best: Option<Improvement>,
    /// The others, with the reason why not.
    pub passed: Vec<PassedOver>,
}

impl fmt::Display for BestChange {
    /// `"a budget of .. is expected to add .."`, or that nothing helps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.best {
            Some(improvement) => improvement.fmt(f),
            None => f.write_str(NOTHING_HELPS),
        }
    }
}

/// What is said where nothing helps.
pub(crate) const NOTHING_HELPS: &str = "no change of budget, end or copy is expected to bring more";

/// The one change with the best expected contribution net of what trying it costs; among equal ones the first by kind (budget, end,
/// copy, ad), then the smaller budget, the earlier end, the variant's name. The order of the candidates does not matter.
///
/// Changes of end and copy wait while an earlier one of them is measured, and have to add the least that is worth a change; budgets have
/// their own zone in which nothing moves. What is only tried comes after every change that is expected to gain, and only where its worst
/// case (the low end of its interval and the cost of trying) is within `limits.trials`: then the one that may bring most.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::{Candidate, Change, ChangeLimits, Ground, Interval, best_change};
/// use rust_decimal::Decimal;
///
/// let euros = |amount: i64| Money::new(Decimal::from(amount), Currency::EUR);
/// let raise = Candidate {
///     change: Change::RaiseBudget { from: euros(20), to: euros(25) },
///     gain: Interval { low: euros(1), expected: euros(4), high: euros(9) },
///     cost_of_trying: euros(0),
///     ground: Ground::Expected,
///     obstacle: None,
/// };
/// let limits = ChangeLimits { currency: Currency::EUR, least: Some(euros(1)), trials: euros(0) };
/// let found = best_change(std::slice::from_ref(&raise), None, &limits);
/// assert_eq!(found.to_string(), "a budget of 25.00 EUR instead of 20.00 EUR is expected to add 4.00 EUR");
/// let nothing = best_change(&[], None, &limits);
/// assert_eq!(nothing.to_string(), "no change of budget, end or copy is expected to bring more");
/// ```
#[must_use]
pub fn best_change(candidates: &[Candidate], measuring: Option<&Measuring>, limits: &ChangeLimits) -> BestChange {
    let mut weighed: Vec<Weighed<'_>> = candidates.iter().map(|candidate| Weighed::of(candidate, measuring, limits)).collect();
    weighed.sort_by(|a, b| {
        let by_change = a.candidate.change.order().cmp(&b.candidate.change.order());
        // What is named twice is told apart by the rest of it.
        by_change.then_with(|| b.net.cmp(&a.net)).then_with(|| format!("{:?}", a.candidate).cmp(&format!("{:?}", b.candidate)))
    });
    let gains: Vec<_> = weighed.iter().map(Weighed::gains).collect();
    let may_gain: Vec<_> = weighed.iter().map(Weighed::may_gain).collect();
    let chosen = first_highest(&gains).or_else(|| first_highest(&may_gain));
    let best = chosen.map(|index| weighed.remove(index));
    let gain = best.as_ref().map(|best| best.money(best.net));
    BestChange {
        best: best.map(|best| Improvement {
            change: best.candidate.change.clone(),
            gain: best.money(if best.candidate.ground == Ground::Trial { Decimal::ZERO } else { best.net }),
            ground: best.candidate.ground,
        }),
        passed: weighed.into_iter().map(|weighed| weighed.passed_over(gain)).collect(),
    }
}

/// The first of the highest: `max_by_key` would take the last.
fn first_highest(worths: &[Option<Decimal>]) -> Option<usize> {
    let highest = worths.iter().flatten().max()?;
    worths.iter().position(|worth| worth.as_ref() == Some(highest))
}

struct Weighed<'a> {
    candidate: &'a Candidate,
    /// The expected gain less the cost of trying.
    net: Decimal,
    /// Why it is out of the question, if it is.
    out: Option<WhyNot>,
}

impl<'a> Weighed<'a> {
    fn of(candidate: &'a Candidate, measuring: Option<&Measuring>, limits: &ChangeLimits) -> Self {
        let Candidate { change, gain, cost_of_trying, ground, obstacle } = candidate;
        let cost = cost_of_trying.amount.max(Decimal::ZERO);
        let net = gain.expected.amount.saturating_sub(cost);
        let amounts = [gain.low, gain.expected, gain.high, *cost_of_trying];
        let least = limits.least.filter(|least| change.waits() && least.currency == limits.currency && least.is_positive());
        // What it comes up to: a trial by what it may bring.
        let reaches = if *ground == Ground::Trial { gain.high.amount.saturating_sub(cost) } else { net };
        let at_worst = cost.saturating_sub(gain.low.amount.min(Decimal::ZERO));
        let out = match (obstacle, measuring, least) {
            _ if amounts.iter().any(|amount| amount.currency != limits.currency) => Some(WhyNot::OtherCurrency),
            (Some(Obstacle::NotSupported), ..) => Some(WhyNot::NotSupported),
            (Some(Obstacle::NotAllowed), ..) => Some(WhyNot::NotAllowed),
            (Some(Obstacle::NoSuchCopy), ..) => Some(WhyNot::NoSuchCopy),
            (Some(Obstacle::NoPast), ..) => Some(WhyNot::NoPast),
            (Some(Obstacle::FindsOut), ..) => Some(WhyNot::FindsOut),
            (_, Some(Measuring { until, .. }), _) if change.waits() => Some(WhyNot::StillMeasured { until: *until }),
            _ if reaches <= Decimal::ZERO => Some(WhyNot::NoGain),
            (.., Some(least)) if reaches < least.amount => Some(WhyNot::TooLittle { least }),
            _ if *ground == Ground::Trial && at_worst > limits.trials_amount() => Some(WhyNot::NothingKnown),
            _ => None,
        };
        Self { candidate, net, out }
    }

    /// What it is expected to add; `None` for what is only tried or out of the question.
    fn gains(&self) -> Option<Decimal> {
        (self.out.is_none() && self.candidate.ground != Ground::Trial).then_some(self.net)
    }

    /// What a trial may add.
    fn may_gain(&self) -> Option<Decimal> {
        let Candidate { gain, cost_of_trying, ground, .. } = self.candidate;
        let may = gain.high.amount.saturating_sub(cost_of_trying.amount.max(Decimal::ZERO));
        (self.out.is_none() && *ground == Ground::Trial).then_some(may)
    }

    fn money(&self, amount: Decimal) -> Money {
        Money::new(amount, self.candidate.gain.expected.currency)
    }

    fn passed_over(self, gain: Option<Money>) -> PassedOver {
        let expected = self.money(self.net);
        let less = gain.map_or(WhyNot::NoGain, |other| WhyNot::LessThan { other });
        PassedOver { change: self.candidate.change.clone(), gain: expected, why: self.out.unwrap_or(less) }
    }
}

impl ChangeLimits {
    fn trials_amount(&self) -> Decimal {
        if self.trials.currency == self.currency { self.trials.amount } else { Decimal::ZERO }
    }
}
