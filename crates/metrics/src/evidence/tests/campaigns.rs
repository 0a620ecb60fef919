//! Store-share tests of campaigns: what they count, what they ask for, what they warn of, and many of them at once.

use campaign_pilot_core::Measured;

use super::*;

fn poisson(random: &mut ChaCha8Rng, mean: f64) -> f64 {
    let (mut count, mut product, least) = (0.0, uniform(random), (-mean).exp());
    while product > least {
        count += 1.0;
        product *= uniform(random);
    }
    count
}

/// Days of independent sales, the promoted ones drifting by so much a day.
fn days(random: &mut ChaCha8Rng, days: usize, promoted: f64, rest: f64, drift: f64) -> Vec<DayOfSales> {
    let day = |day: usize, random: &mut ChaCha8Rng| DayOfSales {
        promoted: poisson(random, promoted * drift.powf(day as f64)),
        rest: poisson(random, rest),
    };
    (0..days).map(|at| day(at, random)).collect()
}

#[test]
fn orders_are_counted_not_units() {
    for (units, orders, most, counted) in
        [(20, 1, 1, 1.0), (20, 1, 3, 3.0), (5, 4, 3, 5.0), (5, 4, 0, 4.0), (0, 0, 1, 0.0), (-2, 1, 1, 0.0f64)]
    {
        assert!((counted_sales(units, orders, most) - counted).abs() < 1e-12, "{units} {orders} {most}");
    }
}

#[test]
fn a_history_that_is_too_short_is_refused_by_name() {
    let policy = StoreSharePolicy::default();
    let day = DayOfSales { promoted: 1.5, rest: 40.0 };
    assert_eq!(StoreShare::new(&policy, &[day; 13]), Err(EvidenceError::ShortHistory { days: 13, least: 14 }));
    let slow = DayOfSales { promoted: 0.65, rest: 40.0 };
    assert_eq!(StoreShare::new(&policy, &[slow; 30]), Err(EvidenceError::FewSales { sales: 19, least: 20 }));
    assert!(StoreShare::new(&policy, &[day; 14]).is_ok());
    let bold = StoreSharePolicy { least_days: 7, least_sales: 1, ..policy.clone() };
    assert!(StoreShare::new(&bold, &[day; 7]).is_ok());
    let none = StoreSharePolicy { least_days: 6, ..policy };
    assert_eq!(StoreShare::new(&none, &[day; 14]), Err(EvidenceError::Parameter("least_days")));
    assert_eq!(EvidenceError::FewSales { sales: 19, least: 20 }.to_string(), "19 sales in the history, 20 are needed");
}

#[test]
fn a_short_quiet_history_keeps_a_floor_under_the_dispersion() {
    // X² = 6.13 over 6 degrees of freedom: more than 1, less than with seven days of 1.25 besides.
    let days: Vec<DayOfSales> =
        [4.0, 9.0, 2.0, 4.0, 5.0, 7.0, 4.0].into_iter().map(|promoted| DayOfSales { promoted, rest: 95.0 }).collect();
    let (s, n) = (35.0, 700.0);
    let p = s / n;
    let chi: f64 = days
        .iter()
        .map(|day| {
            let sales = day.promoted + day.rest;
            (day.promoted - sales * s / (s + 665.0)).powi(2) / (sales * p * (1.0 - p))
        })
        .sum();
    let got = share_dispersion(&days).unwrap();
    assert!((got - (chi + 8.75) / 13.0).abs() < 1e-9, "{got} {chi}");
    assert!(got > chi / 6.0 && got > 1.0);
}

#[test]
fn a_trend_before_the_campaign_is_seen_and_holds_a_win() {
    let policy = StoreSharePolicy::default();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut sales = days(&mut random, 112, 24.0, 240.0, 1.01);
    let live = sales.split_off(84);
    let said = share_warnings(&policy, &sales, &live, DayOfSales::default()).unwrap();
    assert!((said.product_trend.per_day - 0.01).abs() < 0.003, "{said:?}");
    assert!(said.product_trend.is_seen && said.product_trend.may_explain && said.holds_a_win());
    let mut test = StoreShare::new(&policy, &sales).unwrap();
    live.iter().for_each(|day| test.observe(day.promoted, day.rest).unwrap());
    assert!(test.has_decided(), "without the warning it is a win");
    // Twice the sales on top of the trend are more than the trend explains.
    let lifted: Vec<DayOfSales> = live.iter().map(|day| DayOfSales { promoted: 2.0 * day.promoted, ..*day }).collect();
    assert!(!share_warnings(&policy, &sales, &lifted, DayOfSales::default()).unwrap().holds_a_win());
    // Where no drift is reckoned with, the e-value is the test's own.
    let blind = ShareWarningPolicy { usual_drift: 0.0, ..policy.warnings };
    let said = share_warnings(&StoreSharePolicy { warnings: blind, ..policy }, &sales, &live, DayOfSales::default()).unwrap();
    assert!((said.product_trend.ln_e - test.ln_e()).abs() < 1e-9 && !said.product_trend.may_explain);
}

#[test]
fn a_rest_that_sells_less_is_seen_and_holds_a_win() {
    let policy = StoreSharePolicy::default();
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let history = days(&mut random, 56, 48.0, 240.0, 1.0);
    let fallen = days(&mut random, 14, 48.0, 190.0, 1.0);
    let said = share_warnings(&policy, &history, &fallen, DayOfSales { promoted: 20.0, rest: 70.0 }).unwrap();
    let rest = said.rest_moved.unwrap();
    assert!((rest.ratio - 190.0 / 240.0).abs() < 0.03 && rest.is_seen && rest.may_explain && said.holds_a_win(), "{said:?}");
    let jumped = days(&mut random, 14, 48.0, 300.0, 1.0);
    let rest = share_warnings(&policy, &history, &jumped, DayOfSales::default()).unwrap().rest_moved.unwrap();
    assert!(rest.ratio > 1.2 && rest.is_seen);
    let same = days(&mut random, 14, 96.0, 240.0, 1.0);
    let said = share_warnings(&policy, &history, &same, DayOfSales::default()).unwrap();
    assert!(!said.holds_a_win() && !said.rest_moved.unwrap().is_seen, "{said:?}");
    // Before a day is over nobody knows how the rest does.
    let said = share_warnings(&policy, &history, &[], DayOfSales { promoted: 90.0, rest: 100.0 }).unwrap();
    assert!(said.rest_moved.is_none() && said.holds_a_win());
}

/// Of a thousand campaigns a hundred truly lift their products, by half to twice; the tests have their default policy.
#[test]
fn winners_among_many_are_found_and_few_others() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let policy = StoreSharePolicy::default();
    let said: Vec<Evidence> = (0..1_000)
        .map(|campaign| {
            let history = days(&mut random, 56, 8.0, 24.0, 1.0);
            let lift = if campaign % 10 == 0 { 1.5 + 0.5 * f64::from(campaign % 30) / 20.0 } else { 1.0 };
            let mut test = StoreShare::new(&policy, &history).unwrap();
            for day in days(&mut random, 28, 8.0 * lift, 24.0, 1.0) {
                test.observe(day.promoted, day.rest).unwrap();
            }
            test.evidence(None).unwrap()
        })
        .collect();
    let ln_e: Vec<Measured<f64>> = said.iter().map(|evidence| evidence.ln_e_for_many).collect();
    let found = e_benjamini_hochberg(&ln_e, 0.05).unwrap();
    let wrong = found.iter().filter(|campaign| *campaign % 10 != 0).count();
    assert!(found.len() - wrong >= 85, "{} found", found.len() - wrong);
    assert!(wrong * 20 <= found.len(), "{wrong} of {} are wrong", found.len());
    // A single winner among a thousand can be found too.
    let best = said.iter().map(|evidence| *evidence.ln_e_for_many.known().unwrap()).fold(0.0, f64::max);
    assert!(best > (1_000.0f64 / 0.05).ln(), "{best}");
}

/// The e-value for many tests has an expectation of at most 1 under any share, whatever the dispersion does.
#[test]
fn the_e_value_for_many_is_one() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    for (promoted, rest) in [(2.0, 8.0), (2.0, 20.0), (9.0, 9.0)] {
        let runs = 400;
        let mut sum = 0.0;
        for _ in 0..runs {
            let history = days(&mut random, 21, promoted, rest, 1.0);
            let Ok(mut test) = StoreShare::new(&StoreSharePolicy::default(), &history) else { continue };
            for day in days(&mut random, 10, promoted, rest, 1.0) {
                test.observe(day.promoted, day.rest).unwrap();
                // Stopping when it looks good is no way around it.
                if test.ln_e_for_many() > 1.0 {
                    break;
                }
            }
            sum += test.ln_e_for_many().exp();
        }
        assert!(sum / f64::from(runs) < 1.0, "{promoted} {rest}: {}", sum / f64::from(runs));
    }
}
