//! Risk: draws of the curves, against divisions into small steps.

use proptest::prelude::*;

use super::*;

/// Draws of Hill curves whose height is uncertain.
fn uncertain(id: &str, heights: &[f64], half: f64, slope: f64) -> AllocationCampaign {
    let mean = heights.iter().sum::<f64>() / heights.len() as f64;
    AllocationCampaign {
        draws: heights.iter().map(|most| hill(*most, half, slope)).collect(),
        ..campaign(id, hill(mean, half, slope))
    }
}

fn with(risk: Risk, problem: AllocationProblem) -> AllocationProblem {
    AllocationProblem { risk, ..problem }
}

/// The measure by its definition.
fn measured(risk: Risk, totals: &[f64]) -> f64 {
    let count = totals.len() as f64;
    let mean = totals.iter().sum::<f64>() / count;
    match risk {
        Risk::Neutral => mean,
        Risk::Shortfall { target, weight } => {
            let short: f64 = totals.iter().map(|total| (number(target.amount) - total).max(0.0)).sum::<f64>() / count;
            mean - number(weight) * short
        }
        Risk::Cvar { tail, weight } => {
            // Rockafellar and Uryasev: the greatest value over all thresholds, which is one of the totals.
            let at = |threshold: f64| {
                let short: f64 = totals.iter().map(|total| (threshold - total).max(0.0)).sum::<f64>() / count;
                threshold - short / number(tail)
            };
            let cvar = totals.iter().map(|total| at(*total)).fold(f64::NEG_INFINITY, f64::max);
            (1.0 - number(weight)) * mean + number(weight) * cvar
        }
    }
}

/// The best of all divisions of the whole total into `steps`, with what is not spent lost.
fn by_steps(problem: &AllocationProblem, steps: u32) -> f64 {
    fn rest(problem: &AllocationProblem, totals: &[f64], at: usize, left: u32, step: f64) -> f64 {
        let Some(one) = problem.campaigns.get(at) else { return measured(problem.risk, totals) };
        let tries = (0..=left).map(|own| {
            let budget = f64::from(own) * step;
            let totals: Vec<f64> = totals.iter().zip(&one.draws).map(|(total, draw)| total + draw.value(budget)).collect();
            rest(problem, &totals, at + 1, left - own, step)
        });
        tries.fold(f64::NEG_INFINITY, f64::max)
    }
    let draws = problem.campaigns[0].draws.len();
    rest(problem, &vec![0.0; draws], 0, steps, number(problem.total.amount) / f64::from(steps))
}

const CVAR: Risk = Risk::Cvar { tail: dec!(0.25), weight: dec!(0.8) };

#[test]
fn doubt_moves_money_to_where_there_is_less_of_it() {
    let campaigns = || {
        vec![
            uncertain("bold", &[20.0, 60.0, 140.0, 220.0], 50.0, 1.0),
            uncertain("safe", &[100.0, 105.0, 110.0, 115.0], 50.0, 1.0),
        ]
    };
    let neutral = allocate(&lost(dec!(100), campaigns())).unwrap();
    let careful = allocate(&with(CVAR, lost(dec!(100), campaigns()))).unwrap();
    assert!(to(&neutral, "bold") > dec!(50) && to(&careful, "bold") < dec!(30), "{careful:#?}");
    assert_eq!(careful.unspent.amount, dec!(0));
    let target = Risk::Shortfall { target: euros(dec!(90)), weight: dec!(4) };
    let careful = allocate(&with(target, lost(dec!(100), campaigns()))).unwrap();
    assert!(to(&careful, "bold") < to(&neutral, "bold"), "{careful:#?}");
}

#[test]
fn certainty_is_as_no_doubt() {
    let campaigns = vec![uncertain("a", &[80.0, 80.0], 30.0, 0.8), uncertain("b", &[120.0, 120.0], 40.0, 2.2)];
    let neutral = allocate(&lost(dec!(100), campaigns.clone())).unwrap();
    for risk in [CVAR, Risk::Shortfall { target: euros(dec!(500)), weight: dec!(2) }] {
        let doubted = allocate(&with(risk, lost(dec!(100), campaigns.clone()))).unwrap();
        for id in ["a", "b"] {
            assert!((to(&doubted, id) - to(&neutral, id)).abs() < dec!(0.5), "{doubted:#?}\n{neutral:#?}");
        }
    }
}

#[test]
fn kept_money_and_groups_and_holes_are_kept_with_doubt_too() {
    let grouped = |one: AllocationCampaign| AllocationCampaign { group: Some("g".to_owned()), ..one };
    let campaigns = vec![
        grouped(uncertain("a", &[300.0, 400.0, 80.0], 40.0, 2.0)),
        grouped(AllocationCampaign {
            least: Some(euros(dec!(25))),
            off: Off::Allowed,
            ..uncertain("b", &[200.0, 150.0, 220.0], 30.0, 1.5)
        }),
        uncertain("c", &[90.0, 100.0, 110.0], 50.0, 0.8),
    ];
    let groups = vec![GroupLimit { group: "g".to_owned(), most: euros(dec!(60)) }];
    let problem = AllocationProblem { groups, ..with(CVAR, kept(dec!(200), campaigns)) };
    let allocation = allocate(&problem).unwrap();
    let (a, b) = (to(&allocation, "a"), to(&allocation, "b"));
    assert!(a + b <= dec!(60) && (b.is_zero() || b >= dec!(25)), "{allocation:#?}");
    assert!(allocation.unspent.amount > dec!(0), "a euro in `c` soon brings less than a euro");
    assert!(allocation.value.amount > dec!(0) && allocation.bound.amount >= allocation.value.amount);
    assert_eq!(allocate(&problem).unwrap(), allocation);
}

#[test]
fn draws_have_to_belong_together() {
    let (two, three) = (uncertain("a", &[1.0, 2.0], 1.0, 1.0), uncertain("b", &[1.0, 2.0, 3.0], 1.0, 1.0));
    let refused = allocate(&with(CVAR, lost(dec!(10), vec![two, three]))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`a` has 2 draws where 3 are needed: give each campaign as many, or none to one without doubt"
    );
    let none = allocate(&with(CVAR, lost(dec!(10), vec![campaign("a", hill(1.0, 1.0, 1.0))]))).unwrap_err();
    assert!(matches!(none, AllocationError::Draws { found: 0, .. }));
    let odd = Risk::Cvar { tail: dec!(0), weight: dec!(1) };
    assert!(matches!(allocate(&with(odd, lost(dec!(10), vec![]))).unwrap_err(), AllocationError::Risk { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_division_into_steps_is_beyond_the_bound(
        curves in proptest::collection::vec((proptest::collection::vec(5.0..150.0, 6), 5.0..60.0, 0.5..2.5), 2..=3),
        total in 20u32..150,
        is_cvar in any::<bool>(),
        is_concave in any::<bool>(),
        part in 1u32..10,
    ) {
        let part = Decimal::from(part) / dec!(10);
        let target = euros(Decimal::from(total));
        let risk = if is_cvar { Risk::Cvar { tail: dec!(0.34), weight: part } } else { Risk::Shortfall { target, weight: part * dec!(5) } };
        let campaigns = curves.iter().enumerate()
            .map(|(at, (heights, half, slope))| uncertain(&format!("c{at}"), heights, *half, if is_concave { f64::min(*slope, 1.0) } else { *slope })).collect();
        let problem = with(risk, lost(Decimal::from(total), campaigns));
        let allocation = allocate(&problem).unwrap();
        keeps(&allocation, total);
        let best = by_steps(&problem, 60);
        let [value, bound] = [allocation.value, allocation.bound].map(|money| number(money.amount));
        // Between its places a curve is read a little too low.
        prop_assert!(bound >= best - 1e-3 * best.abs() - 0.01, "{bound} is no bound on {best}");
        // With concave curves it is found, with S-shaped ones it is near most of the time; the gap says how far it may be.
        let slack = if is_concave { 2e-3 } else { 0.1 };
        prop_assert!(value >= best - slack * best.abs() - 0.02, "{value} below {best}: {allocation:#?}");
        prop_assert!(!is_concave || number(allocation.gap) < 0.01, "{}", allocation.gap);
    }
}

fn keeps(allocation: &Allocation, total: u32) {
    assert_eq!(spent(allocation) + allocation.unspent.amount, Decimal::from(total));
    assert!(allocation.bound.amount >= allocation.value.amount);
    assert!(allocation.certificate.dual_bound.amount >= allocation.bound.amount);
}
