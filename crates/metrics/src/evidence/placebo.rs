//! The same test over the merchant's own history, where there was no campaign.

use serde::{Deserialize, Serialize};

use super::result::checked_alpha;
use super::{DayOfSales, EvidenceError, StoreShare, StoreSharePolicy};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement};

/// How a placebo check is run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceboPlan {
    /// Days of history before each placebo start, 28 unless set.
    pub days_before: usize,
    /// Days for which each placebo campaign is watched, 28 unless set.
    pub days_live: usize,
    /// How many placebo campaigns, 500 unless set.
    pub runs: u32,
    /// The seed that products and starts are drawn with.
    pub seed: u64,
}

impl Default for PlaceboPlan {
    fn default() -> Self {
        Self { days_before: 28, days_live: 28, runs: 500, seed: 1 }
    }
}

/// How often a test claims an effect where there is none, beside how often it may.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct PlaceboReport {
    /// Placebo campaigns that the test answered for.
    pub runs: u32,
    /// Placebo campaigns that it refused (too few sales).
    pub refused: u32,
    /// Effects claimed.
    pub false_wins: u32,
    /// Their share of the runs.
    pub rate: f64,
    /// The lower 95 % Clopper-Pearson limit of that share. Placebo campaigns overlap, so the limits are narrower than they
    /// should be where history is short beside the number of runs.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// The error rate that the test promises.
    pub nominal: f64,
}

impl PlaceboReport {
    /// Whether the history contradicts the promise: even the lower limit lies above the nominal rate.
    #[must_use]
    pub fn contradicts(&self) -> bool {
        self.lower > self.nominal
    }
}

/// Replays any test from placebo starts.
///
/// `replay(product, start)` runs it for one product from one moment on and says whether it claims an effect; `None` when it
/// cannot say. Products are drawn from `0..products` and starts from `starts`, both evenly with the plan's seed.
///
/// # Errors
///
/// [`EvidenceError::TooFewObservations`] without a product, a start, or a run that answers; [`EvidenceError::Parameter`]
/// unless the nominal rate lies between 0 and 1.
pub fn placebo(
    plan: &PlaceboPlan,
    nominal: f64,
    products: usize,
    starts: std::ops::Range<usize>,
    mut replay: impl FnMut(usize, usize) -> Option<bool>,
) -> Result<PlaceboReport, EvidenceError> {
    let nominal = checked_alpha(nominal)?;
    if products == 0 || starts.is_empty() {
        return Err(EvidenceError::TooFewObservations);
    }
    let mut draws = Draws(plan.seed);
    let (mut runs, mut refused, mut false_wins) = (0u32, 0u32, 0u32);
    for _ in 0..plan.runs {
        let product = draws.below(products);
        let start = starts.start + draws.below(starts.len());
        match replay(product, start) {
            None => refused += 1,
            Some(claims) => {
                runs += 1;
                false_wins += u32::from(claims);
            }
        }
    }
    if runs == 0 {
        return Err(EvidenceError::TooFewObservations);
    }
    let (k, n) = (f64::from(false_wins), f64::from(runs));
    let lower = if false_wins == 0 { Some(0.0) } else { inverse_beta_reg(k, n - k + 1.0, 0.025) };
    let upper = if false_wins == runs { Some(1.0) } else { inverse_beta_reg_complement(k + 1.0, n - k, 0.025) };
    let (lower, upper) = (lower.unwrap_or(0.0), upper.unwrap_or(1.0));
    Ok(PlaceboReport { runs, refused, false_wins, rate: k / n, lower, upper, nominal })
}

/// Replays the store-share test from placebo starts: each run pretends that one product was promoted from some hour on,
/// the other products being the rest of the store, and looks every hour.
///
/// `sales[product][hour]` are orders ([`counted_sales`](super::counted_sales)) while nothing was promoted, one list of the
/// same length for every product.
///
/// # Errors
///
/// [`EvidenceError::TooFewObservations`] for fewer than two products, lists of different lengths, a history shorter than
/// the plan needs, or when no run answers; [`EvidenceError::Parameter`] for a policy outside its domain.
///
/// ```
/// use campaign_pilot_metrics::evidence::{PlaceboPlan, StoreSharePolicy, store_share_placebo};
///
/// // Ten products that sell by turns, for twelve weeks.
/// let sales: Vec<Vec<u32>> = (0..10).map(|p| (0..2016).map(|h| u32::from((h * 7 + p * 3) % 10 < 3)).collect()).collect();
/// let report = store_share_placebo(&sales, &StoreSharePolicy::default(), &PlaceboPlan { runs: 50, ..Default::default() })?;
/// assert!(!report.contradicts());
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
pub fn store_share_placebo(
    sales: &[Vec<u32>],
    policy: &StoreSharePolicy,
    plan: &PlaceboPlan,
) -> Result<PlaceboReport, EvidenceError> {
    let hours = sales.first().map_or(0, Vec::len);
    if sales.len() < 2 || sales.iter().any(|product| product.len() != hours) {
        return Err(EvidenceError::TooFewObservations);
    }
    let before = plan.days_before.saturating_mul(24);
    let live = plan.days_live.saturating_mul(24);
    let last = hours.checked_sub(live).filter(|last| *last >= before && live > 0).ok_or(EvidenceError::TooFewObservations)?;
    let mut totals = vec![0.0; hours];
    for product in sales {
        for (total, orders) in totals.iter_mut().zip(product) {
            *total += f64::from(*orders);
        }
    }
    // A policy that cannot be used at all is an error of its own, not fifty refused runs.
    policy.check()?;
    placebo(plan, policy.alpha, sales.len(), before..last + 1, |product, start| {
        let product = sales.get(product)?;
        let window = |from: usize, to: usize| {
            let orders = product.get(from..to).unwrap_or_default().iter().map(|orders| f64::from(*orders));
            orders.zip(totals.get(from..to).unwrap_or_default()).map(|(promoted, total)| (promoted, total - promoted))
        };
        let days: Vec<DayOfSales> = (0..plan.days_before)
            .map(|day| {
                let from = start - before + day * 24;
                window(from, from + 24).fold(DayOfSales::default(), |sum, (promoted, rest)| DayOfSales {
                    promoted: sum.promoted + promoted,
                    rest: sum.rest + rest,
                })
            })
            .collect();
        // A product that never sold cannot win, and would make the test look better than it is.
        if days.iter().map(|day| day.promoted).sum::<f64>() <= 0.0 {
            return None;
        }
        let mut test = StoreShare::new(policy, &days).ok()?;
        for (promoted, rest) in window(start, start + live) {
            test.observe(promoted, rest).ok()?;
        }
        Some(test.has_decided())
    })
}

/// The generator `SplitMix64` (Steele, Lea and Flood 2014): enough for picking products and starts, and the same everywhere.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from((u128::from(z) * end as u128) >> 64).unwrap_or(0)
    }
}
