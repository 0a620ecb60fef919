use super::*;
use crate::testing::{Week, evidence, prospect_after};
use crate::{DecisionMatrix, decide_one};

fn said(input: &CampaignInput, policy: &DecisionPolicy) -> Vec<String> {
    flips(std::slice::from_ref(input), policy).remove(0).iter().map(Flip::to_string).collect()
}

fn literal() -> DecisionPolicy {
    DecisionPolicy { gate: EvidenceGate::Off, ..DecisionPolicy::default() }
}

#[test]
fn an_open_verdict_turns_on_the_probability_to_earn() {
    let mut input = Week::STEADY.input("c-1");
    input.prospect = Some(prospect_after(60, 1, dec!(24)));
    let now = "instead of 29.6 %";
    assert_eq!(
        said(&input, &DecisionPolicy::default()),
        [
            format!("`pause` if its probability to earn were at most 10 % {now}"),
            format!("`continue` if its probability to earn were at least 90 % {now}"),
        ]
    );
}

#[test]
fn thresholds_alone_turn_on_what_they_look_at() {
    let input = Week { units: dec!(93), ..Week::STEADY }.input("c-1");
    assert_eq!(
        said(&input, &literal()),
        [
            "`pause` if the change of its sales were below -10 % instead of -7 %",
            "`optimize` if the change of its sales were at least 5 % instead of -7 %",
            "`pause` if the change of its views were below -5 % instead of 0 %",
            "`optimize` if the change of its views were at least 5 % instead of 0 %",
            "`emergency pause` if its net ROAS were below 0 instead of 1",
            "`emergency pause` if the cost of a new customer were above 50.00 EUR instead of 5.00 EUR",
        ]
    );
}

#[test]
fn a_held_fall_turns_on_its_p_value_and_one_that_counts_on_both() {
    let mut input = Week { units: dec!(70), ..Week::STEADY }.input("c-1");
    input.store.sales_fell = Some(evidence(0.2));
    let policy = DecisionPolicy::default();
    assert_eq!(said(&input, &policy), ["`pause` if the p-value of its falling sales were at most 0.05 instead of 0.2"]);
    input.store.sales_fell = Some(evidence(0.01));
    assert_eq!(
        said(&input, &policy),
        [
            "`monitor` if the change of its sales were at least -10 % instead of -30 %",
            "`monitor` if the p-value of its falling sales were above 0.05 instead of 0.01",
        ]
    );
}

#[test]
fn what_is_not_known_turns_nothing() {
    let mut input = Week::STEADY.input("c-1");
    input.price = None;
    input.metrics.view_impact = Measured::Absent(campaign_pilot_core::Absence::NoViewSource);
    let facts: Vec<Fact> = flips(&[input.clone()], &literal()).remove(0).into_iter().map(|flip| flip.fact).collect();
    assert_eq!(facts, [Fact::SalesImpact, Fact::SalesImpact, Fact::NetRoas]);
    assert_eq!(Fact::ViewImpact.set(&input, dec!(3)), None);
    assert_eq!(Fact::SalesFellP.set(&input, dec!(0.3)), None);
}

#[test]
fn a_flip_is_named_by_the_policy_in_force() {
    let matrix = DecisionMatrix { pause_sales_fall_above: dec!(3), ..DecisionMatrix::default() };
    let policy = DecisionPolicy { matrix, ..literal() };
    let input = Week::STEADY.input("c-1");
    let flip = flips(std::slice::from_ref(&input), &policy).remove(0).remove(0);
    assert_eq!((flip.needed, flip.verdict), (Bound::Below(dec!(-3)), Verdict::Pause));
    let changed = flip.fact.set(&input, flip.needed.reached()).unwrap();
    assert_eq!(decide_one("cycle-1", &changed, &policy).verdict, Verdict::Pause);
    let missed = flip.fact.set(&input, flip.needed.just_missed()).unwrap();
    assert_eq!(decide_one("cycle-1", &missed, &policy).verdict, Verdict::Monitor);
}

#[test]
fn a_flip_survives_json() {
    let flips = flips(&[Week::STEADY.input("c-1")], &literal()).remove(0);
    let json = serde_json::to_string(&flips).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Flip>>(&json).unwrap(), flips);
}
