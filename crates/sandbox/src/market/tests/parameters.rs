//! Every parameter of a world moves what it should, and leaves alone what it should not touch.

mod data;
mod partners;
mod platform;
mod response;
mod store;

use std::collections::BTreeSet;

use serde_json::Value;

use super::scene::{Figure, Scene};
use crate::world::World;

/// What becomes of a figure as a parameter rises.
#[derive(Clone, Copy, Debug)]
enum Moves {
    Up,
    Down,
    /// To the last digit.
    Not,
}

use Moves::{Down, Not, Up};

/// A parameter at two values, in a world in which it matters.
struct Case {
    key: &'static str,
    /// As TOML.
    low: &'static str,
    high: &'static str,
    /// What else is not as in the plain world, as keys with TOML.
    given: &'static [(&'static str, &'static str)],
    moves: &'static [(Figure, Moves)],
}

const fn case(
    key: &'static str,
    [low, high]: [&'static str; 2],
    given: &'static [(&'static str, &'static str)],
    moves: &'static [(Figure, Moves)],
) -> Case {
    Case { key, low, high, given, moves }
}

fn value(text: &str) -> Value {
    let table: toml::Table = toml::from_str(&format!("value = {text}")).unwrap();
    serde_json::to_value(&table["value"]).unwrap()
}

fn check(cases: &[Case]) {
    for Case { key, low, high, given, moves } in cases {
        let scene = |own: &str| {
            let mut changes: Vec<(&str, Value)> = given.iter().map(|(key, text)| (*key, value(text))).collect();
            changes.push((key, value(own)));
            Scene::after_a_fortnight(&changes)
        };
        let (before, after) = (scene(low), scene(high));
        for (figure, moves) in *moves {
            let (before, after) = (figure.of(&before), figure.of(&after));
            let margin = 0.03 * before.abs();
            let kept = match moves {
                Up => after > before + margin,
                Down => after < before - margin,
                Not => (after - before).abs() < 1e-9,
            };
            assert!(kept, "{key} from {low} to {high}: {figure:?} from {before} to {after}, not {moves:?} (seed 11)");
        }
    }
}

/// Keys that tests of their own cover, with these tests.
type Tests = &'static [(&'static str, fn())];

const BY_THEMSELVES: [Tests; 5] =
    [store::BY_THEMSELVES, partners::BY_THEMSELVES, response::BY_THEMSELVES, platform::BY_THEMSELVES, data::BY_THEMSELVES];

/// Keys that move nothing.
const WORDS: [&str; 2] = ["name", "about"];

#[test]
fn no_key_of_the_file_is_without_a_test() {
    let mut keys = BTreeSet::new();
    collect(&World::schema(), &World::schema(), "", &mut keys);
    assert!(keys.contains("store.events.category") && keys.contains("platform.paid.click_price"), "{keys:?}");

    let tables = [store::CASES, partners::CASES, response::CASES, platform::CASES, data::CASES];
    let covered = tables.into_iter().flatten().map(|case| case.key);
    let covered = covered.chain(BY_THEMSELVES.into_iter().flatten().map(|(key, _)| *key)).chain(WORDS);
    let covered: BTreeSet<String> = covered.map(str::to_owned).collect();
    let missing: Vec<&String> = keys.difference(&covered).collect();
    assert!(missing.is_empty(), "no test moves {missing:?}");
    let unknown: Vec<&String> = covered.difference(&keys).collect();
    assert!(unknown.is_empty(), "the world has no {unknown:?}");
}

/// The keys of a schema that hold values, with those of the tables in their lists.
fn collect(whole: &Value, schema: &Value, path: &str, keys: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let definition = whole.pointer(name.trim_start_matches('#')).unwrap();
        return collect(whole, definition, path, keys);
    }
    if schema["items"]["$ref"].is_string() {
        return collect(whole, &schema["items"], path, keys);
    }
    let Some(properties) = schema["properties"].as_object() else {
        keys.insert(path.to_owned());
        return;
    };
    for (name, property) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(whole, property, &path, keys);
    }
}
