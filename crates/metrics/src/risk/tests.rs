use proptest::prelude::*;
use rust_decimal::dec;

use super::*;

const UNKNOWN: RiskFactors = RiskFactors {
    spend_pace: Measured::Absent(Absence::NotYetReported),
    sales_impact: Measured::Absent(Absence::NoBaseline),
    view_impact: Measured::Absent(Absence::NoViewSource),
    impact_trend: Measured::Absent(Absence::TooFewObservations),
    market: None,
    lifecycle: Measured::Absent(Absence::NoSales),
};

fn signal(competition: f64) -> Option<MarketSignal> {
    Some(MarketSignal { competition, trend: 0.5, season: 0.5 })
}

/// A trend of `slope` points a day, give or take `radius`.
fn trend(slope: f64, radius: f64) -> Measured<RobustTrend> {
    let (low, high) = (slope - radius, slope + radius);
    Measured::Known(RobustTrend { slope, low, high, intercept: 0.0, confidence: 0.95, points: 14 })
}

#[test]
fn the_unknown_is_neutral_and_says_so() {
    let risk = risk_score(&UNKNOWN);
    assert_eq!((risk.score, risk.low, risk.high), (dec!(0.5), dec!(0), dec!(1)));
    let missing: Vec<_> = risk.missing().map(|(_, absence)| absence).collect();
    assert_eq!(missing, [Absence::NotYetReported, Absence::NoBaseline, Absence::NoMarketSignal, Absence::NoSales]);
    assert_eq!((risk.decline_basis, risk.trend_missing), (DeclineBasis::Nothing, Some(Absence::TooFewObservations)));
}

#[test]
fn components_are_weighted_as_ordered() {
    let factors = RiskFactors {
        spend_pace: Measured::Known(dec!(1)),
        sales_impact: Measured::Known(dec!(-23)),
        view_impact: Measured::Known(dec!(50)),
        market: signal(0.8),
        lifecycle: Measured::Known(LifecycleStage::Decline),
        ..UNKNOWN
    };
    let risk = risk_score(&factors);
    assert_eq!(risk.score, dec!(0.5) * dec!(0.3) + dec!(0.23) * dec!(0.4) + dec!(0.8) * dec!(0.2) + dec!(1) * dec!(0.1));
    assert_eq!(risk.missing().count(), 0);
    assert_eq!(risk.components().map(|(_, part)| part.share), [dec!(0.15), dec!(0.092), dec!(0.16), dec!(0.1)]);
    assert_eq!(risk.decline_basis, DeclineBasis::SalesLevel);
}

#[test]
fn views_stand_in_for_unknown_sales() {
    let risk = risk_score(&RiskFactors { view_impact: Measured::Known(dec!(-40)), ..UNKNOWN });
    assert_eq!((risk.decline.value, risk.decline.missing), (dec!(0.4), None));
    assert_eq!(risk.decline_basis, DeclineBasis::ViewLevel);
}

#[test]
fn a_falling_impact_is_a_decline_even_above_the_baseline() {
    let above = RiskFactors { sales_impact: Measured::Known(dec!(30)), ..UNKNOWN };
    let falling = risk_score(&RiskFactors { impact_trend: trend(-4.0, 0.5), ..above });
    assert_eq!((falling.decline.value, falling.decline_basis), (dec!(0.28), DeclineBasis::Trend));
    assert_eq!((falling.decline.low, falling.decline.high), (dec!(0.245), dec!(0.315)));
    assert_eq!(risk_score(&RiskFactors { impact_trend: trend(4.0, 0.5), ..above }).decline.value, dec!(0));
    assert_eq!(risk_score(&above).decline.value, dec!(0));
}

#[test]
fn an_uncertain_trend_lies_between_its_value_and_neutral() {
    let value = |radius| {
        risk_score(&RiskFactors { sales_impact: Measured::Known(dec!(10)), impact_trend: trend(-2.0, radius), ..UNKNOWN })
            .decline
            .value
    };
    assert!(value(0.1) == dec!(0.14) && value(10.0) > value(1.0) && value(1e6) > dec!(0.49) && value(1e6) <= dec!(0.5));
}

#[test]
fn numbers_that_are_none_do_not_get_through() {
    assert_eq!(risk_score(&RiskFactors { market: signal(f64::NAN), ..UNKNOWN }).competition.missing, Some(Absence::OutOfRange));
    let risk = risk_score(&RiskFactors { impact_trend: trend(f64::NAN, 1.0), ..UNKNOWN });
    assert_eq!(risk.decline.missing, Some(Absence::NoBaseline));
}

proptest! {
    #[test]
    fn stays_between_zero_and_one(
        pace in -1_000i64..1_000, sales in -1_000i64..1_000, slope in any::<f64>(), radius in any::<f64>(), market in any::<f64>(),
    ) {
        let factors = RiskFactors {
            spend_pace: Measured::Known(Decimal::new(pace, 1)),
            sales_impact: Measured::Known(Decimal::from(sales)),
            impact_trend: trend(slope, radius),
            market: signal(market),
            ..UNKNOWN
        };
        let risk = risk_score(&factors);
        for (_, part) in risk.components() {
            prop_assert!(Decimal::ZERO <= part.low && part.low <= part.value && part.value <= part.high && part.high <= Decimal::ONE);
        }
        prop_assert!(Decimal::ZERO <= risk.low && risk.low <= risk.score && risk.score <= risk.high && risk.high <= Decimal::ONE);
        prop_assert_eq!(risk.components().iter().map(|(_, part)| part.share).sum::<Decimal>(), risk.score);
    }

    #[test]
    fn worse_sales_never_lower_it(better in -200i64..200, worse in -200i64..200, slope in -20.0..20.0, radius in 0.0..40.0) {
        let (worse, better) = (worse.min(better), worse.max(better));
        let score = |sales| {
            risk_score(&RiskFactors { sales_impact: Measured::Known(Decimal::from(sales)), impact_trend: trend(slope, radius), ..UNKNOWN }).score
        };
        prop_assert!(score(worse) >= score(better));
    }

    #[test]
    fn a_steeper_fall_never_lowers_it(steep in -20.0..20.0, flat in -20.0..20.0, radius in 0.0..40.0) {
        let (steep, flat) = (f64::min(steep, flat), f64::max(steep, flat));
        let score = |slope| risk_score(&RiskFactors { impact_trend: trend(slope, radius), ..UNKNOWN }).score;
        prop_assert!(score(steep) >= score(flat) - dec!(0.000002));
    }
}
