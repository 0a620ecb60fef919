//! What a whole plan for a product's ads is expected to do: when ads end, and when new ones take their place.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::super::ads::{LONGEST_TAIL, Run, freshness, s_factor, shared};
use super::super::goods::{Good, ItemRef};
use super::super::partners::Partner;
use super::super::shopper::{conversion, units_per_order};
use super::{Expected, Insight, ProductInsight};

const DAY_HOURS: f64 = 24.0;
/// The part of the orders that shoppers place by themselves that are paid; the others take nothing from the shelves.
const PAID: f64 = 0.913;
/// Days for which old posts still send clicks.
const TAIL_DAYS: usize = 14;
/// Days after the tail in which what is left on a shelf may still be sold.
const AFTERMATH_DAYS: f64 = 14.0;

/// What is to come for a product until a day, against which plans for its ads can be weighed.
///
/// It is reckoned in whole days from now on. A plan says until when the ad that runs goes on, and on which days new ads are launched, of
/// which each ends when the next one begins.
#[derive(Clone, Debug)]
pub struct Outlook<'a> {
    insight: &'a Insight<'a>,
    of: ProductInsight,
    until: usize,
    /// Units that shoppers want by themselves, and the orders that an ordinary click brings, day by day.
    days: Vec<Day>,
    shelves: Vec<Stocked>,
    partners: Vec<Channel<'a>>,
    running: Vec<Old<'a>>,
    per_order: f64,
    /// What the shop sells without any ad from now on, in units.
    alone: f64,
}

#[derive(Clone, Copy, Debug)]
struct Day {
    wanted: f64,
    conversion: f64,
}

/// One shelf of a product, in units that stay sold: what comes back lies there again.
#[derive(Clone, Copy, Debug)]
struct Stocked {
    /// The part of what is wanted that is looked for here.
    part: f64,
    stock: f64,
    round: f64,
    gap: f64,
    /// Days until it is filled, while nothing lies there.
    waits: f64,
}

/// A partner, and how its posts come and go by the days of an ad.
#[derive(Clone, Debug)]
struct Channel<'a> {
    partner: &'a Partner,
    place: usize,
    /// Clicks a day that a fresh post sends.
    clicks: f64,
    reach: f64,
    granted: f64,
    taken_cost: f64,
    taken_contribution: f64,
    per_click: f64,
    /// What an order costs, and what orders of nobody cost for each real click.
    per_order: f64,
    of_nobody: f64,
    bogus: f64,
    /// That it has posted an ad, if it is interested, in the mean of its so many-th day; the last one is when the day is over.
    posted: Vec<f64>,
    posted_by_end: Vec<f64>,
    /// How fresh the post of a new ad is by then.
    fresh: Vec<f64>,
    tail: Vec<f64>,
}

/// An ad that partners know already.
#[derive(Clone, Copy, Debug)]
struct Old<'a> {
    run: &'a Run,
    /// Hours since it was on offer; 0 where it is.
    ended_for: f64,
    /// Days until its own end.
    left: f64,
}

impl Insight<'_> {
    /// What is to come for a product within so many days; nothing for one that cannot be advertised, nor on a paid platform.
    #[must_use]
    pub fn outlook(&self, product: u64, days: f64) -> Option<Outlook<'_>> {
        let index = *self.goods.get(&product).filter(|_| self.kind == crate::world::PlatformKind::Affiliate)?;
        let (good, of) = (self.market.goods.get(index)?, *self.products.get(&product)?);
        let until = whole(days.max(1.0));
        let demand = &self.market.demand;
        let day = |day: usize| {
            let hour = self.hour + 24 * i64::try_from(day).unwrap_or(0) + 12;
            Day {
                wanted: PAID * demand.units_per_day(&self.market.goods, index, hour),
                conversion: conversion(&self.market.world, good, &self.scene(hour)),
            }
        };
        let full = good.traits.clickability * self.market.ads.full_clicks(index) * DAY_HOURS;
        let partners = self.market.partners.iter().enumerate();
        let partners = partners.map(|(place, partner)| self.channel(index, good, &of, place, partner, full, until)).collect();
        let runs = self.market.ads.active_ads().filter(|(_, run)| run.good == index && run.hours_since_offered <= LONGEST_TAIL);
        let running = runs.map(|(ad, run)| {
            let over = self.ended.contains(&ad) || run.hours_since_offered > 0.0;
            let left = if over { 0.0 } else { self.running.get(&ad).copied().unwrap_or(0.0) };
            Old { run, ended_for: run.hours_since_offered, left }
        });
        let mut outlook = Outlook {
            insight: self,
            of,
            until,
            days: (0..until + TAIL_DAYS).map(day).collect(),
            shelves: self.shelves(good),
            partners,
            running: running.collect(),
            per_order: units_per_order() * (1.0 - good.traits.return_rate) * of.margin,
            alone: 0.0,
        };
        outlook.alone = outlook.sold(&[]).0;
        Some(outlook)
    }

    #[expect(clippy::too_many_arguments, reason = "what was looked up already")]
    fn channel<'a>(
        &'a self,
        index: usize,
        good: &Good,
        of: &ProductInsight,
        place: usize,
        partner: &'a Partner,
        full: f64,
        until: usize,
    ) -> Channel<'a> {
        let crowd = self.crowds.get(place).copied().unwrap_or_default();
        let click = self.click(good, of, partner, 1.0, super::stock::Supply { sold: 1.0, caused: 1.0 });
        let nothing = self.click(good, of, partner, 0.0, super::stock::Supply { sold: 1.0, caused: 1.0 });
        let bogus = self.bogus(partner);
        let per_click = partner.cost_per_click.and_then(|cost| cost.to_f64()).unwrap_or(0.0) * (1.0 + bogus);
        let delay = partner.delay_hours.max(1e-3);
        let worn = self.market.ads.worn_hours(index, place, self.hour);
        let by_end = |day: usize| 1.0 - (-DAY_HOURS * day as f64 / delay).exp();
        let mean = |day: usize, constant: f64| {
            let begins = (-DAY_HOURS * day as f64 / constant).exp();
            constant / DAY_HOURS * (begins - (-DAY_HOURS * (day as f64 + 1.0) / constant).exp())
        };
        let posted: Vec<f64> = (0..=until).map(|day| 1.0 - mean(day, delay)).collect();
        // Those who have posted did so this long ago in the mean.
        let fresh = |day: usize| {
            let age = DAY_HOURS * (day as f64 + 0.5);
            let shown = (age / (1.0 - (-age / delay).exp()).max(1e-9) - delay).clamp(0.0, age);
            freshness(shown + worn, self.market.world.response.fatigue_days)
        };
        let reach = partner.reach(&good.category);
        Channel {
            partner,
            place,
            clicks: full * reach,
            reach,
            granted: crowd.granted,
            taken_cost: crowd.taken_cost,
            taken_contribution: crowd.taken_contribution,
            per_click,
            per_order: click.cost - nothing.cost,
            of_nobody: nothing.cost - per_click,
            bogus,
            posted_by_end: (0..=until).map(by_end).collect(),
            fresh: (0..=until).map(fresh).collect(),
            tail: (0..=TAIL_DAYS).map(|day| mean(day, partner.tail_hours)).collect(),
            posted,
        }
    }

    /// The shelves of a good that can run out.
    fn shelves(&self, good: &Good) -> Vec<Stocked> {
        let store = &self.market.world.store;
        let mean = |[few, many]: [u32; 2]| f64::midpoint(f64::from(few), f64::from(many));
        let stays = (1.0 - good.traits.return_rate).max(0.1);
        let mut shelves: BTreeMap<Option<ItemRef>, Stocked> = BTreeMap::new();
        for variant in &good.variants {
            let Some(quantity) = self.market.shelves.limited(variant) else { continue };
            let gap = mean(store.restock_days).max(0.1);
            let shelf = shelves.entry(variant.shelf).or_insert_with(|| Stocked {
                part: 0.0,
                stock: quantity.max(0) as f64 / stays,
                round: mean(store.restock).max(1.0) / stays,
                gap,
                waits: gap / 2.0,
            });
            shelf.part += 1.0 / good.variants.len() as f64;
        }
        shelves.into_values().collect()
    }
}

/// What ads bring on a day: orders that are wanted, and what they cost where they find a unit.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    orders: f64,
    cost_of_orders: f64,
}

impl Outlook<'_> {
    /// What all ads for the product are expected to do from now until the last of their effects, if the one that runs goes on for so
    /// many days and new ones are launched on those days, in ascending order; the last one ends on the day `ends`. The contribution counts
    /// against having no ads and no old posts at all.
    #[must_use]
    pub fn expect(&self, runs_on: usize, launches: &[usize], ends: usize) -> Expected {
        let mut sum = Expected::default();
        let mut wanted = vec![Wanted::default(); self.days.len()];
        let exponent = self.insight.market.world.response.s_exponent;
        let mut exposure = vec![0.0; if (exponent - 1.0).abs() < f64::EPSILON { 0 } else { self.days.len() }];
        if !exposure.is_empty() {
            for channel in &self.partners {
                self.posts(channel, runs_on, (launches, ends.min(self.until)), |day, _, strength| {
                    if let Some(exposure) = exposure.get_mut(day) {
                        *exposure += channel.reach * strength;
                    }
                });
            }
        }
        for channel in &self.partners {
            self.posts(channel, runs_on, (launches, ends.min(self.until)), |day, clicks, _| {
                let (Some(wanted), Some(of)) = (wanted.get_mut(day), self.days.get(day)) else { return };
                let wishes = clicks * channel.clicks;
                let granted = wishes * channel.granted;
                let factor = exposure.get(day).map_or(1.0, |exposure| s_factor(*exposure, exponent));
                let orders = granted * (of.conversion * channel.partner.quality * factor).clamp(0.0, 1.0);
                sum.clicks += granted * (1.0 + channel.bogus);
                sum.cost += granted * (channel.per_click + channel.of_nobody) + wishes * channel.taken_cost;
                sum.contribution += wishes * (channel.taken_contribution + channel.taken_cost);
                wanted.orders += orders;
                wanted.cost_of_orders += orders * channel.per_order;
            });
        }
        let (units, orders, cost) = self.sold(&wanted);
        sum.orders = orders;
        sum.cost += cost;
        sum.contribution += (units - self.alone) * self.per_order / units_per_order() - sum.cost;
        sum
    }

    /// Goes through the posts at a partner day by day: what part of the clicks of a fresh post they send together, and how strongly they
    /// show.
    fn posts(
        &self,
        channel: &Channel<'_>,
        runs_on: usize,
        (launches, last): (&[usize], usize),
        mut each: impl FnMut(usize, f64, f64),
    ) {
        let (partner, response) = (channel.partner, &self.insight.market.world.response);
        let at = |values: &[f64], place: usize| values.get(place).or(values.last()).copied().unwrap_or(0.0);
        for day in 0..self.days.len() {
            let hour = self.insight.hour + 24 * i64::try_from(day).unwrap_or(0) + 12;
            if !partner.there.contains(&hour) {
                continue;
            }
            // How many posts there are, and how much they would send if each had its readers for itself.
            let (mut posts, mut alone, mut shown) = (0.0, 0.0, 0.0);
            let mut add = |posted: f64, strength: f64, fresh: f64| {
                posts += posted;
                alone += posted * strength * fresh;
                shown += posted * strength;
            };
            for old in &self.running {
                let Some(post) = old.run.posts.get(channel.place) else { continue };
                let end = (runs_on as f64).min(old.left);
                let since = old.ended_for + (DAY_HOURS * (day as f64 - end)).max(0.0);
                if since > LONGEST_TAIL {
                    continue;
                }
                let (offered, is_offered) = (end.min(day as f64), (day as f64) < end);
                let strength = if is_offered {
                    1.0
                } else {
                    (-old.ended_for / partner.tail_hours).exp() * at(&channel.tail, whole(day as f64 - end))
                };
                if post.is_posted() {
                    let worn = self.insight.market.ads.worn_hours(old.run.good, channel.place, self.insight.hour);
                    let hours = post.posted_hours + DAY_HOURS * (offered + if is_offered { 0.5 } else { 0.0 });
                    let hours = if response.recovery_days > 0.0 { worn + DAY_HOURS * offered } else { hours };
                    add(1.0, strength, freshness(hours, response.fatigue_days));
                } else if end > 0.0 {
                    // Not having taken it yet makes it less likely that the partner is interested.
                    let waited = (-post.offered_hours / partner.delay_hours.max(1e-3)).exp();
                    let interested = partner.interest * waited / (1.0 - partner.interest + partner.interest * waited).max(1e-9);
                    let posted = if is_offered { at(&channel.posted, day) } else { at(&channel.posted_by_end, whole(end)) };
                    add(interested * posted, strength, at(&channel.fresh, whole(offered)));
                }
            }
            for (place, begins) in launches.iter().enumerate().take_while(|(_, begins)| **begins <= day) {
                let ends = launches.get(place + 1).copied().unwrap_or(last);
                if day < ends {
                    add(partner.interest * at(&channel.posted, day - begins), 1.0, at(&channel.fresh, day - begins));
                } else if day - ends < TAIL_DAYS {
                    let posted = partner.interest * at(&channel.posted_by_end, ends - begins);
                    add(posted, at(&channel.tail, day - ends), at(&channel.fresh, ends - begins));
                }
            }
            if alone > 0.0 {
                // One post has its readers for itself; several share them.
                let share = if posts > 1.0 { shared(posts, response.same_product_exponent) } else { 1.0 };
                each(day, alone * share, shown);
            }
        }
    }

    /// The units that are sold in all, the orders through ads, and what those cost, when shelves run out and are filled again. What is left in
    /// the end counts as much as it spares of the next gap.
    fn sold(&self, wanted: &[Wanted]) -> (f64, f64, f64) {
        let (mut units, mut orders, mut cost) = (0.0, 0.0, 0.0);
        let mut shelves = self.shelves.clone();
        let unlimited = 1.0 - shelves.iter().map(|shelf| shelf.part).sum::<f64>();
        for (place, day) in self.days.iter().enumerate() {
            let ads = wanted.get(place).copied().unwrap_or_default();
            let through = ads.orders * units_per_order();
            let both = (day.wanted - through * self.of.cannibalised).max(0.0) + through;
            let served = unlimited + shelves.iter_mut().map(|shelf| shelf.part * shelf.serve(both * shelf.part)).sum::<f64>();
            units += served * both;
            orders += served * ads.orders;
            cost += served * ads.cost_of_orders;
        }
        let rate = self.days.last().map_or(0.0, |day| day.wanted);
        units += shelves.iter().map(|shelf| shelf.spares(rate * shelf.part)).sum::<f64>();
        (units, orders, cost)
    }
}

impl Stocked {
    /// Serves what is wanted within a day; says which part of it found a unit.
    fn serve(&mut self, wanted: f64) -> f64 {
        let (mut left, mut served) = (1.0, 0.0);
        while left > 1e-9 {
            if self.stock > 1e-9 {
                let lasts = if wanted > 0.0 { (self.stock / wanted).min(left) } else { left };
                served += lasts;
                left -= lasts;
                self.stock -= lasts * wanted;
                if self.stock <= 1e-9 {
                    (self.stock, self.waits) = (0.0, self.gap);
                }
            } else {
                let passes = self.waits.min(left);
                left -= passes;
                self.waits -= passes;
                if self.waits <= 1e-9 {
                    self.stock = self.round;
                }
            }
        }
        served
    }

    /// The units that the shop will sell by itself beyond what it would with a shelf that has just run out. With rounds of `r` units that
    /// last `r / d` days and gaps of `g` days the part `p = r / (r + g d)` is served: a unit on the shelf spares `1 - p`, and a day of the
    /// gap that has passed `p d`.
    fn spares(self, rate: f64) -> f64 {
        let part = self.round / (self.round + self.gap * rate);
        if self.stock > 0.0 {
            self.stock.min(rate * AFTERMATH_DAYS) * (1.0 - part)
        } else {
            (self.gap - self.waits).max(0.0) * rate * part
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a flight's days")]
fn whole(days: f64) -> usize {
    days.max(0.0).round() as usize
}
