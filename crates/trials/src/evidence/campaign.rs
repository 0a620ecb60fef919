//! One campaign, watched every hour.

use campaign_pilot_metrics::evidence::{DayOfSales, EvidenceError, ShareWatch, StoreShare, StoreSharePolicy, counted_sales};

use super::world::{Sales, Scene, Sold};
use super::z_test::ZTest;
use crate::trial::Failure;

/// When each test first declared an uplift, in hours from the start; `None` if it never did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Outcome {
    pub(super) share: Option<u32>,
    pub(super) z: Option<u32>,
}

/// How the store-share test is used.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) policy: StoreSharePolicy,
    /// How many units of an order are counted at most, on an hour's average.
    pub(super) most_per_order: u32,
    /// Whether a win is held while the test's warnings would explain it.
    pub(super) is_held: bool,
}

impl Default for Use {
    fn default() -> Self {
        Self { policy: StoreSharePolicy::default(), most_per_order: 1, is_held: false }
    }
}

/// Plays a campaign and looks every hour. A history that the test refuses wins nothing.
pub(super) fn watch(scene: &Scene, used: &Use, seed: u64) -> Result<Outcome, Failure> {
    let sales = scene.play(seed)?;
    let hours = hours(&sales, used.most_per_order);
    let (before, live) = hours.split_at_checked(scene.days * 24).ok_or("there are fewer hours than the history has")?;
    let share = if used.is_held { held(before, live, used) } else { plain(sales.begins, before, live, used) };
    let share = match share {
        Err(EvidenceError::ShortHistory { .. } | EvidenceError::FewSales { .. }) => None,
        share => share?,
    };
    let mut z = ZTest::new(&before.iter().map(|hour| hour.promoted).collect::<Vec<_>>());
    let mut first = None;
    for (hour, sold) in (1u32..).zip(live) {
        if z.observe(sold.promoted) && first.is_none() {
            first = Some(hour);
        }
    }
    Ok(Outcome { share, z: first })
}

/// The test by itself.
fn plain(begins: usize, before: &[DayOfSales], live: &[DayOfSales], used: &Use) -> Result<Option<u32>, EvidenceError> {
    let mut share = StoreShare::new(&used.policy, &days(begins, before))?;
    for (hour, sold) in (1u32..).zip(live) {
        share.observe(sold.promoted, sold.rest)?;
        if share.has_decided() {
            return Ok(Some(hour));
        }
    }
    Ok(None)
}

/// The test with a gate behind it that holds a win while a warning might explain it.
fn held(before: &[DayOfSales], live: &[DayOfSales], used: &Use) -> Result<Option<u32>, EvidenceError> {
    // Days that end, and begin, with the start of the campaign.
    let history = days(0, before);
    let mut share = StoreShare::new(&used.policy, &history)?;
    let watch = ShareWatch::new(&used.policy, &history)?;
    let (mut whole, mut today) = (Vec::new(), DayOfSales::default());
    for (hour, sold) in (1u32..).zip(live) {
        share.observe(sold.promoted, sold.rest)?;
        today = DayOfSales { promoted: today.promoted + sold.promoted, rest: today.rest + sold.rest };
        if hour % 24 == 0 {
            whole.push(std::mem::take(&mut today));
        }
        if share.has_decided() && !watch.look(&whole, today)?.holds_a_win() {
            return Ok(Some(hour));
        }
    }
    Ok(None)
}

/// What the test counts in each hour.
fn hours(sales: &Sales, most_per_order: u32) -> Vec<DayOfSales> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of an hour, drawn as doubles")]
    let counted = |sold: &Sold| counted_sales(sold.units as i64, sold.orders as u64, most_per_order);
    let hours = sales.promoted.iter().zip(&sales.rest);
    hours.map(|(promoted, rest)| DayOfSales { promoted: counted(promoted), rest: counted(rest) }).collect()
}

/// The history by days that begin at midnight if it begins at that hour; the first and the last may be parts of one.
fn days(begins: usize, hours: &[DayOfSales]) -> Vec<DayOfSales> {
    let mut days = vec![DayOfSales::default(); (begins + hours.len()).div_ceil(24)];
    for (hour, sold) in (begins..).zip(hours) {
        if let Some(day) = days.get_mut(hour / 24) {
            day.promoted += sold.promoted;
            day.rest += sold.rest;
        }
    }
    days
}
