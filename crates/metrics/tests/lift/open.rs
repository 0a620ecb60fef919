//! Open revenue against lifelines, chainladder and statsmodels (`tests/fixtures/open/generate.py`), and its intervals against the truth.

use campaign_pilot_core::{Absence, Currency, Money, Period};
use campaign_pilot_metrics::lift::{RandomBits, Xoshiro256};
use campaign_pilot_metrics::open::{
    Clicks, Cohort, CompletionMethod, Conversion, Delay, Expected, LagCurve, OpenSettings, OutlookParts, Settlement, Sold,
    Status, by_status, complete, expected_returns, open_revenue, outlook,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};
use serde_json::Value;

use crate::support::{close, fixture, json, near, numbers};

const DAY: i64 = 86_400;

fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(second)
}

fn days(number: i64) -> SignedDuration {
    SignedDuration::from_secs(number * DAY)
}

fn conversions() -> Vec<Conversion> {
    let read = |line: &str| {
        let row: Vec<i64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let status = match row[2] {
            0 => Status::Pending,
            1 => Status::Approved { at: at(row[3]) },
            _ => Status::Reversed { at: at(row[3]) },
        };
        Conversion { origin: at(row[0]), seen: at(row[1]), amount: Money::new(Decimal::new(row[4], 2), Currency::EUR), status }
    };
    fixture("open/conversions.csv").lines().skip(1).map(read).collect()
}

fn delays(conversions: &[Conversion]) -> Vec<Delay> {
    conversions.iter().map(|conversion| Delay { origin: conversion.origin, seen: conversion.seen }).collect()
}

fn learned(expected: &Value) -> (LagCurve, Timestamp) {
    let now = at(expected["now"].as_i64().unwrap());
    let window = days(expected["window_days"].as_i64().unwrap());
    (LagCurve::learn(&delays(&conversions()), now, days(1), window).unwrap(), now)
}

/// Days whose origins all lie in their first second.
fn cohorts(expected: &Value, with_origins: bool) -> Vec<Cohort> {
    let (seen, clicks) = (expected["seen"].as_array().unwrap(), expected["clicks"].as_array().unwrap());
    (0..)
        .zip(seen.iter().zip(clicks))
        .map(|(day, (seen, clicks))| Cohort {
            period: Period::new(at(day * DAY), at(day * DAY + 1)).unwrap(),
            origins: with_origins.then(|| clicks.as_u64().unwrap()),
            seen: seen.as_u64().unwrap(),
        })
        .collect()
}

#[test]
fn statuses_stay_apart() {
    let expected = json("open/expected.json");
    let parts = by_status(&conversions(), Currency::EUR).unwrap();
    for (part, name) in [(parts.pending, "pending"), (parts.approved, "approved"), (parts.reversed, "reversed")] {
        assert_eq!(Value::from(part.count), expected[name]["count"]);
        assert_eq!(part.amount.amount, Decimal::new(expected[name]["cents"].as_i64().unwrap(), 2));
    }
    assert_eq!(by_status(&conversions(), Currency::USD), Err(Absence::MixedCurrencies));
    assert_eq!(by_status(&[], Currency::USD).unwrap().pending.amount, Money::zero(Currency::USD));
}

#[test]
fn the_lag_curve_is_the_product_limit_in_reverse_time() {
    let expected = json("open/expected.json");
    let (curve, _) = learned(&expected);
    for (found, expected) in curve.shares().iter().zip(numbers(&expected["lag_shares"])) {
        close(*found, expected, 1e-12);
    }
    near(curve.share_after(days(3)), curve.shares()[2], 1e-12);
    near(curve.share_after(SignedDuration::from_secs(DAY / 2)), curve.shares()[0] / 2.0, 1e-12);
    near(curve.share_after(days(50)), 1.0, 0.0);
    near(curve.share_after(days(-1)), 0.0, 0.0);
}

#[test]
fn completed_days_equal_the_chain_ladder_and_cape_cod() {
    let expected = json("open/expected.json");
    let (curve, now) = learned(&expected);
    for (with_origins, key, method) in
        [(false, "chain_ladder", CompletionMethod::Seen), (true, "cape_cod", CompletionMethod::Origins)]
    {
        let found = complete(&cohorts(&expected, with_origins), &curve, now, 0.9).unwrap();
        assert_eq!(found.method, method);
        for (cohort, ultimate) in found.cohorts.iter().zip(numbers(&expected[key])) {
            // The origins of a day are spread over its first second.
            close(cohort.seen as f64 + cohort.unseen, ultimate, 2e-5);
            assert!(cohort.interval.lower <= cohort.unseen && cohort.unseen <= cohort.interval.upper);
        }
        let ultimate: f64 = numbers(&expected[key]).iter().sum();
        close(found.seen as f64 + found.unseen, ultimate, 1e-5);
        assert!(found.interval.contains(found.unseen));
    }
}

#[test]
fn reversals_are_the_cumulative_incidence() {
    let expected = json("open/expected.json");
    let now = at(expected["now"].as_i64().unwrap());
    let settlement = Settlement::learn(&conversions(), now, days(1)).unwrap();
    let incidence = numbers(&expected["incidence"]);
    assert_eq!(settlement.reversed().len(), incidence.len() + 1);
    for (found, expected) in settlement.reversed().iter().skip(1).zip(&incidence) {
        close(*found, *expected, 1e-12);
    }
    let fresh = settlement.reversal_probability(days(0));
    let late = settlement.reversal_probability(days(12));
    assert!(fresh > late, "what has been pending for long is rarely reversed: {fresh} {late}");
    let outcome = settlement.outcome(&conversions(), now, Currency::EUR, 0.9).unwrap();
    assert_eq!(outcome.pending.amount, Decimal::new(expected["pending"]["cents"].as_i64().unwrap(), 2));
    let share = |money: Money| f64::try_from(money.amount / outcome.pending.amount).unwrap();
    assert!(share(outcome.kept.amount) > 1.0 - fresh && share(outcome.kept.amount) < 1.0);
    assert!(share(outcome.kept.lower) < share(outcome.kept.amount) && share(outcome.kept.upper) <= 1.0);
}

/// Sums by hand: 100 approved, 50 reversed, 50 pending of which 40 are kept; 20 unseen kept like the rest (140 of 200); 5 come back.
#[test]
fn the_outlook_adds_up() {
    let euros = |amount| Money::new(amount, Currency::EUR);
    let around = |amount: Decimal, reach: Decimal| Expected {
        amount: euros(amount),
        lower: euros(amount - reach),
        upper: euros(amount + reach),
    };
    let status = |status, amount| Conversion { origin: at(0), seen: at(DAY), amount: euros(amount), status };
    let parts = OutlookParts {
        by_status: by_status(
            &[
                status(Status::Approved { at: at(9 * DAY) }, dec!(100)),
                status(Status::Reversed { at: at(9 * DAY) }, dec!(50)),
                status(Status::Pending, dec!(50)),
            ],
            Currency::EUR,
        )
        .unwrap(),
        pending: campaign_pilot_metrics::open::PendingOutcome {
            count: 1,
            pending: euros(dec!(50)),
            kept: around(dec!(40), dec!(3)),
        },
        unseen: around(dec!(20), dec!(0)),
        returns: around(dec!(5), dec!(4)),
    };
    let found = outlook(&parts).unwrap();
    assert_eq!(found.unseen.amount, euros(dec!(14)));
    assert_eq!(found.final_revenue, around(dec!(149), dec!(5)));
    let foreign = OutlookParts { returns: Expected::certain(Money::zero(Currency::USD)), ..parts };
    assert_eq!(outlook(&foreign), Err(Absence::MixedCurrencies));
}

/// A shop's history: clicks a day, 5 % of them convert after an exponential delay of two days, within fourteen.
struct World {
    delays: Vec<Delay>,
    cohorts: Vec<Cohort>,
    unseen: f64,
}

fn uniform(bits: &mut Xoshiro256) -> f64 {
    (bits.next_bits() >> 11) as f64 / 9_007_199_254_740_992.0
}

fn world(seed: u64, history: i64) -> World {
    let mut bits = Xoshiro256::seeded(seed);
    let mut world = World { delays: Vec::new(), cohorts: Vec::new(), unseen: 0.0 };
    let now = at(history * DAY);
    for day in 0..history {
        let origins = 150 + bits.next_bits() % 100;
        let mut seen_now = 0;
        for _ in 0..origins {
            if uniform(&mut bits) < 0.05 {
                let origin = at(day * DAY) + SignedDuration::from_secs_f64(uniform(&mut bits) * 86_400.0);
                let seen = origin + SignedDuration::from_secs_f64((-2.0 * (1.0 - uniform(&mut bits)).ln()).min(13.99) * 86_400.0);
                if seen <= now {
                    world.delays.push(Delay { origin, seen });
                    seen_now += 1;
                } else {
                    world.unseen += 1.0;
                }
            }
        }
        let period = Period::new(at(day * DAY), at((day + 1) * DAY)).unwrap();
        world.cohorts.push(Cohort { period, origins: Some(origins), seen: seen_now });
    }
    world
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let (runs, history) = (200_u32, 60);
    let now = at(history * DAY);
    let (mut held, mut held_by_seen, mut bias) = (0, 0, 0.0);
    for seed in 0..runs {
        let world = world(u64::from(seed), history);
        let curve = LagCurve::learn(&world.delays, now, days(1), days(14)).unwrap();
        let recent = &world.cohorts[world.cohorts.len() - 14..];
        let found = complete(recent, &curve, now, 0.9).unwrap();
        held += u32::from(found.interval.contains(world.unseen));
        bias += (found.unseen - world.unseen) / f64::from(runs);
        let alone: Vec<Cohort> = recent[..13].iter().map(|cohort| Cohort { origins: None, ..*cohort }).collect();
        let alone = complete(&alone, &curve, now, 0.9).unwrap();
        held_by_seen += u32::from(alone.interval.upper >= alone.unseen && alone.unseen > 0.0);
    }
    // 90 % of 200 with three standard errors: 167 to 193.
    assert!((167..=194).contains(&held), "{held} of {runs}");
    assert!(bias.abs() < 1.5, "{bias} of about 20 unseen");
    assert_eq!(held_by_seen, runs);
}

/// Units sold by day, 10 % of which come back after three weeks on average: what was returned so far is not all.
#[test]
fn returns_are_expected_by_the_units_sold() {
    let mut bits = Xoshiro256::seeded(8);
    let (history, mut delays, mut cohorts, mut open) = (120, Vec::new(), Vec::new(), 0.0);
    let now = at(history * DAY);
    for day in 0..history {
        let mut seen_now = 0;
        for _ in 0..40 {
            if uniform(&mut bits) < 0.1 {
                let origin = at(day * DAY + DAY / 2);
                let seen = origin + SignedDuration::from_secs_f64((7.0 + 28.0 * uniform(&mut bits)) * 86_400.0);
                if seen <= now {
                    delays.push(Delay { origin, seen });
                    seen_now += 1;
                } else {
                    open += 1.0;
                }
            }
        }
        let period = Period::new(at(day * DAY), at((day + 1) * DAY)).unwrap();
        cohorts.push(Cohort { period, origins: Some(40), seen: seen_now });
    }
    let sold: Vec<Sold> = cohorts
        .iter()
        .map(|cohort| Sold { period: cohort.period, units: 40, revenue: Money::new(dec!(1200), Currency::EUR) })
        .collect();
    let found = expected_returns(&sold, &delays, now, days(1), days(36), 0.9).unwrap();
    let curve = LagCurve::learn(&delays, now, days(1), days(36)).unwrap();
    assert_eq!(found.units, complete(&cohorts, &curve, now, 0.9).unwrap());
    assert!(found.units.interval.contains(open), "{open} outside {:?}", found.units.interval);
    near(found.rate, 0.1, 0.01);
    near(f64::try_from(found.revenue.amount.amount).unwrap(), 30.0 * found.units.unseen, 1e-6);
    assert_eq!(expected_returns(&[], &delays, now, days(1), days(36), 0.9), Err(Absence::NoSales));
}

/// A campaign's 60 days, followed to their end, against what was expected of it at the present.
#[test]
fn the_whole_of_open_revenue_holds_the_final_one() {
    let (runs, history) = (60, 60);
    let now = at(history * DAY);
    let mut held = 0;
    for seed in 0..runs {
        let mut bits = Xoshiro256::seeded(seed);
        let (mut conversions, mut clicks, mut truth) = (Vec::new(), Vec::new(), Decimal::ZERO);
        for day in 0..history {
            let origins = 120;
            for _ in 0..origins {
                if uniform(&mut bits) < 0.06 {
                    let origin = at(day * DAY) + SignedDuration::from_secs_f64(uniform(&mut bits) * 86_400.0);
                    let seen =
                        origin + SignedDuration::from_secs_f64((-2.0 * (1.0 - uniform(&mut bits)).ln()).min(13.99) * 86_400.0);
                    let reversed = uniform(&mut bits) < 0.2;
                    let wait = if reversed { 2.0 + 10.0 * uniform(&mut bits) } else { 14.0 };
                    let end = seen + SignedDuration::from_secs_f64(wait * 86_400.0);
                    let amount = Decimal::new(2_000 + i64::try_from(bits.next_bits() % 4_000).unwrap(), 2);
                    truth += if reversed { Decimal::ZERO } else { amount };
                    let status = match (end <= now, reversed) {
                        (false, _) => Status::Pending,
                        (true, true) => Status::Reversed { at: end },
                        (true, false) => Status::Approved { at: end },
                    };
                    if seen <= now {
                        conversions.push(Conversion { origin, seen, amount: Money::new(amount, Currency::EUR), status });
                    }
                }
            }
            clicks.push(Clicks { period: Period::new(at(day * DAY), at((day + 1) * DAY)).unwrap(), number: Some(origins) });
        }
        let settings = OpenSettings { window: days(14), ..OpenSettings::default() };
        let found = open_revenue(&conversions, &clicks, None, Currency::EUR, now, &settings).unwrap();
        assert!(found.notes.is_empty());
        let revenue = found.outlook.final_revenue;
        held += u32::from(revenue.lower.amount <= truth && truth <= revenue.upper.amount);
    }
    // 90 % of 60 with three standard errors: 47 to 60.
    assert!(held >= 47, "{held} of {runs}");
}

#[test]
fn what_cannot_be_learned_is_not_guessed() {
    let euros = |amount| Money::new(amount, Currency::EUR);
    let conversion = Conversion { origin: at(0), seen: at(60), amount: euros(dec!(40)), status: Status::Pending };
    let clicks = [Clicks { period: Period::new(at(0), at(DAY)).unwrap(), number: None }];
    let settings = OpenSettings::default();
    let found = open_revenue(&[conversion], &clicks, None, Currency::EUR, at(3_600), &settings).unwrap();
    assert_eq!(found.outlook.final_revenue, Expected { amount: euros(dec!(40)), lower: euros(dec!(0)), upper: euros(dec!(40)) });
    assert_eq!(found.notes.len(), 2);
    let foreign = open_revenue(&[conversion], &clicks, None, Currency::USD, at(3_600), &settings);
    assert_eq!(foreign, Err(Absence::MixedCurrencies));
    let early = open_revenue(&[conversion], &clicks, None, Currency::EUR, at(30), &settings).unwrap();
    assert_eq!(early.outlook.final_revenue, Expected::certain(euros(dec!(0))), "not seen yet");
}

#[test]
fn too_little_is_refused() {
    let now = at(DAY);
    assert_eq!(LagCurve::learn(&[], now, days(1), days(7)), Err(Absence::TooFewObservations));
    let delay = Delay { origin: at(0), seen: at(60) };
    assert_eq!(LagCurve::learn(&[delay], now, SignedDuration::ZERO, days(7)), Err(Absence::OutOfRange));
    assert_eq!(LagCurve::learn(&[delay], now, days(1), days(100_000)), Err(Absence::OutOfRange));
    let pending = Conversion { origin: at(0), seen: at(9), amount: Money::zero(Currency::EUR), status: Status::Pending };
    assert_eq!(Settlement::learn(&[pending], now, days(1)), Err(Absence::TooFewObservations));
    let curve = LagCurve::learn(&[delay], at(5 * DAY), days(1), days(2)).unwrap();
    let cohort = |seen| Cohort { period: Period::new(at(4 * DAY), at(5 * DAY)).unwrap(), origins: None, seen };
    assert_eq!(complete(&[], &curve, now, 0.9), Err(Absence::TooFewObservations));
    assert_eq!(complete(&[cohort(0)], &curve, at(5 * DAY), 0.9), Err(Absence::TooFewObservations));
    assert_eq!(complete(&[cohort(4)], &curve, at(4 * DAY), 0.9), Err(Absence::TooFewObservations), "not begun");
    assert_eq!(complete(&[cohort(4)], &curve, at(5 * DAY), f64::NAN), Err(Absence::OutOfRange));
}

proptest! {
    #[test]
    fn nothing_is_ever_nan_or_infinite_and_no_order_matters(
        rows in prop::collection::vec((-5i64..60, -2i64..40, 0u8..3, 0i64..30, -1_000i64..100_000), 1..60),
        clicks in prop::option::of(0u64..500),
        turn in 0usize..60,
    ) {
        let conversion = |(origin, lag, status, wait, cents): &(i64, i64, u8, i64, i64)| {
            let seen = origin * DAY / 2 + lag * 7_200;
            let end = at(seen + wait * DAY);
            let status = match status {
                0 => Status::Pending,
                1 => Status::Approved { at: end },
                _ => Status::Reversed { at: end },
            };
            Conversion { origin: at(origin * DAY / 2), seen: at(seen), amount: Money::new(Decimal::new(*cents, 2), Currency::EUR), status }
        };
        let all: Vec<Conversion> = rows.iter().map(conversion).collect();
        let mut turned = all.clone();
        turned.rotate_left(turn % all.len());
        let now = at(30 * DAY);
        let curve = LagCurve::learn(&delays(&all), now, days(1), days(4));
        prop_assert_eq!(&curve, &LagCurve::learn(&delays(&turned), now, days(1), days(4)));
        if let Ok(curve) = curve {
            prop_assert!(curve.shares().iter().all(|share| (0.0..=1.0).contains(share)));
            prop_assert!(curve.shares().windows(2).all(|pair| pair[0] <= pair[1] + 1e-15));
            let cohorts: Vec<Cohort> = (20..33).map(|day| Cohort {
                period: Period::new(at(day * DAY), at((day + 1) * DAY)).unwrap(), origins: clicks, seen: 3,
            }).collect();
            if let Ok(found) = complete(&cohorts, &curve, now, 0.9) {
                let ends = found.cohorts.iter().flat_map(|cohort| [cohort.unseen, cohort.interval.lower, cohort.interval.upper]);
                prop_assert!(ends.chain([found.unseen, found.interval.lower, found.interval.upper]).all(|end| end.is_finite() && end >= 0.0));
            }
        }
        let settlement = Settlement::learn(&all, now, days(1));
        prop_assert_eq!(&settlement, &Settlement::learn(&turned, now, days(1)));
        if let Ok(settlement) = settlement {
            for age in 0..40 {
                prop_assert!((0.0..=1.0).contains(&settlement.reversal_probability(days(age))));
            }
            let outcome = settlement.outcome(&all, now, Currency::EUR, 0.9).unwrap();
            prop_assert!(outcome.kept.lower.amount <= outcome.kept.upper.amount);
        }
        prop_assert_eq!(by_status(&all, Currency::EUR), by_status(&turned, Currency::EUR));
    }
}
