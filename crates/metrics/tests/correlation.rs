//! Correlations equal those of other programs: `tests/fixtures/correlation/README.md` says which and how closely.
//!
//! Needs nothing; more columns are checked when `CAMPAIGN_PILOT_REFERENCE` names the folder of the reference values.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says what it did not check"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use campaign_pilot_core::{Absence, Measured};
use campaign_pilot_metrics::{Correlation, kendall, pearson, spearman};
use serde_json::Value;

struct Case {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    expected: Value,
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&quoted(&text)).unwrap()
}

/// The text with its numbers as strings: the JSON parser may miss the last digit, and ties are broken by less.
fn quoted(text: &str) -> String {
    let (mut quoted, mut in_string, mut in_number) = (String::new(), false, false);
    for character in text.chars() {
        let part_of_number =
            !in_string && (character.is_ascii_digit() || "+-.".contains(character) || (in_number && character == 'e'));
        if part_of_number != in_number {
            quoted.push('"');
            in_number = part_of_number;
        }
        in_string ^= character == '"';
        quoted.push(character);
    }
    quoted
}

fn float(value: &Value) -> Option<f64> {
    value.as_str().map(|text| text.parse().unwrap())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/correlation")
}

/// The larger set, where there is one.
fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("CAMPAIGN_PILOT_REFERENCE").map(|folder| Path::new(&folder).join("01_correlation"));
    if folder.is_none() {
        println!("more columns are checked when CAMPAIGN_PILOT_REFERENCE names the folder of the reference values");
    }
    folder
}

fn cases(folder: &Path) -> Vec<Case> {
    let inputs: BTreeMap<String, BTreeMap<String, Vec<Value>>> =
        serde_json::from_value(read(&folder.join("input.json"))).unwrap();
    let expected = read(&folder.join("expected.json"));
    let number = |value: &Value| float(value).unwrap();
    let column = |columns: &BTreeMap<String, Vec<Value>>, name: &str| columns[name].iter().map(number).collect();
    inputs
        .into_iter()
        .map(|(name, columns)| {
            let expected = expected["cases"][&name].clone();
            Case { x: column(&columns, "x"), y: column(&columns, "y"), name, expected }
        })
        .collect()
}

/// A value with 50 digits where there is one, the other program's otherwise.
fn best(values: &Value, name: &str, precise: &str) -> Option<f64> {
    float(&values[precise]).or_else(|| float(&values[name]))
}

fn assert_coefficient(case: &str, computed: f64, expected: f64) {
    assert!((computed - expected).abs() <= 1e-12, "{case}: {computed} is not {expected}");
}

fn assert_probability(case: &str, computed: f64, expected: f64, is_perfect: bool) {
    if is_perfect && expected < 1e-12 {
        assert!(computed < 1e-12, "{case}: {computed} for a perfect correlation");
    } else if expected > 1e-290 {
        assert!((computed / expected - 1.0).abs() <= 1e-8, "{case}: p {computed} is not {expected}");
    } else {
        assert!(computed <= 1e-290, "{case}: p {computed} is not {expected}");
    }
}

fn assert_correlation(case: &str, computed: Result<Correlation, Absence>, values: &Value, names: [&str; 4]) -> usize {
    let [coefficient, precise, p, precise_p] = names;
    let Some(expected) = best(values, coefficient, precise) else {
        assert!(computed.is_err(), "{case}: {computed:?} where nothing exists");
        return 1;
    };
    let computed = computed.unwrap_or_else(|absence| panic!("{case}: {absence}"));
    assert_coefficient(case, computed.coefficient, expected);
    let is_perfect = computed.coefficient.abs() > 1.0 - 1e-14;
    match best(values, p, precise_p) {
        Some(expected) => assert_probability(case, computed.p_value.ok().unwrap(), expected, is_perfect),
        None => assert_eq!(computed.p_value.known(), None, "{case}"),
    }
    for (side, computed) in [("p_greater", computed.p_greater), ("p_less", computed.p_less)] {
        if let Some(expected) = float(&values[side]) {
            assert_probability(&format!("{case} {side}"), computed.ok().unwrap(), expected, is_perfect);
        }
    }
    if let (Some(low), Some(high)) = (float(&values["fisher_z_ci95"][0]), float(&values["fisher_z_ci95"][1])) {
        let interval = computed.interval.ok().unwrap();
        assert_coefficient(case, interval.low, low);
        assert_coefficient(case, interval.high, high);
    }
    1
}

fn check(cases: &[Case]) -> usize {
    let mut checked = 0;
    for Case { name, x, y, expected } in cases {
        let names = ["r", "r_mpmath", "p_two_sided", "p_two_sided_mpmath"];
        checked += assert_correlation(&format!("{name} pearson"), pearson(x, y), &expected["pearson"], names);
        let names = ["rho", "rho_mpmath", "p_two_sided_t_approx", "p_two_sided_mpmath"];
        checked += assert_correlation(&format!("{name} spearman"), spearman(x, y), &expected["spearman"], names);

        let values = &expected["kendall"];
        let Some(tau) = float(&values["tau_b"]) else {
            assert!(kendall(x, y).is_err(), "{name}: a tau where nothing exists");
            continue;
        };
        let computed = kendall(x, y).unwrap_or_else(|absence| panic!("{name}: {absence}"));
        assert_coefficient(name, computed.coefficient, tau);
        assert_probability(name, computed.p_asymptotic, float(&values["p_two_sided_asymptotic"]).unwrap(), false);
        match float(&values["p_two_sided_exact"]) {
            Some(exact) => assert_probability(name, computed.p_exact.unwrap(), exact, false),
            None => assert_eq!(computed.p_exact, None, "{name}"),
        }
        for (count, computed) in [
            ("concordant", computed.concordant),
            ("discordant", computed.discordant),
            ("tied_x_only", computed.tied_x),
            ("tied_y_only", computed.tied_y),
            ("tied_both", computed.tied_both),
        ] {
            assert!(float(&values[count]).is_none_or(|expected| expected.to_string() == computed.to_string()), "{name} {count}");
        }
        checked += 1;
    }
    checked
}

#[test]
fn equal_those_of_other_programs() {
    assert!(check(&cases(&folder())) > 60);
}

#[test]
fn equal_those_of_other_programs_on_larger_columns() {
    if let Some(folder) = reference() {
        assert!(check(&cases(&folder)) > 80);
    }
}

#[test]
fn a_number_that_is_none_is_named() {
    for case in cases(&folder()) {
        let (x, y) = (&case.x, &case.y);
        let reason = match case.name.as_str() {
            "degenerate_n0" | "degenerate_n1" => Absence::TooFewObservations,
            "has_nan" => Absence::NotFinite,
            name if name.starts_with("degenerate_constant") => Absence::Constant,
            "has_inf" => {
                assert_eq!(pearson(x, y), Err(Absence::NotFinite));
                assert!(matches!(spearman(x, y), Ok(Correlation { p_value: Measured::Known(_), .. })));
                continue;
            }
            _ => continue,
        };
        assert_eq!((pearson(x, y), spearman(x, y), kendall(x, y)), (Err(reason), Err(reason), Err(reason)), "{}", case.name);
    }
}
