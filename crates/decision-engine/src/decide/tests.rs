use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::testing::{Week, euros};

fn decided(week: Week) -> Decision {
    decide_one("cycle-1", &week.input("c-1"), &DecisionPolicy::default())
}

#[test]
fn says_what_fell_against_what_and_how_much_was_seen() {
    let fell = decided(Week { units: dec!(76.9), ..Week::STEADY });
    assert_eq!(
        fell.sentence,
        "pause `Yoga Mat Pro`: sales fell 23.1 % against the given baseline, 100.0 expected sales seen (at least 5)"
    );
    assert!(fell.stops());
}

#[test]
fn says_what_is_missing_before_a_rule_counts() {
    let watched = decided(Week { units: dec!(2), expected_units: dec!(3.2), ..Week::STEADY });
    assert_eq!(
        watched.sentence,
        "keep watching `Yoga Mat Pro`: sales fell 37.5 % against the given baseline, but that is not enough for `pause` yet \
         (3.2 of 5 expected sales seen)"
    );
    assert_eq!((watched.raw_verdict, watched.verdict), (Verdict::Pause, Verdict::Monitor));
}

#[test]
fn says_the_other_verdicts_too() {
    let rose = decided(Week { units: dec!(140), views: dec!(2600), ..Week::STEADY });
    assert_eq!(
        rose.sentence,
        "continue `Yoga Mat Pro`: sales rose 40.0 % and views rose 30.0 % against the given baseline, 100.0 expected sales seen \
         (at least 5)"
    );
    let lost = decided(Week { revenue: dec!(0), cost: dec!(16), clicks: 20, new_customers: 0, ..Week::STEADY });
    assert_eq!(
        lost.sentence,
        "pause at once `Yoga Mat Pro`: 16.00 EUR were spent and 0.00 EUR came back, at least 50 % of its budget lost"
    );
    assert_eq!(
        decided(Week::STEADY).sentence,
        "keep watching `Yoga Mat Pro`: sales stayed the same and views stayed the same: mixed results"
    );
}

#[test]
fn skipped_rules_are_said() {
    let mut input = Week { units: dec!(110), ..Week::STEADY }.input("c-1");
    input.metrics.view_impact = campaign_pilot_core::Measured::Absent(campaign_pilot_core::Absence::NoViewSource);
    let decision = decide_one("cycle-1", &input, &DecisionPolicy::default());
    assert_eq!(
        decision.sentence,
        "optimize `Yoga Mat Pro`: sales rose 10.0 % against the given baseline, 100.0 expected sales seen (at least 5); rules on \
         views were skipped (no page-view source)"
    );
}

#[test]
fn a_spent_budget_stops_whatever_the_verdict() {
    let rose = Week { units: dec!(140), views: dec!(2600), revenue: dec!(90), cost: dec!(30), ..Week::STEADY };
    let stopped = decided(rose);
    assert_eq!(stopped.verdict, Verdict::Continue);
    assert!(stopped.stops());
    assert_eq!(stopped.sentence, "pause `Yoga Mat Pro`: its budget of 30.00 EUR is spent (30.00 EUR so far)");
    let mut soon = Week { cost: dec!(28), ..rose }.input("c-1");
    soon.forecast = euros(dec!(2));
    let stopped = decide_one("cycle-1", &soon, &DecisionPolicy::default());
    assert_eq!(
        stopped.sentence,
        "pause `Yoga Mat Pro`: its budget of 30.00 EUR is committed (28.00 EUR so far, up to 2.00 EUR still to come)"
    );
    assert!(!decided(Week { cost: dec!(29.99), ..rose }).stops());
}

#[test]
fn a_budget_in_another_currency_allows_nothing_better_than_watching() {
    let mut input = Week { units: dec!(140), views: dec!(2600), ..Week::STEADY }.input("c-1");
    input.metrics.exposure.budget.currency = Currency::USD;
    let decision = decide_one("cycle-1", &input, &DecisionPolicy::default());
    assert_eq!((decision.verdict, decision.rule), (Verdict::Monitor, None));
    assert!(decision.sentence.contains("two currencies"), "{}", decision.sentence);
}

#[test]
fn names_cannot_break_the_sentence() {
    let mut input = Week::STEADY.input("c-1");
    input.name = "Mat\u{1b}[31m\nPro\u{202e}".to_owned();
    assert!(decide_one("cycle-1", &input, &DecisionPolicy::default()).sentence.starts_with("keep watching `Mat[31m Pro`: "));
}

#[test]
fn a_decision_survives_json() {
    let decision = decided(Week { units: dec!(70), ..Week::STEADY });
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
}

proptest! {
    #[test]
    fn the_order_of_the_campaigns_does_not_matter(sales in prop::collection::vec(0i64..250, 1..20), turn in 0usize..20) {
        let mut inputs: Vec<_> = sales
            .iter()
            .enumerate()
            .map(|(index, units)| Week { units: Decimal::from(*units), ..Week::STEADY }.input(&format!("c-{index}")))
            .collect();
        let mut before = decide("cycle-1", &inputs, &DecisionPolicy::default());
        let middle = turn % inputs.len();
        inputs.rotate_left(middle);
        before.rotate_left(middle);
        prop_assert_eq!(decide("cycle-1", &inputs, &DecisionPolicy::default()), before);
    }
}
