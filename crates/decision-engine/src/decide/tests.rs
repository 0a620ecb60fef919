use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::testing::{Week, euros, prospect_after};

fn decided(week: Week) -> Decision {
    decide_one("cycle-1", &week.input("c-1"), &DecisionPolicy::default())
}

#[test]
fn says_what_is_missing_before_a_rule_counts() {
    let watched = decided(Week { units: dec!(2), expected_units: dec!(3.2), ..Week::STEADY });
    assert_eq!(
        watched.sentence,
        "keep watching `Yoga Mat Pro`: sales fell 37.5 % against the given baseline, but that is not enough for `pause` yet \
         (there is too little to compare it with)"
    );
    assert_eq!((watched.raw_verdict, watched.verdict), (Verdict::Pause, Verdict::Monitor));
    let lost = decided(Week { revenue: dec!(0), cost: dec!(16), clicks: 20, new_customers: 0, ..Week::STEADY });
    assert_eq!(
        lost.sentence,
        "keep watching `Yoga Mat Pro`: 16.00 EUR were spent and 0.00 EUR came back, but that is not enough for `emergency pause` \
         yet (chance alone may explain it: p = 0.90, at most 0.01 needed)"
    );
}

#[test]
fn says_what_is_expected_and_on_what_that_rests() {
    let with = |clicks, actions, cost| {
        let mut input = Week::STEADY.input("c-1");
        input.prospect = Some(prospect_after(clicks, actions, cost));
        decide_one("cycle-1", &input, &DecisionPolicy::default()).sentence
    };
    assert_eq!(
        with(400, 40, dec!(160)),
        "continue `Yoga Mat Pro`: 52.66 EUR a day expected (35.97 to 71.26), 100 % likely to earn, at a margin of 40 % (assumed) \
         with 75 % of its sales caused by it"
    );
    assert_eq!(
        with(60, 1, dec!(24)),
        "keep watching `Yoga Mat Pro`: -0.44 EUR a day expected (-2.04 to 2.20), 30 % likely to earn, at a margin of 40 % (assumed) \
         with 75 % of its sales caused by it; more is not known before about 272 days"
    );
    let refused = Week { revenue: dec!(0), cost: dec!(700), clicks: 20, new_customers: 0, ..Week::STEADY };
    assert_eq!(
        decided(refused).sentence.split(';').next().unwrap(),
        "pause at once `Yoga Mat Pro`: 700.00 EUR were spent and 0.00 EUR came back, which chance does not explain"
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
        "keep watching `Yoga Mat Pro`: sales rose 10.0 % against the given baseline, but that is not enough for `optimize` yet \
         (there is too little to compare it with); rules on views were skipped (no page-view source)"
    );
}

#[test]
fn a_spent_budget_stops_whatever_the_verdict() {
    let rose = Week { units: dec!(140), views: dec!(2600), revenue: dec!(90), cost: dec!(30), ..Week::STEADY };
    let stopped = decided(rose);
    assert!(stopped.stops());
    assert_eq!(stopped.sentence, "pause `Yoga Mat Pro`: its budget of 30.00 EUR is spent (30.00 EUR so far)");
    let mut soon = Week { cost: dec!(28), ..rose }.input("c-1");
    soon.to_come = CostToCome { expected: euros(dec!(1)), upper: euros(dec!(2)) };
    let hard = DecisionPolicy { budgets: BudgetKeeping::Hard, ..DecisionPolicy::default() };
    let stopped = decide_one("cycle-1", &soon, &hard);
    assert_eq!(
        stopped.sentence,
        "pause `Yoga Mat Pro`: its budget of 30.00 EUR is spent (28.00 EUR so far, 1.00 EUR expected to come, at most 2.00 EUR)"
    );
    assert!(!decide_one("cycle-1", &soon, &DecisionPolicy::default()).stops(), "a soft budget holds nothing back");
    let total = BudgetStop { spent: euros(dec!(480)), to_come: soon.to_come, budget: euros(dec!(480)) };
    soon.total_stop = Some(total);
    let stopped = decide_one("cycle-1", &soon, &DecisionPolicy::default());
    assert!(stopped.stops());
    assert_eq!(
        stopped.sentence,
        "pause `Yoga Mat Pro`: the limit of 480.00 EUR on all campaigns is reached (480.00 EUR so far, 1.00 EUR expected to come, at \
         most 2.00 EUR)"
    );
    assert!(!decided(Week { cost: dec!(29.99), ..rose }).stops());
}

#[test]
fn a_budget_in_another_currency_allows_nothing_better_than_watching() {
    let mut input = Week { units: dec!(140), views: dec!(2600), ..Week::STEADY }.input("c-1");
    input.metrics.exposure.budget.currency = Currency::USD;
    let decision = decide_one("cycle-1", &input, &DecisionPolicy::default());
    assert_eq!((decision.verdict, decision.basis), (Verdict::Monitor, None));
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
