//! Golden values of independent programs, and what holds for any paths.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, Measured};
use jiff::SignedDuration;
use proptest::prelude::*;
use rust_decimal::dec;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::*;

const CASES: [(&str, &str); 3] = [
    ("cj_campaign_contacts", include_str!("../../tests/fixtures/attribution/cj_campaign_contacts.csv")),
    ("synthetic_4ch", include_str!("../../tests/fixtures/attribution/synthetic_4ch.csv")),
    ("synthetic_6ch", include_str!("../../tests/fixtures/attribution/synthetic_6ch.csv")),
];

const ORDERS: [(MarkovOrder, &str); 3] =
    [(MarkovOrder::First, "order1"), (MarkovOrder::Second, "order2"), (MarkovOrder::Third, "order3")];

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/attribution/expected.json")).unwrap()
}

fn euros(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

fn path(touches: &[&str], conversions: u64, value: Decimal, not_converted: u64) -> ConversionPath {
    let touches = touches.iter().map(|touch| Channel::new(*touch)).collect();
    ConversionPath { touches, conversions, value: euros(value), not_converted }
}

fn table(csv: &str) -> ConversionPaths {
    let mut paths = ConversionPaths::new(Currency::EUR);
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let touches: Vec<&str> = fields[0].split(" > ").collect();
        let value = fields[2].parse().unwrap();
        paths.add(path(&touches, fields[1].parse().unwrap(), value, fields[3].parse().unwrap())).unwrap();
    }
    paths
}

#[track_caller]
fn close(computed: f64, expected: f64, what: &str) {
    let tolerance = 1e-9 * expected.abs().max(1e-3);
    assert!((computed - expected).abs() <= tolerance, "{what}: {computed} instead of {expected}");
}

fn number(value: Decimal) -> f64 {
    value.to_f64().unwrap()
}

fn check_sums(attribution: &Attribution) {
    let conversions: Decimal = attribution.credits.values().map(|credit| credit.conversions).sum();
    let value: Decimal = attribution.credits.values().map(|credit| credit.value.amount).sum();
    assert!((conversions - attribution.total.conversions).abs() <= dec!(1e-15), "{conversions} {:?}", attribution.total);
    assert!((value - attribution.total.value.amount).abs() <= dec!(1e-15), "{value} {:?}", attribution.total);
}

#[test]
fn heuristics_equal_the_reference() {
    let models = [
        (AttributionModel::FirstTouch, "first"),
        (AttributionModel::LastTouch, "last"),
        (AttributionModel::Linear, "linear"),
        (AttributionModel::LinearUnique, "last_unique_linear"),
        (AttributionModel::TIME_DECAY, "time_decay_halflife2steps"),
        (AttributionModel::POSITION_40_20_40, "position_40_20_40"),
    ];
    let expected = expected();
    for (name, csv) in CASES {
        let paths = table(csv);
        for (model, key) in models {
            let golden = &expected[name]["heuristic"][key];
            let attribution = attribute(&paths, model).unwrap();
            check_sums(&attribution);
            assert_eq!(attribution.credits.len(), golden["conversions"].as_object().unwrap().len());
            for (channel, credit) in &attribution.credits {
                let what = format!("{name} {key} {channel}");
                close(number(credit.conversions), golden["conversions"][channel.as_str()].as_f64().unwrap(), &what);
                close(number(credit.value.amount), golden["value"][channel.as_str()].as_f64().unwrap(), &what);
            }
        }
    }
}

#[test]
fn markov_chains_equal_the_reference() {
    let expected = expected();
    for (name, csv) in CASES {
        let paths = table(csv);
        for (order, key) in ORDERS {
            for (journeys, suffix) in [(Journeys::All, ""), (Journeys::Converting, "_no_null")] {
                let key = format!("{key}{suffix}");
                let golden = &expected[name]["markov_exact"][&key];
                let chain = markov(&paths, order, journeys).unwrap();
                check_sums(&chain.attribution);
                close(chain.conversion_probability, golden["p_conversion_from_start"].as_f64().unwrap(), &key);
                if journeys == Journeys::All {
                    assert_eq!(chain.states as u64, golden["n_states"].as_u64().unwrap());
                }
                for (channel, effect) in &chain.removal_effects {
                    let what = format!("{name} {key} {channel}");
                    close(effect.conversions, golden["removal_effect"][channel.as_str()].as_f64().unwrap(), &what);
                    let credit = chain.attribution.credit(channel);
                    close(
                        number(credit.conversions),
                        golden["attributed_conversions"][channel.as_str()].as_f64().unwrap(),
                        &what,
                    );
                    // The peer simulates the value, so it is near only.
                    let simulated = &expected[name]["peer_value_by_removal"][&key]["attributed_value"][channel.as_str()];
                    let off = (number(credit.value.amount) - simulated.as_f64().unwrap()).abs();
                    assert!(off < 0.004 * number(chain.attribution.total.value.amount), "{what}: value off by {off}");
                }
            }
        }
    }
}

#[test]
fn first_order_transitions_equal_the_reference() {
    let expected = expected();
    for (name, csv) in CASES {
        let golden = expected[name]["markov_exact"]["order1"]["transition_matrix"].as_array().unwrap();
        let transitions = transition_matrix(&table(csv), MarkovOrder::First, Journeys::All).unwrap();
        let label = |state: &State| match state {
            State::Start => "(start)".to_owned(),
            State::Touched(touches) => touches[0].to_string(),
            State::Converted => "(conversion)".to_owned(),
            State::Lost => "(null)".to_owned(),
        };
        let computed: BTreeMap<_, _> =
            transitions.iter().map(|step| ((label(&step.from), label(&step.to)), step.probability)).collect();
        let golden: BTreeMap<_, _> = golden
            .iter()
            .filter(|row| row[2].as_f64().unwrap() > 0.0)
            .map(|row| ((row[0].as_str().unwrap().to_owned(), row[1].as_str().unwrap().to_owned()), row[2].as_f64().unwrap()))
            .collect();
        assert_eq!(computed.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>());
        golden.iter().for_each(|(step, probability)| close(computed[step], *probability, &format!("{step:?}")));
    }
}

#[test]
fn shapley_values_equal_the_reference() {
    let expected = expected();
    for (name, csv) in CASES {
        let paths = table(csv);
        let golden = &expected[name]["shapley"];
        let inside = attribute(&paths, AttributionModel::Shapley).unwrap();
        check_sums(&inside);
        let exact = shapley_exact_sets(&paths).unwrap();
        for (channel, credit) in &inside.credits {
            let golden = |key: &str| golden[key][channel.as_str()].as_f64().unwrap();
            close(number(credit.conversions), golden("sum_of_subsets_conversions"), name);
            close(number(credit.value.amount), golden("sum_of_subsets_value"), name);
            close(exact[channel].conversion_rate, golden("conversion_rate_of_exact_set"), name);
        }
    }
}

/// The closed forms against the definition, coalition by coalition.
#[test]
fn closed_forms_equal_every_coalition_tried() {
    let paths = table(CASES[0].1);
    let channels: Vec<Channel> = paths.channels().into_iter().collect();
    let bits = |touches: &[Channel]| touches.iter().fold(0_u32, |set, touch| set | 1 << channels.binary_search(touch).unwrap());
    let worth = |coalition: u32| {
        paths.iter().filter(|(touches, _)| bits(touches) & !coalition == 0).map(|(_, totals)| totals.conversions as f64).sum()
    };
    let rate = |coalition: u32| {
        let exact = || paths.iter().filter(|(touches, _)| bits(touches) == coalition).map(|(_, totals)| totals);
        let journeys: u64 = exact().map(|totals| totals.conversions + totals.not_converted).sum();
        if journeys == 0 { 0.0 } else { exact().map(|totals| totals.conversions).sum::<u64>() as f64 / journeys as f64 }
    };
    let closed = attribute(&paths, AttributionModel::Shapley).unwrap();
    let exact = shapley_exact_sets(&paths).unwrap();
    let tried = shapley_values(channels.len(), worth).unwrap().into_iter().zip(shapley_values(channels.len(), rate).unwrap());
    for (channel, (conversions, rate)) in channels.iter().zip(tried) {
        close(number(closed.credit(channel).conversions), conversions, channel.as_str());
        close(exact[channel].conversion_rate, rate, channel.as_str());
    }
}

#[test]
fn too_much_to_solve_is_refused_and_closed_forms_are_not() {
    assert_eq!(
        shapley_values(MOST_PLAYERS + 1, |_| 0.0),
        Err(AttributionError::TooManyPlayers { players: MOST_PLAYERS + 1, limit: MOST_PLAYERS })
    );
    assert_eq!(shapley_values(2, |_| f64::NAN), Err(AttributionError::NotFinite));
    assert_eq!(shapley_values(2, |set| if set & 1 == 1 { f64::MAX } else { -f64::MAX }), Err(AttributionError::NotFinite));
    let names: Vec<String> = (0..1_200).map(|channel| format!("channel {channel}")).collect();
    let mut paths = ConversionPaths::new(Currency::EUR);
    for pair in names.windows(2) {
        paths.add(path(&[&pair[0], &pair[1]], 1, dec!(10), 3)).unwrap();
    }
    check_sums(&attribute(&paths, AttributionModel::Shapley).unwrap());
    assert!(shapley_exact_sets(&paths).unwrap().values().all(|worth| worth.conversion_rate.is_finite()));
    for step in names.windows(2).take(900) {
        paths.add(path(&[&step[0], &step[1], "partner", &step[0]], 1, dec!(10), 3)).unwrap();
    }
    let third = AttributionModel::Markov { order: MarkovOrder::Third, journeys: Journeys::All };
    assert!(matches!(attribute(&paths, third), Err(AttributionError::TooManyStates { .. })));
}

#[test]
fn odd_paths_have_an_answer_or_a_reason() {
    let mut paths = ConversionPaths::new(Currency::EUR);
    assert_eq!(attribute(&paths, AttributionModel::Linear), Err(AttributionError::NoPaths));
    let mixed = ConversionPath { value: Money::zero(Currency::USD), ..path(&["a"], 1, dec!(1), 0) };
    assert_eq!(paths.add(mixed), Err(AttributionError::MixedCurrencies { expected: Currency::EUR, found: Currency::USD }));
    assert_eq!(paths.add(path(&["a"], 1, dec!(-1), 0)), Err(AttributionError::NegativeValue));
    assert_eq!(paths.add(path(&["a"], 0, dec!(1), 5)), Err(AttributionError::ValueWithoutConversion));
    paths.add(path(&[], 4, dec!(40), 9)).unwrap();
    assert_eq!(attribute(&paths, AttributionModel::Shapley), Err(AttributionError::NoPaths));
    paths.add(path(&["a"], 0, dec!(0), 7)).unwrap();
    for model in all_models() {
        let nothing = attribute(&paths, model).ok().or_else(|| {
            // A chain of converting journeys has no path here.
            assert_eq!(attribute(&paths, model), Err(AttributionError::NoPaths));
            None
        });
        let Some(nothing) = nothing else { continue };
        assert_eq!(nothing.credit(&Channel::new("a")), Credit::none(Currency::EUR));
        assert_eq!(nothing.untouched, Credit { conversions: dec!(4), value: euros(dec!(40)) });
    }
    for half_life in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let model = AttributionModel::TimeDecay { half_life };
        assert_eq!(attribute(&paths, model), Err(AttributionError::Parameter { parameter: "half_life" }));
    }
    let more_than_all = AttributionModel::Position { first: dec!(0.7), last: dec!(0.4) };
    assert_eq!(attribute(&paths, more_than_all), Err(AttributionError::Parameter { parameter: "first and last" }));
}

#[test]
fn journeys_become_paths_within_the_lookback() {
    let touch = |channel: &str, hour| Touch { at: crate::testing::at(hour), channel: Channel::new(channel) };
    let journeys = [
        Journey {
            touches: vec![touch("late", 50), touch("partner", 40), touch("search", 20), touch("old", 1)],
            conversion: Some(Conversion { at: crate::testing::at(44), value: euros(dec!(30)) }),
        },
        Journey { touches: vec![touch("search", 30), touch("old", 1)], conversion: None },
        Journey { touches: vec![], conversion: Some(Conversion { at: crate::testing::at(1), value: euros(dec!(5)) }) },
    ];
    let paths = ConversionPaths::from_journeys(&journeys, SignedDuration::from_hours(24), Currency::EUR).unwrap();
    let found: Vec<(Vec<&str>, u64, u64)> = paths
        .iter()
        .map(|(touches, totals)| (touches.iter().map(Channel::as_str).collect(), totals.conversions, totals.not_converted))
        .collect();
    assert_eq!(found, [(vec!["search"], 0, 1), (vec!["search", "partner"], 1, 0)]);
    assert_eq!((paths.untouched().conversions, paths.untouched().value), (1, euros(dec!(5))));
}

#[test]
fn attributed_and_incremental_stand_side_by_side() {
    let mut paths = ConversionPaths::new(Currency::EUR);
    paths.add(path(&["partner", "coupon"], 10, dec!(1000), 0)).unwrap();
    let attributions = [AttributionModel::LastTouch, AttributionModel::Linear].map(|model| attribute(&paths, model).unwrap());
    let known = |conversions, low, value, high| Incremental {
        conversions: Measured::Known(conversions),
        value: Measured::Known(euros(value)),
        value_between: Measured::Known((euros(low), euros(high))),
    };
    let [partner, coupon] = ["partner", "coupon"].map(Channel::new);
    let gains = BTreeMap::from([
        (partner.clone(), known(dec!(7), dec!(600), dec!(700), dec!(800))),
        (coupon.clone(), known(dec!(1), dec!(-50), dec!(100), dec!(250))),
    ]);
    let costs = BTreeMap::from([(partner.clone(), euros(dec!(100))), (coupon.clone(), euros(dec!(200)))]);
    let both = compare(&attributions, &gains, &costs);
    let partner = both.channel(&partner).unwrap();
    assert_eq!(partner.attributed[0].incremental_share, Measured::Absent(Absence::NoSales), "last touch credits it with nothing");
    assert_eq!(partner.attributed[1].incremental_share, Measured::Known(dec!(1.4)));
    assert_eq!(partner.incremental_gross_roas, Measured::Known(dec!(7)));
    let figures = both.channel(&coupon).unwrap();
    assert_eq!(figures.attributed[0].gross_roas, Measured::Known(dec!(5)));
    assert_eq!(figures.incremental_gross_roas, Measured::Known(dec!(0.5)));
    assert_eq!(figures.attributed[0].incremental_share, Measured::Known(dec!(0.1)));
    assert_eq!(both.incremental_total, known(dec!(8), dec!(550), dec!(800), dec!(1050)));
    assert_eq!(both.attributed_total[0].incremental_share, Measured::Known(dec!(0.8)));

    let blind = compare(&attributions, &BTreeMap::new(), &BTreeMap::from([(coupon.clone(), Money::new(dec!(5), Currency::USD))]));
    let figures = blind.channel(&coupon).unwrap();
    assert_eq!(figures.incremental, Incremental::absent(Absence::NoBaseline));
    assert_eq!(figures.attributed[0].gross_roas, Measured::Absent(Absence::MixedCurrencies));
    assert_eq!(blind.attributed_total[0].gross_roas, Measured::Absent(Absence::CostUnknown));
    let json = serde_json::to_string(&both).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&json).unwrap(), both);
}

fn all_models() -> Vec<AttributionModel> {
    let chains = ORDERS.into_iter().flat_map(|(order, _)| {
        [Journeys::All, Journeys::Converting].map(|journeys| AttributionModel::Markov { order, journeys })
    });
    [
        AttributionModel::LastTouch,
        AttributionModel::FirstTouch,
        AttributionModel::Linear,
        AttributionModel::LinearUnique,
        AttributionModel::TIME_DECAY,
        AttributionModel::POSITION_40_20_40,
        AttributionModel::Shapley,
    ]
    .into_iter()
    .chain(chains)
    .collect()
}

fn any_paths() -> impl Strategy<Value = Vec<ConversionPath>> {
    let touches = proptest::collection::vec(0..5_usize, 1..7);
    let one = (touches, 0..2_000_u64, 0..1_000_000_u32, 0..5_000_u64).prop_map(|(touches, conversions, cents, not_converted)| {
        let touches: Vec<&str> = touches.into_iter().map(|touch| ["a", "b", "c", "d", "e"][touch]).collect();
        let value = if conversions == 0 { Decimal::ZERO } else { Decimal::new(cents.into(), 2) };
        path(&touches, conversions, value, not_converted)
    });
    proptest::collection::vec(one, 1..12)
}

fn collected(paths: &[ConversionPath]) -> ConversionPaths {
    let mut all = ConversionPaths::new(Currency::EUR);
    paths.iter().for_each(|path| all.add(path.clone()).unwrap());
    all
}

proptest! {
    #[test]
    fn credits_add_up_are_never_negative_and_do_not_depend_on_the_order(paths in any_paths(), turn in 0..12_usize) {
        let all = collected(&paths);
        let mut turned = paths.clone();
        turned.rotate_left(turn % paths.len());
        turned.reverse();
        for model in all_models() {
            let attribution = attribute(&all, model);
            prop_assert_eq!(&attribution, &attribute(&collected(&turned), model), "order");
            let Ok(attribution) = attribution else { continue };
            check_sums(&attribution);
            for credit in attribution.credits.values() {
                prop_assert!(credit.conversions >= Decimal::ZERO && credit.value.amount >= Decimal::ZERO, "{:?} {:?}", model, credit);
            }
        }
    }

    #[test]
    fn credits_scale_with_counts_and_values(paths in any_paths(), factor in 2..900_u64) {
        let larger: Vec<_> = paths.iter().cloned().map(|mut path| {
            path.conversions *= factor;
            path.not_converted *= factor;
            path.value.amount *= Decimal::from(factor);
            path
        }).collect();
        for model in all_models() {
            let (Ok(small), Ok(large)) = (attribute(&collected(&paths), model), attribute(&collected(&larger), model)) else { continue };
            for (channel, credit) in &small.credits {
                let scaled = large.credit(channel);
                let scale = |value: Decimal| value * Decimal::from(factor);
                let near = |a: Decimal, b: Decimal| (a - b).abs() <= b.abs() * dec!(1e-12) + dec!(1e-9);
                prop_assert!(near(scaled.conversions, scale(credit.conversions)), "{:?} {}", model, channel);
                prop_assert!(near(scaled.value.amount, scale(credit.value.amount)), "{:?} {}", model, channel);
            }
        }
    }

    #[test]
    fn extreme_counts_have_an_answer_or_a_reason(conversions: u64, lost: u64, value: u128, more: u64) {
        let value = Decimal::from_i128_with_scale((value >> 33).cast_signed(), 2);
        let mut paths = ConversionPaths::new(Currency::EUR);
        let first = paths.add(path(&["a", "b", "a", "c"], conversions, value, lost));
        let second = paths.add(path(&["b", "a"], more, value, 1));
        prop_assume!(first.is_ok() && second.is_ok());
        for model in all_models() {
            if let Ok(attribution) = attribute(&paths, model) {
                prop_assert!(attribution.credits.values().all(|credit| credit.conversions >= Decimal::ZERO));
            }
        }
        if let Ok(chain) = markov(&paths, MarkovOrder::Second, Journeys::All) {
            prop_assert!(chain.conversion_probability.is_finite());
            prop_assert!(chain.removal_effects.values().all(|effect| (0.0..=1.0).contains(&effect.conversions)));
        }
    }
}
