//! Against `tests/fixtures/allocation`, whose README says where the answers are from.

use super::*;

const FILES: &[(&str, &str)] = &[
    ("n3_hill", include_str!("../../../tests/fixtures/allocation/n3_hill.csv")),
    ("n3_log", include_str!("../../../tests/fixtures/allocation/n3_log.csv")),
    ("n3_power", include_str!("../../../tests/fixtures/allocation/n3_power.csv")),
    ("n3_mixed", include_str!("../../../tests/fixtures/allocation/n3_mixed.csv")),
    ("n3_hill_slope_gt1", include_str!("../../../tests/fixtures/allocation/n3_hill_slope_gt1.csv")),
    ("n20_hill", include_str!("../../../tests/fixtures/allocation/n20_hill.csv")),
    ("n20_log", include_str!("../../../tests/fixtures/allocation/n20_log.csv")),
    ("n20_power", include_str!("../../../tests/fixtures/allocation/n20_power.csv")),
    ("n20_mixed", include_str!("../../../tests/fixtures/allocation/n20_mixed.csv")),
    ("n20_hill_slope_gt1", include_str!("../../../tests/fixtures/allocation/n20_hill_slope_gt1.csv")),
    ("n200_hill", include_str!("../../../tests/fixtures/allocation/n200_hill.csv")),
    ("n200_log", include_str!("../../../tests/fixtures/allocation/n200_log.csv")),
    ("n200_power", include_str!("../../../tests/fixtures/allocation/n200_power.csv")),
    ("n200_mixed", include_str!("../../../tests/fixtures/allocation/n200_mixed.csv")),
    ("n200_hill_slope_gt1", include_str!("../../../tests/fixtures/allocation/n200_hill_slope_gt1.csv")),
    ("edge_n5", include_str!("../../../tests/fixtures/allocation/edge_n5.csv")),
];

fn campaigns(name: &str) -> Vec<AllocationCampaign> {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name).unwrap();
    let campaign = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [beta, kappa, slope] = [fields[2], fields[3], fields[4]].map(|field| field.parse::<f64>().unwrap());
        let response = match fields[1] {
            "hill" => ResponseCurve::Hill { most: beta, half: kappa, slope },
            "log" => ResponseCurve::Log { scale: beta, knee: kappa },
            "power" => ResponseCurve::Power { scale: beta, exponent: slope },
            "exp" => ResponseCurve::Exponential { most: beta, knee: kappa },
            other => panic!("no curve `{other}`"),
        };
        let limit = |field: &str| Some(Money::parse(field, Currency::EUR).unwrap());
        AllocationCampaign {
            least: limit(fields[5]),
            most: limit(fields[6]),
            ..campaign(&format!("c{:0>4}", fields[0]), response)
        }
    };
    text.lines().skip(1).map(campaign).collect()
}

fn expected(part: &str) -> BTreeMap<String, Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/allocation/expected.json")).unwrap();
    all[part].as_object().unwrap().iter().map(|(name, case)| (name.clone(), case.clone())).collect()
}

fn problem(name: &str, case: &Value) -> AllocationProblem {
    lost(Decimal::from_f64_retain(case["budget"].as_f64().unwrap()).unwrap().round_dp(2), campaigns(name))
}

fn close(found: f64, wanted: f64, relative: f64, what: &str) {
    assert!((found - wanted).abs() <= relative * wanted.abs(), "{what}: {found}, not {wanted}");
}

#[test]
fn concave_problems_have_the_reference_optimum() {
    for (name, case) in expected("concave") {
        let problem = problem(&name, &case);
        let wanted = case["optimal_value"].as_f64().unwrap();
        // Before anything is rounded to cents.
        let ready = Ready::new(&problem).unwrap();
        let found = search::search(&ready.prepared(ready.total), 1e-9, 100_000).unwrap();
        close(ready.prepared(ready.total).value(&found.budgets), wanted, 1e-10, &name);
        close(found.bound, wanted, 1e-9, &name);
        close(found.price, case["lambda"].as_f64().unwrap(), 1e-8, &name);
        assert_eq!(found.nodes, 1, "{name}");
        for (budget, wanted) in found.budgets.iter().zip(case["allocation"].as_array().into_iter().flatten()) {
            assert!((budget - wanted.as_f64().unwrap()).abs() < 1e-5, "{name}: {budget}, not {wanted}");
        }
        // In cents.
        let allocation = allocate(&problem).unwrap();
        close(number(allocation.value.amount), wanted, 1e-6, &name);
        close(number(allocation.marginal_return), case["lambda"].as_f64().unwrap(), 1e-3, &name);
        assert_eq!(spent(&allocation), problem.total.amount, "{name}");
    }
}

#[test]
fn s_shaped_problems_are_no_worse_than_the_best_known_and_below_the_proven_bound() {
    for (name, case) in expected("nonconcave") {
        let allocation = allocate(&problem(&name, &case)).unwrap();
        let [value, bound, best, proven] = [
            number(allocation.value.amount),
            number(allocation.bound.amount),
            case["best_known_value"].as_f64().unwrap(),
            case["upper_bound"].as_f64().unwrap(),
        ];
        println!("{name}: {value} of {best}, bound {bound}, {} relaxations", allocation.certificate.relaxations);
        assert!(value >= best * (1.0 - 1e-6), "{name}: {value} below {best}");
        assert!(value <= proven, "{name}: {value} above {proven}");
        assert!(bound >= best * (1.0 - 1e-9), "{name}: {bound} is no bound on {best}");
        assert!(number(allocation.gap) <= 1.1e-6, "{name}: {}", allocation.gap);
    }
}

#[test]
fn the_edges_are_kept() {
    for (name, case) in expected("edge") {
        let answer = allocate(&problem("edge_n5", &case));
        let Some(value) = case["value"].as_f64() else {
            assert!(matches!(answer, Err(AllocationError::TooLittle { .. })), "{name}");
            continue;
        };
        let allocation = answer.unwrap();
        close(number(allocation.value.amount), value, 1e-9, &name);
        assert_eq!(allocation.unspent.amount.is_zero(), !name.starts_with("above"), "{name}");
    }
    let above = &expected("edge")["above_max"];
    assert_eq!(allocate(&problem("edge_n5", above)).unwrap().unspent_because, Some(Unspent::Limits));
}

#[test]
fn the_dual_bound_can_be_computed_again_from_the_prices() {
    let case = &expected("nonconcave")["n20_hill_slope_gt1"];
    let mut problem = problem("n20_hill_slope_gt1", case);
    for campaign in problem.campaigns.iter_mut().step_by(2) {
        campaign.group = Some("even".to_owned());
    }
    problem.groups = vec![GroupLimit { group: "even".to_owned(), most: euros(dec!(500)) }];
    let allocation = allocate(&problem).unwrap();
    let (price, own) = (number(allocation.certificate.price), number(allocation.certificate.group_prices["even"]));
    assert!(own > price, "the limit binds");
    let mut dual = price * number(problem.total.amount) + (own - price) * 500.0;
    for campaign in &problem.campaigns {
        let price = if campaign.group.is_some() { own } else { price };
        let [low, high] = [campaign.least, campaign.most].map(|limit| number(limit.unwrap().amount));
        let places = (0..=100_000).map(|place| low + (high - low) * f64::from(place) / 100_000.0);
        dual += places.map(|x| campaign.response.value(x) - price * x).fold(f64::NEG_INFINITY, f64::max);
    }
    close(number(allocation.certificate.dual_bound.amount), dual, 1e-7, "the dual");
    assert!(
        allocation.value.amount <= allocation.bound.amount && allocation.bound.amount <= allocation.certificate.dual_bound.amount
    );
    println!("{} {} {}", allocation.value, allocation.bound, allocation.certificate.dual_bound);
}
