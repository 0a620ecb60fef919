//! Budgets to divide between Hill curves, most of them S-shaped.

use campaign_pilot_core::{CampaignId, Currency, Money};
use campaign_pilot_decision_engine::{AllocationCampaign, AllocationProblem, Leftover, ResponseCurve};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use rust_decimal::Decimal;

use crate::trial::Failure;

/// `most x^slope / (half^slope + x^slope)`, the trial's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hill {
    most: f64,
    half: f64,
    slope: f64,
}

impl Hill {
    pub(super) fn value(self, x: f64) -> f64 {
        let power = x.max(0.0).powf(self.slope);
        self.most * power / (self.half.powf(self.slope) + power)
    }

    /// The slope at `x`; that of a thousandth where the curve starts upright.
    pub(super) fn slope(self, x: f64) -> f64 {
        let x = x.max(1e-3);
        let (power, half) = (x.powf(self.slope), self.half.powf(self.slope));
        self.most * self.slope * half * power / x / (half + power).powi(2)
    }
}

/// A budget and who may get it.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) total: f64,
    pub(super) curves: Vec<Hill>,
}

impl Problem {
    /// `half` log-normal about 1,000 (0.6), `most / half` about 3 (0.5), slopes evenly from 0.5 to 3, and 300 to 1,200 for each
    /// campaign.
    pub(super) fn new(seed: u64, size: usize) -> Result<Self, Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed << 16 | size as u64);
        let (half, ratio) = (LogNormal::new(1_000f64.ln(), 0.6)?, LogNormal::new(3f64.ln(), 0.5)?);
        let mut curve = || {
            let half: f64 = half.sample(&mut rng);
            Hill { half, most: half * ratio.sample(&mut rng), slope: rng.random_range(0.5..3.0) }
        };
        let curves = (0..size).map(|_| curve()).collect();
        let total = (size as f64 * 1_000.0 * rng.random_range(0.3..1.2)).round();
        Ok(Self { total, curves })
    }

    /// The same for the allocator. The budget has to be spent.
    pub(super) fn asked(&self) -> Result<AllocationProblem, Failure> {
        let campaign = |(at, curve): (usize, &Hill)| -> Result<AllocationCampaign, Failure> {
            let Hill { most, half, slope } = *curve;
            Ok(AllocationCampaign::new(CampaignId::new(format!("c{at:05}"))?, ResponseCurve::Hill { most, half, slope }))
        };
        let campaigns = self.curves.iter().enumerate().map(campaign).collect::<Result<Vec<_>, _>>()?;
        let total = Decimal::from_f64_retain(self.total).ok_or("the total is no decimal")?.round_dp(2);
        let problem = AllocationProblem::new(Money::new(total, Currency::EUR), campaigns);
        Ok(AllocationProblem { leftover: Leftover::Lost, ..problem })
    }

    pub(super) fn value(&self, budgets: &[f64]) -> f64 {
        self.curves.iter().zip(budgets).map(|(curve, budget)| curve.value(*budget)).sum()
    }

    pub(super) fn equal(&self) -> Vec<f64> {
        vec![self.total / self.curves.len() as f64; self.curves.len()]
    }
}
