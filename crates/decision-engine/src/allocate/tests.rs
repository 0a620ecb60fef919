use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, Currency, Money, MoneyError};
use rust_decimal::{Decimal, dec};
use serde_json::Value;

use super::*;
use crate::testing::euros;

mod doubt;
mod properties;
mod reference;

pub(super) fn hill(most: f64, half: f64, slope: f64) -> ResponseCurve {
    ResponseCurve::Hill { most, half, slope }
}

pub(super) fn campaign(id: &str, response: ResponseCurve) -> AllocationCampaign {
    AllocationCampaign::new(CampaignId::new(id).unwrap(), response)
}

/// A problem in which money that is not spent is lost.
pub(super) fn lost(total: Decimal, campaigns: Vec<AllocationCampaign>) -> AllocationProblem {
    AllocationProblem { leftover: Leftover::Lost, ..AllocationProblem::new(euros(total), campaigns) }
}

fn kept(total: Decimal, campaigns: Vec<AllocationCampaign>) -> AllocationProblem {
    AllocationProblem::new(euros(total), campaigns)
}

pub(super) fn spent(allocation: &Allocation) -> Decimal {
    allocation.shares.iter().map(|share| share.to.amount).sum()
}

fn share<'a>(allocation: &'a Allocation, id: &str) -> &'a AllocatedBudget {
    allocation.shares.iter().find(|share| share.campaign.as_str() == id).unwrap()
}

fn to(allocation: &Allocation, id: &str) -> Decimal {
    share(allocation, id).to.amount
}

#[test]
fn the_same_curves_share_alike_and_the_odd_cent_goes_to_the_first() {
    let curve = || ResponseCurve::Log { scale: 100.0, knee: 10.0 };
    let campaigns = vec![campaign("c", curve()), campaign("a", curve()), campaign("b", curve())];
    let allocation = allocate(&lost(dec!(100), campaigns)).unwrap();
    assert_eq!(["a", "b", "c"].map(|id| to(&allocation, id)), [dec!(33.34), dec!(33.33), dec!(33.33)]);
    assert_eq!(share(&allocation, "a").standing, Standing::Common);
    assert_eq!(allocation.unspent_because, None);
}

#[test]
fn kept_money_is_spent_up_to_where_a_euro_brings_a_euro() {
    // 100 ln(1 + x / 10) has the slope 1 at 90.
    let allocation = allocate(&kept(dec!(500), vec![campaign("a", ResponseCurve::Log { scale: 100.0, knee: 10.0 })])).unwrap();
    assert_eq!(to(&allocation, "a"), dec!(90));
    assert_eq!(allocation.unspent, euros(dec!(410)));
    assert_eq!(allocation.unspent_because, Some(Unspent::NothingGained));
    assert_eq!(allocation.marginal_return, dec!(1));
    assert_eq!(share(&allocation, "a").sentence, "`a` gets 90.00 EUR: more would bring no more than it costs");
    assert_eq!((allocation.one_more.gain, &allocation.one_more.goes_to), (euros(dec!(0)), &None));
    assert_eq!(
        allocation.one_more.sentence,
        "1.00 EUR more would not be spent: in no campaign would it bring more than it costs"
    );
}

#[test]
fn one_more_euro_goes_where_it_brings_most() {
    let campaigns =
        vec![campaign("big", ResponseCurve::Log { scale: 900.0, knee: 10.0 }), campaign("small", hill(50.0, 20.0, 1.0))];
    let allocation = allocate(&lost(dec!(200), campaigns.clone())).unwrap();
    let more = allocate(&lost(dec!(201), campaigns)).unwrap();
    let gain = more.value.amount - allocation.value.amount;
    assert!((allocation.one_more.gain.amount - gain).abs() < dec!(0.001), "{:?} for {gain}", allocation.one_more);
    assert_eq!(allocation.one_more.goes_to.unwrap().as_str(), "big");
    let rate = allocation.marginal_return;
    assert!(gain < rate && gain > rate * dec!(0.98), "{gain} for a marginal return of {rate}");
}

#[test]
fn every_standing_says_why() {
    let concave = || ResponseCurve::Log { scale: 100.0, knee: 10.0 };
    let of = |allocation: &Allocation, id: &str| share(allocation, id).standing.clone();

    let limited = AllocationCampaign { most: Some(euros(dec!(20))), ..campaign("limited", concave()) };
    let floor = AllocationCampaign { least: Some(euros(dec!(50))), ..campaign("floor", hill(10.0, 50.0, 1.0)) };
    let weak = campaign("weak", ResponseCurve::Exponential { most: 10.0, knee: 100.0 });
    let steep = AllocationCampaign { off: Off::Allowed, ..campaign("steep", hill(30.0, 90.0, 3.0)) };
    let allocation = allocate(&lost(dec!(200), vec![campaign("free", concave()), limited, floor, weak, steep])).unwrap();
    assert_eq!(of(&allocation, "free"), Standing::Common, "{allocation:#?}");
    assert_eq!(of(&allocation, "limited"), Standing::AtMost);
    assert_eq!(of(&allocation, "floor"), Standing::AtLeast);
    assert_eq!(of(&allocation, "weak"), Standing::FirstUnit { first_return: dec!(0.099995) });
    assert!(matches!(of(&allocation, "steep"), Standing::Off { .. }), "{:?}", of(&allocation, "steep"));
    assert_eq!(share(&allocation, "weak").sentence, "`weak` gets nothing: even its first unit would bring only 0.10");

    let stepped = |id: &str, scale: f64| AllocationCampaign {
        in_force: Some(euros(dec!(50))),
        step: Some(dec!(0.2)),
        ..campaign(id, ResponseCurve::Log { scale, knee: 10.0 })
    };
    let allocation = allocate(&lost(dec!(100), vec![stepped("up", 900.0), stepped("down", 10.0)])).unwrap();
    assert_eq!((of(&allocation, "up"), to(&allocation, "up")), (Standing::StepUp, dec!(60)));
    assert_eq!((of(&allocation, "down"), to(&allocation, "down")), (Standing::StepDown, dec!(40)));
    assert_eq!(
        share(&allocation, "down").sentence,
        "`down` gets 40.00 EUR, 10.00 EUR less than now: it may not fall further in one step"
    );

    let grouped = |id: &str| AllocationCampaign { group: Some("shoes".to_owned()), ..campaign(id, concave()) };
    let problem = AllocationProblem {
        groups: vec![GroupLimit { group: "shoes".to_owned(), most: euros(dec!(30)) }],
        ..lost(dec!(200), vec![grouped("a"), grouped("b"), campaign("free", concave())])
    };
    let allocation = allocate(&problem).unwrap();
    assert_eq!([to(&allocation, "a"), to(&allocation, "b"), to(&allocation, "free")], [dec!(15), dec!(15), dec!(170)]);
    assert_eq!(of(&allocation, "a"), Standing::GroupLimit { group_return: dec!(4) });

    // 100 together: one of the two S-shapes gets all, the other one would need as much.
    let twin = |id: &str| campaign(id, hill(300.0, 80.0, 4.0));
    let allocation = allocate(&lost(dec!(110), vec![twin("first"), twin("second")])).unwrap();
    assert_eq!((to(&allocation, "first"), to(&allocation, "second")), (dec!(110), dec!(0)));
    assert!(matches!(of(&allocation, "second"), Standing::DoesNotFit { .. }), "{:?}", of(&allocation, "second"));
    let allocation = allocate(&lost(dec!(40), vec![twin("only")])).unwrap();
    assert_eq!((to(&allocation, "only"), of(&allocation, "only")), (dec!(40), Standing::All));
}

#[test]
fn what_fits_nowhere_is_left_and_it_says_so() {
    let needs = |id: &str| AllocationCampaign {
        least: Some(euros(dec!(70))),
        most: Some(euros(dec!(80))),
        off: Off::Allowed,
        ..campaign(id, hill(300.0, 80.0, 2.0))
    };
    let allocation = allocate(&lost(dec!(100), vec![needs("a"), needs("b")])).unwrap();
    assert_eq!([to(&allocation, "a"), to(&allocation, "b")], [dec!(80), dec!(0)]);
    assert_eq!(
        allocation.one_more.sentence,
        "1.00 EUR more would not be spent: it is too little for a campaign that gets nothing, and the others are at limits"
    );
    assert_eq!((allocation.unspent, allocation.unspent_because), (euros(dec!(20)), Some(Unspent::TooLittle)));
}

#[test]
fn a_budget_stays_while_moving_it_costs_more_than_it_brings() {
    let held = |id: &str, scale: f64, cost: Decimal| AllocationCampaign {
        in_force: Some(euros(dec!(50))),
        switching_cost: cost,
        ..campaign(id, ResponseCurve::Log { scale, knee: 10.0 })
    };
    // The slopes at 50 are 1.67 and 1.83: they differ by less than twice the cost.
    let allocation = allocate(&lost(dec!(100), vec![held("a", 100.0, dec!(0.1)), held("b", 110.0, dec!(0.1))])).unwrap();
    assert_eq!([to(&allocation, "a"), to(&allocation, "b")], [dec!(50), dec!(50)]);
    assert_eq!(share(&allocation, "a").standing, Standing::NotMoved);
    assert_eq!(share(&allocation, "a").sentence, "`a` gets 50.00 EUR as now: moving its budget costs more than that would bring");
    let allocation = allocate(&lost(dec!(100), vec![held("a", 100.0, dec!(0.01)), held("b", 110.0, dec!(0.01))])).unwrap();
    assert!(to(&allocation, "b") > dec!(51), "{allocation:#?}");
}

#[test]
fn points_of_any_shape_are_divided_exactly() {
    let points = |id: &str, points: &[[f64; 2]]| campaign(id, ResponseCurve::Points { points: points.to_vec() });
    // The last stretch of `b` is the steepest of all.
    let a = points("a", &[[0.0, 0.0], [50.0, 100.0], [100.0, 120.0]]);
    let b = points("b", &[[0.0, 0.0], [40.0, 10.0], [60.0, 150.0]]);
    let allocation = allocate(&lost(dec!(110), vec![a.clone(), b.clone()])).unwrap();
    assert_eq!([to(&allocation, "a"), to(&allocation, "b")], [dec!(50), dec!(60)]);
    assert_eq!(allocation.value, euros(dec!(250)));
    let allocation = allocate(&lost(dec!(50), vec![a, b])).unwrap();
    assert_eq!([to(&allocation, "a"), to(&allocation, "b")], [dec!(50), dec!(0)]);
}

#[test]
fn campaigns_that_are_the_same_are_not_tried_in_every_order() {
    // Neither where they are the same nor where they differ by their scale.
    for more in [0.0, 0.07] {
        let curve = |number: u32| hill(300.0 + more * f64::from(number * 7 % 50), 100.0, 3.0);
        let campaigns = (0..50).map(|number| campaign(&format!("c{number:02}"), curve(number))).collect();
        let allocation = allocate(&lost(dec!(1_450), campaigns)).unwrap();
        assert!(allocation.gap <= dec!(0.000002), "{} after {}", allocation.gap, allocation.certificate.relaxations);
        assert!(allocation.certificate.relaxations < 100, "{}", allocation.certificate.relaxations);
        assert_eq!(allocation.unspent, euros(dec!(0)));
    }
}

#[test]
fn it_is_in_whole_yen_and_in_thousandths_of_a_dinar() {
    for (code, digits) in [("JPY", 0), ("KWD", 3)] {
        let total = Money::parse("1000.00099", code.parse().unwrap()).unwrap();
        let campaigns = vec![
            campaign("a", hill(900.0, 70.0, 0.7)),
            campaign("b", hill(500.0, 30.0, 0.9)),
            campaign("c", hill(9.0, 3.0, 1.0)),
        ];
        let problem = AllocationProblem { leftover: Leftover::Lost, ..AllocationProblem::new(total, campaigns) };
        let allocation = allocate(&problem).unwrap();
        assert_eq!(spent(&allocation), dec!(1000), "{code}");
        assert!(allocation.shares.iter().all(|share| share.to.amount.normalize().scale() <= digits), "{code}");
        assert_eq!(allocation.unspent.amount, dec!(0.00099));
        assert_eq!(allocation.unspent_because, None);
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let fine = || campaign("a", hill(10.0, 10.0, 1.0));
    let refused = |problem: &AllocationProblem| allocate(problem).unwrap_err();
    let text = |campaign: AllocationCampaign| refused(&kept(dec!(100), vec![campaign])).to_string();
    assert_eq!(
        text(campaign("a", hill(10.0, f64::NAN, 1.0))),
        "the response of `a` cannot be used: `half` is NaN and has to be from 1e-9 to 1e15"
    );
    assert_eq!(
        text(AllocationCampaign { least: Some(euros(dec!(50))), most: Some(euros(dec!(40))), ..fine() }),
        "`a` has to get at least 50.00 EUR and at most 40.00 EUR: widen its limits or its step"
    );
    assert_eq!(
        text(AllocationCampaign { least: Some(euros(dec!(150))), ..fine() }),
        "campaigns that have to run need at least 150.00 EUR of the total, which is 100.00 EUR: raise it, or let some be off"
    );
    assert_eq!(
        text(AllocationCampaign { most: Some(euros(dec!(-1))), ..fine() }),
        "the most of `a` is -1.00 EUR: give an amount from zero to 2^53 of the smallest unit"
    );
    assert_eq!(text(AllocationCampaign { step: Some(dec!(-0.1)), ..fine() }), "the step of `a` has to be from 0 to 1000000");
    assert_eq!(refused(&kept(dec!(100), vec![fine(), fine()])).to_string(), "`a` is given twice: give it once");
    let dollars = AllocationCampaign { in_force: Some(Money::new(dec!(1), Currency::USD)), ..fine() };
    assert!(matches!(refused(&kept(dec!(100), vec![dollars])), AllocationError::Money(MoneyError::CurrencyMismatch { .. })));
    let group = GroupLimit { group: "g".to_owned(), most: euros(dec!(10)) };
    let grouped = AllocationCampaign { group: Some("g".to_owned()), least: Some(euros(dec!(20))), ..fine() };
    let problem = AllocationProblem { groups: vec![group.clone()], ..kept(dec!(100), vec![grouped]) };
    assert_eq!(
        refused(&problem).to_string(),
        "campaigns that have to run need at least 20.00 EUR of the limit of group `g`, which is 10.00 EUR: raise it, or let some be off"
    );
    let problem = AllocationProblem { groups: vec![group.clone(), group], ..kept(dec!(100), vec![fine()]) };
    assert_eq!(refused(&problem), AllocationError::Duplicate { what: "g".to_owned() });
}

#[test]
fn nothing_can_be_divided_and_nobody_can_get_it() {
    let nobody = allocate(&kept(dec!(100), vec![])).unwrap();
    assert_eq!((nobody.unspent, nobody.value, nobody.gap), (euros(dec!(100)), euros(dec!(0)), dec!(0)));
    for leftover in [Leftover::Kept, Leftover::Lost] {
        let problem = AllocationProblem {
            leftover,
            ..kept(dec!(0), vec![campaign("a", hill(100.0, 10.0, 0.5)), campaign("b", hill(100.0, 10.0, 2.5))])
        };
        let nothing = allocate(&problem).unwrap();
        assert_eq!((spent(&nothing), nothing.value), (dec!(0), euros(dec!(0))));
    }
}

#[test]
fn problems_and_answers_are_read_as_they_are_written() {
    let off = AllocationCampaign {
        off: Off::Allowed,
        least: Some(euros(dec!(20))),
        group: Some("g".to_owned()),
        ..campaign("b", hill(50.0, 30.0, 2.0))
    };
    let problem = AllocationProblem {
        groups: vec![GroupLimit { group: "g".to_owned(), most: euros(dec!(60)) }],
        ..kept(dec!(100), vec![campaign("a", ResponseCurve::Points { points: vec![[0.0, 0.0], [10.0, 40.0]] }), off])
    };
    let text = serde_json::to_string(&problem).unwrap();
    assert_eq!(serde_json::from_str::<AllocationProblem>(&text).unwrap(), problem);
    let allocation = allocate(&problem).unwrap();
    let text = serde_json::to_string(&allocation).unwrap();
    assert_eq!(serde_json::from_str::<Allocation>(&text).unwrap(), allocation);
    let short = r#"{"total":{"amount":"10","currency":"EUR"},"campaigns":[{"campaign":"a","response":{"curve":"log","scale":20,"knee":5}}]}"#;
    assert_eq!(spent(&allocate(&serde_json::from_str(short).unwrap()).unwrap()), dec!(10));
}
