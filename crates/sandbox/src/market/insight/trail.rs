//! The clicks that an ad's posts are expected to send, partner by partner.

use super::super::ads::{LONGEST_TAIL, Run, freshness, s_factor, shared, tail};
use super::Insight;

/// The hours from now on that stand for how full audiences are.
const SOON: std::ops::Range<i64> = 48..120;

/// Hours of one step.
const STEP: i64 = 12;

/// Clicks that a partner is expected to send from a step on, if its audience had no end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) partner: usize,
    /// Hours from now.
    pub(super) after: i64,
    pub(super) clicks: f64,
    pub(super) s_factor: f64,
}

/// A partner's audience as the running ads use it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    /// The part of wished clicks that is granted.
    pub(super) granted: f64,
    /// What one more wish costs less elsewhere, and contributes less elsewhere: the others are granted less. Not above zero where
    /// advertising pays.
    pub(super) taken_cost: f64,
    pub(super) taken_contribution: f64,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { granted: 1.0, taken_cost: 0.0, taken_contribution: 0.0 }
    }
}

impl Insight<'_> {
    /// The clicks of a new ad that is on offer for so many days.
    pub(super) fn new_trail(&self, index: usize, days: f64) -> Vec<Sent> {
        let offered = hours(days);
        let others = self.posted(index);
        let chance = |partner: usize, age: f64| {
            let Some(partner) = self.market.partners.get(partner) else { return (0.0, 0.0) };
            let delay = partner.delay_hours.max(1e-3);
            let age = age.min(offered as f64);
            let posted = 1.0 - (-age / delay).exp();
            // Those who have posted did so this long ago in the mean.
            let since = if posted > 1e-9 { age / posted - delay } else { 0.0 };
            (partner.interest * posted, since.clamp(0.0, age))
        };
        self.trail(index, offered, &others, 0.0, chance)
    }

    /// The clicks of a running ad that goes on for so many days.
    pub(super) fn running_trail(&self, ad: u64, run: &Run, days: f64) -> Vec<Sent> {
        let ended_before = self.ended.contains(&ad);
        let offered = if ended_before { 0 } else { hours(days) };
        let mut others = self.posted(run.good);
        for (count, post) in others.iter_mut().zip(&run.posts) {
            *count -= f64::from(u8::from(post.is_posted() && run.hours_since_offered <= LONGEST_TAIL));
        }
        let chance = |partner: usize, age: f64| {
            let (Some(of), Some(post)) = (self.market.partners.get(partner), run.posts.get(partner)) else { return (0.0, 0.0) };
            if post.is_posted() {
                return (1.0, post.posted_hours + age.min(offered as f64));
            }
            let delay = of.delay_hours.max(1e-3);
            // Not having taken it yet makes it less likely that the partner is interested.
            let waited = (-post.offered_hours / delay).exp();
            let interested = of.interest * waited / (1.0 - of.interest + of.interest * waited).max(1e-9);
            let age = age.min(offered as f64);
            (interested * (1.0 - (-age / delay).exp()), (age - delay).max(0.0))
        };
        self.trail(run.good, offered, &others, run.hours_since_offered, chance)
    }

    /// How many ads for a good each partner shows already, old posts too.
    fn posted(&self, index: usize) -> Vec<f64> {
        let mut counts = vec![0.0; self.market.partners.len()];
        for run in self.market.ads.active_runs().filter(|run| run.good == index && run.hours_since_offered <= LONGEST_TAIL) {
            for (count, post) in counts.iter_mut().zip(&run.posts) {
                *count += f64::from(u8::from(post.is_posted()));
            }
        }
        counts
    }

    /// Adds up what posts send while an ad is on offer for `offered` hours and as long as it fades; `chance` says how likely a partner
    /// shows it at an age, and for how long it has by then.
    fn trail(
        &self,
        index: usize,
        offered: i64,
        others: &[f64],
        already_ended: f64,
        chance: impl Fn(usize, f64) -> (f64, f64),
    ) -> Vec<Sent> {
        let market = self.market;
        let Some(good) = market.goods.get(index) else { return Vec::new() };
        let response = &market.world.response;
        let full = good.traits.clickability * market.ads.full_clicks(index);
        let life = offered + hours(LONGEST_TAIL / 24.0);
        let mut sent = Vec::with_capacity(usize::try_from(life / STEP + 1).unwrap_or(0) * market.partners.len());
        for after in (0..life).step_by(usize::try_from(STEP).unwrap_or(1)) {
            let age = (after + STEP / 2) as f64;
            let faded = age - offered as f64 + already_ended;
            let first = sent.len();
            let mut exposure = 0.0;
            for (place, partner) in market.partners.iter().enumerate() {
                let strength = if after < offered { 1.0 } else { tail(faded, partner.tail_hours) };
                let (posted, shown) = chance(place, age);
                if strength < 0.02 || posted <= 0.0 || !partner.there.contains(&(self.hour + after)) {
                    continue;
                }
                let worn = market.ads.worn_hours(index, place, self.hour);
                let fresh = freshness(shown + worn, response.fatigue_days);
                let share = shared(1.0 + others.get(place).copied().unwrap_or(0.0).max(0.0), response.same_product_exponent);
                let reach = partner.reach(&good.category);
                exposure += reach * strength * posted;
                let clicks = full * reach * strength * posted * fresh * share * STEP as f64;
                sent.push(Sent { partner: place, after, clicks, s_factor: 1.0 });
            }
            let factor = s_factor(exposure, response.s_exponent);
            sent.iter_mut().skip(first).for_each(|sent| sent.s_factor = factor);
        }
        sent
    }

    /// How full each partner's audience is, and what a further wish takes from the others.
    pub(super) fn crowds(&self) -> Vec<Crowd> {
        let market = self.market;
        let mut wishes = vec![(0.0_f64, 0.0_f64, 0.0_f64); market.partners.len()];
        for (ad, run) in market.ads.active_ads() {
            let Some(good) = market.goods.get(run.good) else { continue };
            let Some(of) = self.products.get(&good.product) else { continue };
            // What it sends some days on: by then partners have taken what is new.
            let days = self.running.get(&ad).copied().unwrap_or(0.0).min(SOON.end as f64 / 24.0);
            let mut soon = self.running_trail(ad, run, days);
            soon.retain(|sent| SOON.contains(&sent.after));
            let supply = self.supply(run.good, of.units_per_day, 0.0, 14.0, 14.0);
            for (sent, conversion) in soon.iter().zip(self.conversions(good, &soon)) {
                let Some(partner) = market.partners.get(sent.partner) else { continue };
                let click = self.click(good, of, partner, conversion, supply);
                let rate = sent.clicks / (SOON.end - SOON.start) as f64;
                if let Some(wish) = wishes.get_mut(sent.partner) {
                    *wish = (wish.0 + rate, wish.1 + rate * click.cost, wish.2 + rate * click.contribution);
                }
            }
        }
        wishes.iter().zip(&market.partners).map(|(wish, partner)| self.crowd(*wish, partner.capacity)).collect()
    }

    fn crowd(&self, (clicks, cost, contribution): (f64, f64, f64), capacity: f64) -> Crowd {
        if clicks <= 0.0 {
            return Crowd::default();
        }
        let (mut granted, mut marginal) = (0.0, 0.0);
        for hour in 0..24 {
            let shape = self.market.demand.hour_factor(hour);
            let load = clicks * shape / capacity;
            granted += capacity * (1.0 - (-load).exp()) / 24.0;
            marginal += shape * (-load).exp() / 24.0;
        }
        let mean = granted / clicks;
        Crowd {
            granted: mean,
            taken_cost: (marginal - mean) * cost / clicks,
            taken_contribution: (marginal - mean) * contribution / clicks,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a flight's hours")]
fn hours(days: f64) -> i64 {
    (days * 24.0).round() as i64
}
