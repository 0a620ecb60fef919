//! Many campaigns at once: which of them lift their product?

use campaign_pilot_core::Measured;
use campaign_pilot_metrics::evidence::{DayOfSales, StoreShare, StoreSharePolicy, e_benjamini_hochberg};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use crate::trial::{Failure, Figures};

const CAMPAIGNS: u32 = 1_000;
/// Every so many campaigns one lifts its product.
const WINNERS: u32 = 10;
const ALPHA: f64 = 0.05;
/// Promoted orders a day, and of the rest of the store.
const SALES: (f64, f64) = (12.0, 240.0);
const HISTORY: usize = 84;
const LIVE: usize = 28;

/// What e-BH finds, over all seeds.
pub(super) fn figures(seeds: u32) -> Result<Figures, Failure> {
    let (mut found, mut wrong, mut winners) = (0u32, 0u32, 0u32);
    for seed in 1..=seeds {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
        let mut ln_e = Vec::new();
        for campaign in 0..CAMPAIGNS {
            // By a half to twice.
            let lift = if campaign % WINNERS == 0 { 1.5 + 0.5 * f64::from(campaign) / f64::from(CAMPAIGNS) } else { 1.0 };
            let mut test = StoreShare::new(&StoreSharePolicy::default(), &days(HISTORY, 1.0, &mut rng)?)?;
            for day in days(LIVE, lift, &mut rng)? {
                test.observe(day.promoted, day.rest)?;
            }
            ln_e.push(Measured::Known(test.ln_e_for_many()));
            winners += u32::from(campaign % WINNERS == 0);
        }
        for campaign in e_benjamini_hochberg(&ln_e, ALPHA)? {
            found += 1;
            wrong += u32::from(!campaign.is_multiple_of(WINNERS as usize));
        }
    }
    let percent = |part: u32, whole: u32| 100.0 * f64::from(part) / f64::from(whole.max(1));
    Ok(Figures::from([("many_found", percent(found - wrong, winners)), ("many_wrong", percent(wrong, found))]))
}

fn days(days: usize, lift: f64, rng: &mut ChaCha8Rng) -> Result<Vec<DayOfSales>, Failure> {
    let (promoted, rest) = (Poisson::new(SALES.0 * lift)?, Poisson::new(SALES.1)?);
    Ok((0..days).map(|_| DayOfSales { promoted: promoted.sample(rng), rest: rest.sample(rng) }).collect())
}
