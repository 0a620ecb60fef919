use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use rust_decimal::dec;
use rust_decimal::prelude::ToPrimitive;

use super::*;
use crate::testing::euros;

/// No record is too few but for the two that an interval needs.
const ANY: OffPolicySettings = OffPolicySettings { level: dec!(0.95), largest_weight: None, min_effective_records: dec!(0) };

fn choice(propensity: Decimal, other: Decimal, reward: Decimal) -> LoggedChoice {
    LoggedChoice { propensity: Some(propensity), other, reward: euros(reward), modelled: None }
}

fn expecting(choice: LoggedChoice, made: Decimal, other: Decimal) -> LoggedChoice {
    LoggedChoice { modelled: Some(ModelledReward { made: euros(made), other: euros(other) }), ..choice }
}

/// Weights 2, 0, 2 and 0.5.
fn four() -> [LoggedChoice; 4] {
    [
        expecting(choice(dec!(0.5), dec!(1), dec!(3)), dec!(2), dec!(2.5)),
        expecting(choice(dec!(0.5), dec!(0), dec!(10)), dec!(8), dec!(3)),
        expecting(choice(dec!(0.25), dec!(0.5), dec!(1)), dec!(2), dec!(1.5)),
        expecting(choice(dec!(0.8), dec!(0.4), dec!(4)), dec!(3), dec!(2)),
    ]
}

fn float(amount: Decimal) -> f64 {
    amount.to_f64().unwrap()
}

fn value(estimate: &OffPolicyEstimate) -> f64 {
    float(estimate.value.amount)
}

fn error(estimate: &OffPolicyEstimate) -> f64 {
    float(estimate.standard_error.amount)
}

/// The value and its standard error.
fn assert_close(found: &OffPolicyEstimate, expected: (f64, f64)) {
    assert!((value(found) - expected.0).abs() < 1e-12, "{} for {}", value(found), expected.0);
    assert!((error(found) - expected.1).abs() < 1e-12, "{} for {}", error(found), expected.1);
}

/// IPW: the terms are 6, 0, 2, 2, their mean 2.5, the squares around it 12.25 + 6.25 + 0.25 + 0.25 = 19, over 4 x 3.
/// SNIPW: 10 / 4.5 = 20/9; (2 x 7/9)^2 + (2 x 11/9)^2 + (0.5 x 16/9)^2 = 744/81, times 4/3, its root over 4.5.
/// DR: the terms are 4.5, 3, -0.5, 2.5, their mean 2.375, the squares around it 13.1875, over 4 x 3.
/// Kish: 4.5^2 / (4 + 4 + 0.25) = 27/11.
#[test]
fn the_estimates_are_those_worked_out_by_hand() {
    let found = off_policy(&four(), &ANY).unwrap();
    assert_close(&found.logged, (4.5, (45.0_f64 / 12.0).sqrt()));
    assert_close(&found.weighted, (2.5, (19.0_f64 / 12.0).sqrt()));
    assert_close(&found.self_normalised, (20.0 / 9.0, (4.0_f64 / 3.0 * 744.0 / 81.0).sqrt() / 4.5));
    assert_close(&found.doubly_robust.unwrap(), (2.375, (13.1875_f64 / 12.0).sqrt()));
    assert!((float(found.effective) - 27.0 / 11.0).abs() < 1e-6, "{}", found.effective);
    assert_eq!((found.records, found.mean_weight, found.largest_weight), (4, dec!(1.125), dec!(2)));
    assert_eq!((found.clipped, found.weight_lost), (0, dec!(0)));
    // 1.959964 standard errors to either side.
    let half = 1.959_963_984_540_054 * (19.0_f64 / 12.0).sqrt();
    assert!((float(found.weighted.low.amount) - (2.5 - half)).abs() < 1e-12, "{:?}", found.weighted);
    assert!((float(found.weighted.high.amount) - (2.5 + half)).abs() < 1e-12, "{:?}", found.weighted);
}

/// With weights up to 1 they are 1, 0, 1, 0.5. IPW: (3 + 0 + 1 + 2) / 4. SNIPW: 6 / 2.5. DR: (3.5 + 3 + 0.5 + 2.5) / 4.
/// Twice 1 of 4 weights is lost: 0.5. Kish: 2.5^2 / 2.25 = 25/9.
#[test]
fn clipped_weights_give_what_was_worked_out_by_hand() {
    let found = off_policy(&four(), &OffPolicySettings { largest_weight: Some(dec!(1)), ..ANY }).unwrap();
    assert_eq!((found.weighted.value, found.self_normalised.value), (euros(dec!(1.5)), euros(dec!(2.4))));
    assert_eq!(found.doubly_robust.unwrap().value, euros(dec!(2.375)));
    assert_eq!((found.clipped, found.weight_lost), (2, dec!(0.5)));
    assert_eq!((found.mean_weight, found.largest_weight), (dec!(1.125), dec!(2)), "before the limit");
    assert!((float(found.effective) - 25.0 / 9.0).abs() < 1e-6, "{}", found.effective);
}

#[test]
fn without_a_model_nothing_is_doubly_robust() {
    let log = four().map(|choice| LoggedChoice { modelled: None, ..choice });
    let found = off_policy(&log, &ANY).unwrap();
    assert_eq!(found.doubly_robust, None);
    // A model that expects nothing leaves IPW.
    let nothing = log.map(|choice| expecting(choice, dec!(0), dec!(0)));
    assert_eq!(off_policy(&nothing, &ANY).unwrap().doubly_robust, Some(found.weighted));
}

/// What is said when the second of four records is changed.
fn refusal(change: impl Fn(&mut LoggedChoice)) -> String {
    let mut log = four();
    change(&mut log[1]);
    off_policy(&log, &ANY).unwrap_err().to_string()
}

#[test]
fn records_that_cannot_be_used_are_named() {
    assert_eq!(
        refusal(|choice| choice.propensity = None),
        "record 1 has no propensity: leave out choices whose probability was not recorded"
    );
    for (propensity, said) in [(dec!(0), "0"), (dec!(-0.1), "-0.1"), (dec!(1.01), "1.01")] {
        let refused = refusal(|choice| choice.propensity = Some(propensity));
        assert_eq!(refused, format!("`propensity` of record 1 is {said}: give a probability above 0 and up to 1"));
    }
    for (other, said) in [(dec!(-0.1), "-0.1"), (dec!(1.01), "1.01")] {
        assert_eq!(
            refusal(|choice| choice.other = other),
            format!("`other` of record 1 is {said}: give a probability from 0 to 1")
        );
    }
    assert_eq!(
        refusal(|choice| choice.modelled = None),
        "record 1 has no modelled reward, though others have: give it to all records or to none"
    );
    let dollars = Money::new(dec!(1), Currency::USD);
    let said = |what| format!("`{what}` of record 1 is in USD, the first reward in EUR: estimate each currency apart");
    assert_eq!(refusal(|choice| choice.reward = dollars), said("reward"));
    let model = |made, other| Some(ModelledReward { made, other });
    assert_eq!(refusal(|choice| choice.modelled = model(dollars, choice.reward)), said("modelled.made"));
    assert_eq!(refusal(|choice| choice.modelled = model(choice.reward, dollars)), said("modelled.other"));
}

#[test]
fn logs_that_say_too_little_are_refused() {
    assert_eq!(off_policy(&[], &ANY), Err(OffPolicyError::TooFew { found: 0 }));
    assert_eq!(off_policy(&four()[..1], &ANY), Err(OffPolicyError::TooFew { found: 1 }));
    let never = four().map(|choice| LoggedChoice { other: dec!(0), ..choice });
    assert_eq!(off_policy(&never, &ANY), Err(OffPolicyError::NoOverlap { records: 4 }));
    // One weight of 10 and ninety of 1: 100^2 / (100 + 90) = 52.6 equal records; of 100 and ninety of 1: 3.6.
    let log = |rare| {
        let mut log = vec![choice(dec!(0.5), dec!(0.5), dec!(1)); 90];
        log.push(choice(rare, dec!(1), dec!(1)));
        off_policy(&log, &OffPolicySettings::default())
    };
    assert_eq!(log(dec!(0.1)).unwrap().effective.round_dp(1), dec!(52.6));
    let refused = log(dec!(0.01)).unwrap_err();
    assert!(
        matches!(refused, OffPolicyError::LittleOverlap { records: 91, effective, .. } if effective.round_dp(1) == dec!(3.6))
    );
    let rather_equal = vec![choice(dec!(0.3), dec!(0.1), dec!(1)); 30];
    assert_eq!(off_policy(&rather_equal, &OffPolicySettings::default()).unwrap().effective, dec!(30), "not less by rounding");
}

#[test]
fn settings_out_of_range_are_named() {
    let said = |settings| off_policy(&four(), &settings).unwrap_err().to_string();
    for level in [dec!(0), dec!(1), dec!(-0.5), dec!(95)] {
        let expected = format!("the setting `level` is {level}: give a number above 0 and below 1");
        assert_eq!(said(OffPolicySettings { level, ..ANY }), expected);
    }
    let none = OffPolicySettings { largest_weight: Some(dec!(0)), ..ANY };
    assert_eq!(said(none), "the setting `largest_weight` is 0: give a number above 0");
    let negative = OffPolicySettings { min_effective_records: dec!(-1), ..ANY };
    assert_eq!(said(negative), "the setting `min_effective_records` is -1: give a number from 0");
    let certain = OffPolicySettings { level: dec!(0.9999999999999999999999999999), ..ANY };
    assert!(off_policy(&four(), &certain).unwrap().weighted.high.amount > dec!(12), "eleven standard errors and more");
}

#[test]
fn results_beyond_a_decimal_are_refused() {
    let smallest = Decimal::from_i128_with_scale(1, 28);
    let log = [choice(smallest, dec!(1), Decimal::MAX), choice(dec!(1), dec!(1), Decimal::MIN)];
    assert_eq!(off_policy(&log, &ANY), Err(OffPolicyError::TooLarge { what: "estimate or its interval" }));
}

/// Choices in every range: probabilities in hundredths, amounts in cents.
fn choices() -> impl Strategy<Value = Vec<LoggedChoice>> {
    let one = (1_i64..=100, 0_i64..=100, -9_999_i64..9_999, -9_999_i64..9_999, -9_999_i64..9_999);
    let one = one.prop_map(|(propensity, other, reward, made, expected)| {
        let hundredths = |number| Decimal::new(number, 2);
        let choice = choice(hundredths(propensity), hundredths(other), hundredths(reward));
        expecting(choice, hundredths(made), hundredths(expected))
    });
    prop::collection::vec(one, 2..60)
}

/// The three estimates, each with its standard error.
fn three(found: &OffPolicy) -> [(f64, f64); 3] {
    [found.weighted, found.self_normalised, found.doubly_robust.unwrap()].map(|found| (value(&found), error(&found)))
}

fn near(found: (f64, f64), expected: (f64, f64)) -> bool {
    // Decimals are read from floats with about fifteen digits.
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
    near(found.0, expected.0) && near(found.1, expected.1)
}

proptest! {
    /// A policy that chooses alike earns what was earned; of DR so if the model expects the same of both, as it then has to.
    #[test]
    fn equal_policies_earn_the_plain_mean(log in choices()) {
        let alike = |choice: &LoggedChoice| LoggedChoice {
            other: choice.propensity.unwrap(),
            modelled: choice.modelled.map(|model| ModelledReward { other: model.made, ..model }),
            ..*choice
        };
        let log: Vec<LoggedChoice> = log.iter().map(alike).collect();
        let found = off_policy(&log, &ANY).unwrap();
        let mean: Decimal = log.iter().map(|choice| choice.reward.amount).sum::<Decimal>() / Decimal::from(log.len());
        prop_assert!((value(&found.logged) - float(mean)).abs() < 1e-9);
        for estimate in three(&found) {
            prop_assert!(near(estimate, (value(&found.logged), error(&found.logged))), "{found:?}");
        }
        prop_assert_eq!((found.effective, found.mean_weight), (Decimal::from(log.len()), dec!(1)));
    }

    /// In another unit of money the same comes out.
    #[test]
    fn estimates_scale_with_the_rewards(log in choices(), factor in -500_i64..500) {
        let factor = Decimal::new(factor, 1);
        let times = |money: Money| euros(money.amount * factor);
        let scaled: Vec<LoggedChoice> = log.iter().map(|choice| {
            let model = choice.modelled.unwrap();
            let modelled = Some(ModelledReward { made: times(model.made), other: times(model.other) });
            LoggedChoice { reward: times(choice.reward), modelled, ..*choice }
        }).collect();
        let Ok(found) = off_policy(&log, &ANY) else { return Ok(()) };
        let factor = float(factor);
        for (scaled, (value, error)) in three(&off_policy(&scaled, &ANY).unwrap()).into_iter().zip(three(&found)) {
            prop_assert!(near(scaled, (value * factor, error * factor.abs())), "{scaled:?} {value} {error}");
        }
    }

    /// SNIPW heeds only how weights compare, and adds to itself what is added to every reward.
    #[test]
    fn self_normalised_estimates_ignore_a_factor_and_follow_a_shift(log in choices(), divisor in 1_i64..50, shift in -9_999_i64..9_999) {
        let Ok(found) = off_policy(&log, &ANY) else { return Ok(()) };
        let [_, expected, _] = three(&found);
        let rarer: Vec<LoggedChoice> =
            log.iter().map(|choice| LoggedChoice { other: choice.other / Decimal::from(divisor), ..*choice }).collect();
        let [_, rarer, _] = three(&off_policy(&rarer, &ANY).unwrap());
        prop_assert!(near(rarer, expected), "{rarer:?} for {expected:?}");
        let shift = Decimal::new(shift, 2);
        let shifted: Vec<LoggedChoice> =
            log.iter().map(|choice| LoggedChoice { reward: euros(choice.reward.amount + shift), ..*choice }).collect();
        let [_, shifted, _] = three(&off_policy(&shifted, &ANY).unwrap());
        prop_assert!(near(shifted, (expected.0 + float(shift), expected.1)), "{shifted:?} for {expected:?}");
    }

    /// The same records say the same, to the last digit.
    #[test]
    fn the_order_does_not_matter((log, shuffled) in choices().prop_flat_map(|log| (Just(log.clone()), Just(log).prop_shuffle()))) {
        prop_assert_eq!(off_policy(&log, &ANY), off_policy(&shuffled, &ANY));
    }

    /// Whatever decimals go in, an answer or a refusal comes out, and intervals hold their values. A decimal is never NaN.
    #[test]
    fn nothing_panics(
        log in prop::collection::vec((any::<i64>(), 0_u32..=28, any::<i64>(), 0_u32..=28, any::<i128>(), 0_u32..=28), 0..6),
        largest in prop::option::of((any::<i64>(), 0_u32..=28)),
    ) {
        let unit = |number: i64, scale| Decimal::from_i128_with_scale(i128::from(number), scale).abs().min(Decimal::ONE);
        let log: Vec<LoggedChoice> = log.into_iter().map(|(propensity, p, other, o, reward, r)| {
            let reward = Decimal::from_i128_with_scale(reward >> 32, r);
            expecting(choice(unit(propensity, p), unit(other, o), reward), reward / dec!(2), -reward)
        }).collect();
        let largest_weight = largest.map(|(number, scale)| Decimal::from_i128_with_scale(i128::from(number), scale));
        if let Ok(found) = off_policy(&log, &OffPolicySettings { largest_weight, ..ANY }) {
            for estimate in [found.logged, found.weighted, found.self_normalised, found.doubly_robust.unwrap()] {
                prop_assert!(estimate.low.amount <= estimate.value.amount && estimate.value.amount <= estimate.high.amount);
                prop_assert!(estimate.standard_error.amount >= Decimal::ZERO);
            }
            prop_assert!(found.effective > Decimal::ZERO && found.weight_lost >= Decimal::ZERO);
        }
    }
}

const REPETITIONS: u32 = 1_000;

/// Two kinds of products, each in half of all choices; advertised with these probabilities by the logged and by the other policy.
const LOGGED: [Decimal; 2] = [dec!(0.3), dec!(0.6)];
const OTHER: [Decimal; 2] = [dec!(0.8), dec!(0.2)];
/// What leaving or advertising a product of each kind brings on average.
const BRINGS: [[f64; 2]; 2] = [[4.0, 9.0], [6.0, 2.0]];
/// What the other policy earns for each choice: (0.2 x 4 + 0.8 x 9 + 0.8 x 6 + 0.2 x 2) / 2.
const TRUTH: f64 = 6.6;

/// Choices by the logged policy, and a model that is off by `bias` for advertised products.
fn simulated(random: &mut ChaCha8Rng, records: u32, bias: f64) -> Vec<LoggedChoice> {
    let noise = Normal::new(0.0, 2.0).unwrap();
    let one = |_| {
        let kind = usize::from(random.random_bool(0.5));
        let advertised = random.random_bool(float(LOGGED[kind]));
        let of = |probability: Decimal| if advertised { probability } else { dec!(1) - probability };
        let cents = |amount: f64| Decimal::from_f64(amount).unwrap().round_dp(2);
        let [left, advertising] = BRINGS[kind];
        let advertising = advertising + bias;
        let reward = BRINGS[kind][usize::from(advertised)] + noise.sample(random);
        let chance = float(OTHER[kind]);
        expecting(
            choice(of(LOGGED[kind]), of(OTHER[kind]), cents(reward)),
            cents(if advertised { advertising } else { left }),
            cents(chance * advertising + (1.0 - chance) * left),
        )
    };
    (0..records).map(one).collect()
}

fn holds(estimate: &OffPolicyEstimate, truth: f64) -> u32 {
    u32::from(float(estimate.low.amount) <= truth && truth <= float(estimate.high.amount))
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for (seed, bias) in [(1, 0.0), (2, 3.0)] {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (mut held, mut narrower, mut error_sums) = ([0; 3], 0, [0.0; 3]);
        for _ in 0..REPETITIONS {
            let found = off_policy(&simulated(&mut random, 300, bias), &OffPolicySettings::default()).unwrap();
            let robust = found.doubly_robust.unwrap();
            for (at, estimate) in [found.weighted, found.self_normalised, robust].iter().enumerate() {
                held[at] += holds(estimate, TRUTH);
                error_sums[at] += error(estimate);
            }
            narrower += u32::from(robust.standard_error.amount < found.weighted.standard_error.amount);
        }
        let mean_errors = error_sums.map(|sum| sum / f64::from(REPETITIONS));
        let measured = format!("seed {seed}, bias {bias}: held {held:?}, mean errors {mean_errors:?}, {narrower} narrower");
        assert!(held.iter().all(|held| (920..=980).contains(held)), "{measured}");
        if bias == 0.0 {
            assert!(narrower == REPETITIONS && mean_errors[2] < 0.6 * mean_errors[0], "{measured}");
        }
    }
}

/// The documented limit of normal intervals (88 %): five sales of 20.00 are to be expected in a thousand choices, each made with 0.5.
#[test]
fn intervals_from_a_few_sales_hold_less_often() {
    let seed = 3;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut held = 0;
    for _ in 0..REPETITIONS {
        let one = |_| {
            let other = if random.random_bool(0.5) { dec!(0.8) } else { dec!(0.2) };
            let reward = if random.random_bool(0.005) { dec!(20) } else { dec!(0) };
            choice(dec!(0.5), other, reward)
        };
        let log: Vec<LoggedChoice> = (0..1_000).map(one).collect();
        held += holds(&off_policy(&log, &OffPolicySettings::default()).unwrap().weighted, 0.1);
    }
    assert!((860..900).contains(&held), "seed {seed}: held {held} of {REPETITIONS}");
}
