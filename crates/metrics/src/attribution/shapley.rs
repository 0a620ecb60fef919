//! Shapley values of channels.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::{AttributionError, Channel, ConversionPaths};

/// The most players of which every coalition is tried: a million coalitions.
pub const MOST_PLAYERS: usize = 20;

/// What a channel adds to the rates of the sets of channels that customers met.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct ExactSetWorth {
    /// Conversions per journey. Negative for a channel whose company lowers the rate.
    pub conversion_rate: f64,
    /// Value per journey, in the paths' currency.
    pub value_per_journey: f64,
}

/// Shapley values of the game in which a coalition is worth the conversion rate of the journeys that met exactly its
/// channels, and nothing when no journey did.
///
/// The values of all channels add up to the rate of the journeys that met every channel, not to the conversions: they
/// compare channels and may be negative. [`super::AttributionModel::Shapley`] shares conversions out instead.
///
/// # Formula
///
/// With `v(S)` the worth of the `m` observed sets and `n` channels, sorted by set instead of by coalition:
/// `phi(i) = sum of v(S) (|S|-1)! (n-|S|)! / n! over S with i - sum of v(S) |S|! (n-|S|-1)! / n! over S without i`, which
/// takes `m x n` steps for any number of channels.
///
/// # Errors
///
/// [`AttributionError::NoPaths`] without any touched journey, [`AttributionError::OutOfRange`] for sums beyond what is held.
pub fn shapley_exact_sets(paths: &ConversionPaths) -> Result<BTreeMap<Channel, ExactSetWorth>, AttributionError> {
    let channels: Vec<Channel> = paths.channels().into_iter().collect();
    let mut sets: BTreeMap<Vec<&Channel>, (u128, u128, rust_decimal::Decimal)> = BTreeMap::new();
    for (touches, totals) in paths.iter() {
        let mut set: Vec<&Channel> = touches.iter().collect();
        set.sort();
        set.dedup();
        let (conversions, journeys, value) = sets.entry(set).or_default();
        *conversions += u128::from(totals.conversions);
        *journeys += u128::from(totals.conversions) + u128::from(totals.not_converted);
        *value = value.checked_add(totals.value.amount).ok_or(AttributionError::OutOfRange)?;
    }
    sets.retain(|_, (_, journeys, _)| *journeys > 0);
    if sets.is_empty() {
        return Err(AttributionError::NoPaths);
    }
    let share = share_by_size(channels.len());
    let mut worth = vec![[0.0_f64; 2]; channels.len()];
    for (set, (conversions, journeys, value)) in sets {
        let value = value.to_f64().ok_or(AttributionError::OutOfRange)?;
        let [rate, mean] = [conversions as f64 / journeys as f64, value / journeys as f64];
        let with = set.len().checked_sub(1).and_then(|others| share.get(others)).copied().unwrap_or_default();
        let without = share.get(set.len()).copied().unwrap_or_default();
        for (channel, sums) in channels.iter().zip(&mut worth) {
            let factor = if set.binary_search(&channel).is_ok() { with } else { -without };
            sums.iter_mut().zip([rate, mean]).for_each(|(sum, worth)| *sum += factor * worth);
        }
    }
    let worth =
        worth.into_iter().map(|[conversion_rate, value_per_journey]| ExactSetWorth { conversion_rate, value_per_journey });
    Ok(channels.into_iter().zip(worth).collect())
}

/// Shapley values of any game, by trying every coalition.
///
/// `worth` gets a coalition as bits, player 0 in the lowest; that of nobody counts, too. The values add up to the worth of
/// all players less that of nobody.
///
/// # Formula
///
/// `phi(i) = sum over S without i of |S|! (n-|S|-1)! / n! (v(S with i) - v(S))` (Shapley, "A value for n-person games", 1953).
///
/// # Errors
///
/// [`AttributionError::TooManyPlayers`] above [`MOST_PLAYERS`], since the coalitions double with each player;
/// [`AttributionError::NotFinite`] when a worth is not finite or their differences leave the range of numbers.
///
/// ```
/// use campaign_pilot_metrics::attribution::shapley_values;
///
/// // Two channels that are worth something together only.
/// let both = |coalition: u32| if coalition == 0b11 { 10.0 } else { 0.0 };
/// assert_eq!(shapley_values(2, both)?, [5.0, 5.0]);
/// assert!(shapley_values(40, both).is_err());
/// # Ok::<(), campaign_pilot_metrics::attribution::AttributionError>(())
/// ```
pub fn shapley_values(players: usize, mut worth: impl FnMut(u32) -> f64) -> Result<Vec<f64>, AttributionError> {
    if players > MOST_PLAYERS {
        return Err(AttributionError::TooManyPlayers { players, limit: MOST_PLAYERS });
    }
    let share = share_by_size(players);
    let mut values = vec![0.0_f64; players];
    for coalition in 0..(1_u32 << players) {
        let value = worth(coalition);
        if !value.is_finite() {
            return Err(AttributionError::NotFinite);
        }
        let size = usize::try_from(coalition.count_ones()).unwrap_or_default();
        let with = size.checked_sub(1).and_then(|others| share.get(others)).copied().unwrap_or_default();
        let without = share.get(size).copied().unwrap_or_default();
        for (player, sum) in values.iter_mut().enumerate() {
            let member = coalition >> player & 1 == 1;
            *sum += if member { with * value } else { -(without * value) };
        }
    }
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(AttributionError::NotFinite) }
}

/// `s! (n-s-1)! / n!` for each size `s` of a coalition without the player.
fn share_by_size(players: usize) -> Vec<f64> {
    let players = players as f64;
    let mut shares = Vec::new();
    // 1 / (n C(n-1, s)), each from the one before.
    let mut share = 1.0 / players;
    let mut size = 0.0;
    while size < players {
        shares.push(share);
        size += 1.0;
        share *= size / (players - size);
    }
    shares
}
