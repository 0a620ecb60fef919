//! The risk score: four components between 0 and 1, weighted.

use campaign_pilot_core::ports::MarketSignal;
use campaign_pilot_core::{Absence, Measured};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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
    /// What the market says.
    pub market: Option<MarketSignal>,
    /// The product's own trend before the campaign, in percent ([`crate::trend`]).
    pub trend: Measured<Decimal>,
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
    /// Why the neutral value stands here; `None` when the value was measured.
    pub missing: Option<Absence>,
}

impl RiskComponent {
    fn of(value: Result<Decimal, Absence>) -> Self {
        match value {
            Ok(value) => Self { value: value.clamp(Decimal::ZERO, Decimal::ONE), missing: None },
            Err(absence) => Self { value: NEUTRAL_RISK, missing: Some(absence) },
        }
    }
}

/// The risk of a campaign, with its components.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Risk {
    /// The weighted sum of the components: in [0, 1] as long as the weights add up to 1.
    pub score: Decimal,
    /// Budget burn rate: half the spend pace, so that 0.5 is on plan and 1 is twice as fast or faster.
    pub burn: RiskComponent,
    /// Performance decline rate: by what share sales fell against the baseline; 0 for a rise.
    pub decline: RiskComponent,
    /// Market competition factor: as the market signal says.
    pub competition: RiskComponent,
    /// Product lifecycle stage: see [`LifecycleStage::risk`].
    pub lifecycle: RiskComponent,
}

/// Where a product stands in its life, judged by its own trend before the campaign.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleStage {
    /// Too young to have a trend.
    Introduction,
    /// Its sales rose by more than 10 %.
    Growth,
    /// Its sales moved by no more than 10 % either way.
    Maturity,
    /// Its sales fell by more than 10 %.
    Decline,
}

impl LifecycleStage {
    /// The stage of a product with a trend in percent.
    #[must_use]
    pub fn of(trend: Measured<Decimal>) -> Self {
        match trend {
            Measured::Absent(_) => Self::Introduction,
            Measured::Known(percent) if percent > Decimal::TEN => Self::Growth,
            Measured::Known(percent) if percent < -Decimal::TEN => Self::Decline,
            Measured::Known(_) => Self::Maturity,
        }
    }

    /// The stage's risk: growth 0, maturity 0.25, introduction 0.5 (nothing is proven yet), decline 1.
    #[must_use]
    pub fn risk(self) -> Decimal {
        match self {
            Self::Growth => Decimal::ZERO,
            Self::Maturity => Decimal::new(25, 2),
            Self::Introduction => NEUTRAL_RISK,
            Self::Decline => Decimal::ONE,
        }
    }
}

/// The risk score of a campaign.
///
/// # Formula
///
/// `budget burn rate x 0.3 + performance decline rate x 0.4 + market competition factor x 0.2 + product lifecycle stage
/// x 0.1`, each component in [0, 1] as described at [`Risk`]. A component that is not known counts as 0.5 and says so.
#[must_use]
pub fn risk_score(factors: &RiskFactors) -> Risk {
    risk_score_with(factors, &RiskWeights::default())
}

/// The same as [`risk_score`] with other weights.
#[must_use]
pub fn risk_score_with(factors: &RiskFactors, weights: &RiskWeights) -> Risk {
    let burn = RiskComponent::of(factors.spend_pace.ok().map(|pace| pace / Decimal::TWO));
    let decline = RiskComponent::of(decline(factors));
    let competition = RiskComponent::of(competition(factors.market));
    let stage = LifecycleStage::of(factors.trend);
    let lifecycle = RiskComponent { value: stage.risk(), missing: factors.trend.absence() };
    let weighted =
        [(burn, weights.burn), (decline, weights.decline), (competition, weights.competition), (lifecycle, weights.lifecycle)];
    let score = weighted.iter().fold(Decimal::ZERO, |sum, (part, weight)| sum.saturating_add(part.value.saturating_mul(*weight)));
    Risk { score, burn, decline, competition, lifecycle }
}

/// The share by which sales fell, or views where sales are not known.
fn decline(factors: &RiskFactors) -> Result<Decimal, Absence> {
    let impact = factors.sales_impact.ok().or_else(|missing| factors.view_impact.ok().map_err(|_| missing))?;
    Ok(-impact / Decimal::ONE_HUNDRED)
}

fn competition(market: Option<MarketSignal>) -> Result<Decimal, Absence> {
    let signal = market.ok_or(Absence::NoMarketSignal)?;
    Decimal::try_from(signal.competition).map_err(|_| Absence::OutOfRange)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    const UNKNOWN: RiskFactors = RiskFactors {
        spend_pace: Measured::Absent(Absence::NotYetReported),
        sales_impact: Measured::Absent(Absence::NoBaseline),
        view_impact: Measured::Absent(Absence::NoViewSource),
        market: None,
        trend: Measured::Absent(Absence::TooFewObservations),
    };

    fn signal(competition: f64) -> Option<MarketSignal> {
        Some(MarketSignal { competition, trend: 0.5, season: 0.5 })
    }

    #[test]
    fn the_unknown_is_neutral_and_says_so() {
        let risk = risk_score(&UNKNOWN);
        assert_eq!(risk.score, dec!(0.5));
        assert_eq!(risk.burn.missing, Some(Absence::NotYetReported));
        assert_eq!(risk.decline.missing, Some(Absence::NoBaseline));
        assert_eq!(risk.competition.missing, Some(Absence::NoMarketSignal));
        assert_eq!(risk.lifecycle.missing, Some(Absence::TooFewObservations));
    }

    #[test]
    fn components_are_weighted_as_ordered() {
        let factors = RiskFactors {
            spend_pace: Measured::Known(dec!(1)),
            sales_impact: Measured::Known(dec!(-23)),
            view_impact: Measured::Known(dec!(50)),
            market: signal(0.8),
            trend: Measured::Known(dec!(-11)),
        };
        let risk = risk_score(&factors);
        assert_eq!(risk.score, dec!(0.5) * dec!(0.3) + dec!(0.23) * dec!(0.4) + dec!(0.8) * dec!(0.2) + dec!(1) * dec!(0.1));
        assert!([risk.burn, risk.decline, risk.competition, risk.lifecycle].iter().all(|part| part.missing.is_none()));
    }

    #[test]
    fn views_stand_in_for_unknown_sales() {
        let risk = risk_score(&RiskFactors { view_impact: Measured::Known(dec!(-40)), ..UNKNOWN });
        assert_eq!(risk.decline, RiskComponent { value: dec!(0.4), missing: None });
    }

    #[test]
    fn stages_change_beyond_ten_percent() {
        let stage = |percent| LifecycleStage::of(Measured::Known(percent));
        assert_eq!(stage(dec!(10)), LifecycleStage::Maturity);
        assert_eq!(stage(dec!(10.1)), LifecycleStage::Growth);
        assert_eq!(stage(dec!(-10)), LifecycleStage::Maturity);
        assert_eq!(stage(dec!(-10.1)), LifecycleStage::Decline);
    }

    #[test]
    fn numbers_that_are_none_do_not_get_through() {
        assert_eq!(
            risk_score(&RiskFactors { market: signal(f64::NAN), ..UNKNOWN }).competition.missing,
            Some(Absence::OutOfRange)
        );
    }

    proptest! {
        #[test]
        fn stays_between_zero_and_one(pace in -1_000i64..1_000, sales in -1_000i64..1_000, trend in -1_000i64..1_000, market in -9.0..9.0) {
            let factors = RiskFactors {
                spend_pace: Measured::Known(Decimal::new(pace, 1)),
                sales_impact: Measured::Known(Decimal::from(sales)),
                trend: Measured::Known(Decimal::from(trend)),
                market: signal(market),
                ..UNKNOWN
            };
            let score = risk_score(&factors).score;
            prop_assert!((Decimal::ZERO..=Decimal::ONE).contains(&score));
        }

        #[test]
        fn worse_sales_never_lower_it(better in -200i64..200, worse in -200i64..200) {
            let (worse, better) = (worse.min(better), worse.max(better));
            let score = |sales| risk_score(&RiskFactors { sales_impact: Measured::Known(Decimal::from(sales)), ..UNKNOWN }).score;
            prop_assert!(score(worse) >= score(better));
        }
    }
}
