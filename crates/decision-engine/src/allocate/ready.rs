//! A problem checked and made ready: exact limits in the currency's smallest unit, campaigns in the order of their ids.

use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Money};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

pub(super) use crate::amount::number;

use super::envelope::Item;
use super::error::AllocationError;
use super::fill::Prepared;
use super::problem::{AllocationCampaign, AllocationProblem, Leftover, Off};

/// The most smallest units that floats hold exactly.
const LARGEST: u64 = 1 << 53;

/// What a campaign may get, in smallest units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) low: u64,
    pub(super) high: u64,
    /// Whether the step, and not the campaign's own limit, is the low or the high end.
    pub(super) by_step: (bool, bool),
    pub(super) off: bool,
}

/// See [the module](self).
#[derive(Debug)]
pub(super) struct Ready<'a> {
    pub(super) campaigns: Vec<&'a AllocationCampaign>,
    pub(super) ranges: Vec<Range>,
    pub(super) total: u64,
    pub(super) currency: Currency,
    /// The limited groups in the order of their names, with their limits.
    pub(super) groups: BTreeMap<&'a str, u64>,
    /// What a unit of spend costs.
    pub(super) cost: f64,
}

impl<'a> Ready<'a> {
    pub(super) fn new(problem: &'a AllocationProblem) -> Result<Self, AllocationError> {
        let currency = problem.total.currency;
        let down = RoundingStrategy::ToNegativeInfinity;
        let total = units("the total", problem.total, currency, down)?;
        let mut groups = BTreeMap::new();
        for limit in &problem.groups {
            let most = units(&format!("the limit of group `{}`", limit.group), limit.most, currency, down)?;
            if groups.insert(limit.group.as_str(), most).is_some() {
                return Err(AllocationError::Duplicate { what: limit.group.clone() });
            }
        }
        let mut campaigns: Vec<&AllocationCampaign> = problem.campaigns.iter().collect();
        campaigns.sort_by_key(|campaign| &campaign.campaign);
        for (before, after) in campaigns.iter().zip(campaigns.iter().skip(1)) {
            if before.campaign == after.campaign {
                return Err(AllocationError::Duplicate { what: after.campaign.to_string() });
            }
        }
        let ranges = campaigns.iter().map(|campaign| range(campaign, currency)).collect::<Result<Vec<_>, _>>()?;
        let cost = match problem.leftover {
            Leftover::Kept => 1.0,
            Leftover::Lost => 0.0,
        };
        let ready = Self { campaigns, ranges, total, currency, groups, cost };
        ready.check_minima()?;
        Ok(ready)
    }

    /// Smallest units in one unit of the currency.
    pub(super) fn scale(&self) -> u64 {
        10u64.pow(self.currency.minor_digits().min(9))
    }

    pub(super) fn money(&self, units: u64) -> Money {
        let amount = Decimal::from(units) / Decimal::from(self.scale());
        Money::new(amount.round_dp(self.currency.minor_digits()), self.currency)
    }

    /// A number of smallest units as an amount to compute with.
    pub(super) fn major(&self, units: u64) -> f64 {
        float(units) / float(self.scale())
    }

    pub(super) fn group(&self, index: usize) -> Option<(usize, u64)> {
        let name = self.campaigns.get(index)?.group.as_deref()?;
        self.groups.iter().enumerate().find(|(_, (group, _))| **group == name).map(|(at, (_, limit))| (at, *limit))
    }

    /// The problem in floats, for a total in smallest units.
    pub(super) fn prepared(&self, total: u64) -> Prepared {
        let names: BTreeMap<&str, usize> = self.groups.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let items = self.campaigns.iter().zip(&self.ranges).map(|(campaign, range)| {
            let group = campaign.group.as_deref().and_then(|name| names.get(name).copied());
            let limit = campaign.group.as_deref().and_then(|name| self.groups.get(name).copied()).unwrap_or(total);
            let held = campaign.in_force.map(|held| number(held.amount));
            Item {
                curve: campaign.response.clone(),
                cost: self.cost,
                switching: held.map_or(0.0, |_| number(campaign.switching_cost)),
                held: held.unwrap_or(0.0),
                low: self.major(range.low),
                high: self.major(range.high.min(total).min(limit)),
                off: range.off,
                group,
            }
        });
        let groups = self.groups.values().map(|limit| self.major(*limit)).collect();
        Prepared { items: items.collect(), total: self.major(total), groups }
    }

    /// That the campaigns which may not be off can all get their least.
    fn check_minima(&self) -> Result<(), AllocationError> {
        let needed = |group: Option<&str>| -> u64 {
            let all = self.campaigns.iter().zip(&self.ranges);
            let some = all.filter(|(campaign, range)| !range.off && (group.is_none() || campaign.group.as_deref() == group));
            some.fold(0, |sum: u64, (_, range)| sum.saturating_add(range.low))
        };
        let too_little = |what: String, needed: u64, most: u64| {
            if needed <= most {
                return Ok(());
            }
            Err(AllocationError::TooLittle { what, needed: self.money(needed), most: self.money(most) })
        };
        for (group, most) in &self.groups {
            too_little(format!("the limit of group `{group}`"), needed(Some(*group)), *most)?;
        }
        too_little("the total".to_owned(), needed(None), self.total)
    }

    /// Budgets in smallest units that never exceed a limit: rounded down, and what that leaves given out again, a unit to
    /// each campaign in the order of what it adds, ties by id.
    pub(super) fn rounded(&self, prepared: &Prepared, budgets: &[f64], total: u64) -> Vec<u64> {
        let scale = float(self.scale());
        let mut rounded: Vec<u64> = Vec::with_capacity(budgets.len());
        let mut cut = 0;
        for (budget, range) in budgets.iter().zip(&self.ranges) {
            let exact = budget * scale;
            let near = exact.round();
            let down = if (exact - near).abs() < 1e-6 * near.max(1.0).sqrt() { near } else { exact.floor() };
            let is_off = range.off && *budget <= 0.0;
            let units = if is_off { 0 } else { whole(down).clamp(range.low, range.high.max(range.low)) };
            cut += u64::from(exact > float(units));
            rounded.push(units);
        }
        let groups: Vec<Option<(usize, u64)>> = (0..rounded.len()).map(|index| self.group(index)).collect();
        for (at, limit) in self.groups.values().enumerate() {
            self.take_back(&mut rounded, *limit, |index| {
                groups.get(index).is_some_and(|group| group.is_some_and(|(own, _)| own == at))
            });
        }
        self.take_back(&mut rounded, total, |_| true);
        let mut spent: u64 = rounded.iter().sum();
        let mut spent_by_group = vec![0u64; self.groups.len()];
        for (units, group) in rounded.iter().zip(&groups) {
            if let Some(sum) = group.and_then(|(at, _)| spent_by_group.get_mut(at)) {
                *sum += units;
            }
        }
        let mut left = total.saturating_sub(spent).min(cut);
        let value = |item: &Item, units: u64| item.net(self.major(units));
        while left > 0 {
            let mut gains: Vec<(f64, usize)> = Vec::new();
            for (index, (units, item)) in rounded.iter().zip(&prepared.items).enumerate() {
                let (range, group) = (self.ranges.get(index), groups.get(index).copied().flatten());
                let has_room = range.is_some_and(|range| *units < range.high && !(range.off && *units == 0))
                    && group.is_none_or(|(at, limit)| spent_by_group.get(at).is_some_and(|sum| *sum < limit));
                let gain = value(item, units + 1) - value(item, *units);
                if has_room && gain > 0.0 {
                    gains.push((gain, index));
                }
            }
            gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let before = spent;
            for (_, index) in gains {
                let group =
                    groups.get(index).copied().flatten().and_then(|(at, limit)| Some((spent_by_group.get_mut(at)?, limit)));
                if left == 0 {
                    break;
                }
                match group {
                    Some((sum, limit)) if *sum >= limit => continue,
                    Some((sum, _)) => *sum += 1,
                    None => {}
                }
                if let Some(units) = rounded.get_mut(index) {
                    (*units, spent, left) = (*units + 1, spent + 1, left - 1);
                }
            }
            if spent == before {
                break;
            }
        }
        rounded
    }
}

impl Ready<'_> {
    /// Takes back what some campaigns have beyond a limit, which floats may lead to with very large amounts: from those that
    /// have most above their least, then whole budgets of those that may be off.
    fn take_back(&self, rounded: &mut [u64], limit: u64, counts: impl Fn(usize) -> bool) {
        let spent = rounded.iter().enumerate().filter(|(index, _)| counts(*index)).map(|(_, units)| *units);
        let mut excess = spent.fold(0u64, u64::saturating_add).saturating_sub(limit);
        if excess == 0 {
            return;
        }
        let members = rounded.iter_mut().zip(&self.ranges).enumerate().filter(|(index, _)| counts(*index));
        let mut members: Vec<(&mut u64, &Range)> = members.map(|(_, member)| member).collect();
        members.sort_by_key(|(units, range)| std::cmp::Reverse(units.saturating_sub(range.low)));
        for (units, range) in &mut members {
            let taken = units.saturating_sub(range.low).min(excess);
            (**units, excess) = (**units - taken, excess - taken);
        }
        for (units, range) in members {
            if excess > 0 && range.off {
                excess = excess.saturating_sub(*units);
                *units = 0;
            }
        }
    }
}

/// What a campaign may get, by its limits and its step.
fn range(campaign: &AllocationCampaign, currency: Currency) -> Result<Range, AllocationError> {
    let id = &campaign.campaign;
    if let Some(what) = campaign.response.fault() {
        return Err(AllocationError::ResponseCurve { campaign: id.clone(), what });
    }
    for draw in &campaign.draws {
        if let Some(what) = draw.fault() {
            return Err(AllocationError::ResponseCurve { campaign: id.clone(), what: format!("a draw of it: {what}") });
        }
    }
    let outside = |rate: Decimal| rate.is_sign_negative() && !rate.is_zero() || rate > Decimal::from(1_000_000);
    for (what, rate) in [("step", campaign.step), ("switching cost", Some(campaign.switching_cost))] {
        if rate.is_some_and(outside) {
            return Err(AllocationError::Rate { campaign: id.clone(), what });
        }
    }
    let (up, down) = (RoundingStrategy::ToPositiveInfinity, RoundingStrategy::ToNegativeInfinity);
    let own = |what: &str, limit: Option<Money>, rounding| {
        limit.map(|limit| units(&format!("the {what} of `{id}`"), limit, currency, rounding)).transpose()
    };
    let least = own("least", campaign.least, up)?.unwrap_or(0);
    let most = own("most", campaign.most, down)?.unwrap_or(LARGEST);
    let held = own("budget in force", campaign.in_force, down)?;
    let (mut low, mut high, mut by_step) = (least, most, (false, false));
    if let (Some(in_force), Some(step), Some(1..)) = (campaign.in_force, campaign.step, held) {
        let share = |factor: Decimal, rounding, beyond: u64| {
            let moved = in_force.checked_mul(factor.max(Decimal::ZERO)).ok();
            moved.and_then(|moved| units("", moved, currency, rounding).ok()).unwrap_or(beyond)
        };
        let (from, to) = (share(Decimal::ONE - step, up, 0), share(Decimal::ONE + step, down, LARGEST));
        by_step = (from > low, to < high);
        (low, high) = (low.max(from), high.min(to));
    }
    if low > high {
        let money =
            |units: u64| Money::new(Decimal::new(i64::try_from(units).unwrap_or(i64::MAX), currency.minor_digits()), currency);
        return Err(AllocationError::Limits { campaign: id.clone(), least: money(low), most: money(high) });
    }
    Ok(Range { low, high, by_step, off: campaign.off == Off::Allowed && low > 0 })
}

fn units(what: &str, amount: Money, currency: Currency, rounding: RoundingStrategy) -> Result<u64, AllocationError> {
    amount.checked_add(Money::zero(currency))?;
    let scaled = Money::new(amount.amount, currency).checked_mul(Decimal::from(10u64.pow(currency.minor_digits().min(9))));
    let whole = scaled.ok().and_then(|scaled| scaled.amount.round_dp_with_strategy(0, rounding).to_u64());
    whole.filter(|units| *units <= LARGEST).ok_or_else(|| AllocationError::Amount { what: what.to_owned(), amount })
}

#[expect(clippy::cast_precision_loss, reason = "checked amounts are at most 2^53, which floats hold exactly")]
pub(super) const fn float(units: u64) -> f64 {
    units as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded before, and a cast saturates")]
const fn whole(units: f64) -> u64 {
    units as u64
}

/// An estimate as a decimal with `digits` places, rounded down or up; the nearest end of its range beyond it.
pub(super) fn decimal(number: f64, digits: u32, rounding: RoundingStrategy) -> Decimal {
    let within = if number.is_nan() { 0.0 } else { number.clamp(-1e22, 1e22) };
    Decimal::from_f64_retain(within).unwrap_or_default().round_dp_with_strategy(digits, rounding).normalize()
}
