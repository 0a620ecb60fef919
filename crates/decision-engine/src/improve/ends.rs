//! What a later or an earlier end is expected to add.

use campaign_pilot_core::Money;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::{Candidate, Change, Ground};
use crate::Interval;

/// What is known of a campaign whose end may be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EndFacts {
    /// Now.
    pub now: Timestamp,
    /// The end in force.
    pub end: Timestamp,
    /// What a day on offer is expected to contribute, with its 90 % interval.
    pub per_day: Interval,
    /// For how many days from now the budget lasts; `None` where it does not limit.
    pub budget_days: Option<Decimal>,
    /// For how many days from now the stock lasts; `None` where it does not limit.
    pub stock_days: Option<Decimal>,
    /// For how many days after the end in force the product would not be advertised otherwise: its rest. What a new campaign could bring
    /// in the same days is no gain of a longer one.
    pub idle_days: Decimal,
}

/// An end that is later by so many days; `None` unless that is a later instant.
///
/// # Formula
///
/// ```text
/// gain = contribution a day x days gained
/// days gained = min(days added, days without an ad otherwise, days that budget and stock last beyond the end in force), at least 0
/// ```
#[must_use]
pub fn later_end(facts: &EndFacts, days: u32) -> Option<Candidate> {
    let to = moved(facts.end, i64::from(days))?;
    let until_end = days_between(facts.now, facts.end);
    let beyond = |lasts: Option<Decimal>| lasts.map(|days| days - until_end);
    let limits = [Some(facts.idle_days), beyond(facts.budget_days), beyond(facts.stock_days)];
    let gained = limits.into_iter().flatten().fold(Decimal::from(days), Decimal::min).max(Decimal::ZERO);
    Some(candidate(Change::MoveEnd { from: facts.end, to }, scaled(facts.per_day, gained)?))
}

/// An end that is earlier by so many days, or in an hour; `None` for a campaign that is over.
///
/// # Formula
///
/// ```text
/// gain = - contribution a day x days less
/// ```
///
/// It is above zero where the days are expected to lose.
#[must_use]
pub fn earlier_end(facts: &EndFacts, days: u32) -> Option<Candidate> {
    let to = moved(facts.end, -i64::from(days))?.max(at_once(facts.now)?);
    if to >= facts.end {
        return None;
    }
    let Interval { low, expected, high } = scaled(facts.per_day, days_between(to, facts.end))?;
    let negated = |money: Money| Money::new(-money.amount, money.currency);
    let avoided = Interval { low: negated(high), expected: negated(expected), high: negated(low) };
    Some(candidate(Change::MoveEnd { from: facts.end, to }, avoided))
}

fn candidate(change: Change, gain: Interval) -> Candidate {
    let cost_of_trying = Money::zero(gain.expected.currency);
    Candidate { change, gain, cost_of_trying, ground: Ground::Expected, obstacle: None }
}

fn moved(end: Timestamp, days: i64) -> Option<Timestamp> {
    end.checked_add(SignedDuration::from_hours(24_i64.checked_mul(days)?)).ok().filter(|to| *to != end)
}

/// The next end that a platform still takes as one to come.
pub(super) fn at_once(now: Timestamp) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_hours(1)).ok()
}

fn scaled(per_day: Interval, days: Decimal) -> Option<Interval> {
    let times = |money: Money| money.checked_mul(days).ok();
    Some(Interval { low: times(per_day.low)?, expected: times(per_day.expected)?, high: times(per_day.high)? })
}

pub(super) fn days_between(from: Timestamp, to: Timestamp) -> Decimal {
    Decimal::from(to.duration_since(from).as_secs()) / Decimal::from(86_400)
}
