//! A second opinion: guardrails, decision matrix and ordered budgets written again, as plainly as possible and with whole numbers
//! instead of decimals, agree with the engine on random cases and at every boundary. So do overrides, merged as JSON.
//!
//! The ordinary test draws 20,000 cases of each. All of a million:
//!
//! ```text
//! CAMPAIGN_PILOT_CASES=1000000 cargo test --release -p campaign-pilot-decision-engine --test second_opinion
//! ```

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

mod boundaries;
mod budgets;
mod draw;
mod guardrails;
mod matrix;
mod overrides;
mod plans;

use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_decision_engine::Guardrails;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

/// How many random cases of each kind.
fn cases() -> u64 {
    std::env::var("CAMPAIGN_PILOT_CASES").map_or(20_000, |count| count.parse().unwrap())
}

/// The generator of one case: a disagreement can be looked at alone.
fn generator(case: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(case)
}

fn money(cents: i64, currency: Currency) -> Money {
    Money::new(Decimal::new(cents, 2), currency)
}

#[test]
fn guardrails_agree_on_random_plans() {
    let (mut admitted, mut refused) = (0_u64, BTreeMap::<&str, u64>::new());
    for number in 0..cases() {
        let case = draw::case(&mut generator(number));
        let (naive, engine) = (guardrails::refusals(&case), plans::refusals(&case));
        assert_eq!(naive, engine, "case {number}: {case:#?}");
        admitted += engine.iter().filter(|rules| rules.is_empty()).count() as u64;
        for rule in engine.into_iter().flatten() {
            *refused.entry(rule).or_default() += 1;
        }
    }
    // Agreeing says nothing about a rule that never decides.
    println!("{admitted} actions admitted; refused by {refused:?}");
    assert!(admitted > cases() / 2, "{admitted}");
    for rule in Guardrails::table().rules() {
        assert!(refused.get(rule.id()).is_some_and(|count| *count > cases() / 1_000), "{}: {refused:?}", rule.id());
    }
}

#[test]
fn the_matrix_agrees_on_random_signals() {
    for number in 0..cases() {
        matrix::compare(&mut generator(number));
    }
}

#[test]
fn budgets_agree_on_random_prices() {
    for number in 0..cases() {
        budgets::compare(&mut generator(number));
    }
}

#[test]
fn overrides_agree_on_random_policies() {
    let set = (0..cases() / 4).filter(|number| overrides::compare(&mut generator(*number))).count() as u64;
    assert!(set > cases() / 10, "{set}");
}
