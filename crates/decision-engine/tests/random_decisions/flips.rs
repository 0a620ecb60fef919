//! What is said to change a verdict changes it, slightly less does not, and nothing nearer does.

use std::collections::BTreeMap;

use campaign_pilot_core::Verdict;
use campaign_pilot_decision_engine::{CampaignInput, Fact, Flip, flips};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, dec};

use super::{Case, count, draw};

/// The verdict on one of the campaigns where it has another input.
fn verdict_with(case: &Case, index: usize, input: CampaignInput) -> Verdict {
    let mut changed = case.clone();
    changed.campaigns[index] = input;
    changed.decided()[index].verdict
}

/// Any value that a fact may have, often near what decides.
fn value(random: &mut ChaCha8Rng, fact: Fact) -> Decimal {
    let beside = Decimal::new(random.random_range(-1..=1), 6);
    match fact {
        Fact::SalesImpact | Fact::ViewImpact => (draw::change(random) - Decimal::ONE) * Decimal::ONE_HUNDRED,
        Fact::NetRoas => Decimal::new(random.random_range(-20..20), 1) + beside,
        Fact::CostPerCustomer => draw::one_of(random, &[dec!(5), dec!(20), dec!(50), dec!(90)]) + beside * dec!(10_000),
        Fact::Earns | Fact::SalesFellP | Fact::ViewsRoseP | Fact::ViewsFellP | Fact::ReturnsChance => {
            let near = draw::one_of(random, &[dec!(0.01), dec!(0.05), dec!(0.1), dec!(0.5), dec!(0.9), dec!(0.99)]);
            let anywhere = Decimal::new(random.random_range(0..=1_000), 3);
            (draw::one_of(random, &[near, anywhere]) + beside).clamp(Decimal::ZERO, Decimal::ONE)
        }
    }
}

/// A change of a fact to a random value, with what is said of that fact.
fn compare(random: &mut ChaCha8Rng, case: &Case, index: usize, fact: Fact, said: &[Flip], before: Verdict) {
    let value = value(random, fact);
    let Some(input) = fact.set(&case.campaigns[index], value) else { return };
    let after = verdict_with(case, index, input);
    let crosses = said.iter().any(|flip| flip.fact == fact && flip.needed.holds(value));
    assert!(after == before || crosses, "{fact:?} at {value} makes {before} {after}, and nothing says so: {said:?}");
}

#[test]
fn what_is_said_to_change_a_verdict_does_and_nothing_nearer() {
    let mut said = BTreeMap::<(Fact, Verdict), usize>::new();
    for (number, case) in (0..).zip(draw::cases(count())) {
        let random = &mut draw::generator(number);
        let decisions = case.decided();
        let found = flips(&case.campaigns, &case.policy);
        for (index, (decision, flips)) in decisions.iter().zip(&found).enumerate() {
            for flip in flips {
                let with = |value| verdict_with(&case, index, flip.fact.set(&case.campaigns[index], value).unwrap());
                assert!(flip.verdict != decision.verdict && !flip.needed.holds(flip.now), "case {number}: {flip}");
                assert_eq!(with(flip.needed.reached()), flip.verdict, "case {number}: {flip}");
                assert_eq!(with(flip.needed.just_missed()), decision.verdict, "case {number}: {flip}");
                *said.entry((flip.fact, flip.verdict)).or_default() += 1;
            }
            for fact in Fact::ALL {
                compare(random, &case, index, fact, flips, decision.verdict);
            }
        }
    }
    println!("{said:?}");
    for fact in Fact::ALL {
        assert!(said.keys().any(|(said, _)| *said == fact), "{fact:?} changes no verdict: {said:?}");
    }
}
