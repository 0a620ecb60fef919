//! What partners do with ads: take them after a while, send clicks, and go on a little after the end.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};
use rust_decimal::Decimal;

use super::chance::{poisson, seconds, wait};
use super::demand::{Checkout, Demand, instant};
use super::goods::{Good, by_path, path_of};
use super::partners::Partner;
use super::{HOUR, Streams};
use crate::impact::{Ad, PlatformState, ProgramState};

/// The probability that a click on an ad that fits ordinarily becomes an order.
const CLICK_CONVERSION: f64 = 0.03;
/// Orders through an ad that all partners post, relative to the base demand of an average product like it.
const REACH: f64 = 3.0;
/// After so many hours of posting a partner's audience clicks half as often.
const TIRED_AFTER_HOURS: f64 = 20.0 * 24.0;
/// How the clicks on one product grow with the number of its ads at the same partner.
const SAME_PRODUCT_EXPONENT: f64 = 0.3;
/// The part of converting clicks that buy at once; the others think about it.
const BUYS_AT_ONCE: f64 = 0.45;
/// The longest time between click and order, in hours.
const LONGEST_THOUGHT: f64 = 7.0 * 24.0;
/// Hours after an ad's end when old posts are gone.
const LONGEST_TAIL: f64 = 14.0 * 24.0;

/// The ads as the partners know them.
#[derive(Clone, Debug)]
pub(crate) struct AdRuns {
    streams: Streams,
    goods_by_path: BTreeMap<String, usize>,
    runs: BTreeMap<u64, Run>,
    /// How many ads each good has had.
    ordinals: BTreeMap<usize, u64>,
}

#[derive(Clone, Debug)]
struct Run {
    good: usize,
    ordinal: u64,
    offered_hours: f64,
    hours_since_offered: f64,
    posts: Vec<Post>,
}

/// One partner's dealings with one ad.
#[derive(Clone, Copy, Debug)]
struct Post {
    /// After how many hours on offer it posts the ad; `None` for never.
    posts_after: Option<f64>,
    posted_hours: f64,
}

/// Clicks that a partner sent for an ad within an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clicks {
    pub(crate) ad: u64,
    pub(crate) partner: u64,
    pub(crate) good: usize,
    pub(crate) count: u64,
    /// Page views that they made.
    pub(crate) pageviews: u64,
    pub(crate) cost: Decimal,
}

/// An order that comes through an ad.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AdSale {
    pub(crate) at: Timestamp,
    pub(crate) clicked_at: Timestamp,
    pub(crate) ad: u64,
    pub(crate) partner: u64,
    pub(crate) good: usize,
    pub(crate) variant: f64,
    pub(crate) quantity: u32,
    /// Whether its buyer would have bought anyway, soon.
    pub(crate) cannibalises: bool,
    pub(crate) new_customer: bool,
    pub(crate) comes_back: Option<SignedDuration>,
    pub(crate) checkout: Checkout,
}

impl AdRuns {
    pub(crate) fn new(streams: Streams, goods: &[Good]) -> Self {
        Self { streams, goods_by_path: by_path(goods), runs: BTreeMap::new(), ordinals: BTreeMap::new() }
    }

    /// What the partners do within an hour: clicks, and the orders that follow from them, some of them later.
    pub(crate) fn run_hour(
        &mut self,
        hour: i64,
        platform: &PlatformState,
        partners: &[Partner],
        goods: &[Good],
        demand: &Demand,
    ) -> (Vec<Clicks>, Vec<AdSale>) {
        let is_active = platform.settings().program_state == ProgramState::Active;
        let (mut clicks, mut sales) = (Vec::new(), Vec::new());
        for ad in platform.ads() {
            self.notice(ad, partners, goods);
        }
        let wishes = self.wishes(hour, is_active, platform, partners, goods, demand);
        for (index, partner) in partners.iter().enumerate() {
            let mine: Vec<_> = wishes.iter().filter(|wish| wish.partner == index).collect();
            let scale = saturation(mine.iter().map(|wish| wish.clicks).sum(), partner.capacity);
            for wish in mine {
                let Some(good) = goods.get(wish.good) else { continue };
                let mut rng = self.streams.clicks(good.product, wish.ordinal, partner.id, hour);
                let count = poisson(&mut rng, wish.clicks * scale);
                if count == 0 {
                    continue;
                }
                sales.extend((0..count).filter_map(|_| convert(&mut rng, hour, wish, partner, good)));
                let cost = partner.cost_per_click.unwrap_or_default() * Decimal::from(count);
                let pageviews = count + poisson(&mut rng, 0.3 * count as f64);
                clicks.push(Clicks { ad: wish.ad, partner: partner.id, good: wish.good, count, pageviews, cost });
            }
        }
        (clicks, sales)
    }

    /// Learns of an ad the first time it is seen; an ad that leads to no product interests nobody.
    fn notice(&mut self, ad: &Ad, partners: &[Partner], goods: &[Good]) {
        if self.runs.contains_key(&ad.id) {
            return;
        }
        let Some(index) = self.goods_by_path.get(&path_of(&ad.landing_page)).copied() else { return };
        let Some(good) = goods.get(index) else { return };
        let ordinal = self.ordinals.entry(index).or_default();
        *ordinal += 1;
        let posts = partners.iter().map(|partner| {
            let mut rng = self.streams.pick_up(good.product, *ordinal, partner.id);
            let posts_after = wait(&mut rng, partner.delay_hours);
            Post { posts_after: rng.random_bool(partner.interest).then_some(posts_after), posted_hours: 0.0 }
        });
        let posts = posts.collect();
        self.runs.insert(ad.id, Run { good: index, ordinal: *ordinal, offered_hours: 0.0, hours_since_offered: 0.0, posts });
    }

    /// How many clicks each partner would send for each ad if its audience had no end.
    fn wishes(
        &mut self,
        hour: i64,
        is_active: bool,
        platform: &PlatformState,
        partners: &[Partner],
        goods: &[Good],
        demand: &Demand,
    ) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let shape = demand.hour_factor(hour);
        for (id, run) in &mut self.runs {
            let (Some(ad), Some(good)) = (platform.ad(*id), goods.get(run.good)) else { continue };
            let offered = if is_active { offered_part(ad, hour) } else { 0.0 };
            let is_blocked = platform.is_traffic_blocked(*id, instant((hour + 1) * HOUR));
            run.offered_hours += offered;
            run.hours_since_offered = if offered > 0.0 { 0.0 } else { run.hours_since_offered + 1.0 };
            let clicks = good.traits.clickability * full_clicks_per_hour(demand, run.good, goods.len()) * shape;
            for (index, (post, partner)) in run.posts.iter_mut().zip(partners).enumerate() {
                if !post.posts_after.is_some_and(|after| after <= run.offered_hours && run.offered_hours > 0.0) {
                    continue;
                }
                let strength = if offered > 0.0 { offered } else { tail(run.hours_since_offered, partner.tail_hours) };
                let strength = if is_blocked { 0.0 } else { strength };
                let clicks = clicks * partner.reach(&good.category) * strength * freshness(post.posted_hours);
                post.posted_hours += strength;
                if clicks > 0.0 {
                    let fit = good.traits.ad_fit;
                    wishes.push(Wish { ad: *id, partner: index, good: run.good, ordinal: run.ordinal, clicks, fit });
                }
            }
        }
        share_audience(&mut wishes);
        wishes
    }
}

/// Clicks that a partner would send for an ad within an hour.
#[derive(Clone, Copy, Debug)]
struct Wish {
    ad: u64,
    /// The partner's place.
    partner: usize,
    good: usize,
    ordinal: u64,
    clicks: f64,
    fit: f64,
}

/// Several ads for one product at one partner reach the same people.
fn share_audience(wishes: &mut [Wish]) {
    let mut counts: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for wish in wishes.iter() {
        *counts.entry((wish.partner, wish.good)).or_default() += 1.0;
    }
    for wish in wishes {
        let ads = counts.get(&(wish.partner, wish.good)).copied().unwrap_or(1.0);
        wish.clicks *= ads.powf(SAME_PRODUCT_EXPONENT) / ads;
    }
}

/// Clicks per hour on an ad for a good when all partners post it, before its traits: between the good's own
/// demand and that of an average good, since partners bring shoppers of their own.
fn full_clicks_per_hour(demand: &Demand, good: usize, goods: usize) -> f64 {
    let mean = (0..goods).map(|good| demand.lines_per_day(good)).sum::<f64>() / goods.max(1) as f64;
    REACH * (demand.lines_per_day(good) * mean).sqrt() / CLICK_CONVERSION / 24.0
}

/// What part of its wishes an audience of limited size grants: 1 for few, ever less for more.
fn saturation(wishes: f64, capacity: f64) -> f64 {
    if wishes <= 0.0 {
        return 1.0;
    }
    capacity / wishes * (1.0 - (-wishes / capacity).exp())
}

fn freshness(posted_hours: f64) -> f64 {
    TIRED_AFTER_HOURS / (TIRED_AFTER_HOURS + posted_hours)
}

fn tail(hours_since: f64, tail_hours: f64) -> f64 {
    if hours_since > LONGEST_TAIL { 0.0 } else { (-hours_since / tail_hours).exp() }
}

/// The part of an hour in which an ad exists and its dates hold.
fn offered_part(ad: &Ad, hour: i64) -> f64 {
    let from = ad.starts_at.unwrap_or(Timestamp::MIN).max(ad.created_at).max(instant(hour * HOUR));
    let to = ad.stops_at.unwrap_or(Timestamp::MAX).min(instant((hour + 1) * HOUR));
    (to.duration_since(from).as_secs_f64() / HOUR as f64).max(0.0)
}

/// The order that follows from a click, if one does.
fn convert(rng: &mut impl Rng, hour: i64, wish: &Wish, partner: &Partner, good: &Good) -> Option<AdSale> {
    let clicked = hour * HOUR + rng.random_range(0..HOUR);
    let probability = (CLICK_CONVERSION * wish.fit * partner.quality).clamp(0.0, 1.0);
    if !rng.random_bool(probability) {
        return None;
    }
    let mean_hours = if rng.random_bool(BUYS_AT_ONCE) { 0.4 } else { 20.0 };
    let thought = wait(rng, mean_hours).min(LONGEST_THOUGHT);
    let checkout = Checkout::draw(rng);
    Some(AdSale {
        at: instant(clicked + 60 + seconds(thought)),
        clicked_at: instant(clicked),
        ad: wish.ad,
        partner: partner.id,
        good: wish.good,
        variant: rng.random(),
        quantity: if rng.random_bool(0.12) { 2 } else { 1 },
        cannibalises: rng.random_bool(good.traits.cannibalisation),
        new_customer: checkout.is_guest,
        comes_back: good.draw_return(rng),
        checkout,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn more_wishes_bring_more_clicks_but_ever_fewer_each(few in 0.01..50.0_f64, more in 0.01..50.0_f64, capacity in 0.1..20.0_f64) {
            let granted = |wishes: f64| wishes * saturation(wishes, capacity);
            prop_assert!(granted(few + more) >= granted(few) - 1e-12);
            prop_assert!(granted(few + more) <= granted(few) + granted(more) + 1e-12);
            prop_assert!(granted(few) <= capacity + 1e-12);
            prop_assert!(saturation(few + more, capacity) <= saturation(few, capacity) + 1e-12);
        }
    }

    #[test]
    fn an_ad_is_offered_between_its_creation_start_and_end() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let ad = |starts_at, stops_at| Ad {
            id: 1,
            starts_at,
            stops_at,
            created_at: at("2026-11-23T10:15:00Z").unwrap(),
            ..Ad::default()
        };
        let hour = at("2026-11-23T10:00:00Z").unwrap().as_second() / HOUR;
        let part = |ad: &Ad, hour| offered_part(ad, hour);
        assert!((part(&ad(None, None), hour) - 0.75).abs() < 1e-9);
        assert!((part(&ad(None, at("2026-11-23T10:45:00Z")), hour) - 0.5).abs() < 1e-9);
        assert!(part(&ad(at("2026-11-23T12:00:00Z"), None), hour).abs() < 1e-9);
        assert!((part(&ad(at("2026-11-23T12:00:00Z"), None), hour + 2) - 1.0).abs() < 1e-9);
        assert!(part(&ad(None, at("2026-11-20T10:45:00Z")), hour).abs() < 1e-9);
    }

    #[test]
    fn old_posts_fade_out() {
        assert!(tail(1.0, 48.0) > tail(24.0, 48.0));
        assert!(tail(LONGEST_TAIL + 1.0, 1e9).abs() < f64::EPSILON);
        assert!(freshness(0.0) > freshness(100.0));
    }
}
