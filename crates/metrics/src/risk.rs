//! The risk score: four components between 0 and 1, weighted.

use campaign_pilot_core::ports::MarketSignal;
use campaign_pilot_core::{Absence, Measured};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{LifecycleStage, RobustTrend};

mod decline;

pub use decline::{DECLINE_HORIZON_DAYS, DeclineBasis};

/// What stands in for a component that is not known: the middle, and the component says so.
pub const NEUTRAL_RISK: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// What the risk of a campaign is computed from. Each may be missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskFactors {
    /// The spend pace: 1 is on plan ([`crate::spend_pace`]).
    pub spend_pace: Measured<Decimal>,
    /// The sales impact in percent.
    pub sales_impact: Measured<Decimal>,
    /// The view impact in percent, used where the sales impact is missing.
    pub view_impact: Measured<Decimal>,
    /// Where the impact is going, in percentage points a day ([`crate::impact_trend`]).
    pub impact_trend: Measured<RobustTrend>,
    /// What the market says.
    pub market: Option<MarketSignal>,
    /// Where the product stands in its life ([`crate::lifecycle_of`]).
    pub lifecycle: Measured<LifecycleStage>,
}

/// How much each component counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskWeights {
    /// The budget burn rate; 0.3 unless set.
    pub burn: Decimal,
    /// The performance decline rate; 0.4 unless set.
    pub decline: Decimal,
    /// The market competition factor; 0.2 unless set.
    pub competition: Decimal,
    /// The product lifecycle stage; 0.1 unless set.
    pub lifecycle: Decimal,
}

impl Default for RiskWeights {
    fn default() -> Self {
        Self {
            burn: Decimal::new(3, 1),
            decline: Decimal::new(4, 1),
            competition: Decimal::new(2, 1),
            lifecycle: Decimal::new(1, 1),
        }
    }
}

/// One component of the risk, in [0, 1].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RiskComponent {
    /// The value: 0 no risk, 1 the highest.
    pub value: Decimal,
    /// The lowest value that the data allow: with 95 % confidence for a measured decline, 0 when the component is missing.
    #[serde(default)]
    pub low: Decimal,
    /// The highest value that the data allow, likewise; 1 when the component is missing.
    #[serde(default)]
    pub high: Decimal,
    /// The component's share of the score: its weight times its value. The shares of all components add up to the score.
    #[serde(default)]
    pub share: Decimal,
    /// Why the neutral value stands here; `None` when the value was measured.
    pub missing: Option<Absence>,
}

impl RiskComponent {
    fn exactly(value: Result<Decimal, Absence>, weight: Decimal) -> Self {
        Self::within(value.map(|value| (value, value, value)), weight)
    }

    /// A value with its range.
    fn within(value: Result<(Decimal, Decimal, Decimal), Absence>, weight: Decimal) -> Self {
        let bounded = |value: Decimal| value.clamp(Decimal::ZERO, Decimal::ONE);
        let ((value, low, high), missing) = match value {
            Ok((value, low, high)) => ((bounded(value), bounded(low), bounded(high)), None),
            Err(absence) => ((NEUTRAL_RISK, Decimal::ZERO, Decimal::ONE), Some(absence)),
        };
        Self { value, low: low.min(value), high: high.max(value), share: weight.saturating_mul(value), missing }
    }
}

/// The risk of a campaign, with its components.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Risk {
    /// The weighted sum of the components: in [0, 1] as long as the weights add up to 1.
    pub score: Decimal,
    /// The score with every component at its lowest.
    #[serde(default)]
    pub low: Decimal,
    /// The score with every component at its highest. What is missing widens the range.
    #[serde(default)]
    pub high: Decimal,
    /// Budget burn rate: half the spend pace, so that 0.5 is on plan and 1 is twice as fast or faster.
    pub burn: RiskComponent,
    /// Performance decline rate: see [`DeclineBasis`].
    pub decline: RiskComponent,
    /// What the decline was measured by.
    #[serde(default)]
    pub decline_basis: DeclineBasis,
    /// Why the impact has no trend, if it has none: the decline then rests on its level alone.
    #[serde(default)]
    pub trend_missing: Option<Absence>,
    /// Market competition factor: as the market signal says, 0 none and 1 the strongest.
    pub competition: RiskComponent,
    /// Product lifecycle stage: see [`LifecycleStage::risk`].
    pub lifecycle: RiskComponent,
}

impl Risk {
    /// The components by name, in the order of the formula.
    #[must_use]
    pub const fn components(&self) -> [(&'static str, RiskComponent); 4] {
        [
            ("budget burn rate", self.burn),
            ("performance decline rate", self.decline),
            ("market competition factor", self.competition),
            ("product lifecycle stage", self.lifecycle),
        ]
    }

    /// What is not known, and why: neutral values stand there.
    pub fn missing(&self) -> impl Iterator<Item = (&'static str, Absence)> {
        self.components().into_iter().filter_map(|(name, component)| component.missing.map(|absence| (name, absence)))
    }
}

/// The risk score of a campaign.
///
/// # Formula
///
/// `budget burn rate x 0.3 + performance decline rate x 0.4 + market competition factor x 0.2 + product lifecycle stage
/// x 0.1`, each component in [0, 1] as described at [`Risk`]. A component that is not known counts as 0.5 and says so.
///
/// ```
/// use campaign_pilot_core::{Absence, Measured};
/// use campaign_pilot_metrics::{LifecycleStage, RiskFactors, risk_score};
/// use rust_decimal::dec;
///
/// let risk = risk_score(&RiskFactors {
///     spend_pace: Measured::Known(dec!(1.2)), // 20 % faster than planned: 0.6
///     sales_impact: Measured::Known(dec!(-10)), // a tenth below the baseline: 0.1
///     view_impact: Measured::Absent(Absence::NoViewSource),
///     impact_trend: Measured::Absent(Absence::TooFewObservations),
///     market: None, // not known: 0.5
///     lifecycle: Measured::Known(LifecycleStage::Decline), // 1
/// });
/// assert_eq!(risk.score, dec!(0.18) + dec!(0.04) + dec!(0.1) + dec!(0.1));
/// assert_eq!(risk.burn.share, dec!(0.18));
/// assert_eq!(risk.missing().collect::<Vec<_>>(), [("market competition factor", Absence::NoMarketSignal)]);
/// // With any competition at all between none and the strongest:
/// assert_eq!((risk.low, risk.high), (dec!(0.32), dec!(0.52)));
/// ```
#[must_use]
pub fn risk_score(factors: &RiskFactors) -> Risk {
    risk_score_with(factors, &RiskWeights::default())
}

/// The same as [`risk_score`] with other weights.
#[must_use]
pub fn risk_score_with(factors: &RiskFactors, weights: &RiskWeights) -> Risk {
    let pace = factors.spend_pace.ok().map(|pace| pace / Decimal::TWO);
    let burn = RiskComponent::exactly(pace, weights.burn);
    let (decline_basis, decline) = decline::decline(factors);
    let decline = RiskComponent::within(decline, weights.decline);
    let competition = RiskComponent::exactly(competition(factors.market), weights.competition);
    let lifecycle = RiskComponent::exactly(factors.lifecycle.ok().map(LifecycleStage::risk), weights.lifecycle);
    let weighted =
        [(burn, weights.burn), (decline, weights.decline), (competition, weights.competition), (lifecycle, weights.lifecycle)];
    let sum = |value: fn(&RiskComponent) -> Decimal| {
        weighted.iter().fold(Decimal::ZERO, |sum, (part, weight)| sum.saturating_add(weight.saturating_mul(value(part))))
    };
    Risk {
        score: sum(|part| part.value),
        low: sum(|part| part.low),
        high: sum(|part| part.high),
        burn,
        decline,
        decline_basis,
        trend_missing: factors.impact_trend.absence(),
        competition,
        lifecycle,
    }
}

fn competition(market: Option<MarketSignal>) -> Result<Decimal, Absence> {
    let signal = market.ok_or(Absence::NoMarketSignal)?;
    Decimal::try_from(signal.competition).map_err(|_| Absence::OutOfRange)
}

#[cfg(test)]
mod tests;
