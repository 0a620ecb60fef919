//! Difference in differences, CUPED and regression against statsmodels and `scipy`.

use campaign_pilot_metrics::lift::{
    BeforeAfter, Estimate, Household, LiftError, StandardErrors, Subject, Welch, ancova, change_scores, cuped, did_regression,
    lin, log_ratio, ols_counterfactual, scaled_difference,
};
use serde_json::Value;

use crate::support::{close, columns, json, near, number, numbers};

const TOLERANCE: f64 = 1e-9;

fn panel() -> Vec<Vec<f64>> {
    columns("lift/cj_campaign13_household_panel.csv", &["targeted", "pre", "post", "random_arm", "post_with_5pct_effect_in_arm1"])
}

fn is_one(value: f64) -> bool {
    value > 0.5
}

fn households() -> Vec<Household> {
    let panel = panel();
    (0..panel[0].len())
        .map(|row| Household { treated: is_one(panel[0][row]), before: panel[1][row], after: panel[2][row] })
        .collect()
}

fn subjects(treated: usize, outcome: usize) -> Vec<Subject> {
    let panel = panel();
    (0..panel[0].len())
        .map(|row| Subject { treated: is_one(panel[treated][row]), outcome: panel[outcome][row], before: panel[1][row] })
        .collect()
}

fn interval(found: &Estimate, expected: &Value) {
    let ends = numbers(expected);
    let width = ends[1] - ends[0];
    near(found.interval.lower, ends[0], TOLERANCE * width);
    near(found.interval.upper, ends[1], TOLERANCE * width);
}

#[test]
fn regressions_of_households_equal_statsmodels() {
    let expected = &json("lift/expected.json")["did_campaign_targeted_vs_not"];
    let kinds = [("ols", StandardErrors::Plain), ("hc1", StandardErrors::Hc1), ("cluster_household", StandardErrors::Clustered)];
    for (name, errors) in kinds {
        let found = did_regression(&households(), errors, 0.95).unwrap();
        let peer = &expected[name];
        let named =
            [("Intercept", found.intercept), ("targeted", found.treated), ("post", found.after), ("targeted:post", found.effect)];
        for (term, estimate) in named {
            // The effect is a small difference of large means: 1e-9 of the means' size.
            near(estimate.value, number(&peer["coef"][term]), 1e-10);
            close(estimate.standard_error, number(&peer["se"][term]), TOLERANCE);
        }
        close(found.effect.statistic(), number(&peer["stat"]), TOLERANCE);
        close(found.effect.p_value, number(&peer["p"]), TOLERANCE);
        interval(&found.effect, &peer["ci95"]);
        let means = found.means;
        close(means.treated.before, number(&expected["cell_means"]["treated_pre"]), TOLERANCE);
        close(means.control.after, number(&expected["cell_means"]["control_post"]), TOLERANCE);
        let difference = (means.treated.after - means.treated.before) - (means.control.after - means.control.before);
        near(found.effect.value, difference, 1e-10);
    }
    let welch = change_scores(&households(), 0.95).unwrap().difference;
    let peer = &expected["change_score_welch"];
    near(welch.value, number(&peer["diff"]), 1e-10);
    close(welch.statistic(), number(&peer["t"]), TOLERANCE);
    close(welch.degrees_of_freedom.unwrap(), number(&peer["df"]), TOLERANCE);
    close(welch.p_value, number(&peer["p"]), TOLERANCE);
    interval(&welch, &peer["ci95"]);
}

fn welch(found: &Welch, expected: &Value) {
    let difference = &found.difference;
    assert_eq!(Value::from(vec![found.treated, found.control]), expected["n"]);
    close(found.mean_treated, number(&expected["mean_treated"]), TOLERANCE);
    close(found.mean_control, number(&expected["mean_control"]), TOLERANCE);
    near(difference.value, number(&expected["diff"]), 1e-10);
    close(difference.standard_error, number(&expected["se"]), TOLERANCE);
    near(difference.statistic(), number(&expected["t"]), 1e-10);
    close(difference.degrees_of_freedom.unwrap(), number(&expected["df"]), TOLERANCE);
    close(difference.p_value, number(&expected["p"]), TOLERANCE);
    interval(difference, &expected["ci95"]);
}

#[test]
fn adjusted_experiments_equal_scipy_and_statsmodels() {
    let expected = json("lift/expected.json");
    let cases = [
        ("cuped_random_arm_5pct_effect", 3, 4),
        ("cuped_random_arm_no_effect", 3, 2),
        ("cuped_targeted_arithmetic_only_not_randomised", 0, 2),
    ];
    for (name, treated, outcome) in cases {
        let (subjects, peer) = (subjects(treated, outcome), &expected[name]);
        let found = cuped(&subjects, 0.95).unwrap();
        close(found.theta, number(&peer["theta_pooled"]), TOLERANCE);
        close(found.correlation, number(&peer["correlation"]), TOLERANCE);
        close(found.variance_reduction, number(&peer["variance_reduction"]), TOLERANCE);
        welch(&found.unadjusted, &peer["unadjusted"]);
        welch(&found.adjusted, &peer["cuped"]);
        for (estimate, peer) in [
            (ancova(&subjects, 0.95).unwrap(), &peer["ancova_hc1"]),
            (lin(&subjects, 0.95).unwrap(), &peer["lin_interacted_hc1"]),
        ] {
            close(estimate.value, number(&peer["diff"]), TOLERANCE);
            close(estimate.standard_error, number(&peer["se"]), TOLERANCE);
            close(estimate.p_value, number(&peer["p"]), TOLERANCE);
        }
    }
}

#[test]
fn the_counterfactual_by_least_squares_equals_statsmodels() {
    let expected = json("lift/expected.json");
    for name in ["classic_r_vignette", "cj_campaign13_daily"] {
        let series = columns(&format!("lift/{name}.csv"), &["y", "x1"]);
        let case = &expected["series"][name];
        let before = usize::try_from(case["n_pre"].as_u64().unwrap()).unwrap();
        let found = ols_counterfactual(&series[0], &series[1..], before, 0.95).unwrap();
        let peer = &case["ols_counterfactual"];
        close(found.coefficients[0], number(&peer["params"]["const"]), TOLERANCE);
        close(found.coefficients[1], number(&peer["params"]["x1"]), TOLERANCE);
        close(found.variance, number(&peer["sigma2"]), TOLERANCE);
        close(found.average.value, number(&peer["average_effect"]), TOLERANCE);
        close(found.average.standard_error, number(&peer["average_effect_se"]), TOLERANCE);
        interval(&found.average, &peer["ci95"]);
        let predictions = numbers(&peer["first3_prediction"]);
        for (row, prediction) in predictions.iter().enumerate() {
            close(found.expected[row], *prediction, TOLERANCE);
            let ends = numbers(&peer["first3_obs_ci95"][row]);
            close(found.expected_intervals[row].lower, ends[0], TOLERANCE);
            close(found.expected_intervals[row].upper, ends[1], TOLERANCE);
        }
    }
}

/// 60 against 40 beside 880 against 800, by hand: log(1.5 / 1.1) = 0.310154928..., variance 1/60 + 1/40 + 1/880 + 1/800.
#[test]
fn ratios_of_counts_know_their_poisson_variance() {
    let (product, rest) = (BeforeAfter { before: 40.0, after: 60.0 }, BeforeAfter { before: 800.0, after: 880.0 });
    let found = log_ratio(product, rest, 1.0, 0.95).unwrap();
    close(found.log.value, 0.310_154_928_303_839_6, 1e-14);
    close(found.log.standard_error, 0.20988813759483957, 1e-14);
    close(found.lift, 15.0 / 11.0 - 1.0, 1e-13);
    close(found.lift_interval.lower, -0.09626423996483283, 1e-12);
    close(found.lift_interval.upper, 1.057575028522768, 1e-12);
    let bunched = log_ratio(product, rest, 4.0, 0.95).unwrap();
    close(bunched.log.standard_error, 2.0 * found.log.standard_error, 1e-14);
    let none = BeforeAfter { before: 0.0, after: 3.0 };
    assert_eq!(log_ratio(none, rest, 1.0, 0.95), Err(LiftError::ZeroBaseline));
    assert_eq!(scaled_difference(none, rest), Err(LiftError::ZeroBaseline));
    assert_eq!(log_ratio(product, rest, 1.0, 1.0), Err(LiftError::Setting));
}

#[test]
fn what_cannot_be_told_is_refused() {
    let rows = households();
    let one: Vec<Household> = rows.iter().copied().filter(|row| !row.treated).collect();
    assert_eq!(did_regression(&one, StandardErrors::Plain, 0.95), Err(LiftError::TooFew { needed: 2, found: 0 }));
    let same: Vec<Household> = (0..8).map(|row| Household { treated: row % 2 == 0, before: 3.0, after: 4.0 }).collect();
    assert_eq!(did_regression(&same, StandardErrors::Clustered, 0.95), Err(LiftError::NoVariation));
    let subject = |treated, outcome| Subject { treated, outcome, before: 5.0 };
    let unvaried = [subject(true, 1.0), subject(true, 2.0), subject(false, 1.5), subject(false, 3.0), subject(false, 1.0)];
    assert_eq!(cuped(&unvaried, 0.95), Err(LiftError::Singular));
    assert_eq!(ancova(&unvaried, 0.95), Err(LiftError::Singular));
    let y: Vec<f64> = (0..12).map(|day| f64::from(day * day % 7)).collect();
    let x: Vec<f64> = y.iter().map(|value| value + f64::from(3)).collect();
    let double: Vec<f64> = x.iter().map(|value| 2.0 * value).collect();
    assert_eq!(ols_counterfactual(&y, &[x.clone(), double], 8, 0.9), Err(LiftError::Singular));
    assert_eq!(ols_counterfactual(&y, &[x[1..].to_vec()], 8, 0.9), Err(LiftError::Lengths { expected: 12, found: 11 }));
    assert_eq!(ols_counterfactual(&y, std::slice::from_ref(&x), 12, 0.9), Err(LiftError::TooFew { needed: 13, found: 12 }));
}
