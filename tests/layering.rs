//! The layers stay apart: holds the table of `ARCHITECTURE.md` and fails on any other edge.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

/// Each crate (without the `campaign-pilot-` prefix) and the crates of ours that it may link.
const LAYERS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("http", &["core"]),
    ("store-client", &["core", "http"]),
    ("impact-client", &["core", "http", "openapi-check"]),
    ("metrics", &["core"]),
    ("decision-engine", &["core", "metrics"]),
    ("memory", &["core"]),
    ("agents", &["core", "metrics", "decision-engine", "memory"]),
    ("sandbox", &["core", "openapi-check"]),
    ("arena", &["core", "metrics", "decision-engine", "memory", "agents", "sandbox"]),
    ("openapi-check", &[]),
    ("trials", ALL),
    (FACADE, ALL),
];

/// What may link every crate: the facade and the trials.
const ALL: &[&str] =
    &["core", "http", "store-client", "impact-client", "metrics", "decision-engine", "memory", "agents", "sandbox", "arena"];

/// The root package, which has no suffix.
const FACADE: &str = "";

/// Crates that others may link for their tests alone.
const ONLY_FOR_TESTS: &[&str] = &["openapi-check"];

/// Crates that do no I/O, and what would give it away in their dependency trees.
const PURE: &[&str] = &["core", "metrics", "decision-engine"];
const IMPURE: &[&str] = &["tokio", "reqwest", "hyper", "sqlx", "axum", "mio", "async-std", "rusqlite", "rand"];

#[test]
fn every_edge_between_our_crates_is_in_the_table() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        LAYERS.iter().map(|(name, may_link)| (*name, may_link.iter().copied().collect())).collect();
    let members = members();
    let unlisted: Vec<_> = members.keys().filter(|name| !allowed.contains_key(name.as_str())).collect();
    assert!(unlisted.is_empty(), "crates missing from the layering table: {unlisted:?}");
    for (name, links) in &members {
        let forbidden: Vec<_> = links.iter().filter(|link| !allowed[name.as_str()].contains(link.crate_name.as_str())).collect();
        assert!(forbidden.is_empty(), "`{name}` must not link {forbidden:?}");
    }
    assert_eq!(members.len(), LAYERS.len(), "the table names a crate that does not exist");
}

#[test]
fn what_is_there_for_tests_is_linked_by_tests_alone() {
    for (name, links) in &members() {
        let beyond = beyond_tests(links);
        assert!(beyond.is_empty(), "`{name}` must take {beyond:?} as `[dev-dependencies]`");
    }
}

#[test]
fn a_product_crate_must_not_take_what_is_there_for_tests() {
    let of = |kind: Value| {
        let link = |name: &str, kind: &Value| json!({"name": name, "kind": kind});
        let both = [link("campaign-pilot-core", &Value::Null), link("campaign-pilot-openapi-check", &kind)];
        members_of(&json!({"packages": [{"name": "campaign-pilot-impact-client", "dependencies": both}]}))
    };
    for (kind, refused) in [(Value::Null, 1), (json!("build"), 1), (json!("dev"), 0)] {
        let members = of(kind.clone());
        assert_eq!(members["impact-client"].len(), 2);
        assert_eq!(beyond_tests(&members["impact-client"]).len(), refused, "{kind}");
    }
}

#[test]
fn pure_crates_link_nothing_that_does_io() {
    for name in PURE {
        let tree = tree(&["-p", &format!("campaign-pilot-{name}"), "--all-features", "-e", "normal"]);
        let found: Vec<_> = IMPURE.iter().filter(|impure| tree.contains(**impure)).collect();
        assert!(found.is_empty(), "`{name}` must stay pure but links {found:?}");
    }
}

#[test]
fn there_is_one_tls_provider() {
    let tree = tree(&["--workspace", "--all-features", "-e", "normal"]);
    assert!(!tree.contains("ring"), "a default feature pulled in `ring` beside aws-lc-rs");
}

/// A link to one of our own crates.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Link {
    crate_name: String,
    /// Whether only tests, examples and benchmarks are linked so.
    development: bool,
}

/// The links of one crate to what is there for tests that do more than test.
fn beyond_tests(links: &BTreeSet<Link>) -> Vec<&Link> {
    links.iter().filter(|link| !link.development && ONLY_FOR_TESTS.contains(&link.crate_name.as_str())).collect()
}

/// Every workspace member with all its links to our own crates, development ones too.
fn members() -> BTreeMap<String, BTreeSet<Link>> {
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    members_of(&serde_json::from_str(&metadata).unwrap())
}

fn members_of(metadata: &Value) -> BTreeMap<String, BTreeSet<Link>> {
    let packages = metadata["packages"].as_array().unwrap();
    let links = |package: &Value| {
        let of_ours = |link: &Value| {
            let crate_name = short_name(link["name"].as_str().unwrap())?;
            Some(Link { crate_name, development: link["kind"] == "dev" })
        };
        let own = short_name(package["name"].as_str().unwrap());
        let links = package["dependencies"].as_array().unwrap().iter().filter_map(of_ours);
        links.filter(|link| Some(&link.crate_name) != own.as_ref()).collect()
    };
    packages.iter().map(|package| (short_name(package["name"].as_str().unwrap()).unwrap(), links(package))).collect()
}

/// `campaign-pilot-core` is `core`, the facade is empty, foreign crates are nothing.
fn short_name(package: &str) -> Option<String> {
    package.strip_prefix("campaign-pilot").map(|rest| rest.trim_start_matches('-').to_owned())
}

/// The names of all crates in a dependency tree.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let mut command = vec!["tree", "--offline", "--prefix", "none", "--format", "{p}"];
    command.extend(arguments);
    cargo(&command).lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
