//! One campaign that spends evenly and is looked at every 15 minutes.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::rule::Rule;
use crate::trial::Failure;

/// What a sale may cost, in dollars.
pub(super) const TARGET: f64 = 20.0;
/// Looks a day.
const LOOKS: f64 = 96.0;

/// How much a campaign spends and what its sales cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    /// Dollars a day.
    pub(super) per_day: f64,
    /// The true cost of a sale over its target.
    pub(super) cost: f64,
}

impl Spending {
    /// Target costs spent between two looks: the sales expected there.
    pub(super) fn targets_per_look(self) -> f64 {
        self.per_day / LOOKS / TARGET
    }
}

/// The look at which the rule pauses the campaign.
pub(super) fn flight(mut rule: Rule, spending: Spending, looks: u32, seed: u64) -> Result<Option<u32>, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let expected = spending.targets_per_look();
    let sales = spending.cost.is_finite().then(|| Poisson::new(expected / spending.cost)).transpose()?;
    for look in 1..=looks {
        let sold = sales.map_or(0.0, |sales| sales.sample(&mut rng));
        if rule.pauses(sold, expected * TARGET)? {
            return Ok(Some(look));
        }
    }
    Ok(None)
}
