//! What partners do with ads: take them after a while, send clicks, and go on a little after the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::chance::{happens, poisson, wait};
use super::demand::{Demand, instant};
use super::goods::{Good, by_path, path_of};
use super::partners::Partner;
use super::shopper::{AdSale, Shopper, Source, conversion};
use super::{HOUR, Streams};
use crate::impact::{Ad, PlatformState, ProgramState};
use crate::world::World;

/// What clicks convert to ordinarily, by which orders through ads are turned into clicks.
const ORDINARY_CONVERSION: f64 = 0.03;

/// Hours after an ad's end when old posts are gone.
pub(super) const LONGEST_TAIL: f64 = 14.0 * 24.0;

/// The ads as the partners know them.
#[derive(Clone, Debug)]
pub(crate) struct AdRuns {
    streams: Streams,
    world: Arc<World>,
    goods_by_path: BTreeMap<String, usize>,
    runs: BTreeMap<u64, Run>,
    /// The runs that can still bring clicks, by ad.
    active: BTreeSet<u64>,
    /// How many ads each good has had.
    ordinals: BTreeMap<usize, u64>,
    /// Clicks per hour on an ad for each good when all partners post it, before its traits.
    full_clicks: Vec<f64>,
    /// How worn each partner's audience is by a good's ads, where that outlives an ad.
    worn: BTreeMap<(usize, usize), Worn>,
    /// The platform's ads when they were last looked at.
    seen: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) good: usize,
    ordinal: u64,
    pub(super) hours_since_offered: f64,
    pub(super) posts: Vec<Post>,
}

/// One partner's dealings with one ad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    /// After how many hours on offer it posts the ad; `None` for never.
    posts_after: Option<f64>,
    pub(super) offered_hours: f64,
    pub(super) posted_hours: f64,
}

impl Post {
    /// Whether the partner has posted the ad.
    pub(super) fn is_posted(&self) -> bool {
        self.posts_after.is_some_and(|after| after <= self.offered_hours && self.offered_hours > 0.0)
    }
}

/// How worn an audience is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worn {
    /// Hours of showing that it remembers.
    pub(super) hours: f64,
    /// The hour of the last showing.
    at: i64,
}

/// Clicks that a partner sent for an ad within an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clicks {
    pub(crate) ad: u64,
    pub(crate) partner: u64,
    pub(crate) good: usize,
    /// With those of nobody.
    pub(crate) count: u64,
    /// Page views that they made.
    pub(crate) pageviews: u64,
    pub(crate) cost: Decimal,
}

/// What an hour's clicks are drawn from.
pub(super) struct Scene<'a> {
    pub(super) hour: i64,
    pub(super) partners: &'a [Partner],
    pub(super) goods: &'a [Good],
    pub(super) demand: &'a Demand,
}

impl AdRuns {
    pub(crate) fn new(streams: Streams, goods: &[Good], demand: &Demand, world: Arc<World>) -> Self {
        let mean = (0..goods.len()).map(|good| demand.lines_per_day(good)).sum::<f64>() / goods.len().max(1) as f64;
        // Between the good's own demand and that of an average good, since partners bring shoppers of their own.
        let full = |good| world.partners.reach * (demand.lines_per_day(good) * mean).sqrt() / ORDINARY_CONVERSION / 24.0;
        Self {
            streams,
            goods_by_path: by_path(goods),
            runs: BTreeMap::new(),
            active: BTreeSet::new(),
            ordinals: BTreeMap::new(),
            full_clicks: (0..goods.len()).map(full).collect(),
            worn: BTreeMap::new(),
            seen: None,
            world,
        }
    }

    /// Clicks per hour on an ad for a good when all partners post it, before its traits.
    pub(super) fn full_clicks(&self, good: usize) -> f64 {
        self.full_clicks.get(good).copied().unwrap_or(0.0)
    }

    /// The runs that can still bring clicks.
    pub(super) fn active_ads(&self) -> impl Iterator<Item = (u64, &Run)> {
        self.active.iter().filter_map(|ad| Some((*ad, self.runs.get(ad)?)))
    }

    pub(super) fn active_runs(&self) -> impl Iterator<Item = &Run> {
        self.active_ads().map(|(_, run)| run)
    }

    /// How worn a partner's audience will be by earlier ads for a good at an hour, in hours of showing.
    pub(super) fn worn_hours(&self, good: usize, partner: usize, hour: i64) -> f64 {
        let Some(worn) = self.worn.get(&(good, partner)) else { return 0.0 };
        let mut worn = *worn;
        worn.recover(hour, self.world.response.recovery_days.max(1e-9));
        worn.hours
    }

    /// The run of an ad, once partners know it.
    pub(super) fn run(&self, ad: u64) -> Option<&Run> {
        self.runs.get(&ad)
    }

    /// What the partners do within an hour: clicks, and the orders that follow from them, some of them later.
    pub(crate) fn run_hour(&mut self, scene: &Scene<'_>, platform: &PlatformState) -> (Vec<Clicks>, Vec<AdSale>) {
        if self.seen != Some(platform.ad_changes()) {
            for ad in platform.ads() {
                self.notice(ad, scene);
                self.active.insert(ad.id);
            }
            self.active.retain(|id| self.runs.contains_key(id));
            self.seen = Some(platform.ad_changes());
        }
        let mut wishes = self.wishes(scene, platform);
        wishes.sort_by_key(|wish| wish.partner);
        let (mut clicks, mut sales) = (Vec::new(), Vec::new());
        for mine in wishes.chunk_by(|a, b| a.partner == b.partner) {
            let Some(partner) = mine.first().and_then(|wish| scene.partners.get(wish.partner)) else { continue };
            let scale = saturation(mine.iter().map(|wish| wish.clicks).sum(), partner.capacity);
            for wish in mine {
                self.draw(wish, scale, partner, scene, &mut clicks, &mut sales);
            }
        }
        (clicks, sales)
    }

    /// The clicks that a wish comes to, and their orders.
    fn draw(
        &self,
        wish: &Wish,
        scale: f64,
        partner: &Partner,
        scene: &Scene<'_>,
        clicks: &mut Vec<Clicks>,
        sales: &mut Vec<AdSale>,
    ) {
        let Some(good) = scene.goods.get(wish.good) else { return };
        let mut rng = self.streams.clicks(good.product, wish.ordinal, partner.id, scene.hour);
        let mut count = poisson(&mut rng, wish.clicks * scale);
        if count == 0 {
            return;
        }
        let probability = conversion(&self.world, good, scene) * wish.s_factor * partner.quality;
        let source = Source { ad: wish.ad, partner: partner.id, good: wish.good };
        let shopper = Shopper { world: &self.world, source, good, scene, probability: probability.clamp(0.0, 1.0) };
        sales.extend((0..count).filter_map(|_| shopper.convert(&mut rng)));
        let mut pageviews = count + poisson(&mut rng, 0.3 * count as f64);
        if partner.cheats {
            let mut rng = self.streams.cheating(good.product, wish.ordinal, partner.id, scene.hour);
            let bogus = poisson(&mut rng, self.world.partners.bogus_clicks * count as f64);
            sales.extend((0..bogus).filter_map(|_| shopper.cheat(&mut rng)));
            count += bogus;
            pageviews += bogus;
        }
        let cost = partner.cost_per_click.unwrap_or_default() * Decimal::from(count);
        clicks.push(Clicks { ad: wish.ad, partner: partner.id, good: wish.good, count, pageviews, cost });
    }

    /// Learns of an ad the first time it is seen; an ad that leads to no product interests nobody.
    fn notice(&mut self, ad: &Ad, scene: &Scene<'_>) {
        if self.runs.contains_key(&ad.id) {
            return;
        }
        let Some(index) = self.goods_by_path.get(&path_of(&ad.landing_page)).copied() else { return };
        let Some(good) = scene.goods.get(index) else { return };
        let ordinal = self.ordinals.entry(index).or_default();
        *ordinal += 1;
        let posts = scene.partners.iter().map(|partner| {
            let mut rng = self.streams.pick_up(good.product, *ordinal, partner.id);
            let posts_after = wait(&mut rng, partner.delay_hours);
            let posts_after = happens(&mut rng, partner.interest).then_some(posts_after);
            Post { posts_after, offered_hours: 0.0, posted_hours: 0.0 }
        });
        let posts = posts.collect();
        self.runs.insert(ad.id, Run { good: index, ordinal: *ordinal, hours_since_offered: 0.0, posts });
    }

    /// How many clicks each partner would send for each ad if its audience had no end.
    fn wishes(&mut self, scene: &Scene<'_>, platform: &PlatformState) -> Vec<Wish> {
        let Scene { hour, partners, goods, demand } = *scene;
        let is_active = platform.settings().program_state == ProgramState::Active;
        let (mut wishes, mut over) = (Vec::new(), Vec::new());
        let shape = demand.hour_factor(hour);
        let response = &self.world.response;
        for id in &self.active {
            let (Some(run), Some(ad)) = (self.runs.get_mut(id), platform.ad(*id)) else { continue };
            let Some(good) = goods.get(run.good) else { continue };
            let offered = if is_active { offered_part(ad, hour) } else { 0.0 };
            let is_blocked = platform.is_traffic_blocked(*id, instant((hour + 1) * HOUR));
            run.hours_since_offered = if offered > 0.0 { 0.0 } else { run.hours_since_offered + 1.0 };
            if run.hours_since_offered > LONGEST_TAIL && ad.has_ended(instant(hour * HOUR)) {
                over.push(*id);
                continue;
            }
            let full = self.full_clicks.get(run.good).copied().unwrap_or(0.0);
            let clicks = good.traits.clickability * full * shape;
            let first = wishes.len();
            let mut exposure = 0.0;
            for (index, (post, partner)) in run.posts.iter_mut().zip(partners).enumerate() {
                if !partner.there.contains(&hour) {
                    continue;
                }
                post.offered_hours += offered;
                if !post.is_posted() {
                    continue;
                }
                let strength = if offered > 0.0 { offered } else { tail(run.hours_since_offered, partner.tail_hours) };
                let strength = if is_blocked { 0.0 } else { strength };
                let fresh = if response.recovery_days > 0.0 {
                    let worn = self.worn.entry((run.good, index)).or_default();
                    worn.recover(hour, response.recovery_days);
                    let fresh = freshness(worn.hours, response.fatigue_days);
                    worn.hours += strength;
                    fresh
                } else {
                    freshness(post.posted_hours, response.fatigue_days)
                };
                let reach = partner.reach(&good.category);
                exposure += reach * strength;
                post.posted_hours += strength;
                let clicks = clicks * reach * strength * fresh;
                if clicks > 0.0 {
                    wishes.push(Wish { ad: *id, partner: index, good: run.good, ordinal: run.ordinal, clicks, s_factor: 1.0 });
                }
            }
            let s_factor = s_factor(exposure, response.s_exponent);
            wishes.iter_mut().skip(first).for_each(|wish| wish.s_factor = s_factor);
        }
        for id in over {
            self.active.remove(&id);
        }
        share_audience(&mut wishes, response.same_product_exponent);
        wishes
    }
}

impl Worn {
    /// Forgets what it would have forgotten by an hour.
    pub(super) fn recover(&mut self, hour: i64, recovery_days: f64) {
        let passed = (hour - self.at) as f64 / 24.0;
        self.hours *= (-passed / recovery_days).exp();
        self.at = hour;
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
    /// How well clicks convert for the number of those who show the ad.
    s_factor: f64,
}

/// How well clicks convert where a part of all shows the ad: alike for an exponent of 1, worse for few above it.
pub(super) fn s_factor(exposure: f64, exponent: f64) -> f64 {
    if (exponent - 1.0).abs() < f64::EPSILON { 1.0 } else { exposure.clamp(1e-3, 1.0).powf(exponent - 1.0) }
}

/// Several ads for one product at one partner reach the same people.
fn share_audience(wishes: &mut [Wish], exponent: f64) {
    let mut counts: HashMap<(usize, usize), f64> = HashMap::with_capacity(wishes.len());
    for wish in wishes.iter() {
        *counts.entry((wish.partner, wish.good)).or_default() += 1.0;
    }
    for wish in wishes {
        let ads = counts.get(&(wish.partner, wish.good)).copied().unwrap_or(1.0);
        if ads > 1.0 {
            wish.clicks *= shared(ads, exponent);
        }
    }
}

/// What is left to each of so many ads for one product at one partner.
pub(super) fn shared(ads: f64, exponent: f64) -> f64 {
    ads.powf(exponent) / ads
}

/// What part of its wishes an audience of limited size grants: 1 for few, ever less for more.
pub(super) fn saturation(wishes: f64, capacity: f64) -> f64 {
    if wishes <= 0.0 {
        return 1.0;
    }
    capacity / wishes * (1.0 - (-wishes / capacity).exp())
}

pub(super) fn freshness(shown_hours: f64, fatigue_days: f64) -> f64 {
    let tired_after = fatigue_days * 24.0;
    tired_after / (tired_after + shown_hours)
}

pub(super) fn tail(hours_since: f64, tail_hours: f64) -> f64 {
    if hours_since > LONGEST_TAIL { 0.0 } else { (-hours_since / tail_hours).exp() }
}

/// The part of an hour in which an ad exists and its dates hold.
fn offered_part(ad: &Ad, hour: i64) -> f64 {
    let from = ad.starts_at.unwrap_or(Timestamp::MIN).max(ad.created_at).max(instant(hour * HOUR));
    let to = ad.stops_at.unwrap_or(Timestamp::MAX).min(instant((hour + 1) * HOUR));
    (to.duration_since(from).as_secs_f64() / HOUR as f64).max(0.0)
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
        assert!(freshness(0.0, 20.0) > freshness(100.0, 20.0));
    }
}
