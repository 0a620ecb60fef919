use campaign_pilot_core::Currency;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::testing::{at, euros};
use crate::{Interval, Rule};

const EARNS: DecidingRule = DecidingRule::Verdict(Basis::Earns);

fn policy(alpha: Decimal) -> CalibrationPolicy {
    CalibrationPolicy { alpha, ..CalibrationPolicy::default() }
}

fn outcome(stated: Decimal, right: bool, observed: Decimal) -> DecisionOutcome {
    let [low, median, expected, high] = [dec!(5), dec!(50), dec!(55), dec!(95)].map(euros);
    let interval = Interval { low, expected, high };
    DecisionOutcome {
        rule: EARNS,
        policy_version: "v1".to_owned(),
        closed_at: at(24),
        predicted: Some(Prediction { interval, median, gains: stated }),
        observed: euros(observed),
        stated,
        right,
    }
}

/// An outcome that is as it was stated: from 0 to 100 with the quantiles of [`outcome`], scaled by a factor.
fn drawn(random: &mut ChaCha8Rng, honesty: f64, scale: i64) -> DecisionOutcome {
    let stated = random.random_range(30..99);
    let right = random.random_bool(f64::from(stated) / 100.0 * honesty);
    outcome(Decimal::new(stated.into(), 2), right, Decimal::new(random.random_range(0..=10_000) * scale, 4))
}

/// After how many outcomes the rule is called broken, if it is within one window.
fn found_after(random: &mut ChaCha8Rng, policy: &CalibrationPolicy, honesty: f64, scale: i64) -> Option<u32> {
    let mut book = CalibrationBook::default();
    (1..=policy.window_outcomes).find(|_| {
        book.close(&drawn(random, honesty, scale), policy);
        matches!(book.checks()[0].state(), CalibrationState::Broken { .. })
    })
}

#[test]
fn a_rule_that_keeps_what_it_says_is_seldom_called_broken() {
    let (seed, runs) = (20_261_201, 1_500);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let policy = policy(dec!(0.05));
    let alarms = (0..runs).filter(|_| found_after(&mut random, &policy, 1.0, 100).is_some()).count();
    println!("seed {seed}: {alarms} false alarms in {runs} windows of {} outcomes, at most 5 % allowed", policy.window_outcomes);
    // 5 % of 1,500 is 75, with a standard deviation of 8.4.
    assert!(alarms <= 75, "{alarms}");
}

#[test]
fn a_rule_that_says_too_much_is_found() {
    let seed = 7;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let policy = policy(dec!(0.01));
    for (honesty, scale, most) in [(0.6, 100, 80), (1.0, 40, 60)] {
        let mut after: Vec<u32> = (0..200).filter_map(|_| found_after(&mut random, &policy, honesty, scale)).collect();
        after.sort_unstable();
        println!(
            "seed {seed}: right {honesty} times as often, {scale} % of the amounts: {} of 200 found, half after {:?}",
            after.len(),
            after.get(100)
        );
        assert!(after.len() >= 190 && after[100] <= most, "{} {:?}", after.len(), after.get(100));
    }
}

#[test]
fn few_outcomes_break_nothing_and_a_window_that_holds_mends() {
    let policy = CalibrationPolicy { window_outcomes: 50, ..CalibrationPolicy::default() };
    let mut book = CalibrationBook::default();
    let wrong = outcome(dec!(0.9), false, dec!(-20));
    for checked in 1..20 {
        book.close(&wrong, &policy);
        assert_eq!(book.checks()[0].state(), CalibrationState::TooFew { checked });
    }
    book.close(&wrong, &policy);
    let CalibrationState::Broken { since, e_value, bound } = book.checks()[0].state() else { panic!("it holds") };
    assert_eq!((since, bound), (at(24), dec!(100)));
    assert!(e_value > bound);
    let cautions = book.cautions("v1", &policy);
    assert_eq!((cautions.len(), cautions[0].checked, cautions[0].right), (1, 20, 0));
    let said = cautions[0].to_string();
    assert!(said.ends_with("0 of 20 were right, predicted 1100.00 EUR, observed -400.00 EUR"), "{said}");
    assert!(book.cautions("v2", &policy).is_empty(), "another policy is another promise");
    assert!(book.cautions("v1", &CalibrationPolicy { enabled: false, ..policy.clone() }).is_empty());
    let good = outcome(dec!(0.9), true, dec!(70));
    (0..49).for_each(|_| book.close(&good, &policy));
    assert_eq!(book.cautions("v1", &policy).len(), 1);
    book.close(&good, &policy);
    assert_eq!((book.checks()[0].state(), book.cautions("v1", &policy).len()), (CalibrationState::Holds, 0));
    let said = book.checks()[0].to_string();
    assert_eq!(said, "`earns`: 70 decisions checked, 50 right where 63 were stated; predicted 3850.00 EUR, observed 3100.00 EUR");
}

#[test]
fn rules_and_versions_are_checked_apart_and_read_back_the_same() {
    let policy = CalibrationPolicy::default();
    let mut book = CalibrationBook::default();
    book.close(&outcome(dec!(0.9), true, dec!(50)), &policy);
    book.close(&DecisionOutcome { policy_version: "v2".to_owned(), ..outcome(dec!(0.9), true, dec!(50)) }, &policy);
    let rose = DecidingRule::Verdict(Basis::Rule(Rule::BothRose));
    book.close(&DecisionOutcome { rule: rose, ..outcome(dec!(0.9), false, dec!(99)) }, &policy);
    let dollars = Money::new(dec!(50), Currency::USD);
    book.close(&DecisionOutcome { observed: dollars, ..outcome(dec!(0.9), true, dec!(50)) }, &policy);
    let counts: Vec<_> =
        book.checks().iter().map(|check| (check.rule.id(), check.checked, check.with_prediction, check.covered)).collect();
    assert_eq!(counts, [("earns", 2, 1, 1), ("earns", 1, 1, 1), ("both_rose", 1, 1, 0)], "dollars are not compared with euros");
    let kept: CalibrationBook = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
    assert_eq!(kept, book);
    for number in 0..300 {
        book.close(&DecisionOutcome { policy_version: number.to_string(), ..outcome(dec!(0.9), true, dec!(50)) }, &policy);
    }
    assert_eq!(book.checks().len(), 200);
}
