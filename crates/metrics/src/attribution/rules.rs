//! Models that share every path out by itself.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::split::{closed, even, normalized, split};
use super::{Attribution, AttributionError, AttributionModel, Channel, ConversionPaths, Credit};

/// Shares each path out by a rule on its touches.
pub(super) fn attribute(paths: &ConversionPaths, model: AttributionModel) -> Result<Attribution, AttributionError> {
    let rule = Rule::of(model)?;
    let mut credits: BTreeMap<Channel, Credit> =
        paths.channels().into_iter().map(|channel| (channel, Credit::none(paths.currency()))).collect();
    if credits.is_empty() {
        return Err(AttributionError::NoPaths);
    }
    for (touches, totals) in paths.iter().filter(|(_, totals)| totals.conversions > 0) {
        let credited = rule.credited(touches);
        let weights = rule.weights(credited.len())?;
        let conversions = split(totals.conversions.into(), &weights)?;
        let values = split(totals.value.amount, &weights)?;
        for ((channel, conversions), value) in credited.into_iter().zip(conversions).zip(values) {
            let Some(credit) = credits.get_mut(channel) else { continue };
            credit.conversions = credit.conversions.checked_add(conversions).ok_or(AttributionError::OutOfRange)?;
            credit.value.amount = credit.value.amount.checked_add(value).ok_or(AttributionError::OutOfRange)?;
        }
    }
    Ok(Attribution { model, credits, total: paths.total()?, untouched: paths.untouched_credit() })
}

/// A rule whose parameters were checked.
enum Rule {
    Last,
    First,
    Linear,
    Unique,
    Decay { half_life: f64 },
    Position { first: Decimal, last: Decimal },
}

impl Rule {
    fn of(model: AttributionModel) -> Result<Self, AttributionError> {
        match model {
            AttributionModel::LastTouch => Ok(Self::Last),
            AttributionModel::FirstTouch => Ok(Self::First),
            AttributionModel::Linear => Ok(Self::Linear),
            AttributionModel::LinearUnique | AttributionModel::Shapley => Ok(Self::Unique),
            AttributionModel::TimeDecay { half_life } if half_life.is_finite() && half_life > 0.0 => {
                Ok(Self::Decay { half_life })
            }
            AttributionModel::Position { first, last } => {
                let share = Decimal::ZERO..=Decimal::ONE;
                let both = first.checked_add(last).filter(|both| share.contains(both));
                if !share.contains(&first) || !share.contains(&last) || both.is_none() {
                    return Err(AttributionError::Parameter { parameter: "first and last" });
                }
                Ok(Self::Position { first, last })
            }
            AttributionModel::TimeDecay { .. } => Err(AttributionError::Parameter { parameter: "half_life" }),
            AttributionModel::Markov { .. } => Err(AttributionError::Parameter { parameter: "order" }),
        }
    }

    /// The touches that get a share.
    fn credited<'a>(&self, touches: &'a [Channel]) -> Vec<&'a Channel> {
        match self {
            Self::Last => touches.last().into_iter().collect(),
            Self::First => touches.first().into_iter().collect(),
            Self::Unique => {
                let mut unique: Vec<&Channel> = touches.iter().collect();
                unique.sort();
                unique.dedup();
                unique
            }
            Self::Linear | Self::Decay { .. } | Self::Position { .. } => touches.iter().collect(),
        }
    }

    /// The share of each of `count` credited touches.
    fn weights(&self, count: usize) -> Result<Vec<Decimal>, AttributionError> {
        match self {
            Self::Last | Self::First | Self::Linear | Self::Unique => even(count),
            Self::Decay { half_life } => {
                let before_last = |place: usize| f64::from(u32::try_from(count - 1 - place).unwrap_or(u32::MAX));
                let shares: Vec<f64> = (0..count).map(|place| (-before_last(place) / half_life).exp2()).collect();
                normalized(&shares)
            }
            Self::Position { first, last } => position(count, *first, *last),
        }
    }
}

fn position(count: usize, first: Decimal, last: Decimal) -> Result<Vec<Decimal>, AttributionError> {
    let both = first + last;
    match count {
        0 | 1 => even(count),
        2 if both.is_zero() => even(2),
        2 => closed(vec![first / both, last / both]),
        _ => {
            let between = Decimal::from(count - 2);
            let each = (Decimal::ONE - both).checked_div(between).ok_or(AttributionError::OutOfRange)?;
            let mut weights = vec![each; count];
            if let Some(weight) = weights.first_mut() {
                *weight = first;
            }
            if let Some(weight) = weights.last_mut() {
                *weight = last;
            }
            closed(weights)
        }
    }
}
