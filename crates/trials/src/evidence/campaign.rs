//! One campaign, watched every hour by both tests.

use campaign_pilot_metrics::evidence::{DayOfSales, StoreShare, StoreSharePolicy};

use super::world::Scene;
use super::z_test::ZTest;
use crate::trial::Failure;

/// When each test first declared an uplift, in hours from the start; `None` if it never did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Outcome {
    pub(super) share: Option<u32>,
    pub(super) z: Option<u32>,
}

/// Plays a campaign and looks every hour.
pub(super) fn watch(scene: &Scene, policy: &StoreSharePolicy, seed: u64) -> Result<Outcome, Failure> {
    let sales = scene.play(seed)?;
    let start = scene.weeks * 168;
    let (before, live) = sales.promoted.split_at(start);
    let (rest_before, rest_live) = sales.rest.split_at(start);
    let mut share = StoreShare::new(policy, &days(sales.begins, before, rest_before))?;
    let mut z = ZTest::new(before);
    let mut outcome = Outcome { share: None, z: None };
    for (hour, (promoted, rest)) in (1u32..).zip(live.iter().zip(rest_live)) {
        share.observe(*promoted, *rest)?;
        if outcome.share.is_none() && share.has_decided() {
            outcome.share = Some(hour);
        }
        if z.observe(*promoted) && outcome.z.is_none() {
            outcome.z = Some(hour);
        }
    }
    Ok(outcome)
}

/// The history by days of the calendar, as a shop counts them; the first and the last may be parts of one.
fn days(begins: usize, promoted: &[f64], rest: &[f64]) -> Vec<DayOfSales> {
    let mut days = vec![DayOfSales::default(); (begins + promoted.len()).div_ceil(24)];
    for (hour, (promoted, rest)) in (begins..).zip(promoted.iter().zip(rest)) {
        if let Some(day) = days.get_mut(hour / 24) {
            day.promoted += promoted;
            day.rest += rest;
        }
    }
    days
}
