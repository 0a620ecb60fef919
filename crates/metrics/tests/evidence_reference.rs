//! e-values, anytime p-values and confidence sequences equal those of other programs: `tests/fixtures/evidence/README.md`.
//!
//! The paths over real counts are checked when `CAMPAIGN_PILOT_REFERENCE` names the folder of the reference values.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says what it did not check"
)]

use std::path::Path;

use campaign_pilot_metrics::evidence::{
    BetaBinomial, Betting, BettingInterval, EmpiricalBernstein, EmpiricalBernsteinMixture, GammaPoisson, Hoeffding,
    NormalMixture, RateRatio, Side, boundary,
};
use serde_json::Value;

/// The folder of the reference values with its expected values and inputs.
fn reference() -> Option<(Value, Value)> {
    let Some(folder) = std::env::var_os("CAMPAIGN_PILOT_REFERENCE") else {
        println!("needs CAMPAIGN_PILOT_REFERENCE, the folder of the reference values");
        return None;
    };
    let read = |name: &str| {
        let path = Path::new(&folder).join("03_anytime_valid").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    Some((read("expected.json"), read("input.json")))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[track_caller]
fn close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let off = (got - expected).abs();
    assert!(off <= tolerance * expected.abs().max(1.0), "{what}: {got} instead of {expected}, off by {off:e}");
}

#[test]
fn boundaries_and_mixtures_are_those_of_howard_et_al() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evidence/expected.json");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = expected["boundaries"].as_array().unwrap();
    assert!(rows.len() > 100);
    for row in rows {
        let of = |name: &str| number(&row["args"][name]);
        let one_sided = row["args"]["is_one_sided"].as_bool();
        let rho = |one_sided: bool| boundary::best_rho(of("v_opt"), of("alpha_opt"), one_sided).unwrap();
        let function = row["function"].as_str().unwrap();
        let (v, alpha) = (of("v"), row["args"]["alpha"].as_f64().unwrap_or(0.0));
        let got = match function {
            "normal_mixture_bound_two_sided" => boundary::normal_bound(v, alpha, rho(false), false),
            "normal_mixture_bound_one_sided" => boundary::normal_bound(v, alpha, rho(true), true),
            "gamma_exponential_mixture_bound" => boundary::gamma_exponential_bound(v, alpha, rho(true), of("c")),
            "gamma_poisson_mixture_bound" => boundary::gamma_poisson_bound(v, alpha, rho(true), of("c")),
            "beta_binomial_mixture_bound_one_sided" | "beta_binomial_mixture_bound_two_sided" => {
                let steps = (of("g"), of("h"));
                boundary::beta_binomial_bound(v, alpha, of("v_opt"), of("alpha_opt"), steps, one_sided == Some(true))
            }
            "poly_stitching_bound" => boundary::stitched_bound(v, alpha, of("v_min"), of("c"), of("s"), of("eta")),
            "normal_log_mixture" => boundary::normal_mixture(of("s"), v, rho(one_sided.unwrap()), one_sided.unwrap()),
            "gamma_poisson_log_mixture" => boundary::gamma_poisson_mixture(of("s"), v, rho(true), of("c")),
            "gamma_exponential_log_mixture" => boundary::gamma_exponential_mixture(of("s"), v, rho(true), of("c")),
            _ => unreachable_function(function),
        };
        close(got.unwrap(), number(&row["mpmath"]), 1e-10, &row.to_string());
    }
    for row in expected["bernoulli_confidence_interval"].as_array().unwrap() {
        let count = |name: &str| row[name].as_u64().unwrap();
        let interval = boundary::bernoulli_interval(
            count("num_successes"),
            count("num_trials"),
            number(&row["alpha"]),
            number(&row["t_opt"]),
            number(&row["alpha_opt"]),
        );
        let interval = interval.unwrap();
        close(interval.lower.unwrap(), number(&row["lower"]), 1e-9, &row.to_string());
        close(interval.upper.unwrap(), number(&row["upper"]), 1e-9, &row.to_string());
    }
}

#[track_caller]
fn unreachable_function(name: &str) -> ! {
    assert!(name.is_empty(), "a function without a test: {name}");
    std::process::abort()
}

#[test]
fn counts_against_an_expectation() {
    let Some((expected, input)) = reference() else { return };
    for (name, series) in expected["hourly"].as_object().unwrap() {
        let counts = input["hourly"][name]["count"].as_array().unwrap();
        let means = input["hourly"][name]["expected_under_h0"].as_array().unwrap();
        for prior in ["gamma_poisson", "gamma_poisson_diffuse"] {
            let fixture = &series[prior];
            let (a, b) = (number(&fixture["prior_shape"]), number(&fixture["prior_rate"]));
            let alpha = number(&fixture["alpha"]);
            let make = |side| GammaPoisson::new(side, a, b).unwrap();
            let mut tests = [make(Side::Either), make(Side::Above), make(Side::Below)];
            let mut first = [None; 3];
            let mut path = fixture["path"].as_array().unwrap().iter().peekable();
            for (hour, (count, mean)) in counts.iter().zip(means).enumerate() {
                for (test, first) in tests.iter_mut().zip(&mut first) {
                    test.observe(number(count), number(mean)).unwrap();
                    if test.has_decided(alpha) && first.is_none() {
                        *first = Some(hour as u64 + 1);
                    }
                }
                let Some(row) = path.next_if(|row| row["t"].as_u64() == Some(hour as u64 + 1)) else { continue };
                let what = format!("{name} {prior} {row}");
                close(tests[0].ln_e(), number(&row["log_e_two_sided"]), 1e-10, &what);
                close(tests[1].ln_e(), number(&row["log_e_theta_gt_1"]), 1e-10, &what);
                close(tests[2].ln_e(), number(&row["log_e_theta_lt_1"]), 1e-10, &what);
                let evidence = tests[0].evidence(alpha, None).unwrap();
                close(evidence.anytime_p, number(&row["anytime_p_two_sided"]), 1e-10, &what);
                // Others look at the totals alone.
                let interval = tests[0].interval_now(alpha).unwrap();
                let interval = [interval.lower.unwrap(), interval.upper.unwrap()];
                for (got, bound) in interval.into_iter().zip(row["theta_cs95"].as_array().unwrap()) {
                    close(got, number(bound), 1e-9, &what);
                }
            }
            assert!(path.next().is_none());
            for (first, side) in first.into_iter().zip(["two", "up", "down"]) {
                assert_eq!(first, fixture["first_rejection_t"][side].as_u64(), "{name} {prior} {side}");
            }
        }
    }
}

#[test]
fn events_that_are_current_or_of_past_weeks() {
    let Some((expected, input)) = reference() else { return };
    let mut checked = 0;
    for (name, series) in expected["hourly"].as_object().unwrap() {
        let counts = input["hourly"][name]["count"].as_array().unwrap();
        let counts: Vec<f64> = counts.iter().map(number).collect();
        let numbers = |key: &str| input["hourly"][name][key].as_array().unwrap().iter().map(number);
        if let Some(fixture) = series.get("beta_binomial") {
            let past = numbers("baseline_count_4wk_same_weekday_hour");
            checked += shares_are_those_of(fixture, counts.iter().copied().zip(past), name);
        }
        if let Some(fixture) = series.get("beta_binomial_clicks_vs_nonclicks") {
            let others = numbers("exposure").zip(&counts).map(|(shown, clicks)| shown - clicks);
            checked += shares_are_those_of(fixture, counts.iter().copied().zip(others), name);
        }
        if let Some(fixture) = series.get("lognormal_mixture_varying_exposure") {
            let mut test = RateRatio::new(number(&fixture["tau"])).unwrap();
            let exposure = number(&fixture["current_exposure"]);
            let past = fixture["baseline_count"].as_array().unwrap().iter();
            let past = past.zip(fixture["baseline_exposure"].as_array().unwrap());
            let mut path = fixture["path"].as_array().unwrap().iter().peekable();
            for (hour, (count, (past, weeks))) in counts.iter().zip(past).enumerate() {
                test.observe((*count, exposure), (number(past), number(weeks))).unwrap();
                let Some(row) = path.next_if(|row| row["t"].as_u64() == Some(hour as u64 + 1)) else { continue };
                close(test.ln_e(), number(&row["log_e_two_sided"]), 1e-9, &format!("{name} {row}"));
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Looks at every hour, compares what the fixture has of it, and says how many hours those were.
fn shares_are_those_of(fixture: &Value, hours: impl Iterator<Item = (f64, f64)>, name: &str) -> usize {
    let (a, b) = (number(&fixture["beta_a"]), number(&fixture["beta_b"]));
    let make = |side| BetaBinomial::new(side, number(&fixture["p0"]), a, b).unwrap();
    let mut tests = [make(Side::Either), make(Side::Above)];
    let (mut first, mut checked) = ([None; 2], 0);
    let mut path = fixture["path"].as_array().unwrap().iter().peekable();
    for (hour, (events, others)) in (1_u64..).zip(hours) {
        let mut seen = Vec::new();
        for (test, first) in tests.iter_mut().zip(&mut first) {
            test.observe(events, others).unwrap();
            let evidence = test.evidence(number(&fixture["alpha"]), None).unwrap();
            if evidence.is_decided && first.is_none() {
                *first = Some(hour);
            }
            seen.push((test.ln_e(), evidence.anytime_p));
        }
        let Some(row) = path.next_if(|row| row["t"].as_u64() == Some(hour)) else { continue };
        let what = format!("{name} {row}");
        close(seen[0].0, number(&row["log_e_two_sided"]), 1e-10, &what);
        close(seen[1].0, number(&row["log_e_p_gt_p0"]), 1e-10, &what);
        if let Some(p) = row.get("anytime_p_two_sided") {
            close(seen[0].1, number(p), 1e-10, &what);
        }
        checked += 1;
    }
    for (first, side) in first.into_iter().zip(["two_sided", "p_gt_p0"]) {
        assert_eq!(first, fixture["first_rejection_t"][side].as_u64(), "{name} {side}");
    }
    checked
}

#[test]
fn means_between_zero_and_one() {
    let Some((expected, input)) = reference() else { return };
    for (name, fixture) in expected["bounded_mean"].as_object().unwrap() {
        let series = input["bounded"].get(name).unwrap_or(&input["bernoulli"][name]);
        let values: Vec<f64> = series.as_array().unwrap().iter().map(number).collect();
        let mut mixed = EmpiricalBernstein::new(0.5, 0.05).unwrap();
        let mut bets_by_range = Hoeffding::new(0.5, 0.05).unwrap();
        let mut bernstein = EmpiricalBernsteinMixture::new(0.5, 10.0, 0.05).unwrap();
        // Hoeffding's bound by the normal mixture: a variance of 1/4 each, tightest after 100 values.
        let mut normal = NormalMixture::new(Side::Either, 25.0, 0.05).unwrap();
        let mut grid = BettingInterval::new(0.05, 1000).unwrap();
        let mart = fixture["betting_mart"].as_object().unwrap();
        let mut bets: Vec<_> = mart.keys().map(|null| Betting::new(null.parse().unwrap(), 0.05).unwrap()).collect();
        for (index, value) in values.iter().enumerate() {
            mixed.observe(*value).unwrap();
            grid.observe(*value).unwrap();
            bets_by_range.observe(*value).unwrap();
            bernstein.observe(*value).unwrap();
            normal.observe(*value, 0.25).unwrap();
            let at = |table: &Value| table["t"].as_array().unwrap().iter().position(|t| t.as_u64() == Some(index as u64 + 1));
            let what = format!("{name} after {}", index + 1);
            let intervals = [
                ("predmix_empbern_twosided_cs", mixed.interval_now().unwrap(), 1e-10),
                ("predmix_hoeffding_cs", bets_by_range.interval_now().unwrap(), 1e-10),
                ("conjmix_empbern_twosided_cs_vopt", bernstein.interval_now().unwrap(), 1e-9),
                ("conjmix_hoeffding_t_opt100", normal.interval_now(0.05).unwrap(), 1e-9),
                ("betting_cs_breaks1000", grid.interval(), 1.1e-3),
                ("hedged_cs_breaks1000", grid.hedged(), 1.1e-3),
            ];
            for (column, interval, tolerance) in intervals {
                let Some(row) = at(&fixture[column]) else { continue };
                let what = format!("{column} of {what}");
                // The normal mixture does not know that a mean cannot leave 0 to 1.
                close(interval.lower.unwrap().max(0.0), number(&fixture[column]["lower"][row]), tolerance, &what);
                close(interval.upper.unwrap().min(1.0), number(&fixture[column]["upper"][row]), tolerance, &what);
            }
            for (bet, (null, table)) in bets.iter_mut().zip(mart) {
                bet.observe(*value).unwrap();
                if let Some(row) = at(table) {
                    close(bet.ln_e(), number(&table["log_capital"][row]), 1e-10, &format!("{what} against {null}"));
                }
            }
        }
    }
}
