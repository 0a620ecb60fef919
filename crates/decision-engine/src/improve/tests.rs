use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Money};
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::Interval;
use crate::testing::{at, euros};

fn interval(low: Decimal, expected: Decimal, high: Decimal) -> Interval {
    Interval { low: euros(low), expected: euros(expected), high: euros(high) }
}

fn candidate(change: Change, expected: Decimal) -> Candidate {
    let gain = interval(expected - dec!(5), expected, expected + dec!(5));
    Candidate { change, gain, cost_of_trying: euros(dec!(0)), ground: Ground::Expected, obstacle: None }
}

fn raise() -> Change {
    Change::RaiseBudget { from: euros(dec!(20)), to: euros(dec!(25)) }
}

fn end_after(days: i64) -> Change {
    Change::MoveEnd { from: at(0), to: at(24 * days) }
}

fn copy(variant: &str) -> Change {
    Change::OtherCopy { from: "old".to_owned(), variant: variant.to_owned() }
}

fn limits(trials: Decimal) -> ChangeLimits {
    ChangeLimits { currency: Currency::EUR, least: Some(euros(dec!(1))), trials: euros(trials) }
}

fn why(found: &BestChange, change: &Change) -> WhyNot {
    found.passed.iter().find(|passed| passed.change == *change).unwrap().why.clone()
}

#[test]
fn the_one_change_is_taken_that_adds_most_net_of_what_trying_costs() {
    let dear = Candidate { cost_of_trying: euros(dec!(3)), ..candidate(copy("new"), dec!(6)) };
    let candidates = [candidate(raise(), dec!(4)), dear, candidate(end_after(7), dec!(0.5))];
    let found = best_change(&candidates, None, &limits(dec!(0)));
    assert_eq!(found.best, Some(Improvement::expected(raise(), euros(dec!(4)))));
    assert_eq!(why(&found, &copy("new")), WhyNot::LessThan { other: euros(dec!(4)) });
    assert_eq!(why(&found, &end_after(7)), WhyNot::TooLittle { least: euros(dec!(1)) });
    let said: Vec<_> = found.passed.iter().map(PassedOver::to_string).collect();
    assert_eq!(said[1], "the copy `new` instead of `old`: 3.00 EUR expected; less than the 4.00 EUR of another change");
}

#[test]
fn budgets_wait_for_nothing_but_ends_and_copies_for_what_is_still_measured() {
    let measuring = Measuring { change: copy("newer"), until: at(24) };
    let candidates = [candidate(raise(), dec!(0.4)), candidate(copy("new"), dec!(6)), candidate(end_after(7), dec!(9))];
    let found = best_change(&candidates, Some(&measuring), &limits(dec!(0)));
    assert_eq!(found.best.as_ref().map(|best| best.change.clone()), Some(raise()));
    assert_eq!(why(&found, &copy("new")), WhyNot::StillMeasured { until: at(24) });
    let said = found.passed[0].to_string();
    assert!(said.ends_with("; an earlier change is still measured until 2026-11-03 00:00 UTC"), "{said}");
}

#[test]
fn what_nobody_can_or_may_do_is_passed_over_and_nothing_helps_then() {
    let unable = Candidate { obstacle: Some(Obstacle::NotSupported), ..candidate(copy("new"), dec!(6)) };
    let forbidden = Candidate { obstacle: Some(Obstacle::NotAllowed), ..candidate(end_after(7), dec!(6)) };
    let dollars = Money::new(dec!(9), Currency::USD);
    let foreign = Candidate { gain: Interval { low: dollars, expected: dollars, high: dollars }, ..candidate(raise(), dec!(0)) };
    let found = best_change(&[unable, forbidden, foreign], None, &limits(dec!(0)));
    assert_eq!(found.best, None);
    assert_eq!(found.to_string(), "no change of budget, end or copy is expected to bring more");
    let whys: Vec<_> = found.passed.iter().map(|passed| passed.why.clone()).collect();
    assert_eq!(whys, [WhyNot::OtherCurrency, WhyNot::NotAllowed, WhyNot::NotSupported]);
}

#[test]
fn a_copy_of_which_nothing_is_known_is_tried_only_within_the_budget_for_that_and_after_every_gain() {
    let trial = Candidate { ground: Ground::Trial, ..candidate(copy("new"), dec!(0)) };
    let found = best_change(std::slice::from_ref(&trial), None, &limits(dec!(4.99)));
    assert_eq!((found.best.clone(), why(&found, &copy("new"))), (None, WhyNot::NothingKnown), "5 may be lost");
    let found = best_change(std::slice::from_ref(&trial), None, &limits(dec!(5)));
    let tried = found.best.unwrap();
    assert_eq!((tried.ground, tried.gain), (Ground::Trial, euros(dec!(0))));
    assert_eq!(tried.to_string(), "the copy `new` instead of `old` is tried, since nothing is known of it yet");
    let found = best_change(&[trial, candidate(raise(), dec!(0.1))], None, &limits(dec!(5)));
    assert_eq!(found.best.map(|best| best.change), Some(raise()));
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (1i64..5).prop_map(|to| Change::RaiseBudget { from: euros(dec!(20)), to: euros(Decimal::from(20 + to)) }),
        (1i64..5).prop_map(end_after),
        "[a-d]".prop_map(|variant| copy(&variant)),
    ]
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    (any_change(), -3i64..6, 0i64..3, 0u8..4, any::<bool>()).prop_map(|(change, expected, cost, obstacle, trial)| Candidate {
        cost_of_trying: euros(Decimal::from(cost)),
        ground: if trial { Ground::Trial } else { Ground::Expected },
        obstacle: match obstacle {
            0 => Some(Obstacle::NotSupported),
            1 => Some(Obstacle::NotAllowed),
            _ => None,
        },
        ..candidate(change, Decimal::from(expected))
    })
}

proptest! {
    #[test]
    fn at_most_one_is_chosen_it_gains_and_none_that_could_be_made_gains_more(
        candidates in prop::collection::vec(any_candidate(), 0..8),
        turns in 0usize..8,
        trials in 0i64..12,
        measured in any::<bool>(),
    ) {
        let measuring = measured.then(|| Measuring { change: copy("x"), until: at(9) });
        let limits = limits(Decimal::from(trials));
        let found = best_change(&candidates, measuring.as_ref(), &limits);
        let mut turned = candidates.clone();
        turned.rotate_left(turns % candidates.len().max(1));
        turned.reverse();
        prop_assert_eq!(&best_change(&turned, measuring.as_ref(), &limits), &found);
        prop_assert_eq!(found.passed.len() + usize::from(found.best.is_some()), candidates.len());
        let could_be = |of: &&Candidate| of.obstacle.is_none() && !(measured && of.change.waits());
        let net = |of: &Candidate| of.gain.expected.amount - of.cost_of_trying.amount;
        match &found.best {
            Some(best) if best.ground == Ground::Trial => prop_assert!(best.gain.is_zero()),
            Some(best) => {
                prop_assert!(best.gain.is_positive());
                let open = candidates.iter().filter(could_be).filter(|of| of.ground != Ground::Trial);
                prop_assert!(open.map(net).all(|net| net <= best.gain.amount));
            }
            None => {
                let is_open = |of: &&Candidate| of.ground != Ground::Trial && net(of) >= Decimal::ONE;
                prop_assert!(!candidates.iter().filter(could_be).any(|of| is_open(&of)));
            }
        }
    }
}

fn facts() -> EndFacts {
    EndFacts {
        now: at(0),
        end: at(24 * 4),
        per_day: interval(dec!(1), dec!(3), dec!(6)),
        budget_days: None,
        stock_days: None,
        idle_days: dec!(365),
    }
}

#[test]
fn a_later_end_gains_the_days_that_no_new_flight_would_have_as_far_as_budget_and_stock_last() {
    let gain = |facts: &EndFacts| later_end(facts, 7).unwrap().gain.expected.amount;
    assert_eq!(gain(&facts()), dec!(21));
    assert_eq!(gain(&EndFacts { idle_days: dec!(0), ..facts() }), dec!(0), "a new flight begins at once");
    assert_eq!(gain(&EndFacts { budget_days: Some(dec!(6)), ..facts() }), dec!(6), "two days beyond the end");
    assert_eq!(gain(&EndFacts { stock_days: Some(dec!(3)), ..facts() }), dec!(0), "sold out before the end");
    let later = later_end(&facts(), 7).unwrap();
    assert_eq!(later.change, Change::MoveEnd { from: at(96), to: at(96 + 168) });
    assert_eq!((later.gain.low, later.gain.high), (euros(dec!(7)), euros(dec!(42))));
}

#[test]
fn an_earlier_end_avoids_what_the_days_are_expected_to_lose() {
    let loses = EndFacts { per_day: interval(dec!(-4), dec!(-2), dec!(1)), ..facts() };
    let earlier = earlier_end(&loses, 2).unwrap();
    assert_eq!(earlier.change, Change::MoveEnd { from: at(96), to: at(48) });
    assert_eq!(earlier.gain, interval(dec!(-2), dec!(4), dec!(8)));
    assert_eq!(earlier_end(&loses, 7).unwrap().change, Change::MoveEnd { from: at(96), to: at(1) }, "at once, not before");
    assert!(earlier_end(&facts(), 2).unwrap().gain.expected.amount < dec!(0), "what earns is not ended earlier");
    assert_eq!(earlier_end(&EndFacts { end: at(0), ..facts() }, 2), None);
}

fn record(days: i64, clicks: u64, orders: u64, campaigns: u32) -> CopyRecord {
    CopyRecord { hours_on_offer: Decimal::from(24 * days), clicks, orders, campaigns }
}

fn copies(records: &[(&str, CopyRecord)]) -> Vec<Candidate> {
    let records: BTreeMap<_, _> = records.iter().map(|(name, record)| ((*name).to_owned(), record.clone())).collect();
    let worth = CopyWorth { per_order: euros(dec!(12)), per_click: euros(dec!(0.10)) };
    let variants = ["old", "new"].map(str::to_owned);
    other_copies("old", &variants, &records, &worth, dec!(10))
}

#[test]
fn another_copy_is_worth_what_it_did_beyond_the_one_in_force() {
    let untried = &copies(&[("old", record(28, 280, 8, 2))])[0];
    assert_eq!((untried.ground, untried.gain.expected), (Ground::Trial, euros(dec!(0))));
    assert!(untried.gain.low.amount < dec!(0) && untried.gain.high.amount == -untried.gain.low.amount);
    let better = &copies(&[("old", record(56, 560, 16, 4)), ("new", record(56, 1120, 32, 4))])[0];
    assert!(better.gain.expected.amount > dec!(5), "{better:?}");
    // Per day 10 and 20 clicks, of which 1 in 35 buys for 12: 2.43 and 4.86, of which less is believed.
    assert!(better.gain.expected.amount < dec!(24.3), "{better:?}");
    let hardly = &copies(&[("old", record(56, 560, 16, 4)), ("new", record(2, 40, 1, 1))])[0];
    assert!(hardly.gain.expected.amount < better.gain.expected.amount, "{hardly:?}");
    let equal = &copies(&[("old", record(56, 560, 16, 4)), ("new", record(56, 560, 16, 4))])[0];
    assert!(equal.gain.expected.amount.abs() < dec!(0.01), "{equal:?}");
    let nothing = &copies(&[])[0];
    assert_eq!(nothing.gain, interval(dec!(0), dec!(0), dec!(0)), "where nothing was ever clicked nothing can be gained");
}

fn shape(copy: &str, end: Timestamp, budget: Decimal) -> CampaignShape {
    CampaignShape { budget: euros(budget), end, copy: copy.to_owned() }
}

/// A campaign that is followed for so many days, on offer all the time, with so many clicks and orders on each.
fn followed(days: u32, change_at: u32, daily: impl Fn(u32) -> (u64, u64)) -> ResultTrail {
    let mut trail = ResultTrail::new(Currency::EUR, shape("old", at(24 * 60), dec!(50)));
    let (mut clicks, mut orders) = (0, 0);
    for day in 0..=days {
        let name = if day >= change_at { "new" } else { "old" };
        let sample = ResultSample {
            at: at(24 * i64::from(day)),
            hours_on_offer: Decimal::from(24 * day),
            clicks: Some(clicks),
            orders,
            revenue: Decimal::from(40 * orders),
            cost: Decimal::from(clicks) * dec!(0.1),
        };
        trail.follow(sample, shape(name, at(24 * 60), dec!(50)), 14);
        let (more_clicks, more_orders) = daily(day);
        (clicks, orders) = (clicks + more_clicks, orders + more_orders);
    }
    trail
}

fn effect(trail: &ResultTrail, day: i64) -> ChangeEffect {
    change_effects(trail, &ChangesPolicy::default(), dec!(0.3), at(24 * day)).remove(0)
}

#[test]
fn a_copy_that_halves_the_clicks_is_found_out_and_taken_back() {
    let worse = followed(30, 14, |day| if day < 14 { (40 + u64::from(day % 3), 3) } else { (20 - u64::from(day % 2), 1) });
    let found = effect(&worse, 30);
    assert_eq!((&found.change, found.result), (&copy("new"), EffectVerdict::Worse));
    assert_eq!(
        (found.days_before, found.days_after),
        (dec!(13), dec!(14)),
        "the day of the change and the one after are left out"
    );
    let clicks = found.clicks.unwrap();
    assert!(clicks.ratio_high.unwrap() < 0.65 && clicks.ratio_low.unwrap() > 0.35 && clicks.e_value > 1e3, "{clicks:?}");
    let said = found.to_string();
    assert!(
        said.starts_with("the copy `new` instead of `old` made it worse: 31.91 EUR a day on offer before, 10.05 EUR"),
        "{said}"
    );
    let back = take_back(&found, &ChangesPolicy::default(), at(720), at(24 * 40)).unwrap();
    let reversed = Change::OtherCopy { from: "new".to_owned(), variant: "old".to_owned() };
    assert_eq!((&back.change, back.ground), (&reversed, Ground::Measured));
    assert!(back.gain.expected.amount > dec!(200) && back.gain.low.amount > dec!(0), "{:?}", back.gain);
    let chosen = best_change(&[back], found.measuring(at(720)).as_ref(), &limits(dec!(0)));
    assert_eq!(chosen.best.map(|best| best.change), Some(reversed));
}

#[test]
fn a_copy_that_doubles_the_orders_is_found_out_too() {
    let better = followed(30, 14, |day| if day < 14 { (40, 2) } else { (80 + u64::from(day % 3), 4) });
    let found = effect(&better, 30);
    assert_eq!(found.result, EffectVerdict::Better);
    assert_eq!(take_back(&found, &ChangesPolicy::default(), at(720), at(24 * 40)), None);
}

#[test]
fn what_chance_may_explain_is_not_known_and_others_wait_only_until_it_was_measured() {
    let alike = followed(40, 14, |day| (40 + u64::from(day % 5), u64::from(day % 2)));
    for day in [14, 20, 29] {
        let found = effect(&alike, day);
        assert!(matches!(found.result, EffectVerdict::NotKnown { until } if until == at(24 * 30)), "{found:?}");
        assert!(found.measuring(at(24 * day)).is_some());
    }
    assert_eq!(effect(&alike, 31).measuring(at(24 * 31)), None, "the time for it is over");
    let fresh = effect(&alike, 15);
    assert_eq!((fresh.days_after, fresh.orders), (dec!(0), None), "nothing has settled yet");
    assert!(
        fresh.to_string().starts_with("whether the copy `new` instead of `old` helps is not known yet, it is measured until")
    );
}

#[test]
fn raises_are_measured_as_one_and_hold_nothing_back() {
    let mut trail = ResultTrail::new(Currency::EUR, shape("old", at(24 * 60), dec!(20)));
    for day in 0..20u32 {
        let budget = if day < 8 { dec!(20) } else { dec!(20) + Decimal::from(day.min(10) - 7) };
        let sample = ResultSample {
            at: at(24 * i64::from(day)),
            hours_on_offer: Decimal::from(24 * day),
            clicks: None,
            orders: u64::from(day),
            revenue: Decimal::from(40 * day),
            cost: Decimal::from(day),
        };
        assert!(trail.follow(sample, shape("old", at(24 * 60), budget), 14));
        assert!(!trail.follow(sample, shape("old", at(24 * 60), budget), 14), "the same again says nothing");
    }
    let found = effect(&trail, 19);
    assert_eq!(found.change, Change::RaiseBudget { from: euros(dec!(20)), to: euros(dec!(23)) });
    assert_eq!((found.at, found.measuring(at(24 * 19)), found.clicks), (at(24 * 8), None, None));
    let worse = ChangeEffect { result: EffectVerdict::Worse, ..found };
    assert_eq!(take_back(&worse, &ChangesPolicy::default(), at(0), at(24)), None);
    let allowed = ChangesPolicy { take_back_budgets: true, ..ChangesPolicy::default() };
    let back = take_back(&worse, &allowed, at(0), at(24)).unwrap();
    assert_eq!(back.change, Change::LowerBudget { from: euros(dec!(23)), to: euros(dec!(20)) });
}

#[test]
fn days_without_the_ad_on_offer_count_on_neither_side() {
    // On offer half of the time after the change, with half of the clicks: the same on offer.
    let mut trail = ResultTrail::new(Currency::EUR, shape("old", at(24 * 60), dec!(50)));
    let (mut hours, mut clicks) = (0u32, 0);
    for day in 0..=30u32 {
        let name = if day >= 14 { "new" } else { "old" };
        let sample = ResultSample {
            at: at(24 * i64::from(day)),
            hours_on_offer: Decimal::from(hours),
            clicks: Some(clicks),
            orders: clicks / 20,
            revenue: Decimal::from(2 * clicks),
            cost: Decimal::ZERO,
        };
        trail.follow(sample, shape(name, at(24 * 60), dec!(50)), 14);
        let (on_offer, clicked) = if day < 14 { (24, 40) } else { (12, 20) };
        (hours, clicks) = (hours + on_offer, clicks + clicked);
    }
    let found = effect(&trail, 30);
    assert!(matches!(found.result, EffectVerdict::NotKnown { .. }), "{found}");
    assert_eq!((found.days_before, found.days_after), (dec!(7), dec!(7)), "as long on offer before as after");
}

#[test]
fn a_later_end_is_measured_in_the_days_that_it_adds() {
    let mut trail = ResultTrail::new(Currency::EUR, shape("old", at(24 * 10), dec!(50)));
    for day in 0..=24u32 {
        let end = if day < 5 { at(24 * 10) } else { at(24 * 30) };
        let clicks = u64::from(day.min(10)) * 50;
        let sample = ResultSample {
            at: at(24 * i64::from(day)),
            hours_on_offer: Decimal::from(24 * day),
            clicks: Some(clicks),
            orders: clicks / 10,
            revenue: Decimal::from(clicks),
            cost: Decimal::from(day),
        };
        trail.follow(sample, shape("old", end, dec!(50)), 14);
    }
    let found = effect(&trail, 24);
    assert_eq!((found.at, found.result), (at(24 * 10), EffectVerdict::Worse), "{found}");
    let back = take_back(&found, &ChangesPolicy::default(), at(24 * 24), at(24 * 30)).unwrap();
    assert_eq!(back.change, Change::MoveEnd { from: at(24 * 30), to: at(24 * 24 + 1) });
    assert_eq!(back.gain.expected, euros(dec!(6)), "6 days at 1 EUR each are saved");
}

#[test]
fn a_change_that_did_nothing_is_seldom_called_anything_however_often_it_is_looked_at() {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Poisson};
    let seed = 7;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let (clicks, orders) = (Poisson::new(30.0).unwrap(), Poisson::new(1.5).unwrap());
    let (runs, mut called) = (400, 0);
    for _ in 0..runs {
        let counts: Vec<(u64, u64)> = (0..=30)
            .map(|_| {
                let (clicks, orders): (f64, f64) = (clicks.sample(&mut random), orders.sample(&mut random));
                (clicks.to_u64().unwrap(), orders.to_u64().unwrap())
            })
            .collect();
        let trail = followed(30, 14, |day| counts[day as usize]);
        called += u32::from((15..=30).any(|day| !matches!(effect(&trail, day).result, EffectVerdict::NotKnown { .. })));
    }
    assert!(f64::from(called) <= 0.05 * f64::from(runs), "{called} of {runs} at seed {seed}");
}

#[test]
fn a_trail_and_an_effect_are_read_back_as_they_were_written() {
    let trail = followed(30, 14, |day| if day < 14 { (40, 3) } else { (20, 1) });
    let text = serde_json::to_string(&trail).unwrap();
    assert_eq!(serde_json::from_str::<ResultTrail>(&text).unwrap(), trail);
    assert!(text.len() < 3_000, "{} bytes", text.len());
    let review = ChangeReview {
        passed: vec![PassedOver { change: raise(), gain: euros(dec!(1)), why: WhyNot::LessThan { other: euros(dec!(2)) } }],
        effects: vec![effect(&trail, 30)],
    };
    let text = serde_json::to_string(&review).unwrap();
    assert_eq!(serde_json::from_str::<ChangeReview>(&text).unwrap(), review, "{text}");
    assert_eq!(serde_json::to_string(&ChangeReview::default()).unwrap(), "{}");
    let old: Improvement = serde_json::from_value(serde_json::json!({
        "change": { "change": "new_ad" }, "gain": { "amount": "3", "currency": "EUR" }
    }))
    .unwrap();
    assert_eq!(old, Improvement::expected(Change::NewAd, euros(dec!(3))));
}
