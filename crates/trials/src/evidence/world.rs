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
    /// Weeks of history before the campaign.
    pub(super) weeks: usize,
    /// What the campaign multiplies them by.
    pub(super) effect: f64,
}

/// Hours of a campaign.
pub(super) const LIVE: usize = 672;
/// How much more the rest of the store sells.
const REST: f64 = 20.0;
const WEEK: usize = 168;

/// Sales by the hour, promoted and rest.
pub(super) struct Sales {
    /// The hour of the day of the first one.
    pub(super) begins: usize,
    pub(super) promoted: Vec<f64>,
    pub(super) rest: Vec<f64>,
}

impl Scene {
    /// History and campaign of one product, which starts at any hour of the week.
    pub(super) fn play(&self, seed: u64) -> Result<Sales, Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let hours = self.weeks * WEEK + LIVE;
        let first = rng.random_range(0..WEEK);
        let days = (first + hours).div_ceil(24);
        let moves = self.moves(days, &mut rng)?;
        let (mut promoted, mut rest) = (Vec::with_capacity(hours), Vec::with_capacity(hours));
        for hour in 0..hours {
            let clock = first + hour;
            let day = moves.get(clock / 24).copied().unwrap_or(1.0);
            let growth = if matches!(self.demand, Demand::Growth) { 1.05f64.powf(hour as f64 / WEEK as f64) } else { 1.0 };
            let effect = if hour < self.weeks * WEEK { 1.0 } else { self.effect };
            let usual = self.rate * hour_of_week(clock % WEEK) * growth;
            let (own, shared) = if matches!(self.demand, Demand::OwnShocks) { (day, 1.0) } else { (day, day) };
            promoted.push(Poisson::new(usual * own * effect)?.sample(&mut rng));
            rest.push(Poisson::new(usual * shared * REST)?.sample(&mut rng));
        }
        Ok(Sales { begins: first % 24, promoted, rest })
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
        let scene = Scene { demand: Demand::Clean, rate: 2.0, weeks: 4, effect: 2.0 };
        let sales = scene.play(1).unwrap();
        let sum = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        assert!((sum(&sales.promoted[..672]) - 2.0).abs() < 0.3);
        assert!((sum(&sales.promoted[672..]) - 4.0).abs() < 0.4);
        assert!((sum(&sales.rest) - 40.0).abs() < 1.0);
        assert_eq!(scene.play(1).unwrap().promoted, sales.promoted);
    }
}
