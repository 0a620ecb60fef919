//! Off-policy estimates: what another policy would have earned, from choices that were logged.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_metrics::special::normal_quantile;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use crate::amount::number;

/// One choice that was made by chance and logged: how likely it was, how likely the other policy makes it, and what came of it.
///
/// To launch and not to launch are both choices: what was not launched is logged, too, with the probability of leaving it. Records
/// have to be independent of each other: give what one draw decided as one record.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LoggedChoice {
    /// The probability with which the choice was made, above 0 and up to 1; `None` where it was not recorded, which is refused.
    pub propensity: Option<Decimal>,
    /// The probability with which the other policy makes the same choice in the same situation, from 0 to 1.
    pub other: Decimal,
    /// What came of the choice: the contribution, in the currency's major unit. It may be negative.
    pub reward: Money,
    /// What a model expects, for the doubly robust estimate. Either all records have it or none.
    pub modelled: Option<ModelledReward>,
}

/// What a model expects in the situation of one logged choice, before its reward is known.
///
/// The model must not have learned from the same record (learn it from other records, or from the other half of them): else the
/// interval of the doubly robust estimate is too narrow.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ModelledReward {
    /// The reward expected of the choice that was made: `q(x, a)`, in the currency's major unit.
    pub made: Money,
    /// The reward expected of the other policy's choices: `sum over b of pi(b | x) q(x, b)`, in the currency's major unit.
    pub other: Money,
}

/// How [`off_policy`] estimates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OffPolicySettings {
    /// With which probability an interval shall hold the true value, above 0 and below 1. Default: 0.95.
    pub level: Decimal,
    /// Weights above this count as this; above 0. Default: `None`, weights are taken as they are.
    ///
    /// This narrows the intervals at the price of a bias that they do not contain (Ionides 2008). With `over = max(0, w - largest)`
    /// IPW is off by `-E[over r]`, too low where rewards are positive, and DR by `-E[over (r - q)]`, the less the better the model.
    /// SNIPW moves towards the mean of the rewards of choices that the other policy may make. [`OffPolicy::weight_lost`] times the largest `|r|` (for DR, `|r - q|`)
    /// estimates a limit of the bias of IPW and DR.
    pub largest_weight: Option<Decimal>,
    /// Fewer effective records ([`OffPolicy::effective`]) are refused: normal intervals do not hold for a few. From 0. Default: 30.
    pub min_effective_records: Decimal,
}

impl Default for OffPolicySettings {
    fn default() -> Self {
        Self { level: Decimal::new(95, 2), largest_weight: None, min_effective_records: Decimal::from(30) }
    }
}

/// What another policy would have earned for each choice, by three estimates, and how much the records say of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct OffPolicy {
    /// What was earned in fact for each choice: the plain mean of the rewards.
    pub logged: OffPolicyEstimate,
    /// Inverse propensity weighting (IPW): without bias if the probabilities are right and every choice of the other policy could have been
    /// logged, but it often scatters most.
    pub weighted: OffPolicyEstimate,
    /// Self-normalised inverse propensity weighting (SNIPW): it scatters less, with a bias that vanishes as `1 / n`.
    pub self_normalised: OffPolicyEstimate,
    /// Doubly robust (DR): without bias on the same terms, also with a wrong model; the narrower the better the model.
    /// `None` where no record has a modelled reward.
    pub doubly_robust: Option<OffPolicyEstimate>,
    /// How many records there are.
    pub records: usize,
    /// How many equally weighted records say as much: `(sum w)^2 / sum w^2` (Kish 1965), with the weights that were used.
    pub effective: Decimal,
    /// The mean weight before any limit. It should be about 1. Below it, the other policy makes choices that were never made, of which
    /// no estimate knows anything; or the recorded probabilities are wrong.
    pub mean_weight: Decimal,
    /// The largest weight before any limit.
    pub largest_weight: Decimal,
    /// How many weights were above [`OffPolicySettings::largest_weight`].
    pub clipped: usize,
    /// By how much the limit lowered the mean weight; 0 without a limit.
    pub weight_lost: Decimal,
}

/// An estimate of what a policy earns for each choice, in the currency's major unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct OffPolicyEstimate {
    /// The estimate.
    pub value: Money,
    /// Its standard error.
    pub standard_error: Money,
    /// The lower end of its two-sided interval.
    pub low: Money,
    /// The upper end of its two-sided interval.
    pub high: Money,
}

/// What keeps [`off_policy`] from estimating: what, where, and what to do about it. Records are counted from 0.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OffPolicyError {
    /// A setting is not a number that it can be.
    #[error("the setting `{setting}` is {value}: give a number {range}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What it is.
        value: Decimal,
        /// What it may be.
        range: &'static str,
    },
    /// There is no spread with fewer than two records.
    #[error("{found} records are too few for an interval: give at least 2")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// The probability of a choice was not recorded.
    #[error("record {index} has no propensity: leave out choices whose probability was not recorded")]
    NoPropensity {
        /// Which record.
        index: usize,
    },
    /// A probability is not a number that it can be.
    #[error("`{what}` of record {index} is {value}: give a probability {range}")]
    Probability {
        /// Which record.
        index: usize,
        /// Which probability.
        what: &'static str,
        /// What it is.
        value: Decimal,
        /// What it may be.
        range: &'static str,
    },
    /// Two currencies met. Nothing is converted.
    #[error("`{what}` of record {index} is in {found}, the first reward in {expected}: estimate each currency apart")]
    Currency {
        /// Which record.
        index: usize,
        /// Which amount.
        what: &'static str,
        /// The currency of the first reward.
        expected: Currency,
        /// The currency of this amount.
        found: Currency,
    },
    /// Some records have a modelled reward and some do not.
    #[error("record {index} has no modelled reward, though others have: give it to all records or to none")]
    NotModelled {
        /// The first record without.
        index: usize,
    },
    /// The other policy makes none of the logged choices.
    #[error("the other policy makes none of the {records} logged choices: log choices that it makes, or test it live")]
    NoOverlap {
        /// How many records there are.
        records: usize,
    },
    /// The two policies hardly make the same choices, or there are few records.
    #[error(
        "{records} records say as much as {effective} equal ones, {least} are needed: log more choices, compare a policy closer to the \
         logged one, or set `largest_weight` and accept its bias"
    )]
    LittleOverlap {
        /// How many records there are.
        records: usize,
        /// How many equally weighted ones say as much.
        effective: Decimal,
        /// How many are needed, by [`OffPolicySettings::min_effective_records`].
        least: Decimal,
    },
    /// A result is too large for a decimal.
    #[error("the {what} is too large: set `largest_weight`, or give smaller rewards")]
    TooLarge {
        /// Which result.
        what: &'static str,
    },
}

/// Estimates what another policy would have earned for each choice, from choices that were logged with their probabilities.
///
/// The order of the records does not matter. Amounts have about fifteen digits.
///
/// # Formula
///
/// With the weight `w = other / propensity` of a record, its reward `r`, the model's `q` for the choice made and `v` for the other
/// policy's choices, over `n` records:
///
/// ```text
/// IPW    mean(w r)                       Horvitz & Thompson 1952
/// SNIPW  sum(w r) / sum(w)               Swaminathan & Joachims 2015
/// DR     mean(v + w (r - q))             Dudik, Langford & Li 2011
/// ```
///
/// The standard error of a mean is that of its terms, `sqrt(sum((t - mean)^2) / (n (n - 1)))`. That of SNIPW is by the delta method,
/// `sqrt(n / (n - 1) sum(w^2 (r - SNIPW)^2)) / sum(w)`. Intervals are normal: `value +- z se`, `z` the `(1 + level) / 2` quantile. They
/// hold less often than they say where a few rewards or weights make up most of the sum: with five sales in a thousand choices,
/// those of IPW at 95 % held the truth in 88 % of 1,000 simulations.
///
/// An interval that does not contain [`OffPolicy::logged`] does not show that the other policy is better: both are estimated from
/// the same records.
///
/// # Errors
///
/// [`OffPolicyError`], in this order: a setting out of its range; fewer than 2 records; the first record with a propensity that is
/// missing or not in (0, 1], another probability not in \[0, 1\], an amount in another currency or, unlike others, no modelled reward;
/// weights that are all 0; fewer effective records than [`OffPolicySettings::min_effective_records`]; a result too large for a decimal.
///
/// # Examples
///
/// Every second choice was to advertise, and brought 3.00; the other policy always advertises.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::{LoggedChoice, OffPolicySettings, off_policy};
/// use rust_decimal::dec;
///
/// let choice = |other, reward| LoggedChoice {
///     propensity: Some(dec!(0.5)),
///     other,
///     reward: Money::new(reward, Currency::EUR),
///     modelled: None,
/// };
/// let log: Vec<LoggedChoice> = (0..50).flat_map(|_| [choice(dec!(1), dec!(3)), choice(dec!(0), dec!(0))]).collect();
/// let found = off_policy(&log, &OffPolicySettings::default())?;
/// assert_eq!(found.logged.value.amount, dec!(1.5));
/// assert_eq!(found.weighted.value.amount, dec!(3));
/// assert_eq!(found.weighted.low.amount.round_dp(2), dec!(2.41));
/// assert_eq!(found.effective, dec!(50));
/// # Ok::<(), campaign_pilot_decision_engine::OffPolicyError>(())
/// ```
pub fn off_policy(records: &[LoggedChoice], settings: &OffPolicySettings) -> Result<OffPolicy, OffPolicyError> {
    let z = settings.checked()?;
    let (Some(first), true) = (records.first(), records.len() >= 2) else {
        return Err(OffPolicyError::TooFew { found: records.len() });
    };
    let currency = first.reward.currency;
    let modelled = records.iter().any(|record| record.modelled.is_some());
    let read = |(index, record)| Row::read(index, record, currency, modelled);
    let mut rows = records.iter().enumerate().map(read).collect::<Result<Vec<Row>, OffPolicyError>>()?;
    // Sums of floats depend on the order.
    rows.sort_unstable_by(Row::order);

    let n = count(rows.len());
    let of_weights = |sum: f64| decimal(sum, "sum of the weights");
    let mean_weight = of_weights(rows.iter().map(|row| row.weight).sum::<f64>() / n)?;
    let largest_weight = of_weights(rows.iter().map(|row| row.weight).fold(0.0, f64::max))?;
    let (mut clipped, mut lost) = (0, 0.0);
    if let Some(largest) = settings.largest_weight.map(number) {
        for row in rows.iter_mut().filter(|row| row.weight > largest) {
            clipped += 1;
            lost += row.weight - largest;
            row.weight = largest;
        }
    }

    let total: f64 = rows.iter().map(|row| row.weight).sum();
    if total <= 0.0 {
        return Err(OffPolicyError::NoOverlap { records: rows.len() });
    }
    // Equal weights are not to count as less than their number by rounding.
    let effective = of_weights(total * total / rows.iter().map(|row| row.weight.powi(2)).sum::<f64>())?.round_dp(6);
    if effective < settings.min_effective_records {
        return Err(OffPolicyError::LittleOverlap { records: rows.len(), effective, least: settings.min_effective_records });
    }

    let mean = |term: fn(&Row) -> f64| {
        let mean = rows.iter().map(term).sum::<f64>() / n;
        let squares: f64 = rows.iter().map(|row| (term(row) - mean).powi(2)).sum();
        estimate(mean, (squares / (n * (n - 1.0))).sqrt(), z, currency)
    };
    let ratio = rows.iter().map(|row| row.weight * row.reward).sum::<f64>() / total;
    let squares: f64 = rows.iter().map(|row| (row.weight * (row.reward - ratio)).powi(2)).sum();
    Ok(OffPolicy {
        logged: mean(|row| row.reward)?,
        weighted: mean(|row| row.weight * row.reward)?,
        self_normalised: estimate(ratio, (n / (n - 1.0) * squares).sqrt() / total, z, currency)?,
        doubly_robust: modelled.then(|| mean(|row| row.other + row.weight * (row.reward - row.made))).transpose()?,
        records: rows.len(),
        effective,
        mean_weight,
        largest_weight,
        clipped,
        weight_lost: of_weights(lost / n)?,
    })
}

impl OffPolicySettings {
    /// How many standard errors an interval reaches to either side, once all settings are in their ranges.
    fn checked(&self) -> Result<f64, OffPolicyError> {
        let refused = |setting, value, range| OffPolicyError::Setting { setting, value, range };
        if let Some(largest) = self.largest_weight.filter(|largest| *largest <= Decimal::ZERO) {
            return Err(refused("largest_weight", largest, "above 0"));
        }
        if self.min_effective_records < Decimal::ZERO {
            return Err(refused("min_effective_records", self.min_effective_records, "from 0"));
        }
        // The lower tail keeps its digits where the level is close to 1.
        let inside = self.level > Decimal::ZERO && self.level < Decimal::ONE;
        let lower = inside.then(|| normal_quantile(number(Decimal::ONE - self.level) / 2.0)).flatten();
        lower.map(|z| -z).ok_or_else(|| refused("level", self.level, "above 0 and below 1"))
    }
}

/// A record in numbers to estimate with; without a model, what it expects is 0.
#[derive(Clone, Copy)]
struct Row {
    weight: f64,
    reward: f64,
    made: f64,
    other: f64,
}

impl Row {
    fn read(index: usize, record: &LoggedChoice, expected: Currency, modelled: bool) -> Result<Self, OffPolicyError> {
        let probability = |what, value, range| OffPolicyError::Probability { index, what, value, range };
        let amount = |what, money: Money| {
            let found = money.currency;
            if found != expected {
                return Err(OffPolicyError::Currency { index, what, expected, found });
            }
            Ok(number(money.amount))
        };
        let propensity = record.propensity.ok_or(OffPolicyError::NoPropensity { index })?;
        if propensity <= Decimal::ZERO || propensity > Decimal::ONE {
            return Err(probability("propensity", propensity, "above 0 and up to 1"));
        }
        if record.other < Decimal::ZERO || record.other > Decimal::ONE {
            return Err(probability("other", record.other, "from 0 to 1"));
        }
        let reward = amount("reward", record.reward)?;
        let (made, other) = match record.modelled {
            Some(model) => (amount("modelled.made", model.made)?, amount("modelled.other", model.other)?),
            None if modelled => return Err(OffPolicyError::NotModelled { index }),
            None => (0.0, 0.0),
        };
        Ok(Self { weight: number(record.other) / number(propensity), reward, made, other })
    }

    fn order(&self, other: &Self) -> Ordering {
        let first = self.weight.total_cmp(&other.weight).then(self.reward.total_cmp(&other.reward));
        first.then(self.made.total_cmp(&other.made)).then(self.other.total_cmp(&other.other))
    }
}

fn estimate(value: f64, error: f64, z: f64, currency: Currency) -> Result<OffPolicyEstimate, OffPolicyError> {
    let money = |number| decimal(number, "estimate or its interval").map(|amount| Money::new(amount, currency));
    Ok(OffPolicyEstimate {
        value: money(value)?,
        standard_error: money(error)?,
        low: money(value - z * error)?,
        high: money(value + z * error)?,
    })
}

/// A result as a decimal; one that is not finite is too large, since all that goes in is finite and no divisor is 0.
fn decimal(number: f64, what: &'static str) -> Result<Decimal, OffPolicyError> {
    Decimal::from_f64(number).ok_or(OffPolicyError::TooLarge { what })
}

#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 records")]
const fn count(records: usize) -> f64 {
    records as f64
}
