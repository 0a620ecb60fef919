use campaign_pilot_core::Currency;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::testing::{at, euros};

fn sample(hour: i64, cost: Decimal, clicks: Option<u64>) -> SpendSample {
    SpendSample { at: at(hour), cost, clicks }
}

fn trail(samples: &[SpendSample]) -> SpendTrail {
    let mut trail = SpendTrail::new(Currency::EUR, at(0));
    for sample in samples {
        trail.record(*sample, &LagCurve::after_unlisting());
    }
    trail
}

fn plain() -> ForecastPolicy {
    ForecastPolicy { deviations: Decimal::ZERO, ..ForecastPolicy::default() }
}

fn expected(trail: &SpendTrail, price: Option<Money>, policy: &ForecastPolicy) -> CostForecast {
    forecast(&ForecastFacts { trail, price, actions: 2, curve: &policy.after_unlisting }, policy).unwrap()
}

#[test]
fn the_forecast_is_the_formula() {
    // 240 clicks in 24 hours, half of them in the last 12: 10 an hour. 90 EUR seen for them, and 150 clicks of 0.15 EUR
    // assumed: 112.5 / 390 for a click.
    let trail = trail(&[sample(12, dec!(40), Some(120)), sample(24, dec!(90), Some(240))]);
    let forecast = expected(&trail, Some(euros(dec!(50))), &plain());
    assert_eq!(forecast.per_hour, euros(dec!(2.8846)));
    assert_eq!(forecast.expected, euros(dec!(207.6923)));
    assert_eq!(forecast.upper, forecast.expected);
    // One commission is 45 EUR so far: sqrt(207.69 x 45 + (0.35 x 207.69)^2) = 120.9, twice.
    let held = expected(&trail, Some(euros(dec!(50))), &ForecastPolicy::default()).upper;
    assert_eq!(held.amount.round_dp(1), dec!(449.6));
}

#[test]
fn a_campaign_that_grows_is_not_taken_for_its_past() {
    let trail = trail(&[sample(12, dec!(0), Some(0)), sample(24, dec!(0), Some(60))]);
    assert_eq!(trail.clicks_per_hour(), Measured::Known(dec!(5)));
}

#[test]
fn the_first_click_is_no_pace_yet() {
    let mut trail = SpendTrail::new(Currency::EUR, at(0));
    let minute = SpendSample { at: at(0) + SignedDuration::from_mins(1), cost: dec!(0), clicks: Some(3) };
    trail.record(minute, &LagCurve::after_stop());
    assert_eq!(trail.clicks_per_hour(), Measured::Known(dec!(1)));
}

#[test]
fn without_clicks_the_cost_makes_the_pace_and_without_anything_there_is_none() {
    let trail = trail(&[sample(24, dec!(48), None)]);
    assert_eq!(expected(&trail, None, &plain()).per_hour, euros(dec!(2)));
    let nothing = SpendTrail::new(Currency::EUR, at(0));
    let policy = plain();
    let facts = ForecastFacts { trail: &nothing, price: None, actions: 0, curve: &policy.after_stop };
    assert_eq!(forecast(&facts, &policy), Err(Absence::NotYetReported));
    let dollars = Some(Money::new(dec!(50), Currency::USD));
    let facts = ForecastFacts { trail: &trail, price: dollars, actions: 0, curve: &policy.after_stop };
    assert_eq!(forecast(&facts, &policy), Err(Absence::MixedCurrencies));
}

#[test]
fn the_square_root_is_one() {
    for number in [dec!(0.0001), dec!(0.25), dec!(2), dec!(14616.7), dec!(79228162514264.33)] {
        let root = square_root(number).unwrap();
        assert!((root * root - number).abs() <= number * dec!(0.00000001), "{number}: {root}");
    }
    assert_eq!((square_root(dec!(0)), square_root(dec!(-1))), (Some(dec!(0)), None));
}

fn stopped(pace: Decimal, after: &[(i64, Decimal)]) -> SpendTrail {
    let mut trail = trail(&[sample(24, dec!(10), Some(100))]);
    trail.stopped(pace);
    for (hours, cost) in after {
        trail.record(sample(24 + hours, *cost, Some(100)), &LagCurve::after_unlisting());
    }
    trail
}

#[test]
fn what_comes_after_stops_corrects_the_curve() {
    let prior = LagCurve::new([LagStep { until: 6, hours: dec!(5) }, LagStep { until: 24, hours: dec!(5) }]);
    let mut book = LagBook::default();
    assert_eq!(book.curve(Currency::EUR, &prior, 1), prior);
    // Twice as much as assumed in the first span, nothing in the second.
    let trail = stopped(dec!(2), &[(6, dec!(30)), (24, dec!(30))]);
    book.add(Currency::EUR, trail.stop().unwrap(), &prior);
    let learned = book.curve(Currency::EUR, &prior, 1);
    let hours: Vec<_> = learned.steps().iter().map(|step| step.hours).collect();
    assert_eq!(hours, [dec!(7.5), dec!(2.5)]);
    assert_eq!(book.stops(Currency::EUR), 1);
    assert_eq!(book.curve(Currency::USD, &prior, 1), prior, "each currency by itself");
    // A stop without a pace teaches nothing.
    let idle = stopped(dec!(0), &[(24, dec!(30))]);
    book.add(Currency::EUR, idle.stop().unwrap(), &prior);
    assert_eq!(book.curve(Currency::EUR, &prior, 1), learned);
}

#[test]
fn a_stop_is_noted_once_and_forgotten_when_the_campaign_runs_again() {
    let mut trail = stopped(dec!(2), &[(6, dec!(12))]);
    trail.stopped(dec!(9));
    assert_eq!(trail.stop().map(|stop| (stop.pace, stop.cost_after(6), stop.cost_after(5))), Some((dec!(2), dec!(2), dec!(0))));
    trail.runs_again();
    assert_eq!(trail.stop(), None);
}

#[test]
fn a_trail_stays_short_however_long_a_campaign_runs() {
    let mut trail = SpendTrail::new(Currency::EUR, at(0));
    for hour in 0..2_000 {
        trail.record(sample(hour, Decimal::from(hour), Some(u64::try_from(hour).unwrap())), &LagCurve::after_stop());
    }
    assert_eq!(trail.clicks_per_hour(), Measured::Known(dec!(1)));
    assert!(serde_json::to_string(&trail).unwrap().len() < 3_000);
}

proptest! {
    #[test]
    fn a_reading_that_comes_late_or_twice_changes_nothing(
        costs in prop::collection::vec(0u32..1_000, 1..40), again in prop::collection::vec(any::<prop::sample::Index>(), 0..20)
    ) {
        let samples: Vec<_> = (0i64..).zip(&costs).map(|(hour, cost)| sample(hour, Decimal::from(*cost), Some(u64::from(*cost)))).collect();
        let before = trail(&samples);
        let mut after = before.clone();
        for index in again {
            after.record(samples[index.index(samples.len())], &LagCurve::after_unlisting());
        }
        prop_assert_eq!(before, after);
    }

    #[test]
    fn what_is_left_of_a_curve_falls_from_all_of_it_to_nothing(hours in 0i64..400, more in 0i64..100) {
        let curve = LagCurve::after_unlisting();
        prop_assert_eq!(curve.hours_after(0), curve.hours());
        prop_assert!(curve.hours_after(hours) >= curve.hours_after(hours + more));
        prop_assert_eq!(curve.hours_after(i64::from(curve.horizon())), Decimal::ZERO);
    }

    #[test]
    fn more_clicks_and_more_caution_never_hold_less(
        clicks in 1u64..2_000, more in 1u64..2_000, cost in 0u32..500, deviations in 0u32..4
    ) {
        let cost = Decimal::from(cost);
        let held = |clicks: u64, deviations: u32| {
            let policy = ForecastPolicy { deviations: Decimal::from(deviations), prior_clicks: 0, ..ForecastPolicy::default() };
            expected(&trail(&[sample(24, cost, Some(clicks))]), None, &policy).upper.amount
        };
        // Without a prior, the pace is the cost itself, whatever the clicks.
        prop_assert!((held(clicks, deviations) - held(clicks + more, deviations)).abs() < dec!(0.01));
        prop_assert!(held(clicks, deviations + 1) >= held(clicks, deviations));
    }

    #[test]
    fn the_learned_curve_lies_between_what_was_assumed_and_what_was_seen(
        assumed in 1u32..100, pace in 1u32..50, after in 0u32..1_000, weight in 0u32..20
    ) {
        let prior = LagCurve::new([LagStep { until: 24, hours: Decimal::from(assumed) }]);
        let mut book = LagBook::default();
        let trail = stopped(Decimal::from(pace), &[(24, dec!(10) + Decimal::from(after))]);
        book.add(Currency::EUR, trail.stop().unwrap(), &prior);
        let seen = Decimal::from(after) / Decimal::from(pace);
        let (low, high) = (seen.min(Decimal::from(assumed)), seen.max(Decimal::from(assumed)));
        let learned = book.curve(Currency::EUR, &prior, weight).hours();
        prop_assert!(learned >= low - dec!(0.0001) && learned <= high + dec!(0.0001), "{} in {}..{}", learned, low, high);
    }
}

#[test]
fn samples_are_written_short_and_read_in_both_forms() {
    let sample = SpendSample { at: "2026-11-23T01:00:00Z".parse().unwrap(), cost: dec!(1.20), clicks: Some(7) };
    let text = serde_json::to_string(&sample).unwrap();
    assert_eq!(text, r#"["2026-11-23T01:00:00Z","1.20",7]"#);
    let named = r#"{"at": "2026-11-23T01:00:00Z", "cost": "1.20", "clicks": 7}"#;
    for text in [text.as_str(), named] {
        assert_eq!(serde_json::from_str::<SpendSample>(text).unwrap(), sample, "{text}");
    }
}

#[test]
fn the_pace_survives_a_short_stop_and_the_samples_are_dropped_after_a_long_one() {
    let curve = LagCurve::after_unlisting();
    let mut trail = SpendTrail::new(Currency::EUR, "2026-11-01T00:00:00Z".parse().unwrap());
    let sample = |hour: i64| SpendSample {
        at: "2026-11-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_hours(hour),
        cost: Decimal::from(hour.min(48)),
        clicks: Some(u64::try_from(10 * hour.min(48)).unwrap()),
    };
    (0..=48).for_each(|hour| assert!(trail.record(sample(hour), &curve) || hour > 0));
    trail.stopped(dec!(1));
    (49..=51).for_each(|hour| assert!(trail.record(sample(hour), &curve) || hour > 0));
    // Of the last 24 hours 21 had 10 clicks each.
    assert_eq!(trail.clicks_per_hour(), Measured::Known(dec!(8.75)));
    (52..=80).for_each(|hour| assert!(trail.record(sample(hour), &curve) || hour > 0));
    assert!(serde_json::to_string(&trail).unwrap().matches("2026-11-04T").count() <= 1);
}

#[test]
fn after_a_stop_what_is_left_of_the_curve_is_to_come() {
    let policy = plain();
    let trail = stopped(dec!(2), &[]);
    let facts = ForecastFacts { trail: &trail, price: None, actions: 1, curve: &policy.after_unlisting };
    let at_once = forecast_after_stop(&facts, at(24), &policy).unwrap();
    assert_eq!(at_once.expected, euros(dec!(144)), "72 hours at 2 EUR");
    // The first span of 6 hours is over.
    assert_eq!(forecast_after_stop(&facts, at(30), &policy).unwrap().expected, euros(dec!(132)));
    assert_eq!(forecast_after_stop(&facts, at(24 + 336), &policy).unwrap().expected, euros(dec!(0)));
}
