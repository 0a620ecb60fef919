//! Attribution: who gets the credit for conversions, and beside it what was really gained.
//!
//! A conversion that several channels touched can be credited in many ways; each [`AttributionModel`] is one of them.
//! All of them share out what happened anyway: attributed is not incremental. [`compare`] puts both side by side.
//!
//! ```
//! use campaign_pilot_core::{Currency, Money};
//! use campaign_pilot_metrics::attribution::{AttributionModel, Channel, ConversionPath, ConversionPaths, attribute};
//! use rust_decimal::dec;
//!
//! let [search, partner] = ["search", "partner"].map(Channel::new);
//! let mut paths = ConversionPaths::new(Currency::EUR);
//! paths.add(ConversionPath {
//!     touches: vec![search.clone(), partner.clone()],
//!     conversions: 3,
//!     value: Money::new(dec!(90), Currency::EUR),
//!     not_converted: 10,
//! })?;
//!
//! let last = attribute(&paths, AttributionModel::LastTouch)?;
//! assert_eq!(last.credit(&partner).conversions, dec!(3));
//! let linear = attribute(&paths, AttributionModel::Linear)?;
//! assert_eq!(linear.credit(&search).value, Money::new(dec!(45), Currency::EUR));
//! # Ok::<(), campaign_pilot_metrics::attribution::AttributionError>(())
//! ```

mod elimination;
mod incremental;
mod markov;
mod path;
mod rules;
mod shapley;
mod split;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use incremental::{Attributed, ChannelComparison, Comparison, Incremental, compare};
pub use markov::{
    Journeys, LARGEST_CHAIN, MarkovAttribution, MarkovOrder, RemovalEffect, State, Transition, markov, transition_matrix,
};
pub use path::{Channel, Conversion, ConversionPath, ConversionPaths, Journey, PathTotals, Touch};
pub use shapley::{ExactSetWorth, MOST_PLAYERS, shapley_exact_sets, shapley_values};

/// How the credit for conversions is shared out among the channels of their paths.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum AttributionModel {
    /// Everything to the last touch: what most platforms report.
    LastTouch,
    /// Everything to the first touch.
    FirstTouch,
    /// The same share to every touch; a channel that touched twice gets two.
    Linear,
    /// The same share to every channel of the path, however often it touched.
    LinearUnique,
    /// A touch weighs half as much as one that came `half_life` touches later: `2^(-(touches before the last) / half_life)`.
    TimeDecay {
        /// In touches, finite and above zero; 2 is common.
        half_life: f64,
    },
    /// A fixed share to the first and to the last touch, the rest evenly to those between. Without any between, the rest
    /// is split in the proportion of the two shares.
    Position {
        /// The first touch's share, from 0 to 1.
        first: Decimal,
        /// The last touch's share, from 0 to 1; both together at most 1.
        last: Decimal,
    },
    /// In proportion to the removal effects in an absorbing Markov chain of the touches: [`markov`].
    Markov {
        /// How many touches make a state.
        order: MarkovOrder,
        /// Which journeys the chain is made of.
        journeys: Journeys,
    },
    /// The Shapley value of the game in which a coalition of channels is worth the conversions of all paths that lie
    /// inside it.
    ///
    /// For that game the value is known in closed form: every conversion is shared equally by the distinct channels of its
    /// path, so the figures are those of [`AttributionModel::LinearUnique`] and take no time that grows with the number of
    /// coalitions. [`shapley_values`] plays any other game, [`shapley_exact_sets`] the one about conversion rates.
    Shapley,
}

impl AttributionModel {
    /// Time decay with a half-life of two touches.
    pub const TIME_DECAY: Self = Self::TimeDecay { half_life: 2.0 };
    /// 40 % to the first touch, 40 % to the last, 20 % to those between.
    pub const POSITION_40_20_40: Self =
        Self::Position { first: Decimal::from_parts(4, 0, 0, false, 1), last: Decimal::from_parts(4, 0, 0, false, 1) };
}

/// Conversions and their value, as far as they were credited to somebody.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Credit {
    /// Conversions; shared ones have fractions.
    pub conversions: Decimal,
    /// Their value.
    pub value: Money,
}

impl Credit {
    /// No credit.
    #[must_use]
    pub const fn none(currency: Currency) -> Self {
        Self { conversions: Decimal::ZERO, value: Money::zero(currency) }
    }
}

/// Conversions shared out by one model.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Attribution {
    /// The model.
    pub model: AttributionModel,
    /// What each channel is credited with. Together they are `total`.
    pub credits: BTreeMap<Channel, Credit>,
    /// All conversions with at least one touch.
    pub total: Credit,
    /// Conversions without any touch: nobody is credited with them.
    pub untouched: Credit,
}

impl Attribution {
    /// What a channel is credited with; nothing for one that is in no path.
    #[must_use]
    pub fn credit(&self, channel: &Channel) -> Credit {
        self.credits.get(channel).copied().unwrap_or(Credit::none(self.total.value.currency))
    }
}

/// Shares the conversions of all paths out by a model.
///
/// The order in which paths were added does not matter: the result is the same to the last digit. The credits add up to the
/// total; of models with irrational shares they do so since the last part is what the others left.
///
/// # Errors
///
/// [`AttributionError::NoPaths`] without any touched path, [`AttributionError::Parameter`] for parameters outside their
/// range, [`AttributionError::TooManyStates`] for a Markov chain that is too large to be solved,
/// [`AttributionError::OutOfRange`] for sums beyond what a decimal holds. No conversion at all is not an error: then every
/// credit is zero.
pub fn attribute(paths: &ConversionPaths, model: AttributionModel) -> Result<Attribution, AttributionError> {
    match model {
        AttributionModel::Markov { order, journeys } => markov(paths, order, journeys).map(|chain| chain.attribution),
        rule => rules::attribute(paths, rule),
    }
}

/// Why conversions could not be attributed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributionError {
    /// There is no path with a touch.
    #[error("there is no path with any touch")]
    NoPaths,
    /// A path's value is in another currency than the others'.
    #[error("a value in {found} cannot be added to values in {expected}")]
    MixedCurrencies {
        /// The currency of all paths.
        expected: Currency,
        /// The currency that came.
        found: Currency,
    },
    /// A path's value is below zero. Returns belong to the conversion that they take back.
    #[error("the value of a path is below zero")]
    NegativeValue,
    /// A path has a value, but no conversion.
    #[error("a path has a value, but no conversion")]
    ValueWithoutConversion,
    /// A parameter of the model lies outside its range.
    #[error("the model's parameter {parameter} is out of its range")]
    Parameter {
        /// Which one.
        parameter: &'static str,
    },
    /// The Markov chain has more states than can be solved in reasonable time. A lower order has fewer.
    #[error("a chain of {states} states is above the limit of {limit}: take a lower order or fewer channels")]
    TooManyStates {
        /// The chain's states.
        states: usize,
        /// The limit, [`LARGEST_CHAIN`].
        limit: usize,
    },
    /// The game has too many players to try every coalition. The closed forms have no such limit.
    #[error("{players} players make too many coalitions, at most {limit} can be tried")]
    TooManyPlayers {
        /// The players.
        players: usize,
        /// The limit, [`MOST_PLAYERS`].
        limit: usize,
    },
    /// A coalition's worth is not a number, or the sums leave the range of numbers.
    #[error("the worth of a coalition is not a finite number")]
    NotFinite,
    /// A sum cannot be represented.
    #[error("a sum is too large to be represented")]
    OutOfRange,
}
