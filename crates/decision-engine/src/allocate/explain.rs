//! Why each campaign gets what it gets, and what one more unit would do.

use campaign_pilot_core::{CampaignId, Money, sanitize_line};
use rust_decimal::{Decimal, RoundingStrategy};

use super::answer::{AllocatedBudget, OneMore, Standing, Unspent, shown};
use super::envelope::{Envelope, Item};
use super::error::AllocationError;
use super::fill::{Filled, Prepared};
use super::ready::{Ready, decimal};
use super::risk::Doubt;
use super::search::polish;

/// How far returns may differ and count as the same: budgets are whole cents.
const SAME: f64 = 2e-3;

/// A division with the prices that explain it.
pub(super) struct Explained<'a> {
    ready: &'a Ready<'a>,
    prepared: &'a Prepared,
    doubt: Option<&'a Doubt>,
    units: Vec<u64>,
    budgets: Vec<f64>,
    value: f64,
    /// The division again, every campaign on its stretch: its prices are the common returns.
    level: Filled,
}

impl<'a> Explained<'a> {
    pub(super) fn new(
        ready: &'a Ready<'a>,
        prepared: &'a Prepared,
        doubt: Option<&'a Doubt>,
        units: Vec<u64>,
        value: f64,
    ) -> Self {
        let budgets: Vec<f64> = units.iter().map(|units| ready.major(*units)).collect();
        // The total limits no single campaign here: the last unit may well go to the one that has all of it.
        let total = ready.total + ready.scale();
        let open = doubt.map_or_else(|| ready.prepared(total), |doubt| doubt.prepared(ready, total));
        let level = polish(&Prepared { total: prepared.total, ..open }, &budgets, 0.0);
        Self { ready, prepared, doubt, units, budgets, value, level }
    }

    /// What the last unit brings where no limit holds; else the most that the next one would.
    pub(super) fn marginal_return(&self) -> Decimal {
        let items = || self.prepared.items.iter().zip(&self.budgets).zip(&self.units).zip(&self.ready.ranges).enumerate();
        let is_free = items().any(|(index, (((_, budget), units), range))| {
            let limit = self.ready.group(index).map_or(range.high, |(_, limit)| range.high.min(limit));
            *units > range.low && *units < limit && *budget > 0.0
        });
        if is_free {
            return rate(self.level.price.min(1e15) + self.ready.cost);
        }
        let room = items().filter(|(_, (((_, budget), units), range))| **units < range.high && !(range.off && **budget <= 0.0));
        let next = room.map(|(_, (((item, budget), _), _))| item.slope_after(*budget)).fold(0.0, f64::max);
        rate(next.min(1e15) + self.ready.cost)
    }

    fn own_price(&self, item: &Item) -> f64 {
        item.group.and_then(|group| self.level.group_prices.get(group)).copied().unwrap_or(self.level.price).min(1e15)
    }

    pub(super) fn shares(&self) -> Vec<AllocatedBudget> {
        let items = self.prepared.items.iter().zip(&self.budgets).zip(&self.units);
        items.enumerate().filter_map(|(index, ((item, budget), units))| self.share(index, item, *budget, *units)).collect()
    }

    fn share(&self, index: usize, item: &Item, budget: f64, units: u64) -> Option<AllocatedBudget> {
        let campaign = *self.ready.campaigns.get(index)?;
        let to = self.ready.money(units);
        let standing = self.standing(index, item, budget, units);
        let next = item.slope_after(budget) + self.ready.cost;
        let digits = self.ready.currency.minor_digits() + 6;
        let expected = self.doubt.map_or_else(|| item.curve.value(budget), |doubt| doubt.mean(index, budget));
        let contribution = decimal(expected, digits, RoundingStrategy::ToNegativeInfinity);
        let id = sanitize_line(campaign.campaign.as_str());
        let moved = match campaign.in_force {
            Some(held) if held.amount < to.amount => {
                format!(", {} more than now", Money::new(to.amount - held.amount, to.currency))
            }
            Some(held) if held.amount > to.amount => {
                format!(", {} less than now", Money::new(held.amount - to.amount, to.currency))
            }
            Some(_) => " as now".to_owned(),
            None => String::new(),
        };
        let gets = if units == 0 { "nothing".to_owned() } else { to.to_string() };
        Some(AllocatedBudget {
            campaign: campaign.campaign.clone(),
            from: campaign.in_force,
            to,
            contribution: Money::new(contribution, to.currency),
            next_return: (next.abs() < 1e15).then(|| rate(next)),
            sentence: format!("`{id}` gets {gets}{moved}: {standing}"),
            standing,
        })
    }

    fn standing(&self, index: usize, item: &Item, budget: f64, units: u64) -> Standing {
        let (own, cost) = (self.own_price(item), self.ready.cost);
        let near = SAME * (own + cost).abs().max(1e-9);
        let Some(range) = self.ready.ranges.get(index) else { return Standing::Common };
        if units == 0
            && (range.off || range.low == 0)
            && range.high > 0
            && let Some(standing) = self.nothing(item, own)
        {
            return standing;
        }
        let (before, after) = (item.slope_before(budget), item.slope_after(budget));
        if units >= self.ready.total && units > 0 && units < range.high {
            return if self.ready.campaigns.len() == 1 || before >= own - near { Standing::All } else { Standing::Remainder };
        }
        let cap = self.ready.group(index).map_or(range.high, |(_, limit)| limit);
        if units >= range.high.min(cap) && before >= own - near {
            return if units >= range.high && range.by_step.1 { Standing::StepUp } else { Standing::AtMost };
        }
        if units == range.low && units > 0 && after <= own + near && before < own - near {
            return if range.by_step.0 { Standing::StepDown } else { Standing::AtLeast };
        }
        let held = self.ready.campaigns.get(index).and_then(|campaign| campaign.in_force);
        let is_unmoved = held.is_some_and(|held| held.amount == self.ready.money(units).amount);
        if is_unmoved && item.switching > 0.0 && after <= own + near && before >= own - near {
            return Standing::NotMoved;
        }
        if self.level.price <= 0.0 && own <= 0.0 && after <= near {
            return Standing::Saturated;
        }
        if (after - own).abs() > near && (before - own).abs() > near {
            return if after > own { Standing::Remainder } else { Standing::AtLeast };
        }
        if own > self.level.price * (1.0 + 1e-9) {
            return Standing::GroupLimit { group_return: rate(own + cost) };
        }
        Standing::Common
    }

    /// Why a campaign gets nothing, that may get something.
    fn nothing(&self, item: &Item, own: f64) -> Option<Standing> {
        let envelope = item.envelope(0.0, f64::INFINITY);
        if envelope.least()? > 0.0 {
            return None;
        }
        let best = |item: &Item, envelope: &Envelope| {
            let second = envelope.0.get(1).filter(|_| envelope.0.first().is_some_and(|first| first.to <= 0.0))?;
            let place = item.best(envelope, second.enter * (1.0 - 1e-12)).max(second.from);
            let digits = self.ready.currency.minor_digits();
            let place = decimal(place, digits, RoundingStrategy::MidpointNearestEven);
            Some((second.enter, Money::new(place, self.ready.currency)))
        };
        if let Some((price, best_at)) = best(item, &envelope).filter(|(price, _)| *price > own) {
            return Some(Standing::DoesNotFit { best_return: rate(price + self.ready.cost), best_at });
        }
        // Whether it pays or not: what its best budget would bring for each unit.
        let free = Item { cost: 0.0, switching: 0.0, ..item.clone() };
        if let Some((best_return, best_at)) = best(&free, &free.envelope(0.0, f64::INFINITY)) {
            return Some(Standing::Off { best_return: rate(best_return), best_at });
        }
        let smallest = self.ready.major(1);
        let first_return = rate((item.net(smallest) - item.net(0.0)) / smallest + self.ready.cost);
        (!item.off).then_some(Standing::FirstUnit { first_return })
    }

    /// The division of a total that is one unit of the currency larger, everyone staying on the same stretch.
    pub(super) fn one_more(&self) -> OneMore {
        let currency = self.ready.currency;
        let one = self.ready.money(self.ready.scale());
        let nothing = || OneMore {
            gain: Money::zero(currency),
            goes_to: None,
            sentence: format!("{one} more would not be spent: {}", self.why_left()),
        };
        let total = self.ready.total + self.ready.scale();
        let larger = self.doubt.map_or_else(|| self.ready.prepared(total), |doubt| doubt.prepared(self.ready, total));
        let filled = polish(&larger, &self.budgets, self.level.price);
        let value = self.doubt.map_or(filled.value, |doubt| doubt.value(&filled.budgets));
        let gain = value - self.value;
        let digits = currency.minor_digits() + 6;
        let gained = Money::new(decimal(gain, digits, RoundingStrategy::ToNegativeInfinity), currency);
        let added = filled.budgets.iter().zip(&self.budgets).map(|(new, old)| new - old).zip(&self.ready.campaigns);
        let most = added.reduce(|most, other| if other.0 > most.0 { other } else { most });
        let half_unit = 0.5 / self.ready.scale() as f64;
        match most {
            Some((added, campaign)) if gained.is_positive() && added > half_unit => {
                let (id, gain_shown) = (campaign.campaign.clone(), shown(gained.amount));
                let sentence = format!(
                    "{one} more would add {gain_shown} {currency}, and most of it would go to `{}`",
                    sanitize_line(CampaignId::as_str(&id))
                );
                OneMore { gain: gained, goes_to: Some(id), sentence }
            }
            _ => nothing(),
        }
    }

    pub(super) fn unspent(&self, total: Money) -> Result<Money, AllocationError> {
        let spent = self.units.iter().fold(0u64, |sum, units| sum.saturating_add(*units));
        Ok(total.checked_sub(self.ready.money(spent))?)
    }

    pub(super) fn unspent_because(&self) -> Option<Unspent> {
        let spent = self.units.iter().fold(0u64, |sum, units| sum.saturating_add(*units));
        (spent < self.ready.total).then(|| self.why_left())
    }

    /// Why something is left, or would be left of more.
    fn why_left(&self) -> Unspent {
        let mut all = self.prepared.items.iter().zip(&self.budgets).zip(&self.ready.ranges);
        let has_hole = all.any(|((item, budget), range)| {
            range.off && *budget <= 0.0 && self.nothing(item, 0.0).is_some_and(|why| matches!(why, Standing::DoesNotFit { .. }))
        });
        let mut funded = self.prepared.items.iter().zip(&self.budgets).filter(|(_, budget)| **budget > 0.0);
        if has_hole {
            Unspent::TooLittle
        } else if funded.any(|(item, budget)| item.slope_after(*budget) > 0.0) {
            Unspent::Limits
        } else {
            Unspent::NothingGained
        }
    }
}

fn rate(number: f64) -> Decimal {
    decimal(number, 9, RoundingStrategy::MidpointNearestEven)
}
