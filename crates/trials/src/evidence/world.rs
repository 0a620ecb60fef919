//! Worlds with a known truth: hourly sales of a promoted product and of the rest of the store.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Poisson};

use crate::trial::Failure;

/// How demand moves, beside the hours of the week.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    /// Not at all.
    Clean,
    /// Whole days are better or worse, for the store as a whole: lognormal, coefficient of variation 0.4.
    Shocks,
    /// The logarithm follows an autoregressive process by days: 0.8, standard deviation 0.4.
    Wander,
    /// 5 % more each week.
    Growth,
    /// Whole days are better or worse for the promoted product alone: what the test assumes not to happen.
    OwnShocks,
}

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) demand: Demand,
    /// Sales of the promoted product per hour.
    pub(super) rate: f64,
    /// Days of history before the campaign.
    pub(super) days: usize,
    /// What the campaign multiplies them by.
    pub(super) effect: f64,
    /// The share of orders that are of [`BULK`] units.
    pub(super) bulk: f64,
    /// What each day multiplies the demand for the promoted product alone by, 1 at the start of the campaign.
    pub(super) drift: f64,
    /// What the sales of the rest of the store are multiplied by from the start of the campaign.
    pub(super) rest: f64,
}

impl Scene {
    /// A campaign in steady demand, single units, nothing else going on.
    pub(super) const fn clean(rate: f64, days: usize, effect: f64) -> Self {
        Self { demand: Demand::Clean, rate, days, effect, bulk: 0.0, drift: 1.0, rest: 1.0 }
    }
}

/// Units of a bulk order.
pub(super) const BULK: f64 = 20.0;

/// Hours of a campaign.
pub(super) const LIVE: usize = 672;
/// How much more the rest of the store sells.
const REST: f64 = 20.0;
const WEEK: usize = 168;

/// What was sold in one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sold {
    pub(super) orders: f64,
    pub(super) units: f64,
}

/// Sales by the hour, promoted and rest.
pub(super) struct Sales {
    /// The hour of the day of the first one.
    pub(super) begins: usize,
    pub(super) promoted: Vec<Sold>,
    pub(super) rest: Vec<Sold>,
}

impl Scene {
    /// History and campaign of one product, which starts at any hour of the week.
    pub(super) fn play(&self, seed: u64) -> Result<Sales, Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let before = self.days * 24;
        let hours = before + LIVE;
        let first = rng.random_range(0..WEEK);
        let days = (first + hours).div_ceil(24);
        let moves = self.moves(days, &mut rng)?;
        let (mut promoted, mut rest) = (Vec::with_capacity(hours), Vec::with_capacity(hours));
        for hour in 0..hours {
            let clock = first + hour;
            let day = moves.get(clock / 24).copied().unwrap_or(1.0);
            let growth = if matches!(self.demand, Demand::Growth) { 1.05f64.powf(hour as f64 / WEEK as f64) } else { 1.0 };
            let (effect, left) = if hour < before { (1.0, 1.0) } else { (self.effect, self.rest) };
            let drift = self.drift.powf((hour as f64 - before as f64) / 24.0);
            let usual = self.rate * hour_of_week(clock % WEEK) * growth;
            let (own, shared) = if matches!(self.demand, Demand::OwnShocks) { (day, 1.0) } else { (day, day) };
            promoted.push(self.orders(usual * own * effect * drift, &mut rng)?);
            rest.push(self.orders(usual * shared * REST * left, &mut rng)?);
        }
        Ok(Sales { begins: first % 24, promoted, rest })
    }

    /// Orders of an hour: single units, and bulk orders among them.
    fn orders(&self, mean: f64, rng: &mut ChaCha8Rng) -> Result<Sold, Failure> {
        let single = Poisson::new(mean * (1.0 - self.bulk))?.sample(rng);
        let bulk = if self.bulk > 0.0 { Poisson::new(mean * self.bulk)?.sample(rng) } else { 0.0 };
        Ok(Sold { orders: single + bulk, units: single + bulk * BULK })
    }

    /// What each day's demand is multiplied by, 1 on average.
    fn moves(&self, days: usize, rng: &mut ChaCha8Rng) -> Result<Vec<f64>, Failure> {
        let normal = Normal::new(0.0, 1.0)?;
        let mut draw = || normal.sample(&mut *rng);
        Ok(match self.demand {
            Demand::Clean | Demand::Growth => vec![1.0; days],
            Demand::Shocks | Demand::OwnShocks => {
                let variance = 1.16f64.ln();
                (0..days).map(|_| (variance.sqrt() * draw() - 0.5 * variance).exp()).collect()
            }
            Demand::Wander => {
                let mut level = 0.4 * draw();
                let steps = (0..days).map(|_| {
                    let now = level;
                    level = 0.8 * level + 0.4 * 0.6 * draw();
                    (now - 0.08).exp()
                });
                steps.collect()
            }
        })
    }
}

/// The shape of the week, 1 on average: quiet nights, busy evenings, weekends a little above.
fn hour_of_week(hour: usize) -> f64 {
    let wave = 0.8 * (((hour % 24) as f64 - 11.0) * std::f64::consts::TAU / 24.0).sin();
    let weekend = if hour / 24 >= 5 { 1.15 } else { 1.0 };
    // The mean of five days of 1 and two of 1.15.
    (1.0 + wave) * weekend / (7.3 / 7.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_is_one_on_average_and_worlds_sell_what_they_should() {
        let mean = (0..WEEK).map(hour_of_week).sum::<f64>() / WEEK as f64;
        assert!((mean - 1.0).abs() < 1e-12);
        let scene = Scene::clean(2.0, 28, 2.0);
        let sales = scene.play(1).unwrap();
        let sum = |part: &[Sold]| part.iter().map(|sold| sold.units).sum::<f64>() / part.len() as f64;
        assert!((sum(&sales.promoted[..672]) - 2.0).abs() < 0.3);
        assert!((sum(&sales.promoted[672..]) - 4.0).abs() < 0.4);
        assert!((sum(&sales.rest) - 40.0).abs() < 1.0);
        assert_eq!(scene.play(1).unwrap().promoted, sales.promoted);
    }

    #[test]
    fn bulk_orders_drifts_and_losses_are_what_they_should_be() {
        let mean = |part: &[Sold], of: fn(&Sold) -> f64| part.iter().map(of).sum::<f64>() / part.len() as f64;
        let sales = Scene { bulk: 0.05, rest: 0.8, ..Scene::clean(2.0, 84, 1.0) }.play(1).unwrap();
        assert!((mean(&sales.promoted, |sold| sold.orders) - 2.0).abs() < 0.2);
        assert!((mean(&sales.promoted, |sold| sold.units) - 2.0 * 1.95).abs() < 0.5);
        assert!((mean(&sales.rest[..2_016], |sold| sold.orders) - 40.0).abs() < 1.0);
        assert!((mean(&sales.rest[2_016..], |sold| sold.orders) - 32.0).abs() < 1.0);
        let sales = Scene { drift: 1.01, ..Scene::clean(2.0, 84, 1.0) }.play(1).unwrap();
        // The last week before the campaign, and the first of the twelve.
        assert!((mean(&sales.promoted[1_848..2_016], |sold| sold.orders) - 2.0 * 1.01f64.powf(-3.5)).abs() < 0.4);
        assert!((mean(&sales.promoted[..168], |sold| sold.orders) - 2.0 * 1.01f64.powf(-80.5)).abs() < 0.4);
    }
}
