//! What a change did, measured against the campaign's own past.

use std::fmt;

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_metrics::evidence::{BetaBinomial, Side};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use super::ends::{at_once, days_between};
use super::{
    Candidate, Change, ChangeKind, ChangesPolicy, Ground, Measuring, PassedOver, ResultSample, ResultTrail, cents, minute,
};
use crate::Interval;
use crate::amount::number;

/// What the prior on the share of events after a change counts for, in events: it suits ratios from a half to two.
const PRIOR_EVENTS: f64 = 10.0;
/// The least time on offer on each side of a change, in hours.
const LEAST_HOURS: Decimal = Decimal::from_parts(20, 0, 0, false, 0);
/// The 95 % quantile of the normal law: both ends of a 90 % interval.
const WIDE: f64 = 1.644_853_6;

/// What was looked at to change a campaign: changes that are not made, and what earlier ones did.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct ChangeReview {
    /// Changes that are not made, with the reason why not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<PassedOver>,
    /// What the last changes did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<ChangeEffect>,
}

/// Whether a change made a campaign better.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum EffectVerdict {
    /// It did.
    Better,
    /// It made it worse.
    Worse,
    /// Chance may explain what is seen.
    NotKnown {
        /// Until when it is measured.
        until: Timestamp,
    },
}

/// Events a day on offer, before and after a change.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct RateChange {
    /// A day on offer before.
    pub before: f64,
    /// A day on offer after.
    pub after: f64,
    /// The low end of the ratio's interval; `None` where nothing bounds it.
    pub ratio_low: Option<f64>,
    /// The high end.
    pub ratio_high: Option<f64>,
    /// The e-value against a ratio of 1: chance alone makes it as large as `1 / alpha` with a probability of at most `alpha`, however
    /// often it is looked at.
    pub e_value: f64,
}

/// What a change did, measured against the campaign's own past: equal times on offer before and after.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChangeEffect {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// When it took effect.
    pub at: Timestamp,
    /// Days on offer that are compared, before.
    pub days_before: Decimal,
    /// Days on offer that are compared, after.
    pub days_after: Decimal,
    /// Clicks; `None` where the platform does not count them, or nothing can be compared yet.
    #[serde(default)]
    pub clicks: Option<RateChange>,
    /// Orders; `None` where nothing can be compared yet.
    #[serde(default)]
    pub orders: Option<RateChange>,
    /// Contribution a day on offer before; zero where nothing can be compared yet.
    pub contribution_before: Money,
    /// Contribution a day on offer after.
    pub contribution_after: Money,
    /// How far the difference of both may be off: one standard deviation.
    pub deviation: Money,
    /// Whether it made the campaign better.
    pub result: EffectVerdict,
}

impl ChangeEffect {
    /// The change and its end of measuring where others wait for it at an instant.
    #[must_use]
    pub fn measuring(&self, now: Timestamp) -> Option<Measuring> {
        match self.result {
            EffectVerdict::NotKnown { until } if self.change.waits() && now < until => {
                Some(Measuring { change: self.change.clone(), until })
            }
            _ => None,
        }
    }
}

impl fmt::Display for ChangeEffect {
    /// `"the copy `b` instead of `a` made it worse: 3.20 EUR a day before, 1.10 EUR after, clicks x 0.52 (0.40 to 0.68), orders .."`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.result {
            EffectVerdict::Better => write!(f, "{} made it better", self.change)?,
            EffectVerdict::Worse => write!(f, "{} made it worse", self.change)?,
            EffectVerdict::NotKnown { until } => {
                write!(f, "whether {} helps is not known yet, it is measured until {}", self.change, minute(until))?;
            }
        }
        let Some(orders) = &self.orders else { return Ok(()) };
        let (before, after) = (cents(self.contribution_before), cents(self.contribution_after));
        write!(f, ": {before} a day on offer before, {after} after")?;
        if let Some(clicks) = &self.clicks {
            write!(f, ", clicks {clicks}")?;
        }
        let days = |days: Decimal| days.round_dp(1).normalize();
        write!(f, ", orders {orders} ({} and {} days)", days(self.days_before), days(self.days_after))
    }
}

impl fmt::Display for RateChange {
    /// `"4.2 to 5.1 a day, x 0.8 to 1.9"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} to {:.2} a day", self.before, self.after)?;
        match (self.ratio_low, self.ratio_high) {
            (Some(low), Some(high)) => write!(f, ", x {low:.2} to {high:.2}"),
            (Some(low), None) => write!(f, ", at least x {low:.2}"),
            (None, Some(high)) => write!(f, ", at most x {high:.2}"),
            (None, None) => Ok(()),
        }
    }
}

/// What the last change of the budget and the last change of end or copy did, by the samples of a trail; `kept` is the part of the
/// credited revenue that counts (margin x caused, as numbers from 0 to 1).
///
/// Only time on offer counts. The hours before the change's first reading and `settle_hours` after it are left out, so that orders of
/// earlier clicks are in neither side; the time before is as long as the time after, reaches back no further than the change of end or
/// copy before, and the time after no further than the next. A later end takes effect when the former one has passed; an earlier end
/// leaves nothing to measure.
///
/// # Formula
///
/// Of `n` events together `k` are after the change; if nothing has changed, `k ~ Binomial(n, t1 / (t0 + t1))` with the times `t` on
/// offer. The e-value is the beta-binomial mixture of [`BetaBinomial`]; events are divided by their dispersion (variance over mean of
/// the days' counts, at least 1). Clicks and orders each have half of `alpha`. Better: one of them rose, none fell, and the
/// contribution a day is larger; worse: the other way round; otherwise not known.
#[must_use]
pub fn change_effects(trail: &ResultTrail, policy: &ChangesPolicy, kept: Decimal, now: Timestamp) -> Vec<ChangeEffect> {
    let last = |budget: bool| {
        let of_kind = |change: &Change| (change.kind() == ChangeKind::Budget) == budget;
        trail.changes().iter().rposition(|seen| of_kind(&seen.change) && seen.at <= now)
    };
    let found = [false, true].into_iter().filter_map(last);
    found.filter_map(|index| effect_of(trail, index, policy, kept, now)).collect()
}

/// The change back where one made a campaign worse, with what that is expected to add in the days that are left; `None` where it did not,
/// for budgets unless the policy says so, and where it cannot be taken back.
#[must_use]
pub fn take_back(effect: &ChangeEffect, policy: &ChangesPolicy, now: Timestamp, end: Timestamp) -> Option<Candidate> {
    let days_left = days_between(now, end);
    let may_be = effect.change.kind() != ChangeKind::Budget || policy.take_back_budgets;
    if effect.result != EffectVerdict::Worse || !may_be || days_left <= Decimal::ZERO {
        return None;
    }
    let currency = effect.contribution_after.currency;
    let (change, lost) = match &effect.change {
        // The former end has passed: it can only end at once, which helps where its days lose.
        Change::MoveEnd { .. } => {
            let to = at_once(now).filter(|to| *to < end)?;
            (Change::MoveEnd { from: end, to }, -effect.contribution_after.amount)
        }
        change => (change.reversed()?, effect.contribution_before.amount - effect.contribution_after.amount),
    };
    let wide = Decimal::from_f64(WIDE).unwrap_or_default().saturating_mul(effect.deviation.amount);
    let in_days = |amount: Decimal| Money::new(amount.saturating_mul(days_left).round_dp(4), currency);
    Some(Candidate {
        change,
        gain: Interval { low: in_days(lost - wide), expected: in_days(lost), high: in_days(lost + wide) },
        cost_of_trying: Money::zero(currency),
        ground: Ground::Measured,
        obstacle: None,
    })
}

pub(super) const fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * count as i64)
}

fn effect_of(trail: &ResultTrail, index: usize, policy: &ChangesPolicy, kept: Decimal, now: Timestamp) -> Option<ChangeEffect> {
    let seen = trail.changes().get(index)?;
    let at = match &seen.change {
        Change::MoveEnd { from, to } if to <= from => return None,
        Change::MoveEnd { from, .. } => seen.at.max(*from),
        _ => seen.at,
    };
    let settled = at.checked_add(SignedDuration::from_hours(i64::from(policy.settle_hours))).ok()?;
    let until = settled.checked_add(days(policy.measuring_days)).ok()?;
    let nothing = Money::zero(trail.currency());
    let mut effect = ChangeEffect {
        change: seen.change.clone(),
        at,
        days_before: Decimal::ZERO,
        days_after: Decimal::ZERO,
        clicks: None,
        orders: None,
        contribution_before: nothing,
        contribution_after: nothing,
        deviation: nothing,
        result: EffectVerdict::NotKnown { until },
    };
    if let Some((before, after)) = windows(trail, index, at, settled, until.min(now)) {
        compare(&mut effect, &before, &after, policy, kept);
    }
    Some(effect)
}

/// The samples of both sides, oldest first.
fn windows(trail: &ResultTrail, index: usize, at: Timestamp, settled: Timestamp, until: Timestamp) -> Option<(Window, Window)> {
    let waits = |seen: &&super::SeenChange| seen.change.waits();
    let (earlier, later) = (trail.changes().get(..index)?, trail.changes().get(index + 1..)?);
    let since = earlier.iter().rfind(waits).map_or(Timestamp::MIN, |seen| seen.at);
    let until = later.iter().find(waits).map_or(until, |seen| seen.at.min(until));
    let inside = |from: Timestamp, to: Timestamp| {
        trail.samples().iter().copied().filter(|sample| from <= sample.at && sample.at <= to).collect::<Vec<_>>()
    };
    let after = Window { currency: trail.currency(), samples: inside(settled, until) };
    let just_before = at.checked_sub(SignedDuration::from_secs(1)).ok()?;
    let mut before = Window { currency: trail.currency(), samples: inside(since, just_before) };
    let wanted = after.hours()?;
    // As long as the time after, to the day.
    while before.hours().is_some_and(|hours| hours > wanted + LEAST_HOURS / Decimal::TWO) {
        before.samples.remove(0);
    }
    let long_enough = wanted >= LEAST_HOURS && before.hours().is_some_and(|hours| hours >= LEAST_HOURS);
    long_enough.then_some((before, after))
}

/// One side of a change.
struct Window {
    currency: Currency,
    samples: Vec<ResultSample>,
}

impl Window {
    fn ends(&self) -> Option<(&ResultSample, &ResultSample)> {
        Some((self.samples.first()?, self.samples.last()?))
    }

    fn hours(&self) -> Option<Decimal> {
        self.ends().map(|(first, last)| last.hours_on_offer - first.hours_on_offer)
    }

    /// Events of each day, never below zero: what is taken back lowers a day that has none.
    #[expect(clippy::cast_precision_loss, reason = "counts of clicks and orders")]
    fn days(&self, of: impl Fn(&ResultSample) -> Option<u64>) -> Option<Vec<f64>> {
        let counts: Option<Vec<u64>> = self.samples.iter().map(of).collect();
        Some(counts?.array_windows().map(|[from, to]| to.saturating_sub(*from) as f64).collect())
    }

    /// Contribution a day on offer.
    fn contribution(&self, kept: Decimal) -> Option<Money> {
        let (first, last) = self.ends()?;
        let earned = (last.revenue - first.revenue).checked_mul(kept)?.checked_sub(last.cost - first.cost)?;
        let a_day = earned.checked_mul(Decimal::from(24))?.checked_div(self.hours()?)?;
        Some(Money::new(a_day.round_dp(4), self.currency))
    }
}

fn compare(effect: &mut ChangeEffect, before: &Window, after: &Window, policy: &ChangesPolicy, kept: Decimal) {
    let (Some(hours_before), Some(hours_after)) = (before.hours(), after.hours()) else { return };
    let (Some(was), Some(is)) = (before.contribution(kept), after.contribution(kept)) else { return };
    let times = (number(hours_before) / 24.0, number(hours_after) / 24.0);
    let alpha = number(policy.alpha) / 2.0;
    let rates = |of: fn(&ResultSample) -> Option<u64>| Rates::of(&before.days(of)?, &after.days(of)?, times, alpha);
    let Some(orders) = rates(|sample| Some(sample.orders)) else { return };
    let clicks = rates(|sample| sample.clicks);
    (effect.days_before, effect.days_after) = (hours_before / Decimal::from(24), hours_after / Decimal::from(24));
    (effect.contribution_before, effect.contribution_after) = (was, is);
    effect.deviation = deviation(&orders, times, was, is);
    (effect.orders, effect.clicks) = (Some(orders.change), clicks.as_ref().map(|clicks| clicks.change));
    let moved = |up: bool| clicks.iter().chain([&orders]).any(|rates| rates.decided == Some(up));
    let grew = is.amount.cmp(&was.amount);
    effect.result = match (moved(true), moved(false)) {
        (true, false) if grew.is_gt() => EffectVerdict::Better,
        (false, true) if grew.is_lt() => EffectVerdict::Worse,
        _ => return,
    };
}

/// How far the difference of the contributions a day may be off: orders of equal value that come by chance.
fn deviation(orders: &Rates, (before, after): (f64, f64), was: Money, is: Money) -> Money {
    let a_day = orders.change.before + orders.change.after;
    let value = if a_day > 0.0 { number(was.amount + is.amount) / a_day } else { 0.0 };
    let variance = orders.dispersion * (orders.change.before / before + orders.change.after / after);
    let deviation = Decimal::from_f64(value.abs() * variance.max(0.0).sqrt()).unwrap_or_default();
    Money::new(deviation.round_dp(4), was.currency)
}

struct Rates {
    change: RateChange,
    dispersion: f64,
    /// Whether it rose or fell, where that is decided.
    decided: Option<bool>,
}

impl Rates {
    /// Events of the days before and after, in so many days on offer.
    fn of(before: &[f64], after: &[f64], (days_before, days_after): (f64, f64), alpha: f64) -> Option<Self> {
        let (had, has): (f64, f64) = (before.iter().sum(), after.iter().sum());
        let dispersion = dispersion(before, after);
        let null = days_after / (days_before + days_after);
        let mut test = BetaBinomial::new(Side::Either, null, PRIOR_EVENTS * null, PRIOR_EVENTS * (1.0 - null)).ok()?;
        test.observe(has / dispersion, had / dispersion).ok()?;
        let interval = test.interval_now(alpha).ok()?;
        let odds = days_before / days_after;
        let ratio = |share: f64| Some(share / (1.0 - share) * odds).filter(|ratio| ratio.is_finite());
        let ln_e = test.ln_e();
        let change = RateChange {
            before: had / days_before,
            after: has / days_after,
            ratio_low: interval.lower.and_then(ratio),
            ratio_high: interval.upper.and_then(ratio),
            e_value: ln_e.min(700.0).exp(),
        };
        let decided = (ln_e >= -alpha.ln()).then_some(change.after > change.before);
        Some(Self { change, dispersion, decided })
    }
}

/// Variance over mean of the days' counts within each side, at least 1.
fn dispersion(before: &[f64], after: &[f64]) -> f64 {
    let (mut squares, mut free, mut sum, mut count) = (0.0, 0.0, 0.0, 0.0);
    for side in [before, after].into_iter().filter(|side| side.len() > 1) {
        let days: f64 = side.iter().map(|_| 1.0).sum();
        let mean = side.iter().sum::<f64>() / days;
        squares += side.iter().map(|events| (events - mean).powi(2)).sum::<f64>();
        free += days - 1.0;
        sum += mean * days;
        count += days;
    }
    if free > 0.0 && sum > 0.0 { (squares / free / (sum / count)).max(1.0) } else { 1.0 }
}
