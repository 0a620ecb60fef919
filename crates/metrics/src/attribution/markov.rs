//! Attribution by removal effects in an absorbing Markov chain of touches.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::elimination::Chain;
use super::split::{normalized, split};
use super::{Attribution, AttributionError, AttributionModel, Channel, ConversionPaths, Credit};

/// The most states that a chain may have. One more channel is one more solution of the chain, each with a cost of at most
/// the cube of the states.
pub const LARGEST_CHAIN: usize = 2_000;

/// How many touches in a row make a state of the chain.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkovOrder {
    /// The last touch alone.
    First,
    /// The last two touches.
    Second,
    /// The last three touches.
    Third,
}

impl MarkovOrder {
    /// The number of touches: 1, 2 or 3.
    #[must_use]
    pub const fn touches(self) -> usize {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
        }
    }
}

/// Which journeys a chain is made of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Journeys {
    /// All of them: a channel is also judged by the journeys that it could not bring to a conversion.
    All,
    /// Only those with a conversion, for sources that do not record the others.
    Converting,
}

/// A state of the chain.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Before the first touch.
    Start,
    /// After these touches, the oldest first.
    Touched(Vec<Channel>),
    /// The journey ended in a conversion.
    Converted,
    /// The journey ended in nothing.
    Lost,
}

/// How likely one state follows another.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Transition {
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The share of all flow out of `from`, above 0 and at most 1.
    pub probability: f64,
}

/// The share of all conversions, and of their value, that would be lost without a channel. Each from 0 to 1.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct RemovalEffect {
    /// Of the conversions.
    pub conversions: f64,
    /// Of their value; 0 when there is none.
    pub value: f64,
}

/// What a Markov chain says about its channels.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct MarkovAttribution {
    /// The credits, in proportion to the removal effects: conversions by those of conversions, value by those of value.
    pub attribution: Attribution,
    /// Each channel's removal effect.
    pub removal_effects: BTreeMap<Channel, RemovalEffect>,
    /// How likely a journey of the chain ends in a conversion.
    pub conversion_probability: f64,
    /// The chain's states, with the start, without the two ends.
    pub states: usize,
}

/// Attributes by the removal effects of an absorbing Markov chain, solved exactly.
///
/// # Formula
///
/// A state is the last `k` touches (a shorter path is one state), and equal states in a row are one. The flow between two
/// states is the number of journeys. The removal effect of a channel is the share of the conversions that is lost when every
/// state that holds it leads to nothing, `1 - P(conversion without the channel) / P(conversion)`; for the value, a
/// conversion from a state brings the mean value of the conversions from there. Credits are the total times
/// `effect / sum of effects` (Anderl et al., "Mapping the customer journey", International Journal of Research in Marketing
/// 33, 2016).
///
/// # Errors
///
/// [`AttributionError::NoPaths`], [`AttributionError::TooManyStates`] or [`AttributionError::OutOfRange`].
pub fn markov(paths: &ConversionPaths, order: MarkovOrder, journeys: Journeys) -> Result<MarkovAttribution, AttributionError> {
    let graph = Graph::new(paths, order, journeys)?;
    let chain = graph.chain();
    let worth = chain.clone().expected_rewards();
    let [probability, mean_value] = worth.first().copied().unwrap_or_default();
    let mut effects = Vec::with_capacity(graph.channels.len());
    for channel in 0..graph.channels.len() {
        let removed: Vec<bool> = graph.states.iter().map(|state| state.contains(&channel)).collect();
        let lost = chain.without(&removed, &worth).expected_rewards();
        let [conversions, value] = lost.first().copied().unwrap_or_default();
        effects.push(RemovalEffect { conversions: share(conversions, probability), value: share(value, mean_value) });
    }
    let total = paths.total()?;
    let parts = |amount, effect: fn(&RemovalEffect) -> f64| split_by(amount, &effects.iter().map(effect).collect::<Vec<_>>());
    let conversions = parts(total.conversions, |effect| effect.conversions)?;
    let values = parts(total.value.amount, |effect| effect.value)?;
    let credits = conversions
        .into_iter()
        .zip(values)
        .map(|(conversions, amount)| Credit { conversions, value: campaign_pilot_core::Money::new(amount, paths.currency()) });
    let attribution = Attribution {
        model: AttributionModel::Markov { order, journeys },
        credits: graph.channels.iter().cloned().zip(credits).collect(),
        total,
        untouched: paths.untouched_credit(),
    };
    Ok(MarkovAttribution {
        attribution,
        removal_effects: graph.channels.iter().cloned().zip(effects).collect(),
        conversion_probability: probability.min(1.0),
        states: graph.states.len(),
    })
}

/// The probabilities from state to state, in the order of the states.
///
/// # Errors
///
/// As [`markov`].
pub fn transition_matrix(
    paths: &ConversionPaths,
    order: MarkovOrder,
    journeys: Journeys,
) -> Result<Vec<Transition>, AttributionError> {
    let graph = Graph::new(paths, order, journeys)?;
    let mut transitions = Vec::new();
    for (from, row) in graph.flow.iter().enumerate() {
        let end = graph.ends.get(from).copied().unwrap_or_default();
        let all = row.values().sum::<f64>() + end.converted + end.lost;
        let inner = row.iter().map(|(to, flow)| (graph.state(*to), *flow));
        let ends = [(State::Converted, end.converted), (State::Lost, end.lost)];
        transitions.extend(inner.chain(ends).filter(|(_, flow)| *flow > 0.0).map(|(to, flow)| Transition {
            from: graph.state(from),
            to,
            probability: flow / all,
        }));
    }
    Ok(transitions)
}

/// How journeys end after a state.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    converted: f64,
    lost: f64,
    value: f64,
}

/// The flow of journeys between states. State 0 is the start, with no touches.
#[derive(Debug)]
struct Graph {
    channels: Vec<Channel>,
    states: Vec<Vec<usize>>,
    flow: Vec<BTreeMap<usize, f64>>,
    ends: Vec<Ends>,
}

impl Graph {
    fn new(paths: &ConversionPaths, order: MarkovOrder, journeys: Journeys) -> Result<Self, AttributionError> {
        let channels: Vec<Channel> = paths.channels().into_iter().collect();
        let places: BTreeMap<&Channel, usize> = channels.iter().zip(0..).collect();
        let mut index: BTreeMap<Vec<usize>, usize> = BTreeMap::from([(Vec::new(), 0)]);
        let (mut flow, mut ends) = (vec![BTreeMap::new()], vec![Ends::default()]);
        for (touches, totals) in paths.iter() {
            let lost = if journeys == Journeys::All { totals.not_converted } else { 0 };
            let weight = totals.conversions as f64 + lost as f64;
            if weight <= 0.0 {
                continue;
            }
            let touches: Vec<usize> = touches.iter().filter_map(|touch| places.get(touch).copied()).collect();
            let mut before = 0;
            for window in touches.windows(order.touches().min(touches.len()).max(1)) {
                let next = index.len();
                let state = *index.entry(window.to_vec()).or_insert(next);
                if state == next {
                    flow.push(BTreeMap::new());
                    ends.push(Ends::default());
                }
                if state != before {
                    if let Some(row) = flow.get_mut(before) {
                        *row.entry(state).or_insert(0.0) += weight;
                    }
                    before = state;
                }
            }
            if let Some(end) = ends.get_mut(before) {
                end.converted += totals.conversions as f64;
                end.lost += lost as f64;
                end.value += totals.value.amount.to_f64().ok_or(AttributionError::OutOfRange)?;
            }
            if index.len() > LARGEST_CHAIN {
                return Err(AttributionError::TooManyStates { states: index.len(), limit: LARGEST_CHAIN });
            }
        }
        if index.len() < 2 {
            return Err(AttributionError::NoPaths);
        }
        let mut states = vec![Vec::new(); index.len()];
        for (touches, place) in index {
            if let Some(state) = states.get_mut(place) {
                *state = touches;
            }
        }
        Ok(Self { channels, states, flow, ends })
    }

    fn chain(&self) -> Chain {
        let mut chain = Chain::new(self.states.len());
        for (from, row) in self.flow.iter().enumerate() {
            row.iter().for_each(|(to, weight)| chain.add_flow(from, *to, *weight));
        }
        for (from, end) in self.ends.iter().enumerate() {
            chain.add_exit(from, end.converted + end.lost, [end.converted, end.value]);
        }
        chain
    }

    fn state(&self, place: usize) -> State {
        let touches = self.states.get(place).into_iter().flatten();
        let touches: Vec<Channel> = touches.filter_map(|channel| self.channels.get(*channel).cloned()).collect();
        if touches.is_empty() { State::Start } else { State::Touched(touches) }
    }
}

/// The part of a whole, from 0 to 1; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// Splits an amount in the proportion of effects. What rounding leaves goes to the largest.
fn split_by(amount: rust_decimal::Decimal, effects: &[f64]) -> Result<Vec<rust_decimal::Decimal>, AttributionError> {
    let weights = normalized(effects)?;
    // The last part takes what the others left, so the largest has to stand last.
    let Some(largest) = (0..weights.len()).max_by_key(|place| weights.get(*place).copied().unwrap_or_default()) else {
        return Ok(Vec::new());
    };
    let last = weights.len() - 1;
    let mut weights = weights;
    weights.swap(largest, last);
    let mut parts = split(amount, &weights)?;
    parts.swap(largest, last);
    Ok(parts)
}
