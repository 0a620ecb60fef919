use campaign_pilot_core::Verdict;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{Week, euros};
use crate::{DecisionMatrix, Signals};

fn gated(week: Week, gate: &EvidenceGate) -> Gated {
    let metrics = week.metrics();
    gate.apply(&DecisionMatrix::default().judge(&Signals::of(&metrics, Some(euros(dec!(50))))), &metrics.exposure)
}

fn first_hours(mut exposure: Exposure) -> Exposure {
    exposure.hours_live = dec!(1);
    exposure
}

const FELL: Week = Week { units: dec!(70), ..Week::STEADY };
const ROSE: Week = Week { units: dec!(140), views: dec!(2600), ..Week::STEADY };
const LOST: Week = Week { revenue: dec!(0), cost: dec!(14), clicks: 40, new_customers: 0, ..Week::STEADY };

#[test]
fn clear_changes_get_through() {
    let gate = EvidenceGate::default();
    assert_eq!(gated(FELL, &gate).verdict, Verdict::Pause);
    assert_eq!(gated(ROSE, &gate).verdict, Verdict::Continue);
    assert_eq!(gated(Week::STEADY, &gate), Gated { verdict: Verdict::Monitor, rule: None, held: Vec::new() });
}

#[test]
fn a_change_that_chance_makes_is_only_watched() {
    let fell = gated(Week { units: dec!(7), expected_units: dec!(10), ..Week::STEADY }, &EvidenceGate::default());
    assert_eq!(fell.verdict, Verdict::Monitor);
    assert_eq!(fell.held.len(), 1);
    assert_eq!(fell.held[0].missing.to_string(), "7 instead of 10.0 may be chance");
}

#[test]
fn few_expected_sales_say_nothing() {
    let fell = gated(Week { units: dec!(0), expected_units: dec!(3.2), ..Week::STEADY }, &EvidenceGate::default());
    assert_eq!(fell.verdict, Verdict::Monitor);
    assert_eq!(fell.held[0].missing.to_string(), "3.2 of 5 expected sales seen");
}

#[test]
fn the_first_hours_say_nothing() {
    let metrics = FELL.metrics();
    let ruling = DecisionMatrix::default().judge(&Signals::of(&metrics, None));
    let early = EvidenceGate::default().apply(&ruling, &first_hours(metrics.exposure));
    assert_eq!(early.verdict, Verdict::Monitor);
    assert_eq!(early.held[0].missing.to_string(), "1.0 of 72 hours live");
}

#[test]
fn the_literal_mode_lets_everything_through() {
    assert_eq!(
        gated(Week { units: dec!(7), expected_units: dec!(10), ..Week::STEADY }, &EvidenceGate::Off).verdict,
        Verdict::Pause
    );
    assert_eq!(gated(LOST, &EvidenceGate::Off).verdict, Verdict::EmergencyPause);
}

#[test]
fn a_loss_on_few_clicks_is_watched_until_it_is_clear() {
    let gate = EvidenceGate::default();
    let small = gated(LOST, &gate);
    assert_eq!((small.verdict, small.held[0].rule), (Verdict::Monitor, Rule::NetRoasNegative));
    assert_eq!(gated(Week { cost: dec!(15), ..LOST }, &gate).verdict, Verdict::EmergencyPause, "half of the budget of 30");
    assert_eq!(gated(Week { clicks: 100, ..LOST }, &gate).verdict, Verdict::EmergencyPause, "clicks enough");
}

#[test]
fn a_clear_loss_does_not_wait_for_hours() {
    let metrics = Week { cost: dec!(15), ..LOST }.metrics();
    let ruling = DecisionMatrix::default().judge(&Signals::of(&metrics, None));
    assert_eq!(EvidenceGate::default().apply(&ruling, &first_hours(metrics.exposure)).verdict, Verdict::EmergencyPause);
}

#[test]
fn a_warning_without_evidence_is_no_reason_to_continue() {
    let doubtful = gated(Week { units: ROSE.units, views: ROSE.views, ..LOST }, &EvidenceGate::default());
    assert_eq!((doubtful.verdict, doubtful.rule), (Verdict::Monitor, None));
}

#[test]
fn a_pause_with_evidence_does_not_wait_for_an_emergency_without() {
    let both = gated(Week { units: dec!(60), ..LOST }, &EvidenceGate::default());
    assert_eq!((both.verdict, both.rule), (Verdict::Pause, Some(Rule::SalesFell)));
    assert_eq!(both.held.len(), 1);
}

#[test]
fn clicks_that_nobody_counts_are_named() {
    let mut metrics = LOST.metrics();
    metrics.exposure.clicks = Measured::Absent(Absence::ClicksNotReported);
    let missing = EvidenceGate::default().missing(Rule::NetRoasNegative, &metrics.exposure).unwrap();
    assert_eq!(missing.to_string(), "clicks needed, but clicks are not reported");
}

#[test]
fn both_modes_are_read_and_typos_refused() {
    assert_eq!(serde_json::from_str::<EvidenceGate>(r#"{"mode": "off"}"#).unwrap(), EvidenceGate::Off);
    let gate: EvidenceGate = serde_json::from_str(r#"{"mode": "minimum_exposure", "min_clicks": 30}"#).unwrap();
    assert_eq!(gate, EvidenceGate::MinimumExposure(MinimumExposure { min_clicks: 30, ..MinimumExposure::default() }));
    assert!(serde_json::from_str::<EvidenceGate>(r#"{"mode": "minimum_exposure", "min_click": 30}"#).is_err());
}

/// How good a verdict is for the campaign's money.
fn goodness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::EmergencyPause => 0,
        Verdict::Pause => 1,
        Verdict::Monitor => 2,
        Verdict::Optimize => 3,
        Verdict::Continue => 4,
    }
}

fn weeks() -> impl Strategy<Value = Week> {
    (0i64..250, 1i64..200, 0i64..4_000, 1i64..3_000, 0u64..300, 0u64..8, 0i64..8_000, 0i64..8_000).prop_map(
        |(units, expected_units, views, expected_views, clicks, new_customers, revenue, cost)| Week {
            units: units.into(),
            expected_units: expected_units.into(),
            views: views.into(),
            expected_views: expected_views.into(),
            clicks,
            new_customers,
            revenue: Decimal::new(revenue, 2),
            cost: Decimal::new(cost, 2),
        },
    )
}

proptest! {
    #[test]
    fn more_spend_at_the_same_revenue_never_improves_a_verdict(week in weeks(), more in 0i64..8_000) {
        let dearer = Week { cost: week.cost + Decimal::new(more, 2), ..week };
        for gate in [EvidenceGate::Off, EvidenceGate::default()] {
            prop_assert!(goodness(gated(dearer, &gate).verdict) <= goodness(gated(week, &gate).verdict));
        }
    }

    #[test]
    fn the_gate_never_makes_a_verdict_more_severe_or_better(week in weeks()) {
        let (literal, careful) = (gated(week, &EvidenceGate::Off), gated(week, &EvidenceGate::default()));
        prop_assert!(careful.verdict == Verdict::Monitor || careful.verdict >= literal.verdict);
        if !careful.verdict.stops() && careful.verdict != Verdict::Monitor {
            prop_assert_eq!(careful.verdict, literal.verdict);
        }
    }
}
