//! Fixtures and comparisons.

use std::path::Path;

use serde_json::Value;

pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap()
}

/// The columns of a CSV file without quotes, by name.
pub(crate) fn columns(name: &str, wanted: &[&str]) -> Vec<Vec<f64>> {
    let text = fixture(name);
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let places: Vec<usize> = wanted.iter().map(|name| header.iter().position(|title| title == name).unwrap()).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    places.iter().map(|place| rows.iter().map(|row| row[*place].parse().unwrap()).collect()).collect()
}

pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

#[track_caller]
pub(crate) fn close(found: f64, expected: f64, relative: f64) {
    let allowed = relative * expected.abs().max(f64::MIN_POSITIVE);
    assert!((found - expected).abs() <= allowed, "{found} instead of {expected}, {:e} apart", (found - expected) / expected);
}

#[track_caller]
pub(crate) fn near(found: f64, expected: f64, allowed: f64) {
    assert!((found - expected).abs() <= allowed, "{found} instead of {expected}");
}
