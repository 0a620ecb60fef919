//! Campaigns in the words of those who run them, and what the engine has to decide on each: `cases/` holds the files, `README.md`
//! says how to add one. New files are found without a change here.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod check;
mod format;
mod input;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use campaign_pilot_core::Verdict;
use campaign_pilot_decision_engine::{Basis, Decision, Rule};
use check::check;
use format::{Missing, Scenario};
use words::basis_word;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Every scenario's path below `cases/` and its text, in the order of the paths.
fn files() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                assert!(path.extension().is_some_and(|kind| kind == "toml"), "`{}` is no scenario", path.display());
                found.push(path);
            }
        }
    }
    let cases = folder().join("cases");
    let mut found = Vec::new();
    collect(&cases, &mut found);
    found.sort();
    let read = |path: PathBuf| (path.strip_prefix(&cases).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
    found.into_iter().map(read).collect()
}

#[test]
fn every_scenario_ends_as_it_says() {
    let mut decisions = Vec::new();
    let mut failures = Vec::new();
    for (file, text) in files() {
        match check(&file, &text) {
            Ok(decision) => decisions.push(decision),
            Err(failure) => failures.push(failure),
        }
    }
    let (failed, all) = (failures.len(), failures.len() + decisions.len());
    assert!(failures.is_empty(), "{failed} of {all} scenarios do not end as they say:\n\n{}\n", failures.join("\n\n"));
    println!("{all} scenarios");
    for decision in decisions {
        let json = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision, "text and JSON tell the same");
        assert_eq!(decision.sentence.lines().count(), 1, "{}", decision.sentence);
    }
}

#[test]
fn the_scenarios_show_every_kind_of_decision() {
    let decisions: Vec<Decision> = files().iter().filter_map(|(file, text)| check(file, text).ok()).collect();
    let bases: BTreeSet<String> = decisions.iter().map(|decision| basis_word(decision.basis)).collect();
    let held = decisions.iter().flat_map(|decision| &decision.held);
    let missing: BTreeSet<Missing> = held.map(|held| Missing::from(&held.missing)).collect();
    for verdict in Verdict::ALL {
        assert!(decisions.iter().any(|decision| decision.verdict == verdict), "no scenario ends with {verdict}");
    }
    for basis in ["nothing", "loses", "stock_short", "improvement", "earns"] {
        assert!(bases.contains(basis), "no scenario rests on {basis}: {bases:?}");
    }
    for rule in Rule::ALL {
        assert!(bases.contains(&basis_word(Some(Basis::Rule(rule)))), "{rule:?}: {bases:?}");
    }
    assert_eq!(missing, [Missing::Chance, Missing::OtherCauses, Missing::Untested].into());
    assert!(decisions.iter().any(|decision| decision.budget_stop.is_some()));
    assert!(decisions.iter().any(|decision| decision.total_stop.is_some()));
    assert!(decisions.iter().any(|decision| decision.too_many_returns));
}

const WELL: &str = r#"
story = "Nothing special."
[then]
verdict = "MONITOR"
stops = false
"#;

fn refusal(text: &str) -> String {
    check(Path::new("group/new.toml"), text).unwrap_err()
}

#[test]
fn a_mistake_in_a_file_is_named_with_its_place() {
    check(Path::new("group/new.toml"), WELL).unwrap();
    let mistakes = [
        (format!("{WELL}[ad]\nordrs = 3"), "`ordrs`"),
        (format!("{WELL}[adverts]\norders = 3"), "`adverts`"),
        (format!("{WELL}[policy.gate]\nmode = \"evidence\"\nlikly = \"0.95\""), "`likly`"),
        (format!("{WELL}[policy.categories.Sale.gate]\nuplift_alpha = 0.2"), "`uplift_alpha`"),
        (format!("{WELL}[policy.products.11.gate]\nlikely = 0.2"), "products.11.gate.likely: 0.2 does not lie between"),
        (format!("{WELL}[ad]\ncost = \"20\""), "`\"20\"` is not an amount such as \"50 EUR\""),
        (format!("{WELL}[ad]\ncost = \"20 EURO\""), "is not an amount"),
        (format!("{WELL}[ad]\norders = -1"), "is not a count such as 200"),
        (format!("{WELL}[sales]\nunits = \"many\""), "and not the word \"unknown\""),
        (format!("{WELL}[evidence]\nsales_fell_p = 0"), "a p-value of 0"),
        (format!("{WELL}[improvement]\nchange = \"raise_budget\"\ngain = \"2 EUR\""), "needs `raise_budget_to`"),
        (format!("{WELL}[all_campaigns]\nspent = \"10 EUR\"\nlimit = \"20 EUR\""), "is not reached"),
        (format!("{WELL}basis = \"earning\""), "`earning` is none of loses, "),
        (format!("{WELL}held = {{ sales_fel = \"chance\" }}"), "`sales_fel`"),
        (WELL.replace("MONITOR", "WATCH"), "`WATCH` is none of emergency pause, "),
        (WELL.replace("stops = false", ""), "`stops`"),
        (WELL.replace("Nothing special.", " "), "its story is empty"),
        ("story = \"It expects nothing.\"".to_owned(), "`then`"),
    ];
    for (text, named) in mistakes {
        let refusal = refusal(&text);
        assert!(refusal.starts_with("group/new.toml\n") && refusal.contains(named), "{refusal}");
    }
}

#[test]
fn what_did_not_come_is_said_with_what_came_and_the_sentence() {
    let other = [
        (WELL.replace("MONITOR", "pause"), "verdict: expected PAUSE, came MONITOR"),
        (WELL.replace("false", "true"), "stops: expected true, came false"),
        (format!("{WELL}basis = \"earns\""), "basis: expected earns, came nothing"),
        (format!("{WELL}thresholds_alone = \"pause\""), "thresholds_alone: expected PAUSE, came MONITOR"),
        (format!("{WELL}held = {{ sales_fell = \"chance\" }}"), "held: expected {SalesFell: Chance}, came {}"),
        (format!("{WELL}not_judged = [\"views_fell\"]"), "not_judged: expected {ViewsFell}, came {}"),
        (format!("{WELL}budget_is_spent = true"), "budget_is_spent: expected true, came false"),
        (format!("{WELL}more_comes_back_than_usual = true"), "more_comes_back_than_usual: expected true, came false"),
        (format!("{WELL}would_change_it = [\"luck\"]"), "would_change_it: expected [\"luck\"], came []"),
        (format!("{WELL}says = [\"sales fell\"]"), "says: expected \"sales fell\", which is not in the sentence"),
        (format!("{WELL}does_not_say = [\"mixed results\"]"), "does_not_say: \"mixed results\" is in the sentence"),
    ];
    for (text, said) in other {
        let sentence =
            "the sentence was: keep watching `Yoga Mat Pro`: sales stayed the same and views stayed the same: mixed results";
        assert_eq!(refusal(&text), format!("group/new.toml\n  {said}\n  {sentence}"));
    }
}

#[test]
fn every_key_is_explained_in_the_readme() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let sections = ["product", "ad", "sales", "views", "all_campaigns", "expected", "improvement", "evidence", "then"];
    let mut keys = 0;
    for section in sections {
        let text = format!("story = \"\"\n[{section}]\nno_such_key = 1");
        let error = toml::from_str::<Scenario>(&text).unwrap_err().message().to_owned();
        let (_, listed) = error.split_once("expected ").expect(&error);
        let chapter = readme.split("\n## ").find(|chapter| chapter.starts_with(&format!("`[{section}]`"))).expect(section);
        for key in listed.split('`').skip(1).step_by(2) {
            assert!(chapter.contains(&format!("\n| `{key}` |")), "`{key}` is missing in the chapter on `[{section}]`");
            keys += 1;
        }
    }
    assert!(keys > 40, "{keys}");
}
